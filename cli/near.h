/* Which word somebody may have meant. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define NEAR_MAX_BYTES 64 /* longer words are never near */

/**
 * How many letters to insert, leave out, change or swap with their neighbour to make one of the
 * other (optimal string alignment distance).
 *
 * @return 0 for equal words; NEAR_MAX_BYTES where either is longer than that.
 */
size_t near_distance(const char *a, const char *b);

/** Is `word` what may have been meant by `typed`? It holds it, or a third of the letters is wrong
 * at most. */
bool near_enough(const char *typed, const char *word);
