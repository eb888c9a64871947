/* collector/store/sqlite.c, sqlite_books.c, sqlite_put.c, sqlite_query.c: the conformance suite */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/store_conformance.h"

int main(void)
{
	static const struct store_kind sqlite = {
		.ops = &store_sqlite,
		.read_only = true,
	};

	return store_conformance(&sqlite);
}
