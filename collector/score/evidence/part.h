/*
 * One day's part of an indicator's tallies as bytes, and back: the only place that knows how every
 * estimator's days are kept. Little endian, doubles as their bits; a part of another form or cut
 * short is refused, because the file it comes from may be anybody's.
 */
#pragma once

#include "collector/score/evidence/tallies.h"
#include "common/buf.h"

#define PART_FORM         1
#define PART_FORM_SAMPLED 2 /* with what was seen of a share of the calls behind it */
#define PART_MAX_BYTES    ((size_t)256 * 1024 * 1024)

/** Append one day of tallies that are sorted. */
void part_write(const struct tallies *t, size_t day, struct buf *out);

/** Add a part to a day of tallies. @return 0; -EBADMSG when it is none; -ENOMEM, -E2BIG. After a
 * failure the tallies are of no use. */
int part_read(struct tallies *t, size_t day, struct cursor data);
