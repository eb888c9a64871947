/*
 * Following a log through every way it is rotated, cut, lost and refused. Lines are "SECONDS text";
 * what the follower hands out is collected as one text, with [cut], [lost] and [damaged] where it
 * told a gap.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sources/tail.h"
#include "tests/support/cases.h"
#include "tests/support/log_folder.h"

#define SETTLE_US INT64_C(5000000)

struct fixture {
	struct log_folder *folder;
	struct tail *tail;
	struct buf got;
	bool from_start;
};

static void on_lines(void *arg, struct slice block)
{
	struct fixture *f = arg;

	buf_add_slice(&f->got, block);
}

static int64_t first_us(void *arg, struct slice block)
{
	(void)arg;
	while (block.len > 0) {
		struct slice line = slice_cut(&block, '\n');
		uint64_t s;

		if (slice_u64(slice_cut(&line, ' '), INT32_MAX, &s) == 0) {
			return (int64_t)s * 1000000;
		}
	}
	return -1;
}

static void on_gap(void *arg, enum tail_gap why)
{
	static const char *const words[] = { "[cut]", "[lost]", "[damaged]" };
	struct fixture *f = arg;

	buf_add_text(&f->got, words[why]);
}

static void open_tail(struct fixture *f)
{
	struct tail_options options = { &f->folder->env, "test", log_folder_file(f->folder, "log"),
		                        f->from_start, SETTLE_US };
	struct tail_handler handler = { f, on_lines, first_us, on_gap };

	assert_int_equal(tail_new(&f->tail, &options, &handler), 0);
}

/* Stop, and go on from the place as it was saved. */
static void restart(struct fixture *f)
{
	struct buf place;
	struct cursor in;

	buf_init(&place, TAIL_PLACE_MAX_BYTES);
	tail_save(f->tail, &place);
	assert_false(place.failed);
	tail_free(f->tail);
	open_tail(f);
	in = cursor_of(place.data, place.len);
	assert_int_equal(tail_load(f->tail, &in), 0);
	assert_int_equal(cursor_left(&in), 0);
	buf_free(&place);
}

static void read_all(struct fixture *f)
{
	while (tail_step(f->tail) == TAIL_MORE) {
	}
}

/* Everything a follower does in a while: notices a rotation, waits for the writer, moves on. */
static void pass_time(struct fixture *f)
{
	read_all(f);
	f->folder->mono_us += SETTLE_US;
	read_all(f);
}

/* What was handed out since the last time it was asked. */
static const char *got(struct fixture *f)
{
	static char text[4096];

	(void)snprintf(text, sizeof(text), "%s", buf_text(&f->got));
	buf_reset(&f->got);
	return text;
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->folder = log_folder_new();
	f->from_start = true;
	buf_init(&f->got, 1 << 22);
	open_tail(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	tail_free(f->tail);
	log_folder_free(f->folder);
	buf_free(&f->got);
	free(f);
	return 0;
}

/* ---- one file ---- */

static void lines_come_as_they_are_written(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
	log_folder_append(f->folder, "log", "102 c\n");
	read_all(f);
	assert_string_equal(got(f), "102 c\n");
}

static void unfinished_line_is_held_back_until_its_line_feed(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n");
	f->folder->mono_us += INT64_C(600000000); /* ten minutes */
	log_folder_append(f->folder, "log", "cd\n");
	read_all(f);
	assert_string_equal(got(f), "101 bcd\n");
}

static void file_that_is_not_there_yet_is_waited_for(void **state)
{
	struct fixture *f = *state;

	read_all(f);
	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n");
}

static void empty_file_is_followed_when_it_fills(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "");
	read_all(f);
	restart(f);
	log_folder_append(f->folder, "log", "100 a\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n");
}

static void restart_goes_on_behind_the_last_whole_line(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	read_all(f);
	restart(f);
	log_folder_append(f->folder, "log", "c\n102 d\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 bc\n102 d\n");
}

static void without_from_start_only_what_comes_is_read(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	tail_free(f->tail);
	f->from_start = false;
	open_tail(f);
	read_all(f);
	log_folder_append(f->folder, "log", "bb\n102 c\n");
	read_all(f);
	assert_string_equal(got(f), "102 c\n");
}

static void without_from_start_a_file_that_appears_is_new_as_a_whole(void **state)
{
	struct fixture *f = *state;

	tail_free(f->tail);
	f->from_start = false;
	open_tail(f);
	read_all(f);
	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n");
}

