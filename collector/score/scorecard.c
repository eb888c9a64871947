/* Assemble a scorecard: window, tallies, estimates, areas; see score.h. Reads the store one
 * indicator after the other and keeps nothing between calls. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/applicability.h"
#include "collector/score/conflict.h"
#include "collector/score/evidence/figures.h"
#include "collector/score/evidence/parts.h"
#include "collector/score/evidence/relate.h"
#include "collector/score/evidence/tallies.h"
#include "collector/score/evidence/tally.h"
#include "collector/score/gaps.h"
#include "collector/score/scorecard.h"
#include "common/when.h"

#define KINDS_MAX  64
#define SEED_BYTES 256

/* Whether the window holds rows of a kind, asked once. */
struct seen {
	const struct cxm_kind *kind;
	bool any;
};

struct scoring {
	const struct model *model;
	struct tally_source from;
	bool provisional;
	bool wants_days; /* not only what they say together */
	struct seen seen[KINDS_MAX];
	size_t n_seen;
	struct fault *fault;
};

static int any_of(struct scoring *s, const struct cxm_kind *kind, bool *any)
{
	int rc;

	for (size_t i = 0; i < s->n_seen; i++) {
		if (s->seen[i].kind == kind) {
			*any = s->seen[i].any;
			return 0;
		}
	}
	rc = tally_any(kind, &s->from, any, s->fault);
	if (rc == 0 && s->n_seen < KINDS_MAX) {
		s->seen[s->n_seen++] = (struct seen){ kind, *any };
	}
	return rc;
}

static void seed_of(const struct scoring *s, const char *indicator, char out[SEED_BYTES])
{
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];

	(void)snprintf(out, SEED_BYTES, "%s|%s|%s/%s", s->from.site, indicator,
	               when_date(s->from.window->from_day, from),
	               when_date(s->from.window->to_day, to));
}

static const struct estimate nothing_known = {
	.value = NAN,
	.n = NAN,
	.numerator = NAN,
	.denominator = NAN,
	.interval = { NAN, NAN },
	.phi = NAN,
	.why = WHY_NOT_MEASURED,
};

/* Days after the window of which the block has evidence: of other kinds there may be later
 * evidence, which says nothing about what it waits for. */
static int64_t days_known_after(const struct model_evidence *e, const struct score_window *w)
{
	int64_t known = 0;

	for (size_t i = 0; i < w->n_newest; i++) {
		for (size_t k = 0; k < e->n_reads; k++) {
			int64_t after = (int64_t)w->newest[i].day - w->to_day;

			if (w->newest[i].kind == e->reads[k].kind && after > known) {
				known = after;
			}
		}
	}
	return known;
}

/* How many of the newest days are left out, because what is waited for may yet come: a repeat
 * within seven days, coaching within fourteen. None where the window ended long ago. */
static int64_t unsettled(const struct model_evidence *e, const struct score_window *w)
{
	int64_t late = e->settle_days > 0 ? e->settle_days - days_known_after(e, w) : 0;

	return late > 0 ? late : 0;
}

static void settle(struct tallies *t, int64_t late)
{
	for (size_t i = t->n_days; late > 0 && i > t->window_at; i--, late--) {
		t->days[i - 1] = (struct stats_day){ 0 };
	}
}

static int compute(struct scoring *s, const struct model_indicator *with, int64_t late,
                   struct tallies *t, struct estimate *got)
{
	char seed[SEED_BYTES];
	int rc = tally_fetch(t, with, &s->model->rules, &s->from, s->fault);

	if (rc != 0) {
		return rc;
	}
	settle(t, late);
	seed_of(s, with->id, seed);
	*got = estimator_run(with, &s->model->rules, t, seed);
	if (got->why == WHY_NONE_FITS) {
		bool any;

		rc = any_of(s, with->evidence->from, &any);
		got->why = rc == 0 && !any ? WHY_NO_EVIDENCE : WHY_NONE_FITS;
	}
	return rc;
}

/* One evidence block: a copy of the indicator of which it is the only one. `t` is the caller's, and
 * stays empty where the days are not wanted and their estimate is known. */
