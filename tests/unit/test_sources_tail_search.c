/* Finding a place again, and the next file, among files that were rotated, compressed, copied and
 * cut meanwhile. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/cases.h"
#include "tests/support/tail_fixture.h"

/* ---- rotation while nobody looked ---- */

struct rotation {
	const char *name;
	const char *older; /* names the two rotated parts have */
	const char *old;
	bool gzip_older;
	bool zstd_old;
};

static const struct rotation rotations[] = {
	{ "numbers_that_grow_with_age", "log.2", "log.1", false, false },
	{ "numbers_that_grow_with_time", "log.0", "log.1", false, false },
	{ "dates", "log-20261121", "log-20261122", false, false },
	{ "dates_and_gzip", "log-20261121", "log-20261122", true, false },
	{ "numbers_and_zstd", "log.2", "log.1", false, true },
	{ "both_compressed", "log.2", "log.1", true, true },
};

static void f03_rotated_twice_while_down(void **state)
{
	const struct rotation *c = *state;
	void *s = NULL;
	struct tail_fixture *f;

	assert_int_equal(tail_fixture_setup(&s), 0);
	f = s;
	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "102 c\n");
	log_folder_rename(f->folder, "log", c->older);
	log_folder_write(f->folder, c->old, "200 d\n");
	log_folder_write(f->folder, "log", "300 e\n");
	if (c->gzip_older) {
		log_folder_gzip(f->folder, c->older);
	}
	if (c->zstd_old) {
		log_folder_zstd(f->folder, c->old);
	}
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n102 c\n200 d\n300 e\n");
	assert_int_equal(tail_fixture_teardown(&s), 0);
}

static void rotated_twice_before_the_first_start(void **state)
{
	const struct rotation *c = *state;
	void *s = NULL;
	struct tail_fixture *f;

	assert_int_equal(tail_fixture_setup(&s), 0);
	f = s;
	log_folder_write(f->folder, c->older, "100 a\n");
	log_folder_write(f->folder, c->old, "200 d\n");
	log_folder_write(f->folder, "log", "300 e\n");
	if (c->gzip_older) {
		log_folder_gzip(f->folder, c->older);
	}
	if (c->zstd_old) {
		log_folder_zstd(f->folder, c->old);
	}
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n200 d\n300 e\n");
	assert_int_equal(tail_fixture_teardown(&s), 0);
}

static void restart_between_any_two_steps_reads_every_line_once(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.2", "100 a\n101 b\n");
	log_folder_gzip(f->folder, "log.2");
	log_folder_write(f->folder, "log.1", "200 c\n201 d\n");
	log_folder_write(f->folder, "log", "300 e\n");
	for (unsigned i = 0; i < 60; i++) {
		for (unsigned steps = i % 7; steps > 0; steps--) {
			(void)tail_step(f->tail);
			f->folder->mono_us += SETTLE_US;
		}
		tail_fixture_restart(f);
	}
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n200 c\n201 d\n300 e\n");
}

static void siblings_of_one_second_are_read_as_they_were_written(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.1", "100 second\n");
	log_folder_write(f->folder, "log.2", "100 first\n");
	log_folder_write(f->folder, "log", "100 third\n");
	log_folder_touch(f->folder, "log.2", 1000);
	log_folder_touch(f->folder, "log.1", 2000);
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 first\n100 second\n100 third\n");
}

static void other_files_beside_the_log_are_left_alone(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.conf", "this is no log\n");
	log_folder_write(f->folder, "log2", "50 another log\n");
	log_folder_write(f->folder, "logs", "50 another log\n");
	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	log_folder_copy(f->folder, "log", "log.bak");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void copy_of_a_rotated_file_is_not_read_again(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_copy(f->folder, "log.1", "log.1.bak");
	log_folder_touch(f->folder, "log.1", 1000);
	log_folder_touch(f->folder, "log.1.bak", 2000);
	log_folder_write(f->folder, "log", "200 b\n");
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n200 b\n");
}

static void rotated_file_that_is_gone_is_told_once(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_remove(f->folder, "log");
	log_folder_write(f->folder, "log.1", "200 b\n");
	log_folder_write(f->folder, "log", "300 c\n");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n[lost]200 b\n300 c\n");
}

static void loss_is_told_once_though_the_new_log_cannot_be_opened_yet(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_write(f->folder, "new", "200 b\n");
	log_folder_remove(f->folder, "log");
	log_folder_rename(f->folder, "new", "log");
	tail_fixture_restart(f);
	f->folder->refused = "log";
	f->folder->allowed = 2; /* looked at twice, and then not opened */
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n[lost]");
	tail_fixture_restart(f);
	f->folder->refused = NULL;
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "200 b\n");
}

