/* A folder of recordings as it may be: deep, full, with links in circles and FIFOs in it. */
#include "agent/posture/walk.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

struct seen {
	unsigned files;
	uint64_t bytes;
};

static void on_file(void *arg, int folder_fd, const char *name, const struct stat *st)
{
	struct seen *s = arg;

	(void)folder_fd;
	assert_true(name[0] != '\0');
	s->files++;
	s->bytes += (uint64_t)st->st_size;
}

static int walk_all(struct posture_world *w, const char *path, uint64_t files, struct seen *seen,
                    struct walk_counts *counts)
{
	const struct walk_limits limits = { files, NULL };

	*seen = (struct seen){ 0 };
	return walk(posture_world_path(w, path), &limits, on_file, seen, counts);
}

static void every_file_below_is_seen_once(void **state)
{
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/m/a.wav", "1");
	posture_world_file(&w, "/m/2026/11/22/b.wav", "22");
	posture_world_file(&w, "/m/2026/11/21/c.wav", "333");
	assert_int_equal(walk_all(&w, "/m", 100, &seen, &counts), 0);
	assert_int_equal(seen.files, 3);
	assert_int_equal(seen.bytes, 6);
	assert_int_equal(counts.files, 3);
	assert_int_equal(counts.folders, 4);
	assert_false(counts.cut);
	posture_world_close(&w);
}

static void links_and_fifos_are_passed_over(void **state)
{
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/m/sub/a.wav", "1");
	posture_world_file(&w, "/secret", "12345678");
	assert_int_equal(symlink("../m", posture_world_path(&w, "/m/sub/circle")), 0);
	assert_int_equal(symlink("../secret", posture_world_path(&w, "/m/link")), 0);
	assert_int_equal(symlink("self", posture_world_path(&w, "/m/self")), 0);
	assert_int_equal(mkfifo(posture_world_path(&w, "/m/pipe"), 0644), 0);
	assert_int_equal(walk_all(&w, "/m", 100, &seen, &counts), 0);
	assert_int_equal(seen.files, 1);
	assert_int_equal(counts.others, 4);
	posture_world_close(&w);
}

static void a_link_that_was_named_is_followed(void **state)
{
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/data/a.wav", "1");
	assert_int_equal(symlink("data", posture_world_path(&w, "/m")), 0);
	assert_int_equal(walk_all(&w, "/m", 100, &seen, &counts), 0);
	assert_int_equal(seen.files, 1);
	posture_world_close(&w);
}

static void beyond_the_limit_it_stops_and_says_so(void **state)
{
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;

	(void)state;
	posture_world_open(&w, "");
	for (unsigned i = 0; i < 50; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/m/%u/%u.wav", i % 7, i);
		posture_world_file(&w, path, "1");
	}
	assert_int_equal(walk_all(&w, "/m", 20, &seen, &counts), 0);
	assert_int_equal(seen.files, 20);
	assert_true(counts.cut);
	assert_int_equal(walk_all(&w, "/m", 50, &seen, &counts), 0);
	assert_int_equal(seen.files, 50);
	assert_false(counts.cut);
	posture_world_close(&w);
}

static void folders_without_files_end_it_too(void **state)
{
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/m/0/x", "");
	for (unsigned i = 1; i < 60; i++) {
		char path[32];

		(void)snprintf(path, sizeof(path), "/m/0/%u", i);
		assert_int_equal(mkdir(posture_world_path(&w, path), 0755), 0);
	}
	assert_int_equal(walk_all(&w, "/m", 1, &seen, &counts), 0);
	assert_true(counts.cut);
	assert_true(counts.folders < 40);
	posture_world_close(&w);
}

static void folders_that_are_too_deep_are_counted(void **state)
{
	char path[2 * WALK_DEPTH_MAX + 16] = "/m";
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;
	size_t len = 2;

	(void)state;
	posture_world_open(&w, "");
	for (unsigned i = 0; i < WALK_DEPTH_MAX; i++, len += 2) {
		(void)snprintf(path + len, sizeof(path) - len, "/d");
	}
	(void)snprintf(path + len, sizeof(path) - len, "/f");
	posture_world_file(&w, path, "1");
	assert_int_equal(walk_all(&w, "/m", 100, &seen, &counts), 0);
	assert_int_equal(seen.files, 0);
	assert_int_equal(counts.deep, 1);
	posture_world_close(&w);
}

static void one_that_is_stopped_looks_at_nothing(void **state)
{
	const atomic_bool stopped = true;
	const struct walk_limits limits = { 100, &stopped };
	struct walk_counts counts;
	struct posture_world w;
	struct seen seen = { 0 };

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/m/a.wav", "1");
	assert_int_equal(walk(posture_world_path(&w, "/m"), &limits, on_file, &seen, &counts), 0);
	assert_int_equal(seen.files, 0);
	posture_world_close(&w);
}

static void a_folder_that_is_none_is_told(void **state)
{
	struct posture_world w;
	struct walk_counts counts;
	struct seen seen;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/f", "1");
	assert_int_equal(walk_all(&w, "/none", 100, &seen, &counts), -ENOENT);
	assert_int_equal(walk_all(&w, "/f", 100, &seen, &counts), -ENOTDIR);
	posture_world_close(&w);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, every_file_below_is_seen_once);
	cases_test(&c, links_and_fifos_are_passed_over);
	cases_test(&c, a_link_that_was_named_is_followed);
	cases_test(&c, beyond_the_limit_it_stops_and_says_so);
	cases_test(&c, folders_without_files_end_it_too);
	cases_test(&c, folders_that_are_too_deep_are_counted);
	cases_test(&c, one_that_is_stopped_looks_at_nothing);
	cases_test(&c, a_folder_that_is_none_is_told);
	return cases_run("posture_walk", &c, NULL, NULL);
}
