/* Erlang B, C and A to the printed digits of docs/model.md, and what must hold for any load. */
#include "collector/stats/erlang.h"

#include <math.h>

#include "tests/support/near.h"

/* docs/model.md, 5.1; "-" is a value that is not printed */
static const struct c_case {
	const char *name;
	double calls;
	double per_s;
	double handle_s;
	uint32_t n;
	double within_s;
	double load;
	double b; /* NAN: not printed */
	double waits;
	double service_level;
	double mean_wait_s;
	double occupancy;
} c_cases[] = {
	{ "c_of_100_calls_with_14", 100, 1800, 180, 14, 20, 10, 0.056819, 0.174132, 0.888350,
	  7.8359, 0.7143 },
	{ "c_of_100_calls_with_13", 100, 1800, 180, 13, 20, 10, NAN, 0.285270, 0.795595, 17.1162,
	  0.7692 },
	{ "c_of_100_calls_with_12", 100, 1800, 180, 12, 20, 10, NAN, 0.449388, 0.640158, 40.4449,
	  0.8333 },
	{ "c_of_360_calls_with_55", 360, 1800, 240, 55, 15, 48, 0.038374, 0.238701, 0.845883,
	  8.1840, 0.8727 },
	{ "c_of_200_calls_with_25", 200, 1800, 180, 25, 60, 20, 0.050222, 0.209103, 0.960506,
	  7.5277, 0.8000 },
	{ "c_of_200_calls_with_23", 200, 1800, 180, 23, 60, 20, 0.084930, 0.415738, 0.847059,
	  24.9443, 0.8696 },
	{ "c_of_48_a_minute_with_50", 48, 60, 60, 50, 20, 48, 0.083337, 0.694456, 0.643455, 20.8337,
	  0.9600 },
};

static void c_case_run(void **state)
{
	const struct c_case *c = *state;
	struct erlang_load load = { c->calls / c->per_s, 1 / c->handle_s, 0 };
	struct erlang_queue q = erlang_queue(&load, c->n, c->within_s);

	assert_near(load.arrival / load.service, c->load, 1e-12);
	assert_near(erlang_c(c->load, c->n), c->waits, 5e-7);
	assert_near(q.waits, c->waits, 5e-7);
	assert_near(q.service_level, c->service_level, 5e-7);
	assert_near(q.gone_within, c->service_level, 5e-7);
	assert_near(q.mean_wait, c->mean_wait_s, 5e-5);
	assert_near(q.occupancy, c->occupancy, 5e-5);
	assert_near(q.abandons, 0, 0);
}

static const struct b_case {
	const char *name;
	double load;
	uint32_t n;
	double blocked;
} b_cases[] = {
	{ "b_of_10_erlang_on_14", 10, 14, 0.056819 }, { "b_of_48_erlang_on_55", 48, 55, 0.038374 },
	{ "b_of_20_erlang_on_25", 20, 25, 0.050222 }, { "b_of_20_erlang_on_23", 20, 23, 0.084930 },
	{ "b_of_48_erlang_on_50", 48, 50, 0.083337 }, { "b_of_no_servers_blocks_all", 5, 0, 1 },
	{ "b_of_no_load_blocks_none", 0, 3, 0 },
};

static void b_case_run(void **state)
{
	const struct b_case *c = *state;

	assert_near(erlang_b(c->load, c->n), c->blocked, 5e-7);
}

/* docs/model.md, 5.2; rates a minute. The first is GMR2002's example: 3.1 %, 3.7 s, 93 %. */
static const struct a_case {
	const char *name;
	double arrival;
	double service;
	double patience;
	uint32_t n;
	double waits;
	double abandons;
	double mean_wait_s;
	double occupancy;
	double service_level;
	double gone_within;
} a_cases[] = {
	{ "a_of_garnett_mandelbaum_reiman", 48, 1, 0.5, 50, 0.467774, 0.030912, 3.7095, 0.93032,
	  0.943019, 0.972864 },
	{ "a_of_10_erlang_with_14", 10.0 / 3, 1.0 / 3, 0.5, 14, 0.126976, 0.022839, 2.7407, 0.69797,
	  0.932730, 0.946987 },
	{ "a_of_10_erlang_with_12", 10.0 / 3, 1.0 / 3, 0.5, 12, 0.279807, 0.061597, 7.3917, 0.78200,
	  0.825583, 0.859587 },
	{ "a_of_10_erlang_with_11", 10.0 / 3, 1.0 / 3, 0.5, 11, 0.382816, 0.094155, 11.2986,
	  0.82350, 0.742209, 0.790534 },
	{ "a_of_10_erlang_with_10", 10.0 / 3, 1.0 / 3, 0.5, 10, 0.496853, 0.137464, 16.4957,
	  0.86254, 0.639941, 0.704982 },
	{ "a_of_patience_as_long_as_service", 10.0 / 3, 1.0 / 3, 1.0 / 3, 10, 0.542070, 0.125110,
	  22.5198, 0.87489, 0.586980, 0.636881 },
};