static void long_line_is_cut_also_across_a_restart(void **state)
{
	struct fixture *f = *state;
	char *text = calloc(1, LINES_MAX_BYTES + 100);

	assert_non_null(text);
	memset(text, 'x', LINES_MAX_BYTES + 50);
	log_folder_write(f->folder, "log", text);
	read_all(f);
	assert_int_equal(f->got.len, LINES_MAX_BYTES + 50);
	buf_reset(&f->got);
	restart(f);
	log_folder_append(f->folder, "log", "xxx");
	read_all(f);
	restart(f);
	log_folder_append(f->folder, "log", "xxx\n100 a\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n");
	free(text);
}

/* ---- rename and create ---- */

static void renamed_file_is_read_to_its_end_before_the_new_one(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_append(f->folder, "log.1", "101 b\n");
	read_all(f);
	log_folder_write(f->folder, "log", "103 d\n");
	read_all(f);
	log_folder_append(f->folder, "log.1", "102 c\n"); /* its writer has not moved over yet */
	f->folder->mono_us += SETTLE_US - 1;
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n102 c\n");
	f->folder->mono_us += 1;
	read_all(f);
	assert_string_equal(got(f), "103 d\n");
}

static void unfinished_line_of_a_rotated_file_is_counted(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b");
	read_all(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_write(f->folder, "log", "102 c\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n102 c\n");
	assert_int_equal(tail_counters(f->tail)->partial, 1);
}

static void file_rotated_twice_while_open_is_left_for_the_older_sibling_first(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_rename(f->folder, "log", "log.2");
	log_folder_write(f->folder, "log.1", "200 b\n");
	log_folder_write(f->folder, "log", "300 c\n");
	pass_time(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n200 b\n300 c\n");
}

static void renamed_file_without_a_new_one_is_read_on(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_rename(f->folder, "log", "log.1");
	pass_time(f);
	log_folder_append(f->folder, "log.1", "101 b\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void deleted_file_is_left_for_the_new_one(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_remove(f->folder, "log");
	log_folder_write(f->folder, "log", "101 b\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void empty_file_that_was_overtaken_is_no_trap(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log.3", "100 a\n");
	log_folder_write(f->folder, "log", "");
	pass_time(f);
	/* filled, copied and cut, and filled again, while nobody looked */
	log_folder_write(f->folder, "log.2", "200 b\n");
	log_folder_append(f->folder, "log", "300 c\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n200 b\n300 c\n");
}

static void file_rotated_while_empty_leads_to_the_next(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log.4", "100 a\n");
	log_folder_write(f->folder, "log", "");
	pass_time(f);
	log_folder_rename(f->folder, "log", "log.3");
	log_folder_write(f->folder, "log.2", "200 b\n");
	log_folder_write(f->folder, "log", "300 c\n");
	restart(f);
	pass_time(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n200 b\n300 c\n");
}

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

static void rotated_twice_while_down(void **state)
{
	const struct rotation *c = *state;
	void *s = NULL;
	struct fixture *f;

	assert_int_equal(setup(&s), 0);
	f = s;
	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	read_all(f);
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
	restart(f);
	pass_time(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n102 c\n200 d\n300 e\n");
	assert_int_equal(teardown(&s), 0);
}

static void rotated_twice_before_the_first_start(void **state)
{
	const struct rotation *c = *state;
	void *s = NULL;
	struct fixture *f;

	assert_int_equal(setup(&s), 0);
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
	pass_time(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n200 d\n300 e\n");
	assert_int_equal(teardown(&s), 0);
}

static void restart_between_any_two_steps_reads_every_line_once(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log.2", "100 a\n101 b\n");
	log_folder_gzip(f->folder, "log.2");
	log_folder_write(f->folder, "log.1", "200 c\n201 d\n");
	log_folder_write(f->folder, "log", "300 e\n");
	for (unsigned i = 0; i < 60; i++) {
		for (unsigned steps = i % 7; steps > 0; steps--) {
			(void)tail_step(f->tail);
			f->folder->mono_us += SETTLE_US;
		}
		restart(f);
	}
	assert_string_equal(got(f), "100 a\n101 b\n200 c\n201 d\n300 e\n");
}

static void siblings_of_one_second_are_read_as_they_were_written(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log.1", "100 second\n");
	log_folder_write(f->folder, "log.2", "100 first\n");
	log_folder_write(f->folder, "log", "100 third\n");
	log_folder_touch(f->folder, "log.2", 1000);
	log_folder_touch(f->folder, "log.1", 2000);
	pass_time(f);
	pass_time(f);
	assert_string_equal(got(f), "100 first\n100 second\n100 third\n");
}

static void other_files_beside_the_log_are_left_alone(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log.conf", "this is no log\n");
	log_folder_write(f->folder, "log2", "50 another log\n");
	log_folder_write(f->folder, "logs", "50 another log\n");
	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	log_folder_copy(f->folder, "log", "log.bak");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void rotated_file_that_is_gone_is_told_once(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_remove(f->folder, "log");
	log_folder_write(f->folder, "log.1", "200 b\n");
	log_folder_write(f->folder, "log", "300 c\n");
	restart(f);
	pass_time(f);
	restart(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n[lost]200 b\n300 c\n");
}

static void place_is_kept_while_the_path_is_missing(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_rename(f->folder, "log", "elsewhere");
	restart(f);
	pass_time(f);
	log_folder_rename(f->folder, "elsewhere", "log");
	log_folder_append(f->folder, "log", "101 b\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void restored_copy_at_the_path_is_recognised(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "kept");
	log_folder_remove(f->folder, "log");
	log_folder_rename(f->folder, "kept", "log"); /* another inode */
	restart(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void damaged_compressed_part_is_told_and_passed(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log.1", "100 a\n101 b\n");
	log_folder_gzip(f->folder, "log.1");
	log_folder_damage(f->folder, "log.1.gz", 8); /* its checksum and length */
	log_folder_write(f->folder, "log", "200 c\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n[damaged]200 c\n");
}

/* ---- copy and truncate, inodes used again ---- */

static void cut_file_is_read_from_its_beginning(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	read_all(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n");
}

static void file_cut_and_grown_past_the_offset_is_noticed(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	read_all(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n201 d\n202 e\n203 f\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n201 d\n202 e\n203 f\n");
}

static void file_cut_and_grown_to_the_same_size_is_noticed(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101 b\n");
	read_all(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n201 d\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n201 d\n");
}

static void what_was_not_read_before_the_cut_is_found_in_the_copy(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n");
}

static void unfinished_line_before_the_cut_is_found_in_the_copy(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n101");
	read_all(f);
	log_folder_append(f->folder, "log", " b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_gzip(f->folder, "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	read_all(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n");
	assert_int_equal(tail_counters(f->tail)->partial, 0);
}

static void cut_while_down_is_told_behind_the_copy(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n");
	restart(f);
	(void)tail_step(f->tail);
	restart(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n");
}

static void cut_while_down_without_a_copy_is_told(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 a longer line than before\n");
	restart(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n[cut]200 a longer line than before\n");
}

static void same_inode_with_another_beginning_is_another_file(void **state)
{
	struct fixture *f = *state;

	/* what an inode used again looks like: rotated away, deleted, and a new file in its place
	 */
	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_append(f->folder, "log", "101 b\n");
	log_folder_copy(f->folder, "log", "log.1");
	log_folder_cut(f->folder, "log");
	log_folder_append(f->folder, "log", "200 c\n201 d\n202 e\n");
	restart(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n[cut]200 c\n201 d\n202 e\n");
}

/* ---- what may not be read ---- */

static void symbolic_link_in_the_place_of_the_log_is_refused(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "secret", "100 not for us\n");
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "log")), 0);
	pass_time(f);
	assert_string_equal(got(f), "");
	log_folder_remove(f->folder, "log");
	log_folder_write(f->folder, "log", "101 b\n");
	pass_time(f);
	assert_string_equal(got(f), "101 b\n");
}

static void open_log_is_read_on_when_a_link_takes_its_name(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_write(f->folder, "secret", "100 not for us\n");
	log_folder_rename(f->folder, "log", "log.1");
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "log")), 0);
	log_folder_append(f->folder, "log.1", "101 b\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void fifo_in_the_place_of_the_log_is_refused_without_waiting(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(log_folder_file(f->folder, "log"), 0600), 0);
	assert_int_equal(mkfifo(log_folder_file(f->folder, "log.1"), 0600), 0);
	pass_time(f);
	assert_string_equal(got(f), "");
}

static void directory_in_the_place_of_the_log_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(log_folder_file(f->folder, "log"), 0700), 0);
	pass_time(f);
	assert_string_equal(got(f), "");
}

static void linked_sibling_is_passed_over(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "secret", "50 not for us\n");
	assert_int_equal(symlink("secret", log_folder_file(f->folder, "log.1")), 0);
	log_folder_write(f->folder, "log", "100 a\n");
	pass_time(f);
	assert_string_equal(got(f), "100 a\n");
}

static void place_is_kept_while_permission_is_missing(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	f->folder->refused = "log";
	restart(f);
	pass_time(f);
	log_folder_append(f->folder, "log", "101 b\n");
	pass_time(f);
	f->folder->refused = NULL;
	pass_time(f);
	assert_string_equal(got(f), "100 a\n101 b\n");
}

static void new_log_without_permission_is_read_when_it_comes(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
	log_folder_rename(f->folder, "log", "log.1");
	log_folder_write(f->folder, "log", "200 b\n"); /* logrotate: create 0640 root */
	f->folder->refused = "log";
	pass_time(f);
	pass_time(f);
	assert_string_equal(got(f), "100 a\n");
	f->folder->refused = NULL;
	pass_time(f);
	assert_string_equal(got(f), "200 b\n");
}

/* ---- the place on disk ---- */

static void place_that_is_cut_or_unknown_is_refused(void **state)
{
	struct fixture *f = *state;
	struct buf place;
	struct cursor in;

	buf_init(&place, TAIL_PLACE_MAX_BYTES);
	log_folder_write(f->folder, "log", "100 a\n");
	read_all(f);
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
	struct fixture *f = *state;
	uint64_t done = 1;
	uint64_t all = 1;

	tail_progress(f->tail, &done, &all);
	assert_int_equal(done + all, 0);
	log_folder_write(f->folder, "log", "100 a\n101");
	read_all(f);
	tail_progress(f->tail, &done, &all);
	assert_int_equal(done, 6);
	assert_int_equal(all, 9);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest plain[] = {
		TEST(lines_come_as_they_are_written),
		TEST(unfinished_line_is_held_back_until_its_line_feed),
		TEST(file_that_is_not_there_yet_is_waited_for),
		TEST(empty_file_is_followed_when_it_fills),
		TEST(restart_goes_on_behind_the_last_whole_line),
		TEST(without_from_start_only_what_comes_is_read),
		TEST(without_from_start_a_file_that_appears_is_new_as_a_whole),
		TEST(long_line_is_cut_also_across_a_restart),
		TEST(renamed_file_is_read_to_its_end_before_the_new_one),
		TEST(unfinished_line_of_a_rotated_file_is_counted),
		TEST(file_rotated_twice_while_open_is_left_for_the_older_sibling_first),
		TEST(renamed_file_without_a_new_one_is_read_on),
		TEST(deleted_file_is_left_for_the_new_one),
		TEST(empty_file_that_was_overtaken_is_no_trap),
		TEST(file_rotated_while_empty_leads_to_the_next),
		TEST(restart_between_any_two_steps_reads_every_line_once),
		TEST(siblings_of_one_second_are_read_as_they_were_written),
		TEST(other_files_beside_the_log_are_left_alone),
		TEST(rotated_file_that_is_gone_is_told_once),
		TEST(place_is_kept_while_the_path_is_missing),
		TEST(restored_copy_at_the_path_is_recognised),
		TEST(damaged_compressed_part_is_told_and_passed),
		TEST(cut_file_is_read_from_its_beginning),
		TEST(file_cut_and_grown_past_the_offset_is_noticed),
		TEST(file_cut_and_grown_to_the_same_size_is_noticed),
		TEST(what_was_not_read_before_the_cut_is_found_in_the_copy),
		TEST(unfinished_line_before_the_cut_is_found_in_the_copy),
		TEST(cut_while_down_is_told_behind_the_copy),
		TEST(cut_while_down_without_a_copy_is_told),
		TEST(same_inode_with_another_beginning_is_another_file),
		TEST(symbolic_link_in_the_place_of_the_log_is_refused),
		TEST(open_log_is_read_on_when_a_link_takes_its_name),
		TEST(fifo_in_the_place_of_the_log_is_refused_without_waiting),
		TEST(directory_in_the_place_of_the_log_is_refused),
		TEST(linked_sibling_is_passed_over),
		TEST(place_is_kept_while_permission_is_missing),
		TEST(new_log_without_permission_is_read_when_it_comes),
		TEST(place_that_is_cut_or_unknown_is_refused),
		TEST(progress_is_of_the_open_file),
	};
	struct CMUnitTest tests[2 * COUNT(rotations) + COUNT(plain)];
	char names[COUNT(rotations)][80];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(rotations); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "first_start_with_%s",
		               rotations[i].name);
		tests[n++] = case_test(rotations[i].name, rotated_twice_while_down, &rotations[i]);
		tests[n++] =
			case_test(names[i], rotated_twice_before_the_first_start, &rotations[i]);
	}
	for (size_t i = 0; i < COUNT(plain); i++) {
		tests[n++] = plain[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
