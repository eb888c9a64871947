/* What must not change a score, and in which direction it may change: shuffled, split, repeated and
 * shifted evidence, sites made of equal halves, and better input. No figure is written down here;
 * two cards, or two areas, are held against one another. */
#include "cxmeter/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"
#include "tests/support/score_world.h"

#define DAY_US   INT64_C(86400000000)
#define LAST_DAY 20779 /* 2026-11-22 */
#define DAYS     28
#define CONTACTS 1400
#define DIALOGS  1400
#define STREAMS  420
#define ROWS     (CONTACTS + DIALOGS + STREAMS)
#define NO_SALT  0

/* ---- evidence ---- */

/* One way to write the same site. */
struct variant {
	int32_t weeks_later;
	unsigned salt;     /* of every identity: another half of the site */
	int better_of_100; /* share of rows that went as well as they can */
};

static uint32_t draw(struct stats_random *r, uint32_t n)
{
	return stats_random_below(r, n);
}

static int64_t at_of(unsigned i, const struct variant *v, unsigned per_day)
{
	int64_t day = LAST_DAY - DAYS + 1 + (int64_t)(i / per_day) + INT64_C(7) * v->weeks_later;

	return day * DAY_US + DAY_US / 3 + (int64_t)(i % per_day) * 300000000;
}

static void add_contact(struct score_world *w, unsigned i, const struct variant *v, bool better,
                        struct stats_random *r)
{
	uint32_t wait_ms = 1000 + draw(r, 80000);
	uint32_t fate = draw(r, 100);
	uint32_t rang = draw(r, 3);
	uint32_t tier = 1 + draw(r, 2);

	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " source=queue_log host=pbx queue=q%u contact=%08x%08x "
	                "outcome=%s wait_ms=%u talk_ms=%u connects=1 ring_no_answers_over_3s=%u "
	                "ring_no_answers=%u tier=%u%s",
	                at_of(i, v, CONTACTS / DAYS), i % 3, v->salt, i + 1,
	                better || fate < 85 ? "answered" : "abandoned", better ? 1000 : wait_ms,
	                60000 + draw(r, 120000), better ? 0 : rang, better ? 0 : rang,
	                better ? 1 : tier, !better && fate < 12 ? " transfer=blind" : "");
}

static void add_dialog(struct score_world *w, unsigned i, const struct variant *v, bool better,
                       struct stats_random *r)
{
	score_world_add(w, "Dialog",
	                "at_us=%" PRId64 " source=capture host=pbx contact=%08x%08x "
	                "from_tag_id=%016x final_status=%u",
	                at_of(i, v, DIALOGS / DAYS), v->salt, i + 1, i + 1,
	                better || draw(r, 100) < 96 ? 200 : 503);
}

static void add_stream(struct score_world *w, unsigned i, const struct variant *v, bool better,
                       struct stats_random *r)
{
	score_world_add(w, "MediaStream",
	                "at_us=%" PRId64 " source=capture host=pbx ssrc=%u src_addr=%08x%08x "
	                "duration_ms=20000 r=%u",
	                at_of(i, v, STREAMS / DAYS), i + 1, v->salt, i + 1,
	                better ? 93 : 76 + draw(r, 18));
}

/* Row i of the site. Its dice are its own, so a better row changes no other. */
static void add_row(struct score_world *w, unsigned i, const struct variant *v)
{
	char seed[32];
	struct stats_random r;
	bool better;

	(void)snprintf(seed, sizeof(seed), "row %u", i);
	r = stats_random_of(seed);
	better = (int)draw(&r, 100) < v->better_of_100;
	if (i < CONTACTS) {
		add_contact(w, i, v, better, &r);
	} else if (i < CONTACTS + DIALOGS) {
		add_dialog(w, i - CONTACTS, v, better, &r);
	} else {
		add_stream(w, i - CONTACTS - DIALOGS, v, better, &r);
	}
}

