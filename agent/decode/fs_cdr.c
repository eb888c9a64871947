/* Members to facts; see fs_cdr.h. Owns nothing. */
#include "agent/decode/fs_cdr.h"

#include <errno.h>

static int take_members(struct slice object, bool encoded, struct json_room *room,
                        struct fs_facts *out)
{
	struct json_member m;
	int rc;

	for (;;) {
		room->used = 0; /* facts are copies */
		rc = json_flat_next(&object, room, &m);
		if (rc != 1) {
			return rc;
		}
		fs_facts_variable(out, m.name, m.value, encoded);
	}
}

/* The first entry of callflow is the latest: who called whom in the end. */
static int take_callflow(struct slice array, struct json_room *room, struct fs_facts *out)
{
	struct json_member m;
	int rc = 1;

	if (array.len == 0 || array.at[0] != '[') {
		return -EBADMSG;
	}
	array = slice_trim((struct slice){ array.at + 1, array.len - 2 });
	while (array.len > 0 && rc == 1) {
		room->used = 0;
		rc = json_flat_next(&array, room, &m);
		if (rc == 1 && slice_eq(m.name, SLICE("caller_profile")) && m.nested.len > 0) {
			return take_members(m.nested, false, room, out);
		}
	}
	return rc < 0 ? rc : 0;
}

int fs_cdr_json(struct slice text, bool encoded, struct json_room *room, struct fs_facts *out)
{
	struct json_member m;
	int rc = 1;

	fs_facts_reset(out);
	while (rc == 1) {
		room->used = 0;
		rc = json_flat_next(&text, room, &m);
		if (rc == 1 && m.nested.len > 0) {
			int inner = 0;

			if (slice_eq(m.name, SLICE("variables"))) {
				inner = take_members(m.nested, encoded, room, out);
			} else if (slice_eq(m.name, SLICE("callflow"))) {
				inner = take_callflow(m.nested, room, out);
			}
			rc = inner < 0 ? inner : 1;
		}
	}
	if (rc < 0) {
		return -EBADMSG;
	}
	return fs_has(out, FS_ID) ? 0 : -ENODATA;
}
