/* The hep source: its settings, what it makes of messages, and its sockets on the loopback. */
#include "agent/sources/hep.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include <zlib.h>

#include "agent/sources/hep_stream.h"
#include "agent/sources/listened.h"
#include "cxmeter/source.h"
#include "tests/support/cases.h"
#include "tests/support/hep_bytes.h"
#include "tests/support/loop_agent.h"
#include "tests/support/tally.h"

#define NOW_NS INT64_C(1795323487000000000)
#define SECOND INT64_C(1000000000)

/* ---- settings ---- */

struct conf_case {
	const char *name;
	const char *yaml;
	const char *want; /* in the message; NULL: accepted */
};

static const struct conf_case confs[] = {
	{ "the_defaults_listen_on_the_loopback", "udp: true\n", NULL },
	{ "loopback_of_ipv6_is_allowed", "listen: \"[::1]:9060\"\n", NULL },
	{ "any_address_of_127_is_loopback", "listen: 127.0.0.5:9060\n", NULL },
	{ "an_address_others_reach_is_refused", "listen: 0.0.0.0:9060\n", "allow_remote: true" },
	{ "an_address_of_ipv6_that_others_reach_is_refused", "listen: \"[::]:9060\"\n",
	  "has no encryption" },
	{ "an_address_others_reach_can_be_allowed", "listen: 192.0.2.1:9060\nallow_remote: true\n",
	  NULL },
	{ "a_port_alone_is_refused", "listen: \"9060\"\n", "is no address and port" },
	{ "a_name_is_refused", "listen: localhost:9060\n", "is no address and port" },
	{ "ipv6_without_brackets_is_refused", "listen: \"::1:9060\"\n", "is no address and port" },
	{ "a_port_above_65535_is_refused", "listen: 127.0.0.1:90600\n", "is no address and port" },
	{ "neither_udp_nor_tcp_is_refused", "udp: false\ntcp: false\n", "nothing could come" },
	{ "an_empty_key_is_refused", "key: \"\"\n", "key is empty" },
	{ "queues_without_agents_are_refused", "queues: [sip:support@*]\n",
	  "queues without agents" },
	{ "queues_with_agents_are_fine", "queues: [sip:support@*]\nagents: [sip:2*@*]\n", NULL },
	{ "a_local_name_is_refused", "local: [pbx]\n", "is no address" },
};

static void conf_run(void **state)
{
	const struct conf_case *row = *state;
	struct conf_doc doc;
	struct hep_conf conf;
	struct hep_plan plan;
	struct fault fault = { 0 };
	int rc;

	assert_int_equal(conf_parse(&doc, "agent.yaml", row->yaml, strlen(row->yaml), &fault), 0);
	rc = conf_bind(&doc, doc.root, &hep_schema, &conf, &fault);
	rc = rc == 0 ? hep_plan(&conf, &plan, &fault) : rc;
	assert_int_equal(rc == 0, row->want == NULL);
	assert_non_null(strstr(fault.text, row->want != NULL ? row->want : ""));
	conf_free(&doc);
}

/* ---- messages ---- */

struct stage {
	struct witness w;
	struct hep_feed *feed;
	struct hep_bytes b;
};

static struct stage stage;

static void stage_begin_at(const char *key, const struct net_addr *local)
{
	const struct hep_feed_options options = {
		.calls = { .observer = &stage.w.observer,
		           .local = local,
		           .n_local = local != NULL,
		           .max_streams = 16,
		           .max_dialogs = 16,
		           .stream_idle_ns = CALLS_STREAM_IDLE_NS,
		           .dialog_idle_ns = CALLS_DIALOG_IDLE_NS },
		.key = key,
	};

	witness_open(&stage.w);
	stage.w.observer.source = CXM__SOURCE__HEP;
	stage.feed = hep_feed_new(&options);
	assert_non_null(stage.feed);
}

