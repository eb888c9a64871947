/* See esl_talk.h. Owns the names of the queues while a look lasts. */
#include "agent/sources/esl_talk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/esl_list.h"
#include "agent/track/labels.h"
#include "proto/evidence.pb-c.h"

#define COMMAND_BYTES 512
#define LATE_MAX      3

/* What the answer that is due belongs to. */
enum ask { NOTHING, AUTH, EVENTS, AGENTS, QUEUES, MEMBERS, QUEUE_AGENTS, CHANNELS, PING };

struct tally {
	uint32_t waiting;
	uint32_t longest_wait_ms;
	bool has_waiting;
};

struct esl_talk {
	struct esl_talk_options options;
	struct esl_talk_calls calls;
	enum ask asked;
	bool in; /* logged in and subscribed */
	bool look_due;
	bool dropped;  /* nothing more is taken from this connection */
	unsigned late; /* looks that found the last command unanswered */
	int64_t now_us;
	struct esl_core core;
	unsigned n_queues;
	unsigned queue; /* under the look */
	struct tally tally;
	struct esl_talk_counters counters;
	struct fs_facts facts;
	char queues[ESL_TALK_QUEUES_MAX][ESL_TALK_QUEUE_BYTES];
};

/* ---- saying ---- */

static void ask(struct esl_talk *t, enum ask what, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void ask(struct esl_talk *t, enum ask what, const char *format, ...)
{
	char text[COMMAND_BYTES];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	t->asked = what;
	t->late = 0;
	if (n > 0 && (size_t)n < sizeof(text)) {
		(void)t->calls.send(t->calls.arg, text, (size_t)n);
	}
	explicit_bzero(text, sizeof(text)); /* a password may have been in it */
}

static void drop(struct esl_talk *t, const char *why, int64_t least_ms)
{
	t->dropped = true;
	t->calls.drop(t->calls.arg, why, least_ms);
}

/* ---- a look at the present state ---- */

static void ask_queue(struct esl_talk *t)
{
	t->tally = (struct tally){ .has_waiting = false };
	if (t->queue < t->n_queues) {
		ask(t, MEMBERS, "api callcenter_config queue list members %s\n\n",
		    t->queues[t->queue]);
	} else {
		ask(t, CHANNELS, "api show channels\n\n");
	}
}

static void begin_look(struct esl_talk *t)
{
	t->look_due = false;
	t->n_queues = 0;
	t->queue = 0;
	cc_contact_channels_begin(t->options.contact, t->now_us);
	fs_visit_channels_begin(t->options.visit, t->now_us);
	ask(t, AGENTS, "api callcenter_config agent list\n\n");
}

static void end_look(struct esl_talk *t)
{
	t->asked = NOTHING;
	t->counters.looks++;
	t->calls.settled(t->calls.arg);
	if (t->look_due) {
		begin_look(t);
	}
}

/* An answer that is no table says nothing, so nobody is gone because of it. */
static bool open_list(struct esl_talk *t, struct esl_list *l, struct slice body, char separator)
{
	if (esl_list_begin(l, body, separator)) {
		return true;
	}
	if (!slice_starts(body, SLICE("+OK"))) { /* a table of nothing */
		t->counters.bad_answers++;
	}
	return false;
}

static void take_agents(struct esl_talk *t, struct slice body)
{
	struct esl_list l;
	struct slice row;

	if (open_list(t, &l, body, '|')) {
		cc_agent_list_begin(t->options.agent);
		while (esl_list_row(&l, &row)) {
			cc_agent_listed(t->options.agent, esl_list_field(&l, row, SLICE("name")),
			                esl_list_field(&l, row, SLICE("status")),
			                esl_list_field(&l, row, SLICE("state")), t->now_us);
		}
		cc_agent_list_end(t->options.agent, t->now_us);
	}
	ask(t, QUEUES, "api callcenter_config queue list\n\n");
}

/* The name goes into a command, where a blank or a line would be another word or another command.
 */
static bool can_be_asked(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		if ((unsigned char)name.at[i] <= ' ' || name.at[i] == 0x7f) {
			return false;
		}
	}
	return name.len > 0 && name.len < ESL_TALK_QUEUE_BYTES;
}

