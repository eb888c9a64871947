/*
 * Import files of any bytes: the first byte chooses kind, format and encoding, the rest is the
 * file; that of a Survey is mapped in every way there is. Each row
 * that is accepted must pack, unpack and come back from its own CSV line.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/when.h"
#include "proto/import.h"
#include "tests/support/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct import_constant constants[] = {
	{ "at_us", "1795323506" },
	{ "source", "dropbox" },
	{ "host", "h" },
	{ "seen_us", "1795323506000000" },
};
static const struct shape_word words[] = { { "ja", "true" }, { "", "csat" }, { "*", "" } };
static const char *const more[] = { "u", "v" };
static const struct import_column columns[] = {
	{ .from = "t", .to = "seen_us", .shape = { .factor = 1e6 } },
	{ .from = "t", .to = "at_us", .shape = { .time_form = "%d.%m.%Y %H:%M" } },
	{ .from = "v", .more = more, .n_more = 2, .glue = "/", .to = "host" },
	{ .from = "w", .to = "value", .shape = { .scale = { true, 6, 1, 0, 100 } } },
	{ .from = "x",
	  .to = "kind",
	  .shape = { .words = words, .n_words = 3 },
	  .skip_empty = true },
	{ .from = "y",
	  .more = more,
	  .n_more = 1,
	  .to = "follow_up_ring_ms",
	  .shape = { .form = SHAPE_UNTIL } },
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static int accept_anybody(void *arg, const struct cxm_field *f, struct slice raw, uint64_t *out)
{
	(void)arg;
	(void)f;
	*out = raw.len;
	return 0;
}

static void check_packs(const struct cxm_kind *kind, const ProtobufCMessage *m)
{
	struct cxm_packed packed;
	struct arena arena;
	struct cursor c;
	struct buf b;

	buf_init(&b, 1 << 17);
	arena_init(&arena, 1 << 20);
	if (cxm_record_append(kind, m, &b) == 0) {
		ProtobufCMessage *back;
		int rc;

		c = cursor_of(b.data, b.len);
		rc = cxm_record_next(&c, &packed);
		assert(rc == 1);
		back = cxm_record_unpack(kind, packed.body, &arena);
		assert(back != NULL && cxm_record_rank(kind, m, back) == 0);
	}
	buf_reset(&b);
	text_csv_row(kind, m, &b);
	text_json_row(kind, m, &b);
	assert(!b.failed);
	arena_free(&arena);
	buf_free(&b);
}

static void import_all(struct instream *in, const struct import_rules *rules)
{
	struct fault fault = { 0 };
	struct import *im = NULL;
	ProtobufCMessage *m;
	unsigned last_line = 0;
	unsigned line;
	int rc = import_open(&im, in, rules, &fault);

	if (rc != 0) {
		assert(fault.text[0] != '\0');
		return;
	}
	while ((rc = import_next(im, &m, &line, &fault)) == 1 || rc == -EINVAL) {
		assert(line > last_line);
		last_line = line;
		if (rc == 1) {
			check_packs(rules->kind, m);
		}
	}
	(void)import_ignored(im);
	import_close(im);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct cxm_catalog *catalog = product_catalog();
	struct import_rules rules = { .constants = constants,
		                      .n_constants = 4,
		                      .columns = columns,
		                      .n_columns = 1,
		                      .text = { .identity = accept_anybody } };
	struct instream *in = NULL;
	char path[64];
	int fd;

	if (size == 0) {
		return 0;
	}
	(void)when_use_zone("UTC", NULL);
	rules.kind = &catalog->kinds[data[0] / 2 % catalog->n_kinds];
	rules.n_columns = strcmp(rules.kind->name, "Survey") == 0 ? N_COLUMNS
	                  : rules.kind->seen != NULL              ? 1
	                                                          : 0;
	rules.encoding = (enum encoding)(data[0] / 2 / catalog->n_kinds % 5);
	rules.thousands = data[0] / 2 / catalog->n_kinds == 1 ? '.' : 0;
	rules.format = data[0] % 2 == 0 ? IMPORT_CSV : IMPORT_JSONL;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data + 1, size - 1) == (ssize_t)size - 1 &&
	    instream_open(&in, path, NULL) == 0) {
		import_all(in, &rules);
	}
	instream_close(in);
	(void)close(fd);
	return 0;
}