static void stage_begin(const char *key)
{
	stage_begin_at(key, NULL);
}

static void stage_end(void)
{
	hep_feed_free(stage.feed);
	witness_close(&stage.w);
}

#define INVITE(via)                                                                                \
	"INVITE sip:c@d SIP/2.0\r\nVia: SIP/2.0/" via " x;branch=z9hG4bK1\r\n"                     \
	"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: mirrored\r\n"                          \
	"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
#define BUSY                                                                                       \
	"SIP/2.0 486 Busy Here\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"                          \
	"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>;tag=b\r\nCall-ID: mirrored\r\n"                    \
	"CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"

static void give(uint8_t type, int64_t at_ns, const char *text)
{
	hep_bytes_text(&stage.b, type, at_ns, text);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
}

static void mirrored_sip_becomes_a_dialog_of_this_source(void **state)
{
	const Cxm__Dialog *d;

	(void)state;
	stage_begin(NULL);
	give(HEP_TYPE_SIP, NOW_NS - SECOND, INVITE("UDP"));
	give(HEP_TYPE_SIP, NOW_NS, BUSY);
	d = witness_dialog(&stage.w, 0);
	assert_int_equal(d->source, CXM__SOURCE__HEP);
	assert_int_equal(d->final_status, 486);
	assert_true(d->at_us == (NOW_NS - SECOND) / 1000);
	assert_int_equal(d->request_delay_ms, 1000);
	stage_end();
}

struct via_case {
	const char *name;
	const char *invite;
	Cxm__Dialog__Transport want;
};

static const struct via_case vias[] = {
	{ "via_says_tls", INVITE("TLS"), CXM__DIALOG__TRANSPORT__TLS },
	{ "via_says_tcp", INVITE("TCP"), CXM__DIALOG__TRANSPORT__TCP },
	{ "via_says_websocket", INVITE("WS"), CXM__DIALOG__TRANSPORT__WS },
	{ "via_says_websocket_over_tls", INVITE("wss"), CXM__DIALOG__TRANSPORT__WSS },
	{ "an_unknown_via_leaves_it_to_the_chunk", INVITE("CARRIER"), CXM__DIALOG__TRANSPORT__UDP },
};

static void via_run(void **state)
{
	const struct via_case *row = *state;

	stage_begin(NULL);
	give(HEP_TYPE_SIP, NOW_NS, row->invite);
	give(HEP_TYPE_SIP, NOW_NS, BUSY);
	assert_int_equal(witness_dialog(&stage.w, 0)->transport, row->want);
	stage_end();
}

struct clock_case {
	const char *name;
	int64_t apart_ns;
	bool believed;
};

static const struct clock_case clocks[] = {
	{ "a_clock_ten_seconds_behind_is_believed", -HEP_CLOCK_APART_NS, true },
	{ "a_clock_ten_seconds_ahead_is_believed", HEP_CLOCK_APART_NS, true },
	{ "a_clock_further_behind_is_not", -HEP_CLOCK_APART_NS - 1000, false },
	{ "a_clock_further_ahead_is_not", HEP_CLOCK_APART_NS + 1000, false },
	{ "a_time_of_1970_is_not", -NOW_NS, false },
};

static void clock_run(void **state)
{
	const struct clock_case *row = *state;
	int64_t want_ns = row->believed ? NOW_NS + row->apart_ns : NOW_NS;

	stage_begin(NULL);
	give(HEP_TYPE_SIP, NOW_NS + row->apart_ns, INVITE("UDP"));
	hep_feed_finish(stage.feed);
	assert_true(witness_dialog(&stage.w, 0)->at_us == want_ns / 1000);
	assert_int_equal(hep_feed_counters(stage.feed)->bad_time, !row->believed);
	stage_end();
}

