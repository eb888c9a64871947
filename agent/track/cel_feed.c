/* Lines to the tracker; see cel_feed.h. Owns both. */
#include "agent/track/cel_feed.h"

#include <inttypes.h>

int cel_feed_init(struct cel_feed *f, const struct cel_layout *layout,
                  const struct cel_call_options *options, const struct emit *emit)
{
	int rc;

	*f = (struct cel_feed){ 0 };
	rc = cel_reader_init(&f->reader, layout);
	if (rc == 0) {
		rc = cel_call_new(&f->calls, options, emit);
	}
	if (rc != 0) {
		cel_feed_deinit(f);
	}
	return rc;
}

void cel_feed_deinit(struct cel_feed *f)
{
	cel_reader_free(&f->reader);
	cel_call_free(f->calls);
	f->calls = NULL;
}

void cel_feed_lines(struct cel_feed *f, struct slice block)
{
	while (block.len > 0) {
		struct cel_event e;
		enum cel_result result = cel_decode(&f->reader, slice_cut(&block, '\n'), &e);

		f->lines[result]++;
		if (result == CEL_LINE_OK) {
			cel_call_event(f->calls, &e);
		}
	}
}

uint64_t cel_feed_malformed(const struct cel_feed *f)
{
	return f->lines[CEL_LINE_BAD_TEXT] + f->lines[CEL_LINE_TOO_FEW_FIELDS] +
	       f->lines[CEL_LINE_BAD_TIME];
}

int64_t cel_feed_first_us(struct cel_feed *f, struct slice block, unsigned look)
{
	struct cel_event e;

	for (unsigned i = 0; i < look && block.len > 0; i++) {
		if (cel_decode(&f->reader, slice_cut(&block, '\n'), &e) == CEL_LINE_OK) {
			return e.at_us;
		}
	}
	return -1;
}

void cel_feed_describe(const struct cel_feed *f, struct buf *out)
{
	const struct cel_call_counters *n = cel_call_counters(f->calls);

	buf_printf(out, "lines=%" PRIu64 " malformed=%" PRIu64 " calls=%" PRIu64, f->lines[0],
	           cel_feed_malformed(f), n->calls);
	buf_printf(out, " visits=%" PRIu64 " handoffs=%" PRIu64 " cut=%" PRIu64 " orphans=%" PRIu64,
	           n->visits, n->handoffs, n->cut, n->orphans);
	buf_printf(out, " digits_dropped=%" PRIu64 " user_events_without_rule=%" PRIu64, n->digits,
	           n->ignored_events);
	if (f->lines[CEL_LINE_TOO_FEW_FIELDS] > 0) {
		buf_printf(out, "; too_few_fields=%" PRIu64 ": does `fields` fit cel_custom.conf?",
		           f->lines[CEL_LINE_TOO_FEW_FIELDS]);
	}
}
