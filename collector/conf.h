/*
 * The collector's configuration file: its keys, and who may send evidence.
 * The table in conf.c is the only list of keys; docs/collector.md shows it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/conf.h"
#include "common/fault.h"
#include "common/tls.h"

struct collector_conf {
	const char *listen;
	const char *ca;
	const char *certificate;
	const char *key;
	const char *crl; /* NULL: none */
	const char *store;
	const char *port_file; /* NULL: none */
	const char *user;      /* NULL: stay who we are */
	const char *log_level;
	struct conf_list allow; /* of const char *; empty: everybody with a certificate */
	struct conf_list deny;
	int64_t ingest_threads;
	int64_t window_batches;
	int64_t heartbeat_ms;
	int64_t max_connections;
	int64_t max_handshakes_per_address;
	int64_t queue_bytes;
	struct conf_doc doc; /* owns the texts above */
};

extern const struct conf_schema collector_conf_schema;

/**
 * Read and check a file.
 * @return 0, -errno, -EBADMSG or -EINVAL; explained with file, line and key. On failure there is
 * nothing to free.
 */
int collector_conf_load(struct collector_conf *conf, const char *path, struct fault *fault);
void collector_conf_free(struct collector_conf *conf);

/** May this agent send? `allow` and `deny` hold "site/agent" or "site/" and a star; deny wins. */
bool collector_conf_allows(const struct collector_conf *conf, const struct tls_identity *identity);

/** Keys that differ and take effect at a start only, as "listen, store"; "" when there are none. */
const char *collector_conf_fixed(const struct collector_conf *old_conf,
                                 const struct collector_conf *new_conf, char *out, size_t size);
