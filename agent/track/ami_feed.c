/* Events to trackers; see ami_feed.h. */
#include "agent/track/ami_feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "agent/track/ami_board.h"
#include "agent/track/ami_contact.h"
#include "agent/track/ami_fact.h"
#include "agent/track/ami_guard.h"
#include "agent/track/ami_media.h"
#include "agent/track/cel_call.h"
#include "common/unconst.h"

#define UPTIME_MAX_S  UINT64_C(4000000000)
#define US_PER_S      INT64_C(1000000)
#define BOOT_SLACK_US (2 * US_PER_S) /* an uptime is whole seconds */

struct ami_feed {
	struct ami_site site;
	struct ami_contact *contact; /* owned, as all below */
	struct ami_board *board;
	struct ami_fact *fact;
	struct ami_media *media; /* NULL: not wanted */
	struct cel_call *calls;  /* NULL: not wanted */
	struct cel_reader reader;
	struct ami_guard guard;
	int64_t last_us;
	int64_t booted_us; /* of the Asterisk we listen to; 0: not told yet */
	struct ami_feed_counters counters;
};

/* ---- which events ---- */

enum use {
	TO_CONTACT = 1,
	TO_BOARD = 2,
	TO_FACT = 4,
	TO_MEDIA = 8,
	TO_GUARD = 16,
	TO_CALLS = 32,
	TO_US = 64,
};

static const struct {
	struct slice name;
	unsigned use;
} uses[] = {
	{ { "VarSet", 6 }, TO_CONTACT | TO_FACT },
	{ { "Newexten", 8 }, TO_CONTACT },
	{ { "CEL", 3 }, TO_CALLS },
	{ { "RTCPReceived", 12 }, TO_MEDIA },
	{ { "RTCPSent", 8 }, TO_MEDIA },
	{ { "Hangup", 6 }, TO_CONTACT | TO_FACT | TO_MEDIA },
	{ { "QueueMemberStatus", 17 }, TO_BOARD },
	{ { "QueueCallerJoin", 15 }, TO_CONTACT | TO_BOARD },
	{ { "QueueCallerLeave", 16 }, TO_CONTACT | TO_BOARD },
	{ { "QueueCallerAbandon", 18 }, TO_CONTACT },
	{ { "AgentConnect", 12 }, TO_CONTACT | TO_FACT },
	{ { "AgentComplete", 13 }, TO_CONTACT },
	{ { "AgentRingNoAnswer", 17 }, TO_CONTACT },
	{ { "HangupRequest", 13 }, TO_CONTACT },
	{ { "Hold", 4 }, TO_CONTACT },
	{ { "Unhold", 6 }, TO_CONTACT },
	{ { "BlindTransfer", 13 }, TO_CONTACT },
	{ { "AttendedTransfer", 16 }, TO_CONTACT },
	{ { "QueueMemberPause", 16 }, TO_CONTACT | TO_BOARD },
	{ { "QueueMemberAdded", 16 }, TO_CONTACT | TO_BOARD },
	{ { "QueueMemberRemoved", 18 }, TO_CONTACT | TO_BOARD },
	{ { "QueueMemberPenalty", 18 }, TO_BOARD },
	{ { "QueueMemberRinginuse", 20 }, TO_BOARD },
	{ { "QueueParams", 11 }, TO_BOARD },
	{ { "QueueMember", 11 }, TO_CONTACT | TO_BOARD },
	{ { "QueueEntry", 10 }, TO_US },
	{ { "QueueStatusComplete", 19 }, TO_US },
	{ { "FullyBooted", 11 }, TO_US },
	{ { "CoreShowChannel", 15 }, TO_US },
	{ { "MixMonitorMute", 14 }, TO_FACT },
	{ { "SuccessfulAuth", 14 }, TO_GUARD },
	{ { "InvalidPassword", 15 }, TO_GUARD },
	{ { "ChallengeResponseFailed", 23 }, TO_GUARD },
	{ { "InvalidAccountID", 16 }, TO_GUARD },
	{ { "FailedACL", 9 }, TO_GUARD },
	{ { "InvalidTransport", 16 }, TO_GUARD },
	{ { "AuthMethodNotAllowed", 20 }, TO_GUARD },
	{ { "UnexpectedAddress", 17 }, TO_GUARD },
	{ { "RequestNotAllowed", 17 }, TO_GUARD },
};

