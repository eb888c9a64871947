/* Write a model as a page of Markdown for people: areas, indicators with what they mean, stages
 * with their sources, what they need and how they could be gamed. Pure; see model_page.h. */
#include "cli/model_page.h"

#include <stdio.h>
#include <string.h>

#include "cli/look.h"

struct page {
	const struct model *m;
	enum model_language language;
	struct look look;
	struct buf *out;
};

static const char *word(const struct page *p, enum doc_word w)
{
	return doc_word(w, p->language);
}

/* Text of the model: what Markdown would read as a mark is escaped. */
static void text(const struct page *p, const char *s)
{
	for (; *s != '\0'; s++) {
		if (strchr("*<>|", *s) != NULL) {
			buf_add_char(p->out, '\\');
		}
		buf_add_char(p->out, *s);
	}
}

static const char *in(const struct page *p, const struct model_text *t)
{
	return t->in[p->language] != NULL ? t->in[p->language] : "";
}

static void number(const struct page *p, double v)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%g", v);
	for (char *c = digits; p->language == MODEL_GERMAN && *c != '\0'; c++) {
		*c = (char)(*c == '.' ? ',' : *c);
	}
	buf_add_text(p->out, digits);
}

/* A sentence with `mark` (as %v) replaced. */
static void sentence(const struct page *p, enum doc_word w, const char *const by[2])
{
	size_t next = 0;

	for (const char *s = word(p, w); *s != '\0'; s++) {
		if (*s == '%' && strchr("vst", s[1]) != NULL && s[1] != '\0' && next < 2) {
			buf_add_text(p->out, by[next++]);
			s++;
		} else {
			buf_add_char(p->out, *s);
		}
	}
}

static void labelled(const struct page *p, enum doc_word label, const char *s)
{
	if (s[0] == '\0') {
		return;
	}
	buf_printf(p->out, "- **%s:** ", word(p, label));
	text(p, s);
	buf_add_char(p->out, '\n');
}

/* ---- the head ---- */

static void stages(const struct page *p)
{
	const struct model_rules *r = &p->m->rules;

	buf_printf(p->out, "| %s | %s |\n|---|---|\n", word(p, PAGE_STAGE), word(p, PAGE_SCORE));
	for (size_t i = 0; i < MODEL_STAGES; i++) {
		double high = r->anchor_scores[i + 1] - (i + 1 < MODEL_STAGES ? 0.01 : 0);

		buf_printf(p->out, "| %zu %s | ", i + 1, in(p, &r->stages[i]));
		score_number(r->anchor_scores[i], 2, p->language, p->out);
		buf_add_text(p->out, " - ");
		score_number(high, 2, p->language, p->out);
		buf_add_text(p->out, " |\n");
	}
}

static void glance(const struct page *p)
{
	buf_printf(p->out, "\n## %s\n\n| %s | %s | %s | %s |\n|---|---|---|---|\n",
	           word(p, PAGE_GLANCE), word(p, PAGE_AREA), word(p, PAGE_WEIGHT),
	           word(p, PAGE_INDICATORS), word(p, PAGE_NEEDS));
	for (size_t i = 0; i < p->m->n_areas; i++) {
		const struct model_area *a = &p->m->areas[i];

		buf_printf(p->out, "| [%s](#%s) | ", in(p, &a->name), a->id);
		number(p, a->weight);
		buf_printf(p->out, " | %zu | ", a->n_indicators);
		text(p, in(p, &a->needs));
		buf_add_text(p->out, " |\n");
	}
}

static void head(const struct page *p)
{
	const char *const version[] = { p->m->version, "" };

	buf_printf(p->out, "# %s\n\n", word(p, PAGE_TITLE));
	sentence(p, PAGE_WRITTEN, version);
	buf_printf(p->out, "\n\n## %s\n\n", word(p, PAGE_HOW_TO_READ));
	stages(p);
	buf_printf(p->out, "\n%s", word(p, PAGE_READING));
	glance(p);
}

/* ---- an indicator ---- */

static bool is_link(const struct model_source *s)
{
	return strncmp(s->ref, "http", 4) == 0;
}

static void source(const struct page *p, const struct model_source *s)
{
	if (s == NULL) {
		buf_printf(p->out, "*%s*", word(p, PAGE_PROPOSED));
		return;
	}
	buf_add_char(p->out, '[');
	text(p, s->title);
	if (is_link(s)) {
		buf_printf(p->out, "](<%s>)", s->ref);
	} else {
		buf_printf(p->out, "](#source-%s)", s->id);
	}
}

/* A stage's range: "from 60 %", and for the first "below 60 %". */
static void range(const struct page *p, const struct model_indicator *is, size_t stage)
{
	double edge = is->thresholds[stage > 0 ? stage - 1 : 0].value;
	enum doc_word how = stage > 0 ? PAGE_FROM : PAGE_BELOW;

	if (is->ordinal) {
		buf_printf(p->out, "%s %zu", word(p, PAGE_LEVEL), stage + 1);
		return;
	}
	if (is->lower_is_better) {
		how = stage > 0 ? PAGE_AT_MOST : PAGE_ABOVE;
	}
	buf_printf(p->out, "%s ", word(p, how));
	look_anchor(&p->look, is, edge, p->out);
}

