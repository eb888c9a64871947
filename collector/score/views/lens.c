/* A scorecard seen through a lens; see lens.h. Pure. */
#include "collector/score/views/lens.h"

#include <math.h>
#include <string.h>

/* Sums of products land a few units in the last place beside a boundary that they mean. */
#define LENS_EPSILON 1e-9

static const struct scored *scored_of(const struct scorecard *card,
                                      const struct model_indicator *is)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		for (size_t i = 0; i < card->areas[a].n_indicators; i++) {
			if (card->areas[a].indicators[i].is == is) {
				return &card->areas[a].indicators[i];
			}
		}
	}
	for (size_t i = 0; i < card->n_context; i++) {
		if (card->context[i].is == is) {
			return &card->context[i];
		}
	}
	return NULL;
}

static const struct scored_area *area_of(const struct scorecard *card, const struct model_area *is)
{
	for (size_t a = 0; a < card->n_areas; a++) {
		if (card->areas[a].is == is) {
			return &card->areas[a];
		}
	}
	return NULL;
}

static struct lens_line line_of(const struct lens_member *is, const struct scorecard *card)
{
	struct lens_line line = { .is = is, .status = SCORE_NOT_ASSESSED, .score = NAN };

	line.sure = (struct interval){ NAN, NAN };
	if (is->area != NULL) {
		line.area = area_of(card, is->area);
	} else {
		line.indicator = scored_of(card, is->indicator);
	}
	if (line.area != NULL) {
		line.status = line.area->status;
		line.score = line.area->score;
		line.sure = line.area->sure;
	} else if (line.indicator != NULL) {
		line.status = line.indicator->status;
		line.score = line.indicator->score;
		line.sure = line.indicator->sure;
	}
	return line;
}

/* Presence members take the score of how many of them there are. */
static void score_presence(struct lens_view_part *p)
{
	for (size_t i = 0; i < p->n_lines; i++) {
		p->present += p->lines[i].is->presence && p->lines[i].status == SCORE_ASSESSED;
	}
	for (size_t i = 0; i < p->n_lines; i++) {
		struct lens_line *line = &p->lines[i];

		if (line->is->presence && line->status == SCORE_ASSESSED) {
			line->score = p->is->presence[p->present - 1];
			line->sure = (struct interval){ line->score, line->score };
		}
	}
}

static bool counts(const struct lens_line *line)
{
	return line->is->weight > 0 && line->status == SCORE_ASSESSED;
}

/* Lines of one dependence group err together; an area is a group of its own. */
static bool same_group(const struct lens_line *a, const struct lens_line *b)
{
	if (a->is->area != NULL || b->is->area != NULL) {
		return a->is->area == b->is->area;
	}
	return strcmp(a->is->indicator->group, b->is->indicator->group) == 0;
}

static bool first_of_group(const struct lens_view_part *p, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (counts(&p->lines[j]) && same_group(&p->lines[i], &p->lines[j])) {
			return false;
		}
	}
	return true;
}

/* MOVER (Zou and Donner 2008), as of an area (area.c). */
static struct interval mover(const struct lens_view_part *p, double mean, double weight)
{
	double below = 0; /* sums of squares */
	double above = 0;

	for (size_t i = 0; i < p->n_lines; i++) {
		double low = 0;
		double high = 0;

		if (!counts(&p->lines[i]) || !first_of_group(p, i)) {
			continue;
		}
		for (size_t j = i; j < p->n_lines; j++) {
			const struct lens_line *line = &p->lines[j];

			if (counts(line) && same_group(&p->lines[i], line)) {
				low += line->is->weight / weight * (line->score - line->sure.low);
				high += line->is->weight / weight * (line->sure.high - line->score);
			}
		}
		below += low * low;
		above += high * high;
	}
	return (struct interval){ mean - sqrt(below), mean + sqrt(above) };
}

struct weights {
	double assessed;
	double applicable;
};

static struct weights weights_of(const struct lens_view_part *p)
{
	struct weights w = { 0 };

	for (size_t i = 0; i < p->n_lines; i++) {
		w.applicable +=
			p->lines[i].status != SCORE_NOT_APPLICABLE ? p->lines[i].is->weight : 0;
		w.assessed += counts(&p->lines[i]) ? p->lines[i].is->weight : 0;
	}
	return w;
}

