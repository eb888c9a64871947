#include "agent/resolve.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Held by the loop and by the thread; the last one to let go frees it. */
struct job {
	atomic_int holders;
	int wake_fd;
	char *host;
	char port[8];
	/* written by the thread before it writes to wake_fd, read by the loop after reading that */
	int error;
	struct addrinfo *found;
};

struct resolve {
	struct job *job;
	struct event *event;
	resolve_fn done;
	void *arg;
};

static void job_release(struct job *job)
{
	if (atomic_fetch_sub(&job->holders, 1) != 1) {
		return;
	}
	if (job->found != NULL) {
		freeaddrinfo(job->found);
	}
	(void)close(job->wake_fd);
	free(job->host);
	free(job);
}

static void *work(void *arg)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		                        .ai_socktype = SOCK_STREAM,
		                        .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };
	struct job *job = arg;
	const uint64_t one = 1;

	job->error = getaddrinfo(job->host, job->port, &hints, &job->found);
	if (job->error == EAI_NONAME || job->error == EAI_ADDRFAMILY) {
		/* AI_ADDRCONFIG hides loopback addresses where there is no other interface */
		const struct addrinfo any = { .ai_family = AF_UNSPEC,
			                      .ai_socktype = SOCK_STREAM,
			                      .ai_flags = AI_NUMERICSERV };

		job->error = getaddrinfo(job->host, job->port, &any, &job->found);
	}
	/* room for eight bytes there always is */
	while (write(job->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
	}
	job_release(job);
	return NULL;
}

static int start_thread(struct job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int rc = pthread_attr_init(&attr);

	if (rc != 0) {
		return -rc;
	}
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all); /* signals are the main thread's */
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_fetch_add(&job->holders, 1);
	rc = pthread_create(&thread, &attr, work, job);
	if (rc != 0) {
		atomic_fetch_sub(&job->holders, 1);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return -rc;
}

static void wake_cb(evutil_socket_t fd, short what, void *arg)
{
	struct resolve *r = arg;
	struct addrinfo *found;
	uint64_t count;
	int error;

	(void)what;
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count)) {
		return; /* not yet after all */
	}
	found = r->job->found;
	error = r->job->error;
	r->job->found = NULL;
	r->done(r->arg, error, found);
	resolve_cancel(r);
}

static struct job *new_job(const char *host, uint16_t port)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL) {
		return NULL;
	}
	atomic_init(&job->holders, 1);
	(void)snprintf(job->port, sizeof(job->port), "%u", port);
	job->host = strdup(host);
	job->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return job;
}

int resolve_start(struct resolve **out, struct event_base *base, const char *host, uint16_t port,
                  resolve_fn done, void *arg)
{
	struct resolve *r = calloc(1, sizeof(*r));
	int rc = -ENOMEM;

	if (r == NULL) {
		return rc;
	}
	r->done = done;
	r->arg = arg;
	r->job = new_job(host, port);
	if (r->job != NULL && r->job->host != NULL) {
		rc = r->job->wake_fd >= 0 ? 0 : -EMFILE;
	}
	if (rc == 0) {
		r->event = event_new(base, r->job->wake_fd, EV_READ | EV_PERSIST, wake_cb, r);
		rc = r->event != NULL && event_add(r->event, NULL) == 0 ? 0 : -ENOMEM;
	}
	if (rc == 0) {
		rc = start_thread(r->job);
	}
	if (rc != 0) {
		resolve_cancel(r);
		return rc;
	}
	*out = r;
	return 0;
}

void resolve_cancel(struct resolve *r)
{
	if (r == NULL) {
		return;
	}
	if (r->event != NULL) {
		event_free(r->event);
	}
	if (r->job != NULL) {
		job_release(r->job);
	}
	free(r);
}
