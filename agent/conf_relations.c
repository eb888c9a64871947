#include "agent/conf_relations.h"

#include <string.h>

#define CEL         "cel"
#define CDR         "cdr"
#define NO_HANDOFFS "no_handoffs"

static size_t index_of(const struct agent_conf *conf, const char *kind)
{
	size_t i = 0;

	while (conf->kinds[i] != NULL && strcmp(conf->kinds[i]->name, kind) != 0) {
		i++;
	}
	return i;
}

void agent_conf_leave_handoffs_of(const struct source_ops *kind, void *entry)
{
	for (size_t i = 0; i < kind->schema->n_items; i++) {
		const struct conf_item *item = &kind->schema->items[i];
		bool yes = true;

		if (item->type == CONF_BOOL && strcmp(item->name, NO_HANDOFFS) == 0) {
			memcpy((char *)entry + item->offset, &yes, sizeof(yes));
		}
	}
}

void agent_conf_leave_handoffs(struct agent_conf *conf)
{
	size_t cel = index_of(conf, CEL);

	if (conf->kinds[cel] == NULL || conf->sources[cel].count == 0) {
		return;
	}
	for (size_t k = 0; conf->kinds[k] != NULL; k++) {
		char *entry = conf->sources[k].items;

		for (size_t i = 0; i < conf->sources[k].count; i++) {
			agent_conf_leave_handoffs_of(
				conf->kinds[k], entry + i * conf->kinds[k]->schema->struct_size);
		}
	}
}

/* Of the types that the two sources' schemas use. */
static size_t size_of(enum conf_type type)
{
	switch ((int)type) {
	case CONF_TEXT:
		return sizeof(const char *);
	case CONF_BOOL:
		return sizeof(bool);
	case CONF_INT:
	case CONF_DURATION:
		return sizeof(int64_t);
	default: /* paths and lists are the files */
		return 0;
	}
}

void agent_conf_inherit(const struct agent_conf *conf, const struct source_ops *kind, void *entry)
{
	size_t at = index_of(conf, kind->name);

	if ((strcmp(kind->name, CEL) != 0 && strcmp(kind->name, CDR) != 0) ||
	    conf->kinds[at] == NULL || conf->sources[at].count == 0) {
		return;
	}
	for (size_t i = 0; i < kind->schema->n_items; i++) {
		const struct conf_item *item = &kind->schema->items[i];

		memcpy((char *)entry + item->offset,
		       (const char *)agent_conf_entry(conf, at, 0) + item->offset,
		       size_of(item->type));
	}
}