static int run_method(struct scoring *s, const struct model_indicator *with, struct tallies *t,
                      struct estimate *got)
{
	const struct figure figure = { s->model, with, &s->from,
		                       unsettled(with->evidence, s->from.window) };
	int rc;

	if (!s->wants_days && figure_recall(&figure, got)) {
		return 0;
	}
	rc = compute(s, with, figure.left_out, t, got);
	if (rc == 0 && !s->wants_days) {
		figure_keep(&figure, got);
	}
	return rc;
}

/* Does it say something, and more than what was found before? */
static bool better(const struct estimate *got, const struct estimate *before)
{
	if (isnan(got->value) != isnan(before->value)) {
		return !isnan(got->value);
	}
	return got->n > before->n;
}

/*
 * The first method with enough evidence; where none has enough, the one with the largest n, the
 * earlier of two. `t` stays the caller's and is that of the method in `with`.
 */
static int score_one(struct scoring *s, const struct model_indicator *is, struct tallies *t,
                     struct model_indicator *with, struct scored *out)
{
	struct estimate best = nothing_known;
	const struct model_evidence *by = NULL;
	int rc = 0;

	*with = *is;
	for (size_t i = 0; rc == 0 && i < is->n_methods; i++) {
		struct estimate got = nothing_known;
		struct model_indicator one = *is;
		struct tallies mine = { 0 };

		one.evidence = &is->evidence[i];
		one.interval = one.evidence->interval;
		rc = run_method(s, &one, &mine, &got);
		if (rc == 0 && (by == NULL || better(&got, &best))) {
			tally_free(t);
			*t = mine;
			*with = one;
			best = got;
			by = one.evidence;
		} else {
			tally_free(&mine);
		}
		if (!isnan(best.value) && best.n >= is->min_n) {
			break;
		}
	}
	*out = score_indicator(with, &s->model->rules, &best, s->provisional);
	out->is = is;
	out->by = by;
	out->reason.is = is;
	return rc;
}

int score_figure_of(struct scored *out, const struct model_indicator *is,
                    const struct score_figure *wanted, struct fault *fault)
{
	struct scoring s = { .model = wanted->model,
		             .from = { wanted->store, wanted->site, wanted->window, wanted->parts },
		             .provisional = wanted->provisional,
		             .fault = fault };
	struct model_indicator with;
	struct tallies t = { 0 };
	int rc = score_one(&s, is, &t, &with, out);

	tally_free(&t);
	return rc;
}

static int score_list(struct scoring *s, const struct model_indicator *list, size_t n,
                      struct scored *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct tallies t = { 0 };
		struct model_indicator with;

		rc = score_one(s, &list[i], &t, &with, &out[i]);
		tally_free(&t);
	}
	return rc;
}

static int score_areas(struct scoring *s, struct scorecard *card)
{
	const struct model *m = s->model;
	int rc = 0;

	for (size_t a = 0; rc == 0 && a < m->n_areas; a++) {
		struct scored_area *area = &card->areas[a];

		area->is = &m->areas[a];
		area->n_indicators = m->areas[a].n_indicators;
		area->indicators = calloc(area->n_indicators + 1, sizeof(*area->indicators));
		if (area->indicators == NULL) {
			return fault_set(s->fault, -ENOMEM, "out of memory");
		}
		rc = score_list(s, m->areas[a].indicators, area->n_indicators, area->indicators);
		rc = rc != 0 ? rc
		             : applicability_apply(area->indicators, area->n_indicators, m->catalog,
		                                   &s->from, s->fault);
		if (rc == 0) {
			score_area(&m->rules, area);
		}
	}
	return rc;
}

static struct scorecard *new_card(const struct model *m, const struct score_request *request)
{
	struct scorecard *card = calloc(1, sizeof(*card));

