/* Reading one file; see dropbox_reader.h. What is said or noted about a row never repeats what
 * stands in it. */
#include "agent/sources/dropbox_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"

void dropbox_reader_note(struct dropbox_reader *r, unsigned line, const char *why)
{
	if (r->bad < DROPBOX_SAID_MAX) {
		log_warn(r->source, "%s:%u: %s", r->name, line, why);
	}
	buf_printf(&r->rejects, "%u: %s\n", line, why);
	r->rejects.failed = false; /* what does not fit is counted */
	r->bad++;
}

/* The fault of a whole file begins with its path and perhaps a line; here it begins with neither.
 */
static void note_file(struct dropbox_reader *r, const struct fault *fault)
{
	const char *why = fault->text;
	size_t n = strlen(r->name);
	unsigned line = 0;

	if (strncmp(why, r->name, n) == 0 && strncmp(why + n, ":1: ", 4) == 0) {
		why += n + 4;
		line = 1;
	} else if (strncmp(why, r->name, n) == 0 && strncmp(why + n, ": ", 2) == 0) {
		why += n + 2;
	}
	dropbox_reader_note(r, line, why);
}

int dropbox_reader_open(struct dropbox_reader *r, const char *source, const char *name, int fd,
                        struct dropbox_rules *rules)
{
	const struct cxm_kind *kind;
	enum import_format format;
	struct fault fault;
	int rc;

	*r = (struct dropbox_reader){ .source = source, .name = strdup(name) };
	buf_init(&r->rejects, DROPBOX_REJECTS_BYTES);
	if (r->name == NULL) {
		(void)close(fd);
		return -ENOMEM;
	}
	if (import_name(rules->catalog, name, &kind, &format) != 0) {
		(void)close(fd);
		dropbox_reader_note(
			r, 0, "the name does not begin with a kind of record, such as Survey");
		return -EINVAL;
	}
	rc = instream_open_fd(&r->in, fd, name, &fault);
	if (rc == 0) {
		r->rules = dropbox_rules_for(rules, kind, format, instream_mtime_us(r->in));
		rc = import_open(&r->import, r->in, &r->rules, &fault);
	}
	if (rc != 0) {
		note_file(r, &fault);
	}
	return rc;
}

/* A row of an identity field may name nobody ("anonymous"): then it is not known, which is not the
 * same as being 0. */
static void forget_nobody(const struct cxm_kind *kind, ProtobufCMessage *m)
{
	for (size_t i = kind->n_key; i < kind->n_fields; i++) {
		const struct cxm_field *f = &kind->fields[i];

		if (f->type == CXM_IDENTITY && cxm_field_get(m, f).i == 0) {
			*(protobuf_c_boolean *)((char *)m + f->pb->quantifier_offset) = 0;
		}
	}
}

int dropbox_reader_next(struct dropbox_reader *r, unsigned *look, ProtobufCMessage **m)
{
	while (*look > 0) {
		struct fault fault;
		unsigned line;
		int rc = import_next(r->import, m, &line, &fault);

		--*look;
		if (rc == 1) {
			forget_nobody(r->rules.kind, *m);
			r->good++;
			return 1;
		}
		if (rc == 0) {
			return 0;
		}
		if (rc != -EINVAL) {
			note_file(r, &fault);
			return rc;
		}
		dropbox_reader_note(r, line, fault.text);
	}
	return -EAGAIN;
}

void dropbox_reader_take_back(struct dropbox_reader *r, const char *why)
{
	r->good--;
	dropbox_reader_note(r, 0, why);
}

void dropbox_reader_finish(struct dropbox_reader *r)
{
	const char *ignored = r->import != NULL ? import_ignored(r->import) : "";

	if (ignored[0] != '\0' && r->good > 0) {
		log_info(r->source, "%s: columns not used: %s", r->name, ignored);
	}
	if (r->bad > DROPBOX_SAID_MAX) {
		log_warn(r->source, "%s: %" PRIu64 " more rows like these", r->name,
		         r->bad - DROPBOX_SAID_MAX);
	}
	log_info(r->source, "%s: %" PRIu64 " rows used, %" PRIu64 " not", r->name, r->good, r->bad);
}

void dropbox_reader_close(struct dropbox_reader *r)
{
	import_close(r->import);
	instream_close(r->in);
	buf_free(&r->rejects);
	free(r->name);
	*r = (struct dropbox_reader){ .name = NULL };
}
