/*
 * What would keep the agent from starting, or trouble it later, found without starting it.
 */
#pragma once

#include <stdio.h>

#include "cxmeter/source.h"

/**
 * Look at a configuration and everything it names: certificates, keys, spool, sources, user.
 * Prints one line a finding, "problem: ..." or "warning: ...".
 * @return the number of problems.
 */
unsigned agent_check(const char *conf_path, const struct source_ops *const *kinds, FILE *out);
