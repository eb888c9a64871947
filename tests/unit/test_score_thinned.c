/* The same made site with every call followed, half of them, a tenth, and less in its second half:
 * does what the model says of a share hold what it says of all calls? */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/track/sampling.h"
#include "collector/score/evidence/weights.h"
#include "tests/support/cases.h"
#include "tests/support/near.h"
#include "tests/support/score_world.h"

#define DAYS        28
#define CALLS_A_DAY 60
#define SITES       4
#define DAY_US      INT64_C(86400000000)
#define FIRST_DAY   "2026-10-26"
#define LAST_DAY    "2026-11-22"

/* Of the answered calls of every second site a fifth is not in the queue's log. */
#define UNLOGGED(seed) ((seed) % 2 == 0 ? 0 : 20)

/* Every indicator and counter-indicator of the model that reads Dialog or MediaStream. */
static const char *const figures[] = {
	"session_effectiveness", "voice_quality_share_r80", "signalling_tls_share",
	"media_srtp_share",      "reconciliation_gap",      "blocked_attempts",
	"delay_one_way_p95",
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* ---- the site ---- */

struct site {
	uint64_t seed;
	double rate;   /* of the first two weeks */
	double second; /* of the others */
	int unlogged;  /* of a hundred answered calls so many are not in the queue's log */
};

static unsigned dice(const struct site *s, uint64_t call, uint64_t what)
{
	struct siphash_key key = { s->seed, 11 };
	uint64_t words[2] = { call, what };

	return (unsigned)(siphash13_words(&key, words, 2) % 1000);
}

struct call {
	uint64_t id;
	long long at_us;
	bool second; /* half: there it is worse */
	char share[32];
};

static void add_stream(struct score_world *w, const struct site *s, const struct call *c,
                       unsigned direction)
{
	/* the line of the caller shapes both directions, and each has its own luck */
	unsigned line = dice(s, c->id, 5);
	unsigned r = dice(s, c->id, 6 + direction) + line < (c->second ? 500 : 200) ? 60 : 90;
	unsigned rtt_ms = 20 + line / 10 + dice(s, c->id, 8 + direction) / 20;

	score_world_add(w, "MediaStream",
	                "at_us=%lld source=capture host=pbx ssrc=%" PRIu64
	                " src_addr=%016x dst_addr=%016x contact=%016" PRIx64
	                " duration_ms=20000 r=%u rtt_us=%u000 encrypted=%s%s",
	                c->at_us, 2 * c->id + direction, 1 + direction, 2 - direction, c->id, r,
	                rtt_ms, dice(s, c->id, 10) < 700 ? "true" : "false", c->share);
}

/* A call comes in, is mostly answered, and rings an agent. */
static void add_call(struct score_world *w, const struct site *s, const struct call *c,
                     bool followed)
{
	unsigned luck = dice(s, c->id, 2);
	int status = luck < (c->second ? 120 : 40) ? 503 : luck < 200 ? 486 : 200;
	const char *transport = dice(s, c->id, 3) < (c->second ? 400 : 600) ? "tls" : "udp";

	if (status == 200 && (int)(dice(s, c->id, 4) / 10) >= s->unlogged) {
		score_world_add(w, "QueueContact",
		                "at_us=%lld source=queue_log host=pbx contact=%016" PRIx64
		                " queue=support outcome=answered",
		                c->at_us, c->id);
	}
	if (!followed) {
		return;
	}
	score_world_add(w, "Dialog",
	                "at_us=%lld source=capture host=pbx contact=%016" PRIx64
	                " from_tag_id=%016x direction=outbound final_status=%d transport=%s%s",
	                c->at_us, c->id, 1, status, transport, c->share);
	for (unsigned direction = 0; direction < 2 && status == 200; direction++) {
		add_stream(w, s, c, direction);
	}
}

static void add_site(struct score_world *w, const struct site *s)
{
	const struct siphash_key key = { s->seed, 7 };
	struct sampling sampling;

	for (uint64_t i = 0; i < (uint64_t)DAYS * CALLS_A_DAY; i++) {
		uint64_t id = i + 1;
		struct call c = { .id = id, .second = i >= (uint64_t)DAYS * CALLS_A_DAY / 2 };

		sampling_init(&sampling, c.second ? s->second : s->rate, 0);
		c.at_us = score_world_day_us(FIRST_DAY) + (int64_t)(i / CALLS_A_DAY) * DAY_US +
		          (int64_t)(i % CALLS_A_DAY) * 60000000;
		if (sampling_share(&sampling) > 0) {
			(void)snprintf(c.share, sizeof(c.share), " sampled_ppm=%u",
			               sampling_share(&sampling));
		}
		add_call(w, s, &c, sampling_takes(&sampling, siphash13_words(&key, &id, 1)));
	}
}

/* ---- its figures ---- */

static void score(const struct site *s, struct estimate out[FIGURES])
{
	struct score_request request = score_world_request();
	int32_t from = score_world_day(FIRST_DAY);
	int32_t to = score_world_day(LAST_DAY);
	struct scorecard *card;
	void *state;

	assert_int_equal(score_world_set_up(&state), 0);
	add_site(state, s);
	score_world_put(state);
	request.from_day = &from;
	request.to_day = &to;
	request.provisional = true; /* what is too wide for a verdict is shown as well */
	card = score_world_card(state, &request);
	for (size_t i = 0; i < FIGURES; i++) {
		out[i] = score_world_of(card, figures[i])->got;
	}
	scorecard_free(card);
	(void)score_world_tear_down(&state);
}

/* What is said of all calls, of each made site. */
static const struct estimate *truth_of(uint64_t seed)
{
	static struct estimate truths[SITES][FIGURES];
	struct estimate *truth = truths[seed];

	if (truth[0].n == 0) { /* each is reckoned once */
		score(&(struct site){ seed, 1, 1, UNLOGGED(seed) }, truth);
	}
	return truth;
}

static const struct rate_case {
	const char *name;
	double rate;
	double second;
} rates[] = {
	{ "half_of_the_calls_hold_what_all_say", 0.5, 0.5 },
	{ "a_tenth_of_the_calls_holds_what_all_say", 0.1, 0.1 },
	{ "a_month_that_was_reduced_in_its_worse_half_holds_what_all_say", 1, 0.1 },
};

static bool holds(const struct estimate *got, const struct estimate *truth)
{
	return got->interval.low <= truth->value && truth->value <= got->interval.high;
}

/* Of figures of several sites 95 % must hold; by name, so that whoever breaks it sees which. */
static void rate_run(void **state)
{
	const struct rate_case *c = *state;
	unsigned missed = 0;

	for (uint64_t seed = 0; seed < SITES; seed++) {
		const struct estimate *truth = truth_of(seed);
		struct estimate got[FIGURES];

		score(&(struct site){ seed, c->rate, c->second, UNLOGGED(seed) }, got);
		for (size_t i = 0; i < FIGURES; i++) {
			bool held = holds(&got[i], &truth[i]);

			missed += !held;
			print_message("%s%s: %g, %g to %g; all calls: %g\n", held ? "" : "MISSED ",
			              figures[i], got[i].value, got[i].interval.low,
			              got[i].interval.high, truth[i].value);
			assert_true(got[i].n <= truth[i].n);
			assert_int_equal(got[i].sampled.lowest_ppm,
			                 lround(c->second * SAMPLING_ALL));
			assert_int_equal(truth[i].sampled.highest_ppm, 0);
		}
	}
	assert_in_range(missed, 0, SITES * FIGURES / 20);
}

/* ---- none is forgotten ---- */

static bool is_thinned(const struct cxm_kind *kind)
{
	return strcmp(kind->name, "Dialog") == 0 || strcmp(kind->name, "MediaStream") == 0;
}

static bool reads_thinned(const struct model_indicator *is)
{
	for (size_t m = 0; m < is->n_methods; m++) {
		const struct model_evidence *e = &is->evidence[m];

		for (size_t i = 0; i < e->n_reads; i++) {
			if (is_thinned(e->reads[i].kind)) {
				return true;
			}
		}
	}
	return false;
}

static bool is_listed(const char *id)
{
	for (size_t i = 0; i < FIGURES; i++) {
		if (strcmp(figures[i], id) == 0) {
			return true;
		}
	}
	return false;
}

static size_t look_at(const struct model_indicator *list, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		found += reads_thinned(&list[i]);
		assert_int_equal(reads_thinned(&list[i]), is_listed(list[i].id));
	}
	return found;
}

