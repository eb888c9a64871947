/* The file of scores: what is kept comes back as it was or not at all; damage, limits and other
 * programs cost time and never a figure. */
#include "cxmeter/cache.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

#define PART_BYTES ((size_t)20000)

struct world {
	struct temp temp;
	char url[300];
	char path[300];
	struct cache *cache;
	struct fault fault;
};

static const struct cache_key key = { 42, "demo", "UTC" };

static int reopen(struct world *w)
{
	cxm_cache_close(w->cache);
	w->cache = NULL;
	return cxm_cache_open(&w->cache, w->url, &w->fault);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	temp_open(&w->temp);
	(void)snprintf(w->url, sizeof(w->url), "sqlite:%s", temp_path(&w->temp, "evidence.db"));
	(void)snprintf(w->path, sizeof(w->path), "%s.scores", temp_path(&w->temp, "evidence.db"));
	assert_int_equal(reopen(w), 0);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	cxm_cache_close(w->cache);
	temp_remove(&w->temp);
	free(w);
	return 0;
}

/* ---- parts ---- */

static int keep(struct world *w, int32_t day, const char *text)
{
	return cache_keep(w->cache, &key, day, (uint64_t)day * 7, cursor_of(text, strlen(text)));
}

static int on_part(void *arg, int32_t day, uint64_t signature, struct cursor data)
{
	buf_printf(arg, "%d/%llu=%.*s ", (int)day, (unsigned long long)signature,
	           (int)cursor_left(&data), (const char *)data.at);
	return 0;
}

static void parts_are(struct world *w, int want_rc, const char *want)
{
	const int32_t days[2] = { 1, 9 };
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(cache_load(w->cache, &key, days, on_part, &out), want_rc);
	assert_string_equal(buf_text(&out), want);
	buf_free(&out);
}

static void what_is_kept_comes_back_in_the_order_of_days(void **state)
{
	struct world *w = *state;

	assert_int_equal(keep(w, 3, "c"), 0);
	assert_int_equal(keep(w, 2, "b"), 0);
	assert_int_equal(keep(w, 3, "cc"), 0);
	parts_are(w, 0, ""); /* not before it is written */
	assert_int_equal(cache_commit(w->cache), 0);
	assert_int_equal(reopen(w), 0);
	parts_are(w, 0, "2/14=b 3/21=cc ");
	assert_null(cache_trouble(w->cache));
}

static void two_programs_keep_side_by_side(void **state)
{
	struct world *w = *state;
	struct cache *other = NULL;

	assert_int_equal(cxm_cache_open(&other, w->url, &w->fault), 0);
	assert_int_equal(keep(w, 1, "a"), 0);
	assert_int_equal(cache_keep(other, &key, 2, 14, cursor_of("b", 1)), 0);
	assert_int_equal(cache_commit(other), 0); /* nobody holds the file while gathering */
	assert_int_equal(cache_commit(w->cache), 0);
	parts_are(w, 0, "1/7=a 2/14=b ");
	cxm_cache_close(other);
}

static void others_may_not_read_it(void **state)
{
	struct world *w = *state;
	struct stat st;

	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_mode & 07, 0);
}

/* ---- damage ---- */

/* Run SQL on the file, as a bad disk would. */
static void spoil(struct world *w, const char *sql)
{
	sqlite3 *db = NULL;

	cxm_cache_close(w->cache);
	w->cache = NULL;
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(reopen(w), 0);
}

struct spoilt_case {
	const char *name;
	const char *sql;
};

static const struct spoilt_case spoilt_cases[] = {
	{ "a_part_with_another_byte_is_refused", "UPDATE part SET data=x'62'" },
	{ "a_part_with_another_signature_is_refused", "UPDATE part SET signature=8" },
	{ "a_part_under_another_day_is_refused", "UPDATE part SET day=2" },
	{ "a_part_of_another_definition_is_refused", "UPDATE part SET hash=42" },
	{ "a_part_cut_short_is_refused", "UPDATE part SET data=x''" },
};

static void spoilt_run(void **state)
{
	const struct spoilt_case *c = *state;
	void *world = NULL;
	struct world *w;
	const struct cache_key elsewhere = { strstr(c->sql, "hash") != NULL ? 43 : 42, "demo",
		                             "UTC" };

	assert_int_equal(set_up(&world), 0);
	w = world;
	assert_int_equal(cache_keep(w->cache, &elsewhere, 1, 7, cursor_of("a", 1)), 0);
	assert_int_equal(cache_commit(w->cache), 0);
	spoil(w, c->sql);
	parts_are(w, -EBADMSG, "");
	assert_true(cache_counts(w->cache).damaged == 1);
	assert_non_null(strstr(cache_trouble(w->cache), "is damaged"));
	assert_null(cache_trouble(w->cache)); /* said once */
	assert_int_equal(tear_down(&world), 0);
}

