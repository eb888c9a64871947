/* Configuration of any bytes: every line ends, borrows from the reader or nothing, counts up, and
 * is the same when it is read again. The first byte says whether it is read within a section. */
#include <stdlib.h>

#include "agent/decode/ini.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static bool borrows(const struct ini_reader *r, struct slice s)
{
	return s.len == 0 || (s.at >= r->text && s.at + s.len <= r->text + INI_LINE_MAX_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ini_reader r;
	static struct ini_reader again;
	struct ini_line line;
	struct ini_line same;
	struct slice text;

	if (size == 0) {
		return 0;
	}
	text = (struct slice){ (const char *)data + 1, size - 1 };
	ini_begin(&r, text, (data[0] & 1) != 0);
	ini_begin(&again, text, (data[0] & 1) != 0);
	while (ini_next(&r, &line)) {
		require(ini_next(&again, &same));
		require(line.kind == same.kind && line.line == same.line &&
		        slice_eq(line.name, same.name) && slice_eq(line.value, same.value));
		require(borrows(&r, line.name) && borrows(&r, line.value));
		require(line.line >= 1 && line.line <= size + 1);
		require((line.kind == INI_BAD) == (line.fault != INI_OK));
	}
	require(!ini_next(&r, &line) && !ini_next(&again, &same));
	return 0;
}
