/* Settings of the ami source and its secret; see ami.h. What they say of the host is
 * agent/asterisk/advice.h's. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/asterisk/advice.h"
#include "agent/sources/ami.h"
#include "agent/sources/peer.h"
#include "agent/track/ami_fact.h"
#include "agent/track/queue_call.h"
#include "common/env.h"
#include "common/secret.h"

#define AT(member) offsetof(struct ami_conf, member)

static const char *const logins[] = { "md5", "plain", NULL };

static const struct conf_item items[] = {
	{ .name = "host",
	  .type = CONF_TEXT,
	  .offset = AT(host),
	  .def = "127.0.0.1",
	  .help = "Where Asterisk's manager interface listens." },
	{ .name = "port",
	  .type = CONF_INT,
	  .offset = AT(port),
	  .min = 1,
	  .max = 65535,
	  .def = "5038",
	  .help = "Its port; 5039 is the usual one with TLS." },
	{ .name = "tls",
	  .type = CONF_BOOL,
	  .offset = AT(tls),
	  .def = "false",
	  .help = "It is a TLS listener (tlsenable=yes in manager.conf)." },
	{ .name = "ca",
	  .type = CONF_PATH,
	  .offset = AT(ca),
	  .help = "Who signed its certificate; without it the CAs this host trusts." },
	{ .name = "user",
	  .type = CONF_TEXT,
	  .offset = AT(user),
	  .def = "cxmeter",
	  .help = "Section of manager.conf to log in as. Make one for the agent alone; it "
	          "needs no `write`, and with `reporting` calls outlast a lost connection." },
	{ .name = "secret_file",
	  .type = CONF_PATH,
	  .offset = AT(secret_file),
	  .help = "File whose first line is its secret, readable by its owner only." },
	{ .name = "login",
	  .type = CONF_TEXT,
	  .offset = AT(login),
	  .def = "md5",
	  .choices = logins,
	  .help = "`md5`: the secret does not go over the line; `plain`: it does, for OpenSSL "
	          "without MD5." },
	{ .name = "asterisk",
	  .type = CONF_TEXT,
	  .offset = AT(asterisk),
	  .def = ASTERISK_DIRECTORY,
	  .help = "Folder of Asterisk's configuration, for what check says; \"\": it runs "
	          "elsewhere." },
	{ .name = "files",
	  .type = CONF_TEXTS,
	  .offset = AT(files),
	  .max = 4096,
	  .help = "Recorded streams to read once (replay); .gz and .zst are unpacked." },
	{ .name = "slot",
	  .type = CONF_DURATION,
	  .offset = AT(slot_ms),
	  .min = 5000,
	  .max = 3600000,
	  .def = "60s",
	  .help = "How often the state of every queue becomes a `Gauge`." },
	{ .name = "variables",
	  .type = CONF_TEXT,
	  .offset = AT(variables),
	  .def = "",
	  .help = "Channel variables that tell something of a call, as NAME=field with blanks "
	          "between; fields: customer, agent, case_id, "
	          "dialog (a SIP Call-ID; all four become pseudonyms), "
	          "language_wanted, language_given, skill_wanted, skill_given, disposition, "
	          "reason (stay as they are: no personal data)." },
	{ .name = "media",
	  .type = CONF_BOOL,
	  .offset = AT(media),
	  .def = "true",
	  .help = "RTCP reports become `MediaStream` records, measured by the endpoint." },
	{ .name = "payment_pause",
	  .type = CONF_BOOL,
	  .offset = AT(payment_pause),
	  .def = "false",
	  .help = "Recordings are muted (MixMonitorMute) for payment data and for nothing else: "
	          "each pause is a `Payment` that is covered, unless it lies in one that `calls` "
	          "tells, which is covered where it is muted throughout." },
	{ .name = "calls",
	  .type = CONF_BOOL,
	  .offset = AT(calls),
	  .def = "false",
	  .help = "Calls, self-service and hand-offs from channel events (cel.conf: [manager] "
	          "enabled=yes), where no `cel` source reads them from a file." },
	{ .name = "cel",
	  .type = CONF_SECTION,
	  .offset = AT(cel),
	  .section = &cel_rules_schema,
	  .help = "With `calls`: what contexts and events of the dialplan mean." },
	{ .name = "max_open",
	  .type = CONF_INT,
	  .offset = AT(max_open),
	  .min = QUEUE_CALL_OPEN_MIN,
	  .max = QUEUE_CALL_OPEN_MAX,
	  .def = "2048",
	  .help = "Contacts in queues at one time; beyond, the oldest is given up and a gap says "
	          "so." },
	{ .name = "max_age",
	  .type = CONF_DURATION,
	  .offset = AT(max_age_ms),
	  .min = 60000,
	  .max = INT64_C(30) * 86400000,
	  .def = "24h",
	  .help = "A contact that is open for longer has lost its end." },
	PEER_RECONNECT_ITEMS(struct ami_conf, "login it is 15 minutes"),
	{ .name = "no_contacts",
	  .type = CONF_BOOL,
	  .offset = AT(no_contacts),
	  .def = "false",
	  .help = "A queue_log tells contacts and agents; from here come only hold and callers "
	          "that were refused. Is so wherever the agent has a `queue_log` source." },
	{ .name = "no_handoffs",
	  .type = CONF_BOOL,
	  .offset = AT(no_handoffs),
	  .def = "false",
	  .help = "Another source tells hand-offs. Is so wherever the agent has a `cel` source." },
	{ .name = "no_calls",
	  .type = CONF_BOOL,
	  .offset = AT(no_calls),
	  .def = "false",
	  .help = "Overrides `calls`. Is so wherever the agent has a `cel` source." },
};

const struct conf_schema ami_schema = { items, sizeof(items) / sizeof(items[0]),
	                                sizeof(struct ami_conf), CONF_NO_LINE };

/* ---- the secret ---- */

