#include "agent/decode/sdp.h"

#include <errno.h>
#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/exact.h"

#define HEAD  "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\n"
#define CONN  "c=IN IP4 192.0.2.1\r\n"
#define TIME  "t=0 0\r\n"
#define AUDIO "m=audio 49170 RTP/AVP 0 8 101\r\n"
#define PLAIN HEAD CONN TIME AUDIO

static struct sdp *parse(const char *text)
{
	static struct sdp sdp;
	struct slice s = exact(text, strlen(text));

	memset(&sdp, 0xa5, sizeof(sdp)); /* nothing may be left from before */
	assert_int_equal(sdp_parse(s, &sdp), 0);
	/* encodings borrow from the text: they are tested with text that stays */
	exact_free(s);
	return &sdp;
}

/* ---- whole descriptions ---- */

static void audio_stream_is_described(void **state)
{
	struct sdp sdp;
	const struct sdp_media *m = &sdp.media[0];

	(void)state;
	assert_int_equal(
		sdp_parse(SLICE(PLAIN "a=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n"), &sdp),
		0);
	assert_int_equal(sdp.n_media, 1);
	assert_true(m->audio);
	assert_true(m->has_addr);
	assert_true(net_addr_eq(m->addr, net_addr_v4(0xc0000201)));
	assert_int_equal(m->port, 49170);
	assert_int_equal(m->rtcp_port, 49171);
	assert_true(net_addr_eq(m->rtcp_addr, net_addr_v4(0xc0000201)));
	assert_int_equal(m->direction, SDP_SENDRECV);
	assert_int_equal(m->security, SDP_PLAIN);
	assert_int_equal(m->ptime_ms, 20);
	assert_int_equal(m->n_formats, 3);
	assert_int_equal(m->formats[0].payload_type, 0);
	assert_text(m->formats[0].encoding, "PCMU");
	assert_int_equal(m->formats[0].clock_hz, 8000);
	assert_int_equal(m->formats[1].payload_type, 8);
	assert_text(m->formats[1].encoding, "PCMA");
	assert_int_equal(m->formats[2].payload_type, 101);
	assert_text(m->formats[2].encoding, "telephone-event");
	assert_int_equal(m->formats[2].clock_hz, 8000);
	assert_int_equal(m->formats[2].channels, 1);
	assert_false(sdp.on_hold);
	assert_false(sdp.cut);
}

static void every_stream_is_described_by_itself(void **state)
{
	const struct sdp *sdp =
		parse(HEAD CONN TIME
	              "a=recvonly\r\n"
	              "m=audio 1000 RTP/AVP 0\r\nc=IN IP4 192.0.2.2\r\na=sendonly\r\n"
	              "a=ptime:30\r\na=rtcp-mux\r\n"
	              "m=video 2000 RTP/SAVP 31\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 x\r\n"
	              "m=audio 3000 RTP/AVP 8\r\n");

	(void)state;
	assert_int_equal(sdp->n_media, 3);
	assert_true(net_addr_eq(sdp->media[0].addr, net_addr_v4(0xc0000202)));
	assert_int_equal(sdp->media[0].direction, SDP_SENDONLY);
	assert_int_equal(sdp->media[0].rtcp_port, 1000);
	assert_int_equal(sdp->media[0].ptime_ms, 30);
	assert_int_equal(sdp->media[0].security, SDP_PLAIN);
	assert_false(sdp->media[1].audio);
	assert_true(net_addr_eq(sdp->media[1].addr, net_addr_v4(0xc0000201)));
	assert_int_equal(sdp->media[1].direction, SDP_RECVONLY);
	assert_int_equal(sdp->media[1].security, SDP_SDES);
	assert_int_equal(sdp->media[1].rtcp_port, 2001);
	assert_int_equal(sdp->media[1].ptime_ms, 0);
	assert_true(sdp->media[2].audio);
	assert_int_equal(sdp->media[2].direction, SDP_RECVONLY);
	assert_int_equal(sdp->media[2].security, SDP_PLAIN);
	assert_int_equal(sdp->media[2].formats[0].payload_type, 8);
}

