/*
 * Settings of the capture source: packets of an interface or of capture files become Dialog and
 * MediaStream records.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/sources/sip_queue_conf.h"
#include "agent/track/calls.h"
#include "common/conf.h"
#include "common/fault.h"

#define CAPTURE_FILES_MAX 4096
#define CAPTURE_LOCAL_MAX 64

struct capture_conf {
	unsigned line;
	const char *interface;  /* one of these three */
	const char *file;       /* .pcap or .pcapng, also .gz and .zst */
	struct conf_list files; /* the same, read as one capture in order of their first packets */
	struct conf_list sip_ports; /* texts */
	struct conf_list tls_ports; /* texts */
	const char *filter;         /* pcap-filter(7); NULL: everything */
	struct conf_list local;     /* texts: addresses of this host */
	int64_t snaplen_bytes;
	int64_t buffer_bytes;
	struct sip_queue_conf queue;
	int64_t max_streams;
	int64_t max_dialogs;
	int64_t stream_idle_ms;
	int64_t dialog_idle_ms;
	bool promiscuous;
};

extern const struct conf_schema capture_schema;

/* The settings in the form the parts take them. */
struct capture_plan {
	const char *interface;    /* NULL: files */
	const char *const *files; /* borrowed from the configuration */
	size_t n_files;
	struct net_addr local[CAPTURE_LOCAL_MAX];
	struct calls_options calls; /* without observer; `local` points into this struct */
};

/**
 * Check what a schema cannot say and translate. Opens nothing.
 * @return 0 or -EINVAL, explained.
 */
int capture_plan(const struct capture_conf *conf, struct capture_plan *out, struct fault *fault);
