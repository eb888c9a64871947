/* The limit for everything that reads captures through libpcap: null_pcap FILE counts packets and
 * does nothing else. */
#include <stdio.h>

#include <pcap/pcap.h>

struct counts {
	unsigned long packets;
	unsigned long bytes;
};

static void count(u_char *arg, const struct pcap_pkthdr *head, const u_char *data)
{
	struct counts *c = (struct counts *)(void *)arg;

	(void)data;
	c->packets++;
	c->bytes += head->caplen;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE];
	struct counts c = { 0 };
	pcap_t *p = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;

	if (p == NULL) {
		(void)fprintf(stderr, "usage: null_pcap FILE\n");
		return 2;
	}
	while (pcap_dispatch(p, -1, count, (u_char *)&c) > 0) {
	}
	pcap_close(p);
	printf("%lu packets, %lu bytes\n", c.packets, c.bytes);
	return 0;
}
