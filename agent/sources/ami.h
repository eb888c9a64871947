/*
 * The source that listens to Asterisk's manager interface: live queues, hold, callers that were
 * refused, variables, RTCP reports, security events. Its operations are source_ami in
 * cxmeter/source.h; here is what its configuration looks like. docs/sources/ami.md says what it
 * needs and gives.
 */
#pragma once

#include "agent/sources/ami_session.h"
#include "agent/sources/cel.h"
#include "common/conf.h"
#include "common/fault.h"
#include "cxmeter/source.h"

struct ami_conf {
	const char *host;
	int64_t port;
	bool tls;
	const char *ca;
	const char *user;
	const char *secret_file;
	const char *login;      /* md5 or plain */
	const char *asterisk;   /* folder of its configuration; "": not on this host */
	struct conf_list files; /* const char *; read once (one_shot) */
	int64_t slot_ms;
	const char *variables;
	bool media;
	bool payment_pause;
	bool calls;
	struct cel_conf cel; /* its rules alone */
	int64_t max_open;
	int64_t max_age_ms;
	int64_t reconnect_min_ms;
	int64_t reconnect_max_ms;
	bool no_contacts;
	bool no_handoffs;
	bool no_calls;
};

extern const struct conf_schema ami_schema;

/** The first line of secret_file. @return 0 or -errno, explained. */
int ami_secret(const struct ami_conf *conf, char out[AMI_TEXT_MAX], struct fault *fault);

/** source_ops.check and source_ops.examine. */
int ami_check(const void *conf, struct fault *fault);
void ami_examine(const void *conf, const struct source_examine *e);
