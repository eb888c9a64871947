/*
 * cxmeter import: CSV and JSONL files named after record kinds, straight into a store.
 *
 * Identities are accepted as pseudonyms only: raw ones are the agent's business, which has the
 * site's key. The same file twice changes nothing, because rows have natural keys; so each run is
 * an epoch of its own, drawn at random, of the agent "import".
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/desk.h"
#include "common/env.h"
#include "common/instream.h"
#include "common/when.h"
#include "proto/import.h"

#define AGENT             "import"
#define BATCH_ROWS        4096
#define BATCH_MAX_BYTES   ((size_t)8 * 1024 * 1024)
#define BATCH_FULL_BYTES  (BATCH_MAX_BYTES - CXM_RECORD_MAX_BYTES)
#define BAD_ROWS_SHOWN    50
#define MICROSECONDS_SIZE 24

struct importing {
	struct desk *d;
	uint64_t epoch;
	uint64_t next_sequence;
	struct buf records;
	uint32_t count;
	struct store_counts total; /* of the file in hand */
	uint64_t bad;              /* rows of the file in hand */
	bool any_bad;
};

static int put(struct importing *im)
{
	struct store_batch batch = {
		.site = im->d->o->site,
		.agent = AGENT,
		.epoch = im->epoch,
		.first_sequence = im->next_sequence,
		.count = im->count,
		.records = cursor_of(im->records.data, im->records.len),
	};
	struct store_counts counts;
	int rc;

	if (im->count == 0) {
		return 0;
	}
	rc = im->d->store->ops->put(im->d->store, &batch, 1, &counts, &im->d->fault);
	if (rc == 0) {
		im->total.stored += counts.stored;
		im->total.known += counts.known;
		im->total.replaced += counts.replaced;
		im->total.quarantined += counts.quarantined;
		im->next_sequence += im->count;
	}
	im->count = 0;
	buf_reset(&im->records);
	return rc;
}

static void bad_row(struct importing *im, const char *path, unsigned line)
{
	if (im->bad++ < BAD_ROWS_SHOWN) {
		(void)fprintf(stderr, "cxmeter: %s:%u: %s\n", path, line, im->d->fault.text);
	}
}

static int take_row(struct importing *im, const struct cxm_kind *kind, const ProtobufCMessage *m,
                    const char *path, unsigned line)
{
	if (cxm_record_append(kind, m, &im->records) != 0) {
		(void)fault_set(&im->d->fault, -EINVAL, "the row is larger than %zu bytes",
		                CXM_RECORD_MAX_BYTES);
		bad_row(im, path, line);
		return 0;
	}
	im->count++;
	return im->count == BATCH_ROWS || im->records.len >= BATCH_FULL_BYTES ? put(im) : 0;
}

static int take_rows(struct importing *im, struct import *file, const struct cxm_kind *kind,
                     const char *path)
{
	for (;;) {
		ProtobufCMessage *m;
		unsigned line = 0;
		int rc = import_next(file, &m, &line, &im->d->fault);

		if (rc == 0) {
			return put(im);
		}
		if (rc == -EINVAL) {
			bad_row(im, path, line);
			continue;
		}
		rc = rc < 0 ? rc : take_row(im, kind, m, path, line);
		if (rc != 0) {
			return rc;
		}
	}
}

/* What a file need not say: that it came from hand to hand, and when it was last written. */
static int read_file(struct importing *im, struct instream *in, const struct cxm_kind *kind,
                     enum import_format format)
{
	char written_us[MICROSECONDS_SIZE];
	const struct import_constant constants[] = {
		{ "source", "dropbox" },
		{ "host", AGENT },
		{ "seen_us", written_us },
	};
	struct import_rules rules = {
		.kind = kind,
		.format = format,
		.constants = constants,
		.n_constants = sizeof(constants) / sizeof(constants[0]),
	};
	struct import *file;
	int rc;

