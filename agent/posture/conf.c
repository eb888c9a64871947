#include "agent/posture/conf.h"

#include <errno.h>
#include <string.h>

#include "agent/posture/own_address.h"
#include "common/slice.h"

#define AT(field) offsetof(struct posture_conf, field)

static const struct conf_item items[] = {
	{ .name = "root",
	  .type = CONF_TEXT,
	  .offset = AT(root),
	  .def = "/",
	  .help = "Where the host's file system is seen, in front of all paths below; `/host` in a "
	          "container that has it there." },
	{ .name = "interval",
	  .type = CONF_DURATION,
	  .offset = AT(interval_ms),
	  .min = 60000,
	  .max = INT64_C(7) * 86400000,
	  .def = "24h",
	  .help = "How often it looks, beside at start." },
	{ .name = "handshakes",
	  .type = CONF_BOOL,
	  .offset = AT(handshakes),
	  .def = "true",
	  .help = "Ask the TLS listeners of this host, and no other's, what they accept." },
	{ .name = "tls",
	  .type = CONF_TEXTS,
	  .offset = AT(tls),
	  .max = POSTURE_TLS_MAX,
	  .help = "Listeners to ask beside those found on the usual ports, as `PORT` or "
	          "`ADDRESS:PORT`; addresses of this host only." },
	{ .name = "deadline",
	  .type = CONF_DURATION,
	  .offset = AT(deadline_ms),
	  .min = 10,
	  .max = POSTURE_DEADLINE_MAX,
	  .def = "3s",
	  .help = "A listener that has not answered a handshake by then is not known." },
	{ .name = "recordings",
	  .type = CONF_TEXTS,
	  .offset = AT(recordings),
	  .max = POSTURE_FOLDERS_MAX,
	  .help = "Folders of recordings (default /var/spool/asterisk/monitor)." },
	{ .name = "retention",
	  .type = CONF_DURATION,
	  .offset = AT(retention_ms),
	  .max = INT64_C(36500) * 86400000,
	  .def = "0s",
	  .help = "For how long recordings may be kept, as declared; 0s: nothing is declared." },
	{ .name = "max_files",
	  .type = CONF_INT,
	  .offset = AT(max_files),
	  .min = 100,
	  .max = 10000000,
	  .def = POSTURE_FILES_DEFAULT,
	  .help = "Recordings looked at in one folder; what is beyond is told, not counted." },
	{ .name = "asterisk",
	  .type = CONF_TEXT,
	  .offset = AT(asterisk),
	  .def = "/etc/asterisk",
	  .help = "Folder of Asterisk's configuration." },
	{ .name = "freeswitch",
	  .type = CONF_TEXT,
	  .offset = AT(freeswitch),
	  .def = "/etc/freeswitch",
	  .help = "Folder of FreeSWITCH's configuration." },
	{ .name = "auth_logs",
	  .type = CONF_TEXTS,
	  .offset = AT(auth_logs),
	  .max = POSTURE_LOGS_MAX,
	  .help = "Logs that tell of refused logins; the first that can be read counts (default "
	          "/var/log/asterisk/security, security_log, messages, messages.log, "
	          "/var/log/freeswitch/freeswitch.log)." },
	{ .name = "packages",
	  .type = CONF_TEXT,
	  .offset = AT(packages),
	  .def = "/var/lib/dpkg/status",
	  .help = "List of installed packages, as dpkg keeps it." },
	{ .name = "advisories",
	  .type = CONF_TEXT,
	  .offset = AT(advisories),
	  .help = "File of security advisories, CSV or JSONL: package, fixed_version, severity, "
	          "published; without it patch_age stays unknown." },
};

const struct conf_schema posture_schema = {
	.items = items,
	.n_items = sizeof(items) / sizeof(items[0]),
	.struct_size = sizeof(struct posture_conf),
	.line_offset = AT(line),
};

