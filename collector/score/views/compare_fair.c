/* May these be compared? Every condition is looked at by machine; the first that fails says why
 * not. See compare.h. Pure. */
#include <math.h>
#include <string.h>

#include "collector/score/views/compare.h"

/* Contacts whose events may be missing falsify every figure of them. */
#define COMPLETENESS_MIN 0.98
#define COMPLETENESS_ID  "telemetry_completeness"
#define NPS_ID           "nps"

static const struct scored *scored_at(const struct compare_report *r, size_t site, size_t at)
{
	const struct scorecard *card = r->sites[site].card;

	for (size_t a = 0; a < card->n_areas; a++) {
		if (at < card->areas[a].n_indicators) {
			return &card->areas[a].indicators[at];
		}
		at -= card->areas[a].n_indicators;
	}
	return NULL;
}

static enum compare_bar complete(const struct scorecard *card)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; i < card->areas[a].n_indicators; i++) {
			const struct scored *s = &card->areas[a].indicators[i];

			if (strcmp(s->is->id, COMPLETENESS_ID) != 0) {
				continue;
			}
			if (s->status != SCORE_ASSESSED) {
				return COMPARE_NO_COMPLETENESS;
			}
			return s->got.value >= COMPLETENESS_MIN ? COMPARE_FAIR : COMPARE_INCOMPLETE;
		}
	}
	return COMPARE_NO_COMPLETENESS;
}

static enum compare_bar assessed(const struct compare_report *r, const struct compare_subject *s,
                                 size_t site)
{
	const struct scorecard *card = r->sites[site].card;
	const struct scored *one;

	if (s->indicator == NULL) {
		for (size_t a = 0; a < card->n_areas; a++) {
			if (strcmp(card->areas[a].is->id, s->area->id) == 0) {
				return card->areas[a].status == SCORE_ASSESSED
				               ? COMPARE_FAIR
				               : COMPARE_NOT_ASSESSED;
			}
		}
		return COMPARE_NOT_ASSESSED;
	}
	one = scored_at(r, site, s->at);
	if (one == NULL || one->status != SCORE_ASSESSED) {
		return COMPARE_NOT_ASSESSED;
	}
	return one->n_flags > 0 ? COMPARE_CONFLICT : COMPARE_FAIR;
}

enum compare_bar compare_fair_site(const struct compare_report *r, size_t subject, size_t site)
{
	const struct compare_subject *s = &r->subjects[subject];
	const struct compare_measure *m = s->indicator != NULL && r->sites[site].measures != NULL
	                                          ? &r->sites[site].measures[s->at]
	                                          : NULL;
	enum compare_bar bar = assessed(r, s, site);

	if (bar == COMPARE_FAIR && r->sites[site].card->provisional) {
		bar = COMPARE_PROVISIONAL;
	}
	if (bar == COMPARE_FAIR) {
		bar = complete(r->sites[site].card);
	}
	if (bar == COMPARE_FAIR && m != NULL && m->has[COMPARE_SURVEY_WORDING] &&
	    m->trait[COMPARE_SURVEY_WORDING][0] == '\0') {
		bar = COMPARE_NO_WORDING;
	}
	if (bar == COMPARE_FAIR && s->indicator != NULL && strcmp(s->indicator->id, NPS_ID) == 0 &&
	    (r->sites[site].fact == NULL || r->sites[site].fact->country == NULL)) {
		bar = COMPARE_NO_COUNTRY;
	}
	return bar;
}

static bool same_window(const struct score_window *a, const struct score_window *b)
{
	return a->from_day == b->from_day && a->to_day == b->to_day;
}

static bool same_method(const struct scored *a, const struct scored *b)
{
	const char *x = a->by != NULL && a->by->method != NULL ? a->by->method : "";
	const char *y = b->by != NULL && b->by->method != NULL ? b->by->method : "";

	return strcmp(x, y) == 0;
}

static enum compare_bar same_traits(const struct compare_report *r, const struct compare_subject *s,
                                    size_t a, size_t b)
{
	static const enum compare_bar bars[] = {
		[COMPARE_CHANNEL] = COMPARE_CHANNELS,
		[COMPARE_SURVEY_SCALE] = COMPARE_SCALES,
		[COMPARE_SURVEY_WORDING] = COMPARE_WORDINGS,
	};
	const struct compare_measure *x = r->sites[a].measures;
	const struct compare_measure *y = r->sites[b].measures;

	for (size_t t = 0; x != NULL && y != NULL && t < COMPARE_TRAITS; t++) {
		if (strcmp(x[s->at].trait[t], y[s->at].trait[t]) != 0) {
			return bars[t];
		}
	}
	if (strcmp(s->indicator->id, NPS_ID) == 0 &&
	    strcmp(r->sites[a].fact->country, r->sites[b].fact->country) != 0) {
		return COMPARE_COUNTRIES;
	}
	return COMPARE_FAIR;
}

/* Both cards are of one model, so both have it. */
static const struct scored_area *area_of(const struct scorecard *card, const struct model_area *is)
{
	size_t a = 0;

	while (a + 1 < card->n_areas && strcmp(card->areas[a].is->id, is->id) != 0) {
		a++;
	}
	return &card->areas[a];
}

static bool counts(const struct scored_area *area, size_t i)
{
	return area->indicators[i].status == SCORE_ASSESSED;
}

size_t compare_lone_indicators(const struct scored_area *a, const struct scored_area *b,
                               const struct model_indicator *only[2])
{
	size_t n = 0;

	only[0] = only[1] = NULL;
	for (size_t i = 0; i < a->n_indicators && i < b->n_indicators; i++) {
		size_t side = counts(a, i) ? 0 : 1;

		if (counts(a, i) == counts(b, i)) {
			continue;
		}
		n++;
		only[side] = only[side] != NULL ? only[side] : a->indicators[i].is;
	}
	return n;
}

enum compare_bar compare_fair(const struct compare_report *r, size_t subject, size_t a, size_t b,
                              size_t *barred)
{
	const struct compare_subject *s = &r->subjects[subject];
	const struct scorecard *x = r->sites[a].card;
	const struct scorecard *y = r->sites[b].card;
	const size_t sites[] = { a, b };

	*barred = r->n_sites;
	if (strcmp(x->model->id, y->model->id) != 0 ||
	    strcmp(x->model->version, y->model->version) != 0 ||
	    strcmp(x->model->sha256, y->model->sha256) != 0) {
		return COMPARE_MODEL;
	}
	if (!same_window(&x->window, &y->window)) {
		return COMPARE_WINDOW;
	}
	for (size_t i = 0; i < 2; i++) {
		enum compare_bar bar = compare_at(r, subject, sites[i])->bar;

		if (bar != COMPARE_FAIR) {
			*barred = sites[i];
			return bar;
		}
	}
	if (s->indicator == NULL) {
		const struct model_indicator *only[2];

		return compare_lone_indicators(area_of(x, s->area), area_of(y, s->area), only) == 0
		               ? COMPARE_FAIR
		               : COMPARE_INDICATORS;
	}
	return same_method(scored_at(r, a, s->at), scored_at(r, b, s->at)) ? same_traits(r, s, a, b)
	                                                                   : COMPARE_METHOD;
}
