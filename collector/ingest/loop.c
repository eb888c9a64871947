#include "collector/ingest/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "collector/ingest/conn.h"

#define ACCEPT_BUDGET 64 /* a turn; then connections have theirs */

struct loop {
	struct conn_home home; /* of the thread, once it runs */
	struct mailbox mailbox;
	int listen_fd;
	struct event accepts;
	struct event mails;
	struct event ticks;
	bool started;
	struct log_limit accept_limit;
	pthread_t thread;
	sem_t finished; /* posted when nothing more is read */

	pthread_mutex_t lock;
	struct rules *next_rules; /* under the lock; owned reference, NULL: none */
};

static void count_refused(struct loop *loop, enum gate_verdict verdict)
{
	static const enum counter counter_of[] = {
		[GATE_FULL] = COUNTER_GATE_FULL,
		[GATE_WAITING_FULL] = COUNTER_GATE_WAITING,
		[GATE_ADDRESS_FULL] = COUNTER_GATE_ADDRESS,
	};
	static const char *const text_of[] = {
		[GATE_FULL] = "as many connections as max_connections allows: new ones are refused",
		[GATE_WAITING_FULL] = "too many connections without a TLS handshake: refused until "
				      "some are through or late",
		[GATE_ADDRESS_FULL] =
			"too many connections of one address without a TLS handshake: "
			"refused (max_handshakes_per_address)",
	};

	counter_one(loop->home.counters, counter_of[verdict]);
	log_limited(&loop->accept_limit, LOG_LEVEL_WARN, "ingest", "%s", text_of[verdict]);
}

/* Room at the gate, if need be that of somebody who has been dawdling. */
static bool let_in(struct loop *loop, uint64_t from)
{
	enum gate_verdict verdict = gate_enter(loop->home.gate, from);

	if (verdict != GATE_OPEN &&
	    conn_evict(&loop->home, verdict == GATE_ADDRESS_FULL ? from : 0)) {
		verdict = gate_enter(loop->home.gate, from);
	}
	if (verdict != GATE_OPEN) {
		count_refused(loop, verdict);
	}
	return verdict == GATE_OPEN;
}

static void take_connection(struct loop *loop, int fd, const struct sockaddr *address)
{
	const int on = 1;
	uint64_t from = gate_from(loop->home.gate, address);

	if (!let_in(loop, from)) {
		(void)close(fd);
		return;
	}
	/* Acks are small and waited for (RFC 896 would hold them back) */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (conn_open(&loop->home, fd, from, address) == 0) {
		counter_one(loop->home.counters, COUNTER_ACCEPTED);
	} else {
		counter_one(loop->home.counters, COUNTER_ACCEPT_FAILED);
	}
}

/* @return false: no more for now. */
static bool accept_failed(struct loop *loop, int why)
{
	if (why == EMFILE || why == ENFILE || why == ENOBUFS || why == ENOMEM) {
		counter_one(loop->home.counters, COUNTER_ACCEPT_FAILED);
		log_limited(&loop->accept_limit, LOG_LEVEL_ERR, "ingest",
		            "cannot accept a connection: %s: raise LimitNOFILE or lower "
		            "max_connections",
		            strerror(why));
		(void)event_del(&loop->accepts); /* the next tick tries again */
	}
	return why == ECONNABORTED || why == EINTR;
}

static void accept_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)what;
	for (unsigned i = 0; i < ACCEPT_BUDGET; i++) {
		struct sockaddr_storage address;
		socklen_t len = sizeof(address);
		int conn_fd = accept4(fd, (struct sockaddr *)&address, &len,
		                      SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (conn_fd >= 0) {
			take_connection(loop, conn_fd, (const struct sockaddr *)&address);
		} else if (!accept_failed(loop, errno)) {
			break;
		}
	}
	conn_bury(&loop->home);
}

static void adopt_rules(struct loop *loop)
{
	struct rules *next;

	(void)pthread_mutex_lock(&loop->lock);
	next = loop->next_rules;
	loop->next_rules = NULL;
	(void)pthread_mutex_unlock(&loop->lock);
	if (next != NULL) {
		rules_unref(loop->home.rules);
		loop->home.rules = next;
		conn_check_rules(&loop->home);
	}
}

static void take_answers(struct loop *loop, struct job_list *jobs)
{
	struct job *job;

	while ((job = TAILQ_FIRST(jobs)) != NULL) {
		TAILQ_REMOVE(jobs, job, link);
		conn_answer(job);
	}
	conn_stir(&loop->home);
}

/* At once, so that agents are told by their own kernel instead of waiting in our queue. */
static void stop_accepting(struct loop *loop)
{
	(void)event_del(&loop->accepts);
	(void)close(loop->listen_fd);
	loop->listen_fd = -1;
}

