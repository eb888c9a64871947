/* One stream's arithmetic: sequence numbers in a table, the window against a plain reference,
 * jitter by hand. */
#include "agent/track/rtp_stream.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"

#define BYTES 172 /* header and 20 ms of G.711 */
#define MS    INT64_C(1000000)
#define EVENT 101

static const struct rtp_type pcmu = { .tick_ns_q16 = INT64_C(125000) << 16, .content = true };
static const struct rtp_type event = { .payload_type = EVENT };

/* A packet every 20 ms with the timestamp of its number, so that only sequence numbers differ. */
static void feed(struct rtp_stream *s, uint16_t sequence, int64_t at_ns)
{
	struct rtp_header h = { .sequence = sequence, .timestamp = sequence * UINT32_C(160) };

	if (s->packets == 0) {
		rtp_stream_init(s, &pcmu, &h, at_ns, BYTES);
	} else {
		rtp_stream_packet(s, &h, at_ns, BYTES);
	}
}

static const struct sequence_case {
	const char *name;
	struct {
		uint16_t from;
		uint16_t count;
	} spans[8]; /* packets in the order of their arrival */
	struct rtp_result want;
} sequence_cases[] = {
	{ "one_packet_is_a_whole_stream", { { 7, 1 } }, { .packets = 1 } },
	{ "packets_in_order_lose_nothing", { { 7, 500 } }, { .packets = 500 } },
	{ "a_gap_is_lost_and_missing",
	  { { 10, 5 }, { 18, 5 } },
	  { .packets = 10, .lost = 3, .missing = 3 } },
	{ "e10_numbers_wrap_without_loss", { { 65000, 2000 } }, { .packets = 2000 } },
	{ "e10_a_gap_across_the_wrap",
	  { { 65530, 4 }, { 2, 10 } },
	  { .packets = 14, .lost = 4, .missing = 4 } },
	{ "e10_start_at_the_last_number_before_the_wrap", { { 65535, 3 } }, { .packets = 3 } },
	{ "swapped_neighbours_are_reordered_not_lost",
	  { { 10, 5 }, { 16, 1 }, { 15, 1 }, { 17, 200 } },
	  { .packets = 207, .reordered = 1 } },
	{ "e10_reordered_across_the_wrap",
	  { { 65534, 1 }, { 0, 1 }, { 65535, 1 }, { 1, 5 } },
	  { .packets = 8, .reordered = 1 } },
	{ "swapped_at_the_end_shows_negative_loss",
	  { { 10, 5 }, { 16, 1 }, { 15, 1 } },
	  { .packets = 7, .lost = -1, .reordered = 1 } },
	{ "swapped_at_the_start_shows_negative_loss",
	  { { 11, 1 }, { 10, 1 }, { 12, 5 } },
	  { .packets = 7, .lost = -1, .reordered = 1 } },
	{ "a_number_missing_below_the_first_counts",
	  { { 12, 1 }, { 10, 1 }, { 13, 300 } },
	  { .packets = 302, .lost = -1, .missing = 1, .reordered = 1 } },
	{ "e12_the_same_packet_twice_is_a_duplicate",
	  { { 10, 5 }, { 14, 1 }, { 15, 5 } },
	  { .packets = 10, .duplicated = 1 } },
	{ "e12_a_late_copy_is_a_duplicate",
	  { { 10, 50 }, { 20, 1 }, { 60, 5 } },
	  { .packets = 55, .duplicated = 1 } },
	{ "the_first_packet_twice_is_a_duplicate",
	  { { 10, 1 }, { 10, 1 }, { 11, 5 } },
	  { .packets = 6, .duplicated = 1 } },
	{ "late_by_99_still_fills_its_gap",
	  { { 10, 1 }, { 12, 99 }, { 11, 1 }, { 111, 5 } },
	  { .packets = 106, .reordered = 1 } },
	{ "late_by_more_than_the_window_is_a_stray",
	  { { 10, 1 }, { 12, 100 }, { 11, 1 }, { 112, 5 } },
	  { .packets = 106, .lost = 1, .missing = 1 } },
	{ "a_dropout_of_2999_is_loss",
	  { { 10, 1 }, { 3009, 10 } },
	  { .packets = 11, .lost = 2998, .missing = 2998 } },
	{ "a_jump_of_3000_confirmed_is_a_restart",
	  { { 10, 5 }, { 3014, 10 } },
	  { .packets = 15, .restarts = 1 } },
	{ "a_single_packet_from_far_away_is_a_stray",
	  { { 10, 5 }, { 30000, 1 }, { 15, 5 } },
	  { .packets = 10 } },
	{ "two_from_far_away_that_do_not_follow_are_strays",
	  { { 10, 5 }, { 30000, 1 }, { 40000, 1 }, { 15, 5 } },
	  { .packets = 10 } },
	{ "a_restart_back_to_zero_counts_its_first_packet",
	  { { 2000, 471 }, { 0, 2076 } },
	  { .packets = 2547, .restarts = 1 } },
	{ "loss_before_and_after_a_restart_adds_up",
	  { { 10, 5 }, { 17, 5 }, { 40000, 5 }, { 40006, 5 } },
	  { .packets = 20, .lost = 3, .missing = 3, .restarts = 1 } },
	{ "e12_500_old_packets_again_lose_nothing",
	  { { 0, 1000 }, { 500, 500 }, { 1000, 10 } },
	  { .packets = 1510, .restarts = 1 } },
};

