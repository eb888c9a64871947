/* A roadmap as JSON (docs/roadmap.schema.json) and CSV. */
#include <math.h>

#include "cli/plan_notes.h"
#include "cli/plan_page.h"
#include "cli/roadmap.h"

const char *roadmap_from_name(enum roadmap_from from)
{
	static const char *const names[] = {
		[ROADMAP_NEXT_STAGE] = "next_stage",
		[ROADMAP_FILE] = "file",
		[ROADMAP_FILE_SITE] = "file_site",
		[ROADMAP_OPTION] = "option",
	};

	return names[from];
}

static double stage_number(int stage)
{
	return stage > 0 ? (double)stage : NAN;
}

static void add_target(struct put *j, const struct roadmap_target *t)
{
	put_line(j, 4);
	put_open(j, NULL, '{');
	put_text(j, "area", t->area->is->id);
	put_number(j, "score", t->area->score);
	put_number(j, "stage", stage_number(t->area->stage));
	put_number(j, "target_stage", stage_number(t->stage));
	put_number(j, "target_score", t->score);
	put_text(j, "from", t->stage > 0 ? roadmap_from_name(t->from) : NULL);
	put_number(j, "steps", (double)t->n_steps);
	put_number(j, "after", t->reached);
	put_number(j, "after_low", t->sure.low);
	put_number(j, "after_high", t->sure.high);
	put_number(j, "after_stage", stage_number(t->reached_stage));
	put_close(j, '}');
}

static void add_after(struct put *j, const struct roadmap *r, const struct roadmap_step *s)
{
	put_open(j, "after_steps", '[');
	for (size_t i = 0; i < r->n_steps; i++) {
		if (roadmap_precedes(r, &r->steps[i], s)) {
			put_text(j, NULL, r->steps[i].driver->is->id);
		}
	}
	put_close(j, ']');
}

static void add_step(struct put *j, const struct roadmap *r, size_t i)
{
	const struct roadmap_step *s = &r->steps[i];
	const struct scored *d = s->driver;

	put_line(j, 4);
	put_open(j, NULL, '{');
	put_number(j, "order", (double)i + 1);
	put_number(j, "wave", s->wave);
	put_text(j, "id", d->is->id);
	put_text(j, "area", s->area->is->id);
	put_text(j, "when", roadmap_when_name(s->when, MODEL_ENGLISH));
	put_bool(j, "gate_binds", s->gate_binds);
	put_bool(j, "before_gate", s->before_gate);
	put_number(j, "urgency", s->urgency);
	put_number(j, "share", s->share);
	put_number(j, "chance_below", s->chance);
	put_number(j, "dependents", (double)s->dependents);
	add_after(j, r, s);
	put_line(j, 6);
	put_number(j, "value", d->got.value);
	put_number(j, "value_low", d->got.interval.low);
	put_number(j, "value_high", d->got.interval.high);
	put_number(j, "n", d->got.n);
	put_number(j, "score", d->score);
	put_number(j, "low", d->sure.low);
	put_number(j, "high", d->sure.high);
	put_line(j, 6);
	put_open(j, "exit", '{');
	put_bool(j, "no_failure", s->no_failure);
	put_number(j, "value", s->no_failure ? NAN : s->exit_value);
	put_text(j, "direction", d->is->lower_is_better ? "at_most" : "at_least");
	put_number(j, "days", (double)r->card->model->rules.window_days);
	put_bool(j, "out_of_reach", s->out_of_reach);
	put_close(j, '}');
	put_open(j, "area_after", '{');
	put_number(j, "score", s->area_after);
	put_number(j, "low", s->area_sure.low);
	put_number(j, "high", s->area_sure.high);
	put_number(j, "stage", stage_number(s->area_stage));
	put_close(j, '}');
	put_close(j, '}');
}

static struct slice reason_of(const struct roadmap_missing *m, enum model_language language,
                              struct buf *text)
{
	buf_reset(text);
	score_reason_text(&m->is->reason, language, text);
	return (struct slice){ (const char *)text->data, text->len };
}

