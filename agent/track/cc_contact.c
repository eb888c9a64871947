/* Events to stays, stays to records; see cc_contact.h. Owns the table. */
#include "agent/track/cc_contact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/cc_handoff.h"
#include "agent/track/cc_stay.h"
#include "agent/track/labels.h"
#include "agent/track/rows.h"
#include "common/siphash.h"
#include "common/unconst.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct cc_contact {
	const struct pseudonym *pseudonym;
	char *host; /* owned */
	Cxm__Source source;
	int64_t max_age_us;
	const char *trunks;
	struct siphash_key key;
	struct emit emit;
	struct rows rows;
	uint64_t *channels; /* owned; keyed hashes of those that are listed */
	size_t n_channels;
	bool too_many;
	int64_t listing_us; /* when the list began */
	struct cc_contact_counters counters;
};

/* ---- records ---- */

static void tell_contact(struct cc_contact *t, const struct cc_stay *s)
{
	int64_t left_us = cc_stay_left_us(s);
	int64_t answered_us = cc_stay_answered_us(s);
	Cxm__QueueContact m = CXM__QUEUE_CONTACT__INIT;
	struct cc_rings rings;

	cc_stay_rings(s, &rings);
	m.at_us = s->at_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = s->contact;
	m.queue = unconst(s->queue);
	m.has_seen_us = 1;
	m.seen_us = s->last_us + s->times_told; /* the same key again: the later one wins */
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.customer = s->customer != 0 ? s->customer : s->caller;
	m.has_customer = m.customer != 0;
	m.has_outcome = 1;
	m.outcome = cc_stay_outcome(s);
	m.has_agent = s->agent != 0;
	m.agent = s->agent;
	m.has_wait_ms = answered_us != 0 ||
	                (left_us != 0 && m.outcome != CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END &&
	                 m.outcome != CXM__QUEUE_CONTACT__OUTCOME__ANSWERED);
	m.wait_ms = emit_ms(s->at_us, answered_us != 0 ? answered_us : left_us);
	m.has_connects = s->connects > 0;
	m.connects = s->connects;
	/* call detail records tell of no ring */
	m.has_ring_no_answers = !s->rings_overrun && t->source == CXM__SOURCE__ESL;
	m.ring_no_answers = rings.missed;
	m.has_ring_no_answers_over_3s = m.has_ring_no_answers;
	m.ring_no_answers_over_3s = rings.missed_over_3s;
	m.has_ring_ms = rings.has_ring && !s->rings_overrun;
	m.ring_ms = rings.ring_ms;
	left_us = s->unbridged_us != 0 ? s->unbridged_us : left_us;
	m.has_talk_ms = answered_us != 0 && left_us != 0;
	m.talk_ms = emit_ms(answered_us, left_us);
	m.has_hold_ms = m.has_talk_ms && cc_stay_hold_ms(s, &m.hold_ms);
	m.ended_by = (Cxm__QueueContact__EndedBy)cc_stay_ended_by(s);
	m.has_ended_by = m.ended_by != 0;
	m.has_transfer = cc_stay_was_transferred(s);
	m.transfer = cc_stay_transfer(s);
	m.has_recorded = s->recorded;
	m.recorded = s->recorded;
	t->counters.contacts++;
	t->counters.again += s->times_told > 0 ? 1 : 0;
	emit_record(&t->emit, &m.base);
}

/* Of the same caller, the first in a queue after this one's transfer; NULL: none is known. */
static const struct cc_stay *next_of(const struct cc_contact *t, const struct cc_stay *s)
{
	const struct cc_stay *next = NULL;

	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		const struct cc_stay *other = rows_at(&t->rows, i);

		if (other->key != 0 && other->queue[0] != '\0' && cc_handoff_leads_to(s, other) &&
		    (next == NULL || cc_stay_at_us(other) < cc_stay_at_us(next))) {
			next = other;
		}
	}
	return next;
}

static void tell_handoff(struct cc_contact *t, const struct cc_stay *s)
{
	Cxm__Handoff m = CXM__HANDOFF__INIT;

	cc_handoff_fill(s, next_of(t, s), &m);
	m.source = t->source;
	m.host = t->host;
	m.has_seen_us = 1;
	m.seen_us = s->last_us + s->times_told;
	t->counters.handoffs++;
	emit_record(&t->emit, &m.base);
}

