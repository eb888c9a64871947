/*
 * A file of Asterisk's configuration with all it includes: sections with what they inherit, values
 * with the file and line they stand in.
 *
 * Reads files, runs nothing (`#exec` is told as a problem), changes nothing. What is wrong is told
 * line by line and reading goes on, so that somebody sees all of it at once. Values may be secrets:
 * they are wiped when freed, and no message quotes one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/arena.h"

#define ASTERISK_DIRECTORY         "/etc/asterisk"
#define ASTERISK_INCLUDE_DEPTH     10   /* MAX_INCLUDE_LEVEL of main/config.c */
#define ASTERISK_FILES_MAX         1024 /* read for one configuration */
#define ASTERISK_CONFIG_MAX_BYTES  ((size_t)16 * 1024 * 1024)
#define ASTERISK_PROBLEM_MAX_BYTES 1024
#define ASTERISK_SECTION_NAME_MAX  80 /* of main/config.c; the rest of a name is cut */

struct asterisk_value {
	const char *name;
	char *value;
	const char *file; /* path */
	unsigned line;
	struct asterisk_value *next; /* in the order Asterisk sees them: inherited ones first */
};

struct asterisk_section {
	const char *name;
	const char *file;
	unsigned line;
	bool is_template; /* [name](!): only to inherit from */
	struct asterisk_value *first;
	struct asterisk_value *last;
	struct asterisk_section *next;
};

/* Who wants to know what is wrong. */
struct asterisk_tell {
	void (*problem)(void *arg, const char *text); /* "path:line: what"; borrowed */
	void *arg;
};

struct asterisk_config {
	struct arena arena; /* owns everything */
	struct asterisk_section *first;
	struct asterisk_section *last;
	unsigned files;    /* that were read */
	unsigned problems; /* that were told */
	bool refused;      /* of a kind for which Asterisk refuses the whole file */
};

/**
 * Read `file` ("manager.conf") of a directory. A relative `#include` is looked for in the
 * directory.
 * @param tell  may be NULL.
 * @return 0; -ENOENT when there is no such file; -errno when it cannot be read (not told); -ENOMEM.
 *         asterisk_config_free may be called in any case.
 */
int asterisk_config_load(struct asterisk_config *c, const char *directory, const char *file,
                         const struct asterisk_tell *tell);
void asterisk_config_free(struct asterisk_config *c);

/** The next section of that name (case ignored) after one, or the first after NULL; templates are
 * none. A name of NULL: any. NULL at the end. */
const struct asterisk_section *asterisk_section_after(const struct asterisk_config *c,
                                                      const struct asterisk_section *after,
                                                      const char *name);

static inline const struct asterisk_section *asterisk_section(const struct asterisk_config *c,
                                                              const char *name)
{
	return asterisk_section_after(c, NULL, name);
}

/** The value of a name in a section, the last where it stands more than once; NULL when there is
 * none, or `s` is NULL. */
const struct asterisk_value *asterisk_find(const struct asterisk_section *s, const char *name);
const char *asterisk_text(const struct asterisk_section *s, const char *name,
                          const char *otherwise);

/** As Asterisk reads switches: yes, true, y, t, 1 and on are true, all else is false. */
bool asterisk_true(const char *text);
bool asterisk_bool(const struct asterisk_section *s, const char *name, bool otherwise);

/** Is `word` among the comma-separated words of `list`? Case and blanks do not count. */
bool asterisk_list_has(const char *list, const char *word);
