/*
 * Load a model file: tree, then areas, indicators and sources bound by schema tables, then checked
 * against one another. Owns nothing after loading but what model_free frees. See model.h; the
 * method's numbers are read in model_rules.c, evidence blocks in model_evidence.c.
 */
#include "cxmeter/model.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "collector/score/model/model_load.h"

/* ---- tables ---- */

struct area_yaml {
	const char *id;
	const char *name;
	const char *name_de;
	double weight;
	const char *needs;
	const char *needs_de;
	const char *measurable;
	const char *measurable_de;
	const char *not_measurable;
	const char *not_measurable_de;
	struct conf_list indicators;
};
static const struct conf_item area_items[] = {
	LOAD_ITEM(area_yaml, "id", CONF_TEXT, id, true, 0, 0, "short name"),
	LOAD_ITEM(area_yaml, "name", CONF_TEXT, name, true, 0, 0, "name as printed"),
	LOAD_ITEM(area_yaml, "name_de", CONF_TEXT, name_de, true, 0, 0, "name as printed, German"),
	LOAD_ITEM(area_yaml, "weight", CONF_REAL, weight, true, 0, 0, "among the areas, above 0"),
	LOAD_ITEM(area_yaml, "needs", CONF_TEXT, needs, true, 0, 0, "its telemetry in a few words"),
	LOAD_ITEM(area_yaml, "needs_de", CONF_TEXT, needs_de, true, 0, 0, "the same in German"),
	LOAD_ITEM(area_yaml, "measurable", CONF_TEXT, measurable, false, 0, 0,
	          "what telemetry shows, in words"),
	LOAD_ITEM(area_yaml, "measurable_de", CONF_TEXT, measurable_de, false, 0, 0,
	          "the same in German"),
	LOAD_ITEM(area_yaml, "not_measurable", CONF_TEXT, not_measurable, false, 0, 0,
	          "what it does not"),
	LOAD_ITEM(area_yaml, "not_measurable_de", CONF_TEXT, not_measurable_de, false, 0, 0,
	          "the same in German"),
	LOAD_PART(area_yaml, "indicators", CONF_SECTIONS, indicators, true, MODEL_INDICATORS_MAX,
	          "its indicators", &indicator_schema),
};
static const struct conf_schema area_schema = LOAD_SCHEMA(area_items, area_yaml);

static const struct conf_item source_items[] = {
	LOAD_ITEM(model_source, "title", CONF_TEXT, title, true, 0, 0, "who said it, and where"),
	LOAD_ITEM(model_source, "ref", CONF_TEXT, ref, true, 0, 0, "address"),
	LOAD_ITEM(model_source, "took", CONF_TEXT, took, false, 0, 0, "what was taken from it"),
	LOAD_ITEM(model_source, "verified", CONF_TEXT, verified, false, 0, 0, "how it was checked"),
};
static const struct conf_schema source_schema = LOAD_SCHEMA(source_items, model_source);

struct dependency_yaml {
	const char *first;
	const char *then;
};
static const struct conf_item dependency_items[] = {
	LOAD_ITEM(dependency_yaml, "first", CONF_TEXT, first, true, 0, 0, "improve this indicator"),
	LOAD_ITEM(dependency_yaml, "then", CONF_TEXT, then, true, 0, 0, "before that one"),
};
static const struct conf_schema dependency_schema = LOAD_SCHEMA(dependency_items, dependency_yaml);

/* ---- helpers the other parts share ---- */

void *loader_alloc(struct loader *l, size_t size_bytes)
{
	void *p = arena_alloc(&l->to->arena, size_bytes > 0 ? size_bytes : 1);

	if (p == NULL) {
		(void)fault_set(l->fault, -ENOMEM, "%s: the model holds more than can be read",
		                LOADER_DOC(l)->path);
	}
	return p;
}

const struct conf_node *loader_list(struct loader *l, const struct conf_node *map, const char *key,
                                    size_t max)
{
	const struct conf_node *list = conf_get(map, key);

	if (conf_is_null(list)) {
		(void)conf_fail(LOADER_DOC(l), map, l->fault, "\"%s\" is missing", key);
		return NULL;
	}
	if (list->kind != CONF_LIST || list->count == 0 || list->count > max) {
		(void)conf_fail(LOADER_DOC(l), list, l->fault,
		                "expected a list of 1 to %zu entries (lines that begin with "
		                "\"- \")",
		                max);
		return NULL;
	}
	return list;
}

