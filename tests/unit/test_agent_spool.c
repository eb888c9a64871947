/* The spool, promise by promise; random sequences with crashes are in test_agent_spool_model.c. */
#include "agent/spool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/spool_segment.h"
#include "common/crc32c.h"
#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/packed.h"

#define DIR   "/var/spool/cxmeter"
#define SEG_1 DIR "/00000000000000000001.seg"

struct fixture {
	struct fake_env *fake;
	struct spool_options options;
	struct spool *spool;
	struct buf records;
	uint64_t next_id;
	struct fault fault;
};

static int open_again(struct fixture *f)
{
	spool_close(f->spool);
	f->spool = NULL;
	return spool_open(&f->spool, fake_env_of(f->fake), &f->options, &f->fault);
}

static int setup(void **state)
{
	static struct fixture f;
	static uint64_t seed;

	f = (struct fixture){ .fake = fake_env_new(++seed), .next_id = 1 };
	f.options = (struct spool_options){ DIR, 1 << 20, 4096 };
	buf_init(&f.records, 1 << 22);
	assert_int_equal(open_again(&f), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	spool_close(f->spool);
	buf_free(&f->records);
	fake_env_free(f->fake);
	return 0;
}

/* Killed, and started again. Closing only gives back memory and descriptors: it writes nothing. */
static void crash(struct fixture *f)
{
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_crash(f->fake);
	assert_int_equal(open_again(f), 0);
}

static void power_cut(struct fixture *f)
{
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_power_cut(f->fake);
	assert_int_equal(open_again(f), 0);
}

/* Records with the ids that come next, so the id of a record is its number. */
static int append_sized(struct fixture *f, uint32_t count, size_t pad, const char *source,
                        const char *text)
{
	struct spool_checkpoint checkpoint = { source, cursor_of(text, strlen(text)) };
	struct spool_entry entry = { .count = count,
		                     .checkpoints = &checkpoint,
		                     .n_checkpoints = source[0] != '\0' };
	int rc;

	buf_reset(&f->records);
	for (uint32_t i = 0; i < count; i++) {
		packed_add(&f->records, f->next_id + i, pad);
	}
	entry.records = cursor_of(f->records.data, f->records.len);
	rc = spool_append(f->spool, &entry);
	f->next_id += rc == 0 ? count : 0;
	return rc;
}

static void append(struct fixture *f, uint32_t count)
{
	assert_int_equal(append_sized(f, count, 20, "", ""), 0);
}

static struct spool_status status_of(const struct fixture *f)
{
	struct spool_status status;

	spool_status(f->spool, &status);
	return status;
}

/* Every record from `sequence` on is there, in order; returns how many. */
static uint64_t read_all(struct fixture *f, uint64_t sequence, uint64_t *lost)
{
	uint64_t read = 0;
	struct spool_run run;

	*lost = 0;
	while (spool_read(f->spool, sequence, 1000, &run) == 1) {
		assert_int_equal(run.first_sequence, sequence + run.lost);
		assert_true(run.count > 0);
		for (uint32_t i = 0; i < run.count; i++) {
			assert_int_equal(packed_next(&run.records), run.first_sequence + i);
		}
		assert_int_equal(cursor_left(&run.records), 0);
		*lost += run.lost;
		read += run.count;
		sequence = run.first_sequence + run.count;
	}
	return read;
}

static void assert_checkpoint(struct fixture *f, const char *source, const char *want)
{
	struct cursor c = spool_checkpoint(f->spool, source);

	assert_int_equal(cursor_left(&c), strlen(want));
	assert_memory_equal(c.at, want, strlen(want));
}

static unsigned count_files(const struct fixture *f, const char *suffix)
{
	unsigned n = 0;
	const char *path;

	for (size_t i = 0; (path = fake_env_path(f->fake, i)) != NULL; i++) {
		size_t len = strlen(path);

		n += len > strlen(suffix) && strcmp(path + len - strlen(suffix), suffix) == 0;
	}
	return n;
}

/* ---- ordinary life ---- */

static void a_new_spool_is_empty(void **state)
{
	struct fixture *f = *state;
	struct spool_status s = status_of(f);
	struct spool_run run;

	assert_int_equal(s.next_sequence, 1);
	assert_int_equal(s.first_sequence, 1);
	assert_int_equal(s.damaged_entries, 0);
	assert_int_equal(s.oldest_us, 0);
	assert_true(s.epoch != 0);
	assert_int_equal(spool_read(f->spool, 1, 1000, &run), 0);
	assert_checkpoint(f, "queue_log:/x", "");
}

static void records_come_back_with_their_numbers(void **state)
{
	struct fixture *f = *state;
	struct spool_run run;
	uint64_t lost;

	append(f, 3);
	append(f, 2);
	assert_int_equal(status_of(f).next_sequence, 6);
	assert_int_equal(read_all(f, 1, &lost), 5);
	assert_int_equal(read_all(f, 4, &lost), 2);
	assert_int_equal(spool_read(f->spool, 6, 1000, &run), 0);
}

static void small_entries_travel_together(void **state)
{
	struct fixture *f = *state;
	struct spool_run run;

	for (int i = 0; i < 10; i++) {
		append(f, 1);
	}
	assert_int_equal(spool_read(f->spool, 1, 100000, &run), 1);
	assert_int_equal(run.count, 10);
}

static void a_long_entry_is_split(void **state)
{
	struct fixture *f = *state;
	struct spool_run run;

	append(f, 10); /* 32 bytes each */
	assert_int_equal(spool_read(f->spool, 1, 100, &run), 1);
	assert_int_equal(run.count, 3);
	assert_int_equal(spool_read(f->spool, 4, 100, &run), 1);
	assert_int_equal(run.first_sequence, 4);
	assert_int_equal(packed_next(&run.records), 4);
}

static void a_single_record_always_fits_a_run(void **state)
{
	struct fixture *f = *state;
	struct spool_run run;

	assert_int_equal(append_sized(f, 2, 5000, "", ""), 0);
	assert_int_equal(spool_read(f->spool, 1, 10, &run), 1);
	assert_int_equal(run.count, 1);
	assert_int_equal(spool_read(f->spool, 2, 10, &run), 1);
	assert_int_equal(packed_next(&run.records), 2);
}

static void reading_goes_on_while_the_spool_grows(void **state)
{
	struct fixture *f = *state;
	struct spool_run run;

	for (uint64_t i = 1; i <= 300; i++) {
		append(f, 1);
		assert_int_equal(spool_read(f->spool, i, 1000, &run), 1);
		assert_int_equal(packed_next(&run.records), i);
		assert_int_equal(spool_read(f->spool, i + 1, 1000, &run), 0);
	}
	assert_true(count_files(f, ".seg") > 1);
}

static void everything_is_there_after_a_restart(void **state)
{
	struct fixture *f = *state;
	struct spool_status before;
	uint64_t lost;

	for (int i = 0; i < 50; i++) {
		append(f, 5);
	}
	before = status_of(f);
	assert_int_equal(open_again(f), 0);
	assert_int_equal(status_of(f).epoch, before.epoch);
	assert_int_equal(status_of(f).next_sequence, before.next_sequence);
	assert_int_equal(status_of(f).oldest_us, before.oldest_us);
	assert_int_equal(read_all(f, 1, &lost), 250);
	assert_int_equal(lost, 0);
}

static void everything_is_there_after_a_kill(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = status_of(f).epoch;
	uint64_t lost;

	append(f, 5);
	crash(f);
	assert_int_equal(read_all(f, 1, &lost), 5);
	assert_int_equal(status_of(f).epoch, epoch);
	append(f, 5);
	assert_int_equal(read_all(f, 1, &lost), 10);
}

static void what_a_kill_left_unsynced_is_synced_before_it_is_sent(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) { /* each power cut rolls its own dice */
		struct fixture *f;
		void *fixture = NULL;
		uint64_t lost;

		(void)setup(&fixture);
		f = fixture;
		append(f, 1);
		/* killed between write and fdatasync: whole in the page cache, and nowhere else */
		fake_env_fail(f->fake, FAKE_FDATASYNC, 1, EINTR);
		fake_env_fail_always(f->fake, FAKE_FTRUNCATE, EINTR);
		assert_int_equal(append_sized(f, 1, 20 + (size_t)i, "", ""), -EINTR);
		fake_env_fail_always(f->fake, FAKE_FTRUNCATE, 0);
		crash(f);
		f->next_id = 3;
		assert_int_equal(read_all(f, 1, &lost), 2);
		power_cut(f);
		assert_int_equal(read_all(f, 1, &lost), 2);
		(void)teardown(&fixture);
	}
}

