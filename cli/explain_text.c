/* One indicator in detail: definition, computation, sources, days, groups, what lifts it, and how
 * it could be flattered. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/say.h"
#include "common/when.h"

enum {
	LABEL_WIDTH = 30,
	NUMBER_WIDTH = 12,
	KEY_WIDTH = 12,
	GROUPS_SHOWN = 40,
	ADDRESS_WIDTH = 2000
};

struct sheet {
	const struct score_detail *detail;
	const struct explain_beside *beside;
	const struct model_indicator *is;
	const struct model_rules *rules;
	const struct look *l;
	struct buf *out;
	struct buf cell;
};

static const char *word(const struct sheet *s, enum say what)
{
	return say(what, s->l->language);
}

static struct slice cell_of(const struct sheet *s)
{
	return (struct slice){ (const char *)s->cell.data, s->cell.len };
}

static void heading(struct sheet *s, const char *text)
{
	buf_add_char(s->out, '\n');
	look_bold(s->l, s->out);
	buf_add_text(s->out, text);
	look_plain(s->l, s->out);
	buf_add_char(s->out, '\n');
}

static void paragraph(struct sheet *s, const char *text, size_t at)
{
	column_blanks(at, s->out);
	column_wrap(slice_of(text), at, s->out);
}

static void section(struct sheet *s, enum say title, const struct model_text *text)
{
	if (text->in[s->l->language] != NULL && text->in[s->l->language][0] != '\0') {
		heading(s, word(s, title));
		paragraph(s, text->in[s->l->language], 2);
	}
}

/* Wrap the cell that was made at column `at` and empty it. */
static void flush(struct sheet *s, size_t at)
{
	column_wrap(cell_of(s), at, s->out);
	buf_reset(&s->cell);
}

static double weight_of_area(const struct model_area *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		sum += a->indicators[i].weight;
	}
	return sum;
}

/* 2, 1.5, 0.75: quarters are as fine as weights get */
static void weight(struct sheet *s, double v)
{
	score_number(v,
	             v == floor(v)           ? 0
	             : v * 2 == floor(v * 2) ? 1
	                                     : 2,
	             s->l->language, &s->cell);
}

/* Stands first and last on the page. */
static void mark(struct sheet *s)
{
	look_mark(s->l, s->detail->simulated, s->out);
}

static void head(struct sheet *s)
{
	const struct score_window *w = &s->detail->window;
	static const enum say classes[] = { SAY_MEASURED, SAY_DERIVED, SAY_ATTESTED };
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];

	mark(s);
	look_bold(s->l, s->out);
	column_wrap(slice_of(s->is->name.in[s->l->language]), 0, s->out);
	look_plain(s->l, s->out);
	if (s->is->area != NULL) {
		buf_printf(&s->cell, "%s, %s, %s ", s->is->area->name.in[s->l->language],
		           word(s, classes[s->is->class]), word(s, SAY_WEIGHT));
		weight(s, s->is->weight);
		buf_printf(&s->cell, " %s ", word(s, SAY_OF));
		weight(s, weight_of_area(s->is->area));
		if (s->is->gate != MODEL_NO_GATE) {
			buf_printf(&s->cell, ", %s",
			           word(s, s->is->gate == MODEL_SOFT_GATE ? SAY_SOFT_GATE
			                                                  : SAY_HARD_GATE));
		}
	} else {
		buf_add_text(&s->cell, word(s, SAY_CONTEXT));
	}
	flush(s, 0);
	(void)column_cut(slice_of(s->detail->site), STORE_NAME_MAX, s->out);
	buf_printf(s->out, ", %s %s %s (%s)\n", when_date(w->from_day, from), word(s, SAY_TO),
	           when_date(w->to_day, to), w->timezone);
}

static void score_of(struct sheet *s, const struct scored *r)
{
	look_stage(s->l, s->rules, r->stage, &s->cell);
	buf_printf(&s->cell, ", %s ", word(s, SAY_SCORE_IS));
	look_score(s->l, s->rules, r->score, &s->cell);
	buf_add_text(&s->cell, " [");
	look_score(s->l, s->rules, r->sure.low, &s->cell);
	buf_printf(&s->cell, " %s ", word(s, SAY_TO));
	look_score(s->l, s->rules, r->sure.high, &s->cell);
	buf_add_char(&s->cell, ']');
	if (s->detail->provisional) {
		buf_printf(&s->cell, ", %s", word(s, SAY_PROVISIONAL));
	}
}

