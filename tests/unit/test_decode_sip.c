#include "agent/decode/sip.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/exact.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

#define REQUEST_LINE  "INVITE sip:4989123@pbx.example SIP/2.0\r\n"
#define VIA           "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK74bf9;rport\r\n"
#define FROM          "From: \"Anna\" <sip:anna@example.org>;tag=a1\r\n"
#define TO            "To: <sip:4989123@pbx.example>\r\n"
#define CALL_ID       "Call-ID: 3848276298220188511@example.org\r\n"
#define CSEQ          "CSeq: 7 INVITE\r\n"
#define END           "\r\n"
#define REST          VIA FROM TO CALL_ID CSEQ
#define INVITE        REQUEST_LINE REST END

static enum sip_result result_of(const char *text, size_t len)
{
	struct sip_msg msg;
	struct slice s = exact(text, len);
	enum sip_result rc = sip_parse(s, &msg);

	exact_free(s);
	return rc;
}

/* ---- whole messages ---- */

static void request_is_taken_apart(void **state)
{
	struct sip_msg m;

	(void)state;
	assert_int_equal(
		sip_parse(SLICE(REQUEST_LINE REST "Contact: <sip:anna@192.0.2.1>\r\n"
	                                          "Content-Type: application/sdp\r\n"
	                                          "Content-Length: 5\r\n" END "v=0\r\nmore"),
	                  &m),
		SIP_OK);
	assert_true(m.request);
	assert_int_equal(m.method, SIP_INVITE);
	assert_text(m.method_name, "INVITE");
	assert_text(m.uri, "sip:4989123@pbx.example");
	assert_int_equal(m.status, 0);
	assert_text(m.call_id, "3848276298220188511@example.org");
	assert_text(m.from, "\"Anna\" <sip:anna@example.org>;tag=a1");
	assert_text(sip_user(m.from), "anna");
	assert_text(m.from_tag, "a1");
	assert_text(m.to, "<sip:4989123@pbx.example>");
	assert_text(sip_user(m.to), "4989123");
	assert_text(m.to_tag, "");
	assert_text(m.branch, "z9hG4bK74bf9");
	assert_text(m.via_transport, "UDP");
	assert_int_equal(m.cseq, 7);
	assert_text(m.contact, "<sip:anna@192.0.2.1>");
	assert_text(m.content_type, "application/sdp");
	assert_true(m.has_content_length);
	assert_int_equal(m.content_length, 5);
	assert_text(m.body, "v=0\r\n");
	assert_false(m.has_credentials || m.has_uui || m.has_replaces || m.siprec);
}

static void response_has_a_status_and_the_method_of_its_cseq(void **state)
{
	struct sip_msg m;

	(void)state;
	assert_int_equal(sip_parse(SLICE("SIP/2.0 180 Ringing\r\n" REST END), &m), SIP_OK);
	assert_false(m.request);
	assert_int_equal(m.status, 180);
	assert_int_equal(m.method, SIP_INVITE);
	assert_text(m.method_name, "INVITE");
	assert_text(m.uri, "");
}

static const struct method {
	const char *name;
	enum sip_method want;
} methods[] = {
	{ "INVITE", SIP_INVITE },     { "ACK", SIP_ACK },
	{ "BYE", SIP_BYE },           { "CANCEL", SIP_CANCEL },
	{ "REGISTER", SIP_REGISTER }, { "OPTIONS", SIP_OPTIONS },
	{ "PRACK", SIP_PRACK },       { "SUBSCRIBE", SIP_SUBSCRIBE },
	{ "NOTIFY", SIP_NOTIFY },     { "PUBLISH", SIP_PUBLISH },
	{ "INFO", SIP_INFO },         { "REFER", SIP_REFER },
	{ "MESSAGE", SIP_MESSAGE },   { "UPDATE", SIP_UPDATE },
	{ "invite", SIP_OTHER },      { "INVITES", SIP_OTHER },
	{ "x", SIP_OTHER },
};

static void method_is_told(void **state)
{
	const struct method *method = *state;
	struct sip_msg m;
	char text[512];
	int n = snprintf(text, sizeof(text),
	                 "%s sip:a SIP/2.0\r\n" FROM TO CALL_ID "CSeq: 1 %s\r\n\r\n", method->name,
	                 method->name);

	assert_int_equal(sip_parse((struct slice){ text, (size_t)n }, &m), SIP_OK);
	assert_int_equal(m.method, method->want);
	assert_text(m.method_name, method->name);
}

/* ---- what one field says ---- */

