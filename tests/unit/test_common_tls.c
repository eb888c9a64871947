#include "common/tls.h"

#include <errno.h>
#include <sys/stat.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "common/buf.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

/* What the checks of files and names say. Handshakes are tested with the collector. */

static const struct name_case {
	const char *name;
	const char *text;
	bool valid;
} names[] = {
	{ "name_of_letters_and_digits", "nord1", true },
	{ "name_of_one_letter", "n", true },
	{ "name_that_begins_with_a_digit", "1nord", true },
	{ "name_with_dots_hyphens_underscores", "pbx-1.nord_b", true },
	{ "name_of_63_letters", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  true },
	{ "name_of_64_letters", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  false },
	{ "name_empty", "", false },
	{ "name_that_begins_with_a_dot", ".nord", false },
	{ "name_that_begins_with_a_hyphen", "-nord", false },
	{ "name_with_a_slash", "nord/pbx", false },
	{ "name_with_a_colon", "nord:pbx", false },
	{ "name_with_a_blank", "nord 1", false },
	{ "name_with_an_umlaut", "n\xc3\xb6rd", false },
};

static void name_is_valid_or_not(void **state)
{
	const struct name_case *c = *state;

	assert_int_equal(tls_name_valid(c->text), c->valid);
}

/* ---- certificates made here ---- */

struct made {
	struct temp temp;
	EVP_PKEY *key;
	char key_path[1024];
	char cert_path[1024];
};

static void write_key(struct made *m, const char *passphrase)
{
	FILE *file = fopen(m->key_path, "we");

	assert_non_null(file);
	assert_int_equal(PEM_write_PKCS8PrivateKey(
				 file, m->key, passphrase != NULL ? EVP_aes_128_cbc() : NULL,
				 passphrase, passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
				 NULL),
	                 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(m->key_path, 0600), 0);
}

/* Self-signed, valid from `from_s` to `to_s` relative to now; takes the extension over. */
static void write_signed(struct made *m, X509_EXTENSION *extension, long from_s, long to_s)
{
	X509 *cert = X509_new();
	FILE *file = fopen(m->cert_path, "we");

	assert_non_null(cert);
	assert_non_null(file);
	assert_int_equal(X509_set_version(cert, X509_VERSION_3), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(cert), from_s));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(cert), to_s));
	assert_int_equal(X509_set_pubkey(cert, m->key), 1);
	assert_true(extension == NULL || X509_add_ext(cert, extension, -1) == 1);
	X509_EXTENSION_free(extension);
	assert_true(X509_sign(cert, m->key, NULL) > 0);
	assert_int_equal(PEM_write_X509(file, cert), 1);
	assert_int_equal(fclose(file), 0);
	X509_free(cert);
}

/* The same with names as in openssl's x509v3_config(5), or none. */
static void write_certificate(struct made *m, const char *san, long from_s, long to_s)
{
	X509_EXTENSION *extension =
		san != NULL ? X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san) : NULL;

	assert_true(san == NULL || extension != NULL);
	write_signed(m, extension, from_s, to_s);
}

static int make_key(void **state)
{
	static struct made m;

	temp_open(&m.temp);
	m.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	memcpy(m.key_path, temp_path(&m.temp, "key.pem"), sizeof(m.key_path));
	memcpy(m.cert_path, temp_path(&m.temp, "cert.pem"), sizeof(m.cert_path));
	*state = &m;
	return m.key != NULL ? 0 : -1;
}

static int remove_key(void **state)
{
	struct made *m = *state;

	EVP_PKEY_free(m->key);
	temp_remove(&m->temp);
	return 0;
}

static int good_files(void **state)
{
	struct made *m = *state;

	(void)remove(m->cert_path); /* what the test before left in its place */
	write_key(m, NULL);
	write_certificate(m, "URI:urn:cxmeter:nord:pbx1", -60, 3600);
	return 0;
}

/* ---- identities ---- */

struct identity_case {
	const char *name;
	const char *san;
};

static int identity_in(const char *san, struct tls_identity *who, struct fault *fault)
{
	void *made;
	int rc;

	assert_int_equal(make_key(&made), 0);
	write_certificate(made, san, -60, 3600);
	rc = tls_file_identity(((struct made *)made)->cert_path, who, fault);
	assert_int_equal(remove_key(&made), 0);
	return rc;
}