static void result(struct sheet *s)
{
	const struct scored *r = &s->detail->scored;

	buf_add_char(s->out, '\n');
	column_blanks(2, s->out);
	if (!isnan(r->got.value)) {
		look_estimate(s->l, s->is, &r->got, &s->cell);
		buf_add_text(&s->cell, isnan(r->got.interval.low) ? "" : " ");
		look_interval(s->l, s->is, &r->got, &s->cell);
		buf_add_text(&s->cell, ", n ");
		look_count(s->l, r->got.n, &s->cell);
		buf_add_text(&s->cell, r->stage > 0 || r->status != SCORE_ASSESSED ? ": " : "");
	}
	if (r->stage > 0) {
		score_of(s, r);
	} else if (r->status != SCORE_ASSESSED) {
		if (r->reason.why != WHY_NOT_MEASURED) {
			buf_printf(&s->cell, "%s: ", word(s, SAY_NOT_ASSESSED));
		}
		score_reason_text(&r->reason, s->l->language, &s->cell);
	}
	flush(s, 2);
}

/* "At the declared T 20 s: 53.1 % [47.7 to 58.4], n 603, 1 queue; reported, never scored" */
static void declared(struct sheet *s)
{
	const struct score_declared *d = s->beside->declared;

	if (d == NULL || d->is != s->is || isnan(d->got.value)) {
		return;
	}
	buf_printf(&s->cell, "%s ", word(s, SAY_AT_DECLARED));
	score_number(d->low_ms / 1000, 0, s->l->language, &s->cell);
	if (d->high_ms > d->low_ms) {
		buf_add_char(&s->cell, '-');
		score_number(d->high_ms / 1000, 0, s->l->language, &s->cell);
	}
	buf_add_text(&s->cell, " s: ");
	look_estimate(s->l, s->is, &d->got, &s->cell);
	buf_add_text(&s->cell, isnan(d->got.interval.low) ? "" : " ");
	look_interval(s->l, s->is, &d->got, &s->cell);
	buf_add_text(&s->cell, ", n ");
	look_count(s->l, d->got.n, &s->cell);
	buf_printf(&s->cell, ", %zu %s; %s", d->queues,
	           word(s, d->queues == 1 ? SAY_QUEUE : SAY_QUEUES), word(s, SAY_NEVER_SCORED));
	column_blanks(2, s->out);
	flush(s, 2);
}

static void conflicts(struct sheet *s)
{
	const struct scored *on_card = s->beside->on_card;

	if (on_card != NULL && on_card->n_flags > 0) {
		buf_printf(&s->cell, "%s: ", word(s, SAY_CONFLICT));
		conflict_text(on_card, s->l, &s->cell);
		column_blanks(2, s->out);
		flush(s, 2);
	}
}

void strangers_text(const struct score_agents *agents, const struct look *l, struct buf *out)
{
	look_count(l, (double)agents->strangers, out);
	buf_printf(out, " %s ", say(SAY_OF, l->language));
	look_count(l, (double)agents->planned, out);
	buf_printf(out, " %s", say(SAY_STRANGERS, l->language));
}

static void strangers(struct sheet *s)
{
	if (s->detail->scored.got.agents.strangers > 0) {
		strangers_text(&s->detail->scored.got.agents, s->l, &s->cell);
		column_blanks(2, s->out);
		flush(s, 2);
	}
}

static void line(struct sheet *s, const char *key, const char *text)
{
	column_blanks(2, s->out);
	column_pad(slice_of(key), KEY_WIDTH - 1, s->out);
	buf_add_char(s->out, ' ');
	column_wrap(slice_of(text), 2 + KEY_WIDTH, s->out);
}

/* Which sources told of it, and of how much; what two of them told is counted for one. */
static void seen_by(struct sheet *s)
{
	const struct score_detail *d = s->detail;

	for (size_t i = 0; i < d->n_sources; i++) {
		buf_printf(&s->cell, "%s%s, n ", i > 0 ? "; " : "", d->sources[i].label);
		if (d->sources[i].got.n < SCORE_CELL_CONTACTS) {
			buf_add_text(&s->cell, "<5");
		} else {
			look_count(s->l, d->sources[i].got.n, &s->cell);
		}
	}
	if (d->told_twice > 0) {
		buf_add_text(&s->cell, d->n_sources > 0 ? "; " : "");
		look_count(s->l, (double)d->told_twice, &s->cell);
		buf_printf(&s->cell, " %s", word(s, SAY_TWICE_LEFT_OUT));
	}
	if (d->n_sources > 0 || d->told_twice > 0) {
		column_blanks(2, s->out);
		column_pad(slice_of(word(s, SAY_SEEN_BY)), KEY_WIDTH, s->out);
		flush(s, 2 + KEY_WIDTH);
	}
}

