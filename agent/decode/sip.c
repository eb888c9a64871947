/*
 * SIP messages (RFC 3261) out of text.
 *
 * One pass over the header fields keeps the first value of each that is known; what is asked of the
 * values (tags, users, branch) is worked out after it. Owns nothing, allocates nothing. Lines are
 * found by sip_line.c, what is in them by sip_text.c.
 */
#include "agent/decode/sip.h"

#include "agent/decode/sip_line.h"
#include "agent/decode/sip_text.h"

struct fields {
	struct slice first[SIP_FIELDS]; /* .at is NULL for those that are not there */
	bool siprec_required;
};

static bool list_has(struct slice list, struct slice item)
{
	while (list.len > 0) {
		if (slice_ieq(slice_trim(slice_cut(&list, ',')), item)) {
			return true;
		}
	}
	return false;
}

/* Which of two different values counts is anyone's guess, and everyone's is another. */
static enum sip_result conflict_of(enum sip_field f)
{
	return f == SIP_FIELD_CSEQ             ? SIP_BAD_CSEQ
	       : f == SIP_FIELD_CONTENT_LENGTH ? SIP_BAD_CONTENT_LENGTH
	                                       : SIP_BAD_HEADER;
}

static enum sip_result keep_field(struct slice field, struct fields *fields)
{
	size_t colon = sip_text_find(field, 0, ':');
	size_t name_bytes = colon;
	struct slice value;
	enum sip_field f;

	while (name_bytes > 0 && sip_text_is_space(field.at[name_bytes - 1])) {
		name_bytes--;
	}
	if (colon == field.len || name_bytes == 0) {
		return SIP_BAD_HEADER;
	}
	f = sip_line_name(sip_text_head(field, name_bytes));
	if (f == SIP_FIELD_UNKNOWN) {
		return SIP_OK;
	}
	value = slice_trim(sip_text_from(field, colon + 1));
	fields->siprec_required |= f == SIP_FIELD_REQUIRE && list_has(value, SLICE("siprec"));
	if (fields->first[f].at == NULL) {
		fields->first[f] = value;
		return SIP_OK;
	}
	return f < SIP_FIELD_SINGLES && !slice_eq(value, fields->first[f]) ? conflict_of(f)
	                                                                   : SIP_OK;
}

/* Read fields up to and with the blank line; `rest` is left behind it. */
static enum sip_result read_fields(struct slice *rest, struct fields *fields)
{
	bool nul = rest->len > 0 && memchr(rest->at, '\0', rest->len) != NULL;

	*fields = (struct fields){ 0 };
	for (unsigned n = 0;; n++) {
		struct slice field;
		enum sip_result rc;

		if (!sip_line_field(rest, &field)) {
			return SIP_CUT;
		}
		if (field.len == 0) {
			return SIP_OK;
		}
		if (n == SIP_HEADERS_MAX) {
			return SIP_TOO_MANY_HEADERS;
		}
		if (nul && sip_text_has_bare_nul(field)) {
			return SIP_BAD_HEADER;
		}
		rc = keep_field(field, fields);
		if (rc != SIP_OK) {
			return rc;
		}
	}
}

/* ---- what the fields say ---- */

static enum sip_result use_cseq(struct slice value, struct sip_msg *out)
{
	struct slice number = sip_text_word(&value);
	struct slice method = sip_text_word(&value);
	uint64_t cseq = 0;

	if (slice_u64(number, UINT32_MAX, &cseq) != 0 || method.len == 0 || value.len > 0 ||
	    (out->request && !slice_eq(method, out->method_name))) {
		return SIP_BAD_CSEQ;
	}
	out->cseq = (uint32_t)cseq;
	out->method_name = method;
	out->method = sip_line_method(method);
	return SIP_OK;
}

static enum sip_result use_content_length(struct slice value, struct sip_msg *out)
{
	uint64_t bytes = 0;

	if (value.at == NULL) {
		return SIP_OK;
	}
	if (slice_u64(value, UINT32_MAX, &bytes) != 0) {
		return SIP_BAD_CONTENT_LENGTH;
	}
	out->has_content_length = true;
	out->content_length = (uint32_t)bytes;
	return SIP_OK;
}

/* The topmost Via: "SIP / 2.0 / UDP host;branch=z9..., SIP/2.0/..." (RFC 3261 20.42) */
static void use_via(struct slice value, struct sip_msg *out)
{
	struct sip_walk params = sip_text_walk(value);
	struct sip_walk w = params;
	struct slice sent;

	if (value.len == 0) {
		return;
	}
	params.s = sip_text_head(value, sip_text_walk_to(&w, ','));
	params.quote = params.quote < params.s.len ? params.quote : params.s.len;
	params.at = sip_text_find(params.s, 0, ';');
	out->branch = sip_text_param(params, SLICE("branch"));
	sent = sip_text_head(value, params.at);
	(void)slice_cut(&sent, '/');
	(void)slice_cut(&sent, '/');
	out->via_transport = sip_text_word(&sent);
}

