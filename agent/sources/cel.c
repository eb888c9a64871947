/* The channel event log as a source: its configuration, and its feed for log_source.c, which does
 * the reading. */
#include "agent/sources/cel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/asterisk/advice.h"
#include "agent/track/cel_feed.h"

#define NAME "cel"

/* ---- configuration ---- */

#define AT(member)   offsetof(struct cel_conf, member)
#define RULE(member) AT(rules.member)

static const char *const survey_kinds[] = { "csat", "nps", "ces", "fcr", NULL };

static const struct conf_item items[] = {
	LOG_SOURCE_ITEMS(struct cel_conf, "/var/log/asterisk/cel-custom/Master.csv"),
	{ .name = "fields",
	  .type = CONF_TEXT,
	  .offset = AT(fields),
	  .def = "",
	  .help = "Columns of the log as in cel_custom.conf, blanks between; none: by their "
	          "number, "
	          "20 or 21. Lines of JSON name their fields themselves." },
	{ .name = "separator",
	  .type = CONF_TEXT,
	  .offset = AT(separator),
	  .def = ",",
	  .help = "Between columns." },
	{ .name = "max_open",
	  .type = CONF_INT,
	  .offset = AT(max_open),
	  .min = CEL_CALL_OPEN_MIN,
	  .max = CEL_CALL_OPEN_MAX,
	  .def = "2048",
	  .help = "Calls at one time; beyond, the oldest is given up and a gap says so." },
	{ .name = "max_age",
	  .type = CONF_DURATION,
	  .offset = AT(max_age_ms),
	  .min = 60000,
	  .max = INT64_C(30) * 86400000,
	  .def = "24h",
	  .help = "A call that is open for longer has lost its end." },
	{ .name = "trunks",
	  .type = CONF_TEXT,
	  .offset = RULE(trunks),
	  .def = "from-trunk* from-pstn* from-external* from-did* from-sip-external* incoming* "
	         "inbound*",
	  .help = "Contexts in which calls of customers begin; `*` stands for any characters." },
	{ .name = "menus",
	  .type = CONF_TEXT,
	  .offset = RULE(menus),
	  .def = "ivr-main* ivr-menu* ivr-start*",
	  .help = "Contexts that are menus of the self-service." },
	{ .name = "tasks",
	  .type = CONF_TEXT,
	  .offset = RULE(tasks),
	  .def = "ivr-*",
	  .help = "Contexts in which a caller does something without a person; those under `menus` "
	          "are not among them." },
	{ .name = "operators",
	  .type = CONF_TEXT,
	  .offset = RULE(operators),
	  .def = "operator* ivr-operator*",
	  .help = "Contexts into which a caller goes who asks for a person." },
	{ .name = "visit_events",
	  .type = CONF_TEXT,
	  .offset = RULE(visit_events),
	  .def = "IVR_START IVR_MENU",
	  .help = "User events (CELGenUserEvent) at a menu; their text names it. NAME=TEXT is an "
	          "event with that text." },
	{ .name = "task_events",
	  .type = CONF_TEXT,
	  .offset = RULE(task_events),
	  .def = "IVR_TASK",
	  .help = "A task begins; the text names it." },
	{ .name = "done_events",
	  .type = CONF_TEXT,
	  .offset = RULE(done_events),
	  .def = "IVR_SELFSERVICE IVR_DONE",
	  .help = "A task was completed; the text names it." },
	{ .name = "identified_events",
	  .type = CONF_TEXT,
	  .offset = RULE(identified_events),
	  .def = "IVR_AUTH=ok IVR_AUTH=success",
	  .help = "The caller has proved who he is." },
	{ .name = "recognised_events",
	  .type = CONF_TEXT,
	  .offset = RULE(recognised_events),
	  .def = "CRM_LOOKUP",
	  .help = "The customer was looked up; without text: not found. The text is not kept." },
	{ .name = "invalid_events",
	  .type = CONF_TEXT,
	  .offset = RULE(invalid_events),
	  .def = "IVR_INVALID",
	  .help = "An input no menu knows." },
	{ .name = "timeout_events",
	  .type = CONF_TEXT,
	  .offset = RULE(timeout_events),
	  .def = "IVR_TIMEOUT",
	  .help = "No input came." },
	{ .name = "operator_events",
	  .type = CONF_TEXT,
	  .offset = RULE(operator_events),
	  .def = "IVR_OPERATOR",
	  .help = "The caller asks for a person (the key 0, a word)." },
	{ .name = "callback_events",
	  .type = CONF_TEXT,
	  .offset = RULE(callback_events),
	  .def = "CALLBACK_REQUEST",
	  .help = "A callback was promised; a text is the number, which becomes a pseudonym." },
	{ .name = "callback_window",
	  .type = CONF_DURATION,
	  .offset = RULE(callback_window_ms),
	  .max = INT64_C(30) * 86400000,
	  .def = "0s",
	  .help = "Within which time callbacks are promised; 0s: within none." },
	{ .name = "surveys",
	  .type = CONF_TEXT,
	  .offset = RULE(surveys),
	  .def = "survey*",
	  .help = "Contexts in which a survey is offered." },
	{ .name = "offer_events",
	  .type = CONF_TEXT,
	  .offset = RULE(offer_events),
	  .def = "SURVEY_OFFER QUEUE_RESULT=CONTINUE",
	  .help = "A survey was offered." },
	{ .name = "survey_events",
	  .type = CONF_TEXT,
	  .offset = RULE(survey_events),
	  .def = "SURVEY",
	  .help = "A survey was answered; the text is the answer, a number of the scale." },
	{ .name = "survey_kind",
	  .type = CONF_TEXT,
	  .offset = RULE(survey_kind),
	  .def = "csat",
	  .choices = survey_kinds,
	  .help = "What the survey asks: `csat`, `nps`, `ces` or `fcr`." },
	{ .name = "survey_min",
	  .type = CONF_INT,
	  .offset = RULE(survey_min),
	  .max = 99,
	  .def = "1",
	  .help = "Lowest answer." },
	{ .name = "survey_max",
	  .type = CONF_INT,
	  .offset = RULE(survey_max),
	  .min = 1,
	  .max = 99,
	  .def = "5",
	  .help = "Highest answer." },
	{ .name = "payments",
	  .type = CONF_TEXT,
	  .offset = RULE(payments),
	  .def = "payment* pay-*",
	  .help = "Contexts in which payment data are keyed or spoken." },
	{ .name = "payment_start_events",
	  .type = CONF_TEXT,
	  .offset = RULE(payment_start_events),
	  .def = "PAYMENT_START",
	  .help = "Payment data are taken from here on." },
	{ .name = "payment_end_events",
	  .type = CONF_TEXT,
	  .offset = RULE(payment_end_events),
	  .def = "PAYMENT_END",
	  .help = "Up to here." },
	{ .name = "recordings_in_dialplan",
	  .type = CONF_BOOL,
	  .offset = RULE(recordings_in_dialplan),
	  .def = "false",
	  .help = "Every recording begins with MixMonitor or Monitor in the dialplan, none by a "
	          "queue "
	          "(`monitor-format` in queues.conf) or the manager interface: a payment without "
	          "one "
	          "was not recorded. Otherwise that is not known." },
	{ .name = "call_id_events",
	  .type = CONF_TEXT,
	  .offset = RULE(call_id_events),
	  .def = "CALL_ID",
	  .help = "The text is the Call-ID of a channel, which joins the call to its packets; it "
	          "becomes a pseudonym." },
};

