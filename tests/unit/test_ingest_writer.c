/*
 * The writer's thread against a store that can be held and made to fail. Nothing here sleeps: the
 * test waits for jobs to come home.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "collector/ingest/commit.h"
#include "collector/ingest/trouble.h"
#include "collector/ingest/writer.h"
#include "common/log.h"
#include "tests/support/catalog.h"
#include "tests/support/fake_store.h"
#include "tests/support/wire_agent.h"

#define EPOCH       UINT64_C(12345)
#define QUEUE_BYTES ((size_t)64 * 1024)
#define PATIENCE_MS 20000

struct fixture {
	const struct cxm_catalog *catalog;
	struct fake_store *fs;
	struct env env;
	pthread_t tester;
	bool release; /* the held store, when the tester asks for the time: writer_finish does */
	struct counters counters;
	struct mailbox home;
	struct mailbox *homes[1];
	struct writer *writer;
	struct job_list back; /* came home, in order */
	unsigned signals;
};

static int64_t mono_us(void *arg)
{
	struct fixture *f = arg;

	if (pthread_equal(pthread_self(), f->tester) && f->release) {
		fake_store_hold(f->fs, false);
	}
	return env_mono_us(&env_system);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct writer_options options;

	assert_non_null(f);
	log_open("test", LOG_LEVEL_ERR);
	f->catalog = product_catalog();
	f->fs = fake_store_new(f->catalog, 100000);
	assert_int_equal(0, mailbox_init(&f->home));
	TAILQ_INIT(&f->back);
	f->homes[0] = &f->home;
	f->env = env_system;
	f->env.arg = f;
	f->env.mono_us = mono_us;
	f->tester = pthread_self();
	options = (struct writer_options){
		.store = fake_store_as_store(f->fs),
		.env = &f->env,
		.counters = &f->counters,
		.queue_bytes = QUEUE_BYTES,
		.homes = f->homes,
		.n_homes = 1,
	};
	assert_int_equal(0, writer_start(&f->writer, &options));
	*state = f;
	return 0;
}

static void forget(struct job_list *jobs)
{
	struct job *job;

	while ((job = TAILQ_FIRST(jobs)) != NULL) {
		TAILQ_REMOVE(jobs, job, link);
		free(job);
	}
}

/* Every test ends the writer itself, most through here. */
static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_store_hold(f->fs, false);
	writer_finish(f->writer, PATIENCE_MS);
	writer_close(f->writer);
	forget(&f->back);
	mailbox_free(&f->home);
	fake_store_free(f->fs);
	free(f);
	return 0;
}

static void submit(struct fixture *f, uint64_t first, uint32_t count)
{
	const struct tls_identity who = { "nord", "pbx1" };
	struct buf records;
	struct job *job;

	buf_init(&records, FRAME_MAX_BYTES);
	wire_add_records(&records, first, count);
	job = job_new(JOB_BATCH, &who, cursor_of(records.data, records.len));
	assert_non_null(job);
	buf_free(&records);
	job->home = &f->home;
	job->owner = f;
	job->epoch = EPOCH;
	job->first_sequence = first;
	job->count = count;
	writer_submit(f->writer, job);
}

static void submit_hello(struct fixture *f)
{
	const struct tls_identity who = { "nord", "pbx1" };
	struct job *job = job_new(JOB_HELLO, &who, cursor_of(NULL, 0));

	assert_non_null(job);
	job->home = &f->home;
	job->owner = f;
	job->epoch = EPOCH;
	job->first_sequence = 1;
	writer_submit(f->writer, job);
}

static void take_mail(struct fixture *f)
{
	struct pollfd ready = { .fd = f->home.event_fd, .events = POLLIN };
	struct job_list jobs;

	assert_int_equal(1, poll(&ready, 1, PATIENCE_MS));
	f->signals |= mailbox_take(&f->home, &jobs);
	TAILQ_CONCAT(&f->back, &jobs, link);
}

/* The next job that comes home. */
static struct job *next(struct fixture *f)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&f->back)) == NULL) {
		take_mail(f);
	}
	TAILQ_REMOVE(&f->back, job, link);
	return job;
}

static void assert_next(struct fixture *f, enum job_outcome outcome, uint64_t acked)
{
	struct job *job = next(f);

	assert_int_equal(outcome, job->outcome);
	assert_int_equal(acked, job->acked);
	free(job);
}

static void batch_comes_home_stored(void **state)
{
	struct fixture *f = *state;

	submit(f, 1, 10);
	assert_next(f, JOB_DONE, 10);
	assert_int_equal(10, fake_store_rows(f->fs));
	assert_int_equal(10, counter_get(&f->counters, COUNTER_STORED));
}

static void what_waits_is_stored_in_one_transaction(void **state)
{
	struct fixture *f = *state;

	fake_store_hold(f->fs, true);
	submit(f, 1, 10);
	fake_store_wait_held(f->fs);
	for (uint64_t n = 11; n <= 60; n += 10) {
		submit(f, n, 10);
	}
	fake_store_hold(f->fs, false);
	for (uint64_t n = 10; n <= 60; n += 10) {
		assert_next(f, JOB_DONE, n);
	}
	assert_int_equal(2, fake_store_puts(f->fs));
	assert_int_equal(2, counter_get(&f->counters, COUNTER_GROUPS));
}

