/* The spool over files that were torn, flipped, emptied or taken away: what it leaves out, keeps
 * and reports. */
#include "agent/spool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/spool_segment.h"
#include "common/crc32c.h"
#include "tests/support/cases.h"
#include "tests/support/spool_fixture.h"

static void a_torn_tail_is_left_out_and_begins_an_epoch(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t epoch = spool_fixture_status(f).epoch;
	int64_t size;
	uint64_t lost;

	spool_fixture_append(f, 5);
	spool_fixture_append(f, 5);
	size = fake_env_size(f->fake, SPOOL_FIXTURE_SEGMENT_1);
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_put(f->fake, SPOOL_FIXTURE_SEGMENT_1,
	             fake_env_data(f->fake, SPOOL_FIXTURE_SEGMENT_1), (size_t)size - 3);
	assert_int_equal(spool_fixture_open_again(f), 0);
	assert_int_equal(spool_fixture_status(f).next_sequence, 6);
	assert_true(spool_fixture_status(f).truncated_bytes > 0);
	assert_int_equal(spool_fixture_status(f).damaged_entries, 0);
	/* the numbers 6 to 10 may have been sent; they must not mean two things */
	assert_int_not_equal(spool_fixture_status(f).epoch, epoch);
	f->next_id = 6;
	spool_fixture_append(f, 5);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 0);
	epoch = spool_fixture_status(f).epoch;
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_status(f).truncated_bytes, 0);
	assert_int_equal(spool_fixture_status(f).epoch, epoch);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
}

static void one_bad_bit_costs_one_entry_and_is_reported_once(void **state)
{
	struct spool_fixture *f = *state;
	struct spool_status s;
	uint64_t lost;

	spool_fixture_append(f, 5);
	fake_env_advance(f->fake, 1000000);
	spool_fixture_append(f, 5);
	fake_env_advance(f->fake, 1000000);
	spool_fixture_append(f, 5);
	fake_env_flip(f->fake, SPOOL_FIXTURE_SEGMENT_1, SEGMENT_HEAD_BYTES + 5 * 32 + 40 + 60, 5);
	spool_fixture_crash(f);
	s = spool_fixture_status(f);
	assert_int_equal(s.damaged_entries, 1);
	assert_int_equal(s.lost_records, 5);
	assert_int_equal(s.damage_to_us - s.damage_from_us, 2000000);
	assert_int_equal(s.next_sequence, 16);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 5);
	assert_int_equal(fake_env_size(f->fake, SPOOL_FIXTURE_SEGMENT_1 ".bad"), 5 * 32 + 40);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_status(f).damaged_entries, 0);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 5);
}

static void any_one_bad_bit_never_costs_more_than_one_entry(void **state)
{
	struct spool_fixture *f = *state;
	int64_t size;
	uint64_t lost;

	spool_fixture_append(f, 2);
	spool_fixture_append(f, 2);
	spool_fixture_append(f, 2);
	size = fake_env_size(f->fake, SPOOL_FIXTURE_SEGMENT_1);
	spool_fixture_append(f, 150); /* fills the segment */
	spool_fixture_append(f, 2);   /* in the next one */
	for (int64_t bit = 0; bit < size * 8; bit++) {
		fake_env_flip(f->fake, SPOOL_FIXTURE_SEGMENT_1, (size_t)bit / 8, (unsigned)bit % 8);
		spool_fixture_crash(f);
		assert_true(spool_fixture_read_all(f, 1, &lost) >= 156);
		assert_true(lost == 0 || lost == 2);
		assert_int_equal(lost, bit < (int64_t)SEGMENT_HEAD_BYTES * 8 ? 0 : 2);
		fake_env_flip(f->fake, SPOOL_FIXTURE_SEGMENT_1, (size_t)bit / 8, (unsigned)bit % 8);
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
	struct spool_fixture *f;
	void *fixture = NULL;
	uint64_t epoch;
	uint64_t lost;

	(void)spool_fixture_setup(&fixture);
	f = fixture;
	spool_fixture_append(f, 200);
	spool_fixture_append(f, 10); /* in a second segment */
	epoch = spool_fixture_status(f).epoch;
	fake_env_put(f->fake, SPOOL_FIXTURE_DIR "/00000000000000000201.seg", c->data, c->len);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 200);
	assert_int_equal(spool_fixture_status(f).damaged_entries, 1);
	assert_true(fake_env_exists(f->fake, SPOOL_FIXTURE_DIR "/00000000000000000201.seg.bad"));
	assert_int_not_equal(spool_fixture_status(f).epoch, epoch);
	f->next_id = 201;
	spool_fixture_append(f, 5);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 205);
	(void)spool_fixture_teardown(&fixture);
}

