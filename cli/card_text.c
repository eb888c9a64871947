/*
 * The scorecard for people. Every line states its figure in words too, so nothing is lost without
 * colour or in a screen reader; what is assessed comes first, what is missing takes one line an
 * area.
 */
#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/page.h"
#include "common/when.h"

enum {
	NOTE_AT = 4, /* of notes below an area */
	LINE_NAME_WIDTH = 34,
	LINE_VALUE_WIDTH = 8,
	LINE_INTERVAL_WIDTH = 17,
	LINE_N_WIDTH = 9,
	LINE_STAGE_WIDTH = 13,
	LINE_REASON_AT = 37,
};

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
	look_mark(p->l, p->card->simulated, p->out);
}

static void head(struct page *p)
{
	const struct score_window *w = &p->card->window;
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];
	int days = w->to_day - w->from_day + 1;

	mark(p);
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s: ", card_word(p, SAY_TITLE));
	(void)column_cut(slice_of(p->card->site), STORE_NAME_MAX, p->out);
	look_plain(p->l, p->out);
	buf_printf(p->out, "\n%s %s %s (%d %s, %s)\n", when_date(w->from_day, from),
	           card_word(p, SAY_TO), when_date(w->to_day, to), days,
	           card_word(p, days == 1 ? SAY_DAY : SAY_DAYS), w->timezone);
	buf_printf(p->out, "%s ", card_word(p, SAY_MODEL));
	(void)column_cut(slice_of(p->card->model->id), 48, p->out);
	buf_add_char(p->out, ' ');
	(void)column_cut(slice_of(p->card->model->version), 24, p->out);
	buf_printf(p->out, " (sha256 %.8s)\n", p->card->model->sha256);
	if (p->card->provisional) {
		look_bold(p->l, p->out);
		buf_add_text(p->out, card_word(p, SAY_PROVISIONAL_WHY));
		look_plain(p->l, p->out);
		buf_add_char(p->out, '\n');
	}
	buf_add_char(p->out, '\n');
}

/* ---- the twelve areas ---- */

static void areas_head(struct page *p)
{
	page_put_text(p, card_word(p, SAY_AREA), PAGE_NAME_WIDTH + 1);
	for (int stage = 1; stage <= MODEL_STAGES; stage++) {
		buf_printf(p->out, "%d", stage);
		column_blanks(PAGE_BAR_WIDTH / MODEL_STAGES - 1, p->out);
	}
	buf_add_char(p->out, ' ');
	page_put_text(p, card_word(p, SAY_SCORE), PAGE_SCORE_WIDTH + PAGE_INTERVAL_WIDTH + 2);
	page_put_text(p, card_word(p, SAY_STAGE), PAGE_STAGE_WIDTH + 1);
	page_put_text(p, card_word(p, SAY_VERDICT), PAGE_VERDICT_WIDTH + 1);
	page_put_text(p, card_word(p, SAY_COVERAGE), PAGE_COVERAGE_WIDTH);
	page_end_line(p);
}

static void verdict(struct page *p, const struct scored_area *a)
{
	const struct model_rules *rules = &p->card->model->rules;

	if (p->card->provisional) { /* of a try-out there is no verdict */
		buf_add_text(&p->cell, card_word(p, SAY_PROVISIONAL));
		return;
	}
	switch (a->verdict) {
	case VERDICT_CONFIRMED:
		buf_add_text(&p->cell, card_word(p, SAY_CONFIRMED));
		break;
	case VERDICT_LEANING:
		buf_printf(&p->cell, "%s %d-%d", card_word(p, SAY_LEANING),
		           score_stage(rules, a->sure.low), score_stage(rules, a->sure.high));
		break;
	case VERDICT_UNEVEN:
		buf_printf(&p->cell, "%s (%d)", card_word(p, SAY_UNEVEN), a->second_opinion);
		break;
	case VERDICT_UNDECIDED:
		buf_add_text(&p->cell, card_word(p, SAY_UNDECIDED));
		break;
	case VERDICT_NOT_ASSESSED:
		buf_add_text(&p->cell, card_word(p, SAY_NOT_ASSESSED));
		break;
	}
}

