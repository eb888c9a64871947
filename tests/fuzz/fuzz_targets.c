/* Any bytes as a file of targets, and as what --target takes: refused with a reason, or target
 * stages of areas of the model, one each. */
#include <stdlib.h>
#include <string.h>

#include "collector/score/views/roadmap.h"
#include "tests/support/nord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct roadmap_wishes *w, int rc, const struct fault *fault)
{
	if (rc != 0 && fault->text[0] == '\0') {
		abort();
	}
	for (size_t i = 0; i < w->n; i++) {
		if (w->at[i].area == NULL || w->at[i].stage < 1 || w->at[i].stage > MODEL_STAGES) {
			abort();
		}
		for (size_t j = 0; j < i; j++) {
			if (w->at[i].area == w->at[j].area) {
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nord *nord;
	struct roadmap_wishes file = { 0 };
	struct roadmap_wishes option = { 0 };
	struct fault fault = { 0 };
	char *text = calloc(1, size + 1);

	if (nord == NULL) {
		nord = nord_new(NORD_MONTH, false);
	}
	if (text == NULL) {
		abort();
	}
	if (size > 0) {
		memcpy(text, data, size);
	}
	check(&file,
	      roadmap_wishes_parse(&file, "fuzz.yaml", (struct slice){ (const char *)data, size },
	                           "nord", nord->model, &fault),
	      &fault);
	fault.text[0] = '\0';
	check(&option, roadmap_wishes_text(&option, text, nord->model, &fault), &fault);
	free(text);
	return 0;
}
