/* Which calls are followed, and how many while there is too much to do. */
#include "agent/track/sampling.h"

#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/witness.h"

#define SECOND_US INT64_C(1000000)
#define CALLS     100000
#define BUDGET    0.5

/* ---- decisions ---- */

static uint64_t hash_of(uint64_t call)
{
	static const struct siphash_key key = { 1, 2 };

	return siphash13_words(&key, &call, 1);
}

static unsigned taken(const struct sampling *s)
{
	unsigned n = 0;

	for (uint64_t call = 0; call < CALLS; call++) {
		n += sampling_takes(s, hash_of(call));
	}
	return n;
}

static const struct rate_case {
	const char *name;
	double rate;
	unsigned low; /* four standard deviations of a binomial around it */
	unsigned high;
	uint32_t told_ppm;
} rates[] = {
	{ "all_calls_are_followed_and_none_says_so", 1, CALLS, CALLS, 0 },
	{ "half_the_calls_are_followed", 0.5, 49367, 50633, 500000 },
	{ "a_tenth_of_the_calls_is_followed", 0.1, 9620, 10380, 100000 },
	{ "a_hundredth_of_the_calls_is_followed", 0.01, 874, 1126, 10000 },
};

static void rate_run(void **state)
{
	const struct rate_case *c = *state;
	struct sampling s;

	sampling_init(&s, c->rate, 0);
	assert_in_range(taken(&s), c->low, c->high);
	assert_int_equal(sampling_share(&s), c->told_ppm);
}

static void without_sampling_every_call_is_followed(void **state)
{
	(void)state;
	assert_true(sampling_takes(NULL, UINT64_MAX));
	assert_int_equal(sampling_share(NULL), 0);
}

static void a_smaller_share_is_part_of_a_larger_one(void **state)
{
	struct sampling tenth;
	struct sampling half;

	(void)state;
	sampling_init(&tenth, 0.1, 0);
	sampling_init(&half, 0.5, 0);
	for (uint64_t call = 0; call < CALLS; call++) {
		assert_true(!sampling_takes(&tenth, hash_of(call)) ||
		            sampling_takes(&half, hash_of(call)));
	}
}

static uint64_t flow(uint32_t src, uint16_t src_port, uint32_t dst, uint16_t dst_port)
{
	static const struct siphash_key key = { 1, 2 };
	struct packet p = { .src = net_addr_v4(src),
		            .dst = net_addr_v4(dst),
		            .src_port = src_port,
		            .dst_port = dst_port };

	return sampling_flow(&key, &p);
}

static void both_directions_of_a_flow_have_one_hash(void **state)
{
	(void)state;
	assert_true(flow(1, 4000, 2, 5000) == flow(2, 5000, 1, 4000));
	assert_true(flow(1, 5000, 1, 4000) == flow(1, 4000, 1, 5000));
	assert_false(flow(1, 4000, 2, 5000) == flow(1, 5000, 2, 4000));
	assert_false(flow(1, 4000, 2, 5000) == flow(1, 4000, 2, 5002));
}

static const struct check_case {
	const char *name;
	double rate;
	double budget;
	const char *says; /* NULL: it is one */
} checks[] = {
	{ "a_rate_of_one_and_no_budget_are_taken", 1, 0, NULL },
	{ "the_smallest_rate_is_taken", 0.000001, 1, NULL },
	{ "a_rate_of_nothing_is_refused", 0, 0.5, "sample_rate: 0 is no share" },
	{ "a_rate_above_all_is_refused", 1.5, 0.5, "sample_rate: 1.5 is no share" },
	{ "a_negative_budget_is_refused", 1, -1, "cpu_budget: -1 is no share" },
	{ "a_budget_of_two_cores_is_refused", 1, 2, "cpu_budget: 2 is no share" },
};

static void check_run(void **state)
{
	const struct check_case *c = *state;
	struct fault fault = { 0 };
	int rc = sampling_check("capture", 7, c->rate, c->budget, &fault);

	assert_int_equal(rc == 0, c->says == NULL);
	assert_non_null(strstr(rc == 0 ? "" : fault.text, c->says != NULL ? c->says : ""));
}

/* ---- load ---- */

struct stage {
	struct witness w;
	struct fake_env *fake;
	struct sampling s;
	struct sampling_load load;
};

static void look(struct stage *t, bool at_end)
{
	const struct env *env = fake_env_of(t->fake);

	t->load.wall_ns = env_wall_us(env) * 1000;
	t->load.mono_us = env_mono_us(env);
	t->load.cpu_us = env_cpu_us(env);
	sampling_watch(&t->s, &t->w.observer, "eth0", &t->load, at_end);
}

static struct stage *begin(double rate)
{
	static struct stage stage;

	memset(&stage, 0, sizeof(stage));
	witness_open(&stage.w);
	stage.fake = fake_env_new(1);
	sampling_init(&stage.s, rate, BUDGET);
	look(&stage, false);
	return &stage;
}

