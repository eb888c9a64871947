/* collector/store/sqlite.c, sqlite_put.c, sqlite_fault.c: files, disks and what can happen to them
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/store/sqlite.h"
#include "tests/support/cases.h"
#include "tests/support/dice.h"
#include "tests/support/record_of.h"
#include "tests/support/store_world.h"
#include "tests/support/test_vfs.h"

/* ---- where a store may lie ---- */

/* statfs(2), replaced at link time: says what the test wants, or what is true. */
static unsigned pretended_magic;
/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the names ld --wrap wants
 */
int __real_statfs(const char *path, struct statfs *out);
int __wrap_statfs(const char *path, struct statfs *out);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

int __wrap_statfs(const char *path, struct statfs *out)
{
	int rc = __real_statfs(path, out);

	if (pretended_magic != 0) {
		out->f_type = (__typeof__(out->f_type))pretended_magic;
	}
	return rc;
}

struct network {
	const char *name;
	unsigned magic;
	const char *called;
};

static const struct network networks[] = {
	{ "nfs_is_refused", 0x6969, "NFS" },       { "smb_is_refused", 0x517b, "SMB" },
	{ "smb2_is_refused", 0xfe534d42, "SMB2" }, { "cifs_is_refused", 0xff534d42, "CIFS" },
	{ "afs_is_refused", 0x5346414f, "AFS" },   { "ceph_is_refused", 0x00c36400, "Ceph" },
	{ "plan9_is_refused", 0x01021997, "9P" },  { "coda_is_refused", 0x73757245, "Coda" },
};

static int try_to_open(struct store_world *w, const char *where, bool read_only)
{
	struct store *st = NULL;
	int rc = store_sqlite.open(&st, where, read_only, w->catalog, &w->fault);

	cxm_store_close(st);
	return rc;
}

static void network_run(void **state)
{
	struct store_world *w = *state;
	const struct network *c = w->row;
	char want[512];

	(void)snprintf(want, sizeof(want),
	               "%s: lies on %s, where SQLite cannot keep evidence safely: put the store on "
	               "a disk of this host",
	               w->where, c->called);
	pretended_magic = c->magic;
	assert_int_equal(try_to_open(w, w->where, false), -ENOTSUP);
	assert_string_equal(w->fault.text, want);
	assert_int_equal(try_to_open(w, w->where, true), -ENOTSUP);
	pretended_magic = 0;
}

/* The directory of the world's file with another file in it. */
static const char *beside(const struct store_world *w, const char *file, char *out, size_t size)
{
	(void)snprintf(out, size, "%.*s/%s", (int)(strrchr(w->where, '/') - w->where), w->where,
	               file);
	return out;
}

static void assert_refused(struct store_world *w, const char *where, bool read_only, int rc,
                           const char *why)
{
	char want[FAULT_TEXT_MAX];

	(void)snprintf(want, sizeof(want), "%s: %s", where, why);
	assert_int_equal(try_to_open(w, where, read_only), rc);
	assert_string_equal(w->fault.text, want);
}

static void reading_a_missing_file_says_what_to_do(void **state)
{
	struct store_world *w = *state;
	char where[512];

	assert_refused(w, beside(w, "none.db", where, sizeof(where)), true, -ENOENT,
	               "no evidence yet: the file does not exist; is the collector running with "
	               "this store?");
}

static void a_missing_directory_is_named(void **state)
{
	struct store_world *w = *state;

	assert_refused(w, "/nonexistent/evidence.db", false, -ENOENT,
	               "directory /nonexistent: No such file or directory: create it or change the "
	               "store");
}

static void a_directory_is_no_store(void **state)
{
	struct store_world *w = *state;

	assert_refused(w, "/tmp", true, -EINVAL, "is not a regular file");
	assert_refused(w, "/tmp", false, -EISDIR, "cannot open for writing: Is a directory");
}

static void a_fifo_is_no_store_and_nobody_waits_for_it(void **state)
{
	struct store_world *w = *state;
	char where[512];

	(void)beside(w, "fifo", where, sizeof(where));
	assert_int_equal(mkfifo(where, 0600), 0);

	assert_refused(w, where, true, -EINVAL, "is not a regular file");
	assert_refused(w, where, false, -EINVAL, "is not a regular file");
}

static void a_file_that_is_no_database_is_refused(void **state)
{
	struct store_world *w = *state;
	char where[512];
	FILE *file = fopen(beside(w, "text.db", where, sizeof(where)), "w");

	assert_non_null(file);
	for (int i = 0; i < 100; i++) {
		(void)fputs("1700000000|NONE|NONE|NONE|QUEUESTART|\n", file);
	}
	assert_int_equal(fclose(file), 0);

	assert_refused(w, where, true, -EBADMSG,
	               "cannot read or make the tables: it is not an SQLite database");
	assert_refused(w, where, false, -EBADMSG,
	               "cannot read or make the tables: it is not an SQLite database");
}

