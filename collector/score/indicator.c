/* From a value to a score: the map through five anchors, what is enough evidence, the stage; see
 * score.h. Pure. */
#include "collector/score/estimators/estimator.h"

#include <math.h>

/* Sums of products land a few units in the last place beside a boundary that they mean. */
#define SCORE_EPSILON 1e-9
#define BELOW_STAGE   0.01 /* a score of 3.24 is the highest of stage 3 */

int score_stage(const struct model_rules *rules, double score)
{
	int stage = 1;

	/* the stages are cut at the scores of the three middle anchors */
	for (int i = 1; i < MODEL_STAGES; i++) {
		stage += score >= rules->anchor_scores[i] - SCORE_EPSILON;
	}
	return stage;
}

static double through_anchors(const struct model_indicator *is, const double *scores, double value)
{
	double sign = is->lower_is_better ? -1 : 1;
	double v = sign * value;
	size_t i = 0;

	if (v >= sign * is->anchors[MODEL_ANCHORS - 1]) {
		return scores[MODEL_ANCHORS - 1];
	}
	if (v <= sign * is->anchors[0]) {
		return scores[0];
	}
	while (v >= sign * is->anchors[i + 1]) {
		i++;
	}
	return scores[i] + (value - is->anchors[i]) / (is->anchors[i + 1] - is->anchors[i]) *
	                           (scores[i + 1] - scores[i]);
}

double score_map(const struct model_indicator *is, const struct model_rules *rules, double value)
{
	double score;

	if (isnan(value)) {
		return NAN;
	}
	score = is->ordinal ? fmin(fmax(value, 1), MODEL_STAGES)
	                    : through_anchors(is, rules->anchor_scores, value);
	return is->class == MODEL_ATTESTED ? fmin(score, rules->attested_max_score) : score;
}

static struct interval map_interval(const struct model_indicator *is,
                                    const struct model_rules *rules, const struct interval *value)
{
	double a = score_map(is, rules, value->low);
	double b = score_map(is, rules, value->high);

	return is->lower_is_better ? (struct interval){ b, a } : (struct interval){ a, b };
}

/* How many rows tell as much, where some stand for more calls than others. */
static double rows_of(const struct estimate *got)
{
	return got->sampled.highest_ppm > 0 ? floor(fmin(got->n, got->sampled.effective_n))
	                                    : got->n;
}

/* Levels and states are what they are on one day as on ten; so is what has another unit than the
 * day. */
static bool counts_days(const struct model_indicator *is)
{
	return is->interval != MODEL_NO_INTERVAL &&
	       (is->evidence == NULL || !is->evidence->estimator->any_days);
}

/* Too few for the top stage (min_n_top in docs/model.md: 765 evaluations without an error are the
 * first whose Wilson interval reaches 99.5 %): as high as the stage below it, as attested evidence
 * is. */
static void keep_below_top(struct scored *s, const struct model_rules *rules)
{
	double limit = rules->anchor_scores[MODEL_STAGES - 1] - BELOW_STAGE;

	if (rows_of(&s->got) >= s->is->min_n_top || isnan(s->score) || !(s->sure.high > limit)) {
		return;
	}
	s->top_out_of_reach = true;
	s->score = fmin(s->score, limit);
	s->sure.low = fmin(s->sure.low, limit);
	s->sure.high = limit;
}

/* Why this estimate is no assessment, or WHY_NOTHING. */
static enum score_why judge(const struct scored *s, const struct model_rules *rules,
                            bool provisional)
{
	bool few = rows_of(&s->got) < s->is->min_n ||
	           (counts_days(s->is) && s->got.days < (size_t)rules->min_days);

	if (isnan(s->got.value)) {
		return s->got.why != WHY_NOTHING ? s->got.why : WHY_NO_EVIDENCE;
	}
	if (few && !provisional) {
		return WHY_TOO_FEW;
	}
	if (isnan(s->sure.low) || isnan(s->sure.high)) {
		return WHY_NO_INTERVAL;
	}
	if (!provisional &&
	    score_stage(rules, s->sure.high) - score_stage(rules, s->sure.low) >= 2) {
		return WHY_TOO_UNCERTAIN;
	}
	return WHY_NOTHING;
}

struct scored score_indicator(const struct model_indicator *is, const struct model_rules *rules,
                              const struct estimate *got, bool provisional)
{
	struct scored s = { .is = is, .status = SCORE_ASSESSED, .got = *got, .before = NAN };
	bool context = is->area == NULL;
	enum score_why why;

	s.score = context ? NAN : score_map(is, rules, got->value);
	s.sure = context ? got->interval : map_interval(is, rules, &got->interval);
	keep_below_top(&s, rules);
	if (context) {
		why = isnan(got->value) ? got->why : WHY_NOTHING; /* reported as it is */
	} else {
		why = judge(&s, rules, provisional);
	}
	if (why != WHY_NOTHING || context) {
		s.score = NAN;
		s.sure = (struct interval){ NAN, NAN };
	}
	if (why != WHY_NOTHING) {
		s.status = SCORE_NOT_ASSESSED;
		s.got.interval = (struct interval){ NAN, NAN };
		s.reason = (struct score_reason){ .why = why,
			                          .is = is,
			                          .have = rows_of(got),
			                          .need = is->min_n,
			                          .have_days = (double)got->days,
			                          .need_days = counts_days(is)
			                                               ? (double)rules->min_days
			                                               : 0,
			                          .kind = got->missing };
	}
	s.stage = s.status == SCORE_ASSESSED && !context ? score_stage(rules, s.score) : 0;
	return s;
}

struct score_lift score_lift_of(const struct scored *s, const struct model_rules *rules)
{
	struct score_lift lift = { .contacts = NAN };
	const struct estimate *got = &s->got;
	double wanted;
	int stage;

	if (isnan(got->value) || s->is->area == NULL) {
		return lift;
	}
	stage = score_stage(rules, score_map(s->is, rules, got->value));
	if (stage == MODEL_STAGES || score_map(s->is, rules, s->is->thresholds[stage - 1].value) <
	                                     rules->anchor_scores[stage] - SCORE_EPSILON) {
		return lift; /* at the top, or as high as attested evidence gets */
	}
	lift.known = true;
	lift.stage = stage + 1;
	lift.target = s->is->thresholds[stage - 1].value;
	if (!isnan(got->denominator) && !isnan(got->numerator)) {
		wanted = lift.target * got->denominator;
		lift.contacts = s->is->lower_is_better
		                        ? got->numerator - floor(wanted + SCORE_EPSILON)
		                        : ceil(wanted - SCORE_EPSILON) - got->numerator;
	}
	return lift;
}
