#include "collector/conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "collector/ingest/listener.h"
#include "common/log.h"
#include "common/slice.h"

#define AT(member) offsetof(struct collector_conf, member)

static const struct conf_item items[] = {
	{ .name = "listen",
	  .type = CONF_TEXT,
	  .offset = AT(listen),
	  .def = "0.0.0.0:7443",
	  .help = "address and port to listen on; an IPv6 address stands in brackets; port 0: any "
	          "free one" },
	{ .name = "ca",
	  .type = CONF_PATH,
	  .offset = AT(ca),
	  .required = true,
	  .help = "certificate of the CA that signs agents, PEM; several may stand in it while one "
	          "replaces another" },
	{ .name = "certificate",
	  .type = CONF_PATH,
	  .offset = AT(certificate),
	  .required = true,
	  .help = "certificate of this collector, PEM, with its chain" },
	{ .name = "key",
	  .type = CONF_PATH,
	  .offset = AT(key),
	  .required = true,
	  .help = "its private key, PEM, readable by its owner only" },
	{ .name = "crl",
	  .type = CONF_PATH,
	  .offset = AT(crl),
	  .help = "revocation list of the CA, PEM; read again at a reload" },
	{ .name = "store",
	  .type = CONF_TEXT,
	  .offset = AT(store),
	  .required = true,
	  .help = "where evidence lies: `sqlite:` and a path, relative to this file" },
	{ .name = "allow",
	  .type = CONF_TEXTS,
	  .offset = AT(allow),
	  .max = 65536,
	  .help = "who may send, as `site/agent` or `site/*`; empty: everybody with a certificate "
	          "of the CA" },
	{ .name = "deny",
	  .type = CONF_TEXTS,
	  .offset = AT(deny),
	  .max = 65536,
	  .help = "who may not send, whatever `allow` says" },
	{ .name = "window",
	  .type = CONF_INT,
	  .offset = AT(window_batches),
	  .min = 1,
	  .max = 1024,
	  .def = "16",
	  .help = "batches an agent may have sent that are not yet stored" },
	{ .name = "heartbeat",
	  .type = CONF_DURATION,
	  .offset = AT(heartbeat_ms),
	  .min = 1000,
	  .max = 3600000,
	  .def = "15s",
	  .help = "how often an agent is heard of at least; after three of silence it is gone" },
	{ .name = "ingest_threads",
	  .type = CONF_INT,
	  .offset = AT(ingest_threads),
	  .min = 1,
	  .max = 64,
	  .def = "1",
	  .help = "threads for TLS and decoding; one takes more than SQLite can store" },
	{ .name = "max_connections",
	  .type = CONF_INT,
	  .offset = AT(max_connections),
	  .min = 4,
	  .max = 100000,
	  .def = "2048",
	  .help = "connections at a time; a quarter of them may be without a finished handshake" },
	{ .name = "max_handshakes_per_address",
	  .type = CONF_INT,
	  .offset = AT(max_handshakes_per_address),
	  .min = 1,
	  .max = 100000,
	  .def = "64",
	  .help = "of those, from one address (IPv6: one /64)" },
	{ .name = "queue",
	  .type = CONF_SIZE,
	  .offset = AT(queue_bytes),
	  .min = INT64_C(1024) * 1024,
	  .max = INT64_C(16) * 1024 * 1024 * 1024,
	  .def = "64MiB",
	  .help = "records that wait for the store; above it, agents wait" },
	{ .name = "port_file",
	  .type = CONF_PATH,
	  .offset = AT(port_file),
	  .help = "the port listened on is written here, for port 0" },
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

const struct conf_schema collector_conf_schema = {
	.items = items,
	.n_items = sizeof(items) / sizeof(items[0]),
	.struct_size = sizeof(struct collector_conf),
	.line_offset = CONF_NO_LINE,
};

/* "nord/pbx1", or "nord/" and a star. */
static bool who_valid(const char *who)
{
	struct slice agent = slice_of(who);
	struct slice site = slice_cut(&agent, '/');
	char name[TLS_NAME_MAX];

	if (site.len >= sizeof(name) || agent.len >= sizeof(name)) {
		return false;
	}
	(void)snprintf(name, sizeof(name), "%.*s", (int)site.len, site.at);
	return tls_name_valid(name) && (slice_eq(agent, SLICE("*")) || tls_name_valid(agent.at));
}

static int check_who(struct collector_conf *conf, const char *key, const struct conf_list *list,
                     struct fault *fault)
{
	const char *const *who = list->items;
	const struct conf_node *node = conf_get(conf->doc.root, key);

	for (size_t i = 0; i < list->count; i++) {
		if (!who_valid(who[i])) {
			return conf_fail(&conf->doc, node, fault,
			                 "\"%s\" is neither site/agent nor site/*", who[i]);
		}
	}
	return 0;
}

/* A path in the store's URL is meant like every other path in the file. */
static int resolve_store(struct collector_conf *conf, struct fault *fault)
{
	struct slice path = slice_of(conf->store);
	struct slice scheme = slice_cut(&path, ':');
	const char *slash = strrchr(conf->doc.path, '/');
	char url[4096];
	int n;

	if (path.len == 0) {
		return conf_fail(&conf->doc, conf_get(conf->doc.root, "store"), fault,
		                 "\"%s\" is not a URL such as sqlite:/var/lib/cxmeter/evidence.db",
		                 conf->store);
	}
	if (path.at[0] == '/' || slash == NULL) {
		return 0;
	}
	n = snprintf(url, sizeof(url), "%.*s:%.*s%s", (int)scheme.len, scheme.at,
	             (int)(slash - conf->doc.path) + 1, conf->doc.path, path.at);
	conf->store = n > 0 && (size_t)n < sizeof(url)
	                      ? arena_text(&conf->doc.arena, url, (size_t)n)
	                      : NULL;
	return conf->store != NULL ? 0
	                           : fault_set(fault, -ENAMETOOLONG,
	                                       "%s: the path of `store` is "
	                                       "too long",
	                                       conf->doc.path);
}

static int check_listen(struct collector_conf *conf, struct fault *fault)
{
	const struct conf_node *node = conf_get(conf->doc.root, "listen");
	struct listener_address address;
	struct fault why = { 0 };
	int rc = listener_parse(conf->listen, &address, &why);

	return rc == 0 ? 0 : conf_fail(&conf->doc, node, fault, "%s", why.text);
}

int collector_conf_load(struct collector_conf *conf, const char *path, struct fault *fault)
{
	struct conf_doc doc = { 0 };
	int rc = conf_load(&doc, path, fault);

	if (rc != 0) {
		return rc;
	}
	*conf = (struct collector_conf){ 0 };
	rc = conf_bind(&doc, doc.root, &collector_conf_schema, conf, fault);
	conf->doc = doc;
	if (rc == 0) {
		rc = check_listen(conf, fault);
	}
	if (rc == 0) {
		rc = check_who(conf, "allow", &conf->allow, fault);
	}
	if (rc == 0) {
		rc = check_who(conf, "deny", &conf->deny, fault);
	}
	if (rc == 0) {
		rc = resolve_store(conf, fault);
	}
	if (rc != 0) {
		collector_conf_free(conf);
	}
	return rc;
}

void collector_conf_free(struct collector_conf *conf)
{
	conf_free(&conf->doc);
	*conf = (struct collector_conf){ 0 };
}

static bool listed(const struct conf_list *list, const struct tls_identity *identity)
{
	const char *const *who = list->items;

	for (size_t i = 0; i < list->count; i++) {
		struct slice agent = slice_of(who[i]);
		struct slice site = slice_cut(&agent, '/');

		if (slice_eq(site, slice_of(identity->site)) &&
		    (slice_eq(agent, SLICE("*")) || slice_eq(agent, slice_of(identity->agent)))) {
			return true;
		}
	}
	return false;
}

bool collector_conf_allows(const struct collector_conf *conf, const struct tls_identity *identity)
{
	return !listed(&conf->deny, identity) &&
	       (conf->allow.count == 0 || listed(&conf->allow, identity));
}

/* Of the types a fixed key has. */
static bool same(const struct conf_item *item, const void *a, const void *b)
{
	if (item->type == CONF_TEXT || item->type == CONF_PATH) {
		const char *x = *(const char *const *)a;
		const char *y = *(const char *const *)b;

		return x == y || (x != NULL && y != NULL && strcmp(x, y) == 0);
	}
	return memcmp(a, b, sizeof(int64_t)) == 0;
}

static bool is_fixed(const struct conf_item *item)
{
	static const char *const reloaded[] = { "ca",    "certificate", "key",    "crl",
		                                "allow", "deny",        "window", "heartbeat" };

	for (size_t i = 0; i < sizeof(reloaded) / sizeof(reloaded[0]); i++) {
		if (strcmp(item->name, reloaded[i]) == 0) {
			return false;
		}
	}
	return true;
}

const char *collector_conf_fixed(const struct collector_conf *old_conf,
                                 const struct collector_conf *new_conf, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		const struct conf_item *item = &items[i];

		if (is_fixed(item) && used < size &&
		    !same(item, (const char *)old_conf + item->offset,
		          (const char *)new_conf + item->offset)) {
			int n = snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "",
			                 item->name);

			used += n > 0 ? (size_t)n : 0;
		}
	}
	return out;
}
