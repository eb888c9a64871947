/* Which columns of a file, or names of a JSON object, fill which fields. Helper of import.c. */
#pragma once

#include "proto/import.h"

#define PLAN_NO_PART SIZE_MAX /* a further column that is not there: empty */

struct plan_output {
	const struct cxm_field *field;
	const struct import_column *column; /* NULL: the column is named like the field */
	size_t parts[SHAPE_PARTS_MAX];      /* columns whose text it is, by their number */
	size_t n_parts;
};

struct plan {
	struct plan_output outputs[CXM_FIELDS_MAX]; /* those that need at_us stand last */
	size_t n;
};

struct plan_input {
	const struct slice *names; /* of the columns, trimmed */
	size_t n;
	bool strict; /* a header: columns that the mapping names must be there when it uses them */
	const char *what;                              /* "columns" or "names" */
	void (*ignored)(void *arg, struct slice name); /* called for each that fills nothing */
	void *arg;
};

/** @return 0, or -EINVAL: two fill one field, or one of several is missing; explained. */
int plan_make(struct plan *plan, const struct import_rules *rules, const struct plan_input *in,
              struct fault *fault);

/** Does a column fill this field? */
bool plan_fills(const struct plan *plan, const struct cxm_field *f);
