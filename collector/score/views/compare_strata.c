#include "collector/score/views/compare_strata.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell and whose it is, while strata are numbered. */
struct placed {
	const struct compare_cell *cell;
	size_t site;
	size_t index;
};

static int by_stratum(const void *a, const void *b)
{
	const struct compare_cell *x = ((const struct placed *)a)->cell;
	const struct compare_cell *y = ((const struct placed *)b)->cell;
	int order = strcmp(x->queue, y->queue);

	if (order != 0) {
		return order;
	}
	if (x->weekend != y->weekend) {
		return x->weekend ? 1 : -1;
	}
	return x->daypart - y->daypart;
}

static const struct compare_measure *measure_of(const struct compare_report *r, size_t subject,
                                                size_t site)
{
	return compare_at(r, subject, site)->bar == COMPARE_FAIR
	               ? &r->sites[site].measures[r->subjects[subject].at]
	               : NULL;
}

/* Give every cell the number of its stratum. */
static int number(struct compare_strata *out, const struct compare_report *r, size_t subject,
                  size_t n_cells)
{
	struct placed *all = calloc(n_cells + 1, sizeof(*all));
	size_t k = 0;

	if (all == NULL) {
		return -ENOMEM;
	}
	for (size_t j = 0; j < r->n_sites; j++) {
		const struct compare_measure *m = measure_of(r, subject, j);

		for (size_t i = 0; m != NULL && i < m->n_cells; i++) {
			all[k++] = (struct placed){ &m->cells[i], j, i };
		}
	}
	qsort(all, k, sizeof(*all), by_stratum);
	for (size_t i = 0; i < k; i++) {
		out->n += i == 0 || by_stratum(&all[i - 1], &all[i]) != 0;
		out->stratum_of[all[i].site][all[i].index] = out->n - 1;
	}
	free(all);
	return 0;
}

static int alloc_cells(struct compare_strata *out, const struct compare_report *r, size_t subject,
                       size_t *n_cells)
{
	out->stratum_of = calloc(r->n_sites + 1, sizeof(size_t *));
	out->by_site = calloc(r->n_sites + 1, sizeof(const struct compare_site *));
	*n_cells = 0;
	if (out->stratum_of == NULL || out->by_site == NULL) {
		return -ENOMEM;
	}
	for (size_t j = 0; j < r->n_sites; j++) {
		const struct compare_measure *m = measure_of(r, subject, j);

		if (m == NULL) {
			continue;
		}
		out->by_site[j] = &r->sites[j];
		out->stratum_of[j] = calloc(m->n_cells + 1, sizeof(**out->stratum_of));
		if (out->stratum_of[j] == NULL) {
			return -ENOMEM;
		}
		out->share = m->share;
		out->n_fair++;
		*n_cells += m->n_cells;
	}
	return 0;
}

static int alloc_sums(struct compare_strata *out)
{
	out->at = calloc(out->n_sites * out->n + 1, sizeof(*out->at));
	out->pool = calloc(out->n + 1, sizeof(*out->pool));
	out->scratch = calloc(out->n + 1, sizeof(*out->scratch));
	out->reference = calloc(out->n + 1, sizeof(*out->reference));
	out->merged = calloc(out->n + 1, sizeof(*out->merged));
	return out->at != NULL && out->pool != NULL && out->scratch != NULL &&
	                       out->reference != NULL && out->merged != NULL
	               ? 0
	               : -ENOMEM;
}

static void add_up(struct compare_strata *out)
{
	double n = 0;
	double good = 0;

	for (size_t j = 0; j < out->n_sites; j++) {
		const struct compare_measure *m =
			out->by_site[j] != NULL ? &out->by_site[j]->measures[out->measure] : NULL;

		for (size_t i = 0; m != NULL && i < m->n_cells; i++) {
			size_t s = out->stratum_of[j][i];

			out->at[j * out->n + s].n += m->cells[i].n;
			out->at[j * out->n + s].good += m->cells[i].sum;
		}
		for (size_t s = 0; m != NULL && s < out->n; s++) {
			out->pool[s].n += out->at[j * out->n + s].n;
			out->pool[s].good += out->at[j * out->n + s].good;
		}
	}
	for (size_t s = 0; s < out->n; s++) {
		n += out->pool[s].n;
		good += out->pool[s].good;
	}
	out->pool_rate = good / n;
}

