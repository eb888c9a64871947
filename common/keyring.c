/* Keys and signatures; see keyring.h. Owns the keys, certificates and lists it has read. */
#include "common/keyring.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/pem.h> /* before cms.h, which then declares how CMS is read from PEM */

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include "common/conf.h"
#include "common/env.h"

#define ED25519_BYTES 64  /* RFC 8032, 5.1.6 */
#define DIGEST_BITS   256 /* below it collisions can be had (SHA-1: 2017, https://shattered.io) */
#define CHAIN_MAX     8

struct named_key {
	char name[KEYRING_NAME_MAX];
	EVP_PKEY *key; /* owned */
};

struct keyring {
	struct named_key *keys; /* owned */
	size_t n_keys;
	size_t n_cas;
	X509_STORE *cas;         /* owned */
	STACK_OF(X509) * others; /* owned, with what is in it */
	STACK_OF(X509_CRL) * crls;
};

/* ---- reading ---- */

static bool is_ca(X509 *cert)
{
	return X509_check_ca(cert) == 1;
}

static int add_key(struct keyring *k, EVP_PKEY *key, const char *path, struct fault *fault)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t len = strlen(name) - strlen(".pem");
	struct named_key *to = &k->keys[k->n_keys];

	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return fault_set(fault, -EINVAL,
		                 "%s: a public key that is not Ed25519: use one, or a certificate",
		                 path);
	}
	if (len >= sizeof(to->name) || k->n_keys == KEYRING_FILES_MAX) {
		EVP_PKEY_free(key);
		return fault_set(fault, -EINVAL, "%s: the name is too long", path);
	}
	memcpy(to->name, name, len);
	to->name[len] = '\0';
	to->key = key;
	k->n_keys++;
	return 0;
}

static int add_certificate(struct keyring *k, X509 *cert, const char *path, struct fault *fault)
{
	bool ca = is_ca(cert);
	int added = ca ? X509_STORE_add_cert(k->cas, cert) : sk_X509_push(k->others, cert);

	if (ca || added <= 0) {
		X509_free(cert); /* a store counts its own reference */
	}
	k->n_cas += ca && added > 0 ? 1 : 0;
	return added > 0 ? 0 : fault_set(fault, -ENOMEM, "%s: cannot be kept", path);
}

/* One object of a PEM file. @return 1, 0 at its end, negative. */
static int add_object(struct keyring *k, BIO *bio, const char *path, struct fault *fault)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	const unsigned char *at;
	long len = 0;
	int rc = -EINVAL;

	if (PEM_read_bio(bio, &name, &header, &data, &len) != 1) {
		bool end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;

		ERR_clear_error();
		return end ? 0 : fault_set(fault, -EINVAL, "%s: damaged PEM", path);
	}
	at = data;
	if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
		EVP_PKEY *key = d2i_PUBKEY(NULL, &at, len);

		rc = key != NULL ? add_key(k, key, path, fault) : -EBADMSG;
	} else if (strcmp(name, PEM_STRING_X509) == 0) {
		X509 *cert = d2i_X509(NULL, &at, len);

		rc = cert != NULL ? add_certificate(k, cert, path, fault) : -EBADMSG;
	} else if (strcmp(name, PEM_STRING_X509_CRL) == 0) {
		X509_CRL *crl = d2i_X509_CRL(NULL, &at, len);

		rc = crl != NULL && sk_X509_CRL_push(k->crls, crl) > 0 ? 0 : -EBADMSG;
	} else {
		(void)fault_set(fault, -EINVAL,
		                "%s: holds something else than public keys, certificates and "
		                "revocation lists; take it out of the folder",
		                path);
	}
	if (rc == -EBADMSG) {
		(void)fault_set(fault, rc, "%s: damaged: it cannot be decoded", path);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)len);
	ERR_clear_error();
	return rc == 0 ? 1 : rc;
}

