/*
 * Streams and endpoints in two tables; see the header.
 *
 * A stream looks for its destination's endpoint first, because the receiver says what the payload
 * types it wants mean, then for its source's. Not found, it looks again whenever something was
 * announced and when it ends: early media overtakes SDP.
 *
 * Of a stream that is not followed a packet costs the search for its place and one byte there: that
 * it was heard. Once a second it is looked at whether it fell silent, or was announced for a call
 * that is followed.
 */
#include "agent/track/media.h"

#include <stdlib.h>
#include <string.h>

#include "agent/decode/rtp.h"
#include "agent/track/endpoint.h"
#include "agent/track/media_stream.h"
#include "agent/track/sampling.h"
#include "common/table.h"

#define EVICT_TRIES     64     /* candidates looked at when a table is full */
#define PROOF_STEP_MAX  16     /* numbers a packet may be ahead of the one before it */
#define PROOF_TICKS_MAX 480000 /* and its timestamp: 10 s at 48 kHz */
#define CACHE_LINE      64

TAILQ_HEAD(stream_list, stream);

enum mark { MARK_FOLLOWED, MARK_LEFT_OUT, MARK_HEARD /* left out, and there in this second */ };

struct media {
	struct media_options options;
	struct table table;
	struct stream *streams;     /* owned; by slot */
	struct stream_list known;   /* announced, by age */
	struct stream_list guesses; /* not announced */
	struct stream_list left_out;
	uint8_t *marks;  /* owned; by slot: enum mark */
	uint32_t *order; /* owned; for sorting at the end */
	struct endpoints endpoints;
	struct quality *quality; /* owned */
	struct media_counters counters;
};

/* ---- keys ---- */

/* Never 0, which says "no RTP" outside. */
static inline uint64_t flow_key(const struct media *m, const struct flow *f)
{
	const struct siphash_key *key = &m->options.observer->key;
	uint64_t ends = (uint64_t)f->src_port << 48 | (uint64_t)f->dst_port << 32 | f->ssrc;
	uint64_t hash;

	if (net_addr_is_v4(f->src) && net_addr_is_v4(f->dst)) {
		uint64_t words[2] = { f->src.low << 32 | (uint32_t)f->dst.low, ends };

		hash = siphash13_words(key, words, 2);
	} else {
		uint64_t words[5] = { f->src.high, f->src.low, f->dst.high, f->dst.low, ends };

		hash = siphash13_words(key, words, 5);
	}
	return hash | (hash == 0);
}

static inline struct flow flow_of(const struct packet *p, uint32_t ssrc)
{
	return (struct flow){ p->src, p->dst, p->src_port, p->dst_port, ssrc };
}

struct stream *media_find_stream(struct media *m, const struct flow *f)
{
	uint32_t slot = table_find(&m->table, flow_key(m, f));

	return slot != TABLE_NONE && m->marks[slot] == MARK_FOLLOWED ? &m->streams[slot] : NULL;
}

/* ---- streams ---- */

/* What a payload type means: by what the receiver wants, else by what the sender wants itself, else
 * by RFC 3551's list. */
static struct rtp_type type_of(const struct media *m, const struct flow *f, uint8_t payload_type)
{
	const struct endpoint *dst = endpoints_find(&m->endpoints, f->dst, f->dst_port);
	const struct endpoint *src = endpoints_find(&m->endpoints, f->src, f->src_port);
	struct rtp_type type;

	if ((dst != NULL && endpoint_type(dst, payload_type, &type)) ||
	    (src != NULL && endpoint_type(src, payload_type, &type))) {
		return type;
	}
	return endpoint_static_type(payload_type);
}

/* An endpoint that was announced before the stream's last packet; a later one belongs to another
 * call on the same port. */
static const struct endpoint *find_end(const struct media *m, const struct stream *s,
                                       struct net_addr addr, uint16_t port)
{
	const struct endpoint *e = endpoints_find(&m->endpoints, addr, port);

	return e != NULL && e->at_ns <= s->last_ns ? e : NULL;
}

static bool look_up(const struct media *m, struct stream *s)
{
	const struct endpoint *e = find_end(m, s, s->flow.dst, s->flow.dst_port);

	s->looked = m->endpoints.announcements;
	if (e == NULL) {
		e = find_end(m, s, s->flow.src, s->flow.src_port);
	}
	if (e == NULL) {
		return false;
	}
	s->signalled = true;
	s->settled = true;
	s->contact = e->owner.contact;
	s->encrypted = e->encrypted;
	s->recording = e->owner.recording;
	s->left_out = e->owner.left_out;
	s->sampled_ppm = e->owner.sampled_ppm;
	s->ptime_ms = e->ptime_ms;
	return true;
}

