/*
 * Urgency and order of drivers; see roadmap.h. Pure.
 *
 * The rating follows valantic / Thompson (model source S_VALANTIC), the order Kahn 1962: among the
 * steps that wait for nothing, first those that a binding gate needs, then the most urgent.
 */
#include "collector/score/views/roadmap.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEPENDENT_BONUS 0.25 /* for each indicator that waits for a driver */
#define SHARE_NOW       0.10
#define SHARE_NEXT      0.04
/* Sums of products land a few units in the last place beside a boundary that they mean. */
#define ROADMAP_EPSILON 1e-9

const char *roadmap_when_name(enum roadmap_when when, enum model_language language)
{
	static const char *const names[][MODEL_LANGUAGES] = {
		[ROADMAP_NOW] = { "now", "sofort" },
		[ROADMAP_NEXT] = { "next", "nächste" },
		[ROADMAP_LATER] = { "later", "später" },
	};

	return names[when][language];
}

/* ---- targets ---- */

static struct roadmap_target target_of(const struct scored_area *a, const struct model_rules *rules,
                                       const struct roadmap_wishes *wishes)
{
	struct roadmap_target t = { .area = a, .reached = NAN, .score = NAN };

	t.sure = (struct interval){ NAN, NAN };
	if (a->status == SCORE_ASSESSED && a->stage < MODEL_STAGES) {
		t.stage = a->stage + 1;
	}
	for (size_t i = 0; i < wishes->n; i++) {
		if (wishes->at[i].area == a->is) {
			t.stage = wishes->at[i].stage;
			t.from = wishes->at[i].from;
		}
	}
	if (a->status == SCORE_NOT_APPLICABLE) {
		t.stage = 0;
	}
	if (t.stage > 0) {
		t.score = rules->anchor_scores[t.stage - 1];
	}
	return t;
}

static const struct roadmap_target *target_for(const struct roadmap *r,
                                               const struct model_area *area)
{
	for (size_t i = 0; i < r->n_targets; i++) {
		if (r->targets[i].area->is == area) {
			return &r->targets[i];
		}
	}
	return NULL;
}

/* ---- gates ---- */

static bool has_failure(const struct scored *s)
{
	if (s->is->any_failure_cap == 0 || isnan(s->got.numerator) || isnan(s->got.denominator)) {
		return false;
	}
	return s->is->lower_is_better ? s->got.numerator > 0
	                              : s->got.numerator < s->got.denominator;
}

/* Does this gate hold its area below the score it would have without gates (area.c)? */
static bool binds(const struct model_rules *rules, const struct scored_area *a,
                  const struct scored *s)
{
	double ungated = NAN;
	bool soft = s->is->gate == MODEL_SOFT_GATE && s->status == SCORE_ASSESSED;
	bool hard = s->is->gate == MODEL_HARD_GATE && s->status == SCORE_ASSESSED;

	for (size_t i = 0; i < a->n_notes; i++) {
		ungated = a->notes[i].why == WHY_GATE_CAPS ? a->notes[i].have : ungated;
	}
	return (soft && s->score + rules->soft_gate_headroom < ungated) ||
	       (hard && s->score < rules->hard_gate_below && rules->hard_gate_cap < ungated) ||
	       (s->status == SCORE_ASSESSED && has_failure(s) && s->is->any_failure_cap < ungated);
}

/* ---- rating ---- */

static double weight_in_area(const struct scored_area *a)
{
	double sum = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		sum += a->indicators[i].status != SCORE_NOT_APPLICABLE ? a->indicators[i].is->weight
		                                                       : 0;
	}
	return sum;
}

static bool below(const struct scored *s, const struct roadmap_target *t)
{
	return t->stage > 0 && s->status == SCORE_ASSESSED && s->score < t->score - ROADMAP_EPSILON;
}

static double chance_below(const struct interval *sure, double target)
{
	if (sure->high < target) {
		return 1;
	}
	if (sure->low >= target || sure->high <= sure->low) {
		return 0;
	}
	return (target - sure->low) / (sure->high - sure->low);
}

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
	return NULL;
}

static size_t dependents_below(const struct roadmap *r, const struct model_indicator *is)
{
	const struct model *m = r->card->model;
	size_t n = 0;

	for (size_t i = 0; i < m->n_dependencies; i++) {
		const struct model_dependency *d = &m->dependencies[i];
		const struct scored *then = d->first == is ? scored_of(r->card, d->then) : NULL;
		const struct roadmap_target *t =
			then != NULL ? target_for(r, then->is->area) : NULL;

		n += t != NULL && below(then, t);
	}
	return n;
}