static void a_case_run(void **state)
{
	const struct a_case *c = *state;
	struct erlang_load load = { c->arrival, c->service, c->patience };
	struct erlang_queue q = erlang_queue(&load, c->n, 1.0 / 3);

	assert_near(q.waits, c->waits, 5e-7);
	assert_near(q.abandons, c->abandons, 5e-7);
	assert_near(q.mean_wait * 60, c->mean_wait_s, 5e-5);
	assert_near(q.occupancy, c->occupancy, 5e-6);
	assert_near(q.service_level, c->service_level, 5e-7);
	assert_near(q.gone_within, c->gone_within, 5e-7);
}

static void two_erlang_on_three_servers_wait_four_times_in_nine(void **state)
{
	(void)state;
	assert_near(erlang_c(2, 3), 4.0 / 9, 1e-15);
}

static void endless_patience_is_the_limit_of_long_patience(void **state)
{
	struct erlang_load load = { 10.0 / 3, 1.0 / 3, 0 };
	struct erlang_queue c = erlang_queue(&load, 14, 1.0 / 3);
	struct erlang_queue a;

	(void)state;
	load.patience = 1e-9;
	a = erlang_queue(&load, 14, 1.0 / 3);
	assert_near(a.waits, c.waits, 1e-8);
	assert_near(a.mean_wait, c.mean_wait, 1e-8);
	assert_near(a.service_level, c.service_level, 1e-8);
	assert_near(a.gone_within, c.gone_within, 1e-8);
	assert_near(a.occupancy, c.occupancy, 1e-8);
}

/* Poisson(10) at 10 or more, because the number in the system is Poisson then. */
static void patience_as_long_as_service_makes_the_number_in_the_system_poisson(void **state)
{
	struct erlang_load load = { 10, 1, 1 };
	double term = exp(-10);
	double below = 0;

	(void)state;
	for (int k = 0; k < 10; k++) {
		below += term;
		term *= 10.0 / (k + 1);
	}
	assert_near(erlang_queue(&load, 10, 0.3).waits, 1 - below, 1e-12);
}

static const struct load_case {
	const char *name;
	struct erlang_load load;
	uint32_t n;
} load_cases[] = {
	{ "flow_balances_at_light_load", { 1, 1, 0.5 }, 10 },
	{ "flow_balances_at_one_server", { 0.9, 1, 2 }, 1 },
	{ "flow_balances_at_critical_load", { 100, 1, 0.01 }, 100 },
	{ "flow_balances_at_twice_the_capacity", { 200, 1, 0.5 }, 100 },
	{ "flow_balances_at_a_thousand_servers", { 990, 1, 0.2 }, 1000 },
	{ "flow_balances_with_no_patience", { 50, 1, 1000 }, 40 },
	{ "flow_balances_with_a_burst_of_the_impatient", { 100, 1, 10 }, 1 },
	{ "flow_balances_at_overload_with_long_patience", { 30, 1, 1e-4 }, 20 },
};

static void load_case_run(void **state)
{
	const struct load_case *c = *state;
	struct erlang_queue at_once = erlang_queue(&c->load, c->n, 0);
	struct erlang_queue at_last = erlang_queue(&c->load, c->n, 1e9);

	/* who comes is served or gives up; by the end of time all have been, or have */
	assert_near(c->load.arrival * (1 - at_once.abandons),
	            c->load.service * c->n * at_once.occupancy, 1e-9 * c->load.arrival);
	assert_near(at_once.abandons, c->load.patience * at_once.mean_wait, 1e-12);
	assert_near(at_once.service_level, 1 - at_once.waits, 1e-12);
	assert_near(at_once.gone_within, 1 - at_once.waits, 1e-12);
	assert_near(at_last.service_level, 1 - at_last.abandons, 1e-9);
	assert_near(at_last.gone_within, 1, 1e-12);
}

