/*
 * Agents' stretches; see agent_state.h. Owns a bounded table of open ones, found by the keyed hash
 * of agent, queue and state, and chained in the order they began.
 */
#include "agent/track/agent_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/labels.h"
#include "common/table.h"
#include "proto/evidence.pb-c.h"

#define STATE_VERSION 1
#define TIME_MAX_US   (QUEUE_LINE_MAX_S * INT64_C(1000000) + 999999)

#define NO_REASON     ((struct slice){ NULL, 0 })

struct span {
	uint64_t key;
	uint64_t agent; /* pseudonym */
	int64_t at_us;
	uint32_t state; /* Cxm__AgentSpan__State */
	uint32_t prev;
	uint32_t next;
	char queue[LABEL_BYTES];
	char reason[AGENT_STATE_REASON_BYTES];
};

struct agent_state {
	const struct pseudonym *pseudonym; /* borrowed */
	char *host;                        /* owned */
	struct siphash_key key;
	struct emit emit;
	Cxm__Source source;
	int64_t last_us;
	struct table table;
	struct span *spans; /* owned; AGENT_STATE_OPEN_MAX of them */
	uint32_t first;     /* the one that began first */
	uint32_t last;
	struct agent_state_counters counters;
};

static uint64_t key_of(const struct agent_state *a, const struct queue_line *line,
                       Cxm__AgentSpan__State state)
{
	uint64_t words[] = { siphash13(&a->key, line->agent.at, line->agent.len),
		             siphash13(&a->key, line->queue.at, line->queue.len), (uint64_t)state };

	return siphash13_words(&a->key, words, sizeof(words) / sizeof(words[0]));
}

static struct span *span_at(const struct agent_state *a, uint32_t slot)
{
	return slot != TABLE_NONE ? &a->spans[slot] : NULL;
}

static struct span *add(struct agent_state *a, uint64_t key)
{
	uint32_t slot = table_insert(&a->table, key);
	struct span *s = span_at(a, slot);

	if (s == NULL) {
		return NULL;
	}
	*s = (struct span){ .key = key, .prev = a->last, .next = TABLE_NONE };
	if (a->last != TABLE_NONE) {
		a->spans[a->last].next = slot;
	} else {
		a->first = slot;
	}
	a->last = slot;
	return s;
}

static void forget(struct agent_state *a, struct span *s)
{
	if (s->prev != TABLE_NONE) {
		a->spans[s->prev].next = s->next;
	} else {
		a->first = s->next;
	}
	if (s->next != TABLE_NONE) {
		a->spans[s->next].prev = s->prev;
	} else {
		a->last = s->prev;
	}
	(void)table_remove(&a->table, s->key);
}

static void emit_span(struct agent_state *a, struct span *s, int64_t end_us, bool cut)
{
	Cxm__AgentSpan m = CXM__AGENT_SPAN__INIT;
	int64_t ms = (end_us - s->at_us) / 1000;

	m.at_us = s->at_us;
	m.source = a->source;
	m.host = a->host;
	m.agent = s->agent;
	m.queue = s->queue;
	m.state = (Cxm__AgentSpan__State)s->state;
	m.has_seen_us = 1;
	m.seen_us = end_us > s->at_us ? end_us : s->at_us;
	m.has_duration_ms = 1;
	m.duration_ms = ms < 0 ? 0 : ms > UINT32_MAX ? UINT32_MAX : (uint32_t)ms;
	m.reason = s->reason[0] != '\0' ? s->reason : NULL;
	m.has_cut = 1;
	m.cut = cut;
	a->counters.spans++;
	a->counters.cut += cut ? 1 : 0;
	emit_record(&a->emit, &m.base);
}

static void end(struct agent_state *a, struct span *s, int64_t end_us, bool cut)
{
	emit_span(a, s, end_us, cut);
	forget(a, s);
}

