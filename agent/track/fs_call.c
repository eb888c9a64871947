/* Channels to calls; see fs_call.h. Owns the table. */
#include "agent/track/fs_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/call_rules.h"
#include "agent/track/labels.h"
#include "agent/track/rows.h"
#include "agent/track/state_fields.h"
#include "common/siphash.h"
#include "common/unconst.h"

#define STATE_VERSION 1
#define QUEUE_BYTES   80
#define CODEC_BYTES   32
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

/* Facts only grow: minima, maxima and sums, so that the order of channels leaves no trace. */
struct call {
	uint64_t key; /* 0: free */
	uint64_t contact;
	uint64_t customer;
	int64_t first_us; /* the channel that told the direction began */
	int64_t begin_us;
	int64_t end_us;
	int64_t queue_us; /* joined it then */
	int64_t at_us;    /* told as; 0: not told yet */
	uint32_t legs;
	uint32_t times_told;
	uint8_t direction; /* Cxm__Call__Direction; 0: not known */
	bool answered;     /* by an agent */
	bool dirty;
	char queue[QUEUE_BYTES];
	int64_t touched_us; /* not saved */
};

struct fs_call {
	const struct pseudonym *pseudonym;
	const char *trunks;
	char *host; /* owned */
	Cxm__Source source;
	struct siphash_key key;
	struct emit emit;
	struct rows rows;
	struct fs_call_counters counters;
};

/* ---- calls ---- */

static void tell(struct fs_call *t, struct call *c)
{
	Cxm__Call m = CXM__CALL__INIT;

	c->dirty = false;
	c->at_us = c->at_us != 0 ? c->at_us : c->begin_us;
	m.at_us = c->at_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = c->end_us + c->times_told; /* the same key again: the later one wins */
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	m.has_direction = c->direction != 0;
	m.direction = (Cxm__Call__Direction)c->direction;
	m.queue = c->queue[0] != '\0' ? c->queue : NULL;
	m.has_agent_answered = 1;
	m.agent_answered = c->answered;
	m.has_duration_ms = 1;
	m.duration_ms = emit_ms(c->begin_us, c->end_us);
	m.has_legs = 1;
	m.legs = c->legs;
	t->counters.calls++;
	t->counters.again += c->times_told > 0 ? 1 : 0;
	c->times_told++;
	emit_record(&t->emit, &m.base);
}

static void make_room(struct fs_call *t)
{
	struct call *oldest = rows_at(&t->rows, 0);

	for (uint32_t i = 1; i < t->rows.table.capacity; i++) {
		struct call *c = rows_at(&t->rows, i);

		oldest = c->touched_us < oldest->touched_us ? c : oldest;
	}
	if (oldest->dirty) {
		t->counters.evicted++;
		tell(t, oldest);
	}
	rows_remove(&t->rows, oldest);
}

struct slice fs_call_id(const struct fs_facts *f)
{
	static const enum fs_fact from[] = { FS_V_SESSION, FS_ORIGIN, FS_CALL_ID, FS_ID };

	for (size_t i = 0; i < COUNT(from); i++) {
		if (fs_has(f, from[i])) {
			return f->text[from[i]];
		}
	}
	return (struct slice){ NULL, 0 };
}

static struct call *call_of(struct fs_call *t, const struct fs_facts *f, int64_t now_us)
{
	struct slice id = fs_call_id(f);
	uint64_t key = siphash13(&t->key, id.at, id.len);
	struct call *c = key != 0 ? rows_find(&t->rows, key) : NULL;

	if (id.len == 0 || key == 0) {
		return NULL;
	}
	if (c == NULL) {
		if (table_full(&t->rows.table)) {
			make_room(t);
		}
		c = rows_add(&t->rows, key);
		c->contact = pseudonym_of(t->pseudonym, CXM_CONTACT, id);
	}
	c->touched_us = now_us;
	c->dirty = true;
	return c;
}

/* ---- channels ---- */

static int64_t time_of(const struct fs_facts *f, enum fs_fact us, enum fs_fact s)
{
	int64_t at_us = fs_us(f, us);

	return at_us != 0 ? at_us : fs_s_as_us(f, s);
}

/* A channel is inbound when its caller called us. */
static bool is_inbound(const struct fs_facts *f)
{
	return fs_is(f, FS_DIRECTION, SLICE("inbound"));
}

