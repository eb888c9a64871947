/* A lens as JSON (docs/lens.schema.json). */
#include <math.h>

#include "cli/lens.h"
#include "cli/plan_notes.h"

struct lens_writer {
	struct put put;
	struct buf text; /* one reason being made */
	enum model_language language;
};

static const char *const status_names[] = {
	[SCORE_NOT_ASSESSED] = "not_assessed",
	[SCORE_ASSESSED] = "assessed",
	[SCORE_NOT_APPLICABLE] = "not_applicable",
};

static void add_score(struct put *j, double score, const struct interval *sure)
{
	put_number(j, "score", score);
	put_number(j, "low", sure->low);
	put_number(j, "high", sure->high);
}

static void add_reason(struct lens_writer *w, const struct lens_line *line)
{
	buf_reset(&w->text);
	if (line->indicator != NULL) {
		score_reason_text(&line->indicator->reason, w->language, &w->text);
	} else if (line->area != NULL && line->area->status != SCORE_ASSESSED &&
	           line->area->n_notes > 0) {
		score_reason_text(&line->area->notes[0], w->language, &w->text);
	}
	if (w->text.len > 0) {
		put_slice(&w->put, "reason",
		          (struct slice){ (const char *)w->text.data, w->text.len });
	} else {
		put_text(&w->put, "reason", NULL);
	}
}

static void add_line(struct lens_writer *w, const struct lens_line *line)
{
	struct put *j = &w->put;
	const struct scored *s = line->indicator;

	put_line(j, 6);
	put_open(j, NULL, '{');
	put_text(j, "id", line->is->area != NULL ? line->is->area->id : line->is->indicator->id);
	put_text(j, "kind",
	         line->is->area != NULL ? "area"
	                                : (line->is->weight > 0 ? "indicator" : "context"));
	put_number(j, "weight", line->is->weight);
	put_bool(j, "presence", line->is->presence);
	put_text(j, "status", status_names[line->status]);
	add_score(j, line->score, &line->sure);
	put_number(j, "value", s != NULL ? s->got.value : NAN);
	put_number(j, "value_low", s != NULL ? s->got.interval.low : NAN);
	put_number(j, "value_high", s != NULL ? s->got.interval.high : NAN);
	put_number(j, "n", s != NULL ? s->got.n : NAN);
	add_reason(w, line);
	put_close(j, '}');
}

static void add_part(struct lens_writer *w, const struct lens_view_part *p)
{
	struct put *j = &w->put;

	put_line(j, 4);
	put_open(j, NULL, '{');
	put_text(j, "id", p->is->id);
	put_text(j, "name", p->is->name.in[w->language]);
	put_text(j, "status", p->is->figures ? "figures" : status_names[p->status]);
	add_score(j, p->score, &p->sure);
	put_number(j, "coverage", p->is->figures ? NAN : p->coverage);
	put_open(j, "members", '[');
	for (size_t i = 0; i < p->n_lines; i++) {
		add_line(w, &p->lines[i]);
	}
	put_close(j, ']');
	put_close(j, '}');
}

static void add_need(struct put *j, const struct lens_answer *a)
{
	static const char *const states[] = { "met", "unmet", "unknown" };
	static const char *const asks[] = { "indicator", "area", "part", "present_of" };
	const struct lens_need *n = a->is;

	put_line(j, 6);
	put_open(j, NULL, '{');
	put_text(j, "of", asks[n->ask]);
	put_text(j, "id",
	         n->indicator != NULL ? n->indicator->id
	         : n->area != NULL    ? n->area->id
	                              : n->part->id);
	put_number(j, "at_least", n->at_least);
	put_number(j, "have", a->have);
	put_text(j, "state", states[a->state]);
	put_bool(j, "sure", a->sure);
	put_close(j, '}');
}

static void add_stages(struct put *j, const struct lens_view *v)
{
	put_number(j, "stage", v->assessed ? (double)v->stage : NAN);
	put_bool(j, "next_stage_open", v->open);
	put_line(j, 2);
	put_open(j, "stages", '[');
	for (size_t s = 0; s < v->is->n_stages; s++) {
		put_line(j, 4);
		put_open(j, NULL, '{');
		put_text(j, "name", v->is->stages[s].name);
		put_open(j, "needs", '[');
		for (size_t i = 0; i < v->is->stages[s].n_needs; i++) {
			add_need(j, &v->answers[s][i]);
		}
		put_close(j, ']');
		put_close(j, '}');
	}
	put_close(j, ']');
}

static void add_drivers(struct put *j, const struct roadmap *r)
{
	put_line(j, 2);
	put_open(j, "drivers", '[');
	for (size_t i = 0; r != NULL && i < r->n_steps; i++) {
		const struct roadmap_step *s = &r->steps[i];

		put_line(j, 4);
		put_open(j, NULL, '{');
		put_text(j, "id", s->driver->is->id);
		put_text(j, "area", s->area->is->id);
		put_number(j, "urgency", s->urgency);
		put_number(j, "share", s->share);
		put_text(j, "when", roadmap_when_name(s->when, MODEL_ENGLISH));
		put_close(j, '}');
	}
	put_close(j, ']');
}

void lens_json(const struct lens_view *v, const struct roadmap *drivers,
               enum model_language language, struct buf *out)
{
	struct lens_writer w = { .put = { .out = out }, .language = language };
	struct put *j = &w.put;
	bool areas[MODEL_AREAS_MAX];

	buf_init(&w.text, LOOK_TEXT_MAX_BYTES);
	put_open(j, NULL, '{');
	put_line(j, 2);
	put_text(j, "lens", v->is->id);
	put_text(j, "name", v->is->name.in[language]);
	put_text(j, "source", v->is->source);
	put_line(j, 2);
	plan_json_head(j, v->card);
	put_line(j, 2);
	put_number(j, "coverage", v->coverage);
	put_number(j, "min_coverage", v->is->min_coverage);
	add_stages(j, v);
	put_line(j, 2);
	put_open(j, "parts", '[');
	for (size_t i = 0; i < v->is->n_parts; i++) {
		add_part(&w, &v->parts[i]);
	}
	put_close(j, ']');
	add_drivers(j, drivers);
	lens_areas(v, areas);
	plan_notes_json(j, &(struct plan_notes){ .card = v->card, .areas = areas }, 1, language);
	buf_add_char(out, '\n');
	put_close(j, '}');
	buf_add_char(out, '\n');
	out->failed |= w.text.failed;
	buf_free(&w.text);
}
