/* The parts of the conformance suite; for its own files. */
#pragma once

#include "tests/support/cases.h"
#include "tests/support/store_world.h"

/* Each adds its tests; the initial state of one is its row of a table of cases, or NULL. */
void conform_rows(struct cases *c);
void conform_doubt(struct cases *c);
void conform_read(struct cases *c);
void conform_readers(struct cases *c);
void conform_tally(struct cases *c);
void conform_columns(struct cases *c);
void conform_once(struct cases *c);

/** Five rows of Probe in one batch, whose hosts are a z c d e in key order; at T0 + 1, three at
 * T0 + 2, and T0 + 3. */
void conform_add_five_rows(struct store_world *w);
