#include "tests/support/fake_agent.h"

#include <stdlib.h>

#include "common/unconst.h"
#include "tests/support/cases.h"

#define BYTES_MAX ((size_t)64 * 1024 * 1024)

static int on_emit(void *agent, const ProtobufCMessage *m)
{
	struct fake_agent *a = agent;

	record_text_add(&a->r, m);
	return cxm_record_append(cxm_kind_of(a->r.catalog, m->descriptor), m, &a->pending);
}

static int on_emit_packed(void *agent, const void *data, size_t len_bytes)
{
	buf_add(&((struct fake_agent *)agent)->pending, data, len_bytes);
	return 0;
}

static void on_touched(void *agent)
{
	((struct fake_agent *)agent)->touched++;
}

static void on_done(void *agent, struct source *s, int rc)
{
	struct fake_agent *a = agent;

	assert_ptr_equal(s, a->source);
	a->done++;
	a->done_rc = rc;
}

struct fake_agent *fake_agent_new(const struct source_ops *ops, const struct env *env,
                                  const void *conf)
{
	struct fake_agent *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	record_text_init(&a->r);
	buf_init(&a->pending, BYTES_MAX);
	buf_init(&a->durable, BYTES_MAX);
	buf_init(&a->checkpoint, BYTES_MAX);
	arena_init(&a->arena, BYTES_MAX);
	a->ops = ops;
	a->env = (struct source_env){
		.env = env,
		.catalog = a->r.catalog,
		.pseudonym = a->r.pseudonym,
		.host = "pbx1",
		.conf = conf,
		.agent = a,
		.emit = on_emit,
		.emit_packed = on_emit_packed,
		.touched = on_touched,
		.done = on_done,
	};
	return a;
}

void fake_agent_free(struct fake_agent *a)
{
	a->ops->close(a->source);
	record_text_free(&a->r);
	buf_free(&a->pending);
	buf_free(&a->durable);
	buf_free(&a->checkpoint);
	arena_free(&a->arena);
	free(a);
}

int fake_agent_open(struct fake_agent *a, struct fault *fault)
{
	int rc;

	assert_null(a->source);
	a->env.checkpoint = cursor_of(a->checkpoint.data, a->checkpoint.len);
	rc = a->ops->open(&a->source, &a->env, fault);
	return rc == 0 ? a->ops->start(a->source) : rc;
}

/* Unpack what was just committed and put it in its rows. */
static void keep_packed(struct fake_agent *a, const struct buf *packed)
{
	struct cursor c = cursor_of(packed->data, packed->len);
	struct cxm_packed record;

	while (cxm_record_next(&c, &record) == 1) {
		const struct cxm_kind *kind = cxm_kind_numbered(a->r.catalog, record.number);
		ProtobufCMessage *m = cxm_record_unpack(kind, record.body, &a->arena);

		assert_non_null(m);
		fake_agent_keep(a, m);
	}
	assert_int_equal(cursor_left(&c), 0);
}

void fake_agent_commit(struct fake_agent *a)
{
	struct buf position;

	buf_init(&position, BYTES_MAX);
	if (a->ops->checkpoint(a->source, &position) == 1) {
		buf_reset(&a->checkpoint);
		buf_add(&a->checkpoint, position.data, position.len);
	}
	buf_free(&position);
	buf_add(&a->durable, a->pending.data, a->pending.len);
	keep_packed(a, &a->pending);
	buf_reset(&a->pending);
	if (a->ops->committed != NULL) {
		a->ops->committed(a->source);
	}
}

void fake_agent_kill(struct fake_agent *a)
{
	a->ops->close(a->source);
	a->source = NULL;
	buf_reset(&a->pending);
}

void fake_agent_stop(struct fake_agent *a)
{
	a->ops->stop(a->source);
	fake_agent_commit(a);
	a->ops->close(a->source);
	a->source = NULL;
}

static bool same_key(const struct cxm_kind *kind, const ProtobufCMessage *a,
                     const ProtobufCMessage *b)
{
	for (size_t i = 0; i < kind->n_key; i++) {
		struct cxm_value x = cxm_field_get(a, &kind->fields[i]);
		struct cxm_value y = cxm_field_get(b, &kind->fields[i]);

		if (x.i != y.i || !slice_eq(x.text, y.text)) {
			return false;
		}
	}
	return true;
}

void fake_agent_keep(struct fake_agent *a, const ProtobufCMessage *m)
{
	const struct cxm_kind *kind = cxm_kind_of(a->r.catalog, m->descriptor);
	ProtobufCMessage *own = unconst(m); /* it lives in the arena */

	for (size_t i = 0; i < a->n_unique; i++) {
		if (a->unique[i]->descriptor == m->descriptor && same_key(kind, a->unique[i], m)) {
			if (cxm_record_rank(kind, m, a->unique[i]) > 0) {
				a->unique[i] = own;
			}
			return;
		}
	}
	assert_true(a->n_unique < FAKE_AGENT_RECORDS_MAX);
	a->unique[a->n_unique++] = own;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void fake_agent_rows(struct fake_agent *a, const char *without, struct buf *out)
{
	char **lines = calloc(a->n_unique + 1, sizeof(*lines));
	struct record_text one = a->r;

	assert_non_null(lines);
	buf_init(&one.out, BYTES_MAX);
	buf_init(&one.packed, BYTES_MAX);
	for (size_t i = 0; i < a->n_unique; i++) {
		buf_reset(&one.out);
		record_text_add(&one, a->unique[i]);
		lines[i] = strdup(buf_text(&one.out));
		assert_non_null(lines[i]);
	}
	qsort(lines, a->n_unique, sizeof(*lines), by_text);
	for (size_t i = 0; i < a->n_unique; i++) {
		if (without == NULL || strstr(lines[i], without) == NULL) {
			buf_add_text(out, lines[i]);
		}
		free(lines[i]);
	}
	free(lines);
	buf_free(&one.out);
	buf_free(&one.packed);
}
