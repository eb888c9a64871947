/*
 * Is the quality sample like all answered contacts? Total variation distance over queue x part of
 * the week x tercile of the talk time, less what a random sample of that size would show.
 *
 * n: evaluated contacts found among the answered ones. Queues past the 169th by name's hash share
 * cells, so that the cells stay few.
 */
#include <math.h>
#include <stdlib.h>

#include "collector/score/estimators/sampled.h"
#include "collector/score/variation.h"
#include "proto/evidence.pb-c.h"

#define PARTS      2 /* working day, week-end */
#define TERCILES   3
#define QUEUES_MAX (VARIATION_CELLS_MAX / (PARTS * TERCILES))

static int gather(struct gather *g)
{
	return sampled_gather(g, gather_kind(g, &cxm__evaluation__descriptor), "known(contact)");
}

struct queues {
	uint64_t keys[QUEUES_MAX];
	size_t n;
};

/* The number of a queue, found or new; the last place is shared by all that no longer fit. */
static size_t queue_number(struct queues *q, uint64_t key)
{
	size_t i = 0;

	while (i < q->n && q->keys[i] != key) {
		i++;
	}
	if (i == q->n && q->n < QUEUES_MAX) {
		q->keys[q->n++] = key;
	}
	return i < QUEUES_MAX ? i : QUEUES_MAX - 1;
}

/* 1970-01-01 was a Thursday. */
static bool is_week_end(int32_t day)
{
	int32_t of_week = ((day + 4) % 7 + 7) % 7; /* 0 is Sunday */

	return of_week == 0 || of_week == 6;
}

struct cells {
	double sample[VARIATION_CELLS_MAX];
	double population[VARIATION_CELLS_MAX];
	size_t n;
};

static void fill(struct cells *c, const struct sampled *s, const struct tallies *t,
                 struct interval cuts)
{
	struct queues queues = { .n = 0 };

	for (size_t i = 0; i < s->n; i++) {
		const struct sampled_contact *k = &s->contacts[i];
		size_t cell = queue_number(&queues, k->queue) * PARTS +
		              is_week_end(t->first_day + (int32_t)k->day);

		cell = cell * TERCILES + sampled_tercile(cuts, k->talk);
		c->population[cell]++;
		c->sample[cell] += k->sampled ? 1 : 0;
	}
	c->n = queues.n * PARTS * TERCILES;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct sampled s = { 0 };
	struct cells cells = { .n = 0 };
	double *talks = NULL;
	struct stats_variation v;

	if (sampled_lay(&s, t) != 0 || (talks = calloc(s.n + 1, sizeof(*talks))) == NULL) {
		goto out;
	}
	for (size_t i = 0; i < s.n; i++) {
		talks[i] = s.contacts[i].talk;
	}
	fill(&cells, &s, t, sampled_terciles(talks, s.n));
	v = stats_variation(cells.sample, cells.population, cells.n, rules->confidence,
	                    stats_random_of(seed));
	out->n = s.n_sampled;
	out->value = v.excess;
	out->interval = is->interval == MODEL_NO_INTERVAL ? (struct interval){ v.excess, v.excess }
	                                                  : v.sure;
out:
	free(talks);
	sampled_free(&s);
}

const struct estimator estimator_representativeness = {
	.name = "representativeness",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_ITEM_BOOTSTRAP,
	.reads = { { &cxm__evaluation__descriptor, 0, 0, true },
	           { &cxm__queue_contact__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
