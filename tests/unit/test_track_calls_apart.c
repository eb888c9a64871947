/* What passes on the wire and is no call of its own: recordings, reports, encrypted SIP, traffic
 * that looks like media. */
#include "agent/track/calls.h"

#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/frames.h"
#include "tests/support/witness.h"

#define HOUR_MS 3600000

static const struct talk sip = { 0x0a000001, 0x0a000002, 5060, 5060 };
static const struct talk sip_back = { 0x0a000002, 0x0a000001, 5060, 5060 };
static const struct talk rtp = { 0x0a000001, 0x0a000002, 4000, 5000 };
static const struct talk tls = { 0x0a000001, 0x0a000002, 40000, 5061 };

static struct witness w;
static struct frames f;

static void begin(void)
{
	witness_open(&w);
	frames_open(&f);
}

static struct calls_counters follow(void)
{
	const struct calls_options options = {
		.observer = &w.observer,
		.sip_ports = { CALLS_SIP_PORT },
		.n_sip_ports = 1,
		.tls_ports = { SIP_TLS_PORT },
		.n_tls_ports = 1,
		.max_streams = 64,
		.max_dialogs = 64,
		.stream_idle_ns = CALLS_STREAM_IDLE_NS,
		.dialog_idle_ns = CALLS_DIALOG_IDLE_NS,
	};
	struct calls *c = calls_new(&options);
	struct calls_counters n;

	calls_frames(c, f.list, f.n);
	calls_finish(c);
	calls_counters(c, &n);
	calls_free(c);
	return n;
}

static void end(void)
{
	witness_close(&w);
	frames_close(&f);
}

/* ---- SIPREC ---- */

#define SDP                                                                                        \
	"v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 5000 RTP/AVP "    \
	"0\r\n"
#define METADATA                                                                                   \
	"<?xml version=\"1.0\"?><recording xmlns='urn:ietf:params:xml:ns:recording:1'/>\r\n"

/* The recorder says where it wants its copies (RFC 7866 7.1). */
static void record_a_call(const char *require)
{
	frames_sip(
		&f, 0, &sip,
		"INVITE sip:srs@y SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		"From: <sip:src@x>;tag=a\r\nTo: <sip:srs@y>\r\nCall-ID: rec\r\nCSeq: 1 INVITE\r\n"
		"%sContent-Type: multipart/mixed;boundary=b\r\n\r\n"
		"--b\r\nContent-Type: application/rs-metadata+xml\r\n\r\n" METADATA
		"--b\r\nContent-Type: application/sdp\r\n\r\n" SDP "--b--\r\n",
		require);
	for (uint16_t i = 0; i < 10; i++) {
		frames_rtp(&f, 20 + i * 20, &rtp, 7, i);
	}
}

static void streams_to_a_recorder_are_no_media_of_a_call(void **state)
{
	struct calls_counters n;

	(void)state;
	begin();
	record_a_call("Require: siprec\r\n");
	n = follow();
	assert_int_equal(n.media.recordings, 1);
	assert_int_equal(witness_count(&w, &cxm__media_stream__descriptor), 0);
	assert_true(witness_dialog(&w, 0)->siprec);
	end();
}

static void the_same_without_siprec_is_a_call(void **state)
{
	struct calls_counters n;

	(void)state;
	begin();
	record_a_call("");
	n = follow();
	assert_int_equal(n.media.recordings, 0);
	assert_int_equal(witness_count(&w, &cxm__media_stream__descriptor), 1);
	end();
}

/* ---- endpoints' reports ---- */

static void publish(const char *body)
{
	frames_sip(&f, 0, &sip,
	           "PUBLISH sip:c@y SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
	           "From: <sip:a@x>;tag=a\r\nTo: <sip:c@y>\r\nCall-ID: p\r\nCSeq: 1 PUBLISH\r\n"
	           "Content-Type: application/vq-rtcpxr\r\nContent-Length: %zu\r\n\r\n%s",
	           strlen(body), body);
}

static void a_published_report_is_a_stream_of_its_endpoint(void **state)
{
	(void)state;
	begin();
	publish("VQSessionReport: CallTerm\r\nCallID: c1\r\nLocalAddr:IP=10.0.0.1 PORT=4000\r\n"
	        "RemoteAddr:IP=10.0.0.2 PORT=5000 SSRC=0x7\r\nQualityEst:MOSCQ=4.1\r\n");
	assert_int_equal(follow().dialogs.dialogs, 0);
	assert_int_equal(witness_stream(&w, 0)->measured_by,
	                 CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT);
	assert_int_equal(witness_stream(&w, 0)->ssrc, 7);
	end();
}