int compare_strata_make(struct compare_strata *out, const struct compare_report *r, size_t subject)
{
	const struct score_window *w = &r->sites[0].card->window;
	size_t n_cells = 0;
	int rc;

	*out = (struct compare_strata){ .n_sites = r->n_sites,
		                        .measure = r->subjects[subject].at,
		                        .n_days = (size_t)(w->to_day - w->from_day) + 1 };
	rc = alloc_cells(out, r, subject, &n_cells);
	rc = rc != 0 ? rc : number(out, r, subject, n_cells);
	rc = rc != 0 ? rc : alloc_sums(out);
	if (rc != 0) {
		compare_strata_free(out);
		return rc;
	}
	add_up(out);
	return 0;
}

void compare_strata_free(struct compare_strata *s)
{
	for (size_t j = 0; s->stratum_of != NULL && j < s->n_sites; j++) {
		free(s->stratum_of[j]);
	}
	free(s->stratum_of);
	free(s->by_site);
	free(s->at);
	free(s->pool);
	free(s->scratch);
	free(s->reference);
	free(s->merged);
	*s = (struct compare_strata){ 0 };
}

double compare_strata_overlap(const struct compare_strata *s, size_t site)
{
	double all = 0;
	double shared = 0;

	for (size_t i = 0; i < s->n; i++) {
		const struct stats_stratum *mine = &s->at[site * s->n + i];

		all += mine->n;
		shared += s->pool[i].n > mine->n ? mine->n : 0;
	}
	return all > 0 ? shared / all : 0;
}

/* Merge strata that are small in the reference into the last one, and take the reference's rates.
 */
static void against(const struct compare_strata *s, size_t site, bool leave_out)
{
	struct stats_stratum rest = { 0 }; /* of the reference */

	memset(s->scratch, 0, (s->n + 1) * sizeof(*s->scratch));
	for (size_t i = 0; i < s->n; i++) {
		const struct stats_stratum *mine = &s->at[site * s->n + i];
		double n = s->pool[i].n - (leave_out ? mine->n : 0);
		double good = s->pool[i].good - (leave_out ? mine->good : 0);

		s->merged[i] = n < COMPARE_STRATUM_MIN ? s->n : i;
		s->reference[i] = n > 0 ? good / n : NAN;
		if (s->merged[i] == s->n) {
			rest.n += n;
			rest.good += good;
		}
		s->scratch[s->merged[i]].n += mine->n;
		s->scratch[s->merged[i]].good += mine->good;
	}
	s->reference[s->n] = rest.n > 0 ? rest.good / rest.n : NAN;
}

struct stats_standardised compare_strata_share(const struct compare_strata *s, size_t site,
                                               bool leave_out)
{
	against(s, site, leave_out);
	return stats_standardise(s->scratch, s->reference, s->n + 1, s->pool_rate);
}

/* Day by day what there was against what the reference would have made of it. */
static void differences(const struct compare_strata *s, size_t site, struct stats_day *days)
{
	const struct compare_measure *m = &s->by_site[site]->measures[s->measure];

	for (size_t i = 0; i < m->n_cells; i++) {
		const struct compare_cell *cell = &m->cells[i];
		double rate = s->reference[s->merged[s->stratum_of[site][i]]];

		if (!isnan(rate) && cell->day < STATS_DAYS_MAX) {
			days[cell->day].n += cell->n;
			days[cell->day].sum += cell->sum - cell->n * rate;
		}
	}
}

struct compare_mean compare_strata_mean(const struct compare_strata *s, size_t site, bool leave_out,
                                        double confidence)
{
	static const struct compare_mean unknown = { NAN, NAN, NAN, { NAN, NAN } };
	struct stats_day days[STATS_DAYS_MAX] = { 0 };
	struct compare_mean out = { 0 };
	struct stats_day total;
	char seed[STORE_NAME_MAX + 32];

	against(s, site, leave_out);
	differences(s, site, days);
	total = stats_total(days, s->n_days);
	for (size_t i = 0; i <= s->n; i++) {
		out.observed += isnan(s->reference[i]) ? 0 : s->scratch[i].good;
	}
	if (!(total.n > 0)) {
		return unknown;
	}
	(void)snprintf(seed, sizeof(seed), "compare|%s|%zu", s->by_site[site]->card->site,
	               s->measure);
	out.difference = total.sum / total.n;
	out.observed /= total.n;
	out.expected = out.observed - out.difference;
	out.sure = stats_day_bootstrap(days, s->n_days, confidence, stats_random_of(seed));
	return out;
}
