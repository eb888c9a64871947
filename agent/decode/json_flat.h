/*
 * One JSON object of scalars (RFC 8259), as Asterisk writes it into event logs: member by member,
 * without a tree.
 *
 * Texts are unescaped into room that the caller gives; numbers and literals are handed out as they
 * stand; objects and arrays inside are stepped over, whatever their depth. Pure, allocates nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/slice.h"

/* Room for unescaped texts; what they take is never more than what they were. */
struct json_room {
	char *at; /* borrowed */
	size_t size;
	size_t used;
};

struct json_member {
	struct slice name;
	struct slice value;  /* of a text without its quotes; empty for null, objects and arrays */
	struct slice nested; /* an object or array as it stands; empty for all else */
};

/** True when the text looks like an object: its first character that counts is a brace. */
bool json_flat_begins(struct slice text);

/**
 * Take the next member from the front of `rest`, which is the whole object at the first call.
 * @return 1 for a member, 0 at the end of the object, -EBADMSG for what is no JSON, -EMSGSIZE
 * without room.
 */
int json_flat_next(struct slice *rest, struct json_room *room, struct json_member *out);

/**
 * Take the next object or array out of an array, which is `rest` as a whole at the first call.
 * @return 1 for one, 0 at the end of the array, -EBADMSG for anything else.
 */
int json_flat_element(struct slice *rest, struct slice *out);
