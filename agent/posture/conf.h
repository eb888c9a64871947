/* Keys of `sources: posture:`, and what of them a table cannot hold. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/decode/packet.h"
#include "common/conf.h"
#include "common/fault.h"

#define POSTURE_PATH_MAX      1024
#define POSTURE_TLS_MAX       32 /* listeners asked in one scan */
#define POSTURE_FOLDERS_MAX   16
#define POSTURE_LOGS_MAX      8
#define POSTURE_DEADLINE_MAX  30000 /* of one handshake [ms] */
#define POSTURE_FILES_DEFAULT "100000"

struct posture_conf {
	const char *root; /* in front of every path; "/": the host itself */
	int64_t interval_ms;
	bool handshakes;
	struct conf_list tls; /* const char *: PORT or ADDRESS:PORT, beside those that are found */
	int64_t deadline_ms;
	struct conf_list recordings; /* const char * */
	int64_t retention_ms;        /* 0: none declared */
	int64_t max_files;
	const char *asterisk;
	const char *freeswitch;
	struct conf_list auth_logs; /* const char * */
	const char *packages;
	const char *advisories; /* NULL: none */
	unsigned line;
};

extern const struct conf_schema posture_schema;

/** Read "5061", "192.0.2.10:5061", "[2001:db8::10]:5061". Without an address it is 127.0.0.1.
 * @return 0 or -EINVAL. */
int posture_endpoint(const char *text, struct net_addr *address, uint16_t *port);

/** The folders of recordings, or the default ones. @return how many. */
size_t posture_recordings(const struct posture_conf *conf, const char *out[POSTURE_FOLDERS_MAX]);

/** The logs that tell of refused attempts, likewise. */
size_t posture_auth_logs(const struct posture_conf *conf, const char *out[POSTURE_LOGS_MAX]);

/** What would stop the source, or (1) deserves a warning; see source_ops. */
int posture_check(const void *conf, struct fault *fault);
