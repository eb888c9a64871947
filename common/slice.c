#include "common/slice.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct slice slice_cut(struct slice *s, char sep)
{
	const char *hit = slice_find(*s, sep);
	struct slice head = *s;

	if (hit == NULL) {
		*s = (struct slice){ s->len > 0 ? s->at + s->len : s->at, 0 };
		return head;
	}
	head.len = (size_t)(hit - s->at);
	*s = (struct slice){ hit + 1, s->len - head.len - 1 };
	return head;
}

int slice_u64(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	bool over = false;

	if (s.len == 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.at[i] - (unsigned)'0';

		if (digit > 9) {
			return -EINVAL;
		}
		over |= __builtin_mul_overflow(v, (uint64_t)10, &v);
		over |= __builtin_add_overflow(v, digit, &v);
	}
	if (over || v > max) {
		return -ERANGE;
	}
	*out = v;
	return 0;
}

int slice_i64(struct slice s, int64_t min, int64_t max, int64_t *out)
{
	bool negative = s.len > 0 && s.at[0] == '-';
	uint64_t magnitude;
	int64_t v;
	int rc;

	if (negative) {
		s.at++;
		s.len--;
	}
	rc = slice_u64(s, (uint64_t)INT64_MAX + (negative ? 1 : 0), &magnitude);
	if (rc != 0) {
		return rc;
	}
	v = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	if (v < min || v > max) {
		return -ERANGE;
	}
	*out = v;
	return 0;
}

int slice_double(struct slice s, bool comma, double *out)
{
	char text[64];
	char *end = NULL;
	double v;

	if (s.len == 0 || s.len >= sizeof(text)) {
		return -EINVAL;
	}
	for (size_t i = 0; i < s.len; i++) {
		text[i] = (char)(s.at[i] == ',' && comma ? '.' : s.at[i]);
	}
	text[s.len] = '\0';
	/* strtod alone would take "inf", "nan", "0x1p3" and leading blanks */
	if (strspn(text, "0123456789+-.eE") != s.len) {
		return -EINVAL;
	}
	/* the programs never call setlocale(LC_NUMERIC), so the point is a point */
	v = strtod(text, &end);
	if (end != text + s.len || !isfinite(v)) {
		return -EINVAL;
	}
	*out = v;
	return 0;
}