static void mail_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;
	struct job_list jobs;
	unsigned signals = mailbox_take(&loop->mailbox, &jobs);

	(void)fd;
	(void)what;
	take_answers(loop, &jobs);
	if ((signals & MAILBOX_RULES) != 0) {
		adopt_rules(loop);
	}
	if ((signals & MAILBOX_ROOM) != 0) {
		conn_resume(&loop->home);
	}
	if ((signals & MAILBOX_FINISH) != 0) {
		stop_accepting(loop);
		conn_finish(&loop->home);
		(void)sem_post(&loop->finished);
	}
	if ((signals & MAILBOX_FLUSH) != 0) {
		conn_leave_all(&loop->home);
	}
	conn_bury(&loop->home);
}

static void tick_cb(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	(void)what;
	if (!loop->home.finishing) {
		(void)event_add(&loop->accepts, NULL);
	}
	conn_tick(&loop->home);
	conn_bury(&loop->home);
}

static void *loop_main(void *arg)
{
	struct loop *loop = arg;

	(void)pthread_setname_np(pthread_self(), "ingest");
	(void)event_base_dispatch(loop->home.base);
	return NULL;
}

static int add_events(struct loop *loop)
{
	const struct timeval second = { .tv_sec = 1 };
	struct event_base *base = loop->home.base;

	(void)event_assign(&loop->accepts, base, loop->listen_fd, EV_READ | EV_PERSIST, accept_cb,
	                   loop);
	(void)event_assign(&loop->mails, base, loop->mailbox.event_fd, EV_READ | EV_PERSIST,
	                   mail_cb, loop);
	(void)event_assign(&loop->ticks, base, -1, EV_PERSIST, tick_cb, loop);
	if (event_add(&loop->accepts, NULL) != 0 || event_add(&loop->mails, NULL) != 0 ||
	    event_add(&loop->ticks, &second) != 0) {
		return -ENOMEM;
	}
	return 0;
}

int loop_open(struct loop **out, const struct loop_shared *shared, int listen_fd)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int rc;

	if (loop == NULL) {
		return -ENOMEM;
	}
	rc = mailbox_init(&loop->mailbox);
	if (rc != 0) {
		free(loop);
		return rc;
	}
	loop->home = (struct conn_home){
		.base = event_base_new(),
		.env = shared->env,
		.counters = shared->counters,
		.gate = shared->gate,
		.peers = shared->peers,
		.mailbox = &loop->mailbox,
		.rules = rules_ref(shared->rules),
	};
	session_tools_init(&loop->home.tools);
	TAILQ_INIT(&loop->home.shaking);
	TAILQ_INIT(&loop->home.open);
	TAILQ_INIT(&loop->home.dead);
	TAILQ_INIT(&loop->home.stirred);
	loop->listen_fd = listen_fd;
	(void)pthread_mutex_init(&loop->lock, NULL); /* these two cannot fail on Linux */
	(void)sem_init(&loop->finished, 0, 0);
	rc = loop->home.base != NULL ? add_events(loop) : -ENOMEM;
	if (rc != 0) {
		loop->listen_fd = -1; /* stays with the caller */
		loop_close(loop);
		return rc;
	}
	*out = loop;
	return 0;
}

struct mailbox *loop_mailbox(struct loop *loop)
{
	return &loop->mailbox;
}

int loop_start(struct loop *loop, struct writer *writer)
{
	int rc;

	loop->home.writer = writer;
	rc = -pthread_create(&loop->thread, NULL, loop_main, loop);
	loop->started = rc == 0;
	return rc;
}

void loop_rules(struct loop *loop, struct rules *rules)
{
	struct rules *old;

	(void)pthread_mutex_lock(&loop->lock);
	old = loop->next_rules;
	loop->next_rules = rules_ref(rules);
	(void)pthread_mutex_unlock(&loop->lock);
	rules_unref(old);
	mailbox_signal(&loop->mailbox, MAILBOX_RULES);
}

void loop_finish(struct loop *loop)
{
	if (!loop->started) {
		return;
	}
	mailbox_signal(&loop->mailbox, MAILBOX_FINISH);
	while (sem_wait(&loop->finished) != 0 && errno == EINTR) {
	}
}

void loop_flush(struct loop *loop)
{
	if (loop->started) {
		mailbox_signal(&loop->mailbox, MAILBOX_FLUSH);
	}
}

void loop_close(struct loop *loop)
{
	struct job_list jobs;

	if (loop == NULL) {
		return;
	}
	if (loop->started) {
		(void)pthread_join(loop->thread, NULL);
	}
	conn_drop_all(&loop->home);
	(void)mailbox_take(&loop->mailbox, &jobs);
	take_answers(loop, &jobs);
	conn_bury(&loop->home);
	assert(TAILQ_EMPTY(&loop->home.dead)); /* the writer has ended: all jobs are back */
	if (loop->listen_fd >= 0) {
		(void)close(loop->listen_fd);
	}
	if (loop->home.base != NULL) {
		event_base_free(loop->home.base);
	}
	session_tools_free(&loop->home.tools);
	rules_unref(loop->home.rules);
	rules_unref(loop->next_rules);
	mailbox_free(&loop->mailbox);
	(void)sem_destroy(&loop->finished);
	(void)pthread_mutex_destroy(&loop->lock);
	free(loop);
}
