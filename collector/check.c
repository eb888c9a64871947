#include "collector/check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/magic.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/ingest/listener.h"
#include "collector/ingest/rules.h"
#include "common/privilege.h"
#include "common/slice.h"

#define SOON_DAYS      14
#define DAY_S          86400
#define FREE_MIN_BYTES ((uint64_t)1024 * 1024 * 1024)

struct check {
	FILE *out;
	const struct collector_conf *conf;
	unsigned problems;
	unsigned warnings;
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

	k->warnings++;
	(void)fputs("warning: ", k->out);
	va_start(args, format);
	(void)vfprintf(k->out, format, args);
	va_end(args);
	(void)fputc('\n', k->out);
}

/* May the user the collector becomes do this with the file? Asked as that user, in a child. */
static bool user_may(const struct check *k, const char *path, int mode)
{
	int status = 0;
	pid_t pid;

	(void)fflush(k->out); /* or the child would print it a second time */
	pid = fork();
	if (pid == 0) {
		_exit(privilege_drop(k->conf->user, NULL) != 0 ||
		      faccessat(AT_FDCWD, path, mode, AT_EACCESS) != 0);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

static const char *user_name(const struct check *k)
{
	return k->conf->user != NULL ? k->conf->user : "this user";
}

static void check_user(struct check *k)
{
	if (k->conf->user == NULL) {
		if (geteuid() == 0) {
			warning(k, "the collector would stay root: create a user for it "
			           "(useradd --system cxmeter) and set `user`");
		}
	} else if (getpwnam(k->conf->user) == NULL) {
		problem(k,
		        "user %s is not known here: create it (useradd --system %s) or change "
		        "`user`",
		        k->conf->user, k->conf->user);
	}
}

/* ---- certificates ---- */

static X509 *read_certificate(const char *path)
{
	FILE *in = path != NULL ? fopen(path, "re") : NULL;
	X509 *cert = in != NULL ? PEM_read_X509(in, NULL, NULL, NULL) : NULL;

	if (in != NULL) {
		(void)fclose(in);
	}
	ERR_clear_error();
	return cert;
}

static void check_expiry(struct check *k, const char *path, const ASN1_TIME *ends, const char *what)
{
	int days = 0;
	int seconds = 0;

	if (ASN1_TIME_diff(&days, &seconds, NULL, ends) != 1) {
		problem(k, "%s: cannot read when the %s expires", path, what);
	} else if (days < 0 || seconds < 0) {
		problem(k, "%s: the %s has expired: issue a new one", path, what);
	} else if (days < SOON_DAYS) {
		warning(k, "%s: the %s expires in %d days: issue a new one and reload", path, what,
		        days);
	}
}

static bool has_server_name(const X509 *cert)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type = sk_GENERAL_NAME_value(names, i)->type;

		found |= type == GEN_DNS || type == GEN_IPADD;
	}
	GENERAL_NAMES_free(names);
	return found;
}

static void check_certificate(struct check *k)
{
	const char *path = k->conf->certificate;
	X509 *cert = read_certificate(path);

	if (cert == NULL) {
		return; /* the TLS context has said why */
	}
	check_expiry(k, path, X509_get0_notAfter(cert), "certificate");
	if (!has_server_name(cert)) {
		problem(k,
		        "%s: the certificate has no DNS name or IP address (subjectAltName): "
		        "agents would refuse it",
		        path);
	}
	if (X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0) != 1) {
		problem(k,
		        "%s: the certificate is not for servers (extendedKeyUsage serverAuth): "
		        "agents would refuse it",
		        path);
	}
	X509_free(cert);
}

static void check_ca(struct check *k)
{
	X509 *cert = read_certificate(k->conf->ca);

	if (cert == NULL) {
		return;
	}
	check_expiry(k, k->conf->ca, X509_get0_notAfter(cert), "CA's certificate");
	if (X509_check_ca(cert) == 0) {
		problem(k, "%s: not the certificate of a CA: no agent could connect", k->conf->ca);
	}
	X509_free(cert);
}

static void check_crl(struct check *k)
{
	FILE *in = k->conf->crl != NULL ? fopen(k->conf->crl, "re") : NULL;
	X509_CRL *crl = in != NULL ? PEM_read_X509_CRL(in, NULL, NULL, NULL) : NULL;

	if (in != NULL) {
		(void)fclose(in);
	}
	if (crl != NULL && X509_CRL_get0_nextUpdate(crl) != NULL) {
		check_expiry(k, k->conf->crl, X509_CRL_get0_nextUpdate(crl), "revocation list");
	}
	X509_CRL_free(crl);
	ERR_clear_error();
}