static void thresholds(const struct page *p, const struct model_indicator *is)
{
	buf_add_char(p->out, '\n');
	for (size_t i = 0; i < MODEL_STAGES; i++) {
		buf_printf(p->out, "| %s ", in(p, &p->m->rules.stages[i]));
	}
	buf_add_text(p->out, "|\n|---|---|---|---|\n");
	for (size_t i = 0; i < MODEL_STAGES; i++) {
		buf_add_text(p->out, "| ");
		range(p, is, i);
		buf_add_char(p->out, ' ');
	}
	buf_add_text(p->out, "|\n| ");
	for (size_t i = 0; i + 1 < MODEL_STAGES; i++) {
		buf_add_text(p->out, "| ");
		source(p, is->thresholds[i].source);
		buf_add_char(p->out, ' ');
	}
	buf_add_text(p->out, "|\n\n");
}

/* A key of a block as it stands in the file; "" when it does not. */
static const char *key_of(const struct model_evidence *e, const char *key)
{
	for (size_t i = 0; i < e->n_lines; i++) {
		if (strcmp(e->lines[i].key, key) == 0) {
			return e->lines[i].text;
		}
	}
	return "";
}

static void evidence(const struct page *p, const struct model_evidence *e)
{
	if (e->method[0] != '\0') {
		buf_printf(p->out, "%s `%s`: ", word(p, PAGE_METHOD), e->method);
	}
	buf_printf(p->out, "%s (`%s`)", page_estimator(key_of(e, "estimator"), p->language),
	           e->from->name);
	if (in(p, &e->counts)[0] != '\0') {
		buf_add_text(p->out, ": ");
		text(p, in(p, &e->counts));
	}
	buf_printf(p->out, "; %s", page_interval(e->interval, p->language));
}

static void computed(const struct page *p, const struct model_indicator *is)
{
	buf_printf(p->out, "- **%s:** ", word(p, PAGE_COMPUTED));
	for (size_t i = 0; i < is->n_methods; i++) {
		buf_add_text(p->out, i > 0 ? ". " : "");
		evidence(p, &is->evidence[i]);
	}
	if (is->n_methods == 0) {
		buf_add_text(p->out, word(p, PAGE_NOT_YET));
	} else if (is->area != NULL) {
		buf_printf(p->out, "; %s %.0f", word(p, PAGE_AT_LEAST), is->min_n);
	}
	if (is->min_n_top > 0) {
		buf_printf(p->out, ", %s %.0f", word(p, PAGE_TOP_NEEDS), is->min_n_top);
	}
	buf_add_char(p->out, '\n');
}

static void counters(const struct page *p, const struct model_indicator *is)
{
	if (is->n_counters == 0) {
		return;
	}
	buf_printf(p->out, "  (%s ", word(p, PAGE_WATCHED));
	for (size_t i = 0; i < is->n_counters; i++) {
		buf_add_text(p->out, i > 0 ? ", [" : "[");
		text(p, in(p, &is->counters[i]->name));
		buf_printf(p->out, "](#%s)", is->counters[i]->id);
	}
	buf_add_text(p->out, ")\n");
}

static void heading(const struct page *p, const struct model_indicator *is)
{
	buf_printf(p->out, "\n<a id=\"%s\"></a>\n### ", is->id);
	text(p, in(p, &is->name));
	buf_printf(p->out, "\n\n`%s`", is->id);
}

static void indicator(const struct page *p, const struct model_indicator *is, double area_weight)
{
	heading(p, is);
	buf_printf(p->out, " · %s · %s ", page_class(is->class, p->language), word(p, PAGE_WEIGHT));
	number(p, is->weight);
	buf_printf(p->out, " %s ", word(p, PAGE_OF));
	number(p, area_weight);
	if (is->gate != MODEL_NO_GATE) {
		buf_printf(p->out, " · **%s**",
		           word(p, is->gate == MODEL_HARD_GATE ? PAGE_HARD_GATE : PAGE_SOFT_GATE));
	}
	buf_add_text(p->out, "\n\n");
	text(p, in(p, &is->meaning));
	buf_add_char(p->out, '\n');
	thresholds(p, is);
	labelled(p, PAGE_DEFINITION, in(p, &is->formula));
	computed(p, is);
	labelled(p, PAGE_NEEDS, in(p, &is->needs));
	labelled(p, PAGE_GAMING, in(p, &is->gaming));
	labelled(p, PAGE_COUNTER, in(p, &is->counter));
	counters(p, is);
	if (is->not_applicable_if != NULL) {
		buf_printf(p->out, "- %s (%s).\n", word(p, PAGE_NOT_APPLICABLE),
		           is->not_applicable_if);
	}
	if (is->any_failure_cap > 0) {
		buf_printf(p->out, "- %s ", word(p, PAGE_CAP));
		score_number(is->any_failure_cap, 2, p->language, p->out);
		buf_add_text(p->out, ".\n");
	}
}

