#include "collector/score/views/compare_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "cxmeter/store.h"

#define FACTS_ARENA_MAX_BYTES ((size_t)4 * 1024 * 1024)

struct compare_facts_owner {
	struct conf_doc doc;
	bool has_doc;
	struct arena arena;
};

struct fact_yaml {
	const char *site;
	const char *vendor;
	const char *country;
	struct conf_list queues; /* of struct compare_queue */
};

struct facts_yaml {
	struct conf_list sites;
};

#define TEXT(of, name, field, required, help)                                                      \
	{                                                                                          \
		name, CONF_TEXT, offsetof(struct of, field), required, 0, 0, NULL, help, NULL,     \
			NULL                                                                       \
	}
#define LIST(of, name, field, required, max, help, schema)                                         \
	{                                                                                          \
		name, CONF_SECTIONS, offsetof(struct of, field), required, 0, max, NULL, help,     \
			schema, NULL                                                               \
	}
#define SCHEMA(items, of)                                                                          \
	{                                                                                          \
		items, sizeof(items) / sizeof((items)[0]), sizeof(struct of), CONF_NO_LINE         \
	}

static const struct conf_item queue_items[] = {
	TEXT(compare_queue, "name", name, true, "as the evidence names it"),
	TEXT(compare_queue, "type", type, true,
	     "what kind of contacts it takes, the same at every "
	     "site"),
};
static const struct conf_schema queue_schema = SCHEMA(queue_items, compare_queue);

static const struct conf_item fact_items[] = {
	TEXT(fact_yaml, "site", site, true, "id of the site"),
	TEXT(fact_yaml, "vendor", vendor, false, "platform it runs on"),
	TEXT(fact_yaml, "country", country, false, "where its customers are, such as DE"),
	LIST(fact_yaml, "queues", queues, false, COMPARE_QUEUES_MAX, "kinds of its queues",
	     &queue_schema),
};
static const struct conf_schema fact_schema = SCHEMA(fact_items, fact_yaml);

static const struct conf_item facts_items[] = {
	LIST(facts_yaml, "sites", sites, true, COMPARE_FACTS_MAX, "what is known of each site",
	     &fact_schema),
};
static const struct conf_schema facts_schema = SCHEMA(facts_items, facts_yaml);

static int own(struct compare_facts *to, struct fault *fault)
{
	if (to->owner != NULL) {
		return 0;
	}
	to->owner = calloc(1, sizeof(*to->owner));
	if (to->owner == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	arena_init(&to->owner->arena, FACTS_ARENA_MAX_BYTES);
	return 0;
}

/* A fact more, empty; NULL without memory or beyond the limit. */
static struct compare_fact *add(struct compare_facts *to)
{
	if (to->all == NULL) {
		to->all = calloc(COMPARE_FACTS_MAX, sizeof(*to->all));
	}
	return to->all != NULL && to->n < COMPARE_FACTS_MAX ? &to->all[to->n++] : NULL;
}

const struct compare_fact *compare_fact_of(const struct compare_facts *facts, const char *site)
{
	for (size_t i = 0; i < facts->n; i++) {
		if (strcmp(facts->all[i].site, site) == 0) {
			return &facts->all[i];
		}
	}
	return NULL;
}

struct slice compare_queue_type(const struct compare_fact *fact, struct slice queue)
{
	for (size_t i = 0; fact != NULL && i < fact->n_queues; i++) {
		if (slice_eq(slice_of(fact->queues[i].name), queue)) {
			return slice_of(fact->queues[i].type);
		}
	}
	return queue;
}

/* ---- the file ---- */

static int check_queues(const struct conf_doc *doc, const struct conf_node *node,
                        const struct compare_fact *fact, struct fault *fault)
{
	for (size_t i = 0; i < fact->n_queues; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(fact->queues[i].name, fact->queues[j].name) == 0) {
				return conf_fail(doc, conf_get(node, "queues"), fault,
				                 "queue \"%s\" stands there twice",
				                 fact->queues[i].name);
			}
		}
		if (strlen(fact->queues[i].type) > CXM_LABEL_MAX_BYTES) {
			return conf_fail(doc, conf_get(node, "queues"), fault,
			                 "a type is longer than %d bytes", CXM_LABEL_MAX_BYTES);
		}
	}
	return 0;
}