static void assessed_area(struct page *p, const struct scored_area *a)
{
	verdict(p, a);
	page_row(p, &(struct page_row){ a->is->name.in[p->l->language], a->score, a->sure, a->stage,
	                                a->coverage });
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

/* Where there is evidence already, the words of the area for what it needs would ask for what is
 * there: so the heaviest of its indicators that say nothing is named. */
static void still_missing(struct page *p, const struct scored_area *a)
{
	const struct scored *heaviest = NULL;
	bool any = false;
	size_t n = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		any |= has_value(s);
		if (s->status == SCORE_NOT_ASSESSED) {
			n++;
			heaviest = heaviest == NULL || s->is->weight > heaviest->is->weight
			                   ? s
			                   : heaviest;
		}
	}
	if (!any || heaviest == NULL) {
		buf_printf(&p->cell, "%s %s", card_word(p, SAY_NEEDS),
		           a->is->needs.in[p->l->language]);
		return;
	}
	buf_printf(&p->cell, "%s ", card_word(p, SAY_STILL_MISSING));
	buf_add_slice(&p->cell, short_name(heaviest->is, p->l->language));
	if (n > 1) {
		buf_printf(&p->cell, "%s %zu %s", card_word(p, SAY_AND), n - 1,
		           card_word(p, SAY_MORE));
	}
}

static void missing_area(struct page *p, const struct scored_area *a)
{
	const struct scored *little = only_too_little(p, a);
	enum model_language language = p->l->language;

	if (a->status == SCORE_NOT_APPLICABLE) {
		buf_add_text(&p->cell, card_word(p, SAY_NOT_APPLICABLE));
	} else if (little != NULL) {
		buf_printf(&p->cell, "%s: ", card_word(p, SAY_NOT_ASSESSED));
		score_reason_text(&little->reason, language, &p->cell);
	} else if (a->n_notes > 0 && a->coverage >= p->card->model->rules.min_coverage) {
		buf_printf(&p->cell, "%s: ", card_word(p, SAY_NOT_ASSESSED));
		score_reason_text(&a->notes[0], language, &p->cell);
	} else {
		if (a->coverage > 0) {
			look_percent(p->l, a->coverage, &p->cell);
			buf_printf(&p->cell, " %s, ", card_word(p, SAY_ASSESSED));
		} else {
			buf_printf(&p->cell, "%s, ", card_word(p, SAY_NOT_ASSESSED));
		}
		still_missing(p, a);
	}
	look_paint(p->l, 0, p->out);
	column_wrap(page_cell(p), PAGE_NAME_WIDTH + 1, p->out);
	p->out->len -= p->out->len > 0; /* what follows ends the line */
	buf_reset(&p->cell);
	look_plain(p->l, p->out);
}

/* Does the line of an area that is not assessed leave this to be said? */
static bool stands_apart(const struct score_reason *r)
{
	return r->why == WHY_FAILURE_KNOWN || r->why == WHY_ATTESTED_AWAY ||
	       r->why == WHY_CONTRADICTED;
}

static void area_notes(struct page *p, const struct scored_area *a)
{
	for (size_t i = 0; i < a->n_notes; i++) {
		if (a->status != SCORE_ASSESSED && !stands_apart(&a->notes[i])) {
			continue;
		}
		column_blanks(NOTE_AT, p->out);
		score_reason_text(&a->notes[i], p->l->language, &p->cell);
		page_wrap(p, NOTE_AT);
	}
}

static void areas(struct page *p)
{
	areas_head(p);
	for (size_t i = 0; i < p->card->n_areas; i++) {
		const struct scored_area *a = &p->card->areas[i];

		if (a->status == SCORE_ASSESSED) {
			assessed_area(p, a);
		} else {
			page_put_text(p, a->is->name.in[p->l->language], PAGE_NAME_WIDTH + 1);
			missing_area(p, a);
			page_end_line(p);
		}
		area_notes(p, a);
	}
}

/* ---- indicators ---- */

static void value_and_n(struct page *p, const struct scored *s)
{
	look_estimate(p->l, s->is, &s->got, &p->cell);
	page_put(p, LINE_VALUE_WIDTH, true);
	buf_add_char(p->out, ' ');
	look_interval(p->l, s->is, &s->got, &p->cell);
	page_put(p, LINE_INTERVAL_WIDTH, false);
	buf_add_char(p->out, ' ');
	buf_add_text(&p->cell, "n ");
	look_count(p->l, s->got.n, &p->cell);
	page_put(p, LINE_N_WIDTH, true);
}

