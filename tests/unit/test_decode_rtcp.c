#include "agent/decode/rtcp.h"

#include "tests/support/cases.h"
#include "tests/support/hex.h"

#define SEEN_MAX 40

struct seen {
	struct rtcp_sender senders[SEEN_MAX];
	struct rtcp_block blocks[SEEN_MAX];
	struct rtcp_voip voips[SEEN_MAX];
	uint32_t byes[SEEN_MAX];
	size_t n_senders;
	size_t n_blocks;
	size_t n_voips;
	size_t n_byes;
};

static void on_sender(void *arg, const struct rtcp_sender *s)
{
	struct seen *seen = arg;

	seen->senders[seen->n_senders++] = *s;
}

static void on_block(void *arg, const struct rtcp_block *b)
{
	struct seen *seen = arg;

	seen->blocks[seen->n_blocks++] = *b;
}

static void on_voip(void *arg, const struct rtcp_voip *v)
{
	struct seen *seen = arg;

	seen->voips[seen->n_voips++] = *v;
}

static void on_bye(void *arg, uint32_t ssrc)
{
	struct seen *seen = arg;

	seen->byes[seen->n_byes++] = ssrc;
}

static bool walk(const char *digits, struct seen *seen)
{
	struct rtcp_handler handler = { seen, on_sender, on_block, on_voip, on_bye };
	struct hex packet = { .len = 0 };
	uint8_t *bytes;
	bool ok;

	*seen = (struct seen){ 0 };
	hex_add(&packet, digits);
	bytes = hex_exact(&packet);
	ok = rtcp_walk(cursor_of(bytes, packet.len), &handler);
	free(bytes);
	return ok;
}

static size_t reports(const struct seen *seen)
{
	return seen->n_senders + seen->n_blocks + seen->n_voips + seen->n_byes;
}

#define BLOCK      "0000aaaa 20 000005 00010064 00000120 b7050000 00018000 "
#define SENDER     "81 c8 000c 0000bbbb e4a1b705 20000000 00001000 00000064 00003e80 " BLOCK
#define RECEIVER   "81 c9 0007 0000bbbb " BLOCK
#define SOURCES    "81 ca 0003 0000bbbb 01 04 61626364 0000 " /* name "abcd" */
#define BYE        "81 cb 0001 0000bbbb "
#define BYE_REASON "82 cb 0004 0000bbbb 0000cccc 05 62757379 21 0000 " /* "busy!" */
#define VOIP                                                                                       \
	"07 00 0008 0000aaaa 05 06 0000 0000 0000 0021 0022 e2 c3 7f 10 5d 7f 2a 2b 30 00 0028 "   \
	"003c 0078 "
#define EXTENDED       "80 cf 000a 0000bbbb " VOIP
#define REFERENCE_TIME "04 00 0002 e4a1b705 20000000 " /* RFC 3611 4.4 */

/* ---- what is reported ---- */

static void sender_report_tells_sender_and_block(void **state)
{
	struct seen seen;

	(void)state;
	assert_true(walk(SENDER, &seen));
	assert_int_equal(seen.n_senders, 1);
	assert_int_equal(seen.senders[0].ssrc, 0xbbbb);
	assert_int_equal(seen.senders[0].ntp_mid, 0xb7052000);
	assert_int_equal(seen.senders[0].rtp_ts, 0x1000);
	assert_int_equal(seen.senders[0].packets, 100);
	assert_int_equal(seen.senders[0].octets, 16000);
	assert_int_equal(seen.n_blocks, 1);
	assert_int_equal(seen.blocks[0].reporter, 0xbbbb);
	assert_int_equal(seen.blocks[0].ssrc, 0xaaaa);
	assert_int_equal(seen.blocks[0].fraction_lost, 0x20);
	assert_int_equal(seen.blocks[0].cumulative_lost, 5);
	assert_int_equal(seen.blocks[0].highest_sequence, 0x10064);
	assert_int_equal(seen.blocks[0].jitter, 0x120);
	assert_int_equal(seen.blocks[0].lsr, 0xb7050000);
	assert_int_equal(seen.blocks[0].dlsr, 0x18000);
}

