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
	struct slice entry;
	int rc = json_flat_element(&array, &entry);

	while (rc == 1) {
		room->used = 0;
		rc = json_flat_next(&entry, room, &m);
		if (rc == 1 && slice_eq(m.name, SLICE("caller_profile")) && m.nested.len > 0) {
			return take_members(m.nested, false, room, out);
		}
	}
	return rc;
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

/* ---- what was executed ---- */

struct profile {
	struct slice context;
	struct slice called;
	struct slice apps; /* array of those in its extension */
};

struct flow {
	struct profile all[FS_CDR_PROFILES_MAX]; /* the latest first */
	size_t n;
	size_t at;
	bool moves; /* a transfer was executed */
};

/* @return 1 and the member of that name, 0 without one, or -EBADMSG. Texts stay in the room. */
static int member(struct slice object, struct slice name, struct json_room *room,
                  struct json_member *out)
{
	int rc;

	while ((rc = json_flat_next(&object, room, out)) == 1 && !slice_eq(out->name, name)) {
	}
	return rc;
}

static int take_profile(struct slice entry, struct json_room *room, struct profile *out)
{
	struct json_member m;
	struct slice profile = { NULL, 0 };
	int rc;

	*out = (struct profile){ .apps = { NULL, 0 } };
	rc = member(entry, SLICE("caller_profile"), room, &m);
	if (rc != 1) {
		return rc;
	}
	profile = m.nested;
	if (profile.len > 0 && member(profile, SLICE("context"), room, &m) == 1) {
		out->context = m.value;
	}
	if (profile.len > 0 && member(profile, SLICE("destination_number"), room, &m) == 1) {
		out->called = m.value;
	}
	if (member(entry, SLICE("extension"), room, &m) == 1 && m.nested.len > 0 &&
	    member(m.nested, SLICE("applications"), room, &m) == 1) {
		out->apps = m.nested;
	}
	return 1;
}

static int take_flow(struct slice array, struct json_room *room, struct flow *out)
{
	struct slice entry;
	int rc = array.len == 0 ? 0 : json_flat_element(&array, &entry);

	while (rc == 1 && out->n < FS_CDR_PROFILES_MAX) {
		rc = take_profile(entry, room, &out->all[out->n++]);
		rc = rc < 0 ? rc : json_flat_element(&array, &entry);
	}
	out->at = out->n > 0 ? out->n - 1 : 0;
	return rc == 1 ? -EMSGSIZE : rc;
}

static bool has_app(const struct profile *p, struct slice app, struct json_room *room)
{
	size_t used = room->used;
	struct slice apps = p->apps;
	struct json_member m;
	struct slice one;
	bool found = false;

	while (!found && apps.len > 0 && json_flat_element(&apps, &one) == 1) {
		found = member(one, SLICE("app_name"), room, &m) == 1 && slice_eq(m.value, app);
		room->used = used;
	}
	return found;
}

static void locate(struct flow *f, struct fs_executed *e, struct json_room *room)
{
	if (f->n == 0) {
		return;
	}
	if (f->at > 0 && (f->moves || (!has_app(&f->all[f->at], e->app, room) &&
	                               has_app(&f->all[f->at - 1], e->app, room)))) {
		f->at--;
	}
	f->moves = slice_eq(e->app, SLICE("transfer")) && !slice_starts(e->data, SLICE("-bleg"));
	e->context = f->all[f->at].context;
	e->called = f->all[f->at].called;
}

/* @return false when it says no time. */
static bool take_execution(struct slice object, struct json_room *room, struct fs_executed *out)
{
	struct json_member m;
	uint64_t at_us = 0;

	*out = (struct fs_executed){ .at_us = 0 };
	while (json_flat_next(&object, room, &m) == 1) {
		if (slice_eq(m.name, SLICE("app_name"))) {
			out->app = m.value;
		} else if (slice_eq(m.name, SLICE("app_data"))) {
			out->data = m.value;
		} else if (slice_eq(m.name, SLICE("app_stamp"))) {
			(void)slice_u64(m.value, FS_TIME_MAX_US, &at_us);
		}
	}
	out->at_us = (int64_t)at_us;
	return at_us != 0 && out->app.len > 0;
}

int fs_cdr_executed(struct slice text, struct json_room *room, fs_executed_fn each, void *arg)
{
	struct flow flow = { .n = 0 };
	struct fs_executed e;
	struct json_member m;
	struct slice apps = { NULL, 0 };
	struct slice one;
	size_t used;
	int n = 0;
	int rc;

	room->used = 0;
	rc = member(text, SLICE("callflow"), room, &m);
	rc = rc == 1 ? take_flow(m.nested, room, &flow) : rc;
	used = room->used;
	if (rc < 0 || member(text, SLICE("app_log"), room, &m) != 1 || m.nested.len == 0 ||
	    member(m.nested, SLICE("applications"), room, &m) != 1) {
		return rc < 0 ? rc : 0;
	}
	apps = m.nested;
	while (apps.len > 0 && (rc = json_flat_element(&apps, &one)) == 1) {
		if (n == FS_CDR_EXECUTED_MAX) {
			return -EMSGSIZE;
		}
		room->used = used;
		if (take_execution(one, room, &e)) {
			locate(&flow, &e, room);
			each(arg, &e);
			n++;
		}
	}
	return rc < 0 ? rc : n;
}
