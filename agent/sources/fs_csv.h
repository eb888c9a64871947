/*
 * The source that follows the CSV file of mod_cdr_csv. Its operations are source_fs_csv in
 * cxmeter/source.h; here is what its configuration looks like.
 */
#pragma once

#include <stdint.h>

#include "agent/sources/log_source.h"

struct fs_csv_conf {
	struct log_source_conf log;
	const char *columns;
	const char *trunks;
	int64_t max_contacts;
	int64_t max_calls;
};
