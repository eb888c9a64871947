/* The bytes of a segment: round trips, and what is found after damage at every place. */
#include "agent/spool_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/fake_env.h"

#define SALT 0x5a17
#define PATH "/s/x.seg"

/* One packed record: length 4, field 24 (Gap), 1 byte. */
#define RECORD                                                                                     \
	"\x04\xc2\x01\x01"                                                                         \
	"A"

static struct spool_entry entry_of(const char *records, uint32_t count)
{
	return (struct spool_entry){ .records = cursor_of(records, strlen(records)),
		                     .count = count };
}

/* Three entries of one record each, the second with a checkpoint. */
static void write_three(struct buf *out, size_t ends[4])
{
	const struct segment_head head = { .epoch = 7, .first_sequence = 10, .salt = SALT };
	struct spool_checkpoint checkpoint = { "queue_log:/var/log/q", cursor_of("state", 5) };
	struct spool_entry entry = entry_of(RECORD, 1);

	segment_head_add(out, &head);
	ends[0] = out->len;
	assert_int_equal(segment_entry_add(out, SALT, 10, 100, &entry), 0);
	ends[1] = out->len;
	entry.checkpoints = &checkpoint;
	entry.n_checkpoints = 1;
	assert_int_equal(segment_entry_add(out, SALT, 11, 200, &entry), 0);
	ends[2] = out->len;
	entry.n_checkpoints = 0;
	assert_int_equal(segment_entry_add(out, SALT, 12, 300, &entry), 0);
	ends[3] = out->len;
}

struct fixture {
	struct fake_env *fake;
	const struct env *env;
	struct buf bytes;
	size_t ends[4]; /* of the head and of each entry */
	struct segment_scan scan;
};

static int setup(void **state)
{
	static struct fixture f;

	f.fake = fake_env_new(1);
	f.env = fake_env_of(f.fake);
	buf_init(&f.bytes, 1 << 20);
	write_three(&f.bytes, f.ends);
	segment_scan_init(&f.scan, f.env);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	segment_scan_free(&f->scan);
	buf_free(&f->bytes);
	fake_env_free(f->fake);
	return 0;
}

static void begin(struct fixture *f)
{
	int fd;

	fake_env_put(f->fake, PATH, f->bytes.data, f->bytes.len);
	fd = f->env->open(f->env->arg, PATH, O_RDONLY, 0);
	assert_true(fd >= 0);
	segment_scan_begin(&f->scan, fd, SALT, (int64_t)f->bytes.len);
}

static void names_are_twenty_digits(void **state)
{
	char name[SEGMENT_NAME_BYTES];
	uint64_t number;

	(void)state;
	segment_name(42, name);
	assert_string_equal(name, "00000000000000000042.seg");
	assert_true(segment_name_parse(name, &number));
	assert_int_equal(number, 42);
	segment_name(SEGMENT_SEQUENCE_MAX, name);
	assert_true(segment_name_parse(name, &number));
	assert_true(number == SEGMENT_SEQUENCE_MAX);
}

static const char *const not_names[] = {
	"",
	"lock",
	"segment.tmp",
	"42.seg",
	"00000000000000000042.seg.bad",
	"0000000000000000004x.seg",
	"99999999999999999999.seg",
	"18446744073709551615.seg",
	"00000000000000000000.seg",
	"00000000000000000042.bad",
};

static void other_names_are_not_segments(void **state)
{
	uint64_t number;

	(void)state;
	for (size_t i = 0; i < sizeof(not_names) / sizeof(not_names[0]); i++) {
		assert_false(segment_name_parse(not_names[i], &number));
	}
}

static void a_head_comes_back(void **state)
{
	struct fixture *f = *state;
	struct segment_head head;

	assert_int_equal(segment_head_parse(f->bytes.data, f->bytes.len, &head), 0);
	assert_int_equal(head.epoch, 7);
	assert_int_equal(head.first_sequence, 10);
	assert_int_equal(head.salt, SALT);
}