/* ---- checkpoints ---- */

static void a_checkpoint_is_stored_with_its_records(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(append_sized(f, 1, 20, "queue_log:/a", "at 100"), 0);
	assert_int_equal(append_sized(f, 0, 0, "queue_log:/b", "at 7"), 0);
	assert_int_equal(append_sized(f, 1, 20, "queue_log:/a", "at 200"), 0);
	crash(f);
	assert_checkpoint(f, "queue_log:/a", "at 200");
	assert_checkpoint(f, "queue_log:/b", "at 7");
}

static void checkpoints_outlive_their_segments(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(append_sized(f, 1, 20, "queue_log:/a", "at 100"), 0);
	for (int i = 0; i < 100; i++) {
		append(f, 5);
		assert_int_equal(spool_ack(f->spool, f->next_id - 1), 0);
	}
	assert_false(fake_env_exists(f->fake, SEG_1));
	crash(f);
	assert_checkpoint(f, "queue_log:/a", "at 100");
}

static void a_damaged_checkpoint_gives_way_to_the_one_before(void **state)
{
	struct fixture *f = *state;
	const char *last;
	char path[256];
	size_t n = 0;

	assert_int_equal(append_sized(f, 200, 20, "queue_log:/a", "at 100"), 0);
	append(f, 1); /* a new segment, which begins with the checkpoint */
	while ((last = fake_env_path(f->fake, n)) != NULL && strstr(last, ".seg") != NULL) {
		(void)snprintf(path, sizeof(path), "%s", last);
		n++;
	}
	assert_int_equal(n, 2);
	fake_env_flip(f->fake, path, SEGMENT_HEAD_BYTES + 60, 3);
	crash(f);
	assert_checkpoint(f, "queue_log:/a", "at 100");
}

