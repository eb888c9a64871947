/*
 * One look at the security state of this host: everything that can be found out by reading its
 * files and by shaking hands with its own listeners.
 *
 * Read-only, and towards this host only. Blocks while it reads and waits: runs on a thread of its
 * own. What cannot be read is a finding of its own (UNKNOWN), with what would help.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/posture/conf.h"
#include "agent/posture/report.h"
#include "common/buf.h"

struct posture_scan {
	const struct posture_conf *conf; /* borrowed */
	int64_t now_us;
	int cancel_fd; /* becomes readable when it shall stop; -1: never */
	const atomic_bool
		*cancelled; /* the same for who does not wait; written by the main thread */
	struct posture_report *report; /* borrowed */
};

/** Look at everything. */
void posture_scan(struct posture_scan *scan);

/* The looks, each in a file of its own; scan.c calls them in this order. */
void posture_look_tls(struct posture_scan *scan);
void posture_look_recordings(struct posture_scan *scan);
void posture_look_asterisk(struct posture_scan *scan);
void posture_look_freeswitch(struct posture_scan *scan);
void posture_look_auth_log(struct posture_scan *scan);
void posture_look_packages(struct posture_scan *scan);

static inline bool posture_stopped(const struct posture_scan *scan)
{
	return scan->cancelled != NULL && atomic_load(scan->cancelled);
}
