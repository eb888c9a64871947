/* Dropped CSV files; see csv_file.h. `host` and `seen_us` are left to the agent that reads them,
 * and so is `source`, except where the file stands for another source. */
#include "simulate/csv_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "common/when.h"
#include "simulate/text.h"

#define LINE_MAX_BYTES ((size_t)16 * 1024)

void sim_csv_init(struct sim_csv *c, const char *folder, const struct cxm_kind *kind)
{
	*c = (struct sim_csv){ .kind = kind };
	(void)snprintf(c->path, sizeof(c->path), "%s/%s.csv", folder, kind->name);
	buf_init(&c->line, LINE_MAX_BYTES);
}

static bool skipped(const struct sim_csv *c, const struct cxm_field *f)
{
	static const char *const own_source[] = { "Dialog", "MediaStream",      "Posture",
		                                  "Gauge",  "SelfServiceVisit", "Handoff",
		                                  "Call" };
	bool own = false;

	for (size_t i = 0; i < sizeof(own_source) / sizeof(own_source[0]); i++) {
		own = own || strcmp(c->kind->name, own_source[i]) == 0;
	}
	return (strcmp(f->name, "source") == 0 && !own) || strcmp(f->name, "host") == 0 ||
	       strcmp(f->name, "seen_us") == 0;
}

static void add_label(struct buf *out, struct slice text)
{
	bool quoted = memchr(text.at, ',', text.len) != NULL ||
	              memchr(text.at, '"', text.len) != NULL || text.len == 0;

	if (!quoted) {
		buf_add_slice(out, text);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '"') {
			buf_add_char(out, '"');
		}
		buf_add_char(out, text.at[i]);
	}
	buf_add_char(out, '"');
}

static void add_value(struct buf *out, const struct cxm_field *f, const struct cxm_value *v)
{
	char text[128];

	switch (f->type) {
	case CXM_INT:
		if (f->unit == CXM_TIME) {
			buf_add_text(out, when_iso(v->i, text));
		} else {
			buf_printf(out, "%" PRId64, v->i);
		}
		break;
	case CXM_REAL:
		buf_printf(out, "%.10g", v->d);
		break;
	case CXM_BOOL:
		buf_add_text(out, v->i != 0 ? "true" : "false");
		break;
	case CXM_LABEL:
		add_label(out, v->text);
		break;
	case CXM_STATE:
		buf_add_text(out, cxm_state_name(f, v->i, text, sizeof(text)));
		break;
	case CXM_IDENTITY:
		buf_add_text(out, sim_identity(f->domain, (uint64_t)v->i, text));
		break;
	case CXM_BYTES: /* only signatures, which are files of their own */
	default:
		break;
	}
}

static int write_line(struct sim_csv *c, struct fault *fault)
{
	buf_add_char(&c->line, '\n');
	if (c->line.failed) {
		return fault_set(fault, -EMSGSIZE, "%s: a row is too long", c->path);
	}
	if (fwrite(c->line.data, 1, c->line.len, c->file) != c->line.len) {
		return fault_set(fault, -errno, "%s: cannot write: %s", c->path, strerror(errno));
	}
	return 0;
}

static int begin(struct sim_csv *c, struct fault *fault)
{
	bool first = true;

	c->file = fopen(c->path, "we");
	if (c->file == NULL) {
		return fault_set(fault, -errno, "%s: cannot create: %s", c->path, strerror(errno));
	}
	buf_reset(&c->line);
	for (size_t i = 0; i < c->kind->n_fields; i++) {
		if (!skipped(c, &c->kind->fields[i])) {
			buf_printf(&c->line, "%s%s", first ? "" : ",", c->kind->fields[i].name);
			first = false;
		}
	}
	return write_line(c, fault);
}

int sim_csv_add(struct sim_csv *c, const ProtobufCMessage *m, struct fault *fault)
{
	bool first = true;
	int rc = c->file == NULL ? begin(c, fault) : 0;

	if (rc != 0) {
		return rc;
	}
	buf_reset(&c->line);
	for (size_t i = 0; i < c->kind->n_fields; i++) {
		const struct cxm_field *f = &c->kind->fields[i];
		struct cxm_value v;

		if (skipped(c, f)) {
			continue;
		}
		if (!first) {
			buf_add_char(&c->line, ',');
		}
		first = false;
		v = cxm_field_get(m, f);
		if (v.present) {
			add_value(&c->line, f, &v);
		}
	}
	return write_line(c, fault);
}

int sim_csv_close(struct sim_csv *c, int64_t written_s, struct fault *fault)
{
	const struct timespec times[2] = { { .tv_sec = written_s }, { .tv_sec = written_s } };
	int rc = 0;

	if (c->file != NULL && fclose(c->file) != 0) {
		rc = fault_set(fault, -errno, "%s: cannot write: %s", c->path, strerror(errno));
	}
	/* so that what is read from it does not depend on when it was made */
	if (rc == 0 && c->file != NULL && utimensat(AT_FDCWD, c->path, times, 0) != 0) {
		rc = fault_set(fault, -errno, "%s: cannot set its time: %s", c->path,
		               strerror(errno));
	}
	c->file = NULL;
	buf_free(&c->line);
	return rc;
}
