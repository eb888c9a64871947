#include "agent/discover/discover.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/discover/host.h"
#include "agent/discover/reader.h"

#define USER "cxmeter"

struct writing {
	const struct host *host;
	const struct reader *reader;
	FILE *out;
	FILE *said;
	unsigned read;    /* inputs that can be read */
	unsigned refused; /* and that cannot */
};

/* Files that are sources of their own, in the order of the configuration. */
static const struct input {
	const char *kind;
	const char *key;
	const char *path;
	const char *what;
} inputs[] = {
	{ "queue_log", "file", "/var/log/asterisk/queue_log",
	  "queues: who waited, was answered, gave up" },
	{ "cel", "file", "/var/log/asterisk/cel-custom/Master.csv",
	  "channel events: self-service, hand-offs, surveys" },
	{ "cdr", "file", "/var/log/asterisk/cdr-csv/Master.csv", "call detail records" },
};

/* Folders of recordings where PBXs put them. */
static const char *const recordings[] = {
	"/var/spool/asterisk/monitor",
	"/var/lib/freeswitch/recordings",
	"/usr/local/freeswitch/recordings",
};

/* What else is read if it is there, and by which source. */
static const struct {
	const char *path;
	const char *what;
} looked_at[] = {
	{ "/etc/asterisk/manager.conf", "posture: who may use the manager interface" },
	{ "/etc/asterisk/pjsip.conf", "posture: guests, verification of trunks" },
	{ "/etc/asterisk/sip.conf", "posture: guests" },
	{ "/etc/freeswitch/autoload_configs/event_socket.conf.xml",
	  "posture: who may use the event socket" },
	{ "/var/log/asterisk/security", "posture: refused logins" },
	{ "/var/log/asterisk/messages", "posture: refused logins" },
	{ "/var/log/freeswitch/freeswitch.log", "posture: refused logins" },
	{ "/var/lib/dpkg/status", "posture: packages" },
};

static void __attribute__((format(printf, 2, 3))) put(struct writing *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(w->out, format, args);
	va_end(args);
}

static void __attribute__((format(printf, 2, 3))) say(struct writing *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(w->said, format, args);
	(void)fputc('\n', w->said);
	va_end(args);
}

/* A path as YAML: in double quotes, with what needs it escaped (YAML 1.2 5.7). */
static void put_path(struct writing *w, const char *path)
{
	char full[1536];

	(void)snprintf(full, sizeof(full), "%s%s", w->host->root, path);
	(void)fputc('"', w->out);
	for (const char *c = full; *c != '\0'; c++) {
		unsigned char u = (unsigned char)*c;

		if (u < 0x20 || u == 0x7f) {
			put(w, "\\x%02x", u);
		} else {
			put(w, "%s%c", u == '"' || u == '\\' ? "\\" : "", u);
		}
	}
	(void)fputc('"', w->out);
}

/* ---- what was found ---- */

static void put_programs(struct writing *w)
{
	unsigned found = 0;

	for (size_t i = 0; i < HOST_PROGRAMS; i++) {
		if (w->host->running[i] > 0) {
			put(w, "#   runs: %s\n", host_program_name[i]);
			say(w, "runs: %s", host_program_name[i]);
			found++;
		}
	}
	if (w->host->proc_missing) {
		put(w, "#   what runs is not known: there is no /proc\n");
		say(w, "what runs is not known: there is no /proc");
	} else if (found == 0) {
		put(w, "#   runs: none of asterisk, freeswitch, kamailio, opensips, rtpengine\n");
		say(w, "runs: no PBX that is known here");
	}
	if (w->host->unreadable > 0) {
		put(w, "#   %u processes could not be looked at\n", w->host->unreadable);
		say(w, "%u processes could not be looked at", w->host->unreadable);
	}
}

static void put_ports(struct writing *w)
{
	for (size_t i = 0; i < w->host->n_ports; i++) {
		const struct host_port *p = &w->host->ports[i];

		put(w, "#   listens: %s port %u, %s%s\n", p->protocol, p->port, p->what,
		    p->wide ? "" : ", this host only");
		say(w, "listens: %s port %u, %s%s", p->protocol, p->port, p->what,
		    p->wide ? "" : ", this host only");
	}
}

static void put_head(struct writing *w)
{
	put(w, "# cxmeter-agent, written by `cxmeter-agent discover` from what this host shows. "
	       "Nothing is\n"
	       "# sent before `cxmeter-agent run`. Lines marked CHANGE are guesses; then:\n"
	       "#   cxmeter-agent check -c THIS-FILE\n"
	       "# Every key is described by `cxmeter-agent keys`.\n#\n");
	put_programs(w);
	put_ports(w);
}

