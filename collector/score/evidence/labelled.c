/* Sums by label and day as an evidence block of our own making, so that they are gathered, kept and
 * found stale as every other; see labelled.h. */
#include "collector/score/evidence/labelled.h"

#include "collector/score/evidence/tally.h"

/* The terms of such a block are in `per`, its label in `by`. */
static int gather(struct gather *g)
{
	struct gather_sums q = { .kind = g->e->from,
		                 .of = g->e->of,
		                 .label = g->e->by,
		                 .n_sums = g->e->per.n,
		                 .count_at = (int)g->e->per.n,
		                 .whole_day = true };

	for (size_t i = 0; i < q.n_sums; i++) {
		q.sums[i] = g->e->per.at[i];
	}
	return gather_slots(g, &q);
}

static const struct estimator labelled = { .name = "labelled", .gather = gather };

int labelled_fetch(struct tallies *out, const struct labelled *l, const struct model_rules *rules,
                   const struct tally_source *from, struct fault *fault)
{
	struct model_evidence e = { .estimator = &labelled,
		                    .from = l->kind,
		                    .of = l->of,
		                    .by = l->label,
		                    .reads = { { .kind = l->kind } },
		                    .n_reads = 1,
		                    .hash = l->hash };
	struct model_indicator is = { .evidence = &e };

	for (size_t i = 0; i < l->n_sums; i++) {
		e.per.at[e.per.n++] = l->sums[i];
	}
	return tally_fetch(out, &is, rules, from, fault);
}
