#include "agent/program.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/privilege.h"
#include "common/when.h"
#include "proto/evidence.pb-c.h"

#define PASSWD_TEXT_MAX 16384 /* what getpwnam_r may need (sysconf(_SC_GETPW_R_SIZE_MAX)) */

/* ---- joining ---- */

static void happened(struct program *p)
{
	if (p->happened != NULL) {
		p->happened(p->arg);
	}
}

static void arm_turn(struct program *p)
{
	int64_t due_us = agent_due_us(p->agent);
	int64_t left_us = due_us - env_mono_us(p->env);
	struct timeval tv;

	if (due_us == INT64_MAX) {
		(void)evtimer_del(p->turn);
		return;
	}
	left_us = left_us > 0 ? left_us : 0;
	tv.tv_sec = left_us / 1000000;
	tv.tv_usec = left_us % 1000000;
	(void)evtimer_add(p->turn, &tv);
}

static void turn_cb(evutil_socket_t fd, short what, void *arg)
{
	struct program *p = arg;

	(void)fd;
	(void)what;
	agent_turn(p->agent);
	arm_turn(p);
	happened(p);
}

static void on_wake(void *arg)
{
	arm_turn(arg);
}

static void on_accepted(void *arg)
{
	struct program *p = arg;

	if (p->uplink != NULL) {
		uplink_kick(p->uplink);
	}
}

static void on_acked(void *arg, uint64_t sequence)
{
	struct program *p = arg;

	(void)sequence;
	agent_on_acked(p->agent);
	happened(p);
}

/* ---- as the user we will become ---- */

struct rights {
	bool changed;
	uid_t uid;
	gid_t gid;
};

