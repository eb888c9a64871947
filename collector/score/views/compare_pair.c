/*
 * Two sites held against each other; see compare.h. Pure.
 *
 * Where contacts have kinds, both are taken on the mix that the two have in common
 * (compare_common.c). Ratios of observed to expected under one reference, which the funnel uses,
 * are not subtracted: with different mixes a third site in the reference moves their difference.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "collector/score/estimators/estimator.h"
#include "collector/score/views/compare_strata.h"

#define Z_90     1.6448536269514722 /* normal quantile of 90 %, two-sided */
#define PART_MIN 0.5 /* of a site's contacts in strata of the other, to speak of a common mix */

struct compare_result compare_nothing(size_t subject, size_t a, size_t b)
{
	struct compare_result one = { .subject = subject, .a = a, .b = b };

	one.difference = one.score_difference = one.p = one.adjusted = NAN;
	one.sure = one.score_sure_90 = one.ratio_sure_90 = (struct interval){ NAN, NAN };
	for (size_t k = 0; k < 2; k++) {
		one.side[k] = (struct compare_side){ NAN, { NAN, NAN }, NAN, { NAN, NAN } };
	}
	return one;
}

/* ---- the two sides ---- */

static struct compare_side as_scored(const struct compare_value *v)
{
	return (struct compare_side){ v->value, v->sure, v->score, v->score_sure };
}

static void to_score(const struct compare_report *r, const struct model_indicator *is,
                     struct compare_side *side)
{
	double low = score_map(is, &r->model->rules, side->sure.low);
	double high = score_map(is, &r->model->rules, side->sure.high);

	side->score = score_map(is, &r->model->rules, side->value);
	side->score_sure = is->lower_is_better ? (struct interval){ high, low }
	                                       : (struct interval){ low, high };
}

/* Contacts of one day are alike; what the card found of it widens the interval here too. */
static struct interval share_sure(const struct compare_report *r, const struct compare_result *x,
                                  size_t site, double value, double n)
{
	const struct scorecard *card = r->sites[site].card;
	const struct model_rules *rules = &r->model->rules;
	size_t at = r->subjects[x->subject].at;
	const struct estimate *got;
	size_t a = 0;
	double phi;

	while (at >= card->areas[a].n_indicators) {
		at -= card->areas[a++].n_indicators;
	}
	got = &card->areas[a].indicators[at].got;
	phi = isnan(got->phi) || got->phi < 1 ? 1 : got->phi;
	return stats_quasi_wilson(value * n, n, phi, estimator_z(rules, phi, got->days));
}

static void take_shares(const struct compare_report *r, const struct compare_strata *s,
                        struct compare_result *x, struct compare_common *common)
{
	const size_t sites[] = { x->a, x->b };

	*common = compare_common_share(s, x->a, x->b);
	for (size_t k = 0; k < 2 && !isnan(common->rate); k++) {
		struct compare_side *side = &x->side[k];

		side->value = common->value[k];
		side->sure = share_sure(r, x, sites[k], side->value, common->n[k]);
		to_score(r, r->subjects[x->subject].indicator, side);
	}
}

static void take_means(const struct compare_report *r, const struct compare_strata *s,
                       struct compare_result *x, struct compare_common *common)
{
	struct compare_mean mean[2];

	*common = compare_common_mean(s, x->a, x->b, r->model->rules.confidence, mean);
	for (size_t k = 0; k < 2; k++) {
		struct compare_side *side = &x->side[k];

		side->value = common->value[k];
		side->sure.low = common->rate + mean[k].sure.low;
		side->sure.high = common->rate + mean[k].sure.high;
		to_score(r, r->subjects[x->subject].indicator, side);
	}
}

/* @return the rate that both have on their common mix; NAN: no share, or barred */
static double take_sides(const struct compare_report *r, const struct compare_strata *s,
                         struct compare_result *x)
{
	struct compare_common common;

	x->side[0] = as_scored(compare_at(r, x->subject, x->a));
	x->side[1] = as_scored(compare_at(r, x->subject, x->b));
	if (s == NULL) {
		return NAN;
	}
	if (s->share) {
		take_shares(r, s, x, &common);
	} else {
		take_means(r, s, x, &common);
	}
	if (common.part[0] < PART_MIN || common.part[1] < PART_MIN) {
		x->bar = COMPARE_NO_STRATA;
		x->barred = common.part[0] < PART_MIN ? x->a : x->b;
	}
	return s->share ? common.rate : NAN;
}

/* ---- their difference ---- */

/* A standard error from the half of an interval that points to 0. */
static double error_to_zero(const struct stats_difference *d, double z95)
{
	return (d->value > 0 ? d->value - d->sure.low : d->sure.high - d->value) / z95;
}

static struct interval narrower(double value, const struct interval *sure, double by)
{
	return (struct interval){ value - (value - sure->low) * by,
		                  value + (sure->high - value) * by };
}

static struct stats_difference score_difference_90(const struct compare_side *a,
                                                   const struct compare_side *b, double z95)
{
	return stats_difference(a->score, narrower(a->score, &a->score_sure, Z_90 / z95), b->score,
	                        narrower(b->score, &b->score_sure, Z_90 / z95));
}

static void differ(const struct compare_report *r, const struct compare_strata *s,
                   struct compare_result *x)
{
	double rate = take_sides(r, s, x);
	const struct compare_side *a = &x->side[0];
	const struct compare_side *b = &x->side[1];
	struct stats_difference d = stats_difference(a->value, a->sure, b->value, b->sure);
	double z95 = r->model->rules.z;
	double error = error_to_zero(&d, z95);
	struct stats_difference score = score_difference_90(a, b, z95);

	if (x->bar == COMPARE_FAIR && !(error > 0)) {
		x->bar = COMPARE_NO_ERROR;
	}
	if (x->bar != COMPARE_FAIR) {
		return;
	}
	x->difference = d.value;
	x->sure = d.sure;
	x->score_difference = score.value;
	x->score_sure_90 = score.sure;
	if (rate > 0) {
		struct interval near = narrower(d.value, &d.sure, Z_90 / z95);

		x->ratio_sure_90 = (struct interval){ near.low / rate, near.high / rate };
	}
	x->p = stats_p_of_z(d.value / error);
}

/* ---- all pairs ---- */

static void compare_subject_pairs(struct compare_report *r, const struct compare_strata *s,
                                  size_t subject)
{
	for (size_t a = 0; a < r->n_sites; a++) {
		for (size_t b = a + 1; b < r->n_sites; b++) {
			struct compare_result *x = &r->results[r->n_results++];

			*x = compare_nothing(subject, a, b);
			x->bar = compare_fair(r, subject, a, b, &x->barred);
			if (x->bar == COMPARE_FAIR) {
				differ(r, s, x);
			}
			if (x->bar != COMPARE_FAIR) {
				x->side[0] = x->side[1] = compare_nothing(0, 0, 0).side[0];
			}
		}
	}
}

int compare_pairs(struct compare_report *r)
{
	size_t pairs = r->n_sites * (r->n_sites - 1) / 2;
	int rc = 0;

	r->results = calloc(r->n_subjects * pairs + 1, sizeof(*r->results));
	if (r->results == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; rc == 0 && i < r->n_subjects; i++) {
		struct compare_strata strata;

		if (!compare_adjustable(r, i)) {
			compare_subject_pairs(r, NULL, i);
			continue;
		}
		rc = compare_strata_make(&strata, r, i);
		if (rc == 0) {
			compare_subject_pairs(r, &strata, i);
			compare_strata_free(&strata);
		}
	}
	return rc;
}
