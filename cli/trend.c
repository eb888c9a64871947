/* cxmeter trend: the scores of the last days, each with its interval, and which were computed again
 * because evidence came late. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/desk.h"
#include "cli/plan.h"
#include "cli/trend.h"
#include "common/when.h"

#define TREND_MAX_BYTES ((size_t)16 * 1024 * 1024)

static bool is_area(const struct model *m, const char *id)
{
	for (size_t a = 0; a < m->n_areas; a++) {
		if (strcmp(m->areas[a].id, id) == 0) {
			return true;
		}
	}
	return false;
}

static int choose(struct desk *d, struct trend *out)
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
		out->indicator = is;
	}
	return EXIT_DONE;
}

static int print(struct desk *d, const struct trend *t, const struct look *l)
{
	const char *format = d->o->format;
	struct buf out;
	int code;

	buf_init(&out, TREND_MAX_BYTES);
	if (format == NULL || strcmp(format, "text") == 0) {
		trend_text(t, l, &out);
	} else if (strcmp(format, "json") == 0) {
		trend_json(t, &out);
	} else {
		trend_csv(t, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	return code;
}

static int show(struct desk *d, struct trend *t, const struct score_request *request,
                const struct look *l)
{
	struct score_request at = *request;
	struct history h;
	struct timespec now;
	int code;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	at.now_us = (int64_t)now.tv_sec * WHEN_US_PER_S + now.tv_nsec / 1000;
	if (score_history(&h, d->model, d->store, &at, &d->catalog, &d->fault) != 0) {
		return desk_fail(d);
	}
	desk_note_model(d, d->o->site);
	t->history = &h;
	t->model = d->model;
	code = print(d, t, l);
	history_free(&h);
	t->history = NULL;
	return code;
}

int command_trend(const struct options *o)
{
	struct score_request request;
	struct trend trend = { 0 };
	struct look l = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : score_prepare(&d, &l, &request, days);
	code = code != EXIT_DONE ? code : choose(&d, &trend);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	request.cache = d.cache;
	code = code != EXIT_DONE ? code : show(&d, &trend, &request, &l);
	desk_close(&d);
	return code;
}
