#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ingest/counters.h"

static void only_what_was_counted_is_written(void **state)
{
	struct counters c = { 0 };
	char text[256];

	(void)state;
	assert_string_equal("", counters_text(&c, text, sizeof(text)));
	counter_one(&c, COUNTER_BATCHES);
	counter_add(&c, COUNTER_STORED, 41);
	assert_string_equal("batches=1 stored=41", counters_text(&c, text, sizeof(text)));
}

static void text_is_cut_between_words(void **state)
{
	struct counters c = { 0 };
	char text[12];

	(void)state;
	counter_one(&c, COUNTER_BATCHES);
	counter_one(&c, COUNTER_STORED);
	assert_string_equal("batches=1", counters_text(&c, text, sizeof(text)));
}

static void all_counters_at_their_largest_fit_the_log(void **state)
{
	struct counters c = { 0 };
	char text[1024 * 4];

	(void)state;
	for (unsigned i = 0; i < COUNTERS; i++) {
		counter_add(&c, (enum counter)i, 999999999);
	}
	assert_true(strlen(counters_text(&c, text, sizeof(text))) < 900);
	assert_non_null(strstr(text, "quarantined="));
}

static void page_names_every_counter_as_it_is(void **state)
{
	FILE *in = fopen("docs/collector.md", "re");
	char *page = calloc(1, 65536);
	char want[256];

	(void)state;
	assert_non_null(in);
	assert_non_null(page);
	assert_true(fread(page, 1, 65535, in) > 0);
	(void)fclose(in);
	for (unsigned i = 0; i < COUNTERS; i++) {
		(void)snprintf(want, sizeof(want), "| `%s` | %s |\n", counter_names[i],
		               counter_helps[i]);
		assert_non_null(strstr(page, want));
	}
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_counted_is_written),
		cmocka_unit_test(text_is_cut_between_words),
		cmocka_unit_test(all_counters_at_their_largest_fit_the_log),
		cmocka_unit_test(page_names_every_counter_as_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
