/* Rows of call detail records; see cdr.h. The order of columns is cdr_csv's. */
#include "agent/decode/cdr.h"

#include "common/when.h"

enum column {
	SRC = 1,
	DST = 2,
	CHANNEL = 5,
	DST_CHANNEL = 6,
	APP = 7,
	APP_DATA = 8,
	START = 9,
	ANSWER = 10,
	END = 11,
	DISPOSITION = 14,
	UNIQUEID = 16,
	ALL_BUT_NEW = 18, /* with uniqueid and userfield */
	WITH_UNIQUEID = 17,
	NEW_COLUMNS = 3, /* peeraccount, linkedid, sequence */
};

#define LINE_MAX_BYTES ((size_t)64 * 1024)
#define TIME_MAX_US    INT64_C(4102444800999999)
#define TIME_TEXT_MAX  40

void cdr_reader_init(struct cdr_reader *r, bool gmt)
{
	*r = (struct cdr_reader){ .gmt = gmt };
	csv_row_init(&r->row);
}

void cdr_reader_free(struct cdr_reader *r)
{
	csv_row_free(&r->row);
}

static bool take_time(const struct cdr_reader *r, struct slice text, int64_t *at_us)
{
	char zoned[TIME_TEXT_MAX + 1];

	if (text.len == 0 || text.len >= TIME_TEXT_MAX) {
		return false;
	}
	memcpy(zoned, text.at, text.len);
	zoned[text.len] = 'Z';
	return when_parse((struct slice){ zoned, text.len + (r->gmt ? 1 : 0) }, at_us) == 0 &&
	       *at_us >= 0 && *at_us <= TIME_MAX_US;
}

static struct slice linkedid_of(const struct csv_row *row)
{
	bool has = row->n_fields == WITH_UNIQUEID + NEW_COLUMNS ||
	           row->n_fields == ALL_BUT_NEW + NEW_COLUMNS;

	return has ? row->fields[row->n_fields - 2] : (struct slice){ NULL, 0 };
}

static enum cdr_result take_row(const struct cdr_reader *r, struct cdr_row *out)
{
	const struct slice *f = r->row.fields;
	struct slice data = f[APP_DATA];

	*out = (struct cdr_row){ .src = f[SRC],
		                 .dst = f[DST],
		                 .channel = f[CHANNEL],
		                 .dst_channel = f[DST_CHANNEL],
		                 .app = f[APP],
		                 .uniqueid = f[UNIQUEID],
		                 .linkedid = linkedid_of(&r->row),
		                 .answered = slice_eq(f[DISPOSITION], SLICE("ANSWERED")) };
	if (out->channel.len == 0 || out->uniqueid.len == 0) {
		return CDR_LINE_TOO_FEW_FIELDS;
	}
	if (!take_time(r, f[START], &out->start_us) || !take_time(r, f[END], &out->end_us) ||
	    (f[ANSWER].len > 0 && !take_time(r, f[ANSWER], &out->answer_us)) ||
	    out->end_us < out->start_us) {
		return CDR_LINE_BAD_TIME;
	}
	if (slice_ieq(out->app, SLICE("Queue"))) {
		out->queue = slice_cut(&data, ',');
	}
	return CDR_LINE_OK;
}

enum cdr_result cdr_decode(struct cdr_reader *r, struct slice line, struct cdr_row *out)
{
	size_t consumed;

	line = slice_trim(line);
	if (line.len == 0) {
		return CDR_LINE_EMPTY;
	}
	if (line.len > LINE_MAX_BYTES || csv_next(line, ',', true, &r->row, &consumed) != 1) {
		return CDR_LINE_BAD_TEXT;
	}
	return r->row.n_fields >= WITH_UNIQUEID ? take_row(r, out) : CDR_LINE_TOO_FEW_FIELDS;
}

const char *cdr_result_name(enum cdr_result result)
{
	static const char *const all[CDR_LINE_RESULTS] = {
		[CDR_LINE_OK] = "ok",
		[CDR_LINE_EMPTY] = "empty",
		[CDR_LINE_BAD_TEXT] = "bad_text",
		[CDR_LINE_TOO_FEW_FIELDS] = "too_few_fields",
		[CDR_LINE_BAD_TIME] = "bad_time",
	};

	return all[result];
}
