/* What a made-up host shows of itself: processes, ports, interfaces, its name. */
#include "agent/discover/host.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

#define ROW(local, state)                                                                          \
	"   0: " local " 00000000:0000 " state " 00000000:00000000 00:00000000 00000000     0"     \
	"        0 1 1 0000000000000000 100\n"
#define ROW6(local, state)                                                                         \
	"   0: " local " 00000000000000000000000000000000:0000 " state                             \
	" 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100\n"
#define ANY6  "00000000000000000000000000000000"
#define LOOP6 "00000000000000000000000001000000"

static struct posture_world w;
static struct host h;

static int set_up(void **state)
{
	(void)state;
	posture_world_open(&w, "");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	posture_world_close(&w);
	return 0;
}

static void file(const char *path, const char *text)
{
	posture_world_file(&w, path, text);
}

static void look(void)
{
	host_look(&h, w.temp.dir);
}

static void processes_of_a_name_are_counted(void **state)
{
	(void)state;
	file("/proc/1/comm", "systemd\n");
	file("/proc/12/comm", "asterisk\n");
	file("/proc/9/comm", "asterisk\n");
	file("/proc/20/comm", "asterisk-helper\n");
	file("/proc/21/comm", "kamailio\n");
	file("/proc/self/comm", "asterisk\n");
	file("/proc/0/comm", "asterisk\n");
	look();
	assert_false(h.proc_missing);
	assert_int_equal(h.unreadable, 0);
	assert_int_equal(h.running[HOST_ASTERISK], 2);
	assert_int_equal(h.running[HOST_KAMAILIO], 1);
	assert_int_equal(h.running[HOST_FREESWITCH], 0);
}

static void without_proc_it_is_not_known_what_runs(void **state)
{
	(void)state;
	look();
	assert_true(h.proc_missing);
}

struct port_case {
	const char *name;
	const char *table; /* below /proc/net */
	const char *rows;
	size_t n;
	bool wide;
};

static const struct port_case ports[] = {
	{ "a_port_that_listens_to_all_is_wide", "tcp", ROW("00000000:13AE", "0A"), 1, true },
	{ "one_on_loopback_is_not", "tcp", ROW("0100007F:13AE", "0A"), 1, false },
	{ "one_on_loopback_and_on_all_is", "tcp",
	  ROW("0100007F:13AE", "0A") ROW("00000000:13AE", "0A"), 1, true },
	{ "one_on_all_and_on_loopback_is", "tcp",
	  ROW("00000000:13AE", "0A") ROW("0100007F:13AE", "0A"), 1, true },
	{ "two_loopbacks_are_not", "tcp", ROW("0100007F:13AE", "0A") ROW("0200007F:13AE", "0A"), 1,
	  false },
	{ "version_6_counts_too", "tcp6", ROW6(ANY6 ":13AE", "0A"), 1, true },
	{ "loopback_of_version_6_is_loopback", "tcp6", ROW6(LOOP6 ":13AE", "0A"), 1, false },
	{ "a_connection_does_not_listen", "tcp", ROW("0100007F:13AE", "01"), 0, false },
	{ "an_open_socket_of_udp_does", "udp", ROW("00000000:13C4", "07"), 1, true },
	{ "a_connected_one_of_udp_does_not", "udp", ROW("00000000:13C4", "01"), 0, false },
	{ "udp_of_version_6_does", "udp6", ROW6(ANY6 ":13C4", "07"), 1, true },
	{ "the_managers_port_is_none_of_udp", "udp", ROW("00000000:13AE", "07"), 0, false },
	{ "a_port_that_means_nothing_to_us_is_left_out", "tcp", ROW("00000000:0016", "0A"), 0,
	  false },
};

static void port_run(void **state)
{
	const struct port_case *c = *state;
	void *none = NULL;
	char path[64];

	assert_int_equal(set_up(&none), 0);
	(void)snprintf(path, sizeof(path), "/proc/net/%s", c->table);
	file(path, c->rows);
	look();
	assert_int_equal(h.n_ports, c->n);
	assert_int_equal(h.ports[0].wide, c->wide);
	assert_int_equal(tear_down(&none), 0);
}

static void one_port_of_two_protocols_is_two(void **state)
{
	(void)state;
	file("/proc/net/udp", ROW("00000000:13C4", "07"));
	file("/proc/net/tcp", ROW("0100007F:13C4", "0A"));
	look();
	assert_int_equal(h.n_ports, 2);
	assert_string_equal(h.ports[0].protocol, "udp");
	assert_true(h.ports[0].wide);
	assert_string_equal(h.ports[1].protocol, "tcp");
	assert_false(h.ports[1].wide);
}