static void add_all(struct score_world *w, const struct variant *v)
{
	for (unsigned i = 0; i < ROWS; i++) {
		add_row(w, i, v);
	}
	score_world_put(w);
}

/* ---- two sites side by side ---- */

struct pair {
	struct score_world *first;
	struct score_world *second;
};

static int set_up(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	void *made = NULL;

	assert_non_null(p);
	(void)score_world_set_up(&made);
	p->first = made;
	(void)score_world_set_up(&made);
	p->second = made;
	add_all(p->first, &(struct variant){ .salt = NO_SALT });
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *p = *state;
	void *made = p->first;

	(void)score_world_tear_down(&made);
	made = p->second;
	(void)score_world_tear_down(&made);
	free(p);
	return 0;
}

static struct scorecard *card_of(struct score_world *w)
{
	struct score_request request = score_world_request();

	return score_world_card(w, &request);
}

static void assert_same(double a, double b)
{
	assert_true(a == b || (isnan(a) && isnan(b)));
}

/* An interval from resampled days is seeded by its window: another window, another draw. */
static bool is_drawn(const struct scored *s)
{
	return s->is->interval == MODEL_DAY_BLOCK_BOOTSTRAP;
}

enum strictness { THE_SAME_BITS, BUT_OTHER_DRAWS };

static void same_ends(const struct interval *a, const struct interval *b, bool drawn)
{
	double slack = drawn ? 0.15 * (a->high - a->low) : 0;

	if (isnan(a->low) || isnan(b->low)) {
		assert_true(isnan(a->low) && isnan(b->low));
		return;
	}
	assert_true(fabs(a->low - b->low) <= slack);
	assert_true(fabs(a->high - b->high) <= slack);
}

static void same_figure(const struct scored *a, const struct scored *b, enum strictness strict,
                        double times)
{
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->stage, b->stage);
	assert_int_equal(a->reason.why, b->reason.why);
	assert_same(a->got.value, b->got.value);
	assert_same(a->score, b->score);
	if (!isnan(a->got.value)) { /* without one, n may count stretches of time */
		assert_same(times * a->got.n, b->got.n);
		assert_same(times * a->got.numerator, b->got.numerator);
		assert_same(times * a->got.denominator, b->got.denominator);
	}
	if (times == 1) {
		same_ends(&a->got.interval, &b->got.interval,
		          strict == BUT_OTHER_DRAWS && is_drawn(a));
		same_ends(&a->sure, &b->sure, strict == BUT_OTHER_DRAWS && is_drawn(a));
	}
}

static void same_cards(struct pair *p, enum strictness strict, double times)
{
	struct scorecard *a = card_of(p->first);
	struct scorecard *b = card_of(p->second);
	size_t assessed = 0;

	for (size_t i = 0; i < a->n_areas; i++) {
		const struct scored_area *x = &a->areas[i];
		const struct scored_area *y = &b->areas[i];

		assert_int_equal(x->status, y->status);
		assert_int_equal(x->stage, y->stage);
		assert_int_equal(x->second_opinion, y->second_opinion);
		assert_same(x->score, y->score);
		assert_same(x->coverage, y->coverage);
		for (size_t k = 0; k < x->n_indicators; k++) {
			same_figure(&x->indicators[k], &y->indicators[k], strict, times);
			assessed += x->indicators[k].status == SCORE_ASSESSED;
		}
	}
	for (size_t i = 0; i < a->n_context; i++) {
		same_figure(&a->context[i], &b->context[i], strict, times);
	}
	assert_true(assessed >= 8); /* else this would say nothing */
	scorecard_free(a);
	scorecard_free(b);
}

/* ---- what changes nothing ---- */

static void the_order_of_rows_changes_nothing(void **state)
{
	struct pair *p = *state;
	struct variant plain = { .salt = NO_SALT };

	/* 1009 is prime and no divisor of ROWS: every row once */
	for (unsigned i = 0; i < ROWS; i++) {
		add_row(p->second, (unsigned)((uint64_t)i * 1009 % ROWS), &plain);
	}
	score_world_put(p->second);
	same_cards(p, THE_SAME_BITS, 1);
}

