/* The spool, promise by promise, while the disk does what it is told. What a failing disk and
 * damaged files cost is in test_agent_spool_disk.c and test_agent_spool_damage.c; random sequences
 * with crashes are in test_agent_spool_model.c. */
#include "agent/spool.h"

#include <errno.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/packed.h"
#include "tests/support/spool_fixture.h"

/* ---- ordinary life ---- */

static void a_new_spool_is_empty(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_status s = spool_fixture_status(f);
	struct spool_run run;

	assert_int_equal(s.next_sequence, 1);
	assert_int_equal(s.first_sequence, 1);
	assert_int_equal(s.damaged_entries, 0);
	assert_int_equal(s.oldest_us, 0);
	assert_true(s.epoch != 0);
	assert_int_equal(spool_read(f->spool, 1, 1000, &run), 0);
	spool_fixture_expect_checkpoint(f, "queue_log:/x", "");
}

static void records_come_back_with_their_numbers(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_run run;
	uint64_t lost;

	spool_fixture_append(f, 3);
	spool_fixture_append(f, 2);
	assert_int_equal(spool_fixture_status(f).next_sequence, 6);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 5);
	assert_int_equal(spool_fixture_read_all(f, 4, &lost), 2);
	assert_int_equal(spool_read(f->spool, 6, 1000, &run), 0);
}

static void small_entries_travel_together(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_run run;

	for (int i = 0; i < 10; i++) {
		spool_fixture_append(f, 1);
	}
	assert_int_equal(spool_read(f->spool, 1, 100000, &run), 1);
	assert_int_equal(run.count, 10);
}

static void a_long_entry_is_split(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_run run;

	spool_fixture_append(f, 10); /* 32 bytes each */
	assert_int_equal(spool_read(f->spool, 1, 100, &run), 1);
	assert_int_equal(run.count, 3);
	assert_int_equal(spool_read(f->spool, 4, 100, &run), 1);
	assert_int_equal(run.first_sequence, 4);
	assert_int_equal(packed_next(&run.records), 4);
}

static void a_single_record_always_fits_a_run(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_run run;

	assert_int_equal(spool_fixture_append_sized(f, 2, 5000, "", ""), 0);
	assert_int_equal(spool_read(f->spool, 1, 10, &run), 1);
	assert_int_equal(run.count, 1);
	assert_int_equal(spool_read(f->spool, 2, 10, &run), 1);
	assert_int_equal(packed_next(&run.records), 2);
}

static void reading_goes_on_while_the_spool_grows(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_run run;

	for (uint64_t i = 1; i <= 300; i++) {
		spool_fixture_append(f, 1);
		assert_int_equal(spool_read(f->spool, i, 1000, &run), 1);
		assert_int_equal(packed_next(&run.records), i);
		assert_int_equal(spool_read(f->spool, i + 1, 1000, &run), 0);
	}
	assert_true(spool_fixture_count_files(f, ".seg") > 1);
}

static void everything_is_there_after_a_restart(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_status before;
	uint64_t lost;

	for (int i = 0; i < 50; i++) {
		spool_fixture_append(f, 5);
	}
	before = spool_fixture_status(f);
	assert_int_equal(spool_fixture_open_again(f), 0);
	assert_int_equal(spool_fixture_status(f).epoch, before.epoch);
	assert_int_equal(spool_fixture_status(f).next_sequence, before.next_sequence);
	assert_int_equal(spool_fixture_status(f).oldest_us, before.oldest_us);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 250);
	assert_int_equal(lost, 0);
}

static void everything_is_there_after_a_kill(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t epoch = spool_fixture_status(f).epoch;
	uint64_t lost;

	spool_fixture_append(f, 5);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 5);
	assert_int_equal(spool_fixture_status(f).epoch, epoch);
	spool_fixture_append(f, 5);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
}

/* ---- checkpoints ---- */

static void a_checkpoint_is_stored_with_its_records(void **state)
{
	struct spool_fixture *f = *state;

	assert_int_equal(spool_fixture_append_sized(f, 1, 20, "queue_log:/a", "at 100"), 0);
	assert_int_equal(spool_fixture_append_sized(f, 0, 0, "queue_log:/b", "at 7"), 0);
	assert_int_equal(spool_fixture_append_sized(f, 1, 20, "queue_log:/a", "at 200"), 0);
	spool_fixture_crash(f);
	spool_fixture_expect_checkpoint(f, "queue_log:/a", "at 200");
	spool_fixture_expect_checkpoint(f, "queue_log:/b", "at 7");
}

