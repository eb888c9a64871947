#include "agent/check.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "agent/conf.h"
#include "common/privilege.h"
#include "common/tls.h"

#define SOON_DAYS 14

struct check {
	FILE *out;
	struct agent_conf *conf;
	unsigned problems;
	bool stranger; /* the user is not known: nothing can be asked as that user */
};

static void __attribute__((format(printf, 2, 3))) problem(struct check *k, const char *format, ...)
{
	va_list args;

	k->problems++;
	(void)fputs("problem: ", k->out);
	va_start(args, format);
	(void)vfprintf(k->out, format, args);
	va_end(args);
	(void)fputc('\n', k->out);
}

static void __attribute__((format(printf, 2, 3))) warning(struct check *k, const char *format, ...)
{
	va_list args;

	(void)fputs("warning: ", k->out);
	va_start(args, format);
	(void)vfprintf(k->out, format, args);
	va_end(args);
	(void)fputc('\n', k->out);
}

/* ---- the user it will be ---- */

/* May that user do this with the file? Asked as that user, in a child. @return 0 or -errno. */
static int user_may(const struct check *k, const char *path, int mode)
{
	int status = 0;
	pid_t pid;

	if (k->stranger) {
		return 0; /* which has been said */
	}
	(void)fflush(k->out); /* or the child would print it a second time */
	pid = fork();
	if (pid == 0) {
		int code = privilege_drop(k->conf->user, NULL) != 0 ? EPERM : 0;

		if (code == 0 && faccessat(AT_FDCWD, path, mode, AT_EACCESS) != 0) {
			code = errno;
		}
		_exit(code);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		return -ECHILD;
	}
	return -WEXITSTATUS(status);
}

static const char *user_name(const struct check *k)
{
	return geteuid() == 0 && k->conf->user != NULL ? k->conf->user : "this user";
}

static void check_user(struct check *k)
{
	k->stranger = k->conf->user != NULL && getpwnam(k->conf->user) == NULL;
	if (k->stranger) {
		problem(k,
		        "user %s is not known here: create it (useradd --system %s) or change "
		        "`user` in the configuration",
		        k->conf->user, k->conf->user);
	} else if (k->conf->user == NULL && geteuid() == 0) {
		warning(k, "the agent would stay root: create a user for it (useradd --system "
		           "cxmeter) and set `user`");
	}
}

/* ---- certificates and keys ---- */

static X509 *read_certificate(const char *path)
{
	FILE *in = fopen(path, "re");
	X509 *cert = in != NULL ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	if (in != NULL) {
		(void)fclose(in);
	}
	ERR_clear_error();
	return cert;
}

static void check_expiry(struct check *k, const char *path, const X509 *cert, const char *what)
{
	int days = 0;
	int seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)) != 1) {
		problem(k, "%s: cannot read when the %s expires", path, what);
	} else if (days < 0 || seconds < 0) {
		problem(k, "%s: the %s has expired: issue a new one", path, what);
	} else if (days < SOON_DAYS) {
		warning(k, "%s: the %s expires in %d days: issue a new one", path, what, days);
	}
}

static void on_fault(void *arg, const struct fault *fault)
{
	problem(arg, "%s", fault->text);
}

static void check_own_certificate(struct check *k, X509 *cert)
{
	const char *path = k->conf->collector.certificate;
	struct fault fault = { 0 };

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) > 0) { /* else it has been said */
		check_expiry(k, path, cert, "certificate");
	}
	if (X509_check_purpose(cert, X509_PURPOSE_SSL_CLIENT, 0) != 1) {
		problem(k,
		        "%s: the certificate is not for clients (extendedKeyUsage clientAuth): the "
		        "collector would refuse it",
		        path);
	}
	if (agent_conf_identity(k->conf, &fault) != 0) {
		problem(k, "%s", fault.text);
	}
}

static void check_certificates(struct check *k)
{
	const struct agent_conf_collector *c = &k->conf->collector;
	const struct tls_files files = { c->ca, c->certificate, c->key };
	X509 *cert = read_certificate(c->certificate);
	X509 *ca = read_certificate(c->ca);

	if (tls_problems(false, &files, on_fault, k) == 0 && !tls_signed_by_ca(false, &files)) {
		warning(k,
		        "%s: not signed by the CA in %s: the collector refuses it, unless it knows "
		        "another CA",
		        c->certificate, c->ca);
	}
	if (cert != NULL) {
		check_own_certificate(k, cert);
	}
	if (ca != NULL) {
		check_expiry(k, c->ca, ca, "CA's certificate");
	}
	X509_free(cert);
	X509_free(ca);
}

/* They are read again at each connect, then as the user the agent has become. */
static void check_readable(struct check *k)
{
	const char *const paths[] = { k->conf->collector.ca, k->conf->collector.certificate,
		                      k->conf->collector.key };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], R_OK) == 0 && user_may(k, paths[i], R_OK) != 0) {
			problem(k, "%s: %s cannot read it: chown it", paths[i], user_name(k));
		}
	}
}