static void splitting_into_batches_changes_nothing(void **state)
{
	struct pair *p = *state;
	struct variant plain = { .salt = NO_SALT };

	for (unsigned i = 0; i < ROWS; i++) {
		add_row(p->second, i, &plain);
		if (i % 97 == 96) {
			score_world_put(p->second);
		}
	}
	score_world_put(p->second);
	same_cards(p, THE_SAME_BITS, 1);
}

static void rows_that_come_twice_change_nothing(void **state)
{
	struct pair *p = *state;
	struct variant plain = { .salt = NO_SALT };

	add_all(p->second, &plain);
	add_all(p->second, &plain);
	same_cards(p, THE_SAME_BITS, 1);
}

static void whole_weeks_change_nothing(void **state)
{
	struct pair *p = *state;

	add_all(p->second, &(struct variant){ .weeks_later = 3 });
	same_cards(p, BUT_OTHER_DRAWS, 1);
}

static void whole_weeks_into_the_past_change_nothing(void **state)
{
	struct pair *p = *state;

	add_all(p->second, &(struct variant){ .weeks_later = -60 });
	same_cards(p, BUT_OTHER_DRAWS, 1);
}

static void a_site_of_two_equal_halves_scores_as_each(void **state)
{
	struct pair *p = *state;

	add_all(p->second, &(struct variant){ .salt = NO_SALT });
	add_all(p->second, &(struct variant){ .salt = 7 });
	same_cards(p, THE_SAME_BITS, 2);
}

/* ---- what may only lift ---- */

static void not_lower(const struct scorecard *a, const struct scorecard *b)
{
	for (size_t i = 0; i < a->n_areas; i++) {
		for (size_t k = 0; k < a->areas[i].n_indicators; k++) {
			const struct scored *x = &a->areas[i].indicators[k];
			const struct scored *y = &b->areas[i].indicators[k];

			assert_int_equal(x->status, y->status);
			assert_false(y->score < x->score - 1e-12);
		}
		assert_false(b->areas[i].score < a->areas[i].score - 1e-12);
	}
}

static void better_rows_lower_no_score(void **state)
{
	struct pair *p = *state;
	struct scorecard *a = card_of(p->first);
	struct scorecard *b;

	add_all(p->second, &(struct variant){ .better_of_100 = 20 });
	b = card_of(p->second);
	not_lower(a, b);
	assert_true(score_world_of(b, "service_level")->score >
	            score_world_of(a, "service_level")->score);
	assert_true(score_world_of(b, "voice_quality_share_r80")->score >
	            score_world_of(a, "voice_quality_share_r80")->score);
	scorecard_free(a);
	scorecard_free(b);
}

/* An area of eight indicators of every kind, at random. */
#define INDICATORS 8
#define AREAS      4000

struct made_area {
	struct model_indicator is[INDICATORS];
	struct scored items[INDICATORS];
};

static double unit(struct stats_random *r)
{
	return stats_random_unit(r);
}

static void make_area(struct made_area *m, struct stats_random *r)
{
	static const char *const groups[] = { "a", "b", "c", "d" };

	for (size_t i = 0; i < INDICATORS; i++) {
		double score = 1 + 3 * unit(r);

		m->is[i] = (struct model_indicator){
			.id = "x",
			.weight = 0.5 + 1.5 * unit(r),
			.group = groups[draw(r, 4)],
			.class = (enum model_class)draw(r, MODEL_CLASSES),
			.gate = draw(r, 3) > 0 ? MODEL_NO_GATE : (enum model_gate)(1 + draw(r, 2)),
		};
		m->items[i] = (struct scored){
			.is = &m->is[i],
			.status = draw(r, 12) == 0 ? SCORE_NOT_APPLICABLE : SCORE_ASSESSED,
			.got = { .numerator = NAN, .denominator = NAN },
			.score = score,
			.sure = { score - unit(r) * (score - 1), score + unit(r) * (4 - score) },
			.stage = score_stage(&published_rules, score),
		};
	}
}

