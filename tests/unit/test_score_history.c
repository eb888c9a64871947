/* Scores of days: kept, computed again when evidence comes late, and said so. */
#include "cxmeter/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/block_world.h"
#include "tests/support/cases.h"

#define BLOCK "{estimator: ratio, from: Survey, of: kind == csat, good: value >= 4}"
#define HOUR  (INT64_C(3600) * 1000000)

struct world {
	struct score_world *w;
	struct cache *cache;
};

static int set_up(void **state)
{
	struct world *h = calloc(1, sizeof(*h));
	void *world = NULL;
	char url[512];

	assert_non_null(h);
	assert_int_equal(score_world_set_up(&world), 0);
	h->w = world;
	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&h->w->temp, "evidence.db"));
	assert_int_equal(cxm_cache_open(&h->cache, url, &h->w->fault), 0);
	block_world_use(h->w, "wilson", BLOCK);
	for (int day = 1; day <= 28; day++) {
		block_world_add(h->w, "Survey", day, "10:00:00", "survey_id=%d kind=csat value=5",
		                day);
	}
	score_world_put(h->w);
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct world *h = *state;
	void *world = h->w;

	cxm_cache_close(h->cache);
	free(h);
	return score_world_tear_down(&world);
}

/* The scores of the last three days of the four weeks, computed at a time of the day after. */
static struct history scores_at(struct world *h, int hour, bool cached)
{
	int32_t days[2] = { score_world_day("2026-11-20"), score_world_day("2026-11-22") };
	struct score_request request = { .site = SCORE_WORLD_SITE,
		                         .from_day = &days[0],
		                         .to_day = &days[1],
		                         .cache = cached ? h->cache : NULL,
		                         .now_us = block_world_us(29, "00:00:00") + hour * HOUR };
	struct history out;

	if (score_history(&out, h->w->model, h->w->store, &request, h->w->catalog, &h->w->fault) !=
	    0) {
		print_error("%s\n", h->w->fault.text);
		fail();
	}
	return out;
}

static void a_day_is_computed_once(void **state)
{
	struct world *h = *state;
	struct history first = scores_at(h, 1, true);
	struct history second = scores_at(h, 2, true);

	assert_int_equal(second.n_days, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(second.days[i].stamp.computed_us == first.days[i].stamp.computed_us);
		assert_true(second.days[i].stamp.late_rows == 0);
		assert_true(history_score(&second.days[i], BLOCK_ID)->n ==
		            (double)(26 + i)); /* the windows begin before the first row */
	}
	history_free(&first);
	history_free(&second);
}

static void late_evidence_is_scored_and_said(void **state)
{
	struct world *h = *state;
	struct history first = scores_at(h, 1, true);
	struct history second;

	block_world_add(h->w, "Survey", 27, "11:00:00", "survey_id=100 kind=csat value=1");
	block_world_add(h->w, "Survey", 27, "11:00:00", "survey_id=101 kind=csat value=1");
	score_world_put(h->w);
	second = scores_at(h, 5, true);
	assert_int_equal(second.days[1].stamp.late_rows, 2);
	assert_int_equal(second.days[1].stamp.late_day, score_world_day("2026-11-21"));
	assert_true(second.days[1].stamp.computed_us > first.days[1].stamp.computed_us);
	assert_true(second.days[1].stamp.first_us == first.days[1].stamp.computed_us);
	assert_true(fabs(history_score(&second.days[2], BLOCK_ID)->value - 28.0 / 30) < 1e-12);
	history_free(&first);
	history_free(&second);
}

static void what_was_said_of_late_evidence_stays(void **state)
{
	struct world *h = *state;
	struct history h1 = scores_at(h, 1, true);
	struct history h2;
	struct history h3;

	block_world_add(h->w, "Survey", 28, "11:00:00", "survey_id=100 kind=csat value=1");
	score_world_put(h->w);
	h2 = scores_at(h, 5, true);
	h3 = scores_at(h, 9, true);
	assert_int_equal(h3.days[2].stamp.late_rows, 1);
	assert_true(h3.days[2].stamp.computed_us == h2.days[2].stamp.computed_us);
	history_free(&h1);
	history_free(&h2);
	history_free(&h3);
}

/* The same record once more is no evidence: nothing is computed again. */
static void a_duplicate_is_not_late(void **state)
{
	struct world *h = *state;
	struct history first = scores_at(h, 1, true);
	struct history second;

	block_world_add(h->w, "Survey", 27, "10:00:00", "survey_id=27 kind=csat value=5");
	score_world_put(h->w);
	second = scores_at(h, 5, true);
	assert_true(second.days[2].stamp.computed_us == first.days[2].stamp.computed_us);
	assert_true(second.days[2].stamp.late_rows == 0);
	history_free(&first);
	history_free(&second);
}

static void without_a_cache_every_day_is_computed(void **state)
{
	struct world *h = *state;
	struct history cached = scores_at(h, 1, true);
	struct history plain = scores_at(h, 2, false);

	assert_int_equal(plain.n_days, cached.n_days);
	for (size_t i = 0; i < plain.n_days; i++) {
		const struct cache_score *a = history_score(&cached.days[i], BLOCK_ID);
		const struct cache_score *b = history_score(&plain.days[i], BLOCK_ID);

		assert_memory_equal(&a->value, &b->value, sizeof(double));
		assert_memory_equal(&a->low, &b->low, sizeof(double));
		assert_true(plain.days[i].stamp.computed_us > cached.days[i].stamp.computed_us);
	}
	history_free(&cached);
	history_free(&plain);
}

static void another_store_in_its_place_has_its_own_scores(void **state)
{
	struct world *h = *state;
	struct store_changes q = { .site = SCORE_WORLD_SITE };
	struct store *other = NULL;
	struct store_changes q2 = { .site = SCORE_WORLD_SITE };
	char url[512];

	(void)snprintf(url, sizeof(url), "sqlite:%s", temp_path(&h->w->temp, "other.db"));
	assert_int_equal(cxm_store_open(&other, url, false, h->w->catalog, &h->w->fault), 0);
	assert_int_equal(h->w->store->ops->changes(h->w->store, &q, NULL, NULL, &h->w->fault), 1);
	assert_int_equal(other->ops->changes(other, &q2, NULL, NULL, &h->w->fault), 1);
	assert_true(q.born != q2.born);
	cxm_store_close(other);
}

static void a_store_in_memory_has_no_cache(void **state)
{
	struct world *h = *state;
	struct cache *cache = NULL;

	assert_true(cxm_cache_open(&cache, "sqlite::memory:", &h->w->fault) < 0);
	assert_null(cache);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, a_day_is_computed_once, set_up, tear_down);
	cases_test_with(&c, late_evidence_is_scored_and_said, set_up, tear_down);
	cases_test_with(&c, what_was_said_of_late_evidence_stays, set_up, tear_down);
	cases_test_with(&c, a_duplicate_is_not_late, set_up, tear_down);
	cases_test_with(&c, without_a_cache_every_day_is_computed, set_up, tear_down);
	cases_test_with(&c, another_store_in_its_place_has_its_own_scores, set_up, tear_down);
	cases_test_with(&c, a_store_in_memory_has_no_cache, set_up, tear_down);
	return cases_run("score_history", &c, NULL, NULL);
}
