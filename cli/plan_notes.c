#include "cli/plan_notes.h"

#include "cli/column.h"

#define NOTE_AT 2

static bool is_of_evidence(const struct score_reason *r)
{
	return r->why == WHY_SAMPLED || r->why == WHY_CAPTURE_LOSS;
}

static bool same(const struct score_reason *a, const struct score_reason *b)
{
	return a->why == b->why && a->have == b->have && a->need == b->need && a->day == b->day &&
	       a->to_day == b->to_day;
}

/* The area's note that says the same; NULL: it has none, or the page is not about it. */
static const struct score_reason *note_like(const struct plan_notes *of, size_t area,
                                            const struct score_reason *note)
{
	const struct scored_area *a = &of->card->areas[area];

	for (size_t i = 0; (of->areas == NULL || of->areas[area]) && i < a->n_notes; i++) {
		if (is_of_evidence(&a->notes[i]) && (note == NULL || same(&a->notes[i], note))) {
			return &a->notes[i];
		}
	}
	return NULL;
}

static bool has_any(const struct plan_notes *of, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t a = 0; a < of[i].card->n_areas; a++) {
			if (note_like(&of[i], a, NULL) != NULL) {
				return true;
			}
		}
	}
	return false;
}

/* ---- text ---- */

/* "nord, Quality assurance, Security: 10 % of the calls ...", from the first area that says it. */
static void paragraph(struct plan_page *p, const struct plan_notes *of, size_t first,
                      const struct score_reason *note)
{
	const char *between = "";

	for (size_t a = 0; a < first; a++) {
		if (note_like(of, a, note) != NULL) {
			return; /* it has been said */
		}
	}
	if (of->name_site) {
		buf_add_text(&p->cell, of->card->site);
		between = ", ";
	}
	for (size_t a = first; a < of->card->n_areas; a++) {
		if (note_like(of, a, note) != NULL) {
			buf_printf(&p->cell, "%s%s", between,
			           of->card->areas[a].is->name.in[p->l->language]);
			between = ", ";
		}
	}
	buf_add_text(&p->cell, ": ");
	score_reason_text(note, p->l->language, &p->cell);
	column_blanks(NOTE_AT, p->out);
	plan_wrap(p, NOTE_AT);
}

static void site_text(struct plan_page *p, const struct plan_notes *of)
{
	for (size_t a = 0; a < of->card->n_areas; a++) {
		const struct scored_area *area = &of->card->areas[a];

		for (size_t i = 0; note_like(of, a, NULL) != NULL && i < area->n_notes; i++) {
			if (is_of_evidence(&area->notes[i])) {
				paragraph(p, of, a, &area->notes[i]);
			}
		}
	}
}

void plan_notes_text(struct plan_page *p, const struct plan_notes *of, size_t n)
{
	if (!has_any(of, n)) {
		return;
	}
	buf_add_char(p->out, '\n');
	look_bold(p->l, p->out);
	buf_add_text(p->out, plan_word(p, PLAN_EVIDENCE));
	look_plain(p->l, p->out);
	buf_add_char(p->out, '\n');
	for (size_t i = 0; i < n; i++) {
		site_text(p, &of[i]);
	}
}

/* ---- JSON ---- */

static void area_json(struct put *j, const struct plan_notes *of, size_t area,
                      enum model_language language, struct buf *text)
{
	const struct scored_area *a = &of->card->areas[area];

	for (size_t i = 0; note_like(of, area, NULL) != NULL && i < a->n_notes; i++) {
		if (!is_of_evidence(&a->notes[i])) {
			continue;
		}
		buf_reset(text);
		score_reason_text(&a->notes[i], language, text);
		put_line(j, 4);
		put_open(j, NULL, '{');
		if (of->name_site) {
			put_text(j, "site", of->card->site);
		}
		put_text(j, "area", a->is->id);
		put_slice(j, "text", (struct slice){ (const char *)text->data, text->len });
		put_close(j, '}');
	}
}

void plan_notes_json(struct put *j, const struct plan_notes *of, size_t n,
                     enum model_language language)
{
	struct buf text;

	if (!has_any(of, n)) {
		return;
	}
	buf_init(&text, LOOK_TEXT_MAX_BYTES);
	put_line(j, 2);
	put_open(j, "notes", '[');
	for (size_t i = 0; i < n; i++) {
		for (size_t a = 0; a < of[i].card->n_areas; a++) {
			area_json(j, &of[i], a, language, &text);
		}
	}
	put_close(j, ']');
	j->out->failed |= text.failed;
	buf_free(&text);
}
