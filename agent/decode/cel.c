/* Lines of a channel event log; see cel.h. The formats are those of Asterisk's cel_custom.conf and
 * docs "Channel Event Logging"; what the fields really hold was learnt from recordings. */
#include "agent/decode/cel.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/decode/json_flat.h"
#include "common/when.h"

#define ROOM_BYTES (2 * CEL_LINE_MAX_BYTES) /* a line of JSON, and the extra text inside it */

/* ---- layouts ---- */

/* Names of one column in the legacy mapping, in Asterisk 22's format and in its JSON; case does not
 * count. */
static const struct {
	const char *name;
	enum cel_column column;
} names[] = {
	{ "eventtype", CEL_COLUMN_TYPE },
	{ "eventtime", CEL_COLUMN_TIME },
	{ "cidname", CEL_COLUMN_NAME },
	{ "name", CEL_COLUMN_NAME },
	{ "cidnum", CEL_COLUMN_NUM },
	{ "num", CEL_COLUMN_NUM },
	{ "exten", CEL_COLUMN_EXTEN },
	{ "context", CEL_COLUMN_CONTEXT },
	{ "channame", CEL_COLUMN_CHANNEL },
	{ "channel", CEL_COLUMN_CHANNEL },
	{ "appname", CEL_COLUMN_APP },
	{ "appdata", CEL_COLUMN_APPDATA },
	{ "uniqueid", CEL_COLUMN_UNIQUEID },
	{ "linkedid", CEL_COLUMN_LINKEDID },
	{ "userdeftype", CEL_COLUMN_USERDEFTYPE },
	{ "eventextra", CEL_COLUMN_EXTRA },
	{ "extra", CEL_COLUMN_EXTRA },
};

/* The mapping of Asterisk's own sample, and the same with peeraccount, which has one column more.
 */
static const char sample20[] =
	"eventtype eventtime cidname cidnum cidani cidrdnis ciddnid exten context channame "
	"appname appdata amaflags accountcode uniqueid linkedid bridgepeer userfield userdeftype "
	"eventextra";
static const char sample21[] =
	"eventtype eventtime cidname cidnum cidani cidrdnis ciddnid exten context channame "
	"appname appdata amaflags accountcode uniqueid linkedid bridgepeer peeraccount userfield "
	"userdeftype eventextra";

static enum cel_column column_named(struct slice name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (slice_ieq(name, slice_of(names[i].name))) {
			return names[i].column;
		}
	}
	return CEL_COLUMN_NONE;
}

/* Asterisk 22 can print the type in two ways; where both columns stand, the one that is told first
 * counts, and a user's event has its name in either. */
static bool take_names(struct cel_layout *l, struct slice text)
{
	unsigned seen = 0;

	l->n = 0;
	while (text.len > 0 && l->n < CEL_COLUMNS_MAX) {
		struct slice name = slice_cut(&text, ' ');
		enum cel_column c =
			slice_ieq(name, SLICE("eventenum")) ? CEL_COLUMN_TYPE : column_named(name);

		if (name.len == 0) {
			continue;
		}
		l->column[l->n++] = (uint8_t)((seen & 1U << c) == 0 ? c : CEL_COLUMN_NONE);
		seen |= 1U << c;
	}
	return text.len == 0 && (seen & 1U << CEL_COLUMN_TYPE) != 0 &&
	       (seen & 1U << CEL_COLUMN_TIME) != 0 && (seen & 1U << CEL_COLUMN_CHANNEL) != 0 &&
	       (seen & 1U << CEL_COLUMN_UNIQUEID) != 0 && (seen & 1U << CEL_COLUMN_LINKEDID) != 0;
}

int cel_layout_of(struct cel_layout *out, const char *columns, const char *separator)
{
	*out = (struct cel_layout){ .separator = ',' };
	if (separator != NULL && separator[0] != '\0') {
		out->separator = separator[0];
		if (separator[1] != '\0' || separator[0] == '"') {
			return -EINVAL;
		}
	}
	return columns == NULL || columns[0] == '\0' || take_names(out, slice_of(columns))
	               ? 0
	               : -EINVAL;
}

/* ---- life ---- */

int cel_reader_init(struct cel_reader *r, const struct cel_layout *layout)
{
	*r = (struct cel_reader){ .layout = *layout };
	(void)take_names(&r->by_count[0], slice_of(sample20));
	(void)take_names(&r->by_count[1], slice_of(sample21));
	csv_row_init(&r->row);
	r->room = malloc(ROOM_BYTES);
	return r->room != NULL ? 0 : -ENOMEM;
}

