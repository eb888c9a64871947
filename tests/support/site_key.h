/*
 * The site key of tests: bytes 0 to 31, so that a raw identity is the same pseudonym in every test
 * and every run. A site key is a file; who only wants pseudonyms never sees it.
 */
#pragma once

#include "agent/pseudonym.h"

#define SITE_KEY_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/** Pseudonyms by that key, to be given to pseudonym_free. Aborts when it cannot. */
struct pseudonym *site_key_open(const struct pseudonym_plan *plan);

/** Write it to a file, replacing what is there; only its owner may read it. Aborts when it cannot.
 */
void site_key_write(const char *path);
