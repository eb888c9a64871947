#include "agent/usage.h"

#include <stddef.h>

const struct option agent_options[] = {
	{ "config", required_argument, NULL, AGENT_OPTION_CONFIG },
	{ "queue-log", required_argument, NULL, AGENT_OPTION_QUEUE_LOG },
	{ "cel", required_argument, NULL, AGENT_OPTION_CEL },
	{ "cdr", required_argument, NULL, AGENT_OPTION_CDR },
	{ "ami", required_argument, NULL, AGENT_OPTION_AMI },
	{ "fs-cdr", required_argument, NULL, AGENT_OPTION_FS_CDR },
	{ "fs-csv", required_argument, NULL, AGENT_OPTION_FS_CSV },
	{ "pcap", required_argument, NULL, AGENT_OPTION_PCAP },
	{ "drop", required_argument, NULL, AGENT_OPTION_DROP },
	{ "progress", no_argument, NULL, AGENT_OPTION_PROGRESS },
	{ "timeout", required_argument, NULL, AGENT_OPTION_TIMEOUT },
	{ "root", required_argument, NULL, AGENT_OPTION_ROOT },
	{ "output", required_argument, NULL, AGENT_OPTION_OUTPUT },
	{ "format", required_argument, NULL, AGENT_OPTION_FORMAT },
	{ "help", no_argument, NULL, AGENT_OPTION_HELP },
	{ "version", no_argument, NULL, AGENT_OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

const char agent_short_options[] = ":c:hV";

const char agent_usage[] =
	"usage: cxmeter-agent run [-c FILE]\n"
	"       cxmeter-agent check [-c FILE]\n"
	"       cxmeter-agent status [-c FILE] [--format text|json]\n"
	"       cxmeter-agent replay [-c FILE] [--queue-log FILE]... [--cel FILE]...\n"
	"                            [--cdr FILE]... [--ami FILE]... [--fs-cdr DIR]...\n"
	"                            [--fs-csv FILE]... [--pcap FILE]... [--drop DIR]...\n"
	"                            [--progress] [--timeout TIME]\n"
	"       cxmeter-agent discover [--output FILE] [--root DIR]\n"
	"       cxmeter-agent keygen FILE\n"
	"       cxmeter-agent keys\n"
	"\n"
	"Turns queue logs, packets and dropped files of this host into evidence and delivers\n"
	"it to the collector. Numbers and names leave the host as keyed hashes only.\n"
	"\n"
	"  run                   follow the sources of the configuration until SIGTERM;\n"
	"                        SIGHUP reads the configuration again, SIGUSR1 logs how it is\n"
	"  check                 look for whatever would keep it from running, and say so\n"
	"  status                how the running agent is: connection, spool, every source and\n"
	"                        what it could not understand; exit code 1 when it does not\n"
	"                        run or is in trouble\n"
	"  replay                read files once, deliver them, and end; the sources of the\n"
	"                        configuration are left alone, but say how columns are named\n"
	"  discover              look at this host and write a commented configuration for it;\n"
	"                        says what can be read and what not; nothing is sent\n"
	"  keygen                make the site's key of pseudonyms; copy it to all its hosts\n"
	"  keys                  print every key of the configuration with its meaning\n"
	"\n"
	"  -c, --config FILE     configuration (default " AGENT_CONF_DEFAULT ")\n"
	"      --queue-log FILE  replay a queue_log of app_queue, plain, .gz or .zst; several\n"
	"                        are one log, the oldest line first\n"
	"      --cel FILE        replay a channel event log (cel_custom: CSV or JSON), likewise\n"
	"      --cdr FILE        replay call detail records (cdr_csv), likewise\n"
	"      --ami FILE        replay a recorded stream of the manager interface, likewise\n"
	"      --fs-cdr DIR      replay the call detail records of FreeSWITCH in a folder\n"
	"                        (mod_json_cdr, *.json); they stay there\n"
	"      --fs-csv FILE     replay call detail records of FreeSWITCH (mod_cdr_csv), likewise\n"
	"      --pcap FILE       replay a capture, pcap or pcapng, plain, .gz or .zst; several\n"
	"                        are one capture\n"
	"      --drop DIR        replay the CSV and JSONL files of a folder; they stay there\n"
	"      --progress        say how far it is, also when not on a terminal\n"
	"      --timeout TIME    give up when nothing has moved for so long "
	"(default " AGENT_TIMEOUT_DEFAULT ")\n"
	"      --output FILE     discover: write there, and not over a file that exists\n"
	"      --root DIR        discover: look at the host whose files lie below DIR\n"
	"  -h, --help            this text\n"
	"  -V, --version         version\n"
	"\n"
	"exit codes: 0 fine, 2 usage or configuration, 1 anything else\n";
