/* A reconciliation as text, JSON and CSV. Nothing but names of sources, kinds and queues and
 * pseudonyms is printed. */
#include "cli/reconcile.h"

#include <inttypes.h>
#include <string.h>

#include "cli/column.h"
#include "cli/say.h"
#include "common/when.h"
#include "proto/csv.h"
#include "proto/text.h"

#define EXAMPLES_MAX 3 /* of one field */
#define LABEL_WIDTH  30
#define SOURCE_BYTES 32

static const enum say reasons[RECONCILE_REASONS] = {
	[RECONCILE_UNEXPLAINED] = SAY_RECONCILE_UNEXPLAINED,
	[RECONCILE_END_NOT_SEEN] = SAY_RECONCILE_END_NOT_SEEN,
	[RECONCILE_REFUSED] = SAY_RECONCILE_REFUSED,
	[RECONCILE_GAP] = SAY_RECONCILE_GAP,
	[RECONCILE_NOT_THERE] = SAY_RECONCILE_NOT_THERE,
};

static const char *source_name(Cxm__Source source, char out[SOURCE_BYTES])
{
	const ProtobufCEnumValue *v =
		protobuf_c_enum_descriptor_get_value(&cxm__source__descriptor, (int)source);
	size_t i = 0;

	for (; v != NULL && v->name[i] != '\0' && i + 1 < SOURCE_BYTES; i++) {
		out[i] = v->name[i];
		if (out[i] >= 'A' && out[i] <= 'Z') {
			out[i] = (char)(out[i] - 'A' + 'a');
		}
	}
	out[i] = '\0';
	return out;
}

static uint64_t sum(const uint64_t counts[RECONCILE_REASONS])
{
	uint64_t all = 0;

	for (size_t i = 0; i < RECONCILE_REASONS; i++) {
		all += counts[i];
	}
	return all;
}

/* ---- text ---- */

struct writing {
	const struct reconciliation *r;
	const struct reconcile_pair *p;
	const struct look *l;
	struct buf *out;
	struct buf cell;
	char source[SOURCE_BYTES];
	char other[SOURCE_BYTES];
};

static const char *word(const struct writing *w, enum say what)
{
	return say(what, w->l->language);
}

/* "  told by both            420, of these alike 418 (99.5 %)": the cell behind a label. */
static void line(struct writing *w, const char *label, const char *name)
{
	struct buf left;

	buf_init(&left, LOOK_TEXT_MAX_BYTES);
	buf_printf(&left, "  %s%s%s", label, name[0] != '\0' ? " " : "", name);
	column_pad((struct slice){ (const char *)left.data, left.len }, LABEL_WIDTH, w->out);
	column_wrap((struct slice){ (const char *)w->cell.data, w->cell.len }, LABEL_WIDTH, w->out);
	buf_reset(&w->cell);
	w->out->failed |= left.failed;
	buf_free(&left);
}

static void count(struct writing *w, uint64_t n)
{
	look_count(w->l, (double)n, &w->cell);
}

/* "6: 4 without a known reason, 2 ..."; of one reason without the sum before it. */
static void by_reason(struct writing *w, const uint64_t counts[RECONCILE_REASONS])
{
	const char *before = ": ";
	uint64_t all = sum(counts);

	for (size_t i = 0; i < RECONCILE_REASONS; i++) {
		if (counts[i] == 0) {
			continue;
		}
		if (before[0] == ':' && counts[i] < all) {
			count(w, all);
			buf_add_text(&w->cell, before);
		} else if (before[0] == ',') {
			buf_add_text(&w->cell, before);
		}
		count(w, counts[i]);
		buf_printf(&w->cell, " %s", word(w, reasons[i]));
		before = ", ";
	}
}

static bool of_pair(const Cxm__Reconciliation *m, const struct reconcile_pair *p)
{
	return m->source == p->source && m->other_source == p->other &&
	       strcmp(m->record, p->record) == 0;
}

/* "2026-11-03T10:00:01Z contact 9f3a0c6d1e2b4f58 sales: 26000, 29000" */
static void example(struct writing *w, const Cxm__Reconciliation *m)
{
	char date[WHEN_DATE_SIZE];

	buf_printf(&w->cell, "%s %s %016" PRIx64 " ", when_iso(m->at_us, date),
	           word(w, m->contact != 0 ? SAY_RECONCILE_CONTACT : SAY_RECONCILE_AGENT),
	           m->contact != 0 ? m->contact : m->agent);
	(void)column_cut(slice_of(m->queue), CXM_LABEL_MAX_BYTES, &w->cell);
	if (strcmp(m->field, RECONCILE_TOLD) != 0) {
		buf_printf(&w->cell, "%s%s ", m->queue[0] != '\0' ? ": " : "", w->source);
		(void)column_cut(slice_of(m->value), CXM_LABEL_MAX_BYTES, &w->cell);
		buf_printf(&w->cell, ", %s ", w->other);
		(void)column_cut(slice_of(m->other_value), CXM_LABEL_MAX_BYTES, &w->cell);
	}
	line(w, "", "");
}

