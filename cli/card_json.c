/*
 * The scorecard as JSON (docs/scorecard.schema.json) and CSV. What is not known is null, or an
 * empty cell, never 0. Whole numbers are exact, others have up to ten significant digits; keys and
 * rows have a fixed order, so the same scorecard gives the same bytes.
 */
#include <math.h>

#include "cli/card.h"
#include "cli/changes_text.h"
#include "common/when.h"
#include "proto/csv.h"
#include "proto/text.h"

/* Above it a double does not tell one whole number from the next. */
#define WHOLE_MAX 0x1p53

static const char *const status_names[] = {
	[SCORE_NOT_ASSESSED] = "not_assessed",
	[SCORE_ASSESSED] = "assessed",
	[SCORE_NOT_APPLICABLE] = "not_applicable",
};
static const char *const verdict_names[] = {
	[VERDICT_NOT_ASSESSED] = "not_assessed", [VERDICT_CONFIRMED] = "confirmed",
	[VERDICT_LEANING] = "leaning",           [VERDICT_UNEVEN] = "uneven",
	[VERDICT_UNDECIDED] = "gate_undecided",
};

static void add_number(double v, const char *unknown, struct buf *out)
{
	if (isnan(v) || isinf(v)) {
		buf_add_text(out, unknown);
	} else if (v == floor(v) && fabs(v) < WHOLE_MAX) {
		buf_printf(out, "%.0f", v == 0 ? 0 : v);
	} else {
		buf_printf(out, "%.10g", v == 0 ? 0 : v); /* no -0 */
	}
}

static void notes_text(const struct score_reason *notes, size_t n, enum model_language language,
                       struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_text(out, i > 0 ? "; " : "");
		score_reason_text(&notes[i], language, out);
	}
}

static struct slice text_of(const struct buf *b)
{
	return (struct slice){ (const char *)b->data, b->len };
}

/* ---- JSON ---- */

struct json {
	struct buf *out;
	struct buf text; /* one reason being made */
	enum model_language language;
};

static void key(struct json *j, const char *name, bool first)
{
	buf_printf(j->out, "%s\"%s\": ", first ? "" : ", ", name);
}

static void string(struct json *j, const char *name, const char *text, bool first)
{
	key(j, name, first);
	text_json_string(slice_of(text), j->out);
}

static void number(struct json *j, const char *name, double v)
{
	key(j, name, false);
	add_number(v, "null", j->out);
}

/* The text that was made; null when there is none. */
static void reason(struct json *j)
{
	key(j, "reason", false);
	if (j->text.len > 0) {
		text_json_string(text_of(&j->text), j->out);
	} else {
		buf_add_text(j->out, "null");
	}
	buf_reset(&j->text);
}

static void stage(struct json *j, const char *name, int value)
{
	number(j, name, value > 0 ? (double)value : NAN);
}

static void flag(struct json *j, const char *name, bool value)
{
	key(j, name, false);
	buf_add_text(j->out, value ? "true" : "false");
}

/* The window before, and the counters that got worse since. */
static void conflicts(struct json *j, const struct scored *s)
{
	number(j, "before", s->before);
	key(j, "conflicts", false);
	buf_add_char(j->out, '[');
	for (size_t i = 0; i < s->n_flags; i++) {
		buf_add_text(j->out, i > 0 ? ", {" : "{");
		string(j, "counter", s->flags[i].counter->id, true);
		number(j, "before", s->flags[i].before);
		number(j, "now", s->flags[i].now);
		buf_add_char(j->out, '}');
	}
	buf_add_char(j->out, ']');
	flag(j, "comparable", s->n_flags == 0);
}

static void indicator(struct json *j, const struct scored *s, bool scored)
{
	buf_add_char(j->out, '{');
	string(j, "id", s->is->id, true);
	number(j, "value", s->got.value);
	number(j, "n", s->got.n);
	number(j, "numerator", s->got.numerator);
	number(j, "denominator", s->got.denominator);
	number(j, "low", s->got.interval.low);
	number(j, "high", s->got.interval.high);
	if (scored) {
		number(j, "score", s->score);
		stage(j, "stage", s->stage);
	} else {
		string(j, "unit", s->is->unit, false);
	}
	string(j, "status", status_names[s->status], false);
	if (scored) {
		string(j, "class", model_class_name(s->is->class), false);
	}
	score_reason_text(&s->reason, j->language, &j->text);
	reason(j);
	if (scored && s->got.agents.strangers > 0) {
		number(j, "agents_planned", (double)s->got.agents.planned);
		number(j, "agents_unknown", (double)s->got.agents.strangers);
	}
	if (scored) {
		conflicts(j, s);
	}
	buf_add_char(j->out, '}');
}

static void indicators(struct json *j, const struct scored *list, size_t n, bool scored,
                       const char *indent)
{
	buf_add_char(j->out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_printf(j->out, "%s\n%s", i > 0 ? "," : "", indent);
		indicator(j, &list[i], scored);
	}
	buf_add_char(j->out, ']');
}

