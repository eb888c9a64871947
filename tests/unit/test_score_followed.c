/* What the card says of calls that were not followed and packets that were lost. */
#include "cxmeter/score.h"

#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/near.h"
#include "tests/support/score_world.h"

#define CALLS_A_DAY 50
#define DAYS        28
#define DAY_US      INT64_C(86400000000)

static struct score_world *world;
static void *state_of_world;
static struct scorecard *card;

static int64_t day_us(int day)
{
	return score_world_day_us("2026-10-26") + day * DAY_US;
}

/* A month of calls and their media. */
static void begin(const char *share)
{
	assert_int_equal(score_world_set_up(&state_of_world), 0);
	world = state_of_world;
	for (int i = 0; i < DAYS * CALLS_A_DAY; i++) {
		long long at_us = day_us(i / CALLS_A_DAY) + i;

		score_world_add(
			world, "Dialog",
			"at_us=%lld source=capture host=pbx contact=%016x from_tag_id=%016x "
			"final_status=%d%s",
			at_us, i + 1, i + 1, i % 20 == 0 ? 503 : 200, share);
		score_world_add(world, "MediaStream",
		                "at_us=%lld source=capture host=pbx ssrc=%d src_addr=%016x "
		                "dst_addr=%016x duration_ms=20000 r=%d encrypted=true%s",
		                at_us, i + 1, 1, 2, i % 20 == 0 ? 60 : 90, share);
	}
}

static void gap(int day, const char *reason, const char *more)
{
	score_world_add(world, "Gap", "at_us=%lld source=capture host=pbx part=eth0 reason=%s %s",
	                (long long)day_us(day), reason, more);
}

static void score(void)
{
	struct score_request request = score_world_request();
	int32_t from = score_world_day("2026-10-26");
	int32_t to = score_world_day("2026-11-22");

	request.from_day = &from;
	request.to_day = &to;
	score_world_put(world);
	card = score_world_card(world, &request);
}

static void end(void)
{
	scorecard_free(card);
	(void)score_world_tear_down(&state_of_world);
}

/* All notes of an area, one a line. */
static const char *notes_of(const char *area, enum model_language language)
{
	static char text[2048];
	struct buf out;

	text[0] = '\0';
	buf_init(&out, sizeof(text));
	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0;
		     strcmp(card->areas[a].is->id, area) == 0 && i < card->areas[a].n_notes; i++) {
			score_reason_text(&card->areas[a].notes[i], language, &out);
			buf_add_char(&out, '\n');
		}
	}
	(void)snprintf(text, sizeof(text), "%s", buf_text(&out));
	buf_free(&out);
	return text;
}

static void a_share_of_the_calls_is_said_below_the_areas_that_rest_on_it(void **state)
{
	(void)state;
	begin(" sampled_ppm=125000");
	gap(3, "sampled", "sampled_ppm=125000 to_us=1793318400000000"); /* 2026-10-30 */
	gap(2, "sampled", "sampled_ppm=125000");
	score();
	assert_non_null(strstr(notes_of("quality_assurance", MODEL_ENGLISH),
	                       "12.5 % of the calls were followed, 2026-10-28 to 2026-10-30; each "
	                       "counts as often as it stands for\n"));
	assert_non_null(
		strstr(notes_of("quality_assurance", MODEL_GERMAN),
	               "12,5 % der Anrufe wurden verfolgt, 2026-10-28 bis 2026-10-30; jeder "
	               "zählt für so viele, wie er vertritt\n"));
	assert_null(strstr(notes_of("feedback", MODEL_ENGLISH), "followed"));
	end();
}

static void e15_lost_packets_are_said_beside_the_quality_of_voice(void **state)
{
	(void)state;
	begin("");
	gap(3, "capture_dropped", "lost=100 seen=9900 to_us=1793232060000000");
	gap(4, "capture_dropped", "lost=100 seen=9900 to_us=1793318460000000");
	score();
	assert_non_null(strstr(notes_of("quality_assurance", MODEL_ENGLISH),
	                       "1 % of the packets of 2 min were lost before they could be "
	                       "measured, 2026-10-29 to 2026-10-30\n"));
	assert_non_null(strstr(notes_of("quality_assurance", MODEL_GERMAN),
	                       "1 % der Pakete in 2 min gingen verloren"));
	assert_null(strstr(notes_of("feedback", MODEL_ENGLISH), "lost"));
	end();
}

static void where_everything_was_followed_and_nothing_lost_nothing_is_said(void **state)
{
	(void)state;
	begin("");
	score();
	assert_null(strstr(notes_of("quality_assurance", MODEL_ENGLISH), "followed"));
	assert_null(strstr(notes_of("quality_assurance", MODEL_ENGLISH), "lost"));
	assert_int_equal(score_world_of(card, "voice_quality_share_r80")->got.sampled.highest_ppm,
	                 0);
	end();
}

static void records_lost_in_the_agent_are_no_lost_packets(void **state)
{
	(void)state;
	begin("");
	gap(3, "capture_dropped", "lost=100");
	score();
	assert_null(strstr(notes_of("quality_assurance", MODEL_ENGLISH), "lost"));
	end();
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_share_of_the_calls_is_said_below_the_areas_that_rest_on_it);
	cases_test(&c, e15_lost_packets_are_said_beside_the_quality_of_voice);
	cases_test(&c, where_everything_was_followed_and_nothing_lost_nothing_is_said);
	cases_test(&c, records_lost_in_the_agent_are_no_lost_packets);
	return cases_run("score_followed", &c, NULL, NULL);
}