static void only_messages_with_the_key_are_taken(void **state)
{
	(void)state;
	stage_begin("secret");
	give(HEP_TYPE_SIP, NOW_NS, INVITE("UDP"));
	hep_bytes_text(&stage.b, HEP_TYPE_SIP, NOW_NS, INVITE("UDP"));
	hep_bytes_chunk(&stage.b, 0, 14, "secre7", 6);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
	assert_int_equal(hep_feed_counters(stage.feed)->bad_key, 2);
	assert_int_equal(hep_feed_counters(stage.feed)->sip, 0);
	hep_bytes_text(&stage.b, HEP_TYPE_SIP, NOW_NS, INVITE("UDP"));
	hep_bytes_chunk(&stage.b, 0, 14, "secret", 6);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
	assert_int_equal(hep_feed_counters(stage.feed)->sip, 1);
	stage_end();
}

static void a_packed_payload_is_read(void **state)
{
	static const char text[] = INVITE("UDP");
	uint8_t packed[1024];
	uLongf n = sizeof(packed);

	(void)state;
	stage_begin(NULL);
	assert_int_equal(compress(packed, &n, (const Bytef *)text, sizeof(text) - 1), Z_OK);
	hep_bytes_head(&stage.b, HEP_TYPE_SIP, NOW_NS);
	hep_bytes_chunk(&stage.b, 0, 16, packed, n);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
	hep_feed_finish(stage.feed);
	assert_int_equal(stage.w.n, 1);
	stage_end();
}

/* 16 MB of zeros take 16 KB packed. */
static void a_payload_that_unpacks_to_too_much_is_refused(void **state)
{
	static uint8_t zeros[1 << 24];
	static uint8_t packed[65000];
	uLongf n = sizeof(packed);

	(void)state;
	stage_begin(NULL);
	assert_int_equal(compress(packed, &n, zeros, sizeof(zeros)), Z_OK);
	hep_bytes_head(&stage.b, HEP_TYPE_SIP, NOW_NS);
	hep_bytes_chunk(&stage.b, 0, 16, packed, n);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
	assert_int_equal(hep_feed_counters(stage.feed)->bad_packed, 1);
	assert_int_equal(hep_feed_rejected(stage.feed), 1);
	stage_end();
}

static void types_that_are_not_read_are_counted(void **state)
{
	(void)state;
	stage_begin(NULL);
	give(0x22, NOW_NS, "{}");
	give(HEP_TYPE_VQ_REPORT, NOW_NS, "{\"TYPE\":\"PERIODIC\"}");
	give(100, NOW_NS, "a log line");
	assert_int_equal(hep_feed_counters(stage.feed)->other, 3);
	assert_int_equal(hep_feed_rejected(stage.feed), 0);
	stage_end();
}

#define RTCP                                                                                       \
	"{\"ssrc\":1,\"type\":201,\"report_blocks\":[{\"source_ssrc\":2,\"packets_lost\":4,"       \
	"\"highest_seq_no\":500,\"ia_jitter\":8}]}"

static void reports_become_streams_measured_by_the_endpoint(void **state)
{
	const Cxm__MediaStream *r;

	(void)state;
	stage_begin(NULL);
	hep_bytes_text(&stage.b, HEP_TYPE_RTCP_JSON, NOW_NS, RTCP);
	hep_bytes_chunk(&stage.b, 0, 17, "mirrored", 8);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
	hep_feed_finish(stage.feed);
	r = witness_stream(&stage.w, 0);
	assert_int_equal(r->measured_by, CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT);
	assert_int_equal(r->ssrc, 2);
	assert_int_equal(r->remote_lost, 4);
	assert_int_equal(r->src_port, 5070); /* the reporter hears: the media come to it */
	assert_int_equal(r->dst_port, 5060);
	assert_true(r->contact == pseudonym_of(stage.w.pseudonym, CXM_CONTACT, SLICE("mirrored")));
	stage_end();
}