/* Every row replaces one field of a good request; `want` is what is read from it. */
static const struct value {
	const char *name;
	const char *fields; /* all of them, with the blank line */
	const char *want;
} from_users[] = {
	{ "user_of_an_address_without_name", "From: <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "user_of_an_address_without_brackets",
	  "From: sip:anna@example.org\r\n" TO CALL_ID CSEQ END, "anna" },
	{ "user_with_a_password", "From: <sip:anna:secret@example.org>\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "no_user_before_the_host", "From: <sip:example.org>\r\n" TO CALL_ID CSEQ END, "" },
	{ "user_of_sips", "From: <sips:anna@example.org>\r\n" TO CALL_ID CSEQ END, "anna" },
	{ "user_of_a_scheme_in_capitals", "From: <SIP:anna@example.org>\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "user_of_tel_is_its_number",
	  "From: <tel:+49-30-1234;phone-context=x>\r\n" TO CALL_ID CSEQ END, "+49-30-1234" },
	{ "user_of_tel_without_brackets", "From: tel:110;tag=a\r\n" TO CALL_ID CSEQ END, "110" },
	{ "user_of_another_scheme_is_none", "From: <urn:service:sos@x>\r\n" TO CALL_ID CSEQ END,
	  "" },
	{ "user_without_scheme_is_none", "From: anna@example.org\r\n" TO CALL_ID CSEQ END, "" },
	{ "name_in_quotes_may_hold_brackets",
	  "From: \"<sip:eve@evil.example>\" <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "name_in_quotes_may_hold_quotes",
	  "From: \"A \\\"<sip:eve@e>\\\" B\" <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "name_may_end_in_a_backslash",
	  "From: \"back\\\\\" <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END, "anna" },
	{ "name_may_hold_a_comma_in_quotes",
	  "From: \"Bell, Anna\" <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END, "anna" },
	{ "name_with_a_comma_outside_quotes",
	  "From: Bell, Anna <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END, "anna" },
	{ "name_touching_the_bracket", "From: anna<sip:anna@example.org>\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "quote_that_never_closes_is_plain",
	  "From: \"Anna <sip:anna@example.org>\r\n" TO CALL_ID CSEQ END, "anna" },
	{ "bracket_that_never_closes", "From: <sip:anna@example.org\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "blanks_within_brackets", "From: < sip:anna@example.org >\r\n" TO CALL_ID CSEQ END,
	  "anna" },
	{ "user_with_parameters_of_its_own",
	  "From: <sip:anna;isub=1@example.org;user=phone>\r\n" TO CALL_ID CSEQ END, "anna;isub=1" },
	{ "escapes_stay_as_they_are", "From: <sip:%61nna@example.org>\r\n" TO CALL_ID CSEQ END,
	  "%61nna" },
};

static const struct value from_tags[] = {
	{ "tag_behind_brackets", "From: <sip:anna@example.org>;tag=a1\r\n" TO CALL_ID CSEQ END,
	  "a1" },
	{ "tag_without_brackets_is_the_fields",
	  "From: sip:anna@example.org;tag=a1\r\n" TO CALL_ID CSEQ END, "a1" },
	{ "tag_within_brackets_is_the_uris",
	  "From: <sip:anna@example.org;tag=a1>\r\n" TO CALL_ID CSEQ END, "" },
	{ "tag_in_capitals", "From: <sip:anna@example.org>;TAG=a1\r\n" TO CALL_ID CSEQ END, "a1" },
	{ "tag_between_blanks",
	  "From: <sip:anna@example.org> ; tag \t=  a1 ;x\r\n" TO CALL_ID CSEQ END, "a1" },
	{ "tag_behind_other_parameters",
	  "From: <sip:anna@example.org>;a;b=c;tag=a1;d\r\n" TO CALL_ID CSEQ END, "a1" },
	{ "tag_behind_a_quoted_parameter",
	  "From: <sip:anna@example.org>;x=\";tag=no;\\\"\";tag=a1\r\n" TO CALL_ID CSEQ END, "a1" },
	{ "tag_in_a_quoted_name_is_none",
	  "From: \";tag=no\" <sip:anna@example.org>;tag=a1\r\n" TO CALL_ID CSEQ END, "a1" },
	{ "tag_without_value", "From: <sip:anna@example.org>;tag\r\n" TO CALL_ID CSEQ END, "" },
	{ "first_tag_counts", "From: <sip:anna@example.org>;tag=a1;tag=a2\r\n" TO CALL_ID CSEQ END,
	  "a1" },
	{ "parameter_that_only_ends_in_tag",
	  "From: <sip:anna@example.org>;xtag=no\r\n" TO CALL_ID CSEQ END, "" },
	{ "tag_on_a_line_of_its_own",
	  "From: <sip:anna@example.org>\r\n ;\r\n\ttag = a1\r\n" TO CALL_ID CSEQ END, "a1" },
};

static const struct value branches[] = {
	{ "branch_of_the_only_via", VIA FROM TO CALL_ID CSEQ END, "z9hG4bK74bf9" },
	{ "branch_of_the_first_line_of_several",
	  VIA "Via: SIP/2.0/TCP b;branch=2\r\n" FROM TO CALL_ID CSEQ END, "z9hG4bK74bf9" },
	{ "branch_of_the_first_in_one_line",
	  "Via: SIP/2.0/TCP a;branch=1 , SIP/2.0/UDP b;branch=2\r\n" FROM TO CALL_ID CSEQ END,
	  "1" },
	{ "branch_of_the_first_only",
	  "Via: SIP/2.0/TCP a, SIP/2.0/UDP b;branch=2\r\n" FROM TO CALL_ID CSEQ END, "" },
	{ "branch_behind_a_quoted_comma",
	  "Via: SIP/2.0/TCP a;x=\",\";branch=1\r\n" FROM TO CALL_ID CSEQ END, "1" },
	{ "no_branch_among_separators",
	  "Via: SIP/2.0/UDP 192.0.2.15;;,;,,\r\n" FROM TO CALL_ID CSEQ END, "" },
	{ "branch_behind_an_ipv6_address",
	  "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=1\r\n" FROM TO CALL_ID CSEQ END, "1" },
	{ "no_via_no_branch", FROM TO CALL_ID CSEQ END, "" },
	{ "empty_via_no_branch", "Via:\r\n" FROM TO CALL_ID CSEQ END, "" },
};

static const struct value transports[] = {
	{ "transport_of_the_via", "Via: SIP/2.0/TLS a\r\n" FROM TO CALL_ID CSEQ END, "TLS" },
	{ "transport_between_blanks_and_lines",
	  "Via: SIP /  2.0\r\n /UDP\r\n    192.0.2.2;branch=390\r\n" FROM TO CALL_ID CSEQ END,
	  "UDP" },
	{ "no_transport_in_a_via_without_one", "Via: a\r\n" FROM TO CALL_ID CSEQ END, "" },
};

static const struct value compact[] = {
	{ "e06_compact_from", "f: <sip:anna@a>\r\nt: <sip:b@b>\r\ni: 1\r\nCSeq: 7 INVITE\r\n\r\n",
	  "anna" },
	{ "e06_compact_from_in_capitals",
	  "F: <sip:anna@a>\r\nT: <sip:b@b>\r\nI: 1\r\nCSeq: 7 INVITE\r\n\r\n", "anna" },
	{ "names_in_any_case",
	  "fROM: <sip:anna@a>\r\nTO: <sip:b@b>\r\ncall-Id: 1\r\ncseq: 7 INVITE\r\n\r\n", "anna" },
	{ "blanks_before_the_colon",
	  "From : <sip:anna@a>\r\nTo\t: <sip:b@b>\r\nCall-ID  :1\r\nCSeq :7 INVITE\r\n\r\n",
	  "anna" },
	{ "e06_line_feeds_alone",
	  "From: <sip:anna@a>\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 7 INVITE\n\n", "anna" },
	{ "e06_line_ends_of_both_kinds",
	  "From: <sip:anna@a>\nTo: <sip:b@b>\r\nCall-ID: 1\nCSeq: 7 INVITE\r\n\n", "anna" },
	{ "e06_values_on_lines_of_their_own",
	  "From:\r\n <sip:anna@a>\r\nTo:\r\n\t<sip:b@b>\r\nCall-ID:\r\n  1\r\nCSeq: 7\r\n "
	  "INVITE\r\n\r\n",
	  "anna" },
	{ "same_field_twice_with_the_same_value",
	  "From: <sip:anna@a>\r\nf: <sip:anna@a>\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 7 "
	  "INVITE\r\n\r\n",
	  "anna" },
	{ "unknown_field_without_value", "X:\r\n" FROM TO CALL_ID CSEQ "Subject:\r\n\r\n", "anna" },
	{ "line_of_blanks_continues_the_field", FROM "  \r\n" TO CALL_ID CSEQ END, "anna" },
};

static void parse_invite(const char *fields, struct sip_msg *m, char text[2048])
{
	int n = snprintf(text, 2048, "%s%s", REQUEST_LINE, fields);

	assert_int_equal(sip_parse((struct slice){ text, (size_t)n }, m), SIP_OK);
}

static void from_user_is(void **state)
{
	const struct value *v = *state;
	struct sip_msg m;
	char text[2048];

	parse_invite(v->fields, &m, text);
	assert_text(sip_user(m.from), v->want);
}

static void from_tag_is(void **state)
{
	const struct value *v = *state;
	struct sip_msg m;
	char text[2048];

	parse_invite(v->fields, &m, text);
	assert_text(m.from_tag, v->want);
}

static void branch_is(void **state)
{
	const struct value *v = *state;
	struct sip_msg m;
	char text[2048];

	parse_invite(v->fields, &m, text);
	assert_text(m.branch, v->want);
}

static void transport_is(void **state)
{
	const struct value *v = *state;
	struct sip_msg m;
	char text[2048];

	parse_invite(v->fields, &m, text);
	assert_text(m.via_transport, v->want);
}

static void e06_other_compact_forms_are_known(void **state)
{
	struct sip_msg m;
	char text[2048];

	(void)state;
	parse_invite("v: SIP/2.0/TCP a;branch=1\r\nm: <sip:c@c>\r\nc: application/sdp\r\nl: 2\r\n"
	             "r: <sip:d@d>\r\n" FROM TO CALL_ID CSEQ END "v=0",
	             &m, text);
	assert_text(m.branch, "1");
	assert_text(m.contact, "<sip:c@c>");
	assert_text(m.content_type, "application/sdp");
	assert_text(m.refer_to, "<sip:d@d>");
	assert_text(m.body, "v=");
}

static void first_contact_counts(void **state)
{
	struct sip_msg m;
	char text[2048];

	(void)state;
	parse_invite(REST "Contact: <sip:a@a>\r\nContact: <sip:b@b>\r\n\r\n", &m, text);
	assert_text(m.contact, "<sip:a@a>");
}

static void fields_of_a_transfer_are_read(void **state)
{
	struct sip_msg m;
	char text[2048];

	(void)state;
	parse_invite(REST "Refer-To: <sip:c@c?Replaces=1>\r\nReplaces: 1;to-tag=2;from-tag=3\r\n"
	                  "RAck: 1 7 INVITE\r\nUser-to-User: 56a3;encoding=hex\r\n\r\n",
	             &m, text);
	assert_text(m.refer_to, "<sip:c@c?Replaces=1>");
	assert_text(m.rack, "1 7 INVITE");
	assert_true(m.has_replaces);
	assert_true(m.has_uui);
}

static const struct flag {
	const char *name;
	const char *fields;
	bool credentials;
	bool siprec;
} flags[] = {
	{ "authorization_is_credentials", "Authorization: Digest x\r\n" REST END, true, false },
	{ "proxy_authorization_is_credentials", "Proxy-Authorization: Digest x\r\n" REST END, true,
	  false },
	{ "challenge_is_no_credentials", "WWW-Authenticate: Digest x\r\n" REST END, false, false },
	{ "required_siprec_is_a_recording", "Require: siprec\r\n" REST END, false, true },
	{ "siprec_among_others_is_a_recording",
	  "Require: 100rel\r\nRequire: a ,SIPREC , b\r\n" REST END, false, true },
	{ "other_requirements_are_no_recording", "Require: 100rel, siprecx\r\n" REST END, false,
	  false },
	{ "recording_metadata_is_a_recording",
	  "Content-Type: application/rs-metadata+xml;x=1\r\n" REST END, false, true },
	{ "other_content_is_no_recording", "Content-Type: application/rs-metadata-x\r\n" REST END,
	  false, false },
};

static void flags_are(void **state)
{
	const struct flag *f = *state;
	struct sip_msg m;
	char text[2048];

	parse_invite(f->fields, &m, text);
	assert_int_equal(m.has_credentials, f->credentials);
	assert_int_equal(m.siprec, f->siprec);
}

static const struct body {
	const char *name;
	const char *fields;
	const char *want;
} bodies[] = {
	{ "body_without_length_is_the_rest", REST END "v=0\r\ns=-", "v=0\r\ns=-" },
	{ "body_ends_where_its_length_says", REST "Content-Length: 4\r\n" END "v=0\r\ns=-",
	  "v=0\r" },
	{ "body_of_length_0_is_empty", REST "Content-Length: 0\r\n" END "v=0\r\n", "" },
	{ "length_may_have_zeros_in_front", REST "Content-Length: 0003\r\n" END "v=0\r\n", "v=0" },
	{ "cut_body_loses_its_half_line", REST "Content-Length: 99\r\n" END "v=0\r\nm=audio 49",
	  "v=0\r\n" },
	{ "cut_body_of_half_a_line_is_empty", REST "Content-Length: 99\r\n" END "v=0", "" },
	{ "cut_body_of_nothing_is_empty", REST "Content-Length: 99\r\n" END, "" },
	{ "body_may_begin_with_a_blank", REST END " x", " x" },
	{ "body_may_begin_with_a_line_end", REST END "\r\nx", "\r\nx" },
};

static void body_is(void **state)
{
	const struct body *b = *state;
	struct sip_msg m;
	char text[2048];

	parse_invite(b->fields, &m, text);
	assert_text(m.body, b->want);
}

/* ---- what is refused, and what is not ---- */

static const struct outcome {
	const char *name;
	const char *text;
	size_t len;
	enum sip_result want;
} outcomes[] = {
	{ "good_request", TEXT(INVITE), SIP_OK },
	{ "line_ends_before_it_are_skipped", TEXT("\r\n\r\n\n" INVITE), SIP_OK },
	{ "e06_version_in_small_letters", TEXT("INVITE sip:a sip/2.0\r\n" REST END), SIP_OK },
	{ "e06_status_line_in_small_letters", TEXT("sip/2.0 200 OK\r\n" REST END), SIP_OK },
	{ "status_without_reason", TEXT("SIP/2.0 200\r\n" REST END), SIP_OK },
	{ "status_with_an_empty_reason", TEXT("SIP/2.0 100 \r\n" REST END), SIP_OK },
	{ "blanks_in_the_start_line", TEXT("INVITE  sip:a \t SIP/2.0  \r\n" REST END), SIP_OK },
	{ "second_message_behind_it", TEXT(INVITE INVITE), SIP_OK },
	{ "greatest_cseq", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 4294967295 INVITE\r\n\r\n"),
	  SIP_OK },
	{ "nul_quoted_behind_a_backslash",
	  TEXT(REQUEST_LINE "From: \"NUL:\\\0\" <sip:a@b>;tag=1\r\n" TO CALL_ID CSEQ END), SIP_OK },
	{ "nul_in_the_body", TEXT(REQUEST_LINE REST END "\0\1\2"), SIP_OK },

	{ "nothing", TEXT(""), SIP_NOT_SIP },
	{ "line_ends_only", TEXT("\r\n\r\n"), SIP_NOT_SIP },
	{ "zeros", TEXT("\0\0\0\0"), SIP_NOT_SIP },
	{ "http", TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), SIP_NOT_SIP },
	{ "ssdp", TEXT("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n\r\n"), SIP_NOT_SIP },
	{ "request_line_without_version", TEXT("INVITE sip:a\r\n" REST END), SIP_NOT_SIP },
	{ "media", TEXT("\x80\x00\x12\x34\n\n"), SIP_NOT_SIP },

	{ "version_7", TEXT("OPTIONS sip:a SIP/7.0\r\n" REST END), SIP_BAD_START_LINE },
	{ "status_of_version_7", TEXT("SIP/7.0 200 OK\r\n" REST END), SIP_BAD_START_LINE },
	{ "status_line_glued_together", TEXT("SIP/2.0200 OK\r\n" REST END), SIP_BAD_START_LINE },
	{ "request_without_uri", TEXT("INVITE SIP/2.0\r\n" REST END), SIP_BAD_START_LINE },
	{ "blank_in_the_uri", TEXT("INVITE sip:a; lr SIP/2.0\r\n" REST END), SIP_BAD_START_LINE },
	{ "method_that_is_no_token", TEXT("INV(TE sip:a SIP/2.0\r\n" REST END),
	  SIP_BAD_START_LINE },
	{ "method_of_65_letters",
	  TEXT("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDE sip:a "
	       "SIP/2.0\r\n" REST END),
	  SIP_BAD_START_LINE },

	{ "status_of_two_digits", TEXT("SIP/2.0 99 x\r\n" REST END), SIP_BAD_STATUS },
	{ "status_below_100", TEXT("SIP/2.0 099 x\r\n" REST END), SIP_BAD_STATUS },
	{ "status_above_699", TEXT("SIP/2.0 700 x\r\n" REST END), SIP_BAD_STATUS },
	{ "status_of_four_digits", TEXT("SIP/2.0 2000 x\r\n" REST END), SIP_BAD_STATUS },
	{ "status_past_32_bits", TEXT("SIP/2.0 4294967301 x\r\n" REST END), SIP_BAD_STATUS },
	{ "status_with_a_sign", TEXT("SIP/2.0 +20 x\r\n" REST END), SIP_BAD_STATUS },
	{ "status_missing", TEXT("SIP/2.0 \r\n" REST END), SIP_BAD_STATUS },

	{ "e09_line_without_colon", TEXT(REQUEST_LINE REST "Nothing here\r\n\r\n"),
	  SIP_BAD_HEADER },
	{ "line_without_name", TEXT(REQUEST_LINE REST ": x\r\n\r\n"), SIP_BAD_HEADER },
	{ "nul_in_a_name", TEXT(REQUEST_LINE REST "A\0b: x\r\n\r\n"), SIP_BAD_HEADER },
	{ "e09_nul_in_a_value", TEXT(REQUEST_LINE REST "A: \0x\r\n\r\n"), SIP_BAD_HEADER },
	{ "nul_at_the_end_of_a_value", TEXT(REQUEST_LINE REST "A: x\0\r\n\r\n"), SIP_BAD_HEADER },
	{ "nul_in_a_quoted_string_without_backslash", TEXT(REQUEST_LINE REST "A: \"\0\"\r\n\r\n"),
	  SIP_BAD_HEADER },
	{ "nul_behind_a_backslash_outside_quotes", TEXT(REQUEST_LINE REST "A: \\\0\r\n\r\n"),
	  SIP_BAD_HEADER },
	{ "nul_in_a_string_that_never_closes", TEXT(REQUEST_LINE REST "A: \"\\\0\r\n\r\n"),
	  SIP_BAD_HEADER },
	{ "two_call_ids", TEXT(REQUEST_LINE REST "Call-ID: other\r\n\r\n"), SIP_BAD_HEADER },
	{ "two_from", TEXT(REQUEST_LINE REST "f: <sip:eve@e>;tag=1\r\n\r\n"), SIP_BAD_HEADER },
	{ "two_to", TEXT(REQUEST_LINE REST "t: <sip:eve@e>;tag=1\r\n\r\n"), SIP_BAD_HEADER },

	{ "two_cseq", TEXT(REQUEST_LINE REST "CSeq: 8 INVITE\r\n\r\n"), SIP_BAD_CSEQ },
	{ "cseq_of_another_method", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 7 BYE\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_in_another_case", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 7 invite\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_without_method", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 7\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_without_number", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: INVITE\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_with_more_behind", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 7 INVITE x\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_below_zero", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: -7 INVITE\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_past_32_bits", TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 4294967296 INVITE\r\n\r\n"),
	  SIP_BAD_CSEQ },
	{ "cseq_past_64_bits",
	  TEXT(REQUEST_LINE FROM TO CALL_ID "CSeq: 36893488147419103232 INVITE\r\n\r\n"),
	  SIP_BAD_CSEQ },

	{ "two_lengths", TEXT(REQUEST_LINE REST "Content-Length: 3\r\nl: 5\r\n\r\n12345"),
	  SIP_BAD_CONTENT_LENGTH },
	{ "two_equal_lengths", TEXT(REQUEST_LINE REST "Content-Length: 3\r\nl: 3\r\n\r\n123"),
	  SIP_OK },
	{ "length_below_zero", TEXT(REQUEST_LINE REST "Content-Length: -999\r\n\r\n"),
	  SIP_BAD_CONTENT_LENGTH },
	{ "length_past_32_bits", TEXT(REQUEST_LINE REST "Content-Length: 4294967296\r\n\r\n"),
	  SIP_BAD_CONTENT_LENGTH },
	{ "length_of_words", TEXT(REQUEST_LINE REST "Content-Length: five\r\n\r\n"),
	  SIP_BAD_CONTENT_LENGTH },
	{ "length_of_nothing", TEXT(REQUEST_LINE REST "Content-Length:\r\n\r\n"),
	  SIP_BAD_CONTENT_LENGTH },

	{ "no_from", TEXT(REQUEST_LINE TO CALL_ID CSEQ END), SIP_MISSING_FIELD },
	{ "no_to", TEXT(REQUEST_LINE FROM CALL_ID CSEQ END), SIP_MISSING_FIELD },
	{ "no_call_id", TEXT(REQUEST_LINE FROM TO CSEQ END), SIP_MISSING_FIELD },
	{ "empty_call_id", TEXT(REQUEST_LINE FROM TO "Call-ID: \r\n" CSEQ END), SIP_MISSING_FIELD },
	{ "no_cseq", TEXT(REQUEST_LINE FROM TO CALL_ID END), SIP_MISSING_FIELD },
	{ "no_fields", TEXT(REQUEST_LINE END), SIP_MISSING_FIELD },

	{ "headers_without_blank_line", TEXT(REQUEST_LINE REST), SIP_CUT },
	{ "headers_cut_in_a_line", TEXT(REQUEST_LINE FROM "To: <si"), SIP_CUT },
	{ "start_line_cut", TEXT("INVITE sip:4989123@pb"), SIP_CUT },
	{ "blank_line_cut", TEXT(REQUEST_LINE REST "\r"), SIP_CUT },
};

static void outcome_has_its_name(void **state)
{
	const struct outcome *o = *state;

	assert_string_equal(sip_result_name(result_of(o->text, o->len)), sip_result_name(o->want));
}

static void every_cut_of_a_message_is_noticed(void **state)
{
	static const char text[] = INVITE;

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		enum sip_result rc = result_of(text, n);

		assert_true(rc == SIP_CUT || rc == SIP_NOT_SIP);
	}
}

static void every_result_has_its_own_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SIP_RESULTS; i++) {
		assert_string_not_equal(sip_result_name((enum sip_result)i), "unknown");
		for (unsigned k = 0; k < i; k++) {
			assert_string_not_equal(sip_result_name((enum sip_result)i),
			                        sip_result_name((enum sip_result)k));
		}
	}
	assert_string_equal(sip_result_name(SIP_RESULTS), "unknown");
}