static void sequence_case_run(void **state)
{
	const struct sequence_case *c = *state;
	struct rtp_stream s = { 0 };
	struct rtp_result got;
	int64_t at_ns = 0;

	for (size_t i = 0; i < COUNT(c->spans); i++) {
		for (uint16_t n = 0; n < c->spans[i].count; n++) {
			feed(&s, (uint16_t)(c->spans[i].from + n), at_ns += 20 * MS);
		}
	}
	rtp_stream_result(&s, &got);
	assert_int_equal(got.packets, c->want.packets);
	assert_int_equal(got.lost, c->want.lost);
	assert_int_equal(got.missing, c->want.missing);
	assert_int_equal(got.duplicated, c->want.duplicated);
	assert_int_equal(got.reordered, c->want.reordered);
	assert_int_equal(got.restarts, c->want.restarts);
	assert_int_equal(got.size_bytes, (uint64_t)c->want.packets * BYTES);
}

/* ---- the window against a reference that remembers everything ---- */

#define SENT 20000

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

struct reference {
	bool came[SENT];
	uint32_t packets;
	uint32_t duplicated;
};

static uint32_t reference_runs(const struct reference *r)
{
	uint32_t runs = 0;

	for (size_t i = 1; i < SENT; i++) {
		runs += !r->came[i] && r->came[i - 1];
	}
	return runs;
}

/* Packets lost, doubled and swapped at random, each at most 60 places from where it belongs. */
static void e10_window_agrees_with_a_reference(void **state)
{
	static uint16_t order[SENT];
	static struct reference want;
	uint64_t seed = *(const uint64_t *)*state;
	struct rtp_stream s = { 0 };
	struct rtp_result got;
	int64_t at_ns = 0;

	memset(&want, 0, sizeof(want));
	for (size_t i = 0; i < SENT; i++) {
		order[i] = (uint16_t)i;
	}
	for (size_t i = 1; i + 31 < SENT; i += 31) { /* swaps do not overlap */
		size_t other = i + next_random(&seed) % 30;
		uint16_t kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
	for (size_t i = 0; i < SENT; i++) {
		bool lost = i > 0 && i + 1 < SENT && next_random(&seed) % 10 == 0;
		unsigned copies = next_random(&seed) % 16 == 0 ? 2 : 1;

		for (unsigned n = 0; n < copies && !lost; n++) {
			feed(&s, (uint16_t)(65000 + order[i]), at_ns += 20 * MS);
			want.duplicated += want.came[order[i]];
			want.packets += !want.came[order[i]];
			want.came[order[i]] = true;
		}
	}
	rtp_stream_result(&s, &got);
	assert_int_equal(got.packets, want.packets);
	assert_int_equal(got.duplicated, want.duplicated);
	assert_int_equal(got.missing, SENT - want.packets);
	assert_int_equal(got.lost, SENT - want.packets);
	assert_int_equal(got.restarts, 0);
	assert_true(fabs(got.burst_ratio - (double)got.missing / reference_runs(&want) *
	                                           (1 - (double)got.missing / SENT)) < 1e-12);
}

static const uint64_t seeds[] = { 1, 22, 333, 4444 };

static void burst_ratio_is_mean_run_over_that_of_random_loss(void **state)
{
	struct rtp_stream s = { 0 };
	struct rtp_result got;

	(void)state;
	for (uint16_t n = 0; n < 1000; n++) {
		bool lost = n % 100 >= 50 && n % 100 < 55; /* 10 runs of 5: p = 0.05 */

		if (!lost) {
			feed(&s, n, n * MS * 20);
		}
	}
	rtp_stream_result(&s, &got);
	assert_int_equal(got.missing, 50);
	assert_true(fabs(got.loss_ratio - 0.05) < 1e-12);
	assert_true(fabs(got.burst_ratio - 5 * 0.95) < 1e-12);
}

static void no_loss_has_no_burst_ratio(void **state)
{
	struct rtp_stream s = { 0 };
	struct rtp_result got;

	(void)state;
	feed(&s, 1, 0);
	feed(&s, 2, 20 * MS);
	rtp_stream_result(&s, &got);
	assert_true(got.burst_ratio == 0 && got.loss_ratio == 0);
}

/* RFC 3550 A.3: five of a hundred lost is a fraction of 12/256. */
static void fraction_lost_follows_from_packets_and_loss(void **state)
{
	struct rtp_stream s = { 0 };
	struct rtp_result got;

	(void)state;
	for (uint16_t n = 0; n < 100; n++) {
		if (n < 50 || n >= 55) {
			feed(&s, n, n * MS * 20);
		}
	}
	rtp_stream_result(&s, &got);
	assert_int_equal(((int64_t)got.lost << 8) / (got.lost + (int64_t)got.packets), 12);
}

/* ---- jitter ---- */

struct timed {
	int64_t at_ns;
	uint32_t timestamp;
	bool marker;
	bool is_event;
};

static void run_timed(struct rtp_stream *s, const struct rtp_type *clock,
                      const struct timed *packets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct rtp_header h = { .sequence = (uint16_t)i,
			                .timestamp = packets[i].timestamp,
			                .marker = packets[i].marker,
			                .payload_type = packets[i].is_event ? EVENT : 0 };

		if (i == 0) {
			rtp_stream_init(s, clock, &h, packets[i].at_ns, BYTES);
			continue;
		}
		rtp_stream_use_type(s, packets[i].is_event ? &event : clock);
		rtp_stream_packet(s, &h, packets[i].at_ns, BYTES);
	}
}