/* Asterisk writes its time as texts; what answers names the middle of it. */
#define SENT(ssrc)                                                                                 \
	"{\"ssrc\":" ssrc ",\"type\":200,\"sender_information\":{\"ntp_timestamp_sec\":"           \
	"\"1795323487\",\"ntp_timestamp_usec\":\"500000\",\"packets\":9},\"report_blocks\":[]}"
#define ANSWER                                                                                     \
	"{\"ssrc\":1,\"type\":201,\"report_blocks\":[{\"source_ssrc\":2,\"highest_seq_no\":500,"   \
	"\"lsr\":\"4108288000\",\"dlsr\":65536}]}" /* 0xf4df8000, 1 s */

struct trip_case {
	const char *name;
	const char *sent;
	int64_t sent_ns;
	int64_t answer_ns;
	uint32_t local;  /* address of this host */
	uint32_t rtt_us; /* 0: none */
};

static const struct trip_case trips[] = {
	{ "a_mirrored_report_and_its_answer_give_a_round_trip", SENT("2"), NOW_NS - SECOND,
	  NOW_NS + 30000000, 0, 30000 },
	{ "an_answer_whose_report_was_not_mirrored_gives_none", SENT("3"), NOW_NS - SECOND,
	  NOW_NS + 30000000, 0, 0 },
	{ "a_report_whose_time_is_not_believed_gives_none", SENT("2"), NOW_NS - 60 * SECOND,
	  NOW_NS + SECOND, 0, 0 },
	{ "an_answer_whose_time_is_not_believed_gives_none", SENT("2"), NOW_NS - 2 * SECOND,
	  NOW_NS + 60 * SECOND, 0, 0 },
	{ "an_answer_of_this_host_gives_none", SENT("2"), NOW_NS - SECOND, NOW_NS + 1000, HEP_SRC,
	  0 },
};

static void trip_run(void **state)
{
	const struct trip_case *row = *state;
	const struct net_addr local = net_addr_v4(row->local);
	const Cxm__MediaStream *r;

	stage_begin_at(NULL, &local);
	give(HEP_TYPE_RTCP_JSON, row->sent_ns, row->sent);
	give(HEP_TYPE_RTCP_JSON, row->answer_ns, ANSWER);
	hep_feed_finish(stage.feed);
	assert_int_equal(stage.w.n, 1); /* who only sends is heard by nobody */
	r = witness_stream(&stage.w, 0);
	assert_int_equal(r->has_rtt_us, row->rtt_us != 0);
	assert_int_equal(r->rtt_us, row->rtt_us);
	stage_end();
}

#define VQ_BODY                                                                                    \
	"VQSessionReport: CallTerm\r\nCallID: mirrored\r\n"                                        \
	"LocalAddr: IP=192.0.2.1 PORT=4000 SSRC=0x1\r\n"                                           \
	"RemoteAddr: IP=192.0.2.2 PORT=5000 SSRC=0x2\r\n"                                          \
	"LocalMetrics:\r\nPacketLoss:NLR=1.5 JDR=0.0\r\nQualityEst:MOSLQ=4.2 MOSCQ=4.1\r\n"
#define VQ_PUBLISH                                                                                 \
	"PUBLISH sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\n"                        \
	"From: <sip:a@b>;tag=a\r\nTo: <sip:c@d>\r\nCall-ID: another\r\nCSeq: 1 PUBLISH\r\n"        \
	"Content-Type: application/vq-rtcpxr\r\n\r\n" VQ_BODY

static const struct vq_case {
	const char *name;
	const char *text;
} vqs[] = {
	{ "a_session_report_by_itself_is_read", VQ_BODY },
	{ "a_session_report_in_its_publish_is_read", VQ_PUBLISH },
};