int loader_numbers(struct loader *l, const struct conf_node *map, const char *key, double *out,
                   size_t n)
{
	const struct conf_node *list = loader_list(l, map, key, n);
	size_t i = 0;

	if (list == NULL) {
		return -EINVAL;
	}
	for (const struct conf_node *node = list->first; node != NULL; node = node->next, i++) {
		if (node->kind != CONF_SCALAR ||
		    slice_double(slice_of(node->text), false, &out[i]) != 0) {
			return conf_fail(LOADER_DOC(l), list, l->fault, "entry %zu is not a number",
			                 i + 1);
		}
	}
	return i == n ? 0
	              : conf_fail(LOADER_DOC(l), list, l->fault, "expected %zu numbers, found %zu",
	                          n, i);
}

struct model_text loader_text(const char *english, const char *german)
{
	const char *text = english != NULL ? english : "";

	return (struct model_text){ { text, german != NULL ? german : text } };
}

int loader_check_id(struct loader *l, const struct conf_node *at, const char *id)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
	size_t len = strlen(id);

	if (len == 0 || len > MODEL_ID_MAX_BYTES || strspn(id, allowed) != len) {
		return conf_fail(LOADER_DOC(l), at, l->fault,
		                 "\"%s\" is no id: expected 1 to %d of a-z, 0-9 and _", id,
		                 MODEL_ID_MAX_BYTES);
	}
	if (model_indicator_named(&l->to->model, id) != NULL) {
		return conf_fail(LOADER_DOC(l), at, l->fault,
		                 "\"%s\" is the id of an indicator above already", id);
	}
	return 0;
}

/* ---- sources ---- */

static int read_sources(struct loader *l)
{
	const struct conf_node *map = conf_get(LOADER_DOC(l)->root, "sources");
	struct model *m = &l->to->model;
	int rc = 0;

	if (map == NULL || map->kind != CONF_MAP) {
		return conf_fail(LOADER_DOC(l), map != NULL ? map : LOADER_DOC(l)->root, l->fault,
		                 "expected sources: a key for each, with title and ref");
	}
	m->sources = loader_alloc(l, map->count * sizeof(*m->sources));
	if (m->sources == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *n = map->first; rc == 0 && n != NULL; n = n->next) {
		struct model_source *source = &m->sources[m->n_sources++];

		rc = conf_bind(LOADER_DOC(l), n, &source_schema, source, l->fault);
		source->id = n->key;
	}
	return rc;
}

static int read_context(struct loader *l)
{
	struct model *m = &l->to->model;
	const struct conf_node *list =
		loader_list(l, LOADER_DOC(l)->root, "context_indicators", MODEL_INDICATORS_MAX);
	int rc = 0;

	if (list == NULL) {
		return -EINVAL;
	}
	m->context = loader_alloc(l, list->count * sizeof(*m->context));
	if (m->context == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		struct model_indicator *out = &m->context[m->n_context];
		struct indicator_yaml in;

		rc = loader_spread_terms(l, n);
		rc = rc != 0 ? rc : conf_bind(LOADER_DOC(l), n, &context_schema, &in, l->fault);
		rc = rc != 0 ? rc : loader_check_id(l, n, in.id);
		if (rc == 0) {
			loader_take_words(&in, out);
			out->line = n->line;
			m->n_context++;
			rc = loader_evidence(l, n, &in.evidence, out);
		}
	}
	return rc;
}

/* ---- areas ---- */

