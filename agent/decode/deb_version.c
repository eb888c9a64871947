#include "agent/decode/deb_version.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct version {
	struct slice epoch;
	struct slice upstream;
	struct slice revision;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The epoch ends at the first colon, the revision begins behind the last hyphen. */
static struct version cut(struct slice text)
{
	struct version v = { SLICE(""), slice_trim(text), SLICE("") };
	const char *colon = slice_find(v.upstream, ':');

	if (colon != NULL) {
		v.epoch = slice_cut(&v.upstream, ':');
	}
	for (size_t i = v.upstream.len; i > 0; i--) {
		if (v.upstream.at[i - 1] == '-') {
			v.revision = (struct slice){ v.upstream.at + i, v.upstream.len - i };
			v.upstream.len = i - 1;
			break;
		}
	}
	return v;
}

/* A tilde comes before everything, even the end; then the end and digits, letters, the rest. */
static int weight(struct slice s, size_t i)
{
	if (i >= s.len || is_digit(s.at[i])) {
		return 0;
	}
	if (s.at[i] == '~') {
		return -1;
	}
	return is_letter(s.at[i]) ? (unsigned char)s.at[i] : (unsigned char)s.at[i] + 256;
}

static size_t skip_zeros(struct slice s, size_t i)
{
	while (i < s.len && s.at[i] == '0') {
		i++;
	}
	return i;
}

static size_t skip_digits(struct slice s, size_t i)
{
	while (i < s.len && is_digit(s.at[i])) {
		i++;
	}
	return i;
}

/* Two numbers of any length, by their digits. */
static int compare_numbers(struct slice a, size_t *i, struct slice b, size_t *k)
{
	size_t from_a = skip_zeros(a, *i);
	size_t from_b = skip_zeros(b, *k);
	size_t len_a;
	size_t len_b;
	int order;

	*i = skip_digits(a, from_a);
	*k = skip_digits(b, from_b);
	len_a = *i - from_a;
	len_b = *k - from_b;
	if (len_a != len_b) {
		return len_a < len_b ? -1 : 1;
	}
	order = len_a > 0 && a.at != NULL && b.at != NULL
	                ? memcmp(a.at + from_a, b.at + from_b, len_a)
	                : 0;
	return (order > 0) - (order < 0);
}

/* By turns a stretch without digits and one of digits. */
static int compare_part(struct slice a, struct slice b)
{
	size_t i = 0;
	size_t k = 0;

	while (i < a.len || k < b.len) {
		int order;

		while ((i < a.len && !is_digit(a.at[i])) || (k < b.len && !is_digit(b.at[k]))) {
			int x = weight(a, i);
			int y = weight(b, k);

			if (x != y) {
				return x < y ? -1 : 1;
			}
			i++;
			k++;
		}
		order = compare_numbers(a, &i, b, &k);
		if (order != 0) {
			return order;
		}
	}
	return 0;
}

int deb_version_compare(struct slice a, struct slice b)
{
	struct version x = cut(a);
	struct version y = cut(b);
	int order = compare_part(x.epoch, y.epoch);

	if (order == 0) {
		order = compare_part(x.upstream, y.upstream);
	}
	return order != 0 ? order : compare_part(x.revision, y.revision);
}