int posture_endpoint(const char *text, struct net_addr *address, uint16_t *port)
{
	struct slice rest = slice_of(text);
	struct slice host = SLICE("127.0.0.1");
	const char *colon = strrchr(text, ':');
	uint64_t number;

	if (colon != NULL) {
		host = (struct slice){ text, (size_t)(colon - text) };
		rest = slice_of(colon + 1);
	}
	if (host.len >= 2 && host.at[0] == '[' && host.at[host.len - 1] == ']') {
		host = (struct slice){ host.at + 1, host.len - 2 };
	} else if (slice_find(host, ':') != NULL) {
		return -EINVAL; /* version 6 without brackets: where its port begins, nobody knows
		                 */
	}
	if (slice_u64(rest, UINT16_MAX, &number) != 0 || number == 0 ||
	    net_addr_parse(host.at, host.len, address) != 0) {
		return -EINVAL;
	}
	*port = (uint16_t)number;
	return 0;
}

static size_t texts(const struct conf_list *list, const char *const *defaults, size_t n_defaults,
                    const char **out, size_t max)
{
	const char *const *from = list->count > 0 ? list->items : defaults;
	size_t n = list->count > 0 ? list->count : n_defaults;

	n = n < max ? n : max;
	for (size_t i = 0; i < n; i++) {
		out[i] = from[i];
	}
	return n;
}

size_t posture_recordings(const struct posture_conf *conf, const char *out[POSTURE_FOLDERS_MAX])
{
	static const char *const defaults[] = { "/var/spool/asterisk/monitor" };

	return texts(&conf->recordings, defaults, 1, out, POSTURE_FOLDERS_MAX);
}

size_t posture_auth_logs(const struct posture_conf *conf, const char *out[POSTURE_LOGS_MAX])
{
	static const char *const defaults[] = {
		"/var/log/asterisk/security",         "/var/log/asterisk/security_log",
		"/var/log/asterisk/messages",         "/var/log/asterisk/messages.log",
		"/var/log/freeswitch/freeswitch.log",
	};

	return texts(&conf->auth_logs, defaults, sizeof(defaults) / sizeof(defaults[0]), out,
	             POSTURE_LOGS_MAX);
}

static int check_tls(const struct posture_conf *c, struct fault *fault)
{
	const char *const *tls = c->tls.items;

	for (size_t i = 0; i < c->tls.count; i++) {
		struct net_addr address;
		uint16_t port;

		if (posture_endpoint(tls[i], &address, &port) != 0) {
			return fault_set(fault, -EINVAL,
			                 "posture (line %u): tls: \"%s\" is no listener: expected "
			                 "one such as 5061, 192.0.2.10:5061 or [2001:db8::10]:5061",
			                 c->line, tls[i]);
		}
		if (!own_address(address)) {
			return fault_set(fault, -EADDRNOTAVAIL,
			                 "posture (line %u): tls: \"%s\" is no address of this "
			                 "host: it asks nobody else; run an agent there",
			                 c->line, tls[i]);
		}
	}
	return 0;
}

static int check_paths(const struct posture_conf *c, const char *key, const char *const *paths,
                       size_t n, struct fault *fault)
{
	for (size_t i = 0; i < n; i++) {
		if (paths[i] != NULL && paths[i][0] != '/') {
			return fault_set(fault, -EINVAL,
			                 "posture (line %u): %s: \"%s\" must begin with a slash: "
			                 "paths here are those of the host",
			                 c->line, key, paths[i]);
		}
	}
	return 0;
}

int posture_check(const void *conf, struct fault *fault)
{
	const struct posture_conf *c = conf;
	int rc = check_tls(c, fault);

	if (rc == 0) {
		rc = check_paths(c, "root", &c->root, 1, fault);
	}
	if (rc == 0) {
		rc = check_paths(c, "asterisk", &c->asterisk, 1, fault);
	}
	if (rc == 0) {
		rc = check_paths(c, "freeswitch", &c->freeswitch, 1, fault);
	}
	if (rc == 0) {
		rc = check_paths(c, "packages", &c->packages, 1, fault);
	}
	if (rc == 0) {
		rc = check_paths(c, "advisories", &c->advisories, 1, fault);
	}
	if (rc == 0) {
		rc = check_paths(c, "recordings", c->recordings.items, c->recordings.count, fault);
	}
	if (rc == 0) {
		rc = check_paths(c, "auth_logs", c->auth_logs.items, c->auth_logs.count, fault);
	}
	return rc;
}
