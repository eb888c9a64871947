#include "agent/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/conf_relations.h"
#include "agent/program.h"
#include "common/log.h"

#define PART             "replay"

#define LOOK_INTERVAL_US 250000L
#define QUIET_US         INT64_C(2000000) /* a short replay needs no progress */
#define LINE_INTERVAL_US INT64_C(5000000) /* where lines cannot be written over */
#define ENTRY_MAX_BYTES  ((size_t)CONF_FILE_MAX_BYTES)

/* A source made of paths: they become its configuration, as if they stood in a file. */
struct reel {
	struct conf_doc doc;
	void *entry;
};

struct replay {
	const struct replay_options *options;
	struct program program;
	struct agent_conf conf;
	struct reel reels[AGENT_SOURCES_MAX];
	struct program_input inputs[AGENT_SOURCES_MAX];
	struct event *look;
	struct event *signals[2];
	int64_t began_us;
	int64_t moved_us;  /* when there was progress last */
	uint64_t moved_by; /* sum of everything that counts as such */
	int64_t printed_us;
	uint64_t first_own; /* number of the first record of this replay */
	bool printed;
	bool terminal;
	bool finished;
	bool interrupted;
};

/* ---- from paths to sources ---- */

static const struct source_ops *kind_named(const struct source_ops *const *kinds, const char *name)
{
	for (size_t i = 0; kinds[i] != NULL; i++) {
		if (strcmp(kinds[i]->name, name) == 0) {
			return kinds[i];
		}
	}
	return NULL;
}

/* A path between double quotes, as YAML and JSON have it. */
static void add_quoted(struct buf *out, const char *path)
{
	buf_add_char(out, '"');
	for (const char *c = path; *c != '\0'; c++) {
		if (*c == '"' || *c == '\\') {
			buf_add_char(out, '\\');
			buf_add_char(out, *c);
		} else if ((unsigned char)*c < ' ') {
			buf_printf(out, "\\x%02x", (unsigned)*c);
		} else {
			buf_add_char(out, *c);
		}
	}
	buf_add_char(out, '"');
}

/* Sources that read files take them all, in order, into one; a folder is a source of its own. */
static bool takes_folders(const struct source_ops *ops)
{
	for (size_t i = 0; i < ops->schema->n_items; i++) {
		if (strcmp(ops->schema->items[i].name, "files") == 0) {
			return false;
		}
	}
	return true;
}

static int add_reel(struct replay *r, const struct source_ops *ops, const char *yaml,
                    const char *instance, struct fault *fault)
{
	struct program *p = &r->program;
	struct reel *reel = &r->reels[p->n_inputs];
	int rc;

	if (p->n_inputs == AGENT_SOURCES_MAX) {
		return fault_set(fault, -E2BIG, "more than %d inputs", AGENT_SOURCES_MAX);
	}
	rc = agent_conf_bind_text(ops, yaml, &reel->doc, &reel->entry, fault);
	if (rc != 0) {
		return rc;
	}
	r->inputs[p->n_inputs++] = (struct program_input){ ops, instance, reel->entry, 0 };
	return 0;
}

/* The key of the folder that a source reads: the path it cannot do without. */
static const struct conf_item *folder_item(const struct source_ops *ops)
{
	for (size_t i = 0; i < ops->schema->n_items; i++) {
		const struct conf_item *item = &ops->schema->items[i];

		if (item->type == CONF_PATH && item->required) {
			return item;
		}
	}
	return NULL;
}

/* The entry of the configuration for this folder, else the first of its kind, or NULL. */
static const char *entry_for(const struct agent_conf *conf, const struct source_ops *ops,
                             const char *directory)
{
	size_t at = folder_item(ops)->offset;
	size_t kind = 0;
	const char *its;

	while (conf->kinds[kind] != NULL && conf->kinds[kind] != ops) {
		kind++;
	}
	if (conf->kinds[kind] == NULL || conf->sources[kind].count == 0) {
		return NULL;
	}
	for (size_t i = 0; i < conf->sources[kind].count; i++) {
		const char *entry = agent_conf_entry(conf, kind, i);

		memcpy(&its, entry + at, sizeof(its));
		if (strcmp(its, directory) == 0) {
			return entry;
		}
	}
	return agent_conf_entry(conf, kind, 0);
}

