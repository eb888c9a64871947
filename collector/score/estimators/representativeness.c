/*
 * Is the quality sample like all answered contacts? Total variation distance over queue x part of
 * the week x tercile of the talk time, less what a random sample of that size would show.
 *
 * n: evaluated contacts found among the answered ones. Queues past the 170th share cells, so that
 * the cells stay few.
 */
#include <math.h>

#include "collector/score/estimators/sampled.h"
#include "collector/stats/variation.h"
#include "proto/evidence.pb-c.h"

#define PARTS      2 /* working day, week-end */
#define QUEUES_MAX (VARIATION_CELLS_MAX / (PARTS * SAMPLED_TERCILES))

static int gather(struct gather *g)
{
	struct sampled_question q = { gather_kind(g, &cxm__evaluation__descriptor),
		                      "known(contact)", true };

	return sampled_gather(g, &q);
}

struct cells {
	struct sampled_cuts talks;
	uint64_t queues[QUEUES_MAX];
	size_t n_queues;
	double sample[VARIATION_CELLS_MAX];
	double population[VARIATION_CELLS_MAX];
};

/* The number of a queue, found or new; the last place is shared by all that no longer fit. */
static size_t queue_number(struct cells *c, uint64_t key)
{
	size_t i = 0;

	while (i < c->n_queues && c->queues[i] != key) {
		i++;
	}
	if (i == c->n_queues && c->n_queues < QUEUES_MAX) {
		c->queues[c->n_queues++] = key;
	}
	return i < QUEUES_MAX ? i : QUEUES_MAX - 1;
}

/* 1970-01-01 was a Thursday. */
static bool is_week_end(int32_t day)
{
	int32_t of_week = ((day + 4) % 7 + 7) % 7; /* 0 is Sunday */

	return of_week == 0 || of_week == 6;
}

static size_t cell_of(struct cells *c, const struct sampled_contact *k)
{
	size_t part = queue_number(c, k->queue) * PARTS + is_week_end(k->day);

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
	double talks[SAMPLED_BINS] = { 0 };
	struct cells c = { .n_queues = 0 };
	struct stats_variation v;

	for (size_t i = 0; i < t->n_slots; i++) {
		talks[t->slots[i].slot % SAMPLED_BINS] += t->slots[i].sums[0];
	}
	c.talks = sampled_terciles(talks);
	for (size_t i = 0; i < t->n_slots; i++) {
		struct sampled_contact k = sampled_group(t, &t->slots[i], true);

		c.population[cell_of(&c, &k)] += k.n;
	}
	out->n = sampled_each(t, on_sampled, &c);
	v = stats_variation(c.sample, c.population, c.n_queues * PARTS * SAMPLED_TERCILES,
	                    rules->confidence, stats_random_of(seed));
	out->value = v.excess;
	out->interval = is->interval == MODEL_NO_INTERVAL ? (struct interval){ v.excess, v.excess }
	                                                  : v.sure;
}

const struct estimator estimator_representativeness = {
	.name = "representativeness",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ITEM_BOOTSTRAP,
	.reads = { { &cxm__evaluation__descriptor, 0, 0, true },
	           { &cxm__queue_contact__descriptor, SAMPLED_DAYS, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
