/* Lens files: YAML to a lens whose every name is in the model; refused with file and line where it
 * is not. See lens.h. */
#include "collector/score/views/lens.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/model/model_load.h"

#define LENS_ARENA_MAX_BYTES ((size_t)1024 * 1024)

/* A lens and what it rests on. */
struct lens_loaded {
	struct lens lens; /* first: a struct lens * is a struct lens_loaded * */
	struct conf_doc doc;
	struct arena arena;
};

struct lens_loader {
	struct lens_loaded *to;
	const struct model *m;
	struct fault *fault;
};

/* ---- as it stands in the file ---- */

struct member_yaml {
	const char *indicator;
	const char *area;
	const char *context;
	double weight;
	bool presence;
};

static const struct conf_item member_items[] = {
	LOAD_ITEM(member_yaml, "indicator", CONF_TEXT, indicator, false, 0, 0, "one of the model"),
	LOAD_ITEM(member_yaml, "area", CONF_TEXT, area, false, 0, 0, "or an area of the model"),
	LOAD_ITEM(member_yaml, "context", CONF_TEXT, context, false, 0, 0,
	          "or a figure of context: shown, never scored"),
	LOAD_ITEM(member_yaml, "weight", CONF_REAL, weight, false, 0, 0,
	          "above 0; an indicator has that of the model when none is given"),
	LOAD_ITEM(member_yaml, "presence", CONF_BOOL, presence, false, 0, 0,
	          "it counts by being assessed, not by its score"),
};
static const struct conf_schema member_schema = LOAD_SCHEMA(member_items, member_yaml);

struct part_yaml {
	const char *id;
	const char *name;
	const char *name_de;
	bool figures;
	struct conf_list presence;
	struct conf_list members;
};

static const struct conf_item part_items[] = {
	LOAD_ITEM(part_yaml, "id", CONF_TEXT, id, true, 0, 0, "short name"),
	LOAD_ITEM(part_yaml, "name", CONF_TEXT, name, true, 0, 0, "name as printed"),
	LOAD_ITEM(part_yaml, "name_de", CONF_TEXT, name_de, true, 0, 0, "the same in German"),
	LOAD_ITEM(part_yaml, "figures", CONF_BOOL, figures, false, 0, 0,
	          "members are shown one by one; the whole has no score"),
	LOAD_ITEM(part_yaml, "presence", CONF_TEXTS, presence, false, 0, LENS_PRESENCE_MAX,
	          "score of one, two, ... presence members that are assessed"),
	LOAD_PART(part_yaml, "members", CONF_SECTIONS, members, true, LENS_MEMBERS_MAX,
	          "what it is made of", &member_schema),
};
static const struct conf_schema part_schema = LOAD_SCHEMA(part_items, part_yaml);

struct need_yaml {
	const char *indicator;
	const char *area;
	const char *part;
	const char *present_of;
	double at_least;
	bool assessed;
};

static const struct conf_item need_items[] = {
	LOAD_ITEM(need_yaml, "indicator", CONF_TEXT, indicator, false, 0, 0, "score of this one"),
	LOAD_ITEM(need_yaml, "area", CONF_TEXT, area, false, 0, 0, "or of this area"),
	LOAD_ITEM(need_yaml, "part", CONF_TEXT, part, false, 0, 0, "or of this part of the lens"),
	LOAD_ITEM(need_yaml, "present_of", CONF_TEXT, present_of, false, 0, 0,
	          "or how many presence members of this part are assessed"),
	LOAD_ITEM(need_yaml, "at_least", CONF_REAL, at_least, false, 0, 0, "what it must reach"),
	LOAD_ITEM(need_yaml, "assessed", CONF_BOOL, assessed, false, 0, 0,
	          "it must only be assessed"),
};
static const struct conf_schema need_schema = LOAD_SCHEMA(need_items, need_yaml);

struct stage_yaml {
	const char *name;
	struct conf_list needs;
};

static const struct conf_item stage_items[] = {
	LOAD_ITEM(stage_yaml, "name", CONF_TEXT, name, true, 0, 0, "its name in the other model"),
	LOAD_PART(stage_yaml, "needs", CONF_SECTIONS, needs, false, LENS_NEEDS_MAX,
	          "all of these, and what the stages before it need", &need_schema),
};
static const struct conf_schema stage_schema = LOAD_SCHEMA(stage_items, stage_yaml);