static int read_area(struct loader *l, const struct conf_node *node, struct model_area *out)
{
	const struct conf_node *list = loader_list(l, node, "indicators", MODEL_INDICATORS_MAX);
	struct area_yaml in;
	const struct indicator_yaml *items;
	int rc = 0;

	if (list == NULL) {
		return -EINVAL;
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		rc = loader_spread_terms(l, n);
	}
	rc = rc != 0 ? rc : conf_bind(LOADER_DOC(l), node, &area_schema, &in, l->fault);
	rc = rc != 0 ? rc : loader_check_id(l, node, in.id);
	if (rc != 0) {
		return rc;
	}
	if (!(in.weight > 0)) {
		return conf_fail(LOADER_DOC(l), conf_get(node, "weight"), l->fault,
		                 "must be above 0");
	}
	*out = (struct model_area){ .id = in.id,
		                    .name = loader_text(in.name, in.name_de),
		                    .needs = loader_text(in.needs, in.needs_de),
		                    .measurable = loader_text(in.measurable, in.measurable_de),
		                    .not_measurable =
		                            loader_text(in.not_measurable, in.not_measurable_de),
		                    .weight = in.weight,
		                    .line = node->line };
	out->indicators = loader_alloc(l, in.indicators.count * sizeof(*out->indicators));
	if (out->indicators == NULL) {
		return -ENOMEM;
	}
	items = in.indicators.items;
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		struct model_indicator *is = &out->indicators[out->n_indicators];

		rc = loader_indicator(l, n, &items[out->n_indicators], is);
		is->area = out;
		out->n_indicators++;
	}
	return rc;
}

static int read_areas(struct loader *l)
{
	struct model *m = &l->to->model;
	const struct conf_node *list =
		loader_list(l, LOADER_DOC(l)->root, "areas", MODEL_AREAS_MAX);
	int rc = 0;

	if (list == NULL) {
		return -EINVAL;
	}
	m->areas = loader_alloc(l, list->count * sizeof(*m->areas));
	if (m->areas == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		for (size_t i = 0; i < m->n_areas; i++) {
			const struct conf_node *id = conf_get(n, "id");

			if (id != NULL && id->kind == CONF_SCALAR &&
			    strcmp(m->areas[i].id, id->text) == 0) {
				return conf_fail(LOADER_DOC(l), id, l->fault,
				                 "\"%s\" is the id of an area above already",
				                 id->text);
			}
		}
		rc = read_area(l, n, &m->areas[m->n_areas++]);
	}
	return rc;
}

/* ---- what later work reads ---- */

static int check_dependencies(struct loader *l)
{
	const struct conf_node *list = conf_get(LOADER_DOC(l)->root, "dependencies");
	struct model *m = &l->to->model;
	int rc = 0;

	if (conf_is_null(list)) {
		return 0;
	}
	if (list->kind != CONF_LIST) {
		return conf_fail(LOADER_DOC(l), list, l->fault, "expected a list");
	}
	m->dependencies = loader_alloc(l, (list->count + 1) * sizeof(*m->dependencies));
	if (m->dependencies == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		struct model_dependency *d = &m->dependencies[m->n_dependencies++];
		struct dependency_yaml in;

		rc = conf_bind(LOADER_DOC(l), n, &dependency_schema, &in, l->fault);
		if (rc != 0) {
			return rc;
		}
		d->first = model_indicator_named(m, in.first);
		d->then = model_indicator_named(m, in.then);
		if (d->first == NULL || d->then == NULL) {
			rc = conf_fail(LOADER_DOC(l), n, l->fault, "no indicator \"%s\"",
			               d->first == NULL ? in.first : in.then);
		}
	}
	return rc != 0 ? rc : loader_check_circles(l, list);
}

static int text_of(struct loader *l, const char *key, const char **out)
{
	const struct conf_node *node = conf_get(LOADER_DOC(l)->root, key);

	if (conf_is_null(node) || node->kind != CONF_SCALAR || node->text[0] == '\0') {
		return conf_fail(LOADER_DOC(l), node != NULL ? node : LOADER_DOC(l)->root, l->fault,
		                 "expected \"%s\": a word", key);
	}
	*out = node->text;
	return 0;
}

static int check_top(struct loader *l)
{
	static const char *const known[] = {
		"model",
		"version",
		"date",
		"note",
		"scale",
		"window",
		"statistics",
		"evidence",
		"aggregation",
		"areas",
		"context_indicators",
		"crosswalk",
		"dependencies",
		"comparison",
		"sources",
	};
	const struct conf_node *root = LOADER_DOC(l)->root;

	if (root->kind != CONF_MAP) {
		return conf_fail(LOADER_DOC(l), root, l->fault, "expected keys with values");
	}
	for (const struct conf_node *n = root->first; n != NULL; n = n->next) {
		bool found = false;

		for (size_t i = 0; i < N_OF(known); i++) {
			found |= strcmp(n->key, known[i]) == 0;
		}
		if (!found) {
			return conf_fail(LOADER_DOC(l), n, l->fault,
			                 "unknown key; known here: model, version, date, note, "
			                 "scale, window, statistics, evidence, aggregation, "
			                 "areas, context_indicators, crosswalk, dependencies, "
			                 "comparison, sources");
		}
	}
	return 0;
}

