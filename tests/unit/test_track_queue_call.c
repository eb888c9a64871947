/*
 * Contacts in queues. The table of logs and records is tests/data/queue_log/contacts.txt; here is
 * what holds for any log whatever is in it, the limits, and the state on disk. The real recording
 * is in test_track_queue_feed.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/cases.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/log_cases.h"

/* ---- the table ---- */

static void log_becomes_records(void **state)
{
	struct log_case *c = *state;
	struct feed_fixture *f = feed_fixture_new(8192);

	queue_feed_lines(&f->feed, (struct slice){ (const char *)c->log.data, c->log.len });
	queue_feed_finish(&f->feed);
	assert_string_equal(buf_text(&f->r.out), buf_text(&c->want));
	feed_fixture_free(f);
}

/* ---- what holds for any log ---- */

static void f11_every_contact_offered_ends_in_exactly_one_class(void **state)
{
	uint64_t evicted = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
		unsigned by_outcome[16] = { 0 };
		struct feed_records r;
		struct buf log;
		unsigned sum = 0;

		f->r.only_packed = true;

		buf_init(&log, 1 << 20);
		feed_fixture_generate(seed, 400, &log);
		queue_feed_lines(&f->feed, (struct slice){ (const char *)log.data, log.len });
		queue_feed_finish(&f->feed);
		feed_fixture_unpack(f, &r);
		for (size_t i = 0; i < r.n_contacts; i++) {
			assert_in_range(r.contacts[i]->outcome, 1, 8);
			by_outcome[r.contacts[i]->outcome]++;
		}
		for (size_t i = 0; i < COUNT(by_outcome); i++) {
			sum += by_outcome[i];
		}
		assert_int_equal(sum, feed_fixture_counters(f)->entered);
		assert_int_equal(r.n_contacts, feed_fixture_counters(f)->contacts);
		assert_int_equal(by_outcome[CXM__QUEUE_CONTACT__OUTCOME__PBX_STOPPED],
		                 feed_fixture_counters(f)->stopped);
		evicted += feed_fixture_counters(f)->evicted;
		buf_free(&log);
		arena_free(&r.arena);
		feed_fixture_free(f);
	}
	assert_true(evicted > 0);
}

/* Feed the log in two parts, with a tracker in between that knows the first only by what was saved.
 */
