/* Whose signatures are believed: one row a way to sign, and what a folder of keys may hold. */
#include "common/keyring.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/cms.h>

#include "tests/support/cases.h"
#include "tests/support/pki.h"
#include "tests/support/signer.h"
#include "tests/support/temp.h"

#define TEXT     "indicator: cx_charter_attested\n"
#define OTHER    "indicator: cx_charter_attestee\n"
#define DAY_S    INT64_C(86400)
#define MINUTE_S INT64_C(60)

static struct {
	struct pki *pki;
	struct pki *other; /* a CA nobody has declared */
	struct temp keys;  /* the folder */
	EVP_PKEY *anna;
	EVP_PKEY *rui;
	EVP_PKEY *stranger;
	struct keyring *ring;
	int64_t now_s;
} w;

static void copy_file(const char *from, const char *to)
{
	char text[16384];
	FILE *in = fopen(from, "re");
	FILE *out = fopen(to, "we");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	n = fread(text, 1, sizeof(text), in);
	assert_int_equal(fwrite(text, 1, n, out), n);
	assert_int_equal(fclose(in) | fclose(out), 0);
}

static int open_world(void **state)
{
	struct fault fault = { 0 };

	(void)state;
	w.now_s = (int64_t)time(NULL);
	w.pki = pki_new("ca");
	w.other = pki_beside(w.pki, "other");
	pki_issue(w.pki, &(struct pki_leaf){ .name = "Rosa", .san = "email:rosa@example.org" });
	pki_issue(w.pki,
	          &(struct pki_leaf){ .name = "Otto", .key_usage = "critical,digitalSignature" });
	pki_issue(w.pki, &(struct pki_leaf){ .name = "Kurt", .key_usage = "keyEncipherment" });
	pki_issue(w.pki, &(struct pki_leaf){ .name = "Revoked" });
	pki_issue(w.pki, &(struct pki_leaf){ .name = "Expired",
	                                     .from_s = -50 * MINUTE_S,
	                                     .until_s = -20 * MINUTE_S });
	pki_issue(w.other, &(struct pki_leaf){ .name = "Zoe" });
	pki_revoke(w.pki, "revoked.pem", (const char *[]){ "Revoked", NULL });
	temp_open(&w.keys);
	w.anna = signer_key(temp_path(&w.keys, "anna.berger.pem"));
	w.rui = signer_key(temp_path(&w.keys, "rui.pem"));
	w.stranger = signer_key(NULL);
	copy_file(pki_path(w.pki, "ca.pem"), temp_path(&w.keys, "ca.pem"));
	copy_file(pki_path(w.pki, "revoked.pem"), temp_path(&w.keys, "revoked.pem"));
	copy_file(pki_path(w.pki, "Otto.pem"), temp_path(&w.keys, "otto-cert.pem"));
	(void)temp_text(&w.keys, "README", "keys of those who may sign");
	if (keyring_open(&w.ring, w.keys.dir, &fault) != 0) {
		print_error("%s\n", fault.text);
		return -1;
	}
	return 0;
}

static int close_world(void **state)
{
	(void)state;
	keyring_free(w.ring);
	EVP_PKEY_free(w.anna);
	EVP_PKEY_free(w.rui);
	EVP_PKEY_free(w.stranger);
	temp_remove(&w.keys);
	pki_free(w.other);
	pki_free(w.pki);
	return 0;
}

/* ---- Ed25519 ---- */

enum who { ANNA, RUI, STRANGER };

static const struct key_case {
	const char *name;
	enum who by;
	const char *signer;
	const char *text;
	enum keyring_verdict want;
	const char *why;
} key_cases[] = {
	{ "key_of_the_signer", ANNA, "anna.berger", TEXT, KEYRING_VERIFIED, "" },
	{ "key_of_the_signer_in_capitals", ANNA, "Anna.Berger", TEXT, KEYRING_VERIFIED, "" },
	{ "key_of_the_signer_over_another_text", ANNA, "anna.berger", OTHER, KEYRING_WRONG,
	  "the signature does not fit" },
	{ "key_of_somebody_else", RUI, "anna.berger", TEXT, KEYRING_UNTRUSTED,
	  "signed with the key of somebody else" },
	{ "key_of_a_stranger_in_the_name_of_a_signer", STRANGER, "anna.berger", TEXT, KEYRING_WRONG,
	  "the signature does not fit" },
	{ "key_nobody_has_declared", STRANGER, "zoe", TEXT, KEYRING_UNTRUSTED,
	  "no public key of this signer" },
	{ "no_signer_at_all", ANNA, "", TEXT, KEYRING_UNTRUSTED, "somebody else" },
};