/* Who sent the caller here can say more of it now. */
static void wake_sender(struct cc_contact *t, const struct cc_stay *s)
{
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct cc_stay *other = rows_at(&t->rows, i);

		if (other->key != 0 && other->at_us != 0 && other->at_us < s->at_us &&
		    cc_handoff_leads_to(other, s)) {
			other->dirty = true;
		}
	}
}

static void tell(struct cc_contact *t, struct cc_stay *s)
{
	s->dirty = false;
	s->at_us = s->at_us != 0 ? s->at_us : cc_stay_at_us(s);
	if (s->at_us == 0 || s->queue[0] == '\0') {
		s->at_us = 0;
		t->counters.orphans++;
		return;
	}
	if (s->times_told == 0) {
		t->counters.unended += s->lost && s->left_us == 0 && s->hangup_us == 0 ? 1 : 0;
		t->counters.pulled +=
			s->cause == CC_CAUSE_CANCELLED &&
					cc_stay_outcome(s) ==
						CXM__QUEUE_CONTACT__OUTCOME__UNKNOWN_END
				? 1
				: 0;
	}
	tell_contact(t, s);
	if (cc_stay_was_transferred(s)) {
		tell_handoff(t, s);
	}
	s->times_told++;
	wake_sender(t, s);
}

/* ---- the table ---- */

/* Told ones first; of the others the one that was silent for longest. */
static void make_room(struct cc_contact *t)
{
	struct cc_stay *oldest = rows_at(&t->rows, 0);

	for (uint32_t i = 1; i < t->rows.table.capacity; i++) {
		struct cc_stay *s = rows_at(&t->rows, i);

		if ((oldest->dirty && !s->dirty) ||
		    (oldest->dirty == s->dirty && s->touched_us < oldest->touched_us)) {
			oldest = s;
		}
	}
	if (oldest->dirty) {
		t->counters.evicted += cc_stay_is_over(oldest) ? 0 : 1;
		oldest->lost = !cc_stay_is_over(oldest);
		tell(t, oldest);
	}
	rows_remove(&t->rows, oldest);
}

static uint64_t hash(const struct cc_contact *t, struct slice text)
{
	return siphash13(&t->key, text.at, text.len);
}

static uint64_t key_of(const struct cc_contact *t, struct slice member, struct slice session)
{
	return hash(t, member) * UINT64_C(0x9e3779b97f4a7c15) + hash(t, session);
}

/* NULL without a member. */
static struct cc_stay *stay_of(struct cc_contact *t, struct slice member, struct slice session,
                               int64_t now_us)
{
	uint64_t key = key_of(t, member, session);
	struct cc_stay *s = key != 0 ? rows_find(&t->rows, key) : NULL;

	if (member.len == 0 || session.len == 0 || key == 0) {
		t->counters.unkeyed++;
		return NULL;
	}
	if (s == NULL) {
		if (table_full(&t->rows.table)) {
			make_room(t);
		}
		s = rows_add(&t->rows, key);
		s->session = hash(t, session);
		s->contact = pseudonym_of(t->pseudonym, CXM_CONTACT, session);
	}
	s->touched_us = now_us;
	s->dirty = true;
	return s;
}

/* ---- facts ---- */

static void take_min(int64_t *at_us, int64_t us)
{
	if (us != 0 && (*at_us == 0 || us < *at_us)) {
		*at_us = us;
	}
}

static void take_max(int64_t *at_us, int64_t us)
{
	if (us > *at_us) {
		*at_us = us;
	}
}

static void take_u8(uint8_t *at, unsigned value)
{
	if (value > *at) {
		*at = (uint8_t)value;
	}
}

static void take_queue(struct cc_stay *s, struct slice queue)
{
	if (s->queue[0] == '\0' && queue.len > 0) {
		(void)label_clean(queue, s->queue, sizeof(s->queue));
	}
}

/* The last who answered. */
static void take_agent(const struct cc_contact *t, struct cc_stay *s, struct slice name,
                       int64_t answered_us)
{
	uint64_t agent = answered_us != 0 ? pseudonym_of(t->pseudonym, CXM_STAFF, name) : 0;

	if (agent != 0 &&
	    (answered_us > s->agent_us || (answered_us == s->agent_us && agent > s->agent))) {
		s->agent = agent;
		s->agent_us = answered_us;
	}
}

