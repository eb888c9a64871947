/*
 * A capture of many SIP calls with two G.711 streams each, time-ordered, with known loss and
 * jitter:
 *
 *     gen_calls FILE CALLS SECONDS PER_SECOND [sip|rtp]
 *
 * Calls are answered, talk for SECONDS and begin PER_SECOND at a time. `sip` leaves RTP and RTCP
 * out, `rtp` leaves SIP out. Class of a call = its number modulo 4: 0 clean, 1 random loss 1 %,
 * 2 random loss 3 %, 3 bursts (Gilbert, about 5 %). The same file every time.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"
#include "tests/support/dice.h"

#define FIRST_US     INT64_C(1760000000000000)
#define TRUNK_IP     UINT32_C(0xc000020a) /* 192.0.2.10 */
#define PBX_IP       UINT32_C(0x0a010001) /* 10.1.0.1 */
#define PTIME_MS     20
#define RTP_BYTES    172
#define ANSWERED_US  1530000
#define SIP_MESSAGES 7 /* INVITE 100 180 200 ACK BYE 200 */

enum kind { SIP, RTP, RTCP };

struct event {
	int64_t at_us;
	uint32_t call;
	enum kind kind;
	unsigned direction;
	uint32_t n;
};

struct stream {
	uint32_t ssrc;
	uint32_t first_ts;
	uint16_t first_seq;
	uint32_t sent;
	uint32_t lost;
	int64_t last_us;
	struct dice dice;
	bool in_burst;
};

struct call {
	int64_t begin_us;
	uint32_t ip[2];
	uint16_t port[2];
	struct stream streams[2];
};

struct generator {
	FILE *out;
	struct call *calls;
	uint32_t n_calls;
	uint32_t seconds;
	uint32_t per_second;
	bool sip;
	bool rtp;
	struct event *heap;
	size_t n_heap;
	size_t heap_size;
	uint16_t ip_id;
};

/* ---- events in order of time ---- */

static bool earlier(const struct event *a, const struct event *b)
{
	if (a->at_us != b->at_us) {
		return a->at_us < b->at_us;
	}
	return a->call != b->call ? a->call < b->call : a->direction < b->direction;
}

static void push(struct generator *g, struct event e)
{
	size_t i = g->n_heap++;

	if (g->n_heap > g->heap_size) {
		g->heap_size = g->heap_size > 0 ? 2 * g->heap_size : 1024;
		g->heap = realloc(g->heap, g->heap_size * sizeof(*g->heap));
		if (g->heap == NULL) {
			exit(1);
		}
	}
	for (; i > 0 && earlier(&e, &g->heap[(i - 1) / 2]); i = (i - 1) / 2) {
		g->heap[i] = g->heap[(i - 1) / 2];
	}
	g->heap[i] = e;
}

static struct event pop(struct generator *g)
{
	struct event first = g->heap[0];
	struct event last = g->heap[--g->n_heap];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= g->n_heap) {
			break;
		}
		if (child + 1 < g->n_heap && earlier(&g->heap[child + 1], &g->heap[child])) {
			child++;
		}
		if (!earlier(&g->heap[child], &last)) {
			break;
		}
		g->heap[i] = g->heap[child];
		i = child;
	}
	g->heap[i] = last;
	return first;
}

/* ---- packets ---- */

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

struct flow {
	uint32_t src;
	uint32_t dst;
	uint16_t src_port;
	uint16_t dst_port;
};