static void check_reload(struct check *k)
{
	const char *const paths[] = { k->conf->ca, k->conf->certificate, k->conf->key,
		                      k->conf->crl };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (paths[i] != NULL && access(paths[i], R_OK) == 0 &&
		    !user_may(k, paths[i], R_OK)) {
			warning(k,
			        "%s: %s cannot read it, so a reload would fail: chown or chgrp "
			        "it",
			        paths[i], user_name(k));
		}
	}
}

/* ---- address ---- */

static void check_listen(struct check *k)
{
	struct listener_address address;
	struct fault fault = { 0 };
	uint16_t port;
	int fd;
	int rc = listener_parse(k->conf->listen, &address, &fault);

	if (rc == 0) {
		rc = listener_open(&address, 1, &fd, &port, &fault);
	}
	if (rc == 0) {
		(void)close(fd);
	} else if (rc == -EADDRINUSE) {
		warning(k, "%s (nothing is wrong if that is the collector itself)", fault.text);
	} else {
		problem(k, "%s", fault.text);
	}
}

static void check_files(struct check *k)
{
	rlim_t need = (rlim_t)k->conf->max_connections + COLLECTOR_OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < need) {
		problem(k,
		        "max_connections needs %llu open files and %llu are allowed: raise "
		        "LimitNOFILE (ulimit -Hn) or lower it",
		        (unsigned long long)need, (unsigned long long)limit.rlim_max);
	}
}

/* ---- store ---- */

/* SQLite's write-ahead log needs memory shared between processes, which these do not give
 * (https://www.sqlite.org/wal.html). */
static bool is_remote(const struct statfs *fs)
{
	switch ((unsigned long)fs->f_type) {
	case NFS_SUPER_MAGIC:
	case SMB_SUPER_MAGIC:
	case CIFS_SUPER_MAGIC:
	case SMB2_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

static void check_directory(struct check *k, const char *directory)
{
	struct statfs fs;

	if (statfs(directory, &fs) != 0) {
		problem(k, "%s: cannot hold the store: %s: create it and give it to %s", directory,
		        strerror(errno), user_name(k));
		return;
	}
	if (is_remote(&fs)) {
		problem(k, "%s: a network file system cannot hold the store: use a local disk",
		        directory);
	}
	if (!user_may(k, directory, W_OK | X_OK)) {
		problem(k, "%s: %s cannot write there: chown it", directory, user_name(k));
	}
	if ((uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize < FREE_MIN_BYTES) {
		warning(k, "%s: less than 1 GiB is free", directory);
	}
}

static void check_store(struct check *k)
{
	struct slice path = slice_of(k->conf->store);
	struct slice scheme = slice_cut(&path, ':');
	char directory[4096];
	const char *slash;

	if (!slice_eq(scheme, SLICE("sqlite"))) {
		problem(k, "store: no store is called \"%.*s\": use sqlite:PATH", (int)scheme.len,
		        scheme.at);
		return;
	}
	slash = strrchr(path.at, '/');
	(void)snprintf(directory, sizeof(directory), "%.*s",
	               slash == path.at ? 1 : (slash != NULL ? (int)(slash - path.at) : 1),
	               slash != NULL ? path.at : ".");
	check_directory(k, directory);
	if (access(path.at, F_OK) == 0 && !user_may(k, path.at, R_OK | W_OK)) {
		problem(k, "%s: %s cannot write to it: chown it", path.at, user_name(k));
	}
}

unsigned collector_check(const char *conf_path, FILE *out)
{
	struct check k = { .out = out };
	struct collector_conf conf;
	struct rules *rules = NULL;
	struct fault fault = { 0 };

	if (collector_conf_load(&conf, conf_path, &fault) != 0) {
		problem(&k, "%s", fault.text);
		return k.problems;
	}
	k.conf = &conf;
	if (rules_new(&rules, &conf, &fault) != 0) {
		problem(&k, "%s", fault.text);
	} else {
		k.conf = rules_conf(rules); /* they have taken it */
	}
	check_user(&k);
	check_certificate(&k);
	check_ca(&k);
	check_crl(&k);
	check_reload(&k);
	check_listen(&k);
	check_files(&k);
	check_store(&k);
	rules_unref(rules);
	collector_conf_free(&conf);
	return k.problems;
}
