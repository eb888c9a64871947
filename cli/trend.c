/* cxmeter trend: the scores of the last days, each with its interval, and which were computed again
 * because evidence came late. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/desk.h"
#include "common/when.h"
#include "cxmeter/history.h"

#define TREND_MAX_BYTES ((size_t)16 * 1024 * 1024)

/* What is shown: an area or an indicator, or all areas. */
struct choice {
	const char *only; /* an id; NULL: all areas */
	const char *unit; /* of an indicator's value; NULL: it has only a score */
};

static bool is_area(const struct model *m, const char *id)
{
	for (size_t a = 0; a < m->n_areas; a++) {
		if (strcmp(m->areas[a].id, id) == 0) {
			return true;
		}
	}
	return false;
}

static int choose(struct desk *d, struct choice *out)
{
	const struct model_indicator *is = NULL;

	if (d->o->area != NULL && d->o->indicator != NULL) {
		return desk_usage(d, "--area or --indicator, not both");
	}
	out->only = d->o->area != NULL ? d->o->area : d->o->indicator;
	if (d->o->area != NULL && !is_area(d->model, d->o->area)) {
		return desk_usage(d, "no area \"%s\"; cxmeter score --format csv lists all",
		                  d->o->area);
	}
	if (d->o->indicator != NULL) {
		is = model_indicator_named(d->model, d->o->indicator);
		if (is == NULL) {
			return desk_usage(
				d, "no indicator \"%s\"; cxmeter score --format csv lists all",
				d->o->indicator);
		}
		out->unit = is->unit;
	}
	return EXIT_DONE;
}

static bool shown(const struct choice *c, const struct model *m, const char *what)
{
	return c->only != NULL ? strcmp(c->only, what) == 0 : is_area(m, what);
}

/* ---- text ---- */

static void add_score(struct buf *out, const struct cache_score *s)
{
	if (s == NULL || isnan(s->score)) {
		buf_add_text(out, "not assessed");
	} else {
		buf_printf(out, "%.2f  %.2f - %.2f  stage %d", s->score, s->low, s->high, s->stage);
	}
}

static void add_late(struct buf *out, const struct history_day *d)
{
	char on[WHEN_DATE_SIZE];
	char late[WHEN_DATE_SIZE];

	if (d->stamp.late_rows > 0) {
		buf_printf(out, "  recomputed on %s because %llu record%s for %s arrived late",
		           when_date(when_day_of(d->stamp.computed_us), on),
		           (unsigned long long)d->stamp.late_rows,
		           d->stamp.late_rows == 1 ? "" : "s", when_date(d->stamp.late_day, late));
	}
}

/* One area or indicator, a line a day. */
static void text_of_one(const struct history *h, const struct choice *c, struct buf *out)
{
	char date[WHEN_DATE_SIZE];

	for (size_t i = 0; i < h->n_days; i++) {
		const struct cache_score *s = history_score(&h->days[i], c->only);

		buf_printf(out, "%s  ", when_date(h->days[i].day, date));
		if (c->unit != NULL && s != NULL && !isnan(s->value)) {
			buf_printf(out, "%.4g %s (n = %.0f)  ", s->value, c->unit, s->n);
		}
		add_score(out, s);
		add_late(out, &h->days[i]);
		buf_add_char(out, '\n');
	}
}

/* Every area at both ends, and the days that were computed again. */
static void text_of_areas(const struct history *h, const struct model *m, struct buf *out)
{
	const struct history_day *first = &h->days[0];
	const struct history_day *last = &h->days[h->n_days - 1];
	char date[2][WHEN_DATE_SIZE];

	buf_printf(out, "%-32s %-12s %-12s %s\n", "area", when_date(first->day, date[0]),
	           when_date(last->day, date[1]), "change");
	for (size_t a = 0; a < m->n_areas; a++) {
		const struct cache_score *s[2] = { history_score(first, m->areas[a].id),
			                           history_score(last, m->areas[a].id) };
		bool both = true;

		buf_printf(out, "%-32s ", m->areas[a].id);
		for (size_t k = 0; k < 2; k++) {
			bool known = s[k] != NULL && !isnan(s[k]->score);

			both = both && known;
			if (known) {
				buf_printf(out, "%-12.2f ", s[k]->score);
			} else {
				buf_printf(out, "%-12s ", "not assessed");
			}
		}
		if (both) {
			buf_printf(out, "%+.2f", s[1]->score - s[0]->score);
		}
		buf_add_char(out, '\n');
	}
	for (size_t i = 0; i < h->n_days; i++) {
		if (h->days[i].stamp.late_rows > 0) {
			buf_printf(out, "%s:", when_date(h->days[i].day, date[0]));
			add_late(out, &h->days[i]);
			buf_add_char(out, '\n');
		}
	}
}

static void text(const struct desk *d, const struct history *h, const struct choice *c,
                 struct buf *out)
{
	buf_printf(out, "%s  %s%s\n", h->site, c->only != NULL ? c->only : "all areas",
	           h->provisional ? "  PROVISIONAL" : "");
	if (h->n_days == 0) {
		buf_add_text(out, "no day has evidence\n");
	} else if (c->only != NULL) {
		text_of_one(h, c, out);
	} else {
		text_of_areas(h, d->model, out);
	}
}

/* ---- for machines ---- */

static void number(struct buf *out, const char *before, double v, const char *missing)
{
	if (isnan(v)) {
		buf_printf(out, "%s%s", before, missing);
	} else {
		buf_printf(out, "%s%.10g", before, v);
	}
}

