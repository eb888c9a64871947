/*
 * A made-up host for tests of the security checks: a folder that stands for its root, the
 * configuration of the source with its defaults, and the report of what was found there.
 */
#pragma once

#include "agent/posture/scan.h"
#include "tests/support/temp.h"

#define POSTURE_NOW_US INT64_C(1795334400000000) /* 2026-11-22 08:00 UTC */

struct posture_world {
	struct temp temp;
	struct conf_doc doc;
	struct posture_conf *conf; /* in `doc` */
	struct posture_report report;
	struct posture_scan scan;
};

/** @param yaml  keys of the source, flow style without braces: "retention: 30d"; "" for none.
 * `root` is the folder. */
void posture_world_open(struct posture_world *w, const char *yaml);
void posture_world_close(struct posture_world *w);

/** The path under the root; valid until the next call. */
const char *posture_world_path(struct posture_world *w, const char *path);

/** Make a file, and the folders it lies in. */
void posture_world_file(struct posture_world *w, const char *path, const char *text);

/** The finding; fails the test when there is none. A subject of NULL: any. */
const struct posture_finding *posture_world_found(const struct posture_world *w, const char *check,
                                                  const char *subject);

/** How many findings of that name there are. */
size_t posture_world_count(const struct posture_world *w, const char *check);
