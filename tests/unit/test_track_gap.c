/* Gap records: what they say, and how few of them there are. */
#include "agent/track/gap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/witness.h"

#define START_NS INT64_C(1795323487000000000)
#define SECOND   INT64_C(1000000000)

struct stage {
	struct witness w;
	struct gap_watch watch;
};

static int stage_open(void **state)
{
	static struct stage stage;

	stage.watch = (struct gap_watch){ 0 };
	witness_open(&stage.w);
	*state = &stage;
	return 0;
}

static int stage_close(void **state)
{
	struct stage *s = *state;

	witness_close(&s->w);
	return 0;
}

static void look(struct stage *s, int64_t at_s, uint64_t total, bool at_end)
{
	struct gap gap = { .reason = CXM__GAP__REASON__CAPTURE_DROPPED,
		           .part = "eth0",
		           .to_ns = START_NS + at_s * SECOND };

	gap_watch(&s->watch, &s->w.observer, &gap, total, at_end);
}

static void a_record_says_what_when_and_how_much(void **state)
{
	struct stage *s = *state;
	const struct gap gap = {
		.reason = CXM__GAP__REASON__MALFORMED,
		.part = "a.pcap",
		.from_ns = START_NS,
		.to_ns = START_NS + SECOND,
		.lost = 7,
		.detail = "why",
	};
	const Cxm__Gap *r;

	gap_emit(&s->w.observer, &gap);
	r = witness_gap(&s->w, 0);
	assert_string_equal(r->host, "pbx1");
	assert_int_equal(r->source, CXM__SOURCE__CAPTURE);
	assert_int_equal(r->reason, CXM__GAP__REASON__MALFORMED);
	assert_string_equal(r->part, "a.pcap");
	assert_true(r->at_us == START_NS / 1000 && r->to_us == r->at_us + 1000000);
	assert_int_equal(r->lost, 7);
	assert_string_equal(r->detail, "why");
}

static void what_cannot_be_counted_has_no_number(void **state)
{
	struct stage *s = *state;
	const struct gap gap = { .reason = CXM__GAP__REASON__SOURCE_DOWN, .part = "eth0" };

	gap_emit(&s->w.observer, &gap);
	assert_false(witness_gap(&s->w, 0)->has_lost);
	assert_null(witness_gap(&s->w, 0)->detail);
}

static void growth_is_reported_once_a_minute(void **state)
{
	struct stage *s = *state;

	look(s, 0, 0, false);
	look(s, 10, 5, false);
	look(s, 59, 9, false);
	assert_int_equal(s->w.n, 0);
	look(s, 60, 12, false);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_gap(&s->w, 0)->lost, 12);
	look(s, 61, 13, false);
	look(s, 119, 14, false);
	assert_int_equal(s->w.n, 1);
	look(s, 120, 14, false);
	assert_int_equal(witness_gap(&s->w, 1)->lost, 2);
	assert_true(witness_gap(&s->w, 1)->at_us == witness_gap(&s->w, 0)->to_us);
}

static void nothing_lost_is_no_gap(void **state)
{
	struct stage *s = *state;

	for (int64_t at_s = 0; at_s < 600; at_s += 30) {
		look(s, at_s, 3, at_s == 0);
	}
	assert_int_equal(s->w.n, 1); /* the three of the beginning */
}

static void the_end_does_not_wait_for_the_minute(void **state)
{
	struct stage *s = *state;

	look(s, 0, 0, false);
	look(s, 5, 1, true);
	assert_int_equal(s->w.n, 1);
	assert_int_equal(witness_gap(&s->w, 0)->lost, 1);
}

static void a_clock_that_goes_back_begins_the_minute_anew(void **state)
{
	struct stage *s = *state;

	look(s, 1000, 0, false);
	look(s, 500, 4, false);
	assert_int_equal(s->w.n, 0);
	look(s, 560, 4, false);
	assert_int_equal(witness_gap(&s->w, 0)->lost, 4);
	assert_true(witness_gap(&s->w, 0)->at_us <= witness_gap(&s->w, 0)->to_us);
}

#define STAGED(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STAGED(a_record_says_what_when_and_how_much),
		STAGED(what_cannot_be_counted_has_no_number),
		STAGED(growth_is_reported_once_a_minute),
		STAGED(nothing_lost_is_no_gap),
		STAGED(the_end_does_not_wait_for_the_minute),
		STAGED(a_clock_that_goes_back_begins_the_minute_anew),
	};

	return cmocka_run_group_tests_name("gap", tests, NULL, NULL);
}
