/*
 * The built-in model over a few records written by hand: what one indicator makes of them. For
 * tables of cases; see cases.h.
 *
 *   Survey survey_id=#7 kind=csat value=4 scale_min=1 scale_max=5
 *
 * Kind, then fields as record_of reads them; `#7` is an identity of 16 hexadecimal digits. A row
 * that names no at_us gets SCORE_ROWS_AT and one second more for each row before it, so rows are
 * told apart by their time where nothing else differs. Times may be written as
 * 2026-11-03T10:00:00Z.
 */
#pragma once

#include "tests/support/score_world.h"

#define SCORE_ROWS_MAX 24
#define SCORE_ROWS_AT  "2026-11-03T10:00:00Z"

struct score_rows_case {
	const char *name;
	const char *id;     /* of the indicator */
	double value;       /* NAN: there is none */
	double n;           /* what it rests on */
	enum score_why why; /* of the estimate, before it is judged; WHY_NOTHING */
	const char *rows[SCORE_ROWS_MAX];
};

/** Put the rows of a case into a store of its own, score, and compare. `*state` is the case. */
void score_rows_check(void **state);