static void check_site_key(struct check *k)
{
	const struct pseudonym_plan plan = { 0 };
	struct pseudonym *p = NULL;
	struct fault fault = { 0 };

	if (pseudonym_open(&p, k->conf->site_key, &plan, &fault) != 0) {
		problem(k, "%s", fault.text);
	}
	pseudonym_free(p);
}

/* ---- spool ---- */

static void check_space(struct check *k, const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)k->conf->spool.quota_bytes) {
		warning(k, "%s: less space is free than the spool may take (quota)", path);
	}
}

static void check_spool(struct check *k)
{
	const char *directory = k->conf->spool.directory;
	const char *slash = strrchr(directory, '/');
	char parent[4096];
	const char *path = directory;
	struct stat st = { 0 };
	int rc = 0;

	(void)snprintf(parent, sizeof(parent), "%.*s",
	               slash != NULL && slash != directory ? (int)(slash - directory) : 1,
	               slash != NULL ? directory : ".");
	if (stat(directory, &st) != 0 && errno == ENOENT) {
		path = parent; /* it will be made, by root where root starts the agent */
		rc = stat(parent, &st) != 0 ? -errno : 0;
	}
	if (rc == 0 && !S_ISDIR(st.st_mode)) {
		problem(k, "%s: cannot use the spool: %s", directory, strerror(ENOTDIR));
		return;
	}
	if (rc == 0 && (path != parent || geteuid() != 0)) {
		rc = user_may(k, path, W_OK | X_OK);
	}
	if (rc != 0 && path == parent) {
		problem(k,
		        "%s: cannot make the spool's directory: %s: make the one above it, or "
		        "change `directory` under `spool`",
		        directory, strerror(-rc));
	} else if (rc != 0) {
		problem(k, "%s: %s cannot write to the spool: %s: chown it", directory,
		        user_name(k), strerror(-rc));
	}
	check_space(k, path);
}

/* ---- all of it ---- */

/* Sources read their files as the user the agent becomes, whoever asks here. */
static void check_source_paths(struct check *k, size_t kind, size_t i)
{
	const struct conf_schema *schema = k->conf->kinds[kind]->schema;
	const char *entry = agent_conf_entry(k->conf, kind, i);

	for (size_t n = 0; n < schema->n_items; n++) {
		const char *path = NULL;
		struct stat st;
		int mode;

		if (schema->items[n].type == CONF_PATH) {
			memcpy(&path, entry + schema->items[n].offset, sizeof(path));
		}
		if (path == NULL || stat(path, &st) != 0) {
			continue;
		}
		mode = S_ISDIR(st.st_mode) ? R_OK | W_OK | X_OK : R_OK;
		if (user_may(k, path, mode) != 0) {
			problem(k, "%s:%u: %s: %s: %s cannot %s it: put that user into its group",
			        k->conf->doc.path, agent_conf_line(k->conf, kind, i),
			        k->conf->kinds[kind]->name, path, user_name(k),
			        S_ISDIR(st.st_mode) ? "read and write" : "read");
		}
	}
}

static void check_source(struct check *k, size_t kind, size_t i)
{
	struct fault fault = { 0 };
	int rc = k->conf->kinds[kind]->check(agent_conf_entry(k->conf, kind, i), &fault);
	unsigned line = agent_conf_line(k->conf, kind, i);

	if (rc < 0) {
		problem(k, "%s:%u: %s: %s", k->conf->doc.path, line, k->conf->kinds[kind]->name,
		        fault.text);
		return;
	}
	check_source_paths(k, kind, i);
	if (rc > 0) {
		warning(k, "%s:%u: %s: %s", k->conf->doc.path, line, k->conf->kinds[kind]->name,
		        fault.text);
	}
}

static void check_sources(struct check *k)
{
	size_t n = 0;

	for (size_t kind = 0; k->conf->kinds[kind] != NULL; kind++) {
		for (size_t i = 0; i < k->conf->sources[kind].count; i++, n++) {
			check_source(k, kind, i);
		}
	}
	if (n == 0) {
		problem(k, "%s: no sources: name at least one under `sources:`", k->conf->doc.path);
	}
}

static void on_problem(void *arg, const char *text)
{
	problem(arg, "%s", text);
}

unsigned agent_check(const char *conf_path, const struct source_ops *const *kinds, FILE *out)
{
	struct agent_conf conf;
	struct check k = { .out = out, .conf = &conf };
	struct fault fault = { 0 };

	if (agent_conf_read(&conf, conf_path, kinds, &fault) != 0) {
		problem(&k, "%s", fault.text);
		return k.problems;
	}
	(void)agent_conf_problems(&conf, on_problem, &k);
	check_user(&k);
	check_certificates(&k);
	check_readable(&k);
	check_site_key(&k);
	check_spool(&k);
	check_sources(&k);
	agent_conf_free(&conf);
	return k.problems;
}
