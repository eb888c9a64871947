#include "tests/support/loop_agent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/catalog.h"

#define PATIENCE_S 20

static void stop_when_enough(struct loop_agent *a)
{
	if (a->w.n == a->stop_at) {
		(void)event_base_loopbreak(a->env.base);
	}
}

static int emit_packed(void *agent, const void *data, size_t len_bytes)
{
	struct loop_agent *a = agent;
	struct cursor c = cursor_of(data, len_bytes);
	struct cxm_packed packed;
	const struct cxm_kind *kind;

	assert_int_equal(cxm_record_next(&c, &packed), 1);
	assert_int_equal(cursor_left(&c), 0);
	kind = cxm_kind_numbered(product_catalog(), packed.number);
	assert_non_null(kind);
	assert_true(a->w.n < WITNESS_RECORDS_MAX);
	a->w.records[a->w.n] = protobuf_c_message_unpack(kind->pb, NULL, cursor_left(&packed.body),
	                                                 packed.body.at);
	assert_non_null(a->w.records[a->w.n]);
	a->w.n++;
	stop_when_enough(a);
	return 0;
}

static int emit(void *agent, const ProtobufCMessage *m)
{
	struct loop_agent *a = agent;

	emit_record(&a->w.observer.emit, m);
	stop_when_enough(a);
	return 0;
}

static void touched(void *agent)
{
	(void)agent;
}

static void done(void *agent, struct source *s, int rc)
{
	struct loop_agent *a = agent;

	(void)s;
	a->done_rc = rc;
	a->done_calls++;
	(void)event_base_loopbreak(a->env.base);
}

void loop_agent_open(struct loop_agent *a)
{
	memset(a, 0, sizeof(*a));
	witness_open(&a->w);
	a->env = (struct source_env){
		.base = event_base_new(),
		.env = &env_system,
		.catalog = product_catalog(),
		.pseudonym = a->w.pseudonym,
		.host = "pbx1",
		.one_shot = true,
		.agent = a,
		.emit = emit,
		.emit_packed = emit_packed,
		.touched = touched,
		.done = done,
	};
	assert_non_null(a->env.base);
}

void loop_agent_close(struct loop_agent *a)
{
	event_base_free(a->env.base);
	witness_close(&a->w);
}

void loop_agent_run(struct loop_agent *a)
{
	struct timeval patience = { PATIENCE_S, 0 };

	(void)event_base_loopexit(a->env.base, &patience);
	(void)event_base_dispatch(a->env.base);
	assert_false(event_base_got_exit(a->env.base));
}
