/* Endpoints' reports in a table; see the header. */
#include "agent/track/quality.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "agent/track/codec.h"
#include "agent/track/sampling.h"
#include "agent/track/sent_reports.h"
#include "common/table.h"
#include "common/when.h"

#define NOT_GIVEN 127 /* RFC 3611 4.7.5 */

/* RFC 3550 A.1: numbers that jump further back are those of a stream that began anew. */
#define RESTART_SEQUENCE 3000

/* As with reports on the wire (media_rtcp.c): longer is a broken clock, not a network. */
#define JITTER_MAX_US UINT64_C(10000000)

/* A phone's clock that is as right as this one agrees to so much. */
#define CLOCK_APART_US INT64_C(60000000)

struct stream {
	TAILQ_ENTRY(stream) link; /* by last report */
	struct quality_who who;
	uint64_t key;
	uint32_t ssrc;
	int64_t first_ns;
	int64_t last_ns;
	bool has_block;
	bool has_voip;
	bool has_jitter;
	bool has_round_trip;
	int32_t lost_24;  /* of the last block */
	int64_t lost;     /* added up */
	int64_t expected; /* between blocks */
	int64_t lost_between;
	uint32_t highest;
	uint32_t jitter_us;
	uint32_t jitter_max_us;
	int64_t round_trip_ns; /* smallest seen */
	struct rtcp_voip voip;
};

TAILQ_HEAD(stream_list, stream);

struct quality {
	struct observer *observer; /* borrowed */
	struct table table;
	struct stream *items; /* owned; by slot */
	struct stream_list list;
	uint32_t capacity;
	struct sent_reports sent; /* no items until the first is told */
	struct quality_counters counters;
};

/* ---- records ---- */

static void fill_who(const struct quality_who *who, struct observer *o, Cxm__MediaStream *r)
{
	r->source = o->source;
	r->host = observer_text(o->host);
	r->src_addr = observer_address(o, who->src);
	r->src_port = who->src_port;
	r->dst_addr = observer_address(o, who->dst);
	r->dst_port = who->dst_port;
	r->has_contact = who->contact != 0;
	r->contact = who->contact;
	r->has_measured_by = 1;
	r->measured_by = CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT;
	r->has_signalled = 1;
	r->signalled = who->signalled;
	r->has_sampled_ppm = who->sampled_ppm != 0;
	r->sampled_ppm = who->sampled_ppm;
}

static void fill_blocks(const struct stream *s, Cxm__MediaStream *r)
{
	r->has_remote_lost = s->has_block;
	r->remote_lost = s->lost < 0 ? 0 : s->lost > UINT32_MAX ? UINT32_MAX : (uint32_t)s->lost;
	r->has_remote_jitter_us = r->has_jitter_max_us = s->has_jitter;
	r->remote_jitter_us = s->jitter_us;
	r->jitter_max_us = s->jitter_max_us;
	r->has_rtt_us = s->has_round_trip;
	r->rtt_us = (uint32_t)(s->round_trip_ns / 1000);
	r->has_loss_ratio = s->expected > 0;
	if (s->expected > 0) {
		double ratio = (double)s->lost_between / (double)s->expected;

		r->loss_ratio = (float)(ratio < 0 ? 0 : ratio > 1 ? 1 : ratio);
	}
}

/* MOS in tenths, 1.0 to 5.0 (RFC 3611 4.7.5); what is outside was not measured. */
static bool mos_given(uint8_t tenths)
{
	return tenths >= 10 && tenths <= 50;
}

static void fill_voip(const struct rtcp_voip *v, Cxm__MediaStream *r)
{
	r->has_loss_ratio = r->has_discard_ratio = 1;
	r->loss_ratio = (float)v->loss_rate / 256;
	r->discard_ratio = (float)v->discard_rate / 256;
	if (v->round_trip_ms > 0) { /* 0 says "not known" (RFC 3611 4.7.3) */
		r->has_rtt_us = 1;
		r->rtt_us = v->round_trip_ms * UINT32_C(1000);
	}
	r->has_r = v->r_factor <= 100;
	r->r = v->r_factor;
	r->has_mos = mos_given(v->mos_cq);
	r->mos = (float)v->mos_cq / 10;
	r->has_mos_lq = mos_given(v->mos_lq);
	r->mos_lq = (float)v->mos_lq / 10;
}

static void report(struct quality *q, const struct stream *s)
{
	Cxm__MediaStream r = CXM__MEDIA_STREAM__INIT;

	r.at_us = observer_us(s->first_ns);
	r.ssrc = s->ssrc;
	r.has_seen_us = 1;
	r.seen_us = observer_us(s->last_ns);
	r.has_duration_ms = 1;
	r.duration_ms = observer_ms(s->first_ns, s->last_ns);
	fill_who(&s->who, q->observer, &r);
	fill_blocks(s, &r);
	if (s->has_voip) {
		fill_voip(&s->voip, &r);
	}
	q->counters.records++;
	emit_record(&q->observer->emit, &r.base);
}