/* ---- acknowledgements and space ---- */

static void acknowledged_segments_go(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	for (int i = 0; i < 100; i++) {
		append(f, 5);
	}
	assert_true(count_files(f, ".seg") > 3);
	assert_int_equal(spool_ack(f->spool, 490), 0);
	assert_true(count_files(f, ".seg") <= 2);
	assert_true(status_of(f).first_sequence <= 491);
	assert_int_equal(read_all(f, 491, &lost), 10);
	assert_int_equal(lost, 0);
}

static void an_acknowledgement_from_the_past_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct spool_status before;
	struct spool_status after;

	for (int i = 0; i < 100; i++) {
		append(f, 5);
	}
	assert_int_equal(spool_ack(f->spool, 300), 0);
	before = status_of(f);
	assert_int_equal(spool_ack(f->spool, 100), 0);
	after = status_of(f);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void an_acknowledgement_of_the_future_counts_up_to_now(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	append(f, 5);
	assert_int_equal(spool_ack(f->spool, UINT64_MAX), 0);
	append(f, 5);
	assert_int_equal(read_all(f, 6, &lost), 5);
	assert_int_equal(lost, 0);
}

static void the_last_segment_stays_when_all_is_acknowledged(void **state)
{
	struct fixture *f = *state;

	append(f, 5);
	assert_int_equal(spool_ack(f->spool, 5), 0);
	assert_int_equal(count_files(f, ".seg"), 1);
	crash(f);
	assert_int_equal(status_of(f).next_sequence, 6);
}

