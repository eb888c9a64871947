/* A roadmap for people: targets, steps by wave, evidence to collect. */
#include "cli/roadmap.h"

#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/plan_notes.h"
#include "cli/plan_page.h"

enum {
	AREA_WIDTH = 36,
	NOW_WIDTH = 6,
	TARGET_WIDTH = 23,
	FROM_WIDTH = 15,
	STEP_AT = 13,
	WHEN_WIDTH = 8,
	WAVE_WIDTH = 9,
	WEIGHT_WIDTH = 6,
	MISSING_AT = 10,
};

static const struct model_rules *rules_of(const struct roadmap *r)
{
	return &r->card->model->rules;
}

/* ---- targets ---- */

static void targets_head(struct plan_page *p)
{
	look_bold(p->l, p->out);
	buf_printf(p->out, "\n%s\n", plan_word(p, PLAN_TARGETS));
	look_plain(p->l, p->out);
	plan_put_text(p, plan_word(p, PLAN_AREA), AREA_WIDTH);
	plan_put_text(p, plan_word(p, PLAN_TODAY), NOW_WIDTH);
	plan_put_text(p, plan_word(p, PLAN_TARGET), TARGET_WIDTH);
	plan_put_text(p, plan_word(p, PLAN_FROM), FROM_WIDTH);
	buf_printf(p->out, "%s\n", plan_word(p, PLAN_AFTER));
}

static void target(struct plan_page *p, const struct roadmap *r, const struct roadmap_target *t)
{
	static const enum plan_word from[] = {
		[ROADMAP_NEXT_STAGE] = PLAN_FROM_NEXT,
		[ROADMAP_FILE] = PLAN_FROM_FILE,
		[ROADMAP_FILE_SITE] = PLAN_FROM_SITE,
		[ROADMAP_OPTION] = PLAN_FROM_OPTION,
	};
	bool assessed = t->area->status == SCORE_ASSESSED;

	plan_put_text(p, t->area->is->name.in[p->l->language], AREA_WIDTH - 1);
	buf_add_char(p->out, ' ');
	if (assessed) {
		look_score(p->l, rules_of(r), t->area->score, &p->cell);
	} else {
		buf_add_char(&p->cell, '-');
	}
	plan_put(p, NOW_WIDTH, false);
	if (t->stage == 0) {
		buf_printf(p->out, "%s", plan_word(p, assessed ? PLAN_AT_TOP : PLAN_NO_TARGET));
		plan_line(p);
		return;
	}
	look_stage(p->l, rules_of(r), t->stage, &p->cell);
	buf_add_text(&p->cell, " (");
	score_number(t->score, 2, p->l->language, &p->cell);
	buf_add_char(&p->cell, ')');
	plan_put(p, TARGET_WIDTH, false);
	plan_put_text(p, plan_word(p, from[t->from]), FROM_WIDTH);
	if (isnan(t->reached)) {
		buf_printf(p->out, "%s", plan_word(p, PLAN_NOT_ASSESSED));
	} else {
		look_score(p->l, rules_of(r), t->reached, p->out);
		buf_add_char(p->out, ' ');
		look_stage(p->l, rules_of(r), t->reached_stage, p->out);
	}
	plan_line(p);
}

/* ---- steps ---- */

static void now(struct plan_page *p, const struct roadmap_step *s)
{
	const struct scored *d = s->driver;

	buf_printf(&p->cell, "%s ", plan_word(p, PLAN_NOW_IT_IS));
	look_estimate(p->l, d->is, &d->got, &p->cell);
	buf_add_char(&p->cell, ' ');
	look_interval(p->l, d->is, &d->got, &p->cell);
	buf_add_text(&p->cell, ", n ");
	look_count(p->l, d->got.n, &p->cell);
	plan_wrap(p, STEP_AT);
}

static void exit_criterion(struct plan_page *p, const struct roadmap *r,
                           const struct roadmap_step *s)
{
	column_blanks(STEP_AT, p->out);
	if (s->out_of_reach) {
		buf_add_text(&p->cell, plan_word(p, PLAN_NO_REACH));
		plan_wrap(p, STEP_AT);
		return;
	}
	if (s->no_failure) {
		buf_printf(&p->cell, "%s ", plan_word(p, PLAN_DONE_NONE));
	} else {
		buf_printf(&p->cell, "%s ", plan_word(p, PLAN_DONE_WHEN));
		look_anchor(p->l, s->driver->is, s->exit_value, &p->cell);
		buf_printf(&p->cell, " %s ", plan_word(p, PLAN_OR_BETTER));
	}
	buf_printf(&p->cell, "%lld %s", (long long)rules_of(r)->window_days,
	           plan_word(p, PLAN_DAYS));
	plan_wrap(p, STEP_AT);
}