/* ---- bounds ---- */

struct text {
	char at[SIP_MESSAGE_MAX_BYTES + 4096];
	size_t len;
};

static void text_add(struct text *t, const char *add)
{
	size_t n = strlen(add);

	assert_in_range(t->len + n, 0, sizeof(t->at));
	memcpy(t->at + t->len, add, n);
	t->len += n;
}

static void text_repeat(struct text *t, const char *add, size_t up_to)
{
	while (t->len + strlen(add) <= up_to) {
		text_add(t, add);
	}
}

static void e09_headers_are_counted(void **state)
{
	static struct text t;
	struct sip_msg m;

	(void)state;
	t.len = 0;
	text_add(&t, REQUEST_LINE REST);
	for (int i = 5; i < SIP_HEADERS_MAX; i++) {
		text_add(&t, "Via: SIP/2.0/UDP b\r\n");
	}
	text_add(&t, END);
	assert_int_equal(sip_parse((struct slice){ t.at, t.len }, &m), SIP_OK);
	assert_text(m.branch, "z9hG4bK74bf9");
	t.len -= 2;
	text_add(&t, "Via: SIP/2.0/UDP b\r\n" END);
	assert_int_equal(sip_parse((struct slice){ t.at, t.len }, &m), SIP_TOO_MANY_HEADERS);
}

