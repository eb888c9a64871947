/*
 * What `check` prints: one line a finding, a problem or a warning, and what both programs look at
 * alike: the user they will become, and until when certificates hold. Starts nothing, changes
 * nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include <openssl/x509.h>

#include "common/fault.h"

struct findings {
	FILE *out;        /* borrowed */
	const char *user; /* the program becomes this one when started by root; NULL: stays */
	unsigned problems;
	unsigned warnings;
	bool stranger; /* the user is not known: nothing can be asked as that user */
};

/** What keeps the program from running: "problem: ...". */
void findings_problem(struct findings *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** What will keep it from running one day: "warning: ...". */
void findings_warning(struct findings *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** A fault as a problem; `f` is a struct findings. */
void findings_fault(void *f, const struct fault *fault);

/** Is the user known, and is there one? `program` as in "the agent". Call it before those below. */
void findings_user(struct findings *f, const char *program);

/** The user by name where the program would become it, else "this user". */
const char *findings_user_name(const struct findings *f);

/**
 * May that user do this (R_OK, W_OK, X_OK) with the file? Asked as that user, in a child process.
 *
 * @return 0 or -errno; 0 for a user who is not known, because that has been said.
 */
int findings_user_may(const struct findings *f, const char *path, int mode);

/** The first certificate of a PEM file, the caller's to free; NULL when it cannot be read. */
X509 *findings_certificate(const char *path);

/** A problem when `what` has expired, a warning within the last 14 days. */
void findings_expiry(struct findings *f, const char *path, const ASN1_TIME *ends, const char *what);
