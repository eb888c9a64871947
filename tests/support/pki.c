#include "tests/support/pki.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/unconst.h"
#include "tests/support/temp.h"

#define HOUR_S    3600
#define PATH_SIZE 128

struct given {
	struct given *next;
	char path[PATH_SIZE];
};

struct pki {
	struct temp temp; /* its folder; that of another where not owned */
	bool owns_folder;
	char name[32];
	EVP_PKEY *key;
	X509 *cert;
	long serial;
	struct given *given; /* owned; what pki_path has handed out */
};

const char *pki_path(const struct pki *pki, const char *file)
{
	struct pki *p = unconst(pki); /* only its list of answers changes */
	struct given *given = malloc(sizeof(*given));
	int n;

	assert(given != NULL);
	n = snprintf(given->path, sizeof(given->path), "%s/%s", pki->temp.dir, file);
	assert(n > 0 && (size_t)n < sizeof(given->path));
	given->next = p->given;
	p->given = given;
	return given->path;
}

static FILE *create(const struct pki *pki, const char *file, mode_t mode)
{
	const char *path = pki_path(pki, file);
	FILE *out;
	int fd;

	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	assert(fd >= 0);
	out = fdopen(fd, "w");
	assert(out != NULL);
	return out;
}

static void write_certificate(const struct pki *pki, const char *file, X509 *cert)
{
	FILE *out = create(pki, file, 0644);
	int ok = PEM_write_X509(out, cert);

	assert(ok == 1);
	ok = fclose(out);
	assert(ok == 0);
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	int ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert(extension != NULL);
	ok = X509_add_ext(cert, extension, -1);
	assert(ok == 1);
	X509_EXTENSION_free(extension);
}

/* Name, key, serial and validity; the issuer is `pki`, or itself while the CA has no certificate.
 */
static X509 *blank_certificate(struct pki *pki, const char *name, EVP_PKEY *key, int64_t from_s,
                               int64_t until_s)
{
	X509 *cert = X509_new();
	X509_NAME *subject;
	int ok;

	assert(cert != NULL);
	ok = X509_set_version(cert, X509_VERSION_3);
	assert(ok == 1);
	ok = ASN1_INTEGER_set(X509_get_serialNumber(cert), ++pki->serial);
	assert(ok == 1);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), from_s);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), until_s);
	subject = X509_get_subject_name(cert);
	ok = X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name,
	                                -1, -1, 0);
	assert(ok == 1);
	ok = X509_set_issuer_name(cert,
	                          pki->cert != NULL ? X509_get_subject_name(pki->cert) : subject);
	assert(ok == 1);
	ok = X509_set_pubkey(cert, key);
	assert(ok == 1);
	return cert;
}

static void sign(struct pki *pki, X509 *cert)
{
	int n = X509_sign(cert, pki->key, EVP_sha256());

	assert(n > 0);
}

static struct pki *new_ca(const struct temp *temp, const char *name)
{
	struct pki *pki = calloc(1, sizeof(*pki));
	char file[64];

	assert(pki != NULL);
	pki->temp = *temp;
	(void)snprintf(pki->name, sizeof(pki->name), "%s", name);
	pki->key = EVP_EC_gen("P-256");
	assert(pki->key != NULL);
	pki->cert = blank_certificate(pki, name, pki->key, -HOUR_S, INT64_C(48) * HOUR_S);
	add_extension(pki->cert, pki->cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(pki->cert, pki->cert, NID_key_usage, "critical,keyCertSign,cRLSign");
	add_extension(pki->cert, pki->cert, NID_subject_key_identifier, "hash");
	sign(pki, pki->cert);
	(void)snprintf(file, sizeof(file), "%s.pem", name);
	write_certificate(pki, file, pki->cert);
	return pki;
}

struct pki *pki_new(const char *name)
{
	struct temp temp;
	struct pki *pki;