/* pcap record, Ethernet, IPv4 without checksum trouble, UDP without checksum */
static void write_udp(struct generator *g, int64_t at_us, struct flow f, const uint8_t *payload,
                      uint32_t len)
{
	uint8_t b[16 + 14 + 20 + 8] = { 0 };
	uint32_t head[4] = { (uint32_t)(at_us / 1000000), (uint32_t)(at_us % 1000000), len + 42,
		             len + 42 };
	static const uint8_t ethernet[14] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 }; /* IPv4 */
	uint8_t *ip = b + 30;
	uint32_t sum = 0;

	memcpy(b, head, sizeof(head));
	memcpy(b + 16, ethernet, sizeof(ethernet));
	ip[0] = 0x45;
	put16(ip + 2, len + 28);
	put16(ip + 4, g->ip_id++);
	ip[6] = 0x40;
	ip[8] = 64;
	ip[9] = 17;
	put32(ip + 12, f.src);
	put32(ip + 16, f.dst);
	for (int i = 0; i < 20; i += 2) {
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	put16(ip + 10, ~(sum + (sum >> 16)));
	put16(ip + 20, f.src_port);
	put16(ip + 22, f.dst_port);
	put16(ip + 24, len + 8);
	if (fwrite(b, sizeof(b), 1, g->out) != 1 || fwrite(payload, len, 1, g->out) != 1) {
		perror("gen_calls");
		exit(1);
	}
}

