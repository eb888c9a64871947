/* When a signed statement counts: every reason why it does not, and both ends of its time. */
#include "collector/score/attestation.h"

#include <stdio.h>

#include "common/when.h"
#include "tests/support/cases.h"

#define SHA "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define NO  (-1) /* the field is absent */

static int use_berlin(void **state)
{
	struct fault fault;

	(void)state;
	return when_use_zone("Europe/Berlin", &fault);
}

static int64_t us(const char *text)
{
	int64_t at_us = 0;

	assert_int_equal(when_parse(slice_of(text), &at_us), 0);
	return at_us;
}

static const struct state_case {
	const char *name;
	int has; /* enum of Attestation.signed, or NO */
	const char *date;
	const char *expires; /* NULL: absent */
	const char *seen;    /* NULL: absent */
	const char *sha;
	const char *day;
	enum attestation_state want;
} states[] = {
#define OK CXM__ATTESTATION__SIGNATURE__VERIFIED
	{ "verified_and_in_force_counts", OK, "2026-11-20", "2027-11-20", "2026-11-21", SHA,
	  "2026-11-22", ATTESTATION_COUNTS },
	{ "counts_from_the_day_of_its_date", OK, "2026-11-20 15:00", "2027-11-20",
	  "2026-11-20 16:00", SHA, "2026-11-20", ATTESTATION_COUNTS },
	{ "does_not_count_the_day_before", OK, "2026-11-20", "2027-11-20", "2026-11-20", SHA,
	  "2026-11-19", ATTESTATION_FUTURE },
	{ "counts_to_the_day_before_its_expiry", OK, "2026-11-20", "2027-11-20", NULL, SHA,
	  "2027-11-19", ATTESTATION_COUNTS },
	{ "does_not_count_on_the_day_of_its_expiry", OK, "2026-11-20", "2027-11-20", NULL, SHA,
	  "2027-11-20", ATTESTATION_EXPIRED },
	{ "366_days_are_too_long", OK, "2026-11-20", "2027-11-21", NULL, SHA, "2026-11-22",
	  ATTESTATION_TOO_LONG },
	{ "365_days_over_a_leap_day", OK, "2027-11-20", "2028-11-19", NULL, SHA, "2028-11-18",
	  ATTESTATION_COUNTS },
	{ "expiry_before_the_date", OK, "2026-11-20", "2026-11-19", NULL, SHA, "2026-11-20",
	  ATTESTATION_TOO_LONG },
	{ "expiry_at_the_date", OK, "2026-11-20", "2026-11-20", NULL, SHA, "2026-11-20",
	  ATTESTATION_TOO_LONG },
	{ "without_expiry", OK, "2026-11-20", NULL, NULL, SHA, "2026-11-22",
	  ATTESTATION_NO_EXPIRY },
	/* it was read before its date, so whoever signed it wrote a date that had not come */
	{ "dated_after_it_was_read", OK, "2026-11-20", "2027-11-20", "2026-11-19", SHA,
	  "2026-11-22", ATTESTATION_FUTURE },
	{ "without_document", OK, "2026-11-20", "2027-11-20", NULL, NULL, "2026-11-22",
	  ATTESTATION_NO_DOCUMENT },
	{ "with_half_a_hash", OK, "2026-11-20", "2027-11-20", NULL, "9f86d081884c7d65",
	  "2026-11-22", ATTESTATION_NO_DOCUMENT },
	{ "with_a_hash_of_other_letters", OK, "2026-11-20", "2027-11-20", NULL,
	  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00axx", "2026-11-22",
	  ATTESTATION_NO_DOCUMENT },
	{ "not_looked_at", NO, "2026-11-20", "2027-11-20", NULL, SHA, "2026-11-22",
	  ATTESTATION_UNSIGNED },
	{ "unsigned", CXM__ATTESTATION__SIGNATURE__UNSIGNED, "2026-11-20", "2027-11-20", NULL, SHA,
	  "2026-11-22", ATTESTATION_UNSIGNED },
	{ "wrongly_signed", CXM__ATTESTATION__SIGNATURE__WRONG, "2026-11-20", "2027-11-20", NULL,
	  SHA, "2026-11-22", ATTESTATION_WRONG },
	{ "signed_by_a_stranger", CXM__ATTESTATION__SIGNATURE__UNTRUSTED, "2026-11-20",
	  "2027-11-20", NULL, SHA, "2026-11-22", ATTESTATION_UNTRUSTED },
	{ "signed_in_a_way_of_a_newer_agent", 77, "2026-11-20", "2027-11-20", NULL, SHA,
	  "2026-11-22", ATTESTATION_UNSIGNED },
};

static void state_is(void **state)
{
	const struct state_case *c = *state;
	Cxm__Attestation att = CXM__ATTESTATION__INIT;
	char role[] = "management";
	char sha[80] = "";
	int32_t day = 0;

	att.at_us = us(c->date);
	att.signer_role = role;
	att.has_signed_ = c->has != NO;
	att.signed_ = (Cxm__Attestation__Signature)c->has;
	att.has_expires_us = c->expires != NULL;
	att.expires_us = c->expires != NULL ? us(c->expires) : 0;
	att.has_seen_us = c->seen != NULL;
	att.seen_us = c->seen != NULL ? us(c->seen) : 0;
	(void)snprintf(sha, sizeof(sha), "%s", c->sha != NULL ? c->sha : "");
	att.document_sha256 = c->sha != NULL ? sha : NULL;
	assert_int_equal(when_parse_date(slice_of(c->day), &day), 0);
	assert_int_equal(attestation_state_on(&att, day), c->want);
	assert_int_equal(attestation_counts(&att, day), c->want == ATTESTATION_COUNTS);
}

static void a_statement_of_nobody_in_particular_is_absent(void **state)
{
	Cxm__Attestation att = CXM__ATTESTATION__INIT;
	char sha[] = SHA;
	char none[] = "";
	int32_t day = 0;

	(void)state;
	att.at_us = us("2026-11-20");
	att.has_signed_ = 1;
	att.signed_ = CXM__ATTESTATION__SIGNATURE__VERIFIED;
	att.has_expires_us = 1;
	att.expires_us = us("2027-11-20");
	att.document_sha256 = sha;
	assert_int_equal(when_parse_date(SLICE("2026-11-22"), &day), 0);
	assert_int_equal(attestation_state_on(&att, day), ATTESTATION_NO_ROLE);
	att.signer_role = none;
	assert_int_equal(attestation_state_on(&att, day), ATTESTATION_NO_ROLE);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, states, state_is);
	cases_test(&c, a_statement_of_nobody_in_particular_is_absent);
	return cases_run("attestation", &c, use_berlin, NULL);
}