static void receiver_report_tells_its_block(void **state)
{
	struct seen seen;

	(void)state;
	assert_true(walk(RECEIVER, &seen));
	assert_int_equal(seen.n_blocks, 1);
	assert_int_equal(seen.blocks[0].reporter, 0xbbbb);
	assert_int_equal(seen.blocks[0].dlsr, 0x18000);
	assert_int_equal(reports(&seen), 1);
}

static const struct loss {
	const char *name;
	const char *block;
	int32_t want;
} losses[] = {
	{ "loss_of_nothing",
	  "81 c9 0007 0000bbbb 0000aaaa 00 000000 00000000 00000000 00000000 00000000", 0 },
	{ "e13_loss_below_zero_for_duplicates",
	  "81 c9 0007 0000bbbb 0000aaaa 00 ffffff 00000000 00000000 00000000 00000000", -1 },
	{ "greatest_loss",
	  "81 c9 0007 0000bbbb 0000aaaa ff 7fffff 00000000 00000000 00000000 00000000", 8388607 },
	{ "e13_least_loss",
	  "81 c9 0007 0000bbbb 0000aaaa 00 800000 00000000 00000000 00000000 00000000", -8388608 },
};

static void e13_cumulative_loss_has_24_bits_and_a_sign(void **state)
{
	const struct loss *l = *state;
	struct seen seen;

	assert_true(walk(l->block, &seen));
	assert_int_equal(seen.blocks[0].cumulative_lost, l->want);
}

static void bye_tells_every_source(void **state)
{
	struct seen seen;

	(void)state;
	assert_true(walk(BYE_REASON, &seen));
	assert_int_equal(seen.n_byes, 2);
	assert_int_equal(seen.byes[0], 0xbbbb);
	assert_int_equal(seen.byes[1], 0xcccc);
}

static void e13_bye_reason_that_says_255_is_not_followed(void **state)
{
	struct seen seen;

	(void)state;
	assert_true(walk("81 cb 0002 0000bbbb ff 626975", &seen));
	assert_int_equal(seen.n_byes, 1);
}

static void voip_metrics_are_read(void **state)
{
	struct seen seen;

	(void)state;
	assert_true(walk(EXTENDED, &seen));
	assert_int_equal(seen.n_voips, 1);
	assert_int_equal(seen.voips[0].ssrc, 0xaaaa);
	assert_int_equal(seen.voips[0].loss_rate, 5);
	assert_int_equal(seen.voips[0].discard_rate, 6);
	assert_int_equal(seen.voips[0].round_trip_ms, 0x21);
	assert_int_equal(seen.voips[0].end_system_ms, 0x22);
	assert_int_equal(seen.voips[0].r_factor, 93);
	assert_int_equal(seen.voips[0].mos_lq, 42);
	assert_int_equal(seen.voips[0].mos_cq, 43);
}

static const struct count {
	const char *name;
	const char *packet;
	size_t senders;
	size_t blocks;
	size_t voips;
	size_t byes;
} counts[] = {
	{ "e13_compound_packet_is_walked_to_its_end", SENDER SOURCES EXTENDED BYE, 1, 1, 1, 1 },
	{ "e13_reduced_size_packet_needs_no_report", BYE, 0, 0, 0, 1 },
	{ "feedback_is_skipped", RECEIVER "81 cd 0002 0000bbbb 0000aaaa", 0, 1, 0, 0 },
	{ "unknown_packet_type_is_skipped", "80 df 0001 00000000" BYE, 0, 0, 0, 1 },
	{ "first_type_set_aside_is_skipped", "80 c0 0001 00000000" BYE, 0, 0, 0, 1 },
	{ "report_without_blocks_says_nothing", "80 c9 0001 0000bbbb", 0, 0, 0, 0 },
	{ "e13_unknown_block_is_skipped", "80 cf 000d 0000bbbb" REFERENCE_TIME VOIP, 0, 0, 1, 0 },
	{ "voip_block_of_another_length_is_skipped",
	  "80 cf 0004 0000bbbb 07 00 0002 0000aaaa 05060000", 0, 0, 0, 0 },
	{ "block_without_content_is_skipped", "80 cf 0002 0000bbbb 05 00 0000", 0, 0, 0, 0 },
	{ "padding_of_the_last_packet_is_left_out", RECEIVER "a1 cb 0002 0000bbbb 00000004", 0, 1,
	  0, 1 },
	{ "packet_may_be_all_padding", "a0 cb 0001 00000004", 0, 0, 0, 0 },
	{ "profile_extension_behind_the_blocks_is_skipped", "81 c9 0008 0000bbbb" BLOCK "12345678",
	  0, 1, 0, 0 },
	{ "thirty_one_blocks_are_told",
	  "9f c9 00bb 0000bbbb" BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK
	          BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK
	                  BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK BLOCK,
	  0, 31, 0, 0 },
};

