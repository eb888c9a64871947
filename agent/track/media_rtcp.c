/*
 * What RTCP adds to a stream (RFC 3550 6.4): the round trip, measured here from a sender report's
 * passing to that of the report block that answers it, and the loss and jitter the receiver saw.
 */
#include "agent/decode/rtcp.h"
#include "agent/track/media.h"
#include "agent/track/media_stream.h"

#define RTT_MAX_NS INT64_C(10000000000) /* longer is a wrong clock, not a network */

/* As RTP_JUMP_NS: phones report 84 s of jitter after a jump of the timestamps. */
#define REMOTE_JITTER_MAX_US UINT64_C(10000000)

struct reading {
	struct media *m;
	const struct packet *packet;
};

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
	rtt_ns = media_round_trip_ns(at_ns, to->sender_ns, block->dlsr);
	if (rtt_ns < 0 || rtt_ns > RTT_MAX_NS || (to->has_rtt && rtt_ns >= to->rtt_ns)) {
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
	take_round_trip(&s->report, block, p->at_ns);
	s->report.has_block = true;
	s->report.lost = block->cumulative_lost > 0 ? (uint32_t)block->cumulative_lost : 0;
	type = rtp_stream_main_type(&s->rtp);
	jitter_us = type != NULL && type->tick_ns_q16 > 0
	                    ? (uint64_t)((unsigned __int128)block->jitter * type->tick_ns_q16 /
	                                 (1000 * 65536))
	                    : REMOTE_JITTER_MAX_US;
	s->report.has_jitter = jitter_us < REMOTE_JITTER_MAX_US;
	s->report.jitter_us = (uint32_t)jitter_us;
}

bool media_rtcp_read(struct media *m, const struct packet *p)
{
	struct reading reading = { m, p };
	struct rtcp_handler handler = { .arg = &reading, .sender = on_sender, .block = on_block };

	return rtcp_walk(p->payload, &handler);
}
