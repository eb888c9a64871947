#include "tests/support/said.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void said_part(const char *text, const char *part)
{
	if (strstr(text, part) == NULL) {
		fail_msg("no \"%s\" in:\n%s", part, text);
	}
}

void said_one_line(const char *text)
{
	const char *end = strchr(text, '\n');

	if (end == NULL || end[1] != '\0') {
		fail_msg("not one line:\n%s", text);
	}
}

void said_code(const struct lab_output *o, int code)
{
	struct lab_output shown = *o;

	if (o->code != code) {
		fail_msg("exit code %d, expected %d:\n%s%s", o->code, code, buf_text(&shown.out),
		         buf_text(&shown.err));
	}
}
