/*
 * What the two threads of the capture source share. Internal to agent/sources/capture*.c.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "agent/sources/capture.h"
#include "agent/sources/capture_input.h"
#include "agent/sources/listened.h"
#include "agent/track/gap.h"
#include "agent/track/sampling.h"
#include "common/ring.h"
#include "cxmeter/source.h"

#define CAPTURE_PART    "capture" /* in log lines */
#define CAPTURE_WAIT_MS 100 /* for room in the ring before a record of an interface is dropped */

/* What the thread shares once a second, for whoever asks how it is. */
struct capture_share {
	pthread_mutex_t lock; /* held for no longer than a copy takes, and never for a packet */
	struct calls_counters calls;
	uint64_t dropped_packets; /* by kernel and device, before they could be measured */
	uint64_t damaged_files;   /* read up to where they are */
	uint64_t dropped_records; /* the agent had no room for them */
	struct sampling_state sampling;
	int64_t last_us;           /* of the last packet */
	char down[FAULT_TEXT_MAX]; /* why there is no interface; "" while there is one */
};

struct source {
	struct source_env env;
	const struct capture_conf *conf;
	struct capture_plan plan;
	const char **ordered;     /* owned; the plan's files in the order they are read */
	struct observer observer; /* capture thread once it runs, as everything below to `drops` */
	struct sampling sampling; /* its observer reads it */
	struct calls *calls;
	struct capture_input input; /* the first one is opened by open */
	struct buf packed;
	int64_t at_ns;       /* of the last packet */
	uint64_t done_bytes; /* of the files before the one being read */
	uint64_t damaged;    /* files */
	bool failed;         /* a file could not be read to its end */
	bool stuck;          /* the ring had no room for the last record of an interface */
	bool down;           /* there is no interface, */
	int64_t down_ns;     /* since then */
	uint64_t tls_told;   /* records of SIP inside TLS when it was last said */
	int64_t tls_next_ns;
	struct {
		uint32_t kernel; /* what libpcap said last: 32 bits that wrap */
		uint32_t device;
		uint64_t packets; /* both together, in full */
		uint64_t records;
		int64_t next_ns;
		struct gap_watch packets_watch;
		struct gap_watch records_watch;
	} drops;
	struct capture_share *share; /* owned; both, under its lock */
	int64_t shared_ns;           /* when the thread did last */
	struct ring ring;            /* thread writes, main reads */
	int wake_main;               /* eventfd: records, or the end */
	int wake_thread;             /* eventfd: room, resume, stop */
	atomic_bool told;            /* main was woken and has not looked yet; both */
	atomic_bool waiting;         /* thread waits for main; both */
	atomic_bool paused;          /* main writes */
	atomic_bool stopping;        /* main writes */
	atomic_bool finished;        /* thread writes, last of all */
	atomic_size_t file;          /* index being read; thread writes */
	atomic_uint_fast64_t read_bytes;
	atomic_uint_fast64_t rejected;
	/* main thread */
	pthread_t thread;
	bool running;
	bool reported; /* done was called */
	struct event *event;
	struct listened listened; /* of an interface */
	uint64_t all_bytes;
	uint64_t records;
};

/** The capture thread: reads until the end or stop, then sets `finished`. @param source  a struct
 * source. */
void *capture_thread(void *source);

/** Without an interface from now on. The thread calls it, and open before there is one. */
void capture_interface_down(struct source *s, const char *why);

/** File name without folders, for records and progress. */
const char *capture_base_name(const char *path);

/** Wake whoever polls an eventfd; take the wake-up back. */
void capture_signal(int fd);
void capture_clear(int fd);
