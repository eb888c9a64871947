/*
 * What changed around the figures: declared targets, queues that appeared or fell silent, and the
 * model that scores them. A figure that got better on the day its target, its queues or its model
 * changed is read differently (docs/scoring.md, "Change log").
 */
#pragma once

#include "cxmeter/cache.h"
#include "cxmeter/score.h"

#define CHANGES_MAX        4096 /* changes listed and targets held; more are counted */
#define CHANGES_QUIET_DAYS 7    /* without a contact, while the site has some, a queue is gone */

enum change_kind {
	CHANGE_TARGET_DECLARED, /* the first for this queue and metric */
	CHANGE_TARGET_CHANGED,
	CHANGE_TARGET_ENDED, /* and none followed */
	CHANGE_QUEUE_APPEARED,
	CHANGE_QUEUE_VANISHED,
	CHANGE_MODEL, /* scored with another model than before */
	CHANGE_KINDS,
};

struct change_target {
	double value;        /* NAN: not said */
	double threshold_ms; /* T of a service level; NAN: not said */
};

struct score_change {
	int32_t day; /* on which it held for the first time */
	enum change_kind kind;
	char queue[CXM_LABEL_MAX_BYTES + 1]; /* "*": all of them */
	char metric[CXM_LABEL_MAX_BYTES + 1];
	struct change_target before;
	struct change_target now;
	int32_t told_day;       /* a target: when it was received; 0: not known */
	struct cache_model was; /* CHANGE_MODEL */
	struct cache_model is;
};

struct score_changes {
	char site[STORE_NAME_MAX + 1];
	struct score_window window;
	bool simulated;          /* made-up evidence; every page says so */
	struct score_change *at; /* owned; by day, then queue, metric and kind */
	size_t n;
	uint64_t left_out; /* past CHANGES_MAX */
};

/** Changes inside the window of a request; of models, which the cache of the request knows, also
 * those after its last day: they are of the day of scoring, and all windows are scored anew.
 * @return as score_site. */
int score_changes_of(struct score_changes *out, const struct model *m, struct store *st,
                     const struct score_request *request, struct fault *fault);
void score_changes_free(struct score_changes *changes);

/** "target_changed" and so on. */
const char *score_change_name(enum change_kind kind);
