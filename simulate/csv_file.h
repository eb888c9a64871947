/* Records of one kind as a CSV file in the default form of docs/sources/dropbox.md. */
#pragma once

#include <stdio.h>

#include "common/fault.h"
#include "cxmeter/record.h"

struct sim_csv {
	const struct cxm_kind *kind;
	FILE *file; /* owned; NULL until the first record */
	char path[4096];
	struct buf line;
};

/** Name the file FOLDER/KIND.csv; it is made with the first record. */
void sim_csv_init(struct sim_csv *c, const char *folder, const struct cxm_kind *kind);

/** @return 0 or -errno, explained. */
int sim_csv_add(struct sim_csv *c, const ProtobufCMessage *m, struct fault *fault);

/** Write what is left, close, and set the file's time. @return 0 or -errno, explained. */
int sim_csv_close(struct sim_csv *c, int64_t written_s, struct fault *fault);
