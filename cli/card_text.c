/*
 * The scorecard for people. Every line states its figure in words too, so nothing is lost without
 * colour or in a screen reader; what is assessed comes first, what is missing takes one line an
 * area.
 */
#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/say.h"
#include "common/when.h"

enum {
	NAME_WIDTH = 35,
	BAR_WIDTH = 24,
	BAR_WIDTH_PROVISIONAL = 16, /* the word needs the room */
	SCORE_WIDTH = 5,
	STAGE_WIDTH = 11,
	VERDICT_WIDTH = 11,
	COVERAGE_WIDTH = 6,
	LINE_NAME_WIDTH = 34,
	LINE_VALUE_WIDTH = 8,
	LINE_INTERVAL_WIDTH = 17,
	LINE_N_WIDTH = 9,
	LINE_STAGE_WIDTH = 13,
	LINE_REASON_AT = 37,
};

struct page {
	const struct scorecard *card;
	const struct look *l;
	struct buf *out;
	struct buf cell; /* one column being made */
};

static struct slice cell_of(struct page *p)
{
	return (struct slice){ (const char *)p->cell.data, p->cell.len };
}

static const char *word(const struct page *p, enum say what)
{
	return say(what, p->l->language);
}

/* Put the cell that was made into its column and empty it. */
static void put(struct page *p, size_t width, bool right)
{
	if (right) {
		column_pad_left(cell_of(p), width, p->out);
	} else {
		column_pad(cell_of(p), width, p->out);
	}
	buf_reset(&p->cell);
}

static void put_text(struct page *p, const char *text, size_t width)
{
	column_pad(slice_of(text), width, p->out);
}

static void end_line(struct page *p)
{
	/* a column may have been filled with blanks that nothing follows */
	while (p->out->len > 0 && p->out->data[p->out->len - 1] == ' ') {
		p->out->len--;
	}
	buf_add_char(p->out, '\n');
}

struct slice short_name(const struct model_indicator *is, enum model_language language)
{
	struct slice name = slice_of(is->name.in[language]);
	const char *bracket = strstr(name.at, " (");

	return bracket != NULL ? (struct slice){ name.at, (size_t)(bracket - name.at) } : name;
}

/* ---- head ---- */

/* Stands first and last on the page. */
static void mark(struct page *p)
{
	if (p->card->simulated) {
		look_bold(p->l, p->out);
		buf_printf(p->out, "%s\n", word(p, SAY_SIMULATED));
		look_plain(p->l, p->out);
	}
}

static void head(struct page *p)
{
	const struct score_window *w = &p->card->window;
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];
	int days = w->to_day - w->from_day + 1;

	mark(p);
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s: ", word(p, SAY_TITLE));
	(void)column_cut(slice_of(p->card->site), STORE_NAME_MAX, p->out);
	look_plain(p->l, p->out);
	buf_printf(p->out, "\n%s %s %s (%d %s, %s)\n", when_date(w->from_day, from),
	           word(p, SAY_TO), when_date(w->to_day, to), days,
	           word(p, days == 1 ? SAY_DAY : SAY_DAYS), w->timezone);
	buf_printf(p->out, "%s ", word(p, SAY_MODEL));
	(void)column_cut(slice_of(p->card->model->id), 48, p->out);
	buf_add_char(p->out, ' ');
	(void)column_cut(slice_of(p->card->model->version), 24, p->out);
	buf_printf(p->out, " (sha256 %.8s)\n", p->card->model->sha256);
	if (p->card->provisional) {
		look_bold(p->l, p->out);
		buf_add_text(p->out, word(p, SAY_PROVISIONAL_WHY));
		look_plain(p->l, p->out);
		buf_add_char(p->out, '\n');
	}
	buf_add_char(p->out, '\n');
}

/* ---- the twelve areas ---- */

static size_t bar_width(const struct page *p)
{
	return p->card->provisional ? BAR_WIDTH_PROVISIONAL : BAR_WIDTH;
}

static void areas_head(struct page *p)
{
	size_t quarter = bar_width(p) / MODEL_STAGES;

	put_text(p, word(p, SAY_AREA), NAME_WIDTH + 1);
	for (int stage = 1; stage <= MODEL_STAGES; stage++) {
		buf_printf(p->out, "%d", stage);
		column_blanks(quarter - 1, p->out);
	}
	buf_add_char(p->out, ' ');
	put_text(p, word(p, SAY_SCORE), SCORE_WIDTH + 1);
	put_text(p, word(p, SAY_STAGE), STAGE_WIDTH + 1);
	put_text(p, word(p, SAY_VERDICT), VERDICT_WIDTH + 1);
	put_text(p, word(p, SAY_COVERAGE), COVERAGE_WIDTH);
	end_line(p);
}

