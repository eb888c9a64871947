/*
 * Random lives of a spool against a model of what it promises: appends, reads, acknowledgements,
 * new epochs, failing calls, full disks, kills and power cuts, all from one seed a life.
 *
 * After every start: what was accepted and not acknowledged is there, nothing else is, except that
 * one entry whose append had failed may have survived whole. And at all times: a number of an epoch
 * never means two different records, because the collector drops a number it has seen.
 */
#include "agent/spool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/fake_env.h"
#include "tests/support/packed.h"

#define DIR         "/spool"
#define RECORDS_MAX 4000 /* of one life */
#define EPOCHS_MAX  200
#define DOUBTS_MAX  64
#define SOURCES     3
#define STEPS       120
#define LIVES       150

static const char *const source_names[SOURCES] = { "queue_log:a", "capture:b", "dropbox:c" };

struct doubt {
	uint64_t ids[8];
	uint32_t count;
	uint64_t checkpoints[SOURCES]; /* 0: not in this entry */
};

struct life {
	struct fake_env *fake;
	struct spool *spool;
	struct spool_options options;
	uint64_t ids[RECORDS_MAX]; /* by number; [0] is not used */
	uint64_t next;
	uint64_t acked; /* highest ever */
	uint64_t last_id;
	uint64_t checkpoints[SOURCES];
	struct doubt doubts[DOUBTS_MAX]; /* failed since the last success: one may survive */
	size_t n_doubts;
	struct {
		uint64_t epoch;
		uint64_t ids[RECORDS_MAX]; /* as read, which stands for sent */
	} seen[EPOCHS_MAX];
	size_t n_seen;
	struct buf records;
};

static uint64_t *seen_in(struct life *l, uint64_t epoch)
{
	for (size_t i = 0; i < l->n_seen; i++) {
		if (l->seen[i].epoch == epoch) {
			return l->seen[i].ids;
		}
	}
	assert_true(l->n_seen < EPOCHS_MAX);
	l->seen[l->n_seen].epoch = epoch;
	memset(l->seen[l->n_seen].ids, 0, sizeof(l->seen[0].ids));
	return l->seen[l->n_seen++].ids;
}

/* Read everything from the oldest kept record on and compare. */
static void check_records(struct life *l)
{
	struct spool_status status;
	uint64_t *seen;
	uint64_t sequence;
	struct spool_run run;

	fake_env_fail(l->fake, FAKE_OPEN, 0, 0); /* no trouble while looking */
	spool_status(l->spool, &status);
	assert_int_equal(status.next_sequence, l->next);
	assert_int_equal(status.damaged_entries, 0);
	assert_true(status.first_sequence <= l->acked + 1 || status.first_sequence == l->next);
	seen = seen_in(l, status.epoch);
	sequence = status.first_sequence;
	while (spool_read(l->spool, sequence, 1 + fake_env_pick(l->fake, 2000), &run) == 1) {
		assert_int_equal(run.lost, 0);
		for (uint32_t i = 0; i < run.count; i++, sequence++) {
			uint64_t id = packed_next(&run.records);

			assert_int_equal(id, l->ids[sequence]);
			assert_true(seen[sequence] == 0 || seen[sequence] == id);
			seen[sequence] = id;
		}
	}
	assert_int_equal(sequence, l->next);
}

static void check_checkpoints(struct life *l)
{
	for (size_t i = 0; i < SOURCES; i++) {
		struct cursor c = spool_checkpoint(l->spool, source_names[i]);

		assert_int_equal(cursor_left(&c) > 0 ? cursor_u64le(&c) : 0, l->checkpoints[i]);
	}
}

static void apply(struct life *l, const struct doubt *d)
{
	for (uint32_t i = 0; i < d->count; i++) {
		l->ids[l->next++] = d->ids[i];
	}
	for (size_t i = 0; i < SOURCES; i++) {
		l->checkpoints[i] = d->checkpoints[i] != 0 ? d->checkpoints[i] : l->checkpoints[i];
	}
}

/* Is this entry the one that survived? Its records are at the end, its checkpoints are stored. */
static bool survived(struct life *l, const struct doubt *d)
{
	struct spool_status status;
	struct spool_run run;

	spool_status(l->spool, &status);
	if (status.next_sequence != l->next + d->count) {
		return false;
	}
	for (size_t i = 0; i < SOURCES; i++) {
		struct cursor c = spool_checkpoint(l->spool, source_names[i]);
		uint64_t stored = cursor_left(&c) > 0 ? cursor_u64le(&c) : 0;

		if (stored != (d->checkpoints[i] != 0 ? d->checkpoints[i] : l->checkpoints[i])) {
			return false;
		}
	}
	if (d->count == 0) {
		return true;
	}
	assert_int_equal(spool_read(l->spool, l->next, 1, &run), 1);
	return packed_next(&run.records) == d->ids[0];
}

static void start_again(struct life *l)
{
	struct fault fault = { 0 };
	int rc = -1;

	/* a start may itself be hit by the planned failure; the next one must find the same */
	for (int i = 0; i < 2 && rc != 0; i++) {
		rc = spool_open(&l->spool, fake_env_of(l->fake), &l->options, &fault);
	}
	assert_int_equal(rc, 0);
	fake_env_fail(l->fake, FAKE_OPEN, 0, 0); /* no trouble while looking */
	for (size_t i = l->n_doubts; i > 0; i--) {
		if (survived(l, &l->doubts[i - 1])) {
			apply(l, &l->doubts[i - 1]);
			break;
		}
	}
	l->n_doubts = 0;
	check_records(l);
	check_checkpoints(l);
}