static void description_without_media_has_none(void **state)
{
	const struct sdp *sdp = parse(HEAD CONN TIME);

	(void)state;
	assert_int_equal(sdp->n_media, 0);
	assert_false(sdp->on_hold);
	assert_false(sdp->cut);
}

static const struct no_sdp {
	const char *name;
	const char *text;
} no_sdps[] = {
	{ "nothing_is_no_description", "" },
	{ "media_line_alone_is_none", AUDIO },
	{ "blank_before_the_version_is_none", " v=0\r\n" },
	{ "html_is_none", "<html>" },
};

static void text_is_refused(void **state)
{
	const struct no_sdp *n = *state;
	struct slice s = exact(n->text, strlen(n->text));
	struct sdp sdp;

	assert_int_equal(sdp_parse(s, &sdp), -EBADMSG);
	assert_int_equal(sdp.n_media, 0);
	exact_free(s);
}

/* ---- where the media goes ---- */

static const struct target {
	const char *name;
	const char *text;
	bool has_addr;
	const char *addr; /* text of the first stream's */
	uint16_t port;
	uint16_t rtcp_port;
	const char *rtcp_addr;
} targets[] = {
	{ "address_of_the_session", PLAIN, true, "192.0.2.1", 49170, 49171, "192.0.2.1" },
	{ "address_of_the_stream", PLAIN "c=IN IP4 192.0.2.2\r\n", true, "192.0.2.2", 49170, 49171,
	  "192.0.2.2" },
	{ "address_in_ipv6", HEAD "c=IN IP6 2001:db8::1\r\n" AUDIO, true, "2001:db8::1", 49170,
	  49171, "2001:db8::1" },
	{ "address_with_a_time_to_live", HEAD "c=IN IP4 224.2.1.1/127/3\r\n" AUDIO, true,
	  "224.2.1.1", 49170, 49171, "224.2.1.1" },
	{ "address_with_blanks_behind", HEAD "c=IN IP4 192.0.2.1 \r\n" AUDIO, true, "192.0.2.1",
	  49170, 49171, "192.0.2.1" },
	{ "name_is_no_address", HEAD "c=IN IP4 pbx.example\r\n" AUDIO, false, "::", 49170, 49171,
	  "::" },
	{ "name_of_the_stream_hides_the_sessions_address", PLAIN "c=IN IP4 pbx.example\r\n", false,
	  "::", 49170, 49171, "::" },
	{ "another_network_is_no_address", HEAD "c=ATM IP4 192.0.2.1\r\n" AUDIO, false, "::", 49170,
	  49171, "::" },
	{ "another_family_is_no_address", HEAD "c=IN IP7 192.0.2.1\r\n" AUDIO, false, "::", 49170,
	  49171, "::" },
	{ "no_connection_no_address", HEAD AUDIO, false, "::", 49170, 49171, "::" },
	{ "port_with_a_number_of_ports", HEAD CONN "m=audio 49170/2 RTP/AVP 0\r\n", true,
	  "192.0.2.1", 49170, 49171, "192.0.2.1" },
	{ "refused_stream_has_port_0", HEAD CONN "m=audio 0 RTP/AVP 0\r\n", true, "192.0.2.1", 0, 0,
	  "192.0.2.1" },
	{ "port_65535_has_no_next", HEAD CONN "m=audio 65535 RTP/AVP 0\r\n", true, "192.0.2.1",
	  65535, 65535, "192.0.2.1" },
	{ "rtcp_port_may_be_said", PLAIN "a=rtcp:53020\r\n", true, "192.0.2.1", 49170, 53020,
	  "192.0.2.1" },
	{ "rtcp_address_may_be_said", PLAIN "a=rtcp:53020 IN IP4 192.0.2.7\r\n", true, "192.0.2.1",
	  49170, 53020, "192.0.2.7" },
	{ "rtcp_port_said_goes_before_multiplexing", PLAIN "a=rtcp-mux\r\na=rtcp:53020\r\n", true,
	  "192.0.2.1", 49170, 53020, "192.0.2.1" },
	{ "rtcp_port_of_words_is_not_said", PLAIN "a=rtcp:many\r\n", true, "192.0.2.1", 49170,
	  49171, "192.0.2.1" },
	{ "rtcp_port_of_65536_is_not_said", PLAIN "a=rtcp:65536\r\n", true, "192.0.2.1", 49170,
	  49171, "192.0.2.1" },
	{ "multiplexed_rtcp_goes_where_the_media_goes", PLAIN "a=rtcp-mux\r\n", true, "192.0.2.1",
	  49170, 49170, "192.0.2.1" },
};

