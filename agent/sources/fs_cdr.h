/*
 * The source that reads call detail records of FreeSWITCH, the files mod_json_cdr leaves in a
 * folder, each once. For hosts without a reachable event socket, and for what was missed while
 * nobody listened: where both tell of a call, the event socket counts (collector/store/once.h). Its
 * operations are source_fs_cdr in cxmeter/source.h; here is what its configuration looks like.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/track/call_rules.h"
#include "common/conf.h"

struct source;

struct fs_cdr_conf {
	const char *folder;
	bool encoded;
	const char *trunks;
	struct call_rules visits;
	int64_t poll_ms;
	int64_t max_contacts;
	int64_t max_calls;
	bool from_start;
};

/** One turn of work: what the source's timer does. @return true when there is more to do at once.
 */
bool fs_cdr_turn(struct source *s);
