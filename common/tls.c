#include "common/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/secret.h"

#define ALPN_NAME      "cxmeter/1" /* RFC 7301; the same as CXM_ALPN */
#define URN            "urn:cxmeter:"
#define HOST_NAME_SIZE 256 /* RFC 1035 2.3.4: 255 bytes at most */

static const unsigned char alpn_wire[] = {
	sizeof(ALPN_NAME) - 1, 'c', 'x', 'm', 'e', 't', 'e', 'r', '/', '1'
};

static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *arg)
{
	unsigned char *found;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&found, out_len, alpn_wire, sizeof(alpn_wire), in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED) {
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	}
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

/* A daemon has nobody to ask for a passphrase; OpenSSL by itself would wait at the terminal. */
static int no_passphrase(char *out, int size, int writing, void *arg)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

/* 100 distinct failures of OpenSSL come down to what an operator can do about a file. */
static int check_file(const char *path, const char *what, bool secret, struct fault *fault)
{
	struct stat st;

	if (path == NULL) {
		return fault_set(fault, -EINVAL, "no %s configured", what);
	}
	if (stat(path, &st) != 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
		int rc = -errno;

		return fault_set(fault, rc, "%s: cannot open the %s: %s: %s", path, what,
		                 strerror(-rc),
		                 rc == -EACCES ? "let the program's user read it"
		                               : "put it there, or correct the path");
	}
	if (secret) {
		return secret_check(path, what, &st, fault);
	}
	if (!S_ISREG(st.st_mode)) {
		return fault_set(fault, -EINVAL, "%s: the %s is not a regular file", path, what);
	}
	return 0;
}

static const char *time_text(const ASN1_TIME *t, char *out, size_t size)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1 || strftime(out, size, "%Y-%m-%d %H:%M UTC", &tm) == 0) {
		(void)snprintf(out, size, "an unreadable date");
	}
	return out;
}

static X509 *read_certificate(const char *path)
{
	FILE *file = fopen(path, "re");
	X509 *cert = file != NULL ? PEM_read_X509(file, NULL, no_passphrase, NULL) : NULL;

	if (file != NULL) {
		(void)fclose(file);
	}
	return cert;
}

int tls_file_until_us(const char *certificate_path, int64_t *until_us)
{
	X509 *cert = read_certificate(certificate_path);
	struct tm tm;
	int rc = -EINVAL;

	if (cert != NULL && ASN1_TIME_to_tm(X509_get0_notAfter(cert), &tm) == 1) {
		*until_us = (int64_t)timegm(&tm) * 1000000;
		rc = 0;
	}
	X509_free(cert);
	ERR_clear_error();
	return rc;
}

static int check_validity(const char *path, struct fault *fault)
{
	X509 *cert = read_certificate(path);
	char when[64];
	int rc = 0;

	if (cert == NULL) {
		ERR_clear_error();
		return fault_set(fault, -EINVAL, "%s: not a certificate in PEM form", path);
	}
	if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0) {
		rc = fault_set(fault, -EKEYEXPIRED,
		               "%s: certificate expired on %s: issue a new one", path,
		               time_text(X509_get0_notAfter(cert), when, sizeof(when)));
	} else if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0) {
		rc = fault_set(fault, -EKEYEXPIRED,
		               "%s: certificate is not valid before %s: check this host's clock",
		               path, time_text(X509_get0_notBefore(cert), when, sizeof(when)));
	}
	X509_free(cert);
	return rc;
}

/* What check_files and check_validity have let pass. */
static int use_files(SSL_CTX *ctx, const struct tls_files *files, struct fault *fault)
{
	char why[256];

	if (SSL_CTX_load_verify_locations(ctx, files->ca_path, NULL) != 1) {
		return fault_set(fault, -EINVAL, "%s: not a CA certificate in PEM form (%s)",
		                 files->ca_path, tls_why(NULL, why, sizeof(why)));
	}
	if (SSL_CTX_use_certificate_chain_file(ctx, files->certificate_path) != 1) {
		return fault_set(fault, -EINVAL, "%s: not a certificate chain in PEM form (%s)",
		                 files->certificate_path, tls_why(NULL, why, sizeof(why)));
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, files->key_path, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		return fault_set(fault, -EINVAL, "%s: not the private key of %s (%s)",
		                 files->key_path, files->certificate_path,
		                 tls_why(NULL, why, sizeof(why)));
	}
	return 0;
}

