/* From rows in a store to a scorecard: which rows count where, on which days, and that the same
 * rows always give the same bytes. */
#include "cxmeter/score.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/card.h"
#include "common/when.h"
#include "tests/support/cases.h"
#include "tests/support/score_world.h"

#define N_OF(list)           (sizeof(list) / sizeof((list)[0]))
#define assert_near(a, b, t) assert_true(fabs((a) - (b)) <= (t))
#define MINUTE_US            (60 * WHEN_US_PER_S)
#define HOUR_US              (60 * MINUTE_US)
#define DAY_US               (24 * HOUR_US)

/* A contact answered or lost; each with a key of its own. */
static void contact(struct score_world *w, int64_t at_us, unsigned id, const char *rest)
{
	score_world_add(w, "QueueContact",
	                "at_us=%" PRId64 " host=pbx contact=%016x queue=support %s", at_us, id,
	                rest);
}

/* ---- which rows count ---- */

static void each_outcome_counts_where_the_definition_says(void **state)
{
	static const char *const rows[] = {
		("outcome=answered wait_ms=20000 connects=1 ring_no_answers=0 "
		 "ring_no_answers_over_3s=0 talk_ms=9999"),
		("outcome=answered wait_ms=20001 connects=1 ring_no_answers=3 "
		 "ring_no_answers_over_3s=2 talk_ms=10000 transfer=blind tier=1"),
		"outcome=answered connects=1 tier=2", /* its wait is not known */
		"outcome=abandoned wait_ms=4999",     /* short: nowhere */
		"outcome=abandoned wait_ms=5000",
		"outcome=abandoned", /* not known to be short: a missing wait must not flatter */
		("outcome=timed_out wait_ms=60000 connects=0 ring_no_answers=1 "
		 "ring_no_answers_over_3s=1"),
		"outcome=answered wait_ms=25000 connects=1", /* rings were not counted */
		"outcome=exit_key wait_ms=8000",
		"outcome=exit_empty wait_ms=0",
		"outcome=full",
		"outcome=unknown_end",
		"outcome=pbx_stopped wait_ms=70000 ring_no_answers=9 ring_no_answers_over_3s=9",
		"wait_ms=3000", /* still waiting: no outcome */
	};
	static const struct {
		const char *id;
		double numerator;
		double denominator;
	} want[] = {
		{ "service_level", 1, 10 },
		{ "abandonment_rate", 2, 10 },
		{ "speed_of_answer_mean", 65.001, 3 },
		{ "transfer_rate", 1, 4 },
		{ "ring_no_answer_rate", 3, 6 },
		{ "skill_match_rate", 1, 2 },
		{ "short_talk_share", 1, 2 },
		{ "aht", 19.999, 2 },
	};
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;

	for (size_t i = 0; i < N_OF(rows); i++) {
		contact(w, score_world_day_us("2026-11-22") + (int64_t)i, (unsigned)i + 1, rows[i]);
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	for (size_t i = 0; i < N_OF(want); i++) {
		const struct scored *s = score_world_of(card, want[i].id);

		if (s->got.numerator != want[i].numerator ||
		    s->got.denominator != want[i].denominator) {
			print_error("%s: %g of %g\n", want[i].id, s->got.numerator,
			            s->got.denominator);
			fail();
		}
	}
	scorecard_free(card);
}

static void waits_of_those_who_left_are_censored(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	int64_t day_us = score_world_day_us("2026-11-22");
	char rest[64];

	/* nine answered after 1 .. 9 s; half as many again gave up at 5 s; who gave up before that
	 * is nowhere */
	for (unsigned i = 1; i <= 9; i++) {
		(void)snprintf(rest, sizeof(rest), "outcome=answered wait_ms=%u", i * 1000);
		contact(w, day_us + i, i, rest);
	}
	for (unsigned i = 10; i <= 13; i++) {
		contact(w, day_us + i, i, "outcome=abandoned wait_ms=5000");
	}
	contact(w, day_us, 14, "outcome=abandoned wait_ms=4999");
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "wait_p90")->got.value, 9, 0);
	assert_near(score_world_of(card, "wait_p90")->got.n, 13, 0);
	scorecard_free(card);
}

