/* Any bytes as a model file: refused with a reason, or loaded whole and usable. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "cxmeter/score.h"
#include "tests/support/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is loaded can be used: every score is on the scale, every evidence has its estimator. */
static void use(const struct model *m)
{
	for (size_t a = 0; a < m->n_areas; a++) {
		for (size_t i = 0; i < m->areas[a].n_indicators; i++) {
			const struct model_indicator *is = &m->areas[a].indicators[i];
			double middle = is->anchors[1] + (is->anchors[2] - is->anchors[1]) / 2;
			double score = score_map(is, &m->rules, middle);

			if (!(score >= m->rules.anchor_scores[0] - 1e-9 &&
			      score <= m->rules.anchor_scores[MODEL_ANCHORS - 1] + 1e-9) ||
			    model_indicator_named(m, is->id) != is ||
			    (is->evidence != NULL && is->evidence->estimator == NULL)) {
				abort();
			}
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = { 0 };
	struct model *m = NULL;

	if (model_parse(&m, "fuzz.yaml", data, size, product_catalog(), &fault) == 0) {
		use(m);
	} else if (fault.text[0] == '\0' || m != NULL) {
		abort(); /* a refusal says why, and half a model never gets out */
	}
	model_free(m);
	return 0;
}
