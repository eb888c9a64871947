/* Who listens on this host, out of /proc/net/tcp and tcp6. */
#include "agent/posture/listeners.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/posture_world.h"

#define HEAD                                                                                       \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "      \
	"timeout inode\n"
#define ROW(local, state)                                                                          \
	"   0: " local " 00000000:0000 " state " 00000000:00000000 00:00000000 00000000     0"     \
	"        0 1 1 0000000000000000 100 0 0 10 0\n"
#define ROW6(local, state)                                                                         \
	"   0: " local " 00000000000000000000000000000000:0000 " state                             \
	" 00000000:00000000 00:00000000 00000000     0        0 1 1 0000000000000000 100 0 0 10 "  \
	"0\n"

static void read_from(const char *tcp, const char *tcp6, struct listeners *out)
{
	struct posture_world w;

	posture_world_open(&w, "");
	posture_world_file(&w, "/proc/net/tcp", tcp);
	posture_world_file(&w, "/proc/net/tcp6", tcp6);
	listeners_read(&w.scan, out);
	posture_world_close(&w);
}

static void sockets_that_listen_are_read_from_both_tables(void **state)
{
	static struct listeners l;

	(void)state;
	read_from(HEAD ROW("0100007F:13AE", "0A") ROW("00000000:13C4", "0A"),
	          HEAD ROW6("00000000000000000000000000000000:1F98", "0A"), &l);
	assert_int_equal(l.error, 0);
	assert_int_equal(l.n, 3);
	assert_true(net_addr_eq(l.at[0].address, net_addr_v4(0x7f000001)));
	assert_int_equal(l.at[0].port, 5038);
	assert_true(net_addr_eq(l.at[1].address, net_addr_v4(0)));
	assert_int_equal(l.at[1].port, 5060);
	assert_int_equal(l.at[2].port, 8088);
}

static void connections_do_not_listen(void **state)
{
	static struct listeners l;

	(void)state;
	read_from(HEAD ROW("0100007F:13AE", "01") ROW("0100007F:13AF", "06"), HEAD, &l);
	assert_int_equal(l.error, 0);
	assert_int_equal(l.n, 0);
}

/* SO_REUSEPORT: a socket a thread. */
static void a_port_of_one_address_counts_once(void **state)
{
	static struct listeners l;

	(void)state;
	read_from(HEAD ROW("0100007F:13AE", "0A") ROW("0100007F:13AE", "0A")
	                  ROW("0200007F:13AE", "0A") ROW("0100007F:13AF", "0A")
	                          ROW("0200007F:13AE", "0A"),
	          HEAD, &l);
	assert_int_equal(l.n, 3);
	assert_int_equal(l.beyond, 0);
}

static void listeners_beyond_the_limit_are_counted(void **state)
{
	static struct listeners l;
	static char text[LISTENERS_MAX * 160 + 1024];
	size_t len = 0;

	(void)state;
	for (unsigned i = 0; i < LISTENERS_MAX + 3; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		                        "   0: 0100007F:%04X 00000000:0000 0A 00000000:00000000 "
		                        "00:00000000 00000000     0        0 1\n",
		                        i + 1);
	}
	read_from(text, HEAD, &l);
	assert_int_equal(l.n, LISTENERS_MAX);
	assert_int_equal(l.beyond, 3);
}

static void a_host_without_version_6_is_no_error(void **state)
{
	static struct listeners l;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	posture_world_file(&w, "/proc/net/tcp", HEAD ROW("0100007F:13AE", "0A"));
	listeners_read(&w.scan, &l);
	assert_int_equal(l.error, 0);
	assert_int_equal(l.n, 1);
	posture_world_close(&w);
}

static void a_host_without_the_table_is_one(void **state)
{
	static struct listeners l;
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "");
	listeners_read(&w.scan, &l);
	assert_true(l.error < 0);
	assert_int_equal(l.n, 0);
	posture_world_close(&w);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, sockets_that_listen_are_read_from_both_tables);
	cases_test(&c, connections_do_not_listen);
	cases_test(&c, a_port_of_one_address_counts_once);
	cases_test(&c, listeners_beyond_the_limit_are_counted);
	cases_test(&c, a_host_without_version_6_is_no_error);
	cases_test(&c, a_host_without_the_table_is_one);
	return cases_run("posture/listeners", &c, NULL, NULL);
}
