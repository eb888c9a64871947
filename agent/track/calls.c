/* From frames to trackers; see the header. */
#include "agent/track/calls.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/rtp.h"
#include "agent/decode/sdp.h"
#include "agent/track/gap.h"

#define MEDIA_PORT_MIN 1024
#define LOOK_AHEAD     16 /* frames decoded before the first of them is followed */
#define TICK_NS        INT64_C(1000000000)
#define AT_NS_MAX      (INT64_C(1) << 62)

/* A frame that is decoded and not followed yet. */
struct ahead {
	struct packet p;
	struct packet_fragment piece;
	enum packet_result result;
	enum { AHEAD_OTHER, AHEAD_RTP, AHEAD_SIP } kind;
	uint64_t media_key; /* of RTP */
	struct sip_msg msg; /* of SIP over UDP, as the next */
	struct dialog_names names;
};

struct calls {
	struct calls_options options;
	struct reasm *reasm;
	struct tcp *tcp;
	struct media *media;
	struct dialogs *dialogs;
	int64_t now_ns;
	int64_t next_tick_ns;
	struct gap_watch streams_full;
	struct gap_watch dialogs_full;
	struct sip_tls tls;
	struct sip_queue *queue; /* NULL: no queues are configured */
	struct calls_counters counters;
	struct sdp sdp; /* too big for the stack */
	struct ahead ahead[LOOK_AHEAD];
};

/* A phone's own figures at the end of a call (RFC 6035). */
static void on_published(struct calls *c, const struct packet *p, struct slice body)
{
	struct vq_report report;

	if (vq_report_parse(body, &report) != 0) {
		c->counters.vq_bad++;
		return;
	}
	media_quality(c->media, &report, p->at_ns);
}

static void follow_queue(struct calls *c, const struct packet *p, const struct sip_msg *msg,
                         const struct dialog_ref *ref)
{
	const struct sip_queue_step step = {
		.dialog = ref->dialog,
		.contact = ref->contact,
		.by_caller = ref->by_caller,
		.first_hop = ref->first_hop,
	};

	sip_queue_message(c->queue, p, msg, &step);
}

static void announce(struct calls *c, const struct sdp *sdp, const struct dialog_ref *ref,
                     int64_t at_ns)
{
	const struct endpoint_owner owner = {
		.contact = ref->contact,
		.dialog = ref->dialog,
		.sampled_ppm = ref->sampled_ppm,
		.left_out = ref->left_out,
		.recording = ref->recording,
	};

	media_announce(c->media, sdp, &owner, at_ns);
}

static void on_message(struct calls *c, const struct packet *p, const struct sip_msg *msg,
                       const struct dialog_names *names)
{
	struct slice body = { 0 };
	const struct sdp *sdp = NULL;
	struct dialog_ref ref;

	if (msg->request && msg->body.len > 0 && vq_report_is(msg->content_type)) {
		on_published(c, p, msg->body);
		return;
	}
	if (msg->body.len > 0) {
		body = sdp_of_body(msg->content_type, msg->body);
	}
	if (body.len > 0) {
		if (sdp_parse(body, &c->sdp) == 0) {
			sdp = &c->sdp;
		} else {
			c->counters.sdp_bad++;
		}
	}
	ref = dialogs_message(c->dialogs, p, msg, names, sdp);
	if (c->queue != NULL) {
		follow_queue(c, p, msg, &ref);
	}
	if (ref.describes) {
		announce(c, sdp, &ref, p->at_ns);
	}
}

static void on_sip(struct calls *c, const struct packet *p, struct slice text)
{
	struct sip_msg msg;
	enum sip_result result = sip_parse(text, &msg);
	struct dialog_names names;

	c->counters.sip[result]++;
	if (result == SIP_OK) {
		names = dialogs_names(c->dialogs, &msg);
		on_message(c, p, &msg, &names);
	}
}

static void on_tcp_message(void *arg, const struct packet *p, struct slice message)
{
	on_sip(arg, p, message);
}

static bool is_sip_port(const struct calls *c, const struct packet *p)
{
	for (size_t i = 0; i < c->options.n_sip_ports; i++) {
		if (p->src_port == c->options.sip_ports[i] ||
		    p->dst_port == c->options.sip_ports[i]) {
			return true;
		}
	}
	return false;
}

/* RTP and RTCP begin with the bits 10, SIP with a letter: the first byte tells them apart on any
 * port. Half of all DNS messages begin so as well, but media keep off the ports of services. */
