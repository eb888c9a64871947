/* Run one of the built programs and see what it prints. */
#pragma once

#define PROGRAM_OUT_MAX  (256 * 1024)
#define PROGRAM_ARGS_MAX 16

struct program_result {
	int code; /* exit code; -1 when it was killed or never ran */
	char out[PROGRAM_OUT_MAX];
	char err[PROGRAM_OUT_MAX];
};

/** Run $CXM_BIN/NAME (build/release/bin without it) with arguments up to a NULL, input from
 * /dev/null, language English and no store in the environment. */
void program_run(struct program_result *result, const char *name, const char *const *args);
