/* What a signed statement says: the newest one about this indicator that counts on the window's
 * last day (collector/score/attestation.h), or how many there are. Exact, without an interval; the
 * model keeps attested scores below the top stage. */
#include "collector/score/attestation.h"

#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/tally.h"

#include <math.h>
#include <string.h>

static int on_row(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__Attestation *att = (const Cxm__Attestation *)(const void *)m;
	size_t day = gather_day_of(g, att->at_us);
	struct tally_item item = { .day = (uint32_t)day,
		                   .a = att->signer,
		                   .x = { att->value, (double)att->at_us } };

	(void)arg;
	if (day == SIZE_MAX || strcmp(att->indicator, g->is->id) != 0 ||
	    !attestation_counts(att, g->from->window->to_day)) {
		return 0;
	}
	if (g->e->of != NULL) {
		struct expr_result fits = expr_eval(g->e->of, m);

		if (!fits.known || fits.number == 0) {
			return 0;
		}
	}
	if (g->e->take != MODEL_TAKE_COUNT && !att->has_value) {
		return 0;
	}
	g->to->days[day].n += 1;
	return gather_add_item(g, &item);
}

static int gather(struct gather *g)
{
	return gather_rows(g, gather_kind(g, &cxm__attestation__descriptor), on_row, NULL);
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double newest_us = -INFINITY;

	(void)rules;
	(void)seed;
	if (t->n_items == 0) {
		return;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		/* of two at one moment the lower one: the order of signers must not decide */
		bool newer = t->items[i].x[1] > newest_us ||
		             (t->items[i].x[1] == newest_us && t->items[i].x[0] < out->value);

		if (newer) {
			newest_us = t->items[i].x[1];
			out->value = t->items[i].x[0];
		}
	}
	out->n = (double)t->n_items;
	if (is->evidence->take == MODEL_TAKE_COUNT) {
		out->value = (double)t->n_items;
	}
	out->value /= is->evidence->divisor;
	out->interval = (struct interval){ out->value, out->value };
}

const struct estimator estimator_attestation = {
	.name = "attestation",
	.wants = ESTIMATOR_TAKE,
	.takes = ESTIMATOR_TAKE | ESTIMATOR_OF,
	.intervals = 1 << MODEL_NO_INTERVAL,
	.any_days = true,
	.uncached = true,
	.lookback_days = ATTESTATION_DAYS_MAX,
	.reads = { { &cxm__attestation__descriptor, 0, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
