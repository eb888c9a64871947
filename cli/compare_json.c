/* A comparison as JSON (docs/compare.schema.json), funnel data included, and as CSV. */
#include <math.h>

#include "cli/compare.h"
#include "cli/plan_page.h"
#include "common/when.h"

static const char *const adjustments[] = {
	[COMPARE_IS_SCORE] = "score",
	[COMPARE_STANDARDISED] = "standardised",
	[COMPARE_EXCESS] = "excess_over_chance",
	[COMPARE_NOT_ADJUSTABLE] = "not_adjustable",
};

struct writer {
	struct put put;
	struct buf text; /* one reason being made */
	enum model_language language;
};

static const char *id_of(const struct compare_subject *s)
{
	return s->indicator != NULL ? s->indicator->id : s->area->id;
}

static void add_sites(struct put *j, const struct compare_report *r)
{
	put_line(j, 2);
	put_open(j, "sites", '[');
	for (size_t i = 0; i < r->n_sites; i++) {
		const struct compare_fact *fact = r->sites[i].fact;

		put_line(j, 4);
		put_open(j, NULL, '{');
		put_text(j, "site", r->sites[i].card->site);
		put_text(j, "timezone", r->sites[i].card->window.timezone);
		put_text(j, "vendor", fact != NULL ? fact->vendor : NULL);
		put_text(j, "country", fact != NULL ? fact->country : NULL);
		put_close(j, '}');
	}
	put_close(j, ']');
}

static void add_interval(struct put *j, const char *low, const char *high,
                         const struct interval *sure)
{
	put_number(j, low, sure->low);
	put_number(j, high, sure->high);
}

static void add_value(struct put *j, const struct compare_report *r, size_t subject, size_t site)
{
	const struct compare_value *v = compare_at(r, subject, site);
	bool fair = v->bar == COMPARE_FAIR;

	put_line(j, 6);
	put_open(j, NULL, '{');
	put_text(j, "site", r->sites[site].card->site);
	put_text(j, "barred", fair ? NULL : compare_bar_name(v->bar));
	put_text(j, "adjustment", fair ? adjustments[v->adjustment] : NULL);
	put_number(j, "n", v->n);
	put_number(j, "raw", v->raw);
	put_number(j, "value", fair ? v->value : NAN);
	put_number(j, "low", fair ? v->sure.low : NAN);
	put_number(j, "high", fair ? v->sure.high : NAN);
	put_number(j, "score", fair ? v->score : NAN);
	put_number(j, "score_low", fair ? v->score_sure.low : NAN);
	put_number(j, "score_high", fair ? v->score_sure.high : NAN);
	put_number(j, "observed", v->observed);
	put_number(j, "expected", v->expected);
	put_number(j, "ratio", v->ratio);
	put_number(j, "z", v->z);
	put_number(j, "z_dispersed", v->z_dispersed);
	add_interval(j, "funnel_95_low", "funnel_95_high", &v->funnel_95);
	add_interval(j, "funnel_998_low", "funnel_998_high", &v->funnel_998);
	put_number(j, "percentile", v->percentile);
	add_interval(j, "percentile_low", "percentile_high", &v->percentile_sure);
	put_number(j, "band", v->band > 0 ? (double)v->band : NAN);
	put_close(j, '}');
}

static struct slice reason_of(struct writer *w, const struct compare_report *r,
                              const struct compare_result *x)
{
	buf_reset(&w->text);
	compare_bar_text(r, x, w->language, &w->text);
	return (struct slice){ (const char *)w->text.data, w->text.len };
}

static void add_result(struct writer *w, const struct compare_report *r,
                       const struct compare_result *x)
{
	struct put *j = &w->put;

	put_line(j, 6);
	put_open(j, NULL, '{');
	put_text(j, "a", compare_side(r, x->a));
	put_text(j, "b", compare_side(r, x->b));
	put_text(j, "statement", compare_statement_name(x->statement));
	put_text(j, "barred", x->bar != COMPARE_FAIR ? compare_bar_name(x->bar) : NULL);
	if (x->bar != COMPARE_FAIR) {
		put_slice(j, "reason", reason_of(w, r, x));
	} else {
		put_text(j, "reason", NULL);
	}
	put_number(j, "value_a", x->side[0].value);
	put_number(j, "value_b", x->side[1].value);
	put_number(j, "difference", x->difference);
	add_interval(j, "low", "high", &x->sure);
	put_number(j, "score_difference", x->score_difference);
	add_interval(j, "score_low_90", "score_high_90", &x->score_sure_90);
	put_number(j, "p", x->p);
	put_number(j, "adjusted_p", x->adjusted);
	put_close(j, '}');
}

static void add_subject(struct writer *w, const struct compare_report *r, size_t s, size_t pairs)
{
	struct put *j = &w->put;
	const struct compare_subject *is = &r->subjects[s];

	put_line(j, 4);
	put_open(j, NULL, '{');
	put_text(j, "kind", is->indicator != NULL ? "indicator" : "area");
	put_text(j, "id", id_of(is));
	put_text(j, "area", is->area->id);
	put_text(j, "direction",
	         is->indicator != NULL && is->indicator->lower_is_better ? "lower" : "higher");
	put_open(j, "sites", '[');
	for (size_t i = 0; i < r->n_sites; i++) {
		add_value(j, r, s, i);
	}
	put_close(j, ']');
	put_open(j, "results", '[');
	for (size_t i = 0; i < pairs; i++) {
		add_result(w, r, &r->results[s * pairs + i]);
	}
	put_close(j, ']');
	put_close(j, '}');
}

