/* The list of estimators and what they share; see estimator.h. */
#include "collector/score/estimators/estimator.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/evidence/weights.h"

#include "collector/stats/student.h"

static const struct estimator *const all[] = {
	&estimator_ratio,
	&estimator_mean,
	&estimator_quantile,
	&estimator_kaplan_meier,
	&estimator_quotient,
	&estimator_count,
	&estimator_count_distinct,
	&estimator_latest,
	&estimator_members,
	&estimator_attestation,
	&estimator_target_coverage,
	&estimator_target_attainment,
	&estimator_worst_interval,
	&estimator_target_mix,
	&estimator_wape,
	&estimator_adherence,
	&estimator_occupancy,
	&estimator_lead_time,
	&estimator_telemetry_completeness,
	&estimator_reconciliation,
	&estimator_reproducibility,
	&estimator_nps,
	&estimator_kappa,
	&estimator_representativeness,
	&estimator_attrition,
	&estimator_staffing_fit,
	&estimator_affinity,
	&estimator_continuity,
	&estimator_analytics_ladder,
	&estimator_survey_bias,
};

const struct estimator *estimator_named(const char *name)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i]->name, name) == 0) {
			return all[i];
		}
	}
	return NULL;
}

const char *estimator_names(void)
{
	static _Thread_local char names[1024];
	size_t used = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		int n = snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
		                 all[i]->name);

		if (n < 0 || (size_t)n >= sizeof(names) - used) {
			break;
		}
		used += (size_t)n;
	}
	return names;
}

double estimator_phi(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t)
{
	bool few_days = stats_days_with_data(t->days, t->n_days) < (size_t)rules->min_days;
	double measured;

	if (few_days) {
		return rules->few_days_phi;
	}
	measured = stats_overdispersion(t->days, t->n_days);
	return stats_total(t->days, t->n_days).n < is->min_n ? fmax(measured, rules->few_days_phi)
	                                                     : measured;
}

double estimator_z(const struct model_rules *rules, double phi, size_t days)
{
	bool measured = phi > 1 && days >= 2 && days >= (size_t)rules->min_days;

	return measured ? stats_student_quantile((1 + rules->confidence) / 2, (double)days - 1)
	                : rules->z;
}

struct interval estimator_share(const struct model_rules *rules, const struct estimate *got)
{
	return stats_quasi_wilson(got->numerator, got->denominator, got->phi,
	                          estimator_z(rules, got->phi, got->days));
}

/* A kind without which nothing can be said, and of which there is no row. */
static const struct cxm_kind *missing_of(const struct model_evidence *e, const struct tallies *t)
{
	for (size_t i = 0; i < e->n_reads; i++) {
		uint64_t rows = 0;

		for (size_t d = 0; e->reads[i].needed && d < t->n_days; d++) {
			rows += t->seen[d].rows[i];
		}
		if (e->reads[i].needed && rows == 0) {
			return e->reads[i].kind;
		}
	}
	return NULL;
}

/* From tallies whose rows count once each, or are put so that they do. */
static struct estimate run(const struct model_indicator *is, const struct model_rules *rules,
                           const struct tallies *t, const char *seed)
{
	struct estimate got = {
		.value = NAN,
		.n = stats_total(t->days, t->n_days).n,
		.numerator = NAN,
		.denominator = NAN,
		.interval = { NAN, NAN },
		.days = stats_days_with_data(t->days, t->n_days),
		.phi = NAN,
	};

	got.missing = missing_of(is->evidence, t);
	if (got.missing != NULL) {
		/* its own rows are there, but none says what is needed */
		got.why = got.missing == is->evidence->from ? WHY_NONE_FITS : WHY_NO_EVIDENCE;
	} else if (got.n > 0 || is->evidence->estimator->gather != NULL) {
		is->evidence->estimator->estimate(is, rules, t, seed, &got);
	}
	if (!isfinite(got.value)) {
		got.value = NAN;
		got.why = got.why != WHY_NOTHING ? got.why : WHY_NONE_FITS;
	}
	return got;
}

/* What the estimate of weighed rows says of what was seen, and of all calls. */
static void unweigh(const struct model_evidence *e, const struct weighed *w, struct estimate *got)
{
	/* a mean of sums counts rows, which it keeps as squares (mean.c) */
	bool rows = e->estimator == &estimator_mean && e->per.n > 0;

	got->n = rows ? w->seen.squares : w->seen.n;
	got->numerator *= w->per_row;
	got->denominator *= w->per_row;
	got->sampled = w->said;
	if (rows) {
		got->sampled.effective_n = stats_total(w->t.days, w->t.n_days).squares;
	}
}

struct estimate estimator_run(const struct model_indicator *is, const struct model_rules *rules,
                              const struct tallies *t, const char *seed)
{
	const struct model_evidence *e = is->evidence;
	struct estimate got = { .value = NAN, .why = WHY_NO_INTERVAL };
	struct weighed w;

	if (t->sampled == NULL) {
		return run(is, rules, t, seed);
	}
	if (weights_apply(t, e->estimator->total, &w) == 0) {
		got = run(is, rules, &w.t, seed);
		unweigh(e, &w, &got);
		weights_free(&w);
	}
	return got;
}