/* ---- table ---- */

static uint64_t key_of(const struct quality *q, const struct quality_who *who, uint32_t ssrc)
{
	uint64_t words[6] = { who->src.high,
		              who->src.low,
		              who->dst.high,
		              who->dst.low,
		              (uint64_t)who->src_port << 16 | who->dst_port,
		              ssrc };

	return siphash13_words(&q->observer->key, words, 6);
}

static void end_stream(struct quality *q, struct stream *s)
{
	report(q, s);
	TAILQ_REMOVE(&q->list, s, link);
	(void)table_remove(&q->table, s->key);
}

static struct stream *take(struct quality *q, const struct quality_who *who, uint32_t ssrc,
                           int64_t at_ns)
{
	uint64_t key = key_of(q, who, ssrc);
	uint32_t slot = table_find(&q->table, key);
	struct stream *s;

	q->counters.reports++;
	if (slot != TABLE_NONE) {
		s = &q->items[slot];
		TAILQ_REMOVE(&q->list, s, link);
	} else {
		if (table_full(&q->table)) {
			q->counters.evicted++;
			end_stream(q, TAILQ_FIRST(&q->list));
		}
		s = &q->items[table_insert(&q->table, key)];
		*s = (struct stream){ .key = key, .ssrc = ssrc, .first_ns = at_ns };
	}
	s->who = *who;
	s->last_ns = at_ns > s->last_ns ? at_ns : s->last_ns;
	TAILQ_INSERT_TAIL(&q->list, s, link);
	return s;
}

/* ---- report blocks ---- */

/* What a number of 24 bits has moved by, the short way round. */
static int32_t step_24(int32_t from, int32_t to)
{
	uint32_t step = ((uint32_t)to - (uint32_t)from) & 0xffffff;

	return (int32_t)(step ^ UINT32_C(0x800000)) - 0x800000;
}

static void take_jitter(struct stream *s, uint32_t units)
{
	uint64_t us;

	if (s->who.clock_hz == 0) {
		return;
	}
	us = (uint64_t)units * 1000000 / s->who.clock_hz;
	if (us >= JITTER_MAX_US) {
		return;
	}
	s->has_jitter = true;
	s->jitter_us = (uint32_t)us;
	s->jitter_max_us = s->jitter_us > s->jitter_max_us ? s->jitter_us : s->jitter_max_us;
}

/* From the mirror to who reports and back, as it saw both the sender report and the answer. */
static void take_round_trip(struct quality *q, struct stream *s, const struct rtcp_block *b,
                            int64_t at_ns)
{
	int64_t ns;

	if (q->sent.items == NULL || !s->who.timed ||
	    !sent_reports_answer(&q->sent, b, s->who.mirror, at_ns, &ns) ||
	    (s->has_round_trip && ns >= s->round_trip_ns)) {
		return;
	}
	s->has_round_trip = true;
	s->round_trip_ns = ns;
}

/* FreeSWITCH and heplify write a block also where nothing has come in: one of zeros. */
static bool about_nobody(const struct rtcp_block *b)
{
	return b->ssrc == 0 && b->highest_sequence == 0;
}

void quality_block(struct quality *q, const struct quality_who *who, const struct rtcp_block *b,
                   int64_t at_ns)
{
	struct stream *s;
	int32_t ahead;

	if (who->left_out || about_nobody(b)) {
		return;
	}
	s = take(q, who, b->ssrc, at_ns);
	take_round_trip(q, s, b, at_ns);
	ahead = (int32_t)(b->highest_sequence - s->highest);
	take_jitter(s, b->jitter);
	if (!s->has_block) {
		s->lost = b->cumulative_lost;
	} else if (ahead < -RESTART_SEQUENCE) {
		q->counters.restarts++;
		s->lost += b->cumulative_lost;
	} else if (ahead < 0) {
		return; /* overtaken by a later one */
	} else {
		int32_t lost = step_24(s->lost_24, b->cumulative_lost);

		s->lost += lost;
		s->lost_between += lost;
		s->expected += ahead;
	}
	s->has_block = true;
	s->lost_24 = b->cumulative_lost;
	s->highest = b->highest_sequence;
}

void quality_sender(struct quality *q, const struct rtcp_sender *s, uint32_t mirror, int64_t at_ns)
{
	if (q->sent.items == NULL &&
	    sent_reports_init(&q->sent, &q->observer->key, q->capacity) != 0) {
		sent_reports_deinit(&q->sent);
		return;
	}
	sent_reports_add(&q->sent, s, mirror, at_ns);
}

