#include "agent/discover/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/posture/own_address.h"
#include "common/buf.h"
#include "common/when.h"

#define TABLE_MAX_BYTES ((size_t)8 * 1024 * 1024)
#define PATH_SIZE       1024
#define TLS_FOLDER      "/etc/cxmeter/tls"

const char *const host_program_name[HOST_PROGRAMS] = { "asterisk", "freeswitch", "kamailio",
	                                               "opensips", "rtpengine" };

static const struct {
	const char *protocol;
	uint16_t port;
	const char *what;
} known_ports[] = {
	{ "udp", 5060, "SIP" },
	{ "tcp", 5060, "SIP" },
	{ "tcp", 5061, "SIP over TLS" },
	{ "udp", 5080, "SIP (FreeSWITCH external)" },
	{ "tcp", 5080, "SIP (FreeSWITCH external)" },
	{ "tcp", 5081, "SIP over TLS (FreeSWITCH external)" },
	{ "tcp", 5038, "Asterisk manager (AMI)" },
	{ "tcp", 5039, "Asterisk manager over TLS" },
	{ "tcp", 8021, "FreeSWITCH event socket (ESL)" },
	{ "tcp", 8088, "Asterisk HTTP" },
	{ "tcp", 8089, "Asterisk HTTPS" },
	{ "udp", 9060, "HEP" },
	{ "tcp", 9060, "HEP" },
	{ "udp", 2223, "rtpengine control (ng)" },
};

/* ---- files ---- */

static bool below(const struct host *h, const char *path, char out[PATH_SIZE])
{
	int n = snprintf(out, PATH_SIZE, "%s%s", h->root, path);

	return n >= 0 && n < PATH_SIZE;
}

static bool read_text(const struct host *h, const char *path, size_t max, struct buf *out)
{
	char full[PATH_SIZE];
	int fd = below(h, path, full) ? open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	uint8_t *to;
	ssize_t n = 1;

	buf_init(out, max);
	if (fd < 0) {
		return false;
	}
	while (n > 0 && (to = buf_reserve(out, 1024)) != NULL) {
		n = read(fd, to, 1024);
		buf_commit(out, n > 0 ? (size_t)n : 0);
	}
	(void)close(fd);
	return true;
}

static void each_line(const struct host *h, const char *path,
                      void (*take)(struct host *h, const char *protocol, struct slice line),
                      struct host *to, const char *protocol)
{
	struct slice rest;
	struct buf text;