static struct scored_area area_of(struct made_area *m)
{
	static const struct model_area nowhere = { .id = "area", .weight = 1 };
	struct scored_area a = { .is = &nowhere,
		                 .indicators = m->items,
		                 .n_indicators = INDICATORS };

	score_area(&published_rules, &a);
	return a;
}

/* Lift one indicator, and its interval with it. */
static void lift(struct scored *s, struct stats_random *r)
{
	double by = unit(r) * (4 - s->sure.high);

	s->score += by;
	s->sure.low += by;
	s->sure.high += by;
	s->stage = score_stage(&published_rules, s->score);
}

static void a_better_indicator_lowers_no_area(void **state)
{
	struct stats_random r = stats_random_of("areas");
	size_t assessed = 0;

	(void)state;
	for (size_t i = 0; i < AREAS; i++) {
		struct made_area m;
		struct scored_area before;
		struct scored_area after;

		make_area(&m, &r);
		before = area_of(&m);
		lift(&m.items[draw(&r, INDICATORS)], &r);
		after = area_of(&m);
		assert_int_equal(before.status, after.status);
		assert_false(after.score < before.score - 1e-12);
		assert_false(after.sure.low < before.sure.low - 1e-12);
		assert_false(after.sure.high < before.sure.high - 1e-12);
		assert_false(after.second_opinion < before.second_opinion);
		assessed += after.status == SCORE_ASSESSED;
	}
	assert_true(assessed > AREAS / 2);
}

static void the_score_of_an_area_lies_in_its_interval_and_on_the_scale(void **state)
{
	struct stats_random r = stats_random_of("scale");

	(void)state;
	for (size_t i = 0; i < AREAS; i++) {
		struct made_area m;
		struct scored_area a;

		make_area(&m, &r);
		a = area_of(&m);
		assert_false(a.sure.low > a.score + 1e-12);
		assert_false(a.sure.high < a.score - 1e-12);
		assert_false(a.sure.low < 1 - 1e-12 || a.sure.high > 4 + 1e-12);
		assert_true(a.coverage >= 0 && a.coverage <= 1);
	}
}

/* The order in which a model lists its indicators is no part of the score. */
static void the_order_of_indicators_changes_nothing(void **state)
{
	struct stats_random r = stats_random_of("order");

	(void)state;
	for (size_t i = 0; i < AREAS; i++) {
		struct made_area m;
		struct scored_area before;
		struct scored_area after;
		struct scored swapped;

		make_area(&m, &r);
		before = area_of(&m);
		swapped = m.items[0];
		m.items[0] = m.items[INDICATORS - 1];
		m.items[INDICATORS - 1] = swapped;
		after = area_of(&m);
		assert_int_equal(before.status, after.status);
		assert_int_equal(before.verdict, after.verdict);
		assert_true(isnan(before.score) || fabs(before.score - after.score) < 1e-12);
		assert_true(isnan(before.score) || fabs(before.sure.low - after.sure.low) < 1e-12);
	}
}

#define of_two_sites(c, test) cases_test_with(c, test, set_up, tear_down)

int main(void)
{
	static struct cases c;

	of_two_sites(&c, the_order_of_rows_changes_nothing);
	of_two_sites(&c, splitting_into_batches_changes_nothing);
	of_two_sites(&c, rows_that_come_twice_change_nothing);
	of_two_sites(&c, whole_weeks_change_nothing);
	of_two_sites(&c, whole_weeks_into_the_past_change_nothing);
	of_two_sites(&c, a_site_of_two_equal_halves_scores_as_each);
	of_two_sites(&c, better_rows_lower_no_score);
	cases_test(&c, a_better_indicator_lowers_no_area);
	cases_test(&c, the_score_of_an_area_lies_in_its_interval_and_on_the_scale);
	cases_test(&c, the_order_of_indicators_changes_nothing);
	return cases_run("score_metamorphic", &c, NULL, NULL);
}
