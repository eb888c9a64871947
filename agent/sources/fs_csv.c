/*
 * Lines of mod_cdr_csv as a source: their configuration, and their feed for log_source.c, which
 * does the reading. The clock of the trackers is the end of the latest record, so that a replay and
 * a live host say the same.
 */
#include "agent/sources/fs_csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "agent/decode/fs_csv.h"
#include "agent/sources/fs_conf.h"

#define NAME          "fs_csv"
#define TICK_EVERY_US (INT64_C(10) * 1000000)
#define MAX_AGE_US    (INT64_C(86400) * 1000000)

/* ---- configuration ---- */

#define AT(member) offsetof(struct fs_csv_conf, member)

static const struct conf_item items[] = {
	LOG_SOURCE_ITEMS(struct fs_csv_conf, "/var/log/freeswitch/cdr-csv/Master.csv"),
	{ .name = "columns",
	  .type = CONF_TEXT,
	  .offset = AT(columns),
	  .def = "caller_id_name,caller_id_number,destination_number,context,start_stamp,answer_"
	         "stamp,"
	         "end_stamp,duration,billsec,hangup_cause,uuid,bleg_uuid,accountcode,read_codec,"
	         "write_codec",
	  .help = "The template of cdr_csv.conf.xml, as it stands there or the names alone. The "
	          "default is the `example` that ships; contacts need the cc_ variables in it." },
	FS_ITEM_TRUNKS(AT(trunks), "Without a column channel_name the direction is not known."),
	FS_ITEM_MAX_CONTACTS(AT(max_contacts), FS_HELP_CONTACTS),
	FS_ITEM_MAX_CALLS(AT(max_calls), FS_HELP_CALLS),
};

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct fs_csv_conf), CONF_NO_LINE };

/* ---- feed ---- */

struct feed {
	struct fs_csv csv;
	struct cc_contact *contact; /* owned */
	struct fs_call *call;       /* owned */
	int64_t last_us;
	int64_t ticked_us;
	uint64_t lines[FS_CSV_RESULTS];
	struct fs_facts facts;
};

static void free_feed(void *feed)
{
	struct feed *f = feed;

	fs_csv_free(&f->csv);
	cc_contact_free(f->contact);
	fs_call_free(f->call);
	free(f);
}

static void *make(const struct source_env *env, const struct emit *emit, struct fault *fault)
{
	const struct fs_csv_conf *c = env->conf;
	const struct cc_contact_options contact = { env->pseudonym,   env->host,
		                                    CXM__SOURCE__CDR, (uint32_t)c->max_contacts,
		                                    MAX_AGE_US,       c->trunks };
	const struct fs_call_options call = { env->pseudonym, env->host, c->trunks,
		                              CXM__SOURCE__CDR, (uint32_t)c->max_calls };
	struct feed *f = calloc(1, sizeof(*f));

	if (f == NULL || fs_csv_init(&f->csv, c->columns) != 0 ||
	    cc_contact_new(&f->contact, &contact, emit) != 0 ||
	    fs_call_new(&f->call, &call, emit) != 0) {
		if (f != NULL) {
			free_feed(f);
		}
		(void)fault_set(fault, -ENOMEM, "out of memory");
		return NULL;
	}
	return f;
}

static void tick_at(struct feed *f, int64_t now_us)
{
	cc_contact_tick(f->contact, now_us);
	fs_call_tick(f->call, now_us);
	f->ticked_us = now_us;
}

static void lines(void *feed, struct slice block)
{
	struct feed *f = feed;

	while (block.len > 0) {
		enum fs_csv_result result =
			fs_csv_decode(&f->csv, slice_cut(&block, '\n'), &f->facts);
		int64_t end_us = fs_csv_end_us(&f->facts);

		f->lines[result]++;
		if (result != FS_CSV_OK) {
			continue;
		}
		f->last_us = end_us > f->last_us ? end_us : f->last_us;
		cc_contact_leg(f->contact, &f->facts, f->last_us);
		fs_call_leg(f->call, &f->facts, f->last_us);
		if (f->last_us - f->ticked_us >= TICK_EVERY_US) {
			tick_at(f, f->last_us);
		}
	}
}

static int64_t first_us(void *feed, struct slice block)
{
	struct feed *f = feed;

	for (unsigned i = 0; i < LOG_SOURCE_FIRST_LINES && block.len > 0; i++) {
		if (fs_csv_decode(&f->csv, slice_cut(&block, '\n'), &f->facts) == FS_CSV_OK) {
			return fs_csv_end_us(&f->facts); /* written in the order channels end */
		}
	}
	return -1;
}

static int64_t last_us(const void *feed)
{
	return ((const struct feed *)feed)->last_us;
}