static void reports_are_counted(void **state)
{
	const struct count *want = *state;
	struct seen seen;

	assert_true(walk(want->packet, &seen));
	assert_int_equal(seen.n_senders, want->senders);
	assert_int_equal(seen.n_blocks, want->blocks);
	assert_int_equal(seen.n_voips, want->voips);
	assert_int_equal(seen.n_byes, want->byes);
}

static void handler_without_functions_is_fine(void **state)
{
	struct rtcp_handler none = { 0 };
	struct hex packet = { .len = 0 };

	(void)state;
	hex_add(&packet, SENDER RECEIVER EXTENDED BYE);
	assert_true(rtcp_walk(cursor_of(packet.bytes, packet.len), &none));
}

/* ---- what is refused, all of it ---- */

static const struct refusal {
	const char *name;
	const char *packet;
} refusals[] = {
	{ "nothing", "" },
	{ "three_bytes", "81 c9 00" },
	{ "media", "80 00 0001 00000000 0000aaaa d5d5d5d5" },
	{ "another_version", "41 c9 0007 0000bbbb" BLOCK },
	{ "type_191", "80 bf 0001 0000bbbb" },
	{ "type_224", "80 e0 0001 0000bbbb" },
	{ "e13_length_past_the_end", "81 c9 0008 0000bbbb" BLOCK },
	{ "e13_length_of_65535_words", "81 c9 ffff 0000bbbb" BLOCK },
	{ "second_length_past_the_end", RECEIVER "81 cb 0002 0000bbbb" },
	{ "bytes_left_over", RECEIVER "80 cb 00" },
	{ "more_blocks_than_bytes", "82 c9 0007 0000bbbb" BLOCK },
	{ "sender_report_too_short_for_its_sender",
	  "80 c8 0005 0000bbbb e4a1b705 20000000 00001000 00000064" },
	{ "bye_of_more_sources_than_bytes", "82 cb 0001 0000bbbb" },
	{ "extended_report_without_source", "80 cf 0000" },
	{ "e13_block_longer_than_the_report", "80 cf 0003 0000bbbb 04 00 0002 e4a1b705" },
	{ "block_header_cut", "a0 cf 0003 0000bbbb 04 00 0000 0000 0002" },
	{ "padding_of_no_bytes", "a1 cb 0002 0000bbbb 00000000" },
	{ "padding_longer_than_the_packet", "a1 cb 0002 0000bbbb 00000009" },
	{ "padding_over_the_sources", "a1 cb 0002 0000bbbb 00000008" },
	{ "padding_of_an_empty_packet", "a0 cb 0000" },
	/* RFC 3711 3.4: encrypted block, E flag and index 1, tag of 10 bytes */
	{ "srtcp_of_one_report",
	  "81 c9 0007 0000bbbb 5e88a1f0 11c2d3e4 90817263 54453627 18090a1b 2c3d4e5f"
	  "80000001 00112233445566778899" },
	{ "srtcp_in_the_clear_with_its_tag", RECEIVER "00000001 00112233445566778899" },
};

static void packet_is_refused_and_nothing_told(void **state)
{
	const struct refusal *r = *state;
	struct seen seen;

	assert_false(walk(r->packet, &seen));
	assert_int_equal(reports(&seen), 0);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, sender_report_tells_sender_and_block);
	cases_test(&c, receiver_report_tells_its_block);
	cases_table(&c, losses, e13_cumulative_loss_has_24_bits_and_a_sign);
	cases_test(&c, bye_tells_every_source);
	cases_test(&c, e13_bye_reason_that_says_255_is_not_followed);
	cases_test(&c, voip_metrics_are_read);
	cases_table(&c, counts, reports_are_counted);
	cases_test(&c, handler_without_functions_is_fine);
	cases_table(&c, refusals, packet_is_refused_and_nothing_told);
	return cases_run("decode/rtcp", &c, NULL, NULL);
}
