/*
 * Full disks. The collector's: nothing is acknowledged that is not stored, it says what to do, and
 * once there is room everything arrives. The agent's: what cannot be put into the spool is not read
 * from the log, so it is read later. Each disk is a small tmpfs in a mount namespace of this test's
 * own; skipped with a message where there can be none.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/lab.h"
#include "tests/support/said.h"

#define RUN "tests/data/run1/"

static const char *const kinds[] = { "QueueContact", "Handoff", "AgentSpan", "Gap" };
#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct world {
	struct lab calm; /* what should come out */
	struct lab full;
};

static struct world world;
static bool mounts; /* this test may mount */

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0) {
		(void)close(fd);
	}
	return done;
}

/* As root, or as the root of a user namespace (user_namespaces(7)). */
static bool own_mounts(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS) != 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
			return false;
		}
		(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
		if (!write_text("/proc/self/setgroups", "deny") ||
		    !write_text("/proc/self/uid_map", map)) {
			return false;
		}
		(void)snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
		if (!write_text("/proc/self/gid_map", map)) {
			return false;
		}
	}
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static int begin(void **state)
{
	(void)state;
	mounts = own_mounts();
	if (!mounts) {
		print_message("# skip: needs root or user namespaces, to mount a small disk\n");
		return 0;
	}
	lab_open(&world.calm, "nord");
	lab_start_collector(&world.calm);
	lab_write_agent(&world.calm, "");
	lab_replay(&world.calm, "--queue-log", RUN "queue_log", NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	if (mounts) {
		lab_close(&world.calm);
	}
	return 0;
}

static int open_full(void **state)
{
	(void)state;
	if (mounts) {
		lab_open(&world.full, "nord");
		lab_share_key(&world.full, &world.calm);
	}
	return 0;
}

static int close_full(void **state)
{
	(void)state;
	if (mounts) {
		(void)umount2(lab_path(&world.full, "disk"), MNT_DETACH);
		lab_close(&world.full);
	}
	return 0;
}

static void make_disk(const char *options)
{
	assert_int_equal(mkdir(lab_path(&world.full, "disk"), 0700), 0);
	assert_int_equal(mount("none", lab_path(&world.full, "disk"), "tmpfs", 0, options), 0);
}

/* Write until there is no room at all. */
static void fill_disk(void)
{
	static const char block[4096] = "full";
	int fd = open(lab_path(&world.full, "disk/filler"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(fd >= 0);
	do {
		n = write(fd, block, sizeof(block));
	} while (n > 0);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(close(fd), 0);
}

static void make_room(void)
{
	assert_int_equal(unlink(lab_path(&world.full, "disk/filler")), 0);
}

static void replay_recording(struct lab_output *o)
{
	lab_run(o, "cxmeter-agent", "replay", "-c", lab_path(&world.full, "agent.yaml"),
	        "--timeout", "2s", "--queue-log", RUN "queue_log", NULL);
}

static void assert_same_rows(void)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		char *expected = lab_export(&world.calm, kinds[i]);
		char *found = lab_export(&world.full, kinds[i]);

		assert_string_equal(expected, found);
		free(expected);
		free(found);
	}
	assert_int_equal(lab_count_rows(&world.full, "QueueContact"), 309);
}

static void assert_logged(const char *name, const char *part)
{
	FILE *in = fopen(lab_path(&world.full, name), "re");
	char text[16384];
	size_t n;

	assert_non_null(in);
	n = fread(text, 1, sizeof(text) - 1, in);
	text[n] = '\0';
	assert_int_equal(fclose(in), 0);
	said_part(text, part);
}

static void what_the_collector_cannot_store_arrives_once_there_is_room(void **state)
{
	struct lab_output o;

	(void)state;
	if (!mounts) {
		skip();
	}
	make_disk("size=8m");
	assert_int_equal(symlink("disk/evidence.db", lab_path(&world.full, "evidence.db")), 0);
	lab_start_collector(&world.full);
	lab_write_agent(&world.full, "");
	fill_disk();

	replay_recording(&o);
	said_code(&o, 1);
	assert_string_equal(buf_text(&o.out), "");
	said_part(buf_text(&o.err), "replay: no progress for 2 s: collector 127.0.0.1:");
	said_part(buf_text(&o.err), "it stores nothing; its log says why\n");
	said_part(buf_text(&o.err), "357 records are safe in ");
	lab_output_free(&o);
	assert_int_equal(lab_count_rows(&world.full, "QueueContact"), 0);
	assert_logged("collector.err", "disk full: free space there; nothing is lost, agents keep "
	                               "what is not stored");

	make_room();
	lab_replay(&world.full, NULL); /* no file: only what waits in the spool */
	assert_same_rows();
}

static void a_collector_stopped_while_the_disk_is_full_loses_nothing(void **state)
{
	struct lab_output o;

	(void)state;
	if (!mounts) {
		skip();
	}
	make_disk("size=8m");
	assert_int_equal(symlink("disk/evidence.db", lab_path(&world.full, "evidence.db")), 0);
	lab_start_collector(&world.full);
	lab_write_agent(&world.full, "");
	fill_disk();
	replay_recording(&o);
	said_code(&o, 1);
	lab_output_free(&o);
	assert_int_equal(lab_stop(&world.full.collector, SIGTERM), 0);
	make_room();
	lab_start_collector(&world.full);
	lab_replay(&world.full, NULL);
	assert_same_rows();
}

static void what_the_spool_cannot_take_is_read_once_there_is_room(void **state)
{
	struct lab_output o;

	(void)state;
	if (!mounts) {
		skip();
	}
	make_disk("size=8m");
	assert_int_equal(symlink("disk/spool", lab_path(&world.full, "spool")), 0);
	assert_int_equal(mkdir(lab_path(&world.full, "disk/spool"), 0700), 0);
	lab_start_collector(&world.full);
	lab_write_agent(&world.full, "");
	lab_replay(&world.full, NULL); /* so that the spool is there */
	fill_disk();

	replay_recording(&o);
	said_code(&o, 1);
	assert_string_equal(buf_text(&o.out), "");
	said_part(buf_text(&o.err), "the disk of the spool is full: free some space");
	said_part(buf_text(&o.err), "/spool takes nothing\n");
	said_part(buf_text(&o.err), "; not everything was read: replay it again");
	lab_output_free(&o);

	make_room();
	lab_replay(&world.full, "--queue-log", RUN "queue_log", NULL);
	assert_same_rows();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_the_collector_cannot_store_arrives_once_there_is_room, open_full,
			close_full),
		cmocka_unit_test_setup_teardown(
			a_collector_stopped_while_the_disk_is_full_loses_nothing, open_full,
			close_full),
		cmocka_unit_test_setup_teardown(
			what_the_spool_cannot_take_is_read_once_there_is_room, open_full,
			close_full),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
