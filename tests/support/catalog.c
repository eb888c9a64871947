#include "tests/support/catalog.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/evidence.pb-c.h"

static struct cxm_catalog catalog;

static void forget(void)
{
	cxm_catalog_free(&catalog);
}

const struct cxm_catalog *product_catalog(void)
{
	struct fault fault;

	if (catalog.n_kinds == 0) {
		if (cxm_catalog_init(&catalog, &cxm__evidence__descriptor, &fault) != 0) {
			(void)fprintf(stderr, "%s\n", fault.text);
			abort();
		}
		(void)atexit(forget);
	}
	return &catalog;
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
