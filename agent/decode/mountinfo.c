#include "agent/decode/mountinfo.h"

#include <errno.h>
#include <stdbool.h>

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Blanks, tabs, line feeds and backslashes are written as \ooo. */
static int unescape(struct slice s, char out[MOUNT_TEXT_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		unsigned c = (unsigned char)s.at[i];

		if (c == '\\' && s.len - i > 3 && is_octal(s.at[i + 1]) && is_octal(s.at[i + 2]) &&
		    is_octal(s.at[i + 3])) {
			c = ((unsigned)(s.at[i + 1] - '0') << 6 |
			     (unsigned)(s.at[i + 2] - '0') << 3 | (unsigned)(s.at[i + 3] - '0')) &
			    0xff;
			i += 3;
		}
		if (c == '\0' || n + 1 >= MOUNT_TEXT_MAX) {
			return -EBADMSG;
		}
		out[n++] = (char)c;
	}
	out[n] = '\0';
	return n > 0 ? 0 : -EBADMSG;
}

/* "98:0" */
static int device(struct slice s, struct mount_line *out)
{
	uint64_t major;
	uint64_t minor;
	struct slice first = slice_cut(&s, ':');

	if (slice_u64(first, UINT32_MAX, &major) != 0 || slice_u64(s, UINT32_MAX, &minor) != 0) {
		return -EBADMSG;
	}
	out->major = (uint32_t)major;
	out->minor = (uint32_t)minor;
	return 0;
}

int mountinfo_line(struct slice line, struct mount_line *out)
{
	struct slice point;

	line = slice_trim(line);
	(void)slice_cut(&line, ' '); /* its number, and that of its parent */
	(void)slice_cut(&line, ' ');
	if (device(slice_cut(&line, ' '), out) != 0) {
		return -EBADMSG;
	}
	(void)slice_cut(&line, ' '); /* root within the file system */
	point = slice_cut(&line, ' ');
	while (line.len > 0 && !slice_eq(slice_cut(&line, ' '), SLICE("-"))) {
		/* options, and any number of further fields before the hyphen */
	}
	if (unescape(point, out->point) != 0 || unescape(slice_cut(&line, ' '), out->type) != 0 ||
	    unescape(slice_cut(&line, ' '), out->from) != 0) {
		return -EBADMSG;
	}
	return 0;
}