static void add_head(struct put *j, const struct compare_report *r)
{
	const struct score_window *window = &r->sites[0].card->window;
	char date[WHEN_DATE_SIZE];

	put_line(j, 2);
	put_open(j, "window", '{');
	put_text(j, "from", when_date(window->from_day, date));
	put_text(j, "to", when_date(window->to_day, date));
	put_close(j, '}');
	put_line(j, 2);
	put_open(j, "model", '{');
	put_text(j, "id", r->model->id);
	put_text(j, "version", r->model->version);
	put_text(j, "sha256", r->model->sha256);
	put_close(j, '}');
	put_line(j, 2);
	put_text(j, "by", r->by_vendor ? "vendor" : "site");
	put_number(j, "comparisons", (double)r->n_compared);
	put_bool(j, "provisional", r->sites[0].card->provisional);
	if (r->sites[0].card->simulated) {
		put_bool(j, "simulated", true);
	}
}

static void add_vendors(struct put *j, const struct compare_report *r, enum model_language language)
{
	put_line(j, 2);
	put_open(j, "vendors", '[');
	for (size_t v = 0; v < r->n_vendors; v++) {
		put_open(j, NULL, '{');
		put_text(j, "name", r->vendors[v].name);
		put_number(j, "sites", (double)r->vendors[v].sites);
		put_close(j, '}');
	}
	put_close(j, ']');
	put_text(j, "confounded", r->by_vendor ? plan_say(PLAN_CONFOUNDED, language) : NULL);
}

void compare_json(const struct compare_report *r, enum model_language language, struct buf *out)
{
	struct writer w = { .put = { .out = out }, .language = language };
	struct put *j = &w.put;
	struct plan_notes notes[COMPARE_SITES_MAX];

	buf_init(&w.text, LOOK_TEXT_MAX_BYTES);
	put_open(j, NULL, '{');
	add_head(j, r);
	add_sites(j, r);
	add_vendors(j, r, language);
	put_line(j, 2);
	put_open(j, "subjects", '[');
	for (size_t s = 0; s < r->n_subjects; s++) {
		add_subject(&w, r, s, r->n_results / r->n_subjects);
	}
	put_close(j, ']');
	plan_notes_json(j, notes, compare_notes(r, notes), language);
	buf_add_char(out, '\n');
	put_close(j, '}');
	buf_add_char(out, '\n');
	out->failed |= w.text.failed;
	buf_free(&w.text);
}

/* ---- CSV: one row a result ---- */

static void row(struct writer *w, const struct compare_report *r, const struct compare_result *x)
{
	struct put *p = &w->put;
	const struct compare_subject *s = &r->subjects[x->subject];
	const struct compare_value *a = r->by_vendor ? NULL : compare_at(r, x->subject, x->a);
	const struct compare_value *b = r->by_vendor ? NULL : compare_at(r, x->subject, x->b);

	put_cell_text(p, s->indicator != NULL ? "indicator" : "area");
	put_cell_text(p, s->area->id);
	put_cell_text(p, id_of(s));
	put_cell_text(p, compare_side(r, x->a));
	put_cell_text(p, compare_side(r, x->b));
	put_cell_text(p, compare_statement_name(x->statement));
	put_cell_text(p, a != NULL && x->bar == COMPARE_FAIR ? adjustments[a->adjustment] : "");
	put_cell_number(p, a != NULL ? a->raw : NAN);
	put_cell_number(p, b != NULL ? b->raw : NAN);
	put_cell_number(p, x->side[0].value);
	put_cell_number(p, x->side[1].value);
	put_cell_number(p, x->difference);
	put_cell_number(p, x->sure.low);
	put_cell_number(p, x->sure.high);
	put_cell_number(p, x->p);
	put_cell_number(p, x->adjusted);
	put_cell(p, x->bar != COMPARE_FAIR ? reason_of(w, r, x) : SLICE(""));
	if (r->sites[0].card->simulated) {
		put_cell_text(p, "true");
	}
	put_row_end(p);
}

void compare_csv(const struct compare_report *r, enum model_language language, struct buf *out)
{
	struct writer w = { .put = { .out = out }, .language = language };

	buf_init(&w.text, LOOK_TEXT_MAX_BYTES);
	buf_add_text(out, "kind,area,id,a,b,statement,adjustment,raw_a,raw_b,value_a,value_b,"
	                  "difference,low,high,p,adjusted_p,reason");
	buf_add_text(out, r->sites[0].card->simulated ? ",simulated\n" : "\n");
	for (size_t i = 0; i < r->n_results; i++) {
		row(&w, r, &r->results[i]);
	}
	out->failed |= w.text.failed;
	buf_free(&w.text);
}
