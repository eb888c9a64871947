/*
 * Captures of other projects, found through CXMETER_DATA, through all decoders: SIP edge cases with
 * what must be found in them (checked with tshark), and packets malformed on every layer, which
 * must harm nothing.
 */
#include <dirent.h>
#include <stdio.h>

#include <pcap/pcap.h>

#include "agent/decode/reasm.h"
#include "agent/decode/rtcp.h"
#include "agent/decode/rtp.h"
#include "agent/decode/sdp.h"
#include "agent/decode/sip.h"
#include "agent/decode/tcp.h"
#include "tests/support/cases.h"

#define SIP_PORT 5060

struct tally {
	unsigned frames;
	unsigned sip_ok;
	unsigned sip_refused;
	unsigned sdp;
	unsigned rtp;
	unsigned rtcp;
};

static void on_text(struct tally *t, struct slice text)
{
	static struct sdp sdp;
	struct sip_msg m;
	enum sip_result rc = sip_parse(text, &m);
	struct slice body;

	t->sip_ok += rc == SIP_OK;
	t->sip_refused += rc != SIP_OK && rc != SIP_NOT_SIP;
	body = rc == SIP_OK ? sdp_of_body(m.content_type, m.body) : (struct slice){ NULL, 0 };
	t->sdp += body.len > 0 && sdp_parse(body, &sdp) == 0;
}

static void on_message(void *arg, const struct packet *p, struct slice message)
{
	(void)p;
	on_text(arg, message);
}

static void on_datagram(struct tally *t, const struct packet *p, struct slice text, bool sip_port)
{
	static const struct rtcp_handler nobody = { 0 };
	struct rtp_header header;

	if (sip_port || sip_looks_like(text)) {
		on_text(t, text);
		return;
	}
	t->rtp += rtp_decode(p->payload, &header);
	t->rtcp += rtcp_walk(p->payload, &nobody);
}

static void on_frame(struct tally *t, struct reasm *reasm, struct tcp *tcp, int dlt,
                     const struct pcap_pkthdr *h, const uint8_t *data)
{
	struct packet p = { .at_ns = (int64_t)h->ts.tv_sec * 1000000000 + h->ts.tv_usec * 1000 };
	struct packet_fragment piece;
	enum packet_result rc = packet_decode(dlt, cursor_of(data, h->caplen), &p, &piece);
	bool sip_port;
	struct slice text;

	t->frames += rc == PACKET_OK;
	if (rc == PACKET_FRAGMENT) {
		rc = reasm_add(reasm, &piece, p.at_ns, &p);
	}
	if (rc != PACKET_OK) {
		return;
	}
	sip_port = p.src_port == SIP_PORT || p.dst_port == SIP_PORT;
	text = (struct slice){ (const char *)p.payload.at, cursor_left(&p.payload) };
	if (p.transport == PACKET_TCP) {
		tcp_segment(tcp, &p, sip_port);
		tcp_tick(tcp, p.at_ns);
	} else {
		on_datagram(t, &p, text, sip_port);
	}
}

/* All frames of a file; one that libpcap does not open has none. */
static struct tally tally_file(const char *path)
{
	static const struct siphash_key key = { 1, 2 };
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct tally t = { 0 };
	struct reasm *reasm = reasm_new();
	struct tcp *tcp = tcp_new(&key, on_message, &t);
	struct pcap_pkthdr *h;
	const u_char *data;

	assert_non_null(reasm);
	assert_non_null(tcp);
	while (pcap != NULL && pcap_next_ex(pcap, &h, &data) == 1) {
		on_frame(&t, reasm, tcp, pcap_datalink(pcap), h, data);
	}
	tcp_tick(tcp, INT64_MAX);
	tcp_free(tcp);
	reasm_free(reasm);
	if (pcap != NULL) {
		pcap_close(pcap);
	}
	return t;
}

/* Refused: To twice with different values (multi_val), lengths "bad" and "xyz", a REGISTER without
 * Call-ID, an ACK without blank line and a BYE cut by the capture (sip_reqs). The INVITE of 65,793
 * bytes in sip-body-large is longer than a flow may hold. */
