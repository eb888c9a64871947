/* Any bytes as a lens: refused with a reason, or loaded whole and usable. */
#include <math.h>
#include <stdlib.h>

#include "collector/score/views/lens.h"
#include "tests/support/nord.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is loaded can be looked through: every score is on the scale, or there is none. */
static void use(const struct nord *nord, const struct lens *lens)
{
	struct lens_view *view = calloc(1, sizeof(*view));

	if (view == NULL) {
		abort();
	}
	lens_look(view, lens, &nord->card);
	for (size_t i = 0; i < lens->n_parts; i++) {
		double score = view->parts[i].score;

		if (!isnan(score) && !(score >= 1 - 1e-9 && score <= MODEL_STAGES + 1e-9)) {
			abort();
		}
	}
	if (view->stage < 0 || (size_t)view->stage > lens->n_stages) {
		abort();
	}
	free(view);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct nord *nord;
	struct fault fault = { 0 };
	struct lens *lens = NULL;

	if (nord == NULL) {
		nord = nord_new(NORD_MONTH, false);
	}
	if (lens_parse(&lens, "fuzz.yaml", data, size, nord->model, &fault) == 0) {
		use(nord, lens);
	} else if (fault.text[0] == '\0' || lens != NULL) {
		abort(); /* a refusal says why, and half a lens never gets out */
	}
	lens_free(lens);
	return 0;
}