static void every_indicator_that_reads_calls_or_media_is_looked_at_here(void **state)
{
	const struct model *m;
	void *world;
	size_t found;

	(void)state;
	assert_int_equal(score_world_set_up(&world), 0);
	m = ((struct score_world *)world)->model;
	found = look_at(m->context, m->n_context);
	for (size_t i = 0; i < m->n_areas; i++) {
		found += look_at(m->areas[i].indicators, m->areas[i].n_indicators);
	}
	assert_int_equal(found, FIGURES);
	(void)score_world_tear_down(&world);
}

/* ---- how many there are ---- */

static struct counted counted(unsigned calls, uint32_t share_ppm)
{
	struct counted c = { 0 };

	for (unsigned i = 0; i < calls; i++) {
		weights_count(&c, share_ppm);
	}
	return c;
}

static void where_all_are_followed_their_number_is_known(void **state)
{
	struct counted c = counted(7, 0);

	(void)state;
	assert_near(c.all, 7, 0);
	assert_near(weights_between(&c, 1.96).low, 7, 0);
	assert_near(weights_between(&c, 1.96).high, 7, 0);
}

/* |25 - N / 2| = 2 sqrt(N / 4) where N is 50 +- 2 sqrt(N): 37.72 and 66.28 lie two away of 25. */
static void half_of_them_tell_between_what_there_are(void **state)
{
	struct counted c = counted(25, 500000);
	struct interval n = weights_between(&c, 2);

	(void)state;
	assert_near(c.all, 50, 1e-12);
	assert_near(c.variance, 50, 1e-12);
	assert_near(25 - n.low / 2, 2 * sqrt(n.low / 4), 1e-9);
	assert_near(n.high / 2 - 25, 2 * sqrt(n.high / 4), 1e-9);
}

/* 0.9^N is 2.5 % at 35; the score interval's end lies near it. */
static void none_of_a_tenth_may_be_some_thirty(void **state)
{
	struct counted c = { .lowest_ppm = 100000 };
	struct interval n = weights_between(&c, 1.96);

	(void)state;
	assert_near(n.low, 0, 0);
	assert_near(n.high, 1.96 * 1.96 * 9, 1e-9);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, rates, rate_run);
	cases_test(&c, every_indicator_that_reads_calls_or_media_is_looked_at_here);
	cases_test(&c, where_all_are_followed_their_number_is_known);
	cases_test(&c, half_of_them_tell_between_what_there_are);
	cases_test(&c, none_of_a_tenth_may_be_some_thirty);
	return cases_run("score_thinned", &c, NULL, NULL);
}
