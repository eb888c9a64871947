/*
 * The source that follows Asterisk's channel event log, or reads files of it once. Its operations
 * are source_cel in cxmeter/source.h; here is what its configuration looks like.
 * docs/sources/cel.md tells what Asterisk needs and what the words mean.
 */
#pragma once

#include "agent/sources/log_source.h"
#include "agent/track/call_rules.h"

/* As its schema fills it. */
struct cel_conf {
	struct log_source_conf log;
	const char *fields;    /* columns; "": by their number */
	const char *separator; /* of columns */
	int64_t max_open;
	int64_t max_age_ms;
	struct call_rules rules;
};

/** The keys that say what calls mean, without those of the file: for sources that hear the same
 * events elsewhere. Fills a struct cel_conf. */
extern const struct conf_schema cel_rules_schema;
