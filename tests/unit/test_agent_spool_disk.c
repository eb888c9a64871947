/* The spool on a disk that is full, fails or forbids: what was accepted stays, what was not is
 * told, and it goes on. */
#include "agent/spool.h"

#include <errno.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/spool_fixture.h"

/* ---- a full disk ---- */

static void a_full_disk_refuses_and_recovers(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	spool_fixture_append(f, 5);
	fake_env_capacity(f->fake, spool_fixture_status(f).bytes + 1000);
	assert_int_equal(spool_fixture_append_sized(f, 5, 500, "a", "x"), -ENOSPC);
	spool_fixture_expect_checkpoint(f, "a", "");
	spool_fixture_append(f, 5); /* a small one still fits: the half that was written is gone */
	fake_env_capacity(f->fake, 0);
	spool_fixture_append(f, 5);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 15);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 15);
	assert_int_equal(spool_fixture_status(f).truncated_bytes, 0);
}

static void a_full_disk_is_no_reason_not_to_start(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	spool_fixture_append(f, 5);
	spool_close(f->spool);
	fake_env_fail_always(f->fake, FAKE_PWRITE, ENOSPC);
	assert_int_equal(spool_open(&f->spool, fake_env_of(f->fake), &f->options, &f->fault), 0);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 5);
	assert_int_equal(spool_fixture_append_sized(f, 1, 20, "", ""), -ENOSPC);
	fake_env_fail_always(f->fake, FAKE_PWRITE, 0);
	spool_fixture_append(f, 1);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 6);
}

static void short_writes_are_continued(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	fake_env_short_writes(f->fake, 7);
	spool_fixture_append(f, 20);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 20);
}

/* ---- a failing disk ---- */

static void what_a_kill_left_unsynced_is_synced_before_it_is_sent(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) { /* each power cut rolls its own dice */
		struct spool_fixture *f;
		void *fixture = NULL;
		uint64_t lost;

		(void)spool_fixture_setup(&fixture);
		f = fixture;
		spool_fixture_append(f, 1);
		/* killed between write and fdatasync: whole in the page cache, and nowhere else */
		fake_env_fail(f->fake, FAKE_FDATASYNC, 1, EINTR);
		fake_env_fail_always(f->fake, FAKE_FTRUNCATE, EINTR);
		assert_int_equal(spool_fixture_append_sized(f, 1, 20 + (size_t)i, "", ""), -EINTR);
		fake_env_fail_always(f->fake, FAKE_FTRUNCATE, 0);
		spool_fixture_crash(f);
		f->next_id = 3;
		assert_int_equal(spool_fixture_read_all(f, 1, &lost), 2);
		spool_fixture_power_cut(f);
		assert_int_equal(spool_fixture_read_all(f, 1, &lost), 2);
		(void)spool_fixture_teardown(&fixture);
	}
}

static void a_failed_sync_moves_on_to_a_new_segment(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	spool_fixture_append(f, 5);
	fake_env_fail(f->fake, FAKE_FDATASYNC, 1, EIO);
	assert_int_equal(spool_fixture_append_sized(f, 5, 20, "", ""), -EIO);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 5);
	spool_fixture_append(f, 7);
	assert_int_equal(spool_fixture_count_files(f, ".seg"), 2);
	spool_fixture_power_cut(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 12);
	assert_int_equal(lost, 0);
	assert_int_equal(spool_fixture_status(f).damaged_entries, 0);
}

static void a_write_that_cannot_be_taken_back_ends_the_segment(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	spool_fixture_append(f, 5);
	fake_env_fail(f->fake, FAKE_PWRITE, 1, EIO);
	fake_env_fail_always(f->fake, FAKE_FTRUNCATE, EIO);
	assert_int_equal(spool_fixture_append_sized(f, 5, 20, "", ""), -EIO);
	fake_env_fail_always(f->fake, FAKE_FTRUNCATE, 0);
	spool_fixture_append(f, 5);
	assert_int_equal(spool_fixture_count_files(f, ".seg"), 2);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
}

static const struct refusal_case {
	const char *name;
	enum fake_call kind;
	int error;
	const char *says;
} refusal_cases[] = {
	{ "read_only_disk_is_refused_with_its_path", FAKE_OPEN, EROFS,
	  SPOOL_FIXTURE_DIR ": cannot" },
	{ "forbidden_directory_is_refused", FAKE_OPEN, EACCES, "Permission denied" },
	{ "unlistable_directory_is_refused", FAKE_LIST_DIR, EACCES, "cannot list" },
	{ "directory_that_cannot_be_made_is_refused", FAKE_MKDIR, ENOENT, "cannot make" },
	{ "lock_trouble_is_refused", FAKE_LOCK, ENOLCK, "cannot lock" },
	{ "missing_randomness_is_refused", FAKE_RANDOM, EIO, "epoch" },
};

