/* Configuration of a drop folder; see dropbox_rules.h. Owns copies of everything it was told. */
#include "agent/sources/dropbox_rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define RULES_MAX_BYTES ((size_t)1024 * 1024)
#define OWN_CONSTANTS   3 /* source, host and seen_us of every record */

/* ---- schema ---- */

static const char *const units[] = { "us", "ms", "s", "min", "h", NULL };

static const struct conf_item column_items[] = {
	{ .name = "from",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, from),
	  .required = true,
	  .help = "Name of the column in the file." },
	{ .name = "to",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, to),
	  .required = true,
	  .help = "Field of the record." },
	{ .name = "unit",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, unit),
	  .choices = units,
	  .help = "Unit of the numbers in the file, for durations; without it, the field's own." },
};

static const struct conf_schema column_schema = { column_items,
	                                          sizeof(column_items) / sizeof(column_items[0]),
	                                          sizeof(struct dropbox_column_conf),
	                                          offsetof(struct dropbox_column_conf, line) };

static const struct conf_item constant_items[] = {
	{ .name = "to",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_constant_conf, to),
	  .required = true,
	  .help = "Field of the record." },
	{ .name = "text",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_constant_conf, text),
	  .required = true,
	  .help = "Its value in every record whose file has no column for it." },
};

static const struct conf_schema constant_schema = {
	constant_items, sizeof(constant_items) / sizeof(constant_items[0]),
	sizeof(struct dropbox_constant_conf), offsetof(struct dropbox_constant_conf, line)
};

static const struct conf_item kind_items[] = {
	{ .name = "kind",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_kind_conf, kind),
	  .required = true,
	  .help = "Kind of record, such as Survey." },
	{ .name = "columns",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_kind_conf, columns),
	  .max = DROPBOX_COLUMNS_MAX,
	  .section = &column_schema,
	  .help = "Columns that are not named like the field they fill." },
	{ .name = "constants",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_kind_conf, constants),
	  .max = DROPBOX_CONSTANTS_MAX,
	  .section = &constant_schema,
	  .help = "Fields that no column fills." },
	{ .name = "decimal_comma",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct dropbox_kind_conf, decimal_comma),
	  .def = "false",
	  .help = "Numbers are written 3,5 (files separated by semicolons are read so anyway)." },
};

static const struct conf_schema kind_schema = { kind_items,
	                                        sizeof(kind_items) / sizeof(kind_items[0]),
	                                        sizeof(struct dropbox_kind_conf),
	                                        offsetof(struct dropbox_kind_conf, line) };

static const struct conf_item items[] = {
	{ .name = "directory",
	  .type = CONF_PATH,
	  .offset = offsetof(struct dropbox_conf, directory),
	  .required = true,
	  .help = "Folder other tools leave files in; done/ and rejected/ are made in it." },
	{ .name = "poll",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct dropbox_conf, poll_ms),
	  .min = 100,
	  .max = 3600000,
	  .def = "2s",
	  .help = "How often the folder is looked at." },
	{ .name = "settle",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct dropbox_conf, settle_ms),
	  .max = 3600000,
	  .def = "2s",
	  .help = "A file is taken when it has not changed for this long." },
	{ .name = "kinds",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_conf, kinds),
	  .max = DROPBOX_KINDS_MAX,
	  .section = &kind_schema,
	  .help = "How files of a kind are written, where columns are not named like fields." },
};

const struct conf_schema dropbox_schema = { items, sizeof(items) / sizeof(items[0]),
	                                    sizeof(struct dropbox_conf), CONF_NO_LINE };

/* ---- mappings ---- */

static int refuse(struct fault *fault, unsigned line, const char *kind, const char *name,
                  const char *why)
{
	return fault_set(fault, -EINVAL, "dropbox: line %u: %s: %s %s", line, kind, name, why);
}

static int out_of_memory(struct fault *fault)
{
	return fault_set(fault, -ENOMEM, "dropbox: out of memory");
}

static const char *copy(struct dropbox_rules *r, const char *text)
{
	return arena_text(&r->arena, text, strlen(text));
}

static double us_of(const char *unit)
{
	static const double us[] = { 1.0, 1e3, 1e6, 6e7, 3.6e9 };

	for (size_t i = 0; units[i] != NULL; i++) {
		if (strcmp(unit, units[i]) == 0) {
			return us[i];
		}
	}
	return 0.0;
}

static int map_column(struct dropbox_rules *r, const struct dropbox_mapping *m,
                      const struct dropbox_column_conf *conf, struct import_column *out,
                      struct fault *fault)
{
	const struct cxm_field *f = cxm_field_named(m->kind, slice_of(conf->to));

