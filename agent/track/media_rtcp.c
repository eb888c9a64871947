/*
 * What RTCP adds to a stream (RFC 3550 6.4): the round trip, measured here from a sender report's
 * passing to that of the report block that answers it, and the loss and jitter the receiver saw.
 */
#include "agent/decode/rtcp.h"
#include "agent/decode/rtcp_json.h"
#include "agent/track/codec.h"
#include "agent/track/media.h"
#include "agent/track/media_stream.h"
#include "agent/track/round_trip.h"

/* As RTP_JUMP_NS: phones report 84 s of jitter after a jump of the timestamps. */
#define REMOTE_JITTER_MAX_US UINT64_C(10000000)

struct reading {
	struct media *m;
	const struct packet *packet;
	struct media_mirrored with;
};

/* ---- endpoints' own figures ---- */

/* One clock for all that an endpoint wants to hear; 0 when they differ, because a report does not
 * say which payload type it speaks of. */
static uint32_t clock_of(const struct endpoint *e)
{
	uint32_t clock_hz = 0;

	for (uint8_t i = 0; i < e->n_formats; i++) {
		uint32_t hz = e->formats[i].clock_hz;

		if (codec_of(e->formats[i].codec)->role != CODEC_AUDIO) {
			continue;
		}
		if (clock_hz != 0 && hz != clock_hz) {
			return 0;
		}
		clock_hz = hz;
	}
	return clock_hz;
}

/* RTCP's port is RTP's where that was announced (RFC 5761), else the odd one above it (RFC 3550
 * 11). */
static uint16_t media_port(const struct media *m, struct net_addr addr, uint16_t rtcp_port)
{
	bool shared = media_find_endpoint(m, addr, rtcp_port) != NULL;

	return shared ? rtcp_port : (uint16_t)(rtcp_port & ~1U);
}

/* Who hears the stream that a report is about: the one that sent it. */
static struct quality_who who_of(const struct reading *r)
{
	const struct packet *p = r->packet;
	struct quality_who who = {
		.src = p->dst,
		.dst = p->src,
		.src_port = media_port(r->m, p->dst, p->dst_port),
		.dst_port = media_port(r->m, p->src, p->src_port),
		.contact = r->with.contact,
		.mirror = r->with.mirror,
		.timed = r->with.timed && !media_is_own_report(r->m, p),
	};
	const struct endpoint *e = media_find_endpoint(r->m, who.dst, who.dst_port);

	e = e != NULL ? e : media_find_endpoint(r->m, who.src, who.src_port);
	if (e != NULL) {
		who.signalled = true;
		who.contact = e->owner.contact;
		who.sampled_ppm = e->owner.sampled_ppm;
		who.left_out = e->owner.left_out;
		who.clock_hz = clock_of(e);
	}
	return who;
}

static void on_voip(void *arg, const struct rtcp_voip *v)
{
	const struct reading *r = arg;
	struct quality_who who = who_of(r);

	quality_voip(media_reports(r->m), &who, v, r->packet->at_ns);
}

static void on_told_sender(void *arg, const struct rtcp_sender *s)
{
	const struct reading *r = arg;

	if (r->with.timed) {
		quality_sender(media_reports(r->m), s, r->with.mirror, r->packet->at_ns);
	}
}

static void on_told_block(void *arg, const struct rtcp_block *b)
{
	const struct reading *r = arg;
	struct quality_who who = who_of(r);

	quality_block(media_reports(r->m), &who, b, r->packet->at_ns);
}

/* ---- what is added to the streams counted here ---- */

/* The RTP stream a flow of RTCP belongs to: same ports (RFC 5761), else one below (RFC 3550 11). Of
 * encrypted ones only the first eight bytes of RTCP are readable (RFC 3711 3.4). */
static struct stream *stream_of_rtcp(struct media *m, struct flow f)
{
	struct stream *s = media_find_stream(m, &f);

	if (s == NULL) {
		f.src_port--;
		f.dst_port--;
		s = media_find_stream(m, &f);
	}
	return s != NULL && !s->encrypted ? s : NULL;
}

static void on_sender(void *arg, const struct rtcp_sender *sender)
{
	const struct reading *r = arg;
	const struct packet *p = r->packet;
	struct flow f = { p->src, p->dst, p->src_port, p->dst_port, sender->ssrc };
	struct stream *s = stream_of_rtcp(r->m, f);

	if (s != NULL) {
		s->report.has_sender = true;
		s->report.sender_mid = sender->ntp_mid;
		s->report.sender_ns = p->at_ns;
	}
}

static void take_round_trip(struct report *to, const struct rtcp_block *block, int64_t at_ns)
{
	int64_t rtt_ns;

	if (!to->has_sender || block->lsr == 0 || block->lsr != to->sender_mid) {
		return;
	}
	if (!round_trip(at_ns, to->sender_ns, block->dlsr, &rtt_ns) ||
	    (to->has_rtt && rtt_ns >= to->rtt_ns)) {
		return;
	}
	to->has_rtt = true;
	to->rtt_ns = rtt_ns;
}

static void on_block(void *arg, const struct rtcp_block *block)
{
	const struct reading *r = arg;
	const struct packet *p = r->packet;
	struct flow f = { p->dst, p->src, p->dst_port, p->src_port, block->ssrc };
	struct stream *s = stream_of_rtcp(r->m, f);
	const struct rtp_type *type;
	uint64_t jitter_us;

	if (s == NULL) {
		return;
	}
	if (!media_is_own_report(r->m, p)) {
		take_round_trip(&s->report, block, p->at_ns);
	}
	s->report.has_block = true;
	s->report.lost = block->cumulative_lost > 0 ? (uint32_t)block->cumulative_lost : 0;
	type = rtp_stream_main_type(&s->rtp);
	jitter_us = type != NULL && type->tick_ns_q16 > 0
	                    ? (uint64_t)((unsigned __int128)block->jitter * type->tick_ns_q16 /
	                                 (UINT64_C(1000) << 16))
	                    : REMOTE_JITTER_MAX_US;
	s->report.has_jitter = jitter_us < REMOTE_JITTER_MAX_US;
	s->report.jitter_us = (uint32_t)jitter_us;
}

bool media_rtcp_read(struct media *m, const struct packet *p)
{
	struct reading reading = { .m = m, .packet = p };
	struct rtcp_handler handler = {
		.arg = &reading, .sender = on_sender, .block = on_block, .voip = on_voip
	};

	return rtcp_walk(p->payload, &handler);
}

bool media_rtcp_json(struct media *m, const struct packet *p, struct slice text,
                     const struct media_mirrored *with)
{
	struct reading reading = { m, p, *with };
	struct rtcp_handler handler = {
		.arg = &reading, .sender = on_told_sender, .block = on_told_block, .voip = on_voip
	};

	return rtcp_json_walk(text, &handler);
}
