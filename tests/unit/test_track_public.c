/*
 * Captures of other projects, found through CXMETER_DATA: RTP with rtpproxy's own analysis as the
 * oracle, and protocols that are not RTP and must not look like it. Skipped without them.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/sources/capture_input.h"
#include "tests/support/replayed.h"

#define COUNT(a)       (sizeof(a) / sizeof((a)[0]))
#define PATH_MAX_BYTES 512

static const char *data_path(const char *folder, const char *name, char out[PATH_MAX_BYTES])
{
	const char *root = getenv("CXMETER_DATA");

	if (root == NULL) {
		print_message("# skip: CXMETER_DATA is not set: captures of other projects are not compared\n");
		skip();
	}
	(void)snprintf(out, PATH_MAX_BYTES, "%s/%s/%s", root, folder, name);
	return out;
}

/* From the .output files of rtpproxy's tests (tests/rtp_analyze): psent, precvd, plost, duplicates.
 * One SSRC each. */
static const struct oracle {
	const char *name;
	uint32_t sent;
	uint32_t received;
	int32_t lost;
	uint32_t duplicates;
} oracles[] = {
	{ "tests__rtp_analyze__lost.a.rtp", 565, 244, 321, 0 },
	{ "tests__rtp_analyze__lost.o.rtp", 246, 246, 0, 0 },
	{ "tests__rtp_analyze__sess6.a.rtp", 2546, 2546, 0, 0 }, /* with sequence restarts */
	{ "tests__rtp_analyze__sess6.o.rtp", 2039, 2038, 1, 0 },
	{ "tests__rtp_analyze__weird.a.rtp", 3864, 3864, 0, 0 },
	{ "tests__rtp_analyze__weird.o.rtp", 3379, 1273, 2106, 0 },
	{ "tests__rtp_analyze__dups.a.rtp", 383, 383, 0, 1 },
	{ "tests__rtp_analyze__c1.a.rtp", 1192, 1192, 0, 0 },
	{ "tests__rtp_analyze__G723_1.a.rtp", 392, 392, 0, 0 },
	{ "tests__rtp_analyze__G723_1.o.rtp", 392, 392, 0, 0 },
	{ "tests__rtp_analyze__srtp1.a.rtp", 239, 239, 0, 0 },
	{ "tests__rtp_analyze__srtp1.o.rtp", 246, 246, 0, 0 },
	{ "tests__rtp_analyze__alice_srtp.pcap", 1556, 1556, 0, 0 },
	{ "tests__rtp_analyze__bob_srtp.pcap", 1564, 1564, 0, 0 },
	{ "tests__rtp_analyze__alice_srtp_out.pcap", 1556, 1556, 0, 0 },
	{ "tests__rtp_analyze__bob_srtp_out.pcap", 1562, 1562, 0, 0 },
};

static void oracle_run(void **state)
{
	const struct oracle *o = *state;
	char path[PATH_MAX_BYTES];
	const char *paths[] = { data_path("rtpproxy", o->name, path) };
	const Cxm__MediaStream *s;
	struct replayed r;

	replayed_open(&r, paths, 1);
	assert_int_equal(r.rc, 0);
	assert_int_equal(r.w.n, 1);
	s = witness_stream(&r.w, 0);
	assert_int_equal((int64_t)s->packets + s->lost, o->sent);
	assert_int_equal(s->packets, o->received);
	assert_int_equal(s->lost, o->lost);
	assert_int_equal(s->duplicated, o->duplicates);
	replayed_close(&r);
}

/* rtpproxy counts an SSRC over two source ports as one stream of 300; by address and port they are
 * two. */
static void one_ssrc_from_two_ports_adds_up_to_rtpproxys_stream(void **state)
{
	char path[PATH_MAX_BYTES];
	const char *paths[] = { data_path("rtpproxy", "tests__rtp_analyze__DLT_NULL.a.rtp", path) };
	struct replayed r;
	uint32_t packets = 0;
	int32_t lost = 0;

	(void)state;
	replayed_open(&r, paths, 1);
	for (size_t i = 0; i < r.w.n; i++) {
		const Cxm__MediaStream *s = witness_stream(&r.w, i);

		packets += s->ssrc == 0x9c49ca0a ? s->packets : 0;
		lost += s->lost;
	}
	assert_int_equal(packets, 300);
	assert_int_equal(lost, 0);
	replayed_close(&r);
}