/* Make the spool's directory while we still may. The user owns it; nobody else needs to look. */
static int make_directory(const char *path, const struct passwd *user, struct fault *fault)
{
	int fd;
	int rc;

	if (mkdir(path, 0700) != 0) {
		return 0; /* there already; else the spool will say what is wrong */
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	rc = fd >= 0 && fchown(fd, user->pw_uid, user->pw_gid) == 0 ? 0 : -errno;
	if (fd >= 0) {
		(void)close(fd);
	}
	return rc == 0 ? 0
	               : fault_set(fault, rc, "%s: cannot give it to user %s: %s", path,
	                           user->pw_name, strerror(-rc));
}

/* Effective rights only, so that they can be taken back; there is one thread. */
static int lower_rights(const struct program *p, struct rights *before, struct fault *fault)
{
	char text[PASSWD_TEXT_MAX];
	struct passwd entry;
	struct passwd *found = NULL;
	int rc;

	*before = (struct rights){ false, geteuid(), getegid() };
	if (before->uid != 0 || p->conf->user == NULL) {
		return 0;
	}
	rc = getpwnam_r(p->conf->user, &entry, text, sizeof(text), &found);
	if (found == NULL) {
		return fault_set(fault, rc != 0 ? -rc : -ENOENT,
		                 "user %s is not known here: create it (useradd --system %s) or "
		                 "change `user` in the configuration",
		                 p->conf->user, p->conf->user);
	}
	rc = make_directory(p->conf->spool.directory, &entry, fault);
	if (rc != 0) {
		return rc;
	}
	if (setegid(entry.pw_gid) != 0 || seteuid(entry.pw_uid) != 0) {
		return fault_set(fault, -errno, "cannot act as user %s: %s", p->conf->user,
		                 strerror(errno));
	}
	before->changed = true;
	return 0;
}

static int restore_rights(const struct rights *before, int rc, struct fault *fault)
{
	if (before->changed && (seteuid(before->uid) != 0 || setegid(before->gid) != 0)) {
		return fault_set(fault, -errno, "cannot act as root again: %s", strerror(errno));
	}
	return rc;
}

/* ---- the steps, up and down ---- */

static int open_zone(struct program *p, struct fault *fault)
{
	return when_use_zone(p->conf->timezone, fault);
}

static int open_catalog(struct program *p, struct fault *fault)
{
	return cxm_catalog_init(&p->catalog, &cxm__evidence__descriptor, fault);
}

static void close_catalog(struct program *p)
{
	cxm_catalog_free(&p->catalog);
}

static int open_key(struct program *p, struct fault *fault)
{
	const struct pseudonym_plan plan = { p->conf->country_code, p->conf->international_prefix,
		                             p->conf->national_prefix };

	return pseudonym_open(&p->pseudonym, p->conf->site_key, &plan, fault);
}

static void close_key(struct program *p)
{
	pseudonym_free(p->pseudonym);
	p->pseudonym = NULL;
}

static int open_loop(struct program *p, struct fault *fault)
{
	p->base = event_base_new();
	p->turn = p->base != NULL ? evtimer_new(p->base, turn_cb, p) : NULL;
	if (p->turn == NULL) {
		if (p->base != NULL) {
			event_base_free(p->base);
			p->base = NULL;
		}
		return fault_set(fault, -ENOMEM, "cannot make an event loop");
	}
	return 0;
}

static void close_loop(struct program *p)
{
	event_free(p->turn);
	event_base_free(p->base);
	p->base = NULL;
}

static int open_spool(struct program *p, struct fault *fault)
{
	const struct spool_options options = { p->conf->spool.directory, p->conf->spool.quota_bytes,
		                               p->conf->spool.segment_bytes };
	struct rights rights;
	int rc = lower_rights(p, &rights, fault);

	if (rc == 0) {
		rc = spool_open(&p->spool, p->env, &options, fault);
	}
	return restore_rights(&rights, rc, fault);
}

static void close_spool(struct program *p)
{
	spool_close(p->spool);
	p->spool = NULL;
}

static int open_agent(struct program *p, struct fault *fault)
{
	const struct agent_options options = {
		.env = p->env,
		.base = p->base,
		.catalog = &p->catalog,
		.pseudonym = p->pseudonym,
		.spool = p->spool,
		.host = p->conf->host,
		.commit_interval_ms = p->conf->commit_interval_ms,
		.one_shot = p->one_shot,
		.arg = p,
		.wake = on_wake,
		.accepted = on_accepted,
	};
	int rc = agent_new(&p->agent, &options);

	return rc == 0 ? 0 : fault_set(fault, rc, "out of memory");
}

static void close_agent(struct program *p)
{
	agent_free(p->agent);
	p->agent = NULL;
}

/* A service without one of its sources would look well and be blind: it does not start. A replay
 * delivers what can be read. */
static int open_sources(struct program *p, struct fault *fault)
{
	for (size_t i = 0; i < p->n_inputs; i++) {
		const struct program_input *input = &p->inputs[i];
		int rc = agent_add(p->agent, input->ops, input->instance, input->entry, fault);

		if (rc != 0 && !p->one_shot) {
			fault_prefix(fault, "%s:%u: %s", p->conf->doc.path, input->line,
			             input->ops->name);
			return rc;
		}
		if (rc != 0) {
			log_err(input->ops->name, "%s", fault->text);
			p->n_unopened++;
		}
	}
	return 0;
}

static int open_uplink(struct program *p, struct fault *fault)
{
	const char *names[AGENT_KINDS_MAX + 1];
	struct uplink_options options = program_uplink_options(p, p->conf, names);
	struct rights rights;
	int rc = lower_rights(p, &rights, fault);

	if (rc == 0) {
		rc = uplink_open(&p->uplink, p->base, p->env, p->spool, &options, fault);
	}
	return restore_rights(&rights, rc, fault);
}

static void close_uplink(struct program *p)
{
	uplink_close(p->uplink);
	p->uplink = NULL;
}

static int give_up_rights(struct program *p, struct fault *fault)
{
	return privilege_drop(p->conf->user, fault);
}

static const struct step {
	int (*up)(struct program *p, struct fault *fault);
	void (*down)(struct program *p); /* NULL: nothing to take down */
} steps[] = {
	{ open_zone, NULL },           { open_catalog, close_catalog }, { open_key, close_key },
	{ open_loop, close_loop },     { open_spool, close_spool },     { open_agent, close_agent },
	{ open_sources, NULL }, /* the agent closes them */
	{ open_uplink, close_uplink }, { give_up_rights, NULL },
};

int program_open(struct program *p, struct fault *fault)
{
	int rc = 0;

	p->env = &env_system;
	p->up = 0;
	while (rc == 0 && p->up < sizeof(steps) / sizeof(steps[0])) {
		rc = steps[p->up].up(p, fault);
		p->up += rc == 0 ? 1 : 0;
	}
	if (rc != 0) {
		program_close(p);
	}
	return rc;
}

void program_close(struct program *p)
{
	while (p->up > 0) {
		p->up--;
		if (steps[p->up].down != NULL) {
			steps[p->up].down(p);
		}
	}
}

int program_start(struct program *p, struct fault *fault)
{
	int rc = agent_start(p->agent, fault);

	if (rc == 0) {
		uplink_start(p->uplink, on_acked, p);
		arm_turn(p);
	}
	return rc;
}

/* ---- looking ---- */

static bool has_name(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

struct uplink_options program_uplink_options(const struct program *p, const struct agent_conf *conf,
                                             const char *names[AGENT_KINDS_MAX + 1])
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_inputs && n < AGENT_KINDS_MAX; i++) {
		if (!has_name(names, n, p->inputs[i].ops->name)) {
			names[n++] = p->inputs[i].ops->name;
		}
	}
	names[n] = NULL;
	return (struct uplink_options){
		.host = conf->collector_host,
		.port = conf->collector_port,
		.ca_path = conf->collector.ca,
		.certificate_path = conf->collector.certificate,
		.key_path = conf->collector.key,
		.timezone = conf->timezone,
		.sources = names,
		.compress = conf->collector.compress,
		.simulated = conf->simulated,
		.backoff_min_ms = conf->collector.reconnect_min_ms,
		.backoff_max_ms = conf->collector.reconnect_max_ms,
	};
}

uint64_t program_unacked(const struct program *p)
{
	struct spool_status spool;
	struct uplink_status uplink;
	uint64_t behind;

	spool_status(p->spool, &spool);
	uplink_status(p->uplink, &uplink);
	behind = uplink.acked_sequence + 1 > spool.first_sequence ? uplink.acked_sequence + 1
	                                                          : spool.first_sequence;
	return spool.next_sequence > behind ? spool.next_sequence - behind : 0;
}
