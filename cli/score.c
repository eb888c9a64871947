/* cxmeter score and cxmeter explain: ask the engine, print what it says. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/card.h"
#include "cli/desk.h"

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0';
}

/* https://no-color.org and https://bixense.com/clicolors; the first one wins */
static bool wants_color(const struct options *o)
{
	const char *term = getenv("TERM");

	if (o->no_color || is_set("NO_COLOR")) {
		return false;
	}
	return is_set("CLICOLOR_FORCE") ||
	       (term != NULL && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO) == 1);
}

static int print_card(struct desk *d, const struct scorecard *card, const struct look *l)
{
	const char *format = d->o->format;
	/* for machines the language is English unless it is asked for, whatever the environment */
	enum model_language language = d->o->lang != NULL ? l->language : MODEL_ENGLISH;
	struct buf out;
	int code;

	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	if (format == NULL || strcmp(format, "text") == 0) {
		card_text(card, l, &out);
	} else if (strcmp(format, "json") == 0) {
		card_json(card, language, &out);
	} else {
		card_csv(card, language, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	return code;
}

static int check_format(struct desk *d)
{
	const char *f = d->o->format;

	if (f == NULL || strcmp(f, "text") == 0 || strcmp(f, "json") == 0 ||
	    strcmp(f, "csv") == 0) {
		return EXIT_DONE;
	}
	return desk_usage(d, "--format: expected text, json or csv, found \"%s\"", f);
}

/* What both commands need before they can ask. */
static int prepare(struct desk *d, struct look *l, struct score_request *request, int32_t days[2])
{
	int code = desk_language(d, &l->language);

	l->color = wants_color(d->o);
	code = code != EXIT_DONE ? code : check_format(d);
	code = code != EXIT_DONE ? code : desk_request(d, request, days);
	code = code != EXIT_DONE ? code : desk_load_model(d);
	return code;
}

int command_score(const struct options *o)
{
	struct score_request request;
	struct scorecard *card = NULL;
	struct look l = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : prepare(&d, &l, &request, days);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	if (code == EXIT_DONE) {
		code = score_site(&card, d.model, d.store, &request, &d.catalog, &d.fault) == 0
		               ? print_card(&d, card, &l)
		               : desk_fail(&d);
	}
	scorecard_free(card);
	desk_close(&d);
	return code;
}

static int explain(struct desk *d, const struct model_indicator *is,
                   const struct score_request *request, const struct look *l)
{
	struct score_detail detail;
	struct buf out;
	int code;

	if (score_detail_of(&detail, is, d->model, d->store, request, &d->fault) != 0) {
		return desk_fail(d);
	}
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	explain_text(&detail, l, &out);
	code = desk_print(d, &out);
	buf_free(&out);
	score_detail_free(&detail);
	return code;
}

/* The ids that hold the wanted text, else all of one's own area would not fit: the areas. */
static int no_indicator(struct desk *d)
{
	char list[FAULT_TEXT_MAX / 2] = "";
	size_t used = 0;

	for (size_t a = 0; a < d->model->n_areas; a++) {
		for (size_t i = 0; i < d->model->areas[a].n_indicators; i++) {
			const char *id = d->model->areas[a].indicators[i].id;
			int n;

			if (strstr(id, d->o->indicator) == NULL) {
				continue;
			}
			n = snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? ", " : "",
			             id);
			used += n > 0 && (size_t)n < sizeof(list) - used ? (size_t)n : 0;
		}
	}
	list[used] = '\0';
	return used > 0 ? desk_usage(d, "no indicator \"%s\"; there is: %s", d->o->indicator, list)
	                : desk_usage(d, "no indicator \"%s\"; cxmeter score --format csv lists all",
	                             d->o->indicator);
}

int command_explain(const struct options *o)
{
	const struct model_indicator *is = NULL;
	struct score_request request;
	struct look l = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : prepare(&d, &l, &request, days);
	if (code == EXIT_DONE) {
		is = model_indicator_named(d.model, o->indicator);
		code = is == NULL ? no_indicator(&d) : desk_open_store(&d, true);
	}
	code = code != EXIT_DONE ? code : explain(&d, is, &request, &l);
	desk_close(&d);
	return code;
}
