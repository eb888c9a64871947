/* Below the table of areas: the index over all of them, and conflicts. */
#include <math.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/page.h"
#include "cli/say.h"

static void notes(struct page *p, const struct score_overall *o)
{
	for (size_t i = 0; i < o->n_notes; i++) {
		buf_add_text(&p->cell, i > 0 ? "; " : "");
		score_reason_text(&o->notes[i], p->l->language, &p->cell);
	}
}

static void verdict(struct page *p, const struct score_overall *o)
{
	const struct model_rules *rules = &p->card->model->rules;
	int low = score_stage(rules, o->sure.low);
	int high = score_stage(rules, o->sure.high);

	if (p->card->provisional) {
		buf_add_text(&p->cell, card_word(p, SAY_PROVISIONAL));
	} else if (o->uneven) {
		buf_printf(&p->cell, "%s (%d)", card_word(p, SAY_UNEVEN), o->stage);
	} else if (low != high) {
		buf_printf(&p->cell, "%s %d-%d", card_word(p, SAY_LEANING), low, high);
	} else {
		buf_add_text(&p->cell, card_word(p, SAY_CONFIRMED));
	}
}

static void score_of(struct page *p, double score)
{
	look_score(p->l, &p->card->model->rules, score, &p->cell);
}

/* "if all weighed the same 2.23; other weights 1.96 to 2.60, another stage in 3 % of 1000" */
static void sensitivity(struct page *p, const struct score_overall *o)
{
	buf_printf(&p->cell, "%s ", card_word(p, SAY_EQUAL_WEIGHTS));
	score_of(p, o->equal_weights);
	buf_printf(&p->cell, ", %s ", card_word(p, SAY_RANDOM_WEIGHTS));
	score_of(p, o->drawn.low);
	buf_printf(&p->cell, " %s ", card_word(p, SAY_TO));
	score_of(p, o->drawn.high);
	buf_printf(&p->cell, ", %s ", card_word(p, SAY_OTHER_STAGE));
	look_percent(p->l, o->drawn_elsewhere, &p->cell);
	if (o->weight_dependent) {
		buf_printf(&p->cell, ": %s", card_word(p, SAY_WEIGHT_DEPENDENT));
	}
	page_titled(p, SAY_WEIGHTS);
}

/* "2 (80 % at 2 or above, 22 % at 3 or above, 0 % at 4)" */
static void shares(struct page *p, const struct score_overall *o)
{
	buf_printf(&p->cell, "%d (", o->stage);
	for (int k = 2; k <= MODEL_STAGES; k++) {
		look_percent(p->l, o->at_least[k - 1], &p->cell);
		buf_printf(&p->cell, " %s %d%s", card_word(p, SAY_AT_STAGE), k,
		           k < MODEL_STAGES ? card_word(p, SAY_OR_ABOVE) : "");
		buf_add_text(&p->cell, k < MODEL_STAGES ? ", " : ")");
	}
	page_titled(p, SAY_SHARES);
}

static void lowest(struct page *p, const struct score_overall *o)
{
	for (size_t i = 0; i < o->n_lowest; i++) {
		buf_printf(&p->cell, "%s%s ", i > 0 ? ", " : "",
		           o->lowest[i]->is->name.in[p->l->language]);
		score_of(p, o->lowest[i]->score);
	}
	page_titled(p, SAY_LOWEST);
}

void card_overall(struct page *p)
{
	const struct score_overall *o = &p->card->overall;
	char name[64];

	if (o->status != SCORE_ASSESSED) {
		buf_add_char(p->out, '\n');
		page_put_text(p, card_word(p, SAY_OVERALL), PAGE_NAME_WIDTH + 1);
		buf_printf(&p->cell, "%s: ", card_word(p, SAY_NO_INDEX));
		notes(p, o);
		look_paint(p->l, 0, p->out);
		page_wrap(p, PAGE_NAME_WIDTH + 1);
		look_plain(p->l, p->out);
		return;
	}
	(void)snprintf(name, sizeof(name), "%s (%zu %s %zu)", card_word(p, SAY_OVERALL),
	               o->n_assessed, card_word(p, SAY_OF), p->card->n_areas);
	buf_add_char(p->out, '\n');
	verdict(p, o);
	page_row(p,
	         &(struct page_row){ name, o->index, o->sure, o->band, o->weight / o->all_weight });
	lowest(p, o);
	shares(p, o);
	sensitivity(p, o);
}

void conflict_text(const struct scored *s, const struct look *l, struct buf *out)
{
	struct slice name = short_name(s->is, l->language);

	buf_printf(out, "%.*s %s ", (int)name.len, name.at, say(SAY_GOT_BETTER, l->language));
	look_value(l, s->is, s->before, out);
	buf_printf(out, " %s ", say(SAY_CHANGED_TO, l->language));
	look_value(l, s->is, s->got.value, out);
	for (size_t i = 0; i < s->n_flags; i++) {
		const struct score_flag *f = &s->flags[i];

		name = short_name(f->counter, l->language);
		buf_printf(out, "%s %.*s ", say(i > 0 ? SAY_AND : SAY_WHILE, l->language),
		           (int)name.len, name.at);
		look_value(l, f->counter, f->before, out);
		buf_printf(out, " %s ", say(SAY_CHANGED_TO, l->language));
		look_value(l, f->counter, f->now, out);
	}
	buf_printf(out, "%s; %s", say(SAY_GOT_WORSE, l->language), say(SAY_EXCLUDED, l->language));
}

static void conflict(struct page *p, const struct scored *s)
{
	conflict_text(s, p->l, &p->cell);
	page_titled(p, SAY_CONFLICT);
}

void card_conflicts(struct page *p)
{
	for (size_t a = 0; a < p->card->n_areas; a++) {
		for (size_t i = 0; i < p->card->areas[a].n_indicators; i++) {
			const struct scored *s = &p->card->areas[a].indicators[i];

			if (s->n_flags > 0) {
				conflict(p, s);
			}
		}
	}
}
