/* How staffing_gather.c writes what staffing_lay.c reads. */
#pragma once

#include "collector/score/estimators/staffing.h"

/* Sums of a slot of a queue. */
enum {
	STAFFING_ARRIVALS,
	STAFFING_HANDLED,
	STAFFING_TALK_MS,
	STAFFING_HOLD_MS,
	STAFFING_WRAP_MS,
	STAFFING_ABANDONED,
	STAFFING_WAIT_MS,
};

/* Items: an agent (a) of a queue (b); an agent (a) present in a slot (b) for x[0] ms; a target of a
 * queue (a) since (b): share x[0] within x[1] ms. */
enum { STAFFING_MEMBER, STAFFING_PRESENT, STAFFING_TARGET };
