#include "agent/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <openssl/x509v3.h>

#include "agent/conf.h"
#include "common/findings.h"
#include "common/tls.h"
#include "common/when.h"

struct check {
	struct findings f;
	struct agent_conf *conf;
};

/* ---- certificates and keys ---- */

static void check_own_certificate(struct check *k, X509 *cert)
{
	const char *path = k->conf->collector.certificate;
	struct fault fault = { 0 };

	if (X509_cmp_current_time(X509_get0_notAfter(cert)) > 0) { /* else it has been said */
		findings_expiry(&k->f, path, X509_get0_notAfter(cert), "certificate");
	}
	if (X509_check_purpose(cert, X509_PURPOSE_SSL_CLIENT, 0) != 1) {
		findings_problem(
			&k->f,
			"%s: the certificate is not for clients (extendedKeyUsage clientAuth): the "
			"collector would refuse it",
			path);
	}
	if (agent_conf_identity(k->conf, &fault) != 0) {
		findings_problem(&k->f, "%s", fault.text);
	}
}

static void check_certificates(struct check *k)
{
	const struct agent_conf_collector *c = &k->conf->collector;
	const struct tls_files files = { c->ca, c->certificate, c->key };
	X509 *cert = findings_certificate(c->certificate);
	X509 *ca = findings_certificate(c->ca);

	if (tls_problems(false, &files, findings_fault, &k->f) == 0 &&
	    !tls_signed_by_ca(false, &files)) {
		findings_warning(
			&k->f,
			"%s: not signed by the CA in %s: the collector refuses it, unless it knows "
			"another CA",
			c->certificate, c->ca);
	}
	if (cert != NULL) {
		check_own_certificate(k, cert);
	}
	if (ca != NULL) {
		findings_expiry(&k->f, c->ca, X509_get0_notAfter(ca), "CA's certificate");
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
		if (access(paths[i], R_OK) == 0 && findings_user_may(&k->f, paths[i], R_OK) != 0) {
			findings_problem(&k->f, "%s: %s cannot read it: chown it", paths[i],
			                 findings_user_name(&k->f));
		}
	}
}

static void check_site_key(struct check *k)
{
	const struct pseudonym_plan plan = { 0 };
	struct pseudonym *p = NULL;
	struct fault fault = { 0 };

	if (pseudonym_open(&p, k->conf->site_key, &plan, &fault) != 0) {
		findings_problem(&k->f, "%s", fault.text);
	}
	pseudonym_free(p);
}

/* ---- spool ---- */

static void check_space(struct check *k, const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) == 0 &&
	    (uint64_t)fs.f_bavail * fs.f_frsize < (uint64_t)k->conf->spool.quota_bytes) {
		findings_warning(&k->f, "%s: less space is free than the spool may take (quota)",
		                 path);
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
		findings_problem(&k->f, "%s: cannot use the spool: %s", directory,
		                 strerror(ENOTDIR));
		return;
	}
	if (rc == 0 && (path != parent || geteuid() != 0)) {
		rc = findings_user_may(&k->f, path, W_OK | X_OK);
	}
	if (rc != 0 && path == parent) {
		findings_problem(
			&k->f,
			"%s: cannot make the spool's directory: %s: make the one above it, or "
			"change `directory` under `spool`",
			directory, strerror(-rc));
	} else if (rc != 0) {
		findings_problem(&k->f, "%s: %s cannot write to the spool: %s: chown it", directory,
		                 findings_user_name(&k->f), strerror(-rc));
	}
	check_space(k, path);
}

/* ---- all of it ---- */

/* Files are moved within the folder that a source works in; all else is only read. */
static int mode_for(const struct conf_item *item, const struct stat *st)
{
	if (!S_ISDIR(st->st_mode)) {
		return R_OK;
	}
	return strcmp(item->name, "directory") == 0 ? R_OK | W_OK | X_OK : R_OK | X_OK;
}

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
		mode = mode_for(&schema->items[n], &st);
		if (findings_user_may(&k->f, path, mode) != 0) {
			findings_problem(
				&k->f,
				"%s:%u: %s: %s: %s cannot %s it: put that user into its group",
				k->conf->doc.path, agent_conf_line(k->conf, kind, i),
				k->conf->kinds[kind]->name, path, findings_user_name(&k->f),
				(mode & W_OK) != 0 ? "read and write" : "read");
		}
	}
}

