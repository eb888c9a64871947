/* Net promoter score from surveys: promoters and detractors by day. Answers outside 0 to 10, or on
 * a scale said to end elsewhere, are on no such scale and do not count. */
#include "collector/stats/nps.h"
#include "collector/score/evidence/gather.h"
#include "proto/evidence.pb-c.h"

enum { PROMOTERS, DETRACTORS, ANSWERS };

static int gather(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__survey__descriptor);
	struct gather_sums q = {
		.kind = kind,
		.label = cxm_field_named(kind, slice_of("queue")),
		.n_sums = 2,
		.count_at = ANSWERS,
		.whole_day = true,
	};
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of,
	                     "kind == nps and value >= 0 and value <= 10 and "
	                     "(not known(scale_max) or scale_max == 10)");

	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[PROMOTERS], "value >= 9");
	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[DETRACTORS], "value <= 6");
	rc = rc != 0 ? rc : gather_slots(g, &q);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		const struct tally_slot *s = &g->to->slots[i];

		if (s->day >= g->first && s->day <= g->last) {
			g->to->days[s->day].n += s->sums[ANSWERS];
		}
	}
	return rc;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double sums[3] = { 0 };
	struct stats_nps nps;

	(void)seed;
	for (size_t i = 0; i < t->n_slots; i++) {
		for (size_t k = 0; k < 3; k++) {
			sums[k] += t->slots[i].sums[k];
		}
	}
	nps = stats_nps(sums[PROMOTERS], sums[DETRACTORS], sums[ANSWERS], rules->z);
	out->n = sums[ANSWERS];
	out->value = nps.points;
	out->interval = is->interval == MODEL_NO_INTERVAL
	                        ? (struct interval){ nps.points, nps.points }
	                        : nps.sure;
}

const struct estimator estimator_nps = {
	.name = "nps",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_NPS_MULTINOMIAL,
	.by_label = true,
	.reads = { { &cxm__survey__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
