/* Target stages from the command line and from a file; see roadmap.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/views/roadmap.h"
#include "common/conf.h"
#include "common/slice.h"
#include "cxmeter/store.h"

static const struct model_area *area_named(const struct model *m, struct slice id)
{
	for (size_t i = 0; i < m->n_areas; i++) {
		if (slice_eq(slice_of(m->areas[i].id), id)) {
			return &m->areas[i];
		}
	}
	return NULL;
}

static void area_names(const struct model *m, struct buf *out)
{
	for (size_t i = 0; i < m->n_areas; i++) {
		buf_printf(out, "%s%s", i > 0 ? ", " : "", m->areas[i].id);
	}
}

static int no_area(const struct model *m, struct slice id, const char *where, struct fault *fault)
{
	struct buf names;
	int rc;

	buf_init(&names, FAULT_TEXT_MAX);
	area_names(m, &names);
	rc = fault_set(fault, -EINVAL, "%s: no area \"%.*s\"; there is: %s", where,
	               id.len < 64 ? (int)id.len : 64, id.at, buf_text(&names));
	buf_free(&names);
	return rc;
}

/* A wish counts where nobody of the same rank or above has one. */
static bool add(struct roadmap_wishes *to, const struct roadmap_wish *wish)
{
	for (size_t i = 0; i < to->n; i++) {
		if (to->at[i].area == wish->area) {
			if (to->at[i].from == wish->from) {
				return false;
			}
			to->at[i] = wish->from > to->at[i].from ? *wish : to->at[i];
			return true;
		}
	}
	to->at[to->n++] = *wish; /* one an area: there is room */
	return true;
}

int roadmap_wishes_text(struct roadmap_wishes *out, const char *text, const struct model *m,
                        struct fault *fault)
{
	struct slice rest = slice_of(text);

	while (rest.len > 0) {
		struct slice one = slice_trim(slice_cut(&rest, ','));
		struct slice stage = one;
		struct slice id = slice_trim(slice_cut(&stage, '='));
		struct roadmap_wish wish = { .area = area_named(m, id), .from = ROADMAP_OPTION };
		uint64_t n = 0;

		if (slice_u64(slice_trim(stage), MODEL_STAGES, &n) != 0 || n < 1) {
			return fault_set(fault, -EINVAL,
			                 "--target: expected AREA=STAGE with a stage from 1 to %d, "
			                 "such as routing_queueing=3, found \"%.*s\"",
			                 MODEL_STAGES, one.len < 100 ? (int)one.len : 100, one.at);
		}
		wish.stage = (int)n;
		if (wish.area == NULL) {
			return no_area(m, id, "--target", fault);
		}
		if (!add(out, &wish)) {
			return fault_set(fault, -EINVAL, "--target: two targets for %s",
			                 wish.area->id);
		}
	}
	return 0;
}

/* ---- the file ---- */

struct wish_yaml {
	const char *site;
	const char *area;
	int64_t stage;
};

struct wishes_yaml {
	struct conf_list targets;
};

#define WISH(name, type, field, required, min, max, help)                                          \
	{                                                                                          \
		name, type, offsetof(struct wish_yaml, field), required, min, max, NULL, help,     \
			NULL, NULL                                                                 \
	}
static const struct conf_item wish_items[] = {
	WISH("site", CONF_TEXT, site, false, 0, 0, "for this site; without it for every one"),
	WISH("area", CONF_TEXT, area, true, 0, 0, "id of an area of the model"),
	WISH("stage", CONF_INT, stage, true, 1, MODEL_STAGES, "the stage to reach"),
};
static const struct conf_schema wish_schema = { wish_items,
	                                        sizeof(wish_items) / sizeof(wish_items[0]),
	                                        sizeof(struct wish_yaml), CONF_NO_LINE };

static const struct conf_item wishes_items[] = {
	{ "targets", CONF_SECTIONS, offsetof(struct wishes_yaml, targets), true, 0,
	  ROADMAP_WISHES_MAX, NULL, "target stages", &wish_schema, NULL },
};
static const struct conf_schema wishes_schema = { wishes_items, 1, sizeof(struct wishes_yaml),
	                                          CONF_NO_LINE };

static int take(struct roadmap_wishes *out, const struct conf_doc *doc,
                const struct conf_node *node, const struct wish_yaml *in, const struct model *m,
                struct fault *fault)
{
	struct roadmap_wish wish = { .stage = (int)in->stage,
		                     .area = area_named(m, slice_of(in->area)),
		                     .from = in->site != NULL ? ROADMAP_FILE_SITE : ROADMAP_FILE };
	struct buf names;
	int rc;

	if (wish.area != NULL) {
		return add(out, &wish)
		               ? 0
		               : conf_fail(doc, node, fault, "two targets for %s", wish.area->id);
	}
	buf_init(&names, FAULT_TEXT_MAX);
	area_names(m, &names);
	rc = conf_fail(doc, conf_get(node, "area"), fault, "no area \"%s\"; there is: %s", in->area,
	               buf_text(&names));
	buf_free(&names);
	return rc;
}

static int take_all(struct roadmap_wishes *out, struct conf_doc *doc, const char *site,
                    const struct model *m, struct fault *fault)
{
	struct roadmap_wishes others = { 0 }; /* of other sites: only checked */
	struct wishes_yaml in;
	const struct wish_yaml *wishes;
	size_t i = 0;
	int rc = conf_bind(doc, doc->root, &wishes_schema, &in, fault);

	if (rc != 0 || in.targets.count == 0) {
		return rc;
	}
	wishes = in.targets.items;
	for (const struct conf_node *n = conf_get(doc->root, "targets")->first;
	     rc == 0 && n != NULL; n = n->next, i++) {
		bool mine = wishes[i].site == NULL || strcmp(wishes[i].site, site) == 0;

		others.n = 0;
		rc = take(mine ? out : &others, doc, n, &wishes[i], m, fault);
	}
	return rc;
}

int roadmap_wishes_parse(struct roadmap_wishes *out, const char *path, struct slice text,
                         const char *site, const struct model *m, struct fault *fault)
{
	struct conf_doc doc;
	int rc = conf_parse(&doc, path, text.at, text.len, fault);

	if (rc != 0) {
		return rc;
	}
	rc = doc.root != NULL && doc.root->kind == CONF_MAP
	             ? take_all(out, &doc, site, m, fault)
	             : fault_set(fault, -EINVAL, "%s: expected \"targets\": a list", path);
	conf_free(&doc);
	return rc;
}

int roadmap_wishes_file(struct roadmap_wishes *out, const char *path, const char *site,
                        const struct model *m, struct fault *fault)
{
	char *text = NULL;
	size_t len_bytes = 0;
	int rc = conf_read_file(path, " the targets", &text, &len_bytes, fault);

	if (rc == 0) {
		rc = roadmap_wishes_parse(out, path, (struct slice){ text, len_bytes }, site, m,
		                          fault);
		free(text);
	}
	return rc;
}
