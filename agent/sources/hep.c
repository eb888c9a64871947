/*
 * The hep source (include/cxmeter/source.h): HEP3 over UDP and TCP on an address of this host.
 *
 * All on the main thread. A turn takes a bounded number of datagrams, so that a flood cannot keep
 * the loop from its other work; what the kernel could not keep meanwhile it counts (SO_RXQ_OVFL),
 * and that becomes a Gap. What was mirrored while nobody listened is lost, as HEP has no
 * acknowledgement; the checkpoint is the time until which somebody did (listened.h).
 */
#include "agent/sources/hep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/hep_stream.h"
#include "agent/sources/listened.h"
#include "agent/sources/local_addr.h"
#include "agent/track/gap.h"
#include "agent/track/sampling.h"
#include "common/log.h"
#include "cxmeter/source.h"

#define NAME        "hep"
#define BACKLOG     16
#define BATCH       16 /* datagrams at once */
#define BATCHES     8  /* a turn */
#define TICK_US     500000
#define SUMMARY_MAX 2048
#define CONTROL_MAX CMSG_SPACE(sizeof(uint32_t))

/* Room for one batch: what recvmmsg fills. */
struct batch {
	struct mmsghdr heads[BATCH];
	struct iovec parts[BATCH];
	uint8_t control[BATCH][CONTROL_MAX];
	uint8_t bytes[BATCH][HEP_MESSAGE_MAX_BYTES];
};

struct source {
	struct source_env env;
	const struct hep_conf *conf;
	struct hep_plan plan;
	struct observer observer;
	struct hep_feed *feed;
	struct hep_streams *streams;
	struct batch *batch;
	int udp; /* -1: none */
	int tcp;
	struct event *udp_event;
	struct event *tcp_event;
	struct event *timer;
	uint32_t kernel_drops; /* as the kernel said last: 32 bits that wrap */
	uint64_t dropped;      /* in full */
	struct gap_watch drops_watch;
	struct gap_watch refused_watch;
	struct sampling sampling; /* its observer reads it */
	struct listened listened;
	uint64_t records;
};

static int64_t wall_ns(const struct source *s)
{
	return env_wall_us(s->env.env) * 1000;
}

static void on_record(void *arg, const ProtobufCMessage *m)
{
	struct source *s = arg;

	s->records += s->env.emit(s->env.agent, m) == 0;
}

static void on_message(void *arg, struct cursor message)
{
	struct source *s = arg;

	hep_feed_message(s->feed, message, wall_ns(s));
}

/* ---- UDP ---- */

static void take_drops(struct source *s, struct msghdr *h)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
		uint32_t drops;

		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			memcpy(&drops, CMSG_DATA(c), sizeof(drops));
			s->dropped += drops - s->kernel_drops;
			s->kernel_drops = drops;
		}
	}
}

static void ready_batch(struct batch *b)
{
	for (size_t i = 0; i < BATCH; i++) {
		b->parts[i] = (struct iovec){ b->bytes[i], sizeof(b->bytes[i]) };
		b->heads[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &b->parts[i],
			                                     .msg_iovlen = 1,
			                                     .msg_control = b->control[i],
			                                     .msg_controllen = CONTROL_MAX } };
	}
}

/* @return how many came. */
static int receive(struct source *s, int fd)
{
	struct batch *b = s->batch;
	int64_t now_ns = wall_ns(s);
	int n;

	ready_batch(b);
	n = recvmmsg(fd, b->heads, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		take_drops(s, &b->heads[i].msg_hdr);
		hep_feed_message(s->feed, cursor_of(b->bytes[i], b->heads[i].msg_len), now_ns);
	}
	return n;
}

static void on_datagrams(evutil_socket_t fd, short what, void *arg)
{
	(void)what;
	for (int i = 0; i < BATCHES && receive(arg, fd) == BATCH; i++) {
	}
}

/* ---- TCP ---- */

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;
	int conn = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)what;
	if (conn >= 0) {
		hep_streams_accept(s->streams, conn);
	}
}

/* ---- time ---- */

/* The main thread does more than this, so that only drops are a measure of too much. */
static void watch_load(struct source *s, bool at_end)
{
	struct sampling_load load = { .wall_ns = wall_ns(s),
		                      .mono_us = env_mono_us(s->env.env),
		                      .packets = hep_feed_counters(s->feed)->messages[HEP_OK],
		                      .dropped = s->dropped };
	struct calls_counters n;

	hep_feed_calls(s->feed, &n);
	load.begun = n.dialogs.dialogs;
	load.left_out = n.dialogs.left_out;
	sampling_watch(&s->sampling, &s->observer, NAME, &load, at_end);
}

