/* Reasons in both languages, numbers in both notations, and which step comes next. */
#include "cxmeter/score.h"

#include <math.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/rules.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

static const struct cxm_kind contact = { .name = "QueueContact" };
static const struct model_evidence evidence = { .from = &contact };
static const struct model_indicator skill = {
	.id = "skill_match_rate",
	.needs = { { "queue config + queue_log", "Queue-Konfiguration + queue_log" } },
	.evidence = &evidence,
};

static const struct model_area security = { .name = { { "Security", "Sicherheit" } } };

static const struct reason_case {
	const char *name;
	struct score_reason reason;
	const char *english;
	const char *german;
} reason_cases[] = {
	{ "nothing_says_nothing", { .why = WHY_NOTHING }, "", "" },
	{ "not_measured_names_the_telemetry",
	  { .why = WHY_NOT_MEASURED, .is = &skill },
	  "not measured yet: needs queue config + queue_log",
	  "noch nicht gemessen: braucht Queue-Konfiguration + queue_log" },
	{ "no_evidence_names_the_kind",
	  { .why = WHY_NO_EVIDENCE, .is = &skill },
	  "no QueueContact evidence in the window; needs: queue config + queue_log",
	  "keine QueueContact-Daten im Zeitraum; braucht: Queue-Konfiguration + queue_log" },
	{ "rows_that_do_not_say_it_are_told_apart_from_none",
	  { .why = WHY_NONE_FITS, .is = &skill },
	  "no QueueContact in the window says anything about it; needs: queue config + queue_log",
	  "kein QueueContact im Zeitraum sagt etwas darüber; braucht: Queue-Konfiguration + "
	  "queue_log" },
	{ "too_few_contacts",
	  { .why = WHY_TOO_FEW, .have = 37, .need = 400, .have_days = 12, .need_days = 10 },
	  "n = 37 of 400",
	  "n = 37 von 400" },
	{ "too_few_days",
	  { .why = WHY_TOO_FEW, .have = 500, .need = 400, .have_days = 1, .need_days = 10 },
	  "1 of 10 days",
	  "1 von 10 Tagen" },
	{ "too_few_of_both",
	  { .why = WHY_TOO_FEW, .have = 294, .need = 400, .have_days = 1, .need_days = 10 },
	  "n = 294 of 400, 1 of 10 days",
	  "n = 294 von 400, 1 von 10 Tagen" },
	{ "too_few_of_a_weight_keeps_its_fraction",
	  { .why = WHY_TOO_FEW, .have = 37.5, .need = 400, .have_days = 12, .need_days = 10 },
	  "n = 37.5 of 400",
	  "n = 37,5 von 400" },
	{ "too_uncertain",
	  { .why = WHY_TOO_UNCERTAIN },
	  "too uncertain: the interval spans three stages",
	  "zu unsicher: das Intervall reicht über drei Stufen" },
	{ "no_interval",
	  { .why = WHY_NO_INTERVAL, .have = 1 },
	  "too little to say how sure it is (n = 1)",
	  "zu wenig, um zu sagen, wie sicher es ist (n = 1)" },
	{ "not_a_share",
	  { .why = WHY_NOT_A_SHARE },
	  "the numerator is larger than the denominator",
	  "der Zähler ist größer als der Nenner" },
	{ "not_reached",
	  { .why = WHY_NOT_REACHED },
	  "not reached: too many left before that",
	  "nicht erreicht: zu viele haben vorher aufgegeben" },
	{ "coverage",
	  { .why = WHY_COVERAGE, .have = 1.25 / 7.5, .need = 0.6 },
	  "17 % of the weight is assessed, 60 % are needed",
	  "17 % des Gewichts sind bewertet, 60 % sind nötig" },
	{ "few_measured",
	  { .why = WHY_FEW_MEASURED, .have = 1, .need = 2 },
	  "measured or derived indicators: 1 of 2",
	  "gemessene oder abgeleitete Kennzahlen: 1 von 2" },
	{ "hard_gate_missing",
	  { .why = WHY_HARD_GATE_MISSING, .is = &skill },
	  "must-have skill_match_rate is not assessed",
	  "Pflichtkennzahl skill_match_rate ist nicht bewertet" },
	{ "required_missing",
	  { .why = WHY_REQUIRED_MISSING, .is = &skill },
	  "what is attested does not stand without skill_match_rate",
	  "Nachgewiesenes gilt nicht ohne skill_match_rate" },
	{ "soft_gate_missing",
	  { .why = WHY_SOFT_GATE_MISSING, .is = &skill },
	  "gate skill_match_rate is not assessed",
	  "Schranke skill_match_rate ist nicht bewertet" },
	{ "gate_caps",
	  { .why = WHY_GATE_CAPS, .is = &skill, .have = 2.6427 },
	  "2.64 without the gate skill_match_rate",
	  "2,64 ohne die Schranke skill_match_rate" },
	{ "gate_undecided",
	  { .why = WHY_GATE_UNDECIDED, .is = &skill },
	  "gate undecided: skill_match_rate",
	  "Schranke unentschieden: skill_match_rate" },
	{ "a_known_failure_names_its_cap",
	  { .why = WHY_FAILURE_KNOWN, .is = &skill, .have = 12, .need = 1.74 },
	  "skill_match_rate: failures known: 12; they cap the area at 1.74",
	  "skill_match_rate: bekannte Verstöße: 12; sie begrenzen den Bereich auf 1,74" },
	{ "not_applicable_names_day_and_role",
	  { .why = WHY_ATTESTED_AWAY, .is = &skill, .day = 20779, .role = "Head of Operations" },
	  "skill_match_rate is not applicable: signed on 2026-11-22 by Head of Operations",
	  "skill_match_rate ist nicht anwendbar: unterschrieben am 2026-11-22 von Head of "
	  "Operations" },
	{ "a_statement_that_the_evidence_contradicts",
	  { .why = WHY_CONTRADICTED, .is = &skill, .have = 37, .day = 20779 },
	  "skill_match_rate counts although signed as not applicable on 2026-11-22 by someone "
	  "whose role is not stated: there is evidence of it (n = 37)",
	  "skill_match_rate zählt, obwohl am 2026-11-22 von jemandem ohne Angabe der Rolle als "
	  "nicht anwendbar unterschrieben: es gibt Daten dazu (n = 37)" },
	{ "a_share_of_the_calls",
	  { .why = WHY_SAMPLED, .have = 0.125, .need = 0.5, .day = 20779, .to_day = 20780 },
	  "12.5 % to 50 % of the calls were followed, 2026-11-22 to 2026-11-23; each counts as "
	  "often as it stands for",
	  "12,5 % bis 50 % der Anrufe wurden verfolgt, 2026-11-22 bis 2026-11-23; jeder zählt für "
	  "so viele, wie er vertritt" },
	{ "packets_that_were_lost",
	  { .why = WHY_CAPTURE_LOSS, .have = 0.0078, .need = 3, .day = 20779, .to_day = 20779 },
	  "0.78 % of the packets of 3 min were lost before they could be measured, 2026-11-22 to "
	  "2026-11-22",
	  "0,78 % der Pakete in 3 min gingen verloren, bevor sie gemessen werden konnten, "
	  "2026-11-22 bis 2026-11-22" },
	{ "a_model_without_an_index",
	  { .why = WHY_NO_INDEX },
	  "the model has no overall index",
	  "das Modell kennt keinen Gesamtindex" },
	{ "few_areas",
	  { .why = WHY_FEW_AREAS, .have = 8, .need = 9 },
	  "8 of at least 9 areas are assessed",
	  "8 von mindestens 9 Bereichen sind bewertet" },
	{ "must_area_missing",
	  { .why = WHY_MUST_AREA_MISSING, .area = &security },
	  "Security is not assessed",
	  "Sicherheit ist nicht bewertet" },
};