static void area(const struct page *p, const struct model_area *a)
{
	double weight = 0;

	for (size_t i = 0; i < a->n_indicators; i++) {
		weight += a->indicators[i].weight;
	}
	buf_printf(p->out, "\n<a id=\"%s\"></a>\n## %s\n\n", a->id, in(p, &a->name));
	labelled(p, PAGE_MEASURABLE, in(p, &a->measurable));
	labelled(p, PAGE_NOT_MEASURABLE, in(p, &a->not_measurable));
	for (size_t i = 0; i < a->n_indicators; i++) {
		indicator(p, &a->indicators[i], weight);
	}
}

/* ---- the rest ---- */

static void context(const struct page *p)
{
	buf_printf(p->out, "\n## %s\n\n%s\n", word(p, PAGE_CONTEXT), word(p, PAGE_CONTEXT_IS));
	for (size_t i = 0; i < p->m->n_context; i++) {
		const struct model_indicator *is = &p->m->context[i];

		heading(p, is);
		buf_add_text(p->out, "\n\n");
		text(p, in(p, &is->meaning));
		buf_add_text(p->out, "\n\n");
		labelled(p, PAGE_DEFINITION, in(p, &is->formula));
		computed(p, is);
		labelled(p, PAGE_NEEDS, in(p, &is->needs));
		labelled(p, PAGE_USE, in(p, &is->use));
	}
}

static void hold(const struct page *p, const struct model_indicator *is)
{
	struct model_coverage c;

	if (!model_coverage_of(is->id, &c)) {
		return;
	}
	buf_add_text(p->out, "| [");
	text(p, in(p, &is->name));
	buf_printf(p->out, "](#%s) | %u | ", is->id, c.sites);
	score_number(100.0 * c.held / c.sites, 1, p->language, p->out);
	buf_add_text(p->out, " % |\n");
}

static void holds(const struct page *p)
{
	buf_printf(p->out, "\n## %s\n\n%s\n\n| %s | %s | %s |\n|---|--:|--:|\n",
	           word(p, PAGE_HOLDS), word(p, PAGE_HOLDS_IS), word(p, PAGE_FIGURE),
	           word(p, PAGE_SITES), word(p, PAGE_HELD));
	for (size_t a = 0; a < p->m->n_areas; a++) {
		for (size_t i = 0; i < p->m->areas[a].n_indicators; i++) {
			hold(p, &p->m->areas[a].indicators[i]);
		}
	}
	for (size_t i = 0; i < p->m->n_context; i++) {
		hold(p, &p->m->context[i]);
	}
}

static void count_sourced(const struct page *p, size_t *sourced, size_t *all)
{
	for (size_t a = 0; a < p->m->n_areas; a++) {
		for (size_t i = 0; i < p->m->areas[a].n_indicators; i++) {
			const struct model_indicator *is = &p->m->areas[a].indicators[i];

			for (size_t t = 0; t < MODEL_STAGES - 1; t++) {
				*sourced += is->thresholds[t].source != NULL;
				(*all)++;
			}
		}
	}
}

static void sources(const struct page *p)
{
	char counts[2][24];
	const char *by[] = { counts[0], counts[1] };
	size_t sourced = 0;
	size_t all = 0;

	count_sourced(p, &sourced, &all);
	(void)snprintf(counts[0], sizeof(counts[0]), "%zu", sourced);
	(void)snprintf(counts[1], sizeof(counts[1]), "%zu", all);
	buf_printf(p->out, "\n## %s\n\n", word(p, PAGE_SOURCES));
	sentence(p, PAGE_SOURCES_ARE, by);
	buf_add_text(p->out, "\n\n");
	for (size_t i = 0; i < p->m->n_sources; i++) {
		const struct model_source *s = &p->m->sources[i];
		bool link = is_link(s);

		buf_printf(p->out, "- <a id=\"source-%s\"></a>%s", s->id, link ? "[" : "");
		text(p, s->title);
		buf_printf(p->out, link ? "](<%s>)" : " (%s)", s->ref);
		if (s->took != NULL) {
			buf_printf(p->out, "; %s: ", word(p, PAGE_TOOK));
			text(p, s->took);
		}
		if (s->verified != NULL) {
			buf_printf(p->out, "; %s: %s", word(p, PAGE_VERIFIED), s->verified);
		}
		buf_add_char(p->out, '\n');
	}
}

void model_page(const struct model *m, enum model_language language, struct buf *out)
{
	struct page p = { m, language, { language, false }, out };

	head(&p);
	for (size_t i = 0; i < m->n_areas; i++) {
		area(&p, &m->areas[i]);
	}
	context(&p);
	holds(&p);
	sources(&p);
}