	if (f == NULL) {
		return refuse(fault, conf->line, m->kind->name, conf->to, "is no field of it");
	}
	*out = (struct import_column){ copy(r, conf->from), f->name, 1.0 };
	if (conf->unit != NULL) {
		if (f->unit != CXM_MS && f->unit != CXM_US) {
			return refuse(fault, conf->line, m->kind->name, conf->to,
			              "is no duration and has no unit");
		}
		out->factor = us_of(conf->unit) / (f->unit == CXM_MS ? 1e3 : 1.0);
	}
	return out->from != NULL ? 0 : out_of_memory(fault);
}

static int map_constant(struct dropbox_rules *r, const struct dropbox_mapping *m,
                        const struct dropbox_constant_conf *conf, struct import_constant *out,
                        struct fault *fault)
{
	const struct cxm_field *f = cxm_field_named(m->kind, slice_of(conf->to));

	if (f == NULL) {
		return refuse(fault, conf->line, m->kind->name, conf->to, "is no field of it");
	}
	*out = (struct import_constant){ f->name, copy(r, conf->text) };
	return out->text != NULL ? 0 : out_of_memory(fault);
}

static int map_kind(struct dropbox_rules *r, const struct dropbox_kind_conf *conf,
                    struct dropbox_mapping *m, struct fault *fault)
{
	const struct dropbox_column_conf *columns = conf->columns.items;
	const struct dropbox_constant_conf *constants = conf->constants.items;
	int rc = 0;

	m->kind = cxm_kind_named(r->catalog, slice_of(conf->kind));
	if (m->kind == NULL) {
		return refuse(fault, conf->line, "kind", conf->kind, "is no kind of record");
	}
	m->decimal_comma = conf->decimal_comma;
	m->columns = arena_alloc(&r->arena, (conf->columns.count + 1) * sizeof(*m->columns));
	m->constants = arena_alloc(&r->arena,
	                           (conf->constants.count + OWN_CONSTANTS) * sizeof(*m->constants));
	if (m->columns == NULL || m->constants == NULL) {
		return out_of_memory(fault);
	}
	for (size_t i = 0; rc == 0 && i < conf->columns.count; i++) {
		rc = map_column(r, m, &columns[i], &m->columns[m->n_columns++], fault);
	}
	m->n_constants = OWN_CONSTANTS;
	for (size_t i = 0; rc == 0 && i < conf->constants.count; i++) {
		rc = map_constant(r, m, &constants[i], &m->constants[m->n_constants++], fault);
	}
	return rc;
}

static int map_all(struct dropbox_rules *r, const struct dropbox_conf *conf, struct fault *fault)
{
	const struct dropbox_kind_conf *kinds = conf->kinds.items;
	int rc = 0;

	r->mappings = arena_alloc(&r->arena, (conf->kinds.count + 1) * sizeof(*r->mappings));
	r->plain.constants = arena_alloc(&r->arena, OWN_CONSTANTS * sizeof(struct import_constant));
	r->plain.n_constants = OWN_CONSTANTS;
	if (r->mappings == NULL || r->plain.constants == NULL) {
		return out_of_memory(fault);
	}
	for (size_t i = 0; rc == 0 && i < conf->kinds.count; i++) {
		rc = map_kind(r, &kinds[i], &r->mappings[r->n_mappings++], fault);
	}
	return rc;
}

int dropbox_rules_init(struct dropbox_rules *r, const struct dropbox_conf *conf,
                       const struct cxm_catalog *catalog, const struct pseudonym *pseudonym,
                       const char *host, struct fault *fault)
{
	int rc;

	*r = (struct dropbox_rules){ .catalog = catalog, .pseudonym = pseudonym, .host = host };
	arena_init(&r->arena, RULES_MAX_BYTES);
	rc = map_all(r, conf, fault);
	if (rc != 0) {
		dropbox_rules_free(r);
	}
	return rc;
}

void dropbox_rules_free(struct dropbox_rules *r)
{
	arena_free(&r->arena);
	r->n_mappings = 0;
}

static int on_identity(void *arg, const struct cxm_field *f, struct slice raw, uint64_t *out)
{
	const struct dropbox_rules *r = arg;

	*out = pseudonym_of(r->pseudonym, f->domain, raw);
	return 0;
}

struct import_rules dropbox_rules_for(struct dropbox_rules *r, const struct cxm_kind *kind,
                                      enum import_format format, int64_t mtime_us)
{
	struct dropbox_mapping *m = &r->plain;

	for (size_t i = 0; i < r->n_mappings; i++) {
		m = r->mappings[i].kind == kind ? &r->mappings[i] : m;
	}
	(void)snprintf(r->seen, sizeof(r->seen), "%" PRId64, mtime_us);
	m->constants[0] = (struct import_constant){ "source", "dropbox" };
	m->constants[1] = (struct import_constant){ "host", r->host };
	m->constants[2] = (struct import_constant){ "seen_us", r->seen };
	return (struct import_rules){ .kind = kind,
		                      .format = format,
		                      .columns = m->columns,
		                      .n_columns = m->n_columns,
		                      .constants = m->constants,
		                      .n_constants = m->n_constants,
		                      .text = { m->decimal_comma, on_identity, r } };
}
