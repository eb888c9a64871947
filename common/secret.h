/* Who may read a file that holds a secret: one rule for TLS keys and the site key. */
#pragma once

#include <sys/stat.h>

#include "common/fault.h"

/**
 * A secret is a regular file that nobody but its owner can read; one that belongs to root may be
 * read by one group besides, so that a program which has given up root can read it again without
 * owning it.
 *
 * @param what the name people know it by, such as "private key"
 * @return 0, -EINVAL or -EACCES, explained with what to do.
 */
int secret_check(const char *path, const char *what, const struct stat *st, struct fault *fault);