static void cut_all(struct agent_state *a)
{
	while (a->first != TABLE_NONE) {
		end(a, span_at(a, a->first), a->last_us, true);
	}
}

static bool begin(struct agent_state *a, const struct queue_line *line, Cxm__AgentSpan__State state,
                  struct slice why)
{
	uint64_t agent = pseudonym_of(a->pseudonym, CXM_STAFF, line->agent);
	uint64_t key = key_of(a, line, state);
	struct span *s = span_at(a, table_find(&a->table, key));
	char reason[AGENT_STATE_REASON_BYTES] = "";

	if (agent == 0) {
		return false;
	}
	(void)label_clean(why, reason, sizeof(reason));
	if (s != NULL && strcmp(s->reason, reason) == 0) {
		return true; /* said twice: it goes on */
	}
	if (s != NULL) {
		end(a, s, line->at_us, false); /* another reason is another stretch */
	}
	if (table_full(&a->table)) {
		a->counters.evicted++;
		end(a, span_at(a, a->first), line->at_us, true);
	}
	s = add(a, key);
	s->agent = agent;
	s->at_us = line->at_us;
	s->state = (uint32_t)state;
	(void)label_clean(line->queue, s->queue, sizeof(s->queue));
	memcpy(s->reason, reason, sizeof(reason));
	return true;
}

static bool close_one(struct agent_state *a, const struct queue_line *line,
                      Cxm__AgentSpan__State state)
{
	struct span *s = span_at(a, table_find(&a->table, key_of(a, line, state)));

	if (s != NULL) {
		end(a, s, line->at_us, false);
	}
	return s != NULL;
}

/* A member may be added paused. */
static bool on_added(struct agent_state *a, const struct queue_line *line)
{
	if (slice_eq(queue_line_arg(line, 0), SLICE("PAUSED"))) {
		(void)begin(a, line, CXM__AGENT_SPAN__STATE__PAUSED, NO_REASON);
	}
	return begin(a, line, CXM__AGENT_SPAN__STATE__LOGGED_IN, NO_REASON);
}

void agent_state_line(struct agent_state *a, const struct queue_line *line)
{
	bool known = true;

	switch ((int)line->verb) {
	case QUEUE_VERB_PAUSE:
	case QUEUE_VERB_PAUSEALL: /* logged besides a PAUSE a queue, with NONE as the queue */
		known = begin(a, line, CXM__AGENT_SPAN__STATE__PAUSED, queue_line_arg(line, 0));
		break;
	case QUEUE_VERB_UNPAUSE:
	case QUEUE_VERB_UNPAUSEALL:
		known = close_one(a, line, CXM__AGENT_SPAN__STATE__PAUSED);
		break;
	case QUEUE_VERB_ADDMEMBER:
		known = on_added(a, line);
		break;
	case QUEUE_VERB_AGENTLOGIN:
	case QUEUE_VERB_AGENTCALLBACKLOGIN:
		known = begin(a, line, CXM__AGENT_SPAN__STATE__LOGGED_IN, NO_REASON);
		break;
	case QUEUE_VERB_REMOVEMEMBER: /* takes a pause with it */
	case QUEUE_VERB_AGENTLOGOFF:
	case QUEUE_VERB_AGENTCALLBACKLOGOFF:
		(void)close_one(a, line, CXM__AGENT_SPAN__STATE__PAUSED);
		known = close_one(a, line, CXM__AGENT_SPAN__STATE__LOGGED_IN);
		break;
	case QUEUE_VERB_QUEUESTART:
		cut_all(a);
		break;
	default:
		break;
	}
	a->counters.orphans += known ? 0 : 1;
	a->last_us = line->at_us;
}

void agent_state_finish(struct agent_state *a)
{
	cut_all(a);
}

/* ---- saving: u8 version, varint last_us, varint count, then each: u8 state, u64 key, u64 agent,
 * varint at_us, varint and text of queue and reason ---- */