static unsigned use_of(const struct ami_feed *f, struct slice name)
{
	unsigned wanted = ~((f->media == NULL ? (unsigned)TO_MEDIA : 0u) |
	                    (f->calls == NULL ? (unsigned)TO_CALLS : 0u));

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
		if (slice_eq(uses[i].name, name)) {
			return uses[i].use & wanted;
		}
	}
	return 0;
}

/* ---- missed ---- */

/* No channel outlives Asterisk. */
static void forget(struct ami_feed *f, int64_t restarted_us)
{
	ami_contact_lost(f->contact, restarted_us);
	ami_board_forget(f->board);
	ami_fact_finish(f->fact);
	if (f->media != NULL) {
		ami_media_finish(f->media);
	}
	if (f->calls != NULL) {
		cel_call_finish(f->calls);
	}
}

void ami_feed_lost(struct ami_feed *f)
{
	ami_contact_lost(f->contact, 0);
	ami_board_forget(f->board);
	ami_fact_lost(f->fact);
	if (f->media != NULL) {
		ami_media_lost(f->media);
	}
	if (f->calls != NULL) {
		cel_call_missed(f->calls);
	}
}

/* The queue a call's first channel is in; empty: none. */
static struct slice queue_of(const struct ami_message *m)
{
	struct slice data = ami_get(m, SLICE("ApplicationData"));
	bool first = slice_eq(ami_get(m, SLICE("Uniqueid")), ami_get(m, SLICE("Linkedid")));
	bool queue = slice_ieq(ami_get(m, SLICE("Application")), SLICE("Queue"));

	return first && queue ? slice_cut(&data, ',') : (struct slice){ NULL, 0 };
}

static void on_channel(struct ami_feed *f, const struct ami_message *m)
{
	ami_contact_channel(f->contact, m);
	ami_fact_channel(f->fact, m);
	if (f->media != NULL) {
		ami_media_channel(f->media, m);
	}
	if (f->calls != NULL) {
		cel_call_goes_on(f->calls, ami_get(m, SLICE("Linkedid")), queue_of(m));
	}
}

void ami_feed_channels(struct ami_feed *f)
{
	ami_contact_channels(f->contact);
	ami_fact_channels(f->fact);
	if (f->media != NULL) {
		ami_media_channels(f->media);
	}
	if (f->calls != NULL) {
		cel_call_named(f->calls);
	}
}

/* Told to everybody who logs in, and when Asterisk has started, so that one start may be told
 * twice; `Uptime` since Asterisk 16. */
static void on_booted(struct ami_feed *f, const struct ami_message *m, int64_t at_us)
{
	uint64_t uptime_s;
	int64_t since_us;

	if (!ami_number(m, SLICE("Uptime"), UPTIME_MAX_S, &uptime_s)) {
		return;
	}
	since_us = at_us - (int64_t)uptime_s * US_PER_S;
	if (f->booted_us != 0 && since_us <= f->booted_us + BOOT_SLACK_US) {
		return;
	}
	f->booted_us = since_us;
	if (f->last_us != 0 && since_us > f->last_us - BOOT_SLACK_US) {
		f->counters.restarts++;
		forget(f, since_us > f->last_us ? since_us : f->last_us);
	}
}

/* ---- channel events ---- */

static void on_cel(struct ami_feed *f, const struct ami_message *m)
{
	struct slice at[CEL_COLUMNS] = {
		[CEL_COLUMN_TYPE] = ami_get(m, SLICE("EventName")),
		[CEL_COLUMN_TIME] = ami_get(m, SLICE("Timestamp")),
		[CEL_COLUMN_NAME] = ami_get(m, SLICE("CallerIDname")),
		[CEL_COLUMN_NUM] = ami_get(m, SLICE("CallerIDnum")),
		[CEL_COLUMN_EXTEN] = ami_get(m, SLICE("Exten")),
		[CEL_COLUMN_CONTEXT] = ami_get(m, SLICE("Context")),
		[CEL_COLUMN_CHANNEL] = ami_get(m, SLICE("Channel")),
		[CEL_COLUMN_APP] = ami_get(m, SLICE("Application")),
		[CEL_COLUMN_APPDATA] = ami_get(m, SLICE("AppData")),
		[CEL_COLUMN_UNIQUEID] = ami_get(m, SLICE("UniqueID")),
		[CEL_COLUMN_LINKEDID] = ami_get(m, SLICE("LinkedID")),
		[CEL_COLUMN_USERDEFTYPE] = ami_get(m, SLICE("UserDefType")),
		[CEL_COLUMN_EXTRA] = ami_get(m, SLICE("Extra")),
	};
	struct cel_event e;
	enum cel_result result;

	if (at[CEL_COLUMN_TIME].len == 0) { /* whole seconds, unless cel.conf has a dateformat */
		at[CEL_COLUMN_TIME] = ami_get(m, SLICE("EventTime"));
	}
	result = cel_decode_columns(&f->reader, at, &e);
	f->counters.cel[result]++;
	if (result == CEL_LINE_OK) {
		cel_call_event(f->calls, &e);
	}
}

