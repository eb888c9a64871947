/* Contacts of each queue and day, and what the plan of the day before expected. */
#pragma once

#include "collector/score/evidence/gather.h"

/* Sums of a slot; slot 0 is the whole day. */
enum { FORECASTS_ACTUAL, FORECASTS_EXPECTED, FORECASTS_KNOWN /* forecasts that went in */ };

/** Offered contacts, and the volumes last published 24 h or more before the day began. */
int forecasts_gather(struct gather *g);
