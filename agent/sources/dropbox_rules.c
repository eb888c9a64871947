/* Configuration of a drop folder; see dropbox_rules.h. Owns copies of everything it was told. */
#include "agent/sources/dropbox_rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/when.h"

#define RULES_MAX_BYTES ((size_t)1024 * 1024)
#define OWN_CONSTANTS   3 /* source, host and seen_us of every record */

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

/* 0 for what is no unit of time */
static double us_of(const char *unit)
{
	static const double us[] = { 1.0, 1e3, 1e6, 6e7, 3.6e9 };

	for (size_t i = 0; i < sizeof(us) / sizeof(us[0]); i++) {
		if (strcmp(unit, dropbox_units[i]) == 0) {
			return us[i];
		}
	}
	return 0.0;
}

static const char *map_unit(const char *unit, const struct cxm_field *f, struct shape *shape)
{
	static const struct {
		const char *name;
		enum shape_form form;
	} forms[] = {
		{ "percent", SHAPE_PERCENT },
		{ "hh:mm:ss", SHAPE_CLOCK },
		{ "hh:mm", SHAPE_HOURS },
		{ "until", SHAPE_UNTIL },
	};
	bool duration = f->unit == CXM_MS || f->unit == CXM_US;

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (strcmp(unit, forms[i].name) == 0) {
			shape->form = forms[i].form;
		}
	}
	if (shape->form == SHAPE_PERCENT) {
		return f->type == CXM_REAL ? NULL : "is no fraction, so not of per cent";
	}
	if (f->unit == CXM_TIME && shape->form == SHAPE_PLAIN && us_of(unit) <= 1e6) {
		shape->factor = us_of(unit); /* a count since 1970 */
		return NULL;
	}
	if (!duration) {
		return "is no duration and has no unit";
	}
	if (shape->form == SHAPE_PLAIN) {
		shape->factor = us_of(unit) / (f->unit == CXM_MS ? 1e3 : 1.0);
	}
	return NULL;
}

static const char *map_format(const char *form, const struct cxm_field *f, struct shape *shape)
{
	shape->time_form = form;
	if (f->unit != CXM_TIME && shape->form != SHAPE_UNTIL) {
		return "is no time and has no format";
	}
	return when_form_valid(form)
	               ? NULL
	               : "has a format that tells no day: use %Y or %y, %m or %b, %d, and %H:%M "
	                 "or %I:%M %p; or %s";
}

static const char *map_scale(const char *scale, const struct cxm_field *f, struct shape *shape)
{
	if (shape_scale_parse(slice_of(scale), &shape->scale) != 0) {
		return "has a scale that is not like \"1..5 to 0..100\"";
	}
	return f->type == CXM_REAL || (f->type == CXM_INT && f->unit != CXM_TIME)
	               ? NULL
	               : "is no number and has no scale";
}

static int map_words(struct dropbox_rules *r, const struct dropbox_column_conf *conf,
                     struct shape *shape)
{
	const struct dropbox_word_conf *words = conf->words.items;
	struct shape_word *out = arena_alloc(&r->arena, (conf->words.count + 1) * sizeof(*out));

	for (size_t i = 0; out != NULL && i < conf->words.count; i++) {
		out[i] = (struct shape_word){ copy(r, words[i].from), copy(r, words[i].to) };
		if (out[i].from == NULL || out[i].to == NULL) {
			return -ENOMEM;
		}
	}
	shape->words = out;
	shape->n_words = conf->words.count;
	return out != NULL ? 0 : -ENOMEM;
}

static int map_parts(struct dropbox_rules *r, const struct dropbox_column_conf *conf,
                     struct import_column *out)
{
	const char *const *also = conf->also.items;
	const char **more = arena_alloc(&r->arena, SHAPE_PARTS_MAX * sizeof(*more));

	for (size_t i = 0; more != NULL && i < conf->also.count; i++) {
		more[i] = copy(r, also[i]);
		if (more[i] == NULL) {
			return -ENOMEM;
		}
	}
	out->more = more;
	out->n_more = conf->also.count;
	out->from = copy(r, conf->from);
	out->glue = copy(r, conf->glue);
	return more != NULL && out->from != NULL && out->glue != NULL ? 0 : -ENOMEM;
}

static int map_column(struct dropbox_rules *r, const struct dropbox_mapping *m,
                      const struct dropbox_column_conf *conf, struct import_column *out,
                      struct fault *fault)
{
	const struct cxm_field *f = cxm_field_named(m->kind, slice_of(conf->to));
	const char *why = NULL;

	if (f == NULL) {
		return refuse(fault, conf->line, m->kind->name, conf->to, "is no field of it");
	}
	*out = (struct import_column){ .to = f->name, .skip_empty = conf->skip_empty };
	if (map_parts(r, conf, out) != 0 || map_words(r, conf, &out->shape) != 0) {
		return out_of_memory(fault);
	}
	if (conf->unit != NULL) {
		why = map_unit(conf->unit, f, &out->shape);
	}
	if (why == NULL && conf->format != NULL) {
		why = map_format(conf->format, f, &out->shape);
		out->shape.time_form = copy(r, conf->format);
	}
	if (why == NULL && conf->scale != NULL) {
		why = map_scale(conf->scale, f, &out->shape);
	}
	return why == NULL ? 0 : refuse(fault, conf->line, m->kind->name, conf->to, why);
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

static char separator_named(const char *name)
{
	static const struct {
		const char *name;
		char sign;
	} signs[] = {
		{ "point", '.' },
		{ "comma", ',' },
		{ "blank", ' ' },
		{ "apostrophe", '\'' },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strcmp(name, signs[i].name) == 0) {
			return signs[i].sign;
		}
	}
	return 0;
}

