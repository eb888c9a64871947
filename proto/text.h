/*
 * Single fields as text: how a value of each type is written in CSV, JSONL and on the command line,
 * and read back.
 *
 *   number    digits; a decimal comma is read where the rules allow it       label  the text itself
 *   time      written as microseconds; read in any form of when_parse        state  lower-case name
 *   identity  written as 16 hexadecimal digits; read through rules.identity  bytes  hexadecimal
 *   bool      true, false; read also as 1 0 yes no ja nein
 *
 * Blanks around a value do not count, so a label cannot begin or end with one.
 */
#pragma once

#include "cxmeter/record.h"

/** Turn the raw text of an identity into its pseudonym. @return 0, or a negative number to refuse
 * it. */
typedef int (*text_identity_fn)(void *arg, const struct cxm_field *f, struct slice raw,
                                uint64_t *out);

struct text_rules {
	bool decimal_comma;
	text_identity_fn identity; /* NULL: only pseudonyms (16 hexadecimal digits) are accepted */
	void *arg;
};

/**
 * Put text into a field of a message. Empty text leaves an optional field absent. Text is copied
 * into the arena.
 * @param factor  the number is multiplied by it first (1000 for seconds into _ms); 1 for none. A
 * time with another factor is a number in that unit (1e6: seconds since 1970).
 * @return 0 or -EINVAL: not this type, out of range, not UTF-8; explained in `fault` without the
 * text itself, because where columns have shifted any of them may hold a number or name of
 * somebody: digits are shown as 9 and letters as a.
 */
int text_parse(ProtobufCMessage *m, const struct cxm_field *f, struct slice text, double factor,
               const struct text_rules *rules, struct arena *arena, struct fault *fault);

/** Append a field as text, nothing when it is absent. */
void text_print(const ProtobufCMessage *m, const struct cxm_field *f, struct buf *out);

/** Header of a CSV export, and one row; rows end with LF. */
void text_csv_header(const struct cxm_kind *kind, struct buf *out);
void text_csv_row(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out);

/** One JSON object and LF: numbers as numbers, identities as text, absent fields as null. */
void text_json_row(const struct cxm_kind *kind, const ProtobufCMessage *m, struct buf *out);

/** Append text as a JSON string with its quotes. */
void text_json_string(struct slice s, struct buf *out);

/** What a value looks like without what it says, for messages about it: 9 for each digit, a for
 * each letter, at most 40 characters. */
void text_shape(struct slice text, struct buf *out);

/** 16 hexadecimal digits. @return 0 or -EINVAL. */
int text_pseudonym(struct slice text, uint64_t *out);