static void reason_case_run(void **state)
{
	const struct reason_case *c = *state;
	struct buf out;

	buf_init(&out, 1024);
	score_reason_text(&c->reason, MODEL_ENGLISH, &out);
	assert_string_equal(buf_text(&out), c->english);
	buf_reset(&out);
	score_reason_text(&c->reason, MODEL_GERMAN, &out);
	assert_string_equal(buf_text(&out), c->german);
	buf_free(&out);
}

static void every_reason_is_in_the_table_above(void **state)
{
	unsigned seen = 0;

	(void)state;
	for (size_t i = 0; i < N_OF(reason_cases); i++) {
		seen |= 1U << reason_cases[i].reason.why;
	}
	assert_int_equal(seen, (1U << (WHY_MUST_AREA_MISSING + 1)) - 1);
}

static const struct number_case {
	const char *name;
	double value;
	int digits;
	const char *english;
	const char *german;
} number_cases[] = {
	{ "two_digits", 2.4653, 2, "2.47", "2,47" },
	{ "no_digits", 8000, 0, "8000", "8000" },
	{ "zero_has_no_sign", -0.001, 2, "0.00", "0,00" },
	{ "below_zero", -12.5, 1, "-12.5", "-12,5" },
	{ "a_number_nobody_expects", 1e300, 2, "1e+300", "1e+300" },
};

