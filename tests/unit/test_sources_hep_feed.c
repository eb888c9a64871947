/* What the feed of HEP3 messages counts is told under its own name, to people and to machines. */
#include "agent/sources/hep_feed.h"

#include "tests/support/cases.h"
#include "tests/support/hep_bytes.h"
#include "tests/support/tally.h"
#include "tests/support/witness.h"

#define NOW_NS INT64_C(1795323487000000000)

static struct witness w;
static struct hep_feed *feed;
static struct hep_bytes b;

static int set_up(void **state)
{
	const struct hep_feed_options options = {
		.calls = { .observer = &w.observer,
		           .max_streams = 16,
		           .max_dialogs = 16,
		           .stream_idle_ns = CALLS_STREAM_IDLE_NS,
		           .dialog_idle_ns = CALLS_DIALOG_IDLE_NS },
		.key = "secret",
	};

	(void)state;
	witness_open(&w);
	feed = hep_feed_new(&options);
	assert_non_null(feed);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	hep_feed_free(feed);
	witness_close(&w);
	return 0;
}

static void give(uint8_t type, int64_t at_ns, uint16_t payload, const char *text)
{
	hep_bytes_head(&b, type, at_ns);
	hep_bytes_chunk(&b, 0, payload, text, strlen(text));
	hep_bytes_chunk(&b, 0, 14, "secret", 6);
	hep_feed_message(feed, cursor_of(b.at, b.len), NOW_NS);
}

/* Each as often as no other. */
static void give_all(void)
{
	for (int i = 0; i < 7; i++) {
		hep_bytes_text(&b, HEP_TYPE_SIP, NOW_NS, "x");
		hep_feed_message(feed, cursor_of(b.at, b.len), NOW_NS);
	}
	for (int i = 0; i < 2; i++) {
		give(HEP_TYPE_SIP, NOW_NS, 16, "not packed");
	}
	for (int i = 0; i < 3; i++) {
		give(HEP_TYPE_RTCP_JSON, NOW_NS, 15, "{");
	}
	for (int i = 0; i < 4; i++) {
		give(100, NOW_NS, 15, "a log line");
	}
	give(100, 0, 15, "of 1970");
	for (int i = 0; i < 6; i++) {
		hep_feed_message(feed, cursor_of("HEP2 and more", 13), NOW_NS);
	}
	hep_bytes_head(&b, 100, NOW_NS);
	for (int i = 0; i < 8; i++) {
		hep_bytes_chunk(&b, 2, 1, "x", 1);
	}
	hep_bytes_chunk(&b, 0, 15, "x", 1);
	hep_bytes_chunk(&b, 0, 14, "secret", 6);
	hep_feed_message(feed, cursor_of(b.at, b.len), NOW_NS);
}

static void each_count_is_told_by_its_name(void **state)
{
	struct tally t;
	struct source_tally to = tally_begin(&t);

	(void)state;
	give_all();
	hep_feed_tally(feed, &to);
	assert_int_equal(tally_count(&t, SOURCE_TAKEN, "hep_messages"), 7 + 2 + 3 + 4 + 1 + 1);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "hep_not_hep3"), 6);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "hep_truncated"), 0);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "hep_bad_key"), 7);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "hep_bad_packed"), 2);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "hep_bad_time"), 1);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "rtcp_json_bad"), 3);
	assert_int_equal(tally_count(&t, SOURCE_LOST, "hep_other_types"), 4 + 1 + 1);
	assert_int_equal(tally_count(&t, SOURCE_LOST, "hep_foreign_chunks"), 8);
	assert_int_equal(hep_feed_rejected(feed), 7 + 2 + 3 + 6);
}

static void the_line_for_the_operator_has_them_too(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	give_all();
	hep_feed_summary(feed, &text);
	assert_non_null(strstr(buf_text(&text),
	                       "messages=18 not_hep3=6 bad_key=7 bad_packed=2 bad_time=1 "
	                       "rtcp_json=3 rtcp_json_bad=3 other_types=6 foreign_chunks=8; "));
	buf_free(&text);
}

static void a_message_without_a_time_has_that_of_its_arrival(void **state)
{
	static const char invite[] =
		"INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: m\r\n"
		"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";

	(void)state;
	hep_bytes_begin(&b);
	hep_bytes_u8(&b, 2, 17);
	hep_bytes_u32(&b, 3, HEP_SRC);
	hep_bytes_u32(&b, 4, HEP_DST);
	hep_bytes_u8(&b, 11, HEP_TYPE_SIP);
	hep_bytes_chunk(&b, 0, 14, "secret", 6);
	hep_bytes_chunk(&b, 0, 15, invite, sizeof(invite) - 1);
	hep_feed_message(feed, cursor_of(b.at, b.len), NOW_NS);
	hep_feed_finish(feed);
	assert_int_equal(hep_feed_counters(feed)->bad_time, 1);
	assert_true(witness_dialog(&w, 0)->at_us == NOW_NS / 1000);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, each_count_is_told_by_its_name, set_up, tear_down);
	cases_test_with(&c, the_line_for_the_operator_has_them_too, set_up, tear_down);
	cases_test_with(&c, a_message_without_a_time_has_that_of_its_arrival, set_up, tear_down);
	return cases_run("sources/hep_feed", &c, NULL, NULL);
}