/* ---- who and where to ---- */

static void put_identity(struct writing *w)
{
	const struct host *h = w->host;
	bool known = h->has_identity;

	put(w, "\n# Who this is, as in the certificate (urn:cxmeter:SITE:AGENT).\n");
	put(w, "site: %s%s\n", known ? h->identity.site : "my-site", known ? "" : " # CHANGE");
	put(w, "agent: %s%s\n", known ? h->identity.agent : h->name, known ? "" : " # CHANGE");
	if (h->timezone[0] != '\0') {
		put(w, "timezone: %s\n", h->timezone);
	} else {
		put(w, "#timezone: Europe/Berlin # the system's unless given\n");
	}
	put(w, "\n# Key of the pseudonyms: `cxmeter-agent keygen` once a site, then copied to its "
	       "other hosts.\n"
	       "site_key: ");
	put_path(w, "/etc/cxmeter/site.key");
	put(w, "\n\n# Telephone numbers are brought to international form; without it they stay as "
	       "dialled.\n"
	       "#country_code: \"49\" # CHANGE\n");
}

static void put_collector(struct writing *w)
{
	const struct host *h = w->host;
	const char *name = h->has_identity ? h->certificate : h->name;
	char path[HOST_TEXT_MAX + 32];

	put(w,
	    "\n# Where records go, and the certificate that says who we are (cxmeter-pki agent).\n"
	    "collector:\n  address: collector.example:7443 # CHANGE\n  ca: ");
	put_path(w, "/etc/cxmeter/tls/ca.pem");
	(void)snprintf(path, sizeof(path), "/etc/cxmeter/tls/%.250s.pem", name);
	put(w, "\n  certificate: ");
	put_path(w, path);
	(void)snprintf(path, sizeof(path), "/etc/cxmeter/tls/%.250s.key", name);
	put(w, "\n  key: ");
	put_path(w, path);
	put(w, "\n\n# Where they wait until the collector has them.\nspool:\n  directory: ");
	put_path(w, "/var/spool/cxmeter");
	put(w, "\n\n# To become when started by root%s\n%suser: " USER "\n",
	    w->reader->known ? "." : ": useradd --system " USER ", then take the # away.",
	    w->reader->known ? "" : "#");
	if (!w->reader->known) {
		say(w, "there is no user " USER ": useradd --system " USER
		       "; until then it is judged what anybody may read");
	}
}

/* ---- sources ---- */

/* @return whether the file is there. */
static bool tell_reading(struct writing *w, const char *path, const char *what)
{
	char why[READER_WHY_MAX];
	enum reader_answer answer = reader_may(w->reader, path, why);

	if (answer == READER_ABSENT) {
		return false;
	}
	if (answer == READER_YES) {
		w->read++;
		put(w, "  # %s: can be read\n", path);
		say(w, "can be read: %s (%s)", path, what);
	} else {
		w->refused++;
		put(w, "  # %s: CANNOT be read by " USER ": %s\n", path, why);
		say(w, "cannot be read: %s (%s): %s", path, what, why);
	}
	return true;
}

static void put_inputs(struct writing *w)
{
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		const struct input *in = &inputs[i];

		put(w, "\n  # %s\n", in->what);
		if (tell_reading(w, in->path, in->kind)) {
			put(w, "  %s:\n    - %s: ", in->kind, in->key);
			put_path(w, in->path);
			put(w, "\n");
		} else {
			put(w, "  # not found: %s\n  #%s:\n  #  - %s: %s\n", in->path, in->kind,
			    in->key, in->path);
		}
	}
}

static void put_capture(struct writing *w)
{
	bool sip = host_has_sip(w->host);
	const char *mark = sip ? "" : "#";

	put(w, "\n  # packets: SIP dialogs and voice quality; needs CAP_NET_RAW, which root has "
	       "and gives up\n");
	for (size_t i = 0; i < w->host->n_interfaces; i++) {
		const struct proc_net_device *d = &w->host->interfaces[i];

		put(w, "  # interface %s: %" PRIu64 " packets in, %" PRIu64 " out\n", d->name,
		    d->received_packets, d->sent_packets);
	}
	if (!sip) {
		put(w, "  # no SIP was found here\n");
	}
	put(w, "  %scapture:\n  %s  - interface: any\n", mark, mark);
}

