/* A lens for people: its stage, its parts with their members, what the next stage needs. */
#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/lens.h"
#include "cli/plan_notes.h"
#include "cli/plan_page.h"

enum {
	NAME_WIDTH = 46,
	BAR_WIDTH = 24,
	COVER_WIDTH = 7,
	MEMBER_WIDTH = 44,
	VALUE_WIDTH = 10,
	STATE_WIDTH = 15,
	DRIVERS_MAX = 10,
};

static const struct model_rules *rules_of(const struct lens_view *v)
{
	return &v->card->model->rules;
}

static void head(struct plan_page *p, const struct lens_view *v)
{
	plan_head(p, v->is->name.in[p->l->language], v->card);
	buf_add_text(&p->cell, plan_word(p, PLAN_VIEW));
	plan_wrap(p, 0);
	if (v->is->note.in[p->l->language][0] != '\0') {
		buf_add_text(&p->cell, v->is->note.in[p->l->language]);
		plan_wrap(p, 0);
	}
	buf_add_char(p->out, '\n');
}

static void stage(struct plan_page *p, const struct lens_view *v)
{
	if (v->is->n_stages == 0) {
		return;
	}
	look_bold(p->l, p->out);
	if (!v->assessed) {
		buf_printf(p->out, "%s", plan_word(p, PLAN_NO_STAGE));
	} else if (v->stage == 0) {
		buf_printf(p->out, "%s 0 %s %zu: %s", plan_word(p, PLAN_STAGE),
		           plan_word(p, PLAN_OF), v->is->n_stages, plan_word(p, PLAN_BELOW_FIRST));
	} else {
		buf_printf(p->out, "%s %d %s %zu: %s", plan_word(p, PLAN_STAGE), v->stage,
		           plan_word(p, PLAN_OF), v->is->n_stages,
		           v->is->stages[v->stage - 1].name);
	}
	look_plain(p->l, p->out);
	buf_add_text(p->out, " (");
	look_percent(p->l, v->coverage, p->out);
	buf_printf(p->out, " %s", plan_word(p, PLAN_WEIGHT_SEEN));
	if (!v->assessed) {
		buf_add_text(p->out, ", ");
		look_percent(p->l, v->is->min_coverage, p->out);
		buf_printf(p->out, " %s", plan_word(p, PLAN_NEEDED));
	}
	buf_add_text(p->out, ")\n\n");
}

/* ---- parts ---- */

static void member_name(struct plan_page *p, const struct lens_line *line)
{
	enum model_language language = p->l->language;
	struct slice name = line->area != NULL ? slice_of(line->area->is->name.in[language])
	                                       : short_name(line->is->indicator, language);

	column_name(name, 2, MEMBER_WIDTH - 2, p->out);
	buf_add_char(p->out, ' ');
}

static void reason(struct plan_page *p, const struct lens_line *line)
{
	if (line->indicator != NULL) {
		score_reason_text(&line->indicator->reason, p->l->language, &p->cell);
	} else if (line->area != NULL && line->area->n_notes > 0) {
		score_reason_text(&line->area->notes[0], p->l->language, &p->cell);
	}
	if (p->cell.len == 0) {
		buf_add_text(&p->cell, plan_word(p, PLAN_NOT_ASSESSED));
	}
	plan_wrap(p, MEMBER_WIDTH + 1);
}

static void figure(struct plan_page *p, const struct scored *s)
{
	look_estimate(p->l, s->is, &s->got, &p->cell);
	buf_add_char(&p->cell, ' ');
	look_interval(p->l, s->is, &s->got, &p->cell);
	buf_add_text(&p->cell, " n ");
	look_count(p->l, s->got.n, &p->cell);
}

static void member(struct plan_page *p, const struct lens_view *v, const struct lens_line *line)
{
	member_name(p, line);
	if (line->status != SCORE_ASSESSED) {
		reason(p, line);
		return;
	}
	if (line->is->weight > 0) {
		plan_score(p, rules_of(v), line->score, &line->sure);
	} else {
		buf_add_text(&p->cell, plan_word(p, PLAN_NOT_SCORED));
	}
	if (line->indicator != NULL) {
		buf_add_text(&p->cell, line->is->presence ? ", " : "; ");
		if (line->is->presence) {
			buf_printf(&p->cell, "%s; ", plan_word(p, PLAN_BY_PRESENCE));
		}
		figure(p, line->indicator);
	}
	plan_wrap(p, MEMBER_WIDTH + 1);
}