static void end(struct life *l, bool power)
{
	spool_close(l->spool); /* gives back memory, writes nothing */
	l->spool = NULL;
	if (power) {
		fake_env_power_cut(l->fake);
	} else {
		fake_env_crash(l->fake);
	}
	start_again(l);
}

static void append(struct life *l)
{
	struct spool_checkpoint checkpoints[SOURCES];
	struct doubt d = { .count = (uint32_t)fake_env_pick(l->fake, 6) };
	struct spool_entry entry = { .count = d.count, .checkpoints = checkpoints };
	int rc;

	buf_reset(&l->records);
	for (uint32_t i = 0; i < d.count; i++) {
		d.ids[i] = ++l->last_id;
		packed_add(&l->records, d.ids[i], fake_env_pick(l->fake, 300));
	}
	for (size_t i = 0; i < SOURCES; i++) {
		if (fake_env_pick(l->fake, 3) == 0) {
			d.checkpoints[i] = ++l->last_id;
			checkpoints[entry.n_checkpoints++] =
				(struct spool_checkpoint){ source_names[i],
				                           cursor_of(&d.checkpoints[i], 8) };
		}
	}
	entry.records = cursor_of(l->records.data, l->records.len);
	rc = spool_append(l->spool, &entry);
	if (rc == 0) {
		apply(l, &d);
		l->n_doubts = 0;
	} else if (l->n_doubts < DOUBTS_MAX) {
		l->doubts[l->n_doubts++] = d;
	}
}

/* Killed between the write of an entry and its fdatasync: whole in the page cache, nowhere else. */
static void append_and_die(struct life *l)
{
	fake_env_fail(l->fake, FAKE_FDATASYNC, 1, EINTR);
	fake_env_fail_always(l->fake, FAKE_FTRUNCATE, EINTR);
	append(l);
	fake_env_fail(l->fake, FAKE_FDATASYNC, 0, 0);
	fake_env_fail_always(l->fake, FAKE_FTRUNCATE, 0);
	end(l, false);
}

static void trouble(struct life *l)
{
	/* a file that cannot be read is data lost, which is another test's matter: so no EIO there
	 */
	static const struct {
		enum fake_call kind;
		int error;
	} troubles[] = {
		{ FAKE_OPEN, EMFILE },     { FAKE_PWRITE, EIO },    { FAKE_PWRITE, ENOSPC },
		{ FAKE_FTRUNCATE, EIO },   { FAKE_FDATASYNC, EIO }, { FAKE_FDATASYNC, ENOSPC },
		{ FAKE_RENAME, EIO },      { FAKE_UNLINK, EIO },    { FAKE_SYNC_DIR, EIO },
		{ FAKE_LIST_DIR, EMFILE }, { FAKE_PREAD, ENOMEM },
	};
	uint64_t i = fake_env_pick(l->fake, sizeof(troubles) / sizeof(troubles[0]));

	fake_env_fail(l->fake, troubles[i].kind, 1 + (unsigned)fake_env_pick(l->fake, 4),
	              troubles[i].error);
}

static void step(struct life *l)
{
	switch (fake_env_pick(l->fake, 20)) {
	case 0:
		end(l, false);
		break;
	case 1:
		end(l, true);
		break;
	case 2:
	case 3:
		trouble(l);
		break;
	case 4:
		fake_env_capacity(l->fake,
		                  fake_env_pick(l->fake, 2) * fake_env_pick(l->fake, 30000));
		break;
	case 5:
		fake_env_short_writes(l->fake, fake_env_pick(l->fake, 50));
		break;
	case 6:
		(void)spool_new_epoch(l->spool);
		break;
	case 7:
	case 8:
		l->acked += fake_env_pick(l->fake, l->next - l->acked);
		(void)spool_ack(l->spool, l->acked);
		break;
	case 9:
		check_records(l);
		break;
	case 10:
		fake_env_advance(l->fake, 1000000);
		break;
	case 11:
		append_and_die(l);
		break;
	default:
		append(l);
	}
}

static void live(struct life *l, uint64_t seed)
{
	l->fake = fake_env_new(seed);
	l->options = (struct spool_options){ DIR, 4000 + (int64_t)fake_env_pick(l->fake, 40000),
		                             500 + (int64_t)fake_env_pick(l->fake, 4000) };
	l->next = 1;
	start_again(l);
	for (int i = 0; i < STEPS; i++) {
		step(l);
	}
	/* the disk is well again: it all goes on */
	fake_env_fail(l->fake, FAKE_OPEN, 0, 0);
	fake_env_capacity(l->fake, 0);
	end(l, true);
	for (int i = 0; i < 5; i++) {
		l->acked = l->next - 1;
		assert_int_equal(spool_ack(l->spool, l->acked), 0);
		append(l);
		assert_int_equal(l->n_doubts, 0);
	}
	end(l, true);
	spool_close(l->spool);
	fake_env_free(l->fake);
}

static const struct group {
	const char *name;
	uint64_t first;
} groups[] = {
	{ "lives_of_seeds_from_1000", 1000 },
	{ "lives_of_seeds_from_2000", 2000 },
	{ "lives_of_seeds_from_3000", 3000 },
	{ "lives_of_seeds_from_4000", 4000 },
};

/* Each group of lives is one test, so that a failure names the seeds to look at. */
static void lives_keep_every_promise(void **state)
{
	const struct group *group = *state;
	struct life *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	for (uint64_t seed = group->first; seed < group->first + LIVES; seed++) {
		memset(l, 0, sizeof(*l));
		buf_init(&l->records, 1 << 20);
		print_message("seed %llu\n", (unsigned long long)seed);
		live(l, seed);
		buf_free(&l->records);
	}
	free(l);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, groups, lives_keep_every_promise);
	return cases_run("agent_spool_model", &c, NULL, NULL);
}
