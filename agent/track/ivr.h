/*
 * One visit of a caller to the self-service of a dialplan: which menus and tasks it went through,
 * what it came to, and how it ended. docs/sources/cel.md has the rules.
 *
 * A visit is a value without pointers, kept inside its call (call_state.h) and saved with it. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/cel.h"
#include "agent/track/call_rules.h"
#include "proto/evidence.pb-c.h"

#define IVR_PATH_BYTES 128
#define IVR_STEP_BYTES 48

struct ivr_visit {
	bool live;
	uint64_t leg; /* keyed hash of the unique id of the channel that is in it */
	int64_t at_us;
	int64_t answer_us; /* of the channel; 0: not seen */
	int64_t value_us;  /* first task or queue; 0: none yet */
	int64_t left_us;   /* for a person; 0: not yet */
	uint32_t steps;
	uint32_t invalid_inputs;
	uint32_t timeout_inputs;
	bool task_started;
	bool task_completed;
	bool zero_out;
	bool first_menu_only;
	bool identified;
	bool recognised;
	bool callback;
	uint64_t named_in; /* hash of the context in which an event named the step last; 0: none */
	char named[IVR_STEP_BYTES]; /* and the name */
	char flow[IVR_STEP_BYTES];
	char last_step[IVR_STEP_BYTES];
	char path[IVR_PATH_BYTES];
};

/** Does this event, on a channel that is in no visit, begin one? */
bool ivr_begins(const struct call_rules *rules, const struct cel_event *e);

void ivr_begin(struct ivr_visit *v, uint64_t leg, int64_t answer_us, const struct cel_event *e);

/** Take an event of the visit's channel, the one that began it included. */
void ivr_event(struct ivr_visit *v, const struct call_rules *rules, const struct cel_event *e);

/** The caller was sent into a queue: the visit is over. */
void ivr_queued(struct ivr_visit *v, const struct cel_event *e);

/* Who ended the channel of a visit. */
enum ivr_hangup { IVR_HANGUP_UNKNOWN, IVR_HANGUP_CALLER, IVR_HANGUP_US };

/** What a visit came to that ended with its channel. */
Cxm__SelfServiceVisit__Outcome ivr_outcome(const struct ivr_visit *v, enum ivr_hangup who);

/** Fill in what the visit says of itself; its texts are borrowed. Whose it is says the caller.
 * @param end_us  when it was over, unless the visit says that it was left before. */
void ivr_fill(const struct ivr_visit *v, Cxm__SelfServiceVisit__Outcome outcome, int64_t end_us,
              Cxm__SelfServiceVisit *out);

/** Write a step's name; digits in a row, which might be a number or a PIN, are not shown. */
void ivr_step_name(struct slice raw, char out[IVR_STEP_BYTES]);