void cel_reader_free(struct cel_reader *r)
{
	csv_row_free(&r->row);
	free(r->room);
	r->room = NULL;
}

/* ---- a line into its columns ---- */

struct columns {
	struct slice at[CEL_COLUMNS];
	struct json_room room;
};

static enum cel_result take_json(struct slice line, struct columns *c)
{
	struct json_member m;
	int rc;

	while ((rc = json_flat_next(&line, &c->room, &m)) == 1) {
		enum cel_column at = column_named(m.name);

		if (c->at[at].len == 0) {
			c->at[at] = m.value;
		}
	}
	return rc == 0 ? CEL_LINE_OK : CEL_LINE_BAD_TEXT;
}

static enum cel_result take_csv(struct cel_reader *r, struct slice line, struct columns *c)
{
	const struct cel_layout *l = &r->layout;
	size_t consumed;

	if (csv_next(line, l->separator, true, &r->row, &consumed) != 1) {
		return CEL_LINE_BAD_TEXT;
	}
	if (l->n == 0 && (r->row.n_fields == 20 || r->row.n_fields == 21)) {
		l = &r->by_count[r->row.n_fields - 20];
	}
	if (r->row.n_fields < l->n || l->n == 0) {
		return CEL_LINE_TOO_FEW_FIELDS;
	}
	for (size_t i = 0; i < l->n; i++) {
		c->at[l->column[i]] = r->row.fields[i];
	}
	return CEL_LINE_OK;
}

/* ---- columns into an event ---- */

static const struct {
	const char *name;
	enum cel_type type;
} types[] = {
	{ "APP_START", CEL_APP_START },
	{ "APP_END", CEL_APP_END },
	{ "CHAN_START", CEL_CHAN_START },
	{ "CHAN_END", CEL_CHAN_END },
	{ "HANGUP", CEL_HANGUP },
	{ "DTMF", CEL_DTMF },
	{ "ANSWER", CEL_ANSWER },
	{ "BRIDGE_ENTER", CEL_BRIDGE_ENTER },
	{ "BRIDGE_EXIT", CEL_BRIDGE_EXIT },
	{ "LINKEDID_END", CEL_LINKEDID_END },
	{ "BLINDTRANSFER", CEL_BLINDTRANSFER },
	{ "ATTENDEDTRANSFER", CEL_ATTENDEDTRANSFER },
	{ "STREAM_BEGIN", CEL_OTHER },
	{ "STREAM_END", CEL_OTHER },
	{ "PICKUP", CEL_OTHER },
	{ "FORWARD", CEL_OTHER },
	{ "PARK_START", CEL_OTHER },
	{ "PARK_END", CEL_OTHER },
	{ "LOCAL_OPTIMIZE", CEL_OTHER },
	{ "LOCAL_OPTIMIZE_BEGIN", CEL_OTHER },
	{ "USER_DEFINED", CEL_USER },
};

/* `eventtype` prints a user's event under its own name, `eventenum` as USER_DEFINED. */
static void take_type(const struct columns *c, struct cel_event *out)
{
	struct slice type = c->at[CEL_COLUMN_TYPE];

	out->type = CEL_USER;
	out->user = type;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (slice_eq(type, slice_of(types[i].name))) {
			out->type = types[i].type;
			out->user = c->at[CEL_COLUMN_USERDEFTYPE];
			break;
		}
	}
	if (out->type != CEL_USER) {
		out->user = (struct slice){ NULL, 0 };
	}
}

static void take_extra_member(const struct json_member *m, struct cel_event *out)
{
	static const struct {
		const char *name;
		size_t offset;
	} members[] = {
		{ "extra", offsetof(struct cel_event, extra) },
		{ "hangupsource", offsetof(struct cel_event, hangup_source) },
		{ "bridge_id", offsetof(struct cel_event, bridge) },
		{ "bridge1_id", offsetof(struct cel_event, bridge) },
		{ "extension", offsetof(struct cel_event, transfer_exten) },
		{ "channel2_uniqueid", offsetof(struct cel_event, channel2) },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (slice_eq(m->name, slice_of(members[i].name))) {
			memcpy((char *)out + members[i].offset, &m->value, sizeof(m->value));
		}
	}
	out->has_hangup_source = out->has_hangup_source || slice_eq(m->name, SLICE("hangupsource"));
}

