/* Kappa: textbook tables (docs/model.md, 5.6), and its interval. */
#include "collector/stats/agreement.h"

#include <math.h>
#include <string.h>

#include "tests/support/near.h"

static const struct cohen_case {
	const char *name;
	unsigned table[2][2];
	double kappa;
} cohen_cases[] = {
	{ "cohen_of_20_5_10_15", { { 20, 5 }, { 10, 15 } }, 0.4000 },
	{ "cohen_of_45_15_25_15", { { 45, 15 }, { 25, 15 } }, 0.1304 },
	{ "cohen_of_25_35_5_35", { { 25, 35 }, { 5, 35 } }, 0.2593 },
	{ "cohen_of_full_agreement", { { 10, 0 }, { 0, 5 } }, 1 },
	{ "cohen_of_full_disagreement", { { 0, 5 }, { 5, 0 } }, -1 },
	{ "cohen_of_independent_ratings", { { 40, 40 }, { 10, 10 } }, 0 },
	{ "cohen_of_one_category_is_unknown", { { 10, 0 }, { 0, 0 } }, NAN },
	{ "cohen_of_nothing_is_unknown", { { 0, 0 }, { 0, 0 } }, NAN },
};

static void fill(struct stats_ratings *r, const unsigned table[2][2])
{
	for (unsigned a = 0; a < 2; a++) {
		for (unsigned b = 0; b < 2; b++) {
			for (unsigned i = 0; i < table[a][b]; i++) {
				stats_ratings_pair(r, a, b);
			}
		}
	}
}

static void cohen_case_run(void **state)
{
	const struct cohen_case *c = *state;
	struct stats_ratings r = { 0 };

	fill(&r, c->table);
	assert_near(stats_kappa(&r, KAPPA_COHEN), c->kappa, 5e-5);
}

/* Fleiss' textbook example: 10 items, 14 raters, 5 categories */
static const unsigned psychiatrists[10][AGREEMENT_CATEGORIES_MAX] = {
	{ 0, 0, 0, 0, 14 }, { 0, 2, 6, 4, 2 }, { 0, 0, 3, 5, 6 }, { 0, 3, 9, 2, 0 },
	{ 2, 2, 8, 1, 1 },  { 7, 7, 0, 0, 0 }, { 3, 2, 6, 3, 0 }, { 2, 5, 3, 2, 2 },
	{ 6, 5, 2, 1, 0 },  { 0, 2, 2, 3, 7 },
};

static void fleiss_of_ten_items_is_the_textbook_value(void **state)
{
	struct stats_ratings r = { 0 };

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		stats_ratings_item(&r, psychiatrists[i]);
	}
	assert_near(r.agreed / r.items, 0.378022, 5e-7);
	assert_near(stats_kappa(&r, KAPPA_FLEISS), 0.209931, 5e-7);
	/* (P - Pe) / (1 - Pe) with Pe = 0.212755 */
	assert_near((0.378022 - 0.212755) / (1 - 0.212755), 0.209931, 2e-6);
}

static void item_that_one_alone_rated_says_nothing(void **state)
{
	static const unsigned alone[AGREEMENT_CATEGORIES_MAX] = { 1 };
	static const unsigned nobody[AGREEMENT_CATEGORIES_MAX] = { 0 };
	struct stats_ratings r = { 0 };
	struct stats_ratings none = { 0 };

	(void)state;
	stats_ratings_item(&r, alone);
	stats_ratings_item(&r, nobody);
	assert_memory_equal(&r, &none, sizeof(r));
	assert_true(isnan(stats_kappa(&r, KAPPA_FLEISS)));
}

static void parts_add_up_to_the_whole(void **state)
{
	struct stats_ratings whole = { 0 };
	struct stats_ratings sum = { 0 };

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		struct stats_ratings one = { 0 };

		stats_ratings_item(&one, psychiatrists[i]);
		stats_ratings_item(&whole, psychiatrists[i]);
		stats_ratings_add(&sum, &one);
	}
	assert_memory_equal(&sum, &whole, sizeof(sum));
}

#define ITEMS 200

/* Two evaluators who hear the truth (half and half) and err one time in ten, each on his own:
 * agreement 0.82, chance 0.5, kappa 0.64. */
static void rate(struct stats_random *r, struct stats_ratings blocks[ITEMS])
{
	for (size_t i = 0; i < ITEMS; i++) {
		unsigned truth = stats_random_below(r, 2);
		unsigned a = stats_random_below(r, 10) == 0 ? 1 - truth : truth;
		unsigned b = stats_random_below(r, 10) == 0 ? 1 - truth : truth;

		blocks[i] = (struct stats_ratings){ 0 };
		stats_ratings_pair(&blocks[i], a, b);
	}
}

