/*
 * Files for a test: a folder of its own under TMPDIR or /tmp, removed with all that lies in it. The
 * one way to have one. Failures abort, because no test can go on without its files.
 */
#pragma once

#include <stddef.h>

struct temp {
	char dir[128];
	char path[256]; /* of the file named last */
};

void temp_open(struct temp *t);
void temp_remove(struct temp *t);

/** The path of a file in the folder, which may not exist; valid until the next call. */
const char *temp_path(struct temp *t, const char *name);

/** The same, with this content. */
const char *temp_file(struct temp *t, const char *name, const void *data, size_t len_bytes);
const char *temp_text(struct temp *t, const char *name, const char *text);
