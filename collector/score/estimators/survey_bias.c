/*
 * Are those who answer a survey like all who were answered? Total variation distance over tercile
 * of the wait x transferred or not x tercile of the talk time, less what a random sample of that
 * size would show, so that few answers do not look like biased ones. n: responders found among the
 * answered contacts.
 */
#include <math.h>
#include <stdlib.h>

#include "collector/score/estimators/sampled.h"
#include "collector/score/variation.h"
#include "proto/evidence.pb-c.h"

#define TERCILES 3
#define CELLS    (TERCILES * 2 * TERCILES)

static int gather(struct gather *g)
{
	return sampled_gather(g, gather_kind(g, &cxm__survey__descriptor),
	                      "known(contact) and known(value)");
}

static struct interval cuts_of(const struct sampled *s, double *scratch, bool wait)
{
	for (size_t i = 0; i < s->n; i++) {
		scratch[i] = wait ? s->contacts[i].wait : s->contacts[i].talk;
	}
	return sampled_terciles(scratch, s->n);
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double sample[CELLS] = { 0 };
	double population[CELLS] = { 0 };
	struct sampled s = { 0 };
	double *scratch = NULL;
	struct interval waits;
	struct interval talks;
	struct stats_variation v;

	if (sampled_lay(&s, t) != 0 || (scratch = calloc(s.n + 1, sizeof(*scratch))) == NULL) {
		goto out;
	}
	waits = cuts_of(&s, scratch, true);
	talks = cuts_of(&s, scratch, false);
	for (size_t i = 0; i < s.n; i++) {
		const struct sampled_contact *k = &s.contacts[i];
		size_t cell = sampled_tercile(waits, k->wait) * 2 + k->transferred;

		cell = cell * TERCILES + sampled_tercile(talks, k->talk);
		population[cell]++;
		sample[cell] += k->sampled ? 1 : 0;
	}
	v = stats_variation(sample, population, CELLS, rules->confidence, stats_random_of(seed));
	out->n = s.n_sampled;
	out->value = v.excess;
	out->interval = is->interval == MODEL_NO_INTERVAL ? (struct interval){ v.excess, v.excess }
	                                                  : v.sure;
out:
	free(scratch);
	sampled_free(&s);
}

const struct estimator estimator_survey_bias = {
	.name = "survey_bias",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ITEM_BOOTSTRAP,
	.reads = { { &cxm__survey__descriptor, 0, 0, true },
	           { &cxm__queue_contact__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
