/*
 * How many records a second the collector takes, and what that costs: agents in processes of their
 * own send batches of 128 KiB over mutual TLS on loopback as fast as they are acknowledged; the
 * collector runs here, into a store that only counts or into SQLite.
 *
 *     ingest [null|sqlite] [records] [agents] [ingest threads]
 *
 * Prints records a second, CPU seconds of the collector and of the agents, and records a CPU
 * second, of the collector and of both sides together.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collector/collector.h"
#include "common/log.h"
#include "common/slice.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/pki.h"
#include "tests/support/wire_agent.h"

#define BATCH_BYTES ((size_t)128 * 1024)
#define AGENTS_MAX  64
#define WINDOW      16
#define BASE_US     INT64_C(1767225600000000) /* 2026-01-01 */
#define MEMBERS     40                        /* queue members the calls are spread over */

/* ---- a store that costs nothing ---- */

static int null_put(struct store *st, const struct store_batch *batches, size_t n,
                    struct store_counts *counts, struct fault *fault)
{
	(void)st;
	(void)fault;
	for (size_t i = 0; i < n; i++) {
		counts->stored += batches[i].count;
	}
	return 0;
}

/* NOLINTNEXTLINE(readability-function-size): the seven parameters are those of struct store_ops */
static int null_watermark(struct store *st, const char *site, const char *agent, uint64_t epoch,
                          uint64_t first_sequence, uint64_t *acked, struct fault *fault)
{
	(void)st;
	(void)site;
	(void)agent;
	(void)epoch;
	(void)fault;
	*acked = first_sequence - 1;
	return 0;
}

static void null_close(struct store *st)
{
	(void)st;
}

static const struct store_ops null_ops = {
	.name = "null",
	.put = null_put,
	.watermark = null_watermark,
	.close = null_close,
};

/* ---- what the agents send: answered calls as queue_log gives them ---- */

static void add_record(struct buf *out, const struct cxm_kind *kind, uint64_t n, unsigned agent)
{
	static char host[] = "pbx1.nord.example";
	static char queue[] = "sales-inbound";
	Cxm__QueueContact c = CXM__QUEUE_CONTACT__INIT;
	int rc;

	c.at_us = BASE_US + (int64_t)n * 700000;
	c.source = CXM__SOURCE__QUEUE_LOG;
	c.host = host;
	c.contact = (n * UINT64_C(0x9e3779b97f4a7c15)) ^ agent; /* as scattered as a hash */
	c.queue = queue;
	c.entry = agent;
	c.has_seen_us = true;
	c.seen_us = c.at_us + 240000000;
	c.has_channel = true;
	c.channel = CXM__CHANNEL__VOICE;
	c.has_customer = true;
	c.customer = c.contact * 31;
	c.has_wait_ms = true;
	c.wait_ms = (uint32_t)(n % 90000);
	c.has_outcome = true;
	c.outcome = CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	c.has_agent = true;
	c.agent = UINT64_C(0x123456789abcdef) * (n % MEMBERS + 1);
	c.has_talk_ms = true;
	c.talk_ms = (uint32_t)(n % 600000);
	rc = cxm_record_append(kind, &c.base, out);
	assert(rc == 0);
}

/* As many whole batches as `records` need, one frame behind the other. @return records in it. */
static uint64_t make_frames(struct buf *out, const struct cxm_kind *kind, uint64_t records,
                            unsigned agent)
{
	struct buf body;
	uint64_t n = 1;

	buf_init(&body, FRAME_MAX_BYTES);
	while (n <= records) {
		Cxm__Batch batch = CXM__BATCH__INIT;
		Cxm__Frame frame = CXM__FRAME__INIT;

		buf_reset(&body);
		batch.first_sequence = n;
		for (; body.len < BATCH_BYTES && n <= records; n++) {
			add_record(&body, kind, n, agent);
		}
		batch.count = (uint32_t)(n - batch.first_sequence);
		batch.has_records = true;
		batch.records = (ProtobufCBinaryData){ body.len, body.data };
		frame.body_case = CXM__FRAME__BODY_BATCH;
		frame.batch = &batch;
		wire_add_frame(out, &frame);
	}
	buf_free(&body);
	return records;
}

