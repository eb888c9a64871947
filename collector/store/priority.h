/*
 * Which source goes before which where two tell the same observation: one table, for the store
 * (once.h), which lets a row count once, and for the reconciliation (cxmeter/reconcile.h), which
 * says where the two disagree. docs/reconcile.md has it in words, with the reasons.
 *
 * Two rows of a kind are the same observation when they agree in the fields of `same` and lie
 * within `apart_us` of one another on one UTC day: what a day adds up to is kept for as long as
 * nothing on that day changes (cxmeter/cache.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cxmeter/record.h"

#define PRIORITY_SOURCES_MAX  16 /* values of enum Source, proto/evidence.proto */
#define PRIORITY_SAME_MAX     6
#define PRIORITY_COMPARED_MAX 10

struct priority {
	/* by source: 1 goes first; 0: does not tell this kind, or each row of it counts */
	uint8_t rank[PRIORITY_SOURCES_MAX];
	/* also rows of one source on two hosts, the earlier first: packets that pass both */
	bool across_hosts;
	int64_t apart_us;
	const char *same[PRIORITY_SAME_MAX];         /* fields that agree; ends with NULL */
	const char *compared[PRIORITY_COMPARED_MAX]; /* fields both tell; ends with NULL */
};

/** NULL: rows of this kind are told by one source, or the kind counts rows of each by itself. */
const struct priority *priority_of(const struct cxm_kind *kind);
