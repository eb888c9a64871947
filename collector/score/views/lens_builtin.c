/* The lenses that are compiled in: model/lenses/, so that the program needs no file. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/views/lens.h"

/* The bytes of a file; the assembler reads it (the Makefile knows that this object depends on
 * them). */
#define LENS_BYTES(id)                                                                             \
	__asm__(".pushsection .rodata\n"                                                           \
	        ".balign 16\n"                                                                     \
	        "lens_" #id "_begin:\n"                                                            \
	        ".incbin \"model/lenses/" #id ".yaml\"\n"                                          \
	        "lens_" #id "_end:\n"                                                              \
	        ".balign 8\n"                                                                      \
	        "lens_" #id "_size:\n"                                                             \
	        ".8byte lens_" #id "_end - lens_" #id "_begin\n"                                   \
	        ".popsection\n");                                                                  \
	extern const char lens_##id##_begin[];                                                     \
	extern const uint64_t lens_##id##_size

LENS_BYTES(delighted);
LENS_BYTES(valantic);
LENS_BYTES(nextiva);
LENS_BYTES(connected);

#define LENS_ROW(id)                                                                               \
	{                                                                                          \
#id, lens_##id##_begin, &lens_##id##_size                                          \
	}
static const struct {
	const char *id;
	const char *begin;
	const uint64_t *size;
} builtin[] = {
	LENS_ROW(delighted),
	LENS_ROW(valantic),
	LENS_ROW(nextiva),
	LENS_ROW(connected),
};
#define N_BUILTIN (sizeof(builtin) / sizeof(builtin[0]))

const char *lens_builtin_id(size_t i)
{
	return i < N_BUILTIN ? builtin[i].id : NULL;
}

int lens_builtin(struct lens **out, const char *id, const struct model *m, struct fault *fault)
{
	for (size_t i = 0; i < N_BUILTIN; i++) {
		char path[64];

		if (strcmp(builtin[i].id, id) != 0) {
			continue;
		}
		(void)snprintf(path, sizeof(path), "model/lenses/%s.yaml (built in)", id);
		return lens_parse(out, path, builtin[i].begin, (size_t)*builtin[i].size, m, fault);
	}
	return fault_set(fault, -ENOENT,
	                 "no lens \"%.64s\"; there is: delighted, valantic, nextiva, connected",
	                 id);
}
