/* Changes to stretches; see cc_agent.h. Owns the table of agents and the changes that are held. */
#include "agent/track/cc_agent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/state_fields.h"
#include "common/table.h"
#include "common/unconst.h"
#include "proto/evidence.pb-c.h"

#define STATE_VERSION 1
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

enum what { STATUS, STATE };

enum status { STATUS_UNKNOWN, LOGGED_OUT, AVAILABLE, ON_BREAK };

enum state { STATE_UNKNOWN, IDLE, WAITING, RINGING, IN_CALL };

struct change {
	uint64_t agent;
	int64_t at_us;
	uint64_t sequence; /* of the core's events; orders those of one microsecond */
	int64_t heard_us;
	uint8_t what;
	uint8_t value;
};

/* Of the stretches an agent can be in at one time. */
enum span { LOGIN, PAUSE, WORK, SPANS };

struct agent {
	uint64_t agent;          /* pseudonym; 0: free */
	int64_t since_us[SPANS]; /* 0: not in it */
	int64_t last_us;
	uint8_t status;
	uint8_t state;
	uint8_t work; /* Cxm__AgentSpan__State of WORK */
	bool listed;
};

struct cc_agent {
	const struct pseudonym *pseudonym;
	char *host; /* owned */
	struct emit emit;
	struct table table;
	struct agent *items; /* owned */
	struct change *held; /* owned; in the order of their times */
	size_t n_held;
	struct cc_agent_counters counters;
};

/* ---- words ---- */

static unsigned status_of(struct slice text)
{
	if (slice_ieq(text, SLICE("Available")) ||
	    slice_ieq(text, SLICE("Available (On Demand)"))) {
		return AVAILABLE;
	}
	if (slice_ieq(text, SLICE("On Break"))) {
		return ON_BREAK;
	}
	return slice_ieq(text, SLICE("Logged Out")) ? LOGGED_OUT : STATUS_UNKNOWN;
}

static unsigned state_of(struct slice text)
{
	if (slice_ieq(text, SLICE("Waiting"))) {
		return WAITING;
	}
	if (slice_ieq(text, SLICE("Receiving")) || slice_ieq(text, SLICE("Reserved"))) {
		return RINGING;
	}
	if (slice_ieq(text, SLICE("In a queue call"))) {
		return IN_CALL;
	}
	return slice_ieq(text, SLICE("Idle")) ? IDLE : STATE_UNKNOWN;
}

/* ---- stretches ---- */

static int state_of_span(const struct agent *a, enum span span)
{
	static const int states[] = { [LOGIN] = CXM__AGENT_SPAN__STATE__LOGGED_IN,
		                      [PAUSE] = CXM__AGENT_SPAN__STATE__PAUSED };

	return span == WORK ? a->work : states[span];
}

static void end_span(struct cc_agent *t, struct agent *a, enum span span, int64_t at_us, bool cut)
{
	static char none[] = "NONE";
	Cxm__AgentSpan m = CXM__AGENT_SPAN__INIT;
	int64_t from_us = a->since_us[span];

	a->since_us[span] = 0;
	if (from_us == 0) {
		return;
	}
	m.state = (Cxm__AgentSpan__State)state_of_span(a, span);
	if (m.state == CXM__AGENT_SPAN__STATE__RINGING && at_us - from_us > CC_AGENT_RING_MAX_US) {
		t->counters.stuck++;
		return;
	}
	m.at_us = from_us;
	m.source = CXM__SOURCE__ESL;
	m.host = t->host;
	m.agent = a->agent;
	m.queue = none;
	m.has_seen_us = 1;
	m.seen_us = at_us > from_us ? at_us : from_us;
	m.has_duration_ms = 1;
	m.duration_ms = emit_ms(from_us, at_us);
	m.has_cut = 1;
	m.cut = cut;
	t->counters.spans++;
	t->counters.cut += cut ? 1 : 0;
	emit_record(&t->emit, &m.base);
}

static void end_all(struct cc_agent *t, struct agent *a, int64_t at_us, bool cut)
{
	for (unsigned span = 0; span < SPANS; span++) {
		end_span(t, a, (enum span)span, at_us, cut);
	}
}

/* 0: in none of them. */
static uint8_t work_of(const struct agent *a)
{
	switch ((enum state)a->state) {
	case IN_CALL:
		return CXM__AGENT_SPAN__STATE__TALKING;
	case RINGING:
		return CXM__AGENT_SPAN__STATE__RINGING;
	case WAITING:
		return a->status == AVAILABLE ? CXM__AGENT_SPAN__STATE__READY : 0;
	case STATE_UNKNOWN:
	case IDLE:
	default:
		return 0;
	}
}

