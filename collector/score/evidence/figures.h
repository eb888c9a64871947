/*
 * What one evidence block says of one window, kept beside the parts of its days: where nothing of
 * what it rests on has changed, neither rows nor parts are read. Private to the scoring engine.
 *
 * A figure is believed by the same model, indicator, method and window only, whose description is
 * kept with it word for word, and as long as no row has been stored or replaced on any day that the
 * block reads. Of one indicator, method and length of window two are kept: the window scored last
 * and the one before it.
 */
#pragma once

#include "collector/score/evidence/gather.h"
#include "common/cursor.h"

struct figure {
	const struct model *model;
	const struct model_indicator *is; /* its evidence and interval are the ones in use */
	const struct tally_source *from;
	int64_t left_out; /* newest days, too recent to be judged */
};

/** @return true: `out` is what figure_keep got. Only where from->parts is set. */
bool figure_recall(const struct figure *f, struct estimate *out);

/** On disk with the parts. What cannot be kept is made again next time. */
void figure_keep(const struct figure *f, const struct estimate *got);

/* ---- as bytes, which may be anybody's: the words that describe it, then the numbers ---- */

void figure_write(const char *words, const struct estimate *got, struct buf *out);

/** @return false when it is none, or is described in other words; `out` is of no use then. */
bool figure_read(const char *words, const struct cxm_catalog *catalog, struct cursor data,
                 struct estimate *out);
