/* How often each interval held the truth of simulated sites: docs/coverage.csv, which
 * `make intervals` writes and which is compiled in. Owns nothing; only the columns that the model's
 * page shows are read. */
#include <inttypes.h>
#include <stdint.h>

#include "cli/model_page.h"
#include "common/slice.h"

#define SITES_MAX 1000000

/* The bytes of docs/coverage.csv; the assembler reads the file (the Makefile knows that this object
 * depends on it). */
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        "coverage_begin:\n"
        ".incbin \"docs/coverage.csv\"\n"
        "coverage_end:\n"
        ".balign 8\n"
        "coverage_size:\n"
        ".8byte coverage_end - coverage_begin\n"
        ".popsection\n");
extern const char coverage_begin[];
extern const uint64_t coverage_size;

bool model_coverage_of(const char *id, struct model_coverage *out)
{
	struct slice rest = { coverage_begin, (size_t)coverage_size };

	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');
		uint64_t sites;
		uint64_t held;

		if (slice_eq(slice_cut(&line, ','), slice_of(id)) &&
		    slice_u64(slice_cut(&line, ','), SITES_MAX, &sites) == 0 &&
		    slice_u64(slice_cut(&line, ','), SITES_MAX, &held) == 0) {
			*out = (struct model_coverage){ (unsigned)sites, (unsigned)held };
			return sites > 0;
		}
	}
	return false;
}
