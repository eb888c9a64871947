/* The kernel's tables of sockets and interfaces. The lines are those of a Linux 6.1. */
#include "agent/decode/proc_net.h"

#include "tests/support/cases.h"

struct socket_case {
	const char *name;
	const char *line;
	const char *address; /* NULL: refused */
	unsigned port;
	unsigned state;
};

static const struct socket_case sockets[] = {
	{ "a_listener_on_loopback",
	  "   0: 0100007F:13AE 00000000:0000 0A 00000000:00000000 00:00000000 00000000   114       "
	  " 0 "
	  "24035 1 0000000000000000 100 0 0 10 0",
	  "127.0.0.1", 5038, PROC_NET_TCP_LISTEN },
	{ "a_listener_on_every_address",
	  "  12: 00000000:13C5 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0       "
	  " 0 "
	  "24036 1 0000000000000000 100 0 0 10 0",
	  "0.0.0.0", 5061, PROC_NET_TCP_LISTEN },
	{ "a_listener_on_an_address_of_version_6",
	  "   1: B80D0120000000000000000001000000:1F99 00000000000000000000000000000000:0000 0A "
	  "00000000:00000000 00:00000000 00000000     0        0 24037 1 0000000000000000 100 0 0 "
	  "10 0",
	  "2001:db8::1", 8089, PROC_NET_TCP_LISTEN },
	{ "a_connection_says_so",
	  "   2: 0A02000A:13AE 0B02000A:C350 01 00000000:00000000 02:000A7D3B 00000000     0       "
	  " 0 "
	  "24038 2 0000000000000000 20 4 30 10 -1",
	  "10.0.2.10", 5038, 1 },
	{ "the_heading_is_no_socket",
	  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid", NULL,
	  0, 0 },
	{ "an_empty_line_is_no_socket", "", NULL, 0, 0 },
	{ "a_cut_line_is_no_socket", "   0: 0100007F:13AE 00000000:0000", NULL, 0, 0 },
	{ "a_short_address_is_no_socket", "   0: 0100007:13AE 00000000:0000 0A", NULL, 0, 0 },
	{ "a_long_port_is_no_socket", "   0: 0100007F:013AE 00000000:0000 0A", NULL, 0, 0 },
	{ "what_is_not_hex_is_no_socket", "   0: 0100007G:13AE 00000000:0000 0A", NULL, 0, 0 },
};

static void sockets_are_read(void **state)
{
	const struct socket_case *c = *state;
	struct proc_net_socket got = { 0 };
	char text[NET_ADDR_TEXT_MAX];

	assert_int_equal(proc_net_socket(slice_of(c->line), &got) == 0, c->address != NULL);
	assert_int_equal(got.port, c->port);
	assert_int_equal(got.state, c->state);
	assert_string_equal(net_addr_text(got.address, text),
	                    c->address != NULL ? c->address : "::");
}

struct device_case {
	const char *name;
	const char *line;
	const char *device; /* NULL: refused */
	uint64_t received;
	uint64_t sent;
};

static const struct device_case devices[] = {
	{ "an_interface_has_counters", "  eth0: 1296 18 0 0 0 0 0 0 1116 14 0 0 0 0 0 0", "eth0",
	  18, 14 },
	{ "no_blank_behind_the_colon_is_fine", "ens3:4294967296 7 0 0 0 0 0 0 1 9 0 0 0 0 0 0",
	  "ens3", 7, 9 },
	{ "a_heading_is_no_interface",
	  "Inter-|   Receive                                                |  Transmit", NULL, 0,
	  0 },
	{ "too_few_figures_are_no_interface", "  lo: 1 2 3", NULL, 0, 0 },
	{ "an_interface_has_a_name", ": 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0", NULL, 0, 0 },
};

static void devices_are_read(void **state)
{
	const struct device_case *c = *state;
	struct proc_net_device got = { 0 };

	assert_int_equal(proc_net_device(slice_of(c->line), &got) == 0, c->device != NULL);
	assert_string_equal(got.name, c->device != NULL ? c->device : "");
	assert_int_equal(got.received_packets, c->received);
	assert_int_equal(got.sent_packets, c->sent);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, sockets, sockets_are_read);
	cases_table(&c, devices, devices_are_read);
	return cases_run("decode_proc_net", &c, NULL, NULL);
}