static void queue_that_never_settles_serves_nobody_in_time(void **state)
{
	struct erlang_load load = { 11, 1, 0 };
	struct erlang_queue q = erlang_queue(&load, 10, 20);

	(void)state;
	assert_near(q.waits, 1, 0);
	assert_near(q.service_level, 0, 0);
	assert_true(isinf(q.mean_wait));
	assert_near(q.occupancy, 1, 0);
}

static void nobody_comes_and_nobody_serves(void **state)
{
	struct erlang_load none = { 0, 1, 0.5 };
	struct erlang_load some = { 3, 1, 0.5 };
	struct erlang_queue q = erlang_queue(&none, 0, 20);

	(void)state;
	assert_near(q.service_level, 1, 0);
	q = erlang_queue(&some, 0, 2);
	assert_near(q.abandons, 1, 0);
	assert_near(q.service_level, 0, 0);
	assert_near(q.mean_wait, 2, 1e-15);
	assert_near(q.gone_within, 1 - exp(-1), 1e-12);
}

static void impossible_loads_are_no_numbers(void **state)
{
	struct erlang_load load = { NAN, 1, 0.5 };

	(void)state;
	assert_true(isnan(erlang_queue(&load, 3, 1).service_level));
	load = (struct erlang_load){ 1, 0, 0.5 };
	assert_true(isnan(erlang_queue(&load, 3, 1).service_level));
	load = (struct erlang_load){ 1, 1, -1 };
	assert_true(isnan(erlang_queue(&load, 3, 1).service_level));
	load = (struct erlang_load){ 1, 1, 1 };
	assert_true(isnan(erlang_queue(&load, ERLANG_SERVERS_MAX + 1, 1).service_level));
}

static void staffing_for_80_in_20_takes_14_or_with_2_minutes_of_patience_12(void **state)
{
	struct erlang_load load = { 100.0 / 1800, 1.0 / 180, 0 };

	(void)state;
	assert_int_equal(erlang_servers(&load, 0.8, 20), 14);
	load.patience = 1.0 / 120;
	assert_int_equal(erlang_servers(&load, 0.8, 20), 12);
	assert_near(erlang_queue(&load, 12, 20).abandons, 0.062, 5e-4);
}

static void fewest_servers_do_and_one_less_does_not(void **state)
{
	(void)state;
	for (int i = 1; i <= 60; i++) {
		struct erlang_load load = { i * i / 10.0, 1, (i % 5) * 0.3 };
		double target = 0.5 + (i % 9) * 0.05;
		uint32_t n = erlang_servers(&load, target, 0.1);

		assert_true(erlang_queue(&load, n, 0.1).service_level >= target);
		assert_true(n == 1 || erlang_queue(&load, n - 1, 0.1).service_level < target);
	}
}

static void staffing_of_nothing_is_none_and_of_too_much_the_limit(void **state)
{
	struct erlang_load none = { 0, 1, 0 };
	struct erlang_load flood = { 1e9, 1, 0 };

	(void)state;
	assert_int_equal(erlang_servers(&none, 0.8, 20), 0);
	assert_int_equal(erlang_servers(&flood, 0.8, 20), ERLANG_SERVERS_MAX);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, two_erlang_on_three_servers_wait_four_times_in_nine);
	cases_test(&c, endless_patience_is_the_limit_of_long_patience);
	cases_test(&c, patience_as_long_as_service_makes_the_number_in_the_system_poisson);
	cases_test(&c, queue_that_never_settles_serves_nobody_in_time);
	cases_test(&c, nobody_comes_and_nobody_serves);
	cases_test(&c, impossible_loads_are_no_numbers);
	cases_test(&c, staffing_for_80_in_20_takes_14_or_with_2_minutes_of_patience_12);
	cases_test(&c, fewest_servers_do_and_one_less_does_not);
	cases_test(&c, staffing_of_nothing_is_none_and_of_too_much_the_limit);
	cases_table(&c, b_cases, b_case_run);
	cases_table(&c, c_cases, c_case_run);
	cases_table(&c, a_cases, a_case_run);
	cases_table(&c, load_cases, load_case_run);
	return cases_run("score_erlang", &c, NULL, NULL);
}