static void on_told(void *arg, const char *text)
{
	struct check *k = arg;

	findings_warning(&k->f, "%s", text);
}

/* It does not keep the agent from starting, but somebody should know before. */
static void examine_source(struct check *k, size_t kind, size_t i)
{
	const struct source_examine e = { on_told, k };

	if (k->conf->kinds[kind]->examine != NULL) {
		k->conf->kinds[kind]->examine(agent_conf_entry(k->conf, kind, i), &e);
	}
}

static void check_source(struct check *k, size_t kind, size_t i)
{
	struct fault fault = { 0 };
	int rc = k->conf->kinds[kind]->check(agent_conf_entry(k->conf, kind, i), &fault);
	unsigned line = agent_conf_line(k->conf, kind, i);

	if (rc < 0) {
		findings_problem(&k->f, "%s:%u: %s: %s", k->conf->doc.path, line,
		                 k->conf->kinds[kind]->name, fault.text);
		return;
	}
	check_source_paths(k, kind, i);
	if (rc > 0) {
		findings_warning(&k->f, "%s:%u: %s: %s", k->conf->doc.path, line,
		                 k->conf->kinds[kind]->name, fault.text);
	}
	examine_source(k, kind, i);
}

/* Which item of a kind says what share of the calls to follow; NULL: it has none. */
static const struct conf_item *rate_of(const struct source_ops *kind)
{
	for (size_t n = 0; n < kind->schema->n_items; n++) {
		if (kind->schema->items[n].type == CONF_REAL &&
		    strcmp(kind->schema->items[n].name, "sample_rate") == 0) {
			return &kind->schema->items[n];
		}
	}
	return NULL;
}

/* The first entry that follows a share of the calls, and what another one says. */
struct rate {
	const char *kind; /* NULL: none yet */
	unsigned line;
	double rate;
};

static void check_rate(struct check *k, size_t kind, size_t i, struct rate *first)
{
	const struct conf_item *item = rate_of(k->conf->kinds[kind]);
	struct rate this = { k->conf->kinds[kind]->name, agent_conf_line(k->conf, kind, i), 0 };

	if (item == NULL) {
		return;
	}
	memcpy(&this.rate, (const char *)agent_conf_entry(k->conf, kind, i) + item->offset,
	       sizeof(this.rate));
	if (first->kind == NULL) {
		*first = this;
	} else if (this.rate != first->rate) {
		findings_warning(
			&k->f,
			"%s:%u: %s: sample_rate: %g, but %g for %s in line %u: a call that both "
			"see "
			"would be followed by the one and left out by the other: give them the "
			"same, on every host of the site",
			k->conf->doc.path, this.line, this.kind, this.rate, first->rate,
			first->kind, first->line);
	}
}

static void check_rates(struct check *k)
{
	struct rate first = { 0 };

	for (size_t kind = 0; k->conf->kinds[kind] != NULL; kind++) {
		for (size_t i = 0; i < k->conf->sources[kind].count; i++) {
			check_rate(k, kind, i, &first);
		}
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
		findings_problem(&k->f, "%s: no sources: name at least one under `sources:`",
		                 k->conf->doc.path);
	}
}

static void on_problem(void *arg, const char *text)
{
	findings_problem(arg, "%s", text);
}

unsigned agent_check(const char *conf_path, const struct source_ops *const *kinds, FILE *out)
{
	struct agent_conf conf;
	struct check k = { .f = { .out = out }, .conf = &conf };
	struct fault fault = { 0 };

	if (agent_conf_read(&conf, conf_path, kinds, &fault) != 0) {
		findings_problem(&k.f, "%s", fault.text);
		return k.f.problems;
	}
	(void)agent_conf_problems(&conf, on_problem, &k.f);
	(void)when_use_zone(conf.timezone, NULL); /* one that is not known has been told */
	k.f.user = conf.user;
	findings_user(&k.f, "the agent");
	check_certificates(&k);
	check_readable(&k);
	check_site_key(&k);
	check_spool(&k);
	check_sources(&k);
	check_rates(&k);
	agent_conf_free(&conf);
	return k.f.problems;
}
