#include "collector/ingest/rules.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

/* What one read(2) may bring. By default each TLS record costs two calls, one for its head and one
 * for its body; with this, 180 MB of batches took 13,000 calls instead of 29,400 and some 10 % less
 * CPU (tests/bench/ingest.c). */
#define READ_AHEAD_BYTES ((size_t)64 * 1024)

struct rules {
	atomic_uint refs;
	struct collector_conf conf;
	SSL_CTX *tls;
};

static int use_crl(X509_STORE *store, const char *path, struct fault *fault)
{
	char why[256];

	if (access(path, R_OK) != 0) {
		int rc = -errno;

		return fault_set(fault, rc,
		                 "%s: cannot open the revocation list: %s: make one with the CA, "
		                 "or remove `crl`",
		                 path, strerror(-rc));
	}
	if (X509_STORE_load_file(store, path) != 1) {
		return fault_set(
			fault, -EINVAL,
			"%s: not a revocation list in PEM form (%s): make one with the CA, "
			"or remove `crl`",
			path, tls_why(NULL, why, sizeof(why)));
	}
	(void)X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 0;
}

int rules_check_crl(const char *path, struct fault *fault)
{
	X509_STORE *store = X509_STORE_new();
	int rc = store != NULL ? use_crl(store, path, fault)
	                       : fault_set(fault, -ENOMEM, "OpenSSL has no memory");

	X509_STORE_free(store);
	return rc;
}

int rules_new(struct rules **out, struct collector_conf *conf, struct fault *fault)
{
	struct tls_files files = { conf->ca, conf->certificate, conf->key };
	struct rules *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = tls_context(&r->tls, true, &files, fault);
	if (rc == 0 && conf->crl != NULL) {
		rc = use_crl(SSL_CTX_get_cert_store(r->tls), conf->crl, fault);
	}
	if (rc != 0) {
		SSL_CTX_free(r->tls);
		free(r);
		return rc;
	}
	SSL_CTX_set_read_ahead(r->tls, 1);
	SSL_CTX_set_default_read_buffer_len(r->tls, READ_AHEAD_BYTES);
	atomic_init(&r->refs, 1);
	r->conf = *conf;
	*conf = (struct collector_conf){ 0 };
	*out = r;
	return 0;
}

struct rules *rules_ref(struct rules *r)
{
	(void)atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

void rules_unref(struct rules *r)
{
	if (r == NULL || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1) {
		return;
	}
	SSL_CTX_free(r->tls);
	collector_conf_free(&r->conf);
	free(r);
}

const struct collector_conf *rules_conf(const struct rules *r)
{
	return &r->conf;
}

SSL *rules_accept(const struct rules *r)
{
	return tls_server(r->tls);
}

/* A connection made under rules gone by is verified as if it came now. */
static int verify_again(const struct rules *r, const SSL *ssl, struct fault *fault)
{
	X509_STORE_CTX *verify = X509_STORE_CTX_new();
	X509 *cert = SSL_get0_peer_certificate(ssl);
	int rc = 0;

	if (verify == NULL || cert == NULL ||
	    X509_STORE_CTX_init(verify, SSL_CTX_get_cert_store(r->tls), cert,
	                        SSL_get_peer_cert_chain(ssl)) != 1 ||
	    X509_STORE_CTX_set_default(verify, "ssl_client") != 1) {
		rc = fault_set(fault, -ENOMEM, "OpenSSL has no memory");
	} else if (X509_verify_cert(verify) != 1) {
		rc = fault_set(fault, -EKEYREJECTED, "its certificate is refused: %s",
		               X509_verify_cert_error_string(X509_STORE_CTX_get_error(verify)));
	}
	X509_STORE_CTX_free(verify);
	ERR_clear_error();
	return rc;
}

/* A resumed session brings the verdict of the handshake it resumes. CA and revocations are those of
 * now, because tickets die with the context that made them; only the date can have passed. */
static int check_date(const SSL *ssl, struct fault *fault)
{
	const X509 *cert = SSL_get0_peer_certificate(ssl);

	if (cert == NULL || X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0) {
		return fault_set(fault, -EKEYREJECTED, "its certificate has expired");
	}
	return 0;
}

int rules_admit(const struct rules *r, const SSL *ssl, struct tls_identity *identity,
                struct fault *fault)
{
	if (!tls_alpn_ok(ssl)) {
		return fault_set(fault, -EPROTO, "it does not speak cxmeter/1 (no ALPN)");
	}
	if (tls_peer_identity(ssl, identity) != 0) {
		return fault_set(fault, -EBADMSG,
		                 "its certificate has no single URI name "
		                 "urn:cxmeter:<site>:<agent>");
	}
	if (!collector_conf_allows(&r->conf, identity)) {
		return fault_set(fault, -EACCES, "%s/%s may not send here (`allow` and `deny`)",
		                 identity->site, identity->agent);
	}
	if (SSL_get_SSL_CTX(ssl) != r->tls) {
		return verify_again(r, ssl, fault);
	}
	return SSL_session_reused(ssl) ? check_date(ssl, fault) : 0;
}
