/* Following a log: what comes when, what is refused, and going from one file to the next. */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cases.h"
#include "tests/support/tail_fixture.h"

/* ---- one file ---- */

static void lines_come_as_they_are_written(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
	log_folder_append(f->folder, "log", "102 c\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "102 c\n");
}

static void f05_unfinished_line_is_held_back_until_its_line_feed(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
	f->folder->mono_us += INT64_C(600000000); /* ten minutes */
	log_folder_append(f->folder, "log", "cd\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "101 bcd\n");
}

static void file_that_is_not_there_yet_is_waited_for(void **state)
{
	struct tail_fixture *f = *state;

	tail_fixture_read(f);
	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
}

static void empty_file_is_followed_when_it_fills(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "");
	tail_fixture_read(f);
	tail_fixture_restart(f);
	log_folder_append(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
}

static void f05_restart_goes_on_behind_the_last_whole_line(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	tail_fixture_read(f);
	tail_fixture_restart(f);
	log_folder_append(f->folder, "log", "c\n102 d\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 bc\n102 d\n");
}

static void without_from_start_only_what_comes_is_read(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	tail_free(f->tail);
	f->from_start = false;
	tail_fixture_open(f);
	tail_fixture_read(f);
	log_folder_append(f->folder, "log", "bb\n102 c\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "102 c\n");
}

static void without_from_start_a_file_that_appears_is_new_as_a_whole(void **state)
{
	struct tail_fixture *f = *state;

	tail_free(f->tail);
	f->from_start = false;
	tail_fixture_open(f);
	tail_fixture_read(f);
	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
}

static void f06_long_line_is_cut_also_across_a_restart(void **state)
{
	struct tail_fixture *f = *state;
	char *text = calloc(1, LINES_MAX_BYTES + 100);

	assert_non_null(text);
	memset(text, 'x', LINES_MAX_BYTES + 50);
	log_folder_write(f->folder, "log", text);
	tail_fixture_read(f);
	assert_int_equal(f->got.len, LINES_MAX_BYTES + 50);
	buf_reset(&f->got);
	tail_fixture_restart(f);
	log_folder_append(f->folder, "log", "xxx");
	tail_fixture_read(f);
	tail_fixture_restart(f);
	log_folder_append(f->folder, "log", "xxx\n100 a\n");
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
	free(text);
}

/* ---- rename and create ---- */

static void f01_renamed_file_is_read_to_its_end_before_the_new_one(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_append(f->folder, "log.1", "101 b\n");
	tail_fixture_read(f);
	log_folder_write(f->folder, "log", "103 d\n");
	tail_fixture_read(f);
	log_folder_append(f->folder, "log.1", "102 c\n"); /* its writer has not moved over yet */
	f->folder->mono_us += SETTLE_US - 1;
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n102 c\n");
	f->folder->mono_us += 1;
	tail_fixture_read(f);
	assert_string_equal(tail_fixture_got(f), "103 d\n");
}

static void f05_unfinished_line_of_a_rotated_file_is_counted(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_write(f->folder, "log", "102 c\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n102 c\n");
	assert_int_equal(tail_counters(f->tail)->partial, 1);
}

static void file_rotated_twice_while_open_is_left_for_the_older_sibling_first(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "log.2");
	log_folder_write(f->folder, "log.1", "200 b\n");
	log_folder_write(f->folder, "log", "300 c\n");
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n200 b\n300 c\n");
}

static void renamed_file_without_a_new_one_is_read_on(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "log.1");
	tail_fixture_wait(f);
	log_folder_append(f->folder, "log.1", "101 b\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void f01_deleted_file_is_left_for_the_new_one(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_remove(f->folder, "log");
	log_folder_write(f->folder, "log", "101 b\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void empty_file_that_was_overtaken_is_no_trap(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.3", "100 a\n");
	log_folder_write(f->folder, "log", "");
	tail_fixture_wait(f);
	/* filled, copied and cut, and filled again, while nobody looked */
	log_folder_write(f->folder, "log.2", "200 b\n");
	log_folder_append(f->folder, "log", "300 c\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n200 b\n300 c\n");
}

static void empty_file_that_was_overtaken_while_down_is_no_trap(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.3", "100 a\n");
	log_folder_write(f->folder, "log", "");
	tail_fixture_wait(f);
	log_folder_write(f->folder, "log.2", "200 b\n");
	log_folder_append(f->folder, "log", "300 c\n");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n200 b\n300 c\n");
}

static void file_rotated_while_empty_leads_to_the_next(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log.4", "100 a\n");
	log_folder_write(f->folder, "log", "");
	tail_fixture_wait(f);
	log_folder_rename(f->folder, "log", "log.3");
	log_folder_write(f->folder, "log.2", "200 b\n");
	log_folder_write(f->folder, "log", "300 c\n");
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n200 b\n300 c\n");
}

/* ---- what may not be read ---- */

static void f08_symbolic_link_in_the_place_of_the_log_is_refused(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "secret", "100 not for us\n");
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "log")), 0);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "");
	log_folder_remove(f->folder, "log");
	log_folder_write(f->folder, "log", "101 b\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "101 b\n");
}

