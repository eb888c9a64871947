/*
 * What everything that produces evidence implements, and what the agent gives it.
 *
 * A source turns outside bytes (a log, packets, files) into records and nothing else: it does not
 * know the spool or the network. Its calls all come from the agent's main thread. A source that
 * needs a thread of its own (capture) keeps it to itself and hands finished records over to the
 * main thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <event2/event.h>
#include <protobuf-c/protobuf-c.h>

#include "agent/pseudonym.h"
#include "agent/track/sampling.h"
#include "common/buf.h"
#include "common/conf.h"
#include "common/cursor.h"
#include "common/env.h"
#include "common/fault.h"
#include "cxmeter/record.h"

struct source; /* each source defines its own */

struct source_env {
	struct event_base *base; /* the agent's loop */
	const struct env *env;
	const struct cxm_catalog *catalog;
	const struct pseudonym *pseudonym;
	const char *host;         /* goes into every record */
	const void *conf;         /* the struct its schema filled */
	struct cursor checkpoint; /* what it last stored with its records; empty at the first start.
	                             Borrowed for open */
	bool one_shot; /* replay: read to the end, then call done; files named on the command line
	                  are in conf */

	void *agent; /* first argument of the calls below */
	/* Accept one record: it is packed at once, so the message is borrowed. 0, or -EMSGSIZE for
	 * one too big (counted). */
	int (*emit)(void *agent, const ProtobufCMessage *m);
	/* The same for bytes made by cxm_record_append elsewhere. */
	int (*emit_packed)(void *agent, const void *data, size_t len_bytes);
	/* The checkpoint moved though nothing was emitted. */
	void (*touched)(void *agent);
	/* one_shot only: everything has been emitted (rc 0), or the source cannot go on (it has
	 * logged why). Called once. */
	void (*done)(void *agent, struct source *s, int rc);
};

struct source_progress {
	const char *what; /* "queue_log", "calls.pcap" */
	uint64_t done;    /* of the input; bytes, or 0 when unknown */
	uint64_t all;
	uint64_t records;  /* emitted so far */
	uint64_t rejected; /* lines, rows or packets that could not be understood */
	int64_t last_us;   /* time of the last event understood, as the input tells it; 0: none */
	char trouble[FAULT_TEXT_MAX];   /* why it reads nothing at present; "" while it does */
	struct sampling_state sampling; /* all 0: it makes records of all there is */
	const char *advice; /* what the operator could change to see more; static, or NULL */
};

/* What a count is about. */
enum source_count {
	SOURCE_TAKEN,     /* input that was understood, and what came of it */
	SOURCE_MALFORMED, /* input that could not be understood, by kind */
	SOURCE_LOST,      /* well-formed, but not measured: dropped by the kernel, a full table */
};

/* Who wants to know what a source has counted. */
struct source_tally {
	void (*tell)(void *arg, enum source_count what, const char *name, uint64_t n);
	void *arg;
};

static inline void source_tell(const struct source_tally *to, enum source_count what,
                               const char *name, uint64_t n)
{
	to->tell(to->arg, what, name, n);
}

/* Who wants to know what lies there. */
struct source_examine {
	void (*tell)(void *arg, const char *text); /* one line; borrowed */
	void *arg;
};

struct source_ops {
	const char *name; /* its key under `sources:` in the configuration */
	const struct conf_schema *schema;
	/* Find everything that would stop open, without side effects. 0; -errno, or 1 for what
	 * would not stop it and deserves a warning; both explained with what to do. */
	int (*check)(const void *conf, struct fault *fault);
	/* Read what lies there, change nothing, and tell what of it would be refused and why. May
	 * be NULL. */
	void (*examine)(const void *conf, const struct source_examine *e);
	/* Privileged part: files, sockets, capture handles. 0 or -errno, explained. */
	int (*open)(struct source **out, const struct source_env *env, struct fault *fault);
	/* After the privilege drop: begin to emit. 0 or -errno. */
	int (*start)(struct source *s);
	/* The spool is full or full enough: emit nothing more from files until resume; live packets
	 * are dropped and counted. */
	void (*pause)(struct source *s);
	void (*resume)(struct source *s);
	/* Append what is needed to go on from here after a crash; 1 when it changed since the last
	 * call, 0 when not. */
	int (*checkpoint)(struct source *s, struct buf *out);
	/* All that was emitted up to the last checkpoint call is on disk. May be NULL. */
	void (*committed)(struct source *s);
	void (*progress)(const struct source *s, struct source_progress *out);
	/* Tell every counter there is, those at 0 too: since the source was opened, names of a-z,
	 * 0-9 and _, each once, borrowed for the call. May be NULL. */
	void (*counters)(const struct source *s, const struct source_tally *to);
	/* Stop for good: emit what is finished, keep what is not for the checkpoint. */
	void (*stop)(struct source *s);
	void (*close)(struct source *s); /* NULL is fine */
};

extern const struct source_ops source_queue_log;
extern const struct source_ops source_capture;
extern const struct source_ops source_dropbox;
extern const struct source_ops source_cel;
extern const struct source_ops source_cdr;
extern const struct source_ops source_posture;
extern const struct source_ops source_ami;
extern const struct source_ops source_esl;
extern const struct source_ops source_fs_cdr;
extern const struct source_ops source_fs_csv;
extern const struct source_ops source_hep;
