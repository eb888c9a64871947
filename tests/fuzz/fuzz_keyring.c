/* Signatures of any bytes, against a folder with one key and one CA: none is ever believed. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/keyring.h"
#include "tests/support/pki.h"
#include "tests/support/signer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct keyring *ring;
static struct pki *pki;

static void end(void)
{
	keyring_free(ring);
	pki_free(pki);
}

static void begin(void)
{
	char folder[512];
	char *slash;
	int rc;

	pki = pki_new("ca");
	EVP_PKEY_free(signer_key(pki_path(pki, "anna.pem")));
	(void)snprintf(folder, sizeof(folder), "%s", pki_path(pki, "."));
	slash = strrchr(folder, '/');
	*slash = '\0';
	(void)remove(pki_path(pki, "ca.key"));
	rc = keyring_open(&ring, folder, NULL);
	assert(rc == 0 && keyring_count(ring) == 2);
	(void)atexit(end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault why = { 0 };

	if (ring == NULL) {
		begin();
	}
	assert(keyring_verify(ring, SLICE("text"), (struct slice){ (const char *)data, size },
	                      SLICE("anna"), 1795323506, &why) != KEYRING_VERIFIED);
	assert(why.text[0] != '\0');
	return 0;
}
