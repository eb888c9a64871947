/* What a comparison needs from a store beyond the scorecard: contacts by stratum and day, channels,
 * survey scales and wordings, contacts a day. See compare.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/evidence/tally.h"
#include "collector/score/views/compare.h"
#include "common/when.h"

#define DAYPART_HOURS 6
#define CELLS_FIRST   256
/* Monday is 0; 1970-01-01 was a Thursday */
#define WEEKDAY(day) ((((day) % 7) + 10) % 7)

struct gathering {
	struct compare_site *site;
	struct store *store;
	const struct cxm_catalog *catalog;
	struct tally_days days;
	struct arena arena;
	struct fault *fault;
};

/* ---- strata ---- */

struct strata {
	struct gathering *g;
	const struct model_evidence *e;
	struct compare_measure *to;
	uint32_t day;
	int daypart;
	size_t cap;
};

/* Only what adds up over strata can be standardised: shares of rows and means over rows that name
 * their queue. */
static bool can_adjust(const struct model_evidence *e)
{
	const struct cxm_field *queue = cxm_field_named(e->from, SLICE("queue"));
	bool related = false;

	for (size_t i = 0; i < MODEL_RELATIONS; i++) {
		related |= e->relations[i].to != NULL;
	}
	return !related && queue != NULL && queue->type == CXM_LABEL &&
	       (e->estimator == &estimator_ratio || e->estimator == &estimator_mean) &&
	       e->estimator->ask != NULL;
}

static struct compare_cell *new_cell(struct strata *s)
{
	if (s->to->n_cells == s->cap) {
		size_t cap = s->cap > 0 ? 2 * s->cap : CELLS_FIRST;
		struct compare_cell *cells = cap <= COMPARE_CELLS_MAX
		                                     ? realloc(s->to->cells, cap * sizeof(*cells))
		                                     : NULL;

		if (cells == NULL) {
			return NULL;
		}
		s->to->cells = cells;
		s->cap = cap;
	}
	return &s->to->cells[s->to->n_cells++];
}

static int on_stratum(void *arg, const struct store_tally_row *row)
{
	struct strata *s = arg;
	int32_t civil = s->g->site->card->window.from_day + (int32_t)s->day;
	struct slice type = compare_queue_type(s->g->site->fact, row->group);
	struct compare_cell *cell = new_cell(s);
	struct stats_day sums = { 0 };

	if (cell == NULL) {
		return -E2BIG;
	}
	s->e->estimator->add(s->e, row, &sums);
	*cell = (struct compare_cell){ .weekend = WEEKDAY(civil) >= 5,
		                       .daypart = s->daypart,
		                       .day = s->day,
		                       .n = sums.n,
		                       .sum = sums.sum };
	(void)snprintf(cell->queue, sizeof(cell->queue), "%.*s", (int)type.len,
	               type.len > 0 ? type.at : "");
	return 0;
}

/* Parts of the day by the clock on the wall, so one of a day on which it is set is 5 or 7 hours
 * long. */
static int gather_day(struct strata *s, struct store_tally *q)
{
	const struct tally_days *days = &s->g->days;
	int32_t civil = s->g->site->card->window.from_day + (int32_t)s->day;
	int rc = 0;

	q->range.to_us = days->starts_us[s->day];
	for (s->daypart = 0; rc == 0 && s->daypart < COMPARE_DAYPARTS; s->daypart++) {
		int last = s->daypart == COMPARE_DAYPARTS - 1;

		q->range.from_us = q->range.to_us;
		q->range.to_us = last ? days->starts_us[s->day + 1]
		                      : when_hour_us(civil, (s->daypart + 1) * DAYPART_HOURS);
		rc = s->g->store->ops->tally(s->g->store, q, on_stratum, s, s->g->fault);
	}
	return rc;
}

static int gather_strata(struct gathering *g, const struct model_evidence *e,
                         struct compare_measure *to)
{
	struct strata s = { .g = g, .e = e, .to = to };
	int rc = 0;

	to->adjustable = true;
	to->share = e->estimator == &estimator_ratio;
	for (size_t i = 0; rc == 0 && i < g->days.n_days; i++) {
		struct store_tally q = { .range = { .kind = e->from, .site = g->site->card->site },
			                 .of = e->of,
			                 .group = cxm_field_named(e->from, SLICE("queue")) };

		e->estimator->ask(e, &q);
		s.day = (uint32_t)i;
		rc = gather_day(&s, &q);
	}
	return rc == -E2BIG ? fault_set(g->fault, rc,
	                                "site \"%s\": more strata than %zu: take a shorter window "
	                                "(--from, --to)",
	                                g->site->card->site, COMPARE_CELLS_MAX)
	                    : rc;
}

/* ---- traits ---- */

struct naming {
	char *to;
	size_t used;
};

static int on_name(void *arg, const struct store_tally_row *row)
{
	struct naming *n = arg;
	int k = 0;

	if (row->group.len > 0) { /* rows without it tell nothing */
		k = snprintf(n->to + n->used, COMPARE_TRAIT_BYTES - n->used, "%s%.*s",
		             n->used > 0 ? ", " : "", (int)row->group.len, row->group.at);
	}
	if (k > 0 && (size_t)k < COMPARE_TRAIT_BYTES - n->used) {
		n->used += (size_t)k;
	} else {
		n->to[n->used] = '\0';
	}
	return 0;
}