void roadmap_json(const struct roadmap *r, enum model_language language, struct buf *out)
{
	struct put put = { .out = out };
	struct put *j = &put;
	struct buf text;

	buf_init(&text, LOOK_TEXT_MAX_BYTES);
	put_open(j, NULL, '{');
	put_line(j, 2);
	plan_json_head(j, r->card);
	put_line(j, 2);
	put_open(j, "targets", '[');
	for (size_t i = 0; i < r->n_targets; i++) {
		add_target(j, &r->targets[i]);
	}
	put_close(j, ']');
	put_line(j, 2);
	put_open(j, "steps", '[');
	for (size_t i = 0; i < r->n_steps; i++) {
		add_step(j, r, i);
	}
	put_close(j, ']');
	put_line(j, 2);
	put_open(j, "collect", '[');
	for (size_t i = 0; i < r->n_missing; i++) {
		const struct roadmap_missing *m = &r->missing[i];

		put_line(j, 4);
		put_open(j, NULL, '{');
		put_text(j, "id", m->is->is->id);
		put_text(j, "area", m->area->is->id);
		put_number(j, "weight", m->weight);
		put_slice(j, "reason", reason_of(m, language, &text));
		put_close(j, '}');
	}
	put_close(j, ']');
	plan_notes_json(j, &(struct plan_notes){ .card = r->card }, 1, language);
	buf_add_char(out, '\n');
	put_close(j, '}');
	buf_add_char(out, '\n');
	out->failed |= text.failed;
	buf_free(&text);
}

/* ---- CSV ---- */

/* Whether all this is provisional, and, only where it is, that it is simulated. */
static void row_end(struct put *p, const struct roadmap *r)
{
	put_cell_text(p, r->card->provisional ? "true" : "false");
	if (r->card->simulated) {
		put_cell_text(p, "true");
	}
	put_row_end(p);
}

static void step_row(struct put *p, const struct roadmap *r, size_t i)
{
	const struct roadmap_step *s = &r->steps[i];

	put_cell_text(p, "step");
	put_cell_number(p, (double)i + 1);
	put_cell_number(p, s->wave);
	put_cell_text(p, s->area->is->id);
	put_cell_text(p, s->driver->is->id);
	put_cell_text(p, roadmap_when_name(s->when, MODEL_ENGLISH));
	put_cell_text(p, s->gate_binds ? "true" : "false");
	put_cell_number(p, s->urgency);
	put_cell_number(p, s->share);
	put_cell_number(p, s->driver->got.value);
	put_cell_number(p, s->driver->got.n);
	put_cell_number(p, s->driver->score);
	put_cell_number(p, s->driver->sure.low);
	put_cell_number(p, s->driver->sure.high);
	put_cell_text(p, s->no_failure                    ? "no_failure"
	                 : s->driver->is->lower_is_better ? "at_most"
	                                                  : "at_least");
	put_cell_number(p, s->no_failure ? NAN : s->exit_value);
	put_cell_number(p, s->area->score);
	put_cell_number(p, s->area_after);
	put_cell_number(p, NAN);
	put_cell_text(p, "");
	row_end(p, r);
}

static void missing_row(struct put *p, const struct roadmap *r, size_t i, struct slice reason)
{
	const struct roadmap_missing *m = &r->missing[i];

	put_cell_text(p, "collect");
	put_cell_number(p, (double)i + 1);
	put_cell_number(p, NAN);
	put_cell_text(p, m->area->is->id);
	put_cell_text(p, m->is->is->id);
	for (int empty = 0; empty < 13; empty++) {
		put_cell_number(p, NAN);
	}
	put_cell_number(p, m->weight);
	put_cell(p, reason);
	row_end(p, r);
}

void roadmap_csv(const struct roadmap *r, enum model_language language, struct buf *out)
{
	struct put p = { .out = out };
	struct buf text;

	buf_init(&text, LOOK_TEXT_MAX_BYTES);
	buf_add_text(out, "row,order,wave,area,id,when,gate_binds,urgency,share,value,n,score,low,"
	                  "high,exit,exit_value,area_score,area_after,weight,reason,provisional");
	buf_add_text(out, r->card->simulated ? ",simulated\n" : "\n");
	for (size_t i = 0; i < r->n_steps; i++) {
		step_row(&p, r, i);
	}
	for (size_t i = 0; i < r->n_missing; i++) {
		missing_row(&p, r, i, reason_of(&r->missing[i], language, &text));
	}
	out->failed |= text.failed;
	buf_free(&text);
}
