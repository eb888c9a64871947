/* Where a model comes from: a file, or the one that is compiled in, so that the program needs none.
 */
#include <stdlib.h>

#include "collector/score/model/model_load.h"
#include "model_sum.h"

/* The bytes of model/talkdesk.yaml; the assembler reads the file (the Makefile knows that this
 * object depends on it). */
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        "model_builtin_begin:\n"
        ".incbin \"model/talkdesk.yaml\"\n"
        "model_builtin_end:\n"
        ".balign 8\n"
        "model_builtin_size:\n"
        ".8byte model_builtin_end - model_builtin_begin\n"
        ".popsection\n");
extern const char model_builtin_begin[];
extern const uint64_t model_builtin_size;

int model_builtin(struct model **out, const struct cxm_catalog *catalog, struct fault *fault)
{
	const struct slice bytes = { model_builtin_begin, (size_t)model_builtin_size };

	return loader_model(out, "model/talkdesk.yaml (built in)", bytes, MODEL_SUM, catalog,
	                    fault);
}

int model_load(struct model **out, const char *path, const struct cxm_catalog *catalog,
               struct fault *fault)
{
	char *text = NULL;
	size_t len_bytes = 0;
	int rc = conf_read_file(path, " the model", &text, &len_bytes, fault);

	if (rc == 0) {
		rc = model_parse(out, path, text, len_bytes, catalog, fault);
		free(text);
	}
	return rc;
}