static int add_file(struct keyring *k, const char *path, struct fault *fault)
{
	char *text = NULL;
	size_t len_bytes = 0;
	int rc = conf_read_file(path, "", &text, &len_bytes, fault);
	unsigned n = 0;
	BIO *bio;

	if (rc != 0) {
		return rc;
	}
	if (len_bytes > KEYRING_FILE_MAX_BYTES) {
		free(text);
		return fault_set(fault, -EFBIG, "%s: more than %zu bytes", path,
		                 KEYRING_FILE_MAX_BYTES);
	}
	bio = BIO_new_mem_buf(text, (int)len_bytes);
	rc = bio != NULL ? 1 : fault_set(fault, -ENOMEM, "%s: out of memory", path);
	for (; rc == 1; n++) {
		rc = add_object(k, bio, path, fault);
	}
	BIO_free(bio);
	free(text);
	return rc == 0 && n == 1 ? fault_set(fault, -EINVAL, "%s: there is nothing in it", path)
	                         : rc;
}

struct listing {
	struct keyring *k;
	const char *directory;
	struct fault *fault;
	size_t files;
	bool told; /* the fault says which file is wrong */
};

static int on_name(void *arg, const char *name)
{
	struct listing *l = arg;
	size_t len = strlen(name);
	char path[PATH_MAX];

	if (name[0] == '.' || len <= 4 || strcmp(name + len - 4, ".pem") != 0) {
		return 0;
	}
	l->told = true;
	if (l->files++ == KEYRING_FILES_MAX) {
		return fault_set(l->fault, -E2BIG, "%s: more than %d files", l->directory,
		                 KEYRING_FILES_MAX);
	}
	if (snprintf(path, sizeof(path), "%s/%s", l->directory, name) >= (int)sizeof(path)) {
		return fault_set(l->fault, -ENAMETOOLONG, "%s: the path is too long", l->directory);
	}
	return add_file(l->k, path, l->fault);
}

/* Whoever may put a key there may sign anything. */
static int check_folder(const char *directory, struct fault *fault)
{
	struct stat st;

	if (stat(directory, &st) != 0) {
		int rc = -errno;

		return fault_set(fault, rc, "%s: cannot read the keys: %s", directory,
		                 strerror(-rc));
	}
	if (!S_ISDIR(st.st_mode)) {
		return fault_set(fault, -ENOTDIR, "%s: not a folder", directory);
	}
	if ((st.st_mode & S_IWOTH) != 0) {
		return fault_set(fault, -EINVAL,
		                 "%s: everybody may write there, so no key in it is worth "
		                 "anything: chmod o-w it",
		                 directory);
	}
	return 0;
}

int keyring_open(struct keyring **out, const char *directory, struct fault *fault)
{
	struct keyring *k = calloc(1, sizeof(*k));
	struct listing l = { k, directory, fault, 0, false };
	int rc = check_folder(directory, fault);

	if (rc != 0 || k == NULL) {
		free(k);
		return rc != 0 ? rc : fault_set(fault, -ENOMEM, "out of memory");
	}
	k->keys = calloc(KEYRING_FILES_MAX, sizeof(*k->keys));
	k->cas = X509_STORE_new();
	k->others = sk_X509_new_null();
	k->crls = sk_X509_CRL_new_null();
	if (k->keys == NULL || k->cas == NULL || k->others == NULL || k->crls == NULL) {
		rc = fault_set(fault, -ENOMEM, "out of memory");
	}
	if (rc == 0) {
		rc = env_system.list_dir(env_system.arg, directory, on_name, &l);
		if (rc != 0 && !l.told) {
			(void)fault_set(fault, rc, "%s: cannot read the keys: %s", directory,
			                strerror(-rc));
		}
	}
	if (rc != 0) {
		keyring_free(k);
		return rc;
	}
	*out = k;
	return 0;
}

void keyring_free(struct keyring *k)
{
	if (k == NULL) {
		return;
	}
	for (size_t i = 0; i < k->n_keys; i++) {
		EVP_PKEY_free(k->keys[i].key);
	}
	free(k->keys);
	X509_STORE_free(k->cas);
	sk_X509_pop_free(k->others, X509_free);
	sk_X509_CRL_pop_free(k->crls, X509_CRL_free);
	free(k);
}

size_t keyring_count(const struct keyring *k)
{
	return k->n_keys + k->n_cas;
}

/* ---- Ed25519 ---- */