static void longest_message_is_parsed_and_a_longer_one_refused(void **state)
{
	static struct text t;
	struct sip_msg m;

	(void)state;
	t.len = 0;
	text_add(&t, REQUEST_LINE REST "X: ");
	text_repeat(&t, "x", SIP_MESSAGE_MAX_BYTES - 4);
	text_add(&t, "\r\n\r\n");
	assert_int_equal(sip_parse((struct slice){ t.at, t.len }, &m), SIP_OK);
	text_add(&t, "x");
	assert_int_equal(sip_parse((struct slice){ t.at, t.len }, &m), SIP_TOO_LONG);
}

/* Values that make a careless parser look at every byte once for each byte. Linear, all rounds
 * are over in a blink; quadratic, they would outlast what tests/run.sh grants a program. */
#define WORST_ROUNDS 300

static const struct worst {
	const char *name;
	const char *start;
	const char *repeated;
	const char *end;
} worsts[] = {
	{ "e09_long_value", "X: ", "x", "\r\n" },
	{ "value_of_quotes", "From: <sip:a@b>", "\"", "\r\n" },
	{ "value_of_escaped_quotes", "From: \"", "\\\"", "\r\n" },
	{ "value_of_unclosed_parameters", "From: <sip:a@b>\"", ";\\\"", "\r\n" },
	{ "value_of_parameters", "From: <sip:a@b>", ";a=b", "\r\n" },
	{ "value_of_brackets", "From: ", "<", "\r\n" },
	{ "value_of_commas", "Via: SIP/2.0/UDP a", ",\"", "\r\n" },
	{ "value_of_branches", "Via: SIP/2.0/UDP a", ";branch=", "\r\n" },
	{ "requirements", "Require: ", "siprex,", "\r\n" },
	{ "e09_folded_lines", "X: ", "\r\n x", "\r\n" },
	{ "folded_blank_lines", "X: ", "\n ", "\r\n" },
	{ "e09_vias", "", "Via: a\n", "" },
	{ "contents_lengths", "", "l:1\n", "" },
	{ "e09_nul_bytes", "X: \"", "\\\"", "\0" },
};