/* How its files are written. */
static int map_writing(struct dropbox_rules *r, const struct dropbox_kind_conf *conf,
                       struct dropbox_mapping *m, struct fault *fault)
{
	m->decimal_comma = conf->decimal_comma;
	m->thousands = separator_named(conf->thousands);
	(void)encoding_named(slice_of(conf->encoding), &m->encoding); /* one of its choices */
	m->files = conf->files != NULL ? copy(r, conf->files) : NULL;
	if (conf->files != NULL && m->files == NULL) {
		return out_of_memory(fault);
	}
	if (m->decimal_comma && m->thousands == ',') {
		return refuse(fault, conf->line, "kind", conf->kind,
		              "cannot have the comma for decimals and for thousands");
	}
	if (conf->timezone != NULL && zone_open(&m->zone, conf->timezone, fault) != 0) {
		fault_prefix(fault, "dropbox: line %u", conf->line);
		return -EINVAL;
	}
	return 0;
}

static int map_kind(struct dropbox_rules *r, const struct dropbox_kind_conf *conf,
                    struct dropbox_mapping *m, struct fault *fault)
{
	const struct dropbox_column_conf *columns = conf->columns.items;
	const struct dropbox_constant_conf *constants = conf->constants.items;
	int rc;

	m->kind = cxm_kind_named(r->catalog, slice_of(conf->kind));
	if (m->kind == NULL) {
		return refuse(fault, conf->line, "kind", conf->kind, "is no kind of record");
	}
	rc = map_writing(r, conf, m, fault);
	m->columns = arena_alloc(&r->arena, (conf->columns.count + 1) * sizeof(*m->columns));
	m->constants = arena_alloc(&r->arena,
	                           (conf->constants.count + OWN_CONSTANTS) * sizeof(*m->constants));
	if (rc == 0 && (m->columns == NULL || m->constants == NULL)) {
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
	if (rc == 0 && conf->attestation_keys != NULL) {
		r->attestation_keys = copy(r, conf->attestation_keys);
		rc = r->attestation_keys != NULL ? 0 : out_of_memory(fault);
	}
	if (rc != 0) {
		dropbox_rules_free(r);
	}
	return rc;
}

void dropbox_rules_free(struct dropbox_rules *r)
{
	for (size_t i = 0; i < r->n_mappings; i++) {
		zone_free(r->mappings[i].zone);
	}
	arena_free(&r->arena);
	r->n_mappings = 0;
}

static int on_identity(void *arg, const struct cxm_field *f, struct slice raw, uint64_t *out)
{
	const struct dropbox_rules *r = arg;

	/* looked at by `check`, which has no use for it */
	*out = r->pseudonym != NULL ? pseudonym_of(r->pseudonym, f->domain, raw) : 1;
	return 0;
}

size_t dropbox_rules_match(struct dropbox_rules *r, const char *name,
                           struct dropbox_mapping **mapping, enum import_format *format)
{
	const struct cxm_kind *kind = NULL;
	size_t n = 0;

	if (import_format_of(name, format) != 0) {
		return 0;
	}
	for (size_t i = 0; i < r->n_mappings; i++) {
		const char *files = r->mappings[i].files;

		if (files != NULL && fnmatch(files, name, FNM_PERIOD) == 0) {
			mapping[n++] = &r->mappings[i];
		}
	}
	if (n > 0 || import_name(r->catalog, name, &kind, format) != 0) {
		return n;
	}
	for (size_t i = 0; i < r->n_mappings; i++) {
		if (r->mappings[i].files == NULL && r->mappings[i].kind == kind) {
			mapping[n++] = &r->mappings[i];
		}
	}
	if (n == 0) {
		r->plain.kind = kind;
		mapping[n++] = &r->plain;
	}
	return n;
}

struct import_rules dropbox_rules_for(struct dropbox_rules *r, struct dropbox_mapping *m,
                                      enum import_format format, int64_t mtime_us)
{
	(void)snprintf(r->seen, sizeof(r->seen), "%" PRId64, mtime_us);
	m->constants[0] = (struct import_constant){ "source", "dropbox" };
	m->constants[1] = (struct import_constant){ "host", r->host };
	m->constants[2] = (struct import_constant){ "seen_us", r->seen };
	return (struct import_rules){ .kind = m->kind,
		                      .format = format,
		                      .columns = m->columns,
		                      .n_columns = m->n_columns,
		                      .constants = m->constants,
		                      .n_constants = m->n_constants,
		                      .text = { m->decimal_comma, on_identity, r },
		                      .encoding = m->encoding,
		                      .zone = m->zone,
		                      .thousands = m->thousands };
}