/* Send all frames, never more than the window ahead. */
static void send_all(struct wire_agent *a, const struct buf *frames, uint64_t records)
{
	size_t at = 0;
	uint64_t sent_last[WINDOW] = { 0 }; /* last sequence of each batch in flight, in a ring */
	uint64_t n = 0;
	uint64_t acked = 0;

	while (at < frames->len) {
		size_t frame_bytes = 0;
		struct arena arena;
		Cxm__Frame *frame;
		int ready = cxm_frame_ready(frames->data + at, frames->len - at, &frame_bytes);

		assert(ready == 1);
		while (n >= WINDOW && sent_last[n % WINDOW] > acked) {
			const Cxm__Frame *ack = wire_receive(a);

			assert(ack != NULL && ack->body_case == CXM__FRAME__BODY_ACK);
			acked = ack->ack->sequence;
		}
		/* only the head of the batch is looked at, but unpacking is what we have */
		arena_init(&arena, FRAME_ARENA_MAX_BYTES);
		frame = cxm_frame_unpack(frames->data + at + FRAME_HEAD_BYTES, frame_bytes, &arena);
		assert(frame != NULL);
		sent_last[n % WINDOW] = frame->batch->first_sequence + frame->batch->count - 1;
		n++;
		arena_free(&arena);
		wire_send_bytes(a, frames->data + at, FRAME_HEAD_BYTES + frame_bytes);
		at += FRAME_HEAD_BYTES + frame_bytes;
	}
	while (acked < records) {
		const Cxm__Frame *ack = wire_receive(a);

		assert(ack != NULL && ack->body_case == CXM__FRAME__BODY_ACK);
		acked = ack->ack->sequence;
	}
}

