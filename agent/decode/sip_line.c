/*
 * Start lines and header lines of SIP messages (RFC 3261 7). Owns nothing, allocates nothing.
 */
#include "agent/decode/sip_line.h"

#include "agent/decode/sip_text.h"

#define METHOD_MAX_BYTES 64 /* the longest in RFC 4475 has 44 */

/* RFC 3261 25.1 */
static bool is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("-.!%*_+`'~", c) != NULL);
}

static size_t token_bytes(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_token(s.at[n])) {
		n++;
	}
	return n;
}

size_t sip_line_leading_ends(struct slice s)
{
	size_t n = 0;

	while (n < s.len && (s.at[n] == '\r' || s.at[n] == '\n')) {
		n++;
	}
	return n;
}

enum sip_method sip_line_method(struct slice name)
{
	static const struct {
		struct slice name;
		enum sip_method method;
	} methods[] = {
		{ { "INVITE", 6 }, SIP_INVITE },     { { "ACK", 3 }, SIP_ACK },
		{ { "BYE", 3 }, SIP_BYE },           { { "CANCEL", 6 }, SIP_CANCEL },
		{ { "REGISTER", 8 }, SIP_REGISTER }, { { "OPTIONS", 7 }, SIP_OPTIONS },
		{ { "PRACK", 5 }, SIP_PRACK },       { { "SUBSCRIBE", 9 }, SIP_SUBSCRIBE },
		{ { "NOTIFY", 6 }, SIP_NOTIFY },     { { "PUBLISH", 7 }, SIP_PUBLISH },
		{ { "INFO", 4 }, SIP_INFO },         { { "REFER", 5 }, SIP_REFER },
		{ { "MESSAGE", 7 }, SIP_MESSAGE },   { { "UPDATE", 6 }, SIP_UPDATE },
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (slice_eq(name, methods[i].name)) {
			return methods[i].method;
		}
	}
	return SIP_OTHER;
}

static enum sip_result parse_status_line(struct slice line, struct sip_msg *out)
{
	struct slice version = sip_text_word(&line);
	struct slice code = sip_text_word(&line);
	uint64_t status = 0;

	if (!slice_ieq(version, SLICE("SIP/2.0"))) {
		return SIP_BAD_START_LINE;
	}
	if (code.len != 3 || slice_u64(code, 699, &status) != 0 || status < 100) {
		return SIP_BAD_STATUS;
	}
	out->request = false;
	out->status = (unsigned)status;
	return SIP_OK;
}

static enum sip_result parse_request_line(struct slice line, struct sip_msg *out)
{
	struct slice method = sip_text_word(&line);
	size_t uri_bytes = line.len;

	while (uri_bytes > 0 && !sip_text_is_space(line.at[uri_bytes - 1])) {
		uri_bytes--;
	}
	struct slice version = sip_text_from(line, uri_bytes);

	if (!slice_istarts(version, SLICE("SIP/"))) {
		return SIP_NOT_SIP;
	}
	out->uri = sip_text_word(&line);
	if (!slice_ieq(version, SLICE("SIP/2.0")) || !slice_eq(line, version) ||
	    token_bytes(method) != method.len || method.len > METHOD_MAX_BYTES) {
		return SIP_BAD_START_LINE;
	}
	out->request = true;
	out->method_name = method;
	return SIP_OK;
}

enum sip_result sip_line_start(struct slice line, struct sip_msg *out)
{
	return slice_istarts(line, SLICE("SIP/")) ? parse_status_line(line, out)
	                                          : parse_request_line(slice_trim(line), out);
}

bool sip_line_may_start(struct slice s)
{
	static const struct slice version = { "SIP/2.0 ", 8 };
	size_t n =
		token_bytes(sip_text_head(s, s.len < METHOD_MAX_BYTES ? s.len : METHOD_MAX_BYTES));

	if (slice_istarts(version, sip_text_head(s, s.len < version.len ? s.len : version.len))) {
		return true;
	}
	return n == s.len || (n > 0 && sip_text_is_blank(s.at[n]));
}

