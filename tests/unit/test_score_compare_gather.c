/* What a comparison brings from a store: contacts by kind of queue, part of the week and of the
 * day, that add up to the scorecard's own figures; channels; contacts a day. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "collector/score/views/compare.h"
#include "tests/support/cases.h"
#include "tests/support/score_world.h"

#define HOUR_US   (INT64_C(3600) * 1000 * 1000)
#define DAY_US    (24 * HOUR_US)
#define FIRST_DAY "2026-10-26" /* a Monday */
#define SL        "service_level"

static void add_contact(struct score_world *w, int day, int hour, const char *queue, bool good)
{
	static unsigned contact = 1;

	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64
	                " source=queue_log host=pbx contact=%016x queue=%s entry=0 "
	                "channel=voice outcome=answered wait_ms=%d talk_ms=60000",
	                score_world_day_us(FIRST_DAY) + day * DAY_US + hour * HOUR_US +
	                        (int64_t)contact * 1000,
	                contact, queue, good ? 5000 : 60000);
	contact++;
}

/* 28 days: 20 contacts a day of sales at 9 h, 12 of 20 good; at week-ends 4 of support at 20 h. */
static void fill(struct score_world *w)
{
	for (int day = 0; day < 28; day++) {
		for (int i = 0; i < 20; i++) {
			add_contact(w, day, 9, "sales", i < 12);
		}
		for (int i = 0; i < 4 && day % 7 >= 5; i++) {
			add_contact(w, day, 20, "support", i < 1);
		}
	}
	score_world_put(w);
}

static size_t place_of(const struct scorecard *card, const char *id)
{
	size_t at = 0;

	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; i < card->areas[a].n_indicators; i++, at++) {
			if (strcmp(card->areas[a].indicators[i].is->id, id) == 0) {
				return at;
			}
		}
	}
	fail_msg("no indicator %s", id);
	return 0;
}

static struct compare_site gathered(struct score_world *w, struct scorecard *card,
                                    const struct compare_fact *fact)
{
	struct compare_site site = { .card = card, .fact = fact };

	if (compare_gather(&site, w->store, w->catalog, &w->fault) != 0) {
		fail_msg("%s", w->fault.text);
	}
	return site;
}

static void cells_add_up_to_the_scorecard(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	struct compare_site site;
	const struct compare_measure *m;
	double n = 0;
	double good = 0;

	fill(w);
	card = score_world_card(w, &request);
	site = gathered(w, card, NULL);
	m = &site.measures[place_of(card, SL)];
	for (size_t i = 0; i < m->n_cells; i++) {
		n += m->cells[i].n;
		good += m->cells[i].sum;
	}
	assert_true(m->adjustable && m->share);
	assert_true(n == score_world_of(card, SL)->got.denominator);
	assert_true(good == score_world_of(card, SL)->got.numerator);
	assert_true(n == 28 * 20 + 8 * 4);
	assert_string_equal(m->trait[COMPARE_CHANNEL], "voice");
	assert_false(m->has[COMPARE_SURVEY_WORDING]);
	/* 560 + 32 contacts on 28 + 8 days of a queue */
	assert_true(fabs(m->contacts_a_day - 592 / 36.0) < 1e-12);
	compare_site_free(&site);
	scorecard_free(card);
}

/* In Berlin 2026-10-25 has 25 hours: 5:30 and 6:30 there are 4:30 and 5:30 of UTC. */
static void parts_of_the_day_are_those_of_the_clock_on_the_wall(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t day = score_world_day("2026-10-25");
	struct scorecard *card;
	struct compare_site site;
	const struct compare_measure *m;

	for (int half_hours = 9; half_hours <= 11; half_hours += 2) {
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64 " source=queue_log host=pbx contact=%016x "
		                "queue=sales outcome=answered wait_ms=5000",
		                score_world_day_us("2026-10-25") + half_hours * HOUR_US / 2,
		                (unsigned)half_hours);
	}
	score_world_put(w);
	request.provisional = true;
	request.timezone = "Europe/Berlin";
	request.from_day = &day;
	request.to_day = &day;
	card = score_world_card(w, &request);
	site = gathered(w, card, NULL);
	m = &site.measures[place_of(card, SL)];
	assert_int_equal(m->n_cells, 2);
	assert_int_equal(m->cells[0].daypart, 0);
	assert_int_equal(m->cells[1].daypart, 1);
	compare_site_free(&site);
	scorecard_free(card);
}

