/* A comparison for people: scores side by side, statements by area, bands, vendors. */
#include "cli/compare.h"

#include <math.h>
#include <string.h>

#include "cli/card.h"
#include "cli/column.h"
#include "cli/say.h"
#include "common/when.h"

enum {
	AREA_WIDTH = 36,
	SITE_WIDTH_MIN = 9,
	SITE_WIDTH_MAX = 21, /* side by side; JSON and CSV have all, with their whole names */
	PAIRS_SHOWN = 3,     /* each by its own line; of more only what differs */
	RESULT_AT = 4,
};

const char *compare_side(const struct compare_report *r, size_t i)
{
	return r->by_vendor ? r->vendors[i].name : r->sites[i].card->site;
}

size_t compare_notes(const struct compare_report *r, struct plan_notes of[COMPARE_SITES_MAX])
{
	for (size_t i = 0; i < r->n_sites; i++) {
		of[i] = (struct plan_notes){ .card = r->sites[i].card, .name_site = true };
	}
	return r->n_sites;
}

const char *compare_statement_name(enum compare_statement statement)
{
	static const char *const names[] = {
		[COMPARE_NOT_COMPARED] = "not_compared",
		[COMPARE_NO_DIFFERENCE] = "no_difference_shown",
		[COMPARE_EQUIVALENT] = "equivalent",
		[COMPARE_A_BETTER] = "a_better",
		[COMPARE_B_BETTER] = "b_better",
	};

	return names[statement];
}

static void bold(struct plan_page *p, const char *text)
{
	look_bold(p->l, p->out);
	buf_add_text(p->out, text);
	look_plain(p->l, p->out);
}

/* ---- head ---- */

static void head(struct plan_page *p, const struct compare_report *r)
{
	const struct scorecard *first = r->sites[0].card;
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];

	plan_mark(p, first->simulated);
	look_bold(p->l, p->out);
	buf_printf(&p->cell, "%s: ", plan_word(p, PLAN_COMPARE));
	for (size_t j = 0; j < r->n_sites; j++) {
		buf_printf(&p->cell, "%s%s", j > 0 ? ", " : "", r->sites[j].card->site);
	}
	plan_wrap(p, 2);
	look_plain(p->l, p->out);
	buf_printf(p->out, "%s %s %s (%d %s)\n", when_date(first->window.from_day, from),
	           say(SAY_TO, p->l->language), when_date(first->window.to_day, to),
	           first->window.to_day - first->window.from_day + 1,
	           say(SAY_DAYS, p->l->language));
	buf_printf(p->out, "%s %s %s (sha256 %.8s)\n", say(SAY_MODEL, p->l->language), r->model->id,
	           r->model->version, r->model->sha256);
	if (first->provisional) {
		buf_printf(p->out, "%s\n", say(SAY_PROVISIONAL_WHY, p->l->language));
	}
}

/* Columns for the longest name, and a blank. */
static size_t site_width(const struct compare_report *r)
{
	size_t width = SITE_WIDTH_MIN;

	for (size_t j = 0; j < r->n_sites; j++) {
		size_t name = column_width(slice_of(r->sites[j].card->site)) + 1;

		width = name > width ? name : width;
	}
	return width < SITE_WIDTH_MAX ? width : SITE_WIDTH_MAX;
}

static void scores(struct plan_page *p, const struct compare_report *r)
{
	size_t width = site_width(r);
	size_t room = (COLUMN_LINE_MAX - AREA_WIDTH - 3) / width; /* and "..." */
	size_t shown = r->n_sites < room ? r->n_sites : room;

	buf_add_char(p->out, '\n');
	bold(p, plan_word(p, PLAN_SCORES));
	buf_add_char(p->out, '\n');
	column_blanks(AREA_WIDTH, p->out);
	for (size_t j = 0; j < shown; j++) {
		column_pad_left(slice_of(r->sites[j].card->site), width - 1, p->out);
		buf_add_char(p->out, ' ');
	}
	buf_add_text(p->out, shown < r->n_sites ? "..." : "");
	plan_line(p);
	for (size_t a = 0; a < r->sites[0].card->n_areas; a++) {
		plan_put_text(p, r->sites[0].card->areas[a].is->name.in[p->l->language],
		              AREA_WIDTH);
		for (size_t j = 0; j < shown; j++) {
			const struct scored_area *area = &r->sites[j].card->areas[a];

			if (area->status == SCORE_ASSESSED) {
				look_score(p->l, &r->model->rules, area->score, &p->cell);
			} else {
				buf_add_char(&p->cell, '-');
			}
			plan_put(p, width - 1, true);
			buf_add_char(p->out, ' ');
		}
		plan_line(p);
	}
}

