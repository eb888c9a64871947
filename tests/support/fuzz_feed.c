#include "tests/support/fuzz_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"

#define PACKED_MAX ((size_t)64 * 1024 * 1024)

static struct cxm_catalog catalog;
static struct pseudonym *pseudonym;

/* A run begins without main: the first input opens what all need. */
static void open_once(void)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	char path[] = "/tmp/fuzz_key.XXXXXX";
	int fd;

	if (pseudonym != NULL) {
		return;
	}
	fd = mkstemp(path);
	for (unsigned i = 0; fd >= 0 && i < PSEUDONYM_KEY_BYTES; i++) {
		(void)dprintf(fd, "%02x", i);
	}
	if (fd < 0 || close(fd) != 0 || pseudonym_open(&pseudonym, path, &plan, NULL) != 0 ||
	    cxm_catalog_init(&catalog, &cxm__evidence__descriptor, NULL) != 0) {
		abort();
	}
	(void)unlink(path);
}

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct fuzz_feed *f = arg;

	if (cxm_record_append(cxm_kind_of(&catalog, m->descriptor), m, &f->packed) != 0) {
		abort(); /* every record of these trackers is small */
	}
}

static void open_feed(struct fuzz_feed *f)
{
	struct queue_call_options options = { .host = "pbx1",
		                              .max_open = QUEUE_CALL_OPEN_MIN,
		                              .max_age_us = INT64_C(3600000000) };
	struct emit emit = { pack, f };

	open_once();
	options.pseudonym = pseudonym;
	buf_init(&f->packed, PACKED_MAX);
	if (queue_feed_init(&f->feed, &options, &emit) != 0) {
		abort();
	}
}

void fuzz_feed_renew(struct fuzz_feed *f)
{
	struct cursor nothing = cursor_of(NULL, 0);

	if (f->feed.calls == NULL) {
		open_feed(f);
	}
	(void)queue_feed_load(&f->feed, &nothing); /* is refused, and leaves both trackers as new */
	buf_reset(&f->packed);
	f->before = *queue_call_counters(f->feed.calls);
}
