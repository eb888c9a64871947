/* RTCP reports as JSON, in the forms that Asterisk and rtpengine write. */
#include "agent/decode/rtcp_json.h"

#include <stdio.h>

#include "tests/support/cases.h"

struct heard {
	unsigned senders;
	unsigned blocks;
	unsigned voips;
	struct rtcp_sender sender;
	struct rtcp_block block;
	struct rtcp_voip voip;
};

static void on_sender(void *arg, const struct rtcp_sender *s)
{
	struct heard *h = arg;

	h->senders++;
	h->sender = *s;
}

static void on_block(void *arg, const struct rtcp_block *b)
{
	struct heard *h = arg;

	h->blocks++;
	h->block = *b;
}

static void on_voip(void *arg, const struct rtcp_voip *v)
{
	struct heard *h = arg;

	h->voips++;
	h->voip = *v;
}

static bool walk(const char *text, struct heard *h)
{
	const struct rtcp_handler handler = {
		.arg = h, .sender = on_sender, .block = on_block, .voip = on_voip
	};

	*h = (struct heard){ 0 };
	return rtcp_json_walk(slice_of(text), &handler);
}

/* Asterisk main/rtp_engine.c writes the NTP time as texts. */
static void a_sender_report_of_asterisk_is_read(void **state)
{
	struct heard h;

	(void)state;
	assert_true(walk("{\"ssrc\":305419896,\"type\":200,\"report_count\":1,"
	                 "\"sender_information\":{\"ntp_timestamp_sec\":\"3373905459\","
	                 "\"ntp_timestamp_usec\":\"428037\",\"rtp_timestamp\":160,"
	                 "\"packets\":250,\"octets\":40000},"
	                 "\"report_blocks\":[{\"source_ssrc\":2596069104,\"fraction_lost\":12,"
	                 "\"packets_lost\":7,\"highest_seq_no\":70000,\"ia_jitter\":33,"
	                 "\"lsr\":1234,\"dlsr\":99}]}",
	                 &h));
	assert_int_equal(h.senders, 1);
	assert_int_equal(h.sender.ssrc, 305419896);
	assert_int_equal(h.sender.packets, 250);
	assert_int_equal(h.blocks, 1);
	assert_int_equal(h.block.reporter, 305419896);
	assert_true(h.block.ssrc == 2596069104);
	assert_int_equal(h.block.fraction_lost, 12);
	assert_int_equal(h.block.cumulative_lost, 7);
	assert_int_equal(h.block.highest_sequence, 70000);
	assert_int_equal(h.block.jitter, 33);
	assert_int_equal(h.block.lsr, 1234);
	assert_int_equal(h.block.dlsr, 99);
	assert_int_equal(h.sender.rtp_ts, 160);
	assert_int_equal(h.sender.octets, 40000);
}

struct ntp_case {
	const char *name;
	const char *seconds;
	const char *fraction;
	bool known;
	uint32_t mid;
	uint32_t slack;
};

/* 1795323487.5 s since 1970 is 4004312287.5 since 1900: 0xeeacf4df.8, of which the middle is kept.
 */
static const struct ntp_case ntps[] = {
	{ "texts_are_seconds_since_1970_and_microseconds", "\"1795323487\"", "\"500000\"", true,
	  0xf4df8000, 1 },
	{ "numbers_are_the_words_of_rfc_3550", "4004312287", "2147483648", true, 0xf4df8000, 0 },
	{ "a_clock_that_began_at_0_is_read_as_well", "544219", "606621180", true, 0x4ddb2428, 0 },
	{ "texts_of_such_a_clock_have_wrapped", "\"2086522715\"", "\"141239\"", true, 0x4ddb2428,
	  1 },
	{ "microseconds_beyond_a_second_are_none", "\"1795323487\"", "\"1000000\"", false, 0, 0 },
	{ "no_time_is_none", "0", "0", false, 0, 0 },
	{ "no_time_as_texts_is_none", "\"0\"", "\"0\"", false, 0, 0 },
	{ "no_numbers_are_none", "null", "\"x\"", false, 0, 0 },
};

