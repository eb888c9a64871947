/*
 * The spool on a real disk: appending entries of 128 KiB with their syncs, the same from memory
 * (what it costs itself), reading them back in runs, and opening a spool of that size.
 *
 *   spool [FOLDER]     default: the current one; its disk is what is measured
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/spool.h"

#define ENTRIES      1000
#define ENTRY_BYTES  ((size_t)128 * 1024)
#define RECORD_BYTES 113 /* a typical QueueContact */
#define RUN_BYTES    ((size_t)128 * 1024)

static double seconds(clockid_t clock)
{
	struct timespec ts;

	(void)clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double began_wall;
static double began_cpu;

static void begin(void)
{
	began_wall = seconds(CLOCK_MONOTONIC);
	began_cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
}

static void tell(const char *what, uint64_t records)
{
	double wall = seconds(CLOCK_MONOTONIC) - began_wall;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - began_cpu;

	printf("spool %-28s %7.3f s  %8.0f entries/s  %8.3f ms CPU/entry  %7.2f M records/CPU s\n",
	       what, wall, ENTRIES / wall, cpu * 1000 / ENTRIES, (double)records / cpu / 1e6);
}

static uint32_t fill(struct buf *records)
{
	uint32_t n = 0;

	while (records->len + RECORD_BYTES <= ENTRY_BYTES) {
		buf_add_varint(records, RECORD_BYTES - 1); /* length, field 1, length, body */
		buf_add_varint(records, 1 << 3 | 2);
		buf_add_varint(records, RECORD_BYTES - 3);
		for (int i = 0; i < RECORD_BYTES - 3; i++) {
			buf_add_char(records, (char)i);
		}
		n++;
	}
	return n;
}

static int no_sync(void *arg, int fd)
{
	(void)arg;
	(void)fd;
	return 0;
}

static void append_all(struct spool *s, const struct buf *records, uint32_t count)
{
	const struct spool_entry entry = { .records = cursor_of(records->data, records->len),
		                           .count = count };

	for (int i = 0; i < ENTRIES; i++) {
		if (spool_append(s, &entry) != 0) {
			(void)fprintf(stderr, "append failed\n");
			exit(1);
		}
	}
}

static uint64_t read_all(struct spool *s)
{
	struct spool_status status;
	struct spool_run run;
	uint64_t sequence;
	uint64_t n = 0;

	spool_status(s, &status);
	sequence = status.first_sequence;
	while (spool_read(s, sequence, RUN_BYTES, &run) == 1) {
		sequence = run.first_sequence + run.count;
		n += run.count;
	}
	return n;
}

static struct spool *open_spool(const struct env *env, const char *folder)
{
	const struct spool_options options = { folder, INT64_C(1) << 40, 8 << 20 };
	struct spool *s = NULL;
	struct fault fault;

	if (spool_open(&s, env, &options, &fault) != 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		exit(1);
	}
	return s;
}

static void measure(const struct env *env, const char *what, const char *folder)
{
	struct spool *s = open_spool(env, folder);
	struct buf records;
	uint32_t count;
	uint64_t n;

	buf_init(&records, ENTRY_BYTES);
	count = fill(&records);
	begin();
	append_all(s, &records, count);
	tell(what, (uint64_t)count * ENTRIES);
	begin();
	n = read_all(s);
	tell("read in runs of 128 KiB", n);
	spool_close(s);
	begin();
	s = open_spool(env, folder);
	tell("open (check everything)", n);
	(void)spool_ack(s, UINT64_MAX);
	spool_close(s);
	buf_free(&records);
}

/* What the last acknowledgement leaves: a segment and the lock. */
static int remove_one(void *folder, const char *name)
{
	char path[4200];

	(void)snprintf(path, sizeof(path), "%s/%s", (const char *)folder, name);
	(void)unlink(path);
	return 0;
}

static void clear(char *folder)
{
	(void)env_system.list_dir(NULL, folder, remove_one, folder);
	(void)rmdir(folder);
}

int main(int argc, char **argv)
{
	struct env without = env_system;
	char folder[4096];

	(void)snprintf(folder, sizeof(folder), "%s/bench_spool.XXXXXX", argc > 1 ? argv[1] : ".");
	if (mkdtemp(folder) == NULL) {
		(void)fprintf(stderr, "%s: cannot make a folder there\n", folder);
		return 1;
	}
	without.fdatasync = no_sync;
	measure(&env_system, "append, synced", folder);
	measure(&without, "append, without the sync", folder);
	clear(folder);
	return 0;
}