/* @param told  of the rows that only one source tells: NULL, or what its `value` says. */
static void examples(struct writing *w, const char *field, const char *told)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->r->n_conflicts && n < EXAMPLES_MAX; i++) {
		const Cxm__Reconciliation *m = &w->r->conflicts[i];

		if (of_pair(m, w->p) && strcmp(m->field, field) == 0 &&
		    (told == NULL || strcmp(m->value, told) == 0)) {
			example(w, m);
			n++;
		}
	}
}

static void only(struct writing *w, const char *source, const uint64_t counts[RECONCILE_REASONS],
                 const char *told)
{
	if (sum(counts) > 0) {
		by_reason(w, counts);
		line(w, word(w, SAY_RECONCILE_ONLY), source);
		examples(w, RECONCILE_TOLD, told);
	}
}

static void pair_text(struct writing *w)
{
	const struct reconcile_pair *p = w->p;

	look_bold(w->l, w->out);
	buf_printf(w->out, "\n%s: %s%s %s\n",
	           strcmp(p->record, RECONCILE_CONTACT) == 0 ? word(w, SAY_RECONCILE_CONTACTS)
	                                                     : p->record,
	           w->source, word(w, SAY_AND), w->other);
	look_plain(w->l, w->out);
	count(w, p->told);
	line(w, word(w, SAY_RECONCILE_BY), w->source);
	count(w, p->other_told);
	line(w, word(w, SAY_RECONCILE_BY), w->other);
	count(w, p->both);
	if (p->both > 0) {
		buf_printf(&w->cell, ", %s ", word(w, SAY_RECONCILE_ALIKE));
		count(w, p->agree);
		if (p->agree < p->both) {
			buf_printf(&w->cell, ", %s ", word(w, SAY_RECONCILE_OTHERWISE));
			count(w, p->both - p->agree);
		}
	}
	line(w, word(w, SAY_RECONCILE_BOTH), "");
	only(w, w->source, p->only, "true");
	only(w, w->other, p->other_only, "false");
	for (size_t i = 0; i < p->n_fields; i++) {
		if (sum(p->fields[i].differ) > 0) {
			by_reason(w, p->fields[i].differ);
			line(w, word(w, SAY_RECONCILE_DIFFER), p->fields[i].name);
			examples(w, p->fields[i].name, NULL);
		}
	}
}

void reconcile_text(const struct reconciliation *r, const struct look *l, struct buf *out)
{
	struct writing w = { .r = r, .l = l, .out = out };
	char date[WHEN_DATE_SIZE];

	buf_init(&w.cell, LOOK_TEXT_MAX_BYTES);
	look_mark(l, r->simulated, out);
	look_bold(l, out);
	buf_printf(out, "%s: ", word(&w, SAY_RECONCILE_TITLE));
	(void)column_cut(slice_of(r->site), STORE_NAME_MAX, out);
	look_plain(l, out);
	buf_printf(out, "\n%s %s ", when_date(r->window.from_day, date), word(&w, SAY_TO));
	buf_printf(out, "%s (%s)\n", when_date(r->window.to_day, date), r->window.timezone);
	for (size_t i = 0; i < r->n_pairs; i++) {
		w.p = &r->pairs[i];
		(void)source_name(w.p->source, w.source);
		(void)source_name(w.p->other, w.other);
		pair_text(&w);
	}
	buf_add_char(out, '\n');
	if (r->n_pairs == 0) {
		buf_printf(out, "%s\n", word(&w, SAY_RECONCILE_NONE));
	} else {
		column_wrap(slice_of(word(&w, SAY_RECONCILE_FIRST)), 0, out);
	}
	if (r->left_out > 0) {
		buf_printf(out, "%llu %s\n", (unsigned long long)r->left_out,
		           word(&w, SAY_LEFT_OUT));
	}
	look_mark(l, r->simulated, out);
	out->failed |= w.cell.failed;
	buf_free(&w.cell);
}

/* ---- for machines ---- */

static void json_reasons(const char *name, const uint64_t counts[RECONCILE_REASONS],
                         struct buf *out)
{
	const char *comma = "";

	buf_printf(out, "\"%s\": {", name);
	for (size_t i = 0; i < RECONCILE_REASONS; i++) {
		if (counts[i] > 0) {
			buf_printf(out, "%s\"%s\": %llu", comma,
			           reconcile_reason_name((enum reconcile_reason)i),
			           (unsigned long long)counts[i]);
			comma = ", ";
		}
	}
	buf_add_char(out, '}');
}