void model_describe(FILE *out)
{
	static const struct described rest[] = {
		{ "areas[]", &area_schema },
		{ "context_indicators[]", &context_schema },
		{ "dependencies[]", &dependency_schema },
		{ "sources.KEY", &source_schema },
	};

	for (size_t i = 0; i < model_n_rules_described + N_OF(rest); i++) {
		const struct described *d = i < model_n_rules_described
		                                    ? &model_rules_described[i]
		                                    : &rest[i - model_n_rules_described];
		char prefix[64];

		(void)snprintf(prefix, sizeof(prefix), "%s.", d->title);
		(void)fprintf(
			out,
			"%s### `%s`\n\n| key | type | default | meaning |\n|---|---|---|---|\n",
			i > 0 ? "\n" : "", d->title);
		conf_describe(d->schema, prefix, out);
	}
}

/* ---- the whole ---- */

static int hash(struct loaded *to, const void *data, size_t len_bytes)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (EVP_Digest(data, len_bytes, digest, &n, EVP_sha256(), NULL) != 1 || n != 32) {
		return -EIO;
	}
	for (unsigned i = 0; i < n; i++) {
		(void)snprintf(to->model.sha256 + 2 * (size_t)i, 3, "%02x", digest[i]);
	}
	return 0;
}

static int load_tree(struct loader *l)
{
	static int (*const parts[])(struct loader *) = {
		check_top,    loader_rules,    read_sources,      read_areas,
		read_context, loader_counters, loader_must_areas, check_dependencies,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < N_OF(parts); i++) {
		rc = parts[i](l);
	}
	rc = rc != 0 ? rc : text_of(l, "model", &l->to->model.id);
	return rc != 0 ? rc : text_of(l, "version", &l->to->model.version);
}

static int sum_up(struct loaded *to, struct slice bytes, const char *known, struct fault *fault)
{
	if (known != NULL) {
		(void)snprintf(to->model.sha256, sizeof(to->model.sha256), "%s", known);
		return 0;
	}
	return hash(to, bytes.at, bytes.len) == 0
	               ? 0
	               : fault_set(fault, -EIO, "%s: cannot compute its SHA-256", to->doc.path);
}

int loader_model(struct model **out, const char *path, struct slice bytes, const char *sha256,
                 const struct cxm_catalog *catalog, struct fault *fault)
{
	struct loaded *to = calloc(1, sizeof(*to));
	struct loader l = { to, catalog, fault };
	int rc;

	if (to == NULL) {
		return fault_set(fault, -ENOMEM, "%s: out of memory", path);
	}
	arena_init(&to->arena, MODEL_ARENA_MAX_BYTES);
	to->model.catalog = catalog;
	rc = conf_parse(&to->doc, path, bytes.at, bytes.len, fault);
	if (rc != 0) {
		free(to);
		return rc;
	}
	rc = load_tree(&l);
	rc = rc != 0 ? rc : sum_up(to, bytes, sha256, fault);
	if (rc != 0) {
		model_free(&to->model);
		return rc;
	}
	*out = &to->model;
	return 0;
}

int model_parse(struct model **out, const char *path, const void *data, size_t len_bytes,
                const struct cxm_catalog *catalog, struct fault *fault)
{
	return loader_model(out, path, (struct slice){ data, len_bytes }, NULL, catalog, fault);
}

void model_free(struct model *m)
{
	struct loaded *to = (struct loaded *)m;

	if (to == NULL) {
		return;
	}
	conf_free(&to->doc);
	arena_free(&to->arena);
	free(to);
}

const struct model_indicator *model_indicator_named(const struct model *m, const char *id)
{
	for (size_t a = 0; a < m->n_areas; a++) {
		for (size_t i = 0; i < m->areas[a].n_indicators; i++) {
			const char *have = m->areas[a].indicators[i].id;

			if (have != NULL && strcmp(have, id) == 0) {
				return &m->areas[a].indicators[i];
			}
		}
	}
	for (size_t i = 0; i < m->n_context; i++) {
		if (strcmp(m->context[i].id, id) == 0) {
			return &m->context[i];
		}
	}
	return NULL;
}
