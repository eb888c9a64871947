/*
 * Lines of a PBX's log that tell of an attempt to get in: Asterisk's security log
 * (res_security_log: SecurityEvent="InvalidPassword",EventTV="...",...; docs.asterisk.org, AMI
 * events of class SECURITY), Asterisk's notices of chan_sip and res_pjsip, and FreeSWITCH's
 * warnings of sofia_reg.
 *
 * Says what and when, and nothing of who: names and addresses in the line are not looked at. Pure,
 * but for the time zone in use (common/when.h).
 */
#pragma once

#include <stdint.h>

#include "common/slice.h"

enum security_event {
	SECURITY_NONE,    /* tells of something else */
	SECURITY_FAILURE, /* refused: a password, an account, an address that is not allowed */
	SECURITY_SUCCESS, /* let in */
};

/**
 * @param now_us  for the year, where the head of the line has none ("Nov 22 04:58:26").
 * @param at_us   when, as the event or the head of the line says; INT64_MIN: neither does.
 */
enum security_event security_event_line(struct slice line, int64_t now_us, int64_t *at_us);
