/* From a finished stream to its MediaStream record, with the E-model's verdict on it. */
#include "agent/track/codec.h"
#include "agent/track/emodel.h"
#include "agent/track/media_stream.h"

#define FRAME_NS     UINT64_C(20000000)   /* RFC 3551 4.2: default packetization interval */
#define FRAME_MAX_NS UINT64_C(1000000000) /* longer is a wrong clock rate; 4.2 allows 200 ms */

/* What one packet covers: as seen, else as announced, else the default. */
static uint64_t frame_ns_of(const struct stream *s, const struct rtp_result *result)
{
	uint64_t announced_ns = s->ptime_ms * UINT64_C(1000000);

	if (result->frame_ns > 0 && result->frame_ns <= FRAME_MAX_NS) {
		return result->frame_ns;
	}
	return announced_ns > 0 && announced_ns <= FRAME_MAX_NS ? announced_ns : FRAME_NS;
}

static void fill_delay_and_rating(const struct stream *s, const struct rtp_result *result,
                                  const struct codec *codec, Cxm__MediaStream *r)
{
	double half_trip_ms = s->report.has_rtt ? (double)s->report.rtt_ns / 2e6 : 0;
	struct emodel_input in = {
		.codec = codec->speech,
		.loss_ratio = result->loss_ratio,
		.burst_ratio = result->burst_ratio,
		.delay_ms = half_trip_ms + (double)frame_ns_of(s, result) / 1e6 +
		            EMODEL_JITTER_BUFFER_MS,
	};

	r->has_delay_us = 1;
	r->delay_us = (uint32_t)(in.delay_ms * 1000);
	if (codec->rated) {
		double rating = emodel_r(&in);

		r->has_r = 1;
		r->r = (float)rating;
		r->has_mos = 1;
		r->mos = (float)emodel_mos(rating);
	}
}

static void fill_codec(const struct stream *s, const struct rtp_result *result, Cxm__MediaStream *r)
{
	const struct rtp_type *type = rtp_stream_main_type(&s->rtp);
	const struct codec *codec;

	if (type == NULL) {
		return;
	}
	r->has_payload_type = 1;
	r->payload_type = type->payload_type;
	if (type->codec == CODEC_UNKNOWN) {
		return;
	}
	codec = codec_of(type->codec);
	r->codec = observer_text(codec->name);
	if (codec->role == CODEC_AUDIO) {
		fill_delay_and_rating(s, result, codec, r);
	}
}

static void fill_counts(const struct rtp_result *result, Cxm__MediaStream *r)
{
	r->has_packets = r->has_lost = r->has_missing = r->has_duplicated = 1;
	r->has_reordered = r->has_restarts = r->has_size_bytes = 1;
	r->packets = result->packets;
	r->lost = result->lost;
	r->missing = result->missing;
	r->duplicated = result->duplicated;
	r->reordered = result->reordered;
	r->restarts = result->restarts;
	r->size_bytes = result->size_bytes;
	r->has_burst_ratio = result->missing > 0;
	r->burst_ratio = (float)result->burst_ratio;
	r->has_jitter_mean_us = r->has_jitter_max_us = result->timed;
	r->jitter_mean_us = (uint32_t)((result->jitter_mean_ns + 500) / 1000);
	r->jitter_max_us = (uint32_t)((result->jitter_max_ns + 500) / 1000);
}

static void fill_report(const struct report *report, Cxm__MediaStream *r)
{
	r->has_rtt_us = report->has_rtt;
	r->rtt_us = (uint32_t)(report->rtt_ns / 1000);
	r->has_remote_lost = report->has_block;
	r->remote_lost = report->lost;
	r->has_remote_jitter_us = report->has_jitter;
	r->remote_jitter_us = report->jitter_us;
}

void media_record(const struct stream *s, struct observer *o)
{
	Cxm__MediaStream r = CXM__MEDIA_STREAM__INIT;
	struct rtp_result result;

	rtp_stream_result(&s->rtp, &result);
	r.at_us = observer_us(s->first_ns);
	r.source = o->source;
	r.host = observer_text(o->host);
	r.ssrc = s->flow.ssrc;
	r.src_addr = observer_address(o, s->flow.src);
	r.src_port = s->flow.src_port;
	r.dst_addr = observer_address(o, s->flow.dst);
	r.dst_port = s->flow.dst_port;
	r.has_seen_us = 1;
	r.seen_us = observer_us(s->last_ns);
	r.has_contact = s->signalled && s->contact != 0;
	r.contact = s->contact;
	r.has_duration_ms = 1;
	r.duration_ms = observer_ms(s->first_ns, s->last_ns);
	r.has_measured_by = 1;
	r.measured_by = CXM__MEDIA_STREAM__MEASURED_BY__NETWORK;
	r.has_signalled = 1;
	r.signalled = s->signalled;
	r.has_encrypted = s->signalled;
	r.encrypted = s->encrypted;
	r.has_sampled_ppm = s->sampled_ppm != 0;
	r.sampled_ppm = s->sampled_ppm;
	fill_counts(&result, &r);
	fill_codec(s, &result, &r);
	fill_report(&s->report, &r);
	emit_record(&o->emit, &r.base);
}
