/* Session reports of phones (RFC 6035). */
#include "agent/decode/vq_report.h"

#include <errno.h>
#include <stdio.h>

#include "tests/support/cases.h"

/* After the example in RFC 6035 4.6.1 */
#define REPORT                                                                                     \
	"VQSessionReport: CallTerm\r\n"                                                            \
	"CallID: 1890463548@alice.example.org\r\n"                                                 \
	"LocalID: Alice <sip:alice@example.org>\r\n"                                               \
	"LocalAddr: IP=10.10.1.100 PORT=5000 SSRC=1a3b5c7d\r\n"                                    \
	"RemoteAddr: IP=11.1.1.150 PORT=5002 SSRC=0x2468abcd\r\n"                                  \
	"LocalMetrics:\r\n"                                                                        \
	"Timestamps:START=2004-10-10T18:23:43Z STOP=2004-10-10T18:26:02Z\r\n"                      \
	"SessionDesc:PT=18 PD=G729 SR=8000 FD=20 FO=20 FPP=2 PPS=50 FMTP=\"annexb=no\" PLC=3\r\n"  \
	"JitterBuffer:JBA=3 JBR=2 JBN=40 JBM=80 JBX=120\r\n"                                       \
	"PacketLoss:NLR=5.0 JDR=2.25\r\n"                                                          \
	"Delay:RTD=200 ESD=140 SOWD=200 IAJ=2 MAJ=10\r\n"                                          \
	"QualityEst:RLQ=90 RCQ=85 EXTRI=90 MOSLQ=4.2 MOSCQ=4.3 QoEEstAlg=P.564\r\n"                \
	"RemoteMetrics:\r\n"                                                                       \
	"QualityEst:RLQ=10 RCQ=11 MOSLQ=1.1 MOSCQ=1.2\r\n"

static void the_example_of_the_rfc_is_read(void **state)
{
	struct vq_report r;

	(void)state;
	assert_int_equal(vq_report_parse(slice_of(REPORT), &r), 0);
	assert_true(slice_eq(r.call_id, SLICE("1890463548@alice.example.org")));
	assert_true(net_addr_eq(r.local, net_addr_v4(0x0a0a0164)));
	assert_true(net_addr_eq(r.remote, net_addr_v4(0x0b010196)));
	assert_int_equal(r.local_port, 5000);
	assert_int_equal(r.remote_port, 5002);
	assert_true(r.has_ssrc);
	assert_int_equal(r.ssrc, 0x2468abcd);
	assert_true(slice_eq(r.start, SLICE("2004-10-10T18:23:43Z")));
	assert_true(slice_eq(r.stop, SLICE("2004-10-10T18:26:02Z")));
	assert_true(slice_eq(r.codec, SLICE("G729")));
	assert_int_equal(r.loss_percent, 500);
	assert_int_equal(r.discard_percent, 225);
	assert_int_equal(r.r_lq, 9000);
	assert_int_equal(r.r_cq, 8500);
	assert_int_equal(r.mos_lq, 420);
	assert_int_equal(r.mos_cq, 430);
	assert_int_equal(r.round_trip_ms, 200);
	assert_int_equal(r.jitter_ms, 2);
	assert_true(r.final);
}

static void what_the_phone_says_of_the_other_side_is_not_its_own(void **state)
{
	struct vq_report r;

	(void)state;
	assert_int_equal(vq_report_parse(SLICE("VQSessionReport: CallTerm\n"
	                                       "LocalAddr:IP=10.0.0.1 PORT=1\n"
	                                       "RemoteAddr:IP=10.0.0.2 PORT=2\n"
	                                       "RemoteMetrics:\nQualityEst:MOSCQ=4.0\n"),
	                                 &r),
	                 0);
	assert_int_equal(r.mos_lq, -1);
	assert_int_equal(r.mos_cq, -1);
	assert_int_equal(r.r_lq, -1);
	assert_int_equal(r.r_cq, -1);
	assert_int_equal(r.loss_percent, -1);
	assert_int_equal(r.discard_percent, -1);
	assert_int_equal(r.round_trip_ms, -1);
	assert_int_equal(r.jitter_ms, -1);
	assert_false(r.has_ssrc);
}

struct ssrc_case {
	const char *name;
	const char *text;
	bool given;
	uint32_t want;
};

static const struct ssrc_case ssrcs[] = {
	{ "an_ssrc_of_small_letters_is_read", "1a3b5c7d", true, 0x1a3b5c7d },
	{ "an_ssrc_of_capitals_is_read", "0XABCDEF09", true, 0xabcdef09 },
	{ "a_short_ssrc_is_read", "f", true, 15 },
	{ "an_ssrc_of_nothing_is_not_given", "0x", false, 0 },
	{ "an_ssrc_of_nine_digits_is_not_given", "123456789", false, 0 },
	{ "an_ssrc_of_other_letters_is_not_given", "12g4", false, 0 },
	{ "an_ssrc_of_signs_is_not_given", "12-4", false, 0 },
};

