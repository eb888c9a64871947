/*
 * One observation that two sources have told: which of the rows counts. A survey answer stands in
 * the channel events and in the survey tool's file, a contact in queue_log and in a file of
 * contacts; both have reached the PBX by the same channel, so both carry its contact. An attempt to
 * call is seen on the wire and mirrored by the PBX, under one Call-ID and tag.
 *
 * A row stands back behind another of its kind that agrees in the named fields, lies within
 * `apart_us` of it on the same UTC day, and counts as well for what is asked. The last condition
 * keeps what only one of them knows (a disposition, a call back). The same day, because what a day
 * adds up to is kept for as long as nothing on that day changes (cxmeter/cache.h).
 */
#pragma once

#include <sqlite3.h>

#include "common/buf.h"
#include "cxmeter/record.h"
#include "proto/expr.h"

#define ONCE_SAME_MAX    3
#define ONCE_SOURCES_MAX 16 /* values of enum Source, proto/evidence.proto */

struct once_rule {
	/* by source: a row stands back behind one whose source has a smaller number here */
	uint8_t back[ONCE_SOURCES_MAX];
	int64_t apart_us;
	const char *same[ONCE_SAME_MAX]; /* fields that agree */
};

/** NULL: rows of this kind are told by one source, or the kind counts rows of each by itself. */
const struct once_rule *once_rule_of(const struct cxm_kind *kind);

/* What a row needs so that it counts; what is NULL is not asked for. */
struct once_needs {
	const struct expr *of;
	const struct expr *known;
	const struct cxm_field *present;
};

/** Append `"source" ... AND EXISTS(...)`: true for a row of the rule's kind that stands back. */
void once_stands_back(struct buf *sql, const struct cxm_kind *kind, const struct once_needs *needs);

/** Append ` AND NOT(...)` around that where the kind has a rule, else nothing. */
void once_only(struct buf *sql, const struct cxm_kind *kind, const struct once_needs *needs);

/** Bind the constants of what once_only wrote. @return SQLITE_OK or what SQLite says. */
int once_bind(sqlite3_stmt *stmt, int *next, const struct cxm_kind *kind,
              const struct once_needs *needs);
