/* A trend for people: every area at both ends, or one area or indicator a line a day, and which
 * days were computed again because evidence came late. */
#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/plan_page.h"
#include "cli/say.h"
#include "cli/trend.h"
#include "common/when.h"

enum { AREA_WIDTH = 36, SCORE_WIDTH = 22, CHANGE_WIDTH = 9, VALUE_WIDTH = 10, N_WIDTH = 10 };

static void head(struct plan_page *p, const struct trend *t)
{
	const struct history *h = t->history;
	enum model_language language = p->l->language;
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];

	plan_mark(p, h->simulated);
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s: ", plan_word(p, PLAN_TREND));
	(void)column_cut(slice_of(h->site), STORE_NAME_MAX, p->out);
	look_plain(p->l, p->out);
	buf_add_char(p->out, '\n');
	if (h->n_days > 0) {
		buf_printf(p->out, "%s %s %s (%s)\n", when_date(h->days[0].day, from),
		           say(SAY_TO, language), when_date(h->days[h->n_days - 1].day, to),
		           h->timezone);
	}
	buf_printf(p->out, "%s %s %s (sha256 %.8s)\n", say(SAY_MODEL, language), t->model->id,
	           t->model->version, t->model->sha256);
	if (h->provisional) {
		buf_printf(p->out, "%s\n", say(SAY_PROVISIONAL_WHY, language));
	}
	buf_printf(&p->cell, "%s %d %s", plan_word(p, PLAN_TREND_DAYS),
	           (int)t->model->rules.window_days, plan_word(p, PLAN_TREND_END));
	plan_wrap(p, 0);
	buf_add_char(p->out, '\n');
}

static bool known(const struct cache_score *s)
{
	return s != NULL && !isnan(s->score);
}

static void score(struct plan_page *p, const struct trend *t, const struct cache_score *s)
{
	if (known(s)) {
		const struct interval sure = { s->low, s->high };

		plan_score(p, &t->model->rules, s->score, &sure);
	} else {
		buf_add_text(&p->cell, plan_word(p, PLAN_NOT_ASSESSED));
	}
}

/* "recomputed on 2026-11-22 because 10 records for 2026-10-18 arrived late" */
static void late(struct plan_page *p, const struct history_day *d, size_t at)
{
	char on[WHEN_DATE_SIZE];
	char of[WHEN_DATE_SIZE];

	bool alone = d->stamp.late_rows == 1;

	if (d->stamp.late_rows > 0) {
		buf_printf(&p->cell, "%s %s%s %llu %s %s %s", plan_word(p, PLAN_LATE_ON),
		           when_date(when_day_of(d->stamp.computed_us), on),
		           plan_word(p, PLAN_LATE_WHY), (unsigned long long)d->stamp.late_rows,
		           plan_word(p, alone ? PLAN_LATE_ONE : PLAN_LATE_FOR),
		           when_date(d->stamp.late_day, of),
		           plan_word(p, alone ? PLAN_LATE_IT : PLAN_LATE_CAME));
		plan_wrap(p, at);
	}
}

static void one(struct plan_page *p, const struct trend *t)
{
	char date[WHEN_DATE_SIZE];

	if (t->indicator != NULL) {
		look_bold(p->l, p->out);
		buf_add_slice(p->out, short_name(t->indicator, p->l->language));
	} else {
		look_bold(p->l, p->out);
		for (size_t a = 0; a < t->model->n_areas; a++) {
			if (strcmp(t->model->areas[a].id, t->only) == 0) {
				buf_add_text(p->out, t->model->areas[a].name.in[p->l->language]);
			}
		}
	}
	look_plain(p->l, p->out);
	buf_add_char(p->out, '\n');
	for (size_t i = 0; i < t->history->n_days; i++) {
		const struct history_day *d = &t->history->days[i];
		const struct cache_score *s = history_score(d, t->only);

		buf_printf(p->out, "  %s  ", when_date(d->day, date));
		if (t->indicator != NULL) {
			look_value(p->l, t->indicator, s != NULL ? s->value : NAN, &p->cell);
			plan_put(p, VALUE_WIDTH, true);
			buf_add_text(&p->cell, s != NULL && !isnan(s->n) ? "n " : "");
			if (s != NULL && !isnan(s->n)) {
				look_count(p->l, s->n, &p->cell);
			}
			plan_put(p, N_WIDTH, true);
			buf_add_text(p->out, "  ");
		}
		score(p, t, s);
		plan_put(p, SCORE_WIDTH, false);
		if (known(s) && s->stage > 0) {
			look_paint(p->l, s->stage, p->out);
			look_stage(p->l, &t->model->rules, s->stage, p->out);
			look_plain(p->l, p->out);
		}
		plan_line(p);
		if (d->stamp.late_rows > 0) {
			column_blanks(14, p->out);
			late(p, d, 14);
		}
	}
}

static void heads(struct plan_page *p, const struct history_day *ends[2])
{
	char date[WHEN_DATE_SIZE];

	plan_put_text(p, plan_word(p, PLAN_AREA), AREA_WIDTH);
	for (size_t k = 0; k < 2; k++) {
		plan_put_text(p, when_date(ends[k]->day, date), SCORE_WIDTH);
	}
	column_pad_left(slice_of(plan_word(p, PLAN_CHANGE)), CHANGE_WIDTH, p->out);
	plan_line(p);
}

/* Every area at both ends, and the days that were computed again. */
static void all(struct plan_page *p, const struct trend *t)
{
	const struct history *h = t->history;
	const struct history_day *ends[2] = { &h->days[0], &h->days[h->n_days - 1] };
	char date[WHEN_DATE_SIZE];

	heads(p, ends);
	for (size_t a = 0; a < t->model->n_areas; a++) {
		const struct cache_score *s[2] = { history_score(ends[0], t->model->areas[a].id),
			                           history_score(ends[1], t->model->areas[a].id) };

		plan_put_text(p, t->model->areas[a].name.in[p->l->language], AREA_WIDTH);
		for (size_t k = 0; k < 2; k++) {
			score(p, t, s[k]);
			plan_put(p, SCORE_WIDTH, false);
		}
		if (known(s[0]) && known(s[1])) {
			/* in hundredths, of what is printed */
			double change = round(s[1]->score * 100) - round(s[0]->score * 100);

			buf_add_text(&p->cell, change > 0 ? "+" : "");
			score_number(change / 100 + 0.0, 2, p->l->language, &p->cell);
			plan_put(p, CHANGE_WIDTH, true);
		}
		plan_line(p);
	}
	for (size_t i = 0; i < h->n_days; i++) {
		if (h->days[i].stamp.late_rows > 0) {
			buf_printf(p->out, "%s: ", when_date(h->days[i].day, date));
			late(p, &h->days[i], 12);
		}
	}
}

void trend_text(const struct trend *t, const struct look *l, struct buf *out)
{
	struct plan_page p;

	plan_page_init(&p, l, out);
	head(&p, t);
	if (t->history->n_days == 0) {
		buf_printf(out, "%s\n", plan_word(&p, PLAN_NO_DAY));
	} else if (t->only != NULL) {
		one(&p, t);
	} else {
		all(&p, t);
	}
	plan_page_end(&p);
}
