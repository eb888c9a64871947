/* Keys of `sources: capture:` and the checks a table cannot hold. */
#include "agent/sources/capture.h"

#include <errno.h>
#include <string.h>

#include "agent/sources/local_addr.h"

static const struct conf_item items[] = {
	{ .name = "interface",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct capture_conf, interface),
	  .help = "network interface to listen on, or `any`" },
	{ .name = "file",
	  .type = CONF_PATH,
	  .offset = offsetof(struct capture_conf, file),
	  .help = "capture file to read instead (pcap or pcapng; plain, .gz or .zst)" },
	{ .name = "files",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct capture_conf, files),
	  .max = CAPTURE_FILES_MAX,
	  .help = "capture files to read as one capture, in the order of their first packets" },
	{ .name = "sip_ports",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct capture_conf, sip_ports),
	  .max = CALLS_SIP_PORTS_MAX,
	  .help = "ports that carry SIP (default 5060); elsewhere SIP is known by its first line" },
	{ .name = "tls_ports",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct capture_conf, tls_ports),
	  .max = SIP_TLS_PORTS_MAX,
	  .help = "ports that carry SIP inside TLS, as of secure WebSocket (default 5061): what "
	          "passes there is counted and reported, as its calls cannot be seen" },
	{ .name = "filter",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct capture_conf, filter),
	  .help = "packets to look at, as in pcap-filter(7); default all" },
	{ .name = "local",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct capture_conf, local),
	  .max = CAPTURE_LOCAL_MAX,
	  .help = "addresses of this host, to tell inbound from outbound (default: those it has; "
	          "of "
	          "files: none)" },
	{ .name = "snaplen",
	  .type = CONF_SIZE,
	  .offset = offsetof(struct capture_conf, snaplen_bytes),
	  .min = 512,
	  .max = 262144,
	  .def = "65535",
	  .help = "bytes kept of each packet; SIP needs whole messages" },
	{ .name = "buffer",
	  .type = CONF_SIZE,
	  .offset = offsetof(struct capture_conf, buffer_bytes),
	  .min = 65536,
	  .max = INT64_C(1) << 30,
	  .def = "16MiB",
	  .help = "buffer in the kernel for bursts" },
	{ .name = "promiscuous",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct capture_conf, promiscuous),
	  .def = "false",
	  .help = "also packets for other hosts (a mirror port)" },
	{ .name = "queues",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct capture_conf, queue.queues),
	  .max = SIP_QUEUE_PATTERNS_MAX,
	  .help = "URIs whose calls are contacts of a queue, such as sip:support@*, `*` for any "
	          "characters; for platforms that tell it in no other way" },
	{ .name = "agents",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct capture_conf, queue.agents),
	  .max = SIP_QUEUE_PATTERNS_MAX,
	  .help = "URIs of agents' phones, such as sip:2*@*" },
	{ .name = "leg_header",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct capture_conf, queue.header),
	  .help = "header of the call to an agent that holds the Call-ID of the caller's, such as "
	          "X-Call-ID; without it Session-ID, icid or the caller's number tie them" },
	{ .name = "max_streams",
	  .type = CONF_INT,
	  .offset = offsetof(struct capture_conf, max_streams),
	  .min = 16,
	  .max = MEDIA_STREAMS_MAX,
	  .def = "16384",
	  .help = "RTP streams followed at once" },
	{ .name = "max_dialogs",
	  .type = CONF_INT,
	  .offset = offsetof(struct capture_conf, max_dialogs),
	  .min = 16,
	  .max = DIALOGS_MAX,
	  .def = "65536",
	  .help = "SIP dialogs followed at once" },
	{ .name = "stream_idle",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct capture_conf, stream_idle_ms),
	  .min = 1000,
	  .max = 3600000,
	  .def = "30s",
	  .help = "an RTP stream ends after so long without packets" },
	{ .name = "dialog_idle",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct capture_conf, dialog_idle_ms),
	  .min = 60000,
	  .max = INT64_C(7) * 86400000,
	  .def = "4h",
	  .help = "a call without SIP messages for so long is over: its BYE was lost" },
};

const struct conf_schema capture_schema = {
	.items = items,
	.n_items = sizeof(items) / sizeof(items[0]),
	.struct_size = sizeof(struct capture_conf),
	.line_offset = offsetof(struct capture_conf, line),
};

static int plan_input(const struct capture_conf *conf, struct capture_plan *out,
                      struct fault *fault)
{
	int given = (conf->interface != NULL) + (conf->file != NULL) + (conf->files.count > 0);

	if (given != 1) {
		return fault_set(fault, -EINVAL,
		                 "capture (line %u): exactly one of interface, file and files must "
		                 "be set, not %d of them",
		                 conf->line, given);
	}
	out->interface = conf->interface;
	out->files = conf->file != NULL ? &conf->file : conf->files.items;
	out->n_files = conf->interface != NULL ? 0 : conf->file != NULL ? 1 : conf->files.count;
	return 0;
}

/* A list of ports; the default where it is empty. */
static int plan_ports(const struct capture_conf *conf, const char *key,
                      const struct conf_list *list, uint16_t *out, struct fault *fault)
{
	const char *const *texts = list->items;

	for (size_t i = 0; i < list->count; i++) {
		uint64_t port;

		if (slice_u64(slice_of(texts[i]), UINT16_MAX, &port) != 0 || port == 0) {
			return fault_set(fault, -EINVAL,
			                 "capture (line %u): %s: \"%s\" is no port: expected 1 to "
			                 "65535",
			                 conf->line, key, texts[i]);
		}
		out[i] = (uint16_t)port;
	}
	return 0;
}

static int plan_sip_ports(const struct capture_conf *conf, struct calls_options *out,
                          struct fault *fault)
{
	int rc = plan_ports(conf, "sip_ports", &conf->sip_ports, out->sip_ports, fault);

	if (rc == 0) {
		rc = plan_ports(conf, "tls_ports", &conf->tls_ports, out->tls_ports, fault);
	}
	out->n_sip_ports = conf->sip_ports.count;
	out->n_tls_ports = conf->tls_ports.count;
	if (out->n_sip_ports == 0) {
		out->sip_ports[out->n_sip_ports++] = CALLS_SIP_PORT;
	}
	if (out->n_tls_ports == 0) {
		out->tls_ports[out->n_tls_ports++] = SIP_TLS_PORT;
	}
	return rc;
}

int capture_plan(const struct capture_conf *conf, struct capture_plan *out, struct fault *fault)
{
	int rc;

	*out = (struct capture_plan){ 0 };
	rc = plan_input(conf, out, fault);
	if (rc == 0) {
		rc = plan_sip_ports(conf, &out->calls, fault);
	}
	if (rc == 0) {
		rc = local_addr_parse("capture", conf->line, &conf->local, out->local, fault);
		out->calls.n_local = conf->local.count;
	}
	if (rc == 0) {
		rc = sip_queue_plan("capture", conf->line, &conf->queue, &out->calls.queue, fault);
	}
	out->calls.local = out->local;
	out->calls.max_streams = (uint32_t)conf->max_streams;
	out->calls.max_dialogs = (uint32_t)conf->max_dialogs;
	out->calls.stream_idle_ns = conf->stream_idle_ms * 1000000;
	out->calls.dialog_idle_ns = conf->dialog_idle_ms * 1000000;
	return rc;
}
