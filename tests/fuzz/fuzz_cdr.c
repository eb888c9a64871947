/*
 * Any bytes as call detail records: read whole, and read in two parts with the state saved and
 * loaded in between. Both must give the same records.
 *
 * The first byte says whether times are GMT, the next two where the parts meet.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/cdr_call.h"
#include "common/when.h"
#include "tests/support/catalog.h"
#include "tests/support/fuzz_cel.h"
#include "tests/support/site_key.h"

#define PACKED_MAX ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pseudonym *pseudonym;

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void pack(void *arg, const ProtobufCMessage *m)
{
	struct buf *packed = arg;

	require(cxm_record_append(cxm_kind_of(product_catalog(), m->descriptor), m, packed) == 0);
}

static struct cdr_call *open_calls(struct buf *packed)
{
	static const struct pseudonym_plan plan = { "49", "00", "0" };
	struct emit emit = { pack, packed };
	struct cdr_call_options options = { .host = "pbx1",
		                            .trunks = "*/carrier*",
		                            .max_calls = CDR_CALL_OPEN_MIN };
	struct cdr_call *calls;

	if (pseudonym == NULL) {
		pseudonym = site_key_open(&plan);
		require(when_use_zone("Europe/Berlin", NULL) == 0);
	}
	options.pseudonym = pseudonym;
	require(cdr_call_new(&calls, &options, &emit) == 0);
	return calls;
}

static void take(struct cdr_call *calls, struct slice log, bool gmt)
{
	struct cdr_reader reader;
	struct cdr_row row;

	cdr_reader_init(&reader, gmt);
	while (log.len > 0) {
		if (cdr_decode(&reader, slice_cut(&log, '\n'), &row) == CDR_LINE_OK) {
			cdr_call_row(calls, &row);
		}
	}
	cdr_reader_free(&reader);
}

static struct cdr_call *restart(struct cdr_call *calls, struct buf *packed)
{
	struct cdr_call *next = open_calls(packed);
	struct buf state;
	struct cursor in;

	buf_init(&state, CDR_CALL_STATE_MAX_BYTES);
	cdr_call_save(calls, &state);
	in = cursor_of(state.data, state.len);
	require(!state.failed && cdr_call_load(next, &in) == 0 && cursor_left(&in) == 0);
	cdr_call_free(calls);
	buf_free(&state);
	return next;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf whole;
	struct buf parts;
	struct cdr_call *calls;
	struct slice log;
	const char *feed;
	size_t at;

	if (size < 3) {
		return 0;
	}
	buf_init(&whole, PACKED_MAX);
	buf_init(&parts, PACKED_MAX);
	log = (struct slice){ (const char *)data + 3, size - 3 };
	at = (size_t)(data[1] << 8 | data[2]);
	feed = at < log.len ? memchr(log.at + at, '\n', log.len - at) : NULL;
	at = feed != NULL ? (size_t)(feed - log.at) + 1 : log.len;
	calls = open_calls(&whole);
	take(calls, log, (data[0] & 1) != 0);
	cdr_call_finish(calls);
	cdr_call_free(calls);
	calls = open_calls(&parts);
	take(calls, (struct slice){ log.at, at }, (data[0] & 1) != 0);
	calls = restart(calls, &parts);
	take(calls, (struct slice){ log.at + at, log.len - at }, (data[0] & 1) != 0);
	cdr_call_finish(calls);
	cdr_call_free(calls);
	require(whole.len == parts.len &&
	        memcmp(buf_text(&whole), buf_text(&parts), whole.len) == 0);
	fuzz_cel_check(&whole);
	buf_free(&whole);
	buf_free(&parts);
	return 0;
}