static void computation(struct sheet *s)
{
	const struct model_evidence *e = s->is->evidence;
	const struct estimate *got = &s->detail->scored.got;

	if (e == NULL) {
		section(s, SAY_TELEMETRY, &s->is->telemetry);
		return;
	}
	heading(s, word(s, SAY_COMPUTED));
	for (size_t i = 0; i < e->n_lines; i++) {
		line(s, e->lines[i].key, e->lines[i].text);
	}
	buf_add_text(&s->cell, model_interval_name(s->is->interval));
	if (!isnan(got->phi)) {
		buf_printf(&s->cell, ", %s ", word(s, SAY_PHI));
		score_number(got->phi, 2, s->l->language, &s->cell);
		if (got->days < (size_t)s->rules->min_days && s->is->interval != MODEL_WILSON) {
			buf_printf(&s->cell, " (%s)", word(s, SAY_PHI_ASSUMED));
		}
	}
	buf_printf(&s->cell, ", %s %zu %s", word(s, SAY_DATA_ON), got->days,
	           word(s, got->days == 1 ? SAY_DAY : SAY_DAYS));
	column_blanks(2, s->out);
	column_pad(slice_of(word(s, SAY_INTERVAL)), KEY_WIDTH, s->out);
	flush(s, 2 + KEY_WIDTH);
	seen_by(s);
}

static void anchor(struct sheet *s, const char *name, double value,
                   const struct model_source *source, bool sourced)
{
	column_blanks(2, s->out);
	column_pad(slice_of(name), KEY_WIDTH, s->out);
	look_anchor(s->l, s->is, value, &s->cell);
	column_pad_left(cell_of(s), NUMBER_WIDTH - 2, s->out);
	buf_reset(&s->cell);
	if (!sourced) {
		buf_add_char(s->out, '\n');
		return;
	}
	column_blanks(2, s->out);
	if (source == NULL) {
		column_wrap(slice_of(word(s, SAY_PROPOSED)), 2 + KEY_WIDTH + NUMBER_WIDTH, s->out);
		return;
	}
	column_wrap(slice_of(source->title), 2 + KEY_WIDTH + NUMBER_WIDTH, s->out);
	if (source->took != NULL) {
		paragraph(s, source->took, 2 + KEY_WIDTH + NUMBER_WIDTH);
	}
	/* an address is not cut, so that it can be followed */
	column_blanks(4, s->out);
	(void)column_cut(slice_of(source->ref), ADDRESS_WIDTH, s->out);
	buf_add_char(s->out, '\n');
}

static void thresholds(struct sheet *s)
{
	static const char *const names[] = { "1/2", "2/3", "3/4" };

	if (s->is->area == NULL) {
		return;
	}
	heading(s, word(s, SAY_THRESHOLDS));
	if (!s->is->ordinal) {
		anchor(s, word(s, SAY_FLOOR), s->is->anchors[0], NULL, false);
	}
	for (size_t i = 0; i < MODEL_STAGES - 1; i++) {
		anchor(s, names[i], s->is->thresholds[i].value, s->is->thresholds[i].source, true);
	}
	if (!s->is->ordinal) {
		anchor(s, word(s, SAY_CEILING), s->is->anchors[MODEL_ANCHORS - 1], NULL, false);
	}
}

static void lift(struct sheet *s)
{
	if (s->is->area == NULL || isnan(s->detail->scored.got.value)) {
		return;
	}
	heading(s, word(s, SAY_LIFT));
	if (!lift_text(&s->detail->scored, s->rules, s->l, &s->cell)) {
		buf_add_text(&s->cell, word(s, SAY_TOP));
	}
	column_blanks(2, s->out);
	flush(s, 2);
}

