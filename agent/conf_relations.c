#include "agent/conf_relations.h"

#include <string.h>

#define CEL         "cel"
#define CDR         "cdr"
#define QUEUE_LOG   "queue_log"
#define AMI         "ami"
#define NO_HANDOFFS "no_handoffs"
#define NO_CONTACTS "no_contacts"
#define NO_CALLS    "no_calls"

static size_t index_of(const struct agent_conf *conf, const char *kind)
{
	size_t i = 0;

	while (conf->kinds[i] != NULL && strcmp(conf->kinds[i]->name, kind) != 0) {
		i++;
	}
	return i;
}

static const struct conf_item *switch_of(const struct source_ops *kind, const char *name)
{
	for (size_t i = 0; i < kind->schema->n_items; i++) {
		const struct conf_item *item = &kind->schema->items[i];

		if (item->type == CONF_BOOL && strcmp(item->name, name) == 0) {
			return item;
		}
	}
	return NULL;
}

static void leave(const struct source_ops *kind, void *entry, const char *name)
{
	const struct conf_item *item = switch_of(kind, name);
	bool yes = true;

	if (item != NULL) {
		memcpy((char *)entry + item->offset, &yes, sizeof(yes));
	}
}

static bool is_on(const struct source_ops *kind, const void *entry, const char *name)
{
	const struct conf_item *item = switch_of(kind, name);
	bool on = false;

	if (item != NULL) {
		memcpy(&on, (const char *)entry + item->offset, sizeof(on));
	}
	return on;
}

void agent_conf_leave_to(const struct source_ops *kind, void *entry, const char *teller)
{
	if (strcmp(teller, CEL) == 0) {
		leave(kind, entry, NO_HANDOFFS);
		leave(kind, entry, NO_CALLS);
	} else if (strcmp(teller, QUEUE_LOG) == 0) {
		leave(kind, entry, NO_CONTACTS);
	}
}

static void leave_all(struct agent_conf *conf, const char *teller)
{
	for (size_t k = 0; conf->kinds[k] != NULL; k++) {
		char *entry = conf->sources[k].items;

		for (size_t i = 0; i < conf->sources[k].count; i++) {
			agent_conf_leave_to(conf->kinds[k],
			                    entry + i * conf->kinds[k]->schema->struct_size,
			                    teller);
		}
	}
}

static bool has(const struct agent_conf *conf, const char *kind)
{
	size_t at = index_of(conf, kind);

	return conf->kinds[at] != NULL && conf->sources[at].count > 0;
}

/* A manager interface that tells channel events is as good as their log. */
static bool hears_calls(const struct agent_conf *conf)
{
	size_t at = index_of(conf, AMI);

	for (size_t i = 0; conf->kinds[at] != NULL && i < conf->sources[at].count; i++) {
		const void *entry = agent_conf_entry(conf, at, i);

		if (is_on(conf->kinds[at], entry, "calls") &&
		    !is_on(conf->kinds[at], entry, NO_CALLS)) {
			return true;
		}
	}
	return false;
}

static void leave_handoffs_of_logs(struct agent_conf *conf)
{
	size_t at = index_of(conf, QUEUE_LOG);
	char *entry = conf->kinds[at] != NULL ? conf->sources[at].items : NULL;

	for (size_t i = 0; entry != NULL && i < conf->sources[at].count; i++) {
		leave(conf->kinds[at], entry + i * conf->kinds[at]->schema->struct_size,
		      NO_HANDOFFS);
	}
}

void agent_conf_relate(struct agent_conf *conf)
{
	if (has(conf, CEL)) {
		leave_all(conf, CEL);
	}
	if (has(conf, QUEUE_LOG)) {
		leave_all(conf, QUEUE_LOG);
	}
	if (hears_calls(conf)) {
		leave_handoffs_of_logs(conf);
	}
}

/* Of the types that the two sources' schemas use. */
static size_t size_of(enum conf_type type, const struct conf_schema *section)
{
	switch ((int)type) {
	case CONF_TEXT:
		return sizeof(const char *);
	case CONF_BOOL:
		return sizeof(bool);
	case CONF_INT:
	case CONF_DURATION:
		return sizeof(int64_t);
	case CONF_SECTION:
		return section->struct_size;
	default: /* paths and lists are the files */
		return 0;
	}
}

void agent_conf_inherit(const struct agent_conf *conf, const struct source_ops *kind, void *entry)
{
	size_t at = index_of(conf, kind->name);

	if ((strcmp(kind->name, CEL) != 0 && strcmp(kind->name, CDR) != 0 &&
	     strcmp(kind->name, AMI) != 0 && kind != &source_fs_csv) ||
	    conf->kinds[at] == NULL || conf->sources[at].count == 0) {
		return;
	}
	for (size_t i = 0; i < kind->schema->n_items; i++) {
		const struct conf_item *item = &kind->schema->items[i];

		memcpy((char *)entry + item->offset,
		       (const char *)agent_conf_entry(conf, at, 0) + item->offset,
		       size_of(item->type, item->section));
	}
}
