#include "agent/status_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/tls.h"

#define PART   "status"
#define DAY_US (INT64_C(24) * 3600 * 1000000)

/* ---- the document ---- */

/* Counters of the agent stay below 2^63 for as long as anybody lives. */
static json_t *number(uint64_t n)
{
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

/* A time or duration that may not be known. */
static json_t *known(bool is, int64_t n)
{
	return is ? json_integer(n) : json_null();
}

/* Bytes of a path or a message that are no UTF-8 become question marks. */
static json_t *text_or_null(const char *text)
{
	json_t *out;
	char *ascii;

	if (text == NULL || text[0] == '\0') {
		return json_null();
	}
	out = json_string(text);
	if (out != NULL) {
		return out;
	}
	ascii = strdup(text);
	for (char *at = ascii; at != NULL && *at != '\0'; at++) {
		if ((unsigned char)*at >= 0x80) {
			*at = '?';
		}
	}
	out = ascii != NULL ? json_string(ascii) : NULL;
	free(ascii);
	return out;
}

static int64_t wall_of(const struct env *env, int64_t mono_us)
{
	return env_wall_us(env) - (env_mono_us(env) - mono_us);
}

/* Read anew each time: it may have been renewed, and counts from the next connect on. */
static json_t *certificate_days(const struct env *env, const char *path)
{
	int64_t left_us;

	if (tls_file_until_us(path, &left_us) != 0) {
		return json_null();
	}
	left_us -= env_wall_us(env);
	return json_integer(left_us >= 0 ? left_us / DAY_US : -(-left_us / DAY_US) - 1);
}

static json_t *collector(const struct status_writer *w)
{
	static const char *const states[] = {
		[UPLINK_WAITING] = "waiting",
		[UPLINK_CONNECTING] = "connecting",
		[UPLINK_GREETING] = "connecting",
		[UPLINK_RUNNING] = "connected",
	};
	const struct env *env = w->program->env;
	struct uplink_status u;

	uplink_status(w->program->uplink, &u);
	return json_pack(
		"{s:o, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "host", text_or_null(u.host),
		"port", (int)u.port, "state", states[u.state], "since_us",
		known(u.since_mono_us != 0, wall_of(env, u.since_mono_us)), "connects",
		number(u.connects), "sent_records", number(u.sent_records), "last_ack_us",
		known(u.last_ack_mono_us != 0, wall_of(env, u.last_ack_mono_us)), "clock_offset_us",
		known(u.connects > 0, u.clock_offset_us), "trouble", text_or_null(u.trouble),
		"certificate_days", certificate_days(env, u.certificate_path));
}

static json_t *spool(const struct status_writer *w)
{
	struct agent_status agent;
	struct spool_status s;

	agent_status(w->program->agent, &agent);
	spool_status(w->program->spool, &s);
	return json_pack("{s:o, s:o, s:I, s:o, s:o, s:b, s:o, s:o}", "directory",
	                 text_or_null(w->conf->spool.directory), "bytes", number(s.bytes),
	                 "quota_bytes", (json_int_t)w->conf->spool.quota_bytes, "oldest_us",
	                 known(s.oldest_us != 0, s.oldest_us), "unacknowledged",
	                 number(program_unacked(w->program)), "blocked", agent.blocked ? 1 : 0,
	                 "damaged_places", number(s.damaged_entries), "lost_records",
	                 number(s.lost_records));
}

static json_t *records(const struct status_writer *w)
{
	struct agent_status agent;

	agent_status(w->program->agent, &agent);
	return json_pack("{s:o, s:I, s:o, s:o}", "accepted", number(agent.accepted), "pending",
	                 (json_int_t)agent.pending, "refused_too_big", number(agent.refused),
	                 "dropped_spool_full", number(agent.dropped));
}

/* ---- its sources ---- */

struct tally {
	json_t *of[SOURCE_LOST + 1];
};

static void on_count(void *arg, enum source_count what, const char *name, uint64_t n)
{
	struct tally *t = arg;

	(void)json_object_set_new(t->of[what], name, number(n));
}

static json_t *sampling(const struct sampling_state *s)
{
	if (s->wanted_ppm == 0) {
		return json_null();
	}
	return json_pack("{s:I, s:I, s:o, s:o, s:o}", "configured_ppm", (json_int_t)s->wanted_ppm,
	                 "followed_ppm", (json_int_t)s->share_ppm, "reductions",
	                 number(s->reductions), "reduced_us",
	                 known(s->reduced_us > 0, s->reduced_us), "reduced_by",
	                 text_or_null(s->reduced));
}

static json_t *source(const struct status_writer *w, size_t i)
{
	const struct program_input *input = &w->program->inputs[i];
	struct tally t = { { json_object(), json_object(), json_object() } };
	const struct source_tally to = { on_count, &t };
	struct source_progress p;

	(void)agent_progress(w->program->agent, i, &p);
	(void)agent_counters(w->program->agent, i, &to);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	                 "kind", input->ops->name, "instance", text_or_null(input->instance),
	                 "trouble", text_or_null(p.trouble), "advice", text_or_null(p.advice),
	                 "read", number(p.done), "size", known(p.all > 0, (int64_t)p.all),
	                 "records", number(p.records), "rejected", number(p.rejected),
	                 "last_event_us", known(p.last_us > 0, p.last_us), "taken",
	                 t.of[SOURCE_TAKEN], "malformed", t.of[SOURCE_MALFORMED], "lost",
	                 t.of[SOURCE_LOST], "sampling", sampling(&p.sampling));
}

