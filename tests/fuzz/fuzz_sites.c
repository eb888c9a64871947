/* Any bytes as a file of sites, and as what --vendor takes: refused with a reason, or facts of
 * sites that each stand there once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/score/views/compare_facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct compare_facts *facts, int rc, const struct fault *fault)
{
	if (rc != 0 && fault->text[0] == '\0') {
		abort();
	}
	for (size_t i = 0; rc == 0 && i < facts->n; i++) {
		if (compare_fact_of(facts, facts->all[i].site) != &facts->all[i]) {
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct compare_facts facts = { 0 };
	struct fault fault = { 0 };
	char *text = calloc(1, size + 1);

	if (text == NULL) {
		abort();
	}
	if (size > 0) {
		memcpy(text, data, size);
	}
	check(&facts, compare_facts_parse(&facts, "fuzz.yaml", data, size, &fault), &fault);
	compare_facts_free(&facts);
	fault.text[0] = '\0';
	check(&facts, compare_facts_vendors(&facts, text, &fault), &fault);
	compare_facts_free(&facts);
	free(text);
	return 0;
}
