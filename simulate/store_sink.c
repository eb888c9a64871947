/* Records into a store; see store_sink.h. */
#include "simulate/store_sink.h"

#include <errno.h>
#include <string.h>

#include "proto/evidence.pb-c.h"
#include "simulate/call_records.h"

#define US            INT64_C(1000000)
#define EXPORTED_DAYS 30
#define BATCH_BYTES   ((size_t)1024 * 1024)
#define MAX_BYTES     ((size_t)4 * 1024 * 1024)
#define MESSAGE_MAX   1024 /* bytes of any record's struct */

static struct sim_store_sink *self_of(struct sim_sink *s)
{
	return (struct sim_store_sink *)(void *)s; /* its first member */
}

static void set_number(ProtobufCMessage *m, const struct cxm_kind *kind, struct slice name,
                       int64_t number)
{
	const struct cxm_field *f = cxm_field_named(kind, name);
	struct cxm_value v = { .present = true, .i = number };

	if (f != NULL) {
		(void)cxm_field_set(m, f, &v);
	}
}

/* What the agent would have added: host, source, and when it was seen. */
static void complete(const struct sim_store_sink *s, const struct cxm_kind *kind,
                     ProtobufCMessage *m)
{
	struct cxm_value host = { .present = true, .text = SLICE("simulated") };
	const struct cxm_field *source = cxm_field_named(kind, SLICE("source"));
	bool queue_log = m->descriptor == &cxm__queue_contact__descriptor ||
	                 m->descriptor == &cxm__agent_span__descriptor;

	(void)cxm_field_set(m, cxm_field_named(kind, SLICE("host")), &host);
	if (!queue_log && cxm_field_get(m, source).i == CXM__SOURCE__QUEUE_LOG) {
		set_number(m, kind, SLICE("source"), CXM__SOURCE__DROPBOX);
	}
	if (kind->seen != NULL && !cxm_field_get(m, kind->seen).present) {
		set_number(m, kind, SLICE("seen_us"), s->seen_us);
	}
}

static int add(struct sim_store_sink *s, const ProtobufCMessage *m, struct fault *fault)
{
	const struct cxm_kind *kind = cxm_kind_of(s->catalog, m->descriptor);
	union {
		ProtobufCMessage base;
		unsigned char bytes[MESSAGE_MAX];
	} copy;

	if (kind == NULL || m->descriptor->sizeof_message > sizeof(copy)) {
		return fault_set(fault, -EINVAL, "simulate: %s is no kind of record",
		                 m->descriptor->name);
	}
	memcpy(&copy, m, m->descriptor->sizeof_message);
	complete(s, kind, &copy.base);
	if (cxm_record_append(kind, &copy.base, &s->records) != 0) {
		return fault_set(fault, -EMSGSIZE, "simulate: a %s is too large", kind->name);
	}
	s->count++;
	return s->records.len >= BATCH_BYTES ? sim_store_sink_flush(s, fault) : 0;
}

static int on_record(struct sim_sink *sink, const ProtobufCMessage *m, struct fault *fault)
{
	return add(self_of(sink), m, fault);
}

struct told {
	struct sim_store_sink *s;
	struct fault *fault;
};

static int each(void *arg, const ProtobufCMessage *m)
{
	const struct told *t = arg;

	return add(t->s, m, t->fault);
}

static int on_call(struct sim_sink *sink, const struct sim_call *c, struct fault *fault)
{
	struct told t = { self_of(sink), fault };
	int rc = sim_queue_records(c, each, &t);

	return rc == 0 ? sim_channel_records(c, each, &t) : rc;
}

static int on_piece(struct sim_sink *sink, const struct sim_piece *p, struct fault *fault)
{
	struct told t = { self_of(sink), fault };

	return sim_piece_record(p, each, &t);
}

int sim_store_sink_flush(struct sim_store_sink *s, struct fault *fault)
{
	struct store_batch batch = {
		.site = s->site,
		.agent = "simulate",
		.epoch = 1,
		.first_sequence = s->next_sequence,
		.count = s->count,
		.records = cursor_of(s->records.data, s->records.len),
	};
	int rc = s->count > 0 ? s->store->ops->put(s->store, &batch, 1, NULL, fault) : 0;

	s->next_sequence += s->count;
	s->count = 0;
	buf_reset(&s->records);
	return rc;
}

int sim_store_sink_init(struct sim_store_sink *s, struct store *st,
                        const struct cxm_catalog *catalog, const struct sim_plan *plan,
                        struct fault *fault)
{
	int32_t exported = plan->first_day + (int32_t)plan->days + EXPORTED_DAYS;

	*s = (struct sim_store_sink){
		.sink = { on_record, on_call, on_piece, NULL },
		.store = st,
		.catalog = catalog,
		.site = plan->name,
		.seen_us = sim_clock_s(exported, 12) * US,
		.next_sequence = 1,
	};
	buf_init(&s->records, MAX_BYTES);
	return st->ops->claim(st, plan->name, true, fault);
}

void sim_store_sink_free(struct sim_store_sink *s)
{
	buf_free(&s->records);
}