static json_t *sources(const struct status_writer *w)
{
	json_t *all = json_array();

	for (size_t i = 0; i < w->program->n_inputs; i++) {
		if (json_array_append_new(all, source(w, i)) != 0) {
			json_decref(all);
			return NULL;
		}
	}
	return all;
}

json_t *status_document(const struct status_writer *w, const char *state)
{
	return json_pack("{s:i, s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
	                 "format", STATUS_FORMAT, "version", CXM_VERSION, "state", state, "site",
	                 text_or_null(w->conf->site), "agent", text_or_null(w->conf->agent), "host",
	                 text_or_null(w->conf->host), "pid", (json_int_t)getpid(), "started_us",
	                 (json_int_t)w->started_us, "written_us",
	                 (json_int_t)env_wall_us(w->program->env), "collector", collector(w),
	                 "spool", spool(w), "records", records(w), "sources", sources(w));
}

/* ---- the file ---- */

static int write_whole(const struct env *env, const char *path, int flags, const char *text,
                       size_t len_bytes)
{
	int fd = env->open(env->arg, path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0640);
	int rc = fd >= 0 ? env_pwrite_all(env, fd, text, len_bytes, 0) : fd;

	if (rc == 0) {
		rc = env->ftruncate(env->arg, fd, (off_t)len_bytes);
	}
	if (fd >= 0) {
		(void)env->close(env->arg, fd);
	}
	return rc;
}

int status_put(const struct env *env, const char *directory, const char *text, size_t len_bytes)
{
	char path[PATH_MAX];
	char fresh[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/" STATUS_NAME, directory);
	int rc;

	if (n < 0 || snprintf(fresh, sizeof(fresh), "%s/" STATUS_NAME ".new", directory) >=
	                     (int)sizeof(fresh)) {
		return -ENAMETOOLONG;
	}
	rc = write_whole(env, fresh, O_CREAT, text, len_bytes);
	rc = rc == 0 ? env->rename(env->arg, fresh, path) : rc;
	if (rc != 0) {
		(void)env->unlink(env->arg, fresh);
	}
	if (rc == -ENOSPC || rc == -EDQUOT) {
		/* a full disk is when somebody asks: the blocks of the old one are ours already */
		rc = write_whole(env, path, 0, text, len_bytes);
	}
	return rc;
}

static void note_trouble(struct status_writer *w, int rc)
{
	if (rc != w->trouble && rc != 0) {
		log_warn(PART, "%s/" STATUS_NAME ": cannot be written: %s; `status` will not know",
		         w->conf->spool.directory, strerror(-rc));
	}
	w->trouble = rc;
}

int status_write(struct status_writer *w, const char *state)
{
	json_t *doc = status_document(w, state);
	char *text = doc != NULL ? json_dumps(doc, JSON_INDENT(1)) : NULL;
	int rc = -ENOMEM;

	json_decref(doc);
	if (text != NULL) {
		rc = status_put(w->program->env, w->conf->spool.directory, text, strlen(text));
		free(text);
	}
	note_trouble(w, rc);
	return rc;
}
