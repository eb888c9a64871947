/* Settings of the esl source, its password, and what they say of the host; see esl.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/decode/fs_conf.h"
#include "agent/sources/esl.h"
#include "agent/sources/fs_conf.h"
#include "agent/sources/peer.h"
#include "common/env.h"
#include "common/secret.h"
#include "common/slice.h"

#define FILE_BYTES 16384 /* the one FreeSWITCH ships has 1 KiB */

#define AT(member) offsetof(struct esl_conf, member)

static const struct conf_item items[] = {
	{ .name = "host",
	  .type = CONF_TEXT,
	  .offset = AT(host),
	  .def = "127.0.0.1",
	  .help = "Where FreeSWITCH listens. The event socket knows no encryption: loopback, or a "
	          "network nobody else is in." },
	{ .name = "port",
	  .type = CONF_INT,
	  .offset = AT(port),
	  .min = 1,
	  .max = 65535,
	  .def = "8021",
	  .help = "Its port, `listen-port` in event_socket.conf.xml." },
	{ .name = "password_file",
	  .type = CONF_PATH,
	  .offset = AT(password_file),
	  .help = "File whose first line is the password, readable by its owner only. Without it "
	          "the "
	          "password is read from `conf_file`." },
	{ .name = "conf_file",
	  .type = CONF_PATH,
	  .offset = AT(conf_file),
	  .def = "/etc/freeswitch/autoload_configs/event_socket.conf.xml",
	  .help = "FreeSWITCH's own settings of the event socket, where it runs on this host: for "
	          "the password, and for what check says." },
	FS_ITEM_TRUNKS(AT(trunks), FS_HELP_OTHERS),
	FS_ITEM_VISITS(AT(visits)),
	{ .name = "look",
	  .type = CONF_DURATION,
	  .offset = AT(look_ms),
	  .min = 5000,
	  .max = 3600000,
	  .def = "60s",
	  .help = "How often queues, members, agents and channels are listed: the slot of `Gauge` "
	          "records, and what puts stale entries right." },
	FS_ITEM_MAX_CONTACTS(AT(max_contacts),
	                     "Contacts in queues at one time; then the one silent "
	                     "for longest is told without an end."),
	FS_ITEM_MAX_CALLS(AT(max_calls), "Calls remembered until their last channel is over."),
	{ .name = "max_age",
	  .type = CONF_DURATION,
	  .offset = AT(max_age_ms),
	  .min = 60000,
	  .max = 604800000,
	  .def = "12h",
	  .help = "A contact of which nothing was heard for so long has lost its end." },
	PEER_RECONNECT_ITEMS(struct esl_conf, "password it is five minutes"),
};

const struct conf_schema esl_schema = { items, sizeof(items) / sizeof(items[0]),
	                                sizeof(struct esl_conf), CONF_NO_LINE };

/* ---- files ---- */

/* @return the length, or -errno. */
static ssize_t read_whole(const char *path, char out[FILE_BYTES], struct stat *st)
{
	int fd = env_open_regular(&env_system, path, st);
	ssize_t n;

	if (fd < 0) {
		return fd;
	}
	n = env_pread_all(&env_system, fd, out, FILE_BYTES, 0);
	(void)close(fd);
	return n == FILE_BYTES ? -EFBIG : n;
}

static int keep_password(struct slice text, const char *path, char out[ESL_PASSWORD_BYTES],
                         struct fault *fault)
{
	struct slice line = slice_trim(slice_cut(&text, '\n'));

	if (line.len == 0 || line.len >= ESL_PASSWORD_BYTES) {
		return fault_set(fault, -EINVAL,
		                 "%s: the first line must be the password of the event socket, of "
		                 "at most %d bytes",
		                 path, ESL_PASSWORD_BYTES - 1);
	}
	memcpy(out, line.at, line.len);
	out[line.len] = '\0';
	return 0;
}

static int from_password_file(const char *path, char out[ESL_PASSWORD_BYTES], struct fault *fault)
{
	char text[FILE_BYTES];
	struct stat st;
	ssize_t n = read_whole(path, text, &st);
	int rc;

	if (n < 0) {
		return fault_set(fault, (int)n, "%s: cannot read the password: %s", path,
		                 strerror((int)-n));
	}
	rc = secret_check(path, "password", &st, fault);
	rc = rc == 0 ? keep_password((struct slice){ text, (size_t)n }, path, out, fault) : rc;
	explicit_bzero(text, sizeof(text));
	return rc;
}

/* @return false when there is no such file to be read: FreeSWITCH runs elsewhere, or keeps it to
 * itself. */
static bool read_conf(const struct esl_conf *conf, struct fs_conf *out)
{
	char text[FILE_BYTES];
	ssize_t n = conf->conf_file != NULL ? read_whole(conf->conf_file, text, NULL) : -ENOENT;

	memset(out, 0, sizeof(*out));
	if (n < 0) {
		return false;
	}
	fs_conf_read((struct slice){ text, (size_t)n }, out);
	explicit_bzero(text, sizeof(text));
	return true;
}

int esl_password(const struct esl_conf *conf, char out[ESL_PASSWORD_BYTES], struct fault *fault)
{
	struct fs_conf freeswitch;

	if (conf->password_file != NULL) {
		return from_password_file(conf->password_file, out, fault);
	}
	(void)read_conf(conf, &freeswitch);
	(void)snprintf(out, ESL_PASSWORD_BYTES, "%s",
	               freeswitch.password[0] != '\0' ? freeswitch.password
	                                              : FS_CONF_PASSWORD_DEFAULT);
	explicit_bzero(&freeswitch, sizeof(freeswitch));
	return 0;
}

/* ---- check ---- */

static int warn_of_host(const struct esl_conf *conf, const struct fs_conf *f, bool is_default,
                        struct fault *fault)
{
	const char *wide =
		f->listens_wide && f->acl[0] == '\0'
			? "it listens on more than loopback (listen-ip) and for everybody "
			  "(apply-inbound-acl)"
			: "";
	const char *secret =
		is_default ? "its password is the default secret that everybody knows" : "";

	return fault_set(
		fault, 1, "%s: whoever reaches the event socket controls FreeSWITCH: %s%s%s",
		conf->conf_file, secret, is_default && wide[0] != '\0' ? ", and " : "", wide);
}

int esl_check(const void *conf_, struct fault *fault)
{
	const struct esl_conf *conf = conf_;
	char password[ESL_PASSWORD_BYTES];
	struct fs_conf freeswitch;
	bool found;
	bool is_default;
	int rc = esl_password(conf, password, fault);

	if (rc != 0) {
		return rc;
	}
	found = read_conf(conf, &freeswitch);
	is_default = strcmp(password, FS_CONF_PASSWORD_DEFAULT) == 0;
	explicit_bzero(password, sizeof(password));
	if (found && (is_default || (freeswitch.listens_wide && freeswitch.acl[0] == '\0'))) {
		rc = warn_of_host(conf, &freeswitch, is_default, fault);
	} else if (found && freeswitch.port != 0 && freeswitch.port != conf->port) {
		rc = fault_set(fault, 1, "port: %s says listen-port %u", conf->conf_file,
		               freeswitch.port);
	} else if (is_default) {
		rc = fault_set(fault, 1,
		               "password_file: none is given and %s cannot be read, so the default "
		               "secret is tried",
		               conf->conf_file != NULL ? conf->conf_file : "conf_file");
	}
	explicit_bzero(&freeswitch, sizeof(freeswitch));
	return rc;
}