/* ---- one result ---- */

static void statement(struct plan_page *p, const struct compare_report *r,
                      const struct compare_result *x)
{
	switch (x->statement) {
	case COMPARE_A_BETTER:
	case COMPARE_B_BETTER:
		buf_printf(&p->cell, "%s %s",
		           compare_side(r, x->statement == COMPARE_A_BETTER ? x->a : x->b),
		           plan_word(p, PLAN_BETTER));
		break;
	case COMPARE_EQUIVALENT:
		buf_add_text(&p->cell, plan_word(p, PLAN_EQUIVALENT));
		break;
	case COMPARE_NO_DIFFERENCE:
		buf_add_text(&p->cell, plan_word(p, PLAN_NO_DIFF));
		break;
	case COMPARE_NOT_COMPARED:
		compare_bar_text(r, x, p->l->language, &p->cell);
		break;
	}
}

static void figure(struct plan_page *p, const struct compare_subject *s, double value)
{
	if (s->indicator != NULL) {
		look_value(p->l, s->indicator, value, &p->cell);
	} else {
		score_number(value, 2, p->l->language, &p->cell);
	}
}

static void adjustment(struct plan_page *p, const struct compare_report *r,
                       const struct compare_result *x)
{
	const struct compare_subject *s = &r->subjects[x->subject];
	const struct compare_value *a = compare_at(r, x->subject, x->a);

	if (a->adjustment == COMPARE_NOT_ADJUSTABLE) {
		buf_printf(&p->cell, " (%s)", plan_word(p, PLAN_CRUDE));
	} else if (a->adjustment != COMPARE_IS_SCORE) {
		buf_printf(&p->cell, "; %s ",
		           plan_word(p, a->adjustment == COMPARE_EXCESS ? PLAN_EXCESS : PLAN_MIX));
		figure(p, s, x->side[0].value);
		buf_printf(&p->cell, " %s ", plan_word(p, PLAN_AGAINST));
		figure(p, s, x->side[1].value);
	}
}

static void numbers(struct plan_page *p, const struct compare_report *r,
                    const struct compare_result *x)
{
	const struct compare_subject *s = &r->subjects[x->subject];

	buf_add_text(&p->cell, " (");
	figure(p, s, compare_at(r, x->subject, x->a)->raw);
	buf_printf(&p->cell, " %s ", plan_word(p, PLAN_AGAINST));
	figure(p, s, compare_at(r, x->subject, x->b)->raw);
	adjustment(p, r, x);
	buf_printf(&p->cell, "; %s ", plan_word(p, PLAN_DIFFERENCE));
	if (s->indicator != NULL) {
		look_difference(p->l, s->indicator, x->difference, &x->sure, &p->cell);
	} else {
		score_number(x->difference, 2, p->l->language, &p->cell);
		buf_add_text(&p->cell, " [");
		score_number(x->sure.low, 2, p->l->language, &p->cell);
		buf_printf(&p->cell, " %s ", say(SAY_TO, p->l->language));
		score_number(x->sure.high, 2, p->l->language, &p->cell);
		buf_add_char(&p->cell, ']');
	}
}

static void adjusted_p(struct plan_page *p, double adjusted)
{
	buf_printf(&p->cell, ", %s ", plan_word(p, PLAN_ADJUSTED_P));
	if (adjusted < 0.001) {
		buf_add_text(&p->cell, "< ");
		adjusted = 0.001;
	}
	score_number(adjusted, 3, p->l->language, &p->cell);
	buf_add_char(&p->cell, ')');
}

static void result(struct plan_page *p, const struct compare_report *r,
                   const struct compare_result *x)
{
	column_blanks(RESULT_AT, p->out);
	if (r->n_results / r->n_subjects > 1) {
		buf_printf(&p->cell, "%s, %s: ", compare_side(r, x->a), compare_side(r, x->b));
	}
	statement(p, r, x);
	if (x->statement != COMPARE_NOT_COMPARED) {
		if (r->by_vendor) {
			buf_printf(&p->cell, " (%s, %s ", plan_word(p, PLAN_DEVIATIONS),
			           plan_word(p, PLAN_DIFFERENCE));
			score_number(x->difference, 2, p->l->language, &p->cell);
		} else {
			numbers(p, r, x);
		}
		adjusted_p(p, x->adjusted);
	}
	plan_wrap(p, RESULT_AT);
}

/* ---- the results of one subject ---- */