static void feed_split(struct feed_fixture *f, struct slice log, size_t at, struct buf *state)
{
	struct cursor in;

	queue_feed_lines(&f->feed, (struct slice){ log.at, at });
	buf_reset(state);
	queue_feed_save(&f->feed, state);
	queue_feed_deinit(&f->feed);
	feed_fixture_reopen(f);
	in = cursor_of(state->data, state->len);
	assert_int_equal(queue_feed_load(&f->feed, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	queue_feed_lines(&f->feed, (struct slice){ log.at + at, log.len - at });
	queue_feed_finish(&f->feed);
}

#define SPLIT_SEED 9 /* a log in which everything happens */

static void split_with_saved_state_changes_no_byte(void **state)
{
	struct buf log;
	struct buf saved;
	struct feed_fixture *whole = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct feed_fixture *parts = feed_fixture_new(QUEUE_CALL_OPEN_MIN);

	(void)state;
	whole->r.only_packed = true;
	parts->r.only_packed = true;
	buf_init(&log, 1 << 20);
	buf_init(&saved, STATE_MAX);
	feed_fixture_generate(SPLIT_SEED, 1200, &log);
	queue_feed_lines(&whole->feed, (struct slice){ (const char *)log.data, log.len });
	queue_feed_finish(&whole->feed);
	for (size_t at = 0; at < log.len; at++) {
		if (at > 0 && log.data[at - 1] != '\n') {
			continue;
		}
		record_text_reset(&parts->r);
		feed_split(parts, (struct slice){ (const char *)log.data, log.len }, at, &saved);
		assert_int_equal(parts->r.packed.len, whole->r.packed.len);
		assert_memory_equal(parts->r.packed.data, whole->r.packed.data,
		                    whole->r.packed.len);
	}
	assert_true(whole->r.n_records > 100);
	assert_true(feed_fixture_counters(whole)->evicted > 0);
	assert_true(feed_fixture_counters(whole)->stopped > 0);
	buf_free(&log);
	buf_free(&saved);
	feed_fixture_free(whole);
	feed_fixture_free(parts);
}

/* ---- limits ---- */

static void full_table_gives_up_the_oldest_and_says_so(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	char line[96];

	(void)state;
	for (unsigned i = 0; i < QUEUE_CALL_OPEN_MIN + 3; i++) {
		(void)snprintf(line, sizeof(line), "%u|u%u|sales|NONE|ENTERQUEUE||5550001|1\n",
		               1000 + i, i + 1);
		feed_fixture_take(f, line);
	}
	feed_fixture_take(f, "1100|u9|sales|NONE|ABANDON|1|1|2\n");
	assert_string_equal(
		buf_text(&f->r.out),
		"QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1000 "
		"customer=<5550001> outcome=unknown_end position=1\n"
		"QueueContact at=1001 contact=<u2> queue=sales entry=0 seen=1001 "
		"customer=<5550001> outcome=unknown_end position=1\n"
		"QueueContact at=1002 contact=<u3> queue=sales entry=0 seen=1002 "
		"customer=<5550001> outcome=unknown_end position=1\n"
		"Gap at=1016 reason=table_full part=queue_log seen=1018 to=1018 lost=3\n");
	assert_int_equal(feed_fixture_counters(f)->evicted, 3);
	feed_fixture_free(f);
}

static void what_is_over_makes_room_before_what_is_open(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	char line[96];

	(void)state;
	feed_fixture_take(f, "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                     "1000|u2|sales|NONE|ENTERQUEUE||5550002|1\n"
	                     "1000|u3|sales|NONE|ENTERQUEUE||5550003|1\n"
	                     "1000|u2|sales|NONE|EXITEMPTY|1|1|0\n"
	                     "1000|u3|sales|NONE|ABANDON|1|1|0\n");
	record_text_reset(&f->r);
	for (unsigned i = 0; i < QUEUE_CALL_OPEN_MIN - 1; i++) {
		(void)snprintf(line, sizeof(line), "1000|x%u|sales|NONE|ENTERQUEUE||0|1\n", i);
		feed_fixture_take(f, line);
	}
	assert_string_equal(buf_text(&f->r.out),
	                    "QueueContact at=1000 contact=<u3> queue=sales entry=0 seen=1000 "
	                    "customer=<5550003> wait_ms=0 outcome=abandoned ended_by=caller "
	                    "position=1\n");
	assert_int_equal(feed_fixture_counters(f)->evicted, 0);
	feed_fixture_free(f);
}

static void queues_beyond_the_limit_are_counted(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MAX);
	char line[96];

	(void)state;
	for (unsigned i = 0; i < QUEUE_CALL_LABELS_MAX + 5; i++) {
		(void)snprintf(line, sizeof(line), "1000|u|q%u|NONE|ENTERQUEUE||0|1\n", i);
		feed_fixture_take(f, line);
	}
	assert_int_equal(feed_fixture_counters(f)->evicted, 5);
	assert_int_equal(queue_call_open(f->feed.calls), QUEUE_CALL_LABELS_MAX);
	feed_fixture_free(f);
}

static void name_of_a_queue_that_is_empty_again_makes_room(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	char line[160];

	(void)state;
	for (unsigned i = 0; i < QUEUE_CALL_LABELS_MAX * 3; i++) {
		(void)snprintf(line, sizeof(line),
		               "%u|u|q%u|NONE|ENTERQUEUE||0|1\n%u|u|q%u|NONE|EXITEMPTY|1|1|0\n",
		               1000 + i * 10, i, 1000 + i * 10, i);
		feed_fixture_take(f, line);
	}
	assert_int_equal(feed_fixture_counters(f)->evicted, 0);
	assert_int_equal(feed_fixture_counters(f)->contacts, QUEUE_CALL_LABELS_MAX * 3);
	feed_fixture_free(f);
}

static void full_state_fits_its_ceiling(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MAX);
	struct buf saved;
	char line[256];

	(void)state;
	buf_init(&saved, STATE_MAX);
	for (unsigned i = 0; i < QUEUE_CALL_OPEN_MAX; i++) {
		(void)snprintf(line, sizeof(line),
		               "%u|u%u|queue-%u|NONE|ENTERQUEUE||555%u|4000000000\n"
		               "%u|u%u|queue-%u|a%u|RINGNOANSWER|3000\n"
		               "%u|u%u|queue-%u|a%u|CONNECT|4000000|m|4000000\n",
		               1000000 + i, i, i % 1000, i, 1000001 + i, i, i % 1000, i % 500,
		               1000002 + i, i, i % 1000, i % 500);
		feed_fixture_take(f, line);
	}
	queue_feed_save(&f->feed, &saved);
	assert_false(saved.failed);
	assert_int_equal(queue_call_open(f->feed.calls), QUEUE_CALL_OPEN_MAX);
	buf_free(&saved);
	feed_fixture_free(f);
}

