/*
 * Nanoseconds per call of what every packet and record passes through: hashing, table look-ups,
 * packing and unpacking. Prints one line an operation: name, best of ROUNDS rounds, aim.
 *
 * Best, not mean: the machine is shared, and what is asked is what the code costs.
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/siphash.h"
#include "common/table.h"
#include "cxmeter/record.h"
#include "proto/evidence.pb-c.h"

#define ROUNDS  15
#define CALLS   200000
#define ENTRIES 10000

struct bench {
	struct siphash_key key;
	struct table table;
	uint64_t keys[ENTRIES];
	struct cxm_catalog catalog;
	const struct cxm_kind *kind;
	Cxm__QueueContact contact;
	struct buf packed;
	struct buf out;
	struct arena arena;
	uint64_t sum; /* keeps the compiler from leaving the work out */
};

static int64_t cpu_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void hash_two_words(struct bench *b)
{
	uint64_t words[2] = { b->sum, 2 };

	b->sum += siphash13_words(&b->key, words, 2);
}

static void hash_twenty_bytes(struct bench *b)
{
	b->sum += siphash24(&b->key, (const uint8_t *)b->keys + b->sum % 64, 20);
}

static void find_present(struct bench *b)
{
	static size_t at;

	at = (at + 7919) % ENTRIES;
	b->sum += table_find(&b->table, b->keys[at]);
}

static void append_contact(struct bench *b)
{
	buf_reset(&b->out);
	b->sum += (uint64_t)cxm_record_append(b->kind, &b->contact.base, &b->out) + b->out.len;
}

static void unpack_contact(struct bench *b)
{
	struct cursor c = cursor_of(b->packed.data, b->packed.len);
	struct cxm_packed record;

	arena_reset(&b->arena);
	if (cxm_record_next(&c, &record) == 1) {
		b->sum += cxm_record_unpack(b->kind, record.body, &b->arena) != NULL;
	}
}

static void crc_four_kib(struct bench *b);

#include "common/crc32c.h"
static void crc_four_kib(struct bench *b)
{
	b->sum += crc32c((uint32_t)b->sum, b->keys, 4096);
}

static const struct {
	const char *name;
	void (*run)(struct bench *b);
	unsigned aim_ns; /* 0: no aim */
} benches[] = {
	{ "siphash13_words(2)", hash_two_words, 0 },
	{ "siphash24(20 bytes)", hash_twenty_bytes, 0 },
	{ "table_find(hit, 10k entries)", find_present, 0 },
	{ "crc32c(4 KiB)", crc_four_kib, 0 },
	{ "cxm_record_append(QueueContact)", append_contact, 250 },
	{ "cxm_record_unpack(QueueContact)", unpack_contact, 450 },
};

/* An answered call: the key and eleven fields more. */
static Cxm__QueueContact answered_call(void)
{
	Cxm__QueueContact m = CXM__QUEUE_CONTACT__INIT;
	static char host[] = "pbx1";
	static char queue[] = "support";

	m.at_us = INT64_C(1795322591000000);
	m.source = CXM__SOURCE__QUEUE_LOG;
	m.host = host;
	m.contact = UINT64_C(0x0123456789abcdef);
	m.queue = queue;
	m.has_seen_us = 1;
	m.seen_us = INT64_C(1795322891000000);
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.has_customer = 1;
	m.customer = UINT64_C(0xfedcba9876543210);
	m.has_wait_ms = 1;
	m.wait_ms = 17000;
	m.has_outcome = 1;
	m.outcome = CXM__QUEUE_CONTACT__OUTCOME__ANSWERED;
	m.has_agent = 1;
	m.agent = UINT64_C(0x1122334455667788);
	m.has_connects = 1;
	m.connects = 1;
	m.has_ring_ms = 1;
	m.ring_ms = 4000;
	m.has_talk_ms = 1;
	m.talk_ms = 283000;
	m.has_ended_by = 1;
	m.ended_by = CXM__QUEUE_CONTACT__ENDED_BY__CALLER;
	m.has_position = 1;
	m.position = 1;
	return m;
}

static int prepare(struct bench *b)
{
	struct fault fault;

	b->key = (struct siphash_key){ UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908) };
	b->contact = answered_call();
	buf_init(&b->packed, CXM_RECORD_MAX_BYTES);
	buf_init(&b->out, CXM_RECORD_MAX_BYTES);
	arena_init(&b->arena, CXM_RECORD_MAX_BYTES * 4);
	if (table_init(&b->table, ENTRIES) != 0 ||
	    cxm_catalog_init(&b->catalog, &cxm__evidence__descriptor, &fault) != 0) {
		return -1;
	}
	for (uint64_t i = 0; i < ENTRIES; i++) {
		b->keys[i] = siphash13_words(&b->key, &i, 1);
		(void)table_insert(&b->table, b->keys[i]);
	}
	b->kind = cxm_kind_of(&b->catalog, &cxm__queue_contact__descriptor);
	return cxm_record_append(b->kind, &b->contact.base, &b->packed);
}

int main(void)
{
	static struct bench b;

	if (prepare(&b) != 0) {
		(void)fprintf(stderr, "bench: out of memory\n");
		return 1;
	}
	printf("%-34s %8s %8s   (record: %zu bytes)\n", "operation", "ns", "aim", b.packed.len);
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++) {
		double best_ns = 1e9;

		for (int round = 0; round < ROUNDS; round++) {
			int64_t start_ns = cpu_ns();

			for (int call = 0; call < CALLS; call++) {
				benches[i].run(&b);
			}
			double ns = (double)(cpu_ns() - start_ns) / CALLS;

			best_ns = ns < best_ns ? ns : best_ns;
		}
		printf("%-34s %8.1f %8u\n", benches[i].name, best_ns, benches[i].aim_ns);
	}
	printf("%-34s %8" PRIu64 "\n", "(checksum)", b.sum);
	table_free(&b.table);
	cxm_catalog_free(&b.catalog);
	buf_free(&b.packed);
	buf_free(&b.out);
	arena_free(&b.arena);
	return 0;
}
