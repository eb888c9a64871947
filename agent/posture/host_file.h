/* Files of the host that is looked at: bounded reading under its root, and in words why one cannot
 * be read and what would help. Never opens for writing. */
#pragma once

#include <stdbool.h>

#include "agent/posture/report.h"
#include "agent/posture/scan.h"
#include "common/buf.h"

/** The path under the root. @return false: it is too long. */
bool host_path(const struct posture_scan *scan, const char *path, char out[POSTURE_PATH_MAX]);

/** Open a regular file for reading, without waiting (a FIFO is refused); a symbolic link is
 * followed, since configuration often is one. @return a descriptor or -errno. */
int host_open(const struct posture_scan *scan, const char *path);

/** Append at most the last (`tail`) or first bytes of a file to `out`, as many as fit under its
 * ceiling less one. @return 0, 1 when there was more, -errno. */
int host_read(const struct posture_scan *scan, const char *path, bool tail, struct buf *out);

/** Make a finding UNKNOWN because a file could not be read: which, why, and which group or right
 * would help. */
void host_unreadable(const struct posture_scan *scan, struct posture_finding *f, const char *path,
                     int error);
