#include "agent/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/conf_relations.h"
#include "common/log.h"
#include "common/when.h"

#define PREFIX_MAX_DIGITS    7 /* of a dialling prefix; the longest in use has 6 */

#define AT(member)           offsetof(struct agent_conf, member)
#define IN_COLLECTOR(member) offsetof(struct agent_conf_collector, member)
#define IN_SPOOL(member)     offsetof(struct agent_conf_spool, member)

/* ---- the keys ---- */

static const struct conf_item collector_items[] = {
	{ .name = "address",
	  .type = CONF_TEXT,
	  .offset = IN_COLLECTOR(address),
	  .required = true,
	  .help = "name or address of the collector, as `host`, `host:port` or `[IPv6]:port`; the "
	          "port is 7443 unless given" },
	{ .name = "ca",
	  .type = CONF_PATH,
	  .offset = IN_COLLECTOR(ca),
	  .required = true,
	  .help = "certificate of the CA that signed the collector's, PEM; several may stand in it "
	          "while one replaces another" },
	{ .name = "certificate",
	  .type = CONF_PATH,
	  .offset = IN_COLLECTOR(certificate),
	  .required = true,
	  .help = "certificate of this agent, PEM, with its chain; read again at each connect" },
	{ .name = "key",
	  .type = CONF_PATH,
	  .offset = IN_COLLECTOR(key),
	  .required = true,
	  .help = "its private key, PEM, readable by its owner only" },
	{ .name = "compress",
	  .type = CONF_BOOL,
	  .offset = IN_COLLECTOR(compress),
	  .def = "no",
	  .help = "send records compressed (zstd): a fifth of the bytes for a little CPU" },
	{ .name = "reconnect_min",
	  .type = CONF_DURATION,
	  .offset = IN_COLLECTOR(reconnect_min_ms),
	  .min = 10,
	  .max = 3600000,
	  .def = "500ms",
	  .help = "shortest pause before connecting again" },
	{ .name = "reconnect_max",
	  .type = CONF_DURATION,
	  .offset = IN_COLLECTOR(reconnect_max_ms),
	  .min = 10,
	  .max = 3600000,
	  .def = "60s",
	  .help = "longest one; pauses double up to it, each shortened at random" },
};

static const struct conf_schema collector_schema = {
	.items = collector_items,
	.n_items = sizeof(collector_items) / sizeof(collector_items[0]),
	.struct_size = sizeof(struct agent_conf_collector),
	.line_offset = CONF_NO_LINE,
};

static const struct conf_item spool_items[] = {
	{ .name = "directory",
	  .type = CONF_PATH,
	  .offset = IN_SPOOL(directory),
	  .def = "/var/spool/cxmeter",
	  .help = "where records wait until the collector has stored them" },
	{ .name = "quota",
	  .type = CONF_SIZE,
	  .offset = IN_SPOOL(quota_bytes),
	  .min = INT64_C(1) << 20,
	  .max = INT64_C(1) << 44,
	  .def = "1GiB",
	  .help = "most it may take; then logs and dropped files wait, packets are lost and "
	          "counted" },
	{ .name = "segment",
	  .type = CONF_SIZE,
	  .offset = IN_SPOOL(segment_bytes),
	  .min = 4096,
	  .max = INT64_C(1) << 30,
	  .def = "8MiB",
	  .help = "size of one of its files; space comes back in such pieces" },
};

static const struct conf_schema spool_schema = {
	.items = spool_items,
	.n_items = sizeof(spool_items) / sizeof(spool_items[0]),
	.struct_size = sizeof(struct agent_conf_spool),
	.line_offset = CONF_NO_LINE,
};