struct lens_yaml {
	const char *lens;
	const char *name;
	const char *name_de;
	const char *source;
	const char *note;
	const char *note_de;
	double min_coverage;
	bool drivers;
	struct conf_list parts;
	struct conf_list stages;
};

static const struct conf_item lens_items[] = {
	LOAD_ITEM(lens_yaml, "lens", CONF_TEXT, lens, true, 0, 0, "short name"),
	LOAD_ITEM(lens_yaml, "name", CONF_TEXT, name, true, 0, 0, "name as printed"),
	LOAD_ITEM(lens_yaml, "name_de", CONF_TEXT, name_de, true, 0, 0, "the same in German"),
	LOAD_ITEM(lens_yaml, "source", CONF_TEXT, source, true, 0, 0,
	          "key of the model's sources it comes from"),
	LOAD_ITEM(lens_yaml, "note", CONF_TEXT, note, false, 0, 0, "printed below it"),
	LOAD_ITEM(lens_yaml, "note_de", CONF_TEXT, note_de, false, 0, 0, "the same in German"),
	LOAD_ITEM(lens_yaml, "min_coverage", CONF_REAL, min_coverage, true, 0, 1,
	          "share of the weight below which a part is not assessed"),
	LOAD_ITEM(lens_yaml, "drivers", CONF_BOOL, drivers, false, 0, 0,
	          "rate the drivers besides"),
	LOAD_PART(lens_yaml, "parts", CONF_SECTIONS, parts, true, LENS_PARTS_MAX, "its parts",
	          &part_schema),
	LOAD_PART(lens_yaml, "stages", CONF_SECTIONS, stages, false, LENS_STAGES_MAX,
	          "its stages, the lowest first", &stage_schema),
};
static const struct conf_schema lens_schema = LOAD_SCHEMA(lens_items, lens_yaml);

/* ---- names ---- */

static int fail_no(struct lens_loader *l, const struct conf_node *at, const char *what,
                   const char *name)
{
	return conf_fail(&l->to->doc, at, l->fault, "the model %s %s has no %s \"%s\"", l->m->id,
	                 l->m->version, what, name);
}

static int find_indicator(struct lens_loader *l, const struct conf_node *at, const char *id,
                          bool context, const struct model_indicator **out)
{
	*out = model_indicator_named(l->m, id);
	if (*out == NULL || ((*out)->area == NULL) != context) {
		return fail_no(l, at, context ? "figure of context" : "indicator", id);
	}
	return 0;
}

static int find_area(struct lens_loader *l, const struct conf_node *at, const char *id,
                     const struct model_area **out)
{
	for (size_t i = 0; i < l->m->n_areas; i++) {
		if (strcmp(l->m->areas[i].id, id) == 0) {
			*out = &l->m->areas[i];
			return 0;
		}
	}
	return fail_no(l, at, "area", id);
}

static const struct lens_part *part_named(const struct lens *lens, const char *id)
{
	for (size_t i = 0; i < lens->n_parts; i++) {
		if (strcmp(lens->parts[i].id, id) == 0) {
			return &lens->parts[i];
		}
	}
	return NULL;
}

static int find_part(struct lens_loader *l, const struct conf_node *at, const char *id,
                     const struct lens_part **out)
{
	*out = part_named(&l->to->lens, id);
	return *out != NULL
	               ? 0
	               : conf_fail(&l->to->doc, at, l->fault, "no part \"%s\" in this lens", id);
}

static size_t is_given(const char *text)
{
	return text != NULL ? 1 : 0;
}

static void *alloc(struct lens_loader *l, size_t n, size_t size_bytes)
{
	void *at = arena_alloc(&l->to->arena, (n + 1) * size_bytes);

	if (at == NULL) {
		(void)fault_set(l->fault, -ENOMEM, "%s: out of memory", l->to->doc.path);
	}
	return at;
}

/* ---- parts ---- */

