/*
 * One index over all areas, with everything that says how far to trust it: interval, stage by
 * shares of weight, what other weights would have made of it, and the lowest areas; see score.h and
 * docs/scoring.md, "Overall". Pure.
 *
 * The result is the profile of areas. The index stands below it, and only when enough of the
 * profile is there.
 */
#include "cxmeter/score.h"

#include <math.h>
#include <string.h>

#include "collector/score/area.h"

#define PARTS_MAX ((size_t)MODEL_AREAS_MAX * MODEL_INDICATORS_MAX)

/* ---- what every way of weighing needs ---- */

struct entry {
	const struct scored_area *area;
	double weight;
};

struct entries {
	struct entry at[MODEL_AREAS_MAX];
	size_t n;
	double weight;
};

static struct entries assessed(const struct scorecard *card)
{
	struct entries e = { .n = 0 };

	for (size_t i = 0; i < card->n_areas && e.n < MODEL_AREAS_MAX; i++) {
		const struct scored_area *a = &card->areas[i];

		if (a->status == SCORE_ASSESSED) {
			e.at[e.n++] = (struct entry){ a, a->is->weight };
			e.weight += a->is->weight;
		}
	}
	return e;
}

static double index_of(const struct entries *e)
{
	double sum = 0;

	for (size_t i = 0; i < e->n; i++) {
		sum += e->at[i].weight * e->at[i].area->score;
	}
	return sum / e->weight;
}

static int stage_of(const struct model_rules *rules, const struct entries *e,
                    double at_least[MODEL_STAGES])
{
	memset(at_least, 0, MODEL_STAGES * sizeof(*at_least));
	for (size_t i = 0; i < e->n; i++) {
		for (int k = 0; k < e->at[i].area->stage; k++) {
			at_least[k] += e->at[i].weight;
		}
	}
	for (int k = 0; k < MODEL_STAGES; k++) {
		at_least[k] /= e->weight;
	}
	return area_stage_of_shares(rules, at_least);
}

/* ---- interval: MOVER over dependence groups, as in an area ---- */

/* What one indicator adds to the half-widths of the index. */
struct part {
	const char *group;
	double low;
	double high;
};

struct parts {
	struct part at[PARTS_MAX];
	size_t n;
};

static void add_part(struct parts *p, const char *group, double low, double high)
{
	for (size_t i = 0; i < p->n; i++) {
		if (strcmp(p->at[i].group, group) == 0) {
			p->at[i].low += low; /* they err together */
			p->at[i].high += high;
			return;
		}
	}
	if (p->n < PARTS_MAX) {
		p->at[p->n++] = (struct part){ group, low, high };
	}
}

static struct interval root_of_squares(const struct parts *p)
{
	struct interval half = { 0, 0 };

	for (size_t i = 0; i < p->n; i++) {
		half.low = hypot(half.low, p->at[i].low);
		half.high = hypot(half.high, p->at[i].high);
	}
	return half;
}

static double area_weight(const struct model_rules *rules, const struct scored_area *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		sum += s->status == SCORE_ASSESSED ? area_weight_of(s, rules) : 0;
	}
	return sum;
}

/* The half-widths of an area before its gates, by group. */
static void parts_of_area(struct parts *p, const struct model_rules *rules,
                          const struct scored_area *a)
{
	double weight = area_weight(rules, a);

	p->n = 0;
	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];
		double v = s->status == SCORE_ASSESSED ? area_weight_of(s, rules) / weight : 0;

		if (v > 0) {
			add_part(p, s->is->group, v * (s->score - s->sure.low),
			         v * (s->sure.high - s->score));
		}
	}
}

/* An area's own half-width, which its gates may have changed, shared out to its groups; all of it
 * to the area itself where the groups have none. */
static void add_area(struct parts *out, const struct model_rules *rules, const struct entry *e,
                     double share)
{
	static const double nothing = 1e-12;
	const struct scored_area *a = e->area;
	double low = a->score - a->sure.low;
	double high = a->sure.high - a->score;
	struct parts own;
	struct interval half;

	parts_of_area(&own, rules, a);
	half = root_of_squares(&own);
	for (size_t i = 0; i < own.n; i++) {
		add_part(out, own.at[i].group,
		         half.low > nothing ? share * own.at[i].low * low / half.low : 0,
		         half.high > nothing ? share * own.at[i].high * high / half.high : 0);
	}
	add_part(out, a->is->id, half.low > nothing ? 0 : share * low,
	         half.high > nothing ? 0 : share * high);
}

static struct interval interval_of(const struct model_rules *rules, const struct entries *e,
                                   double index)
{
	struct parts parts = { .n = 0 };
	struct interval half;

	for (size_t i = 0; i < e->n; i++) {
		add_area(&parts, rules, &e->at[i], e->at[i].weight / e->weight);
	}
	half = root_of_squares(&parts);
	return (struct interval){ index - half.low, index + half.high };
}

