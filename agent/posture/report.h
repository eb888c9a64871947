/* What a scan has found, until the main thread makes records of it. Texts hold no secret, no name
 * of an account, and no address but the host's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/evidence.pb-c.h"

#define POSTURE_FINDINGS_MAX 512 /* of one scan; further ones are counted */
#define POSTURE_CHECK_MAX    32
#define POSTURE_SUBJECT_MAX  256
#define POSTURE_VALUE_MAX    256

/* How bad it is, as Posture.severity. */
enum posture_severity {
	POSTURE_INFORMATION,
	POSTURE_LOW,
	POSTURE_MEDIUM,
	POSTURE_HIGH,
	POSTURE_CRITICAL,
};

struct posture_finding {
	char check[POSTURE_CHECK_MAX];
	char subject[POSTURE_SUBJECT_MAX];
	char value[POSTURE_VALUE_MAX];
	Cxm__Posture__Result result;
	enum posture_severity severity;
	bool has_figure;
	double figure;
	bool has_part; /* and a whole */
	uint64_t part;
	uint64_t whole;
};

struct posture_report {
	struct posture_finding *items; /* owned */
	size_t n;
	uint64_t beyond;               /* findings there was no room for */
	uint64_t advisories_malformed; /* rows of the file of advisories */
	struct posture_finding spare;
};

/** @return 0 or -ENOMEM. */
int posture_report_init(struct posture_report *r);
void posture_report_free(struct posture_report *r);

/** Add a finding without figure, UNKNOWN and of no severity, to be filled; never NULL. */
struct posture_finding *posture_report_add(struct posture_report *r, const char *check,
                                           const char *subject);

/** Set the text; bytes that are no printable ASCII or well-formed UTF-8 become question marks. */
void posture_value(struct posture_finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** Set result and severity: PASS has none. */
void posture_judge(struct posture_finding *f, bool pass, enum posture_severity severity);