/* Those behind the file's own. */
#define FILE_ITEMS (LOG_SOURCE_N_ITEMS + 2)
const struct conf_schema cel_rules_schema = { items + FILE_ITEMS,
	                                      sizeof(items) / sizeof(items[0]) - FILE_ITEMS,
	                                      sizeof(struct cel_conf), CONF_NO_LINE };

static const struct conf_schema schema = { items, sizeof(items) / sizeof(items[0]),
	                                   sizeof(struct cel_conf), CONF_NO_LINE };

/* ---- feed ---- */

struct feed {
	struct call_rules rules; /* texts are the configuration's, which outlives us */
	struct cel_feed feed;
};

static struct feed *new_feed(const struct cel_conf *conf, const struct cel_call_options *options,
                             const struct emit *emit, struct fault *fault)
{
	struct cel_call_options own = *options;
	struct cel_layout layout;
	struct feed *f;
	int rc = cel_layout_of(&layout, conf->fields, conf->separator);

	if (rc != 0) {
		(void)fault_set(fault, rc,
		                "fields: eventtype, eventtime, channame, uniqueid and linkedid "
		                "must be among them, and the separator be one character");
		return NULL;
	}
	if (conf->rules.survey_min >= conf->rules.survey_max) {
		(void)fault_set(fault, -EINVAL, "survey_max: must be above survey_min");
		return NULL;
	}
	f = calloc(1, sizeof(*f));
	if (f != NULL) {
		f->rules = conf->rules;
		own.rules = &f->rules;
	}
	if (f == NULL || cel_feed_init(&f->feed, &layout, &own, emit) != 0) {
		free(f);
		(void)fault_set(fault, -ENOMEM, "out of memory");
		return NULL;
	}
	return f;
}

static void *make(const struct source_env *env, const struct emit *emit, struct fault *fault)
{
	const struct cel_conf *c = env->conf;
	struct cel_call_options options = { .pseudonym = env->pseudonym,
		                            .host = env->host,
		                            .max_open = (uint32_t)c->max_open,
		                            .max_age_us = c->max_age_ms * 1000 };

	return new_feed(c, &options, emit, fault);
}

