/* Where to begin; see score.h. Pure. */
#include "cxmeter/score.h"

#include <math.h>

/* A distance below it counts as it: an indicator a hair below its next stage should not beat one
 * that weighs three times as much and is nearly as near. */
#define DISTANCE_MIN 0.05

static double weight_in_area(const struct scored_area *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		if (a->indicators[i].status != SCORE_NOT_APPLICABLE) {
			sum += a->indicators[i].is->weight;
		}
	}
	return sum;
}

const struct scored *score_next_step(const struct scorecard *card)
{
	const double *scores = card->model->rules.anchor_scores;
	const struct scored *best = NULL;
	double most = 0;

	for (size_t a = 0; a < card->n_areas; a++) {
		const struct scored_area *area = &card->areas[a];
		double sum = weight_in_area(area);

		for (size_t i = 0; i < area->n_indicators; i++) {
			const struct scored *s = &area->indicators[i];
			double pull;

			if (s->status != SCORE_ASSESSED ||
			    !score_lift_of(s, &card->model->rules).known) {
				continue;
			}
			pull = area->is->weight * s->is->weight / sum /
			       fmax(scores[s->stage] - s->score, DISTANCE_MIN);
			if (pull > most) {
				most = pull;
				best = s;
			}
		}
	}
	return best;
}