static void place_is_kept_while_the_path_is_missing(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "elsewhere");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	log_folder_rename(f->folder, "elsewhere", "log");
	log_folder_append(f->folder, "log", "101 b\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void restored_copy_at_the_path_is_recognised(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "kept");
	log_folder_remove(f->folder, "log");
	log_folder_rename(f->folder, "kept", "log"); /* another inode */
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void damaged_compressed_part_is_told_and_passed(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.1", "100 a\n101 b\n");
	log_folder_gzip(f->folder, "log.1");
	log_folder_damage(f->folder, "log.1.gz", 8); /* its checksum and length */
	log_folder_write(f->folder, "log", "200 c\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[damaged]200 c\n");
}

/* ---- copy and truncate, inodes used again ---- */

static void f02_cut_file_is_read_from_its_beginning(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	tail_fixture_read(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n");
}

static void f02_file_cut_and_grown_past_the_offset_is_noticed(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	tail_fixture_read(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n201 d\n202 e\n203 f\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n201 d\n202 e\n203 f\n");
}

static void f02_file_cut_and_grown_to_the_same_size_is_noticed(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	tail_fixture_read(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n201 d\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n201 d\n");
}

static void f02_what_was_not_read_before_the_cut_is_found_in_the_copy(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n");
}

static void unfinished_line_before_the_cut_is_found_in_the_copy(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", " b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_gzip(f->folder, "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n");
	assert_int_equal(tail_counters(f->tail)->partial, 0);
}

static void cut_while_down_is_told_behind_the_copy(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	tail_fixture_restart(f);
	(void)tail_step(f->tail);
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n");
}

static void cut_and_rotated_while_down_is_told_too(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.2");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_write(f->folder, "log", "300 d\n");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n300 d\n");
}

static void copy_that_ends_before_the_place_is_passed_over(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	for (unsigned i = 0; i < 100; i++) { /* more than a file is told from others by */
		log_folder_append(f->folder, "log", "100 another line\n");
	}
	log_folder_copy(f->folder, "log", "log.1"); /* sorts first, and is too short */
	tail_fixture_read(f);
	buf_reset(&f->got);
	log_folder_append(f->folder, "log", "101 b\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "102 c\n");
	log_folder_copy(f->folder, "log", "log.2");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 d\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "101 b\n102 c\n[cut]200 d\n");
}

static void f02_cut_while_down_without_a_copy_is_told(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 a longer line than before\n");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n[cut]200 a longer line than before\n");
}

static void f04_same_inode_with_another_beginning_is_another_file(void **state)
{
	struct tail_fixture *f = *state;

	/* what an inode used again looks like: rotated away, deleted, and a new file in its place
	 */
	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n201 d\n202 e\n");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n[cut]200 c\n201 d\n202 e\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tail_fixture_setup, tail_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest plain[] = {
		TEST(restart_between_any_two_steps_reads_every_line_once),
		TEST(siblings_of_one_second_are_read_as_they_were_written),
		TEST(other_files_beside_the_log_are_left_alone),
		TEST(copy_of_a_rotated_file_is_not_read_again),
		TEST(rotated_file_that_is_gone_is_told_once),
		TEST(loss_is_told_once_though_the_new_log_cannot_be_opened_yet),
		TEST(place_is_kept_while_the_path_is_missing),
		TEST(restored_copy_at_the_path_is_recognised),
		TEST(damaged_compressed_part_is_told_and_passed),
		TEST(f02_cut_file_is_read_from_its_beginning),
		TEST(f02_file_cut_and_grown_past_the_offset_is_noticed),
		TEST(f02_file_cut_and_grown_to_the_same_size_is_noticed),
		TEST(f02_what_was_not_read_before_the_cut_is_found_in_the_copy),
		TEST(unfinished_line_before_the_cut_is_found_in_the_copy),
		TEST(cut_while_down_is_told_behind_the_copy),
		TEST(cut_and_rotated_while_down_is_told_too),
		TEST(copy_that_ends_before_the_place_is_passed_over),
		TEST(f02_cut_while_down_without_a_copy_is_told),
		TEST(f04_same_inode_with_another_beginning_is_another_file),
	};
	struct CMUnitTest tests[2 * COUNT(rotations) + COUNT(plain)];
	char names[COUNT(rotations)][80];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rotations); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "first_start_with_%s",
		               rotations[i].name);
		tests[n++] =
			case_test(rotations[i].name, f03_rotated_twice_while_down, &rotations[i]);
		tests[n++] =
			case_test(names[i], rotated_twice_before_the_first_start, &rotations[i]);
	}
	for (size_t i = 0; i < COUNT(plain); i++) {
		tests[n++] = plain[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
