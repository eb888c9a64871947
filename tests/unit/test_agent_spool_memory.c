/* The n-th allocation fails, for every n, on real files: nothing that was accepted is lost, nothing
 * leaks (run with SAN=address), and the spool goes on. malloc, calloc and realloc are replaced at
 * link time (WRAP_ in the Makefile). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/spool.h"
#include "tests/support/cases.h"
#include "tests/support/failing_alloc.h"
#include "tests/support/packed.h"
#include "tests/support/temp.h"

static uint8_t records[4096];

static size_t make_records(uint64_t first, uint32_t count)
{
	struct buf b;
	size_t n;

	buf_init(&b, sizeof(records));
	for (uint32_t i = 0; i < count; i++) {
		packed_add(&b, first + i, 20);
	}
	n = b.len;
	memcpy(records, b.data, n);
	buf_free(&b);
	return n;
}

/* Open, append three entries, read, acknowledge, all with the n-th allocation failing. Returns how
 * many records were accepted. */
static uint64_t live(const struct spool_options *options, unsigned n, bool *struck)
{
	struct spool_checkpoint checkpoint = { "queue_log:/x", cursor_of("0123456789", 10) };
	struct spool_entry entry = { .count = 10, .checkpoints = &checkpoint, .n_checkpoints = 1 };
	struct spool *s = NULL;
	struct spool_run run;
	uint64_t accepted = 0;
	int rc;

	entry.records = cursor_of(records, make_records(1, 10));
	failing_in = n;
	rc = spool_open(&s, &env_system, options, NULL);
	failing_in = rc == 0 ? failing_in : 0;
	*struck = rc != 0;
	for (int i = 0; rc == 0 && i < 3; i++) {
		accepted += spool_append(s, &entry) == 0 ? 10 : 0;
	}
	if (rc == 0) {
		(void)spool_read(s, 1, 100000, &run);
		(void)spool_ack(s, 10);
		(void)spool_new_epoch(s);
	}
	*struck = *struck || (n > 0 && failing_in == 0);
	failing_in = 0;
	spool_close(s);
	return accepted;
}

static void whichever_allocation_fails_nothing_accepted_is_lost(void **state)
{
	bool struck = true;

	(void)state;
	for (unsigned n = 1; struck; n++) {
		struct temp temp;
		struct spool_options options = { temp.dir, 1 << 20, 200 };
		struct spool_status status;
		struct spool *s = NULL;
		struct fault fault;
		uint64_t accepted;

		temp_open(&temp);
		accepted = live(&options, 0, &struck); /* so that there is something to recover */
		accepted += live(&options, n, &struck);
		assert_int_equal(spool_open(&s, &env_system, &options, &fault), 0);
		spool_status(s, &status);
		assert_int_equal(status.next_sequence, accepted + 1);
		assert_int_equal(status.damaged_entries, 0);
		spool_close(s);
		temp_remove(&temp);
	}
}

int main(void)
{
	static struct cases c;

	cases_test(&c, whichever_allocation_fails_nothing_accepted_is_lost);
	return cases_run("agent_spool_memory", &c, NULL, NULL);
}
