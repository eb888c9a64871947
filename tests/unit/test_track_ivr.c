/* Names of steps, and the path of a caller who goes round in circles; the rules of visits are cases
 * of test_track_cel_call.c. */
#include "agent/track/ivr.h"

#include "tests/support/cases.h"

struct name_row {
	const char *name;
	const char *raw;
	const char *want;
};

static const struct name_row rows[] = {
	{ "a_word_stays", "balance", "balance" },
	{ "three_digits_may_be_a_version", "menu-2.101", "menu-2.101" },
	{ "four_digits_may_be_a_pin", "menu-4711", "number" },
	{ "four_digits_apart_are_none", "a1b2c3d4", "a1b2c3d4" },
	{ "what_joins_steps_is_no_part_of_one", "a>b", "a_b" },
	{ "control_characters_are_not_shown", "a\tb", "a_b" },
	{ "nothing_has_a_name", "", "ivr" },
};

static void name_run(void **state)
{
	const struct name_row *row = *state;
	char out[IVR_STEP_BYTES];

	ivr_step_name(slice_of(row->raw), out);
	assert_string_equal(out, row->want);
}

/* A dialplan whose patterns do not shorten the context to what its events call the menu. */
static void a_menu_that_an_event_has_named_is_one_step(void **state)
{
	const struct call_rules rules = { .menus = "ivr-7 ivr-8",
		                          .tasks = "app-balance",
		                          .operators = "",
		                          .visit_events = "V",
		                          .task_events = "",
		                          .done_events = "",
		                          .operator_events = "O",
		                          .callback_events = "",
		                          .identified_events = "",
		                          .recognised_events = "",
		                          .invalid_events = "",
		                          .timeout_events = "" };
	struct cel_event named = { .type = CEL_USER,
		                   .user = SLICE("V"),
		                   .extra = SLICE("main"),
		                   .context = SLICE("ivr-7"),
		                   .at_us = 1 };
	struct cel_event app = { .type = CEL_APP_START, .context = SLICE("ivr-7"), .at_us = 2 };
	struct cel_event asks = {
		.type = CEL_USER, .user = SLICE("O"), .context = SLICE("ivr-7"), .at_us = 3
	};
	struct ivr_visit v;

	(void)state;
	ivr_begin(&v, 1, 0, &named);
	ivr_event(&v, &rules, &named);
	ivr_event(&v, &rules, &app);
	ivr_event(&v, &rules, &asks);
	assert_true(v.first_menu_only);
	app.context = SLICE("ivr-8");
	ivr_event(&v, &rules, &app);
	app.context = SLICE("ivr-7");
	ivr_event(&v, &rules, &app);
	assert_string_equal(v.path, "main>ivr-8>main");
}

static void a_path_without_room_keeps_its_beginning(void **state)
{
	const struct call_rules rules = { .menus = "ivr-*",
		                          .tasks = "ivr-*",
		                          .operators = "",
		                          .visit_events = "V",
		                          .task_events = "",
		                          .done_events = "",
		                          .operator_events = "",
		                          .callback_events = "",
		                          .identified_events = "",
		                          .recognised_events = "",
		                          .invalid_events = "",
		                          .timeout_events = "" };
	struct cel_event e = { .type = CEL_USER, .user = SLICE("V"), .at_us = 1 };
	struct ivr_visit v;
	char step[] = "step-a";

	(void)state;
	ivr_begin(&v, 1, 0, &e);
	for (unsigned i = 0; i < 200; i++) {
		step[5] = (char)('a' + i % 26);
		e.extra = slice_of(step);
		ivr_event(&v, &rules, &e);
	}
	assert_int_equal(v.steps, 200);
	assert_int_equal(strncmp(v.path, "step-a>step-b>", 14), 0);
	assert_true(strlen(v.path) < IVR_PATH_BYTES);
	assert_string_equal(v.last_step, "step-r");
	assert_string_equal(v.flow, "step-a");
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rows, name_run);
	cases_test(&c, a_menu_that_an_event_has_named_is_one_step);
	cases_test(&c, a_path_without_room_keeps_its_beginning);
	return cases_run("track/ivr", &c, NULL, NULL);
}
