/*
 * The source that listens to FreeSWITCH's event socket: contacts, agents and live figures of
 * mod_callcenter, and every call. Its operations are source_esl in cxmeter/source.h; here is what
 * its configuration looks like. docs/sources/freeswitch.md says what it needs and gives.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/track/call_rules.h"
#include "common/conf.h"
#include "common/fault.h"

#define ESL_PASSWORD_BYTES 128

struct esl_conf {
	const char *host;
	int64_t port;
	const char *password_file; /* NULL: what conf_file says */
	const char *conf_file;
	const char *trunks;
	struct call_rules visits;
	int64_t look_ms;
	int64_t max_contacts;
	int64_t max_calls;
	int64_t max_age_ms;
	int64_t reconnect_min_ms;
	int64_t reconnect_max_ms;
};

extern const struct conf_schema esl_schema;

/** The password: the first line of password_file, else what conf_file says, else the one FreeSWITCH
 * ships with. @return 0 or -errno, explained. */
int esl_password(const struct esl_conf *conf, char out[ESL_PASSWORD_BYTES], struct fault *fault);

/** source_ops.check */
int esl_check(const void *conf, struct fault *fault);