static void a_head_survives_any_one_bad_bit(void **state)
{
	struct fixture *f = *state;
	struct segment_head head;

	for (size_t bit = 0; bit < (size_t)SEGMENT_HEAD_BYTES * 8; bit++) {
		f->bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(segment_head_parse(f->bytes.data, f->bytes.len, &head), 0);
		assert_int_equal(head.epoch, 7);
		assert_int_equal(head.first_sequence, 10);
		assert_int_equal(head.salt, SALT);
		f->bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void a_head_with_both_blocks_damaged_is_refused(void **state)
{
	struct fixture *f = *state;
	struct segment_head head;

	f->bytes.data[9] ^= 1;
	f->bytes.data[SEGMENT_HEAD_BYTES / 2 + 20] ^= 1;
	assert_int_equal(segment_head_parse(f->bytes.data, f->bytes.len, &head), -EBADMSG);
}

static void a_short_head_is_refused(void **state)
{
	struct fixture *f = *state;
	struct segment_head head;

	for (size_t n = 0; n < SEGMENT_HEAD_BYTES / 2; n++) {
		assert_int_equal(segment_head_parse(f->bytes.data, n, &head), -EBADMSG);
	}
}

static void entries_come_back_in_order(void **state)
{
	struct fixture *f = *state;
	struct segment_entry entry;
	struct slice source;
	struct cursor checkpoint;
	int64_t skipped;

	begin(f);
	for (uint64_t i = 0; i < 3; i++) {
		assert_int_equal(segment_scan_next(&f->scan, &entry, &skipped), 1);
		assert_int_equal(skipped, 0);
		assert_int_equal(entry.first_sequence, 10 + i);
		assert_int_equal(entry.written_us, 100 * (i + 1));
		assert_int_equal(entry.count, 1);
		assert_int_equal(entry.n_checkpoints, i == 1);
		assert_int_equal(cursor_left(&entry.records), strlen(RECORD));
		assert_memory_equal(entry.records.at, RECORD, strlen(RECORD));
		assert_int_equal(segment_checkpoint_next(&entry.checkpoints, &source, &checkpoint),
		                 i == 1);
	}
	assert_true(slice_eq(source, SLICE("queue_log:/var/log/q")));
	assert_int_equal(cursor_left(&checkpoint), 5);
	assert_int_equal(segment_scan_next(&f->scan, &entry, &skipped), 0);
	assert_int_equal(skipped, 0);
}

static unsigned scan_all(struct fixture *f, int64_t *skipped_sum)
{
	struct segment_entry entry;
	int64_t skipped;
	unsigned n = 0;

	*skipped_sum = 0;
	begin(f);
	while (segment_scan_next(&f->scan, &entry, &skipped) == 1) {
		assert_in_range(entry.first_sequence, 10, 12);
		assert_memory_equal(entry.records.at, RECORD, strlen(RECORD));
		*skipped_sum += skipped;
		n++;
	}
	*skipped_sum += skipped;
	return n;
}

static void any_one_bad_bit_costs_exactly_one_entry(void **state)
{
	struct fixture *f = *state;
	int64_t skipped;

	for (size_t bit = (size_t)SEGMENT_HEAD_BYTES * 8; bit < f->bytes.len * 8; bit++) {
		f->bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(scan_all(f, &skipped), 2);
		assert_true(skipped > 0);
		f->bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		fake_env_crash(f->fake);
	}
}

static void a_file_that_ends_anywhere_yields_the_entries_before(void **state)
{
	struct fixture *f = *state;
	int64_t skipped;

	for (unsigned whole = 0; whole < 3; whole++) {
		for (size_t n = f->ends[whole]; n < f->ends[whole + 1]; n++) {
			f->bytes.len = n;
			assert_int_equal(scan_all(f, &skipped), whole);
			assert_int_equal(skipped, n - f->ends[whole]);
			fake_env_crash(f->fake);
		}
	}
}

static void a_length_of_four_gigabytes_allocates_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t skipped;

	memset(f->bytes.data + SEGMENT_HEAD_BYTES + 4, 0xff, 4);
	assert_int_equal(scan_all(f, &skipped), 2);
	assert_true(f->scan.window.cap <= (size_t)128 * 1024);
}

static void entries_of_another_salt_are_no_entries(void **state)
{
	struct fixture *f = *state;
	struct segment_entry entry;
	int64_t skipped;

	begin(f);
	f->scan.salt = SALT + 1;
	assert_int_equal(segment_scan_next(&f->scan, &entry, &skipped), 0);
	assert_int_equal(skipped, f->bytes.len - SEGMENT_HEAD_BYTES);
}

static void a_file_of_lookalikes_is_given_up(void **state)
{
	struct fixture *f = *state;
	const size_t n = 200000;
	int64_t skipped;
	uint8_t *data;

	/* nothing but the magic, each with a length that reaches far */
	data = f->bytes.data + SEGMENT_HEAD_BYTES;
	uint8_t pattern[8] = { data[0], data[1], data[2], data[3], 0x00, 0x40, 0x00, 0x00 };

	f->bytes.len = SEGMENT_HEAD_BYTES;
	for (size_t i = 0; i < n / 8; i++) {
		buf_add(&f->bytes, pattern, sizeof(pattern));
	}
	assert_int_equal(scan_all(f, &skipped), 0);
	assert_int_equal(skipped, n);
	assert_true(fake_env_calls(f->fake, FAKE_PREAD) < 4 * SEGMENT_TRIES_MAX);
}

static void an_unreadable_place_costs_its_entry(void **state)
{
	struct fixture *f = *state;
	struct segment_entry entry;
	int64_t skipped;

	begin(f);
	fake_env_fail(f->fake, FAKE_PREAD, 1, EIO);
	assert_int_equal(segment_scan_next(&f->scan, &entry, &skipped), 1);
	assert_true(skipped > 0);
	assert_int_equal(entry.first_sequence, 11);
}

static void a_failure_that_is_no_damage_is_returned(void **state)
{
	struct fixture *f = *state;
	struct segment_entry entry;
	int64_t skipped;

	begin(f);
	fake_env_fail(f->fake, FAKE_PREAD, 1, ENOMEM);
	assert_int_equal(segment_scan_next(&f->scan, &entry, &skipped), -ENOMEM);
	assert_int_equal(segment_scan_next(&f->scan, &entry, &skipped), 1);
	assert_int_equal(entry.first_sequence, 10);
}

static void too_much_of_anything_is_no_entry(void **state)
{
	static char much[SPOOL_ENTRY_MAX_BYTES + 1];
	char name[1100] = "";
	struct spool_checkpoint checkpoint = { name, cursor_of("s", 1) };
	struct spool_entry entry = { .checkpoints = &checkpoint, .n_checkpoints = 1 };
	struct fixture *f = *state;
	size_t before = f->bytes.len;

	assert_int_equal(segment_entry_add(&f->bytes, SALT, 1, 1, &entry), -EMSGSIZE); /* no name */
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(segment_entry_add(&f->bytes, SALT, 1, 1, &entry), -EMSGSIZE);
	checkpoint.source = "x";
	checkpoint.state = cursor_of(much, SPOOL_ENTRY_MAX_BYTES);
	assert_int_equal(segment_entry_add(&f->bytes, SALT, 1, 1, &entry), -EMSGSIZE);
	checkpoint.state = cursor_of(much, 1);
	entry.records = cursor_of(much, sizeof(much));
	assert_int_equal(segment_entry_add(&f->bytes, SALT, 1, 1, &entry), -EMSGSIZE);
	assert_int_equal(f->bytes.len, before);
	assert_false(f->bytes.failed);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, names_are_twenty_digits);
	cases_test(&c, other_names_are_not_segments);
	cases_test_with(&c, a_head_comes_back, setup, teardown);
	cases_test_with(&c, a_head_survives_any_one_bad_bit, setup, teardown);
	cases_test_with(&c, a_head_with_both_blocks_damaged_is_refused, setup, teardown);
	cases_test_with(&c, a_short_head_is_refused, setup, teardown);
	cases_test_with(&c, entries_come_back_in_order, setup, teardown);
	cases_test_with(&c, any_one_bad_bit_costs_exactly_one_entry, setup, teardown);
	cases_test_with(&c, a_file_that_ends_anywhere_yields_the_entries_before, setup, teardown);
	cases_test_with(&c, a_length_of_four_gigabytes_allocates_nothing, setup, teardown);
	cases_test_with(&c, entries_of_another_salt_are_no_entries, setup, teardown);
	cases_test_with(&c, a_file_of_lookalikes_is_given_up, setup, teardown);
	cases_test_with(&c, an_unreadable_place_costs_its_entry, setup, teardown);
	cases_test_with(&c, a_failure_that_is_no_damage_is_returned, setup, teardown);
	cases_test_with(&c, too_much_of_anything_is_no_entry, setup, teardown);
	return cases_run("agent_spool_segment", &c, NULL, NULL);
}
