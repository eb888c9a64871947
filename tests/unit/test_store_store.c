/* collector/store/store.c */
#include <errno.h>

#include "cxmeter/store.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"

#define ADVICE "known: sqlite (a store is written like sqlite:/var/lib/cxmeter/evidence.db)"

static const struct refusal {
	const char *name;
	const char *url;
	const char *fault;
} refusals[] = {
	{ "an_unknown_scheme_lists_the_known_ones", "oracle:scott/tiger",
	  "store: \"oracle\" is no kind of store; " ADVICE },
	{ "a_path_alone_is_no_url", "/var/lib/cxmeter/evidence.db",
	  "store: \"/var/lib/cxmeter/evidence.db\" is no kind of store; " ADVICE },
	{ "a_scheme_alone_is_no_url", "sqlite", "store: \"sqlite\" is no kind of store; " ADVICE },
	{ "nothing_is_no_url", "", "store: \"\" is no kind of store; " ADVICE },
	{ "a_scheme_is_matched_whole", "sqlite3:/x",
	  "store: \"sqlite3\" is no kind of store; " ADVICE },
	{ "a_url_without_a_path_is_refused",
	  "sqlite:", "name the file of the store: sqlite:/path/to/it" },
};

static void refusal_run(void **state)
{
	const struct refusal *c = *state;
	const struct cxm_catalog *catalog;
	struct fault fault = { 0 };
	struct store *st = NULL;
	int rc;

	catalog = test_catalog();

	rc = cxm_store_open(&st, c->url, false, catalog, &fault);

	assert_int_equal(rc, -EINVAL);
	assert_string_equal(fault.text, c->fault);
	assert_null(st);
	fault.text[0] = '\0';
	assert_int_equal(cxm_store_check(c->url, catalog, &fault), -EINVAL);
	assert_string_equal(fault.text, c->fault);
}

static void a_known_scheme_opens_its_store(void **state)
{
	const struct cxm_catalog *catalog;
	struct fault fault = { 0 };
	struct store *st = NULL;

	(void)state;
	catalog = test_catalog();

	assert_int_equal(cxm_store_open(&st, "sqlite::memory:", false, catalog, &fault), 0);

	assert_ptr_equal(st->ops, &store_sqlite);
	cxm_store_close(st);
}

static void closing_nothing_is_harmless(void **state)
{
	(void)state;

	cxm_store_close(NULL);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, refusals, refusal_run);
	cases_test(&c, a_known_scheme_opens_its_store);
	cases_test(&c, closing_nothing_is_harmless);
	return cases_run("store", &c, NULL, NULL);
}
