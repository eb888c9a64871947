/*
 * The security state of this host as a source (include/cxmeter/source.h): at start and once a day
 * (`interval`) a scan (agent/posture/scan.h) whose findings become Posture records.
 *
 * A scan reads files and waits for listeners, so it has a thread of its own, which lives as long as
 * the scan and is the idlest of the host. The main thread is woken when it is over, takes the
 * report, and is the only one that emits. The thread runs as the agent's user: it starts after the
 * privilege drop, and nothing is opened before.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/posture/host_file.h"
#include "agent/posture/scan.h"
#include "common/log.h"
#include "common/unconst.h"
#include "cxmeter/source.h"

#define NAME        "posture"
#define NICE_MOST   19
#define IO_WHO_SELF 1         /* IOPRIO_WHO_PROCESS of linux/ioprio.h */
#define IO_IDLE     (3 << 13) /* IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT */

struct source {
	struct source_env env;
	const struct posture_conf *conf; /* outlives the source */
	struct event *timer;             /* owned; NULL without a loop */
	struct event *wake;              /* owned */
	int wake_fd;                     /* the thread writes when it is over */
	int cancel_fd;                   /* the main thread writes when it shall end */
	pthread_t thread;
	bool scanning; /* there is a thread to join */
	bool running;
	bool paused;
	bool has_report;              /* findings wait until the spool takes records again */
	struct posture_scan scan;     /* the thread's, from its start to its end */
	struct posture_report report; /* likewise; then the main thread's */
	atomic_bool cancelled;        /* written by the main thread */
	uint64_t scans;
	uint64_t records;
	uint64_t beyond;               /* findings that found no room */
	uint64_t advisories_malformed; /* rows, at the last look */
};

/* ---- the thread ---- */

static void signal_fd(int fd)
{
	const uint64_t one = 1;

	/* room for eight bytes there always is */
	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
}

/* Calls come first: on Linux both are of the thread alone (setpriority(2), ioprio_set(2)). */
static void be_idle(void)
{
	(void)setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE_MOST);
	(void)syscall(SYS_ioprio_set, IO_WHO_SELF, 0, IO_IDLE);
}

static void *work(void *arg)
{
	struct source *s = arg;

	be_idle();
	posture_scan(&s->scan);
	signal_fd(s->wake_fd);
	return NULL;
}

static int start_thread(struct source *s)
{
	sigset_t all;
	sigset_t before;
	int rc;

	(void)sigfillset(&all); /* signals are the main thread's */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->thread, NULL, work, s);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	s->scanning = rc == 0;
	return -rc;
}

/* ---- records ---- */

static void emit(struct source *s, const struct posture_finding *f)
{
	Cxm__Posture p = CXM__POSTURE__INIT;

	p.at_us = s->scan.now_us;
	p.source = CXM__SOURCE__POSTURE;
	p.host = unconst(s->env.host);
	p.check = unconst(f->check);
	p.subject = unconst(f->subject);
	p.has_seen_us = 1;
	p.seen_us = s->scan.now_us;
	p.has_result = 1;
	p.result = f->result;
	p.value = f->value[0] != '\0' ? unconst(f->value) : NULL;
	p.has_severity = f->result == CXM__POSTURE__RESULT__FAIL;
	p.severity = (uint32_t)f->severity;
	p.has_figure = f->has_figure;
	p.figure = f->figure;
	p.has_part = f->has_part;
	p.part = f->part;
	p.has_whole = f->has_part;
	p.whole = f->whole;
	if (s->env.emit(s->env.agent, &p.base) == 0) {
		s->records++;
	}
}

static void hand_over(struct source *s)
{
	size_t failed = 0;
	size_t unknown = 0;

	for (size_t i = 0; i < s->report.n; i++) {
		failed += s->report.items[i].result == CXM__POSTURE__RESULT__FAIL;
		unknown += s->report.items[i].result == CXM__POSTURE__RESULT__UNKNOWN;
		emit(s, &s->report.items[i]);
	}
	log_info(NAME, "looked at the host: findings=%zu failed=%zu unknown=%zu", s->report.n,
	         failed, unknown);
	s->beyond += s->report.beyond;
	s->advisories_malformed = s->report.advisories_malformed;
	s->has_report = false;
	posture_report_free(&s->report);
	s->scans++;
	if (s->env.one_shot && s->env.done != NULL) {
		s->env.done(s->env.agent, s, 0);
	}
}

/* ---- turns ---- */

static void schedule(struct source *s, int64_t wait_ms)
{
	struct timeval wait = { .tv_sec = wait_ms / 1000, .tv_usec = wait_ms % 1000 * 1000 };

	if (s->timer != NULL && s->running) {
		(void)evtimer_add(s->timer, &wait);
	}
}

static void begin(struct source *s)
{
	int rc;

	if (s->scanning || s->has_report) {
		return; /* still at the last one; the next is due in its time */
	}
	rc = posture_report_init(&s->report);
	s->scan = (struct posture_scan){ .conf = s->conf,
		                         .now_us = env_wall_us(s->env.env),
		                         .cancel_fd = s->cancel_fd,
		                         .cancelled = &s->cancelled,
		                         .report = &s->report };
	rc = rc == 0 ? start_thread(s) : rc;
	if (rc != 0) {
		log_err(NAME, "cannot look at the host: %s; will try again", strerror(-rc));
		posture_report_free(&s->report);
	}
}

