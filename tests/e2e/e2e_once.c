/*
 * Sources beside one another in one score: the recording with channel events, queue_log and the
 * survey tool's file, which tell the same answers; and logs of another dialplan, whose meaning
 * comes from an agent's configuration.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/lab.h"
#include "tests/support/temp.h"

#define RUN "tests/data/run1/"
#define LOG RUN "queue_log"
#define CEL RUN "cel.csv.zst"

static const json_t *indicator(const json_t *card, const char *id)
{
	const json_t *areas = json_object_get(card, "areas");

	for (size_t a = 0; a < json_array_size(areas); a++) {
		const json_t *list = json_object_get(json_array_get(areas, a), "indicators");

		for (size_t i = 0; i < json_array_size(list); i++) {
			const json_t *one = json_array_get(list, i);

			if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0) {
				return one;
			}
		}
	}
	fail_msg("the card has no indicator %s", id);
	return NULL;
}

static double figure(const json_t *card, const char *id, const char *key)
{
	return json_number_value(json_object_get(indicator(card, id), key));
}

static json_t *card_of(struct lab_output *o)
{
	json_t *card;

	lab_expect_ok(o, "measure");
	card = json_loads(buf_text(&o->out), 0, NULL);
	assert_non_null(card);
	lab_output_free(o);
	return card;
}

static void answers_that_log_and_file_tell_count_once_and_the_card_says_so(void **state)
{
	struct lab_output o;
	json_t *alone;
	json_t *both;

	(void)state;
	lab_run(&o, "tools/measure.sh", "--site", "demo", "--timezone", "UTC", "--format", "json",
	        "--queue-log", LOG, "--drop", RUN "drop", NULL);
	alone = card_of(&o);
	lab_run(&o, "tools/measure.sh", "--site", "demo", "--timezone", "UTC", "--format", "json",
	        "--queue-log", LOG, "--drop", RUN "drop", "--cel", CEL, NULL);
	both = card_of(&o);
	assert_int_equal(figure(alone, "csat_top2", "n"), 68); /* truth.json: survey_overall */
	assert_int_equal(figure(both, "csat_top2", "n"), 68);
	assert_true(figure(both, "csat_top2", "value") == figure(alone, "csat_top2", "value"));
	assert_null(json_object_get(json_object_get(alone, "gaps"), "survey_told_twice"));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(both, "gaps"),
	                                                    "survey_told_twice")),
	                 68);
	json_decref(alone);
	json_decref(both);
}

/* A configuration under whose words none of the recording's contexts is a menu. */
static void what_contexts_mean_comes_from_the_configuration_that_is_named(void **state)
{
	static const char yaml[] = "site: other\n"
				   "sources:\n"
				   "  cel:\n"
				   "    - file: /var/log/asterisk/cel-custom/Master.csv\n"
				   "      menus: \"nothing\"\n"
				   "      tasks: \"nothing\"\n"
				   "      visit_events: \"NOTHING\"\n"
				   "# the rest is not for measure\n"
				   "spool:\n"
				   "  directory: /no/such\n";
	struct lab_output o;
	struct temp dir;
	json_t *card;

	(void)state;
	temp_open(&dir);
	lab_run(&o, "tools/measure.sh", "--site", "demo", "--timezone", "UTC", "--format", "json",
	        "--queue-log", LOG, "--cel", CEL, "--agent-config",
	        temp_text(&dir, "agent.yaml", yaml), NULL);
	card = card_of(&o);
	assert_true(json_is_null(json_object_get(indicator(card, "ivr_abandon_rate"), "value")));
	assert_int_equal(figure(card, "handoff_loss_rate", "n"), 27); /* the log itself was read */
	json_decref(card);
	temp_remove(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_that_log_and_file_tell_count_once_and_the_card_says_so),
		cmocka_unit_test(what_contexts_mean_comes_from_the_configuration_that_is_named),
	};

	return cmocka_run_group_tests_name("once", tests, NULL, NULL);
}
