/* The list of estimators and what they share; see estimator.h. */
#include "collector/score/estimators/estimator.h"

#include <math.h>
#include <string.h>

static const struct estimator *const all[] = {
	&estimator_ratio,
	&estimator_mean,
	&estimator_quantile,
	&estimator_kaplan_meier,
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
	return "ratio, mean, quantile, kaplan_meier";
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

struct estimate estimator_run(const struct model_indicator *is, const struct model_rules *rules,
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

	if (got.n > 0) {
		is->evidence->estimator->estimate(is, rules, t, seed, &got);
	}
	if (!isfinite(got.value)) {
		got.value = NAN;
		got.why = got.why != WHY_NOTHING ? got.why : WHY_NONE_FITS;
	}
	return got;
}