/* Reads what can be read of a file; a file that is refused has no streams. */
static size_t streams_in(const char *path)
{
	struct capture_input *in = calloc(1, sizeof(*in));
	struct fault fault;
	struct replayed r;
	size_t n = 0;
	int rc;

	assert_non_null(in);
	rc = capture_input_file(in, path, NULL, &fault);
	capture_input_close(in);
	free(in);
	if (rc == 0) {
		replayed_open(&r, &path, 1);
		n = witness_count(&r.w, &cxm__media_stream__descriptor);
		replayed_close(&r);
	}
	return n;
}

/* Other protocols, and the one of these captures in which somebody speaks. */
static const struct other {
	const char *name;
	const char *folder;
	size_t streams;
} others[] = {
	{ "testing__btest__Traces__tls__webrtc-stun.pcap", "zeek", 0 }, /* STUN, DTLS, mDNS */
	{ "testing__btest__Traces__sip__wireshark.pcap", "zeek", 0 },
	{ "testing__btest__Traces__sip__sip-junk-before-request.pcap", "zeek", 0 },
	{ "testing__btest__Traces__sip__invalid-content-length.pcap", "zeek", 0 },
	{ "tests__sip-method__sip.pcap", "suricata-verify", 1 }, /* and DNS, NetBIOS, DHCP, FTP */
	{ "tests__sip-ssdp-pm__ssdp.pcap", "suricata-verify", 0 },
	{ "tests__sip-body-large__sip-body-large.pcap", "suricata-verify", 0 },
	{ "tests__sip-tcp-method__sip-tcp.pcap", "suricata-verify", 0 },
	{ "Tests__Packet++Test__PacketExamples__sip_not_sdp.pcap", "pcapplusplus", 0 },
	{ "Tests__Packet++Test__PacketExamples__sip_reqs.pcap", "pcapplusplus", 0 },
};

static void other_run(void **state)
{
	const struct other *o = *state;
	char path[PATH_MAX_BYTES];

	assert_int_equal(streams_in(data_path(o->folder, o->name, path)), o->streams);
}

static const char *const folders_without_rtp[] = { "tcpdump" };

/* Malformed packets of all layers: nothing crashes, nothing looks like speech. */
static void folder_run(void **state)
{
	const char *folder = *state;
	char root[PATH_MAX_BYTES];
	DIR *dir = opendir(data_path(folder, "", root));
	unsigned files = 0;

	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		char path[PATH_MAX_BYTES];

		if (strstr(e->d_name, ".pcap") != NULL) {
			assert_int_equal(streams_in(data_path(folder, e->d_name, path)), 0);
			files++;
		}
	}
	(void)closedir(dir);
	assert_true(files > 50);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(oracles) + COUNT(others) + COUNT(folders_without_rtp) + 1];
	size_t n = 0;

	for (size_t i = 0; i < COUNT(oracles); i++) {
		tests[n++] = (struct CMUnitTest){ oracles[i].name, oracle_run, NULL, NULL,
			                          (void *)(uintptr_t)&oracles[i] };
	}
	for (size_t i = 0; i < COUNT(others); i++) {
		tests[n++] = (struct CMUnitTest){ others[i].name, other_run, NULL, NULL,
			                          (void *)(uintptr_t)&others[i] };
	}
	for (size_t i = 0; i < COUNT(folders_without_rtp); i++) {
		tests[n++] = (struct CMUnitTest){ folders_without_rtp[i], folder_run, NULL, NULL,
			                          (void *)(uintptr_t)folders_without_rtp[i] };
	}
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(
		one_ssrc_from_two_ports_adds_up_to_rtpproxys_stream);
	return cmocka_run_group_tests_name("public", tests, NULL, NULL);
}
