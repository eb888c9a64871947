/* From a URL to the store that knows its scheme. */
#include "cxmeter/store.h"

#include <errno.h>
#include <stdio.h>

static const struct store_ops *const known[] = { &store_sqlite };

#define N_KNOWN (sizeof(known) / sizeof(known[0]))

static int fail_scheme(struct slice scheme, struct fault *fault)
{
	char names[128] = "";

	for (size_t i = 0; i < N_KNOWN; i++) {
		size_t used = strlen(names);

		(void)snprintf(names + used, sizeof(names) - used, "%s%s", used > 0 ? ", " : "",
		               known[i]->name);
	}
	return fault_set(fault, -EINVAL,
	                 "store: \"%.*s\" is no kind of store; known: %s (a store is written like "
	                 "sqlite:/var/lib/cxmeter/evidence.db)",
	                 (int)(scheme.len < 64 ? scheme.len : 64), scheme.at, names);
}

/* The store that knows a URL, and what of the URL is its own. NULL: nobody does. */
static const struct store_ops *find(const char *url, struct slice *rest, struct fault *fault)
{
	struct slice scheme;

	*rest = slice_of(url);
	scheme = slice_cut(rest, ':');
	for (size_t i = 0; i < N_KNOWN; i++) {
		/* a path alone has no colon, and then nothing is left */
		if (scheme.len < strlen(url) && slice_eq(scheme, slice_of(known[i]->name))) {
			return known[i];
		}
	}
	(void)fail_scheme(scheme, fault);
	return NULL;
}

int cxm_store_open(struct store **out, const char *url, bool read_only,
                   const struct cxm_catalog *catalog, struct fault *fault)
{
	struct slice rest;
	const struct store_ops *ops = find(url, &rest, fault);

	return ops != NULL ? ops->open(out, rest.at, read_only, catalog, fault) : -EINVAL;
}

int cxm_store_check(const char *url, const struct cxm_catalog *catalog, struct fault *fault)
{
	struct slice rest;
	const struct store_ops *ops = find(url, &rest, fault);

	return ops != NULL ? ops->check(rest.at, catalog, fault) : -EINVAL;
}

void cxm_store_close(struct store *st)
{
	if (st != NULL) {
		st->ops->close(st);
	}
}