uint64_t fs_call_customer(const struct pseudonym *pseudonym, const char *trunks,
                          const struct fs_facts *f)
{
	struct slice number = f->text[is_inbound(f) ? FS_CALLER : FS_CALLED];

	if (!call_rules_match(trunks, f->text[FS_CHANNEL])) {
		return 0;
	}
	if (number.len == 0 && is_inbound(f)) {
		number = f->text[FS_FROM_USER];
	}
	return pseudonym_of(pseudonym, CXM_CUSTOMER, number);
}

/* What leads to a customer says which way the call goes; of several the first. */
static void take_direction(const struct fs_call *t, struct call *c, const struct fs_facts *f,
                           int64_t begin_us)
{
	if (!call_rules_match(t->trunks, f->text[FS_CHANNEL]) ||
	    (c->first_us != 0 && begin_us >= c->first_us)) {
		return;
	}
	c->first_us = begin_us;
	c->direction =
		is_inbound(f) ? CXM__CALL__DIRECTION__INBOUND : CXM__CALL__DIRECTION__OUTBOUND;
	c->customer = fs_call_customer(t->pseudonym, t->trunks, f);
}

static void take_queue(struct call *c, const struct fs_facts *f)
{
	int64_t joined_us = fs_s_as_us(f, FS_V_JOINED_S);

	if (fs_is(f, FS_V_SIDE, SLICE("agent")) || !fs_has(f, FS_V_QUEUE)) {
		return;
	}
	c->answered = c->answered || fs_s_as_us(f, FS_V_ANSWERED_S) != 0;
	if (joined_us >= c->queue_us) {
		c->queue_us = joined_us;
		(void)label_clean(f->text[FS_V_QUEUE], c->queue, sizeof(c->queue));
	}
}

/* ---- audio ---- */

static bool port_of(const struct fs_facts *f, enum fs_fact fact, uint32_t *out)
{
	return fs_u32(f, fact, out) && *out > 0 && *out <= UINT16_MAX;
}

/* do_mos in switch_rtp.c: the core's own reckoning from its jitter and losses, 1 to 4.5 */
static void take_mos(Cxm__MediaStream *m, const struct fs_facts *f)
{
	double mos;

	m->has_mos = slice_double(f->text[FS_RTP_MOS], false, &mos) == 0 && mos >= 1 && mos <= 5;
	m->mos = m->has_mos ? (float)mos : 0;
}

/* What came in. The SSRC is no variable, so it is 0; ports tell streams apart. Of what went out
 * only the peer knows how it arrived. */
static void tell_stream(struct fs_call *t, const struct fs_facts *f, const struct call *c,
                        int64_t begin_us, int64_t end_us)
{
	char codec[CODEC_BYTES];
	Cxm__MediaStream m = CXM__MEDIA_STREAM__INIT;
	uint64_t bytes;

	if (!fs_u32(f, FS_RTP_PACKETS, &m.packets) || m.packets == 0 ||
	    !port_of(f, FS_REMOTE_PORT, &m.src_port) || !port_of(f, FS_LOCAL_PORT, &m.dst_port)) {
		return;
	}
	m.at_us = begin_us;
	m.source = t->source;
	m.host = t->host;
	m.src_addr = pseudonym_of(t->pseudonym, CXM_ADDRESS, f->text[FS_REMOTE_IP]);
	m.dst_addr = pseudonym_of(t->pseudonym, CXM_ADDRESS, f->text[FS_LOCAL_IP]);
	m.has_seen_us = 1;
	m.seen_us = end_us;
	m.has_contact = 1;
	m.contact = c->contact;
	m.codec = label_clean(f->text[FS_RTP_CODEC], codec, sizeof(codec)) > 0 ? codec : NULL;
	m.has_packets = 1;
	m.has_size_bytes = slice_u64(f->text[FS_RTP_BYTES], INT64_MAX, &bytes) == 0;
	m.size_bytes = m.has_size_bytes ? bytes : 0;
	take_mos(&m, f);
	m.has_measured_by = 1;
	m.measured_by = CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT;
	m.has_signalled = 1;
	m.signalled = 1;
	t->counters.streams++;
	emit_record(&t->emit, &m.base);
}

/* What joins the channel to its packets. */
static void tell_leg(struct fs_call *t, const struct fs_facts *f, const struct call *c,
                     int64_t begin_us, int64_t end_us)
{
	Cxm__CallLeg m = CXM__CALL_LEG__INIT;
	char queue[QUEUE_BYTES];

	m.dialog = pseudonym_of(t->pseudonym, CXM_CONTACT, f->text[FS_SIP_CALL_ID]);
	if (m.dialog == 0) {
		return;
	}
	m.at_us = begin_us;
	m.source = t->source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = end_us;
	m.queue = label_clean(f->text[FS_V_QUEUE], queue, sizeof(queue)) > 0 ? queue : NULL;
	t->counters.dialogs++;
	emit_record(&t->emit, &m.base);
}

