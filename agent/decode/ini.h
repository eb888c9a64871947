/*
 * One file of Asterisk's configuration, line by line: sections, values, directives.
 *
 * The dialect is that of main/config.c of Asterisk 22: `;` begins a comment and `\;` does not,
 * `;--` to `--;` is a comment over lines and may be nested, `[name](!)` is a template,
 * `[name](a,b)` takes over what a and b hold, `[name](+)` goes on with a section, `=` and `=>` set,
 * `+=` appends,
 * `#include`, `#tryinclude` and `#exec` name files. What lines mean together (sections that
 * inherit, files that are included) is agent/asterisk/config.c's.
 *
 * Pure, allocates nothing. What is handed out borrows from the reader until its next line.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "common/slice.h"

#define INI_LINE_MAX_BYTES 8191 /* Asterisk skips a longer line */
#define INI_NESTED_MAX     128  /* comments over lines within each other */

enum ini_kind {
	INI_SECTION,    /* name, and in value the text between ( and ) */
	INI_VALUE,      /* name = value, name => value */
	INI_APPEND,     /* name += value */
	INI_INCLUDE,    /* value: a path, perhaps with * and ? */
	INI_TRYINCLUDE, /* the same, and it may be missing */
	INI_EXEC,       /* value: a command whose output is included; never run here */
	INI_BAD,        /* `fault` says why */
};

enum ini_fault {
	INI_OK,
	INI_TOO_LONG,        /* Asterisk skips the line */
	INI_NO_BRACKET,      /* [name without ]; Asterisk refuses the file */
	INI_NO_PARENTHESIS,  /* ( without ); Asterisk refuses the file */
	INI_NO_SECTION,      /* a value before the first section; Asterisk refuses the file */
	INI_NO_EQUALS,       /* Asterisk skips the line */
	INI_NO_NAME,         /* Asterisk skips the line */
	INI_BAD_DIRECTIVE,   /* unknown, or without a file; Asterisk skips the line */
	INI_NESTED_TOO_DEEP, /* the comment is taken as one of the depth before */
	INI_OPEN_COMMENT,    /* `;--` without an end: all behind it was a comment */
	INI_FAULTS,
};

struct ini_line {
	enum ini_kind kind;
	enum ini_fault fault;
	unsigned line; /* 1-based */
	struct slice name;
	struct slice value;
};

struct ini_reader {
	struct slice rest; /* borrowed */
	unsigned line;
	unsigned depth;        /* open comments over lines */
	unsigned comment_line; /* where the outermost began */
	bool in_section;
	enum ini_fault trouble; /* of stripping the line */
	char text[INI_LINE_MAX_BYTES + 1];
};

/** @param text        the whole file; borrowed.
 *  @param in_section  it is included from within a section. */
void ini_begin(struct ini_reader *r, struct slice text, bool in_section);

/** Take the next line that says something. @return false at the end. */
bool ini_next(struct ini_reader *r, struct ini_line *out);

/** What is wrong, in words; "" for INI_OK. */
const char *ini_fault_text(enum ini_fault fault);

/** Does Asterisk refuse the whole file for it? */
bool ini_fault_is_fatal(enum ini_fault fault);
