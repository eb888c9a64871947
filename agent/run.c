#include "agent/run.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/program.h"
#include "agent/self.h"
#include "agent/status_file.h"
#include "common/log.h"
#include "common/notify.h"

#define PART             "run"

#define LAST_ACKS_WAIT_S 5 /* of the 10 s that stopping may take; the rest is for the sources */
#define INPUTS_MAX       AGENT_SOURCES_MAX

static const int taken_signals[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
#define N_SIGNALS (sizeof(taken_signals) / sizeof(taken_signals[0]))

struct service {
	struct program program;
	struct agent_conf conf;
	const char *conf_path;
	const struct source_ops *const *kinds;
	struct program_input inputs[INPUTS_MAX];
	struct event *signals[N_SIGNALS];
	struct event *gauge;
	struct event *patience; /* for the last acknowledgements */
	struct event *tell;     /* writes the status file */
	struct status_writer status;
	struct self_sample sample;
	bool stopping;
};

/* ---- sources of the configuration ---- */

static int list_inputs(struct service *s, struct fault *fault)
{
	struct program *p = &s->program;

	for (size_t kind = 0; s->kinds[kind] != NULL; kind++) {
		for (size_t i = 0; i < s->conf.sources[kind].count; i++) {
			const void *entry = agent_conf_entry(&s->conf, kind, i);
			const char *instance = agent_conf_instance(s->kinds[kind], entry);

			if (p->n_inputs == INPUTS_MAX) {
				return fault_set(fault, -E2BIG, "%s: more than %d sources",
				                 s->conf_path, INPUTS_MAX);
			}
			s->inputs[p->n_inputs++] =
				(struct program_input){ s->kinds[kind],
				                        instance != NULL ? instance : "", entry,
				                        agent_conf_line(&s->conf, kind, i) };
		}
	}
	if (p->n_inputs == 0) {
		return fault_set(fault, -EINVAL,
		                 "%s: no sources: name at least one under `sources:`",
		                 s->conf_path);
	}
	return 0;
}

static int read_conf(struct service *s, struct fault *fault)
{
	int rc = agent_conf_load(&s->conf, s->conf_path, s->kinds, fault);

	if (rc != 0) {
		return rc;
	}
	rc = agent_conf_identity(&s->conf, fault);
	rc = rc == 0 ? list_inputs(s, fault) : rc;
	if (rc != 0) {
		agent_conf_free(&s->conf);
	}
	return rc;
}

/* ---- stopping ---- */

static void end_loop_cb(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	(void)event_base_loopbreak(s->program.base);
}

/* Everything is delivered, or there is nobody to deliver it to. */
static bool nothing_to_wait_for(const struct service *s)
{
	struct uplink_status uplink;

	uplink_status(s->program.uplink, &uplink);
	return uplink.state != UPLINK_RUNNING || program_unacked(&s->program) == 0;
}

static void on_happened(void *arg)
{
	struct service *s = arg;

	if (s->stopping && nothing_to_wait_for(s)) {
		(void)event_base_loopbreak(s->program.base);
	}
}

static void stop(struct service *s)
{
	const struct timeval patience = { .tv_sec = LAST_ACKS_WAIT_S };

	if (s->stopping) {
		(void)event_base_loopbreak(s->program.base); /* asked twice: at once */
		return;
	}
	s->stopping = true;
	(void)notify_stopping();
	log_info(PART, "stopping");
	(void)agent_stop(s->program.agent); /* has said what could not be accepted */
	(void)evtimer_add(s->patience, &patience);
	on_happened(s);
}

static void say_goodbye(const struct service *s)
{
	uint64_t left = program_unacked(&s->program);

	if (left > 0) {
		log_info(PART, "stopped; %" PRIu64 " records wait in %s", left,
		         s->conf.spool.directory);
	} else {
		log_info(PART, "stopped; everything is delivered");
	}
}

/* ---- saying how it is ---- */

static const char *state_text(enum uplink_state state)
{
	static const char *const texts[] = {
		[UPLINK_WAITING] = "waiting to connect",
		[UPLINK_CONNECTING] = "connecting",
		[UPLINK_GREETING] = "connecting",
		[UPLINK_RUNNING] = "connected",
	};

	return texts[state];
}

static void say_status(const struct service *s)
{
	struct source_progress progress;
	struct uplink_status uplink;
	struct agent_status agent;
	struct spool_status spool;

	uplink_status(s->program.uplink, &uplink);
	agent_status(s->program.agent, &agent);
	spool_status(s->program.spool, &spool);
	log_info("status",
	         "%s%s%s; connects=%" PRIu64 " accepted=%" PRIu64 " unacknowledged=%" PRIu64
	         " pending=%" PRIu32 " refused=%" PRIu64 " dropped=%" PRIu64 " spool_bytes=%" PRIu64
	         "%s",
	         state_text(uplink.state), uplink.trouble[0] != '\0' ? ": " : "", uplink.trouble,
	         uplink.connects, agent.accepted, program_unacked(&s->program), agent.pending,
	         agent.refused, agent.dropped, spool.bytes,
	         agent.blocked ? "; the spool takes nothing, sources are paused" : "");
	for (size_t i = 0; agent_progress(s->program.agent, i, &progress); i++) {
		log_info("status",
		         "%s %s: records=%" PRIu64 " rejected=%" PRIu64 " read=%" PRIu64
		         " of=%" PRIu64,
		         s->inputs[i].ops->name, s->inputs[i].instance, progress.records,
		         progress.rejected, progress.done, progress.all);
	}
}

/* ---- reloading ---- */

static int take_up(struct service *s, const struct agent_conf *conf, struct fault *fault)
{
	const char *names[AGENT_KINDS_MAX + 1];
	struct uplink_options options = program_uplink_options(&s->program, conf, names);
	char fixed[256];
	int rc = agent_conf_identity(conf, fault);

	rc = rc == 0 ? uplink_reload(s->program.uplink, &options, fault) : rc;
	if (rc != 0) {
		return rc;
	}
	log_set_level(log_level_named(conf->log_level));
	if (agent_conf_fixed(&s->conf, conf, fixed, sizeof(fixed))[0] != '\0') {
		log_warn(PART, "%s: changes of %s count after a restart", s->conf_path, fixed);
	}
	return 0;
}

static void reload(struct service *s)
{
	struct agent_conf conf;
	struct fault fault = { 0 };
	int rc;

	(void)notify_reloading();
	rc = agent_conf_load(&conf, s->conf_path, s->kinds, &fault);
	if (rc == 0) {
		rc = take_up(s, &conf, &fault);
		agent_conf_free(&conf);
	}
	if (rc == 0) {
		log_info(PART, "%s: taken up", s->conf_path);
	} else {
		log_err(PART, "%s; everything stays as it was", fault.text);
	}
	(void)notify_ready();
}

/* ---- the loop ---- */

static void signal_cb(evutil_socket_t number, short what, void *arg)
{
	(void)what;
	if (number == SIGHUP) {
		reload(arg);
	} else if (number == SIGUSR1) {
		say_status(arg);
		(void)status_write(&((struct service *)arg)->status, "running");
	} else {
		stop(arg);
	}
}

static void gauge_cb(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;
	struct uplink_status uplink;
	struct self_sample now;
	Cxm__Gauge gauge;

	(void)fd;
	(void)what;
	if (s->stopping) {
		return;
	}
	uplink_status(s->program.uplink, &uplink);
	self_sample(s->program.env, &now);
	self_gauge(&s->sample, &now, s->conf.host,
	           uplink.connects > 0 ? &uplink.clock_offset_us : NULL, &gauge);
	s->sample = now;
	(void)agent_emit(s->program.agent, &gauge.base);
}

static void tell_cb(evutil_socket_t fd, short what, void *arg)
{
	struct service *s = arg;

	(void)fd;
	(void)what;
	(void)status_write(&s->status, "running"); /* has said what keeps it from that */
}

/* A signal that comes while things are being opened waits until there is somebody to take it. */
static void hold_signals(sigset_t *before)
{
	sigset_t held;

	(void)sigemptyset(&held);
	for (size_t i = 0; i < N_SIGNALS; i++) {
		(void)sigaddset(&held, taken_signals[i]);
	}
	(void)pthread_sigmask(SIG_BLOCK, &held, before);
}

static int make_events(struct service *s, struct fault *fault)
{
	const struct timeval slot = { .tv_sec = SELF_SLOT_US / 1000000 };
	const struct timeval pace = { .tv_sec = STATUS_INTERVAL_US / 1000000 };
	struct event_base *base = s->program.base;
	bool made = true;

	for (size_t i = 0; i < N_SIGNALS; i++) {
		s->signals[i] = evsignal_new(base, taken_signals[i], signal_cb, s);
		made = made && s->signals[i] != NULL && event_add(s->signals[i], NULL) == 0;
	}
	s->patience = evtimer_new(base, end_loop_cb, s);
	s->gauge = event_new(base, -1, EV_PERSIST, gauge_cb, s);
	s->tell = event_new(base, -1, EV_PERSIST, tell_cb, s);
	made = made && s->patience != NULL && s->gauge != NULL && s->tell != NULL &&
	       event_add(s->gauge, &slot) == 0 && event_add(s->tell, &pace) == 0;
	return made ? 0 : fault_set(fault, -ENOMEM, "cannot make events");
}

static void free_events(struct service *s)
{
	struct event *all[] = { s->signals[0], s->signals[1], s->signals[2], s->signals[3],
		                s->patience,   s->gauge,      s->tell };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i] != NULL) {
			event_free(all[i]);
		}
	}
}