/* RFC 6076: 1000 INVITE, of which 20 are answered 3xx, 850 200, 40 486, 30 480, 10 603, 30 500 and
 * 20 503. */
static void add_rfc_6076(struct score_world *w)
{
	static const struct {
		unsigned status;
		unsigned n;
	} answers[] = {
		{ 302, 20 }, { 200, 850 }, { 486, 40 }, { 480, 30 },
		{ 603, 10 }, { 500, 30 },  { 503, 20 },
	};
	unsigned id = 0;

	for (size_t i = 0; i < N_OF(answers); i++) {
		for (unsigned k = 0; k < answers[i].n; k++) {
			id++;
			score_world_add(w, "Dialog",
			                "at_us=%" PRId64 " host=pbx contact=%016x final_status=%u",
			                score_world_day_us("2026-11-22") + id, id,
			                answers[i].status);
		}
	}
}

static const struct rfc_case {
	const char *name;
	const char *of; /* in place of the model's own; NULL: as it is */
	const char *good;
	double numerator;
	double denominator;
} rfc_cases[] = {
	{ "seer_is_930_of_980", NULL, NULL, 930, 980 },
	{ "ser_is_850_of_980", NULL, "good: final_status == 200", 850, 980 },
	{ "isa_is_50_of_1000", "of: known(contact)", "good: final_status in (408, 500, 503, 504)",
	  50, 1000 },
};

static void rfc_case_run(void **state)
{
	static const char of[] =
		"of: not known(final_status) or final_status < 300 or final_status >= 400\n";
	static const char good[] = "good: final_status in (200, 480, 486, 600, 603)";
	const struct rfc_case *c = *state;
	struct score_world *w;
	void *world = NULL;
	struct score_request request = score_world_request();
	struct model *built_in;
	struct scorecard *card;
	const struct scored *s;
	char find[256];
	char by[256];

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	add_rfc_6076(w);
	score_world_put(w);
	(void)snprintf(find, sizeof(find), "%s      %s", of, good);
	(void)snprintf(by, sizeof(by), "%s%s      %s", c->of != NULL ? c->of : of,
	               c->of != NULL ? "\n" : "", c->good != NULL ? c->good : good);
	built_in = w->model;
	w->model = score_world_model(w, find, by);
	card = score_world_card(w, &request);
	s = score_world_of(card, "session_effectiveness");
	assert_near(s->got.numerator, c->numerator, 0);
	assert_near(s->got.denominator, c->denominator, 0);
	assert_near(score_world_of(card, "blocked_attempts")->got.value, 0.09, 1e-12);
	scorecard_free(card);
	model_free(built_in);
	(void)score_world_tear_down(&world);
}

static void a_dialog_without_an_answer_is_a_failure(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;

	add_rfc_6076(w);
	for (unsigned i = 1; i <= 20; i++) {
		score_world_add(w, "Dialog", "at_us=%" PRId64 " host=pbx contact=%016x",
		                score_world_day_us("2026-11-22"), 5000 + i);
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "session_effectiveness")->got.denominator, 1000, 0);
	assert_near(score_world_of(card, "session_effectiveness")->got.numerator, 930, 0);
	scorecard_free(card);
}

static void streams_shorter_than_10_s_or_without_r_do_not_count(void **state)
{
	static const char *const rows[] = {
		"duration_ms=10000 r=80",
		"duration_ms=10000 r=79.9",
		"duration_ms=9999 r=93",
		"duration_ms=60000",
		"r=93",
		"duration_ms=60000 r=93.2",
	};
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;

	for (size_t i = 0; i < N_OF(rows); i++) {
		score_world_add(w, "MediaStream", "at_us=%" PRId64 " host=pbx ssrc=%zu %s",
		                score_world_day_us("2026-11-22"), i, rows[i]);
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "voice_quality_share_r80")->got.numerator, 2, 0);
	assert_near(score_world_of(card, "voice_quality_share_r80")->got.denominator, 3, 0);
	scorecard_free(card);
}

