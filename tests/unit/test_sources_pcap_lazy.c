/* libpcap through the functions that load it. */
#include "agent/sources/pcap_lazy.h"

#include <pcap/pcap.h>

#include "tests/support/cases.h"

static void it_is_there_and_loaded_once(void **state)
{
	(void)state;
	assert_null(pcap_lazy_load());
	assert_null(pcap_lazy_load());
}

static void a_handle_does_what_it_does_in_libpcap(void **state)
{
	static const uint8_t frame[60] = { [12] = 0x08, [13] = 0x06 }; /* ARP */
	const struct pcap_pkthdr h = { .caplen = sizeof(frame), .len = sizeof(frame) };
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, 65535);
	struct bpf_program program;

	(void)state;
	assert_non_null(dead);
	assert_int_equal(pcap_datalink(dead), DLT_EN10MB);
	assert_int_equal(pcap_compile(dead, &program, "arp", 1, PCAP_NETMASK_UNKNOWN), 0);
	assert_true(pcap_offline_filter(&program, &h, frame) > 0);
	pcap_freecode(&program);
	assert_int_equal(pcap_compile(dead, &program, "udp prot 1", 1, PCAP_NETMASK_UNKNOWN), -1);
	assert_true(pcap_geterr(dead)[0] != '\0');
	pcap_close(dead);
}

static void names_come_without_a_handle(void **state)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;

	(void)state;
	assert_string_equal(pcap_datalink_val_to_description_or_dlt(DLT_EN10MB), "Ethernet");
	assert_true(pcap_statustostr(PCAP_ERROR_IFACE_NOT_UP)[0] != '\0');
	assert_int_equal(pcap_findalldevs(&all, why), 0);
	pcap_freealldevs(all);
}

static void an_empty_program_needs_no_library_to_be_freed(void **state)
{
	struct bpf_program program = { 0 };

	(void)state;
	pcap_freecode(&program);
	assert_null(program.bf_insns);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, an_empty_program_needs_no_library_to_be_freed);
	cases_test(&c, it_is_there_and_loaded_once);
	cases_test(&c, a_handle_does_what_it_does_in_libpcap);
	cases_test(&c, names_come_without_a_handle);
	return cases_run("sources_pcap_lazy", &c, NULL, NULL);
}