static void take_queues(struct esl_talk *t, struct slice body)
{
	struct esl_list l;
	struct slice row;

	if (open_list(t, &l, body, '|')) {
		while (esl_list_row(&l, &row)) {
			struct slice name = esl_list_field(&l, row, SLICE("name"));

			if (t->n_queues == ESL_TALK_QUEUES_MAX || !can_be_asked(name)) {
				t->counters.bad_queues++;
				continue;
			}
			memcpy(t->queues[t->n_queues], name.at, name.len);
			t->queues[t->n_queues++][name.len] = '\0';
		}
	}
	ask_queue(t);
}

/* cc_member_state2str: entries of those that were answered or gave up can stay for long */
static bool waits(struct slice state)
{
	return slice_ieq(state, SLICE("Waiting")) || slice_ieq(state, SLICE("Trying"));
}

static void take_member(struct esl_talk *t, const struct esl_list *l, struct slice row)
{
	uint64_t joined_s = 0;
	uint32_t wait_ms;
	struct cc_member m = {
		.queue = slice_of(t->queues[t->queue]),
		.member_uuid = esl_list_field(l, row, SLICE("uuid")),
		.session_uuid = esl_list_field(l, row, SLICE("session_uuid")),
		.number = esl_list_field(l, row, SLICE("cid_number")),
	};

	if (!waits(esl_list_field(l, row, SLICE("state"))) || m.session_uuid.len == 0 ||
	    slice_u64(esl_list_field(l, row, SLICE("joined_epoch")), UINT32_MAX, &joined_s) != 0) {
		return;
	}
	m.joined_us = (int64_t)joined_s * 1000000;
	wait_ms = emit_ms(m.joined_us, t->now_us);
	t->tally.waiting++;
	t->tally.longest_wait_ms =
		wait_ms > t->tally.longest_wait_ms ? wait_ms : t->tally.longest_wait_ms;
	cc_contact_member(t->options.contact, &m, t->now_us);
}

static void take_members(struct esl_talk *t, struct slice body)
{
	struct esl_list l;
	struct slice row;

	t->tally.has_waiting = slice_starts(body, SLICE("+OK"));
	if (open_list(t, &l, body, '|')) {
		t->tally.has_waiting = true;
		while (esl_list_row(&l, &row)) {
			take_member(t, &l, row);
		}
	}
	ask(t, QUEUE_AGENTS, "api callcenter_config queue list agents %s\n\n", t->queues[t->queue]);
}

static void emit_gauge(struct esl_talk *t, const Cxm__Gauge *agents)
{
	char queue[LABEL_BYTES];
	char host[CXM_LABEL_MAX_BYTES + 1];
	Cxm__Gauge m = *agents;

	(void)snprintf(host, sizeof(host), "%s", t->options.host);
	(void)label_clean(slice_of(t->queues[t->queue]), queue, sizeof(queue));
	m.at_us = t->now_us / t->options.look_us * t->options.look_us;
	m.source = CXM__SOURCE__ESL;
	m.host = host;
	m.queue = queue;
	m.has_seen_us = 1;
	m.seen_us = t->now_us;
	m.has_slot_ms = 1;
	m.slot_ms = (uint32_t)(t->options.look_us / 1000);
	m.has_waiting = t->tally.has_waiting;
	m.waiting = t->tally.waiting;
	m.has_longest_wait_ms = t->tally.has_waiting;
	m.longest_wait_ms = t->tally.longest_wait_ms;
	t->counters.gauges++;
	emit_record(&t->options.emit, &m.base);
}

static void count_agent(Cxm__Gauge *m, struct slice status, struct slice state)
{
	if (slice_ieq(state, SLICE("In a queue call")) || slice_ieq(state, SLICE("Receiving"))) {
		m->agents_busy++;
	} else if (slice_ieq(status, SLICE("On Break"))) {
		m->agents_paused++;
	} else if (slice_ieq(state, SLICE("Waiting")) &&
	           slice_istarts(status, SLICE("Available"))) {
		m->agents_ready++;
	}
}

static void take_queue_agents(struct esl_talk *t, struct slice body)
{
	Cxm__Gauge m = CXM__GAUGE__INIT;
	bool known = slice_starts(body, SLICE("+OK"));
	struct esl_list l;
	struct slice row;

	if (open_list(t, &l, body, '|')) {
		known = true;
		while (esl_list_row(&l, &row)) {
			count_agent(&m, esl_list_field(&l, row, SLICE("status")),
			            esl_list_field(&l, row, SLICE("state")));
		}
	}
	m.has_agents_ready = known;
	m.has_agents_busy = known;
	m.has_agents_paused = known;
	if (known || t->tally.has_waiting) {
		emit_gauge(t, &m);
	}
	t->queue++;
	ask_queue(t);
}