static void checkpoints_outlive_their_segments(void **state)
{
	struct spool_fixture *f = *state;

	assert_int_equal(spool_fixture_append_sized(f, 1, 20, "queue_log:/a", "at 100"), 0);
	for (int i = 0; i < 100; i++) {
		spool_fixture_append(f, 5);
		assert_int_equal(spool_ack(f->spool, f->next_id - 1), 0);
	}
	assert_false(fake_env_exists(f->fake, SPOOL_FIXTURE_SEGMENT_1));
	spool_fixture_crash(f);
	spool_fixture_expect_checkpoint(f, "queue_log:/a", "at 100");
}

/* ---- acknowledgements and space ---- */

static void acknowledged_segments_go(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	for (int i = 0; i < 100; i++) {
		spool_fixture_append(f, 5);
	}
	assert_true(spool_fixture_count_files(f, ".seg") > 3);
	assert_int_equal(spool_ack(f->spool, 490), 0);
	assert_true(spool_fixture_count_files(f, ".seg") <= 2);
	assert_true(spool_fixture_status(f).first_sequence <= 491);
	assert_int_equal(spool_fixture_read_all(f, 491, &lost), 10);
	assert_int_equal(lost, 0);
}

static void an_acknowledgement_from_the_past_changes_nothing(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_status before;
	struct spool_status after;

	for (int i = 0; i < 100; i++) {
		spool_fixture_append(f, 5);
	}
	assert_int_equal(spool_ack(f->spool, 300), 0);
	before = spool_fixture_status(f);
	assert_int_equal(spool_ack(f->spool, 100), 0);
	after = spool_fixture_status(f);
	assert_memory_equal(&before, &after, sizeof(before));
}

static void an_acknowledgement_of_the_future_counts_up_to_now(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	spool_fixture_append(f, 5);
	assert_int_equal(spool_ack(f->spool, UINT64_MAX), 0);
	spool_fixture_append(f, 5);
	assert_int_equal(spool_fixture_read_all(f, 6, &lost), 5);
	assert_int_equal(lost, 0);
}

static void the_last_segment_stays_when_all_is_acknowledged(void **state)
{
	struct spool_fixture *f = *state;

	spool_fixture_append(f, 5);
	assert_int_equal(spool_ack(f->spool, 5), 0);
	assert_int_equal(spool_fixture_count_files(f, ".seg"), 1);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_status(f).next_sequence, 6);
}

static void an_acknowledged_spool_shrinks_with_the_next_record(void **state)
{
	struct spool_fixture *f = *state;

	spool_fixture_append(f, 60); /* half a segment */
	assert_int_equal(spool_ack(f->spool, 60), 0);
	spool_fixture_append(f, 1);
	assert_true(spool_fixture_status(f).bytes < 500);
	assert_int_equal(spool_fixture_status(f).first_sequence, 61);
}

static void at_the_quota_nothing_changes(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_status before;
	struct spool_status after;
	uint64_t lost;

	f->options.max_bytes = 10000;
	assert_int_equal(spool_fixture_open_again(f), 0);
	while (spool_fixture_append_sized(f, 5, 100, "a", "x") == 0) {
	}
	before = spool_fixture_status(f);
	assert_true(before.bytes <= 10000);
	assert_int_equal(spool_fixture_append_sized(f, 5, 100, "a", "not stored"), -EDQUOT);
	after = spool_fixture_status(f);
	assert_memory_equal(&before, &after, sizeof(before));
	spool_fixture_expect_checkpoint(f, "a", "x");
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), before.next_sequence - 1);
}

static void an_acknowledgement_makes_room_at_the_quota(void **state)
{
	struct spool_fixture *f = *state;

	f->options.max_bytes = 10000;
	assert_int_equal(spool_fixture_open_again(f), 0);
	while (spool_fixture_append_sized(f, 5, 100, "", "") == 0) {
	}
	assert_int_equal(spool_ack(f->spool, f->next_id - 1), 0);
	spool_fixture_append(f, 5);
}