/* What the queue says of the caller goes before what the channel says. */
static void take_customer(const struct cc_contact *t, uint64_t *customer, struct slice number)
{
	if (*customer == 0) {
		*customer = pseudonym_of(t->pseudonym, CXM_CUSTOMER, number);
	}
}

static enum cc_cause cause_of(struct slice text)
{
	if (slice_ieq(text, SLICE("terminated")) || slice_ieq(text, SLICE("answered"))) {
		return CC_CAUSE_ANSWERED;
	}
	return slice_ieq(text, SLICE("cancel")) ? CC_CAUSE_CANCELLED : CC_CAUSE_NONE;
}

/* cc_member_cancel_reason2str of mod_callcenter.c */
static enum cc_reason reason_of(struct slice text)
{
	static const struct {
		struct slice text;
		enum cc_reason reason;
	} reasons[] = {
		{ { "BREAK_OUT", 9 }, CC_REASON_BREAK_OUT },
		{ { "TIMEOUT", 7 }, CC_REASON_TIMEOUT },
		{ { "NO_AGENT_TIMEOUT", 16 }, CC_REASON_NO_AGENT },
		{ { "EXIT_WITH_KEY", 13 }, CC_REASON_KEY },
	};

	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (slice_ieq(reasons[i].text, text)) {
			return reasons[i].reason;
		}
	}
	return CC_REASON_NONE;
}

static void take_ring(struct cc_contact *t, struct cc_stay *s, const struct fs_facts *f,
                      enum cc_ring_kind kind, int64_t at_us)
{
	struct cc_ring ring = { .agent = hash(t, f->text[FS_CC_AGENT]),
		                .at_us = at_us,
		                .kind = (uint8_t)kind };

	t->counters.overrun += s->n_rings == CC_CONTACT_RINGS_MAX ? 1 : 0;
	cc_stay_add_ring(s, &ring);
}

/* In ring-all the phones of all but one are called off, and all when the caller hangs up. */
static enum cc_ring_kind kind_of_failure(const struct fs_facts *f)
{
	return fs_is(f, FS_CC_HANGUP_CAUSE, SLICE("ORIGINATOR_CANCEL")) ? CC_RING_CALLED_OFF
	                                                                : CC_RING_MISSED;
}

static void take_end(struct cc_stay *s, const struct fs_facts *f, int64_t at_us)
{
	enum cc_cause cause = cause_of(f->text[FS_CC_CAUSE]);

	take_max(&s->left_us, at_us);
	take_u8(&s->cause, cause);
	take_u8(&s->reason, reason_of(f->text[FS_CC_REASON]));
	s->alive = s->alive || (cause == CC_CAUSE_CANCELLED && fs_has(f, FS_ANSWER_STATE) &&
	                        !fs_is(f, FS_ANSWER_STATE, SLICE("hangup")));
}

static void take_action(struct cc_contact *t, struct cc_stay *s, const struct fs_facts *f,
                        int64_t at_us)
{
	struct slice action = f->text[FS_CC_ACTION];

	if (slice_eq(action, SLICE("member-queue-start")) ||
	    slice_eq(action, SLICE("member-queue-resume"))) {
		take_min(&s->start_us, at_us);
	} else if (slice_eq(action, SLICE("member-queue-end"))) {
		take_end(s, f, at_us);
	} else if (slice_eq(action, SLICE("agent-offering"))) {
		take_ring(t, s, f, CC_RING_OFFERED, at_us);
	} else if (slice_eq(action, SLICE("bridge-agent-start"))) {
		take_ring(t, s, f, CC_RING_ANSWERED, at_us);
		take_min(&s->bridged_us, at_us);
		s->connects++;
	} else if (slice_eq(action, SLICE("bridge-agent-end"))) {
		take_max(&s->unbridged_us, at_us);
	} else if (slice_eq(action, SLICE("bridge-agent-fail"))) {
		take_ring(t, s, f, kind_of_failure(f), at_us);
	}
}

