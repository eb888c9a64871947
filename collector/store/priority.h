/*
 * Which source goes before which where two tell the same observation: one table, for the store
 * (once.h), which lets a row count once, and for the reconciliation (cxmeter/reconcile.h), which
 * says where the two disagree. docs/reconcile.md has it in words, with the reasons.
 *
 * Two rows of a kind are the same observation when they agree in the fields of `same` and lie near
 * one another on one UTC day: what a day adds up to is kept for as long as nothing on that day
 * changes (cxmeter/cache.h). Near are moments within `apart_us` of one another; of a kind whose
 * rows last, stretches less than `apart_us` apart that begin within `reach_us` of one another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxmeter/record.h"

#define PRIORITY_SOURCES_MAX  16 /* values of enum Source, proto/evidence.proto */
#define PRIORITY_ORDER_MAX    8
#define PRIORITY_SAME_MAX     6
#define PRIORITY_COMPARED_MAX 10

struct priority {
	uint8_t order[PRIORITY_ORDER_MAX]; /* sources, the first goes first; ends with 0. A row of
	                                      any other counts by itself */
	/* Also rows of one source: on two hosts, or seen at two places of one host while the other
	 * lasts (up to its seen_us). The earlier goes first: it was seen nearer to the caller. */
	bool again;
	int64_t apart_us;
	int64_t reach_us;      /* 0: a row is a moment */
	const char *lasts;     /* field that says how long, in ms */
	int64_t lasts_else_ms; /* where it does not */
	/* Field with which a row of the first source claims something for as long as it lasts.
	 * Where another says no of a longer stretch the claim does not reach, and the row stands
	 * back. */
	const char *claims;
	int64_t claim_slack_us;                      /* so much longer at either end is not */
	const char *same[PRIORITY_SAME_MAX];         /* fields that agree; ends with NULL */
	const char *compared[PRIORITY_COMPARED_MAX]; /* fields both tell; ends with NULL */
};

/** NULL: rows of this kind are told by one source, or the kind counts rows of each by itself. */
const struct priority *priority_of(const struct cxm_kind *kind);

/** @return 1 for the source that goes first, 0 for one that is not in the order. */
unsigned priority_rank(const struct priority *p, int64_t source);

/** How far apart the beginnings of two rows of one observation may lie [us]. */
int64_t priority_reach_us(const struct priority *p);

/** Do twins lie so far apart that they are to be looked for by contact, in the index
 * <table>_twins (schema.c), and not by time? */
bool priority_by_contact(const struct priority *p);