static void end(struct stage *t)
{
	fake_env_free(t->fake);
	witness_close(&t->w);
}

/* So many looks, five seconds apart, at a capture that takes so much of a core. */
static void pass(struct stage *t, unsigned looks, double cpu, uint64_t dropped)
{
	for (unsigned i = 0; i < looks; i++) {
		fake_env_advance(t->fake, 5 * SECOND_US);
		fake_env_work(t->fake, (int64_t)(5e6 * cpu));
		t->load.packets += 100000;
		t->load.dropped += dropped;
		t->load.begun += 100;
		t->load.left_out += 100 - (uint64_t)t->s.share_ppm / 10000;
		look(t, false);
	}
}

static size_t gaps(const struct stage *t)
{
	return witness_count(&t->w, &cxm__gap__descriptor);
}

static void e15_above_the_cpu_budget_half_as_many_calls_are_followed(void **state)
{
	struct stage *t = begin(1);
	const Cxm__Gap *g;

	(void)state;
	pass(t, 1, 0.6, 0);
	assert_int_equal(t->s.share_ppm, 500000);
	g = witness_gap(&t->w, 0);
	assert_int_equal(gaps(t), 1); /* at once */
	assert_int_equal(g->reason, CXM__GAP__REASON__SAMPLED);
	assert_string_equal(g->part, "eth0");
	assert_int_equal(g->sampled_ppm, 500000);
	assert_non_null(strstr(g->detail, "cpu_budget"));
	end(t);
}

static void e15_dropped_packets_halve_the_calls_as_well(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 1, 0.1, 101);
	assert_int_equal(t->s.share_ppm, 500000);
	assert_non_null(strstr(witness_gap(&t->w, 0)->detail, "dropped"));
	end(t);
}

static void the_last_reduction_is_remembered_with_its_reason(void **state)
{
	struct stage *t = begin(0.5);
	struct sampling_state said;

	(void)state;
	sampling_state(&t->s, &said);
	assert_int_equal(said.reduced_us, 0);
	assert_null(said.reduced);
	pass(t, 1, 0.9, 0);
	pass(t, 1, 0.1, 200);
	sampling_state(&t->s, &said);
	assert_int_equal(said.wanted_ppm, 500000);
	assert_int_equal(said.share_ppm, 125000);
	assert_int_equal(said.reductions, 2);
	assert_int_equal(said.reduced_us, t->load.wall_ns / 1000);
	assert_string_equal(said.reduced, "packets were dropped");
	pass(t, SAMPLING_CALM_LOOKS, 0.1, 0);
	assert_true(said.reduced_us < t->load.wall_ns / 1000);
	sampling_state(&t->s, &said);
	assert_int_equal(said.share_ppm, 250000);
	assert_int_equal(said.reductions, 2); /* a recovery is none */
	end(t);
}

static void a_drop_or_two_are_no_overload(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 10, 0.1, 50);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL);
	assert_int_equal(gaps(t), 0);
	end(t);
}

static void drops_are_held_against_the_packets_of_their_own_time(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 100, 0.1, 0);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL);
	pass(t, 1, 0.1, 101);
	assert_int_equal(t->s.share_ppm, 500000);
	end(t);
}

static void without_a_budget_no_load_is_too_much(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	sampling_init(&t->s, 1, 0);
	look(t, false);
	pass(t, 3, 0.99, 0);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL);
	pass(t, 1, 0.99, 101);
	assert_int_equal(t->s.share_ppm, 500000);
	pass(t, SAMPLING_CALM_LOOKS, 0.99, 0);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL);
	end(t);
}

static void a_load_at_the_budget_is_within_it(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 3, BUDGET, 0);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL);
	end(t);
}

static void the_smallest_share_is_never_none(void **state)
{
	struct stage *t = begin(0.000001);

	(void)state;
	pass(t, 3, 0.9, 0);
	assert_int_equal(t->s.share_ppm, 1);
	end(t);
}

static void a_load_that_stays_halves_again_down_to_a_limit(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 3, 0.9, 0);
	assert_int_equal(t->s.share_ppm, 125000);
	pass(t, 20, 0.9, 0);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL >> SAMPLING_STEPS_MAX);
	assert_int_equal(t->s.reductions, SAMPLING_STEPS_MAX);
	end(t);
}

static void e15_after_a_calm_minute_twice_as_many_are_followed(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 2, 0.9, 0);
	pass(t, SAMPLING_CALM_LOOKS - 1, 0.1, 0);
	assert_int_equal(t->s.share_ppm, 250000);
	pass(t, 1, 0.1, 0);
	assert_int_equal(t->s.share_ppm, 500000);
	pass(t, SAMPLING_CALM_LOOKS - 1, 0.1, 0); /* a minute each */
	assert_int_equal(t->s.share_ppm, 500000);
	pass(t, 1, 0.1, 0);
	assert_int_equal(t->s.share_ppm, SAMPLING_ALL);
	end(t);
}

