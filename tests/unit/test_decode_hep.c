/* HEP3: what is read out of a message, what is refused and under which name. */
#include "agent/decode/hep.h"

#include <errno.h>

#include <zlib.h>

#include "common/unconst.h"
#include "tests/support/cases.h"
#include "tests/support/hep_bytes.h"

#define AT_NS INT64_C(1795323487000123000)

static struct hep_bytes bytes;
static struct hep_message got;

static enum hep_result decode(void)
{
	return hep_decode(cursor_of(bytes.at, bytes.len), &got);
}

static void addresses_ports_time_and_payload_are_read(void **state)
{
	(void)state;
	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "OPTIONS");
	assert_int_equal(decode(), HEP_OK);
	assert_true(net_addr_eq(got.packet.src, net_addr_v4(HEP_SRC)));
	assert_true(net_addr_eq(got.packet.dst, net_addr_v4(HEP_DST)));
	assert_int_equal(got.packet.src_port, 5060);
	assert_int_equal(got.packet.dst_port, 5070);
	assert_int_equal(got.packet.transport, PACKET_UDP);
	assert_true(got.packet.at_ns == AT_NS);
	assert_true(got.has_time);
	assert_int_equal(got.type, HEP_TYPE_SIP);
	assert_int_equal(got.packet.payload_bytes, 7);
	assert_memory_equal(got.packet.payload.at, "OPTIONS", 7);
	assert_false(got.compressed);
}

static void addresses_of_ipv6_are_read(void **state)
{
	static const uint8_t from[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t to[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 };

	(void)state;
	hep_bytes_begin(&bytes);
	hep_bytes_u8(&bytes, 1, 10);
	hep_bytes_chunk(&bytes, 0, 5, from, sizeof(from));
	hep_bytes_chunk(&bytes, 0, 6, to, sizeof(to));
	hep_bytes_u8(&bytes, 11, 1);
	hep_bytes_chunk(&bytes, 0, 15, "x", 1);
	assert_int_equal(decode(), HEP_OK);
	assert_true(got.packet.src.high == UINT64_C(0x20010db800000000));
	assert_true(got.packet.src.low == 1);
	assert_true(got.packet.dst.low == 2);
	assert_false(got.has_time);
}

/* rtpagent, heplify and Kamailio differ in their order. */
static void chunks_come_in_any_order(void **state)
{
	(void)state;
	hep_bytes_begin(&bytes);
	hep_bytes_chunk(&bytes, 0, 15, "x", 1);
	hep_bytes_u8(&bytes, 11, HEP_TYPE_SIP);
	hep_bytes_u32(&bytes, 10, 123);
	hep_bytes_u32(&bytes, 9, 1795323487);
	hep_bytes_u16(&bytes, 8, 5070);
	hep_bytes_u16(&bytes, 7, 5060);
	hep_bytes_u32(&bytes, 4, HEP_DST);
	hep_bytes_u32(&bytes, 3, HEP_SRC);
	hep_bytes_chunk(&bytes, 0, 14, "secret", 6);
	hep_bytes_u32(&bytes, 12, 2001);
	hep_bytes_chunk(&bytes, 0, 17, "", 0);
	hep_bytes_u8(&bytes, 2, 6);
	assert_int_equal(decode(), HEP_OK);
	assert_true(net_addr_eq(got.packet.src, net_addr_v4(HEP_SRC)));
	assert_true(net_addr_eq(got.packet.dst, net_addr_v4(HEP_DST)));
	assert_int_equal(got.packet.src_port, 5060);
	assert_int_equal(got.packet.dst_port, 5070);
	assert_int_equal(got.packet.transport, PACKET_TCP);
	assert_true(got.packet.at_ns == AT_NS);
	assert_int_equal(got.type, HEP_TYPE_SIP);
	assert_int_equal(got.capture_id, 2001);
	assert_true(hep_key_is(got.key, "secret"));
	assert_int_equal(cursor_left(&got.correlation), 0);
}

static void a_second_has_a_million_microseconds(void **state)
{
	(void)state;
	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "x");
	hep_bytes_u32(&bytes, 10, 999999);
	assert_int_equal(decode(), HEP_OK);
	assert_true(got.has_time);
	hep_bytes_u32(&bytes, 10, 1000000);
	assert_int_equal(decode(), HEP_OK);
	assert_false(got.has_time);
}

