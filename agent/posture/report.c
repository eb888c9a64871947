#include "agent/posture/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/slice.h"
#include "cxmeter/record.h"

int posture_report_init(struct posture_report *r)
{
	memset(r, 0, sizeof(*r));
	r->items = calloc(POSTURE_FINDINGS_MAX, sizeof(*r->items));
	return r->items != NULL ? 0 : -ENOMEM;
}

void posture_report_free(struct posture_report *r)
{
	free(r->items);
	memset(r, 0, sizeof(*r));
}

/* A label must be UTF-8 without control characters; a cut may have halved the last one. */
static void clean(char *text)
{
	bool valid = cxm_utf8_valid(slice_of(text));

	for (char *c = text; *c != '\0'; c++) {
		unsigned char u = (unsigned char)*c;

		if (u < 0x20 || u == 0x7f || (u >= 0x80 && !valid)) {
			*c = '?';
		}
	}
}

struct posture_finding *posture_report_add(struct posture_report *r, const char *check,
                                           const char *subject)
{
	struct posture_finding *f = &r->spare;

	if (r->n < POSTURE_FINDINGS_MAX) {
		f = &r->items[r->n++];
	} else {
		r->beyond++;
	}
	memset(f, 0, sizeof(*f));
	f->result = CXM__POSTURE__RESULT__UNKNOWN;
	(void)snprintf(f->check, sizeof(f->check), "%s", check);
	(void)snprintf(f->subject, sizeof(f->subject), "%s", subject);
	clean(f->subject);
	return f;
}

void posture_value(struct posture_finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(f->value, sizeof(f->value), format, args);
	va_end(args);
	clean(f->value);
}

void posture_judge(struct posture_finding *f, bool pass, enum posture_severity severity)
{
	f->result = pass ? CXM__POSTURE__RESULT__PASS : CXM__POSTURE__RESULT__FAIL;
	f->severity = pass ? POSTURE_INFORMATION : severity;
}