static void part(struct plan_page *p, const struct lens_view *v, const struct lens_view_part *part)
{
	look_bold(p->l, p->out);
	plan_put_text(p, part->is->name.in[p->l->language], NAME_WIDTH);
	look_plain(p->l, p->out);
	if (part->status == SCORE_ASSESSED) {
		int stage = score_stage(rules_of(v), part->score);

		look_paint(p->l, stage, p->out);
		look_bar(rules_of(v), &part->sure, BAR_WIDTH, p->out);
		look_plain(p->l, p->out);
		buf_add_char(p->out, ' ');
		plan_score(p, rules_of(v), part->score, &part->sure);
		plan_put(p, 21, false);
		look_percent(p->l, part->coverage, &p->cell);
		plan_put(p, COVER_WIDTH, true);
	} else if (!part->is->figures) {
		buf_printf(p->out, "%s (", plan_word(p, PLAN_NOT_ASSESSED));
		look_percent(p->l, part->coverage, p->out);
		buf_printf(p->out, " %s ", plan_word(p, PLAN_OF));
		look_percent(p->l, v->is->min_coverage, p->out);
		buf_printf(p->out, " %s)", plan_word(p, PLAN_NEEDED));
	}
	plan_line(p);
	for (size_t i = 0; i < part->n_lines; i++) {
		member(p, v, &part->lines[i]);
	}
	buf_add_char(p->out, '\n');
}

/* ---- the next stage ---- */

static void need_name(struct plan_page *p, const struct lens_need *need)
{
	switch (need->ask) {
	case LENS_ASK_INDICATOR:
		buf_add_slice(&p->cell, short_name(need->indicator, p->l->language));
		break;
	case LENS_ASK_AREA:
		buf_add_text(&p->cell, need->area->name.in[p->l->language]);
		break;
	case LENS_ASK_PART:
		buf_add_text(&p->cell, need->part->name.in[p->l->language]);
		break;
	case LENS_ASK_PRESENT:
		buf_add_text(&p->cell, plan_word(p, PLAN_PRESENT));
		break;
	}
}

static void need_line(struct plan_page *p, const struct lens_answer *a)
{
	static const enum plan_word words[] = {
		[LENS_MET] = PLAN_MET, [LENS_UNMET] = PLAN_UNMET, [LENS_UNKNOWN] = PLAN_UNKNOWN
	};
	int digits = a->is->ask == LENS_ASK_PRESENT ? 0 : 2;

	buf_add_text(p->out, "  ");
	plan_put_text(p, plan_word(p, words[a->state]), STATE_WIDTH);
	need_name(p, a->is);
	buf_add_text(&p->cell, ": ");
	if (isnan(a->have)) {
		buf_add_text(&p->cell, plan_word(p, PLAN_NOT_ASSESSED));
	} else {
		score_number(a->have, digits, p->l->language, &p->cell);
	}
	buf_add_text(&p->cell, ", ");
	if (isnan(a->is->at_least)) {
		buf_add_text(&p->cell, plan_word(p, PLAN_MUST_ASSESS));
	} else {
		buf_printf(&p->cell, "%s ", plan_word(p, PLAN_AT_LEAST));
		score_number(a->is->at_least, digits, p->l->language, &p->cell);
	}
	if (a->state != LENS_UNKNOWN && !a->sure) {
		buf_printf(&p->cell, " (%s)", plan_word(p, PLAN_UNSURE));
	}
	plan_wrap(p, 2 + STATE_WIDTH);
}

static void next_stage(struct plan_page *p, const struct lens_view *v)
{
	const struct lens_stage *next;

	if ((size_t)v->stage >= v->is->n_stages) {
		return;
	}
	next = &v->is->stages[v->stage];
	if (next->n_needs == 0) {
		return; /* it needs nothing but an assessment */
	}
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s %s %d: %s", plan_word(p, PLAN_NEXT_STAGE), plan_word(p, PLAN_STAGE),
	           v->stage + 1, next->name);
	look_plain(p->l, p->out);
	if (v->open) {
		buf_printf(p->out, " (%s)", plan_word(p, PLAN_OPEN));
	}
	buf_add_char(p->out, '\n');
	for (size_t i = 0; i < next->n_needs; i++) {
		need_line(p, &v->answers[v->stage][i]);
	}
}