static void a_path_is_never_a_uri(void **state)
{
	struct store_world *w = *state;
	char directory[512];
	struct stat st;
	int before = open(".", O_RDONLY | O_DIRECTORY);

	assert_int_equal(chdir(beside(w, "", directory, sizeof(directory))), 0);

	assert_int_equal(try_to_open(w, "file:x?mode=memory", false), 0);

	assert_int_equal(stat("file:x?mode=memory", &st), 0);
	assert_true(st.st_size > 0);
	assert_int_equal(fchdir(before), 0);
	(void)close(before);
}

static void others_may_not_read_the_files(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct store_world *w = *state;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		char path[512];
		struct stat st;

		(void)snprintf(path, sizeof(path), "%s%s", w->where, suffixes[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
	}
}

static int64_t ask(struct store_world *w, const char *sql)
{
	sqlite3 *db = store_sqlite_of(w->store)->db;
	sqlite3_stmt *stmt = NULL;
	int64_t out = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	}
	if (sqlite3_step(stmt) == SQLITE_ROW) {
		out = sqlite3_column_int64(stmt, 0);
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return out;
}

static void the_log_is_written_ahead_and_synced_at_each_commit(void **state)
{
	struct store_world *w = *state;

	assert_int_equal(ask(w, "SELECT journal_mode='wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(ask(w, "PRAGMA synchronous"), 2); /* FULL */
}

/* ---- full and failing disks ---- */

static void add_many(struct store_world *w, uint64_t first, uint64_t n)
{
	store_world_begin(w);
	for (uint64_t i = first; i < first + n; i++) {
		char text[128];

		(void)snprintf(text, sizeof(text), "entry=%" PRIu64 " note=%040" PRIu64, i, i);
		store_world_add(w, w->probe, text);
	}
}

static void a_full_disk_stores_nothing_of_the_call_and_passes(void **state)
{
	struct store_world *w = *state;
	char want[FAULT_TEXT_MAX];
	char limit[64];

	(void)snprintf(want, sizeof(want),
	               "%s: cannot store evidence: disk full: free space there; nothing is lost, "
	               "agents keep what is not stored",
	               w->where);
	store_world_put_probe(w, 1, "entry=0");
	(void)snprintf(limit, sizeof(limit), "PRAGMA max_page_count=%" PRId64,
	               ask(w, "PRAGMA page_count") + 2);
	(void)ask(w, limit);
	add_many(w, 1, 1000);

	assert_int_equal(store_world_put(w, 2), -ENOSPC);

	assert_string_equal(w->fault.text, want);
	assert_int_equal(w->counts.stored, 0);
	assert_int_equal(store_world_count(w, NULL), 1);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 1);
	(void)ask(w, "PRAGMA max_page_count=1000000");
	add_many(w, 1, 1000);
	assert_int_equal(store_world_put(w, 2), 0);
	assert_int_equal(store_world_count(w, NULL), 1001);
	assert_int_equal(store_world_watermark(w, WORLD_EPOCH), 1001);
}

struct failure {
	const char *name;
	int code;
	int rc;
};

static const struct failure failures[] = {
	{ "a_write_that_fails_at_any_point_changes_nothing", SQLITE_IOERR_WRITE, -EIO },
	{ "a_disk_full_at_any_point_changes_nothing", SQLITE_FULL, -ENOSPC },
	{ "a_sync_that_fails_at_any_point_changes_nothing", SQLITE_IOERR_FSYNC, -EIO },
};

/* Let the first, second, ... operation of a put fail until one put needs no more of them. */
static void failure_run(void **state)
{
	struct store_world *w = *state;
	const struct failure *c = w->row;
	unsigned nth = 0;
	int rc;

	store_world_put_probe(w, 1, "entry=0 note=before");
	do {
		add_many(w, 1, 300);
		test_vfs_arm(++nth, c->code);
		rc = store_world_put(w, 2);
		test_vfs_disarm();
		assert_true(rc == 0 || rc == c->rc);
		assert_int_equal(store_world_count(w, NULL), rc == 0 ? 301 : 1);
		assert_int_equal(store_world_watermark(w, WORLD_EPOCH), rc == 0 ? 301 : 1);
	} while (rc != 0);

	assert_true(nth > 10);
	assert_int_equal(ask(w, "SELECT integrity_check='ok' FROM pragma_integrity_check"), 1);
	store_world_reopen(w);
	assert_int_equal(store_world_count(w, NULL), 301);
}

/* ---- power cuts and kills ---- */

static void what_was_put_survives_a_power_cut(void **state)
{
	struct store_world *w = *state;
	struct store *cut = NULL;
	char where[512];

	for (uint64_t i = 1; i <= 40; i++) {
		uint64_t n = i % 7 == 0 ? 400 : 1;
		uint64_t acked = 0;
		char file[32];

		acked = store_world_watermark(w, WORLD_EPOCH);
		add_many(w, acked + 1, n);
		assert_int_equal(store_world_put(w, acked + 1), 0);
		(void)snprintf(file, sizeof(file), "cut%" PRIu64 ".db", i);
		assert_int_equal(
			test_vfs_power_cut(w->where, beside(w, file, where, sizeof(where))), 0);
		if (store_sqlite.open(&cut, where, false, w->catalog, &w->fault) != 0) {
			fail_msg("%s", w->fault.text);
		}

		assert_int_equal(store_sqlite.watermark(cut, WORLD_SITE, WORLD_AGENT, WORLD_EPOCH,
		                                        1, &acked, &w->fault),
		                 0);

		assert_int_equal(acked, store_world_watermark(w, WORLD_EPOCH));
		cxm_store_close(cut);
	}
	assert_int_equal(store_sqlite.open(&cut, where, true, w->catalog, &w->fault), 0);
	{
		char *want = strdup(store_world_export(w, w->store, WORLD_SITE));

		assert_non_null(want);
		assert_string_equal(store_world_export(w, cut, WORLD_SITE), want);
		free(want);
	}
	cxm_store_close(cut);
}

/* In a process of its own: put one batch after the other and say so after each, until killed. */
static void put_until_killed(struct store_world *w, int say)
{
	uint64_t acked;

	store_world_reopen(w);
	acked = store_world_watermark(w, WORLD_EPOCH);
	for (;;) {
		uint64_t n = 1 + acked * 7 % 90;

		add_many(w, acked + 1, n);
		if (store_world_put(w, acked + 1) != 0) {
			_exit(1);
		}
		acked += n;
		if (write(say, &acked, sizeof(acked)) != (ssize_t)sizeof(acked)) {
			_exit(1);
		}
	}
}

/* Start it, wait until it has said `n` times that a batch is stored, kill it. @return what it said
 * last. */
static uint64_t kill_after(struct store_world *w, size_t n)
{
	uint64_t acked = 0;
	uint64_t last = 0;
	int status = 0;
	int pipes[2];
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (child == 0) {
		(void)close(pipes[0]);
		put_until_killed(w, pipes[1]);
	}
	assert_true(child > 0);
	(void)close(pipes[1]);
	while (read(pipes[0], &acked, sizeof(acked)) == (ssize_t)sizeof(acked)) {
		last = acked;
		if (n-- == 0) {
			assert_int_equal(kill(child, SIGKILL), 0);
		}
	}
	(void)close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status)); /* and did not fail by itself */
	return last;
}

