/* Lines of a log, told call by call and written in the order of their times, as a log is. */
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "common/buf.h"

#define SIM_LINES_MAX_BYTES ((size_t)512 * 1024 * 1024) /* of one day */

struct sim_line {
	int64_t at_us;
	size_t offset;
	size_t len;
};

struct sim_lines {
	struct buf text;
	struct sim_line *lines; /* owned */
	size_t n;
	size_t room;
	bool failed; /* no memory */
};

void sim_lines_init(struct sim_lines *l);
void sim_lines_free(struct sim_lines *l);

/** Begin a line with this time; its text goes to l->text, without a line feed. */
void sim_lines_begin(struct sim_lines *l, int64_t at_us);
void sim_lines_end(struct sim_lines *l);

/** Write all in order of time (equal times: as told) and forget them. @return 0, -ENOMEM or the
 * error of the stream. */
int sim_lines_flush(struct sim_lines *l, FILE *out);
