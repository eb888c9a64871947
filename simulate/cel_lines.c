/* The channel event log; see cel_lines.h. What a real call leaves there: tests/data/run1. */
#include "simulate/cel_lines.h"

#include <inttypes.h>
#include <stdio.h>

#include "simulate/text.h"

#define US INT64_C(1000000)

/* Channels of one call: the customer's, the agents', the expert's. */
enum leg_name { CUSTOMER, AGENT_1, EXPERT, AGENT_2, LEGS };

struct leg {
	char id[SIM_NAME_MAX];
	char channel[SIM_NAME_MAX];
	char name[SIM_NAME_MAX];
	char number[SIM_NAME_MAX];
	const char *context;
	const char *exten;
	const char *app;
	const char *data;
};

struct told {
	struct sim_lines *out;
	const struct sim_call *c;
	struct leg leg[LEGS];
	unsigned bridges;
};

/* ---- one line ---- */

static void event(struct told *t, enum leg_name which, int64_t at_us, const char *type,
                  const char *user, const char *extra)
{
	const struct leg *l = &t->leg[which];
	struct buf *text = &t->out->text;

	sim_lines_begin(t->out, at_us);
	buf_printf(text,
	           "\"%s\",\"%" PRId64 ".%06" PRId64 "\",\"%s\",\"%s\",\"%s\",\"\",\"%s\",\"%s\","
	           "\"%s\",\"%s\",\"%s\",\"%s\",\"3\",\"cc\",\"%s\",\"%s\",\"\",\"\",\"\",\"%s\","
	           "\"%s\"",
	           type, at_us / US, at_us % US, l->name, l->number, l->number,
	           which == CUSTOMER ? "5000" : "", l->exten, l->context, l->channel, l->app,
	           l->data, l->id, t->leg[CUSTOMER].id, user, extra);
	sim_lines_end(t->out);
}

static void user_event(struct told *t, int64_t at_us, const char *name, const char *value)
{
	char extra[80];

	(void)snprintf(extra, sizeof(extra), "{\"\"extra\"\":\"\"%s\"\"}", value);
	t->leg[CUSTOMER].app = "CELGenUserEvent";
	event(t, CUSTOMER, at_us, name, name, extra);
}

static void place(struct told *t, const char *context, const char *exten, const char *app,
                  const char *data)
{
	struct leg *l = &t->leg[CUSTOMER];

	l->context = context;
	l->exten = exten;
	l->app = app;
	l->data = data;
}

/* ---- channels ---- */

static void name_leg(struct told *t, enum leg_name which, unsigned staff)
{
	struct leg *l = &t->leg[which];
	char number[16] = "carrier"; /* of the phone */

	*l = (struct leg){ .context = "internal", .exten = "s", .app = "", .data = "" };
	(void)sim_identity(CXM_CONTACT, t->c->contact + which, l->id);
	if (which == CUSTOMER) {
		(void)sim_identity(CXM_CUSTOMER, t->c->customer, l->number);
		(void)snprintf(l->name, sizeof(l->name), "%s", l->number);
	} else {
		(void)sim_identity(CXM_STAFF, staff, l->name);
		(void)snprintf(l->number, sizeof(l->number), "%u", 1000 + staff);
		(void)snprintf(number, sizeof(number), "%u", 1000 + staff);
	}
	(void)snprintf(l->channel, sizeof(l->channel), "PJSIP/%s-%08x", number,
	               (unsigned)((t->c->contact & 0xfffff) + which));
}

static void hang_up(struct told *t, enum leg_name which, int64_t at_us, bool far_end)
{
	char extra[160];

	(void)snprintf(extra, sizeof(extra),
	               "{\"\"hangupcause\"\":16,\"\"hangupsource\"\":\"\"%s\"\",\"\"dialstatus\"\":"
	               "\"\"\"\"}",
	               far_end ? t->leg[which].channel : "");
	event(t, which, at_us, "HANGUP", "", extra);
	event(t, which, at_us, "CHAN_END", "", "");
}

