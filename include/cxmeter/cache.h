/*
 * What has been computed from evidence and can be computed again: the parts of single days, and the
 * scores of days. Kept in a file of its own beside the evidence (<evidence>.scores), which may be
 * deleted at any time. Any number of programs may have it open; one that cannot write it, or finds
 * it busy, goes on without.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/cursor.h"
#include "common/fault.h"

struct cache;

/** Open the cache of a store, by the store's URL. @return 0; -ENOTSUP for a store without a file,
 * -errno when it can neither be made nor read: go on without it. */
int cxm_cache_open(struct cache **out, const char *store_url, struct fault *fault);
void cxm_cache_close(struct cache *c);

/** What was wrong with the file, and what to do: once; NULL when there is nothing (more) to say. No
 * score is any different for it. */
const char *cache_trouble(struct cache *c);

struct cache_counts {
	uint64_t pruned;  /* parts dropped because the file was above its limit */
	uint64_t refused; /* parts too large to be kept */
	uint64_t damaged; /* parts, runs or pages that were not what had been written */
};
struct cache_counts cache_counts(const struct cache *c);

/** Another limit than 1 GiB. Above it the parts kept longest ago go; the newest commit stays. */
void cache_limit(struct cache *c, uint64_t limit_bytes);

/* ---- parts of days ---- */

/* What a part belongs to. `hash` is of its definition and of the program's form of parts. A figure
 * of a whole window is kept as a part too; its `day` is a place of the keeper's own. */
struct cache_key {
	uint64_t hash;
	const char *site;
	const char *timezone;
};

/** One part: the signature says of which evidence. Not 0 stops. */
typedef int (*cache_part_fn)(void *arg, int32_t day, uint64_t signature, struct cursor data);

/** Parts of the days from_day .. to_day, ascending. @return 0, what `each` returned, or -errno. */
int cache_load(struct cache *c, const struct cache_key *key, const int32_t days[2],
               cache_part_fn each, void *arg);

/** Keep a part, in place of an older one. It is collected in memory (64 MiB, then written), and on
 * disk after cache_commit. */
int cache_keep(struct cache *c, const struct cache_key *key, int32_t day, uint64_t signature,
               struct cursor data);

/** Write what was kept. @return 0 or -errno: then nothing of it is kept. */
int cache_commit(struct cache *c);

/* ---- scores of days ---- */

#define CACHE_WHAT_MAX 64

/* A whole scorecard of one window. */
struct cache_run {
	const char *site;
	const char *timezone;
	const char *model; /* sha256 */
	bool provisional;
	int32_t from_day;
	int32_t to_day; /* the day whose score it is */
};

/* One number of it. NAN: not assessed. */
struct cache_score {
	char what[CACHE_WHAT_MAX]; /* id of an area or an indicator */
	double value;              /* of an indicator */
	double n;
	double score;
	double low;
	double high;
	int stage;
};

/* When and over what it was computed. */
struct cache_stamp {
	int64_t computed_us;
	int64_t first_us;   /* the first time */
	uint64_t signature; /* of the evidence */
	uint64_t late_rows; /* came after it had been computed before; 0: none */
	int32_t late_day;   /* most of them were for this day */
};

/** @return 1, 0 when it has not been computed, -errno. `counts` (rows by day, as cache_save_run got
 * it) is borrowed until the next call. */
int cache_find_run(struct cache *c, const struct cache_run *run, struct cache_stamp *out,
                   struct cursor *counts);

/** Keep a run with its scores in place of an older one; on disk when it returns 0. */
int cache_save_run(struct cache *c, const struct cache_run *run, const struct cache_stamp *stamp,
                   struct cursor counts, const struct cache_score *scores, size_t n);

/** All scores of the run that cache_find_run found last. Not 0 stops; -EBADMSG: damaged, use none
 * of them. */
typedef int (*cache_score_fn)(void *arg, const struct cache_score *score);
int cache_scores(struct cache *c, const struct cache_run *run, cache_score_fn each, void *arg);

/* ---- models ---- */

#define CACHE_MODELS_MAX    256 /* of a site; the oldest goes */
#define CACHE_VERSION_BYTES 32

/* A model that a site was scored with, until the next one. */
struct cache_model {
	char version[CACHE_VERSION_BYTES];
	char sha256[65];
	int64_t since_us; /* the first time that it was */
};

/** Note with which model a site is scored now; nothing where it is the same as last time. On disk
 * when it returns 0. @return 0 or -errno. */
int cache_note_model(struct cache *c, const char *site, const struct cache_model *model);

/** Models of a site in the order in which they came, without those that are not as they were
 * written, which count as damaged. Not 0 stops. */
typedef int (*cache_model_fn)(void *arg, const struct cache_model *model);
int cache_models(struct cache *c, const char *site, cache_model_fn each, void *arg);
