/*
 * A time zone beside the one of the process: how far its wall clock is ahead of UTC at an instant.
 *
 * The C library keeps one zone a process (when_use_zone); files of other tools may be written in
 * another one. Reads the system's zone database (TZif, RFC 8536: versions 1 to 4, with the rule in
 * the footer for instants behind the last transition). Knows nothing of calendars: that is when.h.
 */
#pragma once

#include <stdint.h>

#include "common/cursor.h"
#include "common/fault.h"

#define ZONE_TRANSITIONS_MAX 4096 /* the largest of the database has about 250 */
#define ZONE_TYPES_MAX       256  /* an index is one byte (RFC 8536, 3.2) */
#define ZONE_FILE_MAX_BYTES  ((size_t)256 * 1024)

struct zone;

/**
 * A zone by its IANA name ("America/New_York").
 * @return 0, -EINVAL for a name the system does not know or a file that cannot be understood, or
 * -ENOMEM, explained.
 */
int zone_open(struct zone **out, const char *name, struct fault *fault);

/** The same from the bytes of a TZif file. @return 0, -EBADMSG or -ENOMEM. */
int zone_parse(struct zone **out, struct cursor file);
void zone_free(struct zone *z);

/** Seconds that the wall clock is ahead of UTC at an instant [s since 1970 UTC]. */
int64_t zone_ahead_s(const struct zone *z, int64_t at_s);