static void add_text(struct buf *out, const char *text)
{
	buf_add_varint(out, strlen(text));
	buf_add_text(out, text);
}

void agent_state_save(const struct agent_state *a, struct buf *out)
{
	buf_add_char(out, STATE_VERSION);
	buf_add_varint(out, (uint64_t)a->last_us);
	buf_add_varint(out, a->table.count);
	for (const struct span *s = span_at(a, a->first); s != NULL; s = span_at(a, s->next)) {
		buf_add_char(out, (char)s->state);
		buf_add_u64le(out, s->key);
		buf_add_u64le(out, s->agent);
		buf_add_varint(out, (uint64_t)s->at_us);
		add_text(out, s->queue);
		add_text(out, s->reason);
	}
}

static int64_t take_moment(struct cursor *in)
{
	uint64_t v = cursor_varint(in);

	in->bad |= v > (uint64_t)TIME_MAX_US;
	return in->bad ? 0 : (int64_t)v;
}

static void take_text(struct cursor *in, char *out, size_t size)
{
	uint64_t len = cursor_varint(in);
	const uint8_t *text = len < size ? cursor_take(in, (size_t)len) : NULL;

	if (text == NULL) {
		in->bad = true;
		return;
	}
	(void)label_clean((struct slice){ (const char *)text, (size_t)len }, out, size);
}

static bool load_span(struct agent_state *a, struct cursor *in)
{
	uint32_t state = cursor_u8(in);
	uint64_t key = cursor_u64le(in);
	struct span *s = NULL;

	if (!in->bad && table_find(&a->table, key) == TABLE_NONE &&
	    (state == CXM__AGENT_SPAN__STATE__PAUSED ||
	     state == CXM__AGENT_SPAN__STATE__LOGGED_IN)) {
		s = add(a, key);
	}
	if (s == NULL) {
		return false;
	}
	s->state = state;
	s->agent = cursor_u64le(in);
	s->at_us = take_moment(in);
	take_text(in, s->queue, sizeof(s->queue));
	take_text(in, s->reason, sizeof(s->reason));
	return !in->bad;
}

static void clear(struct agent_state *a)
{
	while (a->first != TABLE_NONE) {
		forget(a, span_at(a, a->first));
	}
	a->last_us = 0;
}

int agent_state_load(struct agent_state *a, struct cursor *in)
{
	bool good = cursor_u8(in) == STATE_VERSION;
	uint64_t n;

	clear(a);
	a->last_us = take_moment(in);
	n = cursor_varint(in);
	for (uint64_t i = 0; good && i < n; i++) {
		good = load_span(a, in);
	}
	if (!good || in->bad) {
		clear(a);
		return -EBADMSG;
	}
	return 0;
}

/* ---- life ---- */

int agent_state_new(struct agent_state **out, const struct pseudonym *pseudonym, const char *host,
                    const struct emit *emit)
{
	struct agent_state *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		return -ENOMEM;
	}
	a->pseudonym = pseudonym;
	a->key = pseudonym_table_key(pseudonym);
	a->emit = *emit;
	a->source = CXM__SOURCE__QUEUE_LOG;
	a->first = TABLE_NONE;
	a->last = TABLE_NONE;
	a->host = strdup(host);
	a->spans = calloc(AGENT_STATE_OPEN_MAX, sizeof(*a->spans));
	if (a->host == NULL || a->spans == NULL ||
	    table_init(&a->table, AGENT_STATE_OPEN_MAX) != 0) {
		agent_state_free(a);
		return -ENOMEM;
	}
	*out = a;
	return 0;
}

void agent_state_source(struct agent_state *a, Cxm__Source source)
{
	a->source = source;
}

void agent_state_free(struct agent_state *a)
{
	if (a == NULL) {
		return;
	}
	table_free(&a->table);
	free(a->spans);
	free(a->host);
	free(a);
}

const struct agent_state_counters *agent_state_counters(const struct agent_state *a)
{
	return &a->counters;
}
