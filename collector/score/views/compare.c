/* The comparison as a whole: subjects, pairs, statements, vendors; see compare.h. Pure. */
#include "collector/score/views/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/stats/ranks.h"

#define FALSE_DISCOVERIES  0.05 /* Benjamini and Hochberg's q */
#define EQUIVALENCE_MARGIN 0.25 /* score points, a third of a stage */
#define EQUIVALENCE_RATIO  0.05 /* of observed to expected: the example of docs/compare.md */

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct compare_site *)a)->card->site,
	              ((const struct compare_site *)b)->card->site);
}

static int check_sites(struct compare_site *sites, size_t n, struct fault *fault)
{
	if (n < 2) {
		return fault_set(fault, -EINVAL, "a comparison needs at least two sites");
	}
	if (n > COMPARE_SITES_MAX) {
		return fault_set(fault, -EINVAL, "%zu sites are too many: at most %d", n,
		                 COMPARE_SITES_MAX);
	}
	qsort(sites, n, sizeof(*sites), by_name);
	for (size_t i = 1; i < n; i++) {
		if (by_name(&sites[i - 1], &sites[i]) == 0) {
			return fault_set(fault, -EINVAL, "site \"%s\" is named twice",
			                 sites[i].card->site);
		}
		if (sites[i].card->simulated != sites[0].card->simulated) {
			size_t made_up = sites[i].card->simulated ? i : 0;

			return fault_set(
				fault, -EINVAL,
				"site \"%s\" is simulated and \"%s\" is real: compare real sites "
				"with real ones, simulated with simulated ones",
				sites[made_up].card->site, sites[made_up == 0 ? i : 0].card->site);
		}
	}
	return 0;
}

static int list_subjects(struct compare_report *r)
{
	const struct model *m = r->model;
	size_t n = m->n_areas;
	size_t at = 0;

	for (size_t a = 0; a < m->n_areas; a++) {
		n += m->areas[a].n_indicators;
	}
	r->subjects = calloc(n + 1, sizeof(*r->subjects));
	r->values = calloc(n * r->n_sites + 1, sizeof(*r->values));
	if (r->subjects == NULL || r->values == NULL) {
		return -ENOMEM;
	}
	for (size_t a = 0; a < m->n_areas; a++) {
		r->subjects[r->n_subjects++] = (struct compare_subject){ .area = &m->areas[a] };
		for (size_t i = 0; i < m->areas[a].n_indicators; i++) {
			r->subjects[r->n_subjects++] =
				(struct compare_subject){ &m->areas[a], &m->areas[a].indicators[i],
				                          at++ };
		}
	}
	return 0;
}

/* ---- statements ---- */

static enum compare_statement state(const struct compare_report *r, const struct compare_result *x)
{
	const struct model_indicator *is = r->subjects[x->subject].indicator;
	double sign = is != NULL && is->lower_is_better && !r->by_vendor ? -1 : 1;
	bool near;
	bool excludes = isnan(x->sure.low) || x->sure.low > 0 || x->sure.high < 0;

	if (x->adjusted <= FALSE_DISCOVERIES && excludes) {
		return sign * x->difference > 0 ? COMPARE_A_BETTER : COMPARE_B_BETTER;
	}
	near = stats_equivalent(x->score_sure_90, EQUIVALENCE_MARGIN) &&
	       (isnan(x->ratio_sure_90.low) ||
	        stats_equivalent(x->ratio_sure_90, EQUIVALENCE_RATIO));

	return !r->by_vendor && near ? COMPARE_EQUIVALENT : COMPARE_NO_DIFFERENCE;
}

static int make_statements(struct compare_report *r)
{
	struct stats_test *tests = calloc(r->n_results + 1, sizeof(*tests));

	if (tests == NULL) {
		return -ENOMEM;
	}
	for (size_t i = 0; i < r->n_results; i++) {
		if (r->results[i].bar == COMPARE_FAIR) {
			tests[r->n_compared++] =
				(struct stats_test){ .p = r->results[i].p, .id = i };
		}
	}
	stats_benjamini_hochberg(tests, r->n_compared);
	for (size_t i = 0; i < r->n_compared; i++) {
		struct compare_result *x = &r->results[tests[i].id];

		x->adjusted = tests[i].adjusted;
		x->statement = state(r, x);
	}
	free(tests);
	return 0;
}

/* ---- vendors ---- */

static int by_vendor_name(const void *a, const void *b)
{
	return strcmp(((const struct compare_vendor *)a)->name,
	              ((const struct compare_vendor *)b)->name);
}

