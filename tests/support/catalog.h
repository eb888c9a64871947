/* The record kinds of a schema, learnt once for a test program. Whoever tests the learning itself,
 * or how it runs out of memory, calls cxm_catalog_init instead. */
#pragma once

#include "cxmeter/record.h"

/** The catalog of an envelope; lives until the program ends. Aborts when the schema breaks its
 * conventions. Of one thread. */
const struct cxm_catalog *catalog_of(const ProtobufCMessageDescriptor *envelope);

/** The product's own: cxm.Evidence. */
const struct cxm_catalog *product_catalog(void);

/** The tests': cxmtest.TestEvidence of test_records.proto, with a field of every type. */
const struct cxm_catalog *test_catalog(void);

/** A kind of the product by name, which must exist. */
const struct cxm_kind *product_kind(const char *name);