static int load_files(SSL_CTX *ctx, const struct tls_files *files, struct fault *fault)
{
	int rc = check_file(files->ca_path, "CA certificate", false, fault);

	if (rc == 0) {
		rc = check_file(files->certificate_path, "certificate", false, fault);
	}
	if (rc == 0) {
		rc = check_file(files->key_path, "private key", true, fault);
	}
	if (rc == 0) {
		rc = check_validity(files->certificate_path, fault);
	}
	return rc == 0 ? use_files(ctx, files, fault) : rc;
}

static SSL_CTX *bare_context(bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

	if (ctx != NULL) {
		SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	}
	return ctx;
}

struct telling {
	tls_problem_fn tell;
	void *arg;
	unsigned told;
};

static bool good(struct telling *t, int rc, const struct fault *fault)
{
	if (rc != 0) {
		t->told++;
		t->tell(t->arg, fault);
	}
	return rc == 0;
}

unsigned tls_problems(bool server, const struct tls_files *files, tls_problem_fn tell, void *arg)
{
	struct telling t = { tell, arg, 0 };
	struct fault fault;
	bool ca = good(&t, check_file(files->ca_path, "CA certificate", false, &fault), &fault);
	bool certificate =
		good(&t, check_file(files->certificate_path, "certificate", false, &fault), &fault);
	bool key = good(&t, check_file(files->key_path, "private key", true, &fault), &fault);
	int rc = certificate ? check_validity(files->certificate_path, &fault) : 0;
	SSL_CTX *ctx = bare_context(server);

	(void)good(&t, rc, &fault);
	if (ctx == NULL) {
		(void)good(&t, fault_set(&fault, -ENOMEM, "OpenSSL has no memory"), &fault);
	} else if (ca && certificate && key && (rc == 0 || rc == -EKEYEXPIRED)) {
		(void)good(&t, use_files(ctx, files, &fault), &fault);
	}
	SSL_CTX_free(ctx);
	return t.told;
}

bool tls_signed_by_ca(bool server, const struct tls_files *files)
{
	SSL_CTX *ctx = bare_context(server);
	bool is = ctx != NULL && load_files(ctx, files, NULL) == 0 &&
	          SSL_CTX_build_cert_chain(ctx, SSL_BUILD_CHAIN_FLAG_UNTRUSTED) == 1;

	SSL_CTX_free(ctx);
	ERR_clear_error();
	return is;
}

int tls_context(SSL_CTX **out, bool server, const struct tls_files *files, struct fault *fault)
{
	SSL_CTX *ctx = bare_context(server);
	int rc;

	if (ctx == NULL) {
		return fault_set(fault, -ENOMEM, "OpenSSL has no memory");
	}
	rc = load_files(ctx, files, fault);
	if (rc != 0) {
		SSL_CTX_free(ctx);
		return rc;
	}
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	(void)SSL_CTX_set_max_early_data(ctx, 0);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                                    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
	                   NULL);
	if (server) {
		SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
		(void)SSL_CTX_set_session_id_context(ctx, alpn_wire, sizeof(alpn_wire));
		(void)SSL_CTX_set_num_tickets(ctx, 1);
	} else {
		(void)SSL_CTX_set_alpn_protos(ctx, alpn_wire,
		                              sizeof(alpn_wire)); /* fails only without memory */
	}
	*out = ctx;
	return 0;
}

int tls_foreign(SSL_CTX **out, const char *ca_path, struct fault *fault)
{
	SSL_CTX *ctx = bare_context(false);
	char why[256];
	int rc = ca_path != NULL ? check_file(ca_path, "CA certificate", false, fault) : 0;

	if (ctx == NULL) {
		return fault_set(fault, -ENOMEM, "OpenSSL has no memory");
	}
	if (rc == 0 && (ca_path != NULL ? SSL_CTX_load_verify_locations(ctx, ca_path, NULL)
	                                : SSL_CTX_set_default_verify_paths(ctx)) != 1) {
		rc = fault_set(fault, -EINVAL, "%s: not a CA certificate in PEM form (%s)",
		               ca_path != NULL ? ca_path : "the CAs of this host",
		               tls_why(NULL, why, sizeof(why)));
	}
	if (rc != 0) {
		SSL_CTX_free(ctx);
		return rc;
	}
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	(void)SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	*out = ctx;
	return 0;
}