static void set_span(struct cc_agent *t, struct agent *a, enum span span, bool in, int64_t at_us)
{
	if (!in) {
		end_span(t, a, span, at_us, false);
	} else if (a->since_us[span] == 0) {
		a->since_us[span] = at_us;
	}
}

static void settle(struct cc_agent *t, struct agent *a, int64_t at_us)
{
	uint8_t work = work_of(a);

	set_span(t, a, LOGIN, a->status == AVAILABLE || a->status == ON_BREAK, at_us);
	set_span(t, a, PAUSE, a->status == ON_BREAK, at_us);
	if (work != a->work) {
		end_span(t, a, WORK, at_us, false);
		a->work = work;
	}
	set_span(t, a, WORK, work != 0, at_us);
	a->last_us = at_us > a->last_us ? at_us : a->last_us;
}

/* ---- the table ---- */

static void make_room(struct cc_agent *t)
{
	struct agent *oldest = &t->items[0];

	for (uint32_t i = 1; i < t->table.capacity; i++) {
		struct agent *a = &t->items[i];

		if (a->last_us < oldest->last_us) {
			oldest = a;
		}
	}
	t->counters.evicted++;
	end_all(t, oldest, oldest->last_us, true);
	(void)table_remove(&t->table, oldest->agent);
	oldest->agent = 0;
}

static struct agent *agent_of(struct cc_agent *t, uint64_t id)
{
	uint32_t slot = table_find(&t->table, id);

	if (slot == TABLE_NONE) {
		if (table_full(&t->table)) {
			make_room(t);
		}
		slot = table_insert(&t->table, id);
		t->items[slot] = (struct agent){ .agent = id };
	}
	return &t->items[slot];
}

static void apply(struct cc_agent *t, const struct change *c)
{
	struct agent *a = agent_of(t, c->agent);

	*(c->what == STATUS ? &a->status : &a->state) = c->value;
	settle(t, a, c->at_us);
}

/* ---- changes that are held ---- */

static bool is_before(const struct change *a, const struct change *b)
{
	return a->at_us < b->at_us || (a->at_us == b->at_us && a->sequence < b->sequence);
}

static void drop_first(struct cc_agent *t, size_t n)
{
	memmove(t->held, t->held + n, (t->n_held - n) * sizeof(*t->held));
	t->n_held -= n;
}

static void hold(struct cc_agent *t, const struct change *c)
{
	size_t at;

	if (t->n_held == CC_AGENT_HELD_MAX) {
		t->counters.early++;
		apply(t, &t->held[0]);
		drop_first(t, 1);
	}
	at = t->n_held;
	while (at > 0 && is_before(c, &t->held[at - 1])) {
		t->held[at] = t->held[at - 1];
		at--;
	}
	t->held[at] = *c;
	t->n_held++;
}

static void apply_held(struct cc_agent *t, int64_t heard_before_us)
{
	size_t n = 0;

	while (n < t->n_held && t->held[n].heard_us <= heard_before_us) {
		apply(t, &t->held[n++]);
	}
	drop_first(t, n);
}

void cc_agent_event(struct cc_agent *t, const struct fs_facts *f, int64_t now_us)
{
	bool status = fs_is(f, FS_CC_ACTION, SLICE("agent-status-change"));
	struct change c = {
		.agent = pseudonym_of(t->pseudonym, CXM_STAFF, f->text[FS_CC_AGENT]),
		.at_us = fs_us(f, FS_AT_US),
		.heard_us = now_us,
		.what = status ? STATUS : STATE,
	};

	if (!status && !fs_is(f, FS_CC_ACTION, SLICE("agent-state-change"))) {
		return;
	}
	c.value = (uint8_t)(status ? status_of(f->text[FS_CC_STATUS])
	                           : state_of(f->text[FS_CC_STATE]));
	c.at_us = c.at_us != 0 ? c.at_us : now_us;
	(void)slice_u64(f->text[FS_SEQUENCE], UINT64_MAX, &c.sequence);
	t->counters.unknown += c.value == 0 ? 1 : 0;
	if (c.agent != 0 && c.value != 0) {
		hold(t, &c);
	}
}

/* ---- what the PBX lists ---- */

void cc_agent_list_begin(struct cc_agent *t)
{
	for (uint32_t i = 0; i < t->table.capacity; i++) {
		t->items[i].listed = false;
	}
}

void cc_agent_listed(struct cc_agent *t, struct slice name, struct slice status, struct slice state,
                     int64_t now_us)
{
	uint64_t id = pseudonym_of(t->pseudonym, CXM_STAFF, name);
	struct agent *a;

	if (id == 0) {
		return;
	}
	a = agent_of(t, id);
	a->listed = true;
	a->status = (uint8_t)status_of(status);
	a->state = (uint8_t)state_of(state);
	settle(t, a, now_us);
}