static void a_lost_segment_in_the_middle_is_a_hole(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t epoch = spool_fixture_status(f).epoch;
	uint64_t lost;

	spool_fixture_append(f, 200);
	spool_fixture_append(f, 200);
	spool_fixture_append(f, 200);
	spool_fixture_append(f, 1);
	fake_env_put(f->fake, SPOOL_FIXTURE_DIR "/00000000000000000201.seg", "", 0);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 401);
	assert_int_equal(lost, 200);
	assert_int_equal(spool_fixture_status(f).lost_records, 200);
	assert_int_equal(spool_fixture_status(f).epoch, epoch);
}

static void a_vanished_segment_is_a_hole(void **state)
{
	struct spool_fixture *f = *state;
	const struct env *e = fake_env_of(f->fake);
	uint64_t lost;

	spool_fixture_append(f, 200);
	spool_fixture_append(f, 200);
	spool_fixture_append(f, 200);
	assert_int_equal(e->unlink(e->arg, SPOOL_FIXTURE_DIR "/00000000000000000201.seg"), 0);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 400); /* while running */
	assert_int_equal(lost, 200);
	spool_fixture_crash(f);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 400); /* and after a start */
	assert_int_equal(lost, 200);
	assert_int_equal(spool_fixture_status(f).lost_records, 200);
}

static void damage_found_while_reading_is_a_hole(void **state)
{
	struct spool_fixture *f = *state;
	uint64_t lost;

	spool_fixture_append(f, 5);
	spool_fixture_append(f, 5);
	spool_fixture_append(f, 5);
	fake_env_flip(f->fake, SPOOL_FIXTURE_SEGMENT_1, SEGMENT_HEAD_BYTES + 5 * 32 + 40 + 60, 5);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
	assert_int_equal(lost, 5);
	assert_int_equal(spool_fixture_status(f).damaged_entries, 1);
	assert_int_equal(spool_fixture_status(f).lost_records, 5);
	assert_int_equal(spool_fixture_read_all(f, 1, &lost), 10);
	assert_int_equal(spool_fixture_status(f).damaged_entries, 1);
}

static void a_later_version_is_refused_with_what_to_do(void **state)
{
	struct spool_fixture *f = *state;
	struct segment_head head = { .epoch = 1, .first_sequence = 1, .salt = 1 };
	struct buf bytes;
	uint32_t crc;

	buf_init(&bytes, 1000);
	segment_head_add(&bytes, &head);
	bytes.data[8] = SEGMENT_VERSION + 1;
	crc = crc32c(0, bytes.data, SEGMENT_HEAD_BYTES / 2 - 4);
	memcpy(bytes.data + SEGMENT_HEAD_BYTES / 2 - 4, &crc, sizeof(crc));
	fake_env_put(f->fake, SPOOL_FIXTURE_SEGMENT_1, bytes.data, bytes.len);
	buf_free(&bytes);
	assert_int_equal(spool_fixture_open_again(f), -EPROTONOSUPPORT);
	assert_non_null(strstr(f->fault.text, "00000000000000000001.seg: written by a later"));
}

static void a_damaged_checkpoint_gives_way_to_the_one_before(void **state)
{
	struct spool_fixture *f = *state;
	const char *last;
	char path[256];
	size_t n = 0;

	assert_int_equal(spool_fixture_append_sized(f, 200, 20, "queue_log:/a", "at 100"), 0);
	spool_fixture_append(f, 1); /* a new segment, which begins with the checkpoint */
	while ((last = fake_env_path(f->fake, n)) != NULL && strstr(last, ".seg") != NULL) {
		(void)snprintf(path, sizeof(path), "%s", last);
		n++;
	}
	assert_int_equal(n, 2);
	fake_env_flip(f->fake, path, SEGMENT_HEAD_BYTES + 60, 3);
	spool_fixture_crash(f);
	spool_fixture_expect_checkpoint(f, "queue_log:/a", "at 100");
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, a_damaged_checkpoint_gives_way_to_the_one_before, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_torn_tail_is_left_out_and_begins_an_epoch, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, one_bad_bit_costs_one_entry_and_is_reported_once, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, any_one_bad_bit_never_costs_more_than_one_entry, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_lost_segment_in_the_middle_is_a_hole, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_vanished_segment_is_a_hole, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, damage_found_while_reading_is_a_hole, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_test_with(&c, a_later_version_is_refused_with_what_to_do, spool_fixture_setup,
	                spool_fixture_teardown);
	cases_table(&c, stump_cases, stump_case_run);
	return cases_run("agent_spool_damage", &c, NULL, NULL);
}