bool sip_looks_like(struct slice s)
{
	static const struct slice schemes[] = {
		{ "sip:", 4 }, { "sips:", 5 }, { "tel:", 4 },
		{ "urn:", 4 }, { "im:", 3 },   { "pres:", 5 },
	};
	size_t n;

	s = sip_text_from(s, sip_line_leading_ends(sip_text_head(s, s.len < 4 ? s.len : 4)));
	if (slice_istarts(s, SLICE("SIP/2.0 "))) {
		return true;
	}
	n = token_bytes(sip_text_head(s, s.len < METHOD_MAX_BYTES ? s.len : METHOD_MAX_BYTES));
	if (n == 0 || n == s.len || s.at[n] != ' ') {
		return false;
	}
	s = sip_text_from(s, n + 1);
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (slice_istarts(s, schemes[i])) {
			return true;
		}
	}
	return false;
}

/* RFC 3261 7.3.3 and the registry of compact forms at IANA */
static enum sip_field compact_field(char c)
{
	switch (c | 0x20) {
	case 'i':
		return SIP_FIELD_CALL_ID;
	case 'f':
		return SIP_FIELD_FROM;
	case 't':
		return SIP_FIELD_TO;
	case 'l':
		return SIP_FIELD_CONTENT_LENGTH;
	case 'v':
		return SIP_FIELD_VIA;
	case 'm':
		return SIP_FIELD_CONTACT;
	case 'c':
		return SIP_FIELD_CONTENT_TYPE;
	case 'r':
		return SIP_FIELD_REFER_TO;
	default:
		return SIP_FIELD_UNKNOWN;
	}
}

/* Length and last letter give each known name a place of its own (the compiler warns when two share
 * one), so one comparison decides. */
#define NAME_PLACES           32
#define NAME_PLACE(len, last) (((len)*8 + (unsigned char)(last)) % NAME_PLACES)
#define NAME(text, last, field)                                                                    \
	[NAME_PLACE(sizeof(text) - 1, last)] = { { (text), sizeof(text) - 1 }, (field) }

enum sip_field sip_line_name(struct slice name)
{
	static const struct {
		struct slice name;
		enum sip_field field;
	} known[NAME_PLACES] = {
		NAME("call-id", 'd', SIP_FIELD_CALL_ID),
		NAME("cseq", 'q', SIP_FIELD_CSEQ),
		NAME("from", 'm', SIP_FIELD_FROM),
		NAME("to", 'o', SIP_FIELD_TO),
		NAME("content-length", 'h', SIP_FIELD_CONTENT_LENGTH),
		NAME("via", 'a', SIP_FIELD_VIA),
		NAME("contact", 't', SIP_FIELD_CONTACT),
		NAME("content-type", 'e', SIP_FIELD_CONTENT_TYPE),
		NAME("require", 'e', SIP_FIELD_REQUIRE),
		NAME("authorization", 'n', SIP_FIELD_AUTHORIZATION),
		NAME("proxy-authorization", 'n', SIP_FIELD_PROXY_AUTHORIZATION),
		NAME("user-to-user", 'r', SIP_FIELD_USER_TO_USER),
		NAME("replaces", 's', SIP_FIELD_REPLACES),
		NAME("refer-to", 'o', SIP_FIELD_REFER_TO),
		NAME("rack", 'k', SIP_FIELD_RACK),
	};
	size_t place = NAME_PLACE(name.len, name.at[name.len - 1] | 0x20);

	if (name.len == 1) {
		return compact_field(name.at[0]);
	}
	return slice_ieq(name, known[place].name) ? known[place].field : SIP_FIELD_UNKNOWN;
}

bool sip_line_field(struct slice *rest, struct slice *field)
{
	struct slice all = *rest;
	size_t end = 0;

	for (;;) {
		size_t feed = sip_text_find(all, end, '\n');

		if (feed == all.len) {
			return false;
		}
		*field = sip_text_head(all, feed);
		end = field->len + 1;
		if (field->len > 0 && field->at[field->len - 1] == '\r') {
			field->len--;
		}
		if (field->len == 0 || end == all.len || !sip_text_is_blank(all.at[end])) {
			*rest = sip_text_from(all, end);
			return true;
		}
	}
}
