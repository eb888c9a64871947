/* Settings of the capture source: what they become, and what is refused with which words. */
#include "agent/sources/capture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct settings {
	struct conf_doc doc;
	struct capture_conf conf;
	struct capture_plan plan;
	struct fault fault;
	int rc;
};

static void read_settings(struct settings *s, const char *yaml)
{
	assert_int_equal(conf_parse(&s->doc, "agent.yaml", yaml, strlen(yaml), &s->fault), 0);
	s->rc = conf_bind(&s->doc, s->doc.root, &capture_schema, &s->conf, &s->fault);
	if (s->rc == 0) {
		s->rc = capture_plan(&s->conf, &s->plan, &s->fault);
	}
}

static void an_interface_alone_gets_the_defaults(void **state)
{
	struct settings s;

	(void)state;
	read_settings(&s, "interface: eth0\n");
	assert_int_equal(s.rc, 0);
	assert_string_equal(s.plan.interface, "eth0");
	assert_int_equal(s.plan.n_files, 0);
	assert_int_equal(s.plan.calls.n_sip_ports, 1);
	assert_int_equal(s.plan.calls.sip_ports[0], 5060);
	assert_int_equal(s.plan.calls.max_streams, MEDIA_STREAMS);
	assert_int_equal(s.plan.calls.max_dialogs, DIALOGS);
	assert_true(s.plan.calls.stream_idle_ns == CALLS_STREAM_IDLE_NS);
	assert_true(s.plan.calls.dialog_idle_ns == CALLS_DIALOG_IDLE_NS);
	assert_int_equal(s.conf.snaplen_bytes, 65535);
	assert_int_equal(s.conf.buffer_bytes, 16 * 1024 * 1024);
	assert_false(s.conf.promiscuous);
	conf_free(&s.doc);
}

static void everything_can_be_set(void **state)
{
	struct settings s;

	(void)state;
	read_settings(&s, "interface: any\nsip_ports: [5060, 5080]\nfilter: udp\n"
	                  "local: [192.0.2.10, \"2001:db8::1\"]\nmax_streams: 100\n"
	                  "max_dialogs: 200\nstream_idle: 10s\ndialog_idle: 30m\n"
	                  "promiscuous: true\nsnaplen: 2048\nbuffer: 64MiB\n");
	assert_int_equal(s.rc, 0);
	assert_int_equal(s.plan.calls.n_sip_ports, 2);
	assert_int_equal(s.plan.calls.sip_ports[1], 5080);
	assert_int_equal(s.plan.calls.n_local, 2);
	assert_ptr_equal(s.plan.calls.local, s.plan.local);
	assert_true(net_addr_eq(s.plan.local[0], net_addr_v4(0xc000020a)));
	assert_true(s.plan.local[1].low == 1);
	assert_int_equal(s.plan.calls.max_streams, 100);
	assert_int_equal(s.plan.calls.max_dialogs, 200);
	assert_true(s.plan.calls.stream_idle_ns == INT64_C(10000000000));
	assert_true(s.plan.calls.dialog_idle_ns == INT64_C(1800000000000));
	conf_free(&s.doc);
}

static void one_file_is_a_list_of_one(void **state)
{
	struct settings s;

	(void)state;
	read_settings(&s, "file: /var/capture/a.pcap\n");
	assert_int_equal(s.rc, 0);
	assert_null(s.plan.interface);
	assert_int_equal(s.plan.n_files, 1);
	assert_string_equal(s.plan.files[0], "/var/capture/a.pcap");
	conf_free(&s.doc);
}

static void files_keep_their_order(void **state)
{
	struct settings s;

	(void)state;
	read_settings(&s, "files: [b.pcap, a.pcap.zst]\n");
	assert_int_equal(s.plan.n_files, 2);
	assert_string_equal(s.plan.files[0], "b.pcap");
	assert_string_equal(s.plan.files[1], "a.pcap.zst");
	conf_free(&s.doc);
}

static const struct refused_case {
	const char *name;
	const char *yaml;
	const char *text;
} refused_cases[] = {
	{ "nothing_to_read_from", "promiscuous: true\n",
	  "capture (line 1): exactly one of interface, file and files must be set, not 0 of them" },
	{ "two_things_to_read_from", "interface: eth0\nfile: a.pcap\n",
	  "capture (line 1): exactly one of interface, file and files must be set, not 2 of them" },
	{ "a_port_that_is_none", "interface: eth0\nsip_ports: [5060, sip]\n",
	  "capture (line 1): sip_ports: \"sip\" is no port: expected 1 to 65535" },
	{ "port_0", "interface: eth0\nsip_ports: [0]\n",
	  "capture (line 1): sip_ports: \"0\" is no port: expected 1 to 65535" },
	{ "an_address_that_is_none", "interface: eth0\nlocal: [pbx.example.com]\n",
	  "capture (line 1): local: \"pbx.example.com\" is no address: expected one such as "
	  "192.0.2.10 or 2001:db8::10" },
	{ "a_stream_idle_of_no_time", "interface: eth0\nstream_idle: 1ms\n",
	  "agent.yaml:2: stream_idle: 1ms is out of range (1000 to 3600000 ms)" },
};

static void refused_case_run(void **state)
{
	const struct refused_case *c = *state;
	struct settings s;

	read_settings(&s, c->yaml);
	assert_int_equal(s.rc, -EINVAL);
	assert_string_equal(s.fault.text, c->text);
	conf_free(&s.doc);
}

int main(void)
{
	static const struct CMUnitTest singles[] = {
		cmocka_unit_test(an_interface_alone_gets_the_defaults),
		cmocka_unit_test(everything_can_be_set),
		cmocka_unit_test(one_file_is_a_list_of_one),
		cmocka_unit_test(files_keep_their_order),
	};
	struct CMUnitTest tests[COUNT(singles) + COUNT(refused_cases)];
	size_t n = COUNT(singles);

	memcpy(tests, singles, sizeof(singles));
	for (size_t i = 0; i < COUNT(refused_cases); i++) {
		tests[n++] = (struct CMUnitTest){ refused_cases[i].name, refused_case_run, NULL,
			                          NULL, (void *)(uintptr_t)&refused_cases[i] };
	}
	return cmocka_run_group_tests_name("capture_conf", tests, NULL, NULL);
}
