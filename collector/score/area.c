/*
 * From indicators to an area: weighted mean, MOVER interval, gates, coverage, verdict; see score.h
 * and docs/scoring.md, "Aggregation". Pure.
 *
 * The interval follows Zou and Donner 2008 (MOVER): indicators of one dependence group rest on the
 * same calls, so their half-widths add; between groups they add in quadrature.
 */
#include "collector/score/area.h"

#include <math.h>
#include <string.h>

struct sums {
	double weight;   /* of assessed indicators */
	double weighted; /* weight times class factor */
	double applicable;
	size_t evidence; /* assessed, measured or derived */
};

double area_weight_of(const struct scored *s, const struct model_rules *rules)
{
	return s->is->weight * rules->class_factor[s->is->class];
}

static struct sums sums_of(const struct model_rules *rules, const struct scored_area *a)
{
	struct sums sums = { 0 };

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		if (s->status != SCORE_NOT_APPLICABLE) {
			sums.applicable += s->is->weight;
		}
		if (s->status == SCORE_ASSESSED) {
			sums.weight += s->is->weight;
			sums.weighted += area_weight_of(s, rules);
			sums.evidence += s->is->class != MODEL_ATTESTED;
		}
	}
	return sums;
}

static double mean_score(const struct model_rules *rules, const struct scored_area *a,
                         double weighted)
{
	double sum = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		if (s->status == SCORE_ASSESSED) {
			sum += area_weight_of(s, rules) * s->score;
		}
	}
	return sum / weighted;
}

static bool same_group(const struct scored *a, const struct scored *b)
{
	return b->status == SCORE_ASSESSED && strcmp(a->is->group, b->is->group) == 0;
}

static bool first_of_group(const struct scored_area *a, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (same_group(&a->indicators[i], &a->indicators[j])) {
			return false;
		}
	}
	return true;
}

static struct interval mover(const struct model_rules *rules, const struct scored_area *a,
                             double mean, double weighted)
{
	double below = 0; /* sums of squares */
	double above = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		double low = 0;
		double high = 0;

		if (a->indicators[i].status != SCORE_ASSESSED || !first_of_group(a, i)) {
			continue;
		}
		for (size_t j = i; j < a->n_indicators; j++) {
			const struct scored *s = &a->indicators[j];

			if (same_group(&a->indicators[i], s)) {
				double v = area_weight_of(s, rules) / weighted;

				low += v * (s->score - s->sure.low);
				high += v * (s->sure.high - s->score);
			}
		}
		below += low * low;
		above += high * high;
	}
	return (struct interval){ mean - sqrt(below), mean + sqrt(above) };
}

static void note(struct scored_area *a, enum score_why why, const struct model_indicator *gate,
                 double have, double need)
{
	if (a->n_notes < SCORE_AREA_NOTES) {
		a->notes[a->n_notes++] =
			(struct score_reason){ .why = why, .is = gate, .have = have, .need = need };
	}
}

/* How many failures are known, of an indicator that allows none. They are known however few cases
 * there are and whether or not that is enough for a score. */
static double failures(const struct scored *s)
{
	const struct estimate *got = &s->got;

	if (s->is->any_failure_cap == 0 || s->status == SCORE_NOT_APPLICABLE ||
	    isnan(got->numerator) || isnan(got->denominator)) {
		return 0;
	}
	return s->is->lower_is_better ? got->numerator : got->denominator - got->numerator;
}

/* The ceiling that an indicator with this score puts over its area. */
static double ceiling(const struct model_rules *rules, const struct scored *gate, double score)
{
	double limit = INFINITY;

	if (gate->status != SCORE_ASSESSED) {
		limit = INFINITY; /* only a known failure caps */
	} else if (gate->is->gate == MODEL_SOFT_GATE) {
		limit = score + rules->soft_gate_headroom;
	} else if (gate->is->gate == MODEL_HARD_GATE && score < rules->hard_gate_below) {
		limit = rules->hard_gate_cap;
	}
	return failures(gate) > 0 ? fmin(limit, gate->is->any_failure_cap) : limit;
}

static bool undecided(const struct model_rules *rules, const struct scored *g)
{
	return g->status == SCORE_ASSESSED && g->is->gate == MODEL_HARD_GATE &&
	       g->sure.low < rules->hard_gate_below && g->sure.high >= rules->hard_gate_below &&
	       !(failures(g) > 0);
}

/* Notes of gates that are open, then the caps, of which the lowest binds. */
static void apply_gates(const struct model_rules *rules, struct scored_area *a)
{
	double ungated = a->score;
	const struct model_indicator *binding = NULL;

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *g = &a->indicators[i];
		double limit = ceiling(rules, g, g->score);

		if (g->is->gate == MODEL_SOFT_GATE && g->status == SCORE_NOT_ASSESSED) {
			note(a, WHY_SOFT_GATE_MISSING, g->is, 0, 0);
		}
		if (limit < a->score) {
			a->score = limit;
			binding = g->is;
		}
		a->sure.low = fmin(a->sure.low, ceiling(rules, g, g->sure.low));
		a->sure.high = fmin(a->sure.high, ceiling(rules, g, g->sure.high));
		if (undecided(rules, g)) {
			note(a, WHY_GATE_UNDECIDED, g->is, 0, 0);
		}
	}
	if (binding != NULL) {
		note(a, WHY_GATE_CAPS, binding, ungated, 0);
	}
}

