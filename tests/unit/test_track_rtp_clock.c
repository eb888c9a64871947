/* The clock of a stream, from its sender reports. */
#include "agent/track/rtp_clock.h"

#include "tests/support/cases.h"

#define MS        INT64_C(1000)
#define START_US  INT64_C(1795323487000000)
#define HEARD_MAX 6

struct heard {
	int64_t at_ms;
	uint32_t rtp_ts;
};

static const struct clock_case {
	const char *name;
	struct heard heard[HEARD_MAX];
	size_t n;
	uint32_t want_hz;
} clocks[] = {
	{ "nothing_heard_is_no_clock", { { 0, 0 } }, 0, 0 },
	{ "two_reports_are_not_enough", { { 0, 0 }, { 5000, 40000 } }, 2, 0 },
	{ "three_that_agree_are", { { 0, 0 }, { 5000, 40000 }, { 10000, 80000 } }, 3, 8000 },
	{ "opus_counts_48000", { { 0, 0 }, { 5000, 240000 }, { 10000, 480000 } }, 3, 48000 },
	{ "twenty_ms_of_lag_are_forgiven",
	  { { 0, 160 }, { 2000, 16000 }, { 4000, 32160 } },
	  3,
	  8000 },
	{ "time_stamps_wrap",
	  { { 0, UINT32_MAX - 39999 }, { 5000, 0 }, { 10000, 40000 } },
	  3,
	  8000 },
	/* of a clock of 16000, silent for half the time: 8000, once */
	{ "silence_that_looks_like_a_clock_once_is_none",
	  { { 0, 0 }, { 5000, 40000 }, { 10000, 120000 } },
	  3,
	  0 },
	{ "a_rate_of_no_clock_is_none", { { 0, 0 }, { 5000, 25000 }, { 10000, 50000 } }, 3, 0 },
	{ "a_rate_four_percent_off_is_none",
	  { { 0, 0 }, { 5000, 41600 }, { 10000, 83200 } },
	  3,
	  0 },
	{ "a_stream_that_changes_its_clock_has_none",
	  { { 0, 0 },
	    { 5000, 40000 },
	    { 10000, 80000 },
	    { 15000, 320000 },
	    { 20000, 560000 },
	    { 25000, 800000 } },
	  6,
	  0 },
	{ "time_stamps_that_begin_anew_are_left_out",
	  { { 0, 0 }, { 5000, 40000 }, { 10000, 9000 }, { 15000, 49000 }, { 20000, 89000 } },
	  5,
	  8000 },
	{ "reports_too_close_are_passed_over",
	  { { 0, 0 }, { 500, 9999 }, { 5000, 40000 }, { 5001, 1 }, { 10000, 80000 } },
	  5,
	  8000 },
	{ "reports_too_far_apart_begin_anew",
	  { { 0, 0 }, { 5000, 40000 }, { 65001, 520008 }, { 70001, 560008 } },
	  4,
	  0 },
	{ "a_clock_set_back_begins_anew",
	  { { 5000, 0 }, { 10000, 40000 }, { 0, 80000 }, { 5000, 120000 } },
	  4,
	  0 },
};

static void clock_run(void **state)
{
	const struct clock_case *row = *state;
	struct rtp_clock c = { 0 };

	for (size_t i = 0; i < row->n; i++) {
		rtp_clock_hear(&c, START_US + row->heard[i].at_ms * MS, row->heard[i].rtp_ts);
	}
	assert_int_equal(rtp_clock_hz(&c), row->want_hz);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, clocks, clock_run);
	return cases_run("track_rtp_clock", &c, NULL, NULL);
}