/* Announced at last: what its payload types mean is known from here on. */
static void adopt(struct media *m, struct stream *s)
{
	uint8_t in_use = s->rtp.types[s->rtp.type].payload_type;
	struct rtp_type type;

	for (uint8_t i = 0; i < s->rtp.n_types; i++) {
		type = type_of(m, &s->flow, s->rtp.types[i].payload_type);
		rtp_stream_use_type(&s->rtp, &type);
	}
	rtp_stream_use_type(&s->rtp, rtp_stream_type(&s->rtp, in_use));
	TAILQ_REMOVE(&m->guesses, s, link);
	TAILQ_INSERT_TAIL(&m->known, s, link);
}

/* Does this packet go on from the one before, as speech or pictures do? */
static void prove(struct stream *s, const struct rtp_header *h)
{
	uint16_t step = (uint16_t)(h->sequence - s->rtp.high);
	uint32_t ticks = h->timestamp - s->rtp.last_ts;

	if (step == 0 || step > PROOF_STEP_MAX || ticks > PROOF_TICKS_MAX) {
		s->proof = 1;
		s->moved = false;
		return;
	}
	s->moved = s->moved || ticks > 0;
	s->proof += s->proof < MEDIA_PROOF_PACKETS;
	s->proven = s->proof >= MEDIA_PROOF_PACKETS && s->moved;
}

/* Of a call that is not followed: forget all but that it is there. */
static void leave_out(struct media *m, struct stream *s)
{
	m->marks[s - m->streams] = MARK_HEARD;
	m->counters.left_out++;
	TAILQ_INSERT_TAIL(&m->left_out, s, link);
}

/* False: it turned out not to be followed. */
static bool settle(struct media *m, struct stream *s, const struct rtp_header *h)
{
	if (s->looked != m->endpoints.announcements && look_up(m, s)) {
		if (s->left_out) {
			TAILQ_REMOVE(&m->guesses, s, link);
			leave_out(m, s);
			return false;
		}
		adopt(m, s);
	}
	if (!s->proven) {
		prove(s, h);
	}
	return true;
}

static void forget_left_out(struct media *m, struct stream *s)
{
	TAILQ_REMOVE(&m->left_out, s, link);
	(void)table_remove(&m->table, s->key);
}

/* Report a stream if it was one, and free its place. */
static void end_stream(struct media *m, struct stream *s)
{
	if (!s->signalled && s->looked != m->endpoints.announcements && look_up(m, s)) {
		adopt(m, s);
	}
	if (s->left_out) {
		m->counters.left_out++;
	} else if (s->recording) {
		m->counters.recordings++;
	} else if (s->signalled || s->proven) {
		media_record(s, m->options.observer);
		m->counters.reported++;
		m->counters.signalled += s->signalled;
	} else {
		m->counters.unproven++;
	}
	TAILQ_REMOVE(s->signalled ? &m->known : &m->guesses, s, link);
	(void)table_remove(&m->table, s->key);
}

/* Which of two gives way first: what is no stream yet, then what is silent longer. */
static bool staler(const struct stream *a, const struct stream *b)
{
	return a->proven != b->proven ? b->proven : a->last_ns < b->last_ns;
}

/* The stalest among the oldest of a list; those looked at go behind the others. */
static struct stream *stalest(struct stream_list *list)
{
	struct stream *first = NULL;
	struct stream *found = NULL;

	for (int i = 0; i < EVICT_TRIES; i++) {
		struct stream *s = TAILQ_FIRST(list);

		if (s == NULL || s == first) {
			break;
		}
		first = first != NULL ? first : s;
		found = found == NULL || staler(s, found) ? s : found;
		TAILQ_REMOVE(list, s, link);
		TAILQ_INSERT_TAIL(list, s, link);
	}
	return found;
}

/* Make room: what is not followed gives way first, then a guess; an announced stream only to
 * another announced one. */
static bool evict_stream(struct media *m, bool for_announced)
{
	struct stream *s = stalest(&m->left_out);

	if (s != NULL) {
		forget_left_out(m, s);
		return true;
	}
	s = stalest(&m->guesses);
	if (s == NULL && for_announced) {
		s = stalest(&m->known);
	}
	if (s == NULL) {
		return false;
	}
	m->counters.evicted += s->signalled || s->proven;
	end_stream(m, s);
	return true;
}

/* Could a packet that nobody announced be the first of a stream? Payload types 35 to 95 are
 * unassigned (RFC 3551 table 5), and the contributing sources must fit. */
