/*
 * What decoding costs, without libpcap: the frames of a capture file are held in memory and decoded
 * again and again; prints nanoseconds of CPU a frame or message, the best of the rounds.
 *   build/release/bench/decode FILE.pcap
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <pcap/pcap.h>

#include "agent/decode/packet.h"
#include "agent/decode/rtp.h"
#include "agent/decode/sip.h"

#define FRAMES_MAX ((size_t)1 << 20)
#define ROUNDS     9
#define SIP_PORT   5060

struct frames {
	struct cursor *at;
	size_t n;
	int dlt;
};

static int64_t cpu_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static bool load(const char *path, struct frames *f)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, error);
	struct pcap_pkthdr *h;
	const u_char *data;

	f->at = calloc(FRAMES_MAX, sizeof(*f->at));
	if (pcap == NULL || f->at == NULL) {
		(void)fprintf(stderr, "decode: %s\n", pcap == NULL ? error : "out of memory");
		return false;
	}
	f->dlt = pcap_datalink(pcap);
	for (f->n = 0; f->n < FRAMES_MAX && pcap_next_ex(pcap, &h, &data) == 1; f->n++) {
		uint8_t *copy = malloc(h->caplen + 1);

		if (copy == NULL) {
			break;
		}
		memcpy(copy, data, h->caplen);
		f->at[f->n] = cursor_of(copy, h->caplen);
	}
	pcap_close(pcap);
	return f->n > 0;
}

static uint64_t decode_all(const struct frames *f, size_t n)
{
	struct packet_fragment frag;
	struct packet p;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (packet_decode(f->dlt, f->at[i], &p, &frag) == PACKET_OK) {
			sum += p.dst_port + p.payload_bytes + p.src.low;
		}
	}
	return sum;
}

static uint64_t decode_rtp(const struct frames *f, size_t n)
{
	struct packet_fragment frag;
	struct rtp_header rtp;
	struct packet p;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		if (packet_decode(f->dlt, f->at[i], &p, &frag) == PACKET_OK &&
		    rtp_decode(p.payload, &rtp)) {
			sum += rtp.sequence + rtp.ssrc;
		}
	}
	return sum;
}

/* Leave only the SIP messages, as payloads. */
static size_t keep_sip(struct frames *f)
{
	struct packet_fragment frag;
	struct packet p;
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++) {
		if (packet_decode(f->dlt, f->at[i], &p, &frag) == PACKET_OK &&
		    (p.dst_port == SIP_PORT || p.src_port == SIP_PORT) &&
		    cursor_left(&p.payload) > 4) {
			f->at[n++] = p.payload;
		}
	}
	return n;
}

static uint64_t parse_sip(const struct frames *f, size_t n)
{
	struct sip_msg m;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		struct slice s = { (const char *)f->at[i].at, cursor_left(&f->at[i]) };

		sum += sip_parse(s, &m) == SIP_OK ? m.call_id.len + m.cseq : 0;
	}
	return sum;
}

/* The least any parser of lines must do. */
static uint64_t find_lines(const struct frames *f, size_t n)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < n; i++) {
		struct cursor c = f->at[i];
		const uint8_t *feed;

		while ((feed = memchr(c.at, '\n', cursor_left(&c))) != NULL) {
			c.at = feed + 1;
			lines++;
		}
	}
	return lines;
}

static void measure(const char *what, uint64_t (*run)(const struct frames *f, size_t n),
                    const struct frames *f, size_t n)
{
	uint64_t sum = 0;
	double best = 1e9;
	size_t times = n > 0 ? 1000000 / n + 1 : 1;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t from = cpu_ns();

		for (size_t i = 0; i < times; i++) {
			sum += run(f, n);
		}
		double ns = (double)(cpu_ns() - from) / (double)(n * times);

		best = ns < best ? ns : best;
	}
	printf("%-24s %8.1f ns  over %zu (sum %llu)\n", what, best, n, (unsigned long long)sum);
}

int main(int argc, char **argv)
{
	struct frames f;

	if (argc != 2 || !load(argv[1], &f)) {
		(void)fprintf(stderr, "usage: decode FILE.pcap\n");
		return 2;
	}
	measure("packet_decode, in cache", decode_all, &f, f.n < 2048 ? f.n : 2048);
	measure("packet_decode", decode_all, &f, f.n);
	measure("packet_decode + rtp", decode_rtp, &f, f.n);
	f.n = keep_sip(&f);
	measure("line ends of SIP", find_lines, &f, f.n);
	measure("sip_parse, in cache", parse_sip, &f, f.n < 256 ? f.n : 256);
	measure("sip_parse", parse_sip, &f, f.n);
	return 0;
}