static void score_part(struct lens_view_part *p, double min_coverage)
{
	struct weights w = weights_of(p);
	double sum = 0;

	p->score = NAN;
	p->sure = (struct interval){ NAN, NAN };
	p->coverage = w.applicable > 0 ? w.assessed / w.applicable : 0;
	p->status = w.applicable > 0 ? SCORE_NOT_ASSESSED : SCORE_NOT_APPLICABLE;
	if (p->is->figures || w.assessed <= 0 || p->coverage < min_coverage - LENS_EPSILON) {
		return;
	}
	for (size_t i = 0; i < p->n_lines; i++) {
		sum += counts(&p->lines[i]) ? p->lines[i].is->weight * p->lines[i].score : 0;
	}
	p->status = SCORE_ASSESSED;
	p->score = sum / w.assessed;
	p->sure = mover(p, p->score, w.assessed);
}

static void look_at_part(struct lens_view_part *out, const struct lens_part *is,
                         const struct scorecard *card, double min_coverage)
{
	*out = (struct lens_view_part){ .is = is, .n_lines = is->n_members };
	for (size_t i = 0; i < is->n_members; i++) {
		out->lines[i] = line_of(&is->members[i], card);
	}
	score_presence(out);
	score_part(out, min_coverage);
}

/* ---- stages ---- */

struct known {
	double have;
	struct interval sure;
};

static struct known known_of(const struct lens_view *v, const struct lens_need *need)
{
	struct lens_member member = { .indicator = need->indicator, .area = need->area };
	struct lens_line line;

	switch (need->ask) {
	case LENS_ASK_PART:
		return (struct known){ v->parts[need->part - v->is->parts].score,
			               v->parts[need->part - v->is->parts].sure };
	case LENS_ASK_PRESENT: {
		double n = (double)v->parts[need->part - v->is->parts].present;

		return (struct known){ n, { n, n } };
	}
	case LENS_ASK_INDICATOR:
	case LENS_ASK_AREA:
		break;
	}
	line = line_of(&member, v->card);
	return (struct known){ line.score, line.sure };
}

static struct lens_answer answer(const struct lens_view *v, const struct lens_need *need)
{
	struct lens_answer a = { .is = need, .sure = true };
	struct known k = known_of(v, need);
	double least = need->at_least - LENS_EPSILON;

	a.have = k.have;
	if (isnan(need->at_least)) {
		a.state = isnan(k.have) ? LENS_UNMET : LENS_MET;
	} else if (isnan(k.have)) {
		a.state = LENS_UNKNOWN;
		a.sure = false;
	} else {
		a.state = k.have >= least ? LENS_MET : LENS_UNMET;
		a.sure = k.have >= least ? k.sure.low >= least : k.sure.high < least;
	}
	return a;
}

static void find_stage(struct lens_view *v)
{
	bool all = true;

	for (size_t s = 0; s < v->is->n_stages; s++) {
		const struct lens_stage *stage = &v->is->stages[s];
		size_t met = 0;
		size_t unmet = 0;

		for (size_t i = 0; i < stage->n_needs; i++) {
			v->answers[s][i] = answer(v, &stage->needs[i]);
			met += v->answers[s][i].state == LENS_MET;
			unmet += v->answers[s][i].state == LENS_UNMET;
		}
		v->open |= v->assessed && all && met < stage->n_needs && unmet == 0;
		all = all && met == stage->n_needs;
		v->stage += v->assessed && all;
	}
}

void lens_look(struct lens_view *out, const struct lens *lens, const struct scorecard *card)
{
	struct weights all = { 0 };

	*out = (struct lens_view){ .is = lens, .card = card };
	for (size_t i = 0; i < lens->n_parts; i++) {
		struct weights w;

		look_at_part(&out->parts[i], &lens->parts[i], card, lens->min_coverage);
		w = weights_of(&out->parts[i]);
		all.assessed += lens->parts[i].figures ? 0 : w.assessed;
		all.applicable += lens->parts[i].figures ? 0 : w.applicable;
	}
	out->coverage = all.applicable > 0 ? all.assessed / all.applicable : 0;
	out->assessed = all.assessed > 0 && out->coverage >= lens->min_coverage - LENS_EPSILON;
	find_stage(out);
}
