/* Whether a row makes sense by itself, beyond the types of its fields. Helper of
 * dropbox_reader.c. */
#pragma once

#include "common/fault.h"
#include "cxmeter/record.h"

/**
 * Refuse what only a mistake in the file or its mapping can write: a time before 1990 (a number of
 * days, read as seconds) or after 2100, an end before its beginning, an answer outside of its
 * scale, a share above one.
 * @return 0 or -EINVAL, explained without the values.
 */
int dropbox_sense(const struct cxm_kind *kind, const ProtobufCMessage *m, struct fault *fault);