static inline bool may_be_media(const struct packet *p)
{
	return p->transport == PACKET_UDP && cursor_left(&p->payload) >= 2 &&
	       p->payload.at[0] >> 6 == RTP_VERSION && p->src_port >= MEDIA_PORT_MIN &&
	       p->dst_port >= MEDIA_PORT_MIN;
}

static inline uint64_t media_key_of(const struct calls *c, const struct packet *p)
{
	return may_be_media(p) ? media_key(c->media, p) : 0;
}

/* Could be SIP, and is no RTP. */
static bool may_be_sip(const struct calls *c, const struct packet *p)
{
	struct slice text = { (const char *)p->payload.at, cursor_left(&p->payload) };

	return p->transport == PACKET_UDP && !may_be_media(p) &&
	       (is_sip_port(c, p) || sip_looks_like(text));
}

static void on_udp(struct calls *c, const struct packet *p, uint64_t key)
{
	if (key != 0 && media_rtp(c->media, p, key)) {
		c->counters.rtp++;
	} else if (may_be_media(p) && rtp_is_rtcp(p->payload.at)) {
		c->counters.rtcp++;
		media_rtcp(c->media, p);
	} else if (may_be_sip(c, p)) {
		on_sip(c, p,
		       (struct slice){ (const char *)p->payload.at, cursor_left(&p->payload) });
	} else {
		c->counters.udp_other++;
	}
}

static void watch_tables(struct calls *c, int64_t now_ns, bool at_end)
{
	struct gap gap = { .reason = CXM__GAP__REASON__TABLE_FULL, .to_ns = now_ns };
	struct media_counters media;

	media_counters(c->media, &media);
	gap.part = "streams";
	gap_watch(&c->streams_full, c->options.observer, &gap, media.evicted, at_end);
	gap.part = "dialogs";
	gap_watch(&c->dialogs_full, c->options.observer, &gap,
	          dialogs_counters(c->dialogs)->evicted, at_end);
	sip_tls_watch(&c->tls, c->options.observer, now_ns, at_end);
}

void calls_tick(struct calls *c, int64_t now_ns)
{
	c->now_ns = now_ns;
	/* a clock that went back by more than two ticks starts the seconds anew */
	if (now_ns < c->next_tick_ns && now_ns > c->next_tick_ns - 3 * TICK_NS) {
		return;
	}
	c->next_tick_ns = now_ns + TICK_NS;
	tcp_tick(c->tcp, now_ns);
	media_tick(c->media, now_ns);
	dialogs_tick(c->dialogs, now_ns);
	if (c->queue != NULL) {
		sip_queue_tick(c->queue, now_ns);
	}
	watch_tables(c, now_ns, false);
}

static void follow(struct calls *c, const struct packet *p, uint64_t key)
{
	calls_tick(c, p->at_ns);
	if (p->transport == PACKET_UDP) {
		on_udp(c, p, key);
	} else {
		c->counters.tcp_segments++;
		sip_tls_segment(&c->tls, p);
		tcp_segment(c->tcp, p, is_sip_port(c, p));
	}
}

void calls_packet(struct calls *c, const struct packet *p)
{
	follow(c, p, media_key_of(c, p));
}

/* The topmost Via is that of the hop the message was on, and says how it went there (RFC 3261
 * 18.2.2); what mirrors write in its place differs. */
static enum packet_transport transport_of(const struct packet *p, const struct sip_msg *msg)
{
	static const struct {
		struct slice name;
		enum packet_transport transport;
	} names[] = {
		{ SLICE("UDP"), PACKET_UDP }, { SLICE("TCP"), PACKET_TCP },
		{ SLICE("TLS"), PACKET_TLS }, { SLICE("WS"), PACKET_WS },
		{ SLICE("WSS"), PACKET_WSS },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_ieq(msg->via_transport, names[i].name)) {
			return names[i].transport;
		}
	}
	return p->transport;
}

void calls_sip(struct calls *c, const struct packet *p)
{
	struct slice text = { (const char *)p->payload.at, cursor_left(&p->payload) };
	struct sip_msg msg;
	enum sip_result result = sip_parse(text, &msg);
	struct packet told = *p;
	struct dialog_names names;

	calls_tick(c, p->at_ns);
	c->counters.sip[result]++;
	if (result == SIP_OK) {
		told.transport = transport_of(p, &msg);
		names = dialogs_names(c->dialogs, &msg);
		on_message(c, &told, &msg, &names);
	}
}

