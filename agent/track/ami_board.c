/* Queues' live state; see ami_board.h. What makes a member ready follows app_queue.c of Asterisk
 * 22: a device that is not in use or whose state is not known is rung. */
#include "agent/track/ami_board.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/track/ami_slots.h"
#include "agent/track/labels.h"
#include "proto/evidence.pb-c.h"

#define US_PER_MS INT64_C(1000)

/* enum ast_device_state of devicestate.h */
enum device { UNKNOWN, NOT_INUSE, INUSE, BUSY, INVALID, UNAVAILABLE, RINGING, RINGINUSE, ONHOLD };

struct queue {
	uint64_t key;
	char name[LABEL_BYTES];
	/* of the slot being told */
	int64_t oldest_us; /* 0: nobody waits */
	uint32_t waiting;
	uint32_t ready;
	uint32_t busy;
	uint32_t paused;
};

struct caller {
	uint64_t key; /* of unique id and queue */
	uint64_t queue;
	int64_t since_us;
};

struct member {
	uint64_t key; /* of interface and queue */
	uint64_t queue;
	uint8_t status; /* enum device */
	bool paused;
	bool in_call;
};

struct ami_board {
	const struct ami_site *site; /* borrowed */
	int64_t slot_us;
	int64_t next_us; /* beginning of the next slot to tell; 0: the state is not whole */
	struct ami_slots queues;
	struct ami_slots callers;
	struct ami_slots members;
	struct ami_board_counters counters;
};

/* ---- telling ---- */

static void count_members(struct ami_board *b)
{
	for (const struct member *m = ami_slots_next(&b->members, NULL); m != NULL;
	     m = ami_slots_next(&b->members, m)) {
		struct queue *q = ami_slots_find(&b->queues, m->queue);

		if (q == NULL || m->status == INVALID || m->status == UNAVAILABLE) {
			continue;
		}
		if (m->paused) {
			q->paused++;
		} else if (m->in_call || (m->status != UNKNOWN && m->status != NOT_INUSE)) {
			q->busy++;
		} else {
			q->ready++;
		}
	}
}

static void count_callers(struct ami_board *b)
{
	for (const struct caller *c = ami_slots_next(&b->callers, NULL); c != NULL;
	     c = ami_slots_next(&b->callers, c)) {
		struct queue *q = ami_slots_find(&b->queues, c->queue);

		if (q != NULL) {
			q->waiting++;
			q->oldest_us = q->oldest_us == 0 || c->since_us < q->oldest_us
			                       ? c->since_us
			                       : q->oldest_us;
		}
	}
}

static void emit_gauge(struct ami_board *b, struct queue *q, int64_t at_us)
{
	Cxm__Gauge m = CXM__GAUGE__INIT;

	m.at_us = at_us;
	m.source = CXM__SOURCE__AMI;
	m.host = b->site->host;
	m.queue = q->name;
	m.has_seen_us = 1;
	m.seen_us = at_us;
	m.has_slot_ms = 1;
	m.slot_ms = (uint32_t)(b->slot_us / US_PER_MS);
	m.has_waiting = 1;
	m.waiting = q->waiting;
	m.has_longest_wait_ms = 1;
	m.longest_wait_ms = q->waiting > 0 ? emit_ms(q->oldest_us, at_us) : 0;
	m.has_agents_ready = 1;
	m.agents_ready = q->ready;
	m.has_agents_busy = 1;
	m.agents_busy = q->busy;
	m.has_agents_paused = 1;
	m.agents_paused = q->paused;
	b->counters.gauges++;
	emit_record(&b->site->emit, &m.base);
}

static void tell(struct ami_board *b, int64_t at_us)
{
	struct queue *q;

	for (q = ami_slots_next(&b->queues, NULL); q != NULL; q = ami_slots_next(&b->queues, q)) {
		q->oldest_us = 0;
		q->waiting = 0;
		q->ready = 0;
		q->busy = 0;
		q->paused = 0;
	}
	count_callers(b);
	count_members(b);
	for (q = ami_slots_next(&b->queues, NULL); q != NULL; q = ami_slots_next(&b->queues, q)) {
		emit_gauge(b, q, at_us);
	}
}

void ami_board_tick(struct ami_board *b, int64_t now_us)
{
	if (b->next_us == 0 || now_us < b->next_us) {
		return;
	}
	tell(b, b->next_us);
	b->next_us += b->slot_us;
	if (now_us >= b->next_us) { /* nothing was heard for slots: how they were is not known */
		b->next_us = (now_us / b->slot_us + 1) * b->slot_us;
	}
}

void ami_board_synced(struct ami_board *b, int64_t now_us)
{
	b->next_us = (now_us / b->slot_us + 1) * b->slot_us;
}

void ami_board_forget(struct ami_board *b)
{
	ami_slots_clear(&b->callers);
	ami_slots_clear(&b->members);
	b->next_us = 0;
}

/* ---- events ---- */

static struct queue *queue_of(struct ami_board *b, struct slice name)
{
	uint64_t key = ami_hash(b->site, name);
	struct queue *q = ami_slots_find(&b->queues, key);

