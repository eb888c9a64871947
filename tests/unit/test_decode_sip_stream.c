#include <errno.h>

#include "agent/decode/sip.h"
#include "tests/support/cases.h"
#include "tests/support/exact.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

static const struct framing {
	const char *name;
	const char *text;
	size_t len;
	int rc;
	size_t bytes;
	bool no_length;
} framings[] = {
	{ "message_alone", TEXT("BYE sip:a SIP/2.0\r\nl:0\r\n\r\n"), 1, 26, false },
	{ "message_with_body", TEXT("BYE sip:a SIP/2.0\r\nl:3\r\n\r\nabcBYE"), 1, 29, false },
	{ "line_ends_before_count", TEXT("\r\n\r\nBYE sip:a SIP/2.0\r\nl:0\r\n\r\n"), 1, 30,
	  false },
	{ "line_feeds_alone_end_it", TEXT("BYE sip:a SIP/2.0\nl:0\n\n"), 1, 23, false },
	{ "no_length_means_no_body", TEXT("BYE sip:a SIP/2.0\r\n\r\nabc"), 1, 21, true },
	{ "length_on_a_line_of_its_own", TEXT("BYE sip:a SIP/2.0\r\nl:\r\n 2\r\n\r\nabc"), 1, 31,
	  false },
	{ "status_line", TEXT("SIP/2.0 200 OK\r\nl:0\r\n\r\n"), 1, 23, false },
	{ "longest_body", TEXT("BYE sip:a SIP/2.0\r\nl:65505\r\n\r\n"), 0, 65535, false },

	{ "nothing_yet", TEXT(""), 0, 1, false },
	{ "line_ends_yet", TEXT("\r\n"), 0, 3, false },
	{ "method_yet", TEXT("BY"), 0, 3, false },
	{ "method_and_blank_yet", TEXT("BYE "), 0, 5, false },
	{ "version_yet", TEXT("SIP/2"), 0, 6, false },
	{ "status_line_yet", TEXT("SIP/2.0 200 OK\r"), 0, 16, false },
	{ "headers_yet", TEXT("BYE sip:a SIP/2.0\r\nl:0\r\n\r"), 0, 26, false },
	{ "body_yet", TEXT("BYE sip:a SIP/2.0\r\nl:9\r\n\r\nab"), 0, 35, false },

	{ "line_that_is_no_start", TEXT("v=0\r\ns=-\r\n"), -EBADMSG, 5, false },
	{ "header_line", TEXT("Via: x\r\n"), -EBADMSG, 8, false },
	{ "header_line_yet", TEXT("Via: x"), -EBADMSG, 6, false },
	{ "binary", TEXT("\x16\x03\x01\x02\x00"), -EBADMSG, 5, false },
	{ "method_too_long_yet",
	  TEXT("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDE"), -EBADMSG, 65,
	  false },
	{ "other_version", TEXT("BYE sip:a SIP/3.0\r\nl:0\r\n\r\n"), -EBADMSG, 19, false },
	{ "bad_status", TEXT("SIP/2.0 999 OK\r\nl:0\r\n\r\n"), -EBADMSG, 16, false },
	{ "half_a_request_line", TEXT("SIP/2.0\r\nl:0\r\n\r\n"), -EBADMSG, 9, false },
	{ "length_below_zero_skips_the_head", TEXT("BYE sip:a SIP/2.0\r\nl:-1\r\n\r\nabc"),
	  -EBADMSG, 27, false },
	{ "two_lengths_skip_the_head", TEXT("BYE sip:a SIP/2.0\r\nl:1\r\nl:2\r\n\r\nabc"), -EBADMSG,
	  31, false },
	{ "body_too_long_skips_the_head", TEXT("BYE sip:a SIP/2.0\r\nl:65506\r\n\r\nabc"),
	  -EMSGSIZE, 30, false },
	{ "body_of_4_gibibytes_skips_the_head",
	  TEXT("BYE sip:a SIP/2.0\r\nl:4294967295\r\n\r\nabc"), -EMSGSIZE, 35, false },
};

static void stream_is_framed(void **state)
{
	const struct framing *f = *state;
	struct slice s = exact(f->text, f->len);
	bool no_length = !f->no_length;
	size_t bytes = 0;

	assert_int_equal(sip_frame(s, &bytes, &no_length), f->rc);
	assert_int_equal(bytes, f->bytes);
	assert_int_equal(no_length, f->no_length);
	exact_free(s);
}

static void head_without_end_is_too_long_at_65536_bytes(void **state)
{
	static const char start[] = "BYE sip:a SIP/2.0\r\n";
	static char text[SIP_MESSAGE_MAX_BYTES + 1];
	size_t bytes;
	bool no_length;

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, start, sizeof(start) - 1);
	assert_int_equal(
		sip_frame((struct slice){ text, SIP_MESSAGE_MAX_BYTES }, &bytes, &no_length), 0);
	assert_int_equal(sip_frame((struct slice){ text, sizeof(text) }, &bytes, &no_length),
	                 -EMSGSIZE);
	assert_int_equal(bytes, sizeof(text));
}

static void head_is_found_from_wherever_one_left_off(void **state)
{
	static const char text[] = "BYE sip:a SIP/2.0\r\nl:0\r\n\r\nabc";

	(void)state;
	for (size_t from = 0; from < 26; from++) {
		assert_int_equal(sip_head_end((struct slice){ text, from }, 0), 0);
		assert_int_equal(sip_head_end(SLICE(text), from), 26);
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, framings, stream_is_framed);
	cases_test(&c, head_without_end_is_too_long_at_65536_bytes);
	cases_test(&c, head_is_found_from_wherever_one_left_off);
	return cases_run("decode/sip_stream", &c, NULL, NULL);
}