static void tick(void *feed, int64_t now_us)
{
	tick_at(feed, now_us);
}

static void finish(void *feed)
{
	struct feed *f = feed;

	cc_contact_finish(f->contact);
	fs_call_finish(f->call);
}

/* u64 last time, state of the trackers */
static void save(const void *feed, struct buf *out)
{
	const struct feed *f = feed;

	buf_add_u64le(out, (uint64_t)f->last_us);
	cc_contact_save(f->contact, out);
	fs_call_save(f->call, out);
}

static int load(void *feed, struct cursor *in)
{
	struct feed *f = feed;
	int rc;

	f->last_us = (int64_t)cursor_u64le(in);
	if (in->bad || f->last_us < 0) {
		return -EBADMSG;
	}
	rc = cc_contact_load(f->contact, in);
	return rc == 0 ? fs_call_load(f->call, in) : rc;
}

static uint64_t understood(const void *feed)
{
	return ((const struct feed *)feed)->lines[FS_CSV_OK];
}

static uint64_t malformed(const void *feed)
{
	const struct feed *f = feed;

	return f->lines[FS_CSV_BAD_TEXT] + f->lines[FS_CSV_BAD_COLUMNS] +
	       f->lines[FS_CSV_BAD_TIME] + f->lines[FS_CSV_UNNAMED];
}

static void describe(const void *feed, struct buf *out)
{
	const struct feed *f = feed;

	buf_printf(out,
	           "records=%" PRIu64 " contacts=%" PRIu64 " calls=%" PRIu64 " bad_text=%" PRIu64
	           " bad_columns=%" PRIu64 " bad_time=%" PRIu64 " unnamed=%" PRIu64,
	           understood(feed), cc_contact_counters(f->contact)->contacts,
	           fs_call_counters(f->call)->calls, f->lines[FS_CSV_BAD_TEXT],
	           f->lines[FS_CSV_BAD_COLUMNS], f->lines[FS_CSV_BAD_TIME],
	           f->lines[FS_CSV_UNNAMED]);
}

static void counters(const void *feed, const struct source_tally *to)
{
	const struct feed *f = feed;

	source_tell(to, SOURCE_TAKEN, "records_read", understood(feed));
	source_tell(to, SOURCE_TAKEN, "contacts", cc_contact_counters(f->contact)->contacts);
	source_tell(to, SOURCE_TAKEN, "calls", fs_call_counters(f->call)->calls);
	source_tell(to, SOURCE_MALFORMED, "bad_text", f->lines[FS_CSV_BAD_TEXT]);
	source_tell(to, SOURCE_MALFORMED, "bad_columns", f->lines[FS_CSV_BAD_COLUMNS]);
	source_tell(to, SOURCE_MALFORMED, "bad_time", f->lines[FS_CSV_BAD_TIME]);
	source_tell(to, SOURCE_MALFORMED, "no_channel", f->lines[FS_CSV_UNNAMED]);
	source_tell(to, SOURCE_LOST, "calls_without_time", fs_call_counters(f->call)->untimed);
}

static const struct log_feed_ops ops = {
	.name = NAME,
	.log_is = NAME " log",
	.line_is = "a record with the columns of `columns`",
	.missing_hint = "mod_cdr_csv writes it; `columns` is the template of cdr_csv.conf.xml",
	.source = CXM__SOURCE__CDR,
	.state_max_bytes = CC_CONTACT_STATE_MAX_BYTES + FS_CALL_STATE_MAX_BYTES,
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

static int check_columns(const struct fs_csv_conf *c, struct feed *f, struct fault *fault)
{
	return fs_csv_init(&f->csv, c->columns) == 0
	               ? 0
	               : fault_set(fault, -EINVAL,
	                           "columns: the template must have ${uuid} and at most %d columns",
	                           FS_CSV_COLUMNS_MAX);
}

/* Only decoding is asked for: no record reaches the trackers. */
static int check(const void *conf, struct fault *fault)
{
	const struct fs_csv_conf *c = conf;
	struct feed *f = calloc(1, sizeof(*f));
	int rc = f != NULL ? check_columns(c, f, fault) : fault_set(fault, -ENOMEM, "no memory");

	rc = rc == 0 ? log_source_check(&ops, &c->log, f, fault) : rc;
	if (f != NULL) {
		free_feed(f);
	}
	return rc;
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	const struct fs_csv_conf *c = env->conf;
	struct feed *f = calloc(1, sizeof(*f));
	int rc = f != NULL ? check_columns(c, f, fault) : fault_set(fault, -ENOMEM, "no memory");

	if (f != NULL) {
		free_feed(f);
	}
	return rc == 0 ? log_source_open(out, env, &ops, &c->log, fault) : rc;
}

const struct source_ops source_fs_csv = {
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