/* A folder is read as the configuration says: what columns mean does not depend on where the files
 * lie. */
static void take_settings(struct replay *r, const struct source_ops *ops, char *entry)
{
	size_t at = folder_item(ops)->offset;
	const char *directory;
	const char *from;

	memcpy(&directory, entry + at, sizeof(directory));
	from = entry_for(&r->conf, ops, directory);
	if (from != NULL) {
		memcpy(entry, from, ops->schema->struct_size);
		memcpy(entry + at, &directory, sizeof(directory));
	}
}

static int add_folder(struct replay *r, const struct source_ops *ops, const char *path,
                      struct buf *yaml, struct fault *fault)
{
	const struct conf_item *folder = folder_item(ops);
	int rc;

	if (folder == NULL) {
		return fault_set(fault, -EINVAL, "source %s reads no folder", ops->name);
	}
	buf_reset(yaml);
	buf_printf(yaml, "{\"%s\": ", folder->name);
	add_quoted(yaml, path);
	buf_add_text(yaml, "}");
	rc = yaml->failed ? fault_set(fault, -ENOMEM, "out of memory")
	                  : add_reel(r, ops, buf_text(yaml), path, fault);
	if (rc == 0) {
		take_settings(r, ops, r->reels[r->program.n_inputs - 1].entry);
	}
	return rc;
}

static int add_files(struct replay *r, const struct source_ops *ops, struct buf *yaml,
                     struct fault *fault)
{
	const struct replay_options *o = r->options;
	const char *first = NULL;
	int rc;

	buf_reset(yaml);
	buf_add_text(yaml, "{\"files\": [");
	for (size_t i = 0; i < o->n_paths; i++) {
		if (strcmp(o->paths[i].kind, ops->name) == 0) {
			buf_add_text(yaml, first != NULL ? ", " : "");
			add_quoted(yaml, o->paths[i].path);
			first = first != NULL ? first : o->paths[i].path;
		}
	}
	buf_add_text(yaml, "]}");
	if (yaml->failed) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	if (first == NULL) {
		return 0;
	}
	rc = add_reel(r, ops, buf_text(yaml), first, fault);
	if (rc == 0) {
		void *entry = r->reels[r->program.n_inputs - 1].entry;

		agent_conf_inherit(&r->conf, ops, entry);
		for (size_t i = 0; i < o->n_paths; i++) {
			agent_conf_leave_to(ops, entry, o->paths[i].kind);
		}
	}
	return rc;
}

static int add_inputs(struct replay *r, const struct source_ops *const *kinds, struct fault *fault)
{
	const struct replay_options *o = r->options;
	struct buf yaml;
	int rc = 0;

	buf_init(&yaml, ENTRY_MAX_BYTES);
	for (size_t i = 0; rc == 0 && kinds[i] != NULL; i++) {
		rc = takes_folders(kinds[i]) ? 0 : add_files(r, kinds[i], &yaml, fault);
	}
	for (size_t i = 0; rc == 0 && i < o->n_paths; i++) {
		const struct source_ops *ops = kind_named(kinds, o->paths[i].kind);

		if (ops == NULL) {
			rc = fault_set(fault, -EINVAL, "no source %s in this program",
			               o->paths[i].kind);
		} else if (takes_folders(ops)) {
			rc = add_folder(r, ops, o->paths[i].path, &yaml, fault);
		}
	}
	buf_free(&yaml);
	return rc;
}

/* ---- how far it is ---- */

struct sums {
	uint64_t done;
	uint64_t all;
	uint64_t rejected;
	bool known; /* every input knows how long it is */
};

static struct sums sum_progress(const struct replay *r)
{
	struct sums sums = { .known = true };
	struct source_progress one;

	for (size_t i = 0; agent_progress(r->program.agent, i, &one); i++) {
		sums.done += one.done;
		sums.all += one.all;
		sums.rejected += one.rejected;
		sums.known = sums.known && one.all > 0;
	}
	return sums;
}