int area_stage_of_shares(const struct model_rules *rules, const double at_least[MODEL_STAGES])
{
	for (int k = MODEL_STAGES; k > 1; k--) {
		if (at_least[k - 1] > rules->largely && at_least[k - 2] > rules->fully) {
			return k;
		}
	}
	return 1;
}

static int second_opinion(const struct model_rules *rules, const struct scored_area *a,
                          double weight)
{
	double at_least[MODEL_STAGES] = { 0 };

	for (size_t i = 0; i < a->n_indicators; i++) {
		for (int k = 0; k < a->indicators[i].stage; k++) {
			at_least[k] += a->indicators[i].is->weight;
		}
	}
	for (int k = 0; k < MODEL_STAGES; k++) {
		at_least[k] /= weight;
	}
	return area_stage_of_shares(rules, at_least);
}

static bool is_missing(const struct scored_area *a, const struct model_indicator *is)
{
	for (size_t i = 0; is != NULL && i < a->n_indicators; i++) {
		if (a->indicators[i].is == is) {
			return a->indicators[i].status == SCORE_NOT_ASSESSED;
		}
	}
	return false;
}

static bool enough(const struct model_rules *rules, struct scored_area *a, const struct sums *sums)
{
	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		if (s->is->gate == MODEL_HARD_GATE && s->status == SCORE_NOT_ASSESSED) {
			note(a, WHY_HARD_GATE_MISSING, s->is, 0, 0);
			break; /* the first one says enough */
		}
	}
	for (size_t i = 0; i < a->n_indicators; i++) {
		if (a->indicators[i].status == SCORE_ASSESSED &&
		    is_missing(a, a->indicators[i].is->requires)) {
			note(a, WHY_REQUIRED_MISSING, a->indicators[i].is->requires, 0, 0);
		}
	}
	if (a->coverage < rules->min_coverage - 1e-12) {
		note(a, WHY_COVERAGE, NULL, a->coverage, rules->min_coverage);
	}
	if (sums->evidence < (size_t)rules->min_measured_or_derived) {
		note(a, WHY_FEW_MEASURED, NULL, (double)sums->evidence,
		     (double)rules->min_measured_or_derived);
	}
	return a->n_notes == 0;
}

static enum score_verdict verdict_of(const struct model_rules *rules, const struct scored_area *a)
{
	for (size_t i = 0; i < a->n_notes; i++) {
		if (a->notes[i].why == WHY_GATE_UNDECIDED) {
			return VERDICT_UNDECIDED;
		}
	}
	if (a->second_opinion != a->stage) {
		return VERDICT_UNEVEN;
	}
	return score_stage(rules, a->sure.low) == score_stage(rules, a->sure.high)
	               ? VERDICT_CONFIRMED
	               : VERDICT_LEANING;
}

/* What is to be known whether or not the area is assessed. */
static void note_statements(struct scored_area *a)
{
	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct score_reason *r = &a->indicators[i].attested;

		if (r->why != WHY_NOTHING && a->n_notes < SCORE_AREA_NOTES) {
			a->notes[a->n_notes++] = *r;
		}
	}
}

static void note_failures(struct scored_area *a)
{
	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		if (failures(s) > 0) {
			note(a, WHY_FAILURE_KNOWN, s->is, failures(s), s->is->any_failure_cap);
		}
	}
}

static void assess(const struct model_rules *rules, struct scored_area *a, const struct sums *sums)
{
	a->status = SCORE_ASSESSED;
	a->score = mean_score(rules, a, sums->weighted);
	a->sure = mover(rules, a, a->score, sums->weighted);
	apply_gates(rules, a);
	a->stage = score_stage(rules, a->score);
	a->second_opinion = second_opinion(rules, a, sums->weight);
	a->verdict = verdict_of(rules, a);
}

void score_area(const struct model_rules *rules, struct scored_area *a)
{
	struct sums sums = sums_of(rules, a);

	a->status = SCORE_NOT_ASSESSED;
	a->score = NAN;
	a->sure = (struct interval){ NAN, NAN };
	a->stage = 0;
	a->verdict = VERDICT_NOT_ASSESSED;
	a->second_opinion = 0;
	a->n_notes = 0;
	a->coverage = sums.applicable > 0 ? sums.weight / sums.applicable : 0;
	if (sums.applicable <= 0) {
		a->status = SCORE_NOT_APPLICABLE;
	} else if (enough(rules, a, &sums)) {
		assess(rules, a, &sums);
	} else {
		note_failures(a);
	}
	note_statements(a);
}
