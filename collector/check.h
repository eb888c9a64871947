/*
 * What would keep the collector from starting, or trouble it later, found without starting it.
 */
#pragma once

#include <stdio.h>

/**
 * Look at a configuration and everything it names: certificates, key, revocation list, address,
 * store, user, limits. Prints one line a finding, "problem: ..." or "warning: ...".
 * @return the number of problems.
 */
unsigned collector_check(const char *conf_path, FILE *out);