static void what_is_missing_is_told_apart(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	const struct scored *s;

	contact(w, score_world_day_us("2026-11-22"), 1, "outcome=answered wait_ms=1000");
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_int_equal(score_world_of(card, "skill_match_rate")->reason.why, WHY_NONE_FITS);
	assert_int_equal(score_world_of(card, "session_effectiveness")->reason.why,
	                 WHY_NO_EVIDENCE);
	assert_int_equal(score_world_of(card, "csat_top2")->reason.why, WHY_NO_EVIDENCE);
	s = score_world_of(card, "service_level");
	assert_int_equal(s->reason.why, WHY_TOO_FEW);
	assert_near(s->got.value, 1, 0);
	assert_int_equal(score_world_of(card, "customer_churn_rate")->reason.why, WHY_NO_EVIDENCE);
	scorecard_free(card);
}

static uint64_t gap(const struct scorecard *card, const char *name)
{
	for (size_t i = 0; i < card->n_gaps; i++) {
		if (strcmp(card->gaps[i].name, name) == 0) {
			return card->gaps[i].count;
		}
	}
	fail_msg("no gap %s", name);
	return 0;
}

static void gaps_are_counted_by_name(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	int64_t day_us = score_world_day_us("2026-11-22");

	contact(w, day_us, 1, "outcome=answered wait_ms=1000");
	contact(w, day_us, 2, "outcome=unknown_end");
	contact(w, day_us, 3, "outcome=unknown_end");
	contact(w, day_us, 4, "outcome=pbx_stopped");
	contact(w, day_us, 5, "wait_ms=3000"); /* nobody ever said how it ended */
	score_world_add(w, "Gap", "at_us=%" PRId64 " host=pbx reason=pbx_restart part=queue_log",
	                day_us);
	score_world_add(w, "Gap", "at_us=%" PRId64 " host=pbx reason=spool_full part=spool",
	                day_us - 40 * DAY_US); /* before the window */
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_int_equal(gap(card, "unknown_end"), 3);
	assert_int_equal(gap(card, "pbx_stopped"), 1);
	assert_int_equal(gap(card, "pbx_restart"), 1);
	assert_int_equal(gap(card, "spool_full"), 0);
	assert_int_equal(gap(card, "capture_dropped"), 0);
	scorecard_free(card);
}

/* ---- what cannot be ---- */

static void a_site_without_evidence_needs_a_window(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t day = score_world_day("2026-11-22");
	struct scorecard *card = NULL;

	assert_int_equal(score_site(&card, w->model, w->store, &request, w->catalog, &w->fault),
	                 -ENOENT);
	assert_non_null(strstr(w->fault.text, "site \"nord\" has no evidence yet"));
	request.to_day = &day;
	card = score_world_card(w, &request);
	for (size_t a = 0; a < card->n_areas; a++) {
		assert_int_equal(card->areas[a].status, SCORE_NOT_ASSESSED);
		assert_true(isnan(card->areas[a].score));
	}
	scorecard_free(card);
}

static void an_empty_store_says_so(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card = NULL;
	char path[300];
	struct store *empty;

	(void)snprintf(path, sizeof(path), "sqlite:%s-empty", w->temp.path);
	assert_int_equal(cxm_store_open(&empty, path, false, w->catalog, &w->fault), 0);
	assert_int_equal(score_site(&card, w->model, empty, &request, w->catalog, &w->fault),
	                 -ENOENT);
	assert_non_null(strstr(w->fault.text, "holds no evidence of any site yet"));
	cxm_store_close(empty);
}

static const struct refused_case {
	const char *name;
	const char *from;
	const char *to;
	const char *timezone;
	const char *says;
} refused_cases[] = {
	{ "a_window_that_ends_before_it_begins", "2026-11-22", "2026-11-21", NULL,
	  "the window ends (2026-11-21) before it begins (2026-11-22)" },
	{ "a_window_of_401_days", "2025-10-18", "2026-11-22", NULL,
	  "a window of 401 days is too long: at most 400" },
	{ "a_zone_nobody_knows", "2026-11-22", "2026-11-22", "Mars/One",
	  "time zone \"Mars/One\" is not known here" },
	{ "a_zone_longer_than_any", "2026-11-22", "2026-11-22",
	  "Europe/Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch/x", "is too long" },
};

