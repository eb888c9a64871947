#include "collector/check.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "collector/collector.h"
#include "collector/conf.h"
#include "collector/ingest/listener.h"
#include "collector/ingest/rules.h"
#include "common/findings.h"
#include "common/privilege.h"
#include "common/slice.h"
#include "common/tls.h"
#include "cxmeter/store.h"
#include "proto/evidence.pb-c.h"

#define FREE_MIN_BYTES ((uint64_t)1024 * 1024 * 1024)

struct check {
	struct findings f;
	const struct collector_conf *conf;
};

/* ---- certificates ---- */

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

static void check_tls(struct check *k)
{
	const struct tls_files files = { k->conf->ca, k->conf->certificate, k->conf->key };

	if (tls_problems(true, &files, findings_fault, &k->f) == 0 &&
	    !tls_signed_by_ca(true, &files)) {
		findings_warning(
			&k->f,
			"%s: not signed by the CA in %s: agents refuse it, unless they know "
			"another CA",
			k->conf->certificate, k->conf->ca);
	}
}

static void check_certificate(struct check *k)
{
	const char *path = k->conf->certificate;
	X509 *cert = findings_certificate(path);

	if (cert == NULL) {
		return; /* the TLS context has said why */
	}
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) > 0) { /* else it has been said */
		findings_expiry(&k->f, path, X509_get0_notAfter(cert), "certificate");
	}
	if (!has_server_name(cert)) {
		findings_problem(
			&k->f,
			"%s: the certificate has no DNS name or IP address (subjectAltName): "
			"agents would refuse it",
			path);
	}
	if (X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0) != 1) {
		findings_problem(
			&k->f,
			"%s: the certificate is not for servers (extendedKeyUsage serverAuth): "
			"agents would refuse it",
			path);
	}
	X509_free(cert);
}

static void check_ca(struct check *k)
{
	X509 *cert = findings_certificate(k->conf->ca);

	if (cert == NULL) {
		return;
	}
	findings_expiry(&k->f, k->conf->ca, X509_get0_notAfter(cert), "CA's certificate");
	if (X509_check_ca(cert) == 0) {
		findings_problem(&k->f, "%s: not the certificate of a CA: no agent could connect",
		                 k->conf->ca);
	}
	X509_free(cert);
}

static void check_crl(struct check *k)
{
	FILE *in = k->conf->crl != NULL ? fopen(k->conf->crl, "re") : NULL;
	X509_CRL *crl = in != NULL ? PEM_read_X509_CRL(in, NULL, NULL, NULL) : NULL;
	struct fault fault = { 0 };

	if (in != NULL) {
		(void)fclose(in);
	}
	if (k->conf->crl != NULL && rules_check_crl(k->conf->crl, &fault) != 0) {
		findings_problem(&k->f, "%s", fault.text);
	}
	if (crl != NULL && X509_CRL_get0_nextUpdate(crl) != NULL) {
		findings_expiry(&k->f, k->conf->crl, X509_CRL_get0_nextUpdate(crl),
		                "revocation list");
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
		    findings_user_may(&k->f, paths[i], R_OK) != 0) {
			findings_warning(
				&k->f,
				"%s: %s cannot read it, so a reload would fail: chown or chgrp "
				"it",
				paths[i], findings_user_name(&k->f));
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
		findings_warning(&k->f, "%s (nothing is wrong if that is the collector itself)",
		                 fault.text);
	} else {
		findings_problem(&k->f, "%s", fault.text);
	}
}

static void check_files(struct check *k)
{
	rlim_t need = (rlim_t)k->conf->max_connections + COLLECTOR_OTHER_FILES;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < need) {
		findings_problem(
			&k->f,
			"max_connections %lld needs %llu open files and %llu are allowed: raise "
			"LimitNOFILE (ulimit -Hn) or lower it",
			(long long)k->conf->max_connections, (unsigned long long)need,
			(unsigned long long)limit.rlim_max);
	}
}

/* ---- files it writes ---- */

static void directory_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	(void)snprintf(out, size, "%.*s", slash == path || slash == NULL ? 1 : (int)(slash - path),
	               slash != NULL ? path : ".");
}

static void check_port_file(struct check *k)
{
	char directory[4096];
	int rc = 0;

	if (k->conf->port_file == NULL) {
		return;
	}
	directory_of(k->conf->port_file, directory, sizeof(directory));
	if (access(directory, F_OK) != 0) {
		rc = errno;
	} else if (findings_user_may(&k->f, directory, W_OK | X_OK) != 0) {
		rc = EACCES;
	}
	if (rc != 0) {
		findings_problem(&k->f,
		                 "%s: cannot write: %s: change `port_file`, or who may write there",
		                 k->conf->port_file, strerror(rc));
	}
}

/* The store's own judgement, asked as the user the collector becomes. The child tells it through a
 * pipe, in one piece. */
static int ask_store(const struct check *k, struct fault *fault)
{
	struct cxm_catalog catalog;
	int ends[2];
	pid_t pid;
	int rc = cxm_catalog_init(&catalog, &cxm__evidence__descriptor, fault);

	if (rc != 0 || pipe2(ends, O_CLOEXEC) != 0) {
		return rc != 0 ? rc : fault_set(fault, -errno, "cannot make a pipe");
	}
	(void)fflush(k->f.out);
	pid = fork();
	if (pid == 0) {
		rc = k->f.stranger ? 0 : privilege_drop(k->conf->user, fault);
		rc = rc == 0 ? cxm_store_check(k->conf->store, &catalog, fault) : rc;
		fault->code = rc;
		_exit(write(ends[1], fault, sizeof(*fault)) == (ssize_t)sizeof(*fault) ? 0 : 1);
	}
	(void)close(ends[1]);
	if (read(ends[0], fault, sizeof(*fault)) != (ssize_t)sizeof(*fault)) {
		(void)fault_set(fault, -ECHILD, "cannot look at the store");
	}
	(void)close(ends[0]);
	if (pid > 0) {
		(void)waitpid(pid, NULL, 0);
	}
	cxm_catalog_free(&catalog);
	return fault->code;
}

static void check_store(struct check *k)
{
	struct slice path = slice_of(k->conf->store);
	char directory[4096];
	struct fault fault = { 0 };
	struct statfs fs;

	if (ask_store(k, &fault) != 0) {
		findings_problem(&k->f, "%s", fault.text);
		return;
	}
	(void)slice_cut(&path, ':');
	directory_of(path.at, directory, sizeof(directory));
	if (statfs(directory, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize < FREE_MIN_BYTES) {
		findings_warning(&k->f, "%s: less than 1 GiB is free", directory);
	}
}

unsigned collector_check(const char *conf_path, FILE *out)
{
	struct check k = { .f = { .out = out } };
	struct collector_conf conf;
	struct fault fault = { 0 };

	if (collector_conf_load(&conf, conf_path, &fault) != 0) {
		findings_problem(&k.f, "%s", fault.text);
		return k.f.problems;
	}
	k.conf = &conf;
	k.f.user = conf.user;
	findings_user(&k.f, "the collector");
	check_tls(&k);
	check_certificate(&k);
	check_ca(&k);
	check_crl(&k);
	check_reload(&k);
	check_listen(&k);
	check_files(&k);
	check_port_file(&k);
	check_store(&k);
	collector_conf_free(&conf);
	return k.f.problems;
}
