/* The command line: its options, and the text that explains them. */
#pragma once

#include <getopt.h>

#define AGENT_CONF_DEFAULT    "/etc/cxmeter/agent.yaml"
#define AGENT_TIMEOUT_DEFAULT "60s"

enum agent_option {
	AGENT_OPTION_CONFIG = 'c',
	AGENT_OPTION_HELP = 'h',
	AGENT_OPTION_VERSION = 'V',
	AGENT_OPTION_QUEUE_LOG = 256,
	AGENT_OPTION_CEL,
	AGENT_OPTION_CDR,
	AGENT_OPTION_AMI,
	AGENT_OPTION_FS_CDR,
	AGENT_OPTION_FS_CSV,
	AGENT_OPTION_PCAP,
	AGENT_OPTION_DROP,
	AGENT_OPTION_PROGRESS,
	AGENT_OPTION_TIMEOUT,
	AGENT_OPTION_ROOT,
	AGENT_OPTION_OUTPUT,
	AGENT_OPTION_FORMAT,
};

extern const struct option agent_options[]; /* for getopt_long */
extern const char agent_short_options[];
extern const char agent_usage[];
