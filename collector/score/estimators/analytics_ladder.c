/*
 * How far does a site's own analysis go? Level 1: reports exist. 2: reports on single queues, by
 * reason and by the day or finer, on as many days as the model asks for. 3: and a forecast,
 * published a day before, that is better than the same weekday of the week before, with the lower
 * end of its skill above 0. 4: and actions taken by a machine, with their outcome and against a
 * hold-out group. Each level needs those below it.
 *
 * A report by reason is a reported figure with `reason`. Skill: 1 - error / naive error over queues
 * and days; its interval: bootstrap over days. n: reported figures.
 */
#include "collector/score/estimators/forecasts.h"

#include <math.h>

#include "collector/score/evidence/gather.h"
#include "proto/evidence.pb-c.h"

#define WEEK_DAYS     7
#define LOOKBACK_DAYS 35 /* the window, and the week before it for the naive forecast */
#define DAY_US        (INT64_C(86400) * 1000000)
#define LEVELS        4

enum { REPORT, ACTION };
enum { BY_QUEUE, BY_REASON, BY_DAY };

static bool is_text(const char *text)
{
	return text != NULL && text[0] != '\0' && strcmp(text, "*") != 0;
}

static int on_figure(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__ReportedFigure *f = (const Cxm__ReportedFigure *)m;
	size_t day = gather_day_of(g, f->at_us);
	struct tally_item item = { .day = (uint32_t)day, .tag = REPORT };

	(void)arg;
	if (day == SIZE_MAX) {
		return 0;
	}
	item.x[BY_QUEUE] = is_text(f->queue) ? 1 : 0;
	item.x[BY_REASON] = is_text(f->reason) ? 1 : 0;
	/* a day has up to 25 h */
	item.x[BY_DAY] = f->has_to_us && f->to_us - f->at_us <= DAY_US + DAY_US / 24 ? 1 : 0;
	gather_seen(g, day, gather_kind(g, &cxm__reported_figure__descriptor), 1);
	g->to->days[day].n++;
	return gather_add_item(g, &item);
}

static int on_action(struct gather *g, void *arg, const ProtobufCMessage *m)
{
	const Cxm__RegisterEntry *e = (const Cxm__RegisterEntry *)m;
	size_t day = gather_day_of(g, e->at_us);
	struct tally_item item = { .day = (uint32_t)day, .tag = ACTION };
	bool outcome = is_text(e->effect) || (e->has_before && e->has_after);

	(void)arg;
	if (day == SIZE_MAX || !(e->has_automatic && e->automatic) ||
	    !(e->has_holdout && e->holdout) || !outcome) {
		return 0;
	}
	return gather_add_item(g, &item);
}

static int gather(struct gather *g)
{
	int rc = forecasts_gather(g);

	rc = rc != 0 ? rc
	             : gather_rows(g, gather_kind(g, &cxm__reported_figure__descriptor), on_figure,
	                           NULL);
	return rc != 0 ? rc
	               : gather_rows(g, gather_kind(g, &cxm__register_entry__descriptor), on_action,
	                             NULL);
}

/* What the items say. */
struct seen {
	double figures;
	double actions;
	double segmented_days; /* with figures of a queue, of a reason, by the day */
};

static struct seen look(const struct tallies *t)
{
	struct seen s = { 0 };
	double by[3] = { 0 };

	for (size_t i = 0; i < t->n_items; i++) {
		const struct tally_item *item = &t->items[i];
		bool last = i + 1 == t->n_items || t->items[i + 1].day != item->day;

		s.figures += item->tag == REPORT;
		s.actions += item->tag == ACTION;
		for (size_t k = 0; item->tag == REPORT && k < 3; k++) {
			by[k] += item->x[k];
		}
		if (last) {
			s.segmented_days += by[BY_QUEUE] > 0 && by[BY_REASON] > 0 && by[BY_DAY] > 0;
			memset(by, 0, sizeof(by));
		}
	}
	return s;
}

/* Errors of the forecast (sum) and of last week (n) by day. */
static bool has_skill(const struct tallies *t, const struct model_rules *rules, const char *seed)
{
	struct stats_day days[STATS_DAYS_MAX] = { 0 };
	struct interval ratio;

	for (size_t i = 0; i < t->n_slots; i++) {
		const struct tally_slot *s = &t->slots[i];
		double before = NAN;

		/* sorted by day: a week before lies before */
		for (size_t k = i; k > 0 && t->slots[k - 1].day + WEEK_DAYS >= s->day; k--) {
			const struct tally_slot *other = &t->slots[k - 1];

			if (other->label == s->label && other->day + WEEK_DAYS == s->day) {
				before = other->sums[FORECASTS_ACTUAL];
			}
		}
		if (s->day >= t->window_at && s->sums[FORECASTS_KNOWN] > 0 && !isnan(before)) {
			days[s->day].sum +=
				fabs(s->sums[FORECASTS_ACTUAL] - s->sums[FORECASTS_EXPECTED]);
			days[s->day].n += fabs(s->sums[FORECASTS_ACTUAL] - before);
		}
	}
	ratio = stats_day_bootstrap(days, t->n_days, rules->confidence, stats_random_of(seed));
	return stats_days_with_data(days, t->n_days) >= (size_t)rules->min_days && ratio.high < 1;
}

static void estimate(const struct model_indicator *is, const struct model_rules *rules,
                     const struct tallies *t, const char *seed, struct estimate *out)
{
	struct seen s = look(t);
	double level = 0;
	bool reached[LEVELS] = {
		s.figures > 0,
		s.segmented_days >= (double)rules->min_days,
		has_skill(t, rules, seed),
		s.actions > 0,
	};

	(void)is;
	for (size_t i = 0; i < LEVELS && reached[i]; i++) {
		level++;
	}
	out->n = s.figures;
	if (level > 0) {
		out->value = level;
		out->interval = (struct interval){ level, level };
	}
}

const struct estimator estimator_analytics_ladder = {
	.name = "analytics_ladder",
	.intervals = 1 << MODEL_NO_INTERVAL,
	.any_days = true,
	.lookback_days = LOOKBACK_DAYS,
	.reads = { { &cxm__reported_figure__descriptor, 0, 0, true },
	           { &cxm__forecast__descriptor, 0, 0, false },
	           { &cxm__queue_contact__descriptor, 0, 0, false },
	           { &cxm__register_entry__descriptor, 0, 0, false } },
	.gather = gather,
	.estimate = estimate,
};
