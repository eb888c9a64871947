/*
 * What is wrong with a configuration that types and ranges do not say: names, address, time zone,
 * numbering plan, two sources of one name, a certificate for somebody else.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/conf.h"
#include "common/slice.h"
#include "common/tls.h"
#include "common/when.h"
#include "cxmeter/record.h"

#define PREFIX_MAX_DIGITS 7 /* of a dialling prefix; the longest in use has 6 */

struct judge {
	struct agent_conf *conf;
	agent_conf_problem_fn tell;
	void *arg;
	unsigned problems;
};

static void __attribute__((format(printf, 3, 4)))
problem(struct judge *j, const struct conf_node *at, const char *format, ...)
{
	struct fault fault;
	char text[FAULT_TEXT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)conf_fail(&j->conf->doc, at != NULL ? at : j->conf->doc.root, &fault, "%s", text);
	j->tell(j->arg, fault.text);
	j->problems++;
}

static const struct conf_node *top(const struct judge *j, const char *key)
{
	return conf_get(j->conf->doc.root, key);
}

static void judge_name(struct judge *j, const char *key, const char *name)
{
	if (!tls_name_valid(name)) {
		problem(j, top(j, key),
		        "\"%s\" is no name: letters, digits, dots, hyphens and underscores, at "
		        "most "
		        "%d, the first a letter or digit",
		        name, TLS_NAME_MAX - 1);
	}
}

static void judge_digits(struct judge *j, const char *key, const char *text, size_t min, size_t max)
{
	size_t n = text != NULL ? strlen(text) : min;

	if (n < min || n > max || (text != NULL && strspn(text, "0123456789") != n)) {
		problem(j, top(j, key), "expected %zu to %zu digits, found \"%s\"", min, max, text);
	}
}

/* "host", "host:port", "[v6]:port", "v6" */
static int parse_address(const char *text, char *host, size_t size, uint16_t *port)
{
	struct slice s = slice_of(text);
	const char *colon = strrchr(text, ':');
	struct slice name = s;
	uint64_t number = AGENT_PORT_DEFAULT;
	bool bracket = text[0] == '[';

	if (bracket) {
		const char *close = strchr(text, ']');

		if (close == NULL || (close[1] != '\0' && close[1] != ':')) {
			return -EINVAL;
		}
		name = (struct slice){ text + 1, (size_t)(close - text) - 1 };
		colon = close[1] == ':' ? close + 1 : NULL;
	} else if (colon != NULL && strchr(text, ':') != colon) {
		colon = NULL; /* an IPv6 address without a port */
	} else if (colon != NULL) {
		name.len = (size_t)(colon - text);
	}
	if (colon != NULL &&
	    (slice_u64(slice_of(colon + 1), UINT16_MAX, &number) != 0 || number == 0)) {
		return -EINVAL;
	}
	if (name.len == 0 || name.len >= size || memchr(name.at, '/', name.len) != NULL ||
	    memchr(name.at, ' ', name.len) != NULL) {
		return -EINVAL;
	}
	memcpy(host, name.at, name.len);
	host[name.len] = '\0';
	*port = (uint16_t)number;
	return 0;
}

static void judge_collector(struct judge *j)
{
	struct agent_conf *conf = j->conf;
	const struct conf_node *section = top(j, "collector");

	if (parse_address(conf->collector.address, conf->collector_host,
	                  sizeof(conf->collector_host), &conf->collector_port) != 0) {
		problem(j, conf_get(section, "address"),
		        "expected host, host:port or [IPv6]:port, found \"%s\"",
		        conf->collector.address);
	}
	if (conf->collector.reconnect_min_ms > conf->collector.reconnect_max_ms) {
		problem(j, section, "reconnect_min is longer than reconnect_max");
	}
}

static void judge_spool(struct judge *j)
{
	if (j->conf->spool.quota_bytes < 2 * j->conf->spool.segment_bytes) {
		problem(j, top(j, "spool"),
		        "the quota must hold two segments: space comes back in whole segments");
	}
}

static void judge_record_names(struct judge *j)
{
	struct slice host = slice_of(j->conf->host);

	if (host.len == 0 || host.len > CXM_LABEL_MAX_BYTES || !cxm_utf8_valid(host)) {
		problem(j, top(j, "host"), "expected a name of 1 to %d bytes of UTF-8",
		        CXM_LABEL_MAX_BYTES);
	}
	if (!when_zone_known(j->conf->timezone)) {
		problem(j, top(j, "timezone"),
		        "the system has no zone \"%s\": a name such as Europe/Berlin (package "
		        "tzdata)",
		        j->conf->timezone);
	}
}

