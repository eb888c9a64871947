/*
 * The Asterisk manager interface as bytes: messages of `Name: value` lines, a blank line behind
 * each, and a banner before the first.
 *
 * A stream that goes wrong is taken up again at the next blank line, or where an event or an answer
 * of ours begins in the middle of another message; a message too long is stepped over. Every kind
 * of disorder has a counter. Format: Asterisk documentation, "AMI v2 Specification"; what real
 * streams hold beyond it (Response as a field of events, names that change case between versions,
 * lines without a colon) was learnt from recordings of Asterisk 22. Pure, allocates nothing; what
 * is handed out borrows from the bytes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/slice.h"

#define AMI_MESSAGE_MAX_BYTES ((size_t)64 * 1024)  /* an AttendedTransfer has 4 KiB */
#define AMI_FIELDS_MAX        160                  /* the same has 95 */
#define AMI_ACTION_ID         "cxm-"               /* begins every ActionID of ours */
#define AMI_TIME_MAX_S        UINT64_C(4102444800) /* 2100: beyond is damage, not time */

enum ami_kind {
	AMI_BANNER,   /* name: the version, "11.0.0" */
	AMI_EVENT,    /* name: of the event */
	AMI_RESPONSE, /* name: "Success", "Error", "Goodbye" */
	AMI_OTHER,    /* neither */
};

struct ami_field {
	struct slice name;
	struct slice value;
};

struct ami_message {
	enum ami_kind kind;
	struct slice name;
	struct slice body; /* its lines */
	/* after ami_fields */
	size_t n_fields;
	struct ami_field fields[AMI_FIELDS_MAX];
};

struct ami_counters {
	uint64_t messages;
	uint64_t bytes;     /* taken */
	uint64_t too_long;  /* messages stepped over */
	uint64_t no_blank;  /* messages that another one began in */
	uint64_t other;     /* neither event nor response */
	uint64_t odd_lines; /* without a colon; left out */
	uint64_t too_many;  /* fields beyond AMI_FIELDS_MAX; left out */
};

struct ami_reader {
	size_t scanned;  /* of the message that is not whole yet: full lines looked at */
	size_t response; /* where a line `Response:` inside it began; 0: none */
	bool skipping;   /* to the next blank line */
	struct ami_counters counters;
};

void ami_begin(struct ami_reader *r);

/**
 * Take the next message from the front of `in`.
 * @return false: it is not whole; what is left of `in` has to come again with more behind it.
 */
bool ami_take(struct ami_reader *r, struct slice *in, struct ami_message *out);

/** Fill the fields. Not done by ami_take, because most events are of no interest. */
void ami_fields(struct ami_reader *r, struct ami_message *m);

/** A field's value, case of its name ignored; empty when it is not there. */
struct slice ami_get(const struct ami_message *m, struct slice name);

/** A number of a field. @return false: it is none, or above max. */
bool ami_number(const struct ami_message *m, struct slice name, uint64_t max, uint64_t *out);

/** `Timestamp` (timestampevents=yes) [us]; `otherwise` when there is none. */
int64_t ami_time_us(const struct ami_message *m, int64_t otherwise);

/** Malformed input of all kinds. */
static inline uint64_t ami_malformed(const struct ami_counters *n)
{
	return n->too_long + n->no_blank + n->other + n->odd_lines + n->too_many;
}