static void verdict(struct page *p, const struct scored_area *a)
{
	const struct model_rules *rules = &p->card->model->rules;

	switch (a->verdict) {
	case VERDICT_CONFIRMED:
		buf_add_text(&p->cell, word(p, SAY_CONFIRMED));
		break;
	case VERDICT_LEANING:
		buf_printf(&p->cell, "%s %d-%d", word(p, SAY_LEANING),
		           score_stage(rules, a->sure.low), score_stage(rules, a->sure.high));
		break;
	case VERDICT_UNEVEN:
		buf_add_text(&p->cell, word(p, SAY_UNEVEN));
		break;
	case VERDICT_NOT_ASSESSED:
		buf_add_text(&p->cell, word(p, SAY_NOT_ASSESSED));
		break;
	}
}

static void assessed_area(struct page *p, const struct scored_area *a)
{
	const struct model_rules *rules = &p->card->model->rules;

	look_paint(p->l, a->stage, p->out);
	look_bar(rules, &a->sure, bar_width(p), p->out);
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	look_score(p->l, rules, a->score, &p->cell);
	put(p, SCORE_WIDTH, true);
	buf_add_char(p->out, ' ');
	look_paint(p->l, a->stage, p->out);
	put_text(p, rules->stages[a->stage - 1].in[p->l->language], STAGE_WIDTH);
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	verdict(p, a);
	put(p, VERDICT_WIDTH, false);
	look_percent(p->l, a->coverage, &p->cell);
	put(p, COVERAGE_WIDTH, true);
	if (p->card->provisional) {
		buf_printf(p->out, " %s", word(p, SAY_PROVISIONAL));
	}
}

static bool has_value(const struct scored *s)
{
	return !isnan(s->got.value);
}

/* An indicator that has data, only not enough of it, when such would make the area complete. */
static const struct scored *only_too_little(const struct page *p, const struct scored_area *a)
{
	const struct scored *first = NULL;
	double there = 0;
	double all = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		all += s->status != SCORE_NOT_APPLICABLE ? s->is->weight : 0;
		there += has_value(s) ? s->is->weight : 0;
		if (first == NULL && has_value(s) && s->status == SCORE_NOT_ASSESSED) {
			first = s;
		}
	}
	return there >= p->card->model->rules.min_coverage * all ? first : NULL;
}

static void missing_area(struct page *p, const struct scored_area *a)
{
	const struct scored *little = only_too_little(p, a);
	enum model_language language = p->l->language;

	if (a->status == SCORE_NOT_APPLICABLE) {
		buf_add_text(&p->cell, word(p, SAY_NOT_APPLICABLE));
	} else if (little != NULL) {
		buf_printf(&p->cell, "%s: ", word(p, SAY_NOT_ASSESSED));
		score_reason_text(&little->reason, language, &p->cell);
	} else if (a->n_notes > 0 && a->coverage >= p->card->model->rules.min_coverage) {
		buf_printf(&p->cell, "%s: ", word(p, SAY_NOT_ASSESSED));
		score_reason_text(&a->notes[0], language, &p->cell);
	} else {
		if (a->coverage > 0) {
			look_percent(p->l, a->coverage, &p->cell);
			buf_printf(&p->cell, " %s, ", word(p, SAY_ASSESSED));
		} else {
			buf_printf(&p->cell, "%s, ", word(p, SAY_NOT_ASSESSED));
		}
		buf_printf(&p->cell, "%s %s", word(p, SAY_NEEDS), a->is->needs.in[language]);
	}
	look_paint(p->l, 0, p->out);
	(void)column_cut(cell_of(p), COLUMN_LINE_MAX - NAME_WIDTH - 1, p->out);
	buf_reset(&p->cell);
	look_plain(p->l, p->out);
}

static void areas(struct page *p)
{
	areas_head(p);
	for (size_t i = 0; i < p->card->n_areas; i++) {
		const struct scored_area *a = &p->card->areas[i];

		put_text(p, a->is->name.in[p->l->language], NAME_WIDTH);
		buf_add_char(p->out, ' ');
		if (a->status == SCORE_ASSESSED) {
			assessed_area(p, a);
		} else {
			missing_area(p, a);
		}
		end_line(p);
	}
}

/* ---- indicators ---- */

static void value_and_n(struct page *p, const struct scored *s)
{
	look_estimate(p->l, s->is, &s->got, &p->cell);
	put(p, LINE_VALUE_WIDTH, true);
	buf_add_char(p->out, ' ');
	look_interval(p->l, s->is, &s->got, &p->cell);
	put(p, LINE_INTERVAL_WIDTH, false);
	buf_add_char(p->out, ' ');
	buf_add_text(&p->cell, "n ");
	look_count(p->l, s->got.n, &p->cell);
	put(p, LINE_N_WIDTH, true);
}