static void vq_run(void **state)
{
	const struct vq_case *row = *state;
	const Cxm__MediaStream *r;

	stage_begin(NULL);
	give(HEP_TYPE_VQ_REPORT, NOW_NS, row->text);
	assert_int_equal(stage.w.n, 1);
	r = witness_stream(&stage.w, 0);
	assert_int_equal(r->measured_by, CXM__MEDIA_STREAM__MEASURED_BY__ENDPOINT);
	assert_int_equal(r->ssrc, 2);
	assert_true(r->mos > 4.09F && r->mos < 4.11F);
	assert_true(r->contact == pseudonym_of(stage.w.pseudonym, CXM_CONTACT, SLICE("mirrored")));
	assert_int_equal(hep_feed_counters(stage.feed)->vq, 1);
	assert_int_equal(hep_feed_rejected(stage.feed), 0);
	stage_end();
}

static void a_session_report_that_is_none_is_rejected(void **state)
{
	(void)state;
	stage_begin(NULL);
	give(HEP_TYPE_VQ_REPORT, NOW_NS, "VQSessionReport: CallTerm\r\nCallID: x\r\n");
	assert_int_equal(stage.w.n, 0);
	assert_int_equal(hep_feed_rejected(stage.feed), 1);
	stage_end();
}

static void a_channels_name_is_no_contact(void **state)
{
	(void)state;
	stage_begin(NULL);
	hep_bytes_text(&stage.b, HEP_TYPE_RTCP_JSON, NOW_NS, RTCP);
	hep_bytes_chunk(&stage.b, 0, 17, "PJSIP/a-01", 10);
	hep_feed_message(stage.feed, cursor_of(stage.b.at, stage.b.len), NOW_NS);
	hep_feed_finish(stage.feed);
	assert_false(witness_stream(&stage.w, 0)->has_contact);
	stage_end();
}

static void what_is_no_report_is_counted(void **state)
{
	(void)state;
	stage_begin(NULL);
	give(HEP_TYPE_RTCP_JSON, NOW_NS, "{\"report_blocks\":");
	assert_int_equal(hep_feed_counters(stage.feed)->rtcp_bad, 1);
	stage_end();
}

static void every_count_is_in_the_summary(void **state)
{
	struct buf text;

	(void)state;
	stage_begin("secret");
	buf_init(&text, 4096);
	give(HEP_TYPE_SIP, NOW_NS, "x");
	hep_feed_message(stage.feed, cursor_of("HEP2", 4), NOW_NS);
	hep_feed_summary(stage.feed, &text);
	assert_non_null(strstr(buf_text(&text), "messages=1 not_hep3=1 bad_key=1; packets="));
	buf_free(&text);
	stage_end();
}

/* ---- sockets ---- */

struct live {
	struct loop_agent agent;
	struct hep_conf conf;
	struct source *source;
	struct fault fault;
	char listen[32];
	struct sockaddr_in to;
};

static struct live live;

/* A port that was free a moment ago. */
static uint16_t free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	(void)close(fd);
	return ntohs(a.sin_port);
}

static int live_open(void **state)
{
	uint16_t port = free_port();

	memset(&live, 0, sizeof(live));
	loop_agent_open(&live.agent);
	live.agent.env.one_shot = false;
	(void)snprintf(live.listen, sizeof(live.listen), "127.0.0.1:%u", port);
	live.conf = (struct hep_conf){
		.listen = live.listen,
		.udp = true,
		.tcp = true,
		.buffer_bytes = 1 << 20,
		.max_streams = 64,
		.max_dialogs = 64,
		.stream_idle_ms = 30000,
		.dialog_idle_ms = 14400000,
		.sample_rate = 1,
	};
	live.to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	live.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	live.agent.env.conf = &live.conf;
	assert_int_equal(source_hep.open(&live.source, &live.agent.env, &live.fault), 0);
	assert_int_equal(source_hep.start(live.source), 0);
	*state = &live;
	return 0;
}

static int live_close(void **state)
{
	(void)state;
	source_hep.close(live.source);
	loop_agent_close(&live.agent);
	return 0;
}

