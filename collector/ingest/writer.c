#include "collector/ingest/writer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "collector/ingest/commit.h"
#include "collector/ingest/trouble.h"
#include "common/log.h"

#define TAKE_MAX ((size_t)4 * COMMIT_BATCHES_MAX) /* jobs a turn; batches among them are fewer */

struct writer {
	struct writer_options options;
	pthread_t thread;
	struct trouble trouble; /* of the thread */

	pthread_mutex_t lock; /* everything below */
	pthread_cond_t news;  /* a job, or finishing */
	struct job_list queue;
	size_t queued_bytes; /* until stored */
	bool starved;        /* somebody waits for room */
	bool finishing;
	int64_t finish_by_us;
};

/* One turn of the thread. */
struct turn {
	struct job *jobs[TAKE_MAX];
	size_t n;
	size_t bytes;
};

static int64_t now_us(const struct writer *w)
{
	return env_mono_us(w->options.env);
}

bool writer_full(struct writer *w)
{
	bool full;

	(void)pthread_mutex_lock(&w->lock);
	full = w->queued_bytes >= w->options.queue_bytes;
	w->starved |= full;
	(void)pthread_mutex_unlock(&w->lock);
	return full;
}

void writer_submit(struct writer *w, struct job *job)
{
	(void)pthread_mutex_lock(&w->lock);
	TAILQ_INSERT_TAIL(&w->queue, job, link);
	w->queued_bytes += job->records_bytes;
	(void)pthread_cond_signal(&w->news);
	(void)pthread_mutex_unlock(&w->lock);
}

static bool fits(const struct turn *turn, size_t batches, const struct job *job)
{
	if (turn->n == TAKE_MAX) {
		return false;
	}
	return job->kind == JOB_HELLO ||
	       (batches < COMMIT_BATCHES_MAX &&
	        (batches == 0 || turn->bytes + job->records_bytes <= COMMIT_BYTES_MAX));
}

/* Wait for jobs and take what one transaction can hold. @return false: there are none and there
 * will be none. */
