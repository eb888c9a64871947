#include "collector/ingest/mailbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job *job_new(enum job_kind kind, const struct tls_identity *identity, struct cursor records)
{
	size_t n = cursor_left(&records);
	struct job *job = malloc(sizeof(*job) + n);

	if (job == NULL) {
		return NULL;
	}
	*job = (struct job){ .kind = kind, .identity = *identity, .records_bytes = n };
	if (n > 0) {
		memcpy(job->records, records.at, n);
	}
	return job;
}

int mailbox_init(struct mailbox *m)
{
	int rc = -pthread_mutex_init(&m->lock, NULL);

	if (rc != 0) {
		return rc;
	}
	TAILQ_INIT(&m->jobs);
	m->signals = 0;
	m->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (m->event_fd < 0) {
		rc = -errno;
		(void)pthread_mutex_destroy(&m->lock);
	}
	return rc;
}

void mailbox_free(struct mailbox *m)
{
	struct job *job;

	while ((job = TAILQ_FIRST(&m->jobs)) != NULL) {
		TAILQ_REMOVE(&m->jobs, job, link);
		free(job);
	}
	(void)close(m->event_fd);
	(void)pthread_mutex_destroy(&m->lock);
}

/* Only the first thing put into an empty box needs to wake its thread. */
static void put(struct mailbox *m, struct job *job, unsigned signals)
{
	const uint64_t one = 1;
	bool empty;

	(void)pthread_mutex_lock(&m->lock);
	empty = TAILQ_EMPTY(&m->jobs) && m->signals == 0;
	if (job != NULL) {
		TAILQ_INSERT_TAIL(&m->jobs, job, link);
	}
	m->signals |= signals;
	(void)pthread_mutex_unlock(&m->lock);
	if (empty) {
		(void)!write(m->event_fd, &one, sizeof(one)); /* full means readable: fine */
	}
}

void mailbox_post(struct mailbox *m, struct job *job)
{
	put(m, job, 0);
}

void mailbox_signal(struct mailbox *m, enum mailbox_signal signal)
{
	put(m, NULL, signal);
}

unsigned mailbox_take(struct mailbox *m, struct job_list *jobs)
{
	uint64_t count;
	unsigned signals;

	TAILQ_INIT(jobs);
	/* before the box is emptied, so that what comes after is seen */
	(void)!read(m->event_fd, &count, sizeof(count));
	(void)pthread_mutex_lock(&m->lock);
	TAILQ_CONCAT(jobs, &m->jobs, link);
	signals = m->signals;
	m->signals = 0;
	(void)pthread_mutex_unlock(&m->lock);
	return signals;
}
