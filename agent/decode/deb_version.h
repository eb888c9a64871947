/* Which of two versions of a Debian package is the later one (deb-version(7), "Sorting algorithm").
 * Pure. */
#pragma once

#include "common/slice.h"

/** < 0, 0, > 0 like memcmp. Any bytes are a version: what dpkg would refuse sorts somewhere, always
 * the same. */
int deb_version_compare(struct slice a, struct slice b);