static int take_all(struct compare_facts *out, struct fault *fault)
{
	struct conf_doc *doc = &out->owner->doc;
	struct facts_yaml in;
	int rc = conf_bind(doc, doc->root, &facts_schema, &in, fault);
	const struct fact_yaml *items;
	size_t i = 0;

	if (rc != 0 || in.sites.count == 0) {
		return rc;
	}
	items = in.sites.items;
	for (const struct conf_node *n = conf_get(doc->root, "sites")->first; rc == 0 && n != NULL;
	     n = n->next, i++) {
		struct compare_fact *fact;

		if (compare_fact_of(out, items[i].site) != NULL) {
			return conf_fail(doc, n, fault, "site \"%s\" stands there twice",
			                 items[i].site);
		}
		fact = add(out);
		if (fact == NULL) {
			return fault_set(fault, -ENOMEM, "%s: out of memory", doc->path);
		}
		*fact = (struct compare_fact){ .site = items[i].site,
			                       .vendor = items[i].vendor,
			                       .country = items[i].country,
			                       .queues = items[i].queues.items,
			                       .n_queues = items[i].queues.count };
		rc = check_queues(doc, n, fact, fault);
	}
	return rc;
}

int compare_facts_parse(struct compare_facts *out, const char *path, const void *data,
                        size_t len_bytes, struct fault *fault)
{
	int rc = own(out, fault);

	rc = rc != 0 ? rc : conf_parse(&out->owner->doc, path, data, len_bytes, fault);
	if (rc != 0) {
		return rc;
	}
	out->owner->has_doc = true;
	return out->owner->doc.root != NULL && out->owner->doc.root->kind == CONF_MAP
	               ? take_all(out, fault)
	               : fault_set(fault, -EINVAL, "%s: expected \"sites\": a list", path);
}

int compare_facts_load(struct compare_facts *out, const char *path, struct fault *fault)
{
	char *text = NULL;
	size_t len_bytes = 0;
	int rc = conf_read_file(path, " the sites", &text, &len_bytes, fault);

	if (rc == 0) {
		rc = compare_facts_parse(out, path, text, len_bytes, fault);
		free(text);
	}
	return rc;
}

/* ---- the command line ---- */

static int set_vendor(struct compare_facts *to, struct slice site, struct slice vendor,
                      struct fault *fault)
{
	const char *name = arena_text(&to->owner->arena, site.at, site.len);
	const char *is = arena_text(&to->owner->arena, vendor.at, vendor.len);
	struct compare_fact *fact = NULL;

	for (size_t i = 0; i < to->n; i++) {
		if (slice_eq(slice_of(to->all[i].site), site)) {
			fact = &to->all[i];
		}
	}
	fact = fact != NULL ? fact : add(to);
	if (name == NULL || is == NULL || fact == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	fact->site = name;
	fact->vendor = is;
	return 0;
}

int compare_facts_vendors(struct compare_facts *to, const char *text, struct fault *fault)
{
	struct slice rest = slice_of(text);
	int rc = own(to, fault);

	while (rc == 0 && rest.len > 0) {
		struct slice one = slice_trim(slice_cut(&rest, ','));
		struct slice vendor = one;
		struct slice site = slice_trim(slice_cut(&vendor, '='));

		vendor = slice_trim(vendor);
		if (site.len == 0 || vendor.len == 0 || vendor.len > STORE_NAME_MAX) {
			return fault_set(fault, -EINVAL,
			                 "--vendor: expected SITE=NAME, such as nord=Asterisk, "
			                 "found \"%.*s\"",
			                 one.len < 100 ? (int)one.len : 100, one.at);
		}
		rc = set_vendor(to, site, vendor, fault);
	}
	return rc;
}

void compare_facts_free(struct compare_facts *facts)
{
	if (facts->owner != NULL) {
		if (facts->owner->has_doc) {
			conf_free(&facts->owner->doc);
		}
		arena_free(&facts->owner->arena);
	}
	free(facts->owner);
	free(facts->all);
	*facts = (struct compare_facts){ 0 };
}
