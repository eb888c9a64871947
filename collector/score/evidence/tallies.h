/*
 * The typed arrays in which the days of one indicator lie: growing, sorting, taking apart. Knows no
 * store and no estimator. Private to the scoring engine.
 */
#pragma once

#include "collector/score/evidence/gather.h"

/* Each: 0, -ENOMEM, or -E2BIG at the limit of gather.h. */
int tallies_add_cell(struct tallies *t, const struct stats_cell *cell);
int tallies_add_item(struct tallies *t, const struct tally_item *item);

/** The slot of a day and label, made with sums of 0 when it is not there; borrowed until the next
 * is made. @return 0 or as above. */
int tallies_slot(struct tallies *t, uint32_t day, uint32_t slot, uint32_t label,
                 struct tally_slot **out);

/** Add a slot that is surely not there yet. As above. */
int tallies_append_slot(struct tallies *t, uint32_t day, uint32_t slot, uint32_t label,
                        struct tally_slot **out);

/** The number of a label, which is made when it is not there. @return 0 or as above. */
int tallies_label(struct tallies *t, struct slice text, uint32_t *out);

/** The order that estimators may rely on (struct tallies); labels are renumbered by their texts. */
void tallies_sort(struct tallies *t);

/** One day of sorted tallies as tallies of their own, day 0 being that day. @return 0 or -ENOMEM;
 * the caller frees `out`, also on failure. */
int tallies_day(const struct tallies *t, size_t day, struct tallies *out);

/** The slots of one label as tallies of their own; days[] stay empty. As above. */
int tallies_of_label(const struct tallies *t, uint32_t label, struct tallies *out);

void tally_free(struct tallies *t);