static void refused_case_run(void **state)
{
	const struct refused_case *c = *state;
	struct score_request request = score_world_request();
	int32_t from = score_world_day(c->from);
	int32_t to = score_world_day(c->to);
	struct scorecard *card = NULL;
	struct score_world *w;
	void *world = NULL;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	request.from_day = &from;
	request.to_day = &to;
	request.timezone = c->timezone;
	assert_int_equal(score_site(&card, w->model, w->store, &request, w->catalog, &w->fault),
	                 -EINVAL);
	assert_null(card);
	assert_non_null(strstr(w->fault.text, c->says));
	(void)score_world_tear_down(&world);
}

static int sites_of_broken(struct store *st, int (*each)(void *arg, const char *site), void *arg,
                           struct fault *fault)
{
	(void)st;
	(void)fault;
	return each(arg, SCORE_WORLD_SITE);
}

static int zone_of_broken(struct store *st, const char *site, char *out, size_t size,
                          struct fault *fault)
{
	(void)st;
	(void)site;
	(void)fault;
	(void)snprintf(out, size, "UTC");
	return 0;
}

static int span_of_broken(struct store *st, const struct store_span *q, int64_t *first_us,
                          int64_t *last_us, struct fault *fault)
{
	(void)st;
	(void)q;
	(void)fault;
	*first_us = 0;
	*last_us = 0;
	return 0;
}

static int simulated_of_broken(struct store *st, const char *site, struct fault *fault)
{
	(void)st;
	(void)site;
	(void)fault;
	return 0;
}

static int tally_of_broken(struct store *st, const struct store_tally *q, store_tally_fn row,
                           void *arg, struct fault *fault)
{
	(void)st;
	(void)q;
	(void)row;
	(void)arg;
	return fault_set(fault, -EIO, "the disk is gone");
}

static void a_store_that_fails_fails_the_score(void **state)
{
	static const struct store_ops ops = { .name = "broken",
		                              .sites = sites_of_broken,
		                              .zone = zone_of_broken,
		                              .span = span_of_broken,
		                              .simulated = simulated_of_broken,
		                              .tally = tally_of_broken };
	struct store broken = { &ops };
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t day = score_world_day("2026-11-22");
	struct scorecard *card = NULL;

	request.to_day = &day;
	assert_int_equal(score_site(&card, w->model, &broken, &request, w->catalog, &w->fault),
	                 -EIO);
	assert_null(card);
	assert_string_equal(w->fault.text, "the disk is gone");
}

/* ---- the same rows, the same bytes ---- */

#define MONTH_CONTACTS 2000

/* Contact `i` of a month: everything about it follows from its number. */
static void month_contact(struct score_world *w, unsigned i)
{
	struct stats_random r = { { i, 2, 3, 4 } };
	unsigned wait_ms;
	char rest[160];

	for (int warm = 0; warm < 8; warm++) {
		(void)stats_random_next(&r);
	}
	wait_ms = stats_random_below(&r, 40) * 1000;
	(void)snprintf(rest, sizeof(rest),
	               stats_random_below(&r, 10) > 0
	                       ? "outcome=answered wait_ms=%u talk_ms=%u connects=1 "
	                         "ring_no_answers=%u ring_no_answers_over_3s=0"
	                       : "outcome=abandoned wait_ms=%u talk_ms=%u ring_no_answers=%u",
	               wait_ms, stats_random_below(&r, 600) * 1000, stats_random_below(&r, 3));
	contact(w,
	        score_world_day_us("2026-10-26") + (int64_t)(i % 28) * DAY_US + (int64_t)i * 1000,
	        i + 1, rest);
}

