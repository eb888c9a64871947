/*
 * The capture source (include/cxmeter/source.h): a thread reads packets and makes records, the main
 * thread hands them on.
 *
 * Here is the main thread's half. The capture thread owns the libpcap handle and the trackers
 * (agent/sources/ capture_thread.c); finished records come through a ring without locks, and an
 * eventfd wakes the loop.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sources/calls_tally.h"
#include "agent/sources/capture_impl.h"
#include "agent/sources/capture_order.h"
#include "agent/sources/local_addr.h"

#define RING_BYTES ((size_t)1024 * 1024)

/* Hand records on until there are none or the agent pauses. */
static void drain(struct source *s)
{
	uint32_t len_bytes;
	const void *record;

	while (!atomic_load(&s->paused) && (record = ring_peek(&s->ring, &len_bytes)) != NULL) {
		if (s->env.emit_packed(s->env.agent, record, len_bytes) == 0) {
			s->records++;
		}
		ring_pop(&s->ring);
	}
	if (atomic_exchange(&s->waiting, false)) {
		capture_signal(s->wake_thread);
	}
}

static bool ring_empty(const struct source *s)
{
	uint32_t len_bytes;

	return ring_peek(&s->ring, &len_bytes) == NULL;
}

static void join(struct source *s)
{
	if (s->running) {
		(void)pthread_join(s->thread, NULL);
		s->running = false;
	}
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;
	bool finished;

	(void)what;
	capture_clear(fd);
	atomic_store(&s->told, false);
	finished = atomic_load(&s->finished); /* before draining: what it pushed last is drained */
	drain(s);
	if (finished && ring_empty(s) && !s->reported) {
		s->reported = true;
		join(s);
		if (s->env.one_shot) {
			s->env.done(s->env.agent, s, s->failed ? -EBADMSG : 0);
		}
	}
}

static int check(const void *conf, struct fault *fault)
{
	const struct capture_conf *c = conf;
	struct capture_input input;
	struct capture_plan plan;
	int rc = capture_plan(c, &plan, fault);

	if (rc == 0 && plan.interface != NULL) {
		rc = capture_input_filter(c->filter, fault);
	}
	if (rc == 0 && plan.interface != NULL) {
		rc = capture_input_live(&input, c, fault);
		capture_input_close(&input);
	}
	for (size_t i = 0; rc == 0 && i < plan.n_files; i++) {
		rc = capture_input_file(&input, plan.files[i], c->filter, fault);
		capture_input_close(&input);
	}
	return rc;
}

static void measure_files(struct source *s)
{
	for (size_t i = 0; i < s->plan.n_files; i++) {
		struct stat st;

		if (stat(s->plan.files[i], &st) == 0) {
			s->all_bytes += (uint64_t)st.st_size;
		}
	}
}

static int open_files(struct source *s, struct fault *fault)
{
	if (s->plan.n_files > 1) {
		if (capture_order(s->plan.files, &s->plan.n_files, &s->ordered) != 0) {
			return fault_set(fault, -ENOMEM, "out of memory");
		}
		s->plan.files = s->ordered;
	}
	measure_files(s);
	return capture_input_file(&s->input, s->plan.files[0], s->conf->filter, fault);
}

static int open_input(struct source *s, struct fault *fault)
{
	int rc;

	if (s->plan.interface == NULL) {
		return open_files(s, fault);
	}
	rc = capture_input_filter(s->conf->filter, fault);
	if (rc != 0) {
		return rc;
	}
	rc = capture_input_live(&s->input, s->conf, fault);
	if (rc == -ENODEV || rc == -ENETDOWN) { /* it may come: interfaces appear after boot */
		const char *why = rc == -ENODEV ? "not there yet" : "down";

		rc = capture_input_absent(&s->input, s->conf, fault);
		if (rc == 0) {
			capture_interface_down(s, why);
		}
	}
	return rc;
}

static void close_source(struct source *s);

static int set_up(struct source *s, struct fault *fault)
{
	s->observer = (struct observer){
		.host = s->env.host,
		.source = CXM__SOURCE__CAPTURE,
		.pseudonym = s->env.pseudonym,
		.key = pseudonym_table_key(s->env.pseudonym),
	};
	sampling_init(&s->sampling, s->conf->sample_rate,
	              s->plan.interface != NULL ? s->conf->cpu_budget : 0);
	s->observer.sampling = &s->sampling;
	s->plan.calls.observer = &s->observer;
	if (s->plan.interface != NULL && s->plan.calls.n_local == 0) {
		s->plan.calls.n_local = local_addr_find(s->plan.local, CAPTURE_LOCAL_MAX);
	}
	s->calls = calls_new(&s->plan.calls);
	s->share = calloc(1, sizeof(*s->share));
	if (s->share == NULL || pthread_mutex_init(&s->share->lock, NULL) != 0) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	sampling_state(&s->sampling, &s->share->sampling); /* there is no thread yet */
	buf_init(&s->packed, CXM_RECORD_MAX_BYTES * 2);
	s->wake_main = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->wake_thread = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->calls == NULL || ring_init(&s->ring, RING_BYTES) != 0 || s->wake_main < 0 ||
	    s->wake_thread < 0) {
		return fault_set(fault, -ENOMEM, "out of memory or file descriptors");
	}
	s->event = event_new(s->env.base, s->wake_main, EV_READ | EV_PERSIST, on_wake, s);
	if (s->event == NULL || event_add(s->event, NULL) != 0 ||
	    (s->plan.interface != NULL && listened_open(&s->listened, &s->env) != 0)) {
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
	s->wake_main = -1;
	s->wake_thread = -1;
	rc = capture_plan(s->conf, &s->plan, fault);
	if (rc == 0) {
		rc = set_up(s, fault);
	}
	if (rc == 0) {
		rc = open_input(s, fault);
	}
	if (rc != 0) {
		close_source(s);
		return rc;
	}
	*out = s;
	return 0;
}

