/* The change log over a real store: targets declared, changed, renewed and ended, queues that
 * appear and fall silent, and what is no change. */
#include "cxmeter/changes.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/score_world.h"

#define DAY_US   INT64_C(86400000000)
#define LAST_DAY 20779 /* 2026-11-22 */
#define FROM_DAY (LAST_DAY - 27)

/* `more` is the rest of the record. */
static void target(struct score_world *w, int32_t day, const char *queue, const char *more)
{
	score_world_add(w, "Target",
	                "at_us=%" PRId64
	                " source=dropbox host=pbx queue=%s metric=service_level %s",
	                day * DAY_US, queue, more);
}

static void contacts(struct score_world *w, const char *queue, int32_t from, int32_t to)
{
	for (int32_t day = from; day <= to; day++) {
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64
		                " source=queue_log host=pbx queue=%s contact=%016x "
		                "outcome=answered wait_ms=1000",
		                day * DAY_US, queue, (unsigned)day);
	}
}

static struct score_changes changes_of(struct score_world *w)
{
	struct score_request request = score_world_request();
	struct score_changes changes;
	int32_t from = FROM_DAY;
	int32_t to = LAST_DAY;

	score_world_put(w);
	request.from_day = &from;
	request.to_day = &to;
	assert_int_equal(score_changes_of(&changes, w->model, w->store, &request, &w->fault), 0);
	return changes;
}

static void a_new_value_and_a_new_t_are_changes(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	target(w, FROM_DAY - 100, "sales", "value=0.8 threshold_ms=20000");
	target(w, FROM_DAY + 3, "sales", "value=0.8 threshold_ms=30000");
	target(w, FROM_DAY + 9, "sales", "value=0.7 threshold_ms=30000");
	c = changes_of(w);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.at[0].kind, CHANGE_TARGET_CHANGED);
	assert_int_equal(c.at[0].day, FROM_DAY + 3);
	assert_string_equal(c.at[0].queue, "sales");
	assert_string_equal(c.at[0].metric, "service_level");
	assert_true(c.at[0].before.threshold_ms == 20000 && c.at[0].now.threshold_ms == 30000);
	assert_true(c.at[1].before.value == 0.8 && c.at[1].now.value == 0.7);
	score_changes_free(&c);
}

static void a_target_renewed_as_it_was_is_no_change(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	target(w, FROM_DAY - 100, "sales", "value=0.8 threshold_ms=20000");
	target(w, FROM_DAY + 3, "sales", "value=0.8 threshold_ms=20000");
	c = changes_of(w);
	assert_int_equal(c.n, 0);
	score_changes_free(&c);
}

static void the_first_target_of_a_queue_is_declared(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	target(w, FROM_DAY, "sales", "value=0.8");
	target(w, FROM_DAY - 1, "support", "value=0.8");
	c = changes_of(w);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.at[0].kind, CHANGE_TARGET_DECLARED);
	assert_true(isnan(c.at[0].before.value) && isnan(c.at[0].now.threshold_ms));
	score_changes_free(&c);
}

static void a_target_that_runs_out_ends_and_may_be_declared_again(void **state)
{
	struct score_world *w = *state;
	char until[64];
	struct score_changes c;

	(void)snprintf(until, sizeof(until), "value=0.8 valid_to_us=%" PRId64,
	               (FROM_DAY + 5) * DAY_US);
	target(w, FROM_DAY - 50, "sales", until);
	target(w, FROM_DAY + 8, "sales", "value=0.8");
	c = changes_of(w);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.at[0].kind, CHANGE_TARGET_ENDED);
	assert_int_equal(c.at[0].day, FROM_DAY + 5);
	assert_true(c.at[0].before.value == 0.8 && isnan(c.at[0].now.value));
	assert_int_equal(c.at[1].kind, CHANGE_TARGET_DECLARED);
	score_changes_free(&c);
}

static void a_target_received_later_says_when(void **state)
{
	struct score_world *w = *state;
	char told[64];
	struct score_changes c;

	(void)snprintf(told, sizeof(told), "value=0.8 seen_us=%lld",
	               (long long)(LAST_DAY * DAY_US));
	target(w, FROM_DAY, "sales", told);
	c = changes_of(w);
	assert_int_equal(c.at[0].told_day, LAST_DAY);
	score_changes_free(&c);
}

/* ---- queues ---- */

static void a_queue_of_the_second_week_appeared(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	contacts(w, "old", FROM_DAY - 10, LAST_DAY);
	contacts(w, "new", FROM_DAY + 7, LAST_DAY);
	c = changes_of(w);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.at[0].kind, CHANGE_QUEUE_APPEARED);
	assert_int_equal(c.at[0].day, FROM_DAY + 7);
	assert_string_equal(c.at[0].queue, "new");
	score_changes_free(&c);
}

static void a_queue_silent_for_a_week_vanished_on_the_day_after_its_last_contact(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	contacts(w, "old", FROM_DAY - 10, LAST_DAY);
	contacts(w, "gone", FROM_DAY - 10, LAST_DAY - 7);
	contacts(w, "here", FROM_DAY - 10, LAST_DAY - 6);
	c = changes_of(w);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.at[0].kind, CHANGE_QUEUE_VANISHED);
	assert_int_equal(c.at[0].day, LAST_DAY - 6);
	assert_string_equal(c.at[0].queue, "gone");
	score_changes_free(&c);
}

