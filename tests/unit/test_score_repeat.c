/* Last agent affinity and cross-channel continuity, on records in a store. */
#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/month.h"
#include "tests/support/near.h"

/* ---- affinity ---- */

static void answered(struct score_world *w, int day, unsigned id, unsigned customer, unsigned agent)
{
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x queue=support outcome=answered "
	                "customer=%016x agent=%016x",
	                month_us(day, 36000), id, customer, agent);
}

static void logged_in(struct score_world *w, int day, unsigned agent)
{
	score_world_add(w, "AgentSpan",
	                "at_us=%" PRId64 " host=pbx agent=%016x queue=NONE state=logged_in "
	                "duration_ms=36000000",
	                month_us(day, 28800), agent);
}

static struct estimate affinity(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_affinity, MODEL_QUASI_WILSON);
}

/* Agents 1 and 2 work from 8:00 to 18:00 on every day of the month and the week before. */
static void open_the_house(struct score_world *w)
{
	for (int day = -7; day < MONTH_DAYS; day++) {
		logged_in(w, day, 1);
		logged_in(w, day, 2);
	}
}

static void repeat_contacts_that_reach_the_former_agent_are_counted(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	answered(w, 1, 1, 100, 1);
	answered(w, 2, 2, 100, 1); /* the same agent */
	answered(w, 3, 3, 100, 2); /* another */
	answered(w, 4, 4, 100, 2); /* the former one is the last one */
	answered(w, 1, 5, 200, 1); /* came once */
	got = affinity(w);
	assert_near(got.n, 3, 0);
	assert_near(got.numerator, 2, 0);
	assert_near(got.value, 2.0 / 3, 1e-12);
	/* few days: Wilson of 1 in 1.5 */
	assert_near(got.phi, 2, 0);
	assert_true(got.interval.low > 0 && got.interval.high < 1);
}

static void a_second_queue_of_one_contact_is_no_repeat(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	answered(w, 1, 1, 100, 1);
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x queue=expert outcome=answered "
	                "customer=%016x agent=%016x",
	                month_us(1, 36300), 1, 100, 2); /* handed over within the call */
	answered(w, 2, 2, 100, 2);                      /* who spoke with them last */
	got = affinity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 1, 0);
}

static void the_week_is_seven_days_and_reaches_before_the_window(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	answered(w, -6, 1, 100, 1);
	answered(w, 1, 2, 100, 1); /* seven days later, to the second */
	answered(w, 9, 3, 100, 1); /* eight */
	got = affinity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 1, 0);
}

static void former_agent_who_is_not_there_cannot_be_reached(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	logged_in(w, 1, 9);
	answered(w, 1, 1, 100, 9);
	answered(w, 2, 2, 100, 1); /* 9 had the day off */
	answered(w, 3, 3, 100, 1);
	got = affinity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 1, 0);
}

static void customer_whose_cases_are_closed_comes_with_something_new(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	answered(w, 1, 1, 100, 1);
	answered(w, 4, 2, 100, 2);
	score_world_add(w, "Case",
	                "at_us=%" PRId64 " host=crm case_id=%016x customer=%016x "
	                "closed_us=%" PRId64,
	                month_us(1, 40000), 1, 100, month_us(2, 0));
	answered(w, 1, 3, 200, 1);
	answered(w, 4, 4, 200, 1);
	score_world_add(w, "Case", "at_us=%" PRId64 " host=crm case_id=%016x customer=%016x",
	                month_us(-30, 40000), 2, 200); /* still open */
	got = affinity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 1, 0);
}

static void nobody_came_twice_is_no_share(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	answered(w, 1, 1, 100, 1);
	got = affinity(w);
	assert_true(isnan(got.value) && isnan(got.interval.low) && isnan(got.interval.high));
	assert_int_equal(got.why, WHY_NONE_FITS);
}

static void contacts_without_a_customer_do_not_fit(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_the_house(w);
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x outcome=answered agent=%016x",
	                month_us(1, 0), 1, 1);
	got = affinity(w);
	assert_int_equal(got.why, WHY_NONE_FITS);
	assert_string_equal(got.missing->name, "QueueContact");
}

