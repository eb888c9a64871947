/*
 * What each site has of one subject, adjusted so that it may stand among all others (ranks,
 * funnel): indirect standardisation over kinds of contacts, the forecast error above what chance
 * alone makes. Two sites held against each other are in compare_pair.c. See compare.h. Pure.
 *
 * For ranks the reference is the pool of all compared sites; for the place of one site among the
 * others (funnel) it is left out of its own while there are fewer than ten (compare_rank.c).
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/views/compare_strata.h"

#define WAPE_ID "forecast_wape_daily"

static double error_of(const struct compare_report *r, const struct interval *sure)
{
	return (sure->high - sure->low) / (2 * r->model->rules.z);
}

static void to_score(const struct compare_report *r, const struct compare_subject *s,
                     struct compare_value *v)
{
	double low = score_map(s->indicator, &r->model->rules, v->sure.low);
	double high = score_map(s->indicator, &r->model->rules, v->sure.high);

	v->score = score_map(s->indicator, &r->model->rules, v->value);
	v->score_sure = s->indicator->lower_is_better ? (struct interval){ high, low }
	                                              : (struct interval){ low, high };
}

static void take_area(const struct compare_report *r, const struct compare_subject *s, size_t site,
                      struct compare_value *v)
{
	const struct scorecard *card = r->sites[site].card;

	for (size_t a = 0; a < card->n_areas; a++) {
		if (strcmp(card->areas[a].is->id, s->area->id) == 0) {
			v->adjustment = COMPARE_IS_SCORE;
			v->value = v->score = v->raw = card->areas[a].score;
			v->sure = v->score_sure = card->areas[a].sure;
			v->error = error_of(r, &v->sure);
		}
	}
}

/* Chance alone makes a relative error of sqrt(2 / (pi lambda)) in a forecast of Poisson counts. */
static void take_excess(const struct compare_report *r, size_t subject, size_t site,
                        struct compare_value *v)
{
	const struct compare_subject *s = &r->subjects[subject];
	const struct compare_measure *m = r->sites[site].measures;
	double load = m != NULL ? m[s->at].contacts_a_day : NAN;
	double floor;

	if (!(load > 0)) {
		v->bar = COMPARE_NO_LOAD;
		return;
	}
	floor = sqrt(2 / (M_PI * load));
	v->adjustment = COMPARE_EXCESS;
	v->value = fmax(0, v->value - floor);
	v->sure.low = fmax(0, v->sure.low - floor);
	v->sure.high = fmax(0, v->sure.high - floor);
	v->error = error_of(r, &v->sure);
	to_score(r, s, v);
}

static void take_indicator(const struct compare_report *r, size_t subject, size_t site,
                           const struct scored *is, struct compare_value *v)
{
	const struct compare_subject *s = &r->subjects[subject];

	v->adjustment = COMPARE_NOT_ADJUSTABLE;
	v->value = v->raw = is->got.value;
	v->sure = is->got.interval;
	v->n = is->got.n;
	v->error = error_of(r, &v->sure);
	v->score = is->score;
	v->score_sure = is->sure;
	if (strcmp(s->indicator->id, WAPE_ID) == 0) {
		take_excess(r, subject, site, v);
	} else if (!(v->error > 0)) {
		v->bar = COMPARE_NO_ERROR;
	}
}

static const struct scored *scored_at(const struct scorecard *card, size_t at)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		if (at < card->areas[a].n_indicators) {
			return &card->areas[a].indicators[at];
		}
		at -= card->areas[a].n_indicators;
	}
	return NULL;
}

static void take(struct compare_report *r, size_t subject, size_t site)
{
	struct compare_value *v = &r->values[subject * r->n_sites + site];

	*v = (struct compare_value){ .value = NAN, .error = NAN, .score = NAN, .raw = NAN };
	v->pooled = v->n = v->observed = v->expected = v->ratio = v->z = v->z_dispersed = NAN;
	v->percentile = NAN;
	v->sure = v->score_sure = v->funnel_95 = v->funnel_998 = v->percentile_sure =
		(struct interval){ NAN, NAN };
	v->bar = compare_fair_site(r, subject, site);
	if (v->bar != COMPARE_FAIR) {
		return;
	}
	if (r->subjects[subject].indicator == NULL) {
		take_area(r, &r->subjects[subject], site, v);
	} else {
		take_indicator(r, subject, site,
		               scored_at(r->sites[site].card, r->subjects[subject].at), v);
	}
}