static int read_member(struct lens_loader *l, const struct conf_node *node,
                       const struct member_yaml *in, struct lens_member *out)
{
	const struct conf_node *weight = conf_get(node, "weight");
	int rc = 0;

	if (is_given(in->indicator) + is_given(in->area) + is_given(in->context) != 1) {
		return conf_fail(&l->to->doc, node, l->fault,
		                 "expected one of indicator, area and context");
	}
	if (in->area != NULL) {
		rc = find_area(l, node, in->area, &out->area);
	} else {
		rc = find_indicator(l, node, in->context != NULL ? in->context : in->indicator,
		                    in->context != NULL, &out->indicator);
	}
	if (rc != 0) {
		return rc;
	}
	if ((in->area != NULL && conf_is_null(weight)) ||
	    (!conf_is_null(weight) && (in->context != NULL || !(in->weight > 0)))) {
		return conf_fail(&l->to->doc, weight != NULL ? weight : node, l->fault,
		                 "expected a weight above 0 for an area, one above 0 or none for "
		                 "an indicator, none for a figure of context");
	}
	out->weight = !conf_is_null(weight) ? in->weight
	              : in->context != NULL ? 0
	                                    : out->indicator->weight;
	out->presence = in->presence;
	return 0;
}

static int read_presence(struct lens_loader *l, const struct conf_node *node, struct lens_part *out)
{
	const struct conf_node *list = conf_get(node, "presence");
	size_t members = 0;

	for (const struct conf_node *n = list != NULL ? list->first : NULL; n != NULL;
	     n = n->next) {
		double *score = &out->presence[out->n_presence++];

		if (slice_double(slice_of(n->text), false, score) != 0 ||
		    !(*score >= 1 && *score <= MODEL_STAGES)) {
			return conf_fail(&l->to->doc, n, l->fault, "expected a score from 1 to %d",
			                 MODEL_STAGES);
		}
	}
	for (size_t i = 0; i < out->n_members; i++) {
		members += out->members[i].presence;
	}
	return members == out->n_presence
	               ? 0
	               : conf_fail(&l->to->doc, node, l->fault,
	                           "%zu members with presence, %zu scores in presence: expected as "
	                           "many",
	                           members, out->n_presence);
}

static int read_part(struct lens_loader *l, const struct conf_node *node,
                     const struct part_yaml *in, struct lens_part *out)
{
	const struct member_yaml *items = in->members.items;
	struct lens_member *members = alloc(l, in->members.count, sizeof(*members));
	size_t i = 0;
	int rc = members != NULL ? 0 : -ENOMEM;

	if (rc == 0 && part_named(&l->to->lens, in->id) != NULL) {
		return conf_fail(&l->to->doc, node, l->fault,
		                 "\"%s\" is the id of a part above already", in->id);
	}
	for (const struct conf_node *n = conf_get(node, "members")->first; rc == 0 && n != NULL;
	     n = n->next, i++) {
		rc = read_member(l, n, &items[i], &members[i]);
	}
	if (rc != 0) {
		return rc;
	}
	*out = (struct lens_part){ .id = in->id,
		                   .name = loader_text(in->name, in->name_de),
		                   .figures = in->figures,
		                   .members = members,
		                   .n_members = in->members.count };
	return read_presence(l, node, out);
}

static int read_parts(struct lens_loader *l, const struct lens_yaml *in)
{
	const struct part_yaml *items = in->parts.items;
	struct lens_part *parts = alloc(l, in->parts.count, sizeof(*parts));
	const struct conf_node *list = conf_get(l->to->doc.root, "parts");
	int rc = parts != NULL ? 0 : -ENOMEM;

	l->to->lens.parts = parts;
	if (rc == 0 && in->parts.count == 0) {
		return conf_fail(&l->to->doc, list, l->fault, "expected at least one part");
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		size_t i = l->to->lens.n_parts;

		rc = read_part(l, n, &items[i], &parts[i]);
		l->to->lens.n_parts++;
	}
	return rc;
}

/* ---- stages ---- */

static int read_need(struct lens_loader *l, const struct conf_node *node,
                     const struct need_yaml *in, struct lens_need *out)
{
	bool limit = !conf_is_null(conf_get(node, "at_least"));

	if (is_given(in->indicator) + is_given(in->area) + is_given(in->part) +
	            is_given(in->present_of) !=
	    1) {
		return conf_fail(&l->to->doc, node, l->fault,
		                 "expected one of indicator, area, part and present_of");
	}
	if (limit == in->assessed || (in->present_of != NULL && in->assessed)) {
		return conf_fail(&l->to->doc, node, l->fault,
		                 "expected at_least with a number, or assessed: true");
	}
	out->at_least = limit ? in->at_least : NAN;
	if (in->indicator != NULL) {
		out->ask = LENS_ASK_INDICATOR;
		return find_indicator(l, node, in->indicator, false, &out->indicator);
	}
	if (in->area != NULL) {
		out->ask = LENS_ASK_AREA;
		return find_area(l, node, in->area, &out->area);
	}
	out->ask = in->part != NULL ? LENS_ASK_PART : LENS_ASK_PRESENT;
	return find_part(l, node, in->part != NULL ? in->part : in->present_of, &out->part);
}

