/* Messages of the event socket; see esl.h. Owns nothing. */
#include "agent/decode/esl.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define LENGTH SLICE("Content-Length:")
#define TYPE   SLICE("Content-Type:")

struct header {
	struct slice type;
	struct slice reply;
	bool has_length;
	size_t length;
};

static struct slice skip(struct slice s, size_t n)
{
	return (struct slice){ s.at + n, s.len - n };
}

static bool begins(struct slice s)
{
	return slice_starts(s, LENGTH) || slice_starts(s, TYPE);
}

/* More of it could make it one. */
static bool may_begin(struct slice s)
{
	return s.len < LENGTH.len &&
	       (slice_starts(LENGTH, s) || slice_starts(TYPE, s) || s.len == 0);
}

/* Where the next message begins, or could. */
static size_t find_begin(struct slice in)
{
	struct slice s = in;

	while (s.len > 0 && !begins(s) && !may_begin(s)) {
		const char *end = slice_find(s, '\n');

		if (end == NULL && s.len <= ESL_HEADER_MAX_BYTES) {
			break; /* what follows is part of this line, and begins nothing */
		}
		s = end != NULL ? skip(s, (size_t)(end - s.at) + 1) : skip(s, s.len);
	}
	return in.len - s.len;
}

/* Where the empty line ends; 0: there is none. */
static size_t find_blank(struct slice s)
{
	struct slice rest = s;
	const char *end;

	while ((end = slice_find(rest, '\n')) != NULL) {
		struct slice line = { rest.at, (size_t)(end - rest.at) };

		rest = skip(rest, line.len + 1);
		if (line.len == 0 || (line.len == 1 && line.at[0] == '\r')) {
			return s.len - rest.len;
		}
	}
	return 0;
}

static bool cut_line(struct slice *rest, struct slice *name, struct slice *value)
{
	if (rest->len == 0) {
		return false;
	}
	*value = slice_cut(rest, '\n');
	*name = slice_trim(slice_cut(value, ':'));
	*value = slice_trim(*value);
	return true;
}

static void read_header(struct slice text, struct header *out)
{
	struct slice name;
	struct slice value;
	uint64_t length;

	*out = (struct header){ .has_length = false };
	while (cut_line(&text, &name, &value)) {
		if (slice_ieq(name, SLICE("Content-Type"))) {
			out->type = value;
		} else if (slice_ieq(name, SLICE("Reply-Text"))) {
			out->reply = value;
		} else if (slice_ieq(name, SLICE("Content-Length"))) {
			out->has_length = slice_u64(value, SIZE_MAX / 2, &length) == 0;
			out->length = out->has_length ? (size_t)length : 0;
		}
	}
}

static enum esl_type type_of(struct slice text)
{
	static const struct {
		struct slice text;
		enum esl_type type;
	} types[] = {
		{ { "auth/request", 12 }, ESL_AUTH_REQUEST },
		{ { "command/reply", 13 }, ESL_COMMAND_REPLY },
		{ { "api/response", 12 }, ESL_API_RESPONSE },
		{ { "text/event-plain", 16 }, ESL_EVENT },
		{ { "text/disconnect-notice", 22 }, ESL_DISCONNECT },
		{ { "text/rude-rejection", 19 }, ESL_REJECTION },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (slice_ieq(types[i].text, text)) {
			return types[i].type;
		}
	}
	return ESL_OTHER;
}

/* An event may have a body of its own behind its empty line; then it says how long that is. */
static int take_event(struct slice in, const struct header *header, struct esl_message *out)
{
	size_t len = find_blank(in);
	struct header inner;

	if (len == 0 || len > ESL_EVENT_MAX_BYTES) {
		return in.len > ESL_EVENT_MAX_BYTES ? -EMSGSIZE : 0;
	}
	out->body = (struct slice){ in.at, len };
	read_header(out->body, &inner);
	if (inner.has_length && inner.length <= ESL_EVENT_MAX_BYTES) {
		len += inner.length;
	}
	if (len > in.len) {
		return 0;
	}
	out->wrong_length = !header->has_length || header->length != len;
	out->used += len;
	return 1;
}

static int take_body(struct slice in, const struct header *header, struct esl_message *out)
{
	if (out->type == ESL_EVENT) {
		return take_event(in, header, out);
	}
	if (header->length > ESL_MESSAGE_MAX_BYTES - ESL_HEADER_MAX_BYTES) {
		return -EMSGSIZE;
	}
	if (header->length > in.len) {
		return 0;
	}
	out->body = (struct slice){ in.at, header->length };
	out->used += header->length;
	return 1;
}

int esl_next(struct slice in, struct esl_message *out)
{
	struct header header;
	size_t len;
	int rc;

	*out = (struct esl_message){ .used = 0 };
	while (in.len > 0 && (in.at[0] == '\n' || in.at[0] == '\r')) {
		in = skip(in, 1);
		out->used++;
	}
	out->skipped = find_begin(in);
	out->used += out->skipped;
	in = skip(in, out->skipped);
	len = find_blank(in);
	if (len == 0 || len > ESL_HEADER_MAX_BYTES) {
		return in.len > ESL_HEADER_MAX_BYTES ? -EMSGSIZE : 0;
	}
	read_header((struct slice){ in.at, len }, &header);
	out->type = type_of(header.type);
	out->reply = header.reply;
	out->used += len;
	rc = take_body(skip(in, len), &header, out);
	if (rc != 1) {
		out->used -= len;
	}
	return rc;
}

void esl_event(struct slice body, struct fs_facts *out)
{
	struct slice name;
	struct slice value;

	fs_facts_reset(out);
	while (cut_line(&body, &name, &value) && name.len > 0) {
		fs_facts_header(out, name, value);
	}
}