static void watch(struct source *s, bool at_end)
{
	struct gap gap = { .reason = CXM__GAP__REASON__CAPTURE_DROPPED,
		           .part = NAME,
		           .to_ns = wall_ns(s) };
	const struct hep_counters *n = hep_feed_counters(s->feed);

	gap.seen = n->messages[HEP_OK];
	gap_watch(&s->drops_watch, &s->observer, &gap, s->dropped, at_end);
	gap.seen = 0;
	gap.reason = CXM__GAP__REASON__MALFORMED;
	gap.detail = "HEP3 without the configured key";
	gap_watch(&s->refused_watch, &s->observer, &gap, n->bad_key, at_end);
	watch_load(s, at_end);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	hep_feed_tick(s->feed, wall_ns(s));
	watch(s, false);
}

/* ---- opening ---- */

static int explain(const struct source *s, const char *over, int rc, struct fault *fault)
{
	const char *what = rc == -EADDRINUSE ? ": another program listens there, perhaps a Homer "
	                                       "capture server or another agent"
	                   : rc == -EADDRNOTAVAIL ? ": this host does not have that address"
	                   : rc == -EACCES        ? ": ports below 1024 need root"
	                                          : "";

	return fault_set(fault, rc, "cannot listen on %s over %s: %s%s", s->conf->listen, over,
	                 strerror(-rc), what);
}

/* A bound socket, or -errno. */
static int bind_one(const struct hep_plan *plan, int type)
{
	const int on = 1;
	int fd = socket(plan->at.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0) {
		return -errno;
	}
	/* TCP: a restart need not wait for connections in TIME_WAIT */
	if ((type == SOCK_STREAM &&
	     setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0) ||
	    bind(fd, (const struct sockaddr *)&plan->at, plan->at_len) != 0 ||
	    (type == SOCK_STREAM && listen(fd, BACKLOG) != 0)) {
		rc = -errno;
		(void)close(fd);
		return rc;
	}
	return fd;
}

