/*
 * Certificates for tests, made on the spot: a CA in a folder of its own, and whatever it
 * is asked to sign, good or bad. Keys are EC P-256, because tests make many.
 *
 *     struct pki *pki = pki_new("ca");
 *     pki_issue(pki, &(struct pki_leaf){ .name = "server", .server = true, .san = PKI_LOCAL });
 *     pki_issue(pki, &(struct pki_leaf){ .name = "pbx1", .client = true,
 *                                        .san = "URI:urn:cxmeter:nord:pbx1" });
 *     ... pki_path(pki, "pbx1.pem"), pki_path(pki, "pbx1.key"), pki_path(pki, "ca.pem") ...
 *     pki_free(pki);
 *
 * Functions abort the test (assert) when OpenSSL or the file system fails.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PKI_LOCAL "IP:127.0.0.1,IP:::1,DNS:localhost" /* what a server on loopback is called */

struct pki;

struct pki_leaf {
	const char *name; /* of the files: NAME.pem and NAME.key */
	const char *san;  /* as in openssl.cnf: "URI:...,DNS:...,IP:..."; NULL: none */
	bool client;      /* extended key usages; neither: the extension is left out */
	bool server;
	bool is_ca;            /* asks to be a CA itself */
	const char *key_usage; /* as in openssl.cnf; NULL: the extension is left out */
	int64_t from_s; /* validity, seconds from now; both 0: one hour ago to one day ahead */
	int64_t until_s;
};

/** A CA whose certificate is NAME.pem. */
struct pki *pki_new(const char *name);

/** Another CA in the same folder; freed on its own, before the first. */
struct pki *pki_beside(const struct pki *first, const char *name);

/** Removes the folder, of the one that made it. NULL is fine. */
void pki_free(struct pki *pki);

/** Sign a certificate; its key's file has mode 0600. A name used before is overwritten. */
void pki_issue(struct pki *pki, const struct pki_leaf *leaf);

/** Write a revocation list, FILE, that holds the certificates of these names (NULL-terminated). */
void pki_revoke(struct pki *pki, const char *file, const char *const *names);

/** Put files of the folder one behind the other into another. */
void pki_join(const struct pki *pki, const char *file, const char *const *files);

/** Path of a file in the folder, which need not be there; valid until the pki is freed. */
const char *pki_path(const struct pki *pki, const char *file);
