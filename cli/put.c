#include "cli/put.h"

#include <math.h>

#include "proto/csv.h"
#include "proto/text.h"

/* Above it a double does not tell one whole number from the next. */
#define WHOLE_MAX 0x1p53

static void number(double v, const char *unknown, struct buf *out)
{
	if (isnan(v) || isinf(v)) {
		buf_add_text(out, unknown);
	} else if (v == floor(v) && fabs(v) < WHOLE_MAX) {
		buf_printf(out, "%.0f", v == 0 ? 0 : v); /* no -0 */
	} else {
		buf_printf(out, "%.10g", v);
	}
}

/* What stands before a value. */
static void begin(struct put *p, const char *key)
{
	buf_add_text(p->out, p->comma ? ", " : "");
	p->comma = true;
	if (key != NULL) {
		buf_printf(p->out, "\"%s\": ", key);
	}
}

void put_open(struct put *p, const char *key, char bracket)
{
	begin(p, key);
	buf_add_char(p->out, bracket);
	p->comma = false;
}

void put_close(struct put *p, char bracket)
{
	buf_add_char(p->out, bracket);
	p->comma = true;
}

void put_line(struct put *p, int indent)
{
	buf_printf(p->out, "%s\n%*s", p->comma ? "," : "", indent, "");
	p->comma = false;
}

void put_number(struct put *p, const char *key, double v)
{
	begin(p, key);
	number(v, "null", p->out);
}

void put_slice(struct put *p, const char *key, struct slice text)
{
	begin(p, key);
	text_json_string(text, p->out);
}

void put_text(struct put *p, const char *key, const char *text)
{
	if (text != NULL) {
		put_slice(p, key, slice_of(text));
	} else {
		begin(p, key);
		buf_add_text(p->out, "null");
	}
}

void put_bool(struct put *p, const char *key, bool v)
{
	begin(p, key);
	buf_add_text(p->out, v ? "true" : "false");
}

static void next_cell(struct put *p)
{
	buf_add_text(p->out, p->comma ? "," : "");
	p->comma = true;
}

void put_cell(struct put *p, struct slice text)
{
	next_cell(p);
	csv_add(p->out, text, true);
}

void put_cell_text(struct put *p, const char *text)
{
	put_cell(p, slice_of(text));
}

void put_cell_number(struct put *p, double v)
{
	next_cell(p);
	number(v, "", p->out);
}

void put_row_end(struct put *p)
{
	buf_add_char(p->out, '\n');
	p->comma = false;
}