static int read_stage(struct lens_loader *l, const struct conf_node *node,
                      const struct stage_yaml *in, struct lens_stage *out)
{
	const struct need_yaml *items = in->needs.items;
	const struct conf_node *list = conf_get(node, "needs");
	struct lens_need *needs = alloc(l, in->needs.count, sizeof(*needs));
	size_t i = 0;
	int rc = needs != NULL ? 0 : -ENOMEM;

	*out = (struct lens_stage){ in->name, needs, in->needs.count };
	for (const struct conf_node *n = in->needs.count > 0 ? list->first : NULL;
	     rc == 0 && n != NULL; n = n->next, i++) {
		rc = read_need(l, n, &items[i], &needs[i]);
	}
	return rc;
}

static int read_stages(struct lens_loader *l, const struct lens_yaml *in)
{
	const struct stage_yaml *items = in->stages.items;
	const struct conf_node *list = conf_get(l->to->doc.root, "stages");
	struct lens_stage *stages = alloc(l, in->stages.count, sizeof(*stages));
	size_t i = 0;
	int rc = stages != NULL ? 0 : -ENOMEM;

	l->to->lens.stages = stages;
	l->to->lens.n_stages = in->stages.count;
	for (const struct conf_node *n = in->stages.count > 0 ? list->first : NULL;
	     rc == 0 && n != NULL; n = n->next, i++) {
		rc = read_stage(l, n, &items[i], &stages[i]);
	}
	return rc;
}

/* ---- the whole ---- */

static int read_lens(struct lens_loader *l)
{
	struct lens *out = &l->to->lens;
	struct lens_yaml in;
	int rc = conf_bind(&l->to->doc, l->to->doc.root, &lens_schema, &in, l->fault);
	bool known = false;

	if (rc != 0) {
		return rc;
	}
	for (size_t i = 0; i < l->m->n_sources; i++) {
		known |= strcmp(l->m->sources[i].id, in.source) == 0;
	}
	if (!known) {
		return fail_no(l, conf_get(l->to->doc.root, "source"), "source", in.source);
	}
	out->id = in.lens;
	out->name = loader_text(in.name, in.name_de);
	out->note = loader_text(in.note != NULL ? in.note : "", in.note_de);
	out->source = in.source;
	out->min_coverage = in.min_coverage;
	out->drivers = in.drivers;
	rc = read_parts(l, &in);
	return rc != 0 ? rc : read_stages(l, &in);
}

int lens_parse(struct lens **out, const char *path, const void *data, size_t len_bytes,
               const struct model *m, struct fault *fault)
{
	struct lens_loaded *to = calloc(1, sizeof(*to));
	struct lens_loader l = { to, m, fault };
	int rc;

	if (to == NULL) {
		return fault_set(fault, -ENOMEM, "%s: out of memory", path);
	}
	arena_init(&to->arena, LENS_ARENA_MAX_BYTES);
	rc = conf_parse(&to->doc, path, data, len_bytes, fault);
	if (rc != 0) {
		free(to);
		return rc;
	}
	if (to->doc.root == NULL || to->doc.root->kind != CONF_MAP) {
		rc = fault_set(fault, -EINVAL, "%s: expected keys with values", path);
	} else {
		rc = read_lens(&l);
	}
	if (rc != 0) {
		lens_free(&to->lens);
		return rc;
	}
	*out = &to->lens;
	return 0;
}

int lens_load(struct lens **out, const char *path, const struct model *m, struct fault *fault)
{
	char *text = NULL;
	size_t len_bytes = 0;
	int rc = conf_read_file(path, " the lens", &text, &len_bytes, fault);

	if (rc == 0) {
		rc = lens_parse(out, path, text, len_bytes, m, fault);
		free(text);
	}
	return rc;
}

void lens_free(struct lens *lens)
{
	struct lens_loaded *to = (struct lens_loaded *)lens;

	if (to == NULL) {
		return;
	}
	conf_free(&to->doc);
	arena_free(&to->arena);
	free(to);
}
