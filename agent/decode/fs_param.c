#include "agent/decode/fs_param.h"

#include <string.h>

#define TAG_MAX_BYTES 4096 /* a tag without an end does not make the whole file one */

static struct slice skip(struct slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct slice){ s.at + n, s.len - n };
}

/* The text behind the first `mark`; empty when there is none. */
static struct slice behind(struct slice s, struct slice mark)
{
	const char *hit = s.len > 0 ? memmem(s.at, s.len, mark.at, mark.len) : NULL;

	return hit != NULL ? skip(s, (size_t)(hit - s.at) + mark.len) : skip(s, s.len);
}

/* XML 1.0 4.6: the predefined entities. @return bytes of the text it takes, 0: it is none. */
static size_t entity(struct slice s, char *out)
{
	static const struct {
		const char *text;
		char c;
	} known[] = {
		{ "&amp;", '&' },  { "&lt;", '<' },    { "&gt;", '>' },
		{ "&quot;", '"' }, { "&apos;", '\'' },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (slice_starts(s, slice_of(known[i].text))) {
			*out = known[i].c;
			return strlen(known[i].text);
		}
	}
	return 0;
}

static void unescape(struct slice s, char out[FS_PARAM_MAX_BYTES])
{
	size_t n = 0;

	while (s.len > 0 && n + 1 < FS_PARAM_MAX_BYTES) {
		char c = s.at[0];
		size_t took = c == '&' ? entity(s, &c) : 0;

		out[n++] = (char)(c != '\0' ? c : '?');
		s = skip(s, took > 0 ? took : 1);
	}
	out[n] = '\0';
}

/* One attribute from the front of a tag: NAME="VALUE" or NAME='VALUE'. */
static int next_attribute(struct slice *tag, struct slice *name, struct slice *value)
{
	const char *equals;
	const char *end;

	*tag = slice_trim(*tag);
	equals = slice_find(*tag, '=');
	if (equals == NULL) {
		return 0;
	}
	*name = slice_trim((struct slice){ tag->at, (size_t)(equals - tag->at) });
	*tag = slice_trim(skip(*tag, (size_t)(equals - tag->at) + 1));
	if (tag->len < 2 || (tag->at[0] != '"' && tag->at[0] != '\'')) {
		return 0;
	}
	end = slice_find(skip(*tag, 1), tag->at[0]);
	if (end == NULL) {
		return 0;
	}
	*value = (struct slice){ tag->at + 1, (size_t)(end - tag->at) - 1 };
	*tag = skip(*tag, value->len + 2);
	return 1;
}

/* The end of a tag: a '>' outside quotes. */
static size_t tag_length(struct slice s)
{
	char quote = '\0';

	for (size_t i = 0; i < s.len && i < TAG_MAX_BYTES; i++) {
		char c = s.at[i];

		if (quote != '\0') {
			quote = (char)(c == quote ? '\0' : quote);
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if (c == '>') {
			return i;
		}
	}
	return 0;
}

static int take_param(struct slice tag, struct fs_param *out)
{
	struct slice name;
	struct slice value;

	*out = (struct fs_param){ 0 };
	while (next_attribute(&tag, &name, &value) == 1) {
		if (slice_ieq(name, SLICE("name"))) {
			unescape(value, out->name);
		} else if (slice_ieq(name, SLICE("value"))) {
			unescape(value, out->value);
		}
	}
	return out->name[0] != '\0';
}

int fs_param_next(struct slice *rest, struct fs_param *out)
{
	static const struct slice comment = { "!--", 3 };
	static const struct slice param = { "param", 5 };

	while (rest->len > 0) {
		struct slice s = behind(*rest, SLICE("<"));
		size_t len;

		if (slice_starts(s, comment)) {
			*rest = behind(s, SLICE("-->"));
			continue;
		}
		*rest = s;
		len = tag_length(s);
		if (len <= param.len || !slice_istarts(s, param) ||
		    !slice_is_space(s.at[param.len])) {
			continue;
		}
		*rest = skip(s, len + 1);
		if (take_param((struct slice){ s.at + param.len, len - param.len }, out)) {
			return 1;
		}
	}
	return 0;
}
