#include "tests/support/store_conformance.h"

#include "tests/support/store_conform.h"

int store_conformance(const struct store_kind *kind)
{
	static struct store_test states[CASES_MAX];
	static struct cases c;

	c.n = 0;
	conform_rows(&c);
	conform_doubt(&c);
	conform_read(&c);
	conform_tally(&c);
	conform_columns(&c);
	conform_once(&c);
	if (kind->read_only) {
		conform_readers(&c);
	}
	for (size_t i = 0; i < c.n; i++) {
		states[i] = (struct store_test){ kind, c.tests[i].initial_state };
		c.tests[i].initial_state = &states[i];
		c.tests[i].setup_func = store_world_set_up;
		c.tests[i].teardown_func = store_world_tear_down;
	}
	return cases_run(kind->ops->name, &c, NULL, NULL);
}
