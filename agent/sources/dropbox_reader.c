/* Reading one file; see dropbox_reader.h. What is said or noted about a row never repeats what
 * stands in it. */
#include "agent/sources/dropbox_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/attest.h"
#include "agent/sources/dropbox_sense.h"
#include "common/log.h"
#include "proto/evidence.pb-c.h"

static void say(const struct dropbox_reader *r, unsigned line, const char *why)
{
	if (r->say != NULL) {
		r->say(r->arg, r->name, line, why);
	} else {
		log_warn(r->source, "%s:%u: %s", r->name, line, why);
	}
}

const char *dropbox_bad_name(enum dropbox_bad what)
{
	static const char *const names[DROPBOX_BADS] = {
		[DROPBOX_BAD_ROW] = "bad_row",        [DROPBOX_BAD_SENSE] = "implausible_row",
		[DROPBOX_BAD_RECORD] = "row_too_big", [DROPBOX_BAD_FILE] = "bad_file",
		[DROPBOX_BAD_EMPTY] = "empty_file",   [DROPBOX_BAD_STATEMENT] = "bad_statement",
	};

	return names[what];
}

void dropbox_reader_note(struct dropbox_reader *r, enum dropbox_bad what, unsigned line,
                         const char *why)
{
	if (r->bad < DROPBOX_SAID_MAX) {
		say(r, line, why);
	}
	buf_printf(&r->rejects, "%u: %s\n", line, why);
	r->rejects.failed = false; /* what does not fit is counted */
	r->bad++;
	r->bads[what]++;
}

/* The fault of a whole file begins with its path and perhaps a line; here it begins with neither.
 */
static void note_file(struct dropbox_reader *r, enum dropbox_bad what, const struct fault *fault)
{
	struct slice why = slice_of(fault->text);
	size_t n = strlen(r->name);
	struct slice rest = { why.at + n, why.len - n };
	uint64_t line = 0;

	if (slice_starts(why, slice_of(r->name)) && rest.len > 0 && rest.at[0] == ':') {
		struct slice head;

		(void)slice_cut(&rest, ':');
		why = rest;
		head = slice_cut(&rest, ':');
		if (slice_u64(head, UINT32_MAX, &line) == 0) {
			why = rest;
		}
	}
	dropbox_reader_note(r, what, (unsigned)line, slice_trim(why).at);
}

/* ---- rows ---- */

/* Begin the file anew, for the next mapping. */
static int begin_rows(struct dropbox_reader *r)
{
	struct fault fault;
	int rc = -EIO;
	int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0 && lseek(fd, 0, SEEK_SET) == 0) {
		rc = instream_open_fd(&r->in, fd, r->name, &fault);
	} else {
		(void)fault_set(&fault, rc, "cannot be read from its beginning");
		if (fd >= 0) {
			(void)close(fd);
		}
	}
	if (rc == 0) {
		r->rules = dropbox_rules_for(r->from, r->mappings[r->mapping], r->format,
		                             instream_mtime_us(r->in));
		rc = import_open(&r->import, r->in, &r->rules, &fault);
	}
	r->mapping++;
	if (rc != 0) {
		note_file(r, DROPBOX_BAD_FILE, &fault);
	}
	return rc;
}

