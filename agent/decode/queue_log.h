/*
 * One line of Asterisk's queue_log: epoch|uniqueid|queue|agent|verb|args...
 *
 * Format: Asterisk documentation, "Queue Logs"; what real logs hold beyond it (fractional epochs,
 * surplus bars in the last field, carriage returns, verbs of the dialplan's own, names in any
 * encoding) was learnt from recordings. Pure: the decoded line borrows from its input, nothing is
 * copied, nothing is normalised.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

/* ATTENDEDTRANSFER|LINK|channel|channel|hold|talk|position has the most that Asterisk writes (6) */
#define QUEUE_LINE_ARGS_MAX 8

/* Digits of whole seconds beyond 2100-01-01 are damage, not time */
#define QUEUE_LINE_MAX_S INT64_C(4102444800)

enum queue_verb {
	QUEUE_VERB_OTHER, /* not Asterisk's: written by QueueLog() in the dialplan or by another
	                     tool */
	QUEUE_VERB_ENTERQUEUE,
	QUEUE_VERB_CONNECT,
	QUEUE_VERB_COMPLETEAGENT,
	QUEUE_VERB_COMPLETECALLER,
	QUEUE_VERB_ABANDON,
	QUEUE_VERB_EXITWITHTIMEOUT,
	QUEUE_VERB_EXITWITHKEY,
	QUEUE_VERB_EXITEMPTY,
	QUEUE_VERB_RINGNOANSWER,
	QUEUE_VERB_RINGCANCELED,
	QUEUE_VERB_AGENTDUMP,
	QUEUE_VERB_BLINDTRANSFER,
	QUEUE_VERB_ATTENDEDTRANSFER,
	QUEUE_VERB_TRANSFER, /* up to Asterisk 11, for both kinds */
	QUEUE_VERB_PAUSE,
	QUEUE_VERB_UNPAUSE,
	QUEUE_VERB_PAUSEALL,
	QUEUE_VERB_UNPAUSEALL,
	QUEUE_VERB_ADDMEMBER,
	QUEUE_VERB_REMOVEMEMBER,
	QUEUE_VERB_AGENTLOGIN,
	QUEUE_VERB_AGENTLOGOFF,
	QUEUE_VERB_AGENTCALLBACKLOGIN,
	QUEUE_VERB_AGENTCALLBACKLOGOFF,
	QUEUE_VERB_PENALTY,
	QUEUE_VERB_CONFIGRELOAD,
	QUEUE_VERB_QUEUESTART,
	QUEUE_VERB_SYSCOMPAT,
};

#define QUEUE_LINE_FIELDS_MAX (5 + QUEUE_LINE_ARGS_MAX)

struct queue_line {
	int64_t at_us;
	enum queue_verb verb;
	size_t n_args;
	union {
		struct {
			struct slice time;
			struct slice contact; /* unique id; "NONE", "MANAGER" or "REALTIME" where no
			                         call is meant */
			struct slice queue;
			struct slice agent;
			struct slice verb_text;
			struct slice args[QUEUE_LINE_ARGS_MAX]; /* the last takes all that is left,
			                                           bars included */
		};
		struct slice fields[QUEUE_LINE_FIELDS_MAX]; /* the same by place; only 5 + n_args
		                                               are set */
	};
};

/* What became of a line. Everything but OK is malformed input and has a counter of this name. */
enum queue_line_result {
	QUEUE_LINE_OK,
	QUEUE_LINE_EMPTY,
	QUEUE_LINE_TOO_FEW_FIELDS, /* fewer than the five up to the verb */
	QUEUE_LINE_BAD_TIME,       /* no epoch seconds, or beyond QUEUE_LINE_MAX_S */
	QUEUE_LINE_NO_VERB,
	QUEUE_LINE_RESULTS,
};

/**
 * Decode one line.
 * @param line  without its line feed; a carriage return before it is ignored.
 * @param out   filled on QUEUE_LINE_OK; borrows from the line.
 */
enum queue_line_result queue_line_decode(struct slice line, struct queue_line *out);

/** Name of a result for counters: "bad_time". */
const char *queue_line_result_name(enum queue_line_result r);

/** An argument by its place, empty when the line has fewer. */
static inline struct slice queue_line_arg(const struct queue_line *line, size_t i)
{
	return i < line->n_args ? line->args[i] : (struct slice){ NULL, 0 };
}