/* Before Asterisk 12 the extra text was no JSON: a hang-up had cause,source,dialstatus. */
static enum cel_result take_extra(struct columns *c, struct cel_event *out)
{
	struct slice text = c->at[CEL_COLUMN_EXTRA];
	struct json_member m;
	int rc = 0;

	if (!json_flat_begins(text)) {
		if (out->type == CEL_HANGUP && text.len > 0) {
			(void)slice_cut(&text, ',');
			out->hangup_source = slice_cut(&text, ',');
			out->has_hangup_source = true;
		} else if (out->type == CEL_USER) {
			out->extra = text;
		}
		return CEL_LINE_OK;
	}
	while ((rc = json_flat_next(&text, &c->room, &m)) == 1) {
		take_extra_member(&m, out);
	}
	return rc == 0 ? CEL_LINE_OK : CEL_LINE_BAD_TEXT;
}

static bool take_time(struct slice text, int64_t *at_us)
{
	return when_parse(text, at_us) == 0 && *at_us >= 0 && *at_us <= CEL_TIME_MAX_US;
}

static enum cel_result take_event(struct columns *c, struct cel_event *out)
{
	struct slice data = c->at[CEL_COLUMN_APPDATA];

	*out = (struct cel_event){ .name = c->at[CEL_COLUMN_NAME],
		                   .num = c->at[CEL_COLUMN_NUM],
		                   .exten = c->at[CEL_COLUMN_EXTEN],
		                   .context = c->at[CEL_COLUMN_CONTEXT],
		                   .channel = c->at[CEL_COLUMN_CHANNEL],
		                   .app = c->at[CEL_COLUMN_APP],
		                   .uniqueid = c->at[CEL_COLUMN_UNIQUEID],
		                   .linkedid = c->at[CEL_COLUMN_LINKEDID] };
	if (c->at[CEL_COLUMN_TYPE].len == 0 || out->channel.len == 0 || out->uniqueid.len == 0 ||
	    out->linkedid.len == 0) {
		return CEL_LINE_TOO_FEW_FIELDS;
	}
	if (!take_time(c->at[CEL_COLUMN_TIME], &out->at_us)) {
		return CEL_LINE_BAD_TIME;
	}
	take_type(c, out);
	out->outgoing = slice_eq(data, SLICE("(Outgoing Line)"));
	if (slice_ieq(out->app, SLICE("Queue"))) {
		out->queue = slice_cut(&data, ',');
	}
	/* the extra text of a DTMF event is the digit: it is not looked at */
	return out->type == CEL_DTMF || out->type == CEL_OTHER ? CEL_LINE_OK : take_extra(c, out);
}

enum cel_result cel_decode(struct cel_reader *r, struct slice line, struct cel_event *out)
{
	struct columns c = { .room = { r->room, ROOM_BYTES, 0 } };
	enum cel_result result;

	line = slice_trim(line);
	if (line.len == 0) {
		return CEL_LINE_EMPTY;
	}
	if (line.len > CEL_LINE_MAX_BYTES) {
		return CEL_LINE_BAD_TEXT;
	}
	result = json_flat_begins(line) ? take_json(line, &c) : take_csv(r, line, &c);
	return result == CEL_LINE_OK ? take_event(&c, out) : result;
}

enum cel_result cel_decode_columns(struct cel_reader *r, const struct slice at[CEL_COLUMNS],
                                   struct cel_event *out)
{
	struct columns c = { .room = { r->room, ROOM_BYTES, 0 } };

	for (size_t i = 0; i < CEL_COLUMNS; i++) {
		if (at[i].len > CEL_LINE_MAX_BYTES) {
			return CEL_LINE_BAD_TEXT;
		}
		c.at[i] = at[i];
	}
	return take_event(&c, out);
}

const char *cel_result_name(enum cel_result result)
{
	static const char *const all[CEL_LINE_RESULTS] = {
		[CEL_LINE_OK] = "ok",
		[CEL_LINE_EMPTY] = "empty",
		[CEL_LINE_BAD_TEXT] = "bad_text",
		[CEL_LINE_TOO_FEW_FIELDS] = "too_few_fields",
		[CEL_LINE_BAD_TIME] = "bad_time",
	};

	return all[result];
}