static void ssrc_run(void **state)
{
	const struct ssrc_case *row = *state;
	struct vq_report r;
	char text[256];

	(void)snprintf(text, sizeof(text),
	               "VQSessionReport\nLocalAddr:IP=::1 PORT=65535\n"
	               "RemoteAddr: IP = ::2 PORT= \"65536\" SSRC= %s\n",
	               row->text);
	assert_int_equal(vq_report_parse(slice_of(text), &r), 0);
	assert_int_equal(r.has_ssrc, row->given);
	assert_true(!row->given || r.ssrc == row->want);
	assert_int_equal(r.local_port, 65535);
	assert_int_equal(r.remote_port, 0);
}

/* Behind VQ_REPORT_LINES_MAX lines nothing is read any more. */
static void lines_beyond_the_limit_are_not_read(void **state)
{
	char text[VQ_REPORT_LINES_MAX + 128] = "VQSessionReport\nLocalAddr:IP=::1\n"
					       "RemoteAddr:IP=::2\n";
	size_t front = strlen(text);
	struct vq_report r;

	(void)state;
	memset(text + front, '\n', VQ_REPORT_LINES_MAX - 3);
	memcpy(text + front + VQ_REPORT_LINES_MAX - 3, "Delay:RTD=1\nDelay:IAJ=2\n", 25);
	assert_int_equal(vq_report_parse(slice_of(text), &r), 0);
	assert_int_equal(r.round_trip_ms, 1);
	assert_int_equal(r.jitter_ms, -1);
}

struct value_case {
	const char *name;
	const char *text;
	int32_t want; /* of MOSCQ */
};

static const struct value_case values[] = {
	{ "a_whole_mos_is_read", "4", 400 },
	{ "one_decimal_is_read", "4.1", 410 },
	{ "a_third_decimal_is_cut", "4.129", 412 },
	{ "a_mos_above_5_is_not_given", "5.1", -1 },
	{ "a_mos_of_127_is_not_given", "127", -1 },
	{ "a_negative_mos_is_not_given", "-1", -1 },
	{ "a_mos_of_words_is_not_given", "good", -1 },
	{ "a_mos_without_digits_behind_its_point_is_read", "4.", 400 },
};

static void value_run(void **state)
{
	const struct value_case *row = *state;
	struct vq_report r;
	char text[256];

	(void)snprintf(text, sizeof(text),
	               "VQSessionReport\nLocalAddr:IP=::1 PORT=1\nRemoteAddr:IP=::2 PORT=2\n"
	               "QualityEst:MOSCQ=%s\n",
	               row->text);
	assert_int_equal(vq_report_parse(slice_of(text), &r), 0);
	assert_int_equal(r.mos_cq, row->want);
}

static void interval_reports_are_not_final(void **state)
{
	struct vq_report r;

	(void)state;
	assert_int_equal(vq_report_parse(SLICE("VQIntervalReport\nLocalAddr:IP=10.0.0.1\n"
	                                       "RemoteAddr:IP=10.0.0.2\n"),
	                                 &r),
	                 0);
	assert_false(r.final);
}

struct refusal_case {
	const char *name;
	const char *text;
};

static const struct refusal_case refusals[] = {
	{ "an_empty_body_is_no_report", "" },
	{ "another_first_line_is_no_report", "v=0\nLocalAddr:IP=10.0.0.1\n" },
	{ "a_report_without_addresses_is_refused", "VQSessionReport: CallTerm\nCallID: a\n" },
	{ "a_report_without_the_other_address_is_refused",
	  "VQSessionReport\nLocalAddr:IP=10.0.0.1 PORT=1\n" },
	{ "an_address_that_is_none_is_refused",
	  "VQSessionReport\nLocalAddr:IP=phone PORT=1\nRemoteAddr:IP=10.0.0.2\n" },
};

static void refusal_run(void **state)
{
	const struct refusal_case *row = *state;
	struct vq_report r;

	assert_int_equal(vq_report_parse(slice_of(row->text), &r), -EBADMSG);
}

static void the_content_type_is_known_whatever_its_case(void **state)
{
	(void)state;
	assert_true(vq_report_is(SLICE("application/vq-rtcpxr")));
	assert_true(vq_report_is(SLICE("Application/VQ-RTCPXR ; charset=utf-8")));
	assert_false(vq_report_is(SLICE("application/sdp")));
	assert_false(vq_report_is(SLICE("")));
}

int main(void)
{
	static struct cases c;

	cases_test(&c, the_example_of_the_rfc_is_read);
	cases_test(&c, what_the_phone_says_of_the_other_side_is_not_its_own);
	cases_table(&c, ssrcs, ssrc_run);
	cases_test(&c, lines_beyond_the_limit_are_not_read);
	cases_table(&c, values, value_run);
	cases_test(&c, interval_reports_are_not_final);
	cases_table(&c, refusals, refusal_run);
	cases_test(&c, the_content_type_is_known_whatever_its_case);
	return cases_run("decode_vq_report", &c, NULL, NULL);
}