bool calls_rtcp_json(struct calls *c, const struct packet *p, const struct media_mirrored *with)
{
	struct slice text = { (const char *)p->payload.at, cursor_left(&p->payload) };

	calls_tick(c, p->at_ns);
	return media_rtcp_json(c->media, p, text, with);
}

void calls_vq_report(struct calls *c, const struct packet *p)
{
	struct slice text = { (const char *)p->payload.at, cursor_left(&p->payload) };

	calls_tick(c, p->at_ns);
	on_published(c, p, text);
}

static void look_at_sip(struct calls *c, struct ahead *a)
{
	struct slice text = { (const char *)a->p.payload.at, cursor_left(&a->p.payload) };
	enum sip_result result = sip_parse(text, &a->msg);

	c->counters.sip[result]++;
	a->kind = AHEAD_SIP;
	if (result != SIP_OK) {
		a->result = PACKET_OTHER; /* nothing to follow */
		return;
	}
	a->names = dialogs_names(c->dialogs, &a->msg);
	dialogs_prefetch_place(c->dialogs, &a->names);
}

/* Decode, and ask for the memory of the place in its table. */
static void look(struct calls *c, const struct frame *f, struct ahead *a)
{
	a->kind = AHEAD_OTHER;
	if (f->at_ns < 0 || f->at_ns > AT_NS_MAX) {
		c->counters.bad_time++;
		a->result = PACKET_OTHER;
		return;
	}
	a->result = packet_decode(f->link, cursor_of(f->at, f->len_bytes), &a->p, &a->piece);
	c->counters.decoded[a->result]++;
	a->p.at_ns = f->at_ns;
	if (a->result != PACKET_OK) {
		return;
	}
	a->media_key = media_key_of(c, &a->p);
	if (a->media_key != 0) {
		a->kind = AHEAD_RTP;
		media_prefetch_place(c->media, a->media_key);
	} else if (may_be_sip(c, &a->p)) {
		look_at_sip(c, a);
	}
}

/* Ask for the stream or dialog itself. */
static void look_again(const struct calls *c, const struct ahead *a)
{
	if (a->result == PACKET_OK && a->kind == AHEAD_RTP) {
		media_prefetch_stream(c->media, a->media_key);
	} else if (a->result == PACKET_OK && a->kind == AHEAD_SIP) {
		dialogs_prefetch_dialog(c->dialogs, &a->names);
	}
}

static void follow_fragment(struct calls *c, const struct ahead *a)
{
	struct packet p;
	enum packet_result result = reasm_add(c->reasm, &a->piece, a->p.at_ns, &p);

	c->counters.decoded[result] += result != PACKET_FRAGMENT;
	if (result == PACKET_OK) {
		p.at_ns = a->p.at_ns;
		calls_packet(c, &p);
	}
}

static void follow_ahead(struct calls *c, const struct ahead *a)
{
	if (a->result == PACKET_FRAGMENT) {
		follow_fragment(c, a);
	} else if (a->result == PACKET_OK && a->kind == AHEAD_SIP) {
		calls_tick(c, a->p.at_ns);
		on_message(c, &a->p, &a->msg, &a->names);
	} else if (a->result == PACKET_OK) {
		follow(c, &a->p, a->kind == AHEAD_RTP ? a->media_key : 0);
	}
}

void calls_frames(struct calls *c, const struct frame *frames, size_t n)
{
	c->counters.frames += n;
	while (n > 0) {
		size_t m = n < LOOK_AHEAD ? n : LOOK_AHEAD;

		for (size_t i = 0; i < m; i++) {
			look(c, &frames[i], &c->ahead[i]);
		}
		for (size_t i = 0; i < m; i++) {
			look_again(c, &c->ahead[i]);
		}
		for (size_t i = 0; i < m; i++) {
			follow_ahead(c, &c->ahead[i]);
		}
		frames += m;
		n -= m;
	}
}

void calls_finish(struct calls *c)
{
	media_finish(
		c->media); /* first: a stream may still look for the dialog that announced it */
	dialogs_finish(c->dialogs);
	if (c->queue != NULL) {
		sip_queue_finish(c->queue);
	}
	watch_tables(c, c->now_ns, true);
}

void calls_counters(const struct calls *c, struct calls_counters *out)
{
	*out = c->counters;
	media_counters(c->media, &out->media);
	out->dialogs = *dialogs_counters(c->dialogs);
	out->reasm = *reasm_counters(c->reasm);
	out->tcp = *tcp_counters(c->tcp);
	out->queue =
		c->queue != NULL ? *sip_queue_counters(c->queue) : (struct sip_queue_counters){ 0 };
	out->tls_records = c->tls.records;
	out->tls_connections = c->tls.connections;
}

