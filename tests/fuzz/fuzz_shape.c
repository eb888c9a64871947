/*
 * Values of any bytes under every way to bring them into shape: the first byte chooses the way, the
 * second the field, the rest is the value. What is accepted is read by text_parse or refused by it,
 * with words in both cases; and encodings never make anything but UTF-8.
 */
#include <assert.h>
#include <errno.h>
#include <math.h>

#include "common/when.h"
#include "proto/encoding.h"
#include "proto/shape.h"
#include "tests/support/catalog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct shape_word words[] = { { "ja", "true" }, { "gut", "4" }, { "*", "" } };

static const struct shape shapes[] = {
	{ .form = SHAPE_PLAIN },
	{ .form = SHAPE_PERCENT },
	{ .form = SHAPE_CLOCK },
	{ .form = SHAPE_HOURS },
	{ .form = SHAPE_UNTIL },
	{ .time_form = "%d.%m.%Y %H:%M" },
	{ .form = SHAPE_UNTIL, .time_form = "%m/%d/%Y %I:%M %p" },
	{ .scale = { true, 1, 5, 0, 100 } },
	{ .scale = { true, 6, 1, 0, 100 }, .form = SHAPE_PERCENT },
	{ .words = words, .n_words = 3 },
	{ .words = words, .n_words = 2, .factor = 1000 },
};
#define N_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static int accept_anybody(void *arg, const struct cxm_field *f, struct slice raw, uint64_t *out)
{
	(void)arg;
	(void)f;
	*out = raw.len;
	return 0;
}

static void check_shape(const struct shape *shape, const struct cxm_field *f, char thousands,
                        struct slice text)
{
	const struct shape_rules rules = { NULL, thousands, thousands != ',' };
	const struct text_rules how = { thousands != ',', accept_anybody, NULL };
	struct shape_value v = {
		.field = f, .text = text, .joined = true, .begin_us = INT64_C(1795323506000000)
	};
	struct fault fault = { 0 };
	struct arena arena;
	struct buf scratch;
	ProtobufCMessage *m;

	arena_init(&arena, 1 << 20);
	buf_init(&scratch, 1 << 17);
	m = cxm_record_new(product_kind("Survey"), &arena);
	if (shape_apply(shape, &rules, &v, &scratch, &fault) != 0) {
		assert(fault.text[0] != '\0');
	} else if (text_parse(m, f, v.text, v.factor, &how, &arena, &fault) == 0) {
		struct cxm_value value = cxm_field_get(m, f);

		assert(f->type != CXM_REAL || !value.present || isfinite(value.d));
		assert(f->unit != CXM_TIME || !value.present || value.i != INT64_MIN);
	} else {
		assert(fault.text[0] != '\0');
	}
	buf_free(&scratch);
	arena_free(&arena);
}

static void check_encoding(enum encoding encoding, struct slice text)
{
	struct encoding_state s = { .encoding = encoding };
	struct encoding_state bytewise = { .encoding = encoding };
	struct buf whole;
	struct buf pieces;

	buf_init(&whole, text.len * ENCODING_GROWTH + 16);
	buf_init(&pieces, text.len * ENCODING_GROWTH + 16);
	encoding_add(&s, text.at, text.len, &whole);
	for (size_t i = 0; i < text.len; i++) {
		encoding_add(&bytewise, text.at + i, 1, &pieces);
	}
	assert(!whole.failed && whole.len == pieces.len);
	assert(whole.len == 0 || memcmp(whole.data, pieces.data, whole.len) == 0);
	assert(memchr(text.len > 0 ? text.at : "", '\0', text.len) != NULL ||
	       encoding > ENCODING_CP1252 ||
	       cxm_utf8_valid((struct slice){ (const char *)whole.data, whole.len }));
	buf_free(&whole);
	buf_free(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char separators[] = { 0, '.', ',', ' ', '\'' };
	const struct cxm_kind *kind = product_kind("Survey");
	struct shape_scale scale;
	struct slice text;

	if (size < 3 || size > 4096 || when_use_zone("Europe/Berlin", NULL) != 0) {
		return 0;
	}
	text = (struct slice){ (const char *)data + 3, size - 3 };
	check_shape(&shapes[data[0] % N_SHAPES], &kind->fields[data[1] % kind->n_fields],
	            separators[data[2] % sizeof(separators)], text);
	check_encoding((enum encoding)(ENCODING_LATIN1 + data[2] % 4), text);
	if (shape_scale_parse(text, &scale) == 0) {
		assert(scale.low != scale.high && isfinite(scale.to_low + scale.to_high));
	}
	return 0;
}