void quality_voip(struct quality *q, const struct quality_who *who, const struct rtcp_voip *v,
                  int64_t at_ns)
{
	struct stream *s;

	if (who->left_out) {
		return;
	}
	s = take(q, who, v->ssrc, at_ns);
	s->has_voip = true; /* each speaks of the whole call so far (RFC 3611 4.7) */
	s->voip = *v;
}

/* ---- session reports ---- */

static void fill_session(const struct vq_report *v, Cxm__MediaStream *r)
{
	r->has_loss_ratio = v->loss_percent >= 0;
	r->loss_ratio = (float)v->loss_percent / 10000;
	r->has_discard_ratio = v->discard_percent >= 0;
	r->discard_ratio = (float)v->discard_percent / 10000;
	r->has_r = v->r_cq >= 0 || v->r_lq >= 0;
	r->r = (float)(v->r_cq >= 0 ? v->r_cq : v->r_lq) / 100;
	r->has_mos = v->mos_cq >= 100;
	r->mos = (float)v->mos_cq / 100;
	r->has_mos_lq = v->mos_lq >= 100;
	r->mos_lq = (float)v->mos_lq / 100;
	r->has_rtt_us = v->round_trip_ms > 0;
	r->rtt_us = (uint32_t)v->round_trip_ms * 1000;
	r->has_remote_jitter_us = v->jitter_ms >= 0;
	r->remote_jitter_us = (uint32_t)v->jitter_ms * 1000;
}

/* The length is right by any clock that runs. The time itself is the phone's where that agrees with
 * ours: then a report that comes again, after a challenge say, is the same row. */
static void fill_session_time(const struct vq_report *v, int64_t at_us, Cxm__MediaStream *r)
{
	int64_t start_us;
	int64_t stop_us;

	r->at_us = at_us;
	if (when_parse(v->start, &start_us) != 0 || when_parse(v->stop, &stop_us) != 0 ||
	    stop_us < start_us) {
		return;
	}
	r->has_duration_ms = 1;
	r->duration_ms = emit_ms(start_us, stop_us);
	if (stop_us <= at_us + CLOCK_APART_US && stop_us >= at_us - CLOCK_APART_US) {
		r->at_us = start_us;
	}
}

void quality_session(struct quality *q, const struct vq_report *v, int64_t at_ns)
{
	struct quality_who who = {
		.src = v->remote,
		.dst = v->local,
		.src_port = v->remote_port,
		.dst_port = v->local_port,
		.sampled_ppm = sampling_share(q->observer->sampling),
		.signalled = true,
	};
	Cxm__MediaStream r = CXM__MEDIA_STREAM__INIT;

	q->counters.reports++;
	if (!v->final || /* the last one says it all */
	    !sampling_takes(q->observer->sampling,
	                    siphash13(&q->observer->key, v->call_id.at, v->call_id.len))) {
		return;
	}
	fill_session_time(v, observer_us(at_ns), &r);
	who.contact = pseudonym_of(q->observer->pseudonym, CXM_CONTACT, v->call_id);
	r.ssrc = v->ssrc;
	r.has_seen_us = 1;
	r.seen_us = observer_us(at_ns);
	r.codec = v->codec.len > 0 ? observer_text(codec_of(codec_id(v->codec))->name) : NULL;
	fill_who(&who, q->observer, &r);
	fill_session(v, &r);
	q->counters.records++;
	emit_record(&q->observer->emit, &r.base);
}

/* ---- life ---- */

void quality_tick(struct quality *q, int64_t now_ns)
{
	struct stream *s;

	while ((s = TAILQ_FIRST(&q->list)) != NULL && now_ns - s->last_ns >= QUALITY_IDLE_NS) {
		end_stream(q, s);
	}
	if (q->sent.items != NULL) {
		sent_reports_forget(&q->sent, now_ns - QUALITY_IDLE_NS);
	}
}

void quality_finish(struct quality *q)
{
	struct stream *s;

	while ((s = TAILQ_FIRST(&q->list)) != NULL) {
		end_stream(q, s);
	}
}

void quality_counters(const struct quality *q, struct quality_counters *out)
{
	*out = q->counters;
	out->senders_evicted = q->sent.evicted;
}

struct quality *quality_new(struct observer *observer, uint32_t capacity)
{
	struct quality *q = calloc(1, sizeof(*q));

	if (q == NULL || table_init(&q->table, capacity) != 0) {
		quality_free(q);
		return NULL;
	}
	q->observer = observer;
	q->capacity = capacity;
	TAILQ_INIT(&q->list);
	q->items = malloc(capacity * sizeof(*q->items));
	if (q->items == NULL) {
		quality_free(q);
		return NULL;
	}
	return q;
}

void quality_free(struct quality *q)
{
	if (q == NULL) {
		return;
	}
	table_free(&q->table);
	sent_reports_deinit(&q->sent);
	free(q->items);
	free(q);
}