static void capacity_out_of_range_is_refused(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct emit emit = record_text_emit(&f->r);
	struct queue_call *q;

	(void)state;
	f->options.max_open = QUEUE_CALL_OPEN_MIN - 1;
	assert_int_equal(queue_call_new(&q, &f->options, &emit), -EINVAL);
	f->options.max_open = QUEUE_CALL_OPEN_MAX + 1;
	assert_int_equal(queue_call_new(&q, &f->options, &emit), -EINVAL);
	feed_fixture_free(f);
}

/* ---- live ---- */

static void held_abandon_goes_out_after_a_quiet_minute(void **state)
{
	struct feed_fixture *f = feed_fixture_new(8192);

	(void)state;
	feed_fixture_take(
		f, "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n1003|u1|sales|NONE|ABANDON|1|1|3\n");
	queue_call_tick(f->feed.calls, 1063 * S_US + QUEUE_CALL_LATE_US);
	assert_int_equal(f->r.n_records, 0);
	queue_call_tick(f->feed.calls, 1063 * S_US + QUEUE_CALL_LATE_US + 1);
	assert_string_equal(buf_text(&f->r.out),
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1003 "
	                    "customer=<5550001> wait_ms=3000 outcome=abandoned ended_by=caller "
	                    "position=1\n");
	feed_fixture_free(f);
}

/* The last line may have been written at the end of its second, and QUEUESTART at the end of its.
 */
static void restart_at_the_limit_is_one_live_as_in_a_replay(void **state)
{
	struct feed_fixture *f = feed_fixture_new(8192);

	(void)state;
	feed_fixture_take(
		f, "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n1003|u1|sales|NONE|ABANDON|1|1|3\n");
	queue_call_tick(f->feed.calls, 1063 * S_US + 900000);
	feed_fixture_take(f, "1063|NONE|NONE|NONE|QUEUESTART|\n");
	assert_non_null(strstr(buf_text(&f->r.out), "outcome=pbx_stopped"));
	feed_fixture_free(f);
}

static void quiet_minute_ends_nothing_that_is_open(void **state)
{
	struct feed_fixture *f = feed_fixture_new(8192);

	(void)state;
	feed_fixture_take(f, "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n");
	queue_call_tick(f->feed.calls, 1000 * S_US + DAY_US);
	assert_int_equal(f->r.n_records, 0);
	assert_int_equal(queue_call_open(f->feed.calls), 1);
	feed_fixture_free(f);
}

/* ---- the state on disk ---- */

static void save_some(struct feed_fixture *f, struct buf *saved)
{
	buf_init(saved, STATE_MAX);
	feed_fixture_take(f, "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                     "1001|u2|tech|NONE|ENTERQUEUE||5550002|2\n"
	                     "1002|u2|tech|Rui|RINGNOANSWER|5000\n"
	                     "1002|u2|tech|Ana|CONNECT|1|m|1\n"
	                     "1003|NONE|tech|Ana|PAUSE|acw\n"
	                     "1003|u3|sales|NONE|ENTERQUEUE||5550003|2\n"
	                     "1004|u3|sales|NONE|ABANDON|2|2|1\n"
	                     "1004|u4|sales|NONE|ENTERQUEUE||5550004|2\n"
	                     "1004|u4|sales|NONE|EXITEMPTY|2|2|0\n");
	queue_feed_save(&f->feed, saved);
	record_text_reset(&f->r);
}

static void truncated_state_is_refused_at_every_length(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;

	(void)state;
	save_some(f, &saved);
	for (size_t n = 0; n < saved.len; n++) {
		struct cursor in = cursor_of(saved.data, n);

		assert_int_equal(queue_feed_load(&f->feed, &in), -EBADMSG);
		assert_int_equal(queue_call_open(f->feed.calls), 0);
	}
	queue_feed_finish(&f->feed);
	assert_int_equal(f->r.n_records, 0);
	buf_free(&saved);
	feed_fixture_free(f);
}

static void state_of_another_version_is_refused(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;
	struct cursor in;

	(void)state;
	save_some(f, &saved);
	saved.data[0]++;
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(queue_feed_load(&f->feed, &in), -EBADMSG);
	buf_free(&saved);
	feed_fixture_free(f);
}

/* The state of a tracker that knows nothing but how many contacts a full table has cost. */
static struct buf state_with_lost(uint64_t lost)
{
	struct buf saved;