static void csv_line(const struct history *h, const struct history_day *d,
                     const struct cache_score *s, struct buf *out)
{
	char day[WHEN_DATE_SIZE];
	char at[WHEN_DATE_SIZE];
	char late[WHEN_DATE_SIZE] = "";

	buf_printf(out, "%s,%s,%s,%d", h->site, when_date(d->day, day), s->what, h->provisional);
	number(out, ",", s->value, "");
	number(out, ",", s->n, "");
	number(out, ",", s->score, "");
	number(out, ",", s->low, "");
	number(out, ",", s->high, "");
	if (d->stamp.late_rows > 0) {
		(void)when_date(d->stamp.late_day, late);
	}
	if (s->stage > 0) {
		buf_printf(out, ",%d,", s->stage);
	} else {
		buf_add_text(out, ",,");
	}
	buf_printf(out, "%s,%llu,%s\n", when_iso(d->stamp.computed_us, at),
	           (unsigned long long)d->stamp.late_rows, late);
}

static void csv(const struct desk *d, const struct history *h, const struct choice *c,
                struct buf *out)
{
	buf_add_text(out, "site,day,what,provisional,value,n,score,low,high,stage,computed,late_"
	                  "records,late_day\n");
	for (size_t i = 0; i < h->n_days; i++) {
		for (size_t k = 0; k < h->days[i].n_scores; k++) {
			if (shown(c, d->model, h->days[i].scores[k].what)) {
				csv_line(h, &h->days[i], &h->days[i].scores[k], out);
			}
		}
	}
}

/* Ids, dates and site names that are plain need no escapes; a site's name may hold quotes. */
static void json_text(struct buf *out, const char *text)
{
	buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			buf_add_char(out, '\\');
		}
		buf_add_char(out, *text);
	}
	buf_add_char(out, '"');
}

static void json_day(const struct desk *d, const struct history_day *day, const struct choice *c,
                     struct buf *out)
{
	char date[WHEN_DATE_SIZE];
	char at[WHEN_DATE_SIZE];
	const char *comma = "";

	buf_printf(out, "{\"day\":\"%s\",\"computed\":\"%s\"", when_date(day->day, date),
	           when_iso(day->stamp.computed_us, at));
	if (day->stamp.late_rows > 0) {
		buf_printf(out, ",\"late\":{\"records\":%llu,\"day\":\"%s\"}",
		           (unsigned long long)day->stamp.late_rows,
		           when_date(day->stamp.late_day, date));
	}
	buf_add_text(out, ",\"scores\":[");
	for (size_t k = 0; k < day->n_scores; k++) {
		const struct cache_score *s = &day->scores[k];

		if (!shown(c, d->model, s->what)) {
			continue;
		}
		buf_printf(out, "%s{\"id\":\"%s\"", comma, s->what);
		number(out, ",\"value\":", s->value, "null");
		number(out, ",\"n\":", s->n, "null");
		number(out, ",\"score\":", s->score, "null");
		number(out, ",\"low\":", s->low, "null");
		number(out, ",\"high\":", s->high, "null");
		buf_printf(out, s->stage > 0 ? ",\"stage\":%d}" : ",\"stage\":null}", s->stage);
		comma = ",";
	}
	buf_add_text(out, "]}");
}

static void json(const struct desk *d, const struct history *h, const struct choice *c,
                 struct buf *out)
{
	buf_add_text(out, "{\"site\":");
	json_text(out, h->site);
	buf_printf(out, ",\"model\":{\"id\":\"%s\",\"version\":\"%s\",\"sha256\":\"%s\"}",
	           d->model->id, d->model->version, d->model->sha256);
	buf_printf(out, ",\"provisional\":%s,\"days\":[", h->provisional ? "true" : "false");
	for (size_t i = 0; i < h->n_days; i++) {
		buf_add_text(out, i > 0 ? ",\n" : "\n");
		json_day(d, &h->days[i], c, out);
	}
	buf_add_text(out, "\n]}\n");
}

typedef void (*writer_fn)(const struct desk *d, const struct history *h, const struct choice *c,
                          struct buf *out);

static writer_fn writer_of(const char *format)
{
	static const struct {
		const char *name;
		writer_fn write;
	} known[] = { { "text", text }, { "json", json }, { "csv", csv } };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (format == NULL || strcmp(format, known[i].name) == 0) {
			return known[i].write;
		}
	}
	return NULL;
}

static int show(struct desk *d, const struct score_request *request, const struct choice *c)
{
	writer_fn write = writer_of(d->o->format);
	struct score_request r = *request;
	struct history h;
	struct timespec now;
	struct buf out;
	int code;

	if (write == NULL) {
		return desk_usage(d, "--format: expected text, json or csv, found \"%s\"",
		                  d->o->format);
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	r.now_us = (int64_t)now.tv_sec * WHEN_US_PER_S + now.tv_nsec / 1000;
	if (score_history(&h, d->model, d->store, &r, &d->catalog, &d->fault) != 0) {
		return desk_fail(d);
	}
	buf_init(&out, TREND_MAX_BYTES);
	write(d, &h, c, &out);
	code = desk_print(d, &out);
	buf_free(&out);
	history_free(&h);
	return code;
}

int command_trend(const struct options *o)
{
	struct score_request request;
	struct choice choice = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : desk_load_model(&d);
	code = code != EXIT_DONE ? code : choose(&d, &choice);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	code = code != EXIT_DONE ? code : desk_request(&d, &request, days);
	code = code != EXIT_DONE ? code : show(&d, &request, &choice);
	desk_close(&d);
	return code;
}