/* ---- continuity ---- */

static void open_case(struct score_world *w, int day, unsigned id, unsigned customer,
                      const char *channel)
{
	score_world_add(w, "Case",
	                "at_us=%" PRId64 " host=crm case_id=%016x customer=%016x channel=%s",
	                month_us(day, 30000), id, customer, channel);
}

/* A call that the CRM knows, of a case or of none (0). */
static void call(struct score_world *w, int day, unsigned contact, unsigned customer,
                 unsigned case_id)
{
	score_world_add(w, "ContactFact",
	                "at_us=%" PRId64 " host=crm contact=%016x customer=%016x channel=voice"
	                " case_id=%016x",
	                month_us(day, 40000), contact, customer, case_id);
}

static void queue_call(struct score_world *w, int day, unsigned contact, unsigned customer)
{
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x queue=support customer=%016x",
	                month_us(day, 40000), contact, customer);
}

static struct estimate continuity(struct score_world *w)
{
	score_world_put(w);
	return month_estimate(w, &estimator_continuity, MODEL_QUASI_WILSON);
}

static void customers_whose_channels_share_a_case_are_counted(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_case(w, 1, 7, 100, "email");
	call(w, 3, 1, 100, 7); /* shares it */
	open_case(w, 1, 8, 200, "email");
	call(w, 3, 2, 200, 9); /* another case */
	open_case(w, 1, 10, 300, "email");
	queue_call(w, 3, 3, 300); /* no case at all */
	got = continuity(w);
	assert_near(got.n, 3, 0);
	assert_near(got.numerator, 1, 0);
	assert_near(got.value, 1.0 / 3, 1e-12);
	assert_true(got.interval.low > 0 && got.interval.high < 1);
}

static void one_channel_or_more_than_a_week_apart_does_not_count(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_case(w, 1, 7, 100, "email");
	open_case(w, 2, 8, 100, "email");
	open_case(w, 1, 9, 200, "email");
	call(w, 9, 1, 200, 9);
	open_case(w, 1, 10, 300, "chat");
	call(w, 2, 2, 300, 10);
	got = continuity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 1, 0);
}

static void what_two_sources_tell_of_one_call_is_one_contact(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_case(w, 1, 7, 100, "email");
	queue_call(w, 3, 1, 100);
	call(w, 3, 1, 100, 7);
	got = continuity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 1, 0);
}

static void customer_counts_once_and_one_loose_week_spoils_him(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	open_case(w, 1, 7, 100, "email");
	call(w, 2, 1, 100, 7);
	call(w, 3, 2, 100, 7);
	open_case(w, 20, 8, 100, "chat");
	call(w, 21, 3, 100, 99);
	got = continuity(w);
	assert_near(got.n, 1, 0);
	assert_near(got.value, 0, 0);
}

static void without_cases_nothing_fits(void **state)
{
	struct score_world *w = *state;
	struct estimate got;

	call(w, 2, 1, 100, 7);
	got = continuity(w);
	assert_true(isnan(got.value));
	assert_int_equal(got.why, WHY_NONE_FITS);
	assert_string_equal(got.missing->name, "Case");
}

int main(void)
{
	static struct cases c;

	month_test(&c, repeat_contacts_that_reach_the_former_agent_are_counted);
	month_test(&c, a_second_queue_of_one_contact_is_no_repeat);
	month_test(&c, the_week_is_seven_days_and_reaches_before_the_window);
	month_test(&c, former_agent_who_is_not_there_cannot_be_reached);
	month_test(&c, customer_whose_cases_are_closed_comes_with_something_new);
	month_test(&c, nobody_came_twice_is_no_share);
	month_test(&c, contacts_without_a_customer_do_not_fit);
	month_test(&c, customers_whose_channels_share_a_case_are_counted);
	month_test(&c, one_channel_or_more_than_a_week_apart_does_not_count);
	month_test(&c, what_two_sources_tell_of_one_call_is_one_contact);
	month_test(&c, customer_counts_once_and_one_loose_week_spoils_him);
	month_test(&c, without_cases_nothing_fits);
	return cases_run("score_repeat", &c, NULL, NULL);
}
