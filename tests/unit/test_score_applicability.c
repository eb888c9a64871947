/* What a site has signed not to have leaves its area, and nothing else does: unsigned, expired,
 * about another indicator, or against the evidence. */
#include "cxmeter/score.h"

#include <inttypes.h>
#include <math.h>

#include "tests/support/cases.h"
#include "tests/support/score_world.h"

#define DAY_US   INT64_C(86400000000)
#define LAST_DAY 20779 /* 2026-11-22 */
#define HASH     "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define PAYMENT  "payment_recording_pause"

/* A statement of one indicator, dated so many days before the last day of the window. */
struct statement {
	const char *indicator;
	int days_before;
	int days_long;
	const char *is_signed;
	bool away;
};

static void sign(struct score_world *w, const struct statement *s, unsigned signer)
{
	int64_t at_us = (LAST_DAY - s->days_before) * DAY_US;

	score_world_add(w, "Attestation",
	                "at_us=%lld source=dropbox host=pbx indicator=%s signer=%016x "
	                "not_applicable=%s signer_role=Finance expires_us=%" PRId64 " "
	                "document_sha256=" HASH " signed=%s",
	                (long long)at_us, s->indicator, signer, s->away ? "true" : "false",
	                at_us + s->days_long * DAY_US, s->is_signed);
}

static struct scorecard *card_of(struct score_world *w)
{
	struct score_request request = score_world_request();
	int32_t to = LAST_DAY;
	int32_t from = LAST_DAY - 27;

	score_world_put(w);
	request.from_day = &from;
	request.to_day = &to;
	return score_world_card(w, &request);
}

static const struct status_case {
	const char *name;
	struct statement first;
	struct statement second; /* none when days_long is 0 */
	enum score_status status;
} status_cases[] = {
	{ "a_signed_statement_takes_it_out",
	  { PAYMENT, 30, 300, "verified", true },
	  { 0 },
	  SCORE_NOT_APPLICABLE },
	{ "an_unsigned_one_does_not",
	  { PAYMENT, 30, 300, "unsigned", true },
	  { 0 },
	  SCORE_NOT_ASSESSED },
	{ "an_untrusted_one_does_not",
	  { PAYMENT, 30, 300, "untrusted", true },
	  { 0 },
	  SCORE_NOT_ASSESSED },
	{ "an_expired_one_does_not",
	  { PAYMENT, 301, 300, "verified", true },
	  { 0 },
	  SCORE_NOT_ASSESSED },
	{ "one_of_the_last_day_does",
	  { PAYMENT, 0, 300, "verified", true },
	  { 0 },
	  SCORE_NOT_APPLICABLE },
	{ "one_of_a_year_ago_less_a_day_still_does",
	  { PAYMENT, 364, 365, "verified", true },
	  { 0 },
	  SCORE_NOT_APPLICABLE },
	{ "one_that_says_it_applies_does_not",
	  { PAYMENT, 30, 300, "verified", false },
	  { 0 },
	  SCORE_NOT_ASSESSED },
	{ "a_newer_one_takes_it_back",
	  { PAYMENT, 30, 300, "verified", true },
	  { PAYMENT, 3, 300, "verified", false },
	  SCORE_NOT_ASSESSED },
	{ "a_newer_one_that_does_not_count_takes_nothing_back",
	  { PAYMENT, 30, 300, "verified", true },
	  { PAYMENT, 3, 300, "wrong", false },
	  SCORE_NOT_APPLICABLE },
	{ "two_of_one_moment_must_agree",
	  { PAYMENT, 30, 300, "verified", true },
	  { PAYMENT, 30, 300, "verified", false },
	  SCORE_NOT_ASSESSED },
	{ "one_about_something_else_does_not",
	  { "media_srtp_share", 30, 300, "verified", true },
	  { 0 },
	  SCORE_NOT_ASSESSED },
};

static void status_case_run(void **state)
{
	const struct status_case *c = *state;
	struct score_world *w;
	struct scorecard *card;
	void *made = NULL;

	(void)score_world_set_up(&made);
	w = made;
	sign(w, &c->first, 1);
	sign(w, c->second.days_long > 0 ? &c->second : &c->first, 2);
	card = card_of(w);
	assert_int_equal(score_world_of(card, PAYMENT)->status, c->status);
	scorecard_free(card);
	(void)score_world_tear_down(&made);
}

static void the_card_says_when_and_by_whom(void **state)
{
	static const struct statement away = { PAYMENT, 30, 300, "verified", true };
	struct score_world *w = *state;
	struct scorecard *card;
	const struct scored *s;

	sign(w, &away, 1);
	card = card_of(w);
	s = score_world_of(card, PAYMENT);
	assert_int_equal(s->reason.why, WHY_ATTESTED_AWAY);
	assert_int_equal(s->reason.day, LAST_DAY - 30);
	assert_string_equal(s->reason.role, "Finance");
	assert_true(isnan(s->score));
	scorecard_free(card);
}

/* service_level names no condition under which it would not apply. */
static void what_the_model_lets_nobody_sign_away_stays(void **state)
{
	static const struct statement away = { "service_level", 30, 300, "verified", true };
	struct score_world *w = *state;
	struct scorecard *card;

	sign(w, &away, 1);
	card = card_of(w);
	assert_int_equal(score_world_of(card, "service_level")->status, SCORE_NOT_ASSESSED);
	scorecard_free(card);
}

/* The same indicator, made signable: its 600 answered calls speak against the statement. */
static void evidence_wins_over_a_statement(void **state)
{
	static const struct statement away = { "service_level", 30, 300, "verified", true };
	struct score_world *w = *state;
	struct scorecard *card;
	const struct scored *s;

	for (int i = 0; i < 600; i++) {
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64 " source=queue_log host=pbx queue=q contact=%016x "
		                "outcome=answered wait_ms=90000 talk_ms=60000",
		                (LAST_DAY - i % 20) * DAY_US + i, i + 1);
	}
	sign(w, &away, 1);
	model_free(w->model);
	w->model = score_world_model(w, "    weight: 2\n",
	                             "    weight: 2\n    not_applicable_if: no queues\n");
	card = card_of(w);
	s = score_world_of(card, "service_level");
	assert_int_equal(s->status, SCORE_ASSESSED);
	assert_int_equal(s->attested.why, WHY_CONTRADICTED);
	assert_true(s->attested.have == 600);
	assert_int_equal(card->areas[1].notes[card->areas[1].n_notes - 1].why, WHY_CONTRADICTED);
	scorecard_free(card);
}

#define in_a_world(c, test) cases_test_with(c, test, score_world_set_up, score_world_tear_down)

int main(void)
{
	static struct cases c;

	cases_table(&c, status_cases, status_case_run);
	in_a_world(&c, the_card_says_when_and_by_whom);
	in_a_world(&c, what_the_model_lets_nobody_sign_away_stays);
	in_a_world(&c, evidence_wins_over_a_statement);
	return cases_run("score_applicability", &c, NULL, NULL);
}
