/*
 * What FreeSWITCH says, short enough for a table: one event as "Name: value; Name: value", values
 * as they stand on the wire (URL-encoded).
 */
#pragma once

#include <stdbool.h>

#include "agent/decode/fs_facts.h"
#include "agent/track/call_rules.h"
#include "common/buf.h"

/** Words of a dialplan that says all there is to say. */
extern const struct call_rules fs_said_rules;

/** The facts of an event. */
void fs_said(const char *text, struct fs_facts *out);

/** Append it as a message of the event socket: text/event-plain with its length. */
void fs_said_message(const char *text, struct buf *out);

/** Go to the next order of n indices, in the order of their digits. @return false behind the last.
 */
bool fs_said_permute(unsigned *order, unsigned n);
