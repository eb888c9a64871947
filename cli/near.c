/* The distance of two words, row by row of the usual table; see near.h. */
#include "cli/near.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Are letters i and i + 1 of one word those of the other at j, the other way round? */
static bool swapped(const char *a, size_t i, const char *b, size_t j)
{
	return i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
}

size_t near_distance(const char *a, const char *b)
{
	size_t rows[3]
		   [NEAR_MAX_BYTES + 1]; /* of the letter before the last one, the last one, this */
	size_t len_a = strlen(a);
	size_t len_b = strlen(b);

	if (len_a > NEAR_MAX_BYTES || len_b > NEAR_MAX_BYTES) {
		return NEAR_MAX_BYTES;
	}
	for (size_t j = 0; j <= len_b; j++) {
		rows[0][j] = rows[1][j] = j;
	}
	for (size_t i = 0; i < len_a; i++) {
		size_t *now = rows[2];

		now[0] = i + 1;
		for (size_t j = 0; j < len_b; j++) {
			now[j + 1] = least(rows[1][j] + (a[i] != b[j]),
			                   1 + least(rows[1][j + 1], now[j]));
			if (swapped(a, i, b, j)) {
				now[j + 1] = least(now[j + 1], rows[0][j - 1] + 1);
			}
		}
		memcpy(rows[0], rows[1], sizeof(rows[0]));
		memcpy(rows[1], now, sizeof(rows[1]));
	}
	return rows[1][len_b];
}

bool near_enough(const char *typed, const char *word)
{
	return strstr(word, typed) != NULL ||
	       near_distance(typed, word) * 3 <= least(strlen(typed), strlen(word));
}
