/*
 * The source that reads files other tools leave in a folder: surveys, evaluations, cases, plans.
 * Its operations are source_dropbox in cxmeter/source.h; here is what its configuration looks like.
 *
 * A file's name begins with the kind of its records (Survey-2026-11.csv, case_week47.jsonl.gz). It
 * is taken when it has not changed for a while, and moves to done/ when all its rows are on disk,
 * or to rejected/ when none could be used. Rows that could not be understood are listed in
 * rejected/<name>.errors by line number. Attestation-*.yaml is a signed statement (attest.h).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/conf.h"

struct source;

struct dropbox_word_conf {
	const char *from;
	const char *to;
	unsigned line;
};

struct dropbox_column_conf {
	const char *from;
	struct conf_list also; /* const char *: further columns whose text goes behind it */
	const char *glue;      /* between them */
	const char *to;
	const char *unit;       /* of the values in the file; NULL: the field's own */
	const char *format;     /* of times; NULL: those that are recognised */
	const char *scale;      /* "1..5 to 0..100"; NULL: as it stands */
	struct conf_list words; /* struct dropbox_word_conf */
	bool skip_empty;
	unsigned line;
};

struct dropbox_constant_conf {
	const char *to;
	const char *text;
	unsigned line;
};

struct dropbox_kind_conf {
	const char *kind;
	const char *files;          /* pattern of names; NULL: those that begin with the kind */
	struct conf_list columns;   /* struct dropbox_column_conf */
	struct conf_list constants; /* struct dropbox_constant_conf */
	bool decimal_comma;
	const char *thousands;
	const char *encoding;
	const char *timezone; /* NULL: the agent's */
	unsigned line;
};

struct dropbox_conf {
	const char *directory;
	int64_t poll_ms;
	int64_t settle_ms;
	struct conf_list kinds;       /* struct dropbox_kind_conf */
	const char *attestation_keys; /* folder; NULL: no signature is believed */
};

/**
 * One turn of work: what the source's timer does. Tests call it themselves, with a source_env
 * without a loop.
 * @return true when there is more to do at once.
 */
bool dropbox_turn(struct source *s);