static void use_tags(struct sip_msg *out)
{
	out->from_tag = sip_text_param(sip_text_address(out->from).params, SLICE("tag"));
	out->to_tag = sip_text_param(sip_text_address(out->to).params, SLICE("tag"));
}

static bool is_recording_metadata(struct slice content_type)
{
	struct slice type = slice_trim(slice_cut(&content_type, ';'));

	return slice_ieq(type, SLICE("application/rs-metadata")) ||
	       slice_ieq(type, SLICE("application/rs-metadata+xml"));
}

/* What is behind the headers, without a second message; a body that was cut loses its last, half
 * line. */
static void use_body(struct slice rest, struct sip_msg *out)
{
	const char *feed;

	if (out->has_content_length && out->content_length <= rest.len) {
		rest.len = out->content_length;
	} else if (out->has_content_length && rest.len > 0) {
		feed = memrchr(rest.at, '\n', rest.len);
		rest.len = feed != NULL ? (size_t)(feed - rest.at) + 1 : 0;
	}
	out->body = rest;
}

static enum sip_result use_fields(const struct fields *fields, struct sip_msg *out)
{
	const struct slice *first = fields->first;
	enum sip_result rc;

	if (first[SIP_FIELD_CALL_ID].len == 0 || first[SIP_FIELD_FROM].len == 0 ||
	    first[SIP_FIELD_TO].len == 0 || first[SIP_FIELD_CSEQ].len == 0) {
		return SIP_MISSING_FIELD;
	}
	rc = use_cseq(first[SIP_FIELD_CSEQ], out);
	if (rc == SIP_OK) {
		rc = use_content_length(first[SIP_FIELD_CONTENT_LENGTH], out);
	}
	if (rc != SIP_OK) {
		return rc;
	}
	out->call_id = first[SIP_FIELD_CALL_ID];
	out->from = first[SIP_FIELD_FROM];
	out->to = first[SIP_FIELD_TO];
	out->contact = first[SIP_FIELD_CONTACT];
	out->content_type = first[SIP_FIELD_CONTENT_TYPE];
	out->refer_to = first[SIP_FIELD_REFER_TO];
	out->rack = first[SIP_FIELD_RACK];
	out->has_credentials = first[SIP_FIELD_AUTHORIZATION].at != NULL ||
	                       first[SIP_FIELD_PROXY_AUTHORIZATION].at != NULL;
	out->has_uui = first[SIP_FIELD_USER_TO_USER].at != NULL;
	out->has_replaces = first[SIP_FIELD_REPLACES].at != NULL;
	out->siprec = fields->siprec_required || is_recording_metadata(out->content_type);
	use_via(first[SIP_FIELD_VIA], out);
	use_tags(out);
	return SIP_OK;
}

enum sip_result sip_parse(struct slice message, struct sip_msg *out)
{
	struct slice rest = message;
	struct fields fields;
	enum sip_result rc;
	size_t feed;

	*out = (struct sip_msg){ 0 };
	if (message.len == 0) {
		return SIP_NOT_SIP;
	}
	if (message.len > SIP_MESSAGE_MAX_BYTES) {
		return SIP_TOO_LONG;
	}
	rest = sip_text_from(rest, sip_line_leading_ends(rest));
	feed = sip_text_find(rest, 0, '\n');
	if (feed == rest.len) {
		return sip_looks_like(rest) ? SIP_CUT : SIP_NOT_SIP;
	}
	rc = sip_line_start(sip_text_head(rest, feed), out);
	rest = sip_text_from(rest, feed + 1);
	out->fields = rest;
	if (rc == SIP_OK) {
		rc = read_fields(&rest, &fields);
	}
	out->fields.len -= rest.len;
	if (rc == SIP_OK) {
		rc = use_fields(&fields, out);
	}
	if (rc == SIP_OK) {
		use_body(rest, out);
	}
	return rc;
}

struct slice sip_header(const struct sip_msg *msg, struct slice name)
{
	struct slice rest = msg->fields;
	struct slice field;

	while (sip_line_field(&rest, &field) && field.len > 0) {
		struct slice value = field;

		if (slice_ieq(slice_trim(slice_cut(&value, ':')), name)) {
			return slice_trim(value);
		}
	}
	return (struct slice){ NULL, 0 };
}

struct slice sip_user(struct slice address)
{
	return sip_text_user(sip_text_address(address).uri);
}

const char *sip_result_name(enum sip_result r)
{
	static const char *const names[SIP_RESULTS] = {
		[SIP_OK] = "ok",
		[SIP_NOT_SIP] = "not_sip",
		[SIP_BAD_START_LINE] = "bad_start_line",
		[SIP_BAD_STATUS] = "bad_status",
		[SIP_BAD_HEADER] = "bad_header",
		[SIP_BAD_CSEQ] = "bad_cseq",
		[SIP_BAD_CONTENT_LENGTH] = "bad_content_length",
		[SIP_MISSING_FIELD] = "missing_field",
		[SIP_TOO_MANY_HEADERS] = "too_many_headers",
		[SIP_TOO_LONG] = "too_long",
		[SIP_CUT] = "cut",
	};

	return (unsigned)r < SIP_RESULTS ? names[r] : "unknown";
}
