/*
 * The event socket of FreeSWITCH (mod_event_socket): one message after the other out of a stream of
 * bytes, and the facts of an event.
 *
 * A message is lines "Name: value" up to an empty one, and as many bytes behind it as
 * Content-Length says (https://developer.signalwire.com/freeswitch, mod_event_socket). An event in
 * the plain format is lines again, URL-encoded, so that the empty line at its end can be no part of
 * a value: where it and Content-Length disagree, the line is right, and the difference is told.
 * Whatever else stands where a message should begin is stepped over up to the next one. Pure,
 * allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "agent/decode/fs_facts.h"
#include "common/slice.h"

#define ESL_HEADER_MAX_BYTES  ((size_t)4096)            /* of a message, without its body */
#define ESL_EVENT_MAX_BYTES   ((size_t)256 * 1024)      /* 300 variables of 500 bytes, and more */
#define ESL_MESSAGE_MAX_BYTES ((size_t)4 * 1024 * 1024) /* a list of 10,000 channels */

enum esl_type {
	ESL_AUTH_REQUEST,
	ESL_COMMAND_REPLY,
	ESL_API_RESPONSE,
	ESL_EVENT,
	ESL_DISCONNECT,
	ESL_REJECTION, /* its access list does not let us in */
	ESL_OTHER,
};

struct esl_message {
	enum esl_type type;
	struct slice reply; /* Reply-Text */
	struct slice body;
	size_t used;       /* bytes from the front, the message and what was stepped over */
	size_t skipped;    /* of these, no message */
	bool wrong_length; /* Content-Length was not true */
};

/**
 * The message at the front of `in`.
 * @return 1; 0 when more bytes are needed, and `used` of them are not any more; -EMSGSIZE for one
 * that is longer than the limits.
 */
int esl_next(struct slice in, struct esl_message *out);

/** The facts of an event's body, instead of those that are there. */
void esl_event(struct slice body, struct fs_facts *out);
