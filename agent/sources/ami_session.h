/*
 * The conversation with a manager interface, without the connection: the banner, the login by
 * challenge (MD5 of challenge and secret) or in plain text, QueueStatus for the present state, then
 * events. Where something was heard before, CoreShowChannels goes ahead of it: which calls are
 * still up. Most accounts may not ask that; then what was in progress has no end.
 *
 * Actions and answers: Asterisk documentation, "AMI Actions" Challenge, Login, CoreShowChannels,
 * QueueStatus, Ping.
 * Pure but for the two calls it is given.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/track/ami_feed.h"

#define AMI_TEXT_MAX 128 /* of user and secret, with its NUL */

/* A refused login again and again is what fail2ban looks for: its usual window is ten minutes. */
#define AMI_REFUSED_MS INT64_C(900000)

struct ami_session_calls {
	void *arg;
	int (*send)(void *arg, const void *data, size_t len_bytes);
	void (*settled)(void *arg); /* logged in, and the state is known */
	void (*drop)(void *arg, const char *why, int64_t least_ms);
};

struct ami_session_counters {
	uint64_t logins;      /* that were accepted */
	uint64_t refusals;    /* of logins */
	uint64_t no_queues;   /* QueueStatus was not allowed, or app_queue is not loaded */
	uint64_t no_channels; /* CoreShowChannels was not allowed */
};

enum ami_step {
	AMI_CLOSED,
	AMI_GREETED,    /* connected; the banner is to come */
	AMI_CHALLENGED, /* the challenge is to come */
	AMI_LOGGING_IN,
	AMI_COUNTING, /* CoreShowChannels was asked */
	AMI_LISTING,  /* QueueStatus was asked */
	AMI_LIVE,
	AMI_ENDING, /* drop was called */
};

struct ami_session {
	struct ami_session_calls calls;
	struct ami_feed *feed; /* borrowed */
	const char *user;      /* borrowed */
	const char *secret;    /* borrowed */
	bool plain;            /* the secret goes over the line as it is */
	bool media;            /* ask for RTCP reports */
	bool known;            /* the feed has heard something before */
	bool ask_again;        /* app_queue was not there, or has forgotten: Asterisk is starting */
	enum ami_step step;
	struct ami_reader reader;
	struct ami_message m;
	struct ami_session_counters counters;
};

/** A fresh connection. */
void ami_session_begin(struct ami_session *s);

/** Take what came. @return how many bytes, from the front, are taken. */
size_t ami_session_take(struct ami_session *s, struct slice in, int64_t now_us);

/** Ask for a sign of life. */
void ami_session_ping(struct ami_session *s);

/** Can this be said in a line of the protocol? Nothing but printable ASCII, and not too long. */
bool ami_session_text_fits(const char *text);
