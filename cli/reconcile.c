/* cxmeter reconcile: where the sources of a site disagree. */
#include "cli/reconcile.h"

#include <string.h>

#include "cli/desk.h"

#define RECORDS_MAX_BYTES ((size_t)128 * 1024 * 1024) /* all conflicts as JSON lines */

static int check_format(struct desk *d)
{
	const char *f = d->o->format;

	if (f == NULL || strcmp(f, "text") == 0 || strcmp(f, "json") == 0 ||
	    strcmp(f, "csv") == 0 || strcmp(f, "jsonl") == 0) {
		return EXIT_DONE;
	}
	return desk_usage(d, "--format: expected text, json, csv or jsonl, found \"%s\"", f);
}

static int print(struct desk *d, const struct reconciliation *r, const struct look *l)
{
	const char *format = d->o->format;
	struct buf out;
	int code;

	buf_init(&out, RECORDS_MAX_BYTES);
	if (format == NULL || strcmp(format, "text") == 0) {
		reconcile_text(r, l, &out);
	} else if (strcmp(format, "json") == 0) {
		reconcile_json(r, &out);
	} else if (strcmp(format, "csv") == 0) {
		reconcile_csv(r, &out);
	} else {
		reconcile_jsonl(r, &d->catalog, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	return code;
}

int command_reconcile(const struct options *o)
{
	struct score_request request;
	struct reconciliation *r = NULL;
	struct look l = { .color = desk_wants_color(o) };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : desk_language(&d, &l.language);
	code = code != EXIT_DONE ? code : check_format(&d);
	code = code != EXIT_DONE ? code : desk_request(&d, &request, days);
	code = code != EXIT_DONE ? code : desk_load_model(&d);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	if (code == EXIT_DONE) {
		code = reconcile_site(&r, d.model, d.store, &request, &d.catalog, &d.fault) == 0
		               ? print(&d, r, &l)
		               : desk_fail(&d);
	}
	reconciliation_free(r);
	desk_close(&d);
	return code;
}
