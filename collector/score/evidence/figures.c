#include "collector/score/evidence/figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collector/score/evidence/parts.h"
#include "collector/score/evidence/tally.h"
#include "common/when.h"

#define FIGURE_FORM      2
#define FIGURE_MAX_BYTES 1024
#define FIGURE_WINDOWS   2
#define FIGURE_NUMBERS   7

/* Windows of one length take turns, so that one never takes the place of the one before it. */
static int32_t place_of(const struct score_window *w)
{
	return w->to_day / (w->to_day - w->from_day + 1) % FIGURE_WINDOWS;
}

/* The words that stand for a figure: first what is computed, then of which days. */
static bool describe(const struct figure *f, char out[FIGURE_MAX_BYTES], uint64_t *hash)
{
	const struct model_evidence *e = f->is->evidence;
	const struct score_window *w = f->from->window;
	int n = snprintf(out, FIGURE_MAX_BYTES,
	                 "figure %s %s %s %016" PRIx64 " %d %" PRId64 " %" PRId64 " %" PRId32,
	                 f->model->sha256, f->is->id, e->method, e->hash, (int)f->is->interval,
	                 e->lookback_days, e->settle_days, w->to_day - w->from_day + 1);
	size_t used = n > 0 && n < FIGURE_MAX_BYTES ? (size_t)n : FIGURE_MAX_BYTES;

	if (used == FIGURE_MAX_BYTES) {
		return false;
	}
	*hash = stats_fnv1a(out);
	n = snprintf(out + used, FIGURE_MAX_BYTES - used, " %" PRId32 " %" PRId64, w->to_day,
	             f->left_out);
	return n > 0 && (size_t)n < FIGURE_MAX_BYTES - used;
}

static uint64_t signature_of(const struct figure *f)
{
	const struct score_window all = tally_reach(f->is->evidence, f->from->window);

	return parts_signature(f->from->parts, f->is->evidence, when_day_start_us(all.from_day),
	                       when_day_start_us(all.to_day + 1));
}

/* ---- as bytes ---- */

void figure_write(const char *words, const struct estimate *got, struct buf *out)
{
	const double numbers[FIGURE_NUMBERS] = {
		got->value,         got->n,   got->numerator, got->denominator, got->interval.low,
		got->interval.high, got->phi,
	};

	buf_add_varint(out, FIGURE_FORM);
	buf_add_varint(out, strlen(words));
	buf_add_text(out, words);
	for (size_t i = 0; i < FIGURE_NUMBERS; i++) {
		uint64_t bits;

		memcpy(&bits, &numbers[i], sizeof(bits));
		buf_add_u64le(out, bits);
	}
	buf_add_varint(out, got->days);
	buf_add_varint(out, (uint64_t)got->why);
	buf_add_varint(out, got->missing != NULL ? got->missing->number : 0);
	buf_add_varint(out, got->agents.planned);
	buf_add_varint(out, got->agents.strangers);
}

static bool same_words(struct cursor *c, const char *words)
{
	uint64_t len = cursor_varint(c);
	const uint8_t *at = len == strlen(words) ? cursor_take(c, len) : NULL;

	return at != NULL && memcmp(at, words, len) == 0;
}

bool figure_read(const char *words, const struct cxm_catalog *catalog, struct cursor data,
                 struct estimate *out)
{
	double *const numbers[FIGURE_NUMBERS] = {
		&out->value,        &out->n,
		&out->numerator,    &out->denominator,
		&out->interval.low, &out->interval.high,
		&out->phi,
	};
	uint64_t why;
	uint64_t missing;

	if (cursor_varint(&data) != FIGURE_FORM || !same_words(&data, words)) {
		return false;
	}
	for (size_t i = 0; i < FIGURE_NUMBERS; i++) {
		uint64_t bits = cursor_u64le(&data);

		memcpy(numbers[i], &bits, sizeof(bits));
	}
	out->days = cursor_varint(&data);
	why = cursor_varint(&data);
	missing = cursor_varint(&data);
	out->agents.planned = cursor_varint(&data);
	out->agents.strangers = cursor_varint(&data);
	out->why = (enum score_why)why;
	out->missing = missing <= UINT32_MAX ? cxm_kind_numbered(catalog, (uint32_t)missing) : NULL;
	return !data.bad && cursor_left(&data) == 0 && out->days <= TALLY_ITEMS_MAX &&
	       why <= WHY_MUST_AREA_MISSING && out->agents.strangers <= out->agents.planned &&
	       (out->missing != NULL) == (missing != 0);
}

/* ---- kept ---- */

struct recalling {
	const struct figure *f;
	const char *words;
	bool found;
	struct estimate got;
};

static int on_figure(void *arg, int32_t place, uint64_t signature, struct cursor data)
{
	struct recalling *r = arg;

	(void)place;
	r->found = signature == signature_of(r->f) &&
	           figure_read(r->words, r->f->model->catalog, data, &r->got);
	return 0;
}

bool figure_recall(const struct figure *f, struct estimate *out)
{
	const struct parts *p = f->from->parts;
	const int32_t place = place_of(f->from->window);
	const int32_t places[2] = { place, place };
	char words[FIGURE_MAX_BYTES];
	struct recalling r = { .f = f, .words = words };
	struct cache_key key;
	uint64_t hash;

	if (p == NULL || !describe(f, words, &hash)) {
		return false;
	}
	key = parts_key(p, hash);
	if (cache_load(p->cache, &key, places, on_figure, &r) != 0 || !r.found) {
		return false;
	}
	*out = r.got;
	return true;
}

void figure_keep(const struct figure *f, const struct estimate *got)
{
	const struct parts *p = f->from->parts;
	char words[FIGURE_MAX_BYTES];
	struct cache_key key;
	struct buf data;
	uint64_t hash;

	if (p == NULL || !describe(f, words, &hash)) {
		return;
	}
	key = parts_key(p, hash);
	buf_init(&data, (size_t)2 * FIGURE_MAX_BYTES);
	figure_write(words, got, &data);
	if (!data.failed) {
		(void)cache_keep(p->cache, &key, place_of(f->from->window), signature_of(f),
		                 cursor_of(data.data, data.len));
	}
	buf_free(&data);
}