static const struct identity_case identities[] = {
	{ "identity_of_site_and_agent", "URI:urn:cxmeter:nord:pbx1" },
	{ "identity_beside_other_names",
	  "DNS:pbx1.example,URI:urn:cxmeter:nord:pbx1,IP:127.0.0.1" },
};

static void certificate_names_one_agent(void **state)
{
	const struct identity_case *c = *state;
	struct tls_identity who;
	struct fault fault;

	assert_int_equal(identity_in(c->san, &who, &fault), 0);
	assert_string_equal(who.site, "nord");
	assert_string_equal(who.agent, "pbx1");
}

/* CVE-2009-2408 is this for host names: whoever signs sees another name than who reads it. */
static void name_with_a_nul_inside_is_refused(void **state)
{
	static const char uri[] = "urn:cxmeter:nord\0.evil:pbx1";
	GENERAL_NAMES *all = sk_GENERAL_NAME_new_null();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	X509_EXTENSION *extension;
	struct tls_identity who;
	struct fault fault;
	void *made;

	(void)state;
	assert_int_equal(make_key(&made), 0);
	assert_int_equal(ASN1_STRING_set(text, uri, sizeof(uri) - 1), 1);
	GENERAL_NAME_set0_value(name, GEN_URI, text);
	assert_true(sk_GENERAL_NAME_push(all, name) > 0);
	extension = X509V3_EXT_i2d(NID_subject_alt_name, 0, all);
	assert_non_null(extension);
	write_signed(made, extension, -60, 3600);
	assert_int_equal(tls_file_identity(((struct made *)made)->cert_path, &who, &fault),
	                 -EINVAL);
	GENERAL_NAMES_free(all);
	assert_int_equal(remove_key(&made), 0);
}

static const struct identity_case no_identities[] = {
	{ "identity_in_no_names_at_all", NULL },
	{ "identity_in_dns_name_only", "DNS:nord" },
	{ "identity_twice", "URI:urn:cxmeter:nord:pbx1,URI:urn:cxmeter:nord:pbx1" },
	{ "identity_and_another_uri", "URI:urn:cxmeter:nord:pbx1,URI:https://example" },
	{ "another_uri_and_identity", "URI:https://example,URI:urn:cxmeter:nord:pbx1" },
	{ "identity_of_another_urn", "URI:urn:other:nord:pbx1" },
	{ "identity_without_agent", "URI:urn:cxmeter:nord" },
	{ "identity_with_empty_agent", "URI:urn:cxmeter:nord:" },
	{ "identity_with_empty_site", "URI:urn:cxmeter::pbx1" },
	{ "identity_of_three_parts", "URI:urn:cxmeter:nord:pbx1:x" },
	{ "identity_with_a_slash", "URI:urn:cxmeter:nord:../x" },
	{ "identity_too_long",
	  "URI:urn:cxmeter:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:pbx1" },
};

static void certificate_that_does_not_name_one_agent_is_refused(void **state)
{
	const struct identity_case *c = *state;
	struct tls_identity who;
	struct fault fault;

	assert_int_equal(identity_in(c->san, &who, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "has no single URI name urn:cxmeter:<site>:<agent>"));
}

/* ---- files ---- */

static void refused(struct made *m, int rc, const char *path, const char *why)
{
	struct tls_files files = { m->cert_path, m->cert_path, m->key_path };
	struct fault fault = { 0 };
	SSL_CTX *ctx = NULL;

	assert_int_equal(tls_context(&ctx, true, &files, &fault), rc);
	assert_null(ctx);
	assert_memory_equal(fault.text, path, strlen(path));
	assert_non_null(strstr(fault.text, why));
}

static void good_files_give_a_context_for_either_side(void **state)
{
	struct made *m = *state;
	struct tls_files files = { m->cert_path, m->cert_path, m->key_path };
	struct fault fault;
	SSL_CTX *ctx;

	for (int server = 0; server < 2; server++) {
		assert_int_equal(tls_context(&ctx, server, &files, &fault), 0);
		assert_int_equal(SSL_CTX_get_min_proto_version(ctx), TLS1_3_VERSION);
		assert_int_equal(SSL_CTX_get_verify_mode(ctx) & SSL_VERIFY_PEER, SSL_VERIFY_PEER);
		assert_non_null(SSL_CTX_get_default_passwd_cb(ctx));
		assert_int_equal(SSL_CTX_get_default_passwd_cb(ctx)(NULL, 0, 0, NULL), -1);
		SSL_CTX_free(ctx);
	}
}