static void a_killed_writer_loses_nothing_and_stores_nothing_twice(void **state)
{
	struct store_world *w = *state;
	struct dice r = { 9 };

	cxm_store_close(w->store); /* SQLite's connections do not live through fork() */
	w->store = NULL;
	for (int round = 0; round < 40; round++) {
		uint64_t acked = kill_after(w, dice_below(&r, 12));
		uint64_t mark;

		store_world_reopen(w);
		mark = store_world_watermark(w, WORLD_EPOCH);
		assert_true(mark >= acked);
		assert_int_equal(store_world_count(w, NULL), mark);
		assert_int_equal(ask(w, "SELECT integrity_check='ok' FROM pragma_integrity_check"),
		                 1);
		cxm_store_close(w->store);
		w->store = NULL;
	}
}

/* ---- two programs, damaged rows, what was set aside ---- */

static void a_second_writer_waits_and_then_says_so(void **state)
{
	struct store_world *w = *state;
	struct store *other = NULL;
	struct store_batch batch;
	char want[FAULT_TEXT_MAX];

	(void)snprintf(want, sizeof(want),
	               "%s: cannot store evidence: another program is writing to it; try again "
	               "when it is done",
	               w->where);
	assert_int_equal(store_sqlite.open(&other, w->where, false, w->catalog, &w->fault), 0);
	(void)sqlite3_busy_timeout(store_sqlite_of(other)->db, 0);
	(void)ask(w, "BEGIN IMMEDIATE");
	store_world_add(w, w->probe, "entry=1");
	batch = store_world_batch(w, 1);

	assert_int_equal(store_sqlite.put(other, &batch, 1, &w->counts, &w->fault), -EBUSY);

	assert_string_equal(w->fault.text, want);
	(void)ask(w, "COMMIT");
	assert_int_equal(store_sqlite.put(other, &batch, 1, &w->counts, &w->fault), 0);
	cxm_store_close(other);
}

