#include "tests/support/log_cases.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/unconst.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)

static void refuse(const char *path, const char *why)
{
	(void)fprintf(stderr, "%s: %s\n", path, why);
	exit(1);
}

static struct slice read_whole(const char *path)
{
	char *data = malloc(FILE_MAX_BYTES);
	FILE *file = fopen(path, "rb");
	size_t n;

	if (file == NULL || data == NULL) {
		refuse(path, "cannot be read");
	}
	n = fread(data, 1, FILE_MAX_BYTES, file);
	(void)fclose(file);
	return (struct slice){ data, n };
}

static struct log_case *begin_case(struct log_cases *all, const char *path, struct slice name)
{
	struct log_case *c = &all->items[all->count++];

	if (all->count == LOG_CASES_MAX || name.len == 0 || name.len >= sizeof(c->name)) {
		refuse(path, "too many cases, or one with a bad name");
	}
	memcpy(c->name, name.at, name.len);
	c->name[name.len] = '\0';
	buf_init(&c->log, FILE_MAX_BYTES);
	buf_init(&c->want, FILE_MAX_BYTES);
	return c;
}

struct log_cases *log_cases_read(const char *path)
{
	struct log_cases *all = calloc(1, sizeof(*all));
	struct slice whole = read_whole(path);
	struct slice text = whole;
	struct log_case *c = NULL;
	struct buf *to = NULL;

	if (all == NULL) {
		refuse(path, "out of memory");
	}
	while (text.len > 0) {
		struct slice line = slice_cut(&text, '\n');

		if (slice_starts(line, SLICE("## "))) {
			c = begin_case(all, path, (struct slice){ line.at + 3, line.len - 3 });
			to = &c->log;
		} else if (c != NULL && slice_eq(line, SLICE("=>"))) {
			to = &c->want;
		} else if (c != NULL && line.len > 0 && line.at[0] != '#') {
			buf_add_slice(to, line);
			buf_add_char(to, '\n');
		}
	}
	free(unconst(whole.at));
	return all;
}

void log_cases_free(struct log_cases *all)
{
	for (size_t i = 0; i < all->count; i++) {
		buf_free(&all->items[i].log);
		buf_free(&all->items[i].want);
	}
	free(all);
}