void cc_contact_event(struct cc_contact *t, const struct fs_facts *f, int64_t now_us)
{
	int64_t at_us = fs_us(f, FS_AT_US);
	struct cc_stay *s;

	if (!fs_has(f, FS_CC_MEMBER) && !fs_has(f, FS_CC_SESSION)) {
		return; /* about an agent, or a count */
	}
	s = stay_of(t, f->text[FS_CC_MEMBER], f->text[FS_CC_SESSION], now_us);
	if (s == NULL) {
		return;
	}
	at_us = at_us != 0 ? at_us : now_us;
	take_max(&s->last_us, at_us);
	take_queue(s, f->text[FS_CC_QUEUE]);
	take_customer(t, &s->customer, f->text[FS_CC_NUMBER]);
	take_min(&s->joined_us, fs_s_as_us(f, FS_CC_JOINED_S));
	take_min(&s->answered_us, fs_s_as_us(f, FS_CC_ANSWERED_S));
	/* only what an answer has brought about names it with a time */
	take_agent(t, s, f->text[FS_CC_AGENT], fs_s_as_us(f, FS_CC_ANSWERED_S));
	take_action(t, s, f, at_us);
}

/* ---- channels ---- */

static bool is_agents(const struct fs_facts *f)
{
	return fs_is(f, FS_V_SIDE, SLICE("agent"));
}

static struct cc_stay *stay_of_channel(struct cc_contact *t, const struct fs_facts *f,
                                       int64_t now_us)
{
	if (!fs_has(f, FS_V_MEMBER)) {
		return NULL; /* was in no queue */
	}
	return stay_of(t, f->text[FS_V_MEMBER], f->text[is_agents(f) ? FS_V_SESSION : FS_ID],
	               now_us);
}

void cc_contact_hold(struct cc_contact *t, const struct fs_facts *f, bool begins, int64_t now_us)
{
	int64_t at_us = fs_us(f, FS_AT_US);
	struct cc_stay *s = stay_of_channel(t, f, now_us);

	if (s == NULL) {
		return;
	}
	at_us = at_us != 0 ? at_us : now_us;
	take_max(&s->last_us, at_us);
	s->hold_us += begins ? (uint64_t)0 - (uint64_t)at_us : (uint64_t)at_us;
	s->n_hold += begins ? 1 : 0;
	s->n_unhold += begins ? 0 : 1;
}

/* Variables stay on a channel when it goes on to the next queue: what is older than its entry is of
 * the one before. */
static void take_variables(struct cc_contact *t, struct cc_stay *s, const struct fs_facts *f)
{
	int64_t joined_us = fs_s_as_us(f, FS_V_JOINED_S);
	int64_t answered_us = fs_s_as_us(f, FS_V_ANSWERED_S);
	int64_t over_us = fs_s_as_us(f, FS_V_TERMINATED_S);
	enum cc_cause cause = cause_of(f->text[FS_V_CAUSE]);

	take_queue(s, f->text[FS_V_QUEUE]);
	take_min(&s->joined_us, joined_us);
	if (answered_us != 0 && answered_us >= joined_us) {
		take_min(&s->answered_us, answered_us);
		s->agent = s->agent != 0
		                   ? s->agent
		                   : pseudonym_of(t->pseudonym, CXM_STAFF, f->text[FS_V_AGENT]);
	}
	if (cause == CC_CAUSE_CANCELLED) {
		over_us = fs_s_as_us(f, FS_V_CANCELED_S);
		take_u8(&s->reason, reason_of(f->text[FS_V_REASON]));
	}
	take_u8(&s->cause, cause);
	take_max(&s->over_us, over_us >= joined_us ? over_us : 0);
}

static void take_member_leg(struct cc_contact *t, struct cc_stay *s, const struct fs_facts *f,
                            int64_t hangup_us)
{
	take_max(&s->hangup_us, hangup_us);
	take_variables(t, s, f);
	cc_handoff_history(s, f->text[FS_TRANSFERS]);
	take_customer(t, &s->caller, f->text[fs_has(f, FS_CALLER) ? FS_CALLER : FS_FROM_USER]);
	/* recv_bye, recv_cancel: the other end said good-bye (sofia.c) */
	s->member_hung_up =
		s->member_hung_up || slice_starts(f->text[FS_DISPOSITION], SLICE("recv_"));
	s->recorded = s->recorded || fs_has(f, FS_V_RECORD);
}

