/*
 * Rows and the rows of other kinds that belong to them: evidence blocks with relate, only, except.
 * Private to the scoring engine.
 *
 * The left rows of a run of days lie in memory, sorted by key and time; the rows of the other kind
 * stream past once, in the order of their time, so the first that fits is the nearest. No sort and
 * no table on the right side, and each left row is left behind as soon as it has found its own.
 */
#pragma once

#include "collector/score/evidence/gather.h"

#define RELATE_ROWS_MAX ((size_t)2 * 1024 * 1024) /* left rows of one run: 224 MiB */

/** True for a block that says relate, only or except. */
bool relate_needed(const struct model_evidence *e);

/** Gather such a block for ratio (days), quantile and kaplan_meier (cells). */
int relate_gather(struct gather *g);
