/*
 * How long to bear with a store that cannot write: try again in short order for a few seconds, in
 * which connections wait; then send everybody away with a time to come back, and try again with
 * whoever does. Pure: time comes in, decisions go out.
 *
 * Records are safe with the agents meanwhile; holding them here would only hold memory and leave
 * agents waiting for an answer that does not come.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TROUBLE_PATIENCE_US   INT64_C(5000000) /* below one heartbeat, so no agent gives up */
#define TROUBLE_TRY_MIN_MS    50
#define TROUBLE_TRY_MAX_MS    1000
#define TROUBLE_REFUSE_MIN_MS 5000
#define TROUBLE_REFUSE_MAX_MS 30000
#define TROUBLE_SAY_US        INT64_C(60000000)

struct trouble {
	int64_t since_us; /* first failure; 0: all is well */
	int64_t said_us;  /* when it was last logged; 0: never */
	int64_t refuse_until_us;
	int64_t try_ms; /* next wait, doubled each time */
	int64_t refuse_ms;
};

/** The store failed. @return milliseconds until it should be tried again, or -1: send everybody
 * away. */
int64_t trouble_failed(struct trouble *t, int64_t now_us);

/** Milliseconds for which everybody is to be sent away still; 0: the store may be tried. */
int64_t trouble_refusing(const struct trouble *t, int64_t now_us);

/** Is it time to tell the operator? Once a minute. */
bool trouble_worth_saying(struct trouble *t, int64_t now_us);

/** The store works. @return for how long it had not [ms], 0 when it always has. */
int64_t trouble_over(struct trouble *t, int64_t now_us);