	(void)snprintf(written_us, sizeof(written_us), "%" PRId64, instream_mtime_us(in));
	rc = import_open(&file, in, &rules, &im->d->fault);
	if (rc != 0) {
		return rc;
	}
	if (import_ignored(file)[0] != '\0') {
		(void)fprintf(stderr, "cxmeter: %s: no field for, so ignored: %s\n",
		              instream_path(in), import_ignored(file));
	}
	rc = take_rows(im, file, kind, instream_path(in));
	import_close(file);
	return rc;
}

static void report(const struct importing *im, const char *path, const struct cxm_kind *kind)
{
	(void)printf("%s: %s: %" PRIu64 " new, %" PRIu64 " known, %" PRIu64 " replaced, %" PRIu64
	             " set aside, %" PRIu64 " bad\n",
	             path, kind->name, im->total.stored, im->total.known, im->total.replaced,
	             im->total.quarantined, im->bad);
	(void)fflush(stdout);
	if (im->bad > BAD_ROWS_SHOWN) {
		(void)fprintf(stderr, "cxmeter: %s: %" PRIu64 " more bad rows\n", path,
		              im->bad - BAD_ROWS_SHOWN);
	}
}

static int import_file(struct importing *im, const char *path)
{
	const struct cxm_kind *kind;
	enum import_format format;
	struct instream *in;
	int rc;

	if (import_name(&im->d->catalog, path, &kind, &format) != 0) {
		return fault_set(&im->d->fault, -ENOENT,
		                 "%s: its name says no kind of record; name it like Survey.csv or "
		                 "QueueContact-2026-11.jsonl.gz",
		                 path);
	}
	rc = instream_open(&in, path, &im->d->fault);
	if (rc != 0) {
		return rc;
	}
	im->total = (struct store_counts){ 0 };
	im->bad = 0;
	rc = read_file(im, in, kind, format);
	instream_close(in);
	report(im, path, kind);
	im->any_bad |= im->bad > 0 || im->total.quarantined > 0;
	return rc;
}

/* Local times in the files are those of the site; a site that has no zone yet gets the one named.
 */
static int use_zone(struct importing *im)
{
	struct desk *d = im->d;
	char zone[SCORE_ZONE_MAX] = "";
	char used[SCORE_ZONE_MAX];

	if (d->store->ops->claim(d->store, d->o->site, d->o->simulated, &d->fault) != 0) {
		return desk_fail(d);
	}
	if (d->store->ops->zone(d->store, d->o->site, zone, sizeof(zone), &d->fault) != 0 ||
	    score_use_zone(used, d->store, d->o->site, d->o->timezone, &d->fault) != 0) {
		return desk_fail(d);
	}
	if (zone[0] == '\0' && d->o->timezone != NULL &&
	    d->store->ops->set_zone(d->store, d->o->site, d->o->timezone, &d->fault) != 0) {
		return desk_fail(d);
	}
	return EXIT_DONE;
}

static int import_all(struct importing *im)
{
	const struct env *e = &env_system;
	int code = use_zone(im);

	if (code != EXIT_DONE) {
		return code;
	}
	if (e->random(e->arg, &im->epoch, sizeof(im->epoch)) != 0) {
		(void)fault_set(&im->d->fault, -EIO, "no randomness to be had");
		return desk_fail(im->d);
	}
	for (int i = 0; i < im->d->o->n_files; i++) {
		if (import_file(im, im->d->o->files[i]) != 0) {
			(void)desk_fail(im->d);
			im->any_bad = true; /* the next file may be good */
		}
	}
	return im->any_bad ? EXIT_FAILED : EXIT_DONE;
}

int command_import(const struct options *o)
{
	struct desk d;
	struct importing im = { .d = &d, .next_sequence = 1 };
	int code = desk_open(&d, o);

	buf_init(&im.records, BATCH_MAX_BYTES);
	code = code != EXIT_DONE ? code : desk_open_store(&d, false);
	code = code != EXIT_DONE ? code : import_all(&im);
	buf_free(&im.records);
	desk_close(&d);
	return code;
}