	buf_init(&saved, QUEUE_FEED_STATE_MAX_BYTES);
	buf_add_char(&saved, 1); /* version, begun, last_us */
	buf_add_char(&saved, 1);
	buf_add_varint(&saved, 1000);
	buf_add_varint(&saved, lost);
	for (unsigned i = 0; i < 6; i++) { /* from_us, to_us, labels, three lists */
		buf_add_varint(&saved, 0);
	}
	return saved;
}

static void more_lost_contacts_than_a_gap_can_tell_are_refused(void **state)
{
	static const struct {
		uint64_t lost;
		int want;
	} cases[] = { { UINT32_MAX, 0 },
		      { UINT64_C(1) << 32, -EBADMSG },
		      { UINT64_C(1) << 63, -EBADMSG } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
		struct buf saved = state_with_lost(cases[i].lost);
		struct cursor in = cursor_of(saved.data, saved.len);

		assert_int_equal(queue_call_load(f->feed.calls, &in), cases[i].want);
		buf_free(&saved);
		feed_fixture_free(f);
	}
}

static void flipped_bits_never_break_the_tracker(void **state)
{
	struct feed_fixture *f = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;

	(void)state;
	save_some(f, &saved);
	for (size_t bit = 0; bit < saved.len * 8; bit++) {
		struct cursor in = cursor_of(saved.data, saved.len);

		saved.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		(void)queue_feed_load(&f->feed, &in);
		queue_feed_finish(&f->feed);
		saved.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	buf_free(&saved);
	feed_fixture_free(f);
}

static void more_open_than_fits_is_refused(void **state)
{
	struct feed_fixture *big = feed_fixture_new(QUEUE_CALL_OPEN_MAX);
	struct feed_fixture *small = feed_fixture_new(QUEUE_CALL_OPEN_MIN);
	struct buf saved;
	struct cursor in;
	char line[96];

	(void)state;
	buf_init(&saved, STATE_MAX);
	for (unsigned i = 0; i <= QUEUE_CALL_OPEN_MIN; i++) {
		(void)snprintf(line, sizeof(line), "1000|u%u|sales|NONE|ENTERQUEUE||0|1\n", i);
		feed_fixture_take(big, line);
	}
	queue_feed_save(&big->feed, &saved);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(queue_feed_load(&small->feed, &in), -ENOSPC);
	assert_int_equal(queue_call_open(small->feed.calls), 0);
	buf_free(&saved);
	feed_fixture_free(big);
	feed_fixture_free(small);
}

int main(void)
{
	static const struct CMUnitTest plain[] = {
		cmocka_unit_test(f11_every_contact_offered_ends_in_exactly_one_class),
		cmocka_unit_test(split_with_saved_state_changes_no_byte),
		cmocka_unit_test(full_table_gives_up_the_oldest_and_says_so),
		cmocka_unit_test(what_is_over_makes_room_before_what_is_open),
		cmocka_unit_test(queues_beyond_the_limit_are_counted),
		cmocka_unit_test(name_of_a_queue_that_is_empty_again_makes_room),
		cmocka_unit_test(full_state_fits_its_ceiling),
		cmocka_unit_test(capacity_out_of_range_is_refused),
		cmocka_unit_test(held_abandon_goes_out_after_a_quiet_minute),
		cmocka_unit_test(restart_at_the_limit_is_one_live_as_in_a_replay),
		cmocka_unit_test(quiet_minute_ends_nothing_that_is_open),
		cmocka_unit_test(truncated_state_is_refused_at_every_length),
		cmocka_unit_test(state_of_another_version_is_refused),
		cmocka_unit_test(more_lost_contacts_than_a_gap_can_tell_are_refused),
		cmocka_unit_test(flipped_bits_never_break_the_tracker),
		cmocka_unit_test(more_open_than_fits_is_refused),
	};
	struct log_cases *table = log_cases_read("tests/data/queue_log/contacts.txt");
	struct CMUnitTest tests[LOG_CASES_MAX + COUNT(plain)];
	size_t n = 0;
	int failed;

	for (size_t i = 0; i < table->count; i++) {
		tests[n++] = case_test(table->items[i].name, log_becomes_records, &table->items[i]);
	}
	for (size_t i = 0; i < COUNT(plain); i++) {
		tests[n++] = plain[i];
	}
	failed = _cmocka_run_group_tests("queue_call", tests, n, NULL, NULL);
	log_cases_free(table);
	return failed;
}