/* Numerator, denominator (or n) and value; nothing of a cell that is too small. */
static void figures(struct sheet *s, const struct estimate *got)
{
	if (got->n < SCORE_CELL_CONTACTS) {
		column_pad_left(SLICE("<5"), NUMBER_WIDTH, s->out);
		buf_add_char(s->out, '\n');
		return;
	}
	if (!isnan(got->numerator)) {
		look_count(s->l, got->numerator, &s->cell);
		column_pad_left(cell_of(s), NUMBER_WIDTH, s->out);
		buf_reset(&s->cell);
	}
	look_count(s->l, got->n, &s->cell);
	column_pad_left(cell_of(s), NUMBER_WIDTH, s->out);
	buf_reset(&s->cell);
	look_value(s->l, s->is, got->value, &s->cell);
	column_pad_left(cell_of(s), NUMBER_WIDTH, s->out);
	buf_reset(&s->cell);
	buf_add_char(s->out, '\n');
}

/* The heads of the columns that figures() fills. */
static void figures_head(struct sheet *s)
{
	column_blanks(2 + LABEL_WIDTH, s->out);
	if (!isnan(s->detail->scored.got.numerator)) {
		column_pad_left(slice_of(word(s, SAY_NUMERATOR)), NUMBER_WIDTH, s->out);
	}
	column_pad_left(SLICE("n"), NUMBER_WIDTH, s->out);
	column_pad_left(slice_of(word(s, SAY_VALUE)), NUMBER_WIDTH, s->out);
	buf_add_char(s->out, '\n');
}

static void days(struct sheet *s)
{
	bool hidden = false;
	char date[WHEN_DATE_SIZE];

	if (s->detail->scored.got.days == 0) {
		return;
	}
	heading(s, word(s, SAY_BY_DAY));
	figures_head(s);
	for (size_t i = 0; i < s->detail->n_days; i++) {
		const struct score_line *d = &s->detail->days[i];

		if (d->got.n > 0) {
			column_blanks(2, s->out);
			column_pad(slice_of(when_date(d->day, date)), LABEL_WIDTH, s->out);
			figures(s, &d->got);
			hidden |= d->got.n < SCORE_CELL_CONTACTS;
		}
	}
	if (hidden) {
		paragraph(s, word(s, SAY_SUPPRESSED), 2);
	}
}

static void groups(struct sheet *s)
{
	const struct score_detail *d = s->detail;
	size_t shown = d->n_groups < GROUPS_SHOWN ? d->n_groups : GROUPS_SHOWN;
	bool hidden = false;
	uint64_t left_out;

	if (d->n_groups == 0) {
		return;
	}
	buf_printf(&s->cell, "%s %s", word(s, SAY_BY), s->is->evidence->by->name);
	heading(s, buf_text(&s->cell));
	buf_reset(&s->cell);
	figures_head(s);
	for (size_t i = 0; i < shown; i++) {
		const struct score_line *g = &d->groups[i];

		column_blanks(2, s->out);
		column_pad(slice_of(g->label[0] != '\0' ? g->label : word(s, SAY_NONE)),
		           LABEL_WIDTH, s->out);
		figures(s, &g->got);
		hidden |= g->got.n < SCORE_CELL_CONTACTS;
	}
	left_out = d->groups_left_out + (d->n_groups - shown);
	if (left_out > 0) {
		buf_printf(s->out, "  %" PRIu64 " %s\n", left_out, word(s, SAY_LEFT_OUT));
	}
	if (hidden) {
		paragraph(s, word(s, SAY_SUPPRESSED), 2);
	}
}

void explain_text(const struct score_detail *detail, const struct explain_beside *beside,
                  const struct look *l, struct buf *out)
{
	struct sheet s = { .detail = detail,
		           .beside = beside,
		           .is = detail->scored.is,
		           .rules = &detail->model->rules,
		           .l = l,
		           .out = out };

	buf_init(&s.cell, LOOK_TEXT_MAX_BYTES);
	head(&s);
	result(&s);
	declared(&s);
	conflicts(&s);
	strangers(&s);
	section(&s, SAY_DEFINITION, &s.is->formula);
	section(&s, SAY_USE, &s.is->use);
	computation(&s);
	thresholds(&s);
	lift(&s);
	days(&s);
	groups(&s);
	section(&s, SAY_GAMING, &s.is->gaming);
	section(&s, SAY_COUNTER, &s.is->counter);
	mark(&s);
	out->failed |= s.cell.failed;
	buf_free(&s.cell);
}