static void not_assessed_value(struct page *p, const struct scored *s)
{
	look_value(p->l, s->is, s->got.value, &p->cell);
	put(p, LINE_VALUE_WIDTH, true);
	buf_printf(&p->cell, "%s: ", word(p, SAY_NOT_ASSESSED));
	score_reason_text(&s->reason, p->l->language, &p->cell);
	if (s->reason.why != WHY_TOO_FEW || s->reason.have >= s->reason.need) {
		buf_add_text(&p->cell, " (n = ");
		look_count(p->l, s->got.n, &p->cell);
		buf_add_char(&p->cell, ')');
	}
	buf_add_char(p->out, ' ');
	(void)column_cut(cell_of(p), COLUMN_LINE_MAX - LINE_REASON_AT - LINE_VALUE_WIDTH - 1,
	                 p->out);
	buf_reset(&p->cell);
}

static void indicator(struct page *p, const struct scored *s)
{
	const struct model_rules *rules = &p->card->model->rules;

	column_blanks(2, p->out);
	column_pad(short_name(s->is, p->l->language), LINE_NAME_WIDTH, p->out);
	buf_add_char(p->out, ' ');
	if (!has_value(s)) {
		score_reason_text(&s->reason, p->l->language, &p->cell);
		column_wrap(cell_of(p), LINE_REASON_AT, p->out);
		buf_reset(&p->cell);
		return;
	}
	if (s->status != SCORE_ASSESSED) {
		not_assessed_value(p, s);
		end_line(p);
		return;
	}
	value_and_n(p, s);
	if (s->stage > 0) {
		column_blanks(2, p->out);
		look_paint(p->l, s->stage, p->out);
		look_stage(p->l, rules, s->stage, &p->cell);
		put(p, LINE_STAGE_WIDTH, false);
		look_plain(p->l, p->out);
		if (p->card->provisional) {
			buf_printf(p->out, " %s", word(p, SAY_PROVISIONAL));
		}
	}
	end_line(p);
}

static void area_head(struct page *p, const struct scored_area *a)
{
	const struct model_rules *rules = &p->card->model->rules;
	enum model_language language = p->l->language;

	buf_add_char(p->out, '\n');
	look_bold(p->l, p->out);
	(void)column_cut(slice_of(a->is->name.in[language]), NAME_WIDTH, p->out);
	look_plain(p->l, p->out);
	if (a->status == SCORE_ASSESSED) {
		buf_add_text(&p->cell, ": ");
		look_score(p->l, rules, a->score, &p->cell);
		buf_add_text(&p->cell, " [");
		look_score(p->l, rules, a->sure.low, &p->cell);
		buf_printf(&p->cell, " %s ", word(p, SAY_TO));
		look_score(p->l, rules, a->sure.high, &p->cell);
		buf_printf(&p->cell, "], %s %d", word(p, SAY_SECOND_OPINION), a->second_opinion);
		if (p->card->provisional) {
			buf_printf(&p->cell, ", %s", word(p, SAY_PROVISIONAL));
		}
		(void)column_cut(cell_of(p), COLUMN_LINE_MAX - NAME_WIDTH, p->out);
		buf_reset(&p->cell);
	}
	end_line(p);
	/* of an area that is not assessed the table above has said it */
	for (size_t i = 0; a->status == SCORE_ASSESSED && i < a->n_notes; i++) {
		column_blanks(2, p->out);
		score_reason_text(&a->notes[i], language, &p->cell);
		column_wrap(cell_of(p), 2, p->out);
		buf_reset(&p->cell);
	}
}

/* All indicators of an assessed area; of another one those that have a figure to show. */
static void details(struct page *p, const struct scored_area *a)
{
	bool any = a->status == SCORE_ASSESSED;

	for (size_t i = 0; i < a->n_indicators; i++) {
		any |= has_value(&a->indicators[i]);
	}
	if (!any) {
		return;
	}
	area_head(p, a);
	for (size_t i = 0; i < a->n_indicators; i++) {
		if (a->status == SCORE_ASSESSED || has_value(&a->indicators[i])) {
			indicator(p, &a->indicators[i]);
		}
	}
}

/* ---- the rest ---- */

static void context(struct page *p)
{
	bool any = false;

	for (size_t i = 0; i < p->card->n_context; i++) {
		const struct scored *s = &p->card->context[i];

		if (!has_value(s)) {
			continue;
		}
		if (!any) {
			buf_add_char(p->out, '\n');
			look_bold(p->l, p->out);
			buf_add_text(p->out, word(p, SAY_CONTEXT));
			look_plain(p->l, p->out);
			buf_add_char(p->out, '\n');
			any = true;
		}
		indicator(p, s);
	}
}

