#include "agent/decode/packet.h"

#include <errno.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"
#include "tests/support/hex.h"

/* 192.0.2.1:5060 to 192.0.2.2:5062, "hello" */
#define IPV4      "45 00 0021 0001 0000 40 11 0000 c0000201 c0000202 "
#define IPV6_HEAD "60000000 "
#define IPV6_ADDR "20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define IPV6      IPV6_HEAD "000d 11 40 " IPV6_ADDR
#define UDP       "13c4 13c6 000d 0000 "
#define HELLO     "68656c6c6f "
#define MACS      "02000000000b 02000000000a "
#define ETHERNET4 MACS "0800 "

struct decoded {
	enum packet_result result;
	struct packet packet;
	struct packet_fragment fragment;
	uint8_t *bytes;
};

static struct decoded decode(int dlt, const char *first, const char *second)
{
	struct decoded d = { .packet = { .at_ns = 77 } };
	struct hex frame = { .len = 0 };

	hex_add(&frame, first);
	hex_add(&frame, second);
	d.bytes = hex_exact(&frame);
	d.result = packet_decode(dlt, cursor_of(d.bytes, frame.len), &d.packet, &d.fragment);
	return d;
}

static void assert_is_hello(const struct packet *p)
{
	assert_int_equal(p->transport, PACKET_UDP);
	assert_int_equal(p->src_port, 5060);
	assert_int_equal(p->dst_port, 5062);
	assert_int_equal(p->payload_bytes, 5);
	assert_int_equal(cursor_left(&p->payload), 5);
	assert_memory_equal(p->payload.at, "hello", 5);
	assert_int_equal(p->at_ns, 77);
}

/* ---- link layers ---- */

static const struct link {
	const char *name;
	int dlt;
	const char *header;
} ipv4_links[] = {
	{ "e05_ethernet_carries_ipv4", 1, ETHERNET4 },
	{ "e05_vlan_tag_is_skipped", 1, MACS "8100 0064 0800" },
	{ "e05_qinq_stack_is_skipped", 1, MACS "88a8 0064 8100 0065 0800" },
	{ "e05_old_qinq_tag_is_skipped", 1, MACS "9100 0064 8100 0065 0800" },
	{ "e05_eight_tags_are_skipped", 1,
	  MACS
	  "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 8100 0008 0800" },
	{ "e05_pppoe_session_is_entered", 1, MACS "8864 11 00 0001 0023 0021" },
	{ "e05_pppoe_within_a_vlan_is_entered", 1, MACS "8100 0007 8864 11 00 0001 0023 0021" },
	{ "e05_linux_cooked_carries_ipv4", 113, "0000 0001 0006 02000000000a0000 0800" },
	{ "e05_linux_cooked_carries_a_vlan_tag", 113,
	  "0000 0001 0006 02000000000a0000 8100 0064 0800" },
	{ "e05_linux_cooked_2_carries_ipv4", 276,
	  "0800 0000 00000003 0001 00 06 02000000000a0000" },
	{ "e05_null_of_a_little_endian_host", 0, "02000000" },
	{ "e05_null_of_a_big_endian_host", 0, "00000002" },
	{ "e05_loop_is_big_endian", 108, "00000002" },
	{ "e05_raw_of_linux", 12, "" },
	{ "e05_raw_of_openbsd", 14, "" },
	{ "e05_raw_in_files", 101, "" },
	{ "e05_raw_ipv4", 228, "" },
	{ "e05_ip_in_ip_is_entered", 228, "45 00 0035 0001 0000 40 04 0000 0a000001 0a000002" },
	{ "e05_ipv4_in_ipv6_is_entered", 229, IPV6_HEAD "0021 04 40 " IPV6_ADDR },
	{ "e05_gre_is_entered", 228,
	  "45 00 0039 0001 0000 40 2f 0000 0a000001 0a000002 0000 0800" },
	{ "e05_gre_with_checksum_key_and_number_is_entered", 228,
	  "45 00 0045 0001 0000 40 2f 0000 0a000001 0a000002 b000 0800 ffff0000 00000007 "
	  "00000001" },
	{ "e05_ethernet_in_gre_is_entered", 228,
	  "45 00 0047 0001 0000 40 2f 0000 0a000001 0a000002 0000 6558" ETHERNET4 },
	{ "e05_vxlan_is_entered", 228,
	  "45 00 0053 0001 0000 40 11 0000 0a000001 0a000002 c000 12b5 003f 0000 08000000 "
	  "00000500" ETHERNET4 },
	{ "e05_vxlan_in_ethernet_is_entered", 1,
	  ETHERNET4 "45 00 0053 0001 0000 40 11 0000 0a000001 0a000002"
	            "c000 12b5 003f 0000 08000000 00000500" ETHERNET4 },
	{ "e05_erspan_1_is_entered", 228,
	  "45 00 0047 0001 0000 40 2f 0000 0a000001 0a000002 0000 88be" ETHERNET4 },
	{ "e05_erspan_2_is_entered", 228,
	  "45 00 0053 0001 0000 40 2f 0000 0a000001 0a000002 1000 88be 00000001 "
	  "1001 0064 00000000" ETHERNET4 },
	{ "e05_erspan_3_is_entered", 228,
	  "45 00 0057 0001 0000 40 2f 0000 0a000001 0a000002 1000 22eb 00000001 "
	  "2001 0064 00000007 0000 0000" ETHERNET4 },
	{ "e05_erspan_3_with_a_subheader_is_entered", 228,
	  "45 00 005f 0001 0000 40 2f 0000 0a000001 0a000002 1000 22eb 00000001 "
	  "2001 0064 00000007 0000 0001 0000000000000000" ETHERNET4 },
	{ "e05_erspan_2_of_a_vlan_is_entered", 228,
	  "45 00 0057 0001 0000 40 2f 0000 0a000001 0a000002 1000 88be 00000001 "
	  "1001 0064 00000000" MACS "8100 0064 0800" },
	{ "e05_four_tunnels_are_entered", 228,
	  "45 00 0071 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 005d 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 0049 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 0035 0001 0000 40 04 0000 0a000001 0a000002" },
};