static void key_capture_id_and_correlation_are_handed_out(void **state)
{
	(void)state;
	hep_bytes_text(&bytes, HEP_TYPE_RTCP_JSON, AT_NS, "{}");
	hep_bytes_u32(&bytes, 12, 2001);
	hep_bytes_chunk(&bytes, 0, 14, "secret", 6);
	hep_bytes_chunk(&bytes, 0, 17, "abc@host", 8);
	assert_int_equal(decode(), HEP_OK);
	assert_int_equal(got.capture_id, 2001);
	assert_true(hep_key_is(got.key, "secret"));
	assert_false(hep_key_is(got.key, "secre"));
	assert_false(hep_key_is(got.key, "secreT"));
	assert_int_equal(cursor_left(&got.correlation), 8);
}

static void a_message_without_a_key_has_none(void **state)
{
	(void)state;
	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "x");
	assert_int_equal(decode(), HEP_OK);
	assert_false(hep_key_is(got.key, "secret"));
}

static void chunks_of_other_vendors_and_new_types_are_skipped(void **state)
{
	(void)state;
	hep_bytes_head(&bytes, HEP_TYPE_SIP, AT_NS);
	hep_bytes_chunk(&bytes, 2, 15, "not the payload", 15); /* Kamailio's number space */
	hep_bytes_chunk(&bytes, 0, 0x7fff, "new", 3);
	hep_bytes_chunk(&bytes, 0, 15, "x", 1);
	assert_int_equal(decode(), HEP_OK);
	assert_int_equal(got.foreign, 1);
	assert_int_equal(got.packet.payload_bytes, 1);
}

struct transport_case {
	const char *name;
	uint8_t protocol;
	enum packet_transport want;
};

static const struct transport_case transports[] = {
	{ "protocol_17_is_udp", 17, PACKET_UDP },
	{ "protocol_6_is_tcp", 6, PACKET_TCP },
	{ "protocol_22_is_tls", 22, PACKET_TLS },
	{ "protocol_50_is_websocket", 50, PACKET_WS },
	{ "protocol_132_is_taken_for_udp", 132, PACKET_UDP },
};

static void transport_run(void **state)
{
	const struct transport_case *row = *state;

	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "x");
	hep_bytes_u8(&bytes, 2, row->protocol); /* the last one counts */
	assert_int_equal(decode(), HEP_OK);
	assert_int_equal(got.packet.transport, row->want);
}

/* One byte of a good message is overwritten, or it is cut or drawn out. */
struct damage_case {
	const char *name;
	size_t at;
	uint8_t byte;
	int longer; /* bytes more than the message says */
	enum hep_result want;
};

static const struct damage_case damages[] = {
	{ "another_magic_is_no_hep3", 3, '2', 0, HEP_NOT_HEP3 },
	{ "a_length_below_its_header_is_refused", 5, 5, 0, HEP_BAD_LENGTH },
	{ "a_length_beyond_the_message_is_truncated", 4, 0x7f, 0, HEP_TRUNCATED },
	{ "bytes_behind_the_message_are_refused", 3, '3', 1, HEP_BAD_LENGTH },
	{ "a_message_cut_short_is_truncated", 3, '3', -1, HEP_TRUNCATED },
	{ "a_chunk_shorter_than_its_header_is_refused", 11, 5, 0, HEP_BAD_CHUNK },
	{ "a_chunk_longer_than_the_message_is_refused", 10, 0xff, 0, HEP_BAD_CHUNK },
	{ "a_chunk_of_a_wrong_length_is_refused", 11, 8, 0, HEP_BAD_CHUNK },
	{ "without_a_source_address_it_is_incomplete", 23, 0x33, 0, HEP_INCOMPLETE },
};

static void damage_run(void **state)
{
	const struct damage_case *row = *state;

	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "x");
	bytes.at[row->at] = row->byte;
	bytes.at[4] = row->at == 5 ? 0 : bytes.at[4];
	bytes.len += (size_t)row->longer;
	assert_int_equal(decode(), row->want);
	assert_string_not_equal(hep_result_name(row->want), "unknown");
}

