/* Calls that were not followed and packets that were lost, from Gap records to notes of areas. The
 * weights themselves are in the rows (evidence/weights.h); here is only what readers should know.
 */
#include "collector/score/followed.h"

#include <math.h>

#include "collector/score/evidence/tallies.h"
#include "common/when.h"

#define ALL_PPM   1000000.0
#define MINUTE_US 60e6

enum { ITEM_SAMPLED, ITEM_LOST };

/* ---- Gap records ---- */

static int on_gap(struct gather *g, void *arg, const struct store_columns_row *row)
{
	size_t day = gather_day_of(g, row->time_us);
	struct tally_item item = { .day = (uint32_t)day,
		                   .tag = row->values[0] > 0 ? ITEM_SAMPLED : ITEM_LOST,
		                   .a = (uint64_t)row->time_us };

	(void)arg;
	item.b = isnan(row->values[1]) ? item.a : (uint64_t)row->values[1];
	item.x[0] = isnan(row->values[2]) ? 0 : row->values[2];
	item.x[1] = isnan(row->values[3]) ? 0 : row->values[3];
	return gather_add_item(g, &item);
}

static int gather(struct gather *g)
{
	static const char *const values[] = { "reason == sampled", "to_us", "lost", "seen" };
	struct store_columns q = { .range = { .kind = g->e->from } };
	int rc = gather_expr(g, g->e->from, EXPR_IS_TRUTH, &q.of,
	                     "reason == sampled or (reason == capture_dropped and known(seen))");

	while (rc == 0 && q.n_values < sizeof(values) / sizeof(values[0])) {
		rc = gather_expr(g, g->e->from, EXPR_IS_NUMBER, &q.values[q.n_values], "%s",
		                 values[q.n_values]);
		q.n_values++;
	}
	return rc != 0 ? rc : gather_columns(g, &q, on_gap, NULL);
}

static int fetch(struct tallies *out, const struct cxm_kind *gap, const struct model_rules *rules,
                 const struct tally_source *from, struct fault *fault)
{
	static const struct estimator followed = { .name = "followed", .gather = gather };
	struct model_evidence e = { .estimator = &followed,
		                    .from = gap,
		                    .reads = { { .kind = gap } },
		                    .n_reads = 1,
		                    .hash = stats_fnv1a("followed") };
	struct model_indicator is = { .id = "followed", .evidence = &e, .n_methods = 1 };

	return tally_fetch(out, &is, rules, from, fault);
}

/* ---- what they say together ---- */

/* First and last day, and how much. */
struct said {
	bool any;
	int32_t from_day;
	int32_t to_day;
	double lost;
	double seen;
	double minutes;
};

static void add_item(const struct tally_item *item, struct said *to)
{
	int32_t from_day = when_day_of((int64_t)item->a);
	int32_t to_day = when_day_of((int64_t)item->b);

	to->from_day = !to->any || from_day < to->from_day ? from_day : to->from_day;
	to->to_day = !to->any || to_day > to->to_day ? to_day : to->to_day;
	to->any = true;
	to->lost += item->x[0];
	to->seen += item->x[1];
	to->minutes += item->b > item->a ? (double)(item->b - item->a) / MINUTE_US : 0;
}

/* ---- notes ---- */

static void note(struct scored_area *a, const struct score_reason *r)
{
	if (a->n_notes < SCORE_AREA_NOTES) {
		a->notes[a->n_notes++] = *r;
	}
}

static bool rests_on_the_wire(const struct scored *s)
{
	const struct model_evidence *e = s->by != NULL ? s->by : s->is->evidence;

	return e != NULL && s->got.n > 0 && e->from != NULL &&
	       cxm_field_named(e->from, SLICE("sampled_ppm")) != NULL;
}

/* Lowest and highest share of an area's rows; 0: every call was followed. */
static struct score_sampled shares_of(const struct scored_area *a)
{
	struct score_sampled all = { 0 };

	for (size_t i = 0; i < a->n_indicators; i++) {
		const struct score_sampled *s = &a->indicators[i].got.sampled;

		if (s->highest_ppm > 0) {
			all.lowest_ppm = all.highest_ppm == 0 || s->lowest_ppm < all.lowest_ppm
			                         ? s->lowest_ppm
			                         : all.lowest_ppm;
			all.highest_ppm =
				s->highest_ppm > all.highest_ppm ? s->highest_ppm : all.highest_ppm;
		}
	}
	return all;
}

static void note_sampled(struct scored_area *a, const struct said *said,
                         const struct score_window *w)
{
	struct score_sampled shares = shares_of(a);
	struct score_reason r = { .why = WHY_SAMPLED,
		                  .have = shares.lowest_ppm / ALL_PPM,
		                  .need = shares.highest_ppm / ALL_PPM,
		                  .day = said->any ? said->from_day : w->from_day,
		                  .to_day = said->any ? said->to_day : w->to_day };

	if (shares.highest_ppm > 0) {
		note(a, &r);
	}
}

static void note_lost(struct scored_area *a, const struct said *said)
{
	struct score_reason r = { .why = WHY_CAPTURE_LOSS,
		                  .have = said->lost / (said->lost + said->seen),
		                  .need = ceil(said->minutes),
		                  .day = said->from_day,
		                  .to_day = said->to_day };
	bool any = false;

	for (size_t i = 0; i < a->n_indicators; i++) {
		any |= rests_on_the_wire(&a->indicators[i]);
	}
	if (any && said->lost > 0) {
		note(a, &r);
	}
}

int followed_note(struct scorecard *card, const struct cxm_catalog *catalog,
                  const struct tally_source *from, struct fault *fault)
{
	const struct cxm_kind *gap = cxm_kind_named(catalog, SLICE("Gap"));
	struct said said[2] = { 0 };
	struct tallies t;
	int rc;

	if (gap == NULL || cxm_field_named(gap, SLICE("sampled_ppm")) == NULL) {
		return 0; /* another schema has no such records */
	}
	rc = fetch(&t, gap, &card->model->rules, from, fault);
	for (size_t i = 0; rc == 0 && i < t.n_items; i++) {
		add_item(&t.items[i], &said[t.items[i].tag == ITEM_LOST]);
	}
	tally_free(&t);
	for (size_t i = 0; rc == 0 && i < card->n_areas; i++) {
		note_sampled(&card->areas[i], &said[ITEM_SAMPLED], from->window);
		note_lost(&card->areas[i], &said[ITEM_LOST]);
	}
	return rc;
}