static void strata_are_by_part_of_week_and_day_and_kind_of_queue(void **state)
{
	static struct compare_queue queues[] = { { "sales", "simple" } };
	static const struct compare_fact fact = { .site = "nord", .queues = queues, .n_queues = 1 };
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	struct compare_site site;
	const struct compare_measure *m;

	fill(w);
	card = score_world_card(w, &request);
	site = gathered(w, card, &fact);
	m = &site.measures[place_of(card, SL)];
	for (size_t i = 0; i < m->n_cells; i++) {
		bool support = strcmp(m->cells[i].queue, "support") == 0;

		assert_true(support || strcmp(m->cells[i].queue, "simple") == 0);
		assert_int_equal(m->cells[i].daypart, support ? 3 : 1);
		assert_int_equal(m->cells[i].weekend, m->cells[i].day % 7 >= 5);
		assert_true(m->cells[i].n == (support ? 4 : 20));
	}
	assert_int_equal(m->n_cells, 28 + 8);
	compare_site_free(&site);
	scorecard_free(card);
}

static void a_mean_is_gathered_in_its_own_unit(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	struct compare_site site;
	const struct compare_measure *m;
	double n = 0;
	double sum = 0;

	fill(w);
	card = score_world_card(w, &request);
	site = gathered(w, card, NULL);
	m = &site.measures[place_of(card, "speed_of_answer_mean")];
	for (size_t i = 0; i < m->n_cells; i++) {
		n += m->cells[i].n;
		sum += m->cells[i].sum;
	}
	assert_true(m->adjustable && !m->share);
	assert_true(fabs(sum / n - score_world_of(card, "speed_of_answer_mean")->got.value) < 1e-9);
	compare_site_free(&site);
	scorecard_free(card);
}

static void what_is_not_assessed_is_not_gathered(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	struct compare_site site;
	const struct compare_measure *m;

	fill(w);
	card = score_world_card(w, &request);
	site = gathered(w, card, NULL);
	m = &site.measures[place_of(card, "csat_top2")];
	assert_false(m->adjustable);
	assert_int_equal(m->n_cells, 0);
	compare_site_free(&site);
	scorecard_free(card);
}

/* ---- what no evidence says ---- */

static const struct facts_case {
	const char *name;
	const char *file; /* or */
	const char *vendors;
	const char *says;
} facts_cases[] = {
	{ "a_site_twice", "sites:\n- {site: a}\n- {site: a}\n", NULL,
	  "s.yaml:3: site \"a\" stands there twice" },
	{ "a_queue_twice",
	  "sites:\n- site: a\n  queues:\n  - {name: q, type: t}\n  - {name: q, type: u}\n", NULL,
	  "queue \"q\" stands there twice" },
	{ "a_site_without_name", "sites:\n- {vendor: Zeus}\n", NULL, "s.yaml:2" },
	{ "an_unknown_key", "sites:\n- {site: a, city: Ulm}\n", NULL, "s.yaml:2: city" },
	{ "a_list", "- a\n", NULL, "s.yaml: expected \"sites\"" },
	{ "a_vendor_without_site", NULL, "=Zeus", "--vendor: expected SITE=NAME" },
	{ "a_site_without_vendor", NULL, "nord", "found \"nord\"" },
};

static void facts_case_run(void **state)
{
	const struct facts_case *c = *state;
	struct compare_facts facts = { 0 };
	struct fault fault = { 0 };
	int rc = c->file != NULL
	                 ? compare_facts_parse(&facts, "s.yaml", c->file, strlen(c->file), &fault)
	                 : compare_facts_vendors(&facts, c->vendors, &fault);

	assert_int_not_equal(rc, 0);
	if (strstr(fault.text, c->says) == NULL) {
		fail_msg("said: %s", fault.text);
	}
	compare_facts_free(&facts);
}

static void the_command_line_wins_over_the_file(void **state)
{
	static const char file[] = "sites:\n- {site: a, vendor: Zeus, country: DE}\n";
	struct compare_facts facts = { 0 };
	struct fault fault;

	(void)state;
	assert_int_equal(compare_facts_parse(&facts, "s.yaml", file, sizeof(file) - 1, &fault), 0);
	assert_int_equal(compare_facts_vendors(&facts, "a=Asterisk, b = Zeus", &fault), 0);
	assert_string_equal(compare_fact_of(&facts, "a")->vendor, "Asterisk");
	assert_string_equal(compare_fact_of(&facts, "a")->country, "DE");
	assert_string_equal(compare_fact_of(&facts, "b")->vendor, "Zeus");
	assert_null(compare_fact_of(&facts, "c"));
	compare_facts_free(&facts);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, cells_add_up_to_the_scorecard, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, parts_of_the_day_are_those_of_the_clock_on_the_wall, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, strata_are_by_part_of_week_and_day_and_kind_of_queue,
	                score_world_set_up, score_world_tear_down);
	cases_test_with(&c, a_mean_is_gathered_in_its_own_unit, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, what_is_not_assessed_is_not_gathered, score_world_set_up,
	                score_world_tear_down);
	cases_table(&c, facts_cases, facts_case_run);
	cases_test(&c, the_command_line_wins_over_the_file);
	return cases_run("score_compare_gather", &c, NULL, NULL);
}