static void time_grows_with_length_only(void **state)
{
	const struct worst *w = *state;
	static struct text t;
	struct sip_msg m;
	int first;

	t.len = 0;
	text_add(&t, REQUEST_LINE TO CALL_ID CSEQ);
	text_add(&t, w->start);
	text_repeat(&t, w->repeated, 65000);
	text_add(&t, w->end);
	text_add(&t, END);
	first = sip_parse((struct slice){ t.at, t.len }, &m);
	for (int i = 1; i < WORST_ROUNDS; i++) {
		assert_int_equal(sip_parse((struct slice){ t.at, t.len }, &m), first);
	}
}

/* ---- does it look like SIP ---- */

static const struct look {
	const char *name;
	const char *text;
	size_t len;
	bool want;
} looks[] = {
	{ "request_looks_like_it", TEXT(INVITE), true },
	{ "beginning_of_a_request_looks_like_it", TEXT("BYE sip:"), true },
	{ "response_looks_like_it", TEXT("SIP/2.0 "), true },
	{ "line_ends_before_it_are_fine", TEXT("\r\n\r\nBYE sip:a"), true },
	{ "sips_looks_like_it", TEXT("INVITE sips:a SIP/2.0"), true },
	{ "tel_looks_like_it", TEXT("INVITE tel:110 SIP/2.0"), true },
	{ "emergency_call_looks_like_it", TEXT("INVITE urn:service:sos SIP/2.0"), true },
	{ "unknown_method_looks_like_it", TEXT("NEW-method SIP:a SIP/2.0"), true },
	{ "nothing_does_not", TEXT(""), false },
	{ "line_ends_do_not", TEXT("\r\n\r\n"), false },
	{ "too_little_does_not", TEXT("BYE sip"), false },
	{ "http_does_not", TEXT("GET /sip:a HTTP/1.1\r\n"), false },
	{ "rtsp_does_not", TEXT("OPTIONS rtsp://a RTSP/1.0\r\n"), false },
	{ "media_does_not", TEXT("\x80\x00\x12\x34\x00\x00\x00\x00\x01\x02\x03\x04"), false },
	{ "stun_does_not", TEXT("\0\1\0\0\x21\x12\xa4\x42"), false },
	{ "method_of_65_letters_does_not",
	  TEXT("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDE sip:a "
	       "SIP/2.0\r\n"),
	  false },
	{ "uri_without_method_does_not", TEXT(" sip:a SIP/2.0\r\n"), false },
};