/* The scorecard of a month put in this way, as JSON. */
static void month_json(unsigned step, unsigned batch, bool twice, struct buf *out)
{
	struct score_request request = score_world_request();
	struct score_world *w;
	void *world = NULL;
	struct scorecard *card;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	for (unsigned n = 0; n < MONTH_CONTACTS; n++) {
		month_contact(w, n * step % MONTH_CONTACTS); /* step and MONTH_CONTACTS coprime */
		if (twice) {
			month_contact(w, n * step % MONTH_CONTACTS);
		}
		if (w->count >= batch) {
			score_world_put(w);
		}
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	card_json(card, MODEL_ENGLISH, out);
	scorecard_free(card);
	(void)score_world_tear_down(&world);
}

static void order_batches_and_duplicates_change_no_byte(void **state)
{
	static const struct {
		unsigned step;
		unsigned batch;
		bool twice;
	} ways[] = {
		{ 1, MONTH_CONTACTS, false },
		{ 1999, 7, false }, /* backwards */
		{ 773, 100, true },
	};
	struct buf first;
	struct buf other;

	(void)state;
	buf_init(&first, (size_t)1024 * 1024);
	buf_init(&other, (size_t)1024 * 1024);
	month_json(ways[0].step, ways[0].batch, ways[0].twice, &first);
	assert_non_null(strstr(buf_text(&first), "\"status\": \"assessed\""));
	for (size_t i = 1; i < N_OF(ways); i++) {
		buf_reset(&other);
		month_json(ways[i].step, ways[i].batch, ways[i].twice, &other);
		assert_string_equal(buf_text(&first), buf_text(&other));
	}
	buf_free(&first);
	buf_free(&other);
}

static void a_month_is_assessed_with_the_dispersion_of_its_days(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	const struct scored *s;

	for (unsigned n = 0; n < MONTH_CONTACTS; n++) {
		month_contact(w, n);
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	s = score_world_of(card, "service_level");
	assert_int_equal(s->status, SCORE_ASSESSED);
	assert_int_equal(s->got.days, 28);
	assert_true(s->got.phi >= 1 && s->got.phi < 3);
	assert_true(s->got.interval.low < s->got.value && s->got.value < s->got.interval.high);
	assert_int_equal(card->areas[1].status, SCORE_ASSESSED);
	assert_true(card->areas[1].sure.low < card->areas[1].score);
	assert_int_equal(card->provisional, false);
	scorecard_free(card);
}

/* ---- in detail ---- */

static void details_list_days_and_queues(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_detail d;
	int64_t day_us = score_world_day_us("2026-11-22");

	for (unsigned i = 0; i < 12; i++) {
		score_world_add(w, "QueueContact",
		                "at_us=%" PRId64 " host=pbx contact=%016x queue=%s "
		                "outcome=answered wait_ms=%u",
		                day_us - (i % 3) * DAY_US, i + 1, i < 8 ? "support" : "billing",
		                i * 10000);
	}
	score_world_put(w);
	assert_int_equal(score_detail_of(&d, model_indicator_named(w->model, "service_level"),
	                                 w->model, w->store, &request, &w->fault),
	                 0);
	assert_int_equal(d.n_days, 28);
	assert_int_equal(d.days[27].day, score_world_day("2026-11-22"));
	assert_near(d.days[27].got.n, 4, 0);
	assert_near(d.days[27].got.numerator, 1, 0);
	assert_near(d.days[0].got.n, 0, 0);
	assert_int_equal(d.n_groups, 2);
	assert_string_equal(d.groups[0].label, "support");
	assert_near(d.groups[0].got.n, 8, 0);
	assert_near(d.groups[0].got.numerator, 3, 0);
	assert_string_equal(d.groups[1].label, "billing");
	assert_near(d.groups[1].got.numerator, 0, 0);
	score_detail_free(&d);
	assert_int_equal(score_detail_of(&d, model_indicator_named(w->model, "wait_p90"), w->model,
	                                 w->store, &request, &w->fault),
	                 0);
	assert_near(d.groups[0].got.value, 70, 0);
	assert_near(d.days[26].got.value, 100, 0);
	score_detail_free(&d);
}

static void details_tell_who_saw_it(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct score_detail d;
	int64_t day_us = score_world_day_us("2026-11-22");

	contact(w, day_us, 1, "source=queue_log outcome=answered wait_ms=1000");
	contact(w, day_us, 2, "source=queue_log outcome=answered wait_ms=1000");
	/* the same again */
	contact(w, day_us, 2, "source=dropbox outcome=answered ended_by=caller wait_ms=1000");
	contact(w, day_us, 3, "source=dropbox outcome=answered ended_by=caller wait_ms=1000");
	score_world_put(w);
	assert_int_equal(score_detail_of(&d, model_indicator_named(w->model, "service_level"),
	                                 w->model, w->store, &request, &w->fault),
	                 0);
	assert_int_equal(d.n_sources, 2);
	assert_string_equal(d.sources[0].label, "queue_log");
	assert_near(d.sources[0].got.n, 2, 0);
	assert_string_equal(d.sources[1].label, "dropbox");
	assert_near(d.sources[1].got.n, 1, 0);
	assert_int_equal(d.told_twice, 1);
	assert_int_equal(d.n_groups, 1);
	score_detail_free(&d);
}

/* as it stands in the model */
#define NPS_EVIDENCE                                                                               \
	"    evidence:\n"                                                                          \
	"      estimator: nps\n"                                                                   \
	"      counts: promoters less detractors\n"                                                \
	"      counts_de: Promotoren weniger Detraktoren\n"

/* A caller who has not called again yet may still do so. */
static void the_newest_days_wait_for_what_may_yet_come(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t day = score_world_day("2026-11-22");
	struct scorecard *card;

	for (size_t i = 0; i < 28; i++) {
		char rest[64];

		(void)snprintf(rest, sizeof(rest), "outcome=answered customer=%016zx", i);
		contact(w, score_world_day_us("2026-10-26") + (int64_t)i * DAY_US, 1, rest);
	}
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "first_contact_resolution")->got.n, 21, 0);
	assert_near(score_world_of(card, "repeat_30min")->got.n, 28, 0);
	scorecard_free(card);
	/* what is known of other days by other kinds settles nothing */
	score_world_add(w, "KnowledgeUse", "at_us=%" PRId64 " host=pbx kind=create",
	                score_world_day_us("2026-11-29"));
	score_world_put(w);
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "first_contact_resolution")->got.n, 21, 0);
	scorecard_free(card);
	/* five days later, two of the seven are still to come */
	contact(w, score_world_day_us("2026-11-27"), 2, "outcome=full");
	score_world_put(w);
	request.to_day = &day;
	card = score_world_card(w, &request);
	assert_near(score_world_of(card, "first_contact_resolution")->got.n, 26, 0);
	scorecard_free(card);
}

