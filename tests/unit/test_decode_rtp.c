#include "agent/decode/rtp.h"

#include "tests/support/cases.h"
#include "tests/support/hex.h"

/* version 2, one source more, marker, type 96, sequence 65535, time stamp 0x01020304 */
#define HEADER "81 e0 ffff 01020304 a1b2c3d4 "

static bool decode(const char *digits, struct rtp_header *out)
{
	struct hex packet = { .len = 0 };
	uint8_t *bytes;
	bool ok;

	hex_add(&packet, digits);
	bytes = hex_exact(&packet);
	ok = rtp_decode(cursor_of(bytes, packet.len), out);
	free(bytes);
	return ok;
}

static void fields_are_in_network_order(void **state)
{
	struct rtp_header h = { 0 };

	(void)state;
	assert_true(decode(HEADER, &h));
	assert_int_equal(h.payload_type, 96);
	assert_true(h.marker);
	assert_int_equal(h.sequence, 65535);
	assert_int_equal(h.timestamp, 0x01020304);
	assert_int_equal(h.ssrc, 0xa1b2c3d4);
}

static void packet_without_marker_has_none(void **state)
{
	struct rtp_header h = { 0 };

	(void)state;
	assert_true(decode("80 08 0001 00000000 00000001 d5d5d5", &h));
	assert_int_equal(h.payload_type, 8);
	assert_false(h.marker);
}

static const struct refusal {
	const char *name;
	const char *bytes;
} refusals[] = {
	{ "header_of_eleven_bytes_is_refused", "81 e0 ffff 01020304 a1b2c3" },
	{ "nothing_is_refused", "" },
	{ "version_0_is_refused", "01 e0 ffff 01020304 a1b2c3d4" },
	{ "version_1_is_refused", "41 e0 ffff 01020304 a1b2c3d4" },
	{ "version_3_is_refused", "c1 e0 ffff 01020304 a1b2c3d4" },
	{ "sender_report_is_refused", "80 c8 0006 01020304 a1b2c3d4" },
	{ "first_type_set_aside_for_rtcp_is_refused", "80 c0 0006 01020304 a1b2c3d4" },
	{ "last_type_set_aside_for_rtcp_is_refused", "80 df 0006 01020304 a1b2c3d4" },
};

static void packet_is_refused(void **state)
{
	const struct refusal *r = *state;
	struct rtp_header h = { 0 };

	assert_false(decode(r->bytes, &h));
}

static void types_around_those_of_rtcp_are_media(void **state)
{
	struct rtp_header h = { 0 };

	(void)state;
	assert_true(decode("80 bf 0006 01020304 a1b2c3d4", &h));
	assert_int_equal(h.payload_type, 63);
	assert_true(decode("80 e0 0006 01020304 a1b2c3d4", &h));
	assert_int_equal(h.payload_type, 96);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, fields_are_in_network_order);
	cases_test(&c, packet_without_marker_has_none);
	cases_table(&c, refusals, packet_is_refused);
	cases_test(&c, types_around_those_of_rtcp_are_media);
	return cases_run("decode/rtp", &c, NULL, NULL);
}