/* "0 total." without a table when there are none (mod_commands, show) */
static void take_channels(struct esl_talk *t, struct slice body)
{
	bool none = slice_starts(slice_trim(body), SLICE("0 total"));
	struct esl_list l;
	struct slice row;

	if (esl_list_begin(&l, body, ',')) {
		while (esl_list_row(&l, &row)) {
			struct slice uuid = esl_list_field(&l, row, SLICE("uuid"));

			cc_contact_channel(t->options.contact, uuid);
			fs_visit_channel(t->options.visit, uuid);
		}
		none = true;
	}
	if (none) {
		cc_contact_channels_end(t->options.contact, t->now_us);
		fs_visit_channels_end(t->options.visit);
	} else {
		t->counters.bad_answers++;
	}
	end_look(t);
}

static void take_answer(struct esl_talk *t, struct slice body)
{
	switch (t->asked) {
	case AGENTS:
		take_agents(t, body);
		break;
	case QUEUES:
		take_queues(t, body);
		break;
	case MEMBERS:
		take_members(t, body);
		break;
	case QUEUE_AGENTS:
		take_queue_agents(t, body);
		break;
	case CHANNELS:
		take_channels(t, body);
		break;
	case PING:
		t->asked = NOTHING;
		if (t->look_due) {
			begin_look(t);
		}
		break;
	case NOTHING:
	case AUTH:
	case EVENTS:
	default:
		t->counters.others++;
		break;
	}
}

/* ---- logging in ---- */

static void take_reply(struct esl_talk *t, const struct esl_message *m)
{
	bool good = slice_starts(m->reply, SLICE("+OK"));

	if (t->asked == AUTH && !good) {
		drop(t,
		     "it refuses the password: it stands in event_socket.conf.xml, and goes "
		     "into `password_file`",
		     ESL_TALK_REFUSED_MS);
	} else if (t->asked == AUTH) {
		ask(t, EVENTS,
		    "event plain CHANNEL_HANGUP_COMPLETE CHANNEL_HOLD CHANNEL_UNHOLD HEARTBEAT "
		    "%sCUSTOM callcenter::info\n\n",
		    t->options.executes ? "CHANNEL_EXECUTE " : "");
	} else if (t->asked == EVENTS && !good) {
		drop(t, "it does not let us subscribe to events", ESL_TALK_REFUSED_MS);
	} else if (t->asked == EVENTS) {
		t->in = true;
		begin_look(t);
	} else {
		t->counters.others++;
	}
}

/* ---- events ---- */

static void emit_restart(struct esl_talk *t, int64_t at_us)
{
	char host[CXM_LABEL_MAX_BYTES + 1];
	char part[] = "esl";
	Cxm__Gap m = CXM__GAP__INIT;

	(void)snprintf(host, sizeof(host), "%s", t->options.host);
	m.at_us = t->core.at_us;
	m.source = CXM__SOURCE__ESL;
	m.host = host;
	m.reason = CXM__GAP__REASON__PBX_RESTART;
	m.part = part;
	m.has_seen_us = 1;
	m.seen_us = at_us > m.at_us ? at_us : m.at_us;
	m.has_to_us = 1;
	m.to_us = m.seen_us;
	t->counters.restarts++;
	emit_record(&t->options.emit, &m.base);
}

/* Each run of FreeSWITCH has a Core-UUID of its own (switch_core.c, switch_core_get_uuid), and
 * every event names it. What becomes of open contacts the list of channels tells. */
static void watch_core(struct esl_talk *t, const struct fs_facts *f)
{
	struct slice core = f->text[FS_CORE];
	uint64_t at_us = 0;

	if (core.len == 0 || core.len >= ESL_CORE_BYTES) {
		return;
	}
	(void)slice_u64(f->text[FS_AT_US], INT64_MAX, &at_us);
	at_us = at_us != 0 ? at_us : (uint64_t)t->now_us;
	if (t->core.uuid[0] != '\0' && !slice_eq(core, slice_of(t->core.uuid))) {
		emit_restart(t, (int64_t)at_us);
	}
	memcpy(t->core.uuid, core.at, core.len);
	t->core.uuid[core.len] = '\0';
	t->core.at_us = (int64_t)at_us;
}