static const char *gap_name(const struct page *p, const char *name)
{
	if (strcmp(name, "unknown_end") == 0) {
		return word(p, SAY_UNKNOWN_END);
	}
	return strcmp(name, "pbx_stopped") == 0 ? word(p, SAY_PBX_STOPPED) : name;
}

static void gaps(struct page *p)
{
	for (size_t i = 0; i < p->card->n_gaps; i++) {
		const struct score_gap *g = &p->card->gaps[i];

		if (g->count > 0) {
			buf_printf(&p->cell, "%s%s %llu", p->cell.len > 0 ? ", " : "",
			           gap_name(p, g->name), (unsigned long long)g->count);
		}
	}
	if (p->cell.len > 0) {
		buf_printf(p->out, "\n%s: ", word(p, SAY_GAPS));
		column_wrap(cell_of(p), column_width(slice_of(word(p, SAY_GAPS))) + 2, p->out);
		buf_reset(&p->cell);
	}
}

/* How to see a score before there is enough data. */
static void hint(struct page *p)
{
	bool few = false;

	for (size_t a = 0; a < p->card->n_areas; a++) {
		for (size_t i = 0; i < p->card->areas[a].n_indicators; i++) {
			few |= p->card->areas[a].indicators[i].reason.why == WHY_TOO_FEW;
		}
	}
	if (few) {
		buf_printf(p->out, "\n%s\n", word(p, SAY_HINT));
	}
}

/* Can the lift be told in contacts, or only as a figure? */
static bool in_contacts(const struct scored *s)
{
	return !isnan(s->got.numerator) && strcmp(s->is->unit, "ratio") == 0;
}

static void next_step(struct page *p)
{
	const struct scored *s = score_next_step(p->card);
	struct slice name;

	if (s == NULL) {
		return;
	}
	name = short_name(s->is, p->l->language);
	buf_printf(&p->cell, "%.*s", (int)name.len, name.at);
	if (in_contacts(s)) { /* else the sentence begins with what it is now */
		buf_printf(&p->cell, ", %s ", word(p, SAY_NOW));
		look_value(p->l, s->is, s->got.value, &p->cell);
	}
	if (p->card->provisional) {
		buf_printf(&p->cell, " (%s)", word(p, SAY_PROVISIONAL));
	}
	buf_add_text(&p->cell, ": ");
	(void)lift_text(s, &p->card->model->rules, p->l, &p->cell);
	buf_add_char(p->out, '\n');
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s:", word(p, SAY_NEXT_STEP));
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	column_wrap(cell_of(p), column_width(slice_of(word(p, SAY_NEXT_STEP))) + 2, p->out);
	buf_reset(&p->cell);
}

/* What is counted, where the model has words for it: "contacts answered within 20 s" */
static void counted(const struct model_indicator *is, enum model_language language, struct buf *out)
{
	const char *text = is->evidence != NULL ? is->evidence->counts.in[language] : "";

	if (text[0] != '\0') {
		buf_printf(out, language == MODEL_GERMAN ? " (%s)" : " %s", text);
	}
	buf_add_char(out, ' ');
}

bool lift_text(const struct scored *s, const struct model_rules *rules, const struct look *l,
               struct buf *out)
{
	struct score_lift lift = score_lift_of(s, rules);
	bool lower = s->is->lower_is_better;

	if (!lift.known) {
		return false;
	}
	if (in_contacts(s)) {
		look_count(l, ceil(lift.contacts), out);
		buf_printf(out, " %s ", say(lower ? SAY_FEWER_OF : SAY_MORE_OF, l->language));
		look_count(l, s->got.denominator, out);
		counted(s->is, l->language, out);
	} else {
		buf_printf(out, "%s ", say(SAY_FROM, l->language));
		look_value(l, s->is, s->got.value, out);
		buf_printf(out, " %s ", say(lower ? SAY_AT_MOST : SAY_AT_LEAST, l->language));
		look_anchor(l, s->is, lift.target, out);
		buf_printf(out, ": %s ", say(SAY_LIFTED, l->language));
		look_stage(l, rules, lift.stage, out);
		return true;
	}
	buf_printf(out, "%s ", say(SAY_LIFT_TO, l->language));
	look_stage(l, rules, lift.stage, out);
	buf_add_text(out, " (");
	look_anchor(l, s->is, lift.target, out);
	buf_add_char(out, ')');
	return true;
}

void card_text(const struct scorecard *card, const struct look *l, struct buf *out)
{
	struct page p = { .card = card, .l = l, .out = out };

	buf_init(&p.cell, LOOK_TEXT_MAX_BYTES);
	head(&p);
	areas(&p);
	for (size_t i = 0; i < card->n_areas; i++) {
		details(&p, &card->areas[i]);
	}
	context(&p);
	gaps(&p);
	next_step(&p);
	hint(&p);
	mark(&p);
	out->failed |= p.cell.failed;
	buf_free(&p.cell);
}