static void target_is(void **state)
{
	const struct target *t = *state;
	const struct sdp_media *m = &parse(t->text)->media[0];
	char text[NET_ADDR_TEXT_MAX];

	assert_int_equal(m->has_addr, t->has_addr);
	assert_string_equal(net_addr_text(m->addr, text), t->addr);
	assert_int_equal(m->port, t->port);
	assert_int_equal(m->rtcp_port, t->rtcp_port);
	assert_string_equal(net_addr_text(m->rtcp_addr, text), t->rtcp_addr);
}

/* ---- which lines are streams, and how they are secured ---- */

static const struct profile {
	const char *name;
	const char *lines;
	size_t n_media;
	enum sdp_security want;
} profiles[] = {
	{ "avp_is_plain", "m=audio 1000 RTP/AVP 0\r\n", 1, SDP_PLAIN },
	{ "avpf_is_plain", "m=audio 1000 RTP/AVPF 0\r\n", 1, SDP_PLAIN },
	{ "savp_with_crypto_is_sdes", "m=audio 1000 RTP/SAVP 0\r\na=crypto:1 x\r\n", 1, SDP_SDES },
	{ "savpf_with_crypto_is_sdes", "m=audio 1000 RTP/SAVPF 0\r\na=crypto:1 x\r\n", 1,
	  SDP_SDES },
	{ "savp_with_fingerprint_is_dtls", "m=audio 1000 RTP/SAVP 0\r\na=fingerprint:sha-256 x\r\n",
	  1, SDP_DTLS },
	{ "savp_with_fingerprint_of_the_session_is_dtls",
	  "a=fingerprint:sha-256 x\r\nm=audio 1000 RTP/SAVPF 0\r\n", 1, SDP_DTLS },
	{ "savp_without_either_has_its_keys_in_the_signalling", "m=audio 1000 RTP/SAVP 0\r\n", 1,
	  SDP_SDES },
	{ "tls_savp_is_dtls", "m=audio 1000 UDP/TLS/RTP/SAVP 0\r\n", 1, SDP_DTLS },
	{ "tls_savpf_is_dtls", "m=audio 1000 UDP/TLS/RTP/SAVPF 0\r\n", 1, SDP_DTLS },
	{ "tls_savp_is_dtls_though_it_has_crypto",
	  "m=audio 1000 UDP/TLS/RTP/SAVP 0\r\na=crypto:1 x\r\n", 1, SDP_DTLS },
	{ "avp_with_crypto_is_sdes", "m=audio 1000 RTP/AVP 0\r\na=crypto:1 x\r\n", 1, SDP_SDES },
	{ "profile_in_small_letters", "m=AUDIO 1000 rtp/avp 0\r\n", 1, SDP_PLAIN },
	{ "stream_before_keeps_its_own_keys",
	  "m=audio 1000 RTP/AVP 0\r\nm=audio 2000 RTP/SAVP 0\r\na=crypto:1 x\r\n", 2, SDP_PLAIN },
	{ "video_is_listed", "m=video 1000 RTP/AVP 31\r\n", 1, SDP_PLAIN },
};

static void stream_is_secured(void **state)
{
	const struct profile *p = *state;
	const struct sdp *sdp;
	char text[512];

	(void)snprintf(text, sizeof(text), "%s%s", HEAD CONN, p->lines);
	sdp = parse(text);
	assert_int_equal(sdp->n_media, p->n_media);
	assert_int_equal(sdp->media[0].security, p->want);
}