static int first_line(const char *path, struct slice text, char out[AMI_TEXT_MAX],
                      struct fault *fault)
{
	struct slice line = slice_trim(slice_cut(&text, '\n'));

	if (line.len > 0 && line.len < AMI_TEXT_MAX) {
		memcpy(out, line.at, line.len);
		out[line.len] = '\0';
		if (strlen(out) == line.len && ami_session_text_fits(out)) {
			return 0;
		}
	}
	return fault_set(fault, -EINVAL,
	                 "%s: the first line must be the secret of manager.conf: printable ASCII, "
	                 "at most %d bytes",
	                 path, AMI_TEXT_MAX - 1);
}

int ami_secret(const struct ami_conf *conf, char out[AMI_TEXT_MAX], struct fault *fault)
{
	char text[AMI_TEXT_MAX + 2];
	struct stat st;
	ssize_t n;
	int fd;
	int rc;

	if (conf->secret_file == NULL) {
		return fault_set(fault, -EINVAL, "secret_file: say where the secret is");
	}
	fd = env_open_regular(&env_system, conf->secret_file, &st);
	n = fd >= 0 ? env_pread_all(&env_system, fd, text, sizeof(text), 0) : fd;
	if (fd >= 0) {
		(void)close(fd);
	}
	if (n < 0) {
		return fault_set(fault, (int)n, "%s: cannot read the secret: %s", conf->secret_file,
		                 strerror((int)-n));
	}
	rc = secret_check(conf->secret_file, "secret", &st, fault);
	rc = rc == 0 ? first_line(conf->secret_file, (struct slice){ text, (size_t)n }, out, fault)
	             : rc;
	explicit_bzero(text, sizeof(text));
	return rc;
}

/* ---- check ---- */

static int check_words(const struct ami_conf *c, struct fault *fault)
{
	const char *wrong = ami_fact_problem(c->variables);

	if (wrong != NULL) {
		return fault_set(fault, -EINVAL,
		                 "variables: expected NAME=field, at most %d, found %.40s",
		                 AMI_FACT_VARIABLES_MAX, wrong);
	}
	if (c->cel.rules.survey_min >= c->cel.rules.survey_max) {
		return fault_set(fault, -EINVAL, "cel: survey_max: must be above survey_min");
	}
	return 0;
}

int ami_check(const void *conf, struct fault *fault)
{
	const struct ami_conf *c = conf;
	char secret[AMI_TEXT_MAX];
	int rc = check_words(c, fault);

	if (rc != 0 || c->files.count > 0) {
		return rc;
	}
	if (!ami_session_text_fits(c->user)) {
		return fault_set(fault, -EINVAL, "user: expected printable ASCII, at most %d bytes",
		                 AMI_TEXT_MAX - 1);
	}
	rc = ami_secret(c, secret, fault);
	explicit_bzero(secret, sizeof(secret));
	return rc;
}

void ami_examine(const void *conf, const struct source_examine *e)
{
	const struct ami_conf *c = conf;
	const struct asterisk_tell tell = { e->tell, e->arg };
	const struct asterisk_wish wish = {
		.user = c->user,
		.port = (uint16_t)c->port,
		.tls = c->tls,
		.variables = c->variables[0] != '\0',
		.media = c->media,
		.calls = c->calls && !c->no_calls,
		.contacts = !c->no_contacts,
	};

	if (c->asterisk[0] != '\0' && c->files.count == 0) {
		asterisk_advise_manager(c->asterisk, &wish, &tell);
	}
}
