/* cxmeter export: rows of one kind as CSV or JSONL, in the order of their keys, streamed.
 * Identities leave as the pseudonyms they are. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/desk.h"
#include "common/when.h"
#include "proto/text.h"

#define OUT_MAX_BYTES   ((size_t)1024 * 1024)
#define OUT_FLUSH_BYTES ((size_t)64 * 1024)

struct exporting {
	struct desk *d;
	const struct cxm_kind *kind;
	bool csv;
	struct buf out;
	int code;
};

static int flush(struct exporting *e)
{
	e->code = desk_print(e->d, &e->out);
	buf_reset(&e->out);
	return e->code == EXIT_DONE ? 0 : -EIO;
}

static int on_row(void *arg, const ProtobufCMessage *m)
{
	struct exporting *e = arg;

	if (e->csv) {
		text_csv_row(e->kind, m, &e->out);
	} else {
		text_json_row(e->kind, m, &e->out);
	}
	return e->out.len >= OUT_FLUSH_BYTES || e->out.failed ? flush(e) : 0;
}

static int find_kind(struct desk *d, const struct cxm_kind **out)
{
	char list[FAULT_TEXT_MAX - 100] = "";
	size_t used = 0;

	*out = cxm_kind_named(&d->catalog, slice_of(d->o->record));
	if (*out != NULL) {
		return EXIT_DONE;
	}
	for (size_t i = 0; i < d->catalog.n_kinds; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
		                 d->catalog.kinds[i].name);

		used += n > 0 && (size_t)n < sizeof(list) - used ? (size_t)n : 0;
	}
	return desk_usage(d, "no record \"%.60s\"; there is: %s", d->o->record, list);
}

static int check_format(struct exporting *e)
{
	const char *f = e->d->o->format;

	e->csv = f == NULL || strcmp(f, "csv") == 0;
	return e->csv || strcmp(f, "jsonl") == 0
	               ? EXIT_DONE
	               : desk_usage(e->d, "--format: expected csv or jsonl, found \"%s\"", f);
}

/* From the first instant of the first day to that of the day after the last. */
static int range_of(struct desk *d, const struct score_request *request,
                    const struct cxm_kind *kind, struct store_range *out)
{
	char zone[SCORE_ZONE_MAX];

	if (score_check_site(d->store, request->site, &d->fault) != 0 ||
	    score_use_zone(zone, d->store, request->site, request->timezone, &d->fault) != 0) {
		return desk_fail(d);
	}
	*out = (struct store_range){ kind, request->site, INT64_MIN, INT64_MAX };
	if (request->from_day != NULL) {
		out->from_us = when_day_start_us(*request->from_day);
	}
	if (request->to_day != NULL) {
		out->to_us = when_day_start_us(*request->to_day + 1);
	}
	return EXIT_DONE;
}

static int export_rows(struct exporting *e, const struct score_request *request)
{
	struct store_range range;
	int code = range_of(e->d, request, e->kind, &range);

	if (code != EXIT_DONE) {
		return code;
	}
	if (e->csv) {
		text_csv_header(e->kind, &e->out);
	}
	if (e->d->store->ops->rows(e->d->store, &range, on_row, e, &e->d->fault) != 0) {
		return e->code != EXIT_DONE ? e->code : desk_fail(e->d);
	}
	(void)flush(e);
	return e->code;
}

int command_export(const struct options *o)
{
	struct score_request request;
	struct desk d;
	struct exporting e = { .d = &d };
	int32_t days[2];
	int code = desk_open(&d, o);

	buf_init(&e.out, OUT_MAX_BYTES);
	code = code != EXIT_DONE ? code : check_format(&e);
	code = code != EXIT_DONE ? code : find_kind(&d, &e.kind);
	code = code != EXIT_DONE ? code : desk_request(&d, &request, days);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	code = code != EXIT_DONE ? code : export_rows(&e, &request);
	buf_free(&e.out);
	desk_close(&d);
	return code;
}
