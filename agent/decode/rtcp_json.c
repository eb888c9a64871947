/* RTCP reports out of JSON; see the header. Names of members: Asterisk main/rtp_engine.c
 * (rtcp_report_to_json), rtpengine daemon/rtcp.c (homer_*). */
#include "agent/decode/rtcp_json.h"

#include <jansson.h>

#define NOT_GIVEN  127 /* RFC 3611 4.7.5: of R factor and MOS */
#define BLOCK_VOIP 7   /* RFC 3611 4.7 */

/* A whole number of at most 32 bits, signed or not, as a number or as its text. */
static uint32_t number_or(const json_t *object, const char *name, uint32_t otherwise)
{
	const json_t *value = json_object_get(object, name);
	int64_t n = otherwise;

	if (json_is_integer(value)) {
		n = json_integer_value(value);
	} else if (json_is_string(value)) {
		struct slice text = { json_string_value(value), json_string_length(value) };

		if (slice_i64(text, INT32_MIN, UINT32_MAX, &n) != 0) {
			return otherwise;
		}
	}
	return n < INT32_MIN || n > UINT32_MAX ? otherwise : (uint32_t)n;
}

static uint32_t number(const json_t *object, const char *name)
{
	return number_or(object, name, 0);
}

/* Some write the 24 bits of RFC 3550 6.4.1 as they stand, some have made a signed number of them:
 * the low 24 bits are the same. */
static int32_t signed_24(uint32_t v)
{
	return (int32_t)((v & 0xffffff) ^ UINT32_C(0x800000)) - 0x800000;
}

static uint8_t byte_or(const json_t *o, const char *name, uint8_t otherwise)
{
	uint32_t n = number_or(o, name, otherwise);

	return n <= UINT8_MAX ? (uint8_t)n : otherwise;
}

/* 0: not known (RFC 3611 4.7.3), as is what its 16 bits do not hold. */
static uint16_t delay_ms(const json_t *o, const char *name)
{
	uint32_t n = number(o, name);

	return n <= UINT16_MAX ? (uint16_t)n : 0;
}

static void report_block(const json_t *o, uint32_t reporter, const struct rtcp_handler *handler)
{
	struct rtcp_block b = {
		.reporter = reporter,
		.ssrc = number(o, "source_ssrc"),
		.fraction_lost = byte_or(o, "fraction_lost", 0),
		.cumulative_lost = signed_24(number(o, "packets_lost")),
		.highest_sequence = number(o, "highest_seq_no"),
		.jitter = number(o, "ia_jitter"),
		.lsr = number(o, "lsr"),
		.dlsr = number(o, "dlsr"),
	};

	if (json_is_object(o) && handler->block != NULL) {
		handler->block(handler->arg, &b);
	}
}

/* The VoIP metrics block (RFC 3611 4.7) as captagent and rtpengine write it. */
static bool report_voip(const json_t *o, const struct rtcp_handler *handler)
{
	struct rtcp_voip v = {
		.ssrc = number(o, "identifier"),
		.loss_rate = byte_or(o, "loss_rate", 0),
		.discard_rate = byte_or(o, "discard_rate", 0),
		.r_factor = byte_or(o, "R_fact", NOT_GIVEN),
		.mos_lq = byte_or(o, "MOS_LQ", NOT_GIVEN),
		.mos_cq = byte_or(o, "MOS_CQ", NOT_GIVEN),
		.round_trip_ms = delay_ms(o, "round_trip_delay"),
		.end_system_ms = delay_ms(o, "end_sys_delay"),
	};

	if (!json_is_object(o)) {
		return false;
	}
	if (handler->voip != NULL) {
		handler->voip(handler->arg, &v);
	}
	return true;
}

/* RFC 3550 4: seconds from 1900 to 1970 */
#define NTP_OF_1970 UINT32_C(2208988800)

#define MICROS      1000000

/*
 * The middle of the NTP time stamp. Asterisk writes texts: seconds since 1970 and microseconds,
 * both of a time it has converted (res_rtp_asterisk.c, ntp2timeval), which costs up to one unit of
 * 1/65536 s. All others write the two words of RFC 3550 6.4.1 as numbers, under the same names:
 * rtpengine (daemon/rtcp.c, homer_sr), heplify, captagent, FreeSWITCH's.
 */
static void take_ntp(const json_t *o, struct rtcp_sender *s)
{
	bool as_text = json_is_string(json_object_get(o, "ntp_timestamp_sec"));
	uint32_t seconds = number(o, "ntp_timestamp_sec");
	uint32_t fraction = number(o, "ntp_timestamp_usec");

	if ((seconds == 0 && fraction == 0) || (as_text && fraction >= MICROS)) {
		return;
	}
	if (as_text) {
		seconds += NTP_OF_1970;
		fraction = (uint32_t)(((uint64_t)fraction << 32) / MICROS);
	}
	s->has_ntp = true;
	s->ntp_mid = seconds << 16 | fraction >> 16;
	s->ntp_slack = as_text;
}

static bool report_sender(const json_t *o, uint32_t ssrc, const struct rtcp_handler *handler)
{
	struct rtcp_sender s = {
		.ssrc = ssrc,
		.rtp_ts = number(o, "rtp_timestamp"),
		.packets = number(o, "packets"),
		.octets = number(o, "octets"),
	};

	if (!json_is_object(o)) {
		return false;
	}
	take_ntp(o, &s);
	if (handler->sender != NULL) {
		handler->sender(handler->arg, &s);
	}
	return true;
}

/* The same block as heplify writes it (protos/rtcp.go), all zeros when there was none. R and MOS
 * are not told. */
static bool report_heplify(const json_t *o, const struct rtcp_handler *handler)
{
	struct rtcp_voip v = {
		.ssrc = number(o, "id"),
		.loss_rate = byte_or(o, "fraction_lost", 0),
		.discard_rate = byte_or(o, "fraction_discard", 0),
		.r_factor = NOT_GIVEN,
		.mos_lq = NOT_GIVEN,
		.mos_cq = NOT_GIVEN,
		.round_trip_ms = delay_ms(o, "round_trip_delay"),
		.end_system_ms = delay_ms(o, "end_system_delay"),
	};

	if (!json_is_object(o) || number(o, "type") != BLOCK_VOIP) {
		return false;
	}
	if (handler->voip != NULL) {
		handler->voip(handler->arg, &v);
	}
	return true;
}

static bool report(const json_t *root, const struct rtcp_handler *handler)
{
	const json_t *blocks = json_object_get(root, "report_blocks");
	uint32_t ssrc = number(root, "ssrc");
	bool any = json_is_array(blocks);
	size_t n = json_array_size(blocks);

	any |= report_sender(json_object_get(root, "sender_information"), ssrc, handler);
	for (size_t i = 0; i < n && i < RTCP_JSON_BLOCKS_MAX; i++) {
		report_block(json_array_get(blocks, i), ssrc, handler);
	}
	any |= report_voip(json_object_get(root, "extended_report_information"), handler);
	any |= report_heplify(json_object_get(root, "report_blocks_xr"), handler);
	return any;
}

bool rtcp_json_walk(struct slice text, const struct rtcp_handler *handler)
{
	json_t *root = json_loadb(text.at, text.len, 0, NULL);
	bool understood = json_is_object(root) && report(root, handler);

	json_decref(root);
	return understood;
}