static const char *ip_text(uint32_t ip, char out[16])
{
	(void)snprintf(out, 16, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
	return out;
}

static void write_sip(struct generator *g, const struct event *e)
{
	static const char *const first_line[SIP_MESSAGES] = {
		"INVITE", "SIP/2.0 100 Trying", "SIP/2.0 180 Ringing", "SIP/2.0 200 OK", "ACK",
		"BYE",    "SIP/2.0 200 OK",
	};
	const struct call *c = &g->calls[e->call];
	uint32_t i = e->call;
	bool request = e->n == 0 || e->n == 4 || e->n == 5;
	const char *method = e->n == 4 ? "ACK" : e->n >= 5 ? "BYE" : "INVITE";
	char line[128];
	char sdp[512] = "";
	char ip[16];
	char text[2048];
	int len;

	if (e->n == 0 || e->n == 3) {
		unsigned side = e->n == 3;

		(void)ip_text(c->ip[side], ip);
		(void)snprintf(sdp, sizeof(sdp),
		               "v=0\r\no=- %u 1 IN IP4 %s\r\ns=call\r\nc=IN IP4 %s\r\nt=0 "
		               "0\r\nm=audio %u RTP/AVP 0 101\r\n"
		               "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 "
		               "telephone-event/8000\r\na=ptime:%d\r\na=sendrecv\r\n",
		               i + 1000, ip, ip, c->port[side], PTIME_MS);
	}
	(void)snprintf(line, sizeof(line), request ? "%s sip:queue%u@10.1.0.1:5060 SIP/2.0" : "%s",
	               first_line[e->n], i % 40);
	len = snprintf(text, sizeof(text),
	               "%s\r\nVia: SIP/2.0/UDP "
	               "192.0.2.10:5060;rport;branch=z9hG4bK%08x%u\r\nMax-Forwards: 70\r\n"
	               "From: \"Caller %u\" <sip:+3112%07u@trunk.example.net>;tag=f%08x\r\n"
	               "To: <sip:queue%u@pbx.example.net>%s%08x\r\nCall-ID: "
	               "%08x-%u@192.0.2.10\r\nCSeq: %u %s\r\n"
	               "Contact: <sip:%s:5060;transport=udp>\r\nUser-Agent: gen_calls/1\r\n"
	               "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY\r\nSupported: "
	               "replaces, timer\r\n"
	               "%sContent-Length: %zu\r\n\r\n%s",
	               line, i * 2654435761U,
	               e->n == 4   ? 2U
	               : e->n >= 5 ? 3U
	                           : 1U,
	               i, i % 10000000, i * 40503U + 7, i % 40, e->n <= 1 ? ";x=" : ";tag=t",
	               e->n <= 1 ? 0 : i * 69069U + 3, i * 2246822519U + 11, i, e->n >= 5 ? 2U : 1U,
	               method, request ? "192.0.2.10" : "10.1.0.1",
	               sdp[0] != '\0' ? "Content-Type: application/sdp\r\n" : "", strlen(sdp), sdp);
	write_udp(g, e->at_us,
	          request ? (struct flow){ TRUNK_IP, PBX_IP, 5060, 5060 }
	                  : (struct flow){ PBX_IP, TRUNK_IP, 5060, 5060 },
	          (const uint8_t *)text, (uint32_t)len);
}

static bool is_lost(struct stream *s, uint32_t class)
{
	double u = dice_unit(&s->dice);

	switch (class) {
	case 1:
		return u < 0.01;
	case 2:
		return u < 0.03;
	case 3:
		s->in_burst = s->in_burst ? u >= 0.25 : u < 0.0133;
		return s->in_burst;
	default:
		return false;
	}
}

static struct flow flow_of(const struct call *c, unsigned direction, unsigned offset)
{
	return (struct flow){ c->ip[direction], c->ip[1 - direction],
		              (uint16_t)(c->port[direction] + offset),
		              (uint16_t)(c->port[1 - direction] + offset) };
}

static void write_rtp(struct generator *g, const struct event *e)
{
	struct call *c = &g->calls[e->call];
	struct stream *s = &c->streams[e->direction];
	uint8_t b[RTP_BYTES];

	s->sent++;
	if (e->n > 0 && is_lost(s, e->call % 4)) {
		s->lost++;
		return;
	}
	b[0] = 0x80;
	b[1] = e->n > 0 ? 0 : 0x80;
	put16(b + 2, s->first_seq + e->n);
	put32(b + 4, s->first_ts + e->n * PTIME_MS * 8);
	put32(b + 8, s->ssrc);
	memset(b + 12, 0xd5, sizeof(b) - 12);
	write_udp(g, e->at_us, flow_of(c, e->direction, 0), b, sizeof(b));
}

/* Sender report with one block about the other side (RFC 3550 6.4.1) */
static void write_rtcp(struct generator *g, const struct event *e)
{
	const struct call *c = &g->calls[e->call];
	const struct stream *s = &c->streams[e->direction];
	const struct stream *o = &c->streams[1 - e->direction];
	uint8_t b[52] = { 0x81, 200, 0, 12 };

	put32(b + 4, s->ssrc);
	put32(b + 8, (uint32_t)(e->at_us / 1000000) + 2208988800U);
	put32(b + 20, s->sent - s->lost);
	put32(b + 28, o->ssrc);
	put32(b + 32, o->lost & 0xffffff);
	put32(b + 36, (uint32_t)o->first_seq + o->sent);
	write_udp(g, e->at_us, flow_of(c, e->direction, 1), b, sizeof(b));
}

/* ---- the course of a call ---- */

static int64_t rtp_time(struct call *c, uint32_t class, unsigned direction, uint32_t n)
{
	static const double jitter_max_us[] = { 1000, 5000, 15000, 10000 };
	struct stream *s = &c->streams[direction];
	int64_t at_us = c->begin_us + ANSWERED_US + direction * INT64_C(7000) +
	                (int64_t)n * PTIME_MS * 1000 +
	                (int64_t)(dice_unit(&s->dice) * jitter_max_us[class]);

	s->last_us = at_us > s->last_us ? at_us : s->last_us + 1;
	return s->last_us;
}

static int64_t sip_time(const struct generator *g, const struct call *c, uint32_t n)
{
	static const int64_t offset_us[] = { 0, 2000, 60000, 1500000, 1520000 };

	return n < 5 ? c->begin_us + offset_us[n]
	             : c->begin_us + ANSWERED_US + (int64_t)g->seconds * 1000000 +
	                       (n == 6 ? 15000 : 0);
}

static void step(struct generator *g, struct event e)
{
	struct call *c = &g->calls[e.call];
	uint32_t class = e.call % 4;

	switch (e.kind) {
	case SIP:
		if (g->sip) {
			write_sip(g, &e);
		}
		for (unsigned d = 0; e.n == 4 && g->rtp && d < 2; d++) {
			push(g, (struct event){ rtp_time(c, class, d, 0), e.call, RTP, d, 0 });
			push(g, (struct event){ c->begin_us + ANSWERED_US + 5000000 +
			                                d * INT64_C(31000),
			                        e.call, RTCP, d, 0 });
		}
		if (e.n + 1 < SIP_MESSAGES) {
			push(g, (struct event){ sip_time(g, c, e.n + 1), e.call, SIP, 0, e.n + 1 });
		}
		break;
	case RTP:
		write_rtp(g, &e);
		if (e.n + 1 < g->seconds * 1000 / PTIME_MS) {
			push(g, (struct event){ rtp_time(c, class, e.direction, e.n + 1), e.call,
			                        RTP, e.direction, e.n + 1 });
		}
		break;
	case RTCP:
		write_rtcp(g, &e);
		if (e.at_us + 5000000 < c->begin_us + ANSWERED_US + (int64_t)g->seconds * 1000000) {
			push(g, (struct event){ e.at_us + 5000000, e.call, RTCP, e.direction,
			                        e.n + 1 });
		}
		break;
	}
}

static bool prepare(struct generator *g)
{
	struct dice dice = { 1 };
	int64_t spacing_us = 1000000 / g->per_second;

	g->calls = calloc(g->n_calls, sizeof(*g->calls));
	for (uint32_t i = 0; g->calls != NULL && i < g->n_calls; i++) {
		struct call *c = &g->calls[i];

		c->begin_us = FIRST_US + i * spacing_us +
		              (int64_t)(dice_unit(&dice) * (double)spacing_us);
		c->ip[0] = UINT32_C(0xc0000214) + i / 20000 % 64;
		c->ip[1] = UINT32_C(0x0a010002) + i / 20000 % 64;
		c->port[0] = (uint16_t)(10000 + i % 20000 * 2);
		c->port[1] = (uint16_t)(10000 + (i * 7 % 20000) * 2);
		for (unsigned d = 0; d < 2; d++) {
			c->streams[d].ssrc = (uint32_t)dice_next(&dice);
			c->streams[d].first_ts = (uint32_t)dice_next(&dice);
			c->streams[d].first_seq = (uint16_t)dice_next(&dice);
			c->streams[d].dice.state = dice_next(&dice);
		}
	}
	return g->calls != NULL;
}

int main(int argc, char **argv)
{
	static const uint32_t file_head[6] = { 0xa1b2c3d4, 4U << 16 | 2, 0, 0, 65535, 1 };
	struct generator g = { 0 };
	uint64_t calls = 0;
	uint64_t seconds = 0;
	uint64_t per_second = 0;
	uint32_t next = 0;

	if (argc < 5 || slice_u64(slice_of(argv[2]), UINT32_MAX, &calls) != 0 ||
	    slice_u64(slice_of(argv[3]), UINT32_MAX, &seconds) != 0 ||
	    slice_u64(slice_of(argv[4]), 1000000, &per_second) != 0 || per_second == 0) {
		(void)fprintf(stderr, "usage: gen_calls FILE CALLS SECONDS PER_SECOND [sip|rtp]\n");
		return 2;
	}
	g.out = fopen(argv[1], "wbe");
	g.n_calls = (uint32_t)calls;
	g.seconds = (uint32_t)seconds;
	g.per_second = (uint32_t)per_second;
	g.sip = argc < 6 || strcmp(argv[5], "rtp") != 0;
	g.rtp = argc < 6 || strcmp(argv[5], "sip") != 0;
	if (g.out == NULL || !prepare(&g) || fwrite(file_head, sizeof(file_head), 1, g.out) != 1) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		/* calls join lazily, so the heap holds the live ones only */
		while (next < g.n_calls &&
		       (g.n_heap == 0 || g.calls[next].begin_us <= g.heap[0].at_us)) {
			push(&g, (struct event){ g.calls[next].begin_us, next, SIP, 0, 0 });
			next++;
		}
		if (g.n_heap == 0) {
			break;
		}
		step(&g, pop(&g));
	}
	free(g.heap);
	free(g.calls);
	return fclose(g.out) == 0 ? 0 : 1;
}