static void a_site_that_begins_has_no_new_queues(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	contacts(w, "a", FROM_DAY + 5, LAST_DAY);
	contacts(w, "b", FROM_DAY + 8, LAST_DAY);
	c = changes_of(w);
	assert_int_equal(c.n, 0);
	score_changes_free(&c);
}

static void changes_come_by_day(void **state)
{
	struct score_world *w = *state;
	struct score_changes c;

	contacts(w, "old", FROM_DAY - 10, LAST_DAY);
	contacts(w, "new", FROM_DAY + 9, LAST_DAY);
	target(w, FROM_DAY + 20, "old", "value=0.8");
	target(w, FROM_DAY + 2, "new", "value=0.8");
	c = changes_of(w);
	assert_int_equal(c.n, 3);
	assert_int_equal(c.at[0].day, FROM_DAY + 2);
	assert_int_equal(c.at[1].day, FROM_DAY + 9);
	assert_int_equal(c.at[2].day, FROM_DAY + 20);
	score_changes_free(&c);
}

static void a_site_nobody_knows_is_explained(void **state)
{
	struct score_world *w = *state;
	struct score_request request = { .site = "sued" };
	struct score_changes c;

	assert_int_equal(score_changes_of(&c, w->model, w->store, &request, &w->fault), -ENOENT);
	assert_non_null(strstr(w->fault.text, "no site \"sued\""));
	score_changes_free(&c);
}

#define in_a_world(c, test) cases_test_with(c, test, score_world_set_up, score_world_tear_down)

/* ---- models ---- */

static void note(struct cache *cache, const char *version, const char *sha256, int32_t day)
{
	struct cache_model model = { .since_us = day * DAY_US + 1 };

	(void)snprintf(model.version, sizeof(model.version), "%s", version);
	(void)snprintf(model.sha256, sizeof(model.sha256), "%s", sha256);
	assert_int_equal(cache_note_model(cache, SCORE_WORLD_SITE, &model), 0);
}

static struct cache *cache_beside(struct score_world *w)
{
	struct cache *cache = NULL;
	char url[300];

	(void)snprintf(url, sizeof(url), "sqlite:%s/changes.db", w->temp.dir);
	assert_int_equal(cxm_cache_open(&cache, url, &w->fault), 0);
	return cache;
}

/* The first model is no change, the same again neither; the last is of a day after the window, on
 * which the window was scored anew. */
static void another_model_than_last_time_is_a_change(void **state)
{
	struct score_world *w = *state;
	struct cache *cache = cache_beside(w);
	struct score_request request = score_world_request();
	struct score_changes c;
	int32_t from = FROM_DAY;
	int32_t to = LAST_DAY;

	contacts(w, "sales", FROM_DAY, LAST_DAY);
	score_world_put(w);
	note(cache, "0.1.0", "aaaa", FROM_DAY - 9);
	note(cache, "0.2.0", "bbbb", FROM_DAY - 3);
	note(cache, "0.3.0", "cccc", FROM_DAY + 3);
	note(cache, "0.3.0", "cccc", FROM_DAY + 5);
	note(cache, "0.3.0", "dddd", LAST_DAY + 2);
	request.from_day = &from;
	request.to_day = &to;
	request.cache = cache;
	assert_int_equal(score_changes_of(&c, w->model, w->store, &request, &w->fault), 0);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.at[0].kind, CHANGE_MODEL);
	assert_int_equal(c.at[0].day, FROM_DAY + 3);
	assert_string_equal(c.at[0].was.version, "0.2.0");
	assert_string_equal(c.at[0].is.version, "0.3.0");
	assert_int_equal(c.at[1].day, LAST_DAY + 2);
	assert_string_equal(c.at[1].was.sha256, "cccc");
	assert_string_equal(c.at[1].is.sha256, "dddd");
	score_changes_free(&c);
	cxm_cache_close(cache);
}

static int count_model(void *arg, const struct cache_model *model)
{
	(void)model;
	++*(size_t *)arg;
	return 0;
}

static void of_too_many_models_the_oldest_go(void **state)
{
	struct score_world *w = *state;
	struct cache *cache = cache_beside(w);
	size_t n = 0;

	for (int i = 0; i < CACHE_MODELS_MAX + 9; i++) {
		note(cache, "0.3.0", i % 2 == 0 ? "aaaa" : "bbbb", FROM_DAY + i);
	}
	assert_int_equal(cache_models(cache, SCORE_WORLD_SITE, count_model, &n), 0);
	assert_int_equal(n, CACHE_MODELS_MAX);
	cxm_cache_close(cache);
}

int main(void)
{
	static struct cases c;

	in_a_world(&c, a_new_value_and_a_new_t_are_changes);
	in_a_world(&c, a_target_renewed_as_it_was_is_no_change);
	in_a_world(&c, the_first_target_of_a_queue_is_declared);
	in_a_world(&c, a_target_that_runs_out_ends_and_may_be_declared_again);
	in_a_world(&c, a_target_received_later_says_when);
	in_a_world(&c, a_queue_of_the_second_week_appeared);
	in_a_world(&c, a_queue_silent_for_a_week_vanished_on_the_day_after_its_last_contact);
	in_a_world(&c, a_site_that_begins_has_no_new_queues);
	in_a_world(&c, changes_come_by_day);
	in_a_world(&c, a_site_nobody_knows_is_explained);
	in_a_world(&c, another_model_than_last_time_is_a_change);
	in_a_world(&c, of_too_many_models_the_oldest_go);
	return cases_run("score_changes", &c, NULL, NULL);
}