	(void)read_text(h, path, TABLE_MAX_BYTES, &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	while (rest.len > 0) {
		take(to, protocol, slice_cut(&rest, '\n'));
	}
	buf_free(&text);
}

/* The first line of a small file, without blanks. */
static void first_line(const struct host *h, const char *path, char out[HOST_TEXT_MAX])
{
	struct slice line;
	struct buf text;

	out[0] = '\0';
	if (read_text(h, path, 4096, &text)) {
		line = (struct slice){ (const char *)text.data, text.len };
		line = slice_trim(slice_cut(&line, '\n'));
		if (line.len < HOST_TEXT_MAX) {
			(void)snprintf(out, HOST_TEXT_MAX, "%.*s", (int)line.len, line.at);
		}
	}
	buf_free(&text);
}

/* ---- processes: /proc/PID/comm ---- */

static void take_process(struct host *h, const char *pid)
{
	char path[64];
	struct slice name;
	struct buf text;

	(void)snprintf(path, sizeof(path), "/proc/%.40s/comm", pid);
	errno = 0;
	if (!read_text(h, path, 2048, &text)) {
		h->unreadable +=
			errno == EACCES || errno == EPERM; /* else it has ended meanwhile */
		buf_free(&text);
		return;
	}
	name = slice_trim((struct slice){ (const char *)text.data, text.len });
	for (size_t i = 0; i < HOST_PROGRAMS; i++) {
		h->running[i] += slice_eq(name, slice_of(host_program_name[i]));
	}
	buf_free(&text);
}

static void look_at_processes(struct host *h)
{
	char full[PATH_SIZE];
	DIR *dir = below(h, "/proc", full) ? opendir(full) : NULL;
	struct dirent *entry;
	unsigned looked = 0;

	h->proc_missing = dir == NULL;
	while (dir != NULL && looked < HOST_PROCESSES_MAX && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
			take_process(h, entry->d_name);
			looked++;
		}
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
}

/* ---- ports ---- */

static void add_port(struct host *h, const char *protocol, const struct proc_net_socket *s)
{
	bool wide = !own_address_loopback(s->address);
	size_t k = 0;

	while (k < sizeof(known_ports) / sizeof(known_ports[0]) &&
	       (known_ports[k].port != s->port || strcmp(known_ports[k].protocol, protocol) != 0)) {
		k++;
	}
	if (k == sizeof(known_ports) / sizeof(known_ports[0])) {
		return;
	}
	for (size_t i = 0; i < h->n_ports; i++) {
		if (h->ports[i].port == s->port && strcmp(h->ports[i].protocol, protocol) == 0) {
			h->ports[i].wide = h->ports[i].wide || wide;
			return;
		}
	}
	if (h->n_ports < HOST_PORTS_MAX) {
		h->ports[h->n_ports++] = (struct host_port){ known_ports[k].protocol, s->port,
			                                     known_ports[k].what, wide };
	}
}

static void take_socket(struct host *h, const char *protocol, struct slice line)
{
	struct proc_net_socket s;
	bool tcp = strcmp(protocol, "tcp") == 0;

	if (proc_net_socket(line, &s) == 0 &&
	    s.state == (tcp ? PROC_NET_TCP_LISTEN : PROC_NET_UDP_OPEN)) {
		add_port(h, protocol, &s);
	}
}

/* ---- interfaces ---- */

static void take_interface(struct host *h, const char *protocol, struct slice line)
{
	struct proc_net_device d;

	(void)protocol;
	if (proc_net_device(line, &d) == 0 && strcmp(d.name, "lo") != 0 &&
	    h->n_interfaces < HOST_INTERFACES_MAX) {
		h->interfaces[h->n_interfaces++] = d;
	}
}

static int busiest_first(const void *a, const void *b)
{
	const struct proc_net_device *x = a;
	const struct proc_net_device *y = b;

	if (x->received_packets != y->received_packets) {
		return x->received_packets > y->received_packets ? -1 : 1;
	}
	return strcmp(x->name, y->name);
}

/* ---- names ---- */

/* Up to the first dot, as agents are usually called. */
static void look_at_names(struct host *h)
{
	first_line(h, "/etc/hostname", h->name);
	if (h->name[0] == '\0' && h->root[0] == '\0' &&
	    gethostname(h->name, sizeof(h->name) - 1) != 0) {
		h->name[0] = '\0';
	}
	h->name[strcspn(h->name, ".")] = '\0';
	if (!tls_name_valid(h->name)) {
		(void)snprintf(h->name, sizeof(h->name), "pbx1");
	}
	first_line(h, "/etc/timezone", h->timezone);
	if (!when_zone_known(h->timezone)) {
		h->timezone[0] = '\0';
	}
}

/* The first certificate, by name, that says who an agent is. */
static void take_certificate(struct host *h, const char *file)
{
	size_t len = strlen(file);
	char path[PATH_SIZE];
	char relative[HOST_TEXT_MAX + sizeof(TLS_FOLDER)];
	struct tls_identity id;

	if (len < 5 || len >= HOST_TEXT_MAX || strcmp(file + len - 4, ".pem") != 0 ||
	    (h->has_identity && strncmp(file, h->certificate, len - 4) >= 0)) {
		return;
	}
	(void)snprintf(relative, sizeof(relative), TLS_FOLDER "/%s", file);
	if (below(h, relative, path) && tls_file_identity(path, &id, NULL) == 0) {
		h->has_identity = true;
		h->identity = id;
		(void)snprintf(h->certificate, sizeof(h->certificate), "%.*s", (int)len - 4, file);
	}
}

static void look_at_certificates(struct host *h)
{
	char full[PATH_SIZE];
	DIR *dir = below(h, TLS_FOLDER, full) ? opendir(full) : NULL;
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		take_certificate(h, entry->d_name);
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
}

void host_look(struct host *h, const char *root)
{
	size_t len = strlen(root);

	while (len > 0 && root[len - 1] == '/') {
		len--;
	}
	*h = (struct host){ .n_ports = 0 };
	(void)snprintf(h->root, sizeof(h->root), "%.*s", (int)len, root);
	look_at_processes(h);
	each_line(h, "/proc/net/udp", take_socket, h, "udp");
	each_line(h, "/proc/net/udp6", take_socket, h, "udp");
	each_line(h, "/proc/net/tcp", take_socket, h, "tcp");
	each_line(h, "/proc/net/tcp6", take_socket, h, "tcp");
	each_line(h, "/proc/net/dev", take_interface, h, "");
	qsort(h->interfaces, h->n_interfaces, sizeof(h->interfaces[0]), busiest_first);
	look_at_names(h);
	look_at_certificates(h);
}

bool host_has_sip(const struct host *h)
{
	bool sip = false;

	for (size_t i = 0; i < HOST_RTPENGINE; i++) {
		sip = sip || h->running[i] > 0;
	}
	for (size_t i = 0; i < h->n_ports; i++) {
		sip = sip || strncmp(h->ports[i].what, "SIP", 3) == 0;
	}
	return sip;
}
