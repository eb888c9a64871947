#include "agent/track/ami_media.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/track/ami_slots.h"
#include "agent/track/rtp_clock.h"
#include "proto/evidence.pb-c.h"

#define US_PER_S      1000000.0
#define RTT_MAX_S     60.0
#define JITTER_MAX_US 10000000.0 /* as with reports on the wire (quality.c) */
#define LOSS_BITS     (UINT32_C(1) << 24)
#define FIELD_BYTES   40
#define PATH_SSRC     0  /* stands for whatever stream there is on a path */
#define REPORTS_MAX   31 /* of one packet: a count of five bits */

struct stream {
	uint64_t key;
	uint64_t clock_key; /* of what its sender's reports say, kept apart */
	uint64_t channel;   /* key of the channel's unique id: its hangup ends the stream */
	uint64_t contact;   /* pseudonyms */
	uint64_t src_addr;
	uint64_t dst_addr;
	int64_t at_us;
	int64_t seen_us;
	int64_t lost; /* since the first report */
	uint64_t expected;
	uint32_t cumulative;
	uint32_t highest; /* extended sequence number of the last report */
	uint32_t ssrc;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t rtt_us;     /* smallest; 0: none */
	uint32_t reports;    /* 0: no stream, but the clock of those on a path */
	uint32_t jitter;     /* of the last report, in units of the stream's clock */
	uint32_t jitter_max; /* of all */
	bool has_jitter;     /* in every report */
	struct rtp_clock clock;
	bool doubted; /* events were missed, and it may be over */
};

struct ami_media {
	const struct ami_site *site;
	struct ami_slots streams;
	struct ami_media_counters counters;
};

/* ---- telling ---- */

static uint32_t clock_of(const struct ami_media *t, const struct stream *s)
{
	const struct stream *path = ami_slots_find(&t->streams, s->clock_key);

	return path != NULL ? rtp_clock_hz(&path->clock) : 0;
}

static void fill_jitter(const struct ami_media *t, const struct stream *s, Cxm__MediaStream *m)
{
	uint32_t hz = s->has_jitter ? clock_of(t, s) : 0;

	if (hz == 0 || s->jitter_max * US_PER_S / hz >= JITTER_MAX_US) {
		return;
	}
	m->has_remote_jitter_us = m->has_jitter_max_us = 1;
	m->remote_jitter_us = (uint32_t)(s->jitter * US_PER_S / hz);
	m->jitter_max_us = (uint32_t)(s->jitter_max * US_PER_S / hz);
}

static void emit_stream(struct ami_media *t, const struct stream *s)
{
	Cxm__MediaStream m = CXM__MEDIA_STREAM__INIT;

	m.at_us = s->at_us;
	m.source = CXM__SOURCE__AMI;
	m.host = t->site->host;
	m.ssrc = s->ssrc;
	m.src_addr = s->src_addr;
	m.src_port = s->src_port;
	m.dst_addr = s->dst_addr;
	m.dst_port = s->dst_port;
	m.has_seen_us = 1;
	m.seen_us = s->seen_us;
	m.has_contact = s->contact != 0;
	m.contact = s->contact;
	m.has_duration_ms = s->reports > 1;
	m.duration_ms = m.has_duration_ms ? emit_ms(s->at_us, s->seen_us) : 0;
	m.has_packets = s->reports > 1 && s->lost <= (int64_t)s->expected;
	m.packets = m.has_packets ? (uint32_t)((int64_t)s->expected - s->lost) : 0;
	m.has_lost = s->reports > 1;
	m.lost = (int32_t)s->lost;
	m.has_rtt_us = s->rtt_us != 0;
	m.rtt_us = s->rtt_us;
	fill_jitter(t, s, &m);
	m.has_measured_by = 1;
	m.measured_by = CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT;
	t->counters.streams++;
	emit_record(&t->site->emit, &m.base);
}

static void end(struct ami_media *t, struct stream *s)
{
	if (s->reports > 0) {
		emit_stream(t, s);
	}
	ami_slots_remove(&t->streams, s);
}

