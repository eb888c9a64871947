#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <zstd.h>

#include "cxmeter/frame.h"
#include "cxmeter/record.h"
#include "tests/support/session_world.h"

#define SECOND_US INT64_C(1000000)

static int setup(void **state)
{
	*state = play_new();
	return 0;
}

static int teardown(void **state)
{
	play_free(*state);
	return 0;
}

/* ---- greeting ---- */

static void hello_asks_the_store(void **state)
{
	struct play *p = *state;

	wire_add_hello(&p->bytes, &(struct wire_hello){ .epoch = PLAY_EPOCH,
	                                                .instance = 9,
	                                                .first = 3,
	                                                .next = 12,
	                                                .timezone = "Europe/Berlin",
	                                                .version = "0.1.0" });
	assert_int_equal(SESSION_ASK, play_after(p));
	assert_true(p->session.hello.epoch == PLAY_EPOCH);
	assert_int_equal(9, p->session.hello.instance);
	assert_int_equal(3, p->session.hello.first_sequence);
	assert_int_equal(12, p->session.hello.next_sequence);
	assert_string_equal("Europe/Berlin", p->session.hello.timezone);
	assert_string_equal("0.1.0", p->session.hello.version);
}

static void nothing_is_read_while_the_store_is_asked(void **state)
{
	struct play *p = *state;

	play_add_hello(p, 1, 1);
	wire_add_batch(&p->bytes, 1, 1, 0);
	assert_int_equal(SESSION_ASK, play_after(p));
	assert_int_equal(SESSION_ANSWER, play_step(p, 0));
	assert_true(session_waits(&p->session));
}

static void welcome_says_what_is_stored_and_the_rules(void **state)
{
	struct play *p = *state;
	const Cxm__Frame *frame;

	play_add_hello(p, 1, 100);
	assert_int_equal(SESSION_ASK, play_after(p));
	session_welcome(&p->session, 41, 5000000);
	frame = play_said(p);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, frame->body_case);
	assert_int_equal(41, frame->welcome->acked_sequence);
	assert_int_equal(PLAY_WINDOW, frame->welcome->window_batches);
	assert_int_equal(PLAY_HEARTBEAT_MS, frame->welcome->heartbeat_ms);
	assert_int_equal(5000000, frame->welcome->server_us);
	assert_int_equal(SESSION_READ, play_step(p, 0));
}

static void store_ahead_of_the_spool_is_epoch_stale(void **state)
{
	struct play *p = *state;

	play_add_hello(p, 1, 100);
	assert_int_equal(SESSION_ASK, play_after(p));
	session_welcome(&p->session, 100, 0);
	assert_true(play_refused(p, CXM__REFUSE__CODE__EPOCH_STALE));
}

static void store_level_with_the_spool_is_welcome(void **state)
{
	struct play *p = *state;

	play_add_hello(p, 1, 100);
	assert_int_equal(SESSION_ASK, play_after(p));
	session_welcome(&p->session, 99, 0);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, play_said(p)->body_case);
}

static void names_that_are_none_are_forgotten(void **state)
{
	struct play *p = *state;

	wire_add_hello(&p->bytes, &(struct wire_hello){ .timezone = "Europe/Ber\nlin",
	                                                .version = "\xff\xfe" });
	assert_int_equal(SESSION_ASK, play_after(p));
	assert_string_equal("", p->session.hello.timezone);
	assert_string_equal("", p->session.hello.version);
}

static void overlong_name_is_forgotten(void **state)
{
	struct play *p = *state;
	char name[SESSION_TEXT_SIZE + 1];

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	wire_add_hello(&p->bytes, &(struct wire_hello){ .timezone = name });
	assert_int_equal(SESSION_ASK, play_after(p));
	assert_string_equal("", p->session.hello.timezone);
}

/* ---- running ---- */

