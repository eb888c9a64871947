/* queue_log as a source: its configuration, and its feed (queue_feed) for log_source.c, which does
 * the reading. */
#include "agent/sources/queue_log.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/asterisk/advice.h"
#include "agent/sources/log_source.h"
#include "agent/sources/replay.h"
#include "agent/track/queue_feed.h"

#define NAME "queue_log"

/* ---- configuration ---- */

#define MAX_OPEN   8192 /* ten times what one Asterisk holds in queues */
#define MAX_AGE_MS INT64_C(86400000)

static const struct conf_item items[] = {
	{ .name = "file",
	  .type = CONF_PATH,
	  .offset = offsetof(struct queue_log_conf, file),
	  .help = "The log to follow, usually /var/log/asterisk/queue_log." },
	{ .name = "files",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct queue_log_conf, files),
	  .max = REPLAY_FILES_MAX,
	  .help = "Logs to read once (replay); .gz and .zst are unpacked." },
	{ .name = "poll",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct queue_log_conf, poll_ms),
	  .min = 50,
	  .max = 60000,
	  .def = "500ms",
	  .help = "How often a log that has been read to its end is looked at." },
	{ .name = "max_open",
	  .type = CONF_INT,
	  .offset = offsetof(struct queue_log_conf, max_open),
	  .min = QUEUE_CALL_OPEN_MIN,
	  .max = QUEUE_CALL_OPEN_MAX,
	  .def = "8192",
	  .help = "Contacts in queues at one time; beyond, the oldest is given up and a gap says "
	          "so." },
	{ .name = "max_age",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct queue_log_conf, max_age_ms),
	  .min = 60000,
	  .max = INT64_C(30) * 86400000,
	  .def = "24h",
	  .help = "A contact that is in a queue for longer has lost its end." },
	{ .name = "from_start",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct queue_log_conf, from_start),
	  .def = "true",
	  .help = "At the very first start read the whole log and its rotated parts, not only what "
	          "comes." },
	{ .name = "no_handoffs",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct queue_log_conf, no_handoffs),
	  .def = "false",
	  .help = "Leave hand-offs to a cel source, which knows more of them; so it is anyway "
	          "where this agent has one." },
};

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct queue_log_conf), CONF_NO_LINE };

/* ---- feed ---- */

static void *make(const struct source_env *env, const struct emit *emit, struct fault *fault)
{
	const struct queue_log_conf *c = env->conf;
	struct queue_call_options options = {
		.pseudonym = env->pseudonym,
		.host = env->host,
		.max_open = c->max_open > 0 ? (uint32_t)c->max_open : MAX_OPEN,
		.max_age_us = (c->max_age_ms > 0 ? c->max_age_ms : MAX_AGE_MS) * 1000,
		.no_handoffs = c->no_handoffs,
	};
	struct queue_feed *f = calloc(1, sizeof(*f));

	if (f == NULL || queue_feed_init(f, &options, emit) != 0) {
		free(f);
		(void)fault_set(fault, -ENOMEM, "out of memory");
		return NULL;
	}
	return f;
}

static void free_feed(void *feed)
{
	queue_feed_deinit(feed);
	free(feed);
}

static void lines(void *feed, struct slice block)
{
	queue_feed_lines(feed, block);
}

static int64_t first_us(void *feed, struct slice block)
{
	(void)feed;
	return queue_feed_first_us(block, LOG_SOURCE_FIRST_LINES);
}

static int64_t last_us(const void *feed)
{
	return queue_call_last_us(((const struct queue_feed *)feed)->calls);
}

static void tick(void *feed, int64_t now_us)
{
	queue_call_tick(((struct queue_feed *)feed)->calls, now_us);
}

static void finish(void *feed)
{
	queue_feed_finish(feed);
}

static void save(const void *feed, struct buf *out)
{
	queue_feed_save(feed, out);
}

static int load(void *feed, struct cursor *in)
{
	return queue_feed_load(feed, in);
}

static uint64_t understood(const void *feed)
{
	return ((const struct queue_feed *)feed)->counters.lines[QUEUE_LINE_OK];
}

static uint64_t malformed(const void *feed)
{
	return queue_feed_malformed(feed);
}

static void describe(const void *feed, struct buf *out)
{
	queue_feed_describe(feed, out);
}

static void counters(const void *feed, const struct source_tally *to)
{
	const struct queue_feed *f = feed;
	const struct queue_call_counters *calls = queue_call_counters(f->calls);
	const struct agent_state_counters *agents = agent_state_counters(f->agents);
	uint64_t ignored = f->counters.other_verbs;

	for (size_t i = 0; i < f->counters.n_verbs; i++) {
		ignored += f->counters.verbs[i].lines;
	}
	source_tell(to, SOURCE_TAKEN, "lines", f->counters.lines[QUEUE_LINE_OK]);
	source_tell(to, SOURCE_TAKEN, "contacts", calls->contacts);
	source_tell(to, SOURCE_TAKEN, "agent_spans", agents->spans);
	for (int i = QUEUE_LINE_EMPTY + 1; i < QUEUE_LINE_RESULTS; i++) {
		source_tell(to, SOURCE_MALFORMED, queue_line_result_name((enum queue_line_result)i),
		            f->counters.lines[i]);
	}
	source_tell(to, SOURCE_MALFORMED, "line_too_long", f->counters.too_long);
	source_tell(to, SOURCE_LOST, "verbs_ignored", ignored);
	source_tell(to, SOURCE_LOST, "orphans", calls->orphans + agents->orphans);
	source_tell(to, SOURCE_LOST, "contacts_expired", calls->expired);
	source_tell(to, SOURCE_LOST, "contacts_evicted", calls->evicted);
	source_tell(to, SOURCE_LOST, "agents_evicted", agents->evicted);
}

static const struct log_feed_ops ops = {
	.name = NAME,
	.log_is = "queue_log",
	.line_is = "a queue_log line, epoch|uniqueid|queue|agent|event|...",
	.missing_hint = "Asterisk writes it when queue_log = yes in logger.conf",
	.may_be_empty = true, /* until the first call enters a queue */
	.source = CXM__SOURCE__QUEUE_LOG,
	.state_max_bytes = QUEUE_FEED_STATE_MAX_BYTES,
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

/* Its entries need not come from the schema: a replay may fill in nothing but files. */
static struct log_source_conf log_of(const struct queue_log_conf *c)
{
	return (struct log_source_conf){ .file = c->file,
		                         .files = c->files,
		                         .poll_ms = c->poll_ms,
		                         .from_start = c->from_start };
}

static int open_source(struct source **out, const struct source_env *env, struct fault *fault)
{
	struct log_source_conf log = log_of(env->conf);

	return log_source_open(out, env, &ops, &log, fault);
}

/* Times of lines are told without a tracker. */
static int check(const void *conf, struct fault *fault)
{
	struct log_source_conf log = log_of(conf);

	return log_source_check(&ops, &log, NULL, fault);
}

bool queue_log_turn(struct source *s)
{
	return log_source_turn(s);
}

static void examine(const void *conf, const struct source_examine *e)
{
	struct log_source_conf log = log_of(conf);
	const struct asterisk_tell tell = { e->tell, e->arg };

	if (log.file != NULL && asterisk_owns(log.file)) {
		(void)asterisk_advise_queue_log(ASTERISK_DIRECTORY, &tell);
	}
}

const struct source_ops source_queue_log = {
	.name = NAME,
	.schema = &schema,
	.check = check,
	.examine = examine,
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
