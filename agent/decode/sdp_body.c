/*
 * The session description among the parts of a body (RFC 2046 5.1). Owns nothing; each line is
 * looked at once, and parts within parts are not looked into.
 */
#include "agent/decode/sdp.h"

#define BOUNDARY_MAX_BYTES 70 /* RFC 2046 5.1.1 */
#define PARTS_MAX          32

static bool media_type_is(struct slice content_type, struct slice type)
{
	return slice_ieq(slice_trim(slice_cut(&content_type, ';')), type);
}

/* The boundary parameter, without quotes; empty when there is none, or one too long. */
static struct slice boundary_of(struct slice content_type)
{
	struct slice none = { content_type.at, 0 };

	(void)slice_cut(&content_type, ';');
	while (content_type.len > 0) {
		struct slice value = slice_cut(&content_type, ';');
		struct slice name = slice_trim(slice_cut(&value, '='));

		if (!slice_ieq(name, SLICE("boundary"))) {
			continue;
		}
		value = slice_trim(value);
		if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"') {
			value = (struct slice){ value.at + 1, value.len - 2 };
		}
		return value.len <= BOUNDARY_MAX_BYTES ? value : none;
	}
	return none;
}

/* Is this line "--boundary"? The last one has two more dashes; both may have blanks behind. */
static bool is_delimiter(struct slice line, struct slice boundary)
{
	if (line.len < 2 + boundary.len || memcmp(line.at, "--", 2) != 0 ||
	    memcmp(line.at + 2, boundary.at, boundary.len) != 0) {
		return false;
	}
	line = slice_trim(
		(struct slice){ line.at + 2 + boundary.len, line.len - 2 - boundary.len });
	return line.len == 0 || slice_eq(line, SLICE("--"));
}

/* Cut `rest` at the next delimiter line: returns what is before it, leaves what is behind. */
static struct slice cut_part(struct slice *rest, struct slice boundary)
{
	struct slice part = { rest->at, 0 };

	while (rest->len > 0) {
		struct slice line = slice_cut(rest, '\n');

		if (is_delimiter(line, boundary)) {
			return part;
		}
		part.len = (size_t)(rest->at - part.at);
	}
	return part;
}

/* The content of a part when its header says it is a session description; else empty. */
static struct slice sdp_of_part(struct slice part)
{
	bool found = false;

	while (part.len > 0) {
		struct slice value = slice_cut(&part, '\n');
		struct slice name;

		if (slice_trim(value).len == 0) {
			part.len = found ? part.len : 0;
			return part;
		}
		name = slice_trim(slice_cut(&value, ':'));
		found |= (slice_ieq(name, SLICE("Content-Type")) || slice_ieq(name, SLICE("c"))) &&
		         media_type_is(value, SLICE("application/sdp"));
	}
	return part;
}

struct slice sdp_of_body(struct slice content_type, struct slice body)
{
	struct slice none = { body.at, 0 };
	struct slice boundary;

	if (content_type.len == 0) {
		return slice_starts(body, SLICE("v=0")) ? body : none;
	}
	if (media_type_is(content_type, SLICE("application/sdp"))) {
		return body;
	}
	boundary = slice_istarts(slice_trim(content_type), SLICE("multipart/"))
	                   ? boundary_of(content_type)
	                   : none;
	if (boundary.len == 0) {
		return none;
	}
	(void)cut_part(&body, boundary); /* what comes before the first is for people */
	for (unsigned n = 0; n < PARTS_MAX && body.len > 0; n++) {
		struct slice found = sdp_of_part(cut_part(&body, boundary));

		if (found.len > 0) {
			return found;
		}
	}
	return none;
}