static void area(struct json *j, const struct scored_area *a)
{
	buf_add_char(j->out, '{');
	string(j, "id", a->is->id, true);
	number(j, "score", a->score);
	number(j, "low", a->sure.low);
	number(j, "high", a->sure.high);
	stage(j, "stage", a->stage);
	string(j, "status", status_names[a->status], false);
	string(j, "verdict", verdict_names[a->verdict], false);
	number(j, "coverage", a->coverage);
	stage(j, "second_opinion", a->second_opinion);
	notes_text(a->notes, a->n_notes, j->language, &j->text);
	reason(j);
	buf_add_text(j->out, ",\n    ");
	key(j, "indicators", true);
	indicators(j, a->indicators, a->n_indicators, true, "      ");
	buf_add_char(j->out, '}');
}

static void lowest(struct json *j, const struct score_overall *o)
{
	key(j, "lowest", false);
	buf_add_char(j->out, '[');
	for (size_t i = 0; i < o->n_lowest; i++) {
		buf_add_text(j->out, i > 0 ? ", " : "");
		text_json_string(slice_of(o->lowest[i]->is->id), j->out);
	}
	buf_add_char(j->out, ']');
}

static void overall(struct json *j, const struct score_overall *o)
{
	bool assessed = o->status == SCORE_ASSESSED;

	buf_add_char(j->out, '{');
	string(j, "status", status_names[o->status], true);
	number(j, "index", o->index);
	number(j, "low", o->sure.low);
	number(j, "high", o->sure.high);
	stage(j, "band", o->band);
	stage(j, "stage", o->stage);
	flag(j, "uneven", o->uneven);
	number(j, "areas", (double)o->n_assessed);
	number(j, "weight", o->weight);
	number(j, "weight_of", o->all_weight);
	for (int k = 1; k < MODEL_STAGES; k++) {
		char name[] = "share_at_0";

		name[sizeof(name) - 2] = (char)('1' + k);
		number(j, name, assessed ? o->at_least[k] : NAN);
	}
	number(j, "equal_weights", o->equal_weights);
	number(j, "random_weights_low", o->drawn.low);
	number(j, "random_weights_high", o->drawn.high);
	number(j, "random_weights_elsewhere", o->drawn_elsewhere);
	flag(j, "weight_dependent", o->weight_dependent);
	lowest(j, o);
	notes_text(o->notes, o->n_notes, j->language, &j->text);
	reason(j);
	buf_add_char(j->out, '}');
}

static void declared(struct json *j, const struct score_declared *d)
{
	if (d == NULL || d->is == NULL) {
		buf_add_text(j->out, "null");
		return;
	}
	buf_add_char(j->out, '{');
	string(j, "indicator", d->is->id, true);
	number(j, "value", d->got.value);
	number(j, "n", d->got.n);
	number(j, "numerator", d->got.numerator);
	number(j, "low", d->got.interval.low);
	number(j, "high", d->got.interval.high);
	number(j, "threshold_low_ms", d->low_ms);
	number(j, "threshold_high_ms", d->high_ms);
	number(j, "queues", (double)d->queues);
	buf_add_char(j->out, '}');
}

static void head(struct json *j, const struct scorecard *card)
{
	char date[WHEN_DATE_SIZE];

	string(j, "site", card->site, true);
	buf_add_text(j->out, ",\n  \"window\": {");
	string(j, "from", when_date(card->window.from_day, date), true);
	string(j, "to", when_date(card->window.to_day, date), false);
	string(j, "timezone", card->window.timezone, false);
	buf_add_text(j->out, "},\n  \"model\": {");
	string(j, "id", card->model->id, true);
	string(j, "version", card->model->version, false);
	string(j, "sha256", card->model->sha256, false);
	buf_add_text(j->out, "},\n  ");
}

void card_json(const struct scorecard *card, enum model_language language, struct buf *out)
{
	struct json j = { .out = out, .language = language };

	buf_init(&j.text, LOOK_TEXT_MAX_BYTES);
	buf_add_text(out, "{\n  ");
	head(&j, card);
	key(&j, "areas", true);
	buf_add_char(out, '[');
	for (size_t i = 0; i < card->n_areas; i++) {
		buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
		area(&j, &card->areas[i]);
	}
	buf_add_text(out, "],\n  ");
	key(&j, "overall", true);
	overall(&j, &card->overall);
	buf_add_text(out, ",\n  ");
	key(&j, "context", true);
	indicators(&j, card->context, card->n_context, false, "    ");
	buf_add_text(out, ",\n  \"gaps\": {");
	for (size_t i = 0; i < card->n_gaps; i++) {
		buf_printf(out, "%s\"%s\": %llu", i > 0 ? ", " : "", card->gaps[i].name,
		           (unsigned long long)card->gaps[i].count);
	}
	buf_add_text(out, "},\n  \"declared\": ");
	declared(&j, card->declared);
	buf_add_text(out, ",\n  \"changes\": ");
	if (card->changes != NULL) {
		changes_json(card->changes, out);
	} else {
		buf_add_text(out, "null");
	}
	buf_printf(out, ",\n  \"provisional\": %s%s\n}\n", card->provisional ? "true" : "false",
	           card->simulated ? ",\n  \"simulated\": true" : "");
	out->failed |= j.text.failed;
	buf_free(&j.text);
}

