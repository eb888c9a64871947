#include "agent/status.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "agent/conf.h"
#include "agent/status_file.h"
#include "agent/status_text.h"
#include "common/log.h"

#define PART "status"

/* ---- reading ---- */

static int cannot_read(const char *path, int rc, struct fault *fault)
{
	if (rc == -EACCES) {
		return fault_set(fault, rc,
		                 "%s: may not be read: ask as root or as the agent's user", path);
	}
	if (rc == -ELOOP || rc == -EINVAL) {
		return fault_set(fault, rc, "%s: is no regular file: remove it", path);
	}
	return fault_set(fault, rc, "%s: cannot be read: %s", path, strerror(-rc));
}

static int parse(const char *path, const char *text, size_t len_bytes, json_t **out,
                 struct fault *fault)
{
	*out = json_loadb(text, len_bytes, 0, NULL);
	if (json_is_object(*out) &&
	    json_integer_value(json_object_get(*out, "format")) == STATUS_FORMAT) {
		return 0;
	}
	json_decref(*out);
	*out = NULL;
	return fault_set(fault, -EBADMSG,
	                 "%s: is no status of this version: is the agent that runs another "
	                 "version than this command?",
	                 path);
}

int status_read(const struct env *env, const char *directory, json_t **out, struct fault *fault)
{
	char path[PATH_MAX];
	char *text;
	ssize_t n;
	int fd;
	int rc;

	*out = NULL;
	if (snprintf(path, sizeof(path), "%s/" STATUS_NAME, directory) >= (int)sizeof(path)) {
		return cannot_read(directory, -ENAMETOOLONG, fault);
	}
	fd = env_open_regular(env, path, NULL);
	if (fd < 0) {
		return fd == -ENOENT ? 0 : cannot_read(path, fd, fault);
	}
	text = malloc(STATUS_MAX_BYTES);
	n = text != NULL ? env_pread_all(env, fd, text, STATUS_MAX_BYTES, 0) : -ENOMEM;
	(void)env->close(env->arg, fd);
	rc = n < 0 ? cannot_read(path, (int)n, fault) : parse(path, text, (size_t)n, out, fault);
	free(text);
	return rc;
}

/* ---- judging ---- */

static void add(json_t *problems, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(json_t *problems, const char *format, ...)
{
	char text[FAULT_TEXT_MAX * 2];
	va_list args;

	if (json_array_size(problems) == STATUS_PROBLEMS_MAX) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)json_array_append_new(problems, json_string_nocheck(text));
}

static void judge_collector(const json_t *collector, json_t *problems)
{
	const char *trouble = json_string_value(json_object_get(collector, "trouble"));
	const char *state = json_string_value(json_object_get(collector, "state"));
	const json_t *days = json_object_get(collector, "certificate_days");

	if (state != NULL && strcmp(state, "connected") != 0 && trouble != NULL) {
		add(problems, "not connected to the collector: %s", trouble);
	}
	if (json_is_integer(days) && json_integer_value(days) < 0) {
		add(problems, "the agent's certificate has expired: issue a new one");
	}
}

static void judge_sources(const json_t *sources, json_t *problems)
{
	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *s = json_array_get(sources, i);
		const char *kind = json_string_value(json_object_get(s, "kind"));
		const char *trouble = json_string_value(json_object_get(s, "trouble"));

		if (kind != NULL && trouble != NULL) {
			add(problems, "%s: %s", kind, trouble);
		}
	}
}

/* A clock that was set back makes the file one of the future, until the next is written. */
static bool is_running(const json_t *doc, int64_t now_us)
{
	const char *state = json_string_value(json_object_get(doc, "state"));
	int64_t age_us = now_us - json_integer_value(json_object_get(doc, "written_us"));

	return state != NULL && strcmp(state, "running") == 0 && age_us < STATUS_STALE_US &&
	       age_us > -STATUS_STALE_US;
}

static void judge_absence(const json_t *doc, const char *directory, int64_t now_us,
                          json_t *problems)
{
	const char *state = json_string_value(json_object_get(doc, "state"));
	int64_t written_us = json_integer_value(json_object_get(doc, "written_us"));
	char ago[STATUS_AGE_SIZE];

	if (state == NULL) {
		add(problems, "not running: no agent has ever written its status into %s",
		    directory);
	} else if (strcmp(state, "running") == 0) {
		add(problems,
		    "not running, or stuck: it last wrote its status %s ago and has not said "
		    "that it stopped",
		    status_age(now_us - written_us, ago));
	} else {
		add(problems, "not running: it was stopped %s ago",
		    status_age(now_us - written_us, ago));
	}
}

json_t *status_judge(json_t *doc, const char *directory, int64_t now_us)
{
	json_t *all = doc != NULL ? doc : json_pack("{s:i}", "format", STATUS_FORMAT);
	json_t *problems = json_array();
	bool running = is_running(all, now_us);
	bool well;

	if (!running) {
		judge_absence(all, directory, now_us, problems);
	} else {
		judge_collector(json_object_get(all, "collector"), problems);
		if (json_is_true(json_object_get(json_object_get(all, "spool"), "blocked"))) {
			add(problems, "the spool takes nothing, sources are paused: its quota or "
			              "its disk is full");
		}
		judge_sources(json_object_get(all, "sources"), problems);
	}
	well = json_array_size(problems) == 0;
	if (json_object_set_new(all, "running", json_boolean(running)) != 0 ||
	    json_object_set_new(all, "well", json_boolean(well)) != 0 ||
	    json_object_set_new(all, "problems", problems) != 0) {
		json_decref(all);
		return NULL;
	}
	return all;
}

/* ---- the command ---- */

static int show(json_t *doc, bool json, int64_t now_us)
{
	bool well = json_is_true(json_object_get(doc, "well"));

	if (json) {
		(void)json_dumpf(doc, stdout, JSON_INDENT(1));
		(void)fputc('\n', stdout);
	} else {
		status_print(doc, now_us, stdout);
	}
	json_decref(doc);
	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}

int agent_status_command(const char *conf_path, const struct source_ops *const *kinds, bool json)
{
	int64_t now_us = env_wall_us(&env_system);
	struct agent_conf conf;
	struct fault fault;
	json_t *doc = NULL;
	int code;

	if (agent_conf_load(&conf, conf_path, kinds, &fault) != 0) {
		log_err(PART, "%s", fault.text);
		return FAULT_EXIT_USAGE;
	}
	if (status_read(&env_system, conf.spool.directory, &doc, &fault) != 0) {
		log_err(PART, "%s", fault.text);
		code = FAULT_EXIT_USAGE;
	} else {
		doc = status_judge(doc, conf.spool.directory, now_us);
		code = doc != NULL ? show(doc, json, now_us) : EXIT_FAILURE;
	}
	agent_conf_free(&conf);
	return code;
}