static void number_case_run(void **state)
{
	const struct number_case *c = *state;
	struct buf out;

	buf_init(&out, 1024);
	score_number(c->value, c->digits, MODEL_ENGLISH, &out);
	assert_string_equal(buf_text(&out), c->english);
	buf_reset(&out);
	score_number(c->value, c->digits, MODEL_GERMAN, &out);
	assert_string_equal(buf_text(&out), c->german);
	buf_free(&out);
}

/* ---- the next step ---- */

static const struct model_area area = { .id = "a", .weight = 1 };

#define INDICATOR(name, w)                                                                         \
	{                                                                                          \
		.id = (name), .area = &area, .weight = (w), .anchors = { 0, 0.25, 0.5, 0.75, 1 },  \
		.thresholds = { { 0.25, NULL }, { 0.5, NULL }, { 0.75, NULL } },                   \
	}
static const struct model_indicator near_and_light = INDICATOR("near_and_light", 0.5);
static const struct model_indicator far_and_heavy = INDICATOR("far_and_heavy", 2);
static const struct model_indicator at_the_top = INDICATOR("at_the_top", 5);

static struct scored at(const struct model_indicator *is, double value)
{
	double score = score_map(is, &published_rules, value);

	return (struct scored){ .is = is,
		                .status = SCORE_ASSESSED,
		                .got = { .value = value, .numerator = NAN, .denominator = NAN },
		                .score = score,
		                .stage = score_stage(&published_rules, score) };
}

static const struct next_case {
	const char *name;
	double light;
	double heavy;
	const struct model_indicator *want;
} next_cases[] = {
	{ "the_nearer_of_two_wins_when_it_is_near_enough", 0.48, 0.30, &near_and_light },
	{ "the_heavier_of_two_wins_when_both_are_near", 0.48, 0.49, &far_and_heavy },
	{ "a_hair_below_does_not_beat_four_times_the_weight", 0.4999, 0.46, &far_and_heavy },
};

static void next_case_run(void **state)
{
	const struct next_case *c = *state;
	struct scored items[] = { at(&near_and_light, c->light), at(&far_and_heavy, c->heavy),
		                  at(&at_the_top, 0.9) };
	struct scored_area a = { .is = &area, .indicators = items, .n_indicators = N_OF(items) };
	struct model model = { .rules = published_rules };
	struct scorecard card = { .model = &model, .areas = &a, .n_areas = 1 };

	assert_ptr_equal(score_next_step(&card)->is, c->want);
}

static void there_is_no_step_above_the_top_or_without_assessment(void **state)
{
	struct scored items[] = { at(&at_the_top, 0.9), at(&far_and_heavy, 0.3) };
	struct scored_area a = { .is = &area, .indicators = items, .n_indicators = N_OF(items) };
	struct model model = { .rules = published_rules };
	struct scorecard card = { .model = &model, .areas = &a, .n_areas = 1 };

	(void)state;
	items[1].status = SCORE_NOT_ASSESSED;
	assert_null(score_next_step(&card));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, every_reason_is_in_the_table_above);
	cases_test(&c, there_is_no_step_above_the_top_or_without_assessment);
	cases_table(&c, reason_cases, reason_case_run);
	cases_table(&c, number_cases, number_case_run);
	cases_table(&c, next_cases, next_case_run);
	return cases_run("score_words", &c, NULL, NULL);
}
