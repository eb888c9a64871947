/*
 * The source that follows Asterisk's call detail records (cdr_csv), or reads files of them once.
 * Its operations are source_cdr in cxmeter/source.h; here is what its configuration looks like.
 */
#pragma once

#include "agent/sources/log_source.h"

/* As its schema fills it. */
struct cdr_conf {
	struct log_source_conf log;
	bool gmt;           /* usegmtime=yes in cdr.conf */
	const char *trunks; /* patterns of channels */
	int64_t max_calls;
};
