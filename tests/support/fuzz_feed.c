#include "tests/support/fuzz_feed.h"

#include <stdlib.h>

#include "tests/support/catalog.h"
#include "tests/support/site_key.h"

#define PACKED_MAX ((size_t)64 * 1024 * 1024)

static struct pseudonym *pseudonym;

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct fuzz_feed *f = arg;

	if (cxm_record_append(cxm_kind_of(product_catalog(), m->descriptor), m, &f->packed) != 0) {
		abort(); /* every record of these trackers is small */
	}
}

static void open_feed(struct fuzz_feed *f)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	struct queue_call_options options = { .host = "pbx1",
		                              .max_open = QUEUE_CALL_OPEN_MIN,
		                              .max_age_us = INT64_C(3600000000) };
	struct emit emit = { pack, f };

	if (pseudonym ==
	    NULL) { /* a run begins without main: the first input opens what all need */
		pseudonym = site_key_open(&plan);
	}
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
