/*
 * Records of any kind with random content, for property tests: the same in every run.
 */
#pragma once

#include "cxmeter/record.h"
#include "tests/support/dice.h"

/** A value that fits the field; text lies in the arena. Extremes are as likely as anything else. */
struct cxm_value random_value(const struct cxm_field *f, struct dice *dice, struct arena *arena);

/** A record with its whole key; each other field is set with a chance of `percent`. */
ProtobufCMessage *random_record(const struct cxm_kind *kind, unsigned percent, struct dice *dice,
                                struct arena *arena);
