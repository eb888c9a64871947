/* collector/store/sqlite.c, sqlite_books.c, sqlite_put.c, sqlite_query.c: the conformance suite */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/place.h"
#include "tests/support/store_conformance.h"

static int make_file_place(char *where, size_t size)
{
	return place_make(where, size, "evidence.db");
}

int main(void)
{
	static const struct store_kind sqlite = {
		.ops = &store_sqlite,
		.make_place = make_file_place,
		.remove_place = place_remove,
		.read_only = true,
	};

	return store_conformance(&sqlite);
}
