/* queue_log; see queue_lines.h. The verbs and their arguments: docs.asterisk.org, Queue Logs
 * [AST_QLOG]. */
#include "simulate/queue_lines.h"

#include <inttypes.h>

#include "simulate/text.h"

#define US     INT64_C(1000000)
#define MISS_S 12

struct line {
	struct sim_lines *out;
	char contact[SIM_NAME_MAX];
	const char *queue;
};

static void begin(const struct line *l, int64_t at_s, unsigned agent, const char *verb)
{
	char name[SIM_NAME_MAX];

	sim_lines_begin(l->out, at_s * US);
	buf_printf(&l->out->text, "%" PRId64 "|%s|%s|%s|%s|", at_s, l->contact, l->queue,
	           agent != 0 ? sim_identity(CXM_STAFF, agent, name) : "NONE", verb);
}

static void answered(const struct line *l, const struct sim_call *c, unsigned k)
{
	const struct sim_entry *e = &c->entry[k];
	int64_t answer_s = e->enter_s + e->wait_s;
	struct buf *text = &l->out->text;
	bool moved = c->move.made && c->move.after == k;

	for (unsigned i = 0; i < e->misses; i++) {
		begin(l, answer_s - e->ring_s - (int64_t)MISS_S * (e->misses - 1 - i), e->agent,
		      "RINGNOANSWER");
		buf_printf(text, "%d", MISS_S * 1000);
		sim_lines_end(l->out);
	}
	begin(l, answer_s, e->agent, "CONNECT");
	buf_printf(text, "%u|%s1|%u", e->wait_s, l->contact, e->ring_s);
	sim_lines_end(l->out);
	begin(l, answer_s + e->talk_s, e->agent,
	      moved         ? c->move.warm ? "ATTENDEDTRANSFER" : "BLINDTRANSFER"
	      : e->by_agent ? "COMPLETEAGENT"
	                    : "COMPLETECALLER");
	if (moved && c->move.warm) {
		buf_printf(text, "BRIDGE|d260b0a5-%08x|", (unsigned)(c->contact & 0xfffff));
	} else if (moved) {
		buf_printf(text, "%u|internal|",
		           c->move.to_queue ? 8001 + (e->queue + 1) % SIM_QUEUES : c->move.expert);
	}
	buf_printf(text, "%u|%u|%u", e->wait_s, e->talk_s, e->position);
	sim_lines_end(l->out);
}

void sim_queue_lines(const struct sim_call *c, struct sim_lines *out)
{
	struct line l = { .out = out };
	char customer[SIM_NAME_MAX];

	(void)sim_identity(CXM_CONTACT, c->contact, l.contact);
	(void)sim_identity(CXM_CUSTOMER, c->customer, customer);
	for (unsigned k = 0; k < c->n_entries; k++) {
		const struct sim_entry *e = &c->entry[k];

		l.queue = sim_queue_names[e->queue];
		begin(&l, e->enter_s, 0, "ENTERQUEUE");
		buf_printf(&out->text, "|%s|%u", customer, e->position);
		sim_lines_end(out);
		if (e->end_lost) {
			continue;
		}
		if (e->ending == SIM_ANSWERED) {
			answered(&l, c, k);
			continue;
		}
		begin(&l, e->enter_s + e->wait_s, 0,
		      e->ending == SIM_ABANDONED ? "ABANDON" : "EXITWITHTIMEOUT");
		buf_printf(&out->text, "1|%u|%u", e->position, e->wait_s);
		sim_lines_end(out);
	}
}

void sim_queue_piece(const struct sim_piece *p, struct sim_lines *out)
{
	struct line l = { .out = out, .contact = "MANAGER", .queue = sim_queue_names[p->queue] };

	begin(&l, p->from_s, p->agent, "ADDMEMBER");
	sim_lines_end(out);
	begin(&l, p->to_s, p->agent, "REMOVEMEMBER");
	sim_lines_end(out);
}