static bool fits(EVP_PKEY *key, struct slice text, struct slice signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	          EVP_DigestVerify(ctx, (const unsigned char *)signature.at, signature.len,
	                           (const unsigned char *)text.at, text.len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

static enum keyring_verdict verify_key(const struct keyring *k, struct slice text,
                                       struct slice signature, struct slice signer,
                                       struct fault *why)
{
	bool declared = false;

	for (size_t i = 0; i < k->n_keys; i++) {
		bool own = slice_ieq(slice_of(k->keys[i].name), signer);

		declared |= own;
		if (!fits(k->keys[i].key, text, signature)) {
			continue;
		}
		if (own) {
			return KEYRING_VERIFIED;
		}
		(void)fault_set(why, -EPERM, "signed with the key of somebody else than `signer`");
		return KEYRING_UNTRUSTED;
	}
	if (declared) {
		(void)fault_set(why, -EBADMSG,
		                "the signature does not fit: the statement was changed after it "
		                "was signed, or the signature belongs to another one");
		return KEYRING_WRONG;
	}
	(void)fault_set(why, -EPERM, "no public key of this signer has been declared");
	return KEYRING_UNTRUSTED;
}

/* ---- CMS ---- */

static CMS_ContentInfo *read_cms(struct slice signature)
{
	BIO *bio = BIO_new_mem_buf(signature.at, (int)signature.len);
	CMS_ContentInfo *cms = NULL;

	if (bio != NULL && slice_starts(signature, SLICE("-----BEGIN"))) {
		cms = PEM_read_bio_CMS(bio, NULL, NULL, NULL);
	} else if (bio != NULL) {
		cms = d2i_CMS_bio(bio, NULL);
	}
	BIO_free(bio);
	ERR_clear_error();
	return cms;
}

/* One signer, a digest that holds, nothing inside: else NULL. */
static CMS_SignerInfo *only_signer(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) * all;
	CMS_SignerInfo *si;
	X509_ALGOR *digest = NULL;
	const EVP_MD *md;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed || CMS_is_detached(cms) != 1) {
		return NULL;
	}
	all = CMS_get0_SignerInfos(cms);
	if (sk_CMS_SignerInfo_num(all) != 1) {
		return NULL;
	}
	si = sk_CMS_SignerInfo_value(all, 0);
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
	md = digest != NULL ? EVP_get_digestbyobj(digest->algorithm) : NULL;
	return md != NULL && EVP_MD_get_size(md) * CHAR_BIT >= DIGEST_BITS ? si : NULL;
}

static bool is_revoked(const struct keyring *k, X509 *cert, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	for (int i = 0; i < sk_X509_CRL_num(k->crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(k->crls, i);
		X509_REVOKED *entry = NULL;

		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) == 0 &&
		    X509_CRL_verify(crl, key) == 1 &&
		    X509_CRL_get0_by_cert(crl, &entry, cert) == 1) {
			return true;
		}
	}
	return false;
}

static bool chain_is_revoked(const struct keyring *k, STACK_OF(X509) * chain)
{
	for (int i = 0; i + 1 < sk_X509_num(chain); i++) {
		if (is_revoked(k, sk_X509_value(chain, i), sk_X509_value(chain, i + 1))) {
			return true;
		}
	}
	return false;
}

/* NULL, or why the certificate is not believed. */
static const char *distrust(const struct keyring *k, X509 *cert, STACK_OF(X509) * more,
                            int64_t at_s)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	const char *why = "out of memory";

	if (ctx != NULL && X509_STORE_CTX_init(ctx, k->cas, cert, more) == 1) {
		X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);

		/* who may sign is said by the CA that was put into the folder, and key usage below
		 */
		(void)X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
		X509_VERIFY_PARAM_set_time(param, (time_t)at_s);
		X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
		X509_VERIFY_PARAM_set_auth_level(param, 2); /* 112 bits: no SHA-1, no RSA-1024 */
		if (X509_verify_cert(ctx) != 1) {
			why = X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx));
		} else if (chain_is_revoked(k, X509_STORE_CTX_get0_chain(ctx))) {
			why = "the certificate has been revoked";
		} else {
			why = NULL;
		}
	}
	X509_STORE_CTX_free(ctx);
	/* without the extension every usage is allowed (RFC 5280, 4.2.1.3) */
	if (why == NULL &&
	    (X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0) {
		why = "the certificate's key usage does not allow signatures";
	}
	return why;
}

