/* cxmeter score and cxmeter explain: ask the engine, print what it says. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/card.h"
#include "cli/desk.h"
#include "cli/near.h"
#include "cli/plan.h"
#include "cxmeter/changes.h"

static bool is_set(const char *variable)
{
	const char *value = getenv(variable);

	return value != NULL && value[0] != '\0';
}

/* https://no-color.org and https://bixense.com/clicolors; the first one wins */
bool desk_wants_color(const struct options *o)
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
		(d->o->brief ? card_brief : card_text)(card, l, &out);
	} else if (strcmp(format, "json") == 0) {
		card_json(card, language, &out);
	} else {
		card_csv(card, language, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	return code;
}

int desk_check_format(struct desk *d)
{
	const char *f = d->o->format;

	if (f == NULL || strcmp(f, "text") == 0 || strcmp(f, "json") == 0 ||
	    strcmp(f, "csv") == 0) {
		return EXIT_DONE;
	}
	return desk_usage(d, "--format: expected text, json or csv, found \"%s\"", f);
}

int score_prepare(struct desk *d, struct look *l, struct score_request *request, int32_t days[2])
{
	int code = desk_language(d, &l->language);

	l->color = desk_wants_color(d->o);
	code = code != EXIT_DONE ? code : desk_check_format(d);
	code = code != EXIT_DONE ? code : desk_request(d, request, days);
	code = code != EXIT_DONE ? code : desk_load_model(d);
	return code;
}

int command_score(const struct options *o)
{
	struct score_request request;
	struct scorecard *card = NULL;
	struct lens *lens = NULL;
	struct score_changes changes = { .n = 0 };
	struct score_declared declared;
	struct look l = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : score_prepare(&d, &l, &request, days);
	if (code == EXIT_DONE && o->lens != NULL) {
		code = plan_load_lens(&d, &lens);
	}
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	request.cache = d.cache;
	if (code == EXIT_DONE) {
		int rc = score_site(&card, d.model, d.store, &request, &d.catalog, &d.fault);

		if (rc == 0) { /* all of one page is of one window, whatever comes in */
			desk_note_model(&d, o->site);
			request.window = &card->window;
		}
		rc = rc != 0 ? rc
		             : score_changes_of(&changes, d.model, d.store, &request, &d.fault);
		rc = rc != 0 ? rc
		             : score_declared_of(&declared, d.model, d.store, &request, &d.fault);
		if (rc == 0) {
			card->changes = &changes;
			card->declared = &declared;
		}
		code = rc != 0        ? desk_fail(&d)
		       : lens != NULL ? plan_print_lens(&d, lens, card, &l)
		                      : print_card(&d, card, &l);
	}
	lens_free(lens);
	score_changes_free(&changes);
	scorecard_free(card);
	desk_close(&d);
	return code;
}

static const struct scored *on_card(const struct scorecard *card, const char *id)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; i < card->areas[a].n_indicators; i++) {
			if (strcmp(card->areas[a].indicators[i].is->id, id) == 0) {
				return &card->areas[a].indicators[i];
			}
		}
	}
	return NULL;
}

static int explain(struct desk *d, const struct model_indicator *is,
                   const struct score_request *request, const struct look *l)
{
	struct score_detail detail;
	struct score_declared declared;
	struct scorecard *card = NULL; /* a conflict is between indicators */
	struct explain_beside beside = { .declared = &declared };
	struct buf out;
	int code;

	if (score_detail_of(&detail, is, d->model, d->store, request, &d->fault) != 0) {
		return desk_fail(d);
	}
	if (score_declared_of(&declared, d->model, d->store, request, &d->fault) != 0 ||
	    score_site(&card, d->model, d->store, request, &d->catalog, &d->fault) != 0) {
		score_detail_free(&detail);
		return desk_fail(d);
	}
	beside.on_card = on_card(card, is->id);
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	explain_text(&detail, &beside, l, &out);
	code = desk_print(d, &out);
	buf_free(&out);
	scorecard_free(card);
	score_detail_free(&detail);
	return code;
}

struct near_ids {
	const char *typed;
	char list[FAULT_TEXT_MAX / 2];
	size_t used;
};

/* Add those that may have been meant, as many as fit, whole. */
static void add_near(struct near_ids *near, const struct model_indicator *of, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *end = near->list + near->used;
		size_t room = sizeof(near->list) - near->used;
		int k;

		if (!near_enough(near->typed, of[i].id)) {
			continue;
		}
		k = snprintf(end, room, "%s%s", near->used > 0 ? ", " : "", of[i].id);
		if (k > 0 && (size_t)k < room) {
			near->used += (size_t)k;
		} else {
			*end = '\0';
		}
	}
}

static int no_indicator(struct desk *d)
{
	const struct model *m = d->model;
	struct near_ids near = { .typed = d->o->indicator };

	for (size_t a = 0; a < m->n_areas; a++) {
		add_near(&near, m->areas[a].indicators, m->areas[a].n_indicators);
	}
	add_near(&near, m->context, m->n_context);
	return near.used > 0
	               ? desk_usage(d, "no indicator \"%s\"; there is: %s", near.typed, near.list)
	               : desk_usage(d, "no indicator \"%s\"; cxmeter score --format csv lists all",
	                            near.typed);
}

int command_explain(const struct options *o)
{
	const struct model_indicator *is = NULL;
	struct score_request request;
	struct look l = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : score_prepare(&d, &l, &request, days);
	if (code == EXIT_DONE) {
		is = model_indicator_named(d.model, o->indicator);
		code = is == NULL ? no_indicator(&d) : desk_open_store(&d, true);
	}
	request.cache = d.cache;
	code = code != EXIT_DONE || is == NULL ? code : explain(&d, is, &request, &l);
	desk_close(&d);
	return code;
}