void fs_call_leg(struct fs_call *t, const struct fs_facts *f, int64_t now_us)
{
	int64_t begin_us = time_of(f, FS_CREATED_US, FS_CREATED_S);
	int64_t end_us = time_of(f, FS_HANGUP_US, FS_HANGUP_S);
	struct call *c;

	if (begin_us == 0 || end_us < begin_us) {
		t->counters.untimed++;
		return;
	}
	c = call_of(t, f, now_us);
	if (c == NULL) {
		t->counters.untimed++;
		return;
	}
	c->begin_us = c->begin_us == 0 || begin_us < c->begin_us ? begin_us : c->begin_us;
	c->end_us = end_us > c->end_us ? end_us : c->end_us;
	c->legs++;
	take_direction(t, c, f, begin_us);
	take_queue(c, f);
	tell_stream(t, f, c, begin_us, end_us);
	tell_leg(t, f, c, begin_us, end_us);
}

/* ---- time ---- */

void fs_call_tick(struct fs_call *t, int64_t now_us)
{
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct call *c = rows_at(&t->rows, i);

		if (c->key == 0) {
			continue;
		}
		c->touched_us = c->touched_us != 0 ? c->touched_us : now_us; /* loaded */
		if (c->dirty && now_us - c->touched_us >= FS_CALL_SETTLE_US) {
			tell(t, c);
		} else if (!c->dirty && now_us - c->touched_us >= FS_CALL_KEEP_US) {
			rows_remove(&t->rows, c);
		}
	}
}

void fs_call_finish(struct fs_call *t)
{
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct call *c = rows_at(&t->rows, i);

		if (c->key != 0 && c->dirty) {
			tell(t, c);
		}
	}
}

/* ---- state: u8 version, varint calls, each: its fields ---- */

#define AT(member) offsetof(struct call, member)

static const struct state_field fields[] = {
	{ STATE_HASH, AT(key), 0 },
	{ STATE_HASH, AT(contact), 0 },
	{ STATE_HASH, AT(customer), 0 },
	{ STATE_TIME, AT(first_us), 0 },
	{ STATE_TIME, AT(begin_us), 0 },
	{ STATE_TIME, AT(end_us), 0 },
	{ STATE_TIME, AT(queue_us), 0 },
	{ STATE_TIME, AT(at_us), 0 },
	{ STATE_U32, AT(legs), 0 },
	{ STATE_U32, AT(times_told), 0 },
	{ STATE_U8, AT(direction), CXM__CALL__DIRECTION__INTERNAL },
	{ STATE_BOOL, AT(answered), 0 },
	{ STATE_BOOL, AT(dirty), 0 },
	{ STATE_TEXT, AT(queue), QUEUE_BYTES },
};

static void save_call(const void *call, struct buf *out)
{
	state_save(fields, COUNT(fields), call, out);
}

static void load_call(void *call, unsigned version, struct cursor *in)
{
	(void)version;
	state_load(fields, COUNT(fields), call, in);
}

void fs_call_save(const struct fs_call *t, struct buf *out)
{
	rows_save(&t->rows, STATE_VERSION, save_call, out);
}

int fs_call_load(struct fs_call *t, struct cursor *in)
{
	return rows_load(&t->rows, STATE_VERSION, load_call, in);
}

/* ---- life ---- */

int fs_call_new(struct fs_call **out, const struct fs_call_options *options,
                const struct emit *emit)
{
	struct fs_call *t;

	if (options->max_calls < FS_CALL_OPEN_MIN || options->max_calls > FS_CALL_OPEN_MAX) {
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return -ENOMEM;
	}
	t->pseudonym = options->pseudonym;
	t->trunks = options->trunks;
	t->source = options->source;
	t->key = pseudonym_table_key(options->pseudonym);
	t->emit = *emit;
	t->host = strdup(options->host);
	if (t->host == NULL || rows_init(&t->rows, options->max_calls, sizeof(struct call)) != 0) {
		fs_call_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void fs_call_free(struct fs_call *t)
{
	if (t == NULL) {
		return;
	}
	rows_free(&t->rows);
	free(t->host);
	free(t);
}

const struct fs_call_counters *fs_call_counters(const struct fs_call *t)
{
	return &t->counters;
}
