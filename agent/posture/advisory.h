/*
 * A file of security advisories: CSV with a heading, or a JSON object a line, of which each says
 * `package` (or source package), `fixed_version`, `severity` (critical, high, medium, low, or a
 * CVSS score) and `published` (a date). Further columns are ignored. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/slice.h"

#define ADVISORY_TEXT_MAX 128 /* of a name or a version; a longer one is malformed */

enum advisory_severity { ADVISORY_LOW, ADVISORY_MEDIUM, ADVISORY_HIGH, ADVISORY_CRITICAL };

struct advisory {
	char package[ADVISORY_TEXT_MAX];
	char fixed_version[ADVISORY_TEXT_MAX]; /* "": no fix is published yet */
	enum advisory_severity severity;
	int64_t published_us;
};

struct advisory_counts {
	uint64_t rows;
	uint64_t malformed; /* of these: a column is missing, or holds something else */
};

typedef void (*advisory_fn)(void *arg, const struct advisory *a);

/** Read a whole file. @return 0, or -EBADMSG when it has no heading with these four columns and is
 * no JSON either. */
int advisory_read(struct slice text, advisory_fn each, void *arg, struct advisory_counts *counts);
