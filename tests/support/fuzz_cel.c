#include "tests/support/fuzz_cel.h"

#include <stdlib.h>

#include "agent/sources/cel.h"
#include "common/when.h"
#include "tests/support/catalog.h"
#include "tests/support/site_key.h"

#define PACKED_MAX ((size_t)64 * 1024 * 1024)

static struct pseudonym *pseudonym;
static struct cel_conf conf;

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct fuzz_cel *f = arg;

	if (cxm_record_append(cxm_kind_of(product_catalog(), m->descriptor), m, &f->packed) != 0) {
		abort(); /* every record of this tracker is small */
	}
}

/* A run begins without main: the first input opens what all need. */
static void open_shared(void)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	static const char yaml[] = "file: /log\n";
	static struct conf_doc doc;
	struct fault fault;

	if (pseudonym == NULL) {
		pseudonym = site_key_open(&plan);
		if (when_use_zone("UTC", &fault) != 0 ||
		    conf_parse(&doc, "fuzz", yaml, sizeof(yaml) - 1, &fault) != 0 ||
		    conf_bind(&doc, doc.root, source_cel.schema, &conf, &fault) != 0) {
			abort();
		}
	}
}

static void open_feed(struct fuzz_cel *f)
{
	struct cel_call_options options = { pseudonym,           "pbx1",
		                            &conf.rules,         CEL_CALL_OPEN_MIN,
		                            INT64_C(3600000000), CXM__SOURCE__CEL };
	struct emit emit = { pack, f };
	struct cel_layout layout;

	buf_init(&f->packed, PACKED_MAX);
	if (cel_layout_of(&layout, NULL, NULL) != 0 ||
	    cel_feed_init(&f->feed, &layout, &options, &emit) != 0) {
		abort();
	}
}

void fuzz_cel_renew(struct fuzz_cel *f)
{
	struct cursor nothing = cursor_of(NULL, 0);

	open_shared();
	if (f->feed.calls == NULL) {
		open_feed(f);
	}
	(void)cel_call_load(f->feed.calls, &nothing); /* is refused, and leaves it as new */
	buf_reset(&f->packed);
}

void fuzz_cel_check(const struct buf *packed)
{
	struct cursor c = cursor_of(packed->data, packed->len);
	struct cxm_packed record;
	struct arena arena;

	arena_init(&arena, 1 << 20);
	while (cxm_record_next(&c, &record) == 1) {
		const struct cxm_kind *kind = cxm_kind_numbered(product_catalog(), record.number);

		if (cxm_record_unpack(kind, record.body, &arena) == NULL) {
			abort();
		}
		arena_reset(&arena);
	}
	if (cursor_left(&c) != 0) {
		abort();
	}
	arena_free(&arena);
}