static void subject_name(struct plan_page *p, const struct compare_report *r, size_t s,
                         struct buf *out)
{
	if (r->subjects[s].indicator != NULL) {
		buf_add_slice(out, short_name(r->subjects[s].indicator, p->l->language));
	} else {
		buf_add_text(out, plan_word(p, PLAN_AREA_SCORE));
	}
}

struct counts {
	size_t none;
	size_t same;
	size_t barred;
	const struct compare_result *first_barred;
};

static void rest(struct plan_page *p, const struct compare_report *r, const struct counts *n)
{
	column_blanks(RESULT_AT, p->out);
	buf_printf(&p->cell, "%zu %s, %zu %s, %zu %s", n->none, plan_word(p, PLAN_REST_NONE),
	           n->same, plan_word(p, PLAN_REST_SAME), n->barred,
	           plan_word(p, PLAN_REST_BARRED));
	if (n->first_barred != NULL) {
		buf_printf(&p->cell, "; %s (%s, %s): ", plan_word(p, PLAN_FIRST_WHY),
		           compare_side(r, n->first_barred->a),
		           compare_side(r, n->first_barred->b));
		compare_bar_text(r, n->first_barred, p->l->language, &p->cell);
	}
	plan_wrap(p, RESULT_AT);
}

static void subject(struct plan_page *p, const struct compare_report *r, size_t s, size_t pairs)
{
	const struct compare_result *of = &r->results[s * pairs];
	struct counts n = { 0 };

	buf_add_text(p->out, "  ");
	subject_name(p, r, s, p->out);
	buf_add_char(p->out, '\n');
	for (size_t i = 0; i < pairs; i++) {
		bool differs =
			of[i].statement == COMPARE_A_BETTER || of[i].statement == COMPARE_B_BETTER;

		n.none += of[i].statement == COMPARE_NO_DIFFERENCE;
		n.same += of[i].statement == COMPARE_EQUIVALENT;
		n.barred += of[i].statement == COMPARE_NOT_COMPARED;
		if (n.first_barred == NULL && of[i].statement == COMPARE_NOT_COMPARED) {
			n.first_barred = &of[i];
		}
		if (pairs <= PAIRS_SHOWN || differs) {
			result(p, r, &of[i]);
		}
	}
	if (pairs > PAIRS_SHOWN) {
		rest(p, r, &n);
	}
}

/* Is there no pair of which both are assessed (of vendors: at enough sites)? */
static bool all_missing(const struct compare_report *r, size_t s, size_t pairs)
{
	bool all = true;

	for (size_t i = 0; i < pairs; i++) {
		enum compare_bar bar = r->results[s * pairs + i].bar;

		all &= bar == COMPARE_NOT_ASSESSED || bar == COMPARE_FEW_SITES;
	}
	return all;
}

struct range {
	size_t from;
	size_t end;
};

/* What no two sites have, in one paragraph. */
static void missing(struct plan_page *p, const struct compare_report *r, struct range of,
                    size_t pairs)
{
	size_t n = 0;

	for (size_t s = of.from; s < of.end; s++) {
		if (all_missing(r, s, pairs)) {
			buf_add_text(&p->cell, n++ > 0 ? ", "
			                               : plan_word(p, r->by_vendor ? PLAN_FEW_SITES
			                                                           : PLAN_MISSING));
			buf_add_text(&p->cell, n == 1 ? ": " : "");
			subject_name(p, r, s, &p->cell);
		}
	}
	if (n > 0) {
		buf_add_text(p->out, "  ");
		plan_wrap(p, 2);
	}
}

/* What stands between two sites in everything that both have assessed; NULL: nothing alike. */
static const struct compare_result *one_bar(const struct compare_report *r)
{
	const struct compare_result *of = NULL;

	if (r->n_results != r->n_subjects || r->by_vendor) {
		return NULL;
	}
	for (size_t i = 0; i < r->n_results; i++) {
		const struct compare_result *x = &r->results[i];

		if (x->bar == COMPARE_NOT_ASSESSED) {
			continue;
		}
		of = of != NULL ? of : x;
		if (x->bar == COMPARE_FAIR || x->bar != of->bar || x->barred != of->barred) {
			return NULL;
		}
	}
	return of;
}

