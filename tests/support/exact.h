/* Text for a parser under test, and what came out of it. */
#pragma once

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"
#include "common/unconst.h"
#include "tests/support/cases.h"

/** A copy of exactly its size, so that a sanitizer sees a read past the end; exact_free it. */
static inline struct slice exact(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	if (copy == NULL) {
		abort();
	}
	memcpy(copy, text, len);
	return (struct slice){ copy, len };
}

static inline void exact_free(struct slice s)
{
	free(unconst(s.at));
}

/** The slice is this text, no more and no less. */
#define assert_text(got, want) exact_assert((got), (want), __FILE__, __LINE__)

static inline void exact_assert(struct slice got, const char *want, const char *file, int line)
{
	char text[4096];

	_assert_in_range(got.len, 0, sizeof(text) - 1, file, line);
	memcpy(text, got.len > 0 ? got.at : "", got.len);
	text[got.len] = '\0';
	_assert_string_equal(text, want, file, line);
}