/* ---- drivers ---- */

static const struct roadmap_step *urgent(const struct roadmap *r, size_t rank)
{
	for (size_t i = 0; i < r->n_steps; i++) {
		size_t above = 0;

		for (size_t j = 0; j < r->n_steps; j++) {
			above += r->steps[j].urgency > r->steps[i].urgency ||
			         (j < i && r->steps[j].urgency == r->steps[i].urgency);
		}
		if (above == rank) {
			return &r->steps[i];
		}
	}
	return NULL;
}

static void drivers(struct plan_page *p, const struct roadmap *r)
{
	buf_add_char(p->out, '\n');
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s", plan_word(p, PLAN_DRIVERS));
	look_plain(p->l, p->out);
	buf_add_char(p->out, '\n');
	if (r->n_steps == 0) {
		buf_printf(p->out, "  %s\n", plan_word(p, PLAN_NO_DRIVERS));
	}
	for (size_t i = 0; i < r->n_steps && i < DRIVERS_MAX; i++) {
		const struct roadmap_step *s = urgent(r, i);

		buf_add_text(p->out, "  ");
		plan_put_text(p, roadmap_when_name(s->when, p->l->language), 9);
		look_percent(p->l, s->share, &p->cell);
		plan_put(p, 6, true);
		buf_add_text(p->out, "  ");
		buf_add_slice(&p->cell, short_name(s->driver->is, p->l->language));
		plan_put(p, 44, false);
		buf_add_char(p->out, ' ');
		plan_put_text(p, s->area->is->name.in[p->l->language], 34);
		plan_line(p);
	}
}

/* Does a figure come from calls of which only a share may have been followed? */
static bool rests_on_the_wire(const struct lens_line *line)
{
	const struct model_indicator *is = line->is->indicator;
	const struct cxm_kind *from =
		is != NULL && is->evidence != NULL ? is->evidence->from : NULL;

	return (from != NULL && cxm_field_named(from, SLICE("sampled_ppm")) != NULL) ||
	       (line->indicator != NULL && line->indicator->got.sampled.highest_ppm > 0);
}

/* A figure of context has no area: of its calls every area that rests on such speaks. */
static void add_areas(const struct lens_line *line, const struct scorecard *card, bool *areas)
{
	const struct model_indicator *is = line->is->indicator;
	const struct model_area *of = is != NULL ? is->area : line->is->area;

	for (size_t a = 0; a < card->n_areas && (is == NULL || rests_on_the_wire(line)); a++) {
		areas[a] |= of == NULL || card->areas[a].is == of;
	}
}

void lens_areas(const struct lens_view *v, bool areas[MODEL_AREAS_MAX])
{
	memset(areas, 0, MODEL_AREAS_MAX * sizeof(*areas));
	for (size_t i = 0; i < v->is->n_parts; i++) {
		for (size_t k = 0; k < v->parts[i].n_lines; k++) {
			add_areas(&v->parts[i].lines[k], v->card, areas);
		}
	}
}

static void notes(struct plan_page *p, const struct lens_view *v)
{
	bool areas[MODEL_AREAS_MAX];

	lens_areas(v, areas);
	plan_notes_text(p, &(struct plan_notes){ .card = v->card, .areas = areas }, 1);
}

void lens_text(const struct lens_view *v, const struct roadmap *rated, const struct look *l,
               struct buf *out)
{
	struct plan_page p;

	plan_page_init(&p, l, out);
	head(&p, v);
	stage(&p, v);
	for (size_t i = 0; i < v->is->n_parts; i++) {
		part(&p, v, &v->parts[i]);
	}
	next_stage(&p, v);
	if (rated != NULL) {
		drivers(&p, rated);
	}
	/* the last part ends with an empty line that nothing follows */
	while (out->len > 1 && out->data[out->len - 1] == '\n' && out->data[out->len - 2] == '\n') {
		out->len--;
	}
	notes(&p, v);
	plan_page_end(&p);
}
