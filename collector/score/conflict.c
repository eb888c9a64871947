/*
 * Conflict flags: "if a label change can move the number, it will" (Goodhart). A counter-indicator
 * that worsens by more than its interval while the indicator improves says that the figure may have
 * been moved instead of the service; see docs/scoring.md, "Conflict".
 *
 * The window before is read only for what may be flagged: an indicator with counters that is
 * assessed now, and of its counters only when it got better.
 */
#include "collector/score/conflict.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "collector/score/parts.h"
#include "collector/score/scorecard.h"

bool score_got_better(const struct scored *before, const struct scored *now)
{
	return now->is->lower_is_better ? now->got.value < before->got.value
	                                : now->got.value > before->got.value;
}

bool score_got_worse(const struct scored *before, const struct scored *now)
{
	bool lower = now->is->lower_is_better;
	/* the two that the difference is made of, in its own direction */
	const struct estimate *high = lower ? &now->got : &before->got;
	const struct estimate *low = lower ? &before->got : &now->got;
	double worse = high->value - low->value;

	/* not known is NAN and never larger than 0 */
	return worse - hypot(high->value - high->interval.low, low->interval.high - low->value) > 0;
}

/* What the window before said of one indicator. */
struct past {
	const struct model_indicator *is;
	struct scored scored;
};

struct search {
	struct scorecard *card;
	struct score_window before;
	struct tally_source from; /* that window */
	struct past *past;
	size_t n_past;
	struct fault *fault;
};

static int past_of(struct search *s, const struct model_indicator *is, const struct scored **out)
{
	struct past *p = &s->past[s->n_past];
	struct score_figure wanted = { .model = s->card->model,
		                       .from = &s->from,
		                       .provisional = s->card->provisional };
	int rc;

	for (size_t i = 0; i < s->n_past; i++) {
		if (s->past[i].is == is) {
			*out = &s->past[i].scored;
			return 0;
		}
	}
	rc = score_figure_of(&p->scored, is, &wanted, s->fault);
	p->is = is;
	s->n_past += rc == 0;
	*out = &p->scored;
	return rc;
}

static const struct scored *in_card(const struct scorecard *card, const struct model_indicator *is)
{
	const struct model *m = card->model;

	if (is->area == NULL) {
		return &card->context[is - m->context];
	}
	for (size_t a = 0; a < card->n_areas; a++) {
		if (card->areas[a].is == is->area) {
			return &card->areas[a].indicators[is - is->area->indicators];
		}
	}
	return NULL;
}

/* Assessed then as it is now, and by the same method: two methods are two figures. */
static bool alike(const struct scored *before, const struct scored *now)
{
	return before->status == SCORE_ASSESSED && before->by == now->by;
}

static int check_counter(struct search *s, struct scored *of, const struct model_indicator *counter)
{
	const struct scored *now = in_card(s->card, counter);
	const struct scored *before;
	int rc;

	if (now == NULL || now->status != SCORE_ASSESSED) {
		return 0;
	}
	rc = past_of(s, counter, &before);
	if (rc == 0 && alike(before, now) && score_got_worse(before, now)) {
		of->flags[of->n_flags++] =
			(struct score_flag){ counter, before->got.value, now->got.value };
	}
	return rc;
}

static int check(struct search *s, struct scored *of)
{
	const struct scored *before;
	int rc;

	if (of->is->n_counters == 0 || of->status != SCORE_ASSESSED) {
		return 0;
	}
	rc = past_of(s, of->is, &before);
	if (rc != 0 || !alike(before, of)) {
		return rc;
	}
	of->before = before->got.value;
	for (size_t i = 0; rc == 0 && i < of->is->n_counters && score_got_better(before, of); i++) {
		rc = check_counter(s, of, of->is->counters[i]);
	}
	return rc;
}

static int check_all(struct search *s)
{
	int rc = 0;

	for (size_t a = 0; rc == 0 && a < s->card->n_areas; a++) {
		for (size_t i = 0; rc == 0 && i < s->card->areas[a].n_indicators; i++) {
			rc = check(s, &s->card->areas[a].indicators[i]);
		}
	}
	return rc;
}

int conflicts_find(struct scorecard *card, struct store *st, struct cache *cache,
                   struct fault *fault)
{
	struct search s = { .card = card, .before = card->window, .fault = fault };
	struct parts parts = { 0 };
	size_t all = card->n_context + 1;
	int rc;

	for (size_t a = 0; a < card->n_areas; a++) {
		all += card->areas[a].n_indicators;
	}
	s.past = calloc(all, sizeof(*s.past));
	if (s.past == NULL) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	s.before.to_day = card->window.from_day - 1;
	s.before.from_day = 2 * card->window.from_day - card->window.to_day - 1;
	s.from = (struct tally_source){ st, card->site, &s.before, NULL };
	rc = parts_open(&parts, cache, &s.from, fault);
	s.from.parts = rc == 1 ? &parts : NULL;
	rc = rc < 0 ? rc : check_all(&s);
	parts_close(&parts);
	free(s.past);
	return rc;
}
