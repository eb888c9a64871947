/* cxmeter score --lens and cxmeter roadmap: a scorecard seen another way. */
#include "cli/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lens.h"
#include "cli/roadmap.h"

static bool is_format(const struct desk *d, const char *name)
{
	return d->o->format != NULL ? strcmp(d->o->format, name) == 0 : strcmp(name, "text") == 0;
}

/* For machines the language is English unless it is asked for, whatever the environment. */
static enum model_language for_machines(const struct desk *d, const struct look *l)
{
	return d->o->lang != NULL ? l->language : MODEL_ENGLISH;
}

static int out_of_memory(struct desk *d)
{
	(void)fault_set(&d->fault, -ENOMEM, "out of memory");
	return desk_fail(d);
}

/* ---- lens ---- */

int plan_load_lens(struct desk *d, struct lens **out)
{
	const char *name = d->o->lens;
	int rc;

	if (is_format(d, "csv")) {
		return desk_usage(d, "--lens: expected --format text or json, found \"csv\"");
	}
	/* a name has no dot and no slash: what has one is a file */
	rc = strpbrk(name, "./") != NULL ? lens_load(out, name, d->model, &d->fault)
	                                 : lens_builtin(out, name, d->model, &d->fault);
	if (rc != 0) {
		(void)desk_fail(d);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int plan_print_lens(struct desk *d, const struct lens *lens, const struct scorecard *card,
                    const struct look *l)
{
	const struct roadmap_wishes none = { 0 };
	struct lens_view *view = calloc(1, sizeof(*view));
	struct roadmap rated = { 0 };
	struct buf out;
	int code;

	if (view == NULL || (lens->drivers && roadmap_make(&rated, card, &none) != 0)) {
		free(view);
		return out_of_memory(d);
	}
	lens_look(view, lens, card);
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	if (is_format(d, "json")) {
		lens_json(view, lens->drivers ? &rated : NULL, for_machines(d, l), &out);
	} else {
		lens_text(view, lens->drivers ? &rated : NULL, l, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	roadmap_free(&rated);
	free(view);
	return code;
}

/* ---- roadmap ---- */

static int wishes_of(struct desk *d, struct roadmap_wishes *out)
{
	int rc = 0;

	if (d->o->targets != NULL) {
		rc = roadmap_wishes_file(out, d->o->targets, d->o->site, d->model, &d->fault);
	}
	if (rc == 0 && d->o->target != NULL) {
		rc = roadmap_wishes_text(out, d->o->target, d->model, &d->fault);
	}
	if (rc != 0) {
		(void)desk_fail(d);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int print_roadmap(struct desk *d, const struct scorecard *card,
                         const struct roadmap_wishes *wishes, const struct look *l)
{
	struct roadmap r;
	struct buf out;
	int code;

	if (roadmap_make(&r, card, wishes) != 0) {
		return out_of_memory(d);
	}
	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	if (is_format(d, "json")) {
		roadmap_json(&r, for_machines(d, l), &out);
	} else if (is_format(d, "csv")) {
		roadmap_csv(&r, for_machines(d, l), &out);
	} else {
		roadmap_text(&r, l, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	roadmap_free(&r);
	return code;
}

int command_roadmap(const struct options *o)
{
	struct roadmap_wishes wishes = { 0 };
	struct score_request request;
	struct scorecard *card = NULL;
	struct look l = { 0 };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : score_prepare(&d, &l, &request, days);
	code = code != EXIT_DONE ? code : wishes_of(&d, &wishes);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	if (code == EXIT_DONE) {
		code = score_site(&card, d.model, d.store, &request, &d.catalog, &d.fault) == 0
		               ? print_roadmap(&d, card, &wishes, &l)
		               : desk_fail(&d);
	}
	scorecard_free(card);
	desk_close(&d);
	return code;
}
