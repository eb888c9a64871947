/* The product's own record kinds, learnt once for a test program. */
#pragma once

#include "cxmeter/record.h"

/** The catalog; lives until the program ends. Aborts when the schema breaks its conventions. */
const struct cxm_catalog *product_catalog(void);

/** A kind by name, which must exist. */
const struct cxm_kind *product_kind(const char *name);