/* What is just below the budget would be above it with twice the calls. */
static void a_load_just_below_the_budget_is_not_calm(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 1, 0.9, 0);
	pass(t, 10 * SAMPLING_CALM_LOOKS, 0.45, 0);
	assert_int_equal(t->s.share_ppm, 500000);
	end(t);
}

static void one_drop_begins_the_calm_minute_anew(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 1, 0.9, 0);
	pass(t, SAMPLING_CALM_LOOKS - 1, 0.1, 0);
	pass(t, 1, 0.1, 1);
	pass(t, SAMPLING_CALM_LOOKS - 1, 0.1, 0);
	assert_int_equal(t->s.share_ppm, 500000);
	end(t);
}

static void recovery_ends_at_what_is_configured(void **state)
{
	struct stage *t = begin(0.2);

	(void)state;
	pass(t, 1, 0.9, 0);
	assert_int_equal(t->s.share_ppm, 100000);
	pass(t, 5 * SAMPLING_CALM_LOOKS, 0.1, 0);
	assert_int_equal(t->s.share_ppm, 200000);
	end(t);
}

/* ---- what is told ---- */

static void the_end_of_a_stretch_is_the_row_of_its_announcement(void **state)
{
	struct stage *t = begin(1);
	const Cxm__Gap *first;
	const Cxm__Gap *last;

	(void)state;
	pass(t, 1, 0.9, 0);
	pass(t, SAMPLING_CALM_LOOKS, 0.1, 0);
	assert_int_equal(gaps(t), 2);
	first = witness_gap(&t->w, 0);
	last = witness_gap(&t->w, 1);
	assert_int_equal(last->at_us, first->at_us);
	assert_int_equal(last->to_us - last->at_us, INT64_C(5) * SAMPLING_CALM_LOOKS * SECOND_US);
	assert_int_equal(last->seen_us, last->to_us);
	assert_int_equal(last->sampled_ppm, 500000);
	assert_int_equal(last->lost, SAMPLING_CALM_LOOKS * 50);
	assert_int_equal(last->seen, SAMPLING_CALM_LOOKS * 50);
	assert_non_null(strstr(last->detail, "cpu_budget"));
	end(t);
}

/* So that every day has its own. */
static void what_is_configured_is_told_every_hour(void **state)
{
	struct stage *t = begin(0.1);

	(void)state;
	assert_int_equal(gaps(t), 1);
	pass(t, 720, 0.1, 0);
	assert_int_equal(gaps(t), 3); /* the hour's end, and the next one's announcement */
	assert_string_equal(witness_gap(&t->w, 1)->detail, "as configured");
	assert_int_equal(witness_gap(&t->w, 2)->at_us - witness_gap(&t->w, 0)->at_us,
	                 3600 * SECOND_US);
	end(t);
}

static void the_end_of_the_source_is_told(void **state)
{
	struct stage *t = begin(0.1);

	(void)state;
	pass(t, 1, 0.1, 0);
	look(t, true);
	assert_int_equal(gaps(t), 2);
	assert_int_equal(witness_gap(&t->w, 1)->lost, 90);
	end(t);
}

static void where_all_calls_are_followed_nothing_is_told(void **state)
{
	struct stage *t = begin(1);

	(void)state;
	pass(t, 2000, 0.1, 0);
	look(t, true);
	assert_int_equal(t->w.n, 0);
	end(t);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rates, rate_run);
	cases_test(&c, without_sampling_every_call_is_followed);
	cases_test(&c, a_smaller_share_is_part_of_a_larger_one);
	cases_test(&c, both_directions_of_a_flow_have_one_hash);
	cases_table(&c, checks, check_run);
	cases_test(&c, e15_above_the_cpu_budget_half_as_many_calls_are_followed);
	cases_test(&c, e15_dropped_packets_halve_the_calls_as_well);
	cases_test(&c, the_last_reduction_is_remembered_with_its_reason);
	cases_test(&c, a_drop_or_two_are_no_overload);
	cases_test(&c, drops_are_held_against_the_packets_of_their_own_time);
	cases_test(&c, without_a_budget_no_load_is_too_much);
	cases_test(&c, a_load_at_the_budget_is_within_it);
	cases_test(&c, the_smallest_share_is_never_none);
	cases_test(&c, a_load_that_stays_halves_again_down_to_a_limit);
	cases_test(&c, e15_after_a_calm_minute_twice_as_many_are_followed);
	cases_test(&c, a_load_just_below_the_budget_is_not_calm);
	cases_test(&c, one_drop_begins_the_calm_minute_anew);
	cases_test(&c, recovery_ends_at_what_is_configured);
	cases_test(&c, the_end_of_a_stretch_is_the_row_of_its_announcement);
	cases_test(&c, what_is_configured_is_told_every_hour);
	cases_test(&c, the_end_of_the_source_is_told);
	cases_test(&c, where_all_calls_are_followed_nothing_is_told);
	return cases_run("track_sampling", &c, NULL, NULL);
}