static void a_published_report_that_is_none_is_counted(void **state)
{
	(void)state;
	begin();
	publish("hello");
	assert_int_equal(follow().vq_bad, 1);
	assert_int_equal(w.n, 0);
	end();
}

/* RTCP XR with one VoIP metrics block: loss 64/256, R 88, MOS-CQ 4.1 (RFC 3611 4.7) */
static void voip_metrics_on_the_wire_are_a_record_beside_our_own(void **state)
{
	static const uint8_t xr[] = {
		0x80, 207, 0, 10, 0, 0, 0, 9, 7, 0, 0,  8,   0,  0,  0, 7, 64, 0, 0, 0, 0, 0,
		0,    0,   0, 40, 0, 0, 0, 0, 0, 0, 88, 127, 42, 41, 0, 0, 0,  0, 0, 0, 0, 0,
	};
	static const struct talk back = { 0x0a000002, 0x0a000001, 5001, 4001 };
	size_t own = 0;

	(void)state;
	begin();
	for (uint16_t i = 0; i < 10; i++) {
		frames_rtp(&f, INT64_C(20) * i, &rtp, 7, i);
	}
	frames_udp(&f, 300, &back, xr, sizeof(xr));
	(void)follow();
	assert_int_equal(witness_count(&w, &cxm__media_stream__descriptor), 2);
	for (size_t i = 0; i < 2; i++) {
		const Cxm__MediaStream *r = witness_stream(&w, i);

		assert_int_equal(r->ssrc, 7);
		assert_int_equal(r->src_port, 4000);
		own += r->measured_by == CXM__MEDIA_STREAM__MEASURED_BY__NETWORK && !r->has_mos_lq;
	}
	assert_int_equal(own, 1);
	end();
}

/* ---- encrypted SIP ---- */

/* RFC 8446 5.1: handshake, 16 bytes, of which the first says ClientHello */
#define HELLO "\x16\x03\x01\x00\x10\x01\x00\x00\x0c\x03\x03zzzzzzzzzz"

static void sip_inside_tls_is_a_gap_with_advice(void **state)
{
	const Cxm__Gap *gap;
	struct calls_counters n;

	(void)state;
	begin();
	frames_tcp(&f, 0, &tls, 1, HELLO, sizeof(HELLO) - 1);
	frames_tcp(&f, 100, &tls, 22, "\x17\x03\x03\x00\x10zz", 7);
	/* ServerHello, a record of the largest length whose first byte is 1, a change of cipher */
	frames_tcp(&f, 200, &tls, 29, "\x16\x03\x03\x00\x10\x02", 6);
	frames_tcp(&f, 300, &tls, 35, "\x17\x03\x03\x48\x00\x01", 6);
	frames_tcp(&f, 400, &tls, 41, "\x14\x03\x03\x00\x01\x01", 6);
	n = follow();
	assert_int_equal(n.tls_records, 5);
	assert_int_equal(n.tls_connections, 1);
	assert_int_equal(n.dialogs.dialogs, 0);
	gap = witness_gap(&w, 0);
	assert_int_equal(gap->reason, CXM__GAP__REASON__ENCRYPTED);
	assert_int_equal(gap->lost, 5);
	assert_non_null(strstr(gap->detail, "hep"));
	end();
}

static void it_is_said_once_an_hour(void **state)
{
	(void)state;
	begin();
	for (int64_t at_ms = 0; at_ms <= 2 * HOUR_MS + 1000; at_ms += 60000) {
		frames_tcp(&f, at_ms, &tls, 1, HELLO, sizeof(HELLO) - 1);
	}
	(void)follow();
	assert_int_equal(witness_count(&w, &cxm__gap__descriptor), 3); /* and at the end */
	end();
}

struct tls_case {
	const char *name;
	struct talk talk;
	const char *bytes;
	size_t len;
};

static const struct tls_case no_tls[] = {
	{ "tls_to_another_port_is_not_sip", { 1, 2, 40000, 443 }, HELLO, sizeof(HELLO) - 1 },
	{ "text_on_the_port_is_not_tls", { 1, 2, 40000, 5061 }, "INVITE sip:a@b SIP/2.0", 22 },
	{ "a_record_of_another_version_is_not_tls",
	  { 1, 2, 40000, 5061 },
	  "\x16\x05\x01\0\1\1",
	  6 },
	{ "a_record_of_another_type_is_not_tls", { 1, 2, 40000, 5061 }, "\x18\x03\x01\0\1\1", 6 },
	{ "a_record_of_nothing_is_not_tls", { 1, 2, 40000, 5061 }, "\x17\x03\x03\0\0", 5 },
	{ "a_record_too_long_is_not_tls", { 1, 2, 40000, 5061 }, "\x17\x03\x03\xff\xff", 5 },
	{ "a_record_one_byte_too_long_is_not_tls",
	  { 1, 2, 40000, 5061 },
	  "\x17\x03\x03\x48\x01",
	  5 },
	{ "a_record_of_an_earlier_type_is_not_tls",
	  { 1, 2, 40000, 5061 },
	  "\x13\x03\x01\0\1\1",
	  6 },
	{ "half_a_record_header_is_not_tls", { 1, 2, 40000, 5061 }, "\x17\x03\x03\0", 4 },
};