static void ipv4_datagram_is_the_same_over(void **state)
{
	const struct link *l = *state;
	struct decoded d = decode(l->dlt, l->header, IPV4 UDP HELLO);

	assert_int_equal(d.result, PACKET_OK);
	assert_is_hello(&d.packet);
	assert_true(net_addr_eq(d.packet.src, net_addr_v4(0xc0000201)));
	assert_true(net_addr_eq(d.packet.dst, net_addr_v4(0xc0000202)));
	free(d.bytes);
}

static const struct link ipv6_links[] = {
	{ "e05_ethernet_carries_ipv6", 1, MACS "86dd" },
	{ "e05_pppoe_carries_ipv6", 1, MACS "8864 11 00 0001 0037 0057" },
	{ "e05_linux_cooked_2_carries_ipv6", 276,
	  "86dd 0000 00000003 0001 00 06 02000000000a0000" },
	{ "e05_null_of_linux_carries_ipv6", 0, "0a000000" },
	{ "e05_null_of_netbsd_carries_ipv6", 0, "18000000" },
	{ "e05_null_of_freebsd_carries_ipv6", 0, "1c000000" },
	{ "e05_null_of_macos_carries_ipv6", 0, "1e000000" },
	{ "e05_loop_carries_ipv6", 108, "00000018" },
	{ "e05_raw_is_told_by_its_version", 101, "" },
	{ "e05_raw_ipv6", 229, "" },
	{ "e05_ipv6_in_ipv4_is_entered", 228, "45 00 0049 0001 0000 40 29 0000 0a000001 0a000002" },
	{ "e05_gre_carries_ipv6", 228,
	  "45 00 004d 0001 0000 40 2f 0000 0a000001 0a000002 0000 86dd" },
};

static void ipv6_datagram_is_the_same_over(void **state)
{
	const struct link *l = *state;
	struct decoded d = decode(l->dlt, l->header, IPV6 UDP HELLO);

	assert_int_equal(d.result, PACKET_OK);
	assert_is_hello(&d.packet);
	assert_int_equal(d.packet.src.high, 0x20010db800000000);
	assert_int_equal(d.packet.src.low, 1);
	assert_int_equal(d.packet.dst.high, 0x20010db800000000);
	assert_int_equal(d.packet.dst.low, 2);
	free(d.bytes);
}

static void every_link_type_it_decodes_is_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ipv4_links) / sizeof(ipv4_links[0]); i++) {
		assert_true(packet_link_known(ipv4_links[i].dlt));
	}
	for (size_t i = 0; i < sizeof(ipv6_links) / sizeof(ipv6_links[0]); i++) {
		assert_true(packet_link_known(ipv6_links[i].dlt));
	}
}

static void other_link_types_are_unknown(void **state)
{
	static const int others[] = { -1, 2, 9, 105, 127, 147, 277, 1000 };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct decoded d = decode(others[i], ETHERNET4, IPV4 UDP HELLO);

		assert_false(packet_link_known(others[i]));
		assert_int_equal(d.result, PACKET_LINK_UNKNOWN);
		free(d.bytes);
	}
}

/* ---- extension headers and odd lengths that are fine ---- */

