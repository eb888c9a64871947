/* A fixed scorecard over the built-in model: site Nord of docs/scoring.md's worked example. No
 * clock, no store; the model's hash is replaced, so that only what is printed decides. */
#pragma once

#include "cxmeter/changes.h"

struct nord {
	struct model *model;
	struct scorecard card;
	struct scored_area areas[MODEL_AREAS_MAX];
	struct scored indicators[MODEL_AREAS_MAX][MODEL_INDICATORS_MAX];
	struct scored context[MODEL_INDICATORS_MAX];
	bool whole;
	struct score_changes changes;
	struct score_declared declared;
	struct score_change change[6];
};

/* How much evidence there is. */
enum nord_evidence {
	NORD_MONTH, /* 28 days of queues, packets and a host's security */
	NORD_DAY,   /* one day of one queue log */
	NORD_WHOLE, /* 28 days of everything there is, with a conflict and a statement */
};

struct nord *nord_new(enum nord_evidence evidence, bool provisional);
void nord_free(struct nord *n);

/** Days and queues of the service level, with cells too small to show. */
void nord_detail(const struct nord *n, struct score_detail *out);