static const struct conf_item top_items[] = {
	{ .name = "site",
	  .type = CONF_TEXT,
	  .offset = AT(site),
	  .required = true,
	  .help = "name of the contact centre, as in the certificate (urn:cxmeter:SITE:AGENT)" },
	{ .name = "agent",
	  .type = CONF_TEXT,
	  .offset = AT(agent),
	  .required = true,
	  .help = "name of this agent, as in the certificate" },
	{ .name = "host",
	  .type = CONF_TEXT,
	  .offset = AT(host),
	  .help = "name of this host in records; the system's host name unless given" },
	{ .name = "timezone",
	  .type = CONF_TEXT,
	  .offset = AT(timezone),
	  .help = "IANA name of the zone local times are in, `Europe/Berlin`; the system's unless "
	          "given" },
	{ .name = "site_key",
	  .type = CONF_PATH,
	  .offset = AT(site_key),
	  .required = true,
	  .help = "key of the pseudonyms, the same file on all hosts of a site (cxmeter-agent "
	          "keygen)" },
	{ .name = "country_code",
	  .type = CONF_TEXT,
	  .offset = AT(country_code),
	  .help = "digits, `49`: telephone numbers are brought to international form before they "
	          "become pseudonyms; none: they stay as dialled" },
	{ .name = "national_prefix",
	  .type = CONF_TEXT,
	  .offset = AT(national_prefix),
	  .def = "0",
	  .help = "dialled before national numbers; `\"\"` where there is none" },
	{ .name = "international_prefix",
	  .type = CONF_TEXT,
	  .offset = AT(international_prefix),
	  .def = "00",
	  .help = "dialled before a country code" },
	{ .name = "simulated",
	  .type = CONF_BOOL,
	  .offset = AT(simulated),
	  .def = "no",
	  .help = "what it reads is made up (cxmeter simulate); never joins real evidence" },
	{ .name = "collector",
	  .type = CONF_SECTION,
	  .offset = AT(collector),
	  .section = &collector_schema,
	  .help = "where records go" },
	{ .name = "spool",
	  .type = CONF_SECTION,
	  .offset = AT(spool),
	  .section = &spool_schema,
	  .help = "where they wait" },
	{ .name = "commit_interval",
	  .type = CONF_DURATION,
	  .offset = AT(commit_interval_ms),
	  .min = 1,
	  .max = 60000,
	  .def = "200ms",
	  .help = "a record is safe on disk this long after it was made, at the latest" },
	{ .name = "user",
	  .type = CONF_TEXT,
	  .offset = AT(user),
	  .help = "user to become when started by root" },
	{ .name = "log_level",
	  .type = CONF_TEXT,
	  .offset = AT(log_level),
	  .def = "info",
	  .choices = log_level_names,
	  .help = "`error`, `warning`, `info` or `debug`" },
};

#define N_TOP (sizeof(top_items) / sizeof(top_items[0]))

/* The table above with the kinds of sources below it, whose schemas are known at run time only. */
struct schema {
	struct conf_item top[N_TOP + 1];
	struct conf_item kinds[AGENT_KINDS_MAX];
	struct conf_schema sources;
	struct conf_schema all;
};

static void make_schema(struct schema *s, const struct source_ops *const *kinds)
{
	size_t n = 0;

	*s = (struct schema){ 0 };
	for (; n < AGENT_KINDS_MAX && kinds[n] != NULL; n++) {
		s->kinds[n] = (struct conf_item){ .name = kinds[n]->name,
			                          .type = CONF_SECTIONS,
			                          .offset = n * sizeof(struct conf_list),
			                          .max = AGENT_INSTANCES_MAX,
			                          .section = kinds[n]->schema,
			                          .help = "sources of this kind, one an entry" };
	}
	s->sources = (struct conf_schema){ .items = s->kinds,
		                           .n_items = n,
		                           .struct_size = n * sizeof(struct conf_list),
		                           .line_offset = CONF_NO_LINE };
	memcpy(s->top, top_items, sizeof(top_items));
	s->top[N_TOP] = (struct conf_item){ .name = "sources",
		                            .type = CONF_SECTION,
		                            .offset = AT(sources),
		                            .section = &s->sources,
		                            .help = "what evidence is made from" };
	s->all = (struct conf_schema){ .items = s->top,
		                       .n_items = N_TOP + 1,
		                       .struct_size = sizeof(struct agent_conf),
		                       .line_offset = CONF_NO_LINE };
}

void agent_conf_describe(const struct source_ops *const *kinds, FILE *out)
{
	struct schema schema;

	make_schema(&schema, kinds);
	(void)fputs("| key | type | default | meaning |\n|---|---|---|---|\n", out);
	conf_describe(&schema.all, "", out);
}

/* ---- reading ---- */

