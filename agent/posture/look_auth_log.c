/*
 * How often somebody is refused: `auth_failures`, figure the failures a day over the last day that
 * the log covers, part the failures among all decisions the log tells of. Counts only: who tried,
 * and from where, is not looked at.
 */
#include "agent/posture/scan.h"

#include <errno.h>
#include <inttypes.h>

#include "agent/decode/security_event.h"
#include "agent/posture/host_file.h"

#define LOG_MAX_BYTES  ((size_t)16 * 1024 * 1024) /* of its end */
#define DAY_US         (INT64_C(86400) * 1000000)
#define COVERED_MIN_US (INT64_C(3600) * 1000000) /* less says nothing of a day */
#define MANY_A_DAY                                                                                 \
	100 /* proposed: a host on the open net sees thousands, one behind a VPN none              \
	     */

struct auth_log {
	int64_t now_us;
	int64_t first_us; /* of the last day; INT64_MAX: no line has a time */
	uint64_t failures;
	uint64_t successes;
};

static void count_line(struct auth_log *l, struct slice line)
{
	int64_t at_us;
	enum security_event what = security_event_line(line, l->now_us, &at_us);

	if (at_us == INT64_MIN || at_us > l->now_us) {
		return; /* not known when, or the clock was put back */
	}
	if (at_us < l->now_us - DAY_US) {
		l->first_us = l->now_us - DAY_US; /* the log reaches back a whole day */
		return;
	}
	l->first_us = at_us < l->first_us ? at_us : l->first_us;
	l->failures += what == SECURITY_FAILURE;
	l->successes += what == SECURITY_SUCCESS;
}

static void tell(struct posture_finding *f, const struct auth_log *l)
{
	int64_t covered_us = l->first_us < l->now_us ? l->now_us - l->first_us : 0;
	double hours = (double)covered_us / 3.6e9;

	if (covered_us < COVERED_MIN_US) {
		posture_value(f, "its lines of today cover less than an hour, or have no time "
		                 "that can be read (logger.conf: dateformat=%%F %%T)");
		return;
	}
	f->has_figure = true;
	f->figure = (double)l->failures * 24 / hours;
	f->has_part = true;
	f->part = l->failures;
	f->whole = l->failures + l->successes;
	posture_judge(f, f->figure < MANY_A_DAY, POSTURE_MEDIUM);
	posture_value(f, "%" PRIu64 " refused and %" PRIu64 " let in, in %.1f hours", l->failures,
	              l->successes, hours);
}

static int look_at_log(struct posture_scan *scan, const char *path)
{
	struct auth_log l = { .now_us = scan->now_us, .first_us = INT64_MAX };
	struct slice rest;
	struct buf text;
	int rc;

	buf_init(&text, LOG_MAX_BYTES);
	rc = host_read(scan, path, true, &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	if (rc == 1) {
		(void)slice_cut(&rest, '\n'); /* the first one is cut */
	}
	while (rc >= 0 && rest.len > 0 && !posture_stopped(scan)) {
		count_line(&l, slice_cut(&rest, '\n'));
	}
	buf_free(&text);
	if (rc >= 0 && !posture_stopped(scan)) {
		tell(posture_report_add(scan->report, "auth_failures", path), &l);
	}
	return rc < 0 ? rc : 0;
}

void posture_look_auth_log(struct posture_scan *scan)
{
	const char *logs[POSTURE_LOGS_MAX];
	size_t n = posture_auth_logs(scan->conf, logs);
	const char *denied = NULL;
	int why = -ENOENT;

	for (size_t i = 0; i < n; i++) {
		int rc = look_at_log(scan, logs[i]);

		if (rc == 0) {
			return;
		}
		if (rc != -ENOENT && denied == NULL) {
			denied = logs[i];
			why = rc;
		}
	}
	if (denied == NULL && scan->conf->auth_logs.count == 0) {
		return; /* no PBX that logs where it is expected */
	}
	host_unreadable(scan,
	                posture_report_add(scan->report, "auth_failures",
	                                   denied != NULL ? denied : logs[0]),
	                denied != NULL ? denied : logs[0], why);
}
