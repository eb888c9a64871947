/*
 * What the contexts and user events of a dialplan mean: the words of the cel source's
 * configuration.
 *
 * Every rule is a text of patterns with blanks between. In a pattern for a context, `*` stands for
 * any characters. In one for an event, NAME is a user event of that name, NAME=value one with that
 * text; both may have `*`. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

struct call_rules {
	/* contexts */
	const char *menus;
	const char *tasks;
	const char *operators;
	const char *surveys;
	const char *payments;
	const char *trunks;
	/* user events */
	const char *visit_events;
	const char *task_events;
	const char *done_events;
	const char *identified_events;
	const char *recognised_events;
	const char *invalid_events;
	const char *timeout_events;
	const char *operator_events;
	const char *callback_events;
	const char *offer_events;
	const char *survey_events;
	const char *payment_start_events;
	const char *payment_end_events;
	const char *call_id_events; /* the text is the Call-ID of a SIP dialog */
	/* MixMonitor or Monitor begin every recording: neither a queue nor the manager interface
	 * does */
	bool recordings_in_dialplan;
	/* the survey's question, as the dialplan asks it */
	const char *survey_kind; /* csat, nps, ces, fcr */
	int64_t survey_min;
	int64_t survey_max;
	int64_t callback_window_ms; /* 0: nothing was promised */
};

/** True when one of the patterns stands for the whole text; an empty text matches none. */
bool call_rules_match(const char *patterns, struct slice text);

/** The same for a user event and its text. */
bool call_rules_event(const char *patterns, struct slice name, struct slice value);

/** What the trailing `*` of the first pattern that matches stands for; the text itself where it
 * has none, or stands for nothing. */
struct slice call_rules_rest(const char *patterns, struct slice text);