static void an_acknowledged_spool_shrinks_with_the_next_record(void **state)
{
	struct fixture *f = *state;

	append(f, 60); /* half a segment */
	assert_int_equal(spool_ack(f->spool, 60), 0);
	append(f, 1);
	assert_true(status_of(f).bytes < 500);
	assert_int_equal(status_of(f).first_sequence, 61);
}

static void at_the_quota_nothing_changes(void **state)
{
	struct fixture *f = *state;
	struct spool_status before;
	struct spool_status after;
	uint64_t lost;

	f->options.max_bytes = 10000;
	assert_int_equal(open_again(f), 0);
	while (append_sized(f, 5, 100, "a", "x") == 0) {
	}
	before = status_of(f);
	assert_true(before.bytes <= 10000);
	assert_int_equal(append_sized(f, 5, 100, "a", "not stored"), -EDQUOT);
	after = status_of(f);
	assert_memory_equal(&before, &after, sizeof(before));
	assert_checkpoint(f, "a", "x");
	assert_int_equal(read_all(f, 1, &lost), before.next_sequence - 1);
}

static void an_acknowledgement_makes_room_at_the_quota(void **state)
{
	struct fixture *f = *state;

	f->options.max_bytes = 10000;
	assert_int_equal(open_again(f), 0);
	while (append_sized(f, 5, 100, "", "") == 0) {
	}
	assert_int_equal(spool_ack(f->spool, f->next_id - 1), 0);
	append(f, 5);
}

static void a_quota_of_less_than_a_segment_is_no_dead_end(void **state)
{
	struct fixture *f = *state;

	f->options.max_bytes = 2000;
	assert_int_equal(open_again(f), 0);
	for (int i = 0; i < 100; i++) {
		append(f, 30);
		assert_int_equal(spool_ack(f->spool, f->next_id - 1), 0);
	}
	assert_true(status_of(f).bytes <= 2000);
}

static void a_full_disk_refuses_and_recovers(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	append(f, 5);
	fake_env_capacity(f->fake, status_of(f).bytes + 1000);
	assert_int_equal(append_sized(f, 5, 500, "a", "x"), -ENOSPC);
	assert_checkpoint(f, "a", "");
	append(f, 5); /* a small one still fits: the half that was written is gone */
	fake_env_capacity(f->fake, 0);
	append(f, 5);
	assert_int_equal(read_all(f, 1, &lost), 15);
	crash(f);
	assert_int_equal(read_all(f, 1, &lost), 15);
	assert_int_equal(status_of(f).truncated_bytes, 0);
}

static void a_full_disk_is_no_reason_not_to_start(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	append(f, 5);
	spool_close(f->spool);
	fake_env_fail_always(f->fake, FAKE_PWRITE, ENOSPC);
	assert_int_equal(spool_open(&f->spool, fake_env_of(f->fake), &f->options, &f->fault), 0);
	assert_int_equal(read_all(f, 1, &lost), 5);
	assert_int_equal(append_sized(f, 1, 20, "", ""), -ENOSPC);
	fake_env_fail_always(f->fake, FAKE_PWRITE, 0);
	append(f, 1);
	assert_int_equal(read_all(f, 1, &lost), 6);
}

static void short_writes_are_continued(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	fake_env_short_writes(f->fake, 7);
	append(f, 20);
	crash(f);
	assert_int_equal(read_all(f, 1, &lost), 20);
}

static void an_entry_that_will_never_fit_is_refused(void **state)
{
	struct fixture *f = *state;
	static char big[SPOOL_ENTRY_MAX_BYTES];
	struct spool_checkpoint checkpoint = { "a", cursor_of(big, sizeof(big)) };
	struct spool_entry entry = { .checkpoints = &checkpoint, .n_checkpoints = 1 };

	assert_int_equal(spool_append(f->spool, &entry), -EMSGSIZE);
	append(f, 1);
}

/* ---- a failing disk ---- */