/* ---- reports ---- */

/* "192.0.2.1:4000", "[2001:db8::1]:4000" */
static bool take_address(struct slice text, struct slice *addr, uint16_t *port)
{
	const char *colon = NULL;
	uint64_t v;

	for (size_t i = 0; i < text.len; i++) {
		colon = text.at[i] == ':' ? text.at + i : colon;
	}
	if (colon == NULL) {
		return false;
	}
	*addr = (struct slice){ text.at, (size_t)(colon - text.at) };
	if (addr->len >= 2 && addr->at[0] == '[' && addr->at[addr->len - 1] == ']') {
		addr->at++;
		addr->len -= 2;
	}
	if (addr->len == 0 ||
	    slice_u64((struct slice){ colon + 1, (size_t)(text.at + text.len - colon) - 1 },
	              UINT16_MAX, &v) != 0) {
		return false;
	}
	*port = (uint16_t)v;
	return true;
}

static bool take_hex(struct slice text, uint32_t *out)
{
	uint32_t v = 0;

	if (text.len < 3 || text.len > 10 || !slice_istarts(text, SLICE("0x"))) {
		return false;
	}
	for (size_t i = 2; i < text.len; i++) {
		char c = text.at[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
		            : c >= 'a' && c <= 'f' ? c - 'a' + 10
		            : c >= 'A' && c <= 'F' ? c - 'A' + 10
		                                   : -1;

		if (digit < 0) {
			return false;
		}
		v = v << 4 | (uint32_t)digit;
	}
	*out = v;
	return true;
}

static bool block_field(const struct ami_message *m, unsigned i, const char *what,
                        struct slice *out)
{
	char name[FIELD_BYTES];
	int n = snprintf(name, sizeof(name), "Report%u%s", i, what);

	*out = ami_get(m, (struct slice){ name, (size_t)n });
	return out->len > 0;
}

/* It may be printed with its sign or as 24 bits without. */
static bool take_loss(struct slice text, uint32_t *out)
{
	int64_t v;

	if (slice_i64(text, -(int64_t)(LOSS_BITS / 2), UINT32_MAX, &v) != 0) {
		return false;
	}
	*out = (uint32_t)v & (LOSS_BITS - 1);
	return true;
}

/* What a report adds to the one before. */
static void add_block(struct stream *s, uint32_t cumulative, uint32_t highest)
{
	uint32_t step = (cumulative - s->cumulative) & (LOSS_BITS - 1);

	if (s->reports > 0 && (int32_t)(highest - s->highest) >= 0) {
		s->lost += step < LOSS_BITS / 2 ? (int64_t)step : (int64_t)step - LOSS_BITS;
		s->expected += highest - s->highest;
	}
	s->cumulative = cumulative;
	s->highest = highest;
	s->reports++;
}

static struct stream *make_stream(struct ami_media *t, uint64_t key)
{
	struct stream *s = ami_slots_add(&t->streams, key);

	if (s == NULL) {
		t->counters.evicted++;
		end(t, ami_slots_victim(&t->streams));
		s = ami_slots_add(&t->streams, key);
	}
	return s;
}

struct path {
	struct slice src;
	struct slice dst;
	uint16_t src_port;
	uint16_t dst_port;
};

static uint64_t key_of(const struct ami_media *t, const struct path *p, uint64_t channel,
                       uint32_t ssrc)
{
	uint64_t words[3] = { ami_hash2(t->site, p->src, p->dst),
		              (uint64_t)p->src_port << 16 | p->dst_port, channel ^ ssrc };

	return siphash13_words(&t->site->key, words, 3) | 1;
}

static struct stream *stream_of(struct ami_media *t, const struct ami_message *m, uint32_t ssrc,
                                const struct path *p)
{
	const struct pseudonym *names = t->site->pseudonym;
	uint64_t channel = ami_hash(t->site, ami_get(m, SLICE("Uniqueid")));
	uint64_t key = key_of(t, p, channel, ssrc);
	struct stream *s = ami_slots_find(&t->streams, key);

	if (s == NULL) {
		s = make_stream(t, key);
		s->clock_key = key_of(t, p, channel, PATH_SSRC);
		s->channel = channel;
		s->contact = pseudonym_of(names, CXM_CONTACT, ami_get(m, SLICE("Linkedid")));
		s->src_addr = pseudonym_of(names, CXM_ADDRESS, p->src);
		s->dst_addr = pseudonym_of(names, CXM_ADDRESS, p->dst);
		s->src_port = p->src_port;
		s->dst_port = p->dst_port;
		s->ssrc = ssrc;
	}
	return s;
}

static void take_jitter(struct stream *s, const struct ami_message *m, unsigned i)
{
	struct slice text;
	uint64_t units;
	bool good =
		block_field(m, i, "IAJitter", &text) && slice_u64(text, UINT32_MAX, &units) == 0;

	s->has_jitter = good && (s->reports == 0 || s->has_jitter);
	if (good) {
		s->jitter = (uint32_t)units;
		s->jitter_max = s->jitter > s->jitter_max ? s->jitter : s->jitter_max;
	}
}

/* Report block i. @return false: there is none, or it makes no sense. */
static bool take_block(struct ami_media *t, const struct ami_message *m, unsigned i,
                       const struct path *p, int64_t at_us)
{
	struct slice text[4];
	uint32_t ssrc;
	uint32_t cumulative;
	uint64_t highest;
	uint64_t cycles = 0;
	struct stream *s;
	double rtt_s;

	if (!block_field(m, i, "SourceSSRC", &text[0]) || !take_hex(text[0], &ssrc) ||
	    !block_field(m, i, "CumulativeLost", &text[1]) || !take_loss(text[1], &cumulative) ||
	    !block_field(m, i, "HighestSequence", &text[2]) ||
	    slice_u64(text[2], UINT32_MAX, &highest) != 0) {
		return false;
	}
	if (block_field(m, i, "SequenceNumberCycles", &text[3])) {
		(void)slice_u64(text[3], UINT32_MAX, &cycles);
	}
	s = stream_of(t, m, ssrc, p);
	s->at_us = s->reports == 0 ? at_us : s->at_us;
	s->seen_us = at_us > s->seen_us ? at_us : s->seen_us;
	take_jitter(s, m, i);
	add_block(s, cumulative, (uint32_t)cycles << 16 | (uint32_t)highest);
	if (slice_double(ami_get(m, SLICE("RTT")), false, &rtt_s) == 0 && rtt_s > 0 &&
	    rtt_s < RTT_MAX_S) {
		uint32_t rtt_us = (uint32_t)(rtt_s * US_PER_S);

		s->rtt_us = s->rtt_us == 0 || rtt_us < s->rtt_us ? rtt_us : s->rtt_us;
	}
	t->counters.reports++;
	return true;
}

/* A report's port is the stream's where both share one (RFC 5761), then an even one by custom, else
 * the odd one above it (RFC 3550, section 11). */
static uint16_t media_port(uint16_t rtcp_port)
{
	return (uint16_t)(rtcp_port & ~1U);
}

/* A report goes against the stream it is about: from the receiver to the sender. */
static bool take_path(const struct ami_message *m, struct path *p)
{
	bool good = take_address(ami_get(m, SLICE("To")), &p->src, &p->src_port) &&
	            take_address(ami_get(m, SLICE("From")), &p->dst, &p->dst_port);

	p->src_port = media_port(p->src_port);
	p->dst_port = media_port(p->dst_port);
	return good;
}

/* A sender report goes the way of the stream it is about. Which that is the event does not say: of
 * received ones Asterisk 22 writes the seconds of NTP as `SSRC`. Where streams of two clocks take
 * turns on one path, their reports agree with neither. */
static void on_sender(struct ami_media *t, const struct ami_message *m, const struct path *back,
                      int64_t at_us)
{
	const struct path p = { back->dst, back->src, back->dst_port, back->src_port };
	uint64_t rtp_ts;

	if (ami_number(m, SLICE("SentRTP"), UINT32_MAX, &rtp_ts)) {
		rtp_clock_hear(&stream_of(t, m, PATH_SSRC, &p)->clock, at_us, (uint32_t)rtp_ts);
	}
}

static void on_report(struct ami_media *t, const struct ami_message *m, int64_t at_us)
{
	struct path p = { .src_port = 0 };
	uint64_t n = 0;
	bool good = take_path(m, &p);

	if (good) {
		on_sender(t, m, &p, at_us);
	}
	(void)ami_number(m, SLICE("ReportCount"), REPORTS_MAX, &n);
	for (unsigned i = 0; i < n && good; i++) {
		good = take_block(t, m, i, &p, at_us);
	}
	t->counters.odd += good ? 0 : 1;
}

static struct stream *next_of(const struct ami_media *t, const struct stream *s)
{
	return ami_slots_next(&t->streams, s);
}

static bool is_any(const struct stream *s, uint64_t channel)
{
	(void)s;
	(void)channel;
	return true;
}

static bool is_of_channel(const struct stream *s, uint64_t channel)
{
	return s->channel == channel;
}

static bool is_doubted(const struct stream *s, uint64_t channel)
{
	(void)channel;
	return s->doubted;
}

/* Streams before the clocks they need. */
static void end_those(struct ami_media *t, bool (*over)(const struct stream *s, uint64_t channel),
                      uint64_t channel)
{
	bool clocks = false;

	for (struct stream *s = next_of(t, NULL); s != NULL; s = next_of(t, s)) {
		if (over(s, channel) && s->reports > 0) {
			end(t, s);
		} else {
			clocks = clocks || over(s, channel);
		}
	}
	for (struct stream *s = clocks ? next_of(t, NULL) : NULL; s != NULL; s = next_of(t, s)) {
		if (over(s, channel)) {
			end(t, s);
		}
	}
}

static void on_hangup(struct ami_media *t, const struct ami_message *m)
{
	end_those(t, is_of_channel, ami_hash(t->site, ami_get(m, SLICE("Uniqueid"))));
}

void ami_media_event(struct ami_media *t, const struct ami_message *m, int64_t at_us)
{
	if (slice_eq(m->name, SLICE("RTCPReceived")) || slice_eq(m->name, SLICE("RTCPSent"))) {
		on_report(t, m, at_us);
	} else if (slice_eq(m->name, SLICE("Hangup"))) {
		on_hangup(t, m);
	}
}

/* ---- events that were missed ---- */

void ami_media_lost(struct ami_media *t)
{
	for (struct stream *s = next_of(t, NULL); s != NULL; s = next_of(t, s)) {
		s->doubted = true;
	}
}

void ami_media_channel(struct ami_media *t, const struct ami_message *m)
{
	uint64_t channel = ami_hash(t->site, ami_get(m, SLICE("Uniqueid")));

	for (struct stream *s = next_of(t, NULL); s != NULL; s = next_of(t, s)) {
		s->doubted = s->doubted && s->channel != channel;
	}
}

void ami_media_channels(struct ami_media *t)
{
	end_those(t, is_doubted, 0);
}

void ami_media_finish(struct ami_media *t)
{
	end_those(t, is_any, 0);
}

int ami_media_new(struct ami_media **out, const struct ami_site *site)
{
	struct ami_media *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		return -ENOMEM;
	}
	t->site = site;
	if (ami_slots_init(&t->streams, AMI_MEDIA_STREAMS_MAX, sizeof(struct stream)) != 0) {
		ami_media_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void ami_media_free(struct ami_media *t)
{
	if (t != NULL) {
		ami_slots_free(&t->streams);
		free(t);
	}
}

const struct ami_media_counters *ami_media_counters(const struct ami_media *t)
{
	return &t->counters;
}