static void ntp_run(void **state)
{
	const struct ntp_case *row = *state;
	char text[256];
	struct heard h;

	(void)snprintf(text, sizeof(text),
	               "{\"ssrc\":9,\"sender_information\":{\"ntp_timestamp_sec\":%s,"
	               "\"ntp_timestamp_usec\":%s}}",
	               row->seconds, row->fraction);
	assert_true(walk(text, &h));
	assert_int_equal(h.sender.ssrc, 9);
	assert_int_equal(h.sender.has_ntp, row->known);
	assert_int_equal(h.sender.ntp_mid, row->mid);
	assert_int_equal(h.sender.ntp_slack, row->slack);
}

#define HEPLIFY(type)                                                                              \
	"{\"ssrc\":7,\"type\":207,\"report_blocks\":null,\"report_blocks_xr\":{\"type\":" type     \
	",\"id\":77,\"fraction_lost\":3,\"fraction_discard\":1,\"burst_density\":0,"               \
	"\"round_trip_delay\":40,\"end_system_delay\":60},\"sdes_ssrc\":0}"

static void voip_metrics_of_heplify_are_read(void **state)
{
	struct heard h;

	(void)state;
	assert_true(walk(HEPLIFY("7"), &h));
	assert_int_equal(h.voips, 1);
	assert_int_equal(h.voip.ssrc, 77);
	assert_int_equal(h.voip.loss_rate, 3);
	assert_int_equal(h.voip.discard_rate, 1);
	assert_int_equal(h.voip.round_trip_ms, 40);
	assert_int_equal(h.voip.end_system_ms, 60);
	assert_int_equal(h.voip.r_factor, 127);
	assert_int_equal(h.voip.mos_cq, 127);
}

static void what_heplify_writes_of_other_blocks_is_no_metric(void **state)
{
	struct heard h;

	(void)state;
	assert_false(walk(HEPLIFY("0"), &h));
	assert_int_equal(h.voips, 0);
}

struct loss_case {
	const char *name;
	const char *json; /* value of packets_lost */
	int32_t want;
};

static const struct loss_case losses[] = {
	{ "loss_of_24_unsigned_bits_has_a_sign", "16777215", -1 },
	{ "loss_that_has_its_sign_already_keeps_it", "-1", -1 },
	{ "loss_of_32_bits_keeps_the_low_24", "4294967295", -1 },
	{ "loss_as_text_is_read", "\"5\"", 5 },
	{ "loss_of_no_number_is_none", "\"many\"", 0 },
	{ "loss_beyond_32_bits_is_none", "99999999999", 0 },
	{ "loss_of_null_is_none", "null", 0 },
	{ "loss_below_32_bits_is_none", "-2147483649", 0 },
	{ "loss_of_the_lowest_32_bits_keeps_the_low_24", "-2147483648", 0 },
	{ "loss_as_text_below_32_bits_is_none", "\"-2147483649\"", 0 },
};

static void loss_run(void **state)
{
	const struct loss_case *row = *state;
	char text[128];
	struct heard h;

	(void)snprintf(text, sizeof(text), "{\"report_blocks\":[{\"packets_lost\":%s}]}",
	               row->json);
	assert_true(walk(text, &h));
	assert_int_equal(h.block.cumulative_lost, row->want);
}

static void voip_metrics_of_rtpengine_are_read(void **state)
{
	struct heard h;

	(void)state;
	assert_true(walk("{\"extended_report_information\":{\"type\":201,\"identifier\":77,"
	                 "\"loss_rate\":3,\"discard_rate\":1,\"round_trip_delay\":40,"
	                 "\"end_sys_delay\":60,\"R_fact\":88,\"MOS_LQ\":42,\"MOS_CQ\":41}}",
	                 &h));
	assert_int_equal(h.voips, 1);
	assert_int_equal(h.voip.ssrc, 77);
	assert_int_equal(h.voip.loss_rate, 3);
	assert_int_equal(h.voip.round_trip_ms, 40);
	assert_int_equal(h.voip.r_factor, 88);
	assert_int_equal(h.voip.mos_cq, 41);
}

