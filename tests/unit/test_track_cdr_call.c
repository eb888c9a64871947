/* One call from all rows of it, and from nothing else. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/track/cdr_call.h"
#include "tests/support/cases.h"
#include "tests/support/record_text.h"

#define S_US INT64_C(1000000)

static const char *const names[] = { "u1", "u2", "l1", "5550001", "5550002", NULL };

struct fixture {
	struct record_text r;
	struct cdr_call *calls;
	struct cdr_call_options options;
};

static void reopen(struct fixture *f)
{
	struct emit emit = record_text_emit(&f->r);

	cdr_call_free(f->calls);
	assert_int_equal(cdr_call_new(&f->calls, &f->options, &emit), 0);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	record_text_init(&f->r);
	f->r.names = names;
	f->options = (struct cdr_call_options){ f->r.pseudonym, "pbx1", "*/carrier*",
		                                CDR_CALL_OPEN_MIN };
	reopen(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cdr_call_free(f->calls);
	record_text_free(&f->r);
	free(f);
	return 0;
}

static struct cdr_row row_of(const char *id, int64_t start_s, int64_t end_s)
{
	return (struct cdr_row){ .start_us = start_s * S_US,
		                 .end_us = end_s * S_US,
		                 .src = SLICE("5550001"),
		                 .dst = SLICE("sales"),
		                 .channel = SLICE("PJSIP/carrier-1"),
		                 .app = SLICE("Queue"),
		                 .queue = SLICE("sales"),
		                 .uniqueid = slice_of(id) };
}

static void take(struct fixture *f, struct cdr_row row)
{
	cdr_call_row(f->calls, &row);
}

static const char *got(struct fixture *f)
{
	return buf_text(&f->r.out);
}

static void rows_of_one_id_are_one_call(void **state)
{
	struct fixture *f = *state;
	struct cdr_row answered = row_of("u1", 110, 130);

	answered.answered = true;
	answered.dst_channel = SLICE("PJSIP/101-2");
	take(f, row_of("u1", 105, 110));
	take(f, answered);
	take(f, row_of("u1", 100, 131));
	cdr_call_finish(f->calls);
	assert_string_equal(got(f), "Call at=100 contact=<u1> seen=131 customer=<5550001> "
	                            "direction=inbound queue=sales agent_answered=1 "
	                            "duration_ms=31000\n");
}

static void the_last_queue_by_time_counts(void **state)
{
	struct fixture *f = *state;
	struct cdr_row late = row_of("u1", 120, 130);

	late.queue = SLICE("billing");
	take(f, late);
	take(f, row_of("u1", 100, 110));
	cdr_call_finish(f->calls);
	assert_non_null(strstr(got(f), "queue=billing"));
}

static void parts_of_other_calls_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct cdr_row local = row_of("u1", 100, 110);
	struct cdr_row called = row_of("u2", 100, 110);

	local.channel = SLICE("Local/111@agents-1;2");
	called.app = SLICE("AppDial");
	take(f, local);
	take(f, called);
	cdr_call_finish(f->calls);
	assert_string_equal(got(f), "");
	assert_int_equal(cdr_call_counters(f->calls)->parts, 2);
}

static void with_linked_ids_parts_are_found_by_them(void **state)
{
	struct fixture *f = *state;
	struct cdr_row local = row_of("u2", 100, 140);

	local.channel = SLICE("Local/111@agents-1;2");
	local.linkedid = SLICE("l1");
	take(f, local);
	cdr_call_finish(f->calls);
	assert_non_null(strstr(got(f), "Call at=100 contact=<l1>"));
}

static void a_call_to_a_trunk_is_outbound(void **state)
{
	struct fixture *f = *state;
	struct cdr_row out = row_of("u1", 100, 110);

	out.channel = SLICE("PJSIP/101-1");
	out.dst_channel = SLICE("PJSIP/carrier-2");
	out.dst = SLICE("5550002");
	take(f, out);
	cdr_call_finish(f->calls);
	assert_non_null(strstr(got(f), "customer=<5550002> direction=outbound"));
}

static void a_call_that_touches_no_trunk_has_no_direction(void **state)
{
	struct fixture *f = *state;
	struct cdr_row in = row_of("u1", 100, 110);

	in.channel = SLICE("PJSIP/101-1");
	take(f, in);
	cdr_call_finish(f->calls);
	assert_null(strstr(got(f), "direction"));
	assert_null(strstr(got(f), "customer"));
}

static void a_call_is_told_when_the_log_has_moved_on(void **state)
{
	struct fixture *f = *state;

	take(f, row_of("u1", 100, 110));
	take(f, row_of("u2", 120, 170));
	assert_int_equal(f->r.n_records, 0);
	take(f, row_of("u2", 120, 171));
	assert_int_equal(f->r.n_records, 1);
	cdr_call_tick(f->calls, 232 * S_US);
	assert_int_equal(f->r.n_records, 2);
}