static void results(struct plan_page *p, const struct compare_report *r)
{
	size_t pairs = r->n_results / r->n_subjects;
	const struct compare_result *bar = one_bar(r);

	if (bar != NULL) { /* said once instead of under every name */
		buf_printf(&p->cell, "%s, %s: ", compare_side(r, bar->a), compare_side(r, bar->b));
		compare_bar_text(r, bar, p->l->language, &p->cell);
		buf_add_char(p->out, '\n');
		plan_wrap(p, 0);
		return;
	}

	buf_add_char(p->out, '\n');
	bold(p, plan_word(p, PLAN_RESULTS));
	buf_printf(&p->cell, "%zu %s. %s", r->n_compared, plan_word(p, PLAN_TESTED),
	           plan_word(p, PLAN_NOT_A_TIE));
	buf_add_char(p->out, '\n');
	plan_wrap(p, 0);
	for (size_t s = 0; s < r->n_subjects;) {
		size_t end = s + 1;

		while (end < r->n_subjects && r->subjects[end].area == r->subjects[s].area) {
			end++;
		}
		buf_add_char(p->out, '\n');
		bold(p, r->subjects[s].area->name.in[p->l->language]);
		buf_add_char(p->out, '\n');
		for (size_t i = s; i < end; i++) {
			if (!all_missing(r, i, pairs)) {
				subject(p, r, i, pairs);
			}
		}
		missing(p, r, (struct range){ s, end }, pairs);
		s = end;
	}
}

/* ---- bands, vendors ---- */

static void bands_of(struct plan_page *p, const struct compare_report *r, size_t s)
{
	const struct model_indicator *is = r->subjects[s].indicator;
	bool more = true;

	buf_add_text(p->out, "  ");
	if (is != NULL) {
		buf_add_slice(p->out, short_name(is, p->l->language));
	} else {
		buf_add_text(p->out, r->subjects[s].area->name.in[p->l->language]);
	}
	buf_add_char(p->out, '\n');
	for (unsigned band = 1; more; band++) {
		more = false;
		for (size_t j = 0; j < r->n_sites; j++) {
			if (compare_at(r, s, j)->band == band) {
				buf_printf(&p->cell, "%s%s", more ? ", " : "",
				           r->sites[j].card->site);
				more = true;
			}
		}
		if (more) {
			buf_printf(p->out, "    %s %u: ", plan_word(p, PLAN_BAND), band);
			plan_wrap(p, 14);
		}
	}
}

/* How many bands a subject has; 0: no ranks. */
static unsigned n_bands(const struct compare_report *r, size_t s)
{
	unsigned most = 0;

	for (size_t j = 0; j < r->n_sites; j++) {
		most = compare_at(r, s, j)->band > most ? compare_at(r, s, j)->band : most;
	}
	return most;
}

static void bands(struct plan_page *p, const struct compare_report *r)
{
	size_t alike = 0;
	size_t ranked = 0;

	for (size_t s = 0; s < r->n_subjects; s++) {
		alike += n_bands(r, s) == 1;
		ranked += n_bands(r, s) > 0;
	}
	if (ranked == 0) {
		return;
	}
	buf_add_char(p->out, '\n');
	bold(p, plan_word(p, PLAN_BANDS));
	buf_add_char(p->out, '\n');
	for (size_t s = 0; s < r->n_subjects; s++) {
		if (n_bands(r, s) > 1) {
			bands_of(p, r, s);
		}
	}
	buf_printf(p->out, "  %s: %zu %s %zu\n", plan_word(p, PLAN_ONE_BAND), alike,
	           plan_word(p, PLAN_OF), ranked);
}

static void vendors(struct plan_page *p, const struct compare_report *r)
{
	buf_add_char(p->out, '\n');
	bold(p, plan_word(p, PLAN_VENDORS));
	buf_add_char(p->out, '\n');
	for (size_t v = 0; v < r->n_vendors; v++) {
		buf_printf(p->out, "  %s: %zu %s\n", r->vendors[v].name, r->vendors[v].sites,
		           plan_word(p, PLAN_SITES));
	}
	buf_add_text(&p->cell, plan_word(p, r->n_vendors < 2 ? PLAN_NO_VENDORS : PLAN_CONFOUNDED));
	plan_wrap(p, 0);
}

static void notes(struct plan_page *p, const struct compare_report *r)
{
	struct plan_notes of[COMPARE_SITES_MAX];

	plan_notes_text(p, of, compare_notes(r, of));
}

void compare_text(const struct compare_report *r, const struct look *l, struct buf *out)
{
	struct plan_page p;

	plan_page_init(&p, l, out);
	head(&p, r);
	scores(&p, r);
	if (r->by_vendor) {
		vendors(&p, r);
	}
	if (r->n_results > 0) {
		results(&p, r);
	}
	bands(&p, r);
	notes(&p, r);
	plan_page_end(&p);
}