static double cpu_seconds(int who)
{
	struct rusage use;

	(void)getrusage(who, &use);
	return (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6 +
	       (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
}

struct bench {
	struct pki *pki;
	struct cxm_catalog catalog;
	uint64_t records; /* of one agent */
	unsigned agents;
};

/* One agent's process: prepares, says so, waits for the start, sends, writes its CPU seconds. */
static void agent_main(const struct bench *b, unsigned number, int ready_fd, int go_fd,
                       int result_fd)
{
	const struct cxm_kind *kind = cxm_kind_named(&b->catalog, SLICE("QueueContact"));
	struct wire_hello hello = { .epoch = 1, .instance = 1, .next = b->records + 1 };
	struct wire_agent *a;
	struct buf frames;
	SSL_CTX *ctx;
	uint16_t port;
	double cpu;
	char name[16];
	ssize_t n;

	(void)snprintf(name, sizeof(name), "pbx%u", number);
	ctx = wire_context(b->pki, name);
	buf_init(&frames, (size_t)1 << 32);
	(void)make_frames(&frames, kind, b->records, number);
	n = write(ready_fd, "x", 1);
	assert(n == 1);
	n = read(go_fd, &port, sizeof(port));
	assert(n == sizeof(port));
	cpu = cpu_seconds(RUSAGE_SELF);
	a = wire_connect(ctx, port);
	assert(a != NULL);
	assert(wire_greet(a, &hello)->body_case == CXM__FRAME__BODY_WELCOME);
	send_all(a, &frames, b->records);
	wire_close(a);
	cpu = cpu_seconds(RUSAGE_SELF) - cpu;
	n = write(result_fd, &cpu, sizeof(cpu));
	assert(n == sizeof(cpu));
	_exit(0);
}

static struct collector *open_collector(const struct bench *b, uint64_t threads)
{
	struct collector_conf conf;
	struct collector *c;
	struct fault fault = { 0 };
	FILE *out = fopen(pki_path(b->pki, "collector.yaml"), "we");

	assert(out != NULL);
	(void)fprintf(out,
	              "listen: 127.0.0.1:0\nca: ca.pem\ncertificate: server.pem\nkey: server.key\n"
	              "store: sqlite:none\ningest_threads: %" PRIu64 "\n",
	              threads);
	(void)fclose(out);
	if (collector_conf_load(&conf, pki_path(b->pki, "collector.yaml"), &fault) != 0 ||
	    collector_open(&c, &conf, &env_system, &fault) != 0) {
		(void)fprintf(stderr, "%s\n", fault.text);
		exit(1);
	}
	return c;
}

static struct store *open_store(const struct bench *b, const char *which)
{
	static struct store null = { &null_ops };
	struct store *st = &null;
	struct fault fault = { 0 };
	char url[256];

	if (strcmp(which, "null") != 0) {
		(void)snprintf(url, sizeof(url), "sqlite:%s", pki_path(b->pki, "evidence.db"));
		if (cxm_store_open(&st, url, false, &b->catalog, &fault) != 0) {
			(void)fprintf(stderr, "%s\n", fault.text);
			exit(1);
		}
	}
	return st;
}

static uint64_t number(int argc, char **argv, int i, uint64_t def)
{
	uint64_t v = def;

	if (argc > i && slice_u64(slice_of(argv[i]), UINT64_MAX, &v) != 0) {
		(void)fprintf(stderr, "%s: not a number\n", argv[i]);
		exit(2);
	}
	return v;
}

static void report(const char *which, const struct bench *b, double wall, double own, double theirs)
{
	double all = (double)b->records * b->agents;

	printf("%-6s %9.0f records, %u agents: %8.0f records/s; CPU %.2f s collector, %.2f s "
	       "agents; %8.0f records / CPU s collector, %8.0f both\n",
	       which, all, b->agents, all / wall, own, theirs, all / own, all / (own + theirs));
}

int main(int argc, char **argv)
{
	const char *which = argc > 1 ? argv[1] : "null";
	struct bench b = { .records = number(argc, argv, 2, 1000000),
		           .agents = (unsigned)number(argc, argv, 3, 1) };
	uint64_t threads = number(argc, argv, 4, 1);
	struct fault fault = { 0 };
	int ready[2];
	int go[2];
	int result[2];
	struct collector *c;
	struct store *st;
	double own;
	double wall;
	double theirs = 0;
	int rc;

	log_open("bench", LOG_LEVEL_WARN);
	b.agents = b.agents < AGENTS_MAX ? b.agents : AGENTS_MAX;
	b.records /= b.agents;
	b.pki = pki_new("ca");
	pki_issue(b.pki, &(struct pki_leaf){ .name = "server", .san = PKI_LOCAL, .server = true });
	rc = cxm_catalog_init(&b.catalog, &cxm__evidence__descriptor, &fault);
	assert(rc == 0);
	rc = pipe(ready) | pipe(go) | pipe(result);
	assert(rc == 0);
	for (unsigned i = 0; i < b.agents; i++) { /* before there are threads here */
		char name[16];
		char san[64];

		(void)snprintf(name, sizeof(name), "pbx%u", i);
		(void)snprintf(san, sizeof(san), "URI:urn:cxmeter:nord:pbx%u", i);
		pki_issue(b.pki, &(struct pki_leaf){ .name = name, .san = san, .client = true });
		if (fork() == 0) {
			agent_main(&b, i, ready[1], go[0], result[1]);
		}
	}
	for (unsigned i = 0; i < b.agents; i++) {
		char x;
		ssize_t n = read(ready[0], &x, 1);

		assert(n == 1);
	}
	c = open_collector(&b, threads);
	st = open_store(&b, which);
	rc = collector_start(c, st, &fault);
	assert(rc == 0);
	own = cpu_seconds(RUSAGE_SELF);
	wall = (double)env_mono_us(&env_system) / 1e6;
	for (unsigned i = 0; i < b.agents; i++) {
		uint16_t port = collector_port(c);
		ssize_t n = write(go[1], &port, sizeof(port));

		assert(n == sizeof(port));
	}
	for (unsigned i = 0; i < b.agents; i++) {
		double cpu;
		ssize_t n = read(result[0], &cpu, sizeof(cpu));

		assert(n == sizeof(cpu));
		theirs += cpu;
	}
	wall = (double)env_mono_us(&env_system) / 1e6 - wall;
	own = cpu_seconds(RUSAGE_SELF) - own;
	assert(counter_get(collector_counters(c), COUNTER_STORED) == b.records * b.agents);
	report(which, &b, wall, own, theirs);
	collector_stop(c);
	collector_close(c);
	cxm_store_close(st);
	cxm_catalog_free(&b.catalog);
	while (wait(NULL) > 0) {
	}
	pki_free(b.pki);
	return 0;
}