static const struct frame {
	const char *name;
	int dlt;
	const char *bytes;
} hellos[] = {
	{ "ipv4_options_are_skipped", 228,
	  "47 00 0029 0001 0000 40 11 0000 c0000201 c0000202 94040000 01010101" UDP HELLO },
	{ "ethernet_padding_is_no_payload", 1, ETHERNET4 IPV4 UDP HELLO "00000000000000000000" },
	{ "ethernet_padding_behind_ipv6_is_no_payload", 1, MACS "86dd" IPV6 UDP HELLO "0000" },
	{ "ipv4_length_0_means_as_captured", 1,
	  ETHERNET4 "45 00 0000 0001 0000 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "ipv4_length_0_leaves_padding_to_udp", 228,
	  "45 00 0000 0001 0000 40 11 0000 c0000201 c0000202" UDP HELLO "0000" },
	{ "ipv6_length_0_means_as_captured", 229, IPV6_HEAD "0000 11 40 " IPV6_ADDR UDP HELLO },
	{ "udp_length_0_means_as_ip_says", 228, IPV4 "13c4 13c6 0000 0000" HELLO },
	{ "udp_may_be_shorter_than_ip", 228,
	  "45 00 0025 0001 0000 40 11 0000 c0000201 c0000202" UDP HELLO "deadbeef" },
	{ "dont_fragment_is_no_fragment", 228,
	  "45 00 0021 0001 4000 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "hop_by_hop_options_are_skipped", 229,
	  IPV6_HEAD "0015 00 40 " IPV6_ADDR "11 00 050200000100" UDP HELLO },
	{ "routing_and_destination_options_are_skipped", 229,
	  IPV6_HEAD "001d 2b 40 " IPV6_ADDR "3c 00 000000000000 11 00 010400000000" UDP HELLO },
	{ "authentication_header_counts_in_words", 229,
	  IPV6_HEAD "0019 33 40 " IPV6_ADDR "11 01 0000 00000001 00000001" UDP HELLO },
	{ "mobility_header_is_skipped", 229,
	  IPV6_HEAD "0015 87 40 " IPV6_ADDR "11 00 000000000000" UDP HELLO },
	{ "atomic_fragment_is_a_whole_datagram", 229,
	  IPV6_HEAD "0015 2c 40 " IPV6_ADDR "11 00 0000 12345678" UDP HELLO },
	{ "options_behind_an_atomic_fragment_are_skipped", 229,
	  IPV6_HEAD "001d 2c 40 " IPV6_ADDR "3c 00 0000 12345678 11 00 010400000000" UDP HELLO },
	{ "eight_extension_headers_are_skipped", 229,
	  IPV6_HEAD
	  "004d 3c 40 " IPV6_ADDR
	  "3c 00 010400000000 3c 00 010400000000 3c 00 010400000000 3c 00 010400000000"
	  "3c 00 010400000000 3c 00 010400000000 3c 00 010400000000 11 00 010400000000" UDP HELLO },
};

static void datagram_says_hello(void **state)
{
	const struct frame *f = *state;
	struct decoded d = decode(f->dlt, f->bytes, "");

	assert_int_equal(d.result, PACKET_OK);
	assert_is_hello(&d.packet);
	free(d.bytes);
}

/* ---- what is refused, and by which name ---- */

