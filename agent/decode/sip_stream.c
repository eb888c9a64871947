/*
 * Where a SIP message ends in a byte stream (RFC 3261 18.3). Owns nothing; tcp.c keeps the stream.
 */
#include <errno.h>

#include "agent/decode/sip.h"
#include "agent/decode/sip_line.h"
#include "agent/decode/sip_text.h"

size_t sip_head_end(struct slice s, size_t from)
{
	size_t at = from > 3 ? from - 3 : 0;

	while (at < s.len) {
		const char *feed = memchr(s.at + at, '\n', s.len - at);

		if (feed == NULL) {
			break;
		}
		at = (size_t)(feed - s.at) + 1;
		if (at < s.len && s.at[at] == '\n') {
			return at + 1;
		}
		if (at + 1 < s.len && s.at[at] == '\r' && s.at[at + 1] == '\n') {
			return at + 2;
		}
	}
	return 0;
}

/* Content-Length among the fields of a head that is all there, without its start line; 0 when it is
 * not among them, negative when it says nothing or two things. */
static int64_t content_length_of(struct slice head, bool *found)
{
	struct slice first = { NULL, 0 };
	struct slice field;
	uint64_t bytes = 0;

	while (sip_line_field(&head, &field) && field.len > 0) {
		struct slice value = field;
		struct slice name = slice_trim(slice_cut(&value, ':'));

		if (name.len == 0 || sip_line_name(name) != SIP_FIELD_CONTENT_LENGTH) {
			continue;
		}
		value = slice_trim(value);
		if (first.at != NULL && !slice_eq(first, value)) {
			return -EBADMSG;
		}
		first = value;
	}
	*found = first.at != NULL;
	if (*found && slice_u64(first, UINT32_MAX, &bytes) != 0) {
		return -EBADMSG;
	}
	return (int64_t)bytes;
}

/* Is the line at the front, which may not be all there yet, a start line? */
static bool begins_message(struct slice s, size_t line_bytes, bool whole)
{
	struct sip_msg msg = { 0 };

	return whole ? sip_line_start(sip_text_head(s, line_bytes), &msg) == SIP_OK
	             : sip_line_may_start(s);
}

int sip_frame(struct slice stream, size_t *bytes, bool *no_length)
{
	size_t skipped = sip_line_leading_ends(stream);
	struct slice s = sip_text_from(stream, skipped);
	size_t feed = sip_text_find(s, 0, '\n');
	size_t line_bytes = feed < s.len ? feed + 1 : s.len;
	bool found = false;
	size_t head_bytes;
	int64_t body_bytes;

	*no_length = false;
	*bytes = skipped + line_bytes;
	if (!begins_message(s, line_bytes, feed < s.len)) {
		return -EBADMSG;
	}
	head_bytes = sip_head_end(s, 0);
	if (head_bytes == 0) {
		bool too_long = s.len > SIP_MESSAGE_MAX_BYTES;

		*bytes = too_long ? stream.len : stream.len + 1;
		return too_long ? -EMSGSIZE : 0;
	}
	*bytes = skipped + head_bytes;
	body_bytes =
		content_length_of(sip_text_from(sip_text_head(s, head_bytes), line_bytes), &found);
	if (body_bytes < 0) {
		return -EBADMSG;
	}
	if (head_bytes + (uint64_t)body_bytes > SIP_MESSAGE_MAX_BYTES) {
		return -EMSGSIZE;
	}
	*no_length = !found;
	*bytes += (size_t)body_bytes;
	return *bytes <= stream.len ? 1 : 0;
}
