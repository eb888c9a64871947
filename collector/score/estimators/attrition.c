/*
 * Agents who left within a year, of those there were on average: from counts of a staff file.
 *
 * Average: mean of each group's own counts, added up. A file that covers less than the year is
 * annualised: the covered time is from the first to the last date, and once more the distance
 * between two dates, because a count stands for the time that led to it. Transfers within the
 * company are no leavers. Interval: exact Poisson of the leavers. n: agents on average.
 */
#include <math.h>

#include "collector/score/evidence/gather.h"
#include "collector/stats/poisson.h"
#include "proto/evidence.pb-c.h"

#define YEAR_DAYS 365

enum { STAFF, LEAVERS, COUNTS };

static int gather(struct gather *g)
{
	const struct cxm_kind *kind = gather_kind(g, &cxm__head_count__descriptor);
	struct gather_sums q = {
		.kind = kind,
		.label = cxm_field_named(kind, slice_of("group")),
		.n_sums = 2,
		.count_at = COUNTS,
		.whole_day = true,
	};
	int rc = gather_expr(g, kind, EXPR_IS_TRUTH, &q.of, "known(staff) and known(leavers)");

	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[STAFF], "staff");
	rc = rc != 0 ? rc : gather_expr(g, kind, EXPR_IS_NUMBER, &q.sums[LEAVERS], "leavers");
	rc = rc != 0 ? rc : gather_slots(g, &q);
	for (size_t i = 0; rc == 0 && i < g->to->n_slots; i++) {
		const struct tally_slot *s = &g->to->slots[i];

		if (s->day >= g->first && s->day <= g->last) {
			g->to->days[s->day].n += s->sums[STAFF];
		}
	}
	return rc;
}

/* Days that the counts cover; 0 when they are all of one date, which says nothing about time. */
static double days_covered(const struct tallies *t)
{
	bool seen[STATS_DAYS_MAX] = { false };
	uint32_t first = STATS_DAYS_MAX;
	uint32_t last = 0;
	double dates = 0;

	for (size_t i = 0; i < t->n_slots; i++) {
		uint32_t day = t->slots[i].day;

		dates += seen[day] ? 0 : 1;
		seen[day] = true;
		first = day < first ? day : first;
		last = day > last ? day : last;
	}
	return dates < 2 ? 0 : fmin((last - first) * dates / (dates - 1), YEAR_DAYS);
}

static double average_staff(const struct tallies *t)
{
	double staff = 0;

	for (uint32_t group = 0; group < t->n_labels; group++) {
		double sum = 0;
		double counts = 0;

		for (size_t i = 0; i < t->n_slots; i++) {
			if (t->slots[i].label == group) {
				sum += t->slots[i].sums[STAFF];
				counts += t->slots[i].sums[COUNTS];
			}
		}
		staff += counts > 0 ? sum / counts : 0;
	}
	return staff;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	double covered = days_covered(t);
	double leavers = 0;
	double staff = average_staff(t);
	double years;
	struct interval sure;

	(void)seed;
	for (size_t i = 0; i < t->n_slots; i++) {
		leavers += t->slots[i].sums[LEAVERS];
	}
	out->n = staff;
	if (covered <= 0 || staff <= 0) {
		out->why = WHY_TOO_FEW;
		return;
	}
	years = staff * covered / YEAR_DAYS;
	sure = stats_poisson_interval(leavers, rules->confidence);
	out->numerator = leavers;
	out->denominator = years;
	out->value = leavers / years;
	out->interval = is->interval == MODEL_NO_INTERVAL
	                        ? (struct interval){ out->value, out->value }
	                        : (struct interval){ sure.low / years, sure.high / years };
}

const struct estimator estimator_attrition = {
	.name = "attrition",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_POISSON_EXACT,
	.any_days = true,
	.lookback_days = YEAR_DAYS,
	.reads = { { &cxm__head_count__descriptor, 0, 0, true } },
	.gather = gather,
	.estimate = estimate,
};
