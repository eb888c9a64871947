/*
 * How far each site lies from the others, with the variance that sites have among one another
 * (Spiegelhalter 2005), the limits of a funnel plot, and ranks that are never bare (Goldstein and
 * Spiegelhalter 1996). See compare.h. Pure.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/views/compare_strata.h"
#include "collector/stats/draws.h"
#include "collector/stats/ranks.h"

#define Z_998 3.090232306167813 /* normal quantile of 99.8 %, two-sided */

/* ---- funnel ---- */

/* What each fair site has, and how sure that is, in one unit. */
struct funnel {
	double *y;
	double *variance;
	double *scratch;
	size_t n;
	double centre;
	bool share;
};

static void take_share(struct funnel *f, struct compare_value *v, const struct compare_strata *s,
                       size_t site)
{
	struct stats_standardised alone =
		compare_strata_share(s, site, s->n_fair < COMPARE_LEAVE_OUT_TO);

	v->observed = alone.observed;
	v->expected = alone.expected;
	v->ratio = alone.ratio;
	v->z = alone.z;
	f->y[f->n] = alone.ratio;
	/* the error of the value holds the over-dispersion between days */
	f->variance[f->n] = v->error * v->error;
}

static void take_value(struct funnel *f, struct compare_value *v, const struct compare_strata *s,
                       size_t site, double confidence)
{
	f->y[f->n] = v->value;
	f->variance[f->n] = v->error * v->error;
	if (s != NULL) {
		struct compare_mean alone =
			compare_strata_mean(s, site, s->n_fair < COMPARE_LEAVE_OUT_TO, confidence);

		v->observed = alone.observed;
		v->expected = alone.expected;
		v->z = alone.difference / v->error;
		f->y[f->n] = s->pool_rate + alone.difference;
	}
}

/* Where nobody says what all are held against, it is the mean, each weighed by how sure it is. */
static double centre_of(const struct funnel *f, const struct compare_strata *s)
{
	double sum = 0;
	double weight = 0;

	if (s != NULL) {
		return s->share ? 1 : s->pool_rate;
	}
	for (size_t i = 0; i < f->n; i++) {
		sum += f->y[i] / f->variance[i];
		weight += 1 / f->variance[i];
	}
	return sum / weight;
}

static struct interval limits(double centre, double variance, const struct stats_dispersion *d,
                              double z)
{
	double half = z * sqrt(variance + (d->additive ? d->tau2 : 0));

	return (struct interval){ centre - half, centre + half };
}

static bool in_funnel(const struct compare_value *v)
{
	return v->bar == COMPARE_FAIR && v->error > 0;
}

void compare_funnel(struct compare_report *r, size_t subject, const struct compare_strata *strata,
                    double *scratch)
{
	struct compare_value *values = &r->values[subject * r->n_sites];
	struct funnel f = {
		scratch, scratch + r->n_sites, scratch + 2 * r->n_sites, 0, NAN, false
	};
	const struct model_indicator *is = r->subjects[subject].indicator;
	double sign = is != NULL && is->lower_is_better ? -1 : 1;
	struct stats_dispersion d;
	size_t k = 0;

	f.share = strata != NULL && strata->share;
	for (size_t j = 0; j < r->n_sites; j++) {
		if (!in_funnel(&values[j])) {
			continue;
		}
		if (f.share) {
			take_share(&f, &values[j], strata, j);
		} else {
			take_value(&f, &values[j], strata, j, r->model->rules.confidence);
		}
		f.n++;
	}
	if (f.n < 2) {
		return;
	}
	f.centre = centre_of(&f, strata);
	d = stats_dispersion_of(f.y, f.variance, f.n, f.centre, f.scratch);
	for (size_t j = 0; j < r->n_sites; j++) {
		if (in_funnel(&values[j])) {
			values[j].z_dispersed =
				sign * stats_dispersed_z(f.y[k], f.variance[k], f.centre, &d);
			values[j].funnel_95 =
				limits(f.centre, f.variance[k], &d, r->model->rules.z);
			values[j].funnel_998 = limits(f.centre, f.variance[k], &d, Z_998);
			k++;
		}
	}
}