static void end_rows(struct dropbox_reader *r)
{
	const char *ignored = r->import != NULL ? import_ignored(r->import) : "";

	/* a column may be for another of several mappings */
	if (ignored[0] != '\0' && r->good > 0 && r->n_mappings == 1 && r->say == NULL) {
		log_info(r->source, "%s: columns not used: %s", r->name, ignored);
	}
	r->skipped += r->import != NULL ? import_skipped(r->import) : 0;
	import_close(r->import);
	instream_close(r->in);
	r->import = NULL;
	r->in = NULL;
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

/* Whoever can write a row can write "verified" into it: only a signature beside a statement is
 * looked at. */
static void forget_signature(struct dropbox_reader *r, ProtobufCMessage *m)
{
	Cxm__Attestation *att = (Cxm__Attestation *)m;

	att->has_signed_ = 1;
	att->signed_ = CXM__ATTESTATION__SIGNATURE__UNSIGNED;
	att->has_signature = 0;
	if (!r->unsigned_said) {
		say(r, 0,
		    "rows carry no signature, so these attestations count as absent: write each as "
		    "a "
		    "signed statement, Attestation-NAME.yaml with Attestation-NAME.yaml.sig");
		r->unsigned_said = true;
	}
}

/* One row. @return 1 with a record, 0 at the end, -EINVAL for a bad row, which is noted, another
 * negative number when the file cannot be read further, which is noted. */
static int next_row(struct dropbox_reader *r, ProtobufCMessage **m)
{
	struct fault fault;
	unsigned line = 0;
	enum dropbox_bad what = DROPBOX_BAD_ROW;
	int rc = import_next(r->import, m, &line, &fault);

	if (rc == 1) {
		forget_nobody(r->rules.kind, *m);
		if ((*m)->descriptor == &cxm__attestation__descriptor) {
			forget_signature(r, *m);
		}
		what = DROPBOX_BAD_SENSE;
		rc = dropbox_sense(r->rules.kind, *m, &fault);
		rc = rc == 0 ? 1 : rc;
	}
	if (rc == -EINVAL) {
		dropbox_reader_note(r, what, line, fault.text);
	} else if (rc < 0) {
		note_file(r, DROPBOX_BAD_FILE, &fault);
	}
	return rc;
}

/* ---- statements ---- */

/* All of a small file. @return 0, or negative, explained. */
static int read_whole(int *fd, const char *name, struct buf *out, int64_t *mtime_us,
                      struct fault *fault)
{
	struct instream *in;
	int rc = instream_open_fd(&in, *fd, name, fault);
	uint8_t *to;
	ssize_t n;

	*fd = -1;
	if (rc != 0) {
		return rc;
	}
	to = buf_reserve(out, ATTEST_FILE_MAX_BYTES + 1);
	n = to != NULL ? instream_read(in, to, ATTEST_FILE_MAX_BYTES + 1) : -ENOMEM;
	*mtime_us = instream_mtime_us(in);
	instream_close(in);
	if (n < 0 || n > (ssize_t)ATTEST_FILE_MAX_BYTES) {
		return fault_set(fault, -EINVAL, "%s: cannot be read, or is larger than %zu bytes",
		                 name, ATTEST_FILE_MAX_BYTES);
	}
	buf_commit(out, (size_t)n);
	return 0;
}

static int read_parts(struct dropbox_reader *r, struct buf *text, struct buf *signature,
                      struct attest_input *in, struct fault *fault)
{
	int64_t ignored_us;
	int rc = read_whole(&r->fd, r->name, text, &in->seen_us, fault);

	in->text = (struct slice){ (const char *)text->data, text->len };
	if (rc == 0 && r->signature_fd >= 0) {
		rc = read_whole(&r->signature_fd, "the signature", signature, &ignored_us, fault);
		in->signature = (struct slice){ (const char *)signature->data, signature->len };
	}
	return rc;
}

static int next_statement(struct dropbox_reader *r, ProtobufCMessage **m)
{
	struct attest_input in = { .name = r->name,
		                   .keys = r->from->attestation_keys,
		                   .host = r->from->host,
		                   .pseudonym = r->from->pseudonym };
	Cxm__Attestation *att = NULL;
	struct buf signature;
	struct fault note;
	struct fault fault;
	struct buf text;
	int rc;

	if (r->fd < 0) {
		return 0;
	}
	buf_init(&text, ATTEST_FILE_MAX_BYTES + 2);
	buf_init(&signature, ATTEST_FILE_MAX_BYTES + 2);
	rc = read_parts(r, &text, &signature, &in, &fault);
	if (rc == 0) {
		rc = attest_read(&in, &r->arena, &att, &note, &fault);
	}
	if (rc != 0) {
		note_file(r, DROPBOX_BAD_STATEMENT, &fault);
	} else if (note.text[0] != '\0') {
		char why[FAULT_TEXT_MAX + 32];

		(void)snprintf(why, sizeof(why), "counts as absent: %s", note.text);
		say(r, 0, why);
	}
	buf_free(&signature);
	buf_free(&text);
	*m = att != NULL ? &att->base : NULL;
	return rc == 0 ? 1 : -EINVAL;
}

/* ---- files ---- */

int dropbox_reader_open(struct dropbox_reader *r, const struct dropbox_input *in,
                        struct dropbox_rules *rules)
{
	*r = (struct dropbox_reader){ .source = in->source,
		                      .name = strdup(in->name),
		                      .say = in->say,
		                      .arg = in->arg,
		                      .fd = in->fd,
		                      .signature_fd = in->signature_fd,
		                      .from = rules };
	buf_init(&r->rejects, DROPBOX_REJECTS_BYTES);
	arena_init(&r->arena, 8 * ATTEST_FILE_MAX_BYTES);
	if (r->name == NULL) {
		return -ENOMEM;
	}
	r->statement = attest_name(r->name);
	if (r->statement) {
		return 0;
	}
	r->n_mappings = dropbox_rules_match(rules, r->name, r->mappings, &r->format);
	if (r->n_mappings == 0) {
		dropbox_reader_note(
			r, DROPBOX_BAD_FILE, 0,
			"the name does not begin with a kind of record, such as Survey");
		return -EINVAL;
	}
	return 0;
}

/* Rows of one mapping after the other. @return as next_row, but 0 only after the last of them. */
static int next_of_rows(struct dropbox_reader *r, ProtobufCMessage **m)
{
	int rc = 0;

	if (r->import == NULL && r->mapping == r->n_mappings) {
		return 0;
	}
	if (r->import == NULL) {
		rc = begin_rows(r);
	}
	rc = rc == 0 ? next_row(r, m) : rc;
	if (r->import != NULL && (rc == 1 || rc == -EINVAL)) {
		return rc;
	}
	end_rows(r);
	r->rc = r->rc == 0 ? rc : r->rc;
	return r->mapping == r->n_mappings ? 0 : -EINVAL;
}

int dropbox_reader_next(struct dropbox_reader *r, unsigned *look, ProtobufCMessage **m)
{
	for (; *look > 0; --*look) {
		int rc = r->statement ? next_statement(r, m) : next_of_rows(r, m);

		if (rc == 1) {
			--*look;
			r->good++;
			return 1;
		}
		if (rc == 0) {
			return r->rc;
		}
	}
	return -EAGAIN;
}

void dropbox_reader_take_back(struct dropbox_reader *r, const char *why)
{
	r->good--;
	dropbox_reader_note(r, DROPBOX_BAD_RECORD, 0, why);
}

void dropbox_reader_finish(struct dropbox_reader *r)
{
	char text[128];

	if (r->bad > DROPBOX_SAID_MAX) {
		(void)snprintf(text, sizeof(text), "%" PRIu64 " more rows like these",
		               r->bad - DROPBOX_SAID_MAX);
		say(r, 0, text);
	}
	if (r->say != NULL) {
		return;
	}
	if (r->skipped > 0) {
		log_info(r->source, "%s: %" PRIu64 " rows passed over", r->name, r->skipped);
	}
	log_info(r->source, "%s: %" PRIu64 " rows used, %" PRIu64 " not", r->name, r->good, r->bad);
}

uint64_t dropbox_reader_done_bytes(const struct dropbox_reader *r)
{
	return r->in != NULL ? instream_done_bytes(r->in) : 0;
}

void dropbox_reader_close(struct dropbox_reader *r)
{
	const int fds[] = { r->fd, r->signature_fd };

	import_close(r->import);
	instream_close(r->in);
	for (size_t i = 0; i < 2; i++) {
		if (fds[i] >= 0) {
			(void)close(fds[i]);
		}
	}
	arena_free(&r->arena);
	buf_free(&r->rejects);
	free(r->name);
	*r = (struct dropbox_reader){ .fd = -1, .signature_fd = -1 };
}