static void a_failed_sync_moves_on_to_a_new_segment(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	append(f, 5);
	fake_env_fail(f->fake, FAKE_FDATASYNC, 1, EIO);
	assert_int_equal(append_sized(f, 5, 20, "", ""), -EIO);
	assert_int_equal(read_all(f, 1, &lost), 5);
	append(f, 7);
	assert_int_equal(count_files(f, ".seg"), 2);
	power_cut(f);
	assert_int_equal(read_all(f, 1, &lost), 12);
	assert_int_equal(lost, 0);
	assert_int_equal(status_of(f).damaged_entries, 0);
}

static void a_write_that_cannot_be_taken_back_ends_the_segment(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	append(f, 5);
	fake_env_fail(f->fake, FAKE_PWRITE, 1, EIO);
	fake_env_fail_always(f->fake, FAKE_FTRUNCATE, EIO);
	assert_int_equal(append_sized(f, 5, 20, "", ""), -EIO);
	fake_env_fail_always(f->fake, FAKE_FTRUNCATE, 0);
	append(f, 5);
	assert_int_equal(count_files(f, ".seg"), 2);
	assert_int_equal(read_all(f, 1, &lost), 10);
}

static const struct refusal_case {
	const char *name;
	enum fake_call kind;
	int error;
	const char *says;
} refusal_cases[] = {
	{ "read_only_disk_is_refused_with_its_path", FAKE_OPEN, EROFS, DIR ": cannot" },
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
	struct spool_options options = { DIR, 1 << 20, 4096 };
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
	struct fixture *f = *state;

	append(f, 1);
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_fail_always(f->fake, FAKE_RENAME, EROFS);
	assert_int_equal(spool_open(&f->spool, fake_env_of(f->fake), &f->options, &f->fault),
	                 -EROFS);
	assert_non_null(strstr(f->fault.text, DIR ": cannot write"));
}

/* ---- one process at a time ---- */

static void a_second_process_is_told_who_has_it(void **state)
{
	struct fixture *f = *state;
	struct spool *second = NULL;

	assert_int_equal(spool_open(&second, fake_env_of(f->fake), &f->options, &f->fault),
	                 -EAGAIN);
	assert_non_null(strstr(f->fault.text, "spool locked by pid "));
	assert_true(f->fault.text[strlen(f->fault.text) - 1] >= '0');
	append(f, 1);
}

static void a_stale_lock_file_does_not_block(void **state)
{
	struct fixture *f = *state;

	fake_env_put(f->fake, DIR "/lock", "1\n", 2);
	crash(f);
	append(f, 1);
}

/* ---- damage ---- */

static void a_torn_tail_is_left_out_and_begins_an_epoch(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = status_of(f).epoch;
	int64_t size;
	uint64_t lost;

	append(f, 5);
	append(f, 5);
	size = fake_env_size(f->fake, SEG_1);
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_put(f->fake, SEG_1, fake_env_data(f->fake, SEG_1), (size_t)size - 3);
	assert_int_equal(open_again(f), 0);
	assert_int_equal(status_of(f).next_sequence, 6);
	assert_true(status_of(f).truncated_bytes > 0);
	assert_int_equal(status_of(f).damaged_entries, 0);
	/* the numbers 6 to 10 may have been sent; they must not mean two things */
	assert_int_not_equal(status_of(f).epoch, epoch);
	f->next_id = 6;
	append(f, 5);
	assert_int_equal(read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 0);
	epoch = status_of(f).epoch;
	crash(f);
	assert_int_equal(status_of(f).truncated_bytes, 0);
	assert_int_equal(status_of(f).epoch, epoch);
	assert_int_equal(read_all(f, 1, &lost), 10);
}

