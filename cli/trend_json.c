/* A trend as JSON (docs/trend.schema.json) and CSV. */
#include <math.h>
#include <string.h>

#include "cli/put.h"
#include "cli/trend.h"
#include "common/when.h"

bool trend_shows(const struct trend *t, const char *what)
{
	if (t->only != NULL) {
		return strcmp(t->only, what) == 0;
	}
	for (size_t a = 0; a < t->model->n_areas; a++) {
		if (strcmp(t->model->areas[a].id, what) == 0) {
			return true;
		}
	}
	return false;
}

static void add_score(struct put *j, const struct cache_score *s)
{
	put_line(j, 6);
	put_open(j, NULL, '{');
	put_text(j, "id", s->what);
	put_number(j, "value", s->value);
	put_number(j, "n", s->n);
	put_number(j, "score", s->score);
	put_number(j, "low", s->low);
	put_number(j, "high", s->high);
	put_number(j, "stage", s->stage > 0 ? (double)s->stage : NAN);
	put_close(j, '}');
}

static void add_day(struct put *j, const struct trend *t, const struct history_day *d)
{
	char date[WHEN_DATE_SIZE];
	char at[WHEN_DATE_SIZE];

	put_line(j, 4);
	put_open(j, NULL, '{');
	put_text(j, "day", when_date(d->day, date));
	put_text(j, "computed", when_iso(d->stamp.computed_us, at));
	if (d->stamp.late_rows > 0) {
		put_open(j, "late", '{');
		put_number(j, "records", (double)d->stamp.late_rows);
		put_text(j, "day", when_date(d->stamp.late_day, date));
		put_close(j, '}');
	}
	put_open(j, "scores", '[');
	for (size_t k = 0; k < d->n_scores; k++) {
		if (trend_shows(t, d->scores[k].what)) {
			add_score(j, &d->scores[k]);
		}
	}
	put_close(j, ']');
	put_close(j, '}');
}

void trend_json(const struct trend *t, struct buf *out)
{
	struct put put = { .out = out };
	struct put *j = &put;

	put_open(j, NULL, '{');
	put_line(j, 2);
	put_text(j, "site", t->history->site);
	put_text(j, "timezone", t->history->timezone);
	put_line(j, 2);
	put_open(j, "model", '{');
	put_text(j, "id", t->model->id);
	put_text(j, "version", t->model->version);
	put_text(j, "sha256", t->model->sha256);
	put_close(j, '}');
	put_line(j, 2);
	put_bool(j, "provisional", t->history->provisional);
	if (t->history->simulated) {
		put_bool(j, "simulated", true);
	}
	put_line(j, 2);
	put_open(j, "days", '[');
	for (size_t i = 0; i < t->history->n_days; i++) {
		add_day(j, t, &t->history->days[i]);
	}
	put_close(j, ']');
	buf_add_char(out, '\n');
	put_close(j, '}');
	buf_add_char(out, '\n');
}

static void row(struct put *p, const struct trend *t, const struct history_day *d,
                const struct cache_score *s)
{
	char date[WHEN_DATE_SIZE];
	char at[WHEN_DATE_SIZE];
	bool late = d->stamp.late_rows > 0;

	put_cell_text(p, t->history->site);
	put_cell_text(p, when_date(d->day, date));
	put_cell_text(p, s->what);
	put_cell_text(p, t->history->provisional ? "true" : "false");
	put_cell_number(p, s->value);
	put_cell_number(p, s->n);
	put_cell_number(p, s->score);
	put_cell_number(p, s->low);
	put_cell_number(p, s->high);
	put_cell_number(p, s->stage > 0 ? (double)s->stage : NAN);
	put_cell_text(p, when_iso(d->stamp.computed_us, at));
	put_cell_number(p, (double)d->stamp.late_rows);
	put_cell_text(p, late ? when_date(d->stamp.late_day, date) : "");
	if (t->history->simulated) {
		put_cell_text(p, "true");
	}
	put_row_end(p);
}

void trend_csv(const struct trend *t, struct buf *out)
{
	struct put p = { .out = out };

	buf_add_text(out,
	             "site,day,id,provisional,value,n,score,low,high,stage,computed,late_records,"
	             "late_day");
	buf_add_text(out, t->history->simulated ? ",simulated\n" : "\n");
	for (size_t i = 0; i < t->history->n_days; i++) {
		const struct history_day *d = &t->history->days[i];

		for (size_t k = 0; k < d->n_scores; k++) {
			if (trend_shows(t, d->scores[k].what)) {
				row(&p, t, d, &d->scores[k]);
			}
		}
	}
}
