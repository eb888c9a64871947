#include "cli/changes_text.h"

#include <math.h>

#include "cli/column.h"
#include "cli/page.h"
#include "common/when.h"
#include "proto/csv.h"
#include "proto/text.h"

#define BRIEF_MAX 3 /* changes on the card; the rest is counted */

static const enum say kinds[CHANGE_KINDS] = {
	[CHANGE_TARGET_DECLARED] = SAY_TARGET_DECLARED,
	[CHANGE_TARGET_CHANGED] = SAY_TARGET_CHANGED,
	[CHANGE_TARGET_ENDED] = SAY_TARGET_ENDED,
	[CHANGE_QUEUE_APPEARED] = SAY_QUEUE_APPEARED,
	[CHANGE_QUEUE_VANISHED] = SAY_QUEUE_VANISHED,
	[CHANGE_MODEL] = SAY_MODEL_CHANGED,
};

static bool known(const struct change_target *t)
{
	return !isnan(t->value) || !isnan(t->threshold_ms);
}

/* In the unit of the indicator that the metric is named after, where there is one. */
static void target(const struct score_change *c, const struct change_target *t,
                   const struct model *m, const struct look *l, struct buf *out)
{
	const struct model_indicator *is = model_indicator_named(m, c->metric);

	if (!isnan(t->value) && is != NULL) {
		look_anchor(l, is, t->value, out);
	} else if (!isnan(t->value)) {
		score_number(t->value, t->value == floor(t->value) ? 0 : 2, l->language, out);
	}
	if (!isnan(t->threshold_ms)) {
		double s = t->threshold_ms / 1000;

		buf_printf(out, "%s%s ", isnan(t->value) ? "" : " ", say(SAY_WITHIN, l->language));
		score_number(s, s == floor(s) ? 0 : 1, l->language, out);
		buf_add_text(out, " s");
	}
}

static void label(const char *text, struct buf *out)
{
	(void)column_cut(slice_of(text), CXM_LABEL_MAX_BYTES, out);
}

/* "model changed: 0.2.0 (sha256 1f2e3d4c) to 0.3.0 (sha256 eb11a613)" */
static void model(const struct score_change *c, const struct look *l, struct buf *out)
{
	buf_printf(out, "%s ", say(SAY_MODEL_CHANGED, l->language));
	label(c->was.version, out);
	buf_printf(out, " (sha256 %.8s) %s ", c->was.sha256, say(SAY_CHANGED_TO, l->language));
	label(c->is.version, out);
	buf_printf(out, " (sha256 %.8s)", c->is.sha256);
}

void change_text(const struct score_change *c, const struct model *m, const struct look *l,
                 struct buf *out)
{
	bool all = c->queue[0] == '*' && c->queue[1] == '\0';
	char date[WHEN_DATE_SIZE];

	if (c->kind == CHANGE_MODEL) {
		model(c, l, out);
		return;
	}
	label(all ? say(SAY_ALL_QUEUES, l->language) : c->queue, out);
	buf_printf(out, ": %s", say(kinds[c->kind], l->language));
	if (c->metric[0] == '\0') {
		return;
	}
	buf_add_char(out, ' ');
	label(c->metric, out);
	buf_add_char(out, ' ');
	if (known(&c->before)) {
		target(c, &c->before, m, l, out);
	}
	if (known(&c->now)) {
		if (known(&c->before)) {
			buf_printf(out, " %s ", say(SAY_CHANGED_TO, l->language));
		}
		target(c, &c->now, m, l, out);
	}
	if (c->told_day > c->day) {
		buf_printf(out, " (%s %s)", say(SAY_RECEIVED, l->language),
		           when_date(c->told_day, date));
	}
}

void changes_text(const struct score_changes *changes, const struct model *m, const struct look *l,
                  struct buf *out)
{
	struct buf line;
	char date[WHEN_DATE_SIZE];

	look_mark(l, changes->simulated, out);
	look_bold(l, out);
	buf_printf(out, "%s: ", say(SAY_CHANGES_TITLE, l->language));
	(void)column_cut(slice_of(changes->site), STORE_NAME_MAX, out);
	look_plain(l, out);
	buf_printf(out, "\n%s %s ", when_date(changes->window.from_day, date),
	           say(SAY_TO, l->language));
	buf_printf(out, "%s (%s)\n\n", when_date(changes->window.to_day, date),
	           changes->window.timezone);
	buf_init(&line, LOOK_TEXT_MAX_BYTES);
	for (size_t i = 0; i < changes->n; i++) {
		buf_printf(out, "%s  ", when_date(changes->at[i].day, date));
		change_text(&changes->at[i], m, l, &line);
		column_wrap((struct slice){ (const char *)line.data, line.len }, 12, out);
		buf_reset(&line);
	}
	if (changes->n == 0) {
		buf_printf(out, "%s\n", say(SAY_NO_CHANGES, l->language));
	}
	if (changes->left_out > 0) {
		buf_printf(out, "%llu %s\n", (unsigned long long)changes->left_out,
		           say(SAY_LEFT_OUT, l->language));
	}
	look_mark(l, changes->simulated, out);
	out->failed |= line.failed;
	buf_free(&line);
}