static int on_number(void *arg, const struct store_tally_row *row)
{
	char text[32];
	struct store_tally_row named = *row;

	(void)snprintf(text, sizeof(text), "%.10g", row->value);
	named.group = slice_of(text);
	return on_name(arg, &named);
}

/* Every value of a field among the rows that count, in a fixed order. */
static int gather_names(struct gathering *g, const struct model_evidence *e,
                        const struct cxm_field *field, struct naming *to)
{
	struct store_tally q = { .range = { e->from, g->site->card->site, g->days.starts_us[0],
		                            g->days.starts_us[g->days.n_days] },
		                 .of = e->of };
	int rc;

	if (field->type == CXM_LABEL || field->type == CXM_STATE) {
		q.group = field;
		return g->store->ops->tally(g->store, &q, on_name, to, g->fault);
	}
	rc = expr_parse(&q.value, e->from, slice_of(field->name), EXPR_IS_NUMBER, &g->arena,
	                g->fault);
	return rc != 0 ? rc : g->store->ops->tally(g->store, &q, on_number, to, g->fault);
}

static int gather_traits(struct gathering *g, const struct model_evidence *e,
                         struct compare_measure *to)
{
	static const struct {
		enum compare_trait trait;
		const char *field;
	} fields[] = {
		{ COMPARE_CHANNEL, "channel" },
		{ COMPARE_SURVEY_SCALE, "scale_min" },
		{ COMPARE_SURVEY_SCALE, "scale_max" },
		{ COMPARE_SURVEY_WORDING, "wording" },
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct cxm_field *field = cxm_field_named(e->from, slice_of(fields[i].field));
		char *text = to->trait[fields[i].trait];
		struct naming naming = { text, strlen(text) };

		if (field != NULL) {
			to->has[fields[i].trait] = true;
			rc = gather_names(g, e, field, &naming);
		}
	}
	return rc;
}

/* ---- the load of a forecast ---- */

struct load {
	double contacts;
	double queue_days;
};

static int on_load(void *arg, const struct store_tally_row *row)
{
	struct load *load = arg;

	load->contacts += (double)row->n;
	load->queue_days++;
	return 0;
}

/* Mean offered contacts of a queue on a day on which it had any. */
static int gather_load(struct gathering *g, double *out)
{
	const struct cxm_kind *kind = cxm_kind_named(g->catalog, SLICE("QueueContact"));
	struct load load = { 0 };
	int rc = 0;

	*out = NAN;
	for (size_t i = 0; kind != NULL && rc == 0 && i < g->days.n_days; i++) {
		struct store_tally q = { .range = { kind, g->site->card->site, g->days.starts_us[i],
			                            g->days.starts_us[i + 1] },
			                 .group = cxm_field_named(kind, SLICE("queue")) };

		rc = g->store->ops->tally(g->store, &q, on_load, &load, g->fault);
	}
	*out = load.queue_days > 0 ? load.contacts / load.queue_days : NAN;
	return rc;
}

/* ---- the whole ---- */

static int gather_one(struct gathering *g, const struct scored *s, double load,
                      struct compare_measure *to)
{
	int rc = 0;

	to->contacts_a_day = load;
	if (s->status != SCORE_ASSESSED || s->by == NULL || s->by->from == NULL) {
		return 0;
	}
	if (can_adjust(s->by)) {
		rc = gather_strata(g, s->by, to);
	}
	return rc != 0 ? rc : gather_traits(g, s->by, to);
}

static int gather_all(struct gathering *g)
{
	const struct scorecard *card = g->site->card;
	size_t at = 0;
	double load;
	int rc = gather_load(g, &load);

	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; rc == 0 && i < card->areas[a].n_indicators; i++, at++) {
			rc = gather_one(g, &card->areas[a].indicators[i], load,
			                &g->site->measures[at]);
		}
	}
	return rc;
}

int compare_gather(struct compare_site *site, struct store *st, const struct cxm_catalog *catalog,
                   struct fault *fault)
{
	struct gathering g = { .site = site, .store = st, .catalog = catalog, .fault = fault };
	char zone[SCORE_ZONE_MAX];
	size_t n = 0;
	int rc = score_use_zone(zone, st, site->card->site, site->card->window.timezone, fault);

	if (rc != 0) {
		return rc;
	}
	for (size_t a = 0; a < site->card->n_areas; a++) {
		n += site->card->areas[a].n_indicators;
	}
	site->measures = calloc(n + 1, sizeof(*site->measures));
	if (site->measures == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	tally_days_of(&site->card->window, &g.days);
	arena_init(&g.arena, GATHER_ARENA_MAX_BYTES);
	rc = gather_all(&g);
	arena_free(&g.arena);
	return rc;
}

void compare_site_free(struct compare_site *site)
{
	size_t at = 0;

	for (size_t a = 0; site->measures != NULL && a < site->card->n_areas; a++) {
		for (size_t i = 0; i < site->card->areas[a].n_indicators; i++) {
			free(site->measures[at++].cells);
		}
	}
	free(site->measures);
	site->measures = NULL;
}