SSL *tls_client(SSL_CTX *ctx, const char *host)
{
	char name[HOST_NAME_SIZE]; /* SSL_set_tlsext_host_name wants one it could write to */
	X509_VERIFY_PARAM *param;
	SSL *ssl;

	/* OpenSSL takes an empty name for "check no name" (X509_VERIFY_PARAM_set1_host(3)) */
	if (host == NULL || host[0] == '\0' || strlen(host) >= sizeof(name)) {
		return NULL;
	}
	memcpy(name, host, strlen(host) + 1);
	ssl = SSL_new(ctx);

	if (ssl == NULL) {
		return NULL;
	}
	param = SSL_get0_param(ssl);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* an address is matched as one, anything else as a name */
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) != 1) {
		ERR_clear_error();
		if (X509_VERIFY_PARAM_set1_host(param, host, 0) != 1 ||
		    SSL_set_tlsext_host_name(ssl, name) != 1) {
			SSL_free(ssl);
			return NULL;
		}
	}
	SSL_set_connect_state(ssl);
	return ssl;
}

SSL *tls_server(SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl != NULL) {
		SSL_set_accept_state(ssl);
	}
	return ssl;
}

bool tls_alpn_ok(const SSL *ssl)
{
	const unsigned char *name = NULL;
	unsigned len = 0;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return len == sizeof(alpn_wire) - 1 && memcmp(name, alpn_wire + 1, len) == 0;
}

bool tls_name_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= TLS_NAME_MAX || strchr("._-", name[0]) != NULL) {
		return false;
	}
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
	       n;
}

/* "urn:cxmeter:nord:pbx1" -> nord, pbx1 */
static bool parse_urn(const char *text, size_t len, struct tls_identity *out)
{
	const size_t prefix = sizeof(URN) - 1;
	const char *colon;
	size_t site_len;
	size_t agent_len;

	if (len <= prefix || memcmp(text, URN, prefix) != 0 || memchr(text, '\0', len) != NULL) {
		return false;
	}
	colon = memchr(text + prefix, ':', len - prefix);
	if (colon == NULL) {
		return false;
	}
	site_len = (size_t)(colon - text) - prefix;
	agent_len = len - prefix - site_len - 1;
	if (site_len >= TLS_NAME_MAX || agent_len >= TLS_NAME_MAX) {
		return false;
	}
	memcpy(out->site, text + prefix, site_len);
	out->site[site_len] = '\0';
	memcpy(out->agent, colon + 1, agent_len);
	out->agent[agent_len] = '\0';
	return tls_name_valid(out->site) && tls_name_valid(out->agent);
}

static int identity_of(const X509 *cert, struct tls_identity *out)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int found = 0;
	bool good = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		const ASN1_IA5STRING *uri =
			name->type == GEN_URI ? name->d.uniformResourceIdentifier : NULL;

		if (uri != NULL) {
			found++;
			good = parse_urn((const char *)ASN1_STRING_get0_data(uri),
			                 (size_t)ASN1_STRING_length(uri), out);
		}
	}
	GENERAL_NAMES_free(names);
	return found == 1 && good ? 0 : -EINVAL;
}

int tls_peer_identity(const SSL *ssl, struct tls_identity *out)
{
	X509 *cert =
		SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get0_peer_certificate(ssl) : NULL;

	return cert != NULL ? identity_of(cert, out) : -EINVAL;
}

int tls_file_identity(const char *path, struct tls_identity *out, struct fault *fault)
{
	X509 *cert;
	int rc = check_file(path, "certificate", false, fault);

	if (rc != 0) {
		return rc;
	}
	cert = read_certificate(path);
	if (cert == NULL) {
		ERR_clear_error();
		return fault_set(fault, -EINVAL, "%s: not a certificate in PEM form", path);
	}
	rc = identity_of(cert, out);
	X509_free(cert);
	ERR_clear_error();
	if (rc != 0) {
		return fault_set(fault, rc,
		                 "%s: the certificate has no single URI name " URN "<site>:<agent>",
		                 path);
	}
	return 0;
}

const char *tls_why(const SSL *ssl, char *out, size_t size)
{
	long verify = ssl != NULL ? SSL_get_verify_result(ssl) : X509_V_OK;
	unsigned long code = ERR_peek_last_error();
	const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;

	if (verify != X509_V_OK) {
		(void)snprintf(out, size, "the peer's certificate is refused: %s",
		               X509_verify_cert_error_string(verify));
	} else {
		(void)snprintf(out, size, "%s",
		               reason != NULL ? reason : "the connection was closed");
	}
	ERR_clear_error();
	return out;
}