static void json_pair(const struct reconcile_pair *p, struct buf *out)
{
	char name[SOURCE_BYTES];
	const char *comma = "";

	buf_printf(out, "{\"record\": \"%s\", ", p->record);
	buf_printf(out, "\"source\": \"%s\", ", source_name(p->source, name));
	buf_printf(out, "\"other_source\": \"%s\",\n     ", source_name(p->other, name));
	buf_printf(out, "\"told\": %llu, \"other_told\": %llu, \"both\": %llu, \"agree\": %llu,\n",
	           (unsigned long long)p->told, (unsigned long long)p->other_told,
	           (unsigned long long)p->both, (unsigned long long)p->agree);
	buf_add_text(out, "     ");
	json_reasons("only", p->only, out);
	buf_add_text(out, ", ");
	json_reasons("other_only", p->other_only, out);
	buf_add_text(out, ",\n     \"differ\": {");
	for (size_t i = 0; i < p->n_fields; i++) {
		if (sum(p->fields[i].differ) > 0) {
			buf_add_text(out, comma);
			json_reasons(p->fields[i].name, p->fields[i].differ, out);
			comma = ", ";
		}
	}
	buf_add_text(out, "}}");
}

void reconcile_json(const struct reconciliation *r, struct buf *out)
{
	char date[WHEN_DATE_SIZE];

	buf_add_text(out, "{\n  \"site\": ");
	text_json_string(slice_of(r->site), out);
	buf_printf(out, ",\n  \"window\": {\"from\": \"%s\", ",
	           when_date(r->window.from_day, date));
	buf_printf(out, "\"to\": \"%s\", \"timezone\": ", when_date(r->window.to_day, date));
	text_json_string(slice_of(r->window.timezone), out);
	buf_printf(out, "},%s\n  \"pairs\": [", r->simulated ? "\n  \"simulated\": true," : "");
	for (size_t i = 0; i < r->n_pairs; i++) {
		buf_add_text(out, i > 0 ? ",\n    " : "\n    ");
		json_pair(&r->pairs[i], out);
	}
	buf_printf(out, "],\n  \"conflicts\": %zu,\n  \"left_out\": %llu\n}\n", r->n_conflicts,
	           (unsigned long long)r->left_out);
}

struct csv_count {
	const char *what;
	const char *field;
	const char *reason;
	uint64_t n;
};

static void csv_line(const struct reconciliation *r, const struct reconcile_pair *p,
                     const struct csv_count *c, struct buf *out)
{
	char name[SOURCE_BYTES];

	buf_printf(out, "%s,%s,", p->record, source_name(p->source, name));
	buf_printf(out, "%s,%s,%s,%s,%llu%s\n", source_name(p->other, name), c->what, c->field,
	           c->reason, (unsigned long long)c->n, r->simulated ? ",true" : "");
}

static void csv_reasons(const struct reconciliation *r, const struct reconcile_pair *p,
                        const char *what, const char *field,
                        const uint64_t counts[RECONCILE_REASONS], struct buf *out)
{
	for (size_t i = 0; i < RECONCILE_REASONS; i++) {
		const struct csv_count count = { what, field,
			                         reconcile_reason_name((enum reconcile_reason)i),
			                         counts[i] };

		if (counts[i] > 0) {
			csv_line(r, p, &count, out);
		}
	}
}

void reconcile_csv(const struct reconciliation *r, struct buf *out)
{
	buf_printf(out, "record,source,other_source,what,field,reason,n%s\n",
	           r->simulated ? ",simulated" : "");
	for (size_t i = 0; i < r->n_pairs; i++) {
		const struct reconcile_pair *p = &r->pairs[i];

		const struct csv_count counts[] = {
			{ "told", "", "", p->told },
			{ "other_told", "", "", p->other_told },
			{ "both", "", "", p->both },
			{ "agree", "", "", p->agree },
		};

		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
			csv_line(r, p, &counts[k], out);
		}
		csv_reasons(r, p, "only", "", p->only, out);
		csv_reasons(r, p, "other_only", "", p->other_only, out);
		for (size_t k = 0; k < p->n_fields; k++) {
			csv_reasons(r, p, "differ", p->fields[k].name, p->fields[k].differ, out);
		}
	}
}

void reconcile_jsonl(const struct reconciliation *r, const struct cxm_catalog *catalog,
                     struct buf *out)
{
	const struct cxm_kind *kind = cxm_kind_of(catalog, &cxm__reconciliation__descriptor);

	for (size_t i = 0; i < r->n_conflicts; i++) {
		text_json_row(kind, &r->conflicts[i].base, out);
	}
}