static void add_count(struct buf *out, const char *name, uint64_t n)
{
	if (n > 0) {
		buf_printf(out, " %s=%" PRIu64, name, n);
	}
}

void calls_summary(const struct calls *c, struct buf *out)
{
	struct calls_counters n;

	calls_counters(c, &n);
	buf_printf(out,
	           "packets=%" PRIu64 " sip=%" PRIu64 " rtp=%" PRIu64 " rtcp=%" PRIu64
	           " dialogs=%" PRIu64 " streams=%" PRIu64,
	           n.frames, n.sip[SIP_OK], n.rtp, n.rtcp, n.dialogs.dialogs, n.media.reported);
	for (int i = PACKET_OTHER + 1; i < PACKET_RESULTS; i++) {
		add_count(out, packet_result_name((enum packet_result)i), n.decoded[i]);
	}
	for (int i = SIP_OK + 1; i < SIP_RESULTS; i++) {
		add_count(out, sip_result_name((enum sip_result)i), n.sip[i]);
	}
	add_count(out, "dialogs_left_out", n.dialogs.left_out);
	add_count(out, "streams_left_out", n.media.left_out);
	add_count(out, "bad_time", n.bad_time);
	add_count(out, "sdp_bad", n.sdp_bad);
	add_count(out, "rtcp_bad", n.media.rtcp_bad);
	add_count(out, "vq_bad", n.vq_bad);
	add_count(out, "recordings", n.media.recordings);
	add_count(out, "quality_reports", n.media.quality_reports);
	add_count(out, "quality_evicted", n.media.quality_evicted);
	add_count(out, "senders_evicted", n.media.senders_evicted);
	add_count(out, "dialogs_unknown", n.dialogs.unknown);
	add_count(out, "streams_evicted", n.media.evicted);
	add_count(out, "streams_refused", n.media.refused);
	add_count(out, "dialogs_evicted", n.dialogs.evicted);
	add_count(out, "fragments_lost",
	          n.reasm.overlapping + n.reasm.timed_out + n.reasm.evicted + n.reasm.too_long +
	                  n.reasm.cut);
	add_count(out, "tcp_holes", n.tcp.holes);
	add_count(out, "queue_contacts", n.queue.contacts);
	add_count(out, "agent_calls", n.queue.tied);
	add_count(out, "agent_calls_untied", n.queue.untied);
	add_count(out, "queue_contacts_evicted", n.queue.evicted);
	add_count(out, "sip_tls_records", n.tls_records);
	add_count(out, "sip_tls_connections", n.tls_connections);
}

static bool dialog_active(const void *arg, uint64_t dialog)
{
	const struct calls *c = arg;

	return dialogs_active(c->dialogs, dialog);
}

struct calls *calls_new(const struct calls_options *options)
{
	struct calls *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		return NULL;
	}
	c->options = *options;
	c->tls.n_ports = options->n_tls_ports;
	memcpy(c->tls.ports, options->tls_ports, sizeof(c->tls.ports));
	c->reasm = reasm_new();
	c->tcp = tcp_new(&options->observer->key, on_tcp_message, c);
	c->dialogs = dialogs_new(&(struct dialogs_options){
		.observer = options->observer,
		.max_dialogs = options->max_dialogs,
		.idle_ns = options->dialog_idle_ns,
		.local = options->local,
		.n_local = options->n_local,
		.name_all = options->queue.n_queues > 0,
	});
	c->media = media_new(&(struct media_options){
		.observer = options->observer,
		.max_streams = options->max_streams,
		.max_endpoints = options->max_dialogs,
		.idle_ns = options->stream_idle_ns,
		.dialog_active = dialog_active,
		.arg = c,
		.local = options->local,
		.n_local = options->n_local,
	});
	if (options->queue.n_queues > 0) {
		c->options.queue.observer = options->observer;
		c->options.queue.idle_ns = options->dialog_idle_ns;
		c->queue = sip_queue_new(&c->options.queue);
	}
	if ((options->queue.n_queues > 0 && c->queue == NULL) || c->reasm == NULL ||
	    c->tcp == NULL || c->dialogs == NULL || c->media == NULL) {
		calls_free(c);
		return NULL;
	}
	return c;
}

void calls_free(struct calls *c)
{
	if (c == NULL) {
		return;
	}
	media_free(c->media);
	dialogs_free(c->dialogs);
	sip_queue_free(c->queue);
	tcp_free(c->tcp);
	reasm_free(c->reasm);
	free(c);
}