/* Signals are the main thread's. */
static int start(struct source *s)
{
	sigset_t all;
	sigset_t before;
	int rc;

	if (s->plan.interface != NULL) {
		listened_begin(&s->listened, &s->env, CXM__SOURCE__CAPTURE, s->plan.interface);
	}
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->thread, NULL, capture_thread, s);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	s->running = rc == 0;
	return -rc;
}

static void pause_source(struct source *s)
{
	atomic_store(&s->paused, true);
}

static void resume_source(struct source *s)
{
	atomic_store(&s->paused, false);
	capture_signal(s->wake_thread);
	capture_signal(s->wake_main); /* drain from the loop, not from within the agent's call */
}

static int checkpoint(struct source *s, struct buf *out)
{
	if (s->plan.interface == NULL) {
		return 0; /* the natural keys make reading a file again harmless */
	}
	return listened_checkpoint(&s->listened, &s->env, out);
}

static void progress(const struct source *s, struct source_progress *out)
{
	const char *name = s->plan.interface;

	if (name == NULL) {
		name = capture_base_name(s->plan.files[atomic_load(&s->file)]);
	}
	*out = (struct source_progress){
		.what = name,
		.done = atomic_load(&s->read_bytes),
		.all = s->all_bytes,
		.records = s->records,
		.rejected = atomic_load(&s->rejected),
	};
	(void)pthread_mutex_lock(&s->share->lock);
	out->last_us = s->share->last_us;
	out->sampling = s->share->sampling;
	if (s->share->calls.tls_records > 0) {
		out->advice = "SIP inside TLS is passing: its calls cannot be seen here; let the "
			      "PBX mirror them to the source hep, or use ami or cel";
	}
	if (s->share->down[0] != '\0') {
		(void)snprintf(out->trouble, sizeof(out->trouble), "interface %s: %.400s", name,
		               s->share->down);
	}
	(void)pthread_mutex_unlock(&s->share->lock);
}

static void counters(const struct source *s, const struct source_tally *to)
{
	struct calls_counters n;
	uint64_t packets;
	uint64_t records;
	uint64_t damaged;

	(void)pthread_mutex_lock(&s->share->lock);
	n = s->share->calls;
	packets = s->share->dropped_packets;
	records = s->share->dropped_records;
	damaged = s->share->damaged_files;
	(void)pthread_mutex_unlock(&s->share->lock);
	calls_tally(&n, to);
	source_tell(to, SOURCE_MALFORMED, "damaged_file", damaged);
	source_tell(to, SOURCE_LOST, "packets_dropped_by_kernel", packets);
	source_tell(to, SOURCE_LOST, "records_without_room", records);
}

/* Stop the thread; it reports what is open, and needs room in the ring for that. */
static void stop(struct source *s)
{
	struct pollfd fd = { .fd = s->wake_main, .events = POLLIN };

	atomic_store(&s->stopping, true);
	atomic_store(&s->paused, false);
	capture_signal(s->wake_thread);
	while (s->running && !atomic_load(&s->finished)) {
		(void)poll(&fd, 1, CAPTURE_WAIT_MS);
		capture_clear(s->wake_main);
		atomic_store(&s->told, false);
		drain(s);
	}
	join(s);
	drain(s);
	s->reported = true;
}

static void close_source(struct source *s)
{
	if (s == NULL) {
		return;
	}
	if (s->running) {
		stop(s);
	}
	if (s->event != NULL) {
		event_free(s->event);
	}
	listened_close(&s->listened);
	if (s->wake_main >= 0) {
		(void)close(s->wake_main);
	}
	if (s->wake_thread >= 0) {
		(void)close(s->wake_thread);
	}
	capture_input_close(&s->input);
	calls_free(s->calls);
	ring_free(&s->ring);
	buf_free(&s->packed);
	free(s->ordered);
	if (s->share != NULL) {
		(void)pthread_mutex_destroy(&s->share->lock);
		free(s->share);
	}
	free(s);
}

const struct source_ops source_capture = {
	.name = "capture",
	.schema = &capture_schema,
	.check = check,
	.open = open_source,
	.start = start,
	.pause = pause_source,
	.resume = resume_source,
	.checkpoint = checkpoint,
	.progress = progress,
	.counters = counters,
	.stop = stop,
	.close = close_source,
};
