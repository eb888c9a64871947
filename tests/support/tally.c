#include "tests/support/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void on_count(void *arg, enum source_count what, const char *name, uint64_t n)
{
	struct tally *t = arg;

	assert_true(t->n < TALLY_MAX);
	assert_true(name[0] != '\0');
	assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(name));
	for (size_t i = 0; i < t->n; i++) {
		assert_string_not_equal(t->counts[i].name, name);
	}
	t->counts[t->n].what = what;
	t->counts[t->n].n = n;
	(void)snprintf(t->counts[t->n].name, sizeof(t->counts[0].name), "%s", name);
	t->n++;
}

void tally_of(struct tally *t, const struct source_ops *ops, const struct source *s)
{
	const struct source_tally to = { on_count, t };

	t->n = 0;
	assert_non_null(ops->counters);
	ops->counters(s, &to);
}

uint64_t tally_count(const struct tally *t, enum source_count what, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (t->counts[i].what == what && strcmp(t->counts[i].name, name) == 0) {
			return t->counts[i].n;
		}
	}
	fail_msg("there is no counter %s", name);
	return 0;
}

struct source_tally tally_begin(struct tally *t)
{
	t->n = 0;
	return (struct source_tally){ on_count, t };
}
