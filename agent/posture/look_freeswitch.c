/* FreeSWITCH's event socket (mod_event_socket, event_socket.conf.xml): `esl_exposed`, who can reach
 * it, and `esl_secret`, whether its password is one that everybody knows. */
#include "agent/posture/scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "agent/decode/fs_param.h"
#include "agent/posture/host_file.h"
#include "agent/posture/own_address.h"
#include "agent/posture/secrets.h"

#define CONF_MAX_BYTES_ESL ((size_t)256 * 1024)
#define FILE_NAME          "event_socket.conf.xml"

struct event_socket {
	char listen_ip[64]; /* as it stands there; "::" where nothing does (the sample's) */
	char port[16];
	bool has_acl;
	enum secret_flaw flaw;
};

/* Parameters of mod_event_socket (signalwire docs, mod_event_socket): the ACL's default is
 * loopback.auto only where the file says so. */
static void take(struct event_socket *e, const struct fs_param *p)
{
	if (strcmp(p->name, "listen-ip") == 0) {
		(void)snprintf(e->listen_ip, sizeof(e->listen_ip), "%.60s", p->value);
	} else if (strcmp(p->name, "listen-port") == 0) {
		(void)snprintf(e->port, sizeof(e->port), "%.10s", p->value);
	} else if (strcmp(p->name, "apply-inbound-acl") == 0) {
		e->has_acl = p->value[0] != '\0';
	} else if (strcmp(p->name, "password") == 0) {
		e->flaw = secret_judge(slice_of(p->value), SLICE(""));
	}
}

static void read_params(struct buf *text, struct event_socket *e)
{
	struct slice rest = { (const char *)text->data, text->len };
	struct fs_param p;

	*e = (struct event_socket){ .listen_ip = "::", .port = "8021", .flaw = SECRET_DEFAULT };
	while (fs_param_next(&rest, &p) == 1) {
		take(e, &p);
	}
	explicit_bzero(&p, sizeof(p));
	if (text->data != NULL) {
		explicit_bzero(text->data, text->len);
	}
}

static bool is_local(const char *ip)
{
	struct net_addr a;

	return net_addr_parse(ip, strlen(ip), &a) == 0 && own_address_loopback(a);
}

static void tell(struct posture_scan *scan, const struct event_socket *e)
{
	struct posture_finding *f = posture_report_add(scan->report, "esl_exposed", FILE_NAME);
	bool local = is_local(e->listen_ip);

	posture_judge(f, local || e->has_acl,
	              e->flaw == SECRET_FINE ? POSTURE_HIGH : POSTURE_CRITICAL);
	posture_value(f, "port %s is bound to %s%s", e->port,
	              local ? "loopback" : "addresses that others reach",
	              e->has_acl ? ", with an access list"
	              : local    ? ""
	                         : " without an access list: set listen-ip to 127.0.0.1, or "
	                           "apply-inbound-acl");
	f = posture_report_add(scan->report, "esl_secret", FILE_NAME);
	posture_judge(f, e->flaw == SECRET_FINE, local ? POSTURE_MEDIUM : POSTURE_CRITICAL);
	posture_value(f, "the password %s", secret_flaw_text(e->flaw));
}

void posture_look_freeswitch(struct posture_scan *scan)
{
	static const char *const places[] = { "autoload_configs/" FILE_NAME, FILE_NAME };
	char path[POSTURE_PATH_MAX];
	struct event_socket e;
	struct buf text;
	int rc = -ENOENT;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && rc == -ENOENT; i++) {
		(void)snprintf(path, sizeof(path), "%.900s/%s", scan->conf->freeswitch, places[i]);
		buf_init(&text, CONF_MAX_BYTES_ESL);
		rc = host_read(scan, path, false, &text);
		if (rc == 0) {
			read_params(&text, &e);
			tell(scan, &e);
		}
		buf_free(&text);
	}
	if (rc == -ENOENT || rc == 0 || posture_stopped(scan)) {
		return; /* no FreeSWITCH here */
	}
	host_unreadable(scan, posture_report_add(scan->report, "esl_exposed", FILE_NAME), path,
	                rc == 1 ? -EFBIG : rc);
}