static void one_bad_bit_costs_one_entry_and_is_reported_once(void **state)
{
	struct fixture *f = *state;
	struct spool_status s;
	uint64_t lost;

	append(f, 5);
	fake_env_advance(f->fake, 1000000);
	append(f, 5);
	fake_env_advance(f->fake, 1000000);
	append(f, 5);
	fake_env_flip(f->fake, SEG_1, SEGMENT_HEAD_BYTES + 5 * 32 + 40 + 60, 5);
	crash(f);
	s = status_of(f);
	assert_int_equal(s.damaged_entries, 1);
	assert_int_equal(s.lost_records, 5);
	assert_int_equal(s.damage_to_us - s.damage_from_us, 2000000);
	assert_int_equal(s.next_sequence, 16);
	assert_int_equal(read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 5);
	assert_int_equal(fake_env_size(f->fake, SEG_1 ".bad"), 5 * 32 + 40);
	crash(f);
	assert_int_equal(status_of(f).damaged_entries, 0);
	assert_int_equal(read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 5);
}

static void any_one_bad_bit_never_costs_more_than_one_entry(void **state)
{
	struct fixture *f = *state;
	int64_t size;
	uint64_t lost;

	append(f, 2);
	append(f, 2);
	append(f, 2);
	size = fake_env_size(f->fake, SEG_1);
	append(f, 150); /* fills the segment */
	append(f, 2);   /* in the next one */
	for (int64_t bit = 0; bit < size * 8; bit++) {
		fake_env_flip(f->fake, SEG_1, (size_t)bit / 8, (unsigned)bit % 8);
		crash(f);
		assert_true(read_all(f, 1, &lost) >= 156);
		assert_true(lost == 0 || lost == 2);
		assert_int_equal(lost, bit < (int64_t)SEGMENT_HEAD_BYTES * 8 ? 0 : 2);
		fake_env_flip(f->fake, SEG_1, (size_t)bit / 8, (unsigned)bit % 8);
	}
}

static const struct stump_case {
	const char *name;
	const char *data;
	size_t len;
} stump_cases[] = {
	{ "a_segment_of_no_bytes_is_set_aside", "", 0 },
	{ "a_segment_of_one_byte_is_set_aside", "c", 1 },
	{ "a_segment_of_garbage_is_set_aside", "\xff\xff\xff\xff\xff\xff\xff\xff", 8 },
};

static void stump_case_run(void **state)
{
	const struct stump_case *c = *state;
	struct fixture *f;
	void *fixture = NULL;
	uint64_t epoch;
	uint64_t lost;

	(void)setup(&fixture);
	f = fixture;
	append(f, 200);
	append(f, 10); /* in a second segment */
	epoch = status_of(f).epoch;
	fake_env_put(f->fake, DIR "/00000000000000000201.seg", c->data, c->len);
	crash(f);
	assert_int_equal(read_all(f, 1, &lost), 200);
	assert_int_equal(status_of(f).damaged_entries, 1);
	assert_true(fake_env_exists(f->fake, DIR "/00000000000000000201.seg.bad"));
	assert_int_not_equal(status_of(f).epoch, epoch);
	f->next_id = 201;
	append(f, 5);
	assert_int_equal(read_all(f, 1, &lost), 205);
	(void)teardown(&fixture);
}

static void a_lost_segment_in_the_middle_is_a_hole(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = status_of(f).epoch;
	uint64_t lost;

	append(f, 200);
	append(f, 200);
	append(f, 200);
	append(f, 1);
	fake_env_put(f->fake, DIR "/00000000000000000201.seg", "", 0);
	crash(f);
	assert_int_equal(read_all(f, 1, &lost), 401);
	assert_int_equal(lost, 200);
	assert_int_equal(status_of(f).lost_records, 200);
	assert_int_equal(status_of(f).epoch, epoch);
}

static void a_vanished_segment_is_a_hole(void **state)
{
	struct fixture *f = *state;
	const struct env *e = fake_env_of(f->fake);
	uint64_t lost;

	append(f, 200);
	append(f, 200);
	append(f, 200);
	assert_int_equal(e->unlink(e->arg, DIR "/00000000000000000201.seg"), 0);
	assert_int_equal(read_all(f, 1, &lost), 400); /* while running */
	assert_int_equal(lost, 200);
	crash(f);
	assert_int_equal(read_all(f, 1, &lost), 400); /* and after a start */
	assert_int_equal(lost, 200);
	assert_int_equal(status_of(f).lost_records, 200);
}