static const struct refusal {
	const char *name;
	int dlt;
	enum packet_result want;
	const char *bytes;
} refusals[] = {
	{ "no_bytes_are_no_ethernet", 1, PACKET_LINK_TRUNCATED, "" },
	{ "ethernet_cut_in_its_type", 1, PACKET_LINK_TRUNCATED, MACS "08" },
	{ "vlan_tag_cut", 1, PACKET_LINK_TRUNCATED, MACS "8100 00" },
	{ "pppoe_cut", 1, PACKET_LINK_TRUNCATED, MACS "8864 11 00 0001 0023 00" },
	{ "cooked_cut", 113, PACKET_LINK_TRUNCATED, "0000 0001 0006 02000000000a0000 08" },
	{ "cooked_2_cut", 276, PACKET_LINK_TRUNCATED,
	  "0800 0000 00000003 0001 00 06 02000000000a00" },
	{ "null_cut", 0, PACKET_LINK_TRUNCATED, "020000" },
	{ "raw_of_nothing", 101, PACKET_IP_TRUNCATED, "" },
	{ "arp_is_other", 1, PACKET_OTHER, MACS "0806 0001 0800 06 04 0001" },
	{ "length_field_of_802_3_is_other", 1, PACKET_OTHER, MACS "0003 424203" },
	{ "nine_vlan_tags_are_other", 1, PACKET_OTHER,
	  MACS "8100 0001 8100 0002 8100 0003 8100 0004 8100 0005 8100 0006 8100 0007 8100 0008"
	       "8100 0009 0800" IPV4 UDP HELLO },
	{ "pppoe_link_control_is_other", 1, PACKET_OTHER,
	  MACS "8864 11 00 0001 0006 c021 0901 0004" },
	{ "family_unknown_is_other", 0, PACKET_OTHER, "07000000 00" },
	{ "icmp_is_other_though_it_quotes_udp", 228, PACKET_OTHER,
	  "45 00 003d 0001 0000 40 01 0000 c0000202 c0000201 0303 0000 00000000" IPV4 UDP HELLO },
	{ "encrypted_payload_is_other", 229, PACKET_OTHER,
	  IPV6_HEAD "000d 32 40 " IPV6_ADDR UDP HELLO },
	{ "no_next_header_is_other", 229, PACKET_OTHER, IPV6_HEAD "0000 3b 40 " IPV6_ADDR },
	{ "erspan_2_of_another_version_is_other", 228, PACKET_OTHER,
	  "45 00 0053 0001 0000 40 2f 0000 0a000001 0a000002 1000 88be 00000001 "
	  "2001 0064 00000000" ETHERNET4 },
	{ "erspan_2_cut_in_its_header", 228, PACKET_IP_TRUNCATED,
	  "45 00 001e 0001 0000 40 2f 0000 0a000001 0a000002 1000 88be 00000001 1001" },
	{ "erspan_3_cut_in_its_subheader", 228, PACKET_IP_TRUNCATED,
	  "45 00 002c 0001 0000 40 2f 0000 0a000001 0a000002 1000 22eb 00000001 "
	  "2001 0064 00000007 0000 0001 00000000" },
	{ "ethernet_in_erspan_cut", 228, PACKET_LINK_TRUNCATED,
	  "45 00 001a 0001 0000 40 2f 0000 0a000001 0a000002 0000 88be 0102" },
	{ "gre_version_1_is_other", 228, PACKET_OTHER,
	  "45 00 0039 0001 0000 40 2f 0000 0a000001 0a000002 2001 880b" IPV4 UDP HELLO },
	{ "gre_with_routing_is_other", 228, PACKET_OTHER,
	  "45 00 003d 0001 0000 40 2f 0000 0a000001 0a000002 4000 0800 00000000" IPV4 UDP HELLO },
	{ "gre_cut_in_its_key", 228, PACKET_IP_TRUNCATED,
	  "45 00 001e 0001 0000 40 2f 0000 0a000001 0a000002 2000 0800 0000" },
	{ "five_tunnels_are_other", 228, PACKET_OTHER,
	  "45 00 0085 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 0071 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 005d 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 0049 0001 0000 40 04 0000 0a000001 0a000002"
	  "45 00 0035 0001 0000 40 04 0000 0a000001 0a000002" IPV4 UDP HELLO },
	{ "ethernet_in_vxlan_cut", 228, PACKET_LINK_TRUNCATED,
	  "45 00 0026 0001 0000 40 11 0000 0a000001 0a000002 c000 12b5 0012 0000 08000000 00000500 "
	  "0200" },
	{ "ipv4_cut_in_its_header", 228, PACKET_IP_TRUNCATED,
	  "45 00 0021 0001 0000 40 11 0000 c0000201 c00002" },
	{ "ipv4_cut_in_its_options", 228, PACKET_IP_TRUNCATED,
	  "47 00 0029 0001 0000 40 11 0000 c0000201 c0000202 94040000 01" },
	{ "ipv4_that_says_6", 228, PACKET_IP_BAD_VERSION,
	  "65 00 0021 0001 0000 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "ipv6_that_says_4", 229, PACKET_IP_BAD_VERSION, IPV4 UDP HELLO "00000000000000" },
	{ "raw_that_says_5", 101, PACKET_IP_BAD_VERSION, "55 00 0021" },
	{ "ethernet_that_says_ipv4_and_holds_ipv6", 1, PACKET_IP_BAD_VERSION,
	  ETHERNET4 IPV6 UDP HELLO },
	{ "ipv4_header_of_16_bytes", 228, PACKET_IP_BAD_LENGTH,
	  "44 00 0021 0001 0000 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "ipv4_shorter_than_its_header", 228, PACKET_IP_BAD_LENGTH,
	  "45 00 0013 0001 0000 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "ipv4_of_a_header_only", 228, PACKET_UDP_TRUNCATED,
	  "45 00 0014 0001 0000 40 11 0000 c0000201 c0000202" },
	{ "ipv6_cut_in_its_header", 229, PACKET_IP_TRUNCATED, IPV6_HEAD "000d 11 40 20010db8" },
	{ "extension_longer_than_the_datagram", 229, PACKET_IP6_BAD_EXTENSION,
	  IPV6_HEAD "0015 00 40 " IPV6_ADDR "11 02 050200000100" UDP HELLO },
	{ "extension_cut_by_the_capture", 229, PACKET_IP_TRUNCATED,
	  IPV6_HEAD "0015 00 40 " IPV6_ADDR "11 00 0502" },
	{ "extension_of_no_bytes", 229, PACKET_IP6_BAD_EXTENSION,
	  IPV6_HEAD "0001 00 40 " IPV6_ADDR "11" },
	{ "nine_extension_headers", 229, PACKET_IP6_BAD_EXTENSION,
	  IPV6_HEAD "0055 3c 40 " IPV6_ADDR
	            "3c 00 010400000000 3c 00 010400000000 3c 00 010400000000 3c 00 010400000000"
	            "3c 00 010400000000 3c 00 010400000000 3c 00 010400000000 3c 00 010400000000"
	            "11 00 010400000000" UDP HELLO },
	{ "extension_up_to_the_end_of_the_datagram", 229, PACKET_UDP_TRUNCATED,
	  IPV6_HEAD "0008 00 40 " IPV6_ADDR "11 00 050200000100" },
	{ "extension_up_to_the_end_of_the_capture", 229, PACKET_UDP_TRUNCATED,
	  IPV6_HEAD "0015 00 40 " IPV6_ADDR "11 00 050200000100" },
	{ "udp_that_counts_the_extension_as_its_own", 229, PACKET_UDP_BAD_LENGTH,
	  IPV6_HEAD "0015 00 40 " IPV6_ADDR "11 00 050200000100 13c4 13c6 0015 0000" HELLO },
	{ "atomic_fragment_of_nothing", 229, PACKET_UDP_TRUNCATED,
	  IPV6_HEAD "0008 2c 40 " IPV6_ADDR "11 00 0000 12345678" },
	{ "fragment_header_longer_than_the_datagram", 229, PACKET_IP6_BAD_EXTENSION,
	  IPV6_HEAD "0004 2c 40 " IPV6_ADDR "11000001" },
	{ "fragment_header_cut_by_the_capture", 229, PACKET_IP_TRUNCATED,
	  IPV6_HEAD "0015 2c 40 " IPV6_ADDR "110000" },
	{ "middle_fragment_of_no_whole_units", 228, PACKET_IP_BAD_LENGTH,
	  "45 00 0021 0001 2000 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "middle_fragment_of_nothing", 228, PACKET_IP_BAD_LENGTH,
	  "45 00 0014 0001 2000 40 11 0000 c0000201 c0000202" },
	{ "fragment_past_65535", 228, PACKET_IP_BAD_LENGTH,
	  "45 00 0021 0001 1fff 40 11 0000 c0000201 c0000202" UDP HELLO },
	{ "fragment_of_icmp_is_other", 228, PACKET_OTHER,
	  "45 00 001c 0001 2000 40 01 0000 c0000201 c0000202 0800 0000 00000000" },
	{ "udp_cut_in_its_header", 228, PACKET_UDP_TRUNCATED, IPV4 "13c4 13c6 00" },
	{ "ip_with_no_room_for_udp", 228, PACKET_UDP_TRUNCATED,
	  "45 00 0018 0001 0000 40 11 0000 c0000201 c0000202 13c413c6" },
	{ "udp_length_7", 228, PACKET_UDP_BAD_LENGTH, IPV4 "13c4 13c6 0007 0000" HELLO },
	{ "udp_longer_than_ip", 228, PACKET_UDP_BAD_LENGTH, IPV4 "13c4 13c6 000e 0000" HELLO },
	{ "udp_length_7_over_ethernet", 1, PACKET_UDP_BAD_LENGTH,
	  ETHERNET4 IPV4 "13c4 13c6 0007 0000" HELLO },
	{ "udp_longer_than_ip_over_ethernet", 1, PACKET_UDP_BAD_LENGTH,
	  ETHERNET4 IPV4 "13c4 13c6 000e 0000" HELLO },
	{ "tcp_cut_in_its_header", 228, PACKET_TCP_TRUNCATED,
	  "45 00 0028 0001 0000 40 06 0000 c0000201 c0000202 13c4 13c6 00000001 00000000 50" },
	{ "tcp_cut_in_its_options", 228, PACKET_TCP_TRUNCATED,
	  "45 00 002c 0001 0000 40 06 0000 c0000201 c0000202"
	  "13c4 13c6 00000001 00000000 60 02 ffff 0000 0000 0204" },
	{ "tcp_header_of_16_bytes", 228, PACKET_TCP_BAD_OFFSET,
	  "45 00 0028 0001 0000 40 06 0000 c0000201 c0000202 13c4 13c6 00000001 00000000 40 10 "
	  "ffff 0000 0000" },
	{ "tcp_header_longer_than_the_datagram", 228, PACKET_TCP_BAD_OFFSET,
	  "45 00 0028 0001 0000 40 06 0000 c0000201 c0000202 13c4 13c6 00000001 00000000 60 10 "
	  "ffff 0000 0000" },
};

static void frame_is_refused_by_name(void **state)
{
	const struct refusal *r = *state;
	struct decoded d = decode(r->dlt, r->bytes, "");

	assert_string_equal(packet_result_name(d.result), packet_result_name(r->want));
	free(d.bytes);
}

/* ---- one by one ---- */

static void payload_cut_by_the_capture_says_how_long_it_was(void **state)
{
	struct decoded usual = decode(1, ETHERNET4, IPV4 UDP "6865");
	struct decoded raw = decode(228, "", IPV4 UDP "6865");

	(void)state;
	assert_int_equal(usual.result, PACKET_OK);
	assert_int_equal(usual.packet.payload_bytes, 5);
	assert_int_equal(cursor_left(&usual.packet.payload), 2);
	assert_int_equal(raw.result, PACKET_OK);
	assert_int_equal(raw.packet.payload_bytes, 5);
	assert_int_equal(cursor_left(&raw.packet.payload), 2);
	free(usual.bytes);
	free(raw.bytes);
}

static void tcp_payload_begins_behind_the_options(void **state)
{
	struct decoded d = decode(228,
	                          "45 00 0031 0001 0000 40 06 0000 c0000201 c0000202"
	                          "13c4 13c6 01020304 00000000 60 18 ffff 0000 0000 01010101",
	                          HELLO);

	(void)state;
	assert_int_equal(d.result, PACKET_OK);
	assert_int_equal(d.packet.transport, PACKET_TCP);
	assert_int_equal(d.packet.src_port, 5060);
	assert_int_equal(d.packet.dst_port, 5062);
	assert_int_equal(d.packet.tcp_sequence, 0x01020304);
	assert_int_equal(d.packet.tcp_flags, 0x18);
	assert_int_equal(d.packet.payload_bytes, 5);
	assert_memory_equal(d.packet.payload.at, "hello", 5);
	free(d.bytes);
}

static void byte_behind_a_syn_has_the_next_sequence_number(void **state)
{
	struct decoded d = decode(228,
	                          "45 00 0028 0001 0000 40 06 0000 c0000201 c0000202"
	                          "13c4 13c6 ffffffff 00000000 50 02 ffff 0000 0000",
	                          "");

	(void)state;
	assert_int_equal(d.result, PACKET_OK);
	assert_int_equal(d.packet.tcp_flags, PACKET_TCP_SYN);
	assert_int_equal(d.packet.tcp_sequence, 0);
	assert_int_equal(d.packet.payload_bytes, 0);
	free(d.bytes);
}

static void udp_after_tcp_in_the_same_struct_has_no_tcp_fields(void **state)
{
	const struct packet tcp = { .transport = PACKET_TCP, .tcp_sequence = 9, .tcp_flags = 9 };
	struct packet_fragment frag;
	struct hex frame = { .len = 0 };
	struct packet usual = tcp;
	struct packet raw = tcp;

	(void)state;
	hex_add(&frame, ETHERNET4 IPV4 UDP HELLO);
	assert_int_equal(packet_decode(1, cursor_of(frame.bytes, frame.len), &usual, &frag),
	                 PACKET_OK);
	assert_int_equal(usual.transport, PACKET_UDP);
	assert_int_equal(usual.tcp_sequence, 0);
	assert_int_equal(usual.tcp_flags, 0);
	assert_int_equal(
		packet_decode(228, cursor_of(frame.bytes + 14, frame.len - 14), &raw, &frag),
		PACKET_OK);
	assert_int_equal(raw.transport, PACKET_UDP);
	assert_int_equal(raw.tcp_sequence, 0);
	assert_int_equal(raw.tcp_flags, 0);
}

static void datagram_of_nothing_has_an_empty_payload(void **state)
{
	struct decoded usual =
		decode(1, ETHERNET4,
	               "45 00 001c 0001 0000 40 11 0000 c0000201 c0000202 13c4 13c6 0008 0000");
	struct decoded raw = decode(
		228, "", "45 00 001c 0001 0000 40 11 0000 c0000201 c0000202 13c4 13c6 0008 0000");

	(void)state;
	assert_int_equal(usual.result, PACKET_OK);
	assert_int_equal(usual.packet.payload_bytes, 0);
	assert_int_equal(cursor_left(&usual.packet.payload), 0);
	assert_int_equal(raw.result, PACKET_OK);
	assert_int_equal(raw.packet.payload_bytes, 0);
	free(usual.bytes);
	free(raw.bytes);
}

/* To port 4789, but without the I flag or with reserved bits set; and VXLAN to another port. */
static const struct frame no_vxlans[] = {
	{ "media_to_the_vxlan_port_is_media", 228,
	  "45 00 0024 0001 0000 40 11 0000 c0000201 c0000202 c000 12b5 0010 0000 "
	  "8000000100000002" },
	{ "vxlan_with_a_reserved_flag_is_none", 228,
	  "45 00 0024 0001 0000 40 11 0000 c0000201 c0000202 c000 12b5 0010 0000 "
	  "0800000100000500" },
	{ "vxlan_with_a_reserved_byte_is_none", 228,
	  "45 00 0024 0001 0000 40 11 0000 c0000201 c0000202 c000 12b5 0010 0000 "
	  "0800000000000501" },
	{ "vxlan_cut_in_its_header_is_none", 228,
	  "45 00 0024 0001 0000 40 11 0000 c0000201 c0000202 c000 12b5 0010 0000 08000000000005" },
	{ "vxlan_to_another_port_is_none", 228,
	  "45 00 0024 0001 0000 40 11 0000 c0000201 c0000202 c000 12b6 0010 0000 "
	  "0800000000000500" },
};

static void datagram_stays_what_it_is(void **state)
{
	const struct frame *f = *state;
	struct decoded d = decode(f->dlt, f->bytes, "");

	assert_int_equal(d.result, PACKET_OK);
	assert_int_equal(d.packet.src_port, 0xc000);
	assert_int_equal(d.packet.payload_bytes, 8);
	free(d.bytes);
}

static const struct fragment {
	const char *name;
	const char *bytes; /* raw IP */
	enum packet_result want;
} fragments[] = {
	{ "fragment_of_udp", "45 00 0015 0001 0001 40 11 0000 c0000201 c0000202 00",
	  PACKET_FRAGMENT },
	{ "fragment_of_tcp", "45 00 0015 0001 0001 40 06 0000 c0000201 c0000202 00",
	  PACKET_FRAGMENT },
	{ "fragment_of_icmp_alone", "45 00 0015 0001 0001 40 01 0000 c0000201 c0000202 00",
	  PACKET_OTHER },
	{ "fragment_of_a_tunnel", "45 00 0015 0001 0001 40 04 0000 c0000201 c0000202 00",
	  PACKET_OTHER },
	{ "fragment_of_hop_by_hop_options",
	  IPV6_HEAD "0009 2c 40 " IPV6_ADDR "00 00 0008 00000001 00", PACKET_FRAGMENT },
	{ "fragment_of_a_routing_header",
	  IPV6_HEAD "0009 2c 40 " IPV6_ADDR "2b 00 0008 00000001 00", PACKET_FRAGMENT },
	{ "fragment_of_destination_options",
	  IPV6_HEAD "0009 2c 40 " IPV6_ADDR "3c 00 0008 00000001 00", PACKET_FRAGMENT },
	{ "fragment_of_an_authentication_header",
	  IPV6_HEAD "0009 2c 40 " IPV6_ADDR "33 00 0008 00000001 00", PACKET_FRAGMENT },
	{ "fragment_of_icmp_6", IPV6_HEAD "0009 2c 40 " IPV6_ADDR "3a 00 0008 00000001 00",
	  PACKET_OTHER },
	{ "fragment_up_to_65535",
	  "45 00 001b 0001 1fff 40 11 0000 c0000201 c0000202 00000000000000", PACKET_FRAGMENT },
	{ "fragment_up_to_65536",
	  "45 00 001c 0001 1fff 40 11 0000 c0000201 c0000202 0000000000000000",
	  PACKET_IP_BAD_LENGTH },
};

static void fragment_is_wanted_or_not(void **state)
{
	const struct fragment *f = *state;
	struct decoded d = decode(101, f->bytes, "");

	assert_string_equal(packet_result_name(d.result), packet_result_name(f->want));
	free(d.bytes);
}

static void middle_fragment_of_ipv6_says_that_more_come(void **state)
{
	struct decoded d = decode(229, IPV6_HEAD "0010 2c 40 " IPV6_ADDR,
	                          "11 00 0001 deadbeef 6162636465666768");

	(void)state;
	assert_int_equal(d.result, PACKET_FRAGMENT);
	assert_true(d.fragment.more);
	assert_int_equal(d.fragment.offset, 0);
	free(d.bytes);
}

static void ipv4_fragment_says_where_it_belongs(void **state)
{
	struct decoded d = decode(
		1, ETHERNET4, "45 00 001c beef 20b9 40 11 0000 c0000201 c0000202 6162636465666768");

	(void)state;
	assert_int_equal(d.result, PACKET_FRAGMENT);
	assert_int_equal(d.fragment.id, 0xbeef);
	assert_int_equal(d.fragment.protocol, 17);
	assert_true(d.fragment.more);
	assert_int_equal(d.fragment.offset, 0xb9 * 8);
	assert_int_equal(d.fragment.data_bytes, 8);
	assert_memory_equal(d.fragment.data.at, "abcdefgh", 8);
	assert_true(net_addr_eq(d.fragment.src, net_addr_v4(0xc0000201)));
	assert_true(net_addr_eq(d.fragment.dst, net_addr_v4(0xc0000202)));
	free(d.bytes);
}

static void ipv6_fragment_says_where_it_belongs(void **state)
{
	struct decoded d =
		decode(229, IPV6_HEAD "000d 2c 40 " IPV6_ADDR, "11 00 05c8 deadbeef 6162636465");

	(void)state;
	assert_int_equal(d.result, PACKET_FRAGMENT);
	assert_int_equal(d.fragment.id, 0xdeadbeef);
	assert_int_equal(d.fragment.protocol, 17);
	assert_false(d.fragment.more);
	assert_int_equal(d.fragment.offset, 0x5c8);
	assert_int_equal(d.fragment.data_bytes, 5);
	assert_int_equal(d.fragment.src.low, 1);
	assert_int_equal(d.fragment.dst.low, 2);
	free(d.bytes);
}

static void fragment_cut_by_the_capture_says_how_long_it_was(void **state)
{
	struct decoded d =
		decode(228, "", "45 00 001c beef 2000 40 11 0000 c0000201 c0000202 61626364");

	(void)state;
	assert_int_equal(d.result, PACKET_FRAGMENT);
	assert_int_equal(d.fragment.data_bytes, 8);
	assert_int_equal(cursor_left(&d.fragment.data), 4);
	free(d.bytes);
}

/* Cutting a frame anywhere must be noticed or harmless; the copies of exact size let a sanitizer
 * see a read too far. */
static void no_cut_makes_it_read_too_far(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ipv4_links) / sizeof(ipv4_links[0]); i++) {
		struct hex frame = { .len = 0 };
		struct packet p;
		struct packet_fragment frag;

		hex_add(&frame, ipv4_links[i].header);
		hex_add(&frame, IPV4 UDP HELLO);
		while (frame.len-- > 0) {
			uint8_t *bytes = hex_exact(&frame);
			enum packet_result rc = packet_decode(
				ipv4_links[i].dlt, cursor_of(bytes, frame.len), &p, &frag);

			assert_true(rc != PACKET_OK || cursor_left(&p.payload) < p.payload_bytes);
			free(bytes);
		}
	}
}