static int serve(struct service *s, const sigset_t *before)
{
	struct fault fault = { 0 };
	int rc = make_events(s, &fault);

	(void)pthread_sigmask(SIG_SETMASK, before, NULL);
	if (rc == 0) {
		self_sample(s->program.env, &s->sample);
		rc = program_start(&s->program, &fault);
	}
	if (rc == 0) {
		log_info(PART, "version " CXM_VERSION ", site %s, agent %s, %zu sources",
		         s->conf.site, s->conf.agent, s->program.n_inputs);
		(void)notify_ready();
		s->status = (struct status_writer){ .program = &s->program,
			                            .conf = &s->conf,
			                            .started_us = env_wall_us(s->program.env) };
		(void)status_write(&s->status, "running");
		(void)event_base_dispatch(s->program.base);
		(void)status_write(&s->status, "stopped");
		say_goodbye(s);
	} else {
		log_err(PART, "%s", fault.text);
	}
	free_events(s);
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int agent_run(const char *conf_path, const struct source_ops *const *kinds)
{
	struct service s = { .conf_path = conf_path, .kinds = kinds };
	struct fault fault = { 0 };
	sigset_t before;
	int code;

	if (read_conf(&s, &fault) != 0) {
		log_err(PART, "%s", fault.text);
		return FAULT_EXIT_USAGE;
	}
	log_set_level(log_level_named(s.conf.log_level));
	if (geteuid() == 0 && s.conf.user == NULL) {
		log_warn(PART, "%s: no `user`: it stays root", conf_path);
	}
	s.program.conf = &s.conf;
	s.program.inputs = s.inputs;
	s.program.happened = on_happened;
	s.program.arg = &s;
	hold_signals(&before);
	if (program_open(&s.program, &fault) == 0) {
		code = serve(&s, &before);
		program_close(&s.program);
	} else {
		log_err(PART, "%s", fault.text);
		code = fault_exit_code(fault.code);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	agent_conf_free(&s.conf);
	return code;
}