#define DEVICE(name, in) "  " name ": 1 " in " 0 0 0 0 0 0 1 7 0 0 0 0 0 0\n"

static void the_busiest_interface_stands_first_and_loopback_nowhere(void **state)
{
	(void)state;
	file("/proc/net/dev",
	     "Inter-|   Receive  |  Transmit\n face |bytes packets errs drop fifo frame compressed "
	     "multicast|bytes packets errs drop fifo colls carrier compressed\n" DEVICE("lo", "999")
	             DEVICE("eth2", "5") DEVICE("eth1", "5") DEVICE("eth0", "70"));
	look();
	assert_int_equal(h.n_interfaces, 3);
	assert_string_equal(h.interfaces[0].name, "eth0");
	assert_int_equal(h.interfaces[0].received_packets, 70);
	assert_int_equal(h.interfaces[0].sent_packets, 7);
	assert_string_equal(h.interfaces[1].name, "eth1");
	assert_string_equal(h.interfaces[2].name, "eth2");
}

static void interfaces_beyond_the_limit_are_left_out(void **state)
{
	char text[HOST_INTERFACES_MAX * 64 + 256] = "";

	(void)state;
	for (int i = 0; i < HOST_INTERFACES_MAX + 2; i++) {
		(void)snprintf(text + strlen(text), 64, DEVICE("veth%d", "5"), i);
	}
	file("/proc/net/dev", text);
	look();
	assert_int_equal(h.n_interfaces, HOST_INTERFACES_MAX);
}

struct name_case {
	const char *name;
	const char *hostname;
	const char *timezone;
	const char *want;
	const char *want_zone;
};

static const struct name_case host_names[] = {
	{ "a_name_ends_at_its_first_dot", "pbx7.example.org\n", "Europe/Berlin\n", "pbx7",
	  "Europe/Berlin" },
	{ "a_name_that_is_no_agents_is_replaced", "pbx 7\n", "Europe/Berlin\n", "pbx1",
	  "Europe/Berlin" },
	{ "an_empty_name_is_replaced", "\n", "Europe/Berlin", "pbx1", "Europe/Berlin" },
	{ "a_zone_nobody_knows_is_none", "pbx7", "Europe/Nowhere\n", "pbx7", "" },
	{ "an_empty_zone_is_none", "pbx7", "", "pbx7", "" },
};

static void name_run(void **state)
{
	const struct name_case *c = *state;
	void *none = NULL;

	assert_int_equal(set_up(&none), 0);
	file("/etc/hostname", c->hostname);
	file("/etc/timezone", c->timezone);
	look();
	assert_string_equal(h.name, c->want);
	assert_string_equal(h.timezone, c->want_zone);
	assert_int_equal(tear_down(&none), 0);
}

static void slashes_behind_the_root_are_none(void **state)
{
	char root[512];

	(void)state;
	(void)snprintf(root, sizeof(root), "%s//", w.temp.dir);
	host_look(&h, root);
	assert_string_equal(h.root, w.temp.dir);
}

static void a_pbx_or_a_port_of_sip_is_sip(void **state)
{
	struct host none = { .n_ports = 1, .ports = { { "udp", 9060, "HEP", true } } };
	struct host relay = { .running = { [HOST_RTPENGINE] = 1 } };
	struct host proxy = { .running = { [HOST_OPENSIPS] = 1 } };
	struct host port = { .n_ports = 2,
		             .ports = { { "udp", 9060, "HEP", true },
		                        { "udp", 5060, "SIP", true } } };

	(void)state;
	assert_false(host_has_sip(&none));
	assert_false(host_has_sip(&relay));
	assert_true(host_has_sip(&proxy));
	assert_true(host_has_sip(&port));
}

int main(void)
{
	static struct cases c;

	cases_test_with(&c, processes_of_a_name_are_counted, set_up, tear_down);
	cases_test_with(&c, without_proc_it_is_not_known_what_runs, set_up, tear_down);
	cases_table(&c, ports, port_run);
	cases_test_with(&c, one_port_of_two_protocols_is_two, set_up, tear_down);
	cases_test_with(&c, the_busiest_interface_stands_first_and_loopback_nowhere, set_up,
	                tear_down);
	cases_test_with(&c, interfaces_beyond_the_limit_are_left_out, set_up, tear_down);
	cases_table(&c, host_names, name_run);
	cases_test_with(&c, slashes_behind_the_root_are_none, set_up, tear_down);
	cases_test(&c, a_pbx_or_a_port_of_sip_is_sip);
	return cases_run("discover/host", &c, NULL, NULL);
}
