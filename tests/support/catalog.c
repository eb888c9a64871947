#include "tests/support/catalog.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"
#include "tests/support/test_records.pb-c.h"

#define ENVELOPES_MAX 32

struct learnt {
	const ProtobufCMessageDescriptor *envelope; /* NULL: free */
	struct cxm_catalog catalog;
};

static struct learnt all[ENVELOPES_MAX];

static void forget(void)
{
	for (size_t i = 0; i < ENVELOPES_MAX && all[i].envelope != NULL; i++) {
		cxm_catalog_free(&all[i].catalog);
	}
}

static void learn(struct learnt *l, const ProtobufCMessageDescriptor *envelope)
{
	struct fault fault;

	if (cxm_catalog_init(&l->catalog, envelope, &fault) != 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		abort();
	}
	l->envelope = envelope;
	if (l == all) {
		(void)atexit(forget);
	}
}

const struct cxm_catalog *catalog_of(const ProtobufCMessageDescriptor *envelope)
{
	for (size_t i = 0; i < ENVELOPES_MAX; i++) {
		if (all[i].envelope == NULL) {
			learn(&all[i], envelope);
		}
		if (all[i].envelope == envelope) {
			return &all[i].catalog;
		}
	}
	abort();
}

const struct cxm_catalog *product_catalog(void)
{
	return catalog_of(&cxm__evidence__descriptor);
}

const struct cxm_catalog *test_catalog(void)
{
	return catalog_of(&cxmtest__test_evidence__descriptor);
}

const struct cxm_kind *product_kind(const char *name)
{
	const struct cxm_kind *kind = cxm_kind_named(product_catalog(), slice_of(name));

	if (kind == NULL) {
		(void)fprintf(stderr, "no kind %s\n", name);
		abort();
	}
	return kind;
}