static int ignore_row(void *arg, const ProtobufCMessage *m)
{
	(void)arg;
	(void)m;
	return 0;
}

static void a_row_with_an_impossible_value_is_not_handed_out(void **state)
{
	struct store_world *w = *state;
	struct store_range all = store_world_all(w->probe, WORLD_SITE);
	char want[FAULT_TEXT_MAX];

	(void)snprintf(want, sizeof(want),
	               "%s: a row of probe cannot be read: a value does not fit its field",
	               w->where);
	store_world_put_probe(w, 1, "entry=1");
	(void)ask(w, "UPDATE probe SET wait_ms=4294967296");
	assert_int_equal(store_sqlite.rows(w->store, &all, ignore_row, NULL, &w->fault), -EBADMSG);
	(void)ask(w, "UPDATE probe SET wait_ms='soon'");

	assert_int_equal(store_sqlite.rows(w->store, &all, ignore_row, NULL, &w->fault), -EBADMSG);

	assert_string_equal(w->fault.text, want);
}

static void a_row_that_cannot_be_read_gives_way(void **state)
{
	struct store_world *w = *state;

	store_world_put_probe(w, 1, "entry=1 wait_ms=1");
	(void)ask(w, "UPDATE probe SET wait_ms='soon'");

	store_world_put_probe(w, 2, "entry=1 wait_ms=1");

	assert_int_equal(w->counts.replaced, 1);
	assert_int_equal(store_world_count(w, "wait_ms == 1"), 1);
}

static void what_is_set_aside_is_kept_as_it_travelled_with_the_reason(void **state)
{
	/* length 4, field 100 of the envelope (tag 0xa2 0x06), one byte */
	static const uint8_t record[] = { 4, 0xa2, 0x06, 1, 0 };
	struct store_world *w = *state;

	buf_add(&w->records, record, sizeof(record));
	w->count++;
	store_world_add(w, w->probe, "at_us=1"); /* second after 1970 */
	;
	assert_int_equal(store_world_put(w, 5), 0);

	assert_int_equal(ask(w, "SELECT count(*) FROM quarantine JOIN site ON site.id=site WHERE "
	                        "site.name='berlin' AND agent='pbx1' AND epoch="
	                        "-81985529216486896 AND sequence=5 AND record=x'04a2060100' AND "
	                        "reason='kind 100 is not known here'"),
	                 1);
	assert_int_equal(ask(w, "SELECT count(*) FROM quarantine WHERE sequence=6 AND "
	                        "reason='event time is absurd: 1000000'"),
	                 1);
}

static int disk_set_up(void **state)
{
	test_vfs_install();
	return store_world_set_up(state);
}

static int disk_tear_down(void **state)
{
	int rc = store_world_tear_down(state);

	test_vfs_remove();
	return rc;
}

int main(void)
{
	static const struct store_kind file = { .ops = &store_sqlite, .read_only = true };
	static struct store_test states[CASES_MAX];
	static struct cases c;

	cases_table(&c, networks, network_run);
	cases_table(&c, failures, failure_run);
	cases_test(&c, reading_a_missing_file_says_what_to_do);
	cases_test(&c, a_missing_directory_is_named);
	cases_test(&c, a_directory_is_no_store);
	cases_test(&c, a_fifo_is_no_store_and_nobody_waits_for_it);
	cases_test(&c, a_file_that_is_no_database_is_refused);
	cases_test(&c, a_path_is_never_a_uri);
	cases_test(&c, others_may_not_read_the_files);
	cases_test(&c, the_log_is_written_ahead_and_synced_at_each_commit);
	cases_test(&c, a_full_disk_stores_nothing_of_the_call_and_passes);
	cases_test(&c, what_was_put_survives_a_power_cut);
	cases_test(&c, a_killed_writer_loses_nothing_and_stores_nothing_twice);
	cases_test(&c, a_second_writer_waits_and_then_says_so);
	cases_test(&c, a_row_with_an_impossible_value_is_not_handed_out);
	cases_test(&c, a_row_that_cannot_be_read_gives_way);
	cases_test(&c, what_is_set_aside_is_kept_as_it_travelled_with_the_reason);
	for (size_t i = 0; i < c.n; i++) {
		states[i] = (struct store_test){ &file, c.tests[i].initial_state };
		c.tests[i].initial_state = &states[i];
		c.tests[i].setup_func = disk_set_up;
		c.tests[i].teardown_func = disk_tear_down;
	}
	return cases_run("sqlite disk", &c, NULL, NULL);
}