static void list_vendors(struct compare_report *r)
{
	for (size_t j = 0; j < r->n_sites; j++) {
		const struct compare_fact *fact = r->sites[j].fact;
		size_t v = 0;

		if (fact == NULL || fact->vendor == NULL) {
			continue;
		}
		while (v < r->n_vendors && strcmp(r->vendors[v].name, fact->vendor) != 0) {
			v++;
		}
		r->vendors[v].name = fact->vendor;
		r->vendors[v].sites++;
		r->n_vendors += v == r->n_vendors;
	}
	qsort(r->vendors, r->n_vendors, sizeof(r->vendors[0]), by_vendor_name);
}

/* Deviations of the sites of two vendors. */
struct vendor_pair {
	double values[COMPARE_SITES_MAX];
	uint32_t group[COMPARE_SITES_MAX];
	size_t n;
	double sum[2];
	size_t sites[2];
};

static bool is_vendor(const struct compare_report *r, size_t site, size_t vendor)
{
	const struct compare_fact *fact = r->sites[site].fact;

	return fact != NULL && fact->vendor != NULL &&
	       strcmp(fact->vendor, r->vendors[vendor].name) == 0;
}

/* Take the sites of both; what bars one pair of them bars the vendors. */
static enum compare_bar take_vendors(const struct compare_report *r, const struct compare_result *x,
                                     struct vendor_pair *out)
{
	size_t first = r->n_sites;
	size_t barred;

	for (size_t j = 0; j < r->n_sites; j++) {
		uint32_t group = is_vendor(r, j, x->a) ? 0 : 1;
		const struct compare_value *v = compare_at(r, x->subject, j);
		enum compare_bar bar;

		if ((group == 1 && !is_vendor(r, j, x->b)) || isnan(v->z_dispersed)) {
			continue;
		}
		first = first < r->n_sites ? first : j;
		bar = first != j ? compare_fair(r, x->subject, first, j, &barred) : COMPARE_FAIR;
		if (bar != COMPARE_FAIR) {
			return bar;
		}
		out->values[out->n] = v->z_dispersed;
		out->group[out->n++] = group;
		out->sum[group] += v->z_dispersed;
		out->sites[group]++;
	}
	return out->sites[0] >= COMPARE_VENDOR_SITES && out->sites[1] >= COMPARE_VENDOR_SITES
	               ? COMPARE_FAIR
	               : COMPARE_FEW_SITES;
}

static void differ_vendors(const struct compare_report *r, struct compare_result *x)
{
	const struct compare_subject *s = &r->subjects[x->subject];
	struct vendor_pair pair = { .n = 0 };
	struct stats_groups groups = { pair.values, pair.group, 0, 2 };
	uint32_t scratch[COMPARE_SITES_MAX];

	x->bar = take_vendors(r, x, &pair);
	if (x->bar != COMPARE_FAIR) {
		return;
	}
	groups.n = pair.n;
	x->difference = pair.sum[0] / (double)pair.sites[0] - pair.sum[1] / (double)pair.sites[1];
	x->p = stats_permutation_p(
		&groups, stats_random_of(s->indicator != NULL ? s->indicator->id : s->area->id),
		scratch);
}

static void list_vendor_pairs(struct compare_report *r, size_t subject)
{
	for (size_t a = 0; a < r->n_vendors; a++) {
		for (size_t b = a + 1; b < r->n_vendors; b++) {
			r->results[r->n_results++] = compare_nothing(subject, a, b);
		}
	}
}

int compare_vendors(struct compare_report *r)
{
	size_t pairs;

	list_vendors(r);
	pairs = r->n_vendors * (r->n_vendors > 0 ? r->n_vendors - 1 : 0) / 2;
	r->results = calloc(r->n_subjects * pairs + 1, sizeof(*r->results));
	if (r->results == NULL) {
		return -ENOMEM;
	}
	for (size_t s = 0; s < r->n_subjects; s++) {
		list_vendor_pairs(r, s);
	}
	for (size_t i = 0; i < r->n_results; i++) {
		r->results[i].barred = r->n_sites;
		differ_vendors(r, &r->results[i]);
	}
	return 0;
}

/* ---- the whole ---- */

int compare_make(struct compare_report *out, struct compare_site *sites, size_t n_sites,
                 bool by_vendor, struct fault *fault)
{
	int rc = check_sites(sites, n_sites, fault);

	*out = (struct compare_report){ .sites = sites,
		                        .n_sites = n_sites,
		                        .by_vendor = by_vendor };
	if (rc != 0) {
		return rc;
	}
	out->model = sites[0].card->model;
	rc = list_subjects(out);
	rc = rc != 0 ? rc : compare_values(out);
	rc = rc != 0 ? rc : by_vendor ? compare_vendors(out) : compare_pairs(out);
	rc = rc != 0 ? rc : make_statements(out);
	if (rc != 0) {
		compare_free(out);
		return fault_set(fault, rc, "out of memory");
	}
	return 0;
}

void compare_free(struct compare_report *r)
{
	free(r->subjects);
	free(r->values);
	free(r->results);
	*r = (struct compare_report){ 0 };
}