/* Positions are kept by instance: two sources with one name would overwrite each other's. */
static void judge_sources_of(struct judge *j, size_t kind)
{
	const struct source_ops *ops = j->conf->kinds[kind];
	const struct conf_node *node = conf_get(top(j, "sources"), ops->name);
	const struct conf_node *at = node != NULL ? node->first : NULL;

	for (size_t i = 0; at != NULL && i < j->conf->sources[kind].count; i++, at = at->next) {
		const char *name = agent_conf_instance(ops, agent_conf_entry(j->conf, kind, i));

		if (name != NULL && strlen(name) > AGENT_INSTANCE_MAX_BYTES) {
			problem(j, at, "the path is longer than %d bytes",
			        AGENT_INSTANCE_MAX_BYTES);
		}
		for (size_t k = 0; name != NULL && k < i; k++) {
			const char *other =
				agent_conf_instance(ops, agent_conf_entry(j->conf, kind, k));

			if (other != NULL && strcmp(name, other) == 0) {
				problem(j, at, "%s: %s stands here a second time", ops->name, name);
			}
		}
	}
}

/* ---- queues on the wire ---- */

/* How many patterns of queues stand in the entries of a kind. */
static size_t queues_of(const struct agent_conf *conf, size_t kind)
{
	const struct conf_schema *schema = conf->kinds[kind]->schema;
	size_t n = 0;

	for (size_t i = 0; i < schema->n_items; i++) {
		const struct conf_item *item = &schema->items[i];

		if (item->type != CONF_TEXTS || strcmp(item->name, "queues") != 0) {
			continue;
		}
		for (size_t k = 0; k < conf->sources[kind].count; k++) {
			const char *entry = agent_conf_entry(conf, kind, k);

			n += ((const struct conf_list *)(const void *)(entry + item->offset))
			             ->count;
		}
	}
	return n;
}

static bool tells_queues(const struct agent_conf *conf, size_t kind)
{
	static const char *const names[] = { "queue_log", "ami", "esl" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(conf->kinds[kind]->name, names[i]) == 0) {
			return conf->sources[kind].count > 0;
		}
	}
	return false;
}

/* The wire knows less of a contact than what runs the queue, and calls it by another name: told by
 * both it would count twice. */
static void judge_queues(struct judge *j)
{
	const char *told = NULL;
	const char *wire = NULL;

	for (size_t i = 0; j->conf->kinds[i] != NULL; i++) {
		const char *name = j->conf->kinds[i]->name;

		if (tells_queues(j->conf, i)) {
			told = name;
		} else if (queues_of(j->conf, i) > 0) {
			told = wire != NULL ? wire : told;
			wire = name;
		}
	}
	if (told != NULL && wire != NULL) {
		problem(j, conf_get(top(j, "sources"), wire),
		        "queues under %s and under %s would count each contact twice: leave "
		        "`queues` out of %s",
		        told, wire, wire);
	}
}

unsigned agent_conf_problems(struct agent_conf *conf, agent_conf_problem_fn tell, void *arg)
{
	struct judge j = { conf, tell, arg, 0 };

	judge_name(&j, "site", conf->site);
	judge_name(&j, "agent", conf->agent);
	judge_record_names(&j);
	judge_digits(&j, "country_code", conf->country_code, 1, 3); /* ITU-T E.164, section 6.2.1 */
	judge_digits(&j, "national_prefix", conf->national_prefix, 0, PREFIX_MAX_DIGITS);
	judge_digits(&j, "international_prefix", conf->international_prefix, 0, PREFIX_MAX_DIGITS);
	judge_collector(&j);
	judge_spool(&j);
	for (size_t i = 0; conf->kinds[i] != NULL; i++) {
		judge_sources_of(&j, i);
	}
	judge_queues(&j);
	return j.problems;
}

int agent_conf_identity(const struct agent_conf *conf, struct fault *fault)
{
	struct tls_identity identity;
	int rc = tls_file_identity(conf->collector.certificate, &identity, fault);

	if (rc != 0) {
		return rc;
	}
	if (strcmp(identity.site, conf->site) != 0 || strcmp(identity.agent, conf->agent) != 0) {
		return fault_set(fault, -EINVAL,
		                 "%s: the certificate is for site %s, agent %s; the configuration "
		                 "says site %s, agent %s",
		                 conf->collector.certificate, identity.site, identity.agent,
		                 conf->site, conf->agent);
	}
	return 0;
}