/* Sources that need a password or a setting at the other end: never switched on by a guess. */
static void put_hints(struct writing *w)
{
	for (size_t i = 0; i < w->host->n_ports; i++) {
		uint16_t port = w->host->ports[i].port;

		if (port == 5038 || port == 8021) {
			put(w,
			    "\n  # %s listens on port %u: a source of its own once it has an "
			    "account\n",
			    w->host->ports[i].what, port);
		}
	}
	if (w->host->running[HOST_KAMAILIO] + w->host->running[HOST_OPENSIPS] > 0) {
		put(w, "\n  # a SIP proxy runs here: where its SIP is in TLS, it can mirror it "
		       "(siptrace, HEP)\n");
	}
}

static void put_recordings(struct writing *w)
{
	unsigned found = 0;

	for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++) {
		if (tell_reading(w, recordings[i], "posture: how recordings are kept")) {
			put(w, "%s", found == 0 ? "  posture:\n    - recordings:\n" : "");
			put(w, "        - \"%s\"\n", recordings[i]);
			found++;
		}
	}
	put(w, "%s", found == 0 ? "  posture:\n    - interval: 24h\n" : "");
}

static void put_posture(struct writing *w)
{
	put(w,
	    "\n  # security of this host: TLS of its listeners, recordings, accounts, updates\n");
	for (size_t i = 0; i < sizeof(looked_at) / sizeof(looked_at[0]); i++) {
		(void)tell_reading(w, looked_at[i].path, looked_at[i].what);
	}
	put_recordings(w);
	if (w->host->root[0] != '\0') {
		put(w, "      root: ");
		put_path(w, "");
		put(w, "\n");
	}
	put(w, "      #retention: 90d # CHANGE: for how long recordings may be kept, as declared\n"
	       "      #advisories: /etc/cxmeter/advisories.csv\n");
}

static void put_dropbox(struct writing *w)
{
	put(w, "\n  # files of other tools: surveys, evaluations, cases, plans\n");
	if (tell_reading(w, "/var/spool/cxmeter-drop", "dropbox")) {
		put(w, "  dropbox:\n    - directory: ");
		put_path(w, "/var/spool/cxmeter-drop");
		put(w, "\n");
	} else {
		put(w, "  #dropbox:\n  #  - directory: /var/spool/cxmeter-drop\n");
	}
}

static void put_all(struct writing *w)
{
	put_head(w);
	put_identity(w);
	put_collector(w);
	put(w, "\n# What evidence is made from.\nsources:\n");
	put_inputs(w);
	put_capture(w);
	put_hints(w);
	put_posture(w);
	put_dropbox(w);
	say(w, "%u inputs can be read, %u cannot; nothing is sent before `cxmeter-agent run`",
	    w->read, w->refused);
}

/* ---- the file ---- */

static int open_output(const char *path, FILE **out, struct fault *fault)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	int rc = fd < 0 ? -errno : 0;

	if (rc == -EEXIST) {
		return fault_set(fault, rc,
		                 "%s: exists already and is not overwritten: name another file, "
		                 "and compare",
		                 path);
	}
	*out = rc == 0 ? fdopen(fd, "w") : NULL;
	if (rc == 0 && *out == NULL) {
		rc = -errno;
		(void)close(fd);
	}
	return rc == 0 ? 0 : fault_set(fault, rc, "%s: cannot be written: %s", path, strerror(-rc));
}

int discover(const struct discover_options *options, FILE *out, FILE *said, struct fault *fault)
{
	const char *root = options->root != NULL ? options->root : "/";
	char whole[PATH_MAX]; /* what is written may lie elsewhere, and relative paths with it */
	struct writing w = { .out = out, .said = said };
	struct reader reader;
	struct host host;
	struct stat st;
	int rc;

	if (realpath(root, whole) == NULL || stat(whole, &st) != 0 || !S_ISDIR(st.st_mode) ||
	    strlen(whole) >= sizeof(host.root)) {
		return fault_set(fault, -ENOTDIR, "%s: is no folder", root);
	}
	if (options->output != NULL) {
		rc = open_output(options->output, &w.out, fault);
		if (rc != 0) {
			return rc;
		}
	}
	host_look(&host, whole);
	reader_init(&reader, whole, USER);
	w.host = &host;
	w.reader = &reader;
	put_all(&w);
	rc = ferror(w.out) ? -EIO : 0;
	if (options->output != NULL && fclose(w.out) != 0) {
		rc = -errno;
	}
	return rc == 0 ? 0
	               : fault_set(fault, rc, "%s: cannot be written: %s",
	                           options->output != NULL ? options->output : "standard output",
	                           strerror(-rc));
}
