/* The service level at the T that a site has declared, over a real store: which queues count, at
 * which T, and when. */
#include "cxmeter/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/score_world.h"

#define DAY_US            INT64_C(86400000000)
#define LAST_DAY          20779 /* 2026-11-22 */
#define FROM_DAY          (LAST_DAY - 27)

#define assert_near(a, b) assert_true(fabs((a) - (b)) < 1e-12)

static void target(struct score_world *w, int32_t day, const char *queue, int t_ms,
                   const char *more)
{
	score_world_add(w, "Target",
	                "at_us=%" PRId64 " source=dropbox host=pbx queue=%s metric=service_level "
	                "threshold_ms=%d%s",
	                day * DAY_US, queue, t_ms, more);
}

/* Four contacts a day: answered after 5, 15, 25 and 35 s. */
static void contacts(struct score_world *w, const char *queue, int32_t from, int32_t to)
{
	for (int32_t day = from; day <= to; day++) {
		for (int i = 0; i < 4; i++) {
			score_world_add(w, "QueueContact",
			                "at_us=%" PRId64 " source=queue_log host=pbx queue=%s "
			                "contact=%016x outcome=answered wait_ms=%d",
			                day * DAY_US + 3600000000 + i, queue,
			                (unsigned)(4 * day + i), 5000 + 10000 * i);
		}
	}
}

static struct score_declared declared_of(struct score_world *w)
{
	struct score_request request = score_world_request();
	struct score_declared d;
	int32_t from = FROM_DAY;
	int32_t to = LAST_DAY;

	score_world_put(w);
	request.from_day = &from;
	request.to_day = &to;
	assert_int_equal(score_declared_of(&d, w->model, w->store, &request, &w->fault), 0);
	return d;
}

static void each_queue_counts_at_its_own_t(void **state)
{
	struct score_world *w = *state;
	struct score_declared d;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	contacts(w, "slow", FROM_DAY, LAST_DAY);
	target(w, FROM_DAY - 50, "fast", 10000, "");
	target(w, FROM_DAY - 50, "slow", 30000, "");
	d = declared_of(w);
	assert_string_equal(d.is->id, "service_level");
	assert_near(d.got.n, 2 * 4 * 28);
	assert_near(d.got.value, (1 + 3) / 8.0);
	assert_near(d.low_ms, 10000);
	assert_near(d.high_ms, 30000);
	assert_int_equal(d.queues, 2);
	assert_true(d.got.interval.low < 0.5 && d.got.interval.high > 0.5);
}

static void a_queue_without_a_target_is_left_out(void **state)
{
	struct score_world *w = *state;
	struct score_declared d;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	contacts(w, "other", FROM_DAY, LAST_DAY);
	target(w, FROM_DAY - 50, "fast", 10000, "");
	d = declared_of(w);
	assert_near(d.got.n, 4 * 28);
	assert_near(d.got.value, 0.25);
	assert_int_equal(d.queues, 1);
}

static void a_target_for_all_stands_for_the_rest(void **state)
{
	struct score_world *w = *state;
	struct score_declared d;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	contacts(w, "other", FROM_DAY, LAST_DAY);
	target(w, FROM_DAY - 50, "fast", 10000, "");
	target(w, FROM_DAY - 50, "*", 20000, "");
	d = declared_of(w);
	assert_near(d.got.n, 2 * 4 * 28);
	assert_near(d.got.value, (1 + 2) / 8.0);
}

static void a_new_target_counts_from_its_day_on(void **state)
{
	struct score_world *w = *state;
	struct score_declared d;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	target(w, FROM_DAY - 50, "fast", 10000, "");
	target(w, FROM_DAY + 14, "fast", 40000, "");
	d = declared_of(w);
	assert_near(d.got.value, (1 + 4) / 8.0);
}

static void a_target_that_has_run_out_counts_no_more(void **state)
{
	struct score_world *w = *state;
	char until[64];
	struct score_declared d;

	(void)snprintf(until, sizeof(until), " valid_to_us=%" PRId64, (FROM_DAY + 7) * DAY_US);
	contacts(w, "fast", FROM_DAY, LAST_DAY);
	target(w, FROM_DAY - 50, "fast", 10000, until);
	d = declared_of(w);
	assert_near(d.got.n, 4 * 7);
}

static void without_targets_there_is_no_such_figure(void **state)
{
	struct score_world *w = *state;
	struct score_declared d;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	d = declared_of(w);
	assert_null(d.is);
	assert_true(isnan(d.got.value));
}

static void a_target_of_another_metric_is_not_meant(void **state)
{
	struct score_world *w = *state;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	score_world_add(w, "Target",
	                "at_us=%lld source=dropbox host=pbx queue=fast metric=email_level "
	                "threshold_ms=5000",
	                (long long)(FROM_DAY * DAY_US));
	assert_null(declared_of(w).is);
}

static void the_t_of_20_s_is_the_score_itself(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_declared d;
	struct scorecard *card;
	const struct scored *s;

	contacts(w, "fast", FROM_DAY, LAST_DAY);
	target(w, FROM_DAY - 50, "*", 20000, "");
	d = declared_of(w);
	card = score_world_card(w, &request);
	s = score_world_of(card, "service_level");
	assert_true(d.got.value == s->got.value && d.got.n == s->got.n);
	scorecard_free(card);
}

#define in_a_world(c, test) cases_test_with(c, test, score_world_set_up, score_world_tear_down)

int main(void)
{
	static struct cases c;

	in_a_world(&c, each_queue_counts_at_its_own_t);
	in_a_world(&c, a_queue_without_a_target_is_left_out);
	in_a_world(&c, a_target_for_all_stands_for_the_rest);
	in_a_world(&c, a_new_target_counts_from_its_day_on);
	in_a_world(&c, a_target_that_has_run_out_counts_no_more);
	in_a_world(&c, without_targets_there_is_no_such_figure);
	in_a_world(&c, a_target_of_another_metric_is_not_meant);
	in_a_world(&c, the_t_of_20_s_is_the_score_itself);
	return cases_run("score_declared", &c, NULL, NULL);
}