static bool plausible(const struct packet *p, const struct rtp_header *h)
{
	size_t sources_bytes = (size_t)(p->payload.at[0] & 0x0f) * 4;

	return (h->payload_type < 35 || h->payload_type > 95) &&
	       p->payload_bytes > RTP_HEADER_BYTES + sources_bytes;
}

/* A stream whose call is not known, or not yet. */
static void decide(const struct media *m, struct stream *s, const struct packet *p)
{
	const struct observer *o = m->options.observer;

	s->sampled_ppm = sampling_share(o->sampling);
	s->left_out =
		s->sampled_ppm != 0 && !sampling_takes(o->sampling, sampling_flow(&o->key, p));
}

static bool new_stream(struct media *m, const struct packet *p, const struct rtp_header *h,
                       uint64_t key)
{
	struct flow f = flow_of(p, h->ssrc);
	struct stream found = {
		.last_ns = p->at_ns,
		.proof = 1,
		.flow = f,
		.key = key,
		.first_ns = p->at_ns,
	};
	bool announced = look_up(m, &found);
	struct rtp_type type;
	struct stream *s;

	if (!announced && !plausible(p, h)) {
		return false;
	}
	if (!announced) {
		decide(m, &found, p);
	}
	if (table_full(&m->table) && (found.left_out || !evict_stream(m, announced))) {
		m->counters.refused += !found.left_out;
		return true;
	}
	s = &m->streams[table_insert(&m->table, key)];
	*s = found;
	if (s->left_out) {
		leave_out(m, s);
		return true;
	}
	m->marks[s - m->streams] = MARK_FOLLOWED;
	type = type_of(m, &f, h->payload_type);
	rtp_stream_init(&s->rtp, &type, h, p->at_ns, p->payload_bytes);
	TAILQ_INSERT_TAIL(announced ? &m->known : &m->guesses, s, link);
	m->counters.streams++;
	return true;
}

uint64_t media_key(const struct media *m, const struct packet *p)
{
	struct rtp_header h;
	struct flow f;

	if (!rtp_decode(p->payload, &h)) {
		return 0;
	}
	f = flow_of(p, h.ssrc);
	return flow_key(m, &f);
}

void media_prefetch_place(const struct media *m, uint64_t key)
{
	__builtin_prefetch(&m->table.cells[key & m->table.mask]);
}

void media_prefetch_stream(const struct media *m, uint64_t key)
{
	uint32_t slot = table_find(&m->table, key);

	if (slot != TABLE_NONE && m->marks[slot] == MARK_FOLLOWED) {
		const uint8_t *s = (const uint8_t *)&m->streams[slot];

		__builtin_prefetch(s, 1);
		__builtin_prefetch(s + CACHE_LINE, 1);
		__builtin_prefetch(s + CACHE_LINE * (size_t)2, 1);
	}
}

bool media_rtp(struct media *m, const struct packet *p, uint64_t key)
{
	uint32_t slot = table_find(&m->table, key);
	struct rtp_header h;
	struct stream *s;

	if (slot != TABLE_NONE && m->marks[slot] != MARK_FOLLOWED) {
		m->marks[slot] = MARK_HEARD;
		return true;
	}
	if (!rtp_decode(p->payload, &h)) {
		return false;
	}
	if (slot == TABLE_NONE) {
		return new_stream(m, p, &h, key);
	}
	s = &m->streams[slot];
	s->last_ns = p->at_ns;
	if (!s->settled && !settle(m, s, &h)) {
		return true;
	}
	if (!rtp_stream_uses(&s->rtp, h.payload_type)) {
		struct rtp_type type = type_of(m, &s->flow, h.payload_type);

		rtp_stream_use_type(&s->rtp, &type);
	}
	rtp_stream_packet(&s->rtp, &h, p->at_ns, p->payload_bytes);
	return true;
}

void media_rtcp(struct media *m, const struct packet *p)
{
	m->counters.rtcp++;
	m->counters.rtcp_bad += !media_rtcp_read(m, p);
}

/* ---- life ---- */

static void end_idle(struct media *m, struct stream_list *list, int64_t now_ns)
{
	struct stream *next;

	for (struct stream *s = TAILQ_FIRST(list); s != NULL; s = next) {
		next = TAILQ_NEXT(s, link);
		if (now_ns - s->last_ns >= m->options.idle_ns) {
			end_stream(m, s);
		}
	}
}

