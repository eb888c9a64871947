/* What the parts of a model file say about one another by id: counter-indicators, the areas an
 * overall index needs, and dependencies, which must not go in a circle. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/model/model_load.h"

/* The check for circles compares every dependency with every other one. */
#define DEPENDENCIES_MAX  512
#define CIRCLE_TEXT_BYTES 300

/* ---- counters, and what an indicator requires ---- */

static int find_counter(struct loader *l, const struct conf_node *at,
                        const struct model_indicator *of, const struct model_indicator **out)
{
	const struct model_indicator *found =
		at->kind == CONF_SCALAR ? model_indicator_named(&l->to->model, at->text) : NULL;

	if (found == NULL) {
		return conf_fail(LOADER_DOC(l), at, l->fault,
		                 "counters: no indicator and no figure of context \"%s\"",
		                 at->kind == CONF_SCALAR ? at->text : "");
	}
	if (found == of) {
		return conf_fail(LOADER_DOC(l), at, l->fault,
		                 "counters: \"%s\" cannot be its own counter", at->text);
	}
	if (!found->directed) {
		return conf_fail(LOADER_DOC(l), at, l->fault,
		                 "counters: \"%s\" has no direction, so it cannot get worse",
		                 at->text);
	}
	*out = found;
	return 0;
}

static int take_counters(struct loader *l, const struct conf_node *indicator,
                         struct model_indicator *is)
{
	const struct conf_node *list = conf_get(indicator, "counters");
	const struct model_indicator **out;
	int rc = 0;

	if (conf_is_null(list)) {
		return 0;
	}
	out = loader_alloc(l, list->count * sizeof(const struct model_indicator *));
	if (out == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *n = list->first; rc == 0 && n != NULL; n = n->next) {
		rc = find_counter(l, n, is, &out[is->n_counters++]);
	}
	is->counters = out;
	return rc;
}

static int take_required(struct loader *l, const struct conf_node *indicator,
                         struct model_indicator *is)
{
	const struct conf_node *at = conf_get(indicator, "requires");

	if (conf_is_null(at)) {
		return 0;
	}
	for (size_t i = 0; i < is->area->n_indicators; i++) {
		const struct model_indicator *other = &is->area->indicators[i];

		if (other != is && strcmp(other->id, at->text) == 0) {
			is->requires = other;
			return 0;
		}
	}
	return conf_fail(LOADER_DOC(l), at, l->fault,
	                 "requires: no other indicator \"%s\" in its area", at->text);
}

int loader_counters(struct loader *l)
{
	const struct conf_node *area = conf_get(LOADER_DOC(l)->root, "areas")->first;
	int rc = 0;

	for (size_t a = 0; rc == 0 && area != NULL; a++, area = area->next) {
		const struct conf_node *n = conf_get(area, "indicators")->first;

		for (size_t i = 0; rc == 0 && n != NULL; i++, n = n->next) {
			rc = take_counters(l, n, &l->to->model.areas[a].indicators[i]);
			rc = rc != 0 ? rc
			             : take_required(l, n, &l->to->model.areas[a].indicators[i]);
		}
	}
	return rc;
}

/* ---- areas of the overall index ---- */

static const struct model_area *area_named(const struct model *m, const char *id)
{
	for (size_t a = 0; a < m->n_areas; a++) {
		if (strcmp(m->areas[a].id, id) == 0) {
			return &m->areas[a];
		}
	}
	return NULL;
}

int loader_must_areas(struct loader *l)
{
	const struct conf_node *overall =
		conf_get(conf_get(LOADER_DOC(l)->root, "aggregation"), "overall");
	const struct conf_node *list = overall != NULL ? conf_get(overall, "must_areas") : NULL;
	struct model_rules *rules = &l->to->model.rules;

	if ((size_t)rules->min_areas > l->to->model.n_areas) {
		return conf_fail(LOADER_DOC(l), conf_get(overall, "min_areas"), l->fault,
		                 "more than the %zu areas there are", l->to->model.n_areas);
	}
	if (conf_is_null(list)) {
		return 0;
	}
	assert(list != NULL);
	for (const struct conf_node *n = list->first; n != NULL; n = n->next) {
		const struct model_area *area = area_named(&l->to->model, n->text);

		if (area == NULL) {
			return conf_fail(LOADER_DOC(l), n, l->fault, "must_areas: no area \"%s\"",
			                 n->text);
		}
		rules->must_areas[rules->n_must_areas++] = area;
	}
	return 0;
}

/* ---- dependencies ---- */

struct edge {
	const struct conf_node *node;
	const char *first;
	const char *then;
	bool gone; /* nothing that is left leads to it */
};

static const struct edge *before(const struct edge *edges, size_t n, const struct edge *e)
{
	for (size_t i = 0; i < n; i++) {
		if (!edges[i].gone && strcmp(edges[i].then, e->first) == 0) {
			return &edges[i];
		}
	}
	return NULL;
}

/* Every edge that is left has one before it, so walking back ends in the circle. */
static int refuse_circle(struct loader *l, const struct edge *edges, size_t n,
                         const struct edge *from)
{
	char text[CIRCLE_TEXT_BYTES];
	const struct edge *e = from;
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		e = before(edges, n, e);
	}
	from = e;
	do {
		int k = snprintf(text + used, sizeof(text) - used, "%s < ", e->then);

		used += k > 0 && (size_t)k < sizeof(text) - used ? (size_t)k : 0;
		text[used] = '\0'; /* as many as fit, whole */
		e = before(edges, n, e);
	} while (e != from);
	return conf_fail(LOADER_DOC(l), from->node, l->fault,
	                 "the dependencies go in a circle: %s%s", text, from->then);
}

int loader_check_circles(struct loader *l, const struct conf_node *dependencies)
{
	struct edge *edges;
	size_t n = 0;
	bool changed = true;

	if (dependencies->count > DEPENDENCIES_MAX) {
		return conf_fail(LOADER_DOC(l), dependencies, l->fault, "%zu entries, at most %d",
		                 dependencies->count, DEPENDENCIES_MAX);
	}
	edges = loader_alloc(l, dependencies->count * sizeof(*edges));
	if (edges == NULL) {
		return -ENOMEM;
	}
	for (const struct conf_node *d = dependencies->first; d != NULL; d = d->next) {
		edges[n++] = (struct edge){ d, conf_get(d, "first")->text,
			                    conf_get(d, "then")->text, false };
	}
	while (changed) {
		changed = false;
		for (size_t i = 0; i < n; i++) {
			bool free_now = !edges[i].gone && before(edges, n, &edges[i]) == NULL;

			edges[i].gone |= free_now;
			changed |= free_now;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (!edges[i].gone) {
			return refuse_circle(l, edges, n, &edges[i]);
		}
	}
	return 0;
}