	if (q == NULL && name.len > 0) {
		q = ami_slots_add(&b->queues, key);
		if (q != NULL) {
			(void)label_clean(name, q->name, sizeof(q->name));
		} else {
			b->counters.untracked++;
		}
	}
	return q;
}

static void on_join(struct ami_board *b, const struct ami_message *m, int64_t since_us)
{
	struct slice queue = ami_get(m, SLICE("Queue"));
	uint64_t key = ami_hash2(b->site, ami_get(m, SLICE("Uniqueid")), queue);
	struct queue *q = queue_of(b, queue);
	struct caller *c = ami_slots_find(&b->callers, key);

	if (q == NULL) {
		return;
	}
	if (c == NULL) {
		c = ami_slots_add(&b->callers, key);
	}
	if (c == NULL) {
		b->counters.untracked++;
		return;
	}
	c->queue = q->key;
	c->since_us = since_us;
}

void ami_board_entry(struct ami_board *b, const struct ami_message *m, int64_t since_us)
{
	on_join(b, m, since_us);
}

static void on_leave(struct ami_board *b, const struct ami_message *m, int64_t at_us)
{
	uint64_t key =
		ami_hash2(b->site, ami_get(m, SLICE("Uniqueid")), ami_get(m, SLICE("Queue")));
	struct caller *c = ami_slots_find(&b->callers, key);

	(void)at_us;
	if (c != NULL) {
		ami_slots_remove(&b->callers, c);
	} else {
		b->counters.unknown++;
	}
}

static uint64_t member_key(const struct ami_board *b, const struct ami_message *m)
{
	struct slice interface = ami_get(m, SLICE("Interface"));

	/* QueueMember, the answer to QueueStatus, calls it Location */
	interface = interface.len > 0 ? interface : ami_get(m, SLICE("Location"));
	return ami_hash2(b->site, interface, ami_get(m, SLICE("Queue")));
}

static void on_member(struct ami_board *b, const struct ami_message *m, int64_t at_us)
{
	struct queue *q = queue_of(b, ami_get(m, SLICE("Queue")));
	uint64_t key = member_key(b, m);
	struct member *k = ami_slots_find(&b->members, key);
	uint64_t v;

	(void)at_us;
	if (q == NULL) {
		return;
	}
	if (k == NULL) {
		k = ami_slots_add(&b->members, key);
	}
	if (k == NULL) {
		b->counters.untracked++;
		return;
	}
	k->queue = q->key;
	k->status = ami_number(m, SLICE("Status"), ONHOLD, &v) ? (uint8_t)v : k->status;
	k->paused = ami_number(m, SLICE("Paused"), 1, &v) ? v == 1 : k->paused;
	k->in_call = ami_number(m, SLICE("InCall"), 1, &v) ? v == 1 : k->in_call;
}

static void on_removed(struct ami_board *b, const struct ami_message *m, int64_t at_us)
{
	struct member *k = ami_slots_find(&b->members, member_key(b, m));

	(void)at_us;
	if (k != NULL) {
		ami_slots_remove(&b->members, k);
	}
}

static void on_params(struct ami_board *b, const struct ami_message *m, int64_t at_us)
{
	(void)at_us;
	(void)queue_of(b, ami_get(m, SLICE("Queue")));
}

static const struct {
	struct slice name;
	void (*take)(struct ami_board *b, const struct ami_message *m, int64_t at_us);
} events[] = {
	{ { "QueueCallerJoin", 15 }, on_join },        { { "QueueCallerLeave", 16 }, on_leave },
	{ { "QueueMemberStatus", 17 }, on_member },    { { "QueueMemberPause", 16 }, on_member },
	{ { "QueueMemberAdded", 16 }, on_member },     { { "QueueMemberRemoved", 18 }, on_removed },
	{ { "QueueMemberPenalty", 18 }, on_member },   { { "QueueMember", 11 }, on_member },
	{ { "QueueMemberRinginuse", 20 }, on_member }, { { "QueueParams", 11 }, on_params },
};

void ami_board_event(struct ami_board *b, const struct ami_message *m, int64_t at_us)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (slice_eq(m->name, events[i].name)) {
			events[i].take(b, m, at_us);
			return;
		}
	}
}

/* ---- life ---- */

int ami_board_new(struct ami_board **out, const struct ami_site *site, int64_t slot_us)
{
	struct ami_board *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		return -ENOMEM;
	}
	b->site = site;
	b->slot_us = slot_us;
	if (ami_slots_init(&b->queues, AMI_BOARD_QUEUES_MAX, sizeof(struct queue)) != 0 ||
	    ami_slots_init(&b->callers, AMI_BOARD_CALLERS_MAX, sizeof(struct caller)) != 0 ||
	    ami_slots_init(&b->members, AMI_BOARD_MEMBERS_MAX, sizeof(struct member)) != 0) {
		ami_board_free(b);
		return -ENOMEM;
	}
	*out = b;
	return 0;
}

void ami_board_free(struct ami_board *b)
{
	if (b == NULL) {
		return;
	}
	ami_slots_free(&b->queues);
	ami_slots_free(&b->callers);
	ami_slots_free(&b->members);
	free(b);
}

const struct ami_board_counters *ami_board_counters(const struct ami_board *b)
{
	return &b->counters;
}
