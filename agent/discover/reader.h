/*
 * Whether the user the agent will become can read something, by the modes, owners and groups of a
 * host's tree: asked of its own passwd and group files, not of this process, so that root gets the
 * same answer as anybody. Access control lists are not looked at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define READER_GROUPS_MAX 64
#define READER_NAME_MAX   64
#define READER_WHY_MAX    256

struct reader {
	char root[512]; /* in front of paths; "" for the host itself */
	char name[READER_NAME_MAX];
	bool known; /* the user exists on that host */
	uid_t uid;
	gid_t groups[READER_GROUPS_MAX];
	size_t n_groups;
};

enum reader_answer {
	READER_ABSENT, /* there is no such file */
	READER_YES,
	READER_NO, /* `why` says what would help */
};

/** Read the user's ids from /etc/passwd and /etc/group below the root. */
void reader_init(struct reader *r, const char *root, const char *name);

/** May it read the file, or list the folder? */
enum reader_answer reader_may(const struct reader *r, const char *path, char why[READER_WHY_MAX]);