static void open_log_is_read_on_when_a_link_takes_its_name(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_write(f->folder, "secret", "100 not for us\n");
	log_folder_rename(f->folder, "log", "log.1");
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "log")), 0);
	log_folder_append(f->folder, "log.1", "101 b\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void f08_fifo_in_the_place_of_the_log_is_refused_without_waiting(void **state)
{
	struct tail_fixture *f = *state;

	assert_int_equal(mkfifo(log_folder_file(f->folder, "log"), 0600), 0);
	assert_int_equal(mkfifo(log_folder_file(f->folder, "log.1"), 0600), 0);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "");
}

static void f08_directory_in_the_place_of_the_log_is_refused(void **state)
{
	struct tail_fixture *f = *state;

	assert_int_equal(mkdir(log_folder_file(f->folder, "log"), 0700), 0);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "");
}

static void linked_sibling_is_passed_over(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "secret", "50 not for us\n");
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "log.1")), 0);
	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
}

static void f09_place_is_kept_while_permission_is_missing(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	f->folder->refused = "log";
	tail_fixture_restart(f);
	tail_fixture_wait(f);
	log_folder_append(f->folder, "log", "101 b\n");
	tail_fixture_wait(f);
	f->folder->refused = NULL;
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n101 b\n");
}

static void f09_missing_permission_is_the_trouble_of_the_source(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	f->folder->refused = "log";
	tail_fixture_read(f);
	assert_int_equal(tail_trouble(f->tail), -EACCES);
	f->folder->refused = NULL;
	tail_fixture_read(f);
	assert_int_equal(tail_trouble(f->tail), 0);
}

static void f09_new_log_without_permission_is_read_when_it_comes(void **state)
{
	struct tail_fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_write(f->folder, "log", "200 b\n"); /* logrotate: create 0640 root */
	f->folder->refused = "log";
	tail_fixture_wait(f);
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "100 a\n");
	f->folder->refused = NULL;
	tail_fixture_wait(f);
	assert_string_equal(tail_fixture_got(f), "200 b\n");
}

/* ---- the place on disk ---- */

static void place_that_is_cut_or_unknown_is_refused(void **state)
{
	struct tail_fixture *f = *state;
	struct buf place;
	struct cursor in;

	buf_init(&place, TAIL_PLACE_MAX_BYTES);
	log_folder_write(f->folder, "log", "100 a\n");
	tail_fixture_read(f);
	tail_save(f->tail, &place);
	for (size_t n = 0; n < place.len; n++) {
		in = cursor_of(place.data, n);
		assert_int_equal(tail_load(f->tail, &in), -EBADMSG);
	}
	place.data[1] |= 0x80; /* a flag nobody knows */
	in = cursor_of(place.data, place.len);
	assert_int_equal(tail_load(f->tail, &in), -EBADMSG);
	place.data[1] &= 0x7f;
	place.data[0]++; /* another version */
	in = cursor_of(place.data, place.len);
	assert_int_equal(tail_load(f->tail, &in), -EBADMSG);
	buf_free(&place);
}

static void progress_is_of_the_open_file(void **state)
{
	struct tail_fixture *f = *state;
	uint64_t done = 1;
	uint64_t all = 1;

	tail_progress(f->tail, &done, &all);
	assert_int_equal(done + all, 0);
	log_folder_write(f->folder, "log", "100 a\n101");
	tail_fixture_read(f);
	tail_progress(f->tail, &done, &all);
	assert_int_equal(done, 6);
	assert_int_equal(all, 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tail_fixture_setup, tail_fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(lines_come_as_they_are_written),
		TEST(f05_unfinished_line_is_held_back_until_its_line_feed),
		TEST(file_that_is_not_there_yet_is_waited_for),
		TEST(empty_file_is_followed_when_it_fills),
		TEST(f05_restart_goes_on_behind_the_last_whole_line),
		TEST(without_from_start_only_what_comes_is_read),
		TEST(without_from_start_a_file_that_appears_is_new_as_a_whole),
		TEST(f06_long_line_is_cut_also_across_a_restart),
		TEST(f01_renamed_file_is_read_to_its_end_before_the_new_one),
		TEST(f05_unfinished_line_of_a_rotated_file_is_counted),
		TEST(file_rotated_twice_while_open_is_left_for_the_older_sibling_first),
		TEST(renamed_file_without_a_new_one_is_read_on),
		TEST(f01_deleted_file_is_left_for_the_new_one),
		TEST(empty_file_that_was_overtaken_is_no_trap),
		TEST(empty_file_that_was_overtaken_while_down_is_no_trap),
		TEST(file_rotated_while_empty_leads_to_the_next),
		TEST(f08_symbolic_link_in_the_place_of_the_log_is_refused),
		TEST(open_log_is_read_on_when_a_link_takes_its_name),
		TEST(f08_fifo_in_the_place_of_the_log_is_refused_without_waiting),
		TEST(f08_directory_in_the_place_of_the_log_is_refused),
		TEST(linked_sibling_is_passed_over),
		TEST(f09_place_is_kept_while_permission_is_missing),
		TEST(f09_missing_permission_is_the_trouble_of_the_source),
		TEST(f09_new_log_without_permission_is_read_when_it_comes),
		TEST(place_that_is_cut_or_unknown_is_refused),
		TEST(progress_is_of_the_open_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