/* ---- all of them ---- */

static void on_ours(struct ami_feed *f, const struct ami_message *m, int64_t at_us)
{
	if (slice_eq(m->name, SLICE("FullyBooted"))) {
		on_booted(f, m, at_us);
	} else if (slice_eq(m->name, SLICE("CoreShowChannel"))) {
		on_channel(f, m);
	} else if (slice_eq(m->name, SLICE("QueueEntry"))) {
		ami_board_entry(f->board, m, ami_contact_entry(f->contact, m, at_us));
	} else {
		ami_board_synced(f->board, at_us);
		ami_contact_named(f->contact);
	}
}

static void hand_out(struct ami_feed *f, const struct ami_message *m, unsigned use, int64_t at_us)
{
	if ((use & TO_US) != 0) {
		on_ours(f, m, at_us);
	}
	if ((use & TO_CONTACT) != 0) {
		ami_contact_event(f->contact, m, at_us);
	}
	if ((use & TO_BOARD) != 0) {
		ami_board_event(f->board, m, at_us);
	}
	if ((use & TO_FACT) != 0) {
		ami_fact_event(f->fact, m, at_us);
	}
	if ((use & TO_MEDIA) != 0) {
		ami_media_event(f->media, m, at_us);
	}
	if ((use & TO_GUARD) != 0) {
		ami_guard_event(&f->guard, m, at_us);
	}
	if ((use & TO_CALLS) != 0) {
		on_cel(f, m);
	}
}

void ami_feed_event(struct ami_feed *f, struct ami_reader *r, struct ami_message *m, int64_t now_us)
{
	unsigned use = use_of(f, m->name);
	int64_t at_us;

	f->counters.events++;
	if (use == 0) {
		return;
	}
	ami_fields(r, m);
	at_us = ami_time_us(m, now_us != 0 ? now_us : f->last_us);
	if (at_us == 0) {
		/* which never has one */
		f->counters.no_time += slice_eq(m->name, SLICE("FullyBooted")) ? 0 : 1;
		return;
	}
	f->counters.used++;
	ami_board_tick(f->board, at_us);
	ami_guard_tick(&f->guard, at_us);
	hand_out(f, m, use, at_us);
	f->last_us = at_us > f->last_us ? at_us : f->last_us;
}

void ami_feed_tick(struct ami_feed *f, int64_t now_us)
{
	ami_board_tick(f->board, now_us);
	ami_guard_tick(&f->guard, now_us);
	ami_contact_tick(f->contact, now_us);
}

void ami_feed_unlisted(struct ami_feed *f)
{
	ami_contact_named(f->contact);
}

static void finish_others(struct ami_feed *f)
{
	ami_fact_finish(f->fact);
	ami_guard_finish(&f->guard);
	if (f->media != NULL) {
		ami_media_finish(f->media);
	}
	if (f->calls != NULL) {
		cel_call_finish(f->calls);
	}
}

void ami_feed_leave(struct ami_feed *f)
{
	ami_contact_leave(f->contact);
	finish_others(f);
}

void ami_feed_save(const struct ami_feed *f, struct buf *out)
{
	ami_contact_save(f->contact, out);
}

int ami_feed_load(struct ami_feed *f, struct cursor *in)
{
	return ami_contact_load(f->contact, in);
}

void ami_feed_finish(struct ami_feed *f)
{
	ami_contact_finish(f->contact);
	finish_others(f);
}

/* ---- looking ---- */

int64_t ami_feed_last_us(const struct ami_feed *f)
{
	return f->last_us;
}

const struct ami_feed_counters *ami_feed_counters(const struct ami_feed *f)
{
	return &f->counters;
}

uint64_t ami_feed_odd_reports(const struct ami_feed *f)
{
	return f->media != NULL ? ami_media_counters(f->media)->odd : 0;
}

uint64_t ami_feed_malformed(const struct ami_feed *f)
{
	return f->counters.no_time + f->counters.cel[CEL_LINE_BAD_TEXT] +
	       f->counters.cel[CEL_LINE_TOO_FEW_FIELDS] + f->counters.cel[CEL_LINE_BAD_TIME] +
	       ami_feed_odd_reports(f);
}

