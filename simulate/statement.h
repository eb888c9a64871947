/*
 * A signed statement of a made-up site: Attestation-NAME.yaml, its detached Ed25519 signature
 * beside it, and the signer's public key, as docs/sources/dropbox.md describes them. The private
 * key is drawn from the seed and kept nowhere.
 */
#pragma once

#include "common/fault.h"
#include "proto/evidence.pb-c.h"

/**
 * Write FOLDER/drop/Attestation-... and FOLDER/keys/....pem.
 * @param serial  tells statements on one indicator apart.
 * @return 0 or -errno, explained.
 */
int sim_statement_write(const char *folder, const char *seed, const Cxm__Attestation *a,
                        unsigned serial, struct fault *fault);