static void not_assessed_value(struct page *p, const struct scored *s)
{
	look_value(p->l, s->is, s->got.value, &p->cell);
	page_put(p, LINE_VALUE_WIDTH, true);
	buf_printf(&p->cell, "%s: ", card_word(p, SAY_NOT_ASSESSED));
	score_reason_text(&s->reason, p->l->language, &p->cell);
	if (s->reason.why != WHY_TOO_FEW || s->reason.have >= s->reason.need) {
		buf_add_text(&p->cell, " (n = ");
		look_count(p->l, s->got.n, &p->cell);
		buf_add_char(&p->cell, ')');
	}
	buf_add_char(p->out, ' ');
	(void)column_cut(page_cell(p), COLUMN_LINE_MAX - LINE_REASON_AT - LINE_VALUE_WIDTH - 1,
	                 p->out);
	buf_reset(&p->cell);
}

static void indicator(struct page *p, const struct scored *s)
{
	const struct model_rules *rules = &p->card->model->rules;

	column_name(short_name(s->is, p->l->language), 2, LINE_NAME_WIDTH, p->out);
	buf_add_char(p->out, ' ');
	if (!has_value(s)) {
		score_reason_text(&s->reason, p->l->language, &p->cell);
		column_wrap(page_cell(p), LINE_REASON_AT, p->out);
		buf_reset(&p->cell);
		return;
	}
	if (s->status != SCORE_ASSESSED) {
		not_assessed_value(p, s);
		page_end_line(p);
		return;
	}
	value_and_n(p, s);
	if (s->stage > 0) {
		column_blanks(2, p->out);
		look_paint(p->l, s->stage, p->out);
		look_stage(p->l, rules, s->stage, &p->cell);
		page_put(p, LINE_STAGE_WIDTH, false);
		look_plain(p->l, p->out);
		if (p->card->provisional) {
			buf_printf(p->out, " %s", card_word(p, SAY_PROVISIONAL));
		} else if (s->n_flags > 0) {
			buf_printf(p->out, " %s", card_word(p, SAY_CONFLICT_MARK));
		}
	}
	page_end_line(p);
}

/* The same figure at the T that the site has declared: "at the declared T (5 to 20 s, 3 queues)" */
static void declared(struct page *p, const struct scored *s)
{
	const struct score_declared *d = p->card->declared;

	if (d == NULL || d->is != s->is) {
		return;
	}
	column_blanks(2, p->out);
	buf_printf(&p->cell, "  %s ", card_word(p, SAY_AT_DECLARED));
	score_number(d->low_ms / 1000, 0, p->l->language, &p->cell);
	if (d->high_ms > d->low_ms) {
		buf_add_char(&p->cell, '-');
		score_number(d->high_ms / 1000, 0, p->l->language, &p->cell);
	}
	buf_add_text(&p->cell, " s");
	page_put(p, LINE_NAME_WIDTH, false);
	buf_add_char(p->out, ' ');
	look_estimate(p->l, s->is, &d->got, &p->cell);
	page_put(p, LINE_VALUE_WIDTH, true);
	buf_add_char(p->out, ' ');
	look_interval(p->l, s->is, &d->got, &p->cell);
	page_put(p, LINE_INTERVAL_WIDTH, false);
	buf_add_text(&p->cell, " n ");
	look_count(p->l, d->got.n, &p->cell);
	page_put(p, LINE_N_WIDTH + 1, true);
	buf_printf(p->out, "  %zu %s", d->queues,
	           card_word(p, d->queues == 1 ? SAY_QUEUE : SAY_QUEUES));
	page_end_line(p);
}

static void strangers(struct page *p, const struct scored *s)
{
	if (s->got.agents.strangers > 0) {
		column_blanks(4, p->out);
		strangers_text(&s->got.agents, p->l, &p->cell);
		column_wrap(page_cell(p), 4, p->out);
		buf_reset(&p->cell);
	}
}