static void no_tls_run(void **state)
{
	const struct tls_case *row = *state;

	begin();
	frames_tcp(&f, 0, &row->talk, 1, row->bytes, row->len);
	assert_int_equal(follow().tls_records, 0);
	assert_int_equal(w.n, 0);
	end();
}

/* ---- what looks like media ---- */

/* 64 packets of one form, each with its number where the form has one. */
struct form_case {
	const char *name;
	uint8_t head[16];
	size_t number_at; /* 32 bits; 0: none */
	size_t random_from;
};

static const struct form_case forms[] = {
	/* RFC 9000 17.2, 17.3: fixed bit set, header protected */
	{ "e14_quic_with_long_headers_is_no_stream", { 0xc3, 0, 0, 0, 1, 8 }, 0, 6 },
	{ "e14_quic_with_short_headers_is_no_stream", { 0x43 }, 0, 1 },
	/* type 4, receiver, counter */
	{ "e14_wireguard_is_no_stream", { 4, 0, 0, 0, 9, 9, 9, 9 }, 8, 16 },
	{ "e14_stun_is_no_stream", { 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42 }, 0, 8 },
	{ "e14_dtls_is_no_stream", { 22, 0xfe, 0xfd, 0, 0, 0, 0 }, 7, 11 },
	{ "e14_dns_whose_id_looks_like_rtp_is_no_stream", { 0x80, 0, 1, 0, 0, 1 }, 0, 6 },
	{ "e14_noise_that_begins_like_rtp_is_no_stream", { 0x80 }, 0, 1 },
};

static void form_run(void **state)
{
	const struct form_case *row = *state;
	static const struct talk talk = { 0x0a000001, 0x0a000002, 40000, 41000 };
	uint32_t random = 12345;
	struct calls_counters n;

	begin();
	for (uint32_t i = 0; i < 64; i++) {
		uint8_t bytes[64];

		memcpy(bytes, row->head, sizeof(row->head));
		for (size_t at = row->random_from; at < sizeof(bytes); at++) {
			random = random * 1103515245 + 12345;
			bytes[at] = (uint8_t)(random >> 16);
		}
		if (row->number_at > 0) {
			bytes[row->number_at] = (uint8_t)i;
		}
		frames_udp(&f, INT64_C(20) * i, &talk, bytes, sizeof(bytes));
	}
	n = follow();
	assert_int_equal(n.media.reported, 0);
	assert_int_equal(n.dialogs.dialogs, 0);
	assert_int_equal(witness_count(&w, &cxm__media_stream__descriptor), 0);
	end();
}

/* ---- two captures of one call ---- */

static void e07_a_call_seen_on_two_interfaces_is_one_dialog(void **state)
{
	(void)state;
	begin();
	for (int copy = 0; copy < 2; copy++) {
		frames_sip(&f, copy, &sip,
		           "INVITE sip:b@y SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		           "From: <sip:a@x>;tag=a\r\nTo: <sip:b@y>\r\nCall-ID: one\r\n"
		           "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	}
	for (int copy = 0; copy < 2; copy++) {
		frames_sip(&f, 50 + copy, &sip_back,
		           "SIP/2.0 486 Busy\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"
		           "From: <sip:a@x>;tag=a\r\nTo: <sip:b@y>;tag=b\r\nCall-ID: one\r\n"
		           "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
	}
	assert_int_equal(follow().dialogs.dialogs, 1);
	assert_int_equal(w.n, 1);
	end();
}

int main(void)
{
	static struct cases c;

	cases_test(&c, streams_to_a_recorder_are_no_media_of_a_call);
	cases_test(&c, the_same_without_siprec_is_a_call);
	cases_test(&c, a_published_report_is_a_stream_of_its_endpoint);
	cases_test(&c, a_published_report_that_is_none_is_counted);
	cases_test(&c, voip_metrics_on_the_wire_are_a_record_beside_our_own);
	cases_test(&c, sip_inside_tls_is_a_gap_with_advice);
	cases_test(&c, it_is_said_once_an_hour);
	cases_table(&c, no_tls, no_tls_run);
	cases_table(&c, forms, form_run);
	cases_test(&c, e07_a_call_seen_on_two_interfaces_is_one_dialog);
	return cases_run("track_calls_apart", &c, NULL, NULL);
}
