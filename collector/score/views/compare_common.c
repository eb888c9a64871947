/* Two sites on the mix of contacts that they have in common: direct standardisation with the
 * weights of Mantel and Haenszel; see compare_strata.h. Pure. */
#include <math.h>
#include <stdio.h>

#include "collector/score/views/compare_strata.h"

static const struct stats_stratum *row(const struct compare_strata *s, size_t site)
{
	return &s->at[site * s->n];
}

static double weight_of(const struct stats_stratum *a, const struct stats_stratum *b)
{
	return a->n > 0 && b->n > 0 ? a->n * b->n / (a->n + b->n) : 0;
}

/* Everything but the sizes n, which differ between shares and means. */
static struct compare_common common_of(const struct compare_strata *s, size_t a, size_t b)
{
	struct compare_common out = { .n = { NAN, NAN } };
	double all[2] = { 0, 0 };
	double weights = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct stats_stratum *of[] = { &row(s, a)[i], &row(s, b)[i] };
		double w = weight_of(of[0], of[1]);

		weights += w;
		for (size_t k = 0; k < 2; k++) {
			all[k] += of[k]->n;
			out.part[k] += w > 0 ? of[k]->n : 0;
			out.value[k] += w > 0 ? w * of[k]->good / of[k]->n : 0;
		}
		out.rate += w > 0 ? w * (of[0]->good + of[1]->good) / (of[0]->n + of[1]->n) : 0;
	}
	out.rate = weights > 0 ? out.rate / weights : NAN;
	for (size_t k = 0; k < 2; k++) {
		out.value[k] = weights > 0 ? out.value[k] / weights : NAN;
		out.part[k] = all[k] > 0 ? out.part[k] / all[k] : 0;
	}
	return out;
}

/*
 * n = p (1 - p) / v, v the variance of a share with the weights: as many contacts of one kind would
 * be as sure. Rates are of both sites together and smoothed by one success and one failure
 * (Laplace), so that a stratum in which all went well is not taken for certain.
 */
struct compare_common compare_common_share(const struct compare_strata *s, size_t a, size_t b)
{
	struct compare_common out = common_of(s, a, b);
	double weights = 0;
	double rate = 0;
	double v[2] = { 0, 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct stats_stratum *of[] = { &row(s, a)[i], &row(s, b)[i] };
		double w = weight_of(of[0], of[1]);
		double p = (of[0]->good + of[1]->good + 1) / (of[0]->n + of[1]->n + 2);

		weights += w;
		rate += w * p;
		for (size_t k = 0; k < 2 && w > 0; k++) {
			v[k] += w * w * p * (1 - p) / of[k]->n;
		}
	}
	if (!(weights > 0)) {
		return out;
	}
	rate /= weights;
	for (size_t k = 0; k < 2; k++) {
		out.n[k] = rate * (1 - rate) * weights * weights / v[k];
	}
	return out;
}

/* Day by day what a site had above the rate of both in the same stratum, each contact weighing what
 * its stratum does. */
static void differences(const struct compare_strata *s, size_t of, size_t other,
                        struct stats_day *days)
{
	const struct compare_measure *m = &s->by_site[of]->measures[s->measure];

	for (size_t i = 0; i < m->n_cells; i++) {
		const struct compare_cell *cell = &m->cells[i];
		const struct stats_stratum *mine = &row(s, of)[s->stratum_of[of][i]];
		const struct stats_stratum *its = &row(s, other)[s->stratum_of[of][i]];
		double w = weight_of(mine, its);

		if (w > 0 && cell->day < STATS_DAYS_MAX) {
			double rate = (mine->good + its->good) / (mine->n + its->n);

			days[cell->day].n += cell->n * w / mine->n;
			days[cell->day].sum += (cell->sum - cell->n * rate) * w / mine->n;
		}
	}
}

struct compare_common compare_common_mean(const struct compare_strata *s, size_t a, size_t b,
                                          double confidence, struct compare_mean mean[2])
{
	struct compare_common out = common_of(s, a, b);
	const size_t sites[] = { a, b };

	for (size_t k = 0; k < 2; k++) {
		struct stats_day days[STATS_DAYS_MAX] = { 0 };
		char seed[STORE_NAME_MAX + 32];

		(void)snprintf(seed, sizeof(seed), "common|%s|%zu",
		               s->by_site[sites[k]]->card->site, s->measure);
		differences(s, sites[k], sites[1 - k], days);
		mean[k] = (struct compare_mean){ .observed = out.value[k],
			                         .expected = out.rate,
			                         .difference = out.value[k] - out.rate,
			                         .sure = { NAN, NAN } };
		if (!isnan(out.rate)) {
			mean[k].sure = stats_day_bootstrap(days, s->n_days, confidence,
			                                   stats_random_of(seed));
		}
	}
	return out;
}
