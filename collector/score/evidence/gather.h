/*
 * Gathering what the days of one indicator hold: the helpers from which a named estimator's
 * `gather` is written. Private to the scoring engine.
 *
 * Every helper adds to g->to for the days g->first .. g->last, returns 0 or -errno (explained in
 * g->fault), and has a named limit past which it refuses, because leaving rows out would falsify
 * the figure.
 */
#pragma once

#include "collector/score/estimators/estimator.h"

#define TALLY_CELLS_MAX        ((size_t)1024 * 1024)     /* distinct (value, day) pairs: 32 MiB */
#define TALLY_SLOTS_MAX        ((size_t)512 * 1024)      /* 40 MiB */
#define TALLY_ITEMS_MAX        ((size_t)4 * 1024 * 1024) /* 224 MiB */
#define TALLY_LABELS_MAX       4096
#define GATHER_ARENA_MAX_BYTES ((size_t)1024 * 1024)

struct parts;

struct tally_source {
	struct store *store;
	const char *site;
	const struct score_window *window;
	const struct parts *parts; /* of days gathered before; NULL: none */
};

/* One run of consecutive days of one block being gathered. */
struct gather {
	const struct model_indicator *is;
	const struct model_evidence *e;
	const struct model_rules *rules;
	const struct tally_source *from; /* store, site, window */
	struct tallies *to;
	const int64_t *starts_us; /* of every day of to->days, and the end of the last */
	size_t first;             /* days of this run, indices into to->days, both included */
	size_t last;
	struct arena arena; /* of expressions made on the way; freed by the caller */
	struct fault *fault;
};

/** The kind that a descriptor stands for, which must be one of the block's reads. */
const struct cxm_kind *gather_kind(const struct gather *g, const ProtobufCMessageDescriptor *pb);

/** The day of g on which an instant falls; SIZE_MAX when it is none of first .. last. */
size_t gather_day_of(const struct gather *g, int64_t at_us);

/** An expression over a kind made on the way: for definitions that docs/model.md fixes, or with a
 * number that is only known now. A text that does not parse is our own mistake: -EINVAL. */
int gather_expr(struct gather *g, const struct cxm_kind *kind, enum expr_type want,
                const struct expr **out, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/** Count rows seen of a kind of `reads` on a day. */
void gather_seen(struct gather *g, size_t day, const struct cxm_kind *kind, uint64_t rows);

/** Count all rows of a kind on each day as seen: one count(*) a day. */
int gather_count_seen(struct gather *g, const struct cxm_kind *kind);

/** As ask and add would: the block's own expressions, day by day. */
int gather_tally(struct gather *g);

/* Sums by label and slot, one GROUP BY a day. */
struct gather_sums {
	const struct cxm_kind *kind;
	const struct expr *of;         /* NULL: all */
	const struct cxm_field *label; /* NULL: one label, "" */
	const struct expr *sums[STORE_SUMS_MAX];
	size_t n_sums;
	size_t at;      /* the first sum lands in sums[at]; the count of rows in sums[count_at] */
	int count_at;   /* -1: nowhere */
	bool whole_day; /* no slots: everything lands in slot 0 */
};
int gather_slots(struct gather *g, const struct gather_sums *q);

/** Add to one slot, which is made when it is not there. */
int gather_add_slot(struct gather *g, size_t day, uint32_t slot, struct slice label, size_t at,
                    double value);

/** Add the part of a stretch of time that lies in each slot of g's days, in milliseconds. */
int gather_add_stretch(struct gather *g, int64_t from_us, int64_t to_us, struct slice label,
                       size_t at);

int gather_add_item(struct gather *g, const struct tally_item *item);
int gather_add_cell(struct gather *g, const struct stats_cell *cell);

/** Rows of a kind whose at_us lies from `before_us` before the run to `after_us` after it. The
 * message is of the kind's own C struct, borrowed for the call. Not 0 stops. */
typedef int (*gather_row_fn)(struct gather *g, void *arg, const ProtobufCMessage *m);
int gather_rows(struct gather *g, const struct cxm_kind *kind, gather_row_fn each, void *arg);

/** The same, but only columns; range.kind is given, the rest of the range is filled in here. */
typedef int (*gather_columns_fn)(struct gather *g, void *arg, const struct store_columns_row *row);
int gather_columns(struct gather *g, struct store_columns *q, gather_columns_fn each, void *arg);

/** Explain what a callback of ours found wrong (-E2BIG, -ENOMEM); the store explained the rest. */
int tally_explain(int rc, const struct model_evidence *e, struct fault *fault);

/** The label's text of a slot. */
const char *tally_label(const struct tallies *t, uint32_t label);
