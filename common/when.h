/*
 * Points in time as people write them, and days as a site counts them.
 *
 * Inside the programs time is int64 microseconds since 1970 UTC. Days are counted as whole civil
 * days since 1970-01-01 on the wall clock of one time zone, which is set once for the process (the
 * C library keeps it that way); files written in another zone are read with one of zone.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/fault.h"
#include "common/slice.h"

#define WHEN_US_PER_S  INT64_C(1000000)
#define WHEN_DATE_SIZE 96 /* fits what when_date and when_iso write for any year, NUL included */

/** Use an IANA zone ("Europe/Berlin", "UTC") from now on. @return 0, or -EINVAL when the system
 * does not know it. */
int when_use_zone(const char *name, struct fault *fault);

/** True for a name that has a file in the system's zone database. */
bool when_zone_known(const char *name);

/** The civil day on which the instant falls, in the zone in use. */
int32_t when_day_of(int64_t at_us);

/** The instant at which that day begins there: the first midnight of two, or the first time shown
 * where the clock skips midnight. A day may last 23 or 25 hours. */
int64_t when_day_start_us(int32_t day);

/** The instant at which clocks show so many hours there: the first of two, or where they skip it as
 * much later as they skip. */
int64_t when_hour_us(int32_t day, int hour);

/** "2026-11-22" to a day and back. @return 0 or -EINVAL. */
int when_parse_date(struct slice text, int32_t *day);
const char *when_date(int32_t day, char out[WHEN_DATE_SIZE]);

/** "2026-11-22T04:58:26.000000Z" */
const char *when_iso(int64_t at_us, char out[WHEN_DATE_SIZE]);

/**
 * Read an instant as tools write it: ISO 8601 (2026-11-22T05:58:26.5+01:00, a blank for the T, no
 * offset: local), German (22.11.2026 05:58[:26], local), a date alone (its first instant, local),
 * or seconds since 1970 with an optional fraction; a number of 14 digits or more is microseconds.
 * A local time that the wall clock shows twice is the first of the two; one that it skips is taken
 * as if the clock had not yet moved.
 * @return 0 or -EINVAL.
 */
int when_parse(struct slice text, int64_t *at_us);

struct zone;

/** The same with the local time of a zone of its own; NULL: the zone in use. */
int when_parse_in(const struct zone *zone, struct slice text, int64_t *at_us);

/** The same time on the wall clock a day later. */
int64_t when_day_later_us(const struct zone *zone, int64_t at_us);

/**
 * Read an instant by a form such as "%d.%m.%Y %H:%M", of which every part must be there:
 *
 *   %Y year (4 digits)   %y year of 2000 to 2099 (2 digits)   %m month   %d day (1 or 2 digits)
 *   %b month's name, English or German, whole or its first three letters
 *   %H hour 0-23   %I hour 1-12   %p AM or PM   %M minute   %S second, perhaps with a fraction
 *   %z offset: Z, +01:00, +0100   %s seconds since 1970   %% a percent sign
 *
 * A blank stands for one or more blanks, no-break ones included. Without %z the time is local to
 * `zone` (NULL: the zone in use).
 * @return 0, or -EINVAL: the text is not of this form, or no time.
 */
int when_parse_as(const char *form, const struct zone *zone, struct slice text, int64_t *at_us);

/** Is it a form of when_parse_as that can tell an instant? */
bool when_form_valid(const char *form);
