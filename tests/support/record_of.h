/* A line of text to a record, so that a test shows what it puts in. Made for any schema and every
 * field as proto/text.h reads it; record_text.h is the other way, and for the eye. */
#pragma once

#include "cxmeter/record.h"

/**
 * A record from "name=value name=value ..." (values as proto/text.h reads them, bytes as they
 * stand, no blanks in values; `name=` is an empty label). Numbers of the key that are not named are
 * 0, labels empty, states their first value, and at_us is RECORD_AT_US. Ends the test when the text
 * is wrong.
 */
ProtobufCMessage *record_of(const struct cxm_kind *kind, struct arena *arena, const char *text);

#define RECORD_AT_US INT64_C(1700000000000000) /* 2023-11-14T22:13:20Z */