static bool take(struct writer *w, struct turn *turn)
{
	size_t batches = 0;
	struct job *job;

	turn->n = 0;
	turn->bytes = 0;
	(void)pthread_mutex_lock(&w->lock);
	while (TAILQ_EMPTY(&w->queue) && !w->finishing) {
		(void)pthread_cond_wait(&w->news, &w->lock);
	}
	while ((job = TAILQ_FIRST(&w->queue)) != NULL && fits(turn, batches, job)) {
		TAILQ_REMOVE(&w->queue, job, link);
		turn->jobs[turn->n++] = job;
		turn->bytes += job->records_bytes;
		batches += job->kind == JOB_BATCH;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return turn->n > 0;
}

/* Sleep before trying again. @return false when the program stops meanwhile: no more tries then. */
static bool nap(struct writer *w, int64_t wait_ms)
{
	struct timespec until;
	bool finishing;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_mutex_lock(&w->lock);
	while (!w->finishing && pthread_cond_timedwait(&w->news, &w->lock, &until) != ETIMEDOUT) {
	}
	finishing = w->finishing;
	(void)pthread_mutex_unlock(&w->lock);
	return !finishing;
}

static bool out_of_time(struct writer *w)
{
	bool late;

	(void)pthread_mutex_lock(&w->lock);
	late = w->finishing && now_us(w) >= w->finish_by_us;
	(void)pthread_mutex_unlock(&w->lock);
	return late;
}

/* The time to come back is spread by the agent's epoch, which is random: not all at once. */
static void send_away(struct turn *turn, int64_t for_ms)
{
	for (size_t i = 0; i < turn->n; i++) {
		struct job *job = turn->jobs[i];

		if (job->outcome == JOB_OPEN) {
			job->outcome = JOB_OVERLOADED;
			job->retry_after_ms =
				(uint32_t)for_ms + (uint32_t)(job->epoch % ((uint64_t)for_ms / 2));
		}
	}
}

static void say_trouble(struct writer *w, const struct fault *fault)
{
	if (trouble_worth_saying(&w->trouble, now_us(w))) {
		log_err("store",
		        "cannot store: %s. Agents keep their records and send them again; this is "
		        "tried again by itself",
		        fault->text);
	}
}

static void say_over(struct writer *w)
{
	int64_t lasted_ms = trouble_over(&w->trouble, now_us(w));

	if (lasted_ms > 0) {
		log_info("store", "stores again, after %" PRId64 " ms", lasted_ms);
	}
}

static int store_turn(struct writer *w, struct turn *turn, struct fault *fault)
{
	struct counters *c = w->options.counters;
	struct store_counts counts = { 0 };
	struct job *batches[COMMIT_BATCHES_MAX];
	size_t n = 0;
	int rc;

	for (size_t i = 0; i < turn->n; i++) {
		if (turn->jobs[i]->kind == JOB_BATCH && turn->jobs[i]->outcome == JOB_OPEN) {
			batches[n++] = turn->jobs[i];
		}
	}
	rc = commit_batches(w->options.store, batches, n, &counts, fault);
	counter_add(c, COUNTER_GROUPS, n > 0);
	counter_add(c, COUNTER_STORED, counts.stored);
	counter_add(c, COUNTER_KNOWN, counts.known);
	counter_add(c, COUNTER_RANKED, counts.replaced);
	counter_add(c, COUNTER_QUARANTINED, counts.quarantined);
	/* hellos behind the batches: an agent that reconnects sees what its last session brought */
	for (size_t i = 0; i < turn->n && rc == 0; i++) {
		if (turn->jobs[i]->kind == JOB_HELLO && turn->jobs[i]->outcome == JOB_OPEN) {
			rc = commit_hello(w->options.store, turn->jobs[i], fault);
		}
	}
	return rc;
}

/* Give every job of the turn its outcome. */
static void settle(struct writer *w, struct turn *turn)
{
	int64_t for_ms = trouble_refusing(&w->trouble, now_us(w));

	while (for_ms == 0) {
		struct fault fault = { 0 };
		int64_t wait_ms;

		if (out_of_time(w)) {
			for_ms = TROUBLE_REFUSE_MIN_MS;
			break;
		}
		if (store_turn(w, turn, &fault) == 0) {
			say_over(w);
			return;
		}
		counter_one(w->options.counters, COUNTER_GROUP_FAILED);
		say_trouble(w, &fault);
		wait_ms = trouble_failed(&w->trouble, now_us(w));
		if (wait_ms < 0 || !nap(w, wait_ms)) {
			for_ms = trouble_refusing(&w->trouble, now_us(w));
			for_ms = for_ms > 0 ? for_ms : TROUBLE_REFUSE_MIN_MS;
		}
	}
	send_away(turn, for_ms);
}

static void give_back(struct writer *w, struct turn *turn)
{
	bool room;

	(void)pthread_mutex_lock(&w->lock);
	w->queued_bytes -= turn->bytes;
	room = w->starved && w->queued_bytes <= w->options.queue_bytes / 2;
	if (room) {
		w->starved = false;
	}
	(void)pthread_mutex_unlock(&w->lock);
	for (size_t i = 0; i < turn->n; i++) {
		mailbox_post(turn->jobs[i]->home, turn->jobs[i]);
	}
	for (size_t i = 0; i < w->options.n_homes && room; i++) {
		mailbox_signal(w->options.homes[i], MAILBOX_ROOM);
	}
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;
	struct turn turn;

	(void)pthread_setname_np(pthread_self(), "writer");
	while (take(w, &turn)) {
		settle(w, &turn);
		give_back(w, &turn);
	}
	return NULL;
}

static int init_locks(struct writer *w)
{
	pthread_condattr_t attr;
	int rc = -pthread_mutex_init(&w->lock, NULL);

	if (rc != 0) {
		return rc;
	}
	(void)pthread_condattr_init(&attr); /* these three cannot fail on Linux */
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = -pthread_cond_init(&w->news, &attr);
	(void)pthread_condattr_destroy(&attr);
	return rc;
}

int writer_start(struct writer **out, const struct writer_options *options)
{
	struct writer *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL) {
		return -ENOMEM;
	}
	w->options = *options;
	TAILQ_INIT(&w->queue);
	rc = init_locks(w);
	if (rc == 0) {
		rc = -pthread_create(&w->thread, NULL, writer_main, w);
	}
	if (rc != 0) {
		free(w);
		return rc;
	}
	*out = w;
	return 0;
}

void writer_finish(struct writer *w, int64_t patience_ms)
{
	(void)pthread_mutex_lock(&w->lock);
	w->finishing = true;
	w->finish_by_us = now_us(w) + patience_ms * 1000;
	(void)pthread_cond_signal(&w->news);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
}

void writer_close(struct writer *w)
{
	if (w == NULL) {
		return;
	}
	(void)pthread_cond_destroy(&w->news);
	(void)pthread_mutex_destroy(&w->lock);
	free(w);
}