static void missing_path_says_what_is_not_configured(void **state)
{
	struct made *m = *state;
	struct tls_files files = { m->cert_path, m->cert_path, NULL };
	struct fault fault;
	SSL_CTX *ctx;

	assert_int_equal(tls_context(&ctx, false, &files, &fault), -EINVAL);
	assert_string_equal(fault.text, "no private key configured");
}

static void missing_file_is_named(void **state)
{
	struct made *m = *state;

	assert_int_equal(remove(m->cert_path), 0);
	refused(m, -ENOENT, m->cert_path, "cannot open the CA certificate: No such file");
}

static void folder_is_no_certificate(void **state)
{
	struct made *m = *state;

	assert_int_equal(remove(m->cert_path), 0);
	assert_int_equal(mkdir(m->cert_path, 0700), 0);
	refused(m, -EINVAL, m->cert_path, "not a regular file");
	assert_int_equal(remove(m->cert_path), 0);
}

/* Before: OpenSSL opened it and waited for ever. */
static void fifo_is_refused_without_waiting(void **state)
{
	struct made *m = *state;

	assert_int_equal(remove(m->cert_path), 0);
	assert_int_equal(mkfifo(m->cert_path, 0600), 0);
	refused(m, -EINVAL, m->cert_path, "not a regular file");
	assert_int_equal(remove(m->cert_path), 0);
}

static void key_that_others_can_read_is_refused_with_the_command_to_mend_it(void **state)
{
	static const mode_t modes[] = { 0644, 0660, 0601, 0604 };
	struct made *m = *state;

	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(chmod(m->key_path, modes[i]), 0);
		refused(m, -EACCES, m->key_path, "chmod 600 ");
	}
}

static void file_that_is_no_certificate_is_refused(void **state)
{
	struct made *m = *state;

	(void)temp_text(&m->temp, "cert.pem", "not a certificate\n");
	refused(m, -EINVAL, m->cert_path, "not a certificate in PEM form");
}

static void identity_of_no_certificate_says_so(void **state)
{
	struct made *m = *state;
	struct tls_identity who;
	struct fault fault;

	(void)temp_text(&m->temp, "cert.pem", "not a certificate\n");
	assert_int_equal(tls_file_identity(m->cert_path, &who, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "not a certificate in PEM form"));
	assert_int_equal(remove(m->cert_path), 0);
	assert_int_equal(tls_file_identity(m->cert_path, &who, &fault), -ENOENT);
}

static void keep_text(void *arg, const struct fault *problem)
{
	struct buf *all = arg;

	buf_printf(all, "%s\n", problem->text);
}

static void every_problem_is_told_not_only_the_first(void **state)
{
	struct made *m = *state;
	struct tls_files files = { "/nonexistent/ca.pem", m->cert_path, m->key_path };
	struct buf told;

	buf_init(&told, 4096);
	write_certificate(m, NULL, -7200, -3600);
	assert_int_equal(chmod(m->key_path, 0644), 0);
	assert_int_equal(tls_problems(true, &files, keep_text, &told), 3);
	assert_non_null(strstr(buf_text(&told), "/nonexistent/ca.pem: cannot open the CA"));
	assert_non_null(strstr(buf_text(&told), "certificate expired on"));
	assert_non_null(strstr(buf_text(&told), "chmod 600"));
	buf_free(&told);
}

static void good_files_have_no_problems(void **state)
{
	struct made *m = *state;
	struct tls_files files = { m->cert_path, m->cert_path, m->key_path };

	assert_int_equal(tls_problems(false, &files, keep_text, NULL), 0);
	assert_true(tls_signed_by_ca(false, &files)); /* by itself */
}

static void expired_certificate_says_since_when(void **state)
{
	struct made *m = *state;

	write_certificate(m, NULL, -7200, -3600);
	refused(m, -EKEYEXPIRED, m->cert_path, "certificate expired on 20");
}

static void certificate_of_the_future_points_to_the_clock(void **state)
{
	struct made *m = *state;

	write_certificate(m, NULL, 3600, 7200);
	refused(m, -EKEYEXPIRED, m->cert_path, "check this host's clock");
}