	if (card == NULL) {
		return NULL;
	}
	card->model = m;
	card->provisional = request->provisional;
	(void)snprintf(card->site, sizeof(card->site), "%s", request->site);
	card->areas = calloc(m->n_areas + 1, sizeof(*card->areas));
	card->context = calloc(m->n_context + 1, sizeof(*card->context));
	if (card->areas == NULL || card->context == NULL) {
		scorecard_free(card);
		return NULL;
	}
	card->n_areas = m->n_areas;
	card->n_context = m->n_context;
	return card;
}

int score_site(struct scorecard **out, const struct model *m, struct store *st,
               const struct score_request *request, const struct cxm_catalog *catalog,
               struct fault *fault)
{
	struct scorecard *card = new_card(m, request);
	struct scoring s = { .model = m, .provisional = request->provisional, .fault = fault };
	struct parts parts = { 0 };
	char seed[SEED_BYTES];
	int rc;

	if (card == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s.from = (struct tally_source){ st, request->site, &card->window, NULL };
	rc = score_window_of(&card->window, m, st, request, fault);
	rc = rc != 0 ? rc : score_mark(&card->simulated, st, request->site, fault);
	rc = rc != 0 ? rc : parts_use(&parts, request->cache, &s.from, fault);
	rc = rc != 0 ? rc : score_areas(&s, card);
	rc = rc != 0 ? rc : score_list(&s, m->context, m->n_context, card->context);
	rc = rc != 0 ? rc : gaps_count(card, catalog, &s.from, fault);
	rc = rc != 0 ? rc : conflicts_find(card, &s.from, fault);
	parts_done(&parts);
	if (rc != 0) {
		scorecard_free(card);
		return rc;
	}
	seed_of(&s, "overall", seed);
	score_overall(card, seed);
	*out = card;
	return 0;
}

void scorecard_free(struct scorecard *card)
{
	if (card == NULL) {
		return;
	}
	for (size_t a = 0; card->areas != NULL && a < card->n_areas; a++) {
		free(card->areas[a].indicators);
	}
	free(card->areas);
	free(card->context);
	free(card);
}

/* ---- one indicator in detail ---- */

/* A break-down being made. */
struct grouping {
	const struct scoring *s;
	const struct model_indicator *is;
	struct score_line *lines;
	size_t n_lines;
	size_t max_lines;
	uint64_t left_out;
};

static int add_group(void *arg, struct slice label, const struct tallies *t)
{
	struct grouping *g = arg;
	struct score_line *line;

	if (g->n_lines == g->max_lines) {
		g->left_out++;
		return 0;
	}
	line = &g->lines[g->n_lines++];
	*line = (struct score_line){ 0 };
	(void)snprintf(line->label, sizeof(line->label), "%.*s", (int)label.len,
	               label.len > 0 ? label.at : "");
	line->got = estimator_run(g->is, &g->s->model->rules, t, "");
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct score_line *x = a;
	const struct score_line *y = b;

	if (x->got.n != y->got.n) {
		return x->got.n > y->got.n ? -1 : 1;
	}
	return strcmp(x->label, y->label);
}

/* Each day alone: as an estimate of one day, of which only the counts and the value are used. */
static int add_days(struct score_detail *out, const struct model_indicator *is,
                    const struct scoring *s, const struct tallies *t)
{
	int rc = 0;

	for (size_t i = t->window_at; rc == 0 && i < t->n_days; i++) {
		struct tallies one;
		struct score_line *line = &out->days[out->n_days++];

		rc = tallies_day(t, i, &one);
		line->day = t->first_day + (int32_t)i;
		if (rc == 0) {
			line->got = estimator_run(is, &s->model->rules, &one, "");
		}
		tally_free(&one);
	}
	return rc == 0 ? 0 : fault_set(s->fault, rc, "out of memory");
}

/* By one field of its records, for which `out` has room. */
static int break_down(struct grouping *out, const struct cxm_field *by)
{
	struct model_evidence evidence = *out->is->evidence;
	int rc;

	evidence.by = by;
	rc = tally_groups(&evidence, &out->s->from, add_group, out, out->s->fault);
	qsort(out->lines, out->n_lines, sizeof(*out->lines), by_size);
	return rc;
}

/* By the labels under which a named estimator keeps its slots. */
static int split_labels(struct grouping *out, const struct tallies *t)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < t->n_labels; i++) {
		struct tallies one;

		rc = tallies_of_label(t, (uint32_t)i, &one);
		rc = rc != 0 ? rc : add_group(out, slice_of(t->labels[i]), &one);
		tally_free(&one);
	}
	qsort(out->lines, out->n_lines, sizeof(*out->lines), by_size);
	return rc == 0 ? 0 : fault_set(out->s->fault, rc, "out of memory");
}