static void timer_cb(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;

	(void)fd;
	(void)what;
	begin(s);
	if (!s->env.one_shot) {
		schedule(s, s->conf->interval_ms);
	}
}

static void wake_cb(evutil_socket_t fd, short what, void *arg)
{
	struct source *s = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count) || !s->scanning) {
		return;
	}
	(void)pthread_join(s->thread, NULL);
	s->scanning = false;
	s->has_report = true;
	if (!s->paused) {
		hand_over(s);
	}
}

/* ---- life ---- */

static void stop(struct source *s)
{
	s->running = false;
	if (s->timer != NULL) {
		(void)evtimer_del(s->timer);
	}
	atomic_store(&s->cancelled, true);
	signal_fd(s->cancel_fd);
	if (s->scanning) {
		/* a scan that is cut short tells less than the truth: it is forgotten, and done
		 * again at the next start */
		(void)pthread_join(s->thread, NULL);
		s->scanning = false;
		posture_report_free(&s->report);
	}
	if (s->has_report) {
		hand_over(s);
	}
}

static void close_source(struct source *s)
{
	if (s == NULL) {
		return;
	}
	if (s->cancel_fd >= 0) {
		stop(s);
		(void)close(s->cancel_fd);
	}
	if (s->timer != NULL) {
		event_free(s->timer);
	}
	if (s->wake != NULL) {
		event_free(s->wake);
	}
	if (s->wake_fd >= 0) {
		(void)close(s->wake_fd);
	}
	posture_report_free(&s->report);
	free(s);
}

static int open_events(struct source *s, struct fault *fault)
{
	s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->cancel_fd = s->wake_fd >= 0 ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
	if (s->cancel_fd < 0) {
		return fault_set(fault, -errno, "cannot make an eventfd: %s", strerror(errno));
	}
	if (s->env.base == NULL) {
		return 0;
	}
	s->timer = evtimer_new(s->env.base, timer_cb, s);
	s->wake = event_new(s->env.base, s->wake_fd, EV_READ | EV_PERSIST, wake_cb, s);
	if (s->timer == NULL || s->wake == NULL || event_add(s->wake, NULL) != 0) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	return 0;
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	struct source *s;
	int rc = posture_check(env->conf, fault);

	if (rc < 0) {
		return rc;
	}
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s->env = *env;
	s->conf = env->conf;
	s->wake_fd = -1;
	s->cancel_fd = -1;
	atomic_init(&s->cancelled, false);
	rc = open_events(s, fault);
	if (rc != 0) {
		close_source(s);
		return rc;
	}
	*out = s;
	return 0;
}

static int start(struct source *s)
{
	s->running = true;
	schedule(s, 0);
	return 0;
}

static void pause_source(struct source *s)
{
	s->paused = true;
}

static void resume(struct source *s)
{
	s->paused = false;
	if (s->has_report) {
		hand_over(s);
	}
}

static int checkpoint(struct source *s, struct buf *out)
{
	(void)s;
	(void)out;
	return 0; /* there is no position: a state is looked at anew */
}

static void progress(const struct source *s, struct source_progress *out)
{
	*out = (struct source_progress){
		.what = NAME,
		.done = s->scans,
		.records = s->records,
		.rejected = s->advisories_malformed,
	};
}

static void counters(const struct source *s, const struct source_tally *to)
{
	source_tell(to, SOURCE_TAKEN, "looks", s->scans);
	source_tell(to, SOURCE_TAKEN, "findings", s->records);
	source_tell(to, SOURCE_MALFORMED, "advisory_row", s->advisories_malformed);
	source_tell(to, SOURCE_LOST, "findings_beyond_limit", s->beyond);
}

/* ---- check ---- */

/* What a scan without handshakes would leave unknown, in its own words: with them it would ask the
 * listeners, and check changes nothing and asks nobody. */
static void examine(const void *conf, const struct source_examine *e)
{
	struct posture_conf quiet = *(const struct posture_conf *)conf;
	struct posture_report report;
	struct posture_scan scan = { .conf = &quiet,
		                     .now_us = env_wall_us(&env_system),
		                     .cancel_fd = -1,
		                     .report = &report };

	quiet.handshakes = false;
	if (posture_report_init(&report) != 0) {
		return;
	}
	posture_scan(&scan);
	for (size_t i = 0; i < report.n; i++) {
		const struct posture_finding *f = &report.items[i];
		char text[POSTURE_CHECK_MAX + POSTURE_VALUE_MAX + 64];

		if (f->result == CXM__POSTURE__RESULT__UNKNOWN) {
			(void)snprintf(text, sizeof(text), NAME ": %s stays unknown: %s", f->check,
			               f->value);
			e->tell(e->arg, text);
		}
	}
	posture_report_free(&report);
}

const struct source_ops source_posture = {
	.name = NAME,
	.schema = &posture_schema,
	.check = posture_check,
	.examine = examine,
	.open = open_source,
	.start = start,
	.pause = pause_source,
	.resume = resume,
	.checkpoint = checkpoint,
	.progress = progress,
	.counters = counters,
	.stop = stop,
	.close = close_source,
};