static bool has_common_name(X509 *cert, struct slice signer)
{
	X509_NAME *name = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	unsigned char *utf8 = NULL;
	bool same;
	int len;

	if (at < 0) {
		return false;
	}
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	same = len > 0 && slice_ieq((struct slice){ (const char *)utf8, (size_t)len }, signer);
	OPENSSL_free(utf8);
	return same;
}

static bool is_of(X509 *cert, struct slice signer)
{
	return signer.len > 0 && (has_common_name(cert, signer) ||
	                          X509_check_email(cert, signer.at, signer.len, 0) == 1);
}

static enum keyring_verdict judge_signer(const struct keyring *k, CMS_ContentInfo *cms,
                                         struct slice signer, int64_t at_s, struct fault *why)
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);
	STACK_OF(X509) *more = CMS_get1_certs(cms);
	X509 *cert = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
	enum keyring_verdict verdict = KEYRING_UNTRUSTED;
	const char *distrusted;

	for (int i = 0; more != NULL && i < sk_X509_num(k->others); i++) {
		(void)X509_add_cert(more, sk_X509_value(k->others, i), X509_ADD_FLAG_UP_REF);
	}
	distrusted = cert != NULL ? distrust(k, cert, more, at_s) : "there is no certificate in it";
	if (distrusted != NULL) {
		(void)fault_set(why, -EPERM, "the signer's certificate is not believed: %s",
		                distrusted);
	} else if (!is_of(cert, signer)) {
		(void)fault_set(why, -EPERM,
		                "signed with the certificate of somebody else than `signer`");
	} else {
		verdict = KEYRING_VERIFIED;
	}
	sk_X509_pop_free(more, X509_free);
	sk_X509_free(signers);
	return verdict;
}

static enum keyring_verdict verify_cms(const struct keyring *k, CMS_ContentInfo *cms,
                                       struct slice text, struct fault *why)
{
	const unsigned flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
	BIO *in;
	bool found;
	int ok;

	if (only_signer(cms) == NULL) {
		(void)fault_set(why, -EBADMSG,
		                "not a detached signature of one signer with SHA-256 or better");
		return KEYRING_WRONG;
	}
	in = BIO_new_mem_buf(text.at, (int)text.len);
	ok = in != NULL ? CMS_verify(cms, k->others, NULL, in, NULL, flags) : 0;
	found = ERR_GET_REASON(ERR_peek_last_error()) != CMS_R_SIGNER_CERTIFICATE_NOT_FOUND;
	ERR_clear_error();
	BIO_free(in);
	if (ok == 1) {
		return KEYRING_VERIFIED;
	}
	if (!found) {
		(void)fault_set(why, -EPERM,
		                "the signer's certificate is neither in the signature nor in the "
		                "folder of keys");
		return KEYRING_UNTRUSTED;
	}
	(void)fault_set(why, -EBADMSG,
	                "the signature does not fit: the statement was changed after it was "
	                "signed, or the signature belongs to another one");
	return KEYRING_WRONG;
}

enum keyring_verdict keyring_verify(const struct keyring *k, struct slice text,
                                    struct slice signature, struct slice signer, int64_t at_s,
                                    struct fault *why)
{
	enum keyring_verdict verdict;
	CMS_ContentInfo *cms;

	if (signature.len == ED25519_BYTES) {
		return verify_key(k, text, signature, signer, why);
	}
	cms = signature.len > 0 && signature.len <= INT_MAX && text.len <= INT_MAX
	              ? read_cms(signature)
	              : NULL;
	if (cms == NULL) {
		(void)fault_set(why, -EBADMSG,
		                "neither 64 bytes of Ed25519 nor a CMS signature (openssl cms)");
		return KEYRING_WRONG;
	}
	verdict = verify_cms(k, cms, text, why);
	if (verdict == KEYRING_VERIFIED) {
		verdict = judge_signer(k, cms, signer, at_s, why);
	}
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return verdict;
}