static void looks_are_judged(void **state)
{
	const struct look *l = *state;
	struct slice s = exact(l->text, l->len);

	assert_int_equal(sip_looks_like(s), l->want);
	exact_free(s);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, request_is_taken_apart);
	cases_test(&c, response_has_a_status_and_the_method_of_its_cseq);
	cases_table(&c, methods, method_is_told);
	cases_table(&c, from_users, from_user_is);
	cases_table(&c, from_tags, from_tag_is);
	cases_table(&c, branches, branch_is);
	cases_table(&c, transports, transport_is);
	cases_table(&c, compact, from_user_is);
	cases_test(&c, e06_other_compact_forms_are_known);
	cases_test(&c, first_contact_counts);
	cases_test(&c, fields_of_a_transfer_are_read);
	cases_table(&c, flags, flags_are);
	cases_table(&c, bodies, body_is);
	cases_table(&c, outcomes, outcome_has_its_name);
	cases_test(&c, every_cut_of_a_message_is_noticed);
	cases_test(&c, every_result_has_its_own_name);
	cases_test(&c, e09_headers_are_counted);
	cases_test(&c, longest_message_is_parsed_and_a_longer_one_refused);
	cases_table(&c, worsts, time_grows_with_length_only);
	cases_table(&c, looks, looks_are_judged);
	return cases_run("decode/sip", &c, NULL, NULL);
}