static void overwrite(struct world *w, const char *content, size_t len_bytes)
{
	FILE *f;

	cxm_cache_close(w->cache);
	w->cache = NULL;
	f = fopen(w->path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(content, 1, len_bytes, f), len_bytes);
	assert_int_equal(fclose(f), 0);
}

static void a_file_of_garbage_is_not_opened_and_stays(void **state)
{
	struct world *w = *state;
	static const char garbage[8192] = "this is no database";
	struct stat st;

	overwrite(w, garbage, sizeof(garbage));
	assert_int_equal(reopen(w), -EBADMSG);
	assert_null(w->cache);
	assert_non_null(strstr(w->fault.text, "is damaged: delete it"));
	assert_int_equal(stat(w->path, &st), 0);
	assert_int_equal(st.st_size, sizeof(garbage));
}

static void a_file_cut_to_nothing_is_made_anew(void **state)
{
	struct world *w = *state;

	assert_int_equal(keep(w, 1, "a"), 0);
	assert_int_equal(cache_commit(w->cache), 0);
	overwrite(w, "", 0);
	assert_int_equal(reopen(w), 0);
	parts_are(w, 0, "");
}

static void a_file_cut_in_the_middle_is_never_believed(void **state)
{
	struct world *w = *state;
	static char large[PART_BYTES];
	const int32_t days[2] = { 1, 9 };
	struct buf out;

	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(keep(w, 1, large), 0);
	assert_int_equal(cache_commit(w->cache), 0);
	cxm_cache_close(w->cache);
	w->cache = NULL;
	assert_int_equal(truncate(w->path, 12288), 0);
	buf_init(&out, 2 * PART_BYTES);
	assert_true(reopen(w) != 0 || cache_load(w->cache, &key, days, on_part, &out) != 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
}

static void a_database_of_another_program_stays_untouched(void **state)
{
	struct world *w = *state;
	sqlite3 *db = NULL;

	overwrite(w, "", 0);
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE part(a); INSERT INTO part VALUES(1)", NULL,
	                              NULL, NULL),
	                 SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(reopen(w), -EEXIST);
	assert_non_null(strstr(w->fault.text, "another program"));
	assert_int_equal(sqlite3_open(w->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT a FROM part", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

#define AT_ONCE 4
#define ROUNDS  100

/* One of several programs that find no file. */
struct opener {
	pthread_t thread;
	pthread_barrier_t *start;
	const char *url;
	struct fault fault;
	int rc;
};

static void *open_one(void *arg)
{
	struct opener *o = arg;
	struct cache *c = NULL;

	(void)pthread_barrier_wait(o->start);
	o->rc = cxm_cache_open(&c, o->url, &o->fault);
	cxm_cache_close(c);
	return NULL;
}

static void remove_files(const struct world *w)
{
	char path[320];

	(void)unlink(w->path);
	(void)snprintf(path, sizeof(path), "%s-wal", w->path);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s-shm", w->path);
	(void)unlink(path);
}

/* All of them begin at one moment. */
static void open_at_once(const struct world *w, struct opener openers[AT_ONCE])
{
	pthread_barrier_t start;

	assert_int_equal(pthread_barrier_init(&start, NULL, AT_ONCE), 0);
	for (size_t i = 0; i < AT_ONCE; i++) {
		openers[i] = (struct opener){ .start = &start, .url = w->url };
		assert_int_equal(pthread_create(&openers[i].thread, NULL, open_one, &openers[i]),
		                 0);
	}
	for (size_t i = 0; i < AT_ONCE; i++) {
		assert_int_equal(pthread_join(openers[i].thread, NULL), 0);
	}
	assert_int_equal(pthread_barrier_destroy(&start), 0);
}

static void assert_all_opened(const struct opener openers[AT_ONCE], size_t round)
{
	for (size_t i = 0; i < AT_ONCE; i++) {
		if (openers[i].rc != 0) {
			fail_msg("round %zu: %s", round, openers[i].fault.text);
		}
	}
}

static void programs_that_make_it_at_once_take_one_another_for_their_like(void **state)
{
	struct world *w = *state;
	struct opener openers[AT_ONCE];

	cxm_cache_close(w->cache);
	w->cache = NULL;
	for (size_t round = 0; round < ROUNDS; round++) {
		remove_files(w);
		open_at_once(w, openers);
		assert_all_opened(openers, round);
	}
}

static void tables_of_another_form_are_thrown_away(void **state)
{
	struct world *w = *state;

	assert_int_equal(keep(w, 1, "a"), 0);
	assert_int_equal(cache_commit(w->cache), 0);
	spoil(w, "PRAGMA user_version=3");
	parts_are(w, 0, "");
	assert_int_equal(keep(w, 1, "b"), 0);
	assert_int_equal(cache_commit(w->cache), 0);
	parts_are(w, 0, "1/7=b ");
}

/* ---- limits ---- */

static void keep_large(struct world *w, int32_t day)
{
	static char large[PART_BYTES];

	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(keep(w, day, large), 0);
	assert_int_equal(cache_commit(w->cache), 0);
}

static int on_day(void *arg, int32_t day, uint64_t signature, struct cursor data)
{
	(void)signature;
	assert_int_equal(cursor_left(&data), PART_BYTES - 1);
	buf_printf(arg, "%d ", (int)day);
	return 0;
}

static void above_its_limit_what_was_kept_longest_ago_goes(void **state)
{
	struct world *w = *state;
	const int32_t days[2] = { 1, 9 };
	struct buf out;

	cache_limit(w->cache, 5 * PART_BYTES);
	for (int32_t day = 1; day <= 5; day++) {
		keep_large(w, day);
	}
	buf_init(&out, 4096);
	assert_int_equal(cache_load(w->cache, &key, days, on_day, &out), 0);
	assert_string_equal(buf_text(&out), "3 4 5 ");
	assert_true(cache_counts(w->cache).pruned == 2);
	buf_free(&out);
}

static void a_full_disk_keeps_nothing_and_is_said(void **state)
{
	struct world *w = *state;
	static char large[PART_BYTES];

	memset(large, 'x', sizeof(large) - 1);
	assert_int_equal(keep(w, 1, "a"), 0);
	assert_int_equal(cache_commit(w->cache), 0);
	cache_limit(w->cache, 1); /* no page more: as SQLite meets a full disk */
	assert_int_equal(keep(w, 2, large), 0);
	assert_int_equal(cache_commit(w->cache), -ENOSPC);
	parts_are(w, 0, "1/7=a ");
	assert_non_null(strstr(cache_trouble(w->cache), "No space left"));
}

/* ---- runs ---- */

static const struct cache_run run = { "demo", "UTC", "sha", false, 1, 28 };

static int on_score(void *arg, const struct cache_score *score)
{
	buf_printf(arg, "%s %g ", score->what, score->score);
	return 0;
}

static void save(struct world *w)
{
	const struct cache_score scores[] = { { "a", 1, 2, 3.5, 3, 4, 3 },
		                              { "b", NAN, NAN, NAN, NAN, NAN, 0 } };
	const struct cache_stamp stamp = { 10, 9, UINT64_MAX, 3, 27 };

	assert_int_equal(cache_save_run(w->cache, &run, &stamp, cursor_of("n", 1), scores, 2), 0);
}

static void a_run_comes_back_with_its_scores(void **state)
{
	struct world *w = *state;
	struct cache_stamp stamp;
	struct cursor counts;
	struct buf out;

	buf_init(&out, 4096);
	save(w);
	assert_int_equal(reopen(w), 0);
	assert_int_equal(cache_find_run(w->cache, &run, &stamp, &counts), 1);
	assert_true(stamp.signature == UINT64_MAX && stamp.late_rows == 3 && stamp.late_day == 27);
	assert_int_equal(cursor_left(&counts), 1);
	assert_int_equal(cache_scores(w->cache, &run, on_score, &out), 0);
	assert_string_equal(buf_text(&out), "a 3.5 b nan ");
	buf_free(&out);
}

/* Two look at one site at once: both find the run of before, and each saves what it computed. */
static void who_found_a_run_may_save_behind_another_program(void **state)
{
	struct world *w = *state;
	struct cache *other = NULL;
	struct cache *mine = w->cache;
	struct cache_stamp stamp;
	struct cursor counts;

	save(w);
	assert_int_equal(cxm_cache_open(&other, w->url, &w->fault), 0);
	assert_int_equal(cache_find_run(mine, &run, &stamp, &counts), 1);
	w->cache = other;
	save(w);
	w->cache = mine;
	save(w);
	assert_null(cache_trouble(mine));
	cxm_cache_close(other);
}

static const struct spoilt_case run_cases[] = {
	{ "another_score_is_refused", "UPDATE score SET score=4 WHERE what='a'" },
	{ "a_score_where_there_was_none_is_refused", "UPDATE score SET score=4 WHERE what='b'" },
	{ "another_stage_is_refused", "UPDATE score SET stage=4" },
	{ "a_missing_score_is_refused", "DELETE FROM score WHERE what='a'" },
	{ "another_stamp_is_refused", "UPDATE run SET computed_us=11" },
	{ "other_counts_are_refused", "UPDATE run SET counts=x'00'" },
};

static void run_run(void **state)
{
	const struct spoilt_case *c = *state;
	void *world = NULL;
	struct world *w;
	struct cache_stamp stamp;
	struct cursor counts;
	struct buf out;
	int rc;

	assert_int_equal(set_up(&world), 0);
	w = world;
	buf_init(&out, 4096);
	save(w);
	spoil(w, c->sql);
	rc = cache_find_run(w->cache, &run, &stamp, &counts);
	rc = rc == 1 ? cache_scores(w->cache, &run, on_score, &out) : rc;
	assert_int_equal(rc, -EBADMSG);
	assert_non_null(cache_trouble(w->cache));
	buf_free(&out);
	assert_int_equal(tear_down(&world), 0);
}

static int on_model(void *arg, const struct cache_model *model)
{
	buf_printf(arg, "%s %s %" PRId64 " ", model->version, model->sha256, model->since_us);
	return 0;
}

static void note(struct world *w, const char *version, int64_t since_us)
{
	struct cache_model model = { .since_us = since_us };

	(void)snprintf(model.version, sizeof(model.version), "%s", version);
	(void)snprintf(model.sha256, sizeof(model.sha256), "sum-of-%s", version);
	assert_int_equal(cache_note_model(w->cache, "nord", &model), 0);
}

static void a_model_that_is_not_what_was_noted_is_left_out(void **state)
{
	struct world *w = *state;
	struct buf out;

	buf_init(&out, 4096);
	note(w, "1", 10);
	note(w, "2", 20);
	note(w, "3", 30);
	spoil(w, "UPDATE model SET since_us=21 WHERE version='2'");
	assert_int_equal(cache_models(w->cache, "nord", on_model, &out), 0);
	assert_string_equal(buf_text(&out), "1 sum-of-1 10 3 sum-of-3 30 ");
	assert_true(cache_counts(w->cache).damaged == 1);
	buf_free(&out);
}

static void models_noted_without_sums_are_still_told(void **state)
{
	struct world *w = *state;
	struct buf out;

	buf_init(&out, 4096);
	note(w, "1", 10);
	spoil(w, "ALTER TABLE model DROP COLUMN checked; PRAGMA user_version=5");
	assert_int_equal(reopen(w), 0);
	note(w, "2", 20);
	assert_int_equal(cache_models(w->cache, "nord", on_model, &out), 0);
	assert_string_equal(buf_text(&out), "1 sum-of-1 10 2 sum-of-2 20 ");
	buf_free(&out);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, what_is_kept_comes_back_in_the_order_of_days, set_up, tear_down);
	cases_test_with(&c, two_programs_keep_side_by_side, set_up, tear_down);
	cases_test_with(&c, others_may_not_read_it, set_up, tear_down);
	cases_table(&c, spoilt_cases, spoilt_run);
	cases_test_with(&c, a_file_of_garbage_is_not_opened_and_stays, set_up, tear_down);
	cases_test_with(&c, a_file_cut_to_nothing_is_made_anew, set_up, tear_down);
	cases_test_with(&c, a_file_cut_in_the_middle_is_never_believed, set_up, tear_down);
	cases_test_with(&c, a_database_of_another_program_stays_untouched, set_up, tear_down);
	cases_test_with(&c, programs_that_make_it_at_once_take_one_another_for_their_like, set_up,
	                tear_down);
	cases_test_with(&c, tables_of_another_form_are_thrown_away, set_up, tear_down);
	cases_test_with(&c, above_its_limit_what_was_kept_longest_ago_goes, set_up, tear_down);
	cases_test_with(&c, a_full_disk_keeps_nothing_and_is_said, set_up, tear_down);
	cases_test_with(&c, a_run_comes_back_with_its_scores, set_up, tear_down);
	cases_test_with(&c, who_found_a_run_may_save_behind_another_program, set_up, tear_down);
	cases_table(&c, run_cases, run_run);
	cases_test_with(&c, a_model_that_is_not_what_was_noted_is_left_out, set_up, tear_down);
	cases_test_with(&c, models_noted_without_sums_are_still_told, set_up, tear_down);
	return cases_run("cache", &c, NULL, NULL);
}