static void damage_found_while_reading_is_a_hole(void **state)
{
	struct fixture *f = *state;
	uint64_t lost;

	append(f, 5);
	append(f, 5);
	append(f, 5);
	fake_env_flip(f->fake, SEG_1, SEGMENT_HEAD_BYTES + 5 * 32 + 40 + 60, 5);
	assert_int_equal(read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 5);
	assert_int_equal(status_of(f).damaged_entries, 1);
	assert_int_equal(status_of(f).lost_records, 5);
	assert_int_equal(read_all(f, 1, &lost), 10);
	assert_int_equal(status_of(f).damaged_entries, 1);
}

static void a_later_version_is_refused_with_what_to_do(void **state)
{
	struct fixture *f = *state;
	struct segment_head head = { .epoch = 1, .first_sequence = 1, .salt = 1 };
	struct buf bytes;
	uint32_t crc;

	buf_init(&bytes, 1000);
	segment_head_add(&bytes, &head);
	bytes.data[8] = SEGMENT_VERSION + 1;
	crc = crc32c(0, bytes.data, SEGMENT_HEAD_BYTES / 2 - 4);
	memcpy(bytes.data + SEGMENT_HEAD_BYTES / 2 - 4, &crc, sizeof(crc));
	fake_env_put(f->fake, SEG_1, bytes.data, bytes.len);
	buf_free(&bytes);
	assert_int_equal(open_again(f), -EPROTONOSUPPORT);
	assert_non_null(strstr(f->fault.text, "00000000000000000001.seg: written by a later"));
}

/* ---- epochs ---- */

static void a_new_epoch_keeps_records_and_numbers(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = status_of(f).epoch;
	uint64_t lost;

	append(f, 5);
	assert_int_equal(spool_new_epoch(f->spool), 0);
	assert_int_not_equal(status_of(f).epoch, epoch);
	epoch = status_of(f).epoch;
	append(f, 5);
	crash(f);
	assert_int_equal(status_of(f).epoch, epoch);
	assert_int_equal(read_all(f, 1, &lost), 10);
}

static void a_new_epoch_of_an_empty_spool_is_durable(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch;

	assert_int_equal(spool_new_epoch(f->spool), 0);
	epoch = status_of(f).epoch;
	power_cut(f);
	assert_int_equal(status_of(f).epoch, epoch);
}

static void an_epoch_that_cannot_be_stored_does_not_begin(void **state)
{
	struct fixture *f = *state;
	uint64_t epoch = status_of(f).epoch;

	fake_env_fail(f->fake, FAKE_PWRITE, 1, ENOSPC);
	assert_int_equal(spool_new_epoch(f->spool), -ENOSPC);
	assert_int_equal(status_of(f).epoch, epoch);
	append(f, 1);
}

/* ---- the n-th call of every kind fails ---- */