/* What is announced for a call that is followed begins with its next packet. */
static void tick_left_out(struct media *m, int64_t now_ns)
{
	struct stream *next;

	for (struct stream *s = TAILQ_FIRST(&m->left_out); s != NULL; s = next) {
		uint8_t *mark = &m->marks[s - m->streams];

		next = TAILQ_NEXT(s, link);
		if (*mark == MARK_HEARD) {
			s->last_ns = now_ns;
			*mark = MARK_LEFT_OUT;
		}
		if (!s->settled && s->looked != m->endpoints.announcements) {
			(void)look_up(m, s);
		}
		if (!s->left_out || now_ns - s->last_ns >= m->options.idle_ns) {
			forget_left_out(m, s);
		}
	}
}

void media_tick(struct media *m, int64_t now_ns)
{
	tick_left_out(m, now_ns);
	end_idle(m, &m->known, now_ns);
	end_idle(m, &m->guesses, now_ns);
	quality_tick(m->quality, now_ns);
}

static int by_first_packet(const void *a, const void *b, void *arg)
{
	const struct media *m = arg;
	const struct stream *x = &m->streams[*(const uint32_t *)a];
	const struct stream *y = &m->streams[*(const uint32_t *)b];

	if (x->first_ns != y->first_ns) {
		return x->first_ns < y->first_ns ? -1 : 1;
	}
	return (x->flow.ssrc > y->flow.ssrc) - (x->flow.ssrc < y->flow.ssrc);
}

void media_finish(struct media *m)
{
	struct stream_list *lists[] = { &m->known, &m->guesses };
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct stream *s;

		TAILQ_FOREACH (s, lists[i], link) {
			m->order[n++] = (uint32_t)(s - m->streams);
		}
	}
	qsort_r(m->order, n, sizeof(m->order[0]), by_first_packet, m);
	for (size_t i = 0; i < n; i++) {
		end_stream(m, &m->streams[m->order[i]]);
	}
	while (!TAILQ_EMPTY(&m->left_out)) {
		forget_left_out(m, TAILQ_FIRST(&m->left_out));
	}
	quality_finish(m->quality);
}

struct media *media_new(const struct media_options *options)
{
	struct media *m = calloc(1, sizeof(*m));
	uint32_t n = options->max_streams;

	if (m == NULL || table_init(&m->table, n) != 0 ||
	    endpoints_init(&m->endpoints, options->max_endpoints) != 0) {
		media_free(m);
		return NULL;
	}
	m->options = *options;
	m->endpoints.key = options->observer->key;
	m->endpoints.dialog_active = options->dialog_active;
	m->endpoints.arg = options->arg;
	TAILQ_INIT(&m->known);
	TAILQ_INIT(&m->guesses);
	TAILQ_INIT(&m->left_out);
	m->marks = calloc(n, sizeof(m->marks[0]));
	m->streams = aligned_alloc(_Alignof(struct stream), n * sizeof(struct stream));
	m->order = malloc(n * sizeof(m->order[0]));
	m->quality = quality_new(options->observer, n < QUALITY_MAX ? n : QUALITY_MAX);
	if (m->streams == NULL || m->marks == NULL || m->order == NULL || m->quality == NULL) {
		media_free(m);
		return NULL;
	}
	return m;
}

void media_free(struct media *m)
{
	if (m == NULL) {
		return;
	}
	table_free(&m->table);
	endpoints_deinit(&m->endpoints);
	quality_free(m->quality);
	free(m->streams);
	free(m->marks);
	free(m->order);
	free(m);
}

void media_announce(struct media *m, const struct sdp *sdp, const struct endpoint_owner *owner,
                    int64_t at_ns)
{
	endpoints_announce(&m->endpoints, sdp, owner, at_ns);
}

void media_quality(struct media *m, const struct vq_report *r, int64_t at_ns)
{
	quality_session(m->quality, r, at_ns);
}

const struct endpoint *media_find_endpoint(const struct media *m, struct net_addr addr,
                                           uint16_t port)
{
	return endpoints_find(&m->endpoints, addr, port);
}

bool media_is_own_report(const struct media *m, const struct packet *p)
{
	const struct media_options *o = &m->options;

	return net_addr_among(o->local, o->n_local, p->src) &&
	       !net_addr_among(o->local, o->n_local, p->dst);
}

struct quality *media_reports(struct media *m)
{
	return m->quality;
}

uint32_t media_open_streams(const struct media *m)
{
	return m->table.count;
}

void media_counters(const struct media *m, struct media_counters *out)
{
	struct quality_counters quality;

	quality_counters(m->quality, &quality);
	*out = m->counters;
	out->quality_reports = quality.reports;
	out->quality_evicted = quality.evicted;
	out->senders_evicted = quality.senders_evicted;
	out->endpoints = m->endpoints.announced;
	out->endpoints_evicted = m->endpoints.evicted;
	out->formats_left_out = m->endpoints.formats_left_out;
}