static int connect_to(int type)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (const struct sockaddr *)&live.to, sizeof(live.to)), 0);
	return fd;
}

/* A refused call; `piece` bytes a write, 0: a message a write. */
static void send_call(int fd, size_t piece)
{
	static const char *const texts[] = { INVITE("TLS"), BUSY };
	static struct hep_bytes b;

	for (size_t i = 0; i < COUNT(texts); i++) {
		size_t step;

		hep_bytes_text(&b, HEP_TYPE_SIP, NOW_NS, texts[i]);
		step = piece > 0 ? piece : b.len;
		for (size_t at = 0; at < b.len; at += step) {
			size_t n = b.len - at < step ? b.len - at : step;

			assert_int_equal(send(fd, b.at + at, n, 0), n);
		}
	}
}

static void expect_the_call(void)
{
	live.agent.stop_at = 1;
	loop_agent_run(&live.agent);
	assert_int_equal(witness_dialog(&live.agent.w, 0)->final_status, 486);
	assert_int_equal(witness_dialog(&live.agent.w, 0)->transport, CXM__DIALOG__TRANSPORT__TLS);
}

static void datagrams_become_records(void **state)
{
	int fd = connect_to(SOCK_DGRAM);

	(void)state;
	send_call(fd, 0);
	expect_the_call();
	(void)close(fd);
	source_hep.stop(live.source);
	assert_int_equal(live.agent.w.n, 1);
}

static void a_stream_becomes_records(void **state)
{
	int fd = connect_to(SOCK_STREAM);

	(void)state;
	send_call(fd, 0);
	expect_the_call();
	(void)close(fd);
}

static void a_stream_in_pieces_of_one_byte_becomes_the_same(void **state)
{
	int fd = connect_to(SOCK_STREAM);

	(void)state;
	send_call(fd, 1);
	expect_the_call();
	(void)close(fd);
}

static void a_stream_of_something_else_is_closed(void **state)
{
	int fd = connect_to(SOCK_STREAM);
	int other = connect_to(SOCK_STREAM);
	char byte;

	(void)state;
	assert_int_equal(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	send_call(other, 0); /* which goes on undisturbed */
	expect_the_call();
	assert_true(recv(fd, &byte, 1, 0) <= 0);
	(void)close(fd);
	(void)close(other);
}

static void an_address_in_use_is_explained(void **state)
{
	struct source *second = NULL;
	struct fault fault;

	(void)state;
	assert_int_equal(source_hep.open(&second, &live.agent.env, &fault), -EADDRINUSE);
	assert_non_null(strstr(fault.text, "another program listens there"));
	assert_int_equal(source_hep.check(&live.conf, &fault), 1);
}

static void a_source_nobody_sends_to_stops_at_once(void **state)
{
	struct source_progress p;
	struct tally t;

	(void)state;
	source_hep.progress(live.source, &p);
	assert_string_equal(p.what, live.listen);
	assert_int_equal(p.records, 0);
	tally_of(&t, &source_hep, live.source);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "hep_bad_key"), 0);
	source_hep.stop(live.source);
	assert_int_equal(live.agent.w.n, 0);
}

/* Nobody reads while more is sent than the socket keeps; the next datagram says how many were lost.
 */
/* kill -9, or a stop: what was mirrored meanwhile nobody heard. */
static void a_start_after_a_death_says_when_nobody_listened(void **state)
{
	struct buf kept;
	const Cxm__Gap *gap;

	(void)state;
	buf_init(&kept, LISTENED_BYTES);
	assert_int_equal(source_hep.checkpoint(live.source, &kept), 1);
	assert_int_equal(kept.len, LISTENED_BYTES);
	kept.data[7] = 0; /* the highest bytes of the time: long ago */
	source_hep.close(live.source);
	live.source = NULL;
	live.agent.env.checkpoint = cursor_of(kept.data, kept.len);
	assert_int_equal(source_hep.open(&live.source, &live.agent.env, &live.fault), 0);
	assert_int_equal(source_hep.start(live.source), 0);
	assert_int_equal(live.agent.w.n, 1);
	gap = witness_gap(&live.agent.w, 0);
	assert_int_equal(gap->reason, CXM__GAP__REASON__SOURCE_DOWN);
	assert_int_equal(gap->source, CXM__SOURCE__HEP);
	assert_string_equal(gap->part, "hep");
	assert_true(gap->at_us < gap->to_us);
	buf_free(&kept);
}

