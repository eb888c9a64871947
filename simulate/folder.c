/* The folder of a site; see folder.h. */
#include "simulate/folder.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/when.h"
#include "proto/evidence.pb-c.h"
#include "simulate/call_records.h"
#include "simulate/cel_lines.h"
#include "simulate/csv_file.h"
#include "simulate/queue_lines.h"
#include "simulate/statement.h"

#define MARK          "simulated.json"
#define SUB_MAX       (PATH_MAX - 64)
#define EXPORTED_DAYS 30 /* after the last day: late coachings and answers are in */

struct sim_folder {
	struct sim_sink sink;
	char path[PATH_MAX / 2];
	struct cxm_catalog catalog;
	struct sim_csv *files; /* one a kind, as in the catalog */
	struct sim_lines queue;
	struct sim_lines cel;
	FILE *queue_log;
	FILE *cel_log;
	int64_t written_s; /* of the dropped files */
	char seed[300];
	unsigned statements;
};

/* ---- whose folder it is ---- */

static bool has(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return lstat(path, &st) == 0;
}

static bool is_empty(DIR *dir)
{
	const struct dirent *e;

	while ((e = readdir(dir)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
			return false;
		}
	}
	return true;
}

/* What stands in the way: somebody else's files. */
static int claim(const char *path, struct fault *fault)
{
	DIR *dir;
	bool empty;

	if (mkdir(path, 0755) == 0 || has(path, MARK)) {
		return 0;
	}
	if (errno != ENOENT && errno != EEXIST) {
		return fault_set(fault, -errno, "%s: cannot create: %s", path, strerror(errno));
	}
	dir = opendir(path);
	if (dir == NULL) {
		return fault_set(fault, -errno, "%s: cannot create: %s", path, strerror(errno));
	}
	empty = is_empty(dir);
	(void)closedir(dir);
	if (!empty) {
		return fault_set(fault, -EEXIST,
		                 "%s: is not empty and was not made by cxmeter simulate: name "
		                 "another folder",
		                 path);
	}
	return 0;
}

static int write_mark(const struct sim_folder *f, const struct sim_plan *plan, const char *timezone,
                      struct fault *fault)
{
	char path[PATH_MAX];
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/" MARK, f->path);
	out = fopen(path, "we");
	if (out == NULL) {
		return fault_set(fault, -errno, "%s: cannot create: %s", path, strerror(errno));
	}
	(void)fprintf(out,
	              "{\n  \"simulated\": true,\n  \"site\": \"%s\",\n  \"profile\": \"%s\",\n"
	              "  \"seed\": %" PRIu64 ",\n  \"timezone\": \"%s\",\n  \"from\": \"%s\",\n"
	              "  \"to\": \"%s\"\n}\n",
	              plan->name, plan->profile->name, plan->seed, timezone,
	              when_date(plan->first_day, from),
	              when_date(plan->first_day + (int32_t)plan->days - 1, to));
	return fclose(out) == 0
	               ? 0
	               : fault_set(fault, -errno, "%s: cannot write: %s", path, strerror(errno));
}

/* ---- the sink ---- */

static struct sim_folder *folder_of(struct sim_sink *s)
{
	return (struct sim_folder *)(void *)s; /* its first member */
}

static int on_record(struct sim_sink *s, const ProtobufCMessage *m, struct fault *fault)
{
	struct sim_folder *f = folder_of(s);
	const struct cxm_kind *kind = cxm_kind_of(&f->catalog, m->descriptor);

	if (m->descriptor == &cxm__attestation__descriptor) {
		return sim_statement_write(f->path, f->seed,
		                           (const Cxm__Attestation *)(const void *)m,
		                           f->statements++, fault);
	}
	return kind == NULL ? -EINVAL : sim_csv_add(&f->files[kind - f->catalog.kinds], m, fault);
}

struct told {
	struct sim_folder *f;
	struct fault *fault;
};

/* What the telephones' own report knows and a queue log cannot tell: how long callers were held. */
static int tell_hold(void *arg, const ProtobufCMessage *m)
{
	const struct told *t = arg;
	const Cxm__QueueContact *of = (const Cxm__QueueContact *)(const void *)m;
	const struct cxm_kind *kind = cxm_kind_of(&t->f->catalog, m->descriptor);
	Cxm__QueueContact held = CXM__QUEUE_CONTACT__INIT;

	if (kind == NULL || !of->has_hold_ms) {
		return 0;
	}
	held.at_us = of->at_us;
	held.contact = of->contact;
	held.queue = of->queue;
	SIM_SET(held, outcome, of->outcome);
	SIM_SET(held, talk_ms, of->talk_ms);
	SIM_SET(held, hold_ms, of->hold_ms);
	return sim_csv_add(&t->f->files[kind - t->f->catalog.kinds], SIM_RECORD(held), t->fault);
}

static int on_call(struct sim_sink *s, const struct sim_call *c, struct fault *fault)
{
	struct told t = { folder_of(s), fault };

	sim_queue_lines(c, &t.f->queue);
	sim_cel_lines(c, &t.f->cel);
	return sim_queue_records(c, tell_hold, &t);
}