static void key_is_judged(void **state)
{
	const struct key_case *c = *state;
	EVP_PKEY *const keys[] = { w.anna, w.rui, w.stranger };
	struct fault why = { 0 };
	struct buf signature;

	buf_init(&signature, 1024);
	signer_sign(keys[c->by], SLICE(TEXT), &signature);
	assert_int_equal(
		keyring_verify(w.ring, slice_of(c->text),
	                       (struct slice){ (const char *)signature.data, signature.len },
	                       slice_of(c->signer), w.now_s, &why),
		c->want);
	assert_non_null(strstr(why.text, c->why));
	buf_free(&signature);
}

/* ---- CMS ---- */

static const struct cms_case {
	const char *name;
	const char *by; /* certificate */
	const char *signer;
	const char *text;
	struct signer_cms how;
	int64_t after_s; /* signed so long after now */
	enum keyring_verdict want;
	const char *why;
} cms_cases[] = {
	{ "certificate_of_the_signer",
	  "Rosa",
	  "rosa",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_VERIFIED,
	  "" },
	{ "certificate_as_pem", "Rosa", "Rosa", TEXT, { .pem = true }, 0, KEYRING_VERIFIED, "" },
	{ "certificate_with_the_mail_address_of_the_signer",
	  "Rosa",
	  "rosa@example.org",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_VERIFIED,
	  "" },
	{ "certificate_in_the_folder_only",
	  "Otto",
	  "otto",
	  TEXT,
	  { .flags = CMS_NOCERTS },
	  0,
	  KEYRING_VERIFIED,
	  "" },
	{ "certificate_nowhere",
	  "Rosa",
	  "rosa",
	  TEXT,
	  { .flags = CMS_NOCERTS },
	  0,
	  KEYRING_UNTRUSTED,
	  "neither in the signature nor in the folder" },
	{ "another_text_under_the_certificate",
	  "Rosa",
	  "rosa",
	  OTHER,
	  { .pem = false },
	  0,
	  KEYRING_WRONG,
	  "the signature does not fit" },
	{ "certificate_of_somebody_else",
	  "Otto",
	  "rosa",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_UNTRUSTED,
	  "certificate of somebody else" },
	{ "certificate_of_another_ca",
	  "Zoe",
	  "zoe",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_UNTRUSTED,
	  "is not believed" },
	{ "certificate_that_may_not_sign",
	  "Kurt",
	  "kurt",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_UNTRUSTED,
	  "key usage does not allow signatures" },
	{ "certificate_that_had_expired_when_it_signed",
	  "Expired",
	  "expired",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_UNTRUSTED,
	  "certificate has expired" },
	{ "certificate_that_expired_since",
	  "Expired",
	  "expired",
	  TEXT,
	  { .pem = false },
	  -30 * MINUTE_S,
	  KEYRING_VERIFIED,
	  "" },
	{ "certificate_not_yet_valid_when_it_signed",
	  "Rosa",
	  "rosa",
	  TEXT,
	  { .pem = false },
	  -2 * DAY_S,
	  KEYRING_UNTRUSTED,
	  "not yet valid" },
	{ "certificate_that_was_revoked",
	  "Revoked",
	  "revoked",
	  TEXT,
	  { .pem = false },
	  0,
	  KEYRING_UNTRUSTED,
	  "has been revoked" },
	{ "text_inside_of_the_signature",
	  "Rosa",
	  "rosa",
	  TEXT,
	  { .attached = true },
	  0,
	  KEYRING_WRONG,
	  "not a detached signature" },
};

static void certificate_is_judged(void **state)
{
	const struct cms_case *c = *state;
	struct signer_cms how = c->how;
	struct fault why = { 0 };
	struct buf signature;
	char name[64];
	char cert[512];

	(void)snprintf(name, sizeof(name), "%s.pem", c->by);
	(void)snprintf(cert, sizeof(cert), "%s", pki_path(w.pki, name));
	how.certificate = cert;
	(void)snprintf(name, sizeof(name), "%s.key", c->by);
	how.key = pki_path(w.pki, name);
	buf_init(&signature, 65536);
	signer_sign_cms(&how, SLICE(TEXT), &signature);
	assert_int_equal(
		keyring_verify(w.ring, slice_of(c->text),
	                       (struct slice){ (const char *)signature.data, signature.len },
	                       slice_of(c->signer), w.now_s + c->after_s, &why),
		c->want);
	assert_non_null(strstr(why.text, c->why));
	buf_free(&signature);
}

static void weak_digest_is_wrong(void **state)
{
	struct signer_cms how = { .digest = EVP_sha1() };
	struct fault why = { 0 };
	struct buf signature;
	char cert[512];

	(void)state;
	(void)snprintf(cert, sizeof(cert), "%s", pki_path(w.pki, "Rosa.pem"));
	how.certificate = cert;
	how.key = pki_path(w.pki, "Rosa.key");
	buf_init(&signature, 65536);
	signer_sign_cms(&how, SLICE(TEXT), &signature);
	assert_int_equal(
		keyring_verify(w.ring, SLICE(TEXT),
	                       (struct slice){ (const char *)signature.data, signature.len },
	                       SLICE("rosa"), w.now_s, &why),
		KEYRING_WRONG);
	assert_non_null(strstr(why.text, "SHA-256 or better"));
	buf_free(&signature);
}

