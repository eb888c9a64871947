/* Call detail records as a source: their configuration, and their feed for log_source.c, which does
 * the reading. */
#include "agent/sources/cdr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "agent/track/cdr_call.h"

#define NAME "cdr"

/* ---- configuration ---- */

#define AT(member) offsetof(struct cdr_conf, member)

static const struct conf_item items[] = {
	LOG_SOURCE_ITEMS(struct cdr_conf, "/var/log/asterisk/cdr-csv/Master.csv"),
	{ .name = "gmt",
	  .type = CONF_BOOL,
	  .offset = AT(gmt),
	  .def = "false",
	  .help = "Times are GMT (usegmtime=yes in cdr.conf), not those of `timezone`." },
	{ .name = "trunks",
	  .type = CONF_TEXT,
	  .offset = AT(trunks),
	  .def = "*/carrier* */trunk* DAHDI/*",
	  .help = "Channels that lead to customers; `*` stands for any characters. Of calls of "
	          "others the direction is not known." },
	{ .name = "max_calls",
	  .type = CONF_INT,
	  .offset = AT(max_calls),
	  .min = CDR_CALL_OPEN_MIN,
	  .max = CDR_CALL_OPEN_MAX,
	  .def = "4096",
	  .help = "Calls remembered for rows that come late." },
};

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct cdr_conf), CONF_NO_LINE };

/* ---- feed ---- */

struct feed {
	struct cdr_reader reader;
	struct cdr_call *calls; /* owned */
	uint64_t lines[CDR_LINE_RESULTS];
};

static void *make(const struct source_env *env, const struct emit *emit, struct fault *fault)
{
	const struct cdr_conf *c = env->conf;
	struct cdr_call_options options = { .pseudonym = env->pseudonym,
		                            .host = env->host,
		                            .trunks = c->trunks,
		                            .max_calls = (uint32_t)c->max_calls };
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL || cdr_call_new(&f->calls, &options, emit) != 0) {
		free(f);
		(void)fault_set(fault, -ENOMEM, "out of memory");
		return NULL;
	}
	cdr_reader_init(&f->reader, c->gmt);
	return f;
}

static void free_feed(void *feed)
{
	struct feed *f = feed;

	cdr_reader_free(&f->reader);
	cdr_call_free(f->calls);
	free(f);
}

static void lines(void *feed, struct slice block)
{
	struct feed *f = feed;

	while (block.len > 0) {
		struct cdr_row row;
		enum cdr_result result = cdr_decode(&f->reader, slice_cut(&block, '\n'), &row);

		f->lines[result]++;
		if (result == CDR_LINE_OK) {
			cdr_call_row(f->calls, &row);
		}
	}
}

static int64_t first_us(void *feed, struct slice block)
{
	struct feed *f = feed;
	struct cdr_row row;

	for (unsigned i = 0; i < LOG_SOURCE_FIRST_LINES && block.len > 0; i++) {
		if (cdr_decode(&f->reader, slice_cut(&block, '\n'), &row) == CDR_LINE_OK) {
			return row.end_us; /* rows are written in the order calls end */
		}
	}
	return -1;
}

static int64_t last_us(const void *feed)
{
	return cdr_call_last_us(((const struct feed *)feed)->calls);
}

static void tick(void *feed, int64_t now_us)
{
	cdr_call_tick(((struct feed *)feed)->calls, now_us);
}

static void finish(void *feed)
{
	cdr_call_finish(((struct feed *)feed)->calls);
}

static void save(const void *feed, struct buf *out)
{
	cdr_call_save(((const struct feed *)feed)->calls, out);
}

static int load(void *feed, struct cursor *in)
{
	return cdr_call_load(((struct feed *)feed)->calls, in);
}

static uint64_t understood(const void *feed)
{
	return ((const struct feed *)feed)->lines[CDR_LINE_OK];
}

static uint64_t malformed(const void *feed)
{
	const struct feed *f = feed;

	return f->lines[CDR_LINE_BAD_TEXT] + f->lines[CDR_LINE_TOO_FEW_FIELDS] +
	       f->lines[CDR_LINE_BAD_TIME];
}

static void describe(const void *feed, struct buf *out)
{
	const struct feed *f = feed;
	const struct cdr_call_counters *n = cdr_call_counters(f->calls);

	buf_printf(out, "rows=%" PRIu64 " malformed=%" PRIu64 " calls=%" PRIu64 " parts=%" PRIu64,
	           f->lines[CDR_LINE_OK], malformed(feed), n->calls, n->parts);
	if (n->late > 0) {
		buf_printf(out, " late=%" PRIu64, n->late);
	}
	if (f->lines[CDR_LINE_TOO_FEW_FIELDS] > 0) {
		buf_printf(out, "; too_few_fields=%" PRIu64 ": is loguniqueid=yes in cdr.conf?",
		           f->lines[CDR_LINE_TOO_FEW_FIELDS]);
	}
}

static void counters(const void *feed, const struct source_tally *to)
{
	const struct feed *f = feed;
	const struct cdr_call_counters *n = cdr_call_counters(f->calls);

	source_tell(to, SOURCE_TAKEN, "rows", f->lines[CDR_LINE_OK]);
	source_tell(to, SOURCE_TAKEN, "calls", n->calls);
	for (int i = CDR_LINE_BAD_TEXT; i < CDR_LINE_RESULTS; i++) {
		source_tell(to, SOURCE_MALFORMED, cdr_result_name((enum cdr_result)i), f->lines[i]);
	}
	source_tell(to, SOURCE_LOST, "late", n->late);
}

static const struct log_feed_ops ops = {
	.name = NAME,
	.log_is = NAME " log",
	.line_is = "a call detail record with its unique id (loguniqueid=yes in cdr.conf)",
	.missing_hint = "Asterisk writes it when cdr.conf has enable=yes and a [csv] section with "
			"loguniqueid=yes",
	.source = CXM__SOURCE__CDR,
	.state_max_bytes = CDR_CALL_STATE_MAX_BYTES,
	.make = make,
	.free = free_feed,
	.lines = lines,
	.first_us = first_us,
	.last_us = last_us,
	.tick = tick,
	.finish = finish,
	.save = save,
	.load = load,
	.understood = understood,
	.malformed = malformed,
	.describe = describe,
	.counters = counters,
};

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct cdr_conf *conf = env->conf;

	return log_source_open(out, env, &ops, &conf->log, fault);
}

/* Only decoding is asked for: no row reaches the tracker. */
static int check(const void *conf, struct fault *fault)
{
	const struct cdr_conf *c = conf;
	struct feed f = { .calls = NULL };
	int rc;

	cdr_reader_init(&f.reader, c->gmt);
	rc = log_source_check(&ops, &c->log, &f, fault);
	cdr_reader_free(&f.reader);
	return rc;
}

const struct source_ops source_cdr = {
	.name = NAME,
	.schema = &schema,
	.check = check,
	.open = open_source,
	.start = log_source_start,
	.pause = log_source_pause,
	.resume = log_source_resume,
	.checkpoint = log_source_checkpoint,
	.committed = NULL,
	.progress = log_source_progress,
	.counters = log_source_counters,
	.stop = log_source_stop,
	.close = log_source_close,
};