/* ---- effect ---- */

/* The indicator as if it had met its exit criterion: as sure as it is today, only better. */
static void lift(struct scored *s, const struct roadmap_step *step, const struct model_rules *rules)
{
	double best = rules->anchor_scores[MODEL_ANCHORS - 1];
	double reach;

	if (step->no_failure) {
		s->got.value = s->is->lower_is_better ? 0 : 1;
		s->got.numerator = s->is->lower_is_better ? 0 : s->got.denominator;
		reach = score_map(s->is, rules, s->got.value);
	} else {
		reach = score_map(s->is, rules, step->exit_value);
	}
	reach = fmax(reach, s->score);
	s->sure.low = fmin(reach, s->sure.low + (reach - s->score));
	s->sure.high = fmin(best, s->sure.high + (reach - s->score));
	s->score = reach;
	s->stage = score_stage(rules, reach);
}

/* The area with these of its steps done, scored as every area is. */
static struct scored_area effect(const struct scored_area *a, const struct model_rules *rules,
                                 const struct roadmap_step *steps, size_t n_steps)
{
	struct scored indicators[MODEL_INDICATORS_MAX];
	struct scored_area after = *a;

	memcpy(indicators, a->indicators, a->n_indicators * sizeof(indicators[0]));
	after.indicators = indicators;
	for (size_t i = 0; i < n_steps; i++) {
		if (steps[i].area == a) {
			lift(&indicators[steps[i].driver - a->indicators], &steps[i], rules);
		}
	}
	score_area(rules, &after);
	after.indicators = a->indicators;
	return after;
}

static struct roadmap_step step_of(const struct roadmap *r, const struct roadmap_target *t,
                                   const struct scored *s)
{
	const struct model_rules *rules = &r->card->model->rules;
	const struct scored_area *a = t->area;
	struct roadmap_step step = { .driver = s, .area = a };
	int stage = t->stage > 1 ? t->stage : 2;
	struct scored_area after;

	step.gate_binds = binds(rules, a, s);
	step.no_failure = step.gate_binds && has_failure(s);
	step.exit_value = s->is->thresholds[stage - 2].value;
	step.out_of_reach = !step.no_failure &&
	                    score_map(s->is, rules, step.exit_value) < t->score - ROADMAP_EPSILON;
	step.dependents = dependents_below(r, s->is);
	if (below(s, t)) {
		step.chance = chance_below(&s->sure, t->score);
		step.urgency = s->is->weight / weight_in_area(a) * a->is->weight *
		               (t->score - s->score) * step.chance *
		               (1 + DEPENDENT_BONUS * (double)step.dependents);
	}
	after = effect(a, rules, &step, 1);
	step.area_after = after.score;
	step.area_sure = after.sure;
	step.area_stage = after.stage;
	return step;
}

static void rate(struct roadmap *r)
{
	double sum = 0;

	for (size_t i = 0; i < r->n_steps; i++) {
		sum += r->steps[i].urgency;
	}
	for (size_t i = 0; i < r->n_steps; i++) {
		struct roadmap_step *s = &r->steps[i];

		s->share = sum > 0 ? s->urgency / sum : 0;
		s->when = s->share >= SHARE_NEXT ? ROADMAP_NEXT : ROADMAP_LATER;
		if (s->gate_binds || s->share >= SHARE_NOW) {
			s->when = ROADMAP_NOW;
		}
	}
}

/* ---- order ---- */

bool roadmap_precedes(const struct roadmap *r, const struct roadmap_step *first,
                      const struct roadmap_step *then)
{
	const struct model *m = r->card->model;

	for (size_t i = 0; i < m->n_dependencies; i++) {
		if (m->dependencies[i].first == first->driver->is &&
		    m->dependencies[i].then == then->driver->is) {
			return true;
		}
	}
	return false;
}

/* Does a binding gate wait for this step, or something that such a gate waits for? */
static bool gate_waits(const struct roadmap *r, const struct roadmap_step *first)
{
	for (size_t j = 0; j < r->n_steps; j++) {
		const struct roadmap_step *then = &r->steps[j];

		if ((then->gate_binds || then->before_gate) && roadmap_precedes(r, first, then)) {
			return true;
		}
	}
	return false;
}

/* Mark what binding gates wait for, over any number of steps. */
static void mark_before_gates(struct roadmap *r)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < r->n_steps; i++) {
			if (!r->steps[i].before_gate && gate_waits(r, &r->steps[i])) {
				r->steps[i].before_gate = true;
				r->steps[i].when =
					ROADMAP_NOW; /* later than now it would hold the gate */
				more = true;
			}
		}
	}
}