static void note_movement(struct replay *r)
{
	struct agent_status agent;
	struct uplink_status uplink;
	struct sums sums = sum_progress(r);
	uint64_t moved;

	agent_status(r->program.agent, &agent);
	uplink_status(r->program.uplink, &uplink);
	moved = sums.done + agent.accepted + agent.pending + uplink.acked_sequence + agent.done;
	if (moved != r->moved_by) {
		r->moved_by = moved;
		r->moved_us = env_mono_us(r->program.env);
	}
}

static void print_progress(struct replay *r)
{
	int64_t now_us = env_mono_us(r->program.env);
	struct uplink_status uplink;
	struct agent_status agent;
	struct sums sums;

	if ((!r->terminal && !r->options->progress) || now_us - r->began_us < QUIET_US ||
	    (!r->terminal && r->printed && now_us - r->printed_us < LINE_INTERVAL_US)) {
		return;
	}
	sums = sum_progress(r);
	agent_status(r->program.agent, &agent);
	uplink_status(r->program.uplink, &uplink);
	(void)fprintf(stderr, "%s", r->terminal ? "\r" : "");
	if (sums.known && sums.all > 0) {
		(void)fprintf(stderr, "%3.0f %% read, ",
		              100.0 * (double)sums.done / (double)sums.all);
	}
	(void)fprintf(stderr, "%" PRIu64 " records, %" PRIu64 " delivered%s",
	              agent.accepted + agent.pending,
	              uplink.acked_sequence >= r->first_own
	                      ? uplink.acked_sequence - r->first_own + 1
	                      : 0,
	              r->terminal ? "   " : "\n");
	r->printed = true;
	r->printed_us = now_us;
}

/* ---- the loop ---- */

static void on_happened(void *arg)
{
	struct replay *r = arg;

	/* a spool in which nothing ever was needs no collector */
	if (agent_is_finished(r->program.agent) && program_unacked(&r->program) == 0) {
		r->finished = true;
		(void)event_base_loopbreak(r->program.base);
	}
}

static void look_cb(evutil_socket_t fd, short what, void *arg)
{
	struct replay *r = arg;

	(void)fd;
	(void)what;
	note_movement(r);
	print_progress(r);
	on_happened(r);
	if (env_mono_us(r->program.env) - r->moved_us >= r->options->timeout_ms * 1000) {
		(void)event_base_loopbreak(r->program.base);
	}
}

static void signal_cb(evutil_socket_t number, short what, void *arg)
{
	struct replay *r = arg;

	(void)number;
	(void)what;
	r->interrupted = true;
	(void)event_base_loopbreak(r->program.base);
}

static int make_events(struct replay *r, struct fault *fault)
{
	static const int numbers[] = { SIGINT, SIGTERM };
	const struct timeval interval = { .tv_usec = LOOK_INTERVAL_US };
	bool made;

	r->look = event_new(r->program.base, -1, EV_PERSIST, look_cb, r);
	made = r->look != NULL && event_add(r->look, &interval) == 0;
	for (size_t i = 0; i < 2; i++) {
		r->signals[i] = evsignal_new(r->program.base, numbers[i], signal_cb, r);
		made = made && r->signals[i] != NULL && event_add(r->signals[i], NULL) == 0;
	}
	return made ? 0 : fault_set(fault, -ENOMEM, "cannot make events");
}

static void free_events(struct replay *r)
{
	struct event *all[] = { r->look, r->signals[0], r->signals[1] };

	for (size_t i = 0; i < 3; i++) {
		if (all[i] != NULL) {
			event_free(all[i]);
		}
	}
}

/* ---- the end ---- */

static void say_why(const struct replay *r)
{
	double waited_s = (double)r->options->timeout_ms / 1000;
	struct uplink_status uplink;
	struct agent_status agent;

	uplink_status(r->program.uplink, &uplink);
	agent_status(r->program.agent, &agent);
	if (r->interrupted) {
		log_err(PART, "interrupted");
	} else if (agent.blocked) {
		log_err(PART, "no progress for %.3g s: the spool in %s takes nothing", waited_s,
		        r->conf.spool.directory);
	} else {
		log_err(PART, "no progress for %.3g s: collector %s:%u: %s", waited_s,
		        r->conf.collector_host, r->conf.collector_port,
		        uplink.trouble[0] != '\0' ? uplink.trouble
		                                  : "it stores nothing; its log says why");
	}
}

