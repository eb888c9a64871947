/* A proxy between two captures of one host: packets of a real Kamailio as they passed on both sides
 * of it, captured at once, and apart by two captures of one host. Each call is one dialog, as the
 * callers' side shows it. */
#include <inttypes.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/replayed.h"
#include "tests/support/score_world.h"

#define CALLS      "tests/data/lab_small/kamailio_sip.pcap.zst"
#define ALL        "ip"
#define CALLERS    "host 127.0.0.40" /* between the callers and the proxy */
#define PBX        "host 127.0.0.20" /* between the proxy and the PBX */
#define FOREVER_US INT64_C(4000000000000000)

struct counted {
	uint64_t n;
	uint64_t setup_ms;
	uint64_t twice;
};

static void add_dialogs(struct score_world *w, const char *filter)
{
	const struct cxm_kind *kind = product_kind("Dialog");
	struct replayed r;

	replayed_open_tap(&r, CALLS, filter);
	assert_int_equal(r.rc, 0);
	for (size_t i = 0; witness_dialog(&r.w, i) != NULL; i++) {
		assert_int_equal(
			cxm_record_append(kind, &witness_dialog(&r.w, i)->base, &w->records), 0);
		w->count++;
	}
	replayed_close(&r);
}

static int on_row(void *arg, const struct store_tally_row *row)
{
	struct counted *c = arg;

	c->n = row->n;
	c->setup_ms = (uint64_t)row->sums[0];
	return 0;
}

/* What counts of the dialogs that captures with these filters see; NULL ends them. */
static struct counted counted_of(const char *const *filters)
{
	const struct cxm_kind *kind = product_kind("Dialog");
	struct counted c = { 0 };
	struct store_tally tally = { .range = { kind, SCORE_WORLD_SITE, 0, FOREVER_US },
		                     .n_sums = 1 };
	struct score_world *w;
	struct arena arena;
	void *world;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	arena_init(&arena, 65536);
	for (; *filters != NULL; filters++) {
		add_dialogs(w, *filters);
	}
	score_world_put(w);
	assert_int_equal(expr_parse(&tally.sums[0], kind, SLICE("setup_ms"), EXPR_IS_NUMBER, &arena,
	                            &w->fault),
	                 0);
	assert_int_equal(w->store->ops->tally(w->store, &tally, on_row, &c, &w->fault), 0);
	assert_int_equal(w->store->ops->twice(w->store, &tally.range, NULL, &c.twice, &w->fault),
	                 0);
	arena_free(&arena);
	assert_int_equal(score_world_tear_down(&world), 0);
	return c;
}

static void one_capture_of_both_sides_counts_each_call_once(void **state)
{
	static const char *const both[] = { ALL, NULL };
	static const char *const callers[] = { CALLERS, NULL };
	struct counted all = counted_of(both);
	struct counted outer = counted_of(callers);

	(void)state;
	assert_true(all.n >= 12);
	assert_int_equal(all.twice, 0);
	assert_int_equal(all.n, outer.n);
	assert_int_equal(all.setup_ms, outer.setup_ms);
}

struct taps_case {
	const char *name;
	const char *filters[4];
};

static const struct taps_case taps[] = {
	{ "two_captures_on_either_side_of_a_proxy_count_each_call_once", { CALLERS, PBX, NULL } },
	{ "whichever_of_them_tells_it_first", { PBX, CALLERS, NULL } },
	{ "and_a_third_that_sees_both_sides_changes_nothing", { PBX, ALL, CALLERS, NULL } },
};

static void taps_run(void **state)
{
	static const char *const alone[] = { CALLERS, NULL };
	const struct taps_case *c = *state;
	struct counted together = counted_of(c->filters);
	struct counted outer = counted_of(alone);

	assert_int_equal(outer.twice, 0);
	assert_true(together.twice >= 11); /* one the proxy refuses by itself */
	assert_int_equal(together.n, outer.n);
	assert_int_equal(together.setup_ms, outer.setup_ms);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, one_capture_of_both_sides_counts_each_call_once);
	cases_table(&c, taps, taps_run);
	return cases_run("store/taps", &c, NULL, NULL);
}