static void assert_same(const struct packet *a, const struct packet *b)
{
	assert_true(net_addr_eq(a->src, b->src));
	assert_true(net_addr_eq(a->dst, b->dst));
	assert_int_equal(a->src_port, b->src_port);
	assert_int_equal(a->dst_port, b->dst_port);
	assert_int_equal(a->transport, b->transport);
	assert_ptr_equal(a->payload.at, b->payload.at);
	assert_ptr_equal(a->payload.end, b->payload.end);
	assert_false(a->payload.bad);
	assert_int_equal(a->payload_bytes, b->payload_bytes);
	assert_int_equal(a->tcp_sequence, b->tcp_sequence);
	assert_int_equal(a->tcp_flags, b->tcp_flags);
}

/* Ethernet with IPv4 and UDP has a path of its own; behind the link header it must not matter. */
static void usual_packet_is_decoded_like_any_other(void **state)
{
	struct dice dice = { 1 };
	unsigned ok = 0;

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		struct packet usual = { .tcp_sequence = 1 };
		struct packet any = { .tcp_sequence = 2 };
		struct packet_fragment frag;
		struct hex frame = { .len = 0 };
		enum packet_result rc;

		hex_add(&frame, ETHERNET4 IPV4 UDP HELLO);
		frame.bytes[14 + dice_below(&dice, 28)] = (uint8_t)dice_next(&dice);
		frame.bytes[14 + dice_below(&dice, 28)] ^= (uint8_t)(1U << dice_below(&dice, 8));
		frame.len -= dice_below(&dice, 4);
		rc = packet_decode(1, cursor_of(frame.bytes, frame.len), &usual, &frag);
		assert_int_equal(rc, packet_decode(228, cursor_of(frame.bytes + 14, frame.len - 14),
		                                   &any, &frag));
		ok += rc == PACKET_OK;
		assert_same(rc == PACKET_OK ? &usual : &any, &any);
	}
	assert_in_range(ok, 30000, 99000);
}