static void bridge(struct told *t, enum leg_name which, int64_t at_us, const char *type)
{
	char extra[120];

	(void)snprintf(extra, sizeof(extra),
	               "{\"\"bridge_id\"\":\"\"%05x-%u\"\",\"\"bridge_technology\"\":"
	               "\"\"simple_bridge\"\"}",
	               (unsigned)(t->c->contact & 0xfffff), t->bridges);
	event(t, which, at_us, type, "", extra);
}

/* A phone rings, is picked up, and talks with the customer. */
static void connect(struct told *t, enum leg_name which, int64_t ring_us, int64_t answer_us,
                    const char *app)
{
	t->bridges++;
	event(t, which, ring_us, "CHAN_START", "", "");
	t->leg[which].app = app;
	t->leg[which].data = "(Outgoing Line)";
	event(t, which, answer_us, "ANSWER", "", "");
	bridge(t, which, answer_us, "BRIDGE_ENTER");
	bridge(t, CUSTOMER, answer_us, "BRIDGE_ENTER");
}

static void part(struct told *t, enum leg_name which, int64_t at_us)
{
	bridge(t, CUSTOMER, at_us, "BRIDGE_EXIT");
	bridge(t, which, at_us, "BRIDGE_EXIT");
	hang_up(t, which, at_us, false);
}

/* ---- what happens in a call ---- */

/* @return when it is over. */
static int64_t visit(struct told *t, int64_t answer_us)
{
	const struct sim_visit *v = &t->c->visit;
	int64_t value_us = answer_us + (int64_t)v->first_value_ms * 1000;
	int64_t over_us = answer_us + (int64_t)v->length_ms * 1000;

	place(t, "ivr-main", "s", "CELGenUserEvent", "IVR_START,main");
	user_event(t, answer_us + 100, "IVR_START", "main");
	place(t, "ivr-main", "s", "BackGround", "main-menu");
	event(t, CUSTOMER, answer_us + 200, "APP_START", "", "");
	if (v->end == SIM_VISIT_OPERATOR) {
		user_event(t, over_us - 1000, "IVR_OPERATOR", "0");
	}
	if (v->task_started) {
		place(t, "ivr-balance", "s", "Read", "PIN,agent-pass,4,,1,4");
		event(t, CUSTOMER, value_us, "APP_START", "", "");
	}
	if (v->task_completed) {
		user_event(t, over_us - 2000, "IVR_SELFSERVICE", "balance");
	}
	return over_us;
}

static void ask_expert(struct told *t, int64_t from_us)
{
	const struct sim_consult *k = &t->c->consult;
	int64_t rung_us = from_us + (int64_t)k->ring_ms * 1000;

	name_leg(t, EXPERT, k->expert);
	event(t, EXPERT, from_us, "CHAN_START", "", "");
	if (k->answered) {
		event(t, EXPERT, rung_us, "ANSWER", "", "");
	}
	hang_up(t, EXPERT, rung_us + (k->answered ? 30 * US : 0), false);
}

static void blind(struct told *t, enum leg_name agent, int64_t at_us)
{
	char extra[120];

	(void)snprintf(extra, sizeof(extra),
	               "{\"\"extension\"\":\"\"%u\"\",\"\"context\"\":\"\"internal\"\","
	               "\"\"bridge_id\"\":\"\"%05x-%u\"\"}",
	               t->c->move.to_queue ? 8001 : 1000 + t->c->move.expert,
	               (unsigned)(t->c->contact & 0xfffff), t->bridges);
	event(t, agent, at_us, "BLINDTRANSFER", "", extra);
	part(t, agent, at_us + 10);
}

