/* With which models a site has been scored, in the order in which they came: what the change log
 * says of models. It cannot be computed again, so it outlives the other tables. Each row carries a
 * CRC-32C: one that is not what was written is left out and told as damage. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/cache_file.h"
#include "common/crc32c.h"

static uint32_t check_of(const char *site, const struct cache_model *model)
{
	uint32_t crc = crc32c(0, site, strlen(site) + 1);

	crc = crc32c(crc, model->version, strlen(model->version) + 1);
	crc = crc32c(crc, model->sha256, strlen(model->sha256) + 1);
	return crc32c(crc, &model->since_us, sizeof(model->since_us));
}

/* @return 1, 0 or -errno */
static int is_last(struct cache *c, const char *site, const char *sha256)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_MODEL_LAST);
	const char *last;
	int step;
	int rc = 0;

	if (s == NULL) {
		return cache_failed(c);
	}
	cache_bind_text(s, 1, site);
	step = sqlite3_step(s);
	if (step == SQLITE_ROW) {
		last = (const char *)sqlite3_column_text(s, 0);
		rc = last != NULL && strcmp(last, sha256) == 0;
	} else if (step != SQLITE_DONE) {
		rc = cache_failed(c);
	}
	(void)sqlite3_reset(s);
	return rc;
}

static int add(struct cache *c, const char *site, const struct cache_model *model)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_MODEL_ADD);
	int rc;

	if (s == NULL) {
		return cache_failed(c);
	}
	cache_bind_text(s, 1, site);
	cache_bind_text(s, 2, model->version);
	cache_bind_text(s, 3, model->sha256);
	(void)sqlite3_bind_int64(s, 4, model->since_us);
	(void)sqlite3_bind_int64(s, 5, check_of(site, model));
	rc = cache_run_statement(c, s);
	s = rc == 0 ? cache_ready(c, CACHE_MODEL_TRIM) : NULL;
	if (s == NULL) {
		return rc != 0 ? rc : cache_failed(c);
	}
	cache_bind_text(s, 1, site);
	(void)sqlite3_bind_int64(s, 2, CACHE_MODELS_MAX);
	return cache_run_statement(c, s);
}

int cache_note_model(struct cache *c, const char *site, const struct cache_model *model)
{
	int rc = is_last(c, site, model->sha256);

	if (rc != 0) {
		return rc > 0 ? 0 : rc;
	}
	rc = cache_begin(c);
	return rc != 0 ? rc : cache_end(c, add(c, site, model));
}

static void copy_text(char *out, size_t size, sqlite3_stmt *s, int column)
{
	const unsigned char *text = sqlite3_column_text(s, column);

	(void)snprintf(out, size, "%s", text != NULL ? (const char *)text : "");
}

int cache_models(struct cache *c, const char *site, cache_model_fn each, void *arg)
{
	sqlite3_stmt *s = cache_ready(c, CACHE_MODELS);
	int step = SQLITE_ROW;
	int rc = 0;

	if (s == NULL) {
		return cache_failed(c);
	}
	cache_bind_text(s, 1, site);
	while (rc == 0 && (step = sqlite3_step(s)) == SQLITE_ROW) {
		struct cache_model model = { .since_us = sqlite3_column_int64(s, 2) };

		copy_text(model.version, sizeof(model.version), s, 0);
		copy_text(model.sha256, sizeof(model.sha256), s, 1);
		if (sqlite3_column_type(s, 3) != SQLITE_NULL &&
		    sqlite3_column_int64(s, 3) != check_of(site, &model)) {
			(void)cache_damaged(c); /* the others are as they were */
			continue;
		}
		rc = each(arg, &model);
	}
	rc = rc == 0 && step != SQLITE_DONE ? cache_failed(c) : rc;
	(void)sqlite3_reset(s);
	return rc;
}