static void batch_is_handed_out_with_its_records(void **state)
{
	struct play *p = *state;
	struct cxm_packed record;
	unsigned n = 0;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 101, 3, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_int_equal(101, p->work.batch.first_sequence);
	assert_int_equal(3, p->work.batch.count);
	assert_int_equal(0, p->work.batch.lost);
	while (cxm_record_next(&p->work.batch.records, &record) == 1) {
		n++;
	}
	assert_int_equal(3, n);
	assert_int_equal(SESSION_READ, play_step(p, 0));
}

static void compressed_batch_is_handed_out_unpacked(void **state)
{
	struct play *p = *state;
	struct buf records;
	uint8_t packed[4096];
	Cxm__Batch batch = CXM__BATCH__INIT;
	Cxm__Frame frame = CXM__FRAME__INIT;
	size_t n;

	play_run_from(p, 100);
	buf_init(&records, FRAME_MAX_BYTES);
	wire_add_records(&records, 101, 50);
	n = ZSTD_compress(packed, sizeof(packed), records.data, records.len, 1);
	assert_false(ZSTD_isError(n));
	batch.first_sequence = 101;
	batch.count = 50;
	batch.has_records = true;
	batch.records = (ProtobufCBinaryData){ n, packed };
	batch.has_zstd_bytes = true;
	batch.zstd_bytes = (uint32_t)records.len;
	frame.body_case = CXM__FRAME__BODY_BATCH;
	frame.batch = &batch;
	wire_add_frame(&p->bytes, &frame);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_int_equal(records.len, cursor_left(&p->work.batch.records));
	assert_memory_equal(records.data, p->work.batch.records.at, records.len);
	buf_free(&records);
}

static void nothing_is_acknowledged_before_it_is_stored(void **state)
{
	struct play *p = *state;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 101, 3, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_true(play_silent(p));
}

static void stored_batch_is_acknowledged(void **state)
{
	struct play *p = *state;
	const Cxm__Frame *frame;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 101, 3, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	session_stored(&p->session, 103);
	frame = play_said(p);
	assert_int_equal(CXM__FRAME__BODY_ACK, frame->body_case);
	assert_int_equal(103, frame->ack->sequence);
	assert_true(play_silent(p));
}

static void one_ack_covers_what_was_stored_together(void **state)
{
	struct play *p = *state;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 101, 1, 0);
	wire_add_batch(&p->bytes, 102, 1, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_int_equal(SESSION_STORE, play_step(p, 0));
	session_stored(&p->session, 101);
	session_stored(&p->session, 102);
	assert_int_equal(102, play_said(p)->ack->sequence);
	assert_true(play_silent(p));
}

