/* Messages of the manager interface; see ami.h. */
#include "agent/decode/ami.h"

#define BANNER   SLICE("Asterisk Call Manager/")
#define EVENT    SLICE("Event:")
#define RESPONSE SLICE("Response:")
#define OURS     SLICE("ActionID: " AMI_ACTION_ID)

void ami_begin(struct ami_reader *r)
{
	*r = (struct ami_reader){ .counters = r->counters };
}

/* The next whole line at `from`, its end included. @return its length; 0: it is not whole. */
static size_t line_at(struct slice in, size_t from, struct slice *line)
{
	const char *at = in.at + from;
	const char *end = memchr(at, '\n', in.len - from);
	size_t len = end != NULL ? (size_t)(end - at) + 1 : 0;

	*line = (struct slice){ at, len };
	while (line->len > 0 && (at[line->len - 1] == '\n' || at[line->len - 1] == '\r')) {
		line->len--;
	}
	return len;
}

/* What a line says of where the message ends. */
enum end { GOES_ON, ENDS_BEHIND, ENDS_BEFORE, ENDED_AT_RESPONSE };

static enum end look_at(struct ami_reader *r, struct slice line, size_t at)
{
	size_t response = r->response;

	r->response = 0;
	if (line.len == 0) {
		return ENDS_BEHIND;
	}
	if (slice_starts(line, BANNER)) {
		return at == 0 ? ENDS_BEHIND : ENDS_BEFORE;
	}
	if (at > 0 && slice_starts(line, EVENT)) {
		return ENDS_BEFORE;
	}
	if (response > 0 && slice_starts(line, OURS)) {
		return ENDED_AT_RESPONSE;
	}
	if (at > 0 && slice_starts(line, RESPONSE)) {
		/* a field of an event, or an answer: the line behind it tells */
		r->response = at;
	} else if (response > 0) {
		r->response = 0;
	}
	return GOES_ON;
}

/* The length of the message at the front, all that belongs to it; 0: it is not whole. */
static size_t whole(struct ami_reader *r, struct slice in)
{
	while (r->scanned < in.len) {
		struct slice line;
		size_t response = r->response;
		size_t at = r->scanned;
		size_t len = line_at(in, at, &line);
		enum end end = len > 0 ? look_at(r, line, at) : GOES_ON;

		if (len == 0) {
			return 0;
		}
		r->scanned += len;
		if (end == GOES_ON) {
			continue;
		}
		r->counters.no_blank += end == ENDS_BEHIND ? 0 : 1;
		return end == ENDS_BEHIND ? r->scanned : end == ENDS_BEFORE ? at : response;
	}
	return 0;
}

static struct slice value_of(struct slice line, size_t name_len)
{
	return slice_trim((struct slice){ line.at + name_len, line.len - name_len });
}

static void name_it(struct ami_reader *r, struct ami_message *m)
{
	struct slice rest = m->body;
	struct slice line = slice_trim(slice_cut(&rest, '\n'));

	if (slice_starts(line, EVENT)) {
		m->kind = AMI_EVENT;
		m->name = value_of(line, EVENT.len);
	} else if (slice_starts(line, RESPONSE)) {
		m->kind = AMI_RESPONSE;
		m->name = value_of(line, RESPONSE.len);
	} else if (slice_starts(line, BANNER)) {
		m->kind = AMI_BANNER;
		m->name = value_of(line, BANNER.len);
	} else {
		r->counters.other++;
	}
}

/* What is there is too much for one message: throw it away, up to a line that may be the end. */
static void step_over(struct ami_reader *r, struct slice *in)
{
	size_t n = r->scanned > 0 ? r->scanned : in->len;

	r->counters.too_long += r->skipping ? 0 : 1;
	r->counters.bytes += n;
	r->skipping = true;
	r->scanned = 0;
	r->response = 0;
	in->at += n;
	in->len -= n;
}

bool ami_take(struct ami_reader *r, struct slice *in, struct ami_message *out)
{
	for (;;) {
		size_t n = whole(r, *in);
		struct slice body = { in->at, n };

		if (n == 0 && in->len >= AMI_MESSAGE_MAX_BYTES) {
			step_over(r, in);
			continue;
		}
		if (n == 0) {
			return false;
		}
		in->at += n;
		in->len -= n;
		r->scanned = 0;
		r->response = 0;
		r->counters.bytes += n;
		body = slice_trim(body);
		if (n > AMI_MESSAGE_MAX_BYTES && !r->skipping) {
			r->counters.too_long++;
		} else if (!r->skipping && body.len > 0) {
			r->counters.messages++;
			out->kind = AMI_OTHER;
			out->name = (struct slice){ NULL, 0 };
			out->body = body;
			out->n_fields = 0;
			name_it(r, out);
			return true;
		}
		r->skipping = false;
	}
}

void ami_fields(struct ami_reader *r, struct ami_message *m)
{
	struct slice rest = m->body;

	m->n_fields = 0;
	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');
		const char *colon = slice_find(line, ':');

		if (colon == NULL) {
			r->counters.odd_lines++;
		} else if (m->n_fields == AMI_FIELDS_MAX) {
			r->counters.too_many++;
		} else {
			struct slice value = { colon + 1,
				               (size_t)(line.at + line.len - colon) - 1 };

			m->fields[m->n_fields++] =
				(struct ami_field){ { line.at, (size_t)(colon - line.at) },
				                    slice_trim(value) };
		}
	}
}

struct slice ami_get(const struct ami_message *m, struct slice name)
{
	for (size_t i = 0; i < m->n_fields; i++) {
		if (slice_ieq(m->fields[i].name, name)) {
			return m->fields[i].value;
		}
	}
	return (struct slice){ NULL, 0 };
}

bool ami_number(const struct ami_message *m, struct slice name, uint64_t max, uint64_t *out)
{
	return slice_u64(ami_get(m, name), max, out) == 0;
}

int64_t ami_time_us(const struct ami_message *m, int64_t otherwise)
{
	struct slice fraction = ami_get(m, SLICE("Timestamp"));
	struct slice whole_s = slice_cut(&fraction, '.');
	uint64_t s;
	uint64_t us = 0;

	if (slice_u64(whole_s, AMI_TIME_MAX_S, &s) != 0 ||
	    (fraction.len > 0 && slice_u64(fraction, 999999, &us) != 0)) {
		return otherwise;
	}
	for (size_t i = fraction.len; fraction.len > 0 && i < 6; i++) {
		us *= 10;
	}
	return (int64_t)(s * 1000000 + us);
}
