/* Lines that tell of an attempt to get in. Form of the events: docs.asterisk.org, security event
 * logger; of the notices: chan_sip, res_pjsip, manager and FreeSWITCH's sofia_reg. */
#include "agent/decode/security_event.h"

#include "common/when.h"
#include "tests/support/cases.h"

#define NOW "2026-11-22T12:00:00Z"

struct event_case {
	const char *name;
	const char *line;
	enum security_event want;
	const char *at; /* "": nothing says when */
};

#define HEAD "[2026-11-22 04:58:26] SECURITY[812] res_security_log.c: "
#define TAIL                                                                                       \
	",Severity=\"Error\",Service=\"PJSIP\",EventVersion=\"2\",AccountID=\"4711\",SessionID="   \
	"\"x\","                                                                                   \
	"LocalAddress=\"IPV4/UDP/192.0.2.1/5060\",RemoteAddress=\"IPV4/UDP/198.51.100.7/5099\""

static const struct event_case cases[] = {
	{ "a_wrong_password",
	  HEAD "SecurityEvent=\"InvalidPassword\",EventTV=\"2026-11-22T04:58:25.123-0500\"" TAIL,
	  SECURITY_FAILURE, "2026-11-22T09:58:25.123Z" },
	{ "an_account_that_is_none",
	  HEAD "SecurityEvent=\"InvalidAccountID\",EventTV=\"2026-11-22T04:58:25.123+0000\"" TAIL,
	  SECURITY_FAILURE, "2026-11-22T04:58:25.123Z" },
	{ "a_challenge_not_met",
	  HEAD "SecurityEvent=\"ChallengeResponseFailed\",EventTV=\"1363000000-123456\"" TAIL,
	  SECURITY_FAILURE, "2013-03-11T11:06:40Z" },
	{ "an_address_that_is_not_allowed", HEAD "SecurityEvent=\"FailedACL\"" TAIL,
	  SECURITY_FAILURE, "2026-11-22T04:58:26Z" },
	{ "a_success", HEAD "SecurityEvent=\"SuccessfulAuth\"" TAIL, SECURITY_SUCCESS,
	  "2026-11-22T04:58:26Z" },
	{ "a_challenge_is_neither", HEAD "SecurityEvent=\"ChallengeSent\"" TAIL, SECURITY_NONE,
	  "2026-11-22T04:58:26Z" },
	{ "a_notice_of_chan_sip",
	  "[2026-11-22 04:58:26] NOTICE[812] chan_sip.c: Registration from '\"1\" <sip:1@h>' "
	  "failed for "
	  "'198.51.100.7:5060' - Wrong password",
	  SECURITY_FAILURE, "2026-11-22T04:58:26Z" },
	{ "a_notice_of_res_pjsip_without_a_year",
	  "[Nov 22 04:58:26] NOTICE[812] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from "
	  "'<sip:1@h>' failed for '198.51.100.7:5060' (callid: x) - No matching endpoint found",
	  SECURITY_FAILURE, "2026-11-22T04:58:26Z" },
	{ "a_line_of_last_december",
	  "[Dec 31 23:59:59] NOTICE[812] manager.c: 127.0.0.1 failed to authenticate as 'x'",
	  SECURITY_FAILURE, "2025-12-31T23:59:59Z" },
	{ "a_warning_of_freeswitch",
	  "2026-11-22 04:58:26.123456 [WARNING] sofia_reg.c:1793 SIP auth failure (REGISTER) on "
	  "sofia "
	  "profile 'internal' for [1@h] from ip 198.51.100.7",
	  SECURITY_FAILURE, "2026-11-22T04:58:26Z" },
	{ "another_line_tells_of_neither",
	  "[2026-11-22 04:58:26] VERBOSE[812] app_queue.c: Called SIP/1", SECURITY_NONE,
	  "2026-11-22T04:58:26Z" },
	{ "an_event_without_a_time", "SecurityEvent=\"InvalidPassword\"", SECURITY_FAILURE, "" },
	{ "an_event_cut_in_its_name", "SecurityEvent=\"InvalidPass", SECURITY_NONE, "" },
	{ "an_empty_line", "", SECURITY_NONE, "" },
};

static int64_t instant(const char *text)
{
	int64_t at_us = INT64_MIN;

	assert_int_equal(text[0] == '\0' ? 0 : when_parse(slice_of(text), &at_us), 0);
	return at_us;
}

static void lines_are_understood(void **state)
{
	const struct event_case *c = *state;
	int64_t at_us;

	assert_int_equal(security_event_line(slice_of(c->line), instant(NOW), &at_us), c->want);
	assert_int_equal(at_us, instant(c->at));
}

int main(void)
{
	static struct cases c;

	(void)when_use_zone("UTC", NULL);
	cases_table(&c, cases, lines_are_understood);
	return cases_run("decode_security_event", &c, NULL, NULL);
}
