/* Sorted lines; see lines.h. */
#include "simulate/lines.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_LINES = 4096 };

void sim_lines_init(struct sim_lines *l)
{
	*l = (struct sim_lines){ 0 };
	buf_init(&l->text, SIM_LINES_MAX_BYTES);
}

void sim_lines_free(struct sim_lines *l)
{
	buf_free(&l->text);
	free(l->lines);
	*l = (struct sim_lines){ 0 };
}

void sim_lines_begin(struct sim_lines *l, int64_t at_us)
{
	if (l->n == l->room) {
		size_t room = l->room > 0 ? 2 * l->room : FIRST_LINES;
		struct sim_line *lines = realloc(l->lines, room * sizeof(*lines));

		if (lines == NULL) {
			l->failed = true;
			l->n = 0;
			return;
		}
		l->lines = lines;
		l->room = room;
	}
	l->lines[l->n++] = (struct sim_line){ at_us, l->text.len, 0 };
}

void sim_lines_end(struct sim_lines *l)
{
	if (l->n > 0) {
		l->lines[l->n - 1].len = l->text.len - l->lines[l->n - 1].offset;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct sim_line *x = a;
	const struct sim_line *y = b;

	if (x->at_us != y->at_us) {
		return x->at_us < y->at_us ? -1 : 1;
	}
	return (x->offset > y->offset) - (x->offset < y->offset);
}

int sim_lines_flush(struct sim_lines *l, FILE *out)
{
	int rc = l->failed || l->text.failed ? -ENOMEM : 0;

	if (rc == 0 && l->n > 0) {
		qsort(l->lines, l->n, sizeof(*l->lines), by_time);
	}
	for (size_t i = 0; rc == 0 && i < l->n; i++) {
		const struct sim_line *line = &l->lines[i];

		if (fwrite(l->text.data + line->offset, 1, line->len, out) != line->len ||
		    putc('\n', out) == EOF) {
			rc = errno != 0 ? -errno : -EIO;
		}
	}
	l->n = 0;
	buf_reset(&l->text);
	return rc;
}
