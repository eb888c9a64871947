/*
 * Where sources disagree: every observation that two of them tell, field by field, and what only
 * one of them tells while the other was there. A pure function of the stored rows: the same rows in
 * any order give the same answer. docs/reconcile.md has the rules; which source counts is
 * collector/store/priority.h's.
 */
#pragma once

#include "common/arena.h"
#include "cxmeter/score.h"
#include "proto/evidence.pb-c.h"

#define RECONCILE_ROWS_MAX      ((size_t)1024 * 1024) /* of one kind, held at one time */
#define RECONCILE_CONFLICTS_MAX ((size_t)100 * 1000)  /* listed; the rest is counted */
#define RECONCILE_PAIRS_MAX     256
#define RECONCILE_FIELDS_MAX    10
#define RECONCILE_CONTACT       "Contact" /* QueueContact held against Call, contact by contact */
#define RECONCILE_TOLD          "told"    /* the field of what only one source tells */
#define RECONCILE_TOLERANCE_US  INT64_C(1000000) /* logs that write whole seconds */

/* Why two sources differ, or why one of them says nothing. */
enum reconcile_reason {
	RECONCILE_UNEXPLAINED,
	RECONCILE_END_NOT_SEEN, /* one of them never saw the end of the contact */
	RECONCILE_REFUSED,      /* refused by a full or empty queue: queue_log has no line for it */
	/* these are no disagreement: the other source could not know */
	RECONCILE_GAP,       /* it has a Gap then */
	RECONCILE_NOT_THERE, /* it tells nothing so early, or nothing so late */
	RECONCILE_REASONS,
};

/** "unexplained" and so on. */
const char *reconcile_reason_name(enum reconcile_reason reason);

struct reconcile_field {
	const char *name;
	uint64_t differ[RECONCILE_REASONS];
};

/* Two sources of one kind: told = both + all of `only`, and likewise for the other. Where they are
 * one source: what it saw again at another place, held against the first sight. */
struct reconcile_pair {
	const char *record; /* name of the kind, or RECONCILE_CONTACT */
	Cxm__Source source; /* the one that counts */
	Cxm__Source other;
	uint64_t told; /* observations */
	uint64_t other_told;
	uint64_t both;
	uint64_t agree; /* of both: in every field that both know */
	uint64_t only[RECONCILE_REASONS];
	uint64_t other_only[RECONCILE_REASONS];
	struct reconcile_field fields[RECONCILE_FIELDS_MAX];
	size_t n_fields;
};

struct reconciliation {
	char site[STORE_NAME_MAX + 1];
	struct score_window window;
	bool simulated; /* made-up evidence; every page says so */
	struct reconcile_pair pairs[RECONCILE_PAIRS_MAX];
	size_t n_pairs;
	Cxm__Reconciliation
		*conflicts; /* owned, in the order of their keys; texts lie in `arena` */
	size_t n_conflicts;
	uint64_t left_out; /* past RECONCILE_CONFLICTS_MAX */
	struct arena arena;
};

/**
 * Hold all sources of a site against one another over the window of a request.
 * @return as score_site; -E2BIG, explained, when a kind has more than RECONCILE_ROWS_MAX rows.
 */
int reconcile_site(struct reconciliation **out, const struct model *m, struct store *st,
                   const struct score_request *request, const struct cxm_catalog *catalog,
                   struct fault *fault);
void reconciliation_free(struct reconciliation *r);

/**
 * Of one kind in one range: how many observations two sources tell, and how many of them they tell
 * differently.
 * @return 0, or as reconcile_site.
 */
int reconcile_count(uint64_t *both, uint64_t *differ_in, struct store *st,
                    const struct store_range *range, struct fault *fault);