static void area_head(struct page *p, const struct scored_area *a)
{
	const struct model_rules *rules = &p->card->model->rules;
	enum model_language language = p->l->language;

	buf_add_char(p->out, '\n');
	look_bold(p->l, p->out);
	(void)column_cut(slice_of(a->is->name.in[language]), PAGE_NAME_WIDTH, p->out);
	look_plain(p->l, p->out);
	if (a->status == SCORE_ASSESSED) {
		buf_add_text(&p->cell, ": ");
		look_score(p->l, rules, a->score, &p->cell);
		buf_add_text(&p->cell, " [");
		look_score(p->l, rules, a->sure.low, &p->cell);
		buf_printf(&p->cell, " %s ", card_word(p, SAY_TO));
		look_score(p->l, rules, a->sure.high, &p->cell);
		buf_printf(&p->cell, "], %s %d", card_word(p, SAY_SECOND_OPINION),
		           a->second_opinion);
		if (p->card->provisional) {
			buf_printf(&p->cell, ", %s", card_word(p, SAY_PROVISIONAL));
		}
		(void)column_cut(page_cell(p), COLUMN_LINE_MAX - PAGE_NAME_WIDTH, p->out);
		buf_reset(&p->cell);
	}
	page_end_line(p);
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
			declared(p, &a->indicators[i]);
			strangers(p, &a->indicators[i]);
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
			buf_add_text(p->out, card_word(p, SAY_CONTEXT));
			look_plain(p->l, p->out);
			buf_add_char(p->out, '\n');
			any = true;
		}
		indicator(p, s);
	}
}

static const char *gap_name(const struct page *p, const char *name)
{
	static const struct {
		const char *name;
		enum say say;
	} words[] = {
		{ "unknown_end", SAY_UNKNOWN_END },
		{ "pbx_stopped", SAY_PBX_STOPPED },
		{ "spool_full", SAY_SPOOL_FULL },
		{ "spool_damaged", SAY_SPOOL_DAMAGED },
		{ "capture_dropped", SAY_CAPTURE_DROPPED },
		{ "file_truncated", SAY_FILE_TRUNCATED },
		{ "file_lost", SAY_FILE_LOST },
		{ "table_full", SAY_TABLE_FULL },
		{ "malformed", SAY_MALFORMED },
		{ "pbx_restart", SAY_PBX_RESTART },
		{ "source_down", SAY_SOURCE_DOWN },
		{ "encrypted", SAY_ENCRYPTED },
		{ GAPS_DATED_AHEAD, SAY_DATED_AHEAD },
		{ "survey" GAPS_TOLD_TWICE, SAY_TWICE_SURVEY },
		{ "survey_offer" GAPS_TOLD_TWICE, SAY_TWICE_OFFER },
		{ "queue_contact" GAPS_TOLD_TWICE, SAY_TWICE_CONTACT },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].name, name) == 0) {
			return card_word(p, words[i].say);
		}
	}
	return name;
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
		buf_printf(p->out, "\n%s: ", card_word(p, SAY_GAPS));
		column_wrap(page_cell(p), column_width(slice_of(card_word(p, SAY_GAPS))) + 2,
		            p->out);
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
		buf_printf(p->out, "\n%s\n", card_word(p, SAY_HINT));
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
		buf_printf(&p->cell, ", %s ", card_word(p, SAY_NOW));
		look_value(p->l, s->is, s->got.value, &p->cell);
	}
	if (p->card->provisional) {
		buf_printf(&p->cell, " (%s)", card_word(p, SAY_PROVISIONAL));
	}
	buf_add_text(&p->cell, ": ");
	(void)lift_text(s, &p->card->model->rules, p->l, &p->cell);
	page_titled(p, SAY_NEXT_STEP);
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

static void write_card(const struct scorecard *card, const struct look *l, bool brief,
                       struct buf *out)
{
	struct page p = { .card = card, .l = l, .out = out };

	buf_init(&p.cell, LOOK_TEXT_MAX_BYTES);
	head(&p);
	areas(&p);
	card_overall(&p);
	card_conflicts(&p);
	card_changes(&p);
	next_step(&p);
	for (size_t i = 0; !brief && i < card->n_areas; i++) {
		details(&p, &card->areas[i]);
	}
	if (!brief) {
		context(&p);
	}
	gaps(&p);
	hint(&p);
	mark(&p);
	out->failed |= p.cell.failed;
	buf_free(&p.cell);
}

void card_text(const struct scorecard *card, const struct look *l, struct buf *out)
{
	write_card(card, l, false, out);
}

void card_brief(const struct scorecard *card, const struct look *l, struct buf *out)
{
	write_card(card, l, true, out);
}