static void every_cut_of_a_message_is_refused(void **state)
{
	size_t whole;

	(void)state;
	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "INVITE");
	whole = bytes.len;
	for (bytes.len = 0; bytes.len < whole; bytes.len++) {
		assert_int_not_equal(decode(), HEP_OK);
	}
	bytes.len = whole;
	assert_int_equal(decode(), HEP_OK);
}

static void a_stream_is_framed_by_the_length_in_the_header(void **state)
{
	(void)state;
	hep_bytes_text(&bytes, HEP_TYPE_SIP, AT_NS, "x");
	assert_int_equal(hep_frame(cursor_of(bytes.at, bytes.len)), bytes.len);
	assert_int_equal(hep_frame(cursor_of(bytes.at, 6)), bytes.len);
	assert_int_equal(hep_frame(cursor_of(bytes.at, 5)), 0);
	assert_int_equal(hep_frame(cursor_of(bytes.at, 1)), 0);
	assert_int_equal(hep_frame(cursor_of("GET / HTTP", 10)), -EBADMSG);
	assert_int_equal(hep_frame(cursor_of("HEP3\0\5", 6)), -EBADMSG);
	assert_int_equal(hep_frame(cursor_of("HX", 2)), -EBADMSG);
}

/* ---- compressed payloads ---- */

static const char *const text = "INVITE sip:a@b SIP/2.0\r\n";

/* @param bits  15: zlib, 31: gzip */
static struct cursor deflated(int bits, uint8_t out[256])
{
	z_stream z = { .next_in = unconst(text),
		       .avail_in = (uInt)strlen(text),
		       .next_out = out,
		       .avail_out = 256 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	(void)deflateEnd(&z);
	return cursor_of(out, 256 - z.avail_out);
}

static void zlib_and_gzip_are_unpacked(void **state)
{
	uint8_t packed[256];
	uint8_t out[256];

	(void)state;
	for (int bits = 15; bits <= 31; bits += 16) {
		int n = hep_inflate(deflated(bits, packed), out, sizeof(out));

		assert_int_equal(n, strlen(text));
		assert_memory_equal(out, text, (size_t)n);
	}
}

static void what_unpacks_to_more_than_the_room_is_refused(void **state)
{
	uint8_t packed[256];
	uint8_t out[8];

	(void)state;
	assert_int_equal(hep_inflate(deflated(15, packed), out, sizeof(out)), -EMSGSIZE);
}

static void damaged_or_cut_payloads_are_refused(void **state)
{
	uint8_t packed[256];
	uint8_t out[256];
	struct cursor c = deflated(15, packed);

	(void)state;
	c.end--;
	assert_int_equal(hep_inflate(c, out, sizeof(out)), -EBADMSG);
	assert_int_equal(hep_inflate(cursor_of("plain text", 10), out, sizeof(out)), -EBADMSG);
	assert_int_equal(hep_inflate(cursor_of(NULL, 0), out, sizeof(out)), -EBADMSG);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, addresses_ports_time_and_payload_are_read);
	cases_test(&c, addresses_of_ipv6_are_read);
	cases_test(&c, chunks_come_in_any_order);
	cases_test(&c, a_second_has_a_million_microseconds);
	cases_test(&c, key_capture_id_and_correlation_are_handed_out);
	cases_test(&c, a_message_without_a_key_has_none);
	cases_test(&c, chunks_of_other_vendors_and_new_types_are_skipped);
	cases_table(&c, transports, transport_run);
	cases_table(&c, damages, damage_run);
	cases_test(&c, every_cut_of_a_message_is_refused);
	cases_test(&c, a_stream_is_framed_by_the_length_in_the_header);
	cases_test(&c, zlib_and_gzip_are_unpacked);
	cases_test(&c, what_unpacks_to_more_than_the_room_is_refused);
	cases_test(&c, damaged_or_cut_payloads_are_refused);
	return cases_run("decode_hep", &c, NULL, NULL);
}