/* ---- addresses ---- */

static const struct address {
	const char *name;
	const char *text;
	struct net_addr want;
	const char *again;
} addresses[] = {
	{ "ipv4_address", "192.0.2.1", { 0, 0xffffc0000201 }, "192.0.2.1" },
	{ "ipv4_of_zeros", "0.0.0.0", { 0, 0xffff00000000 }, "0.0.0.0" },
	{ "ipv4_mapped_into_ipv6", "::ffff:192.0.2.1", { 0, 0xffffc0000201 }, "192.0.2.1" },
	{ "ipv6_address", "2001:DB8::1", { 0x20010db800000000, 1 }, "2001:db8::1" },
	{ "ipv6_of_zeros", "::", { 0, 0 }, "::" },
	{ "longest_address",
	  "2001:0db8:1111:2222:3333:4444:5555:6666",
	  { 0x20010db811112222, 0x3333444455556666 },
	  "2001:db8:1111:2222:3333:4444:5555:6666" },
};

static void address_is_read_and_written(void **state)
{
	const struct address *a = *state;
	struct net_addr got;
	char text[NET_ADDR_TEXT_MAX];

	assert_int_equal(net_addr_parse(a->text, strlen(a->text), &got), 0);
	assert_true(net_addr_eq(got, a->want));
	assert_string_equal(net_addr_text(got, text), a->again);
}

