/*
 * No memory: each operation of the foundation with its n-th allocation failing, for every n until
 * it needs no more. It must refuse with a negative number and a reason, leak nothing (the address
 * sanitizer and valgrind see to that), and work when there is memory again.
 */
#include <errno.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/instream.h"
#include "common/ring.h"
#include "common/table.h"
#include "cxmeter/frame.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"
#include "proto/import.h"
#include "tests/support/cases.h"
#include "tests/support/failing_alloc.h"
#include "tests/support/temp.h"

/* ---- operations: 0, or a negative number where they refuse ---- */

struct world {
	struct temp temp;
	struct cxm_catalog catalog;
	char yaml_path[sizeof((struct temp){ 0 }.path)];
	char csv_path[sizeof((struct temp){ 0 }.path)];
	char jsonl_path[sizeof((struct temp){ 0 }.path)];
	struct fault fault;
};

static int fill_buffer(struct world *w)
{
	struct buf b;
	int rc;

	(void)w;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 3000; i++) {
		buf_printf(&b, "%d,", i);
	}
	rc = b.failed ? -ENOMEM : 0;
	buf_free(&b);
	return rc;
}

static int make_table(struct world *w)
{
	struct table t;
	int rc = table_init(&t, 1000);

	(void)w;
	table_free(&t);
	return rc;
}

static int make_ring(struct world *w)
{
	struct ring r;
	int rc = ring_init(&r, 65536);

	(void)w;
	ring_free(&r);
	return rc;
}

static int fill_arena(struct world *w)
{
	struct arena a;
	int rc = 0;

	(void)w;
	arena_init(&a, 1 << 20);
	for (size_t i = 1; rc == 0 && i < 40; i++) {
		rc = arena_alloc(&a, i * 1000) != NULL ? 0 : -ENOMEM;
	}
	arena_free(&a);
	return rc;
}

static int load_configuration(struct world *w)
{
	struct conf_doc doc;
	int rc = conf_load(&doc, w->yaml_path, &w->fault);

	conf_free(&doc);
	return rc;
}

static int learn_schema(struct world *w)
{
	struct cxm_catalog catalog;
	int rc = cxm_catalog_init(&catalog, &cxm__evidence__descriptor, &w->fault);

	cxm_catalog_free(&catalog);
	return rc;
}

static int carry_record(struct world *w)
{
	const struct cxm_kind *kind = cxm_kind_named(&w->catalog, SLICE("gap"));
	static char host[] = "h";
	struct cxm_packed packed;
	struct arena arena;
	struct buf b;
	Cxm__Gap *m;
	int rc = -ENOMEM;

	arena_init(&arena, 1 << 20);
	buf_init(&b, 1 << 16);
	m = (Cxm__Gap *)cxm_record_new(kind, &arena);
	if (m != NULL) {
		m->host = host;
		m->part = host;
		rc = cxm_record_append(kind, &m->base, &b);
	}
	if (rc == 0) {
		struct cursor c = cursor_of(b.data, b.len);

		arena_free(&arena);
		rc = cxm_record_next(&c, &packed) == 1 &&
		                     cxm_record_unpack(kind, packed.body, &arena) != NULL
		             ? 0
		             : -ENOMEM;
	}
	buf_free(&b);
	arena_free(&arena);
	return rc;
}

static int carry_frame(struct world *w)
{
	Cxm__Frame frame = CXM__FRAME__INIT;
	Cxm__Ack ack = CXM__ACK__INIT;
	struct arena arena;
	struct buf b;
	int rc;

	(void)w;
	frame.body_case = CXM__FRAME__BODY_ACK;
	frame.ack = &ack;
	arena_init(&arena, FRAME_ARENA_MAX_BYTES);
	buf_init(&b, FRAME_MAX_BYTES);
	rc = cxm_frame_append(&frame, &b);
	if (rc == 0 &&
	    cxm_frame_unpack(b.data + FRAME_HEAD_BYTES, b.len - FRAME_HEAD_BYTES, &arena) == NULL) {
		rc = -ENOMEM;
	}
	buf_free(&b);
	arena_free(&arena);
	return rc;
}

static int import_file(struct world *w, const char *path, enum import_format format)
{
	struct import_rules rules = { .kind = cxm_kind_named(&w->catalog, SLICE("survey_offer")),
		                      .format = format };
	struct instream *in = NULL;
	struct import *im = NULL;
	ProtobufCMessage *m;
	unsigned line;
	int rc = instream_open(&in, path, &w->fault);

	if (rc == 0) {
		rc = import_open(&im, in, &rules, &w->fault);
	}
	for (int rows = 0; rc == 0 && rows < 2; rows++) {
		rc = import_next(im, &m, &line, &w->fault) == 1 ? 0 : w->fault.code;
	}
	import_close(im);
	instream_close(in);
	return rc;
}

static int import_csv(struct world *w)
{
	return import_file(w, w->csv_path, IMPORT_CSV);
}

static int import_jsonl(struct world *w)
{
	return import_file(w, w->jsonl_path, IMPORT_JSONL);
}

static const struct operation {
	const char *name;
	int (*run)(struct world *w);
	bool explains; /* fills a fault */
} operations[] = {
	{ "buffer_without_memory", fill_buffer, false },
	{ "table_without_memory", make_table, false },
	{ "ring_without_memory", make_ring, false },
	{ "arena_without_memory", fill_arena, false },
	{ "configuration_without_memory", load_configuration, true },
	{ "schema_without_memory", learn_schema, true },
	{ "record_without_memory", carry_record, false },
	{ "frame_without_memory", carry_frame, false },
	{ "csv_import_without_memory", import_csv, true },
	{ "jsonl_import_without_memory", import_jsonl, true },
};

static void prepare(struct world *w)
{
	temp_open(&w->temp);
	memcpy(w->yaml_path, temp_text(&w->temp, "c.yaml", "a: [1, 2]\nb: {c: d}\n"),
	       sizeof(w->yaml_path));
	memcpy(w->csv_path,
	       temp_text(&w->temp, "x.csv", "at_us,source,host,contact\n1,self,h,\n2,self,h,\n"),
	       sizeof(w->csv_path));
	memcpy(w->jsonl_path,
	       temp_text(
		       &w->temp, "x.jsonl",
		       "{\"at_us\":1,\"source\":\"self\",\"host\":\"h\",\"contact\":\"\",\"x\":1}\n"
		       "{\"at_us\":2,\"source\":\"self\",\"host\":\"h\",\"contact\":\"\"}\n"),
	       sizeof(w->jsonl_path));
	assert_int_equal(cxm_catalog_init(&w->catalog, &cxm__evidence__descriptor, NULL), 0);
}

static void operation_refuses_at_every_failure_and_works_afterwards(void **state)
{
	const struct operation *op = *state;
	static struct world w;
	unsigned n = 0;
	bool failed;
	int rc;

	prepare(&w);
	do {
		w.fault = (struct fault){ 0 };
		failing_in = ++n;
		rc = op->run(&w);
		failed = failing_in == 0;
		failing_in = 0;
		assert_true(rc <= 0);
		assert_int_equal(rc < 0 && op->explains, w.fault.text[0] != '\0');
		assert_true(n < 1000);
	} while (failed);
	assert_int_equal(rc, 0);
	assert_true(n > 1); /* some allocation did fail */
	cxm_catalog_free(&w.catalog);
	temp_remove(&w.temp);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, operations, operation_refuses_at_every_failure_and_works_afterwards);
	return cases_run("memory", &c, NULL, NULL);
}
