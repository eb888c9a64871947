/*
 * RFC 3550 appendix A.1 (sequence numbers, with a window of what came instead of a probation), A.3
 * (loss) and A.8 (interarrival jitter in integers). The rules for what counts in the mean of the
 * jitter were found by comparing with Wireshark on 1,752 recorded streams.
 */
#include "agent/track/rtp_stream.h"

#include <limits.h>
#include <string.h>

#define FIRST_CYCLE                                                                                \
	UINT32_C(65536) /* extended numbers begin here: a late packet may lie below the first */
#define FAR_TS (UINT32_C(1) << 30)

/* ---- which sequence numbers came ---- */

static bool window_bit(const uint64_t seen[2], uint32_t n)
{
	return (seen[n / 64] >> (n % 64) & 1) != 0;
}

static void window_set(uint64_t seen[2], uint32_t n)
{
	seen[n / 64] |= UINT64_C(1) << (n % 64);
}

static void judge(struct rtp_loss *loss, bool came)
{
	if (came) {
		loss->in_run = false;
		return;
	}
	loss->missing++;
	loss->runs += !loss->in_run;
	loss->in_run = true;
}

/* The highest number goes up by one, which did not come yet; the oldest in the window leaves and is
 * judged. */
static inline void slide(struct rtp_stream *s)
{
	bool came = s->seen[1] >> 63;

	if ((!came || s->loss.in_run) && s->high - s->low >= RTP_WINDOW - 1) {
		judge(&s->loss, came);
	}
	s->seen[1] = s->seen[1] << 1 | s->seen[0] >> 63;
	s->seen[0] <<= 1;
	s->high++;
}

static void advance(struct rtp_stream *s, uint32_t step)
{
	uint32_t slides = step < RTP_WINDOW ? step : RTP_WINDOW;

	for (uint32_t i = 0; i < slides; i++) {
		slide(s);
	}
	if (step > slides) { /* nothing of these came, and the window is empty by now */
		s->loss.missing += step - slides;
		s->loss.runs += !s->loss.in_run;
		s->loss.in_run = true;
		s->high += step - slides;
	}
	s->seen[0] |= 1;
}

/* Judge what is still in the window. */
static void flush(const struct rtp_stream *s, struct rtp_loss *loss)
{
	uint32_t span = s->high - s->low;

	*loss = s->loss;
	for (uint32_t n = span < RTP_WINDOW ? span + 1 : RTP_WINDOW; n > 0; n--) {
		judge(loss, window_bit(s->seen, n - 1));
	}
}

static void set_base(struct rtp_stream *s, const struct rtp_header *h, int64_t at_ns)
{
	s->high = FIRST_CYCLE + h->sequence;
	s->last = s->high;
	s->base = s->high;
	s->low = s->high;
	s->seen[0] = 1;
	s->seen[1] = 0;
	s->last_ns = at_ns;
	s->last_ts = h->timestamp;
	s->first_ts = h->timestamp;
}

/* A packet at or below the highest number. False for a duplicate. */
static bool place_late(struct rtp_stream *s, uint32_t behind)
{
	if (window_bit(s->seen, behind)) {
		s->duplicated++;
		return false;
	}
	window_set(s->seen, behind);
	s->reordered++;
	s->last = s->high - behind;
	s->low = s->last < s->low ? s->last : s->low;
	return true;
}

static void add_to_mean(struct rtp_stream *s, uint64_t jitter_ns)
{
	s->jitter_sum_ns += jitter_ns;
	s->jitter_n++;
}

static void add_mean_to_mean(struct rtp_stream *s)
{
	add_to_mean(s, s->jitter_n > 0 ? s->jitter_sum_ns / s->jitter_n : 0);
}

static void count(struct rtp_stream *s, uint32_t bytes)
{
	s->packets++;
	s->size_bytes += bytes;
	s->types[s->type].packets++;
}

/* A.1: two in a row from far away are the same source beginning anew. The first of them waited and
 * counts now. */
static void restart(struct rtp_stream *s)
{
	s->expected += s->last - s->base + 1;
	flush(s, &s->loss);
	s->loss.in_run = false;
	s->restarts++;
	s->jumped = false;
	set_base(s, &s->jump.header, s->jump.at_ns);
	count(s, s->jump.bytes);
	add_mean_to_mean(s);
}

/* Where the packet belongs; false when it does not count (now). */
static bool place(struct rtp_stream *s, const struct rtp_header *h, int64_t at_ns, uint32_t bytes)
{
	uint16_t step = (uint16_t)(h->sequence - s->high);
	uint16_t behind = (uint16_t)(s->high - h->sequence);

	if (behind < RTP_MAX_MISORDER) {
		return place_late(s, behind);
	}
	if (step >= RTP_MAX_DROPOUT) {
		bool confirmed =
			s->jumped && h->sequence == (uint16_t)(s->jump.header.sequence + 1);

		if (!confirmed) {
			s->strays += s->jumped;
			s->jumped = true;
			s->jump.header = *h;
			s->jump.at_ns = at_ns;
			s->jump.bytes = bytes;
			return false;
		}
		restart(s);
		step = 1;
	}
	s->strays += s->jumped;
	s->jumped = false;
	advance(s, step);
	s->last = s->high;
	return true;
}

/* ---- how evenly they came ---- */

/* Before the first packet's timestamp; far behind it the mark moves along, so that a long stream
 * does not wrap into it. */