static void kappa_intervals_cover_the_truth_90_to_99_times_in_100(void **state)
{
	static struct stats_ratings blocks[ITEMS];
	struct stats_random r = stats_random_of("calibrations");
	unsigned covered = 0;

	(void)state;
	for (int round = 0; round < 100; round++) {
		struct interval i;

		rate(&r, blocks);
		i = stats_kappa_bootstrap(blocks, ITEMS, KAPPA_COHEN, 0.95, r);
		covered += i.low <= 0.64 && 0.64 <= i.high;
	}
	assert_in_range(covered, 90, 99);
}

static void kappa_bootstrap_repeats_to_the_bit(void **state)
{
	static struct stats_ratings blocks[ITEMS];
	struct stats_random r = stats_random_of("calibrations");
	struct interval a;
	struct interval b;

	(void)state;
	rate(&r, blocks);
	a = stats_kappa_bootstrap(blocks, ITEMS, KAPPA_FLEISS, 0.95, stats_random_of("s"));
	b = stats_kappa_bootstrap(blocks, ITEMS, KAPPA_FLEISS, 0.95, stats_random_of("s"));
	assert_memory_equal(&a, &b, sizeof(a));
	assert_true(a.low < a.high);
}

static void full_agreement_of_few_is_not_certain(void **state)
{
	struct stats_ratings blocks[20] = { { 0 } };
	struct interval i;

	(void)state;
	for (unsigned k = 0; k < 20; k++) {
		stats_ratings_pair(&blocks[k], k % 2, k % 2);
	}
	i = stats_kappa_bootstrap(blocks, 20, KAPPA_COHEN, 0.95, stats_random_of("s"));
	/* Wilson of 20 of 20 begins at 0.838875; chance is a half */
	assert_near(i.low, (0.838875 - 0.5) / 0.5, 2e-6);
	assert_near(i.high, 1, 0);
}

static void one_block_or_one_category_has_no_interval(void **state)
{
	struct stats_ratings blocks[2] = { { 0 } };

	(void)state;
	stats_ratings_pair(&blocks[0], 0, 0);
	stats_ratings_pair(&blocks[1], 0, 0);
	assert_true(isnan(
		stats_kappa_bootstrap(blocks, 2, KAPPA_COHEN, 0.95, stats_random_of("s")).low));
	stats_ratings_pair(&blocks[0], 1, 0);
	assert_true(isnan(
		stats_kappa_bootstrap(blocks, 1, KAPPA_COHEN, 0.95, stats_random_of("s")).low));
	assert_true(isnan(
		stats_kappa_bootstrap(NULL, 0, KAPPA_COHEN, 0.95, stats_random_of("s")).high));
}

#define MANY (AGREEMENT_BLOCKS_MAX + 500)

static void more_blocks_than_fit_are_joined_and_none_is_lost(void **state)
{
	static struct stats_ratings blocks[MANY];
	struct stats_ratings total = { 0 };
	struct interval i;

	(void)state;
	for (unsigned k = 0; k < MANY; k++) {
		stats_ratings_pair(&blocks[k], k % 2, k % 5 == 0 ? 1 - k % 2 : k % 2);
	}
	i = stats_kappa_bootstrap(blocks, MANY, KAPPA_COHEN, 0.95, stats_random_of("s"));
	for (unsigned k = 0; k < AGREEMENT_BLOCKS_MAX; k++) {
		stats_ratings_add(&total, &blocks[k]);
	}
	assert_near(total.items, MANY, 0);
	assert_near(stats_kappa(&total, KAPPA_COHEN), 0.6, 1e-12);
	assert_true(i.low < 0.6 && 0.6 < i.high);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, fleiss_of_ten_items_is_the_textbook_value);
	cases_test(&c, item_that_one_alone_rated_says_nothing);
	cases_test(&c, parts_add_up_to_the_whole);
	cases_test(&c, kappa_intervals_cover_the_truth_90_to_99_times_in_100);
	cases_test(&c, kappa_bootstrap_repeats_to_the_bit);
	cases_test(&c, full_agreement_of_few_is_not_certain);
	cases_test(&c, one_block_or_one_category_has_no_interval);
	cases_test(&c, more_blocks_than_fit_are_joined_and_none_is_lost);
	cases_table(&c, cohen_cases, cohen_case_run);
	return cases_run("score_agreement", &c, NULL, NULL);
}
