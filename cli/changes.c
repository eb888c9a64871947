/* cxmeter changes: what changed around the figures of a site. */
#include <string.h>

#include "cli/changes_text.h"
#include "cli/desk.h"

static int print(struct desk *d, const struct score_changes *changes, const struct look *l)
{
	const char *format = d->o->format;
	struct buf out;
	int code;

	buf_init(&out, LOOK_TEXT_MAX_BYTES);
	if (format == NULL || strcmp(format, "text") == 0) {
		changes_text(changes, d->model, l, &out);
	} else if (strcmp(format, "json") == 0) {
		changes_json_page(changes, &out);
	} else {
		changes_csv(changes, &out);
	}
	code = desk_print(d, &out);
	buf_free(&out);
	return code;
}

int command_changes(const struct options *o)
{
	struct score_request request;
	struct score_changes changes = { .n = 0 };
	struct look l = { .color = desk_wants_color(o) };
	struct desk d;
	int32_t days[2];
	int code = desk_open(&d, o);

	code = code != EXIT_DONE ? code : desk_language(&d, &l.language);
	code = code != EXIT_DONE ? code : desk_check_format(&d);
	code = code != EXIT_DONE ? code : desk_request(&d, &request, days);
	code = code != EXIT_DONE ? code : desk_load_model(&d);
	code = code != EXIT_DONE ? code : desk_open_store(&d, true);
	if (code == EXIT_DONE) {
		code = score_changes_of(&changes, d.model, d.store, &request, &d.fault) == 0
		               ? print(&d, &changes, &l)
		               : desk_fail(&d);
	}
	score_changes_free(&changes);
	desk_close(&d);
	return code;
}