static void e15_datagrams_the_kernel_dropped_are_a_gap(void **state)
{
	static char bytes[1024];
	const Cxm__Gap *gap;
	int fd = connect_to(SOCK_DGRAM);

	(void)state;
	for (int i = 0; i < 16384; i++) {
		assert_int_equal(send(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	}
	for (int i = 0; i < 256; i++) {
		(void)event_base_loop(live.agent.env.base, EVLOOP_NONBLOCK);
	}
	send_call(fd, 0);
	expect_the_call();
	source_hep.stop(live.source);
	gap = witness_gap(&live.agent.w, 0);
	assert_int_equal(gap->reason, CXM__GAP__REASON__CAPTURE_DROPPED);
	assert_string_equal(gap->part, "hep");
	assert_true(gap->lost > 0 && gap->lost < 16384);
	(void)close(fd);
}

static void connections_beyond_the_limit_are_refused(void **state)
{
	int fds[HEP_STREAMS_MAX + 1];
	char byte;

	(void)state;
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = connect_to(SOCK_STREAM);
		(void)event_base_loop(live.agent.env.base, EVLOOP_NONBLOCK);
	}
	send_call(fds[0], 0);
	expect_the_call();
	assert_int_equal(recv(fds[HEP_STREAMS_MAX], &byte, 1, MSG_DONTWAIT), 0);
	for (size_t i = 0; i < COUNT(fds); i++) {
		(void)close(fds[i]);
	}
}

int main(void)
{
	static struct cases c;

	cases_table(&c, confs, conf_run);
	cases_test(&c, mirrored_sip_becomes_a_dialog_of_this_source);
	cases_table(&c, vias, via_run);
	cases_table(&c, clocks, clock_run);
	cases_test(&c, only_messages_with_the_key_are_taken);
	cases_test(&c, a_packed_payload_is_read);
	cases_test(&c, a_payload_that_unpacks_to_too_much_is_refused);
	cases_test(&c, types_that_are_not_read_are_counted);
	cases_test(&c, reports_become_streams_measured_by_the_endpoint);
	cases_test(&c, a_channels_name_is_no_contact);
	cases_table(&c, trips, trip_run);
	cases_table(&c, vqs, vq_run);
	cases_test(&c, a_session_report_that_is_none_is_rejected);
	cases_test(&c, what_is_no_report_is_counted);
	cases_test(&c, every_count_is_in_the_summary);
	cases_test_with(&c, datagrams_become_records, live_open, live_close);
	cases_test_with(&c, a_stream_becomes_records, live_open, live_close);
	cases_test_with(&c, a_stream_in_pieces_of_one_byte_becomes_the_same, live_open, live_close);
	cases_test_with(&c, a_stream_of_something_else_is_closed, live_open, live_close);
	cases_test_with(&c, an_address_in_use_is_explained, live_open, live_close);
	cases_test_with(&c, a_source_nobody_sends_to_stops_at_once, live_open, live_close);
	cases_test_with(&c, a_start_after_a_death_says_when_nobody_listened, live_open, live_close);
	cases_test_with(&c, e15_datagrams_the_kernel_dropped_are_a_gap, live_open, live_close);
	cases_test_with(&c, connections_beyond_the_limit_are_refused, live_open, live_close);
	return cases_run("sources_hep", &c, NULL, NULL);
}