/* The expert is asked first; then the agent leaves. @return when the customer leaves. */
static int64_t attended(struct told *t, enum leg_name agent, int64_t at_us)
{
	const struct sim_move *m = &t->c->move;
	int64_t ring_us = at_us - (int64_t)m->ring_ms * 1000 - 30 * US;
	char extra[200];

	name_leg(t, EXPERT, m->expert);
	event(t, EXPERT, ring_us, "CHAN_START", "", "");
	event(t, EXPERT, ring_us + (int64_t)m->ring_ms * 1000, "ANSWER", "", "");
	(void)snprintf(extra, sizeof(extra),
	               "{\"\"bridge1_id\"\":\"\"%05x-%u\"\",\"\"channel2_name\"\":\"\"%s\"\","
	               "\"\"transferee_channel_name\"\":\"\"%s\"\"}",
	               (unsigned)(t->c->contact & 0xfffff), t->bridges, t->leg[agent].channel,
	               t->leg[CUSTOMER].channel);
	event(t, agent, at_us, "ATTENDEDTRANSFER", "", extra);
	bridge(t, EXPERT, at_us + 5, "BRIDGE_ENTER");
	hang_up(t, agent, at_us + 10, false);
	return at_us + (m->lost ? 2 : 60) * US;
}

/* A blind transfer to an expert. @return when the customer leaves. */
static int64_t to_expert(struct told *t, int64_t at_us)
{
	const struct sim_move *m = &t->c->move;
	int64_t ring_us = at_us + 20;
	int64_t answer_us = ring_us + (int64_t)m->ring_ms * 1000;

	name_leg(t, EXPERT, m->expert);
	place(t, "internal", "expert", "Dial", "PJSIP/expert,60,t");
	event(t, CUSTOMER, ring_us, "APP_START", "", "");
	if (m->lost) {
		event(t, EXPERT, ring_us, "CHAN_START", "", "");
		hang_up(t, EXPERT, answer_us, false);
		return answer_us;
	}
	connect(t, EXPERT, ring_us, answer_us, "AppDial");
	return answer_us + 60 * US;
}

/* One queue. @return when the customer leaves it. */
static int64_t queue(struct told *t, unsigned k, int64_t join_us)
{
	const struct sim_call *c = t->c;
	const struct sim_entry *e = &c->entry[k];
	enum leg_name agent = k == 0 ? AGENT_1 : AGENT_2;
	int64_t answer_us = join_us + (int64_t)e->wait_s * US;
	int64_t over_us = answer_us + (int64_t)e->talk_s * US;
	char data[64];

	(void)snprintf(data, sizeof(data), "%s,tc,,,600", sim_queue_names[e->queue]);
	place(t, "to-queue", sim_queue_names[e->queue], "Queue", data);
	event(t, CUSTOMER, join_us, "APP_START", "", "");
	if (e->ending == SIM_ANSWERED) {
		name_leg(t, agent, e->agent);
		connect(t, agent, answer_us - (int64_t)e->ring_s * US, answer_us, "AppQueue");
		if (k == 0 && c->consult.made) {
			ask_expert(t, answer_us + 2 * US);
		}
		if (c->move.made && c->move.after == k && c->move.warm) {
			over_us = attended(t, agent, over_us);
		} else if (c->move.made && c->move.after == k) {
			blind(t, agent, over_us);
			over_us = c->move.to_queue ? over_us : to_expert(t, over_us);
		} else {
			part(t, agent, over_us);
		}
	}
	t->leg[CUSTOMER].data = ""; /* was ours */
	return over_us;
}

void sim_cel_lines(const struct sim_call *c, struct sim_lines *out)
{
	struct told t = { .out = out, .c = c };
	int64_t now_us = c->start_s * US;

	if (c->unlogged) {
		return;
	}
	name_leg(&t, CUSTOMER, 0);
	place(&t, "from-trunk", "5000", "", "");
	event(&t, CUSTOMER, now_us, "CHAN_START", "", "");
	now_us += 1000;
	event(&t, CUSTOMER, now_us, "ANSWER", "", "");
	if (c->visit.made) {
		now_us = visit(&t, now_us);
	}
	for (unsigned k = 0; k < c->n_entries; k++) {
		now_us = queue(&t, k, now_us + 100);
	}
	hang_up(&t, CUSTOMER, now_us + 1000, true);
	event(&t, CUSTOMER, now_us + 1000, "LINKEDID_END", "", "");
}
