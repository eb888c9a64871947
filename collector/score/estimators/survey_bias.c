/*
 * Are those who answer a survey like all who were answered? Total variation distance over tercile
 * of the wait x transferred or not x tercile of the talk time, less what a random sample of that
 * size would show, so that few answers do not look like biased ones. n: responders found among the
 * answered contacts.
 */
#include <math.h>

#include "collector/score/estimators/sampled.h"
#include "collector/stats/variation.h"
#include "proto/evidence.pb-c.h"

#define CELLS ((size_t)SAMPLED_TERCILES * 2 * SAMPLED_TERCILES)

static int gather(struct gather *g)
{
	struct sampled_question q = { gather_kind(g, &cxm__survey__descriptor),
		                      "known(contact) and known(value)", false };

	return sampled_gather(g, &q);
}

struct cells {
	struct sampled_cuts waits;
	struct sampled_cuts talks;
	double sample[CELLS];
	double population[CELLS];
};

static size_t cell_of(const struct cells *c, const struct sampled_contact *k)
{
	size_t part = (size_t)sampled_tercile(c->waits, k->wait) * 2 + k->transferred;

	return part * SAMPLED_TERCILES + sampled_tercile(c->talks, k->talk);
}

static void on_sampled(void *arg, const struct sampled_contact *k)
{
	struct cells *c = arg;

	c->sample[cell_of(c, k)]++;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double waits[SAMPLED_BINS] = { 0 };
	double talks[SAMPLED_BINS] = { 0 };
	struct cells c = { .sample = { 0 } };
	struct stats_variation v;

	for (size_t i = 0; i < t->n_slots; i++) {
		struct sampled_contact k = sampled_group(t, &t->slots[i], false);

		waits[k.wait] += k.n;
		talks[k.talk] += k.n;
	}
	c.waits = sampled_terciles(waits);
	c.talks = sampled_terciles(talks);
	for (size_t i = 0; i < t->n_slots; i++) {
		struct sampled_contact k = sampled_group(t, &t->slots[i], false);

		c.population[cell_of(&c, &k)] += k.n;
	}
	out->n = sampled_each(t, on_sampled, &c);
	v = stats_variation(c.sample, c.population, CELLS, rules->confidence,
	                    stats_random_of(seed));
	out->value = v.excess;
	out->interval = is->interval == MODEL_NO_INTERVAL ? (struct interval){ v.excess, v.excess }
	                                                  : v.sure;
}

const struct estimator estimator_survey_bias = {
	.name = "survey_bias",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ITEM_BOOTSTRAP,
	.reads = { { &cxm__survey__descriptor, 0, 0, true },
	           { &cxm__queue_contact__descriptor, SAMPLED_DAYS, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
