#include "agent/decode/security_event.h"

#include <stdio.h>
#include <string.h>

#include "common/when.h"

/* The events that fail2ban's filter for Asterisk bans for, and the one of success. */
static const struct {
	const char *name;
	enum security_event what;
} events[] = {
	{ "InvalidPassword", SECURITY_FAILURE },         { "InvalidAccountID", SECURITY_FAILURE },
	{ "ChallengeResponseFailed", SECURITY_FAILURE }, { "FailedACL", SECURITY_FAILURE },
	{ "SuccessfulAuth", SECURITY_SUCCESS },
};

/* Notices that stand in the logs of those who have no security log. All parts must be there, in
 * this order. */
static const struct {
	const char *first;
	const char *then;
} notices[] = {
	{ "Registration from '", "' - Wrong password" },              /* chan_sip */
	{ "Registration from '", "' - No matching peer found" },      /* chan_sip */
	{ "Registration from '", "' - Username/auth name mismatch" }, /* chan_sip */
	{ "Registration from '", "' - Device does not match ACL" },   /* chan_sip */
	{ "Request '", "- Failed to authenticate" },                  /* res_pjsip */
	{ "Request '", "- No matching endpoint found" },              /* res_pjsip */
	{ "Request '", "- Error to authenticate" },                   /* res_pjsip */
	{ "failed to authenticate as '", "'" },                       /* manager */
	{ "SIP auth failure (", "sofia profile" },                    /* FreeSWITCH sofia_reg */
};

static const char *find(struct slice s, struct slice what)
{
	return s.len >= what.len ? memmem(s.at, s.len, what.at, what.len) : NULL;
}

static struct slice from(struct slice s, const char *at)
{
	return (struct slice){ at, s.len - (size_t)(at - s.at) };
}

/* What stands behind KEY=" up to the next quote. */
static struct slice quoted(struct slice line, struct slice key)
{
	const char *hit = find(line, key);
	struct slice rest;

	if (hit == NULL) {
		return (struct slice){ "", 0 };
	}
	rest = from(line, hit + key.len);
	return slice_cut(&rest, '"');
}

/* "2026-11-22T04:58:26.123-0500", or, until Asterisk 11, seconds and microseconds:
 * "1362757925-123".
 */
static int event_time(struct slice text, int64_t *at_us)
{
	struct slice seconds;
	uint64_t s;

	if (when_parse_as("%Y-%m-%dT%H:%M:%S%z", NULL, text, at_us) == 0) {
		return 0;
	}
	seconds = slice_cut(&text, '-');
	if (seconds.len < 9 || slice_u64(seconds, UINT64_C(100000000000), &s) != 0) {
		return -1;
	}
	*at_us = (int64_t)s * WHEN_US_PER_S;
	return 0;
}

/* "Nov 22 04:58:26", what Asterisk writes without `dateformat`: of this year, or of the last one
 * when that would be more than a day ahead. */
static int yearless_time(struct slice text, int64_t now_us, int64_t *at_us)
{
	char date[WHEN_DATE_SIZE];
	int64_t year;

	(void)when_date(when_day_of(now_us), date);
	if (slice_i64((struct slice){ date, 4 }, 0, 9999, &year) != 0) {
		return -1;
	}
	for (int back = 0; back < 2; back++) {
		char full[64];

		(void)snprintf(full, sizeof(full), "%04d %.*s", (int)year - back, (int)text.len,
		               text.at);
		if (when_parse_as("%Y %b %d %H:%M:%S", NULL, slice_of(full), at_us) == 0 &&
		    *at_us <= now_us + INT64_C(24) * 3600 * WHEN_US_PER_S) {
			return 0;
		}
	}
	return -1;
}

/* "[2026-11-22 04:58:26] SECURITY[1234]" of Asterisk, "2026-11-22 04:58:26.123456 [WARNING]" of
 * FreeSWITCH; both local. */
static int head_time(struct slice line, int64_t now_us, int64_t *at_us)
{
	const size_t full = sizeof("2026-11-22 04:58:26") - 1;
	const size_t yearless = sizeof("Nov 22 04:58:26") - 1;

	line = slice_trim(line);
	if (line.len > 0 && line.at[0] == '[') {
		line = from(line, line.at + 1);
	}
	if (line.len >= full &&
	    when_parse_as("%Y-%m-%d %H:%M:%S", NULL, (struct slice){ line.at, full }, at_us) == 0) {
		return 0;
	}
	return line.len >= yearless
	               ? yearless_time((struct slice){ line.at, yearless }, now_us, at_us)
	               : -1;
}

static enum security_event notice(struct slice line)
{
	for (size_t i = 0; i < sizeof(notices) / sizeof(notices[0]); i++) {
		const char *hit = find(line, slice_of(notices[i].first));

		if (hit != NULL && find(from(line, hit + strlen(notices[i].first)),
		                        slice_of(notices[i].then)) != NULL) {
			return SECURITY_FAILURE;
		}
	}
	return SECURITY_NONE;
}

static enum security_event named(struct slice name)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (slice_eq(name, slice_of(events[i].name))) {
			return events[i].what;
		}
	}
	return SECURITY_NONE;
}

enum security_event security_event_line(struct slice line, int64_t now_us, int64_t *at_us)
{
	struct slice name = quoted(line, SLICE("SecurityEvent=\""));
	enum security_event what = name.len > 0 ? named(name) : notice(line);

	*at_us = INT64_MIN;
	if (name.len == 0 || event_time(quoted(line, SLICE("EventTV=\"")), at_us) != 0) {
		if (head_time(line, now_us, at_us) != 0) {
			*at_us = INT64_MIN;
		}
	}
	return what;
}