/* The zone of this host: /etc/timezone holds its name (Debian), /etc/localtime points to it. */
static void system_zone(char *out, size_t size)
{
	static const char marker[] = "/zoneinfo/";
	char link[512];
	FILE *file = fopen("/etc/timezone", "re");
	ssize_t n;
	const char *name;

	(void)snprintf(out, size, "UTC");
	if (file != NULL) {
		char line[AGENT_HOST_MAX];
		bool found = fgets(line, sizeof(line), file) != NULL;

		(void)fclose(file);
		line[found ? strcspn(line, "\r\n \t") : 0] = '\0';
		if (found && when_zone_known(line)) {
			(void)snprintf(out, size, "%s", line);
			return;
		}
	}
	n = readlink("/etc/localtime", link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	name = strstr(link, marker);
	if (name != NULL && when_zone_known(name + sizeof(marker) - 1)) {
		(void)snprintf(out, size, "%s", name + sizeof(marker) - 1);
	}
}

static void fill_defaults(struct agent_conf *conf)
{
	if (conf->host == NULL) {
		if (gethostname(conf->own_host, sizeof(conf->own_host) - 1) != 0) {
			conf->own_host[0] = '\0'; /* which is judged like any other name */
		}
		conf->host = conf->own_host;
	}
	if (conf->timezone == NULL) {
		system_zone(conf->own_timezone, sizeof(conf->own_timezone));
		conf->timezone = conf->own_timezone;
	}
}

int agent_conf_read(struct agent_conf *conf, const char *path,
                    const struct source_ops *const *kinds, struct fault *fault)
{
	struct schema schema;
	struct conf_doc doc;
	int rc = conf_load(&doc, path, fault);

	if (rc != 0) {
		return rc;
	}
	make_schema(&schema, kinds);
	rc = conf_bind(&doc, doc.root, &schema.all, conf, fault);
	if (rc != 0) {
		conf_free(&doc);
		return rc;
	}
	conf->doc = doc;
	conf->kinds = kinds;
	fill_defaults(conf);
	agent_conf_relate(conf);
	return 0;
}

void agent_conf_free(struct agent_conf *conf)
{
	conf_free(&conf->doc);
}

static void keep_first(void *arg, const char *text)
{
	struct fault *fault = arg;

	if (fault != NULL && fault->code == 0) {
		(void)fault_set(fault, -EINVAL, "%s", text);
	}
}

int agent_conf_load(struct agent_conf *conf, const char *path,
                    const struct source_ops *const *kinds, struct fault *fault)
{
	int rc = agent_conf_read(conf, path, kinds, fault);

	if (rc != 0) {
		return rc;
	}
	if (fault != NULL) {
		fault->code = 0;
	}
	if (agent_conf_problems(conf, keep_first, fault) > 0) {
		agent_conf_free(conf);
		return -EINVAL;
	}
	return 0;
}

/* ---- sources ---- */

const void *agent_conf_entry(const struct agent_conf *conf, size_t kind, size_t i)
{
	return (const char *)conf->sources[kind].items + i * conf->kinds[kind]->schema->struct_size;
}

unsigned agent_conf_line(const struct agent_conf *conf, size_t kind, size_t i)
{
	const struct conf_node *list =
		conf_get(conf_get(conf->doc.root, "sources"), conf->kinds[kind]->name);
	const struct conf_node *at = list != NULL ? list->first : NULL;

	while (at != NULL && i > 0) {
		at = at->next;
		i--;
	}
	return at != NULL ? at->line : 0;
}

const char *agent_conf_instance(const struct source_ops *kind, const void *entry)
{
	for (size_t i = 0; i < kind->schema->n_items; i++) {
		const struct conf_item *item = &kind->schema->items[i];
		const char *text = NULL;

		if (item->type == CONF_TEXT || item->type == CONF_PATH) {
			memcpy(&text, (const char *)entry + item->offset, sizeof(text));
		}
		if (text != NULL && text[0] != '\0') {
			return text;
		}
	}
	return NULL;
}

int agent_conf_bind_text(const struct source_ops *kind, const char *yaml, struct conf_doc *doc,
                         void **entry, struct fault *fault)
{
	int rc = conf_parse(doc, "command line", yaml, strlen(yaml), fault);

	if (rc != 0) {
		return rc;
	}
	*entry = arena_alloc(&doc->arena, kind->schema->struct_size);
	rc = *entry != NULL ? conf_bind(doc, doc->root, kind->schema, *entry, fault)
	                    : fault_set(fault, -ENOMEM, "out of memory");
	if (rc != 0) {
		conf_free(doc);
	}
	return rc;
}

/* ---- reloading ---- */

static bool same_node(const struct conf_node *a, const struct conf_node *b)
{
	return a->kind == b->kind && a->count == b->count &&
	       (a->key == NULL ? b->key == NULL : b->key != NULL && strcmp(a->key, b->key) == 0) &&
	       (a->kind != CONF_SCALAR || strcmp(a->text, b->text) == 0);
}

/* Two trees, side by side, with a stack of our own: they come from a file. */
static bool same_tree(const struct conf_node *a, const struct conf_node *b)
{
	struct {
		const struct conf_node *a;
		const struct conf_node *b;
	} stack[CONF_DEPTH_MAX + 1] = { { a, b } };
	size_t depth = 1;
	bool first = true;

	if (a == NULL || b == NULL) {
		return a == b;
	}
	while (depth > 0) {
		const struct conf_node *x = stack[depth - 1].a;
		const struct conf_node *y = stack[depth - 1].b;

		if (x == NULL || y == NULL) {
			if (x != y) {
				return false;
			}
			depth--;
			continue;
		}
		if (!same_node(x, y)) {
			return false;
		}
		stack[depth - 1].a = first ? NULL : x->next; /* not the siblings of the root */
		stack[depth - 1].b = first ? NULL : y->next;
		first = false;
		if (x->first != NULL && depth <= CONF_DEPTH_MAX) {
			stack[depth].a = x->first;
			stack[depth].b = y->first;
			depth++;
		}
	}
	return true;
}

const char *agent_conf_fixed(const struct agent_conf *old_conf, const struct agent_conf *new_conf,
                             char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i <= N_TOP; i++) {
		const char *key = i < N_TOP ? top_items[i].name : "sources";
		bool live = strcmp(key, "collector") == 0 || strcmp(key, "log_level") == 0;
		int n;

		if (live || same_tree(conf_get(old_conf->doc.root, key),
		                      conf_get(new_conf->doc.root, key))) {
			continue;
		}
		n = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", key);
		used += n > 0 && (size_t)n < size - used ? (size_t)n : 0;
	}
	return out;
}