static const struct capture {
	const char *name;
	unsigned frames;
	unsigned sip_ok;
	unsigned sip_refused;
	unsigned sdp;
	unsigned rtp;
	unsigned rtcp;
} captures[] = {
	{ "suricata-verify/tests__sip-body-frames__public-cloudshark-sip-s0.pcap", 10, 10, 0, 3, 0,
	  0 },
	{ "suricata-verify/tests__sip-body-large__sip-body-large.pcap", 16, 1, 0, 0, 0, 0 },
	{ "suricata-verify/tests__sip-compact-form__sip_compact_form.pcap", 1, 1, 0, 1, 0, 0 },
	{ "suricata-verify/tests__sip-header-multi-value__sip_header_multi_val.pcap", 1, 0, 1, 0, 0,
	  0 },
	{ "suricata-verify/tests__sip-method__sip.pcap", 647, 81, 0, 12, 161, 1 },
	{ "suricata-verify/tests__sip-options-method__input.pcap", 2, 2, 0, 0, 0, 0 },
	{ "suricata-verify/tests__sip-pattern-matching__sip.pcap", 2, 2, 0, 0, 0, 0 },
	{ "suricata-verify/tests__sip-sdp__sdp.pcap", 2, 2, 0, 2, 0, 0 },
	{ "suricata-verify/tests__sip-ssdp-pm__ssdp.pcap", 1, 0, 0, 0, 0, 0 },
	{ "suricata-verify/tests__sip-tcp-method__sip-tcp.pcap", 11, 2, 0, 0, 0, 0 },
	{ "suricata-verify/tests__sip-tcp-pattern-matching__sip.pcap", 7, 2, 0, 0, 0, 0 },
	{ "zeek/testing__btest__Traces__sip__invalid-content-length.pcap", 2, 0, 2, 0, 0, 0 },
	{ "zeek/testing__btest__Traces__sip__sip-junk-before-request.pcap", 2, 0, 1, 0, 0, 0 },
	{ "zeek/testing__btest__Traces__sip__sip-long-request-response-paths.pcap", 2, 2, 0, 0, 0,
	  0 },
	{ "zeek/testing__btest__Traces__sip__wireshark.pcap", 81, 81, 0, 12, 0, 0 },
	{ "zeek/testing__btest__Traces__tls__webrtc-stun.pcap", 14, 0, 0, 0, 0, 0 },
	{ "pcapplusplus/Tests__Packet++Test__PacketExamples__sdp.pcap", 1, 1, 0, 1, 0, 0 },
	{ "pcapplusplus/Tests__Packet++Test__PacketExamples__sip_non_default_port.pcap", 2, 2, 0, 2,
	  0, 0 },
	{ "pcapplusplus/Tests__Packet++Test__PacketExamples__sip_not_sdp.pcap", 1, 1, 0, 0, 0, 0 },
	{ "pcapplusplus/Tests__Packet++Test__PacketExamples__sip_reqs.pcap", 4, 2, 2, 1, 0, 0 },
	{ "pcapplusplus/Tests__Packet++Test__PacketExamples__sip_resp.pcap", 7, 7, 0, 1, 0, 0 },
	{ "rtpproxy/tests__acct_rtcp_hep__rtcp.o.pcap", 230, 0, 0, 0, 229, 1 },
	{ "rtpproxy/tests__rtp_analyze__DLT_NULL.a.rtp", 600, 0, 0, 0, 600, 0 },
	{ "rtpproxy/tests__rtp_analyze__lost.a.rtp", 244, 0, 0, 0, 244, 0 },
};

static void capture_holds_what_it_is_known_to(void **state)
{
	const struct capture *c = *state;
	struct tally t;
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/%s", getenv("CXMETER_DATA"), c->name);
	t = tally_file(path);
	assert_int_equal(t.frames, c->frames);
	assert_int_equal(t.sip_ok, c->sip_ok);
	assert_int_equal(t.sip_refused, c->sip_refused);
	assert_int_equal(t.sdp, c->sdp);
	assert_int_equal(t.rtp, c->rtp);
	assert_int_equal(t.rtcp, c->rtcp);
}

static void e18_malformed_captures_harm_nothing(void **state)
{
	char folder[512];
	char path[1024];
	unsigned files = 0;
	DIR *dir;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/tcpdump", getenv("CXMETER_DATA"));
	dir = opendir(folder);
	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		(void)tally_file(path);
		files++;
	}
	(void)closedir(dir);
	assert_in_range(files, 200, 1000);
}

static void captures_are_not_here(void **state)
{
	(void)state;
	print_message(
		"# skip: CXMETER_DATA is not set: captures of other projects are not decoded\n");
	skip();
}

int main(void)
{
	static struct cases c;

	if (getenv("CXMETER_DATA") != NULL) {
		cases_table(&c, captures, capture_holds_what_it_is_known_to);
		cases_test(&c, e18_malformed_captures_harm_nothing);
	} else {
		cases_test(&c, captures_are_not_here);
	}
	return cases_run("decode/captures", &c, NULL, NULL);
}
