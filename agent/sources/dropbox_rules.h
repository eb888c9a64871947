/* How files of each kind are read: the configuration of a drop folder turned into rules of
 * proto/import.h. */
#pragma once

#include "agent/pseudonym.h"
#include "agent/sources/dropbox.h"
#include "proto/import.h"

#define DROPBOX_KINDS_MAX     64
#define DROPBOX_COLUMNS_MAX   256
#define DROPBOX_CONSTANTS_MAX 64
#define DROPBOX_WORDS_MAX     256 /* of a column */

extern const struct conf_schema dropbox_schema; /* dropbox_schema.c */
extern const char *const dropbox_units[];

struct dropbox_mapping {
	const struct cxm_kind *kind;
	const char *files; /* pattern of names, or NULL: those that begin with the kind */
	struct import_column *columns;
	size_t n_columns;
	struct import_constant *constants; /* with room for what each file adds */
	size_t n_constants;
	bool decimal_comma;
	char thousands;
	enum encoding encoding;
	struct zone *zone; /* owned, or NULL */
};

struct dropbox_rules {
	const struct cxm_catalog *catalog; /* borrowed */
	const struct pseudonym *pseudonym; /* borrowed; NULL where nothing is imported */
	const char *host;                  /* borrowed */
	const char *attestation_keys;      /* folder, or NULL */
	struct dropbox_mapping *mappings;  /* in the arena, as everything they point to */
	size_t n_mappings;
	struct dropbox_mapping plain; /* for kinds nobody configured */
	struct arena arena;
	char seen[24]; /* of the file that is read: its time in microseconds */
};

/**
 * Take the configuration over, copying it.
 * @return 0, -ENOMEM, or -EINVAL for a kind, field or unit that does not exist, explained with its
 * line.
 */
int dropbox_rules_init(struct dropbox_rules *r, const struct dropbox_conf *conf,
                       const struct cxm_catalog *catalog, const struct pseudonym *pseudonym,
                       const char *host, struct fault *fault);
void dropbox_rules_free(struct dropbox_rules *r);

/**
 * What a file is to be read as: once for each entry whose pattern fits its name, else once for each
 * entry without a pattern of the kind that its name begins with, else plainly as that kind.
 * @param mapping  out: room for DROPBOX_KINDS_MAX.
 * @param format   out.
 * @return how many there are; 0 for a name that says nothing.
 */
size_t dropbox_rules_match(struct dropbox_rules *r, const char *name,
                           struct dropbox_mapping **mapping, enum import_format *format);

/** Rules for one file under one mapping; valid until the next call.
 * @param mtime_us  when the file was last written. */
struct import_rules dropbox_rules_for(struct dropbox_rules *r, struct dropbox_mapping *m,
                                      enum import_format format, int64_t mtime_us);
