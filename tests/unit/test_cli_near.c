/* Which word somebody may have meant. */
#include "cli/near.h"

#include <string.h>

#include "tests/support/cases.h"

static const struct distance_case {
	const char *name;
	const char *a;
	const char *b;
	size_t want;
} distance_cases[] = {
	{ "equal_words_are_0_apart", "service_level", "service_level", 0 },
	{ "a_letter_left_out_is_1", "servce_level", "service_level", 1 },
	{ "a_letter_too_many_is_1", "servicee_level", "service_level", 1 },
	{ "a_wrong_letter_is_1", "service-level", "service_level", 1 },
	{ "two_swapped_letters_are_1", "sevrice_level", "service_level", 1 },
	{ "swapped_first_letters_are_1", "pns", "nps", 1 },
	{ "kitten_and_sitting_are_3", "kitten", "sitting", 3 },
	{ "nothing_is_as_far_as_the_word_is_long", "", "aht", 3 },
	{ "the_word_is_as_far_from_nothing", "aht", "", 3 },
	{ "nothing_is_nothing", "", "", 0 },
	{ "more_than_64_letters_are_not_looked_at",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "nps", 64 },
};

static void distance_case_run(void **state)
{
	const struct distance_case *c = *state;

	assert_int_equal(near_distance(c->a, c->b), c->want);
	assert_int_equal(near_distance(c->b, c->a), c->want);
}

static const struct enough_case {
	const char *name;
	const char *typed;
	const char *word;
	bool want;
} enough_cases[] = {
	{ "a_part_of_it_is_near", "abandon", "abandonment_rate", true },
	{ "one_letter_is_near", "servce_level", "service_level", true },
	{ "a_third_of_the_letters_is_near", "tansfre_rat", "transfer_rate", true },
	{ "one_of_three_letters_is_near", "npx", "nps", true },
	{ "another_word_is_not", "weather", "service_level", false },
	{ "two_of_three_letters_are_not", "nxx", "nps", false },
};

static void enough_case_run(void **state)
{
	const struct enough_case *c = *state;

	assert_int_equal(near_enough(c->typed, c->word), c->want);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, distance_cases, distance_case_run);
	cases_table(&c, enough_cases, enough_case_run);
	return cases_run("cli_near", &c, NULL, NULL);
}