static void transaction_takes_so_many_batches_and_no_more(void **state)
{
	struct fixture *f = *state;

	fake_store_hold(f->fs, true);
	submit(f, 1, 1);
	fake_store_wait_held(f->fs);
	for (uint64_t n = 2; n <= COMMIT_BATCHES_MAX + 2; n++) {
		submit(f, n, 1);
	}
	fake_store_hold(f->fs, false);
	for (uint64_t n = 1; n <= COMMIT_BATCHES_MAX + 2; n++) {
		assert_next(f, JOB_DONE, n);
	}
	assert_int_equal(3, fake_store_puts(f->fs));
}

static void hello_sees_what_was_handed_over_before_it(void **state)
{
	struct fixture *f = *state;

	fake_store_hold(f->fs, true);
	submit(f, 1, 1);
	fake_store_wait_held(f->fs);
	submit(f, 2, 5);
	submit_hello(f);
	submit(f, 7, 1);
	fake_store_hold(f->fs, false);
	assert_next(f, JOB_DONE, 1);
	assert_next(f, JOB_DONE, 6);
	assert_next(f, JOB_DONE, 7); /* of the hello: what came behind it may be in it already */
	assert_next(f, JOB_DONE, 7);
}

static void full_queue_says_so_and_tells_when_there_is_room(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 1;

	assert_false(writer_full(f->writer));
	fake_store_hold(f->fs, true);
	while (!writer_full(f->writer)) {
		submit(f, n, 100);
		n += 100;
	}
	assert_true(n > 100);
	fake_store_hold(f->fs, false);
	while ((f->signals & MAILBOX_ROOM) == 0) {
		take_mail(f);
	}
	assert_false(writer_full(f->writer));
}

static void nobody_is_told_of_room_that_nobody_missed(void **state)
{
	struct fixture *f = *state;

	submit(f, 1, 10);
	assert_next(f, JOB_DONE, 10);
	submit(f, 11, 10);
	assert_next(f, JOB_DONE, 20);
	assert_int_equal(0, f->signals & MAILBOX_ROOM);
}

static void passing_failure_is_not_noticed(void **state)
{
	struct fixture *f = *state;

	fake_store_fail(f->fs, -EBUSY, 0, 2);
	submit(f, 1, 10);
	assert_next(f, JOB_DONE, 10);
	assert_int_equal(3, fake_store_puts(f->fs));
	assert_int_equal(2, counter_get(&f->counters, COUNTER_GROUP_FAILED));
}

static void hole_comes_home_as_one(void **state)
{
	struct fixture *f = *state;

	submit(f, 1, 10);
	assert_next(f, JOB_DONE, 10);
	submit(f, 12, 1);
	assert_next(f, JOB_HOLE, 0);
}

static void stop_stores_what_waits(void **state)
{
	struct fixture *f = *state;

	fake_store_hold(f->fs, true);
	submit(f, 1, 10);
	fake_store_wait_held(f->fs);
	submit(f, 11, 10);
	fake_store_hold(f->fs, false);
	writer_finish(f->writer, PATIENCE_MS);
	writer_close(f->writer);
	assert_int_equal(20, fake_store_rows(f->fs));
	assert_next(f, JOB_DONE, 10);
	assert_next(f, JOB_DONE, 20);
	f->writer = NULL;
}

static void stop_does_not_wait_for_a_store_that_fails(void **state)
{
	struct fixture *f = *state;
	struct job *job;

	fake_store_hold(f->fs, true);
	submit(f, 1, 10);
	fake_store_wait_held(f->fs);
	fake_store_fail(f->fs, -ENOSPC, 0, 1000000);
	f->release = true;
	writer_finish(f->writer, PATIENCE_MS); /* returns at the first failure */
	writer_close(f->writer);
	f->writer = NULL;
	job = next(f);
	assert_int_equal(JOB_OVERLOADED, job->outcome);
	assert_true(job->retry_after_ms >= TROUBLE_REFUSE_MIN_MS);
	assert_int_equal(0, fake_store_rows(f->fs));
	free(job);
}

static void stop_out_of_time_sends_the_rest_away(void **state)
{
	struct fixture *f = *state;

	fake_store_hold(f->fs, true);
	submit(f, 1, 10);
	fake_store_wait_held(f->fs);
	for (unsigned n = 0; n < COMMIT_BATCHES_MAX; n++) {
		submit(f, 11 + n, 1);
	}
	f->release = true;
	writer_finish(f->writer, -1);
	writer_close(f->writer);
	f->writer = NULL;
	assert_next(f, JOB_DONE, 10); /* was being stored when time ran out */
	for (unsigned n = 0; n < COMMIT_BATCHES_MAX; n++) {
		assert_next(f, JOB_OVERLOADED, 0);
	}
}

static int teardown_finished(void **state)
{
	struct fixture *f = *state;

	forget(&f->back);
	mailbox_free(&f->home);
	fake_store_free(f->fs);
	free(f);
	return 0;
}

#define claim(function)    cmocka_unit_test_setup_teardown(function, setup, teardown)
#define finished(function) cmocka_unit_test_setup_teardown(function, setup, teardown_finished)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(batch_comes_home_stored),
		claim(what_waits_is_stored_in_one_transaction),
		claim(transaction_takes_so_many_batches_and_no_more),
		claim(hello_sees_what_was_handed_over_before_it),
		claim(full_queue_says_so_and_tells_when_there_is_room),
		claim(nobody_is_told_of_room_that_nobody_missed),
		claim(passing_failure_is_not_noticed),
		claim(hole_comes_home_as_one),
		finished(stop_stores_what_waits),
		finished(stop_does_not_wait_for_a_store_that_fails),
		finished(stop_out_of_time_sends_the_rest_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