/* ---- ranks ---- */

struct ranking {
	size_t site[COMPARE_SITES_MAX];
	size_t n;
	double *replicates;
	struct stats_ranked scratch[COMPARE_SITES_MAX];
	struct interval sure[COMPARE_SITES_MAX];
	double percentile[COMPARE_SITES_MAX];
};

/* Fair sites that are comparable with the first of them; none when one is not. */
static void rankable(const struct compare_report *r, size_t subject, struct ranking *out)
{
	size_t barred;

	for (size_t j = 0; j < r->n_sites; j++) {
		if (compare_at(r, subject, j)->bar != COMPARE_FAIR) {
			continue;
		}
		if (out->n > 0 &&
		    compare_fair(r, subject, out->site[0], j, &barred) != COMPARE_FAIR) {
			out->n = 0;
			return;
		}
		out->site[out->n++] = j;
	}
}

/* A value as it might have been: each side of the interval has its own width. */
static double draw(const struct compare_value *v, double z95, struct stats_random *random)
{
	double z = stats_random_normal(random);
	double half = z < 0 ? v->score - v->score_sure.low : v->score_sure.high - v->score;

	return v->score + z * half / z95;
}

static void replicate(const struct compare_report *r, size_t subject, struct ranking *k)
{
	const struct compare_subject *s = &r->subjects[subject];
	struct stats_random random =
		stats_random_of(s->indicator != NULL ? s->indicator->id : s->area->id);

	for (size_t i = 0; i < STATS_REPLICATES; i++) {
		for (size_t j = 0; j < k->n; j++) {
			k->replicates[i * k->n + j] = draw(compare_at(r, subject, k->site[j]),
			                                   r->model->rules.z, &random);
		}
	}
	stats_rank_intervals(k->replicates, k->n, STATS_REPLICATES, r->model->rules.confidence,
	                     k->sure, k->scratch);
}

/* Sites from the best down; a band ends where an interval lies wholly below all before it. */
static void band(struct compare_report *r, size_t subject, const struct ranking *k)
{
	struct compare_value *values = &r->values[subject * r->n_sites];
	bool done[COMPARE_SITES_MAX] = { false };
	double lowest = -INFINITY;
	unsigned now = 0;

	for (size_t place = 0; place < k->n; place++) {
		size_t best = k->n;

		for (size_t i = 0; i < k->n; i++) {
			if (!done[i] && (best == k->n || k->percentile[i] > k->percentile[best])) {
				best = i;
			}
		}
		done[best] = true;
		if (place == 0 || k->sure[best].high < lowest) {
			now++;
			lowest = k->sure[best].low;
		}
		lowest = fmin(lowest, k->sure[best].low);
		values[k->site[best]].band = now;
		values[k->site[best]].percentile = k->percentile[best];
		values[k->site[best]].percentile_sure = k->sure[best];
	}
}

int compare_ranks(struct compare_report *r, size_t subject)
{
	struct ranking *k = calloc(1, sizeof(*k));
	double scores[COMPARE_SITES_MAX];
	int rc = 0;

	if (k == NULL) {
		return -ENOMEM;
	}
	rankable(r, subject, k);
	if (k->n >= COMPARE_RANK_SITES) {
		k->replicates = calloc(STATS_REPLICATES * k->n, sizeof(*k->replicates));
		rc = k->replicates != NULL ? 0 : -ENOMEM;
	}
	if (rc == 0 && k->replicates != NULL) {
		for (size_t j = 0; j < k->n; j++) {
			scores[j] = compare_at(r, subject, k->site[j])->score;
		}
		stats_mid_ranks(scores, k->n, k->percentile, k->scratch);
		replicate(r, subject, k);
		band(r, subject, k);
	}
	free(k->replicates);
	free(k);
	return rc;
}