static void live_a_little(struct fixture *f)
{
	(void)append_sized(f, 60, 20, "a", "one");
	(void)append_sized(f, 60, 20, "b", "two");
	(void)append_sized(f, 60, 20, "a", "three");
	(void)spool_ack(f->spool, 60);
	(void)append_sized(f, 3, 20, "a", "four");
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
		struct fixture *f;
		void *fixture = NULL;
		uint64_t lost;
		uint64_t oldest;

		(void)setup(&fixture);
		f = fixture;
		fake_env_fail(f->fake, c->kind, n, c->error);
		live_a_little(f);
		struck = fake_env_has_failed(f->fake);
		fake_env_fail(f->fake, c->kind, 0, 0);
		oldest = status_of(f).first_sequence;
		assert_true(oldest <= 61);
		assert_int_equal(read_all(f, oldest, &lost), f->next_id - oldest);
		power_cut(f);
		f->next_id = status_of(f).next_sequence;
		append(f, 5);
		oldest = status_of(f).first_sequence;
		assert_int_equal(read_all(f, oldest, &lost), f->next_id - oldest);
		assert_int_equal(lost, 0);
		assert_int_equal(status_of(f).damaged_entries, 0);
		(void)teardown(&fixture);
	}
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, a_new_spool_is_empty, setup, teardown);
	cases_test_with(&c, records_come_back_with_their_numbers, setup, teardown);
	cases_test_with(&c, small_entries_travel_together, setup, teardown);
	cases_test_with(&c, a_long_entry_is_split, setup, teardown);
	cases_test_with(&c, a_single_record_always_fits_a_run, setup, teardown);
	cases_test_with(&c, reading_goes_on_while_the_spool_grows, setup, teardown);
	cases_test_with(&c, everything_is_there_after_a_restart, setup, teardown);
	cases_test_with(&c, everything_is_there_after_a_kill, setup, teardown);
	cases_test(&c, what_a_kill_left_unsynced_is_synced_before_it_is_sent);
	cases_test_with(&c, a_checkpoint_is_stored_with_its_records, setup, teardown);
	cases_test_with(&c, checkpoints_outlive_their_segments, setup, teardown);
	cases_test_with(&c, a_damaged_checkpoint_gives_way_to_the_one_before, setup, teardown);
	cases_test_with(&c, acknowledged_segments_go, setup, teardown);
	cases_test_with(&c, an_acknowledgement_from_the_past_changes_nothing, setup, teardown);
	cases_test_with(&c, an_acknowledgement_of_the_future_counts_up_to_now, setup, teardown);
	cases_test_with(&c, the_last_segment_stays_when_all_is_acknowledged, setup, teardown);
	cases_test_with(&c, an_acknowledged_spool_shrinks_with_the_next_record, setup, teardown);
	cases_test_with(&c, at_the_quota_nothing_changes, setup, teardown);
	cases_test_with(&c, an_acknowledgement_makes_room_at_the_quota, setup, teardown);
	cases_test_with(&c, a_quota_of_less_than_a_segment_is_no_dead_end, setup, teardown);
	cases_test_with(&c, a_full_disk_refuses_and_recovers, setup, teardown);
	cases_test_with(&c, a_full_disk_is_no_reason_not_to_start, setup, teardown);
	cases_test_with(&c, short_writes_are_continued, setup, teardown);
	cases_test_with(&c, an_entry_that_will_never_fit_is_refused, setup, teardown);
	cases_test_with(&c, a_failed_sync_moves_on_to_a_new_segment, setup, teardown);
	cases_test_with(&c, a_write_that_cannot_be_taken_back_ends_the_segment, setup, teardown);
	cases_test_with(&c, a_spool_that_cannot_be_written_is_refused, setup, teardown);
	cases_test_with(&c, a_second_process_is_told_who_has_it, setup, teardown);
	cases_test_with(&c, a_stale_lock_file_does_not_block, setup, teardown);
	cases_test_with(&c, a_torn_tail_is_left_out_and_begins_an_epoch, setup, teardown);
	cases_test_with(&c, one_bad_bit_costs_one_entry_and_is_reported_once, setup, teardown);
	cases_test_with(&c, any_one_bad_bit_never_costs_more_than_one_entry, setup, teardown);
	cases_test_with(&c, a_lost_segment_in_the_middle_is_a_hole, setup, teardown);
	cases_test_with(&c, a_vanished_segment_is_a_hole, setup, teardown);
	cases_test_with(&c, damage_found_while_reading_is_a_hole, setup, teardown);
	cases_test_with(&c, a_later_version_is_refused_with_what_to_do, setup, teardown);
	cases_test_with(&c, a_new_epoch_keeps_records_and_numbers, setup, teardown);
	cases_test_with(&c, a_new_epoch_of_an_empty_spool_is_durable, setup, teardown);
	cases_test_with(&c, an_epoch_that_cannot_be_stored_does_not_begin, setup, teardown);
	cases_table(&c, refusal_cases, refusal_case_run);
	cases_table(&c, stump_cases, stump_case_run);
	cases_table(&c, failure_cases, failure_case_run);
	return cases_run("agent_spool", &c, NULL, NULL);
}
