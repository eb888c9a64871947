/* A store of the product's records, written as text, and the built-in model over it, for tests of
 * scores. */
#pragma once

#include "common/buf.h"
#include "cxmeter/score.h"
#include "tests/support/temp.h"

#define SCORE_WORLD_SITE "nord"

struct score_world {
	struct temp temp;
	const struct cxm_catalog *catalog;
	struct store *store;
	struct model *model;
	struct arena arena;
	struct buf records; /* the batch in hand */
	uint32_t count;
	uint64_t next_sequence;
	struct fault fault;
	struct store_ops ops; /* the store's own, but for `received` */
};

/** For cmocka: `*state` becomes a struct score_world. */
int score_world_set_up(void **state);
int score_world_tear_down(void **state);

/** Append a record of a kind, written as record_of reads it, to the batch in hand. */
void score_world_add(struct score_world *w, const char *kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Put the batch in hand; it must be accepted. */
void score_world_put(struct score_world *w);

/** From now on the store says that evidence came last at so many microseconds. Until then it says
 * nothing, so no test depends on the clock of the machine. */
void score_world_receive(struct score_world *w, int64_t at_us);

/** A request for the site in UTC with no window named. */
struct score_request score_world_request(void);

/** Score; the request must be served. The caller frees it. */
struct scorecard *score_world_card(struct score_world *w, const struct score_request *request);

/** What the card says of one indicator, which it must have. */
const struct scored *score_world_of(const struct scorecard *card, const char *id);

/** The built-in model with the first occurrence of a text replaced; it must load. */
struct model *score_world_model(const struct score_world *w, const char *find, const char *by);

/** Midnight (UTC) of a day, in microseconds: "2026-11-22". */
int64_t score_world_day_us(const char *date);
int32_t score_world_day(const char *date);