/* Of phones that rang in vain nothing is to be learnt here. */
static void take_agent_leg(struct cc_stay *s, const struct fs_facts *f, int64_t hangup_us)
{
	bool blind = fs_is(f, FS_HANGUP_CAUSE, SLICE("BLIND_TRANSFER"));

	if (fs_us(f, FS_ANSWERED_US) == 0) {
		return;
	}
	s->agent_hung_up =
		s->agent_hung_up || slice_starts(f->text[FS_DISPOSITION], SLICE("recv_"));
	if (blind || fs_is(f, FS_HANGUP_CAUSE, SLICE("ATTENDED_TRANSFER"))) {
		take_max(&s->transfer_us, hangup_us);
		take_u8(&s->transfer, blind ? CXM__QUEUE_CONTACT__TRANSFER__BLIND
		                            : CXM__QUEUE_CONTACT__TRANSFER__ATTENDED);
	} else {
		take_max(&s->released_us, hangup_us);
	}
}

/* A channel that was in no queue: the new party, when it belongs to a caller who was. */
static void take_party(struct cc_contact *t, const struct fs_facts *f, int64_t hangup_us,
                       int64_t now_us)
{
	uint64_t own = hash(t, f->text[FS_ID]);
	uint64_t of = hash(t, f->text[fs_has(f, FS_ORIGIN) ? FS_ORIGIN : FS_CALL_ID]);
	uint64_t with = hash(t, f->text[FS_LAST_BRIDGE]);
	struct cc_party p = cc_handoff_party_of(f, t->pseudonym, t->trunks);

	p.ended_us = hangup_us;
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct cc_stay *s = rows_at(&t->rows, i);

		if (s->key == 0 || s->session == own || (s->session != of && s->session != with)) {
			continue;
		}
		p.talked = s->session == with;
		cc_handoff_party(s, &p);
		if (cc_stay_was_transferred(s)) {
			s->touched_us = now_us;
			s->dirty = true;
		}
	}
}

void cc_contact_leg(struct cc_contact *t, const struct fs_facts *f, int64_t now_us)
{
	int64_t hangup_us = fs_us(f, FS_HANGUP_US);
	struct cc_stay *s = stay_of_channel(t, f, now_us);
	uint32_t hold_ms;

	hangup_us = hangup_us != 0 ? hangup_us : fs_s_as_us(f, FS_HANGUP_S);
	hangup_us = hangup_us != 0 ? hangup_us : now_us;
	if (s == NULL) {
		take_party(t, f, hangup_us, now_us);
		return;
	}
	take_max(&s->last_us, hangup_us);
	if (fs_u32(f, FS_HOLD_MS, &hold_ms)) {
		s->has_hold_ms = true;
		s->hold_ms = hold_ms > s->hold_ms ? hold_ms : s->hold_ms;
	}
	if (is_agents(f)) {
		take_agent_leg(s, f, hangup_us);
	} else {
		take_member_leg(t, s, f, hangup_us);
	}
}

/* ---- what the PBX lists ---- */

void cc_contact_member(struct cc_contact *t, const struct cc_member *m, int64_t now_us)
{
	struct cc_stay *s;

	/* an entry can be stale, so it keeps nothing alive that is known already */
	if (table_find(&t->rows.table, key_of(t, m->member_uuid, m->session_uuid)) != TABLE_NONE) {
		return;
	}
	s = stay_of(t, m->member_uuid, m->session_uuid, now_us);
	if (s != NULL) {
		take_queue(s, m->queue);
		take_customer(t, &s->customer, m->number);
		take_min(&s->joined_us, m->joined_us);
		take_max(&s->last_us, m->joined_us);
	}
}

void cc_contact_channels_begin(struct cc_contact *t, int64_t now_us)
{
	t->listing_us = now_us;
	t->n_channels = 0;
	t->too_many = false;
}

void cc_contact_channel(struct cc_contact *t, struct slice session_uuid)
{
	if (t->n_channels == CC_CONTACT_CHANNELS_MAX) {
		t->too_many = true;
	} else {
		t->channels[t->n_channels++] = hash(t, session_uuid);
	}
}

static int by_value(const void *x, const void *y)
{
	const uint64_t *a = x;
	const uint64_t *b = y;

	return (*a > *b) - (*a < *b);
}

