/* The agent's gauge of itself. */
#include "agent/self.h"

#include "tests/support/cases.h"

static const struct self_sample before = {
	.wall_us = 1000000, .mono_us = 5000000, .cpu_us = 100000, .rss_bytes = 4096
};

static void a_gauge_covers_the_slot_between_two_samples(void **state)
{
	struct self_sample after = before;
	int64_t offset_us = -2500000;
	Cxm__Gauge gauge;

	(void)state;
	after.wall_us += SELF_SLOT_US + 7;
	after.mono_us += SELF_SLOT_US;
	after.cpu_us += SELF_SLOT_US / 100;
	after.rss_bytes = 8192;
	self_gauge(&before, &after, "pbx1", &offset_us, &gauge);
	assert_int_equal(gauge.at_us, before.wall_us);
	assert_int_equal(gauge.seen_us, after.wall_us);
	assert_int_equal(gauge.source, CXM__SOURCE__SELF);
	assert_string_equal(gauge.host, "pbx1");
	assert_string_equal(gauge.queue, "");
	assert_int_equal(gauge.slot_ms, 300000);
	assert_true(gauge.cpu_ratio > 0.0099F && gauge.cpu_ratio < 0.0101F);
	assert_int_equal(gauge.rss_bytes, 8192);
	assert_int_equal(gauge.clock_offset_ms, -2500);
}

static void what_is_not_known_is_absent(void **state)
{
	struct self_sample after = before;
	Cxm__Gauge gauge;

	(void)state;
	after.rss_bytes = 0;
	self_gauge(&before, &after, "pbx1", NULL, &gauge);
	assert_false(gauge.has_cpu_ratio); /* no time has passed */
	assert_false(gauge.has_rss_bytes);
	assert_false(gauge.has_clock_offset_ms);
}

static void an_absurd_clock_offset_fits_its_field(void **state)
{
	int64_t offset_us = INT64_MAX;
	Cxm__Gauge gauge;

	(void)state;
	self_gauge(&before, &before, "pbx1", &offset_us, &gauge);
	assert_int_equal(gauge.clock_offset_ms, INT32_MAX);
	offset_us = INT64_MIN;
	self_gauge(&before, &before, "pbx1", &offset_us, &gauge);
	assert_int_equal(gauge.clock_offset_ms, INT32_MIN);
}

static void a_sample_of_this_process_is_plausible(void **state)
{
	struct self_sample now;

	(void)state;
	self_sample(&env_system, &now);
	assert_true(now.rss_bytes > 500000);
	assert_true(now.rss_bytes < UINT64_C(100) << 30);
	assert_true(now.cpu_us >= 0);
	assert_true(now.wall_us > INT64_C(1600000000000000));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_gauge_covers_the_slot_between_two_samples);
	cases_test(&c, what_is_not_known_is_absent);
	cases_test(&c, an_absurd_clock_offset_fits_its_field);
	cases_test(&c, a_sample_of_this_process_is_plausible);
	return cases_run("agent_self", &c, NULL, NULL);
}