static void acks_do_not_pile_up_for_a_peer_that_does_not_take_them(void **state)
{
	struct play *p = *state;
	struct cursor out;
	size_t before;

	play_run_from(p, 0);
	wire_add_batch(&p->bytes, 1, 1, 0);
	wire_add_batch(&p->bytes, 2, 1, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_int_equal(SESSION_STORE, play_step(p, 0));
	session_stored(&p->session, 1);
	out = session_output(&p->session, 0);
	before = cursor_left(&out);
	session_stored(&p->session, 2);
	out = session_output(&p->session, 0);
	assert_int_equal(before, cursor_left(&out));
	assert_int_equal(1, play_said(p)->ack->sequence);
	assert_int_equal(2, play_said(p)->ack->sequence);
}

static void small_frames_need_little_memory(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	for (unsigned n = 0; n < 10000; n++) {
		wire_add_batch(&p->bytes, 1, 0, 0);
		assert_int_equal(SESSION_READ, play_after(p));
	}
	assert_true(p->session.in.cap <= 2 * SESSION_READ_BYTES);
}

static void batch_sent_again_is_stored_again_and_acknowledged(void **state)
{
	struct play *p = *state;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 91, 5, 0); /* the store will skip it */
	assert_int_equal(SESSION_STORE, play_after(p));
	session_stored(&p->session, 95);
	assert_int_equal(100, play_said(p)->ack->sequence); /* never less than has been said */
	wire_add_batch(&p->bytes, 101, 1, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
}

static void lost_records_may_be_skipped(void **state)
{
	struct play *p = *state;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 151, 2, 50);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_int_equal(50, p->work.batch.lost);
	wire_add_batch(&p->bytes, 153, 2, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
}

static void heartbeat_is_acknowledged_at_once(void **state)
{
	struct play *p = *state;

	play_run_from(p, 100);
	wire_add_batch(&p->bytes, 500, 0, 0); /* where it stands does not matter */
	assert_int_equal(SESSION_READ, play_after(p));
	assert_int_equal(100, play_said(p)->ack->sequence);
}

static void full_window_is_not_read(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	for (uint64_t n = 1; n <= PLAY_WINDOW + 1; n++) {
		wire_add_batch(&p->bytes, n, 1, 0);
	}
	play_feed(p, p->bytes.data, p->bytes.len, 0);
	for (unsigned n = 0; n < PLAY_WINDOW; n++) {
		assert_int_equal(SESSION_STORE, play_step(p, 0));
	}
	assert_int_equal(SESSION_ANSWER, play_step(p, 0));
	session_stored(&p->session, 1);
	assert_int_equal(SESSION_STORE, play_step(p, 0));
}

static void refusal_says_first_what_is_stored(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	wire_add_batch(&p->bytes, 1, 1, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	session_stored(&p->session, 1);
	session_refuse(&p->session, CXM__REFUSE__CODE__OVERLOADED, 5000, "later");
	assert_int_equal(1, play_said(p)->ack->sequence);
	assert_int_equal(5000, play_said(p)->refuse->retry_after_ms);
}

static void answers_after_the_end_change_nothing(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	wire_add_batch(&p->bytes, 1, 1, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	session_refuse(&p->session, CXM__REFUSE__CODE__OVERLOADED, 5000, "later");
	session_refuse(&p->session, CXM__REFUSE__CODE__INVALID, 0, "never said");
	session_stored(&p->session, 1);
	session_welcome(&p->session, 1, 0);
	assert_int_equal(CXM__REFUSE__CODE__OVERLOADED, play_said(p)->refuse->code);
	assert_true(play_silent(p));
}

/* ---- the stream may be cut anywhere ---- */

/* Hello and two batches as one stream. */
static void add_talk(struct play *p)
{
	play_add_hello(p, 1, 100);
	wire_add_batch(&p->bytes, 1, 2, 0);
	wire_add_batch(&p->bytes, 3, 1, 0);
}

/* Step until it wants more; count what it asked for. */
static void drive(struct play *p, unsigned *asked, unsigned *stored)
{
	enum session_want want;

	while ((want = play_step(p, 0)) != SESSION_READ) {
		assert_true(want == SESSION_ASK || want == SESSION_STORE);
		if (want == SESSION_ASK) {
			++*asked;
			session_welcome(&p->session, 0, 0);
		} else {
			++*stored;
			session_stored(&p->session,
			               p->work.batch.first_sequence + p->work.batch.count - 1);
		}
	}
}

static void stream_cut_at_every_offset_reads_the_same(void **state)
{
	struct play *p = *state;
	struct buf talk;

	(void)state;
	add_talk(p);
	talk = p->bytes;
	buf_init(&p->bytes, talk.max);
	for (size_t cut = 0; cut <= talk.len; cut++) {
		struct play *cut_play = play_new();
		unsigned asked = 0;
		unsigned stored = 0;

		play_feed(cut_play, talk.data, cut, 0);
		drive(cut_play, &asked, &stored);
		play_feed(cut_play, talk.data + cut, talk.len - cut, 0);
		drive(cut_play, &asked, &stored);
		assert_int_equal(1, asked);
		assert_int_equal(2, stored);
		play_free(cut_play);
	}
	buf_free(&talk);
}

static void stream_in_single_bytes_reads_the_same(void **state)
{
	struct play *p = *state;
	unsigned asked = 0;
	unsigned stored = 0;

	add_talk(p);
	for (size_t i = 0; i < p->bytes.len; i++) {
		play_feed(p, p->bytes.data + i, 1, 0);
		drive(p, &asked, &stored);
	}
	assert_int_equal(1, asked);
	assert_int_equal(2, stored);
}

static void largest_frame_is_read(void **state)
{
	struct play *p = *state;
	struct buf records;
	uint32_t count = 0;

	buf_init(&records, FRAME_MAX_BYTES);
	while (records.len < FRAME_MAX_BYTES - 128) {
		wire_add_records(&records, ++count, 1);
	}
	buf_free(&records);
	play_run_from(p, 0);
	wire_add_batch(&p->bytes, 1, count, 0);
	assert_true(p->bytes.len > FRAME_MAX_BYTES - 256);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_int_equal(count, p->work.batch.count);
}

static void unfinished_frame_claims_no_memory_ahead(void **state)
{
	struct play *p = *state;

	play_feed(p, "\x00\x04\x00\x00", 4, 0); /* 256 KiB will come, it says */
	assert_int_equal(SESSION_READ, play_step(p, 0));
	assert_true(p->session.in.cap <= 2 * SESSION_READ_BYTES);
}

/* ---- time ---- */

static void missing_hello_ends_after_ten_seconds(void **state)
{
	struct play *p = *state;

	session_tick(&p->session, true, 10 * SECOND_US);
	assert_int_equal(SESSION_GREETING, p->session.state);
	session_tick(&p->session, true, 10 * SECOND_US + 1);
	assert_int_equal(SESSION_NO_HELLO, p->session.end);
	assert_int_equal(SESSION_CLOSE, play_step(p, 0));
	assert_true(play_silent(p));
}

static void frame_begun_and_dripping_ends_after_thirty_seconds(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	wire_add_batch(&p->bytes, 1, 3, 0);
	for (int64_t second = 1; second <= 30; second++) {
		play_feed(p, p->bytes.data + second - 1, 1, second * SECOND_US);
		session_tick(&p->session, true, second * SECOND_US);
		assert_int_equal(SESSION_RUNNING, p->session.state);
	}
	session_tick(&p->session, true, 31 * SECOND_US + 1);
	assert_int_equal(SESSION_SLOW, p->session.end);
}

/* Each piece brings the end of one frame and the beginning of the next, so one is always begun. */
static void frames_that_follow_each_other_are_not_slow(void **state)
{
	struct play *p = *state;
	size_t fed = 10;

	play_run_from(p, 0);
	for (uint64_t n = 1; n <= 101; n++) {
		wire_add_batch(&p->bytes, n, 1, 0);
	}
	play_feed(p, p->bytes.data, fed, 0);
	for (uint64_t n = 1; n <= 100; n++) {
		size_t frame_bytes = 0;

		session_tick(&p->session, true, (int64_t)n * SECOND_US);
		assert_int_equal(1, cxm_frame_ready(p->bytes.data + fed - 10,
		                                    p->bytes.len - fed + 10, &frame_bytes));
		play_feed(p, p->bytes.data + fed, FRAME_HEAD_BYTES + frame_bytes,
		          (int64_t)n * SECOND_US);
		fed += FRAME_HEAD_BYTES + frame_bytes;
		assert_int_equal(SESSION_STORE, play_step(p, (int64_t)n * SECOND_US));
		session_stored(&p->session, n);
		assert_int_equal(n, play_said(p)->ack->sequence);
	}
}

static void silence_of_three_heartbeats_ends_it(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	session_tick(&p->session, true, 45 * SECOND_US);
	assert_int_equal(SESSION_RUNNING, p->session.state);
	session_tick(&p->session, true, 45 * SECOND_US + 1);
	assert_int_equal(SESSION_SILENT, p->session.end);
}

static void silence_does_not_count_while_nobody_listens(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	play_feed(p, "\x00", 1, 0); /* a frame is begun, too */
	session_tick(&p->session, false, 1000 * SECOND_US);
	session_tick(&p->session, true, 1030 * SECOND_US);
	assert_int_equal(SESSION_RUNNING, p->session.state);
}

static void silence_does_not_count_while_the_window_is_full(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	for (uint64_t n = 1; n <= PLAY_WINDOW; n++) {
		wire_add_batch(&p->bytes, n, 1, 0);
	}
	assert_int_equal(SESSION_STORE, play_after(p));
	for (unsigned n = 1; n < PLAY_WINDOW; n++) {
		assert_int_equal(SESSION_STORE, play_step(p, 0));
	}
	session_tick(&p->session, true, 1000 * SECOND_US);
	assert_int_equal(SESSION_RUNNING, p->session.state);
}

static void last_ack_is_repeated_while_nobody_listens(void **state)
{
	struct play *p = *state;

	play_run_from(p, 17);
	session_tick(&p->session, false, 14 * SECOND_US);
	assert_true(play_silent(p));
	session_tick(&p->session, false, 15 * SECOND_US);
	assert_int_equal(17, play_said(p)->ack->sequence);
}

static void peer_that_takes_nothing_is_left_after_thirty_seconds(void **state)
{
	struct play *p = *state;

	play_add_hello(p, 1, 1);
	assert_int_equal(SESSION_ASK, play_after(p));
	session_welcome(&p->session, 0, 0);
	for (int64_t second = 1; second <= 30; second++) {
		play_feed(p, "", 0, second * SECOND_US);
		session_tick(&p->session, true, second * SECOND_US);
	}
	assert_int_equal(SESSION_RUNNING, p->session.state);
	session_tick(&p->session, true, 31 * SECOND_US);
	assert_int_equal(SESSION_DEAF, p->session.end);
}

static void idle_session_gives_its_buffer_back(void **state)
{
	struct play *p = *state;

	play_run_from(p, 0);
	wire_add_batch(&p->bytes, 1, 2000, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
	assert_true(p->session.in.cap > SESSION_READ_BYTES);
	session_stored(&p->session, 2000);
	session_tick(&p->session, true, SECOND_US);
	assert_int_equal(0, p->session.in.cap);
	wire_add_batch(&p->bytes, 2001, 1, 0);
	assert_int_equal(SESSION_STORE, play_after(p));
}

#define claim(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(hello_asks_the_store),
		claim(nothing_is_read_while_the_store_is_asked),
		claim(welcome_says_what_is_stored_and_the_rules),
		claim(store_ahead_of_the_spool_is_epoch_stale),
		claim(store_level_with_the_spool_is_welcome),
		claim(names_that_are_none_are_forgotten),
		claim(overlong_name_is_forgotten),
		claim(batch_is_handed_out_with_its_records),
		claim(compressed_batch_is_handed_out_unpacked),
		claim(nothing_is_acknowledged_before_it_is_stored),
		claim(stored_batch_is_acknowledged),
		claim(one_ack_covers_what_was_stored_together),
		claim(acks_do_not_pile_up_for_a_peer_that_does_not_take_them),
		claim(small_frames_need_little_memory),
		claim(batch_sent_again_is_stored_again_and_acknowledged),
		claim(lost_records_may_be_skipped),
		claim(heartbeat_is_acknowledged_at_once),
		claim(full_window_is_not_read),
		claim(refusal_says_first_what_is_stored),
		claim(answers_after_the_end_change_nothing),
		claim(stream_cut_at_every_offset_reads_the_same),
		claim(stream_in_single_bytes_reads_the_same),
		claim(largest_frame_is_read),
		claim(unfinished_frame_claims_no_memory_ahead),
		claim(missing_hello_ends_after_ten_seconds),
		claim(frame_begun_and_dripping_ends_after_thirty_seconds),
		claim(frames_that_follow_each_other_are_not_slow),
		claim(silence_of_three_heartbeats_ends_it),
		claim(silence_does_not_count_while_nobody_listens),
		claim(silence_does_not_count_while_the_window_is_full),
		claim(last_ack_is_repeated_while_nobody_listens),
		claim(peer_that_takes_nothing_is_left_after_thirty_seconds),
		claim(idle_session_gives_its_buffer_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