/* In units of an 8 kHz clock: sent 0, 160, ... 800, arrived 0, 168, 320, 520, 640, 840. */
static const struct timed six_packets[] = {
	{ 0, 0, 0, 0 },
	{ 168 * MS / 8, 160, 0, 0 },
	{ 320 * MS / 8, 320, 0, 0 },
	{ 520 * MS / 8, 480, 0, 0 },
	{ 640 * MS / 8, 640, 0, 0 },
	{ 840 * MS / 8, 800, 0, 0 },
};

static void e12_jitter_follows_the_formula_of_rfc_3550(void **state)
{
	static const double want[] = { 0.500000, 0.968750, 3.408203, 5.695190, 7.839241 };
	double sum = 0;

	(void)state;
	for (size_t n = 0; n < COUNT(want); n++) {
		struct rtp_stream s;
		struct rtp_result got;

		run_timed(&s, &pcmu, six_packets, n + 2);
		rtp_stream_result(&s, &got);
		sum += want[n];
		assert_true(fabs((double)s.jitter_q4_ns / 16 / 125000 - want[n]) < 0.00001);
		assert_true(fabs((double)got.jitter_max_ns / 125000 - want[n]) < 0.00001);
		assert_true(fabs((double)got.jitter_mean_ns / 125000 - sum / (double)(n + 1)) <
		            0.00001);
	}
}

/* The same in a unit of one tick: the integers of RFC 3550 A.8. */
static void jitter_in_whole_ticks_is_the_integer_form(void **state)
{
	static const struct rtp_type ticks = { .tick_ns_q16 = 1 << 16, .content = true };
	static const struct timed packets[] = {
		{ 0, 0, 0, 0 },     { 168, 160, 0, 0 }, { 320, 320, 0, 0 },
		{ 520, 480, 0, 0 }, { 640, 640, 0, 0 }, { 840, 800, 0, 0 },
	};
	struct rtp_stream s;

	(void)state;
	run_timed(&s, &ticks, packets, COUNT(packets));
	assert_int_equal(s.jitter_q4_ns, 125);
	assert_int_equal(s.jitter_q4_ns >> 4, 7);
}