static const struct no_address {
	const char *name;
	const char *text;
	size_t len;
} no_addresses[] = {
	{ "no_text_is_no_address", "", 0 },
	{ "three_numbers_are_no_address", "192.0.2", 7 },
	{ "number_above_255_is_no_address", "192.0.2.256", 11 },
	{ "name_is_no_address", "example.com", 11 },
	{ "address_with_a_zone_is_refused", "fe80::1%eth0", 12 },
	{ "address_with_a_blank_is_refused", "192.0.2.1 ", 10 },
	{ "address_with_nul_is_refused", "192.0.2.1\0", 10 },
	{ "text_longer_than_any_address_is_refused",
	  "0000:0000:0000:0000:0000:0000:192.0.2.1111111111", 48 },
};

static void address_is_refused(void **state)
{
	const struct no_address *a = *state;
	struct net_addr got;

	assert_int_equal(net_addr_parse(a->text, a->len, &got), -EINVAL);
}

static void every_result_has_its_own_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < PACKET_RESULTS; i++) {
		assert_string_not_equal(packet_result_name((enum packet_result)i), "unknown");
		for (unsigned k = 0; k < i; k++) {
			assert_string_not_equal(packet_result_name((enum packet_result)i),
			                        packet_result_name((enum packet_result)k));
		}
	}
	assert_string_equal(packet_result_name(PACKET_RESULTS), "unknown");
}

