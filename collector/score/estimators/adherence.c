/*
 * Share of scheduled time in which the agent did what the schedule said (docs/model.md,
 * schedule_adherence): there for contacts (logged in and not paused) while it says work, not there
 * while it says anything else. Paid absence approved 24 h before is left out. The schedule is the
 * one published last before each activity began. Its n is agent-days. Agents of the schedule whom
 * the PBX never shows in the window count as absent, and how many they are is said beside: mostly
 * the two sources name them differently.
 *
 * Items: a the agent, x[0] scheduled [ms], x[1] of it as scheduled [ms], x[2] 1 where the agent was
 * logged in at any time of the day.
 */
#include "collector/score/evidence/gather.h"
#include "collector/score/evidence/shifts.h"
#include "collector/score/evidence/spans.h"

#include <stdlib.h>

#include "proto/evidence.pb-c.h"

#define US_PER_MS 1000.0

static int flush(struct gather *g, struct tally_item *item)
{
	int rc = item->x[0] > 0 ? gather_add_item(g, item) : 0;

	g->to->days[item->day].n += item->x[0] > 0 ? 1 : 0;
	*item = (struct tally_item){ 0 };
	return rc;
}

static bool seen_on(const struct gather *g, const struct spans *spans, uint64_t agent, size_t day)
{
	for (size_t i = spans_of(spans, agent, false);
	     i < spans->n && spans->list[i].agent == agent && !spans->list[i].paused; i++) {
		if (spans->list[i].from_us < g->starts_us[day + 1] &&
		    spans->list[i].to_us > g->starts_us[day]) {
			return true;
		}
	}
	return false;
}

static int add_shifts(struct gather *g, const struct shifts *shifts, const struct spans *spans)
{
	struct tally_item item = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < shifts->n; i++) {
		const struct shift *s = &shifts->list[i];
		uint32_t day = (uint32_t)s->day;
		int64_t ready_us = spans_ready_us(spans, s->agent, s->from_us, s->to_us);
		int64_t all_us = s->to_us - s->from_us;

		if (item.a != s->agent || item.day != day) {
			rc = flush(g, &item);
			item.a = s->agent;
			item.day = day;
			item.x[2] = seen_on(g, spans, s->agent, day) ? 1 : 0;
		}
		if (!s->excluded) {
			item.x[0] += (double)all_us / US_PER_MS;
			item.x[1] += (double)(s->works ? ready_us : all_us - ready_us) / US_PER_MS;
		}
	}
	return rc != 0 ? rc : flush(g, &item);
}

static int gather(struct gather *g)
{
	struct shifts shifts = { 0 };
	struct spans spans = { 0 };
	int rc = shifts_read(g, &shifts);

	rc = rc != 0 ? rc : spans_read(g, &spans);
	rc = rc != 0 ? rc : add_shifts(g, &shifts, &spans);
	shifts_free(&shifts);
	spans_free(&spans);
	return rc;
}

struct face {
	uint64_t agent;
	bool seen;
};

static int by_face(const void *a, const void *b)
{
	const struct face *x = a;
	const struct face *y = b;

	return x->agent != y->agent ? (x->agent < y->agent ? -1 : 1) : (int)y->seen - (int)x->seen;
}

/* Agents of the schedule, and those of them who were never there; each agent's days with one on
 * which they were seen come first. Where memory is short nothing is said. */
static void find_strangers(const struct tallies *t, struct estimate *out)
{
	struct face *faces = calloc(t->n_items + 1, sizeof(*faces));

	if (faces == NULL) {
		return;
	}
	for (size_t i = 0; i < t->n_items; i++) {
		faces[i] = (struct face){ t->items[i].a, t->items[i].x[2] > 0 };
	}
	qsort(faces, t->n_items, sizeof(*faces), by_face);
	for (size_t i = 0; i < t->n_items; i++) {
		if (i == 0 || faces[i].agent != faces[i - 1].agent) {
			out->agents.planned++;
			out->agents.strangers += faces[i].seen ? 0 : 1;
		}
	}
	free(faces);
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct stats_day days[STATS_DAYS_MAX] = { 0 };
	struct stats_day total;

	for (size_t i = 0; i < t->n_items; i++) {
		days[t->items[i].day].n += t->items[i].x[0];
		days[t->items[i].day].sum += t->items[i].x[1];
	}
	total = stats_total(days, t->n_days);
	out->n = (double)t->n_items;
	find_strangers(t, out);
	if (!(total.n > 0)) {
		return;
	}
	out->numerator = total.sum;
	out->denominator = total.n;
	out->value = total.sum / total.n;
	if (is->interval == MODEL_NO_INTERVAL) {
		out->interval = (struct interval){ out->value, out->value };
	} else if (out->days >= (size_t)rules->min_days) {
		out->interval =
			stats_day_share(days, t->n_days, rules->confidence, stats_random_of(seed));
	}
}

const struct estimator estimator_adherence = {
	.name = "adherence",
	.intervals = 1 << MODEL_NO_INTERVAL | 1 << MODEL_DAY_BLOCK_BOOTSTRAP,
	.reads = { { &cxm__shift__descriptor, 0, 0, true },
	           { &cxm__agent_span__descriptor, SPANS_BEFORE_DAYS, 1, true } },
	.gather = gather,
	.estimate = estimate,
};