/* ---- CSV ---- */

struct table {
	struct buf *out;
	struct buf text;
	enum model_language language;
	const struct scorecard *card;
};

static void cell_text(struct table *t, const char *text)
{
	csv_add(t->out, slice_of(text), true);
	buf_add_char(t->out, ',');
}

static void cell_number(struct table *t, double v)
{
	add_number(v, "", t->out);
	buf_add_char(t->out, ',');
}

static void cell_stage(struct table *t, int value)
{
	cell_number(t, value > 0 ? (double)value : NAN);
}

/* The last columns: the reason that was made, whether all this is provisional, the counters of a
 * conflict, and, only where it is, that it is simulated. */
static void end_row(struct table *t, const struct scored *s)
{
	csv_add(t->out, text_of(&t->text), true);
	buf_reset(&t->text);
	buf_printf(t->out, ",%s,", t->card->provisional ? "true" : "false");
	for (size_t i = 0; s != NULL && i < s->n_flags; i++) {
		buf_printf(t->out, "%s%s", i > 0 ? " " : "", s->flags[i].counter->id);
	}
	buf_add_text(t->out, t->card->simulated ? ",true\n" : "\n");
}

static void area_row(struct table *t, const struct scored_area *a)
{
	cell_text(t, "area");
	cell_text(t, a->is->id);
	cell_text(t, a->is->id);
	buf_add_text(t->out, ",,,,"); /* value, n, numerator, denominator */
	cell_number(t, a->sure.low);
	cell_number(t, a->sure.high);
	cell_number(t, a->score);
	cell_stage(t, a->stage);
	cell_text(t, status_names[a->status]);
	cell_text(t, "");
	cell_text(t, verdict_names[a->verdict]);
	cell_number(t, a->coverage);
	cell_stage(t, a->second_opinion);
	notes_text(a->notes, a->n_notes, t->language, &t->text);
	end_row(t, NULL);
}

static void overall_row(struct table *t)
{
	const struct score_overall *o = &t->card->overall;

	cell_text(t, "overall");
	cell_text(t, "");
	cell_text(t, "overall");
	buf_add_text(t->out, ",,,,");
	cell_number(t, o->sure.low);
	cell_number(t, o->sure.high);
	cell_number(t, o->index);
	cell_stage(t, o->band);
	cell_text(t, status_names[o->status]);
	cell_text(t, "");
	cell_text(t, o->uneven ? verdict_names[VERDICT_UNEVEN] : "");
	cell_number(t, o->all_weight > 0 ? o->weight / o->all_weight : NAN);
	cell_stage(t, o->stage);
	notes_text(o->notes, o->n_notes, t->language, &t->text);
	end_row(t, NULL);
}

static void indicator_row(struct table *t, const char *row, const char *area_id,
                          const struct scored *s)
{
	cell_text(t, row);
	cell_text(t, area_id);
	cell_text(t, s->is->id);
	cell_number(t, s->got.value);
	cell_number(t, s->got.n);
	cell_number(t, s->got.numerator);
	cell_number(t, s->got.denominator);
	cell_number(t, s->got.interval.low);
	cell_number(t, s->got.interval.high);
	cell_number(t, s->score);
	cell_stage(t, s->stage);
	cell_text(t, status_names[s->status]);
	cell_text(t, area_id[0] != '\0' ? model_class_name(s->is->class) : "");
	buf_add_text(t->out, ",,,"); /* verdict, coverage, second opinion */
	score_reason_text(&s->reason, t->language, &t->text);
	end_row(t, s);
}

void card_csv(const struct scorecard *card, enum model_language language, struct buf *out)
{
	struct table t = { .out = out, .language = language, .card = card };

	buf_init(&t.text, LOOK_TEXT_MAX_BYTES);
	buf_add_text(out, "row,area,id,value,n,numerator,denominator,low,high,score,stage,status,"
	                  "class,verdict,coverage,second_opinion,reason,provisional,conflicts");
	buf_add_text(out, card->simulated ? ",simulated\n" : "\n");
	for (size_t a = 0; a < card->n_areas; a++) {
		area_row(&t, &card->areas[a]);
		for (size_t i = 0; i < card->areas[a].n_indicators; i++) {
			indicator_row(&t, "indicator", card->areas[a].is->id,
			              &card->areas[a].indicators[i]);
		}
	}
	overall_row(&t);
	for (size_t i = 0; i < card->n_context; i++) {
		indicator_row(&t, "context", "", &card->context[i]);
	}
	for (size_t i = 0; i < card->n_gaps; i++) {
		buf_printf(out, "gap,,%s,%llu,,,,,,,,,,,,,,%s,%s\n", card->gaps[i].name,
		           (unsigned long long)card->gaps[i].count,
		           card->provisional ? "true" : "false", card->simulated ? ",true" : "");
	}
	out->failed |= t.text.failed;
	buf_free(&t.text);
}