static void every_changed_bit_of_a_signature_is_noticed(void **state)
{
	struct fault why = { 0 };
	struct buf signature;

	(void)state;
	buf_init(&signature, 1024);
	signer_sign(w.anna, SLICE(TEXT), &signature);
	for (size_t bit = 0; bit < signature.len * 8; bit++) {
		signature.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(keyring_verify(w.ring, SLICE(TEXT),
		                                (struct slice){ (const char *)signature.data,
		                                                signature.len },
		                                SLICE("anna.berger"), w.now_s, &why),
		                 KEYRING_WRONG);
		signature.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	buf_free(&signature);
}

static const struct rubbish_case {
	const char *name;
	const char *signature;
} rubbish[] = {
	{ "nothing_is_no_signature", "" },
	{ "words_are_no_signature", "signed, Anna Berger" },
	{ "empty_pem_is_no_signature", "-----BEGIN CMS-----\n-----END CMS-----\n" },
	{ "pem_of_something_else_is_no_signature",
	  "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n" },
};

static void rubbish_is_wrong(void **state)
{
	const struct rubbish_case *c = *state;
	struct fault why = { 0 };

	assert_int_equal(keyring_verify(w.ring, SLICE(TEXT), slice_of(c->signature),
	                                SLICE("anna.berger"), w.now_s, &why),
	                 KEYRING_WRONG);
	assert_non_null(strstr(why.text, "neither 64 bytes of Ed25519 nor a CMS signature"));
}

/* ---- folders ---- */

static void keys_and_authorities_are_counted(void **state)
{
	(void)state;
	assert_int_equal(keyring_count(w.ring), 3);
}

static const struct folder_case {
	const char *name;
	const char *file;
	const char *text;
	const char *why;
} folders[] = {
	{ "file_of_words", "a.pem", "keys\n", "a.pem: there is nothing in it" },
	{ "file_of_nothing", "a.pem", "", "a.pem: there is nothing in it" },
	{ "private_key", "a.pem",
	  "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n",
	  "a.pem: holds something else than public keys" },
	{ "damaged_key", "a.pem",
	  "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----\n",
	  "a.pem: damaged: it cannot be decoded" },
	{ "damaged_certificate", "a.pem",
	  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	  "a.pem: damaged: it cannot be decoded" },
	{ "damaged_pem", "a.pem", "-----BEGIN PUBLIC KEY-----\n!!!!\n-----END PUBLIC KEY-----\n",
	  "a.pem: damaged PEM" },
};

static void folder_with_something_else_is_refused(void **state)
{
	const struct folder_case *c = *state;
	struct fault fault = { 0 };
	struct keyring *ring = NULL;
	struct temp t;

	temp_open(&t);
	(void)temp_text(&t, c->file, c->text);
	assert_true(keyring_open(&ring, t.dir, &fault) < 0);
	assert_non_null(strstr(fault.text, c->why));
	temp_remove(&t);
}

static void folder_everybody_may_write_to_is_refused(void **state)
{
	struct fault fault = { 0 };
	struct keyring *ring = NULL;
	struct temp t;

	(void)state;
	temp_open(&t);
	assert_int_equal(chmod(t.dir, 0777), 0);
	assert_int_equal(keyring_open(&ring, t.dir, &fault), -EINVAL);
	assert_non_null(strstr(fault.text, "chmod o-w it"));
	temp_remove(&t);
}

static void folder_that_is_missing_is_refused(void **state)
{
	struct fault fault = { 0 };
	struct keyring *ring = NULL;

	(void)state;
	assert_int_equal(keyring_open(&ring, "/nowhere/keys", &fault), -ENOENT);
	assert_string_equal(fault.text,
	                    "/nowhere/keys: cannot read the keys: No such file or directory");
	keyring_free(NULL);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, key_cases, key_is_judged);
	cases_table(&c, cms_cases, certificate_is_judged);
	cases_test(&c, weak_digest_is_wrong);
	cases_test(&c, every_changed_bit_of_a_signature_is_noticed);
	cases_table(&c, rubbish, rubbish_is_wrong);
	cases_test(&c, keys_and_authorities_are_counted);
	cases_table(&c, folders, folder_with_something_else_is_refused);
	cases_test(&c, folder_everybody_may_write_to_is_refused);
	cases_test(&c, folder_that_is_missing_is_refused);
	return cases_run("keyring", &c, open_world, close_world);
}