static int fill_groups(struct score_detail *out, const struct model_indicator *is,
                       const struct scoring *s, const struct tallies *t)
{
	const struct cxm_field *source = cxm_field_named(is->evidence->from, SLICE("source"));
	struct grouping groups = {
		.s = s, .is = is, .lines = out->groups, .max_lines = SCORE_GROUPS_MAX
	};
	struct grouping sources = {
		.s = s, .is = is, .lines = out->sources, .max_lines = SCORE_SOURCES_MAX
	};
	bool asks = is->evidence->estimator->gather == NULL && !relate_needed(is->evidence);
	int rc = 0;

	if (!asks && is->evidence->estimator->by_label) {
		rc = split_labels(&groups, t);
	} else if (asks && is->evidence->by != NULL) {
		rc = break_down(&groups, is->evidence->by);
	}
	if (rc == 0 && asks && source != NULL && source->type == CXM_STATE) {
		rc = break_down(&sources, source);
	}
	out->n_groups = groups.n_lines;
	out->groups_left_out = groups.left_out;
	out->n_sources = sources.n_lines;
	return rc;
}

static int fill_detail(struct score_detail *out, const struct model_indicator *is,
                       struct scoring *s, struct tallies *t)
{
	struct model_indicator with;
	int rc = score_one(s, is, t, &with, &out->scored);

	rc = rc != 0 ? rc
	             : applicability_apply(&out->scored, 1, s->model->catalog, &s->from, s->fault);
	if (rc != 0) {
		return rc;
	}
	out->days = calloc(t->n_days + 1, sizeof(*out->days));
	out->groups = calloc(SCORE_GROUPS_MAX, sizeof(*out->groups));
	out->sources = calloc(SCORE_SOURCES_MAX, sizeof(*out->sources));
	if (out->days == NULL || out->groups == NULL || out->sources == NULL) {
		return fault_set(s->fault, -ENOMEM, "out of memory");
	}
	if (is->evidence == NULL) {
		return 0;
	}
	rc = add_days(out, &with, s, t);
	rc = rc != 0 ? rc : fill_groups(out, &with, s, t);
	return rc != 0 ? rc
	               : gaps_twice(&out->told_twice, with.evidence->from, with.evidence->of,
	                            &s->model->rules, &s->from, s->fault);
}

int score_detail_of(struct score_detail *out, const struct model_indicator *is,
                    const struct model *m, struct store *st, const struct score_request *request,
                    struct fault *fault)
{
	struct scoring s = { .model = m,
		             .from = { st, request->site, &out->window, NULL },
		             .provisional = request->provisional,
		             .wants_days = true,
		             .fault = fault };
	struct tallies t = { 0 };
	struct parts parts = { 0 };
	int rc;

	*out = (struct score_detail){ .model = m, .provisional = request->provisional };
	(void)snprintf(out->site, sizeof(out->site), "%s", request->site);
	rc = score_window_of(&out->window, m, st, request, fault);
	rc = rc != 0 ? rc : score_mark(&out->simulated, st, request->site, fault);
	rc = rc != 0 ? rc : parts_use(&parts, request->cache, &s.from, fault);
	rc = rc != 0 ? rc : fill_detail(out, is, &s, &t);
	tally_free(&t);
	parts_done(&parts);
	if (rc != 0) {
		score_detail_free(out);
	}
	return rc;
}

void score_detail_free(struct score_detail *detail)
{
	free(detail->days);
	free(detail->groups);
	free(detail->sources);
	*detail = (struct score_detail){ 0 };
}