void cc_agent_list_end(struct cc_agent *t, int64_t now_us)
{
	for (uint32_t i = 0; i < t->table.capacity; i++) {
		struct agent *a = &t->items[i];

		if (a->agent != 0 && !a->listed) {
			t->counters.gone++;
			end_all(t, a, now_us, true);
			(void)table_remove(&t->table, a->agent);
			a->agent = 0;
		}
	}
}

/* ---- time ---- */

void cc_agent_lost(struct cc_agent *t, int64_t from_us)
{
	apply_held(t, INT64_MAX);
	for (uint32_t i = 0; i < t->table.capacity; i++) {
		struct agent *a = &t->items[i];

		if (a->agent != 0) {
			end_all(t, a, from_us, true);
			a->status = STATUS_UNKNOWN;
			a->state = STATE_UNKNOWN;
		}
	}
}

void cc_agent_tick(struct cc_agent *t, int64_t now_us)
{
	apply_held(t, now_us - CC_AGENT_HOLD_US);
}

/* ---- state: u8 version, varint agents, each: its fields. Changes that are held are a matter of
 * two seconds, and the list of agents says what came of them ---- */

#define AT(member) offsetof(struct agent, member)

static const struct state_field fields[] = {
	{ STATE_HASH, AT(agent), 0 },
	{ STATE_TIME, AT(since_us[LOGIN]), 0 },
	{ STATE_TIME, AT(since_us[PAUSE]), 0 },
	{ STATE_TIME, AT(since_us[WORK]), 0 },
	{ STATE_TIME, AT(last_us), 0 },
	{ STATE_U8, AT(status), ON_BREAK },
	{ STATE_U8, AT(state), IN_CALL },
	{ STATE_U8, AT(work), CXM__AGENT_SPAN__STATE__PAUSED },
};

void cc_agent_save(const struct cc_agent *t, struct buf *out)
{
	buf_add_char(out, STATE_VERSION);
	buf_add_varint(out, t->table.count);
	for (uint32_t i = 0; i < t->table.capacity; i++) {
		if (t->items[i].agent != 0) {
			state_save(fields, COUNT(fields), &t->items[i], out);
		}
	}
}

static void clear(struct cc_agent *t)
{
	for (uint32_t i = 0; i < t->table.capacity; i++) {
		if (t->items[i].agent != 0) {
			(void)table_remove(&t->table, t->items[i].agent);
			t->items[i].agent = 0;
		}
	}
	t->n_held = 0;
}

static int load_agent(struct cc_agent *t, struct cursor *in)
{
	struct agent read = { .agent = 0 };

	state_load(fields, COUNT(fields), &read, in);
	if (in->bad || read.agent == 0 || table_full(&t->table) ||
	    table_find(&t->table, read.agent) != TABLE_NONE ||
	    (read.since_us[WORK] != 0 && read.work == 0)) {
		return -EBADMSG;
	}
	t->items[table_insert(&t->table, read.agent)] = read;
	return 0;
}

int cc_agent_load(struct cc_agent *t, struct cursor *in)
{
	int rc = cursor_u8(in) == STATE_VERSION ? 0 : -EBADMSG;
	uint64_t n = cursor_varint(in);

	clear(t);
	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		rc = in->bad ? -EBADMSG : load_agent(t, in);
	}
	rc = rc == 0 && in->bad ? -EBADMSG : rc;
	if (rc != 0) {
		clear(t);
	}
	return rc;
}

/* ---- life ---- */

int cc_agent_new(struct cc_agent **out, const struct pseudonym *pseudonym, const char *host,
                 const struct emit *emit)
{
	struct cc_agent *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		return -ENOMEM;
	}
	t->pseudonym = pseudonym;
	t->emit = *emit;
	t->host = strdup(host);
	t->items = calloc(CC_AGENT_MAX, sizeof(*t->items));
	t->held = calloc(CC_AGENT_HELD_MAX, sizeof(*t->held));
	if (t->host == NULL || t->items == NULL || t->held == NULL ||
	    table_init(&t->table, CC_AGENT_MAX) != 0) {
		cc_agent_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void cc_agent_free(struct cc_agent *t)
{
	if (t == NULL) {
		return;
	}
	table_free(&t->table);
	free(t->items);
	free(t->held);
	free(t->host);
	free(t);
}

const struct cc_agent_counters *cc_agent_counters(const struct cc_agent *t)
{
	return &t->counters;
}