static void metrics_that_are_missing_are_not_given(void **state)
{
	struct heard h;

	(void)state;
	assert_true(walk("{\"extended_report_information\":{}}", &h));
	assert_int_equal(h.voip.r_factor, 127);
	assert_int_equal(h.voip.mos_lq, 127);
	assert_int_equal(h.voip.mos_cq, 127);
}

/* 65576 is 40 in 16 bits, 300 is 44 in 8. */
static void numbers_too_big_for_their_field_are_not_given(void **state)
{
	struct heard h;

	(void)state;
	assert_true(walk("{\"report_blocks\":[{\"fraction_lost\":300}],"
	                 "\"extended_report_information\":{\"round_trip_delay\":65576,"
	                 "\"end_sys_delay\":65576,\"R_fact\":300,\"loss_rate\":255}}",
	                 &h));
	assert_int_equal(h.block.fraction_lost, 0);
	assert_int_equal(h.voip.round_trip_ms, 0);
	assert_int_equal(h.voip.end_system_ms, 0);
	assert_int_equal(h.voip.r_factor, 127);
	assert_int_equal(h.voip.loss_rate, 255);
}

static void a_block_that_is_no_object_is_left_out(void **state)
{
	struct heard h;

	(void)state;
	assert_true(walk("{\"report_blocks\":[7,{\"ia_jitter\":33},\"x\"]}", &h));
	assert_int_equal(h.blocks, 1);
	assert_int_equal(h.block.jitter, 33);
}

static void blocks_beyond_what_rtcp_can_count_are_left_out(void **state)
{
	char text[1024] = "{\"report_blocks\":[";
	size_t len = strlen(text);
	struct heard h;

	(void)state;
	for (int i = 0; i < 40; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s{}", i > 0 ? "," : "");
	}
	(void)snprintf(text + len, sizeof(text) - len, "]}");
	assert_true(walk(text, &h));
	assert_int_equal(h.blocks, RTCP_JSON_BLOCKS_MAX);
}

struct refusal_case {
	const char *name;
	const char *text;
};

static const struct refusal_case refusals[] = {
	{ "an_empty_text_is_no_report", "" },
	{ "a_text_is_no_report", "hello" },
	{ "a_list_is_no_report", "[]" },
	{ "an_object_without_a_report_is_none", "{\"ssrc\":1}" },
	{ "a_report_cut_short_is_refused", "{\"report_blocks\":[{\"packets_lost\":1}" },
	{ "blocks_that_are_no_list_are_none", "{\"report_blocks\":{}}" },
};

static void refusal_run(void **state)
{
	const struct refusal_case *row = *state;
	struct heard h;

	assert_false(walk(row->text, &h));
	assert_int_equal(h.blocks + h.senders + h.voips, 0);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_sender_report_of_asterisk_is_read);
	cases_table(&c, losses, loss_run);
	cases_table(&c, ntps, ntp_run);
	cases_test(&c, voip_metrics_of_heplify_are_read);
	cases_test(&c, what_heplify_writes_of_other_blocks_is_no_metric);
	cases_test(&c, voip_metrics_of_rtpengine_are_read);
	cases_test(&c, metrics_that_are_missing_are_not_given);
	cases_test(&c, numbers_too_big_for_their_field_are_not_given);
	cases_test(&c, a_block_that_is_no_object_is_left_out);
	cases_test(&c, blocks_beyond_what_rtcp_can_count_are_left_out);
	cases_table(&c, refusals, refusal_run);
	return cases_run("decode_rtcp_json", &c, NULL, NULL);
}