static bool before_first(struct rtp_stream *s, uint32_t ts)
{
	if ((int32_t)(ts - s->first_ts) < 0) {
		return true;
	}
	s->first_ts = ts - FAR_TS / 2;
	return false;
}

static void measure(struct rtp_stream *s, const struct rtp_header *h, int64_t at_ns, uint32_t step)
{
	uint64_t tick_ns_q16 = s->types[s->type].tick_ns_q16;
	int32_t ticks = (int32_t)(h->timestamp - s->last_ts);
	int64_t transit_ns;

	if (h->timestamp - s->first_ts >= FAR_TS && before_first(s, h->timestamp)) {
		add_mean_to_mean(s);
		return;
	}
	transit_ns = at_ns - s->last_ns - (int64_t)((__int128)ticks * (__int128)tick_ns_q16 >> 16);
	s->last_ns = at_ns;
	if (tick_ns_q16 == 0) {
		add_mean_to_mean(s);
		return;
	}
	s->last_ts = h->timestamp;
	if (step == 1 && ticks > 0 && (uint32_t)ticks < s->frame_ticks) {
		s->frame_ticks = (uint32_t)ticks;
	}
	transit_ns = transit_ns < 0 ? -transit_ns : transit_ns;
	if (transit_ns >= RTP_JUMP_NS) {
		add_mean_to_mean(s);
		return;
	}
	s->jitter_q4_ns += (uint64_t)transit_ns - ((s->jitter_q4_ns + 8) >> 4);
	if (h->marker) {
		add_mean_to_mean(s);
		return;
	}
	add_to_mean(s, s->jitter_q4_ns >> 4);
	if (s->jitter_q4_ns >> 4 > s->jitter_max_ns) {
		s->jitter_max_ns = s->jitter_q4_ns >> 4;
	}
}

/* ---- the stream ---- */

struct rtp_type *rtp_stream_type(struct rtp_stream *s, uint8_t payload_type)
{
	for (uint8_t i = 0; i < s->n_types; i++) {
		if (s->types[i].payload_type == payload_type) {
			return &s->types[i];
		}
	}
	return NULL;
}

void rtp_stream_use_type(struct rtp_stream *s, const struct rtp_type *type)
{
	struct rtp_type *known = rtp_stream_type(s, type->payload_type);
	uint32_t packets = 0;

	if (known == NULL && s->n_types < RTP_TYPES) {
		known = &s->types[s->n_types++];
	} else if (known == NULL) {
		known = &s->types[RTP_TYPES - 1];
	} else {
		packets = known->packets;
	}
	*known = *type;
	known->packets = packets;
	s->type = (uint8_t)(known - s->types);
}

void rtp_stream_init(struct rtp_stream *s, const struct rtp_type *type, const struct rtp_header *h,
                     int64_t at_ns, uint32_t bytes)
{
	memset(s, 0, sizeof(*s));
	rtp_stream_use_type(s, type);
	set_base(s, h, at_ns);
	s->frame_ticks = UINT32_MAX;
	count(s, bytes);
}

void rtp_stream_packet(struct rtp_stream *s, const struct rtp_header *h, int64_t at_ns,
                       uint32_t bytes)
{
	uint16_t step = (uint16_t)(h->sequence - s->high);

	if (step == 1 && !s->jumped) {
		slide(s);
		s->seen[0] |= 1;
		s->last = s->high;
	} else if (!place(s, h, at_ns, bytes)) {
		return;
	}
	count(s, bytes);
	measure(s, h, at_ns, step);
}

const struct rtp_type *rtp_stream_main_type(const struct rtp_stream *s)
{
	const struct rtp_type *most = NULL;

	for (uint8_t i = 0; i < s->n_types; i++) {
		const struct rtp_type *t = &s->types[i];

		if (t->content && (most == NULL || t->packets > most->packets)) {
			most = t;
		}
	}
	return most;
}

/* G.107 clause 7.5: BurstR is the mean length of the observed runs over the mean length 1 / (1 - p)
 * under random loss. */
static double burst_ratio(const struct rtp_loss *loss, double loss_ratio)
{
	return loss->runs > 0 ? (double)loss->missing / loss->runs * (1.0 - loss_ratio) : 0;
}

void rtp_stream_result(const struct rtp_stream *s, struct rtp_result *out)
{
	const struct rtp_type *main_type = rtp_stream_main_type(s);
	int64_t expected = (int64_t)s->expected + (int32_t)(s->last - s->base) + 1;
	struct rtp_loss loss;

	flush(s, &loss);
	*out = (struct rtp_result){
		.packets = s->packets,
		.lost = (int32_t)(expected - s->packets),
		.missing = loss.missing,
		.duplicated = s->duplicated,
		.reordered = s->reordered,
		.restarts = s->restarts,
		.size_bytes = s->size_bytes,
		.timed = s->jitter_n > 0 && main_type != NULL && main_type->tick_ns_q16 > 0,
	};
	out->loss_ratio = (double)loss.missing / ((double)loss.missing + s->packets);
	out->burst_ratio = burst_ratio(&loss, out->loss_ratio);
	if (out->timed) {
		out->jitter_mean_ns = s->jitter_sum_ns / s->jitter_n;
		out->jitter_max_ns = s->jitter_max_ns;
		out->frame_ns = s->frame_ticks == UINT32_MAX
		                        ? 0
		                        : s->frame_ticks * main_type->tick_ns_q16 >> 16;
	}
}