static void a_quota_of_less_than_a_segment_is_no_dead_end(void **state)
{
	struct spool_fixture *f = *state;

	f->options.max_bytes = 2000;
	assert_int_equal(spool_fixture_open_again(f), 0);
	for (int i = 0; i < 100; i++) {
		spool_fixture_append(f, 30);
		assert_int_equal(spool_ack(f->spool, f->next_id - 1), 0);
	}
	assert_true(spool_fixture_status(f).bytes <= 2000);
}

static void an_entry_that_will_never_fit_is_refused(void **state)
{
	struct spool_fixture *f = *state;
	static char big[SPOOL_ENTRY_MAX_BYTES];
	struct spool_checkpoint checkpoint = { "a", cursor_of(big, sizeof(big)) };
	struct spool_entry entry = { .checkpoints = &checkpoint, .n_checkpoints = 1 };

	assert_int_equal(spool_append(f->spool, &entry), -EMSGSIZE);
	spool_fixture_append(f, 1);
}

/* ---- one process at a time ---- */

static void a_second_process_is_told_who_has_it(void **state)
{
	struct spool_fixture *f = *state;
	struct spool *second = NULL;

	assert_int_equal(spool_open(&second, fake_env_of(f->fake), &f->options, &f->fault),
	                 -EAGAIN);
	assert_non_null(strstr(f->fault.text, "spool locked by pid "));
	assert_true(f->fault.text[strlen(f->fault.text) - 1] >= '0');
	spool_fixture_append(f, 1);
}

static void a_stale_lock_file_does_not_block(void **state)
{
	struct spool_fixture *f = *state;

	fake_env_put(f->fake, SPOOL_FIXTURE_DIR "/lock", "1\n", 2);
	spool_fixture_crash(f);
	spool_fixture_append(f, 1);
}

/* ---- epochs ---- */

static void a_new_epoch_keeps_records_and_numbers(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t epoch = spool_fixture_status(f).epoch;
	uint64_t lost;

	spool_fixture_append(f, 5);
	assert_int_equal(spool_new_epoch(f->spool), 0);
	assert_int_not_equal(spool_fixture_status(f).epoch, epoch);
	epoch = spool_fixture_status(f).epoch;
	spool_fixture_append(f, 5);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_status(f).epoch, epoch);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
}

static void a_new_epoch_of_an_empty_spool_is_durable(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t epoch;

	assert_int_equal(spool_new_epoch(f->spool), 0);
	epoch = spool_fixture_status(f).epoch;
	spool_fixture_power_cut(f);
	assert_int_equal(spool_fixture_status(f).epoch, epoch);
}

static void an_epoch_that_cannot_be_stored_does_not_begin(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t epoch = spool_fixture_status(f).epoch;

	fake_env_fail(f->fake, FAKE_PWRITE, 1, ENOSPC);
	assert_int_equal(spool_new_epoch(f->spool), -ENOSPC);
	assert_int_equal(spool_fixture_status(f).epoch, epoch);
	spool_fixture_append(f, 1);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, a_new_spool_is_empty, spool_fixture_setup, spool_fixture_teardown);
	cases_test_with(&c, records_come_back_with_their_numbers, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, small_entries_travel_together, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_long_entry_is_split, spool_fixture_setup, spool_fixture_teardown);
	cases_test_with(&c, a_single_record_always_fits_a_run, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, reading_goes_on_while_the_spool_grows, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, everything_is_there_after_a_restart, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, everything_is_there_after_a_kill, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_checkpoint_is_stored_with_its_records, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, checkpoints_outlive_their_segments, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, acknowledged_segments_go, spool_fixture_setup, spool_fixture_teardown);
	cases_test_with(&c, an_acknowledgement_from_the_past_changes_nothing, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, an_acknowledgement_of_the_future_counts_up_to_now, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, the_last_segment_stays_when_all_is_acknowledged, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, an_acknowledged_spool_shrinks_with_the_next_record, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, at_the_quota_nothing_changes, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, an_acknowledgement_makes_room_at_the_quota, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_quota_of_less_than_a_segment_is_no_dead_end, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, an_entry_that_will_never_fit_is_refused, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_second_process_is_told_who_has_it, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_stale_lock_file_does_not_block, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_new_epoch_keeps_records_and_numbers, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_new_epoch_of_an_empty_spool_is_durable, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, an_epoch_that_cannot_be_stored_does_not_begin, spool_fixture_setup,
	                spool_fixture_teardown);
	return cases_run("agent_spool", &c, NULL, NULL);
}