static const struct jitter_case {
	const char *name;
	struct timed packets[6];
	size_t n;
	uint64_t mean_us;
	uint64_t max_us;
} jitter_cases[] = {
	{ "even_packets_have_none",
	  { { 0, 0, 0, 0 }, { 20 * MS, 160, 0, 0 }, { 40 * MS, 320, 0, 0 } },
	  3,
	  0,
	  0 },
	{ "16_ms_late_moves_it_by_1_ms",
	  { { 0, 0, 0, 0 }, { 36 * MS, 160, 0, 0 } },
	  2,
	  1000,
	  1000 },
	{ "a_marker_updates_it_but_counts_with_the_mean_so_far",
	  { { 0, 0, 0, 0 }, { 36 * MS, 160, 0, 0 }, { 72 * MS, 320, 1, 0 } },
	  3,
	  1000,
	  1000 },
	/* the event came 16 ms late: the next audio packet is measured from its arrival, but from
	   the last audio timestamp */
	{ "an_event_moves_the_arrival_only",
	  { { 0, 0, 0, 0 }, { 36 * MS, 160, 0, 1 }, { 56 * MS, 320, 0, 0 } },
	  3,
	  625,
	  1250 },
	{ "a_packet_older_than_the_first_moves_nothing",
	  { { 0, 1000, 0, 0 },
	    { 36 * MS, 1160, 0, 0 },
	    { 50 * MS, 840, 0, 0 },
	    { 56 * MS, 1320, 0, 0 } },
	  4,
	  979,
	  1000 },
	{ "a_jump_of_10_s_is_no_queueing",
	  { { 0, 0, 0, 0 },
	    { 36 * MS, 160, 0, 0 },
	    { 10056 * MS, 320, 0, 0 },
	    { 10076 * MS, 480, 0, 0 } },
	  4,
	  979,
	  1000 },
	{ "a_timestamp_jump_of_10_s_is_no_queueing",
	  { { 0, 0, 0, 0 },
	    { 36 * MS, 160, 0, 0 },
	    { 56 * MS, 80480, 0, 0 },
	    { 76 * MS, 80640, 0, 0 } },
	  4,
	  979,
	  1000 },
};

static void jitter_case_run(void **state)
{
	const struct jitter_case *c = *state;
	struct rtp_stream s;
	struct rtp_result got;

	run_timed(&s, &pcmu, c->packets, c->n);
	rtp_stream_result(&s, &got);
	assert_true(got.timed);
	assert_int_equal(got.jitter_mean_ns / 1000, c->mean_us);
	assert_int_equal(got.jitter_max_ns / 1000, c->max_us);
}

/* 11,025 Hz has no whole number of nanoseconds: an hour of even packets must not look uneven. */
static void an_odd_clock_does_not_drift(void **state)
{
	struct rtp_type odd = { .tick_ns_q16 = rtp_tick_ns_q16(11025), .content = true };
	struct rtp_stream s = { 0 };
	struct rtp_result got;

	(void)state;
	for (uint32_t n = 0; n < 180000; n++) {
		struct rtp_header h = { .sequence = (uint16_t)n, .timestamp = n * 441 };

		if (n == 0) {
			rtp_stream_init(&s, &odd, &h, 0, BYTES);
		} else {
			rtp_stream_packet(&s, &h, n * MS * 40, BYTES);
		}
	}
	rtp_stream_result(&s, &got);
	assert_true(got.jitter_max_ns < 100);
	assert_int_equal(got.lost, 0);
}

/* 2^31 ticks of a 48 kHz clock are 12.4 hours: a longer stream goes on being measured. */
static void a_stream_longer_than_half_the_timestamps_is_still_measured(void **state)
{
	struct rtp_type opus = { .tick_ns_q16 = rtp_tick_ns_q16(48000), .content = true };
	const uint32_t step = 480000; /* a packet every 10 s, so that a day is short */
	struct rtp_stream s = { 0 };
	uint32_t before;

	(void)state;
	for (uint32_t n = 0; n < 8640; n++) {
		struct rtp_header h = { .sequence = (uint16_t)n, .timestamp = n * step };

		if (n == 0) {
			rtp_stream_init(&s, &opus, &h, 0, BYTES);
		} else {
			rtp_stream_packet(&s, &h, n * MS * 10000, BYTES);
		}
	}
	before = (uint32_t)s.jitter_q4_ns;
	rtp_stream_packet(&s, &(struct rtp_header){ .sequence = 8640, .timestamp = 8640 * step },
	                  (INT64_C(86400000) + 16) * MS, BYTES);
	assert_true(s.jitter_q4_ns > before + UINT64_C(15000000));
}

static void a_restart_begins_a_new_clock(void **state)
{
	struct rtp_stream s = { 0 };
	struct rtp_result got;

	(void)state;
	feed(&s, 1000, 0);
	feed(&s, 1001, 20 * MS);
	/* 4 s of timestamps back in sequence and clock; the first of the two is held back */
	rtp_stream_packet(&s, &(struct rtp_header){ .sequence = 40000, .timestamp = 32160 },
	                  40 * MS, BYTES);
	rtp_stream_packet(&s, &(struct rtp_header){ .sequence = 40001, .timestamp = 32320 },
	                  60 * MS, BYTES);
	rtp_stream_result(&s, &got);
	assert_int_equal(got.restarts, 1);
	assert_int_equal(got.jitter_max_ns, 0);
}

