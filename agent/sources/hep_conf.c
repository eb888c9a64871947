/* Keys of `sources: hep:` and the checks a table cannot hold. */
#include "agent/sources/hep.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "agent/sources/local_addr.h"

#define AT(member) offsetof(struct hep_conf, member)

static const struct conf_item items[] = {
	{ .name = "listen",
	  .type = CONF_TEXT,
	  .offset = AT(listen),
	  .def = "127.0.0.1:9060",
	  .help = "Address and port to which SIP servers send HEP3." },
	{ .name = "allow_remote",
	  .type = CONF_BOOL,
	  .offset = AT(allow_remote),
	  .def = "false",
	  .help = "Let `listen` be an address that other hosts reach. HEP3 has no encryption: "
	          "every "
	          "message and the key cross the network in clear." },
	{ .name = "udp", .type = CONF_BOOL, .offset = AT(udp), .def = "true", .help = "Over UDP." },
	{ .name = "tcp", .type = CONF_BOOL, .offset = AT(tcp), .def = "true", .help = "Over TCP." },
	{ .name = "key",
	  .type = CONF_TEXT,
	  .offset = AT(key),
	  .help = "Messages without this authentication key (chunk 0x0e) are refused and "
	          "counted." },
	{ .name = "local",
	  .type = CONF_TEXTS,
	  .offset = AT(local),
	  .max = HEP_LOCAL_MAX,
	  .help = "Addresses of the SIP server, to tell inbound from outbound (default: those this "
	          "host has)." },
	{ .name = "buffer",
	  .type = CONF_SIZE,
	  .offset = AT(buffer_bytes),
	  .min = 65536,
	  .max = INT64_C(1) << 28,
	  .def = "4MiB",
	  .help = "Buffer in the kernel for bursts over UDP; the kernel may allow less "
	          "(net.core.rmem_max)." },
	{ .name = "queues",
	  .type = CONF_TEXTS,
	  .offset = AT(queue.queues),
	  .max = SIP_QUEUE_PATTERNS_MAX,
	  .help = "URIs whose calls are contacts of a queue, such as sip:support@*, `*` for any "
	          "characters; for platforms that tell it in no other way" },
	{ .name = "agents",
	  .type = CONF_TEXTS,
	  .offset = AT(queue.agents),
	  .max = SIP_QUEUE_PATTERNS_MAX,
	  .help = "URIs of agents' phones, such as sip:2*@*" },
	{ .name = "leg_header",
	  .type = CONF_TEXT,
	  .offset = AT(queue.header),
	  .help = "header of the call to an agent that holds the Call-ID of the caller's, such as "
	          "X-Call-ID; without it Session-ID, icid or the caller's number tie them" },
	{ .name = "max_streams",
	  .type = CONF_INT,
	  .offset = AT(max_streams),
	  .min = 16,
	  .max = MEDIA_STREAMS_MAX,
	  .def = "4096",
	  .help = "Streams followed at once that endpoints report on." },
	{ .name = "max_dialogs",
	  .type = CONF_INT,
	  .offset = AT(max_dialogs),
	  .min = 16,
	  .max = DIALOGS_MAX,
	  .def = "65536",
	  .help = "SIP dialogs followed at once." },
	{ .name = "stream_idle",
	  .type = CONF_DURATION,
	  .offset = AT(stream_idle_ms),
	  .min = 1000,
	  .max = 3600000,
	  .def = "30s",
	  .help = "An RTP stream ends after so long without packets." },
	{ .name = "dialog_idle",
	  .type = CONF_DURATION,
	  .offset = AT(dialog_idle_ms),
	  .min = 60000,
	  .max = INT64_C(7) * 86400000,
	  .def = "4h",
	  .help = "A call without SIP messages for so long is over: its BYE was lost." },
};

const struct conf_schema hep_schema = {
	.items = items,
	.n_items = sizeof(items) / sizeof(items[0]),
	.struct_size = sizeof(struct hep_conf),
	.line_offset = offsetof(struct hep_conf, line),
};

static int malformed(const struct hep_conf *conf, struct fault *fault)
{
	return fault_set(fault, -EINVAL,
	                 "hep (line %u): listen: \"%s\" is no address and port: expected one such "
	                 "as 127.0.0.1:9060 or [::1]:9060",
	                 conf->line, conf->listen);
}

static void set_address(struct hep_plan *out, struct net_addr addr, uint16_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&out->at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&out->at;
	uint64_t words[2] = { __builtin_bswap64(addr.high), __builtin_bswap64(addr.low) };

	if (net_addr_is_v4(addr)) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		v4->sin_addr.s_addr = htonl((uint32_t)addr.low);
		out->at_len = sizeof(*v4);
	} else {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		memcpy(&v6->sin6_addr, words, sizeof(words));
		out->at_len = sizeof(*v6);
	}
}

static bool is_loopback(struct net_addr a)
{
	return net_addr_is_v4(a) ? (uint32_t)a.low >> 24 == 127 : a.high == 0 && a.low == 1;
}

static int plan_listen(const struct hep_conf *conf, struct hep_plan *out, struct fault *fault)
{
	const char *colon = strrchr(conf->listen, ':');
	struct slice host = { conf->listen, colon != NULL ? (size_t)(colon - conf->listen) : 0 };
	struct net_addr addr;
	uint64_t port;

	if (host.len == 0 || slice_u64(slice_of(colon + 1), UINT16_MAX, &port) != 0) {
		return malformed(conf, fault);
	}
	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']') {
		host = (struct slice){ host.at + 1, host.len - 2 };
	} else if (memchr(host.at, ':', host.len) != NULL) {
		return malformed(conf, fault);
	}
	if (net_addr_parse(host.at, host.len, &addr) != 0) {
		return malformed(conf, fault);
	}
	if (!is_loopback(addr) && !conf->allow_remote) {
		return fault_set(fault, -EINVAL,
		                 "hep (line %u): listen: %s can be reached from other hosts, and "
		                 "HEP3 has no "
		                 "encryption: listen on 127.0.0.1 and run an agent on each SIP "
		                 "server, or set "
		                 "allow_remote: true where the network between is your own",
		                 conf->line, conf->listen);
	}
	set_address(out, addr, (uint16_t)port);
	return 0;
}

int hep_plan(const struct hep_conf *conf, struct hep_plan *out, struct fault *fault)
{
	struct calls_options *calls = &out->feed.calls;
	int rc;

	*out = (struct hep_plan){ .feed.key = conf->key };
	if (!conf->udp && !conf->tcp) {
		return fault_set(fault, -EINVAL,
		                 "hep (line %u): neither udp nor tcp is set: nothing could come",
		                 conf->line);
	}
	if (conf->key != NULL && conf->key[0] == '\0') {
		return fault_set(fault, -EINVAL,
		                 "hep (line %u): key is empty: leave it out to take messages "
		                 "without one",
		                 conf->line);
	}
	rc = plan_listen(conf, out, fault);
	if (rc == 0) {
		rc = local_addr_parse("hep", conf->line, &conf->local, out->local, fault);
	}
	if (rc == 0) {
		rc = sip_queue_plan("hep", conf->line, &conf->queue, &calls->queue, fault);
	}
	calls->local = out->local;
	calls->n_local = conf->local.count;
	calls->max_streams = (uint32_t)conf->max_streams;
	calls->max_dialogs = (uint32_t)conf->max_dialogs;
	calls->stream_idle_ns = conf->stream_idle_ms * 1000000;
	calls->dialog_idle_ns = conf->dialog_idle_ms * 1000000;
	return rc;
}