struct ami_feed_evicted ami_feed_evicted(const struct ami_feed *f)
{
	return (struct ami_feed_evicted){
		.channels = ami_contact_counters(f->contact)->evicted,
		.contacts = ami_contact_calls(f->contact)->evicted,
		.calls = f->calls != NULL ? cel_call_counters(f->calls)->evicted : 0,
		.facts = ami_fact_counters(f->fact)->evicted,
		.streams = f->media != NULL ? ami_media_counters(f->media)->evicted : 0,
	};
}

void ami_feed_describe(const struct ami_feed *f, struct buf *out)
{
	const struct ami_contact_counters *c = ami_contact_counters(f->contact);
	const struct queue_call_counters *q = ami_contact_calls(f->contact);
	const struct ami_board_counters *b = ami_board_counters(f->board);
	const struct ami_fact_counters *v = ami_fact_counters(f->fact);

	buf_printf(out, "events=%" PRIu64 " used=%" PRIu64 " contacts=%" PRIu64 " refused=%" PRIu64,
	           f->counters.events, f->counters.used, q->contacts, c->refused);
	buf_printf(out, " holds=%" PRIu64 " gauges=%" PRIu64 " facts=%" PRIu64 " payments=%" PRIu64,
	           c->holds, b->gauges, v->facts, v->payments);
	buf_printf(out,
	           " streams=%" PRIu64 " restarts=%" PRIu64 " cut=%" PRIu64 " orphans=%" PRIu64,
	           f->media != NULL ? ami_media_counters(f->media)->streams : 0,
	           f->counters.restarts, q->cut, q->orphans);
	buf_printf(out, " undecided=%" PRIu64 " refused_without_queue=%" PRIu64 " evicted=%" PRIu64,
	           c->undecided, c->without_queue,
	           c->evicted + q->evicted + v->evicted + b->untracked + f->guard.untracked);
	if (f->counters.no_time > 0) {
		buf_printf(out, "; without_time=%" PRIu64 ": timestampevents=yes in manager.conf",
		           f->counters.no_time);
	}
}

/* ---- life ---- */

static int make_calls(struct ami_feed *f, const struct ami_feed_options *o)
{
	const struct cel_call_options options = { .pseudonym = o->pseudonym,
		                                  .host = o->host,
		                                  .rules = o->rules,
		                                  .source = CXM__SOURCE__AMI,
		                                  .max_open = o->max_open < CEL_CALL_OPEN_MAX
		                                                      ? o->max_open
		                                                      : CEL_CALL_OPEN_MAX,
		                                  .max_age_us = o->max_age_us };
	const struct cel_layout layout = { .n = 0 };
	int rc = cel_reader_init(&f->reader, &layout);

	return rc == 0 ? cel_call_new(&f->calls, &options, &f->site.emit) : rc;
}

int ami_feed_new(struct ami_feed **out, const struct ami_feed_options *o, const struct emit *emit)
{
	struct ami_feed *f = calloc(1, sizeof(*f));
	struct ami_contact_options contact = { .max_open = o->max_open,
		                               .max_age_us = o->max_age_us,
		                               .added = o->added,
		                               .no_handoffs = o->no_handoffs || o->rules != NULL };
	int rc;

	if (f == NULL) {
		return -ENOMEM;
	}
	f->site = (struct ami_site){ o->pseudonym, pseudonym_table_key(o->pseudonym),
		                     unconst(o->host), *emit };
	contact.site = &f->site;
	ami_guard_init(&f->guard, &f->site);
	rc = ami_contact_new(&f->contact, &contact);
	rc = rc == 0 ? ami_board_new(&f->board, &f->site, o->slot_us) : rc;
	rc = rc == 0 && o->rules != NULL ? make_calls(f, o) : rc;
	rc = rc == 0 ? ami_fact_new(&f->fact, &f->site, o->variables, o->payments, f->calls) : rc;
	rc = rc == 0 && o->media ? ami_media_new(&f->media, &f->site) : rc;
	if (rc != 0) {
		ami_feed_free(f);
		return rc;
	}
	*out = f;
	return 0;
}

void ami_feed_free(struct ami_feed *f)
{
	if (f == NULL) {
		return;
	}
	ami_contact_free(f->contact);
	ami_board_free(f->board);
	ami_fact_free(f->fact);
	ami_media_free(f->media);
	cel_call_free(f->calls);
	cel_reader_free(&f->reader);
	free(f);
}