void cc_contact_channels_end(struct cc_contact *t, int64_t now_us)
{
	qsort(t->channels, t->n_channels, sizeof(*t->channels), by_value);
	for (uint32_t i = 0; !t->too_many && i < t->rows.table.capacity; i++) {
		struct cc_stay *s = rows_at(&t->rows, i);

		if (s->key != 0 && s->hangup_us == 0 && !s->lost &&
		    s->touched_us < t->listing_us - CC_CONTACT_SETTLE_US &&
		    bsearch(&s->session, t->channels, t->n_channels, sizeof(*t->channels),
		            by_value) == NULL) {
			s->dirty = !cc_stay_is_over(s);
			s->lost = true;
			s->touched_us = now_us;
		}
	}
}

/* ---- time ---- */

/* A caller whose channel lives on is heard of again when it ends, under the keys of this stay. */
static int64_t keep_us(const struct cc_contact *t, const struct cc_stay *s)
{
	return s->hangup_us != 0 || s->lost ? CC_CONTACT_KEEP_US : t->max_age_us;
}

void cc_contact_tick(struct cc_contact *t, int64_t now_us)
{
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct cc_stay *s = rows_at(&t->rows, i);
		int64_t silent_us;

		if (s->key == 0) {
			continue;
		}
		s->touched_us = s->touched_us != 0 ? s->touched_us : now_us; /* loaded */
		silent_us = now_us - s->touched_us;
		if (!cc_stay_is_over(s)) {
			s->lost = silent_us > t->max_age_us;
		} else if (s->dirty && silent_us >= CC_CONTACT_SETTLE_US) {
			tell(t, s);
		} else if (!s->dirty && silent_us >= keep_us(t, s)) {
			rows_remove(&t->rows, s);
		}
	}
}

static bool tell_dirty(struct cc_contact *t)
{
	bool any = false;

	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct cc_stay *s = rows_at(&t->rows, i);

		if (s->key != 0 && s->dirty) {
			s->lost = s->lost || !cc_stay_is_over(s);
			tell(t, s);
			any = true;
		}
	}
	return any;
}

/* A stay that is told can have more to say of the one before it, so the number of rounds is that of
 * the longest way of a caller through queues. */
void cc_contact_finish(struct cc_contact *t)
{
	while (tell_dirty(t)) {
	}
}

/* ---- state: u8 version, varint stays, each: its fields (cc_stay.c). How long it was silent begins
 * anew ---- */

static void save_stay(const void *stay, struct buf *out)
{
	cc_stay_save(stay, out);
}

static void load_stay(void *stay, unsigned version, struct cursor *in)
{
	cc_stay_load(stay, version, in);
}

void cc_contact_save(const struct cc_contact *t, struct buf *out)
{
	rows_save(&t->rows, CC_STAY_VERSION, save_stay, out);
}

int cc_contact_load(struct cc_contact *t, struct cursor *in)
{
	return rows_load(&t->rows, CC_STAY_VERSION, load_stay, in);
}

/* ---- life ---- */

int cc_contact_new(struct cc_contact **out, const struct cc_contact_options *options,
                   const struct emit *emit)
{
	struct cc_contact *t;

	if (options->max_open < CC_CONTACT_OPEN_MIN || options->max_open > CC_CONTACT_OPEN_MAX) {
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return -ENOMEM;
	}
	t->pseudonym = options->pseudonym;
	t->source = options->source;
	t->max_age_us = options->max_age_us;
	t->trunks = options->trunks;
	t->key = pseudonym_table_key(options->pseudonym);
	t->emit = *emit;
	t->host = strdup(options->host);
	t->channels = calloc(CC_CONTACT_CHANNELS_MAX, sizeof(*t->channels));
	if (t->host == NULL || t->channels == NULL ||
	    rows_init(&t->rows, options->max_open, sizeof(struct cc_stay)) != 0) {
		cc_contact_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void cc_contact_free(struct cc_contact *t)
{
	if (t == NULL) {
		return;
	}
	rows_free(&t->rows);
	free(t->channels);
	free(t->host);
	free(t);
}

uint32_t cc_contact_open(const struct cc_contact *t)
{
	return t->rows.table.count;
}

const struct cc_contact_counters *cc_contact_counters(const struct cc_contact *t)
{
	return &t->counters;
}