int main(void)
{
	static struct cases c;

	cases_table(&c, ipv4_links, ipv4_datagram_is_the_same_over);
	cases_table(&c, ipv6_links, ipv6_datagram_is_the_same_over);
	cases_test(&c, every_link_type_it_decodes_is_known);
	cases_test(&c, other_link_types_are_unknown);
	cases_table(&c, hellos, datagram_says_hello);
	cases_table(&c, refusals, frame_is_refused_by_name);
	cases_test(&c, payload_cut_by_the_capture_says_how_long_it_was);
	cases_test(&c, tcp_payload_begins_behind_the_options);
	cases_test(&c, byte_behind_a_syn_has_the_next_sequence_number);
	cases_test(&c, udp_after_tcp_in_the_same_struct_has_no_tcp_fields);
	cases_test(&c, datagram_of_nothing_has_an_empty_payload);
	cases_table(&c, no_vxlans, datagram_stays_what_it_is);
	cases_table(&c, fragments, fragment_is_wanted_or_not);
	cases_test(&c, middle_fragment_of_ipv6_says_that_more_come);
	cases_test(&c, ipv4_fragment_says_where_it_belongs);
	cases_test(&c, ipv6_fragment_says_where_it_belongs);
	cases_test(&c, fragment_cut_by_the_capture_says_how_long_it_was);
	cases_test(&c, no_cut_makes_it_read_too_far);
	cases_test(&c, usual_packet_is_decoded_like_any_other);
	cases_table(&c, addresses, address_is_read_and_written);
	cases_table(&c, no_addresses, address_is_refused);
	cases_test(&c, every_result_has_its_own_name);
	return cases_run("decode/packet", &c, NULL, NULL);
}
