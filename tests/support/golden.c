#include "tests/support/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN_MAX_BYTES ((size_t)1024 * 1024)

static void show_difference(const char *name, const char *want, const char *found)
{
	unsigned line = 1;
	size_t begin = 0;
	size_t i = 0;

	for (; want[i] != '\0' && want[i] == found[i]; i++) {
		if (want[i] == '\n') {
			line++;
			begin = i + 1;
		}
	}
	print_error("tests/golden/%s:%u: expected \"%.*s\"\n   found \"%.*s\"\n", name, line,
	            (int)strcspn(want + begin, "\n"), want + begin,
	            (int)strcspn(found + begin, "\n"), found + begin);
}

static void rewrite(const char *path, const char *text)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

void golden_check(const char *name, const char *text)
{
	static char want[GOLDEN_MAX_BYTES];
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "tests/golden/%s", name);
	if (getenv("GOLDEN_UPDATE") != NULL) {
		rewrite(path, text);
	}
	file = fopen(path, "rb");
	if (file == NULL) {
		print_error("%s is not there; GOLDEN_UPDATE=1 makes it\n", path);
	}
	assert_non_null(file);
	want[fread(want, 1, sizeof(want) - 1, file)] = '\0';
	(void)fclose(file);
	if (strcmp(want, text) != 0) {
		show_difference(name, want, text);
		fail();
	}
}