void card_changes(struct page *p)
{
	const struct score_changes *changes = p->card->changes;
	char date[WHEN_DATE_SIZE];
	size_t n;

	if (changes == NULL || changes->n == 0) {
		return;
	}
	n = changes->n < BRIEF_MAX ? changes->n : BRIEF_MAX;
	for (size_t i = 0; i < n; i++) {
		buf_printf(&p->cell, "%s%s ", i > 0 ? "; " : "",
		           when_date(changes->at[i].day, date));
		change_text(&changes->at[i], p->card->model, p->l, &p->cell);
	}
	if (changes->n > n) {
		buf_printf(&p->cell, "; %zu %s", changes->n - n, card_word(p, SAY_MORE_CHANGES));
	}
	page_titled(p, SAY_CHANGES);
}

/* ---- for machines ---- */

static void number(double v, const char *unknown, struct buf *out)
{
	if (isnan(v)) {
		buf_add_text(out, unknown);
	} else {
		buf_printf(out, "%.10g", v);
	}
}

static void key(const char *name, bool first, struct buf *out)
{
	buf_printf(out, "%s\"%s\": ", first ? "" : ", ", name);
}

static void text(const char *name, const char *value, struct buf *out)
{
	key(name, false, out);
	if (value[0] != '\0') {
		text_json_string(slice_of(value), out);
	} else {
		buf_add_text(out, "null");
	}
}

static void json(const struct score_change *c, struct buf *out)
{
	char date[WHEN_DATE_SIZE];

	buf_add_char(out, '{');
	key("day", true, out);
	buf_printf(out, "\"%s\"", when_date(c->day, date));
	text("change", score_change_name(c->kind), out);
	text("queue", c->queue, out);
	text("metric", c->metric, out);
	key("before", false, out);
	number(c->before.value, "null", out);
	key("before_threshold_ms", false, out);
	number(c->before.threshold_ms, "null", out);
	key("now", false, out);
	number(c->now.value, "null", out);
	key("now_threshold_ms", false, out);
	number(c->now.threshold_ms, "null", out);
	text("received", c->told_day > 0 ? when_date(c->told_day, date) : "", out);
	if (c->kind == CHANGE_MODEL) {
		text("before_model", c->was.version, out);
		text("before_sha256", c->was.sha256, out);
		text("now_model", c->is.version, out);
		text("now_sha256", c->is.sha256, out);
	}
	buf_add_char(out, '}');
}

void changes_json(const struct score_changes *changes, struct buf *out)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < changes->n; i++) {
		buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
		json(&changes->at[i], out);
	}
	buf_add_char(out, ']');
}

void changes_json_page(const struct score_changes *changes, struct buf *out)
{
	char date[WHEN_DATE_SIZE];

	buf_add_text(out, "{\n  \"site\": ");
	text_json_string(slice_of(changes->site), out);
	buf_printf(out, ",\n  \"window\": {\"from\": \"%s\", ",
	           when_date(changes->window.from_day, date));
	buf_printf(out, "\"to\": \"%s\"", when_date(changes->window.to_day, date));
	text("timezone", changes->window.timezone, out);
	buf_printf(out,
	           "},%s\n  \"changes\": ", changes->simulated ? "\n  \"simulated\": true," : "");
	changes_json(changes, out);
	buf_printf(out, ",\n  \"left_out\": %llu\n}\n", (unsigned long long)changes->left_out);
}

void changes_csv(const struct score_changes *changes, struct buf *out)
{
	char date[WHEN_DATE_SIZE];

	buf_add_text(out, "day,change,queue,metric,before,before_threshold_ms,now,now_threshold_ms,"
	                  "received,before_model,before_sha256,now_model,now_sha256");
	buf_add_text(out, changes->simulated ? ",simulated\n" : "\n");
	for (size_t i = 0; i < changes->n; i++) {
		const struct score_change *c = &changes->at[i];

		buf_printf(out, "%s,%s,", when_date(c->day, date), score_change_name(c->kind));
		csv_add(out, slice_of(c->queue), true);
		buf_add_char(out, ',');
		csv_add(out, slice_of(c->metric), true);
		buf_add_char(out, ',');
		number(c->before.value, "", out);
		buf_add_char(out, ',');
		number(c->before.threshold_ms, "", out);
		buf_add_char(out, ',');
		number(c->now.value, "", out);
		buf_add_char(out, ',');
		number(c->now.threshold_ms, "", out);
		buf_printf(out, ",%s,", c->told_day > 0 ? when_date(c->told_day, date) : "");
		csv_add(out, slice_of(c->was.version), true);
		buf_printf(out, ",%s,", c->was.sha256);
		csv_add(out, slice_of(c->is.version), true);
		buf_printf(out, ",%s%s\n", c->is.sha256, changes->simulated ? ",true" : "");
	}
}
