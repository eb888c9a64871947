/* Forms and times of any bytes: the first line is the form, the rest the time. A form that was
 * called invalid never tells a time of which a part is missing. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };
	struct slice first = slice_cut(&rest, '\n');
	char *form = calloc(1, first.len + 1);
	int64_t at_us = 0;

	if (form == NULL || when_use_zone("Europe/Berlin", NULL) != 0) {
		free(form);
		return 0;
	}
	memcpy(form, first.at, first.len);
	if (when_form_valid(form) && when_parse_as(form, NULL, rest, &at_us) == 0) {
		char text[WHEN_DATE_SIZE];

		assert(when_iso(at_us, text)[0] != '\0');
	}
	free(form);
	return 0;
}