/* As much buffer as the kernel gives: asking for more than it allows is no error. */
static void prepare_udp(struct source *s)
{
	const int on = 1;
	const int bytes = (int)s->conf->buffer_bytes;

	(void)setsockopt(s->udp, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	if (setsockopt(s->udp, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) != 0) {
		(void)setsockopt(s->udp, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	}
}

static int open_sockets(struct source *s, struct fault *fault)
{
	if (s->conf->udp) {
		s->udp = bind_one(&s->plan, SOCK_DGRAM);
		if (s->udp < 0) {
			return explain(s, "UDP", s->udp, fault);
		}
		prepare_udp(s);
	}
	if (s->conf->tcp) {
		s->tcp = bind_one(&s->plan, SOCK_STREAM);
		if (s->tcp < 0) {
			return explain(s, "TCP", s->tcp, fault);
		}
	}
	return 0;
}

static void close_source(struct source *s);

static int set_up(struct source *s, struct fault *fault)
{
	s->observer = (struct observer){
		.host = s->env.host,
		.source = CXM__SOURCE__HEP,
		.pseudonym = s->env.pseudonym,
		.key = pseudonym_table_key(s->env.pseudonym),
		.emit = { on_record, s },
	};
	sampling_init(&s->sampling, s->conf->sample_rate, 0);
	s->observer.sampling = &s->sampling;
	s->plan.feed.calls.observer = &s->observer;
	if (s->plan.feed.calls.n_local == 0) {
		s->plan.feed.calls.n_local = local_addr_find(s->plan.local, HEP_LOCAL_MAX);
	}
	s->feed = hep_feed_new(&s->plan.feed);
	s->streams = hep_streams_new(s->env.base, s->env.env, on_message, s);
	s->batch = malloc(sizeof(*s->batch));
	s->timer = event_new(s->env.base, -1, EV_PERSIST, on_timer, s);
	if (s->feed == NULL || s->streams == NULL || s->batch == NULL || s->timer == NULL ||
	    listened_open(&s->listened, &s->env) != 0) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	return 0;
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	struct source *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->env = *env;
	s->conf = env->conf;
	s->udp = -1;
	s->tcp = -1;
	rc = hep_plan(s->conf, &s->plan, fault);
	if (rc == 0) {
		rc = set_up(s, fault);
	}
	if (rc == 0) {
		rc = open_sockets(s, fault);
	}
	if (rc != 0) {
		close_source(s);
		return rc;
	}
	*out = s;
	return 0;
}

static int check(const void *conf, struct fault *fault)
{
	struct source s = { .conf = conf, .udp = -1, .tcp = -1 };
	int rc = hep_plan(s.conf, &s.plan, fault);

	if (rc == 0) {
		rc = open_sockets(&s, fault);
		rc = rc == -EADDRINUSE ? 1 : rc; /* the agent itself, most likely */
	}
	if (s.udp >= 0) {
		(void)close(s.udp);
	}
	if (s.tcp >= 0) {
		(void)close(s.tcp);
	}
	return rc;
}

/* ---- life ---- */

static int listen_on(struct source *s, int fd, event_callback_fn call, struct event **out)
{
	if (fd < 0) {
		return 0;
	}
	*out = event_new(s->env.base, fd, EV_READ | EV_PERSIST, call, s);
	return *out != NULL && event_add(*out, NULL) == 0 ? 0 : -ENOMEM;
}

static int start(struct source *s)
{
	const struct timeval tick = { .tv_usec = TICK_US };
	int rc = listen_on(s, s->udp, on_datagrams, &s->udp_event);

	rc = rc == 0 ? listen_on(s, s->tcp, on_connection, &s->tcp_event) : rc;
	rc = rc == 0 && event_add(s->timer, &tick) != 0 ? -ENOMEM : rc;
	if (rc == 0) {
		listened_begin(&s->listened, &s->env, CXM__SOURCE__HEP, NAME);
	}
	return rc;
}

/* What is mirrored cannot wait. While the spool takes nothing the agent keeps finished records for
 * a while, then drops them and counts them itself. */
static void pause_source(struct source *s)
{
	(void)s;
}

static int checkpoint(struct source *s, struct buf *out)
{
	return listened_checkpoint(&s->listened, &s->env, out);
}

static void progress(const struct source *s, struct source_progress *out)
{
	*out = (struct source_progress){
		.what = s->conf->listen,
		.records = s->records,
		.rejected = hep_feed_rejected(s->feed),
	};
	sampling_state(&s->sampling, &out->sampling);
}

static void log_summary(const struct source *s)
{
	const struct hep_streams_counters *n = hep_streams_counters(s->streams);
	struct buf text;

	buf_init(&text, SUMMARY_MAX);
	hep_feed_summary(s->feed, &text);
	log_info(NAME,
	         "%s: %s dropped=%llu connections=%llu refused=%llu evicted=%llu desynced=%llu "
	         "cut=%llu",
	         s->conf->listen, buf_text(&text), (unsigned long long)s->dropped,
	         (unsigned long long)n->accepted, (unsigned long long)n->refused,
	         (unsigned long long)n->evicted, (unsigned long long)n->desynced,
	         (unsigned long long)n->cut);
	buf_free(&text);
}

static void free_event(struct event **event)
{
	if (*event != NULL) {
		event_free(*event);
		*event = NULL;
	}
}

static void stop(struct source *s)
{
	free_event(&s->udp_event);
	free_event(&s->tcp_event);
	free_event(&s->timer);
	hep_feed_finish(s->feed);
	watch(s, true);
	log_summary(s);
}

static void close_source(struct source *s)
{
	if (s == NULL) {
		return;
	}
	free_event(&s->udp_event);
	free_event(&s->tcp_event);
	free_event(&s->timer);
	listened_close(&s->listened);
	hep_streams_free(s->streams);
	hep_feed_free(s->feed);
	free(s->batch);
	if (s->udp >= 0) {
		(void)close(s->udp);
	}
	if (s->tcp >= 0) {
		(void)close(s->tcp);
	}
	free(s);
}

static void counters(const struct source *s, const struct source_tally *to)
{
	const struct hep_streams_counters *n = hep_streams_counters(s->streams);

	hep_feed_tally(s->feed, to);
	source_tell(to, SOURCE_TAKEN, "connections", n->accepted);
	source_tell(to, SOURCE_MALFORMED, "connections_out_of_step", n->desynced);
	source_tell(to, SOURCE_MALFORMED, "connections_cut_in_a_message", n->cut);
	source_tell(to, SOURCE_LOST, "connections_refused", n->refused);
	source_tell(to, SOURCE_LOST, "connections_evicted", n->evicted);
	source_tell(to, SOURCE_LOST, "datagrams_dropped_by_kernel", s->dropped);
}

const struct source_ops source_hep = {
	.name = NAME,
	.schema = &hep_schema,
	.check = check,
	.open = open_source,
	.start = start,
	.pause = pause_source,
	.resume = pause_source,
	.checkpoint = checkpoint,
	.progress = progress,
	.counters = counters,
	.stop = stop,
	.close = close_source,
};