	temp_open(&temp);
	pki = new_ca(&temp, name);
	pki->owns_folder = true;
	return pki;
}

struct pki *pki_beside(const struct pki *first, const char *name)
{
	return new_ca(&first->temp, name);
}

void pki_free(struct pki *pki)
{
	if (pki == NULL) {
		return;
	}
	if (pki->owns_folder) {
		temp_remove(&pki->temp);
	}
	X509_free(pki->cert);
	EVP_PKEY_free(pki->key);
	while (pki->given != NULL) {
		struct given *next = pki->given->next;

		free(pki->given);
		pki->given = next;
	}
	free(pki);
}

static void add_usage(struct pki *pki, X509 *cert, const struct pki_leaf *leaf)
{
	if (leaf->client && leaf->server) {
		add_extension(cert, pki->cert, NID_ext_key_usage, "clientAuth,serverAuth");
	} else if (leaf->client) {
		add_extension(cert, pki->cert, NID_ext_key_usage, "clientAuth");
	} else if (leaf->server) {
		add_extension(cert, pki->cert, NID_ext_key_usage, "serverAuth");
	}
}

void pki_issue(struct pki *pki, const struct pki_leaf *leaf)
{
	bool dated = leaf->from_s != 0 || leaf->until_s != 0;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert;
	char file[64];
	FILE *out;
	int ok;

	assert(key != NULL);
	cert = blank_certificate(pki, leaf->name, key, dated ? leaf->from_s : -HOUR_S,
	                         dated ? leaf->until_s : INT64_C(24) * HOUR_S);
	add_extension(cert, pki->cert, NID_basic_constraints,
	              leaf->is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_usage(pki, cert, leaf);
	if (leaf->key_usage != NULL) {
		add_extension(cert, pki->cert, NID_key_usage, leaf->key_usage);
	}
	if (leaf->san != NULL) {
		add_extension(cert, pki->cert, NID_subject_alt_name, leaf->san);
	}
	sign(pki, cert);
	(void)snprintf(file, sizeof(file), "%s.pem", leaf->name);
	write_certificate(pki, file, cert);
	(void)snprintf(file, sizeof(file), "%s.key", leaf->name);
	out = create(pki, file, 0600);
	ok = PEM_write_PKCS8PrivateKey(out, key, NULL, NULL, 0, NULL, NULL);
	assert(ok == 1);
	ok = fclose(out);
	assert(ok == 0);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static X509 *read_certificate(const struct pki *pki, const char *name)
{
	char file[64];
	FILE *in;
	X509 *cert;

	(void)snprintf(file, sizeof(file), "%s.pem", name);
	in = fopen(pki_path(pki, file), "re");
	assert(in != NULL);
	cert = PEM_read_X509(in, NULL, NULL, NULL);
	assert(cert != NULL);
	(void)fclose(in);
	return cert;
}

void pki_revoke(struct pki *pki, const char *file, const char *const *names)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *now = X509_gmtime_adj(NULL, -60);
	ASN1_TIME *next = X509_gmtime_adj(NULL, HOUR_S);
	FILE *out;
	int ok;

	assert(crl != NULL && now != NULL && next != NULL);
	(void)X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	(void)X509_CRL_set_issuer_name(crl, X509_get_subject_name(pki->cert));
	(void)X509_CRL_set1_lastUpdate(crl, now);
	(void)X509_CRL_set1_nextUpdate(crl, next);
	for (; *names != NULL; names++) {
		X509 *cert = read_certificate(pki, *names);
		X509_REVOKED *revoked = X509_REVOKED_new();

		ok = X509_REVOKED_set_serialNumber(revoked, X509_get_serialNumber(cert));
		assert(ok == 1);
		(void)X509_REVOKED_set_revocationDate(revoked, now);
		ok = X509_CRL_add0_revoked(crl, revoked);
		assert(ok == 1);
		X509_free(cert);
	}
	ok = X509_CRL_sign(crl, pki->key, EVP_sha256());
	assert(ok > 0);
	out = create(pki, file, 0644);
	ok = PEM_write_X509_CRL(out, crl);
	assert(ok == 1);
	ok = fclose(out);
	assert(ok == 0);
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	X509_CRL_free(crl);
}

void pki_join(const struct pki *pki, const char *file, const char *const *files)
{
	FILE *out = create(pki, file, 0644);
	char text[8192];
	int ok;

	for (; *files != NULL; files++) {
		FILE *in = fopen(pki_path(pki, *files), "re");
		size_t n;

		assert(in != NULL);
		n = fread(text, 1, sizeof(text), in);
		(void)fclose(in);
		ok = fwrite(text, 1, n, out) == n;
		assert(ok == 1);
	}
	ok = fclose(out);
	assert(ok == 0);
}