/* ---- other weights ---- */

static double equal_weights(const struct entries *e)
{
	struct entries same = *e;

	for (size_t i = 0; i < same.n; i++) {
		same.at[i].weight = 1;
	}
	same.weight = (double)same.n;
	return index_of(&same);
}

/* Weights drawn from the flat Dirichlet distribution: any set of weights is as likely as any other
 * (normalised exponentials; Devroye 1986, theorem V.2.2). */
static void draw(struct entries *e, struct stats_random *random)
{
	e->weight = 0;
	for (size_t i = 0; i < e->n; i++) {
		e->at[i].weight = -log1p(-stats_random_unit(random));
		e->weight += e->at[i].weight;
	}
}

static void try_weights(struct score_overall *out, const struct model_rules *rules,
                        const struct entries *e, const char *seed)
{
	struct stats_random random = stats_random_of(seed);
	struct entries drawn = *e;
	double at_least[MODEL_STAGES];
	int64_t elsewhere = 0;

	out->drawn = (struct interval){ out->index, out->index };
	for (int64_t i = 0; i < rules->weight_draws; i++) {
		double index;

		draw(&drawn, &random);
		index = index_of(&drawn);
		out->drawn.low = fmin(out->drawn.low, index);
		out->drawn.high = fmax(out->drawn.high, index);
		elsewhere += stage_of(rules, &drawn, at_least) != out->stage;
	}
	out->drawn_elsewhere =
		rules->weight_draws > 0 ? (double)elsewhere / (double)rules->weight_draws : 0;
	out->weight_dependent = out->drawn_elsewhere > rules->weight_dependent_above;
}

/* ---- what is there ---- */

static void note(struct score_overall *out, const struct score_reason *reason)
{
	if (out->n_notes < SCORE_AREA_NOTES) {
		out->notes[out->n_notes++] = *reason;
	}
}

static void check_must_areas(struct score_overall *out, const struct scorecard *card)
{
	const struct model_rules *rules = &card->model->rules;

	for (size_t m = 0; m < rules->n_must_areas; m++) {
		for (size_t i = 0; i < card->n_areas; i++) {
			const struct scored_area *a = &card->areas[i];

			if (a->is == rules->must_areas[m] && a->status != SCORE_ASSESSED) {
				note(out, &(struct score_reason){ .why = WHY_MUST_AREA_MISSING,
				                                  .area = a->is });
			}
		}
	}
}

static bool enough(struct score_overall *out, const struct scorecard *card)
{
	const struct model_rules *rules = &card->model->rules;

	if (rules->min_areas == 0) {
		note(out, &(struct score_reason){ .why = WHY_NO_INDEX });
		return false;
	}
	if (out->n_assessed < (size_t)rules->min_areas) {
		note(out, &(struct score_reason){ .why = WHY_FEW_AREAS,
		                                  .have = (double)out->n_assessed,
		                                  .need = (double)rules->min_areas });
	}
	check_must_areas(out, card);
	return out->n_notes == 0;
}

/* Ties in the order of the model. */
static void find_lowest(struct score_overall *out, const struct entries *e)
{
	bool taken[MODEL_AREAS_MAX] = { false };

	while (out->n_lowest < SCORE_LOWEST && out->n_lowest < e->n) {
		size_t lowest = e->n;

		for (size_t i = 0; i < e->n; i++) {
			if (!taken[i] &&
			    (lowest == e->n || e->at[i].area->score < e->at[lowest].area->score)) {
				lowest = i;
			}
		}
		taken[lowest] = true;
		out->lowest[out->n_lowest++] = e->at[lowest].area;
	}
}

void score_overall(struct scorecard *card, const char *seed)
{
	const struct model_rules *rules = &card->model->rules;
	struct score_overall *out = &card->overall;
	struct entries e = assessed(card);

	*out = (struct score_overall){ .status = SCORE_NOT_ASSESSED,
		                       .index = NAN,
		                       .sure = { NAN, NAN },
		                       .weight = e.weight,
		                       .equal_weights = NAN,
		                       .drawn = { NAN, NAN },
		                       .drawn_elsewhere = NAN,
		                       .n_assessed = e.n };
	for (size_t i = 0; i < card->n_areas; i++) {
		out->all_weight += card->areas[i].status != SCORE_NOT_APPLICABLE
		                           ? card->areas[i].is->weight
		                           : 0;
	}
	find_lowest(out, &e);
	if (!enough(out, card)) {
		return;
	}
	out->status = SCORE_ASSESSED;
	out->index = index_of(&e);
	out->sure = interval_of(rules, &e, out->index);
	out->band = score_stage(rules, out->index);
	out->stage = stage_of(rules, &e, out->at_least);
	out->uneven = out->band != out->stage;
	out->equal_weights = equal_weights(&e);
	try_weights(out, rules, &e, seed);
}