static int say_unfinished(struct replay *r)
{
	struct agent_status agent;
	bool all;

	say_why(r);
	all = agent_stop(r->program.agent) == 0; /* has said what could not be accepted */
	agent_status(r->program.agent, &agent);
	log_err(PART, "%" PRIu64 " records are safe in %s and will be sent next time%s",
	        program_unacked(&r->program), r->conf.spool.directory,
	        all && agent.done == agent.sources
	                ? ""
	                : "; not everything was read: replay it again, nothing counts twice");
	return EXIT_FAILURE;
}

static int say_finished(const struct replay *r)
{
	struct uplink_status uplink;
	struct agent_status agent;
	struct sums sums = sum_progress(r);
	unsigned failed;

	uplink_status(r->program.uplink, &uplink);
	agent_status(r->program.agent, &agent);
	failed = agent.failed + r->program.n_unopened;
	printf("%" PRIu64 " records delivered", agent.accepted);
	if (sums.rejected > 0) {
		printf(", %" PRIu64 " lines, rows or packets not understood", sums.rejected);
	}
	if (uplink.sent_records > agent.accepted) {
		printf(", and %" PRIu64 " that were waiting", uplink.sent_records - agent.accepted);
	}
	printf("\n");
	if (failed > 0) {
		log_err(PART,
		        "%u of %zu inputs could not be read to the end, as said above; what was "
		        "good is delivered",
		        failed, r->program.n_inputs);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

static int play(struct replay *r)
{
	struct fault fault = { 0 };
	struct spool_status spool;
	int rc = make_events(r, &fault);
	int code;

	spool_status(r->program.spool, &spool);
	r->first_own = spool.next_sequence;
	r->began_us = env_mono_us(r->program.env);
	r->moved_us = r->began_us;
	if (rc == 0) {
		rc = program_start(&r->program, &fault);
	}
	if (rc == 0) {
		on_happened(r); /* nothing to read, nothing left over */
	}
	if (rc == 0 && !r->finished) {
		(void)event_base_dispatch(r->program.base);
	}
	if (r->printed && r->terminal) {
		(void)fprintf(stderr, "\n");
	}
	if (rc != 0) {
		log_err(PART, "%s", fault.text);
		code = EXIT_FAILURE;
	} else {
		code = r->finished ? say_finished(r) : say_unfinished(r);
	}
	free_events(r);
	return code;
}

static int open_and_play(struct replay *r, const struct source_ops *const *kinds)
{
	struct fault fault = { 0 };
	int code = EXIT_FAILURE;

	r->program.conf = &r->conf;
	r->program.inputs = r->inputs;
	r->program.one_shot = true;
	r->program.happened = on_happened;
	r->program.arg = r;
	if (add_inputs(r, kinds, &fault) == 0 && program_open(&r->program, &fault) == 0) {
		code = play(r);
		program_close(&r->program);
	} else {
		log_err(PART, "%s", fault.text);
		code = fault_exit_code(fault.code);
	}
	for (size_t i = 0; i < r->program.n_inputs; i++) {
		conf_free(&r->reels[i].doc);
	}
	return code;
}

int agent_replay(const struct replay_options *options, const struct source_ops *const *kinds)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct fault fault = { 0 };
	int code;

	if (r == NULL) {
		log_err(PART, "out of memory");
		return EXIT_FAILURE;
	}
	r->options = options;
	r->terminal = isatty(STDERR_FILENO) == 1;
	if (agent_conf_load(&r->conf, options->conf_path, kinds, &fault) != 0) {
		log_err(PART, "%s", fault.text);
		free(r);
		return FAULT_EXIT_USAGE;
	}
	log_set_level(log_level_named(r->conf.log_level));
	if (agent_conf_identity(&r->conf, &fault) == 0) {
		code = open_and_play(r, kinds);
	} else {
		log_err(PART, "%s", fault.text);
		code = FAULT_EXIT_USAGE;
	}
	agent_conf_free(&r->conf);
	free(r);
	return code;
}