static const struct unlisted {
	const char *name;
	const char *line;
} unlisted[] = {
	{ "fax_is_not_listed", "m=image 1000 udptl t38\r\n" },
	{ "audio_that_is_not_rtp_is_not_listed", "m=audio 1000 udp 0\r\n" },
	{ "plain_rtp_over_tls_is_not_listed", "m=audio 1000 UDP/TLS/RTP/AVP 0\r\n" },
	{ "messages_are_not_listed", "m=message 1000 TCP/MSRP *\r\n" },
	{ "data_channel_is_not_listed", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n" },
	{ "port_past_65535_is_not_listed", "m=audio 65536 RTP/AVP 0\r\n" },
	{ "port_below_0_is_not_listed", "m=audio -1 RTP/AVP 0\r\n" },
	{ "port_of_words_is_not_listed", "m=audio any RTP/AVP 0\r\n" },
	{ "line_without_profile_is_not_listed", "m=audio 1000\r\n" },
	{ "line_of_nothing_is_not_listed", "m=\r\n" },
};

static void line_is_not_listed_and_its_attributes_are_nobodys(void **state)
{
	const struct unlisted *u = *state;
	const struct sdp *sdp;
	char text[512];

	(void)snprintf(
		text, sizeof(text), "%s%s%s", PLAIN, u->line,
		"c=IN IP4 192.0.2.99\r\na=inactive\r\na=ptime:99\r\na=crypto:1 x\r\na=rtcp:9\r\n"
		"a=rtpmap:0 no/1\r\n");
	sdp = parse(text);
	assert_int_equal(sdp->n_media, 1);
	assert_true(net_addr_eq(sdp->media[0].addr, net_addr_v4(0xc0000201)));
	assert_int_equal(sdp->media[0].direction, SDP_SENDRECV);
	assert_int_equal(sdp->media[0].ptime_ms, 0);
	assert_int_equal(sdp->media[0].security, SDP_PLAIN);
	assert_int_equal(sdp->media[0].rtcp_port, 49171);
	assert_int_equal(sdp->media[0].formats[0].clock_hz, 8000);
}

/* ---- hold ---- */

static const struct hold {
	const char *name;
	const char *text;
	bool want;
} holds[] = {
	{ "talking_is_no_hold", PLAIN, false },
	{ "sendonly_is_hold", PLAIN "a=sendonly\r\n", true },
	{ "inactive_is_hold", PLAIN "a=inactive\r\n", true },
	{ "recvonly_is_no_hold", PLAIN "a=recvonly\r\n", false },
	{ "sendonly_of_the_session_is_hold", HEAD CONN "a=sendonly\r\n" AUDIO, true },
	{ "stream_talks_though_the_session_holds",
	  HEAD CONN "a=sendonly\r\n" AUDIO "a=sendrecv\r\n", false },
	{ "address_of_zeros_is_hold", HEAD "c=IN IP4 0.0.0.0\r\n" AUDIO, true },
	{ "ipv6_address_of_zeros_is_hold", HEAD "c=IN IP6 ::\r\n" AUDIO, true },
	{ "no_address_is_no_hold", HEAD AUDIO, false },
	{ "one_of_two_is_no_hold", PLAIN "a=sendonly\r\n" AUDIO, false },
	{ "both_of_two_is_hold", PLAIN "a=sendonly\r\n" AUDIO "a=inactive\r\n", true },
	{ "video_does_not_count", PLAIN "a=sendonly\r\nm=video 2000 RTP/AVP 31\r\n", true },
	{ "refused_stream_does_not_count", PLAIN "a=sendonly\r\nm=audio 0 RTP/AVP 0\r\n", true },
	{ "refused_stream_alone_is_no_hold", HEAD CONN "m=audio 0 RTP/AVP 0\r\na=inactive\r\n",
	  false },
};

static void hold_is(void **state)
{
	const struct hold *h = *state;

	assert_int_equal(parse(h->text)->on_hold, h->want);
}

/* ---- formats ---- */

static const struct format {
	const char *name;
	const char *lines;
	uint8_t payload_type; /* of the first format */
	const char *encoding;
	uint32_t clock_hz;
	uint8_t channels;
} formats[] = {
	{ "format_with_channels", "m=audio 1 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n", 96,
	  "opus", 48000, 2 },
	{ "format_without_map_is_nameless", "m=audio 1 RTP/AVP 96\r\n", 96, "", 0, 1 },
	{ "map_goes_before_the_table", "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 G711/16000\r\n", 0,
	  "G711", 16000, 1 },
	{ "map_of_another_type_changes_nothing", "m=audio 1 RTP/AVP 0\r\na=rtpmap:8 X/1\r\n", 0,
	  "PCMU", 8000, 1 },
	{ "map_without_clock_changes_nothing", "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 X\r\n", 0, "PCMU",
	  8000, 1 },
	{ "map_with_a_clock_of_words_changes_nothing",
	  "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 X/fast\r\n", 0, "PCMU", 8000, 1 },
	{ "map_with_a_clock_past_32_bits_changes_nothing",
	  "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 X/4294967296\r\n", 0, "PCMU", 8000, 1 },
	{ "map_without_encoding_changes_nothing", "m=audio 1 RTP/AVP 0\r\na=rtpmap:0 /8000\r\n", 0,
	  "PCMU", 8000, 1 },
	{ "map_of_type_128_changes_nothing", "m=audio 1 RTP/AVP 0\r\na=rtpmap:128 X/1\r\n", 0,
	  "PCMU", 8000, 1 },
	{ "channels_of_words_are_one", "m=audio 1 RTP/AVP 96\r\na=rtpmap:96 L16/44100/x\r\n", 96,
	  "L16", 44100, 1 },
	{ "format_of_words_is_left_out", "m=audio 1 RTP/AVP x 8\r\n", 8, "PCMA", 8000, 1 },
	{ "format_past_127_is_left_out", "m=audio 1 RTP/AVP 128 256 8\r\n", 8, "PCMA", 8000, 1 },
	{ "blanks_between_formats", "m=audio 1 RTP/AVP   8  0 \r\n", 8, "PCMA", 8000, 1 },
	{ "line_feeds_alone", "m=audio 1 RTP/AVP 96\na=rtpmap:96 opus/48000/2\n", 96, "opus", 48000,
	  2 },
	{ "last_line_without_end", "m=audio 1 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2", 96, "opus",
	  48000, 2 },
	{ "unknown_lines_are_skipped",
	  "m=audio 1 RTP/AVP 8\r\ni=x\r\nb=AS:64\r\nk=prompt\r\nz\r\n\r\nzz=1\r\na=\r\na=x:y\r\n",
	  8, "PCMA", 8000, 1 },
};

static void format_is(void **state)
{
	const struct format *f = *state;
	struct sdp sdp;
	char text[512];
	int n = snprintf(text, sizeof(text), "%s%s", HEAD CONN, f->lines);

	assert_int_equal(sdp_parse((struct slice){ text, (size_t)n }, &sdp), 0);
	assert_true(sdp.media[0].n_formats > 0);
	assert_int_equal(sdp.media[0].formats[0].payload_type, f->payload_type);
	assert_text(sdp.media[0].formats[0].encoding, f->encoding);
	assert_int_equal(sdp.media[0].formats[0].clock_hz, f->clock_hz);
	assert_int_equal(sdp.media[0].formats[0].channels, f->channels);
}

static const struct ptime {
	const char *name;
	const char *line;
	uint16_t want_ms;
} ptimes[] = {
	{ "ptime_of_20", "a=ptime:20\r\n", 20 },
	{ "ptime_behind_a_blank", "a=ptime: 20\r\n", 20 },
	{ "greatest_ptime", "a=ptime:65535\r\n", 65535 },
	{ "ptime_past_16_bits_is_not_said", "a=ptime:65536\r\n", 0 },
	{ "ptime_past_64_bits_is_not_said", "a=ptime:99999999999999999999999\r\n", 0 },
	{ "ptime_below_0_is_not_said", "a=ptime:-20\r\n", 0 },
	{ "ptime_of_nothing_is_not_said", "a=ptime:\r\n", 0 },
	{ "maxptime_is_no_ptime", "a=maxptime:20\r\n", 0 },
};

static void ptime_is(void **state)
{
	const struct ptime *p = *state;
	char text[512];

	(void)snprintf(text, sizeof(text), "%s%s", PLAIN, p->line);
	assert_int_equal(parse(text)->media[0].ptime_ms, p->want_ms);
}

static const struct static_type {
	const char *name;
	uint8_t payload_type;
	const char *encoding; /* NULL: none */
	uint32_t clock_hz;
	uint8_t channels;
} static_types[] = {
	{ "type_0", 0, "PCMU", 8000, 1 },    { "type_1", 1, "1016", 8000, 1 },
	{ "type_2", 2, "G721", 8000, 1 },    { "type_3", 3, "GSM", 8000, 1 },
	{ "type_4", 4, "G723", 8000, 1 },    { "type_5", 5, "DVI4", 8000, 1 },
	{ "type_6", 6, "DVI4", 16000, 1 },   { "type_7", 7, "LPC", 8000, 1 },
	{ "type_8", 8, "PCMA", 8000, 1 },    { "type_9", 9, "G722", 8000, 1 },
	{ "type_10", 10, "L16", 44100, 2 },  { "type_11", 11, "L16", 44100, 1 },
	{ "type_12", 12, "QCELP", 8000, 1 }, { "type_13", 13, "CN", 8000, 1 },
	{ "type_14", 14, "MPA", 90000, 1 },  { "type_15", 15, "G728", 8000, 1 },
	{ "type_16", 16, "DVI4", 11025, 1 }, { "type_17", 17, "DVI4", 22050, 1 },
	{ "type_18", 18, "G729", 8000, 1 },  { "type_19", 19, NULL, 0, 0 },
	{ "type_24", 24, NULL, 0, 0 },       { "type_25", 25, "CelB", 90000, 1 },
	{ "type_26", 26, "JPEG", 90000, 1 }, { "type_27", 27, NULL, 0, 0 },
	{ "type_28", 28, "nv", 90000, 1 },   { "type_31", 31, "H261", 90000, 1 },
	{ "type_32", 32, "MPV", 90000, 1 },  { "type_33", 33, "MP2T", 90000, 1 },
	{ "type_34", 34, "H263", 90000, 1 }, { "type_35", 35, NULL, 0, 0 },
	{ "type_96", 96, NULL, 0, 0 },       { "type_255", 255, NULL, 0, 0 },
};

static void static_type_is_that_of_rfc_3551(void **state)
{
	const struct static_type *t = *state;
	struct sdp_format f = { .payload_type = 99 };

	assert_int_equal(sdp_static_format(t->payload_type, &f), t->encoding != NULL);
	assert_text(f.encoding, t->encoding != NULL ? t->encoding : "");
	assert_int_equal(f.clock_hz, t->clock_hz);
	assert_int_equal(f.channels, t->channels);
	assert_int_equal(f.payload_type, t->encoding != NULL ? t->payload_type : 99);
}

/* ---- limits ---- */

static void ninth_stream_is_cut(void **state)
{
	const struct sdp *sdp = parse(PLAIN AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO);

	(void)state;
	assert_int_equal(sdp->n_media, SDP_MEDIA_MAX);
	assert_false(sdp->cut);
	sdp = parse(PLAIN AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO AUDIO "a=inactive\r\n");
	assert_int_equal(sdp->n_media, SDP_MEDIA_MAX);
	assert_true(sdp->cut);
	assert_int_equal(sdp->media[SDP_MEDIA_MAX - 1].direction, SDP_SENDRECV);
}

#define TEN " 1 2 3 4 5 6 7 8 9 10"

static void thirty_third_format_is_cut(void **state)
{
	const struct sdp *sdp = parse(HEAD CONN "m=audio 1000 RTP/AVP" TEN TEN TEN " 31 32\r\n");

	(void)state;
	assert_int_equal(sdp->media[0].n_formats, SDP_FORMATS_MAX);
	assert_false(sdp->cut);
	sdp = parse(HEAD CONN "m=audio 1000 RTP/AVP" TEN TEN TEN " 31 32 33\r\n");
	assert_int_equal(sdp->media[0].n_formats, SDP_FORMATS_MAX);
	assert_int_equal(sdp->media[0].formats[SDP_FORMATS_MAX - 1].payload_type, 32);
	assert_true(sdp->cut);
}

/* Linear, all rounds are over in a blink; quadratic, they would outlast what tests/run.sh grants a
 * program. */
#define WORST_ROUNDS 300

static const struct worst {
	const char *name;
	const char *repeated;
} worsts[] = {
	{ "many_streams", "m=audio 1 RTP/AVP 0\n" },
	{ "many_maps", "a=rtpmap:0 x/1\n" },
	{ "one_line", "x" },
	{ "many_lines", "\n" },
	{ "many_formats", " 0" },
};

static void time_grows_with_length_only(void **state)
{
	const struct worst *w = *state;
	static char text[65536];
	static const char start[] = HEAD CONN "m=audio 1 RTP/AVP 0";
	size_t len = sizeof(start) - 1;
	struct sdp sdp;

	memcpy(text, start, len);
	for (size_t n = strlen(w->repeated); len + n <= sizeof(text); len += n) {
		memcpy(text + len, w->repeated, n);
	}
	for (int i = 0; i < WORST_ROUNDS; i++) {
		assert_int_equal(sdp_parse((struct slice){ text, len }, &sdp), 0);
	}
}

/* ---- bodies ---- */

#define MIXED "multipart/mixed;boundary=b1"

static const struct body {
	const char *name;
	const char *content_type;
	const char *body;
	const char *want;
} bodies[] = {
	{ "description_is_the_body", "application/sdp", "v=0\r\n", "v=0\r\n" },
	{ "type_in_capitals_with_parameters", "Application/SDP ;charset=utf-8", "v=0\r\n",
	  "v=0\r\n" },
	{ "no_type_and_it_looks_like_one", "", "v=0\r\n", "v=0\r\n" },
	{ "no_type_and_it_does_not", "", "x=0\r\n", "" },
	{ "other_type_is_none", "application/isup", "v=0\r\n", "" },
	{ "type_that_only_begins_so_is_none", "application/sdpx", "v=0\r\n", "" },
	{ "first_part", MIXED, "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--\r\n",
	  "v=0\r\n" },
	{ "second_part", MIXED,
	  "--b1\r\nContent-Type: text/plain\r\n\r\nv=1\r\n--b1\r\nContent-Type: "
	  "application/sdp\r\n\r\nv=0\r\n"
	  "--b1--\r\n",
	  "v=0\r\n" },
	{ "first_of_two_descriptions", MIXED,
	  "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1\r\nContent-Type: "
	  "application/sdp\r\n\r\n"
	  "v=1\r\n--b1--\r\n",
	  "v=0\r\n" },
	{ "preamble_is_for_people", MIXED,
	  "hello\r\nContent-Type: application/sdp\r\n\r\nv=1\r\n--b1\r\nContent-Type: "
	  "application/sdp\r\n\r\n"
	  "v=0\r\n--b1--\r\n",
	  "v=0\r\n" },
	{ "part_that_never_ends", MIXED, "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n",
	  "v=0\r\n" },
	{ "boundary_in_quotes", "multipart/mixed; boundary=\"b1\"",
	  "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--\r\n", "v=0\r\n" },
	{ "boundary_behind_other_parameters", "multipart/related; type=x ; Boundary = b1 ;y=z",
	  "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--\r\n", "v=0\r\n" },
	{ "blanks_behind_the_boundary", MIXED,
	  "--b1 \t\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1-- \r\n", "v=0\r\n" },
	{ "line_feeds_alone", MIXED, "--b1\nContent-Type: application/sdp\n\nv=0\n--b1--\n",
	  "v=0\n" },
	{ "line_that_only_begins_with_the_boundary", MIXED,
	  "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b12\r\n--b1--\r\n",
	  "v=0\r\n--b12\r\n" },
	{ "compact_name_of_the_type", MIXED, "--b1\r\nc: application/sdp\r\n\r\nv=0\r\n--b1--\r\n",
	  "v=0\r\n" },
	{ "type_among_other_fields", MIXED,
	  "--b1\r\nContent-ID: 1\r\nContent-Type: application/sdp;x=y\r\nContent-Length: "
	  "5\r\n\r\nv=0\r\n"
	  "--b1--\r\n",
	  "v=0\r\n" },
	{ "part_without_fields_is_none", MIXED, "--b1\r\n\r\nv=0\r\n--b1--\r\n", "" },
	{ "part_without_blank_line_is_none", MIXED,
	  "--b1\r\nContent-Type: application/sdp\r\n--b1--\r\n", "" },
	{ "empty_part_is_none", MIXED, "--b1\r\nContent-Type: application/sdp\r\n\r\n--b1--\r\n",
	  "" },
	{ "part_within_a_part_is_none", MIXED,
	  "--b1\r\nContent-Type: multipart/mixed;boundary=b2\r\n\r\n--b2\r\nContent-Type: "
	  "application/sdp\r\n"
	  "\r\nv=0\r\n--b2--\r\n--b1--\r\n",
	  "" },
	{ "no_boundary_is_none", "multipart/mixed",
	  "--\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n", "" },
	{ "boundary_of_nothing_is_none",
	  "multipart/mixed;boundary=", "--\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n", "" },
	{ "boundary_of_71_letters_is_none",
	  "multipart/"
	  "mixed;boundary=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg1",
	  "--aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg1\r\n"
	  "Content-Type: application/sdp\r\n\r\nv=0\r\n",
	  "" },
	{ "boundary_that_is_not_there_is_none", MIXED, "v=0\r\n", "" },
	{ "empty_body_is_none", MIXED, "", "" },
};

static void description_in_the_body_is(void **state)
{
	const struct body *b = *state;
	struct slice type = exact(b->content_type, strlen(b->content_type));
	struct slice body = exact(b->body, strlen(b->body));

	assert_text(sdp_of_body(type, body), b->want);
	exact_free(body);
	exact_free(type);
}

static void nothing_at_all_is_none(void **state)
{
	struct slice nothing = { NULL, 0 };

	(void)state;
	assert_int_equal(sdp_of_body(nothing, nothing).len, 0);
	assert_int_equal(sdp_of_body(SLICE(MIXED), nothing).len, 0);
	assert_int_equal(sdp_parse(nothing, &(struct sdp){ 0 }), -EBADMSG);
}

static void thirty_third_part_is_not_looked_at(void **state)
{
	static const char sdp[] = "--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b1--\r\n";
	char body[1024];
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 31; i++) {
		len += (size_t)snprintf(body + len, sizeof(body) - len,
		                        "--b1\r\nx: y\r\n\r\nz\r\n");
	}
	memcpy(body + len, sdp, sizeof(sdp) - 1);
	assert_text(sdp_of_body(SLICE(MIXED), (struct slice){ body, len + sizeof(sdp) - 1 }),
	            "v=0\r\n");
	len += (size_t)snprintf(body + len, sizeof(body) - len, "--b1\r\nx: y\r\n\r\nz\r\n");
	memcpy(body + len, sdp, sizeof(sdp) - 1);
	assert_text(sdp_of_body(SLICE(MIXED), (struct slice){ body, len + sizeof(sdp) - 1 }), "");
}

int main(void)
{
	static struct cases c;

	cases_test(&c, audio_stream_is_described);
	cases_test(&c, every_stream_is_described_by_itself);
	cases_test(&c, description_without_media_has_none);
	cases_table(&c, no_sdps, text_is_refused);
	cases_table(&c, targets, target_is);
	cases_table(&c, profiles, stream_is_secured);
	cases_table(&c, unlisted, line_is_not_listed_and_its_attributes_are_nobodys);
	cases_table(&c, holds, hold_is);
	cases_table(&c, formats, format_is);
	cases_table(&c, ptimes, ptime_is);
	cases_table(&c, static_types, static_type_is_that_of_rfc_3551);
	cases_test(&c, ninth_stream_is_cut);
	cases_test(&c, thirty_third_format_is_cut);
	cases_table(&c, worsts, time_grows_with_length_only);
	cases_table(&c, bodies, description_in_the_body_is);
	cases_test(&c, nothing_at_all_is_none);
	cases_test(&c, thirty_third_part_is_not_looked_at);
	return cases_run("decode/sdp", &c, NULL, NULL);
}
