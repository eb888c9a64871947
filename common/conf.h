/*
 * Configuration and model files: YAML read into a tree, and a schema table that turns the tree into
 * a C struct.
 *
 * One table says name, type, range, default and help of every key; parsing, range checks, error
 * messages and the reference page all come from it. Errors name file and line, the key, and what
 * was expected. The YAML subset is the one people mean: no anchors, aliases, tags or merge keys; a
 * key may stand only once; depth and size are bounded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/arena.h"
#include "common/fault.h"

#define CONF_FILE_MAX_BYTES ((size_t)4 * 1024 * 1024)
#define CONF_DEPTH_MAX      16
#define CONF_KEYS_MAX       1024 /* keys of one map: each is compared with all before it */

enum conf_kind { CONF_SCALAR, CONF_MAP, CONF_LIST };

struct conf_node {
	enum conf_kind kind;
	bool quoted;      /* a scalar in quotes: text, never null */
	unsigned line;    /* 1-based */
	const char *key;  /* in a map; else NULL */
	const char *text; /* of a scalar */
	struct conf_node *first;
	struct conf_node *next;
	size_t count; /* children */
};

struct conf_doc {
	const char *path;
	struct conf_node *root;
	struct arena arena; /* owns every node and text */
};

/**
 * Read the text of a file that an operator wrote: a regular one of at most CONF_FILE_MAX_BYTES.
 * @param what  it is, as it stands behind "cannot open" (" the model"), or "".
 * @param text  to be freed by the caller.
 * @return 0, or -errno, explained.
 */
int conf_read_file(const char *path, const char *what, char **text, size_t *len_bytes,
                   struct fault *fault);

/** Read a file; @return 0, -errno, or -EBADMSG for YAML that cannot be read, explained in `fault`.
 */
int conf_load(struct conf_doc *doc, const char *path, struct fault *fault);

/** The same from memory; `path` only names it in errors. */
int conf_parse(struct conf_doc *doc, const char *path, const void *data, size_t len_bytes,
               struct fault *fault);
void conf_free(struct conf_doc *doc);

/** A child of a map, or NULL. */
const struct conf_node *conf_get(const struct conf_node *map, const char *key);

/** True for a missing node, `key:` with nothing behind it, and `~` or `null`. */
bool conf_is_null(const struct conf_node *node);

/** Fill `fault` with "path:line: key: what"; returns -EINVAL. */
int conf_fail(const struct conf_doc *doc, const struct conf_node *at, struct fault *fault,
              const char *format, ...) __attribute__((format(printf, 4, 5)));

enum conf_type {
	CONF_TEXT,     /* const char * */
	CONF_PATH,     /* const char *; relative to the directory of the file */
	CONF_INT,      /* int64_t */
	CONF_REAL,     /* double */
	CONF_BOOL,     /* bool */
	CONF_DURATION, /* int64_t [ms]; written 500ms, 30s, 5m, 12h, 7d */
	CONF_SIZE,     /* int64_t [bytes]; written 4096, 64KiB, 512MiB, 1GiB */
	CONF_TEXTS,    /* struct conf_list of const char * */
	CONF_SECTION,  /* a struct of its own, inline */
	CONF_SECTIONS, /* struct conf_list of structs of its own */
};

struct conf_list {
	void *items; /* owned by the document's arena */
	size_t count;
};

struct conf_schema;

struct conf_item {
	const char *name;
	enum conf_type type;
	size_t offset;
	bool required;
	int64_t min; /* of numbers, durations [ms] and sizes; length of lists; 0 and 0: any */
	int64_t max;
	const char *def; /* as it would be written; NULL: zero, or absent */
	const char *help;
	const struct conf_schema *section; /* of CONF_SECTION and CONF_SECTIONS */
	const char *const *choices;        /* of CONF_TEXT: NULL-terminated, or NULL for any text */
};

struct conf_schema {
	const struct conf_item *items;
	size_t n_items;
	size_t struct_size;
	size_t line_offset; /* where the struct keeps its line number (unsigned), or CONF_NO_LINE */
};

#define CONF_NO_LINE SIZE_MAX

/**
 * Fill `out` (struct_size bytes) from a map. Texts and lists live as long as `doc`.
 * A key with nothing behind it counts as absent; a map that is absent altogether (NULL) as one
 * without keys.
 * @return 0 or -EINVAL: unknown key, missing key, wrong type, out of range, each with file, line,
 * key and what was expected.
 */
int conf_bind(struct conf_doc *doc, const struct conf_node *map, const struct conf_schema *schema,
              void *out, struct fault *fault);

/** Print every key with type, range, default and help, as a Markdown table. */
void conf_describe(const struct conf_schema *schema, const char *prefix, FILE *out);

/** One scalar as CONF_DURATION and CONF_SIZE are written. @return 0, -EINVAL or -ERANGE. */
int conf_duration_ms(const char *text, int64_t *out_ms);
int conf_size_bytes(const char *text, int64_t *out_bytes);
