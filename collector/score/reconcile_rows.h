/*
 * Rows to be held against one another, in memory: what of a record its twin may tell too. Private
 * to the reconciliation.
 */
#pragma once

#include "collector/store/priority.h"
#include "cxmeter/reconcile.h"

struct reconcile_value {
	bool known;
	int64_t n; /* whole numbers, truths, states; an identity bit by bit */
	double real;
	const char *text; /* of a label, in the arena */
};

struct reconcile_row {
	uint64_t key; /* of the fields in which twins agree */
	int64_t at_us;
	int64_t seen_us;
	int64_t until_us; /* what it tells was over */
	uint64_t contact;
	uint64_t agent;
	const char *host;
	const char *queue; /* "" where the kind has none */
	Cxm__Source source;
	bool second;  /* of the second of two kinds */
	bool cut;     /* its end was not seen */
	bool refused; /* by a full or empty queue */
	bool silent;  /* nobody else need tell it */
	bool matched; /* in the pair at hand */
	struct reconcile_value values[RECONCILE_FIELDS_MAX];
};

/* One kind, or contacts of two kinds. */
struct reconcile_rows {
	const char *record;
	const struct cxm_field *fields[RECONCILE_FIELDS_MAX]; /* compared */
	const char *names[RECONCILE_FIELDS_MAX];
	size_t n_fields;
	const struct priority *priority; /* of the first kind */
	const struct priority *against;  /* of the second kind, for contacts */
	bool two_kinds;
	int64_t from_us; /* rows of before and after are there for those within */
	int64_t to_us;
	struct reconcile_row *at; /* owned; by key, time, source */
	size_t n;
	size_t room;
	struct arena *texts;
};

/** Read a kind that has a priority. @return 0, -ENOMEM, -E2BIG, what the store returns. */
int reconcile_read_kind(struct reconcile_rows *out, struct store *st,
                        const struct store_range *range, struct fault *fault);

/** Read contacts: QueueContact records, one each contact and source, and Call records. A call
 * begins before its contact: calls of the day before and contacts of the day after are read too. */
int reconcile_read_contacts(struct reconcile_rows *out, struct store *st,
                            const struct store_range *contacts, const struct cxm_kind *calls,
                            struct fault *fault);
void reconcile_rows_free(struct reconcile_rows *rows);
