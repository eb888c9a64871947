/* cxmeter compare: score every site over one window, gather what a fair comparison needs, print. */
#include "cli/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/plan.h"

#define COMPARE_TEXT_MAX_BYTES ((size_t)256 * 1024 * 1024)

struct comparing {
	struct desk d;
	struct look l;
	struct score_request request;
	int32_t days[2];
	char names[COMPARE_SITES_MAX][STORE_NAME_MAX + 1];
	struct scorecard *cards[COMPARE_SITES_MAX]; /* owned */
	struct compare_site sites[COMPARE_SITES_MAX];
	size_t n;
	struct compare_facts facts;
};

static int take_names(struct comparing *c)
{
	struct slice rest = slice_of(c->d.o->sites);

	while (rest.len > 0) {
		struct slice name = slice_trim(slice_cut(&rest, ','));

		if (name.len == 0 || name.len > STORE_NAME_MAX) {
			return desk_usage(&c->d,
			                  "--sites: expected names with commas between them, "
			                  "such as nord,sued");
		}
		if (c->n == COMPARE_SITES_MAX) {
			return desk_usage(&c->d, "--sites: more than %d sites", COMPARE_SITES_MAX);
		}
		(void)snprintf(c->names[c->n++], sizeof(c->names[0]), "%.*s", (int)name.len,
		               name.at);
	}
	return c->n >= 2 ? EXIT_DONE : desk_usage(&c->d, "--sites: expected at least two sites");
}

static int take_facts(struct comparing *c)
{
	const struct options *o = c->d.o;
	int rc = 0;

	if (o->by != NULL && strcmp(o->by, "vendor") != 0) {
		return desk_usage(&c->d, "--by: expected vendor, found \"%s\"", o->by);
	}
	if (o->sites_file != NULL) {
		rc = compare_facts_load(&c->facts, o->sites_file, &c->d.fault);
	}
	if (rc == 0 && o->vendor != NULL) {
		rc = compare_facts_vendors(&c->facts, o->vendor, &c->d.fault);
	}
	if (rc != 0) {
		(void)desk_fail(&c->d);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

/* The same days for all: up to the last day on which every site has evidence. */
static int find_window(struct comparing *c)
{
	struct score_window w;

	for (size_t i = 0; i < c->n && c->d.o->to == NULL; i++) {
		c->request.site = c->names[i];
		if (score_window_of(&w, c->d.model, c->d.store, &c->request, &c->d.fault) != 0) {
			return desk_fail(&c->d);
		}
		c->days[1] = i == 0 || w.to_day < c->days[1] ? w.to_day : c->days[1];
	}
	c->request.to_day = &c->days[1];
	if (c->d.o->from == NULL) {
		c->days[0] = c->days[1] - (int32_t)c->d.model->rules.window_days + 1;
		c->request.from_day = &c->days[0];
	}
	return EXIT_DONE;
}

static int score_all(struct comparing *c)
{
	for (size_t i = 0; i < c->n; i++) {
		c->request.site = c->names[i];
		if (score_site(&c->cards[i], c->d.model, c->d.store, &c->request, &c->d.catalog,
		               &c->d.fault) != 0) {
			return desk_fail(&c->d);
		}
		c->sites[i] =
			(struct compare_site){ .card = c->cards[i],
			                       .fact = compare_fact_of(&c->facts, c->names[i]) };
		if (compare_gather(&c->sites[i], c->d.store, &c->d.catalog, &c->d.fault) != 0) {
			return desk_fail(&c->d);
		}
	}
	return EXIT_DONE;
}

static int print(struct comparing *c, const struct compare_report *r)
{
	const char *format = c->d.o->format != NULL ? c->d.o->format : "text";
	/* for machines the language is English unless it is asked for */
	enum model_language language = c->d.o->lang != NULL ? c->l.language : MODEL_ENGLISH;
	struct buf out;
	int code;

	buf_init(&out, COMPARE_TEXT_MAX_BYTES);
	if (strcmp(format, "json") == 0) {
		compare_json(r, language, &out);
	} else if (strcmp(format, "csv") == 0) {
		compare_csv(r, language, &out);
	} else {
		compare_text(r, &c->l, &out);
	}
	code = desk_print(&c->d, &out);
	buf_free(&out);
	return code;
}

static int compare(struct comparing *c)
{
	struct compare_report r;
	int code;

	if (compare_make(&r, c->sites, c->n, c->d.o->by != NULL, &c->d.fault) != 0) {
		return desk_fail(&c->d);
	}
	code = print(c, &r);
	compare_free(&r);
	return code;
}

int command_compare(const struct options *o)
{
	struct comparing *c = calloc(1, sizeof(*c));
	int code;

	if (c == NULL) {
		(void)fprintf(stderr, "cxmeter: out of memory\n");
		return EXIT_FAILED;
	}
	code = desk_open(&c->d, o);
	code = code != EXIT_DONE ? code : score_prepare(&c->d, &c->l, &c->request, c->days);
	code = code != EXIT_DONE ? code : take_names(c);
	code = code != EXIT_DONE ? code : take_facts(c);
	code = code != EXIT_DONE ? code : desk_open_store(&c->d, true);
	code = code != EXIT_DONE ? code : find_window(c);
	code = code != EXIT_DONE ? code : score_all(c);
	code = code != EXIT_DONE ? code : compare(c);
	for (size_t i = 0; i < c->n; i++) {
		if (c->sites[i].card != NULL) {
			compare_site_free(&c->sites[i]);
		}
	}
	for (size_t i = 0; i < c->n; i++) {
		scorecard_free(c->cards[i]);
	}
	compare_facts_free(&c->facts);
	desk_close(&c->d);
	free(c);
	return code;
}