static void key_of_another_certificate_is_refused(void **state)
{
	struct made *m = *state;
	EVP_PKEY *own = m->key;

	m->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	write_key(m, NULL);
	refused(m, -EINVAL, m->key_path, "not the private key of ");
	EVP_PKEY_free(m->key);
	m->key = own;
}

/* By itself OpenSSL asks at the terminal. */
static void key_with_a_passphrase_is_refused_without_asking(void **state)
{
	struct made *m = *state;

	write_key(m, "secret");
	refused(m, -EINVAL, m->key_path, "not the private key of ");
}

static const struct host_case {
	const char *name;
	const char *host;
	bool accepted;
} hosts[] = {
	{ "host_name", "collector.example", true },
	{ "host_address", "127.0.0.1", true },
	{ "host_address_of_version_6", "::1", true },
	/* X509_VERIFY_PARAM_set1_host(3) takes an empty name for "check no name" */
	{ "host_empty", "", false },
	{ "host_null", NULL, false },
};

static void client_checks_a_name_or_is_not_made(void **state)
{
	const struct host_case *c = *state;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = tls_client(ctx, c->host);

	assert_int_equal(ssl != NULL, c->accepted);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void name_and_address_are_what_is_checked(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = tls_client(ctx, "collector.example");
	char *address;

	(void)state;
	assert_string_equal(X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0),
	                    "collector.example");
	assert_string_equal(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
	                    "collector.example");
	SSL_free(ssl);
	ssl = tls_client(ctx, "127.0.0.1");
	assert_null(X509_VERIFY_PARAM_get0_host(SSL_get0_param(ssl), 0));
	address = X509_VERIFY_PARAM_get1_ip_asc(SSL_get0_param(ssl));
	assert_string_equal(address, "127.0.0.1");
	OPENSSL_free(address);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

static void session_that_has_not_begun_agreed_on_nothing(void **state)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl = tls_server(ctx);
	struct tls_identity who;
	char why[128];

	(void)state;
	assert_false(tls_alpn_ok(ssl));
	assert_int_equal(tls_peer_identity(ssl, &who), -EINVAL);
	assert_string_equal(tls_why(ssl, why, sizeof(why)), "the connection was closed");
	SSL_free(ssl);
	SSL_CTX_free(ctx);
}

int main(void)
{
	static struct cases c;
	static struct cases files;

	cases_table(&c, names, name_is_valid_or_not);
	cases_table(&c, identities, certificate_names_one_agent);
	cases_table(&c, no_identities, certificate_that_does_not_name_one_agent_is_refused);
	cases_test(&c, name_with_a_nul_inside_is_refused);
	cases_table(&c, hosts, client_checks_a_name_or_is_not_made);
	cases_test(&c, name_and_address_are_what_is_checked);
	cases_test(&c, session_that_has_not_begun_agreed_on_nothing);
	cases_test_with(&files, good_files_give_a_context_for_either_side, good_files, NULL);
	cases_test_with(&files, missing_path_says_what_is_not_configured, good_files, NULL);
	cases_test_with(&files, missing_file_is_named, good_files, NULL);
	cases_test_with(&files, folder_is_no_certificate, good_files, NULL);
	cases_test_with(&files, fifo_is_refused_without_waiting, good_files, NULL);
	cases_test_with(&files, key_that_others_can_read_is_refused_with_the_command_to_mend_it,
	                good_files, NULL);
	cases_test_with(&files, file_that_is_no_certificate_is_refused, good_files, NULL);
	cases_test_with(&files, identity_of_no_certificate_says_so, good_files, NULL);
	cases_test_with(&files, every_problem_is_told_not_only_the_first, good_files, NULL);
	cases_test_with(&files, good_files_have_no_problems, good_files, NULL);
	cases_test_with(&files, expired_certificate_says_since_when, good_files, NULL);
	cases_test_with(&files, certificate_of_the_future_points_to_the_clock, good_files, NULL);
	cases_test_with(&files, key_of_another_certificate_is_refused, good_files, NULL);
	cases_test_with(&files, key_with_a_passphrase_is_refused_without_asking, good_files, NULL);
	return cases_run("tls", &c, NULL, NULL) +
	       cases_run("tls_files", &files, make_key, remove_key);
}
