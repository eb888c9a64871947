/* Members of one JSON object; see json_flat.h. Owns nothing. */
#include "agent/decode/json_flat.h"

#include <errno.h>
#include <stdint.h>

static void skip_blanks(struct slice *s)
{
	while (s->len > 0 && slice_is_space(s->at[0])) {
		s->at++;
		s->len--;
	}
}

static char peek(const struct slice *s)
{
	if (s->len == 0) {
		return '\0';
	}
	return s->at[0];
}

static char take(struct slice *s)
{
	char c = peek(s);

	if (s->len > 0) {
		s->at++;
		s->len--;
	}
	return c;
}

bool json_flat_begins(struct slice text)
{
	skip_blanks(&text);
	return peek(&text) == '{';
}

/* ---- texts ---- */

static int put(struct json_room *room, uint32_t c)
{
	if (room->used == room->size) {
		return -EMSGSIZE;
	}
	room->at[room->used++] = (char)c;
	return 0;
}

/* Code points beyond the basic plane come as two escapes; each half becomes U+FFFD, for names of
 * that kind are only hashed. */
static int put_utf8(struct json_room *room, uint32_t c)
{
	int rc;

	if (c >= 0xd800 && c <= 0xdfff) {
		c = 0xfffd;
	}
	if (c < 0x80) {
		return put(room, c);
	}
	if (c < 0x800) {
		rc = put(room, 0xc0 | c >> 6);
	} else {
		rc = put(room, 0xe0 | c >> 12);
		rc = rc == 0 ? put(room, 0x80 | (c >> 6 & 0x3f)) : rc;
	}
	return rc == 0 ? put(room, 0x80 | (c & 0x3f)) : rc;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int take_unicode(struct slice *in, struct json_room *room)
{
	uint32_t c = 0;

	for (unsigned i = 0; i < 4; i++) {
		int d = hex_digit(take(in));

		if (d < 0) {
			return -EBADMSG;
		}
		c = c << 4 | (uint32_t)d;
	}
	return put_utf8(room, c);
}

static int take_escape(struct slice *in, struct json_room *room)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	char c = take(in);
	const char *at = c != '\0' ? strchr(names, c) : NULL;

	if (c == 'u') {
		return take_unicode(in, room);
	}
	return at != NULL ? put(room, (uint32_t)values[at - names]) : -EBADMSG;
}

static int take_text(struct slice *in, struct json_room *room, struct slice *out)
{
	size_t from = room->used;
	int rc = take(in) == '"' ? 0 : -EBADMSG;

	while (rc == 0 && in->len > 0) {
		char c = take(in);

		if (c == '"') {
			*out = (struct slice){ room->at + from, room->used - from };
			return 0;
		}
		rc = c == '\\' ? take_escape(in, room) : put(room, (uint32_t)c);
	}
	return rc != 0 ? rc : -EBADMSG;
}

/* ---- everything else ---- */

static int skip_text(struct slice *in)
{
	(void)take(in);
	while (in->len > 0) {
		char c = take(in);

		if (c == '"') {
			return 0;
		}
		if (c == '\\') {
			(void)take(in);
		}
	}
	return -EBADMSG;
}

/* Brackets are counted, not matched: what is inside is not used. */
static int skip_nested(struct slice *in)
{
	size_t depth = 0;

	do {
		char c = peek(in);

		if (c == '"') {
			if (skip_text(in) != 0) {
				return -EBADMSG;
			}
			continue;
		}
		(void)take(in);
		if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	} while (depth > 0 && in->len > 0);
	return depth == 0 ? 0 : -EBADMSG;
}

static int take_bare(struct slice *in, struct slice *out)
{
	const char *from = in->at;

	while (in->len > 0 && peek(in) != ',' && peek(in) != '}' && !slice_is_space(peek(in))) {
		(void)take(in);
	}
	*out = (struct slice){ from, (size_t)(in->at - from) };
	if (slice_eq(*out, SLICE("null"))) {
		out->len = 0;
		return 0;
	}
	return out->len > 0 ? 0 : -EBADMSG;
}

static int take_nested(struct slice *in, struct slice *out)
{
	const char *from = in->at;
	int rc = skip_nested(in);

	*out = (struct slice){ from, rc == 0 ? (size_t)(in->at - from) : 0 };
	return rc;
}

static int take_value(struct slice *in, struct json_room *room, struct json_member *out)
{
	char c = peek(in);

	out->value = (struct slice){ NULL, 0 };
	out->nested = (struct slice){ NULL, 0 };
	if (c == '"') {
		return take_text(in, room, &out->value);
	}
	return c == '{' || c == '[' ? take_nested(in, &out->nested) : take_bare(in, &out->value);
}

int json_flat_next(struct slice *rest, struct json_room *room, struct json_member *out)
{
	int rc;
	char c;

	skip_blanks(rest);
	c = take(rest); /* { before the first, a comma before the others */
	if (c == '}') {
		return 0;
	}
	skip_blanks(rest);
	if (c == '{' && peek(rest) == '}') {
		return 0;
	}
	rc = c == '{' || c == ',' ? take_text(rest, room, &out->name) : -EBADMSG;
	skip_blanks(rest);
	if (rc == 0 && take(rest) != ':') {
		rc = -EBADMSG;
	}
	skip_blanks(rest);
	rc = rc == 0 ? take_value(rest, room, out) : rc;
	return rc == 0 ? 1 : rc;
}

int json_flat_element(struct slice *rest, struct slice *out)
{
	char c;

	skip_blanks(rest);
	c = take(rest); /* [ before the first, a comma before the others */
	if (c == ']') {
		return 0;
	}
	skip_blanks(rest);
	if (c == '[' && peek(rest) == ']') {
		return 0;
	}
	if ((c != '[' && c != ',') || (peek(rest) != '{' && peek(rest) != '[')) {
		return -EBADMSG;
	}
	return take_nested(rest, out) == 0 ? 1 : -EBADMSG;
}