static void a_late_row_tells_the_call_again_under_its_key(void **state)
{
	struct fixture *f = *state;

	take(f, row_of("u1", 100, 110));
	cdr_call_tick(f->calls, 200 * S_US);
	record_text_reset(&f->r);
	take(f, row_of("u1", 90, 300));
	cdr_call_finish(f->calls);
	assert_non_null(strstr(got(f), "Call at=100 contact=<u1> seen=300"));
}

/* One call more than are remembered, the first of them of "k0". */
static void fill(struct fixture *f)
{
	char id[16];

	for (unsigned i = 0; i <= CDR_CALL_OPEN_MIN; i++) {
		(void)snprintf(id, sizeof(id), "k%u", i);
		take(f, row_of(id, 100 + i, 110 + i));
	}
}

static void a_full_table_forgets_what_was_told_first(void **state)
{
	struct fixture *f = *state;

	fill(f);
	cdr_call_finish(f->calls);
	assert_int_equal(f->r.n_records, CDR_CALL_OPEN_MIN + 1);
}

static void a_row_of_a_forgotten_call_is_counted_and_makes_no_second_call(void **state)
{
	struct fixture *f = *state;

	fill(f);
	take(f, row_of("k0", 105, 130));
	cdr_call_finish(f->calls);
	assert_int_equal(f->r.n_records, CDR_CALL_OPEN_MIN + 1);
	assert_int_equal(cdr_call_counters(f->calls)->late, 1);
}

static void which_calls_were_forgotten_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	fill(f);
	buf_init(&saved, CDR_CALL_STATE_MAX_BYTES);
	cdr_call_save(f->calls, &saved);
	reopen(f);
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(cdr_call_load(f->calls, &in), 0);
	take(f, row_of("k0", 105, 130));
	assert_int_equal(cdr_call_counters(f->calls)->late, 1);
	buf_free(&saved);
}

static void state_without_forgotten_calls_is_still_read(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	take(f, row_of("u1", 100, 110));
	buf_init(&saved, CDR_CALL_STATE_MAX_BYTES);
	cdr_call_save(f->calls, &saved);
	saved.data[0] = 1; /* the version before, which ended one count earlier */
	reopen(f);
	in = cursor_of(saved.data, saved.len - 1);
	assert_int_equal(cdr_call_load(f->calls, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	cdr_call_finish(f->calls);
	assert_int_equal(f->r.n_records, 1);
	buf_free(&saved);
}

static void what_is_remembered_survives_a_restart(void **state)
{
	struct fixture *f = *state;
	struct buf saved;
	struct cursor in;

	take(f, row_of("u1", 100, 110));
	take(f, row_of("u2", 100, 171));
	record_text_reset(&f->r);
	buf_init(&saved, CDR_CALL_STATE_MAX_BYTES);
	cdr_call_save(f->calls, &saved);
	reopen(f);
	for (size_t len = 0; len < saved.len; len++) {
		in = cursor_of(saved.data, len);
		assert_int_equal(cdr_call_load(f->calls, &in), -74);
	}
	in = cursor_of(saved.data, saved.len);
	assert_int_equal(cdr_call_load(f->calls, &in), 0);
	assert_int_equal(cdr_call_last_us(f->calls), 171 * S_US);
	take(f, row_of("u2", 172, 173));
	cdr_call_finish(f->calls);
	assert_string_equal(got(f), "Call at=100 contact=<u2> seen=173 customer=<5550001> "
	                            "direction=inbound queue=sales agent_answered=0 "
	                            "duration_ms=73000\n");
	buf_free(&saved);
}

static void table_sizes_are_checked(void **state)
{
	struct fixture *f = *state;
	struct emit emit = record_text_emit(&f->r);
	struct cdr_call *t;

	f->options.max_calls = CDR_CALL_OPEN_MIN - 1;
	assert_int_equal(cdr_call_new(&t, &f->options, &emit), -22);
	f->options.max_calls = CDR_CALL_OPEN_MAX + 1;
	assert_int_equal(cdr_call_new(&t, &f->options, &emit), -22);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_of_one_id_are_one_call),
		TEST(the_last_queue_by_time_counts),
		TEST(parts_of_other_calls_are_left_out),
		TEST(with_linked_ids_parts_are_found_by_them),
		TEST(a_call_to_a_trunk_is_outbound),
		TEST(a_call_that_touches_no_trunk_has_no_direction),
		TEST(a_call_is_told_when_the_log_has_moved_on),
		TEST(a_late_row_tells_the_call_again_under_its_key),
		TEST(a_full_table_forgets_what_was_told_first),
		TEST(a_row_of_a_forgotten_call_is_counted_and_makes_no_second_call),
		TEST(which_calls_were_forgotten_survives_a_restart),
		TEST(state_without_forgotten_calls_is_still_read),
		TEST(what_is_remembered_survives_a_restart),
		TEST(table_sizes_are_checked),
	};

	return cmocka_run_group_tests_name("track/cdr_call", tests, NULL, NULL);
}
