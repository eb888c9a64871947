/* Scores of days in the cache: a run with its stamp, and one row a score. Each row carries a
 * CRC-32C and a run the number of its scores: one that is not what was written is never used. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/cache_file.h"
#include "common/crc32c.h"

static uint32_t check_numbers(uint32_t crc, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double plain = isfinite(v[i]) ? v[i] + 0.0 : 0; /* kept as NULL */

		crc = crc32c(crc, &plain, sizeof(plain));
	}
	return crc;
}

static uint32_t check_score(const struct cache_score *score)
{
	const double numbers[] = { score->value, score->n, score->score, score->low, score->high };
	uint32_t crc = crc32c(0, score->what, strlen(score->what) + 1);

	crc = crc32c(crc, &score->stage, sizeof(score->stage));
	return check_numbers(crc, numbers, sizeof(numbers) / sizeof(numbers[0]));
}

static uint32_t check_stamp(const struct cache_stamp *stamp, struct cursor counts, int64_t n_scores)
{
	const uint64_t numbers[] = { (uint64_t)stamp->computed_us,
		                     (uint64_t)stamp->first_us,
		                     stamp->signature,
		                     stamp->late_rows,
		                     (uint64_t)stamp->late_day,
		                     (uint64_t)n_scores };
	uint32_t crc = crc32c(0, numbers, sizeof(numbers));

	return crc32c(crc, counts.at, cursor_left(&counts));
}

static void bind_run(sqlite3_stmt *s, const struct cache_run *r)
{
	cache_bind_text(s, 1, r->site);
	cache_bind_text(s, 2, r->timezone);
	cache_bind_text(s, 3, r->model);
	(void)sqlite3_bind_int64(s, 4, r->provisional);
	(void)sqlite3_bind_int64(s, 5, r->from_day);
	(void)sqlite3_bind_int64(s, 6, r->to_day);
}

/* The counts are copied: a statement that stays open holds what it saw, and nothing can be written
 * behind that once another program has (SQLITE_BUSY_SNAPSHOT). */
static int take_stamp(struct cache *c, sqlite3_stmt *s, struct cache_stamp *out,
                      struct cursor *counts)
{
	struct cursor stored = cache_blob_at(s, 5);

	buf_reset(&c->found);
	buf_add(&c->found, stored.at, cursor_left(&stored));
	if (c->found.failed) {
		return -ENOMEM;
	}
	*counts = cursor_of(c->found.data, c->found.len);
	*out = (struct cache_stamp){ .computed_us = sqlite3_column_int64(s, 0),
		                     .first_us = sqlite3_column_int64(s, 1),
		                     .signature = (uint64_t)sqlite3_column_int64(s, 2),
		                     .late_rows = (uint64_t)sqlite3_column_int64(s, 3),
		                     .late_day = (int32_t)sqlite3_column_int64(s, 4) };
	if (sqlite3_column_int64(s, 7) != check_stamp(out, *counts, sqlite3_column_int64(s, 6))) {
		return cache_damaged(c);
	}
	c->n_scores = sqlite3_column_int64(s, 6);
	return 1;
}

int cache_find_run(struct cache *c, const struct cache_run *r, struct cache_stamp *out,
                   struct cursor *counts)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_RUN_FIND);
	int step;
	int rc;

	if (s == NULL) {
		return cache_failed(c);
	}
	bind_run(s, r);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		rc = take_stamp(c, s, out, counts);
	} else {
		rc = step == SQLITE_DONE ? 0 : cache_failed(c);
	}
	(void)sqlite3_reset(s);
	return rc;
}

static void bind_number(sqlite3_stmt *s, int at, double v)
{
	if (isfinite(v)) {
		(void)sqlite3_bind_double(s, at, v);
	}
}

static int save_score(struct cache *c, const struct cache_run *r, const struct cache_score *score)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_SCORE_SAVE);
	const double numbers[] = { score->value, score->n, score->score, score->low, score->high };

	if (s == NULL) {
		return cache_failed(c);
	}
	bind_run(s, r);
	cache_bind_text(s, 7, score->what);
	for (int i = 0; i < 5; i++) {
		bind_number(s, 8 + i, numbers[i]);
	}
	(void)sqlite3_bind_int64(s, 13, score->stage);
	(void)sqlite3_bind_int64(s, 14, check_score(score));
	return cache_run_statement(c, s);
}

static int save_stamp(struct cache *c, const struct cache_run *r, const struct cache_stamp *stamp,
                      struct cursor counts, size_t n_scores)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_RUN_SAVE);

	if (s == NULL) {
		return cache_failed(c);
	}
	bind_run(s, r);
	(void)sqlite3_bind_int64(s, 7, stamp->computed_us);
	(void)sqlite3_bind_int64(s, 8, stamp->first_us);
	(void)sqlite3_bind_int64(s, 9, (int64_t)(stamp->signature));
	(void)sqlite3_bind_int64(s, 10, (int64_t)(stamp->late_rows));
	(void)sqlite3_bind_int64(s, 11, stamp->late_day);
	cache_bind_blob(s, 12, counts);
	(void)sqlite3_bind_int64(s, 13, (int64_t)n_scores);
	(void)sqlite3_bind_int64(s, 14, check_stamp(stamp, counts, (int64_t)n_scores));
	return cache_run_statement(c, s);
}

static int drop_scores(struct cache *c, const struct cache_run *r)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_SCORE_DROP);

	if (s == NULL) {
		return cache_failed(c);
	}
	bind_run(s, r);
	return cache_run_statement(c, s);
}

int cache_save_run(struct cache *c, const struct cache_run *r, const struct cache_stamp *stamp,
                   struct cursor counts, const struct cache_score *scores, size_t n)
{
	int rc = cache_begin(c);

	rc = rc != 0 ? rc : save_stamp(c, r, stamp, counts, n);
	rc = rc != 0 ? rc : drop_scores(c, r);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = save_score(c, r, &scores[i]);
	}
	return cache_end(c, rc);
}

static double number_at(sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) != SQLITE_NULL ? sqlite3_column_double(s, column)
	                                                     : NAN;
}

int cache_scores(struct cache *c, const struct cache_run *r, cache_score_fn each, void *arg)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_SCORES);
	int64_t n = 0;
	int step = SQLITE_ROW;
	int rc = 0;

	if (s == NULL) {
		return cache_failed(c);
	}
	bind_run(s, r);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		struct cache_score score = { .value = number_at(s, 1),
			                     .n = number_at(s, 2),
			                     .score = number_at(s, 3),
			                     .low = number_at(s, 4),
			                     .high = number_at(s, 5),
			                     .stage = sqlite3_column_int(s, 6) };

		(void)snprintf(score.what, sizeof(score.what), "%s",
		               (const char *)sqlite3_column_text(s, 0));
		rc = sqlite3_column_int64(s, 7) == check_score(&score) ? each(arg, &score)
		                                                       : cache_damaged(c);
		n++;
	}
	rc = rc == 0 && step != SQLITE_DONE ? cache_failed(c) : rc;
	rc = rc == 0 && n != c->n_scores ? cache_damaged(c) : rc;
	(void)sqlite3_reset(s);
	return rc;
}