static void e12_a_stream_of_events_has_no_jitter_and_no_codec(void **state)
{
	static const struct timed packets[] = { { 0, 0, 0, 1 }, { 25 * MS, 0, 0, 1 } };
	struct rtp_stream s;
	struct rtp_result got;

	(void)state;
	run_timed(&s, &event, packets, COUNT(packets));
	rtp_stream_result(&s, &got);
	assert_false(got.timed);
	assert_null(rtp_stream_main_type(&s));
}

static void the_main_type_has_most_packets_of_content(void **state)
{
	static const struct rtp_type opus = { .payload_type = 111, .content = true };
	struct rtp_stream s = { 0 };

	(void)state;
	feed(&s, 1, 0);
	rtp_stream_use_type(&s, &opus);
	rtp_stream_packet(&s, &(struct rtp_header){ .sequence = 2, .payload_type = 111 }, 1, 12);
	rtp_stream_packet(&s, &(struct rtp_header){ .sequence = 3, .payload_type = 111 }, 2, 12);
	rtp_stream_use_type(&s, &event);
	for (uint16_t n = 4; n < 20; n++) {
		rtp_stream_packet(&s, &(struct rtp_header){ .sequence = n, .payload_type = EVENT },
		                  n, 12);
	}
	assert_int_equal(rtp_stream_main_type(&s)->payload_type, 111);
	assert_int_equal(rtp_stream_main_type(&s)->packets, 2);
}

static void more_payload_types_than_places_are_still_counted(void **state)
{
	struct rtp_stream s = { 0 };

	(void)state;
	feed(&s, 0, 0);
	for (uint16_t n = 1; n < 100; n++) {
		struct rtp_type type = { .payload_type = (uint8_t)(n % 50), .content = true };

		rtp_stream_use_type(&s, &type);
		assert_true(rtp_stream_uses(&s, type.payload_type));
		rtp_stream_packet(&s, &(struct rtp_header){ .sequence = n }, n, 12);
	}
	assert_int_equal(s.packets, 100);
	assert_int_equal(s.n_types, RTP_TYPES);
}

static void a_frame_is_the_smallest_step_of_neighbours(void **state)
{
	struct rtp_stream s = { 0 };
	struct rtp_result got;

	(void)state;
	feed(&s, 0, 0);
	feed(&s, 2, 40 * MS); /* 320 ticks, but no neighbour */
	rtp_stream_result(&s, &got);
	assert_int_equal(got.frame_ns, 0);
	feed(&s, 3, 60 * MS);
	rtp_stream_result(&s, &got);
	assert_int_equal(got.frame_ns, 20 * MS);
}

int main(void)
{
	static const struct CMUnitTest singles[] = {
		cmocka_unit_test(burst_ratio_is_mean_run_over_that_of_random_loss),
		cmocka_unit_test(no_loss_has_no_burst_ratio),
		cmocka_unit_test(fraction_lost_follows_from_packets_and_loss),
		cmocka_unit_test(e12_jitter_follows_the_formula_of_rfc_3550),
		cmocka_unit_test(jitter_in_whole_ticks_is_the_integer_form),
		cmocka_unit_test(an_odd_clock_does_not_drift),
		cmocka_unit_test(a_stream_longer_than_half_the_timestamps_is_still_measured),
		cmocka_unit_test(a_restart_begins_a_new_clock),
		cmocka_unit_test(e12_a_stream_of_events_has_no_jitter_and_no_codec),
		cmocka_unit_test(the_main_type_has_most_packets_of_content),
		cmocka_unit_test(more_payload_types_than_places_are_still_counted),
		cmocka_unit_test(a_frame_is_the_smallest_step_of_neighbours),
	};
	struct CMUnitTest
		tests[COUNT(sequence_cases) + COUNT(jitter_cases) + COUNT(seeds) + COUNT(singles)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	CASES_ADD(tests, n, sequence_cases, sequence_case_run);
	CASES_ADD(tests, n, jitter_cases, jitter_case_run);
	for (size_t i = 0; i < COUNT(seeds); i++) {
		tests[n++] = case_test("e10_window_agrees_with_a_reference",
		                       e10_window_agrees_with_a_reference, &seeds[i]);
	}
	return cmocka_run_group_tests_name("rtp_stream", tests, NULL, NULL);
}
