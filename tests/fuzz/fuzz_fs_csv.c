/* The first line as a template of mod_cdr_csv, the others as records of it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/fs_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fs_facts facts;
	struct slice text = { (const char *)data, size };
	struct slice first = slice_cut(&text, '\n');
	char *columns = strndup(first.at != NULL ? first.at : "", first.len);
	struct fs_csv csv;

	if (columns == NULL) {
		abort();
	}
	if (fs_csv_init(&csv, columns) == 0) {
		while (text.len > 0) {
			enum fs_csv_result result =
				fs_csv_decode(&csv, slice_cut(&text, '\n'), &facts);

			if (result == FS_CSV_OK &&
			    (!fs_has(&facts, FS_ID) || fs_csv_end_us(&facts) <= 0)) {
				abort();
			}
		}
	}
	fs_csv_free(&csv);
	free(columns);
	return 0;
}