static void take_event(struct esl_talk *t, struct slice body)
{
	struct fs_facts *f = &t->facts;

	esl_event(body, f);
	watch_core(t, f);
	t->counters.events++;
	if (fs_is(f, FS_EVENT, SLICE("CUSTOM")) &&
	    fs_is(f, FS_SUBCLASS, SLICE("callcenter::info"))) {
		cc_contact_event(t->options.contact, f, t->now_us);
		cc_agent_event(t->options.agent, f, t->now_us);
	} else if (fs_is(f, FS_EVENT, SLICE("CHANNEL_HANGUP_COMPLETE"))) {
		cc_contact_leg(t->options.contact, f, t->now_us);
		fs_call_leg(t->options.call, f, t->now_us);
		fs_visit_leg(t->options.visit, f, t->now_us);
	} else if (fs_is(f, FS_EVENT, SLICE("CHANNEL_HOLD"))) {
		cc_contact_hold(t->options.contact, f, true, t->now_us);
	} else if (fs_is(f, FS_EVENT, SLICE("CHANNEL_UNHOLD"))) {
		cc_contact_hold(t->options.contact, f, false, t->now_us);
	} else if (!fs_is(f, FS_EVENT, SLICE("CHANNEL_EXECUTE")) ||
	           !fs_visit_execute(t->options.visit, f, t->now_us)) {
		t->counters.events--;
		t->counters.others++;
	}
}

static void take_message(struct esl_talk *t, const struct esl_message *m)
{
	switch (m->type) {
	case ESL_AUTH_REQUEST:
		ask(t, AUTH, "auth %s\n\n", t->options.password);
		break;
	case ESL_COMMAND_REPLY:
		take_reply(t, m);
		break;
	case ESL_API_RESPONSE:
		take_answer(t, m->body);
		break;
	case ESL_EVENT:
		take_event(t, m->body);
		break;
	case ESL_REJECTION:
		drop(t,
		     "it lets nobody in from this address: see apply-inbound-acl in "
		     "event_socket.conf.xml",
		     ESL_TALK_REFUSED_MS);
		break;
	case ESL_DISCONNECT:
		drop(t, "it says good-bye", 0);
		break;
	case ESL_OTHER:
	default:
		t->counters.others++;
		break;
	}
}

size_t esl_talk_take(struct esl_talk *t, struct slice in, int64_t now_us)
{
	size_t taken = 0;
	int rc = 1;

	t->now_us = now_us;
	while (!t->dropped && rc == 1 && taken < in.len) {
		struct esl_message m;

		rc = esl_next((struct slice){ in.at + taken, in.len - taken }, &m);
		taken += m.used;
		t->counters.skipped_bytes += m.skipped;
		if (rc == 1) {
			t->counters.wrong_lengths += m.wrong_length ? 1 : 0;
			take_message(t, &m);
		}
	}
	if (rc == -EMSGSIZE) {
		t->counters.oversized++;
		drop(t, "it sends a message that is too long", 0);
	}
	return taken;
}

/* ---- what the owner says ---- */

void esl_talk_begin(struct esl_talk *t)
{
	t->asked = NOTHING;
	t->in = false;
	t->look_due = false;
	t->dropped = false;
}

void esl_talk_look(struct esl_talk *t)
{
	if (!t->in || t->dropped) {
		return;
	}
	if (t->asked == NOTHING) {
		begin_look(t);
		return;
	}
	t->look_due = t->asked == PING;
	if (++t->late == LATE_MAX) {
		drop(t, "it no longer answers commands", 0);
	}
}

void esl_talk_ping(struct esl_talk *t)
{
	if (t->in && !t->dropped && t->asked == NOTHING) {
		ask(t, PING, "api uptime\n\n");
	}
}

const struct esl_talk_counters *esl_talk_counters(const struct esl_talk *t)
{
	return &t->counters;
}

const struct esl_core *esl_talk_core(const struct esl_talk *t)
{
	return &t->core;
}

uint64_t esl_talk_unfit(const struct esl_talk *t)
{
	return t->facts.unfit;
}

/* ---- life ---- */

int esl_talk_new(struct esl_talk **out, const struct esl_talk_options *options,
                 const struct esl_talk_calls *calls)
{
	struct esl_talk *t;
	size_t len = strlen(options->password);

	if (len == 0 || len > ESL_TALK_PASSWORD_MAX || strpbrk(options->password, "\r\n") != NULL) {
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return -ENOMEM;
	}
	t->options = *options;
	t->core = options->core;
	t->calls = *calls;
	*out = t;
	return 0;
}

void esl_talk_free(struct esl_talk *t)
{
	free(t);
}