static void free_feed(void *feed)
{
	struct feed *f = feed;

	cel_feed_deinit(&f->feed);
	free(f);
}

static void lines(void *feed, struct slice block)
{
	cel_feed_lines(&((struct feed *)feed)->feed, block);
}

static int64_t first_us(void *feed, struct slice block)
{
	return cel_feed_first_us(&((struct feed *)feed)->feed, block, LOG_SOURCE_FIRST_LINES);
}

static int64_t last_us(const void *feed)
{
	return cel_call_last_us(((const struct feed *)feed)->feed.calls);
}

static void finish(void *feed)
{
	cel_call_finish(((struct feed *)feed)->feed.calls);
}

static void save(const void *feed, struct buf *out)
{
	cel_call_save(((const struct feed *)feed)->feed.calls, out);
}

static int load(void *feed, struct cursor *in)
{
	return cel_call_load(((struct feed *)feed)->feed.calls, in);
}

static uint64_t understood(const void *feed)
{
	return ((const struct feed *)feed)->feed.lines[CEL_LINE_OK];
}

static uint64_t malformed(const void *feed)
{
	return cel_feed_malformed(&((const struct feed *)feed)->feed);
}

static void describe(const void *feed, struct buf *out)
{
	cel_feed_describe(&((const struct feed *)feed)->feed, out);
}

static void counters(const void *feed, const struct source_tally *to)
{
	const struct cel_feed *f = &((const struct feed *)feed)->feed;
	const struct cel_call_counters *n = cel_call_counters(f->calls);

	source_tell(to, SOURCE_TAKEN, "lines", f->lines[CEL_LINE_OK]);
	source_tell(to, SOURCE_TAKEN, "calls", n->calls);
	source_tell(to, SOURCE_TAKEN, "self_service_visits", n->visits);
	source_tell(to, SOURCE_TAKEN, "handoffs", n->handoffs);
	for (int i = CEL_LINE_BAD_TEXT; i < CEL_LINE_RESULTS; i++) {
		source_tell(to, SOURCE_MALFORMED, cel_result_name((enum cel_result)i), f->lines[i]);
	}
	source_tell(to, SOURCE_MALFORMED, "survey_answer", n->odd_answers);
	source_tell(to, SOURCE_LOST, "orphans", n->orphans);
	source_tell(to, SOURCE_LOST, "calls_expired", n->expired);
	source_tell(to, SOURCE_LOST, "calls_evicted", n->evicted);
	source_tell(to, SOURCE_LOST, "legs_untracked", n->untracked_legs);
	source_tell(to, SOURCE_LOST, "user_events_without_rule", n->ignored_events);
}

static const struct log_feed_ops ops = {
	.name = NAME,
	.log_is = NAME " log",
	.line_is = "a channel event with the columns of `fields`, or JSON",
	.missing_hint = "is cel.conf enable=yes, and did cel_custom load (asterisk -rx \"cel show "
			"status\")? A field it does not know makes it decline and write nothing",
	.source = CXM__SOURCE__CEL,
	.state_max_bytes = CEL_FEED_STATE_MAX_BYTES,
	.make = make,
	.free = free_feed,
	.lines = lines,
	.first_us = first_us,
	.last_us = last_us,
	.tick = NULL,
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
	const struct cel_conf *conf = env->conf;

	return log_source_open(out, env, &ops, &conf->log, fault);
}

/* Only decoding is asked for: no line reaches the tracker. */
static int check(const void *conf, struct fault *fault)
{
	const struct cel_conf *c = conf;
	struct cel_layout layout;
	struct feed f = { .feed = { .calls = NULL } };
	int rc = cel_layout_of(&layout, c->fields, c->separator);

	if (rc != 0) {
		return fault_set(fault, rc,
		                 "fields: eventtype, eventtime, channame, uniqueid and linkedid "
		                 "must be among them, and the separator be one character");
	}
	if (c->rules.survey_min >= c->rules.survey_max) {
		return fault_set(fault, -EINVAL, "survey_max: must be above survey_min");
	}
	if (cel_reader_init(&f.feed.reader, &layout) != 0) {
		return fault_set(fault, -ENOMEM, "out of memory");
	}
	rc = log_source_check(&ops, &c->log, &f, fault);
	cel_reader_free(&f.feed.reader);
	return rc;
}

static void examine(const void *conf, const struct source_examine *e)
{
	const struct cel_conf *c = conf;
	const struct asterisk_tell tell = { e->tell, e->arg };

	if (c->log.file != NULL && asterisk_owns(c->log.file)) {
		(void)asterisk_advise_cel(ASTERISK_DIRECTORY, c->log.file, &tell);
	}
}

const struct source_ops source_cel = {
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