static void effect(struct plan_page *p, const struct roadmap *r, const struct roadmap_step *s)
{
	column_blanks(STEP_AT, p->out);
	buf_printf(&p->cell, "%s %s ", plan_word(p, PLAN_EFFECT),
	           s->area->is->name.in[p->l->language]);
	if (isnan(s->area_after)) {
		buf_printf(&p->cell, "(%s)", plan_word(p, PLAN_NOT_ASSESSED));
	} else {
		buf_printf(&p->cell, "%s ", plan_word(p, PLAN_AREA_TO));
		look_score(p->l, rules_of(r), s->area->score, &p->cell);
		buf_printf(&p->cell, " %s ", plan_word(p, PLAN_TO));
		plan_score(p, rules_of(r), s->area_after, &s->area_sure);
	}
	buf_printf(&p->cell, "; %s ", plan_word(p, PLAN_URGENCY));
	score_number(s->urgency, 4, p->l->language, &p->cell);
	buf_printf(&p->cell, ", %s ", plan_word(p, PLAN_SHARE));
	look_percent(p->l, s->share, &p->cell);
	plan_wrap(p, STEP_AT);
}

static void step(struct plan_page *p, const struct roadmap *r, size_t i)
{
	const struct roadmap_step *s = &r->steps[i];

	buf_printf(p->out, "%3zu. ", i + 1);
	plan_put_text(p, roadmap_when_name(s->when, p->l->language), WHEN_WIDTH);
	buf_printf(&p->cell, "%s %u", plan_word(p, PLAN_WAVE), s->wave);
	plan_put(p, WAVE_WIDTH, false);
	look_bold(p->l, p->out);
	buf_add_slice(p->out, short_name(s->driver->is, p->l->language));
	look_plain(p->l, p->out);
	buf_printf(p->out, " (%s)", s->area->is->name.in[p->l->language]);
	plan_line(p);
	if (s->gate_binds || s->before_gate) {
		column_blanks(STEP_AT, p->out);
		buf_printf(p->out, "%s\n", plan_word(p, s->gate_binds ? PLAN_GATE : PLAN_FOR_GATE));
	}
	column_blanks(STEP_AT, p->out);
	now(p, s);
	exit_criterion(p, r, s);
	effect(p, r, s);
}

static void steps(struct plan_page *p, const struct roadmap *r)
{
	if (r->n_steps == 0) {
		buf_printf(p->out, "\n%s\n", plan_word(p, PLAN_NOTHING));
	}
	for (size_t i = 0; i < r->n_steps; i++) {
		buf_add_text(p->out, i == 0 ? "\n" : "");
		step(p, r, i);
	}
}

/* ---- what is missing ---- */

static void missing(struct plan_page *p, const struct roadmap *r)
{
	if (r->n_missing == 0) {
		return;
	}
	buf_add_char(p->out, '\n');
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s", plan_word(p, PLAN_COLLECT));
	look_plain(p->l, p->out);
	buf_add_char(p->out, '\n');
	for (size_t i = 0; i < r->n_missing; i++) {
		const struct roadmap_missing *m = &r->missing[i];

		buf_add_text(p->out, "  ");
		score_number(m->weight, 3, p->l->language, &p->cell);
		plan_put(p, WEIGHT_WIDTH, true);
		buf_add_text(p->out, "  ");
		buf_add_slice(&p->cell, short_name(m->is->is, p->l->language));
		buf_printf(&p->cell, " (%s): ", m->area->is->name.in[p->l->language]);
		score_reason_text(&m->is->reason, p->l->language, &p->cell);
		plan_wrap(p, MISSING_AT);
	}
}

void roadmap_text(const struct roadmap *r, const struct look *l, struct buf *out)
{
	struct plan_page p;

	plan_page_init(&p, l, out);
	plan_head(&p, plan_word(&p, PLAN_ROADMAP), r->card);
	targets_head(&p);
	for (size_t i = 0; i < r->n_targets; i++) {
		target(&p, r, &r->targets[i]);
	}
	steps(&p, r);
	missing(&p, r);
	plan_notes_text(&p, &(struct plan_notes){ .card = r->card }, 1);
	plan_page_end(&p);
}