static void refusal_case_run(void **state)
{
	const struct refusal_case *c = *state;
	struct fake_env *fake = fake_env_new(1);
	struct spool_options options = { SPOOL_FIXTURE_DIR, 1 << 20, 4096 };
	struct spool *spool = NULL;
	struct fault fault = { 0 };

	fake_env_fail_always(fake, c->kind, c->error);
	assert_int_equal(spool_open(&spool, fake_env_of(fake), &options, &fault), -c->error);
	assert_null(spool);
	assert_non_null(strstr(fault.text, c->says));
	fake_env_free(fake);
}

static void a_spool_that_cannot_be_written_is_refused(void **state)
{
	struct spool_fixture *f = *state;

	spool_fixture_append(f, 1);
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_fail_always(f->fake, FAKE_RENAME, EROFS);
	assert_int_equal(spool_open(&f->spool, fake_env_of(f->fake), &f->options, &f->fault),
	                 -EROFS);
	assert_non_null(strstr(f->fault.text, SPOOL_FIXTURE_DIR ": cannot write"));
}

/* ---- the n-th call of every kind fails ---- */

static void live_a_little(struct spool_fixture *f)
{
	(void)spool_fixture_append_sized(f, 60, 20, "a", "one");
	(void)spool_fixture_append_sized(f, 60, 20, "b", "two");
	(void)spool_fixture_append_sized(f, 60, 20, "a", "three");
	(void)spool_ack(f->spool, 60);
	(void)spool_fixture_append_sized(f, 3, 20, "a", "four");
	(void)spool_new_epoch(f->spool);
}

static const struct failure_case {
	const char *name;
	enum fake_call kind;
	int error;
} failure_cases[] = {
	{ "whichever_open_fails", FAKE_OPEN, EMFILE },
	{ "whichever_write_runs_out_of_space", FAKE_PWRITE, ENOSPC },
	{ "whichever_write_fails", FAKE_PWRITE, EIO },
	{ "whichever_sync_fails", FAKE_FDATASYNC, EIO },
	{ "whichever_truncation_fails", FAKE_FTRUNCATE, EIO },
	{ "whichever_rename_fails", FAKE_RENAME, EIO },
	{ "whichever_unlink_fails", FAKE_UNLINK, EIO },
	{ "whichever_sync_of_the_folder_fails", FAKE_SYNC_DIR, EIO },
	{ "whichever_read_has_no_memory", FAKE_PREAD, ENOMEM },
	{ "whichever_look_at_a_file_fails", FAKE_FSTAT, EIO },
	{ "whichever_random_number_fails", FAKE_RANDOM, EIO },
};

/* What was accepted is there, under its number, whatever failed; and the spool goes on. */
static void failure_case_run(void **state)
{
	const struct failure_case *c = *state;
	bool struck = true;

	for (unsigned n = 1; struck; n++) {
		struct spool_fixture *f;
		void *fixture = NULL;
		uint64_t lost;
		uint64_t oldest;

		(void)spool_fixture_setup(&fixture);
		f = fixture;
		fake_env_fail(f->fake, c->kind, n, c->error);
		live_a_little(f);
		struck = fake_env_has_failed(f->fake);
		fake_env_fail(f->fake, c->kind, 0, 0);
		oldest = spool_fixture_status(f).first_sequence;
		assert_true(oldest <= 61);
		assert_int_equal(spool_fixture_read_all(f, oldest, &lost), f->next_id - oldest);
		spool_fixture_power_cut(f);
		f->next_id = spool_fixture_status(f).next_sequence;
		spool_fixture_append(f, 5);
		oldest = spool_fixture_status(f).first_sequence;
		assert_int_equal(spool_fixture_read_all(f, oldest, &lost), f->next_id - oldest);
		assert_int_equal(lost, 0);
		assert_int_equal(spool_fixture_status(f).damaged_entries, 0);
		(void)spool_fixture_teardown(&fixture);
	}
}

int main(void)
{
	static struct cases c;

	cases_test(&c, what_a_kill_left_unsynced_is_synced_before_it_is_sent);
	cases_test_with(&c, a_full_disk_refuses_and_recovers, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_full_disk_is_no_reason_not_to_start, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, short_writes_are_continued, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_failed_sync_moves_on_to_a_new_segment, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_write_that_cannot_be_taken_back_ends_the_segment, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_spool_that_cannot_be_written_is_refused, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_table(&c, refusal_cases, refusal_case_run);
	cases_table(&c, failure_cases, failure_case_run);
	return cases_run("agent_spool_disk", &c, NULL, NULL);
}