static bool comes_first(const struct roadmap_step *a, const struct roadmap_step *b)
{
	bool gate_a = a->gate_binds || a->before_gate;
	bool gate_b = b->gate_binds || b->before_gate;

	if (gate_a != gate_b) {
		return gate_a;
	}
	if (a->urgency != b->urgency) {
		return a->urgency > b->urgency;
	}
	assert(a->driver != NULL && b->driver != NULL); /* step_of gave each its own */
	return strcmp(a->driver->is->id, b->driver->is->id) < 0;
}

static bool waits(const struct roadmap *r, size_t from, size_t i)
{
	for (size_t j = from; j < r->n_steps; j++) {
		if (j != i && roadmap_precedes(r, &r->steps[j], &r->steps[i])) {
			return true;
		}
	}
	return false;
}

/* Steps before `done` are in their place; which of the others comes next? In a cycle, which a model
 * cannot have, the most urgent. */
static size_t next_of(const struct roadmap *r, size_t done)
{
	size_t best = r->n_steps;
	size_t any = done;

	for (size_t i = done; i < r->n_steps; i++) {
		if (comes_first(&r->steps[i], &r->steps[any])) {
			any = i;
		}
		if (!waits(r, done, i) &&
		    (best == r->n_steps || comes_first(&r->steps[i], &r->steps[best]))) {
			best = i;
		}
	}
	return best < r->n_steps ? best : any;
}

static void order(struct roadmap *r)
{
	mark_before_gates(r);
	for (size_t done = 0; done < r->n_steps; done++) {
		size_t next = next_of(r, done);
		struct roadmap_step step = r->steps[next];

		step.wave = 1;
		for (size_t i = 0; i < done; i++) {
			if (roadmap_precedes(r, &r->steps[i], &step) &&
			    r->steps[i].wave >= step.wave) {
				step.wave = r->steps[i].wave + 1;
			}
		}
		r->waves = step.wave > r->waves ? step.wave : r->waves;
		r->steps[next] = r->steps[done];
		r->steps[done] = step;
	}
}

/* ---- the whole ---- */

static void add_area(struct roadmap *r, const struct roadmap_target *t)
{
	const struct scored_area *a = t->area;
	const struct model_rules *rules = &r->card->model->rules;
	double sum = weight_in_area(a);

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct scored *s = &a->indicators[i];

		if (below(s, t) || binds(rules, a, s)) {
			r->steps[r->n_steps++] = step_of(r, t, s);
		}
		if (s->status == SCORE_NOT_ASSESSED) {
			r->missing[r->n_missing++] =
				(struct roadmap_missing){ s, a,
				                          s->is->weight / sum * a->is->weight };
		}
	}
}

static int by_weight(const void *a, const void *b)
{
	const struct roadmap_missing *x = a;
	const struct roadmap_missing *y = b;

	if (x->weight != y->weight) {
		return x->weight > y->weight ? -1 : 1;
	}
	return strcmp(x->is->is->id, y->is->is->id);
}

static void see_targets(struct roadmap *r)
{
	for (size_t i = 0; i < r->n_targets; i++) {
		struct roadmap_target *t = &r->targets[i];
		struct scored_area after =
			effect(t->area, &r->card->model->rules, r->steps, r->n_steps);

		t->reached = after.score;
		t->sure = after.sure;
		t->reached_stage = after.stage;
		for (size_t s = 0; s < r->n_steps; s++) {
			t->n_steps += r->steps[s].area == t->area;
		}
	}
}

int roadmap_make(struct roadmap *out, const struct scorecard *card,
                 const struct roadmap_wishes *wishes)
{
	size_t most = 1;

	*out = (struct roadmap){ .card = card };
	for (size_t a = 0; a < card->n_areas; a++) {
		most += card->areas[a].n_indicators;
		out->targets[out->n_targets++] =
			target_of(&card->areas[a], &card->model->rules, wishes);
	}
	out->steps = calloc(most, sizeof(*out->steps));
	out->missing = calloc(most, sizeof(*out->missing));
	if (out->steps == NULL || out->missing == NULL) {
		roadmap_free(out);
		return -ENOMEM;
	}
	for (size_t i = 0; i < out->n_targets; i++) {
		add_area(out, &out->targets[i]);
	}
	rate(out);
	order(out);
	see_targets(out);
	qsort(out->missing, out->n_missing, sizeof(*out->missing), by_weight);
	return 0;
}

void roadmap_free(struct roadmap *r)
{
	free(r->steps);
	free(r->missing);
	*r = (struct roadmap){ 0 };
}