/* ---- standardised ---- */

static double phi_of(const struct compare_report *r, size_t subject, size_t site)
{
	const struct scored *s = scored_at(r->sites[site].card, r->subjects[subject].at);

	return isnan(s->got.phi) || s->got.phi < 1 ? 1 : s->got.phi;
}

static void standardise_share(struct compare_report *r, size_t subject, size_t site,
                              const struct compare_strata *s)
{
	struct compare_value *v = &r->values[subject * r->n_sites + site];
	struct stats_standardised all = compare_strata_share(s, site, false);
	double half;

	if (isnan(all.ratio) || !(all.error > 0)) {
		v->bar = COMPARE_NO_ERROR;
		return;
	}
	v->adjustment = COMPARE_STANDARDISED;
	v->error = all.error * sqrt(phi_of(r, subject, site));
	v->value = fmin(1, all.adjusted);
	half = r->model->rules.z * v->error * s->pool_rate;
	v->sure = (struct interval){ fmax(0, all.adjusted - half), fmin(1, all.adjusted + half) };
	v->pooled = all.ratio;
	to_score(r, &r->subjects[subject], v);
}

static void standardise_mean(struct compare_report *r, size_t subject, size_t site,
                             const struct compare_strata *s)
{
	struct compare_value *v = &r->values[subject * r->n_sites + site];
	struct compare_mean m = compare_strata_mean(s, site, false, r->model->rules.confidence);

	if (isnan(m.difference) || !(m.sure.high > m.sure.low)) {
		v->bar = COMPARE_NO_ERROR;
		return;
	}
	v->adjustment = COMPARE_STANDARDISED;
	v->value = s->pool_rate + m.difference;
	v->sure = (struct interval){ s->pool_rate + m.sure.low, s->pool_rate + m.sure.high };
	v->error = error_of(r, &v->sure);
	to_score(r, &r->subjects[subject], v);
}

bool compare_adjustable(const struct compare_report *r, size_t subject)
{
	const struct compare_subject *s = &r->subjects[subject];
	bool all = s->indicator != NULL;
	size_t fair = 0;

	for (size_t j = 0; all && j < r->n_sites; j++) {
		if (compare_at(r, subject, j)->bar == COMPARE_FAIR) {
			fair++;
			all = r->sites[j].measures != NULL &&
			      r->sites[j].measures[s->at].adjustable;
		}
	}
	return all && fair >= 2;
}

static int standardise(struct compare_report *r, size_t subject, double *scratch)
{
	struct compare_strata strata;
	int rc = compare_strata_make(&strata, r, subject);

	if (rc != 0) {
		return rc;
	}
	for (size_t j = 0; j < r->n_sites; j++) {
		struct compare_value *v = &r->values[subject * r->n_sites + j];

		if (v->bar == COMPARE_FAIR && compare_strata_overlap(&strata, j) < 0.5) {
			v->bar = COMPARE_NO_STRATA;
		} else if (v->bar == COMPARE_FAIR && strata.share) {
			standardise_share(r, subject, j, &strata);
		} else if (v->bar == COMPARE_FAIR) {
			standardise_mean(r, subject, j, &strata);
		}
	}
	compare_funnel(r, subject, &strata, scratch);
	compare_strata_free(&strata);
	return 0;
}

int compare_values(struct compare_report *r)
{
	double *scratch = calloc(4 * r->n_sites + 1, sizeof(*scratch));
	int rc = scratch != NULL ? 0 : -ENOMEM;

	for (size_t s = 0; rc == 0 && s < r->n_subjects; s++) {
		for (size_t j = 0; j < r->n_sites; j++) {
			take(r, s, j);
		}
		if (compare_adjustable(r, s)) {
			rc = standardise(r, s, scratch);
		} else {
			compare_funnel(r, s, NULL, scratch);
		}
		rc = rc != 0 ? rc : compare_ranks(r, s);
	}
	free(scratch);
	return rc;
}