static void details_of_what_is_not_measured_are_empty(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	int32_t day = score_world_day("2026-11-22");
	struct score_detail d;

	request.to_day = &day;
	model_free(w->model);
	w->model = score_world_model(w, NPS_EVIDENCE, "");
	assert_int_equal(score_detail_of(&d, model_indicator_named(w->model, "nps"), w->model,
	                                 w->store, &request, &w->fault),
	                 0);
	assert_int_equal(d.n_days, 0);
	assert_int_equal(d.n_groups, 0);
	assert_int_equal(d.n_sources, 0);
	assert_int_equal(d.scored.reason.why, WHY_NOT_MEASURED);
	score_detail_free(&d);
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, each_outcome_counts_where_the_definition_says, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, waits_of_those_who_left_are_censored, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_dialog_without_an_answer_is_a_failure, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, streams_shorter_than_10_s_or_without_r_do_not_count, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, what_is_missing_is_told_apart, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, gaps_are_counted_by_name, score_world_set_up, score_world_tear_down);
	cases_test_with(&c, a_site_without_evidence_needs_a_window, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, an_empty_store_says_so, score_world_set_up, score_world_tear_down);
	cases_test_with(&c, a_store_that_fails_fails_the_score, score_world_set_up,
	                score_world_tear_down);
	cases_test(&c, order_batches_and_duplicates_change_no_byte);
	cases_test_with(&c, a_month_is_assessed_with_the_dispersion_of_its_days, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, the_newest_days_wait_for_what_may_yet_come, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, details_tell_who_saw_it, score_world_set_up, score_world_tear_down);
	cases_test_with(&c, details_list_days_and_queues, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, details_of_what_is_not_measured_are_empty, score_world_set_up,
	                score_world_tear_down);
	cases_table(&c, rfc_cases, rfc_case_run);
	cases_table(&c, refused_cases, refused_case_run);
	return cases_run("score_scorecard", &c, NULL, NULL);
}