static int on_piece(struct sim_sink *s, const struct sim_piece *p, struct fault *fault)
{
	(void)fault;
	sim_queue_piece(p, &folder_of(s)->queue);
	return 0;
}

static int on_day_over(struct sim_sink *s, int64_t before_s, struct fault *fault)
{
	struct sim_folder *f = folder_of(s);
	int rc = sim_lines_flush(&f->queue, f->queue_log);

	(void)before_s; /* nobody waits or talks over midnight */
	rc = rc == 0 ? sim_lines_flush(&f->cel, f->cel_log) : rc;
	return rc == 0 ? 0 : fault_set(fault, rc, "%s: cannot write: %s", f->path, strerror(-rc));
}

struct sim_sink *sim_folder_sink(struct sim_folder *f)
{
	return &f->sink;
}

/* ---- open and close ---- */

static int open_log(const struct sim_folder *f, const char *name, FILE **out, struct fault *fault)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", f->path, name);
	*out = fopen(path, "we");
	return *out != NULL
	               ? 0
	               : fault_set(fault, -errno, "%s: cannot create: %s", path, strerror(errno));
}

static int close_log(const struct sim_folder *f, FILE *file, struct fault *fault)
{
	return file == NULL || fclose(file) == 0
	               ? 0
	               : fault_set(fault, -errno, "%s: cannot write its logs: %s", f->path,
	                           strerror(errno));
}

/* A folder in ours, without the statements of an earlier run. */
static int make_folder(const struct sim_folder *f, const char *name, char path[SUB_MAX],
                       struct fault *fault)
{
	const struct dirent *e;
	DIR *dir;

	(void)snprintf(path, SUB_MAX, "%s/%s", f->path, name);
	if (mkdir(path, 0755) != 0 && errno != EEXIST) {
		return fault_set(fault, -errno, "%s: cannot create: %s", path, strerror(errno));
	}
	dir = opendir(path);
	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, "Attestation-", 12) == 0 ||
		    strncmp(e->d_name, "signer-", 7) == 0) {
			(void)unlinkat(dirfd(dir), e->d_name, 0);
		}
	}
	return dir != NULL && closedir(dir) == 0
	               ? 0
	               : fault_set(fault, -errno, "%s: cannot read: %s", path, strerror(errno));
}

static int open_files(struct sim_folder *f, struct fault *fault)
{
	char drop[SUB_MAX];
	char keys[SUB_MAX];
	int rc;

	rc = make_folder(f, "drop", drop, fault);
	rc = rc == 0 ? make_folder(f, "keys", keys, fault) : rc;
	if (rc != 0) {
		return rc;
	}
	f->files = calloc(f->catalog.n_kinds, sizeof(*f->files));
	if (f->files == NULL) {
		return fault_set(fault, -ENOMEM, "simulate: no memory for the files");
	}
	for (size_t i = 0; i < f->catalog.n_kinds; i++) {
		sim_csv_init(&f->files[i], drop, &f->catalog.kinds[i]);
		(void)unlink(f->files[i].path); /* of an earlier run with other kinds */
	}
	rc = open_log(f, "queue_log", &f->queue_log, fault);
	return rc == 0 ? open_log(f, "cel.csv", &f->cel_log, fault) : rc;
}

int sim_folder_open(struct sim_folder **out, const char *path, const struct sim_plan *plan,
                    const char *timezone, struct fault *fault)
{
	struct sim_folder *f = calloc(1, sizeof(*f));
	int rc;

	*out = f;
	if (f == NULL) {
		return fault_set(fault, -ENOMEM, "simulate: no memory");
	}
	f->sink = (struct sim_sink){ on_record, on_call, on_piece, on_day_over };
	(void)snprintf(f->seed, sizeof(f->seed), "%s %" PRIu64, plan->name, plan->seed);
	f->written_s = sim_clock_s(plan->first_day + (int32_t)plan->days + EXPORTED_DAYS, 12);
	sim_lines_init(&f->queue);
	sim_lines_init(&f->cel);
	(void)snprintf(f->path, sizeof(f->path), "%s", path);
	rc = claim(f->path, fault);
	rc = rc == 0 ? write_mark(f, plan, timezone, fault) : rc;
	rc = rc == 0 ? cxm_catalog_init(&f->catalog, &cxm__evidence__descriptor, fault) : rc;
	rc = rc == 0 ? open_files(f, fault) : rc;
	return rc;
}

int sim_folder_close(struct sim_folder *f, struct fault *fault)
{
	int rc = 0;

	if (f == NULL) {
		return 0;
	}
	for (size_t i = 0; f->files != NULL && i < f->catalog.n_kinds; i++) {
		int failed = sim_csv_close(&f->files[i], f->written_s, fault);

		rc = rc == 0 ? failed : rc;
	}
	rc = rc == 0 ? close_log(f, f->queue_log, fault) : rc;
	rc = rc == 0 ? close_log(f, f->cel_log, fault) : rc;
	sim_lines_free(&f->queue);
	sim_lines_free(&f->cel);
	free(f->files);
	cxm_catalog_free(&f->catalog);
	free(f);
	return rc;
}
