/*
 * Work on its way between the ingest threads and the writer.
 *
 * A job is made by an ingest thread, which hands it to the writer (writer.c) and gets the same job
 * back, answered, in its mailbox. So an answer needs no memory of its own, and the number of jobs
 * bounds both ways. Whoever holds a job owns it.
 */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "collector/ingest/session.h"
#include "common/tls.h"

enum job_kind {
	JOB_HELLO, /* how far did this agent's epoch come? */
	JOB_BATCH, /* store these records */
};

enum job_outcome {
	JOB_OPEN,
	JOB_DONE,       /* durable; `acked` says how far */
	JOB_HOLE,       /* does not follow what is stored */
	JOB_BROKEN,     /* the store cannot make sense of it */
	JOB_OTHER_KIND, /* real evidence of a simulated site, or the other way round */
	JOB_OVERLOADED, /* not stored; come back after retry_after_ms */
};

struct mailbox;

struct job {
	TAILQ_ENTRY(job) link;
	enum job_kind kind;
	struct mailbox *home; /* where it returns to */
	void *owner;          /* of the thread at home; nobody else looks at it */
	struct tls_identity identity;
	uint64_t epoch;
	uint64_t first_sequence;
	char timezone[SESSION_TEXT_SIZE]; /* of a hello; "" when not said */
	bool simulated;                   /* of a hello */
	uint64_t lost;                    /* these of a batch */
	uint32_t count;

	enum job_outcome outcome;
	uint64_t acked;
	uint32_t retry_after_ms;

	size_t records_bytes;
	uint8_t records[];
};

TAILQ_HEAD(job_list, job);

/** A job with a copy of the records (empty for a hello); NULL without memory. Free it with free().
 */
struct job *job_new(enum job_kind kind, const struct tls_identity *identity, struct cursor records);

/* What else a thread can be told, as bits. */
enum mailbox_signal {
	MAILBOX_ROOM = 1,   /* the writer's queue has room again */
	MAILBOX_RULES = 2,  /* the rules have changed (rules.h) */
	MAILBOX_FINISH = 4, /* take no more in */
	MAILBOX_FLUSH = 8,  /* no more answers will come: say what there is to say, and end */
};

struct mailbox {
	pthread_mutex_t lock; /* jobs and signals */
	struct job_list jobs;
	unsigned signals;
	int event_fd; /* readable while there is something */
};

/** @return 0 or -errno. */
int mailbox_init(struct mailbox *m);

/** Jobs still in it are freed. */
void mailbox_free(struct mailbox *m);

/** From any thread. */
void mailbox_post(struct mailbox *m, struct job *job);
void mailbox_signal(struct mailbox *m, enum mailbox_signal signal);

/** Take everything; `jobs` need not be initialised. @return the signals, joined. */
unsigned mailbox_take(struct mailbox *m, struct job_list *jobs);
