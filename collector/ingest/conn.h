/*
 * One TLS connection: carries bytes between a socket and a session (session.h), and what the
 * session asks for between it, the registry (peers.h) and the writer (writer.h).
 *
 * OpenSSL works on the socket itself, in one thread's event loop. A connection whose jobs are with
 * the writer outlives its socket until they are back. It never frees itself: it is put among the
 * dead, and the loop buries them when no callback is running.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/ssl.h>

#include "collector/ingest/counters.h"
#include "collector/ingest/gate.h"
#include "collector/ingest/mailbox.h"
#include "collector/ingest/peers.h"
#include "collector/ingest/rules.h"
#include "collector/ingest/session.h"
#include "collector/ingest/writer.h"
#include "common/env.h"
#include "common/log.h"

#define CONN_SHAKE_US INT64_C(10000000) /* docs/protocol.md: handshake 10 s */
#define CONN_LEAVE_US INT64_C(2000000)  /* for the last words to arrive */

enum conn_state {
	CONN_SHAKING,  /* TLS handshake */
	CONN_OPEN,     /* the session talks */
	CONN_LEAVING,  /* the session has ended: its last words go out */
	CONN_DRAINING, /* they are out; what still comes in is thrown away, so that no reset
	                  overtakes them (RFC 9293, 3.10.4) */
	CONN_DEAD,     /* socket closed */
};

struct conn {
	TAILQ_ENTRY(conn) link; /* in the list of its state */
	TAILQ_ENTRY(conn) stir; /* in home->stirred while is_stirred */
	bool is_stirred;
	struct conn_home *home;
	enum conn_state state;
	int fd;
	SSL *ssl; /* owned */
	struct event reads;
	struct event writes;
	bool waits_to_write;
	bool paused; /* the writer's queue is full, or the program stops */
	bool passed; /* the gate, as one that has shown a certificate */
	uint64_t from;
	int64_t began_us;
	int64_t left_us;
	uint32_t jobs; /* with the writer */
	struct peers_place place;
	struct tls_identity identity;
	struct session session;
	char address[PEERS_ADDRESS_SIZE];
};

TAILQ_HEAD(conn_list, conn);

/* What connections of one thread share. */
struct conn_home {
	struct event_base *base;
	const struct env *env;
	struct counters *counters;
	struct gate *gate;
	struct peers *peers;
	struct writer *writer;
	struct mailbox *mailbox;
	struct rules *rules; /* owned reference; the current ones */
	struct session_tools tools;
	struct conn_list shaking; /* oldest first */
	struct conn_list open;    /* all that live and are past that */
	struct conn_list dead;
	struct conn_list stirred;       /* have something to do after a round of answers */
	bool finishing;                 /* takes no more in */
	bool leaving;                   /* the loop ends with the last connection */
	struct log_limit refused_limit; /* one a kind of message */
	struct log_limit came_limit;
	struct log_limit went_limit;
};

/**
 * Begin the handshake on an accepted socket, which is taken over; the gate has let it in.
 * @return 0 or -ENOMEM: then it is closed and has left the gate.
 */
int conn_open(struct conn_home *home, int fd, uint64_t from, const struct sockaddr *address);

/** Close the oldest connection that has been in its handshake for longer than an honest one takes.
 * @param from  of this address only; 0: of any. @return false: there is none. */
bool conn_evict(struct conn_home *home, uint64_t from);

/** A job is back; the connection will do what follows in conn_stir. */
void conn_answer(struct job *job);

/** Let all go on that were waiting for an answer. */
void conn_stir(struct conn_home *home);

/** The writer's queue has room again. */
void conn_resume(struct conn_home *home);

/** The rules have changed: end all that they would not let in. */
void conn_check_rules(struct conn_home *home);

/** Once a second: deadlines. */
void conn_tick(struct conn_home *home);

/** Take no more in: handshakes end, sessions stop reading. */
void conn_finish(struct conn_home *home);

/** Say what there is to say and end all; the last to go, within CONN_LEAVE_US or so, ends the loop.
 */
void conn_leave_all(struct conn_home *home);

/** Close all at once. */
void conn_drop_all(struct conn_home *home);

/** Free the dead whose jobs are back. For the end of every callback. */
void conn_bury(struct conn_home *home);
