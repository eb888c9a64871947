/* What keeps a drop folder from being read, and what in it would be refused. Helper of dropbox.c;
 * changes nothing. */
#pragma once

#include "agent/sources/dropbox.h"
#include "common/fault.h"
#include "cxmeter/source.h"

/** Can the folder be listed? @return 0 or -errno, explained. */
int dropbox_check_folder(const char *path, struct fault *fault);

/** source_ops.check */
int dropbox_check(const void *conf, struct fault *fault);

/** source_ops.examine: reads the files that lie there as they would be read, and tells which rows
 * would be refused and why. */
void dropbox_examine(const void *conf, const struct source_examine *e);
