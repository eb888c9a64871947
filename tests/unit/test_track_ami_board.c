/* What gauges say of queues, from the list of QueueStatus and the events behind it. */
#include "agent/track/ami_board.h"

#include <stdio.h>

#include "tests/support/cases.h"
#include "tests/support/record_text.h"

#define EVENT(name, at) "Event: " name "\r\nTimestamp: " at "\r\nQueue: sales\r\n"
#define END             "\r\n"
#define SYNCED(at)      "Event: QueueStatusComplete\r\nTimestamp: " at "\r\n\r\n"
#define LOST(at)        "Event: Lost\r\nTimestamp: " at "\r\n\r\n"
#define TIME(at)        "Event: Time\r\nTimestamp: " at "\r\n\r\n"
#define PARAMS          EVENT("QueueParams", "1") END
#define ENTRY(id, wait) EVENT("QueueEntry", "10") "Uniqueid: " id "\r\nWait: " wait "\r\n" END
#define JOIN(at, id)    EVENT("QueueCallerJoin", at) "Uniqueid: " id "\r\n" END
#define LEAVE(at, id)   EVENT("QueueCallerLeave", at) "Uniqueid: " id "\r\n" END
#define LISTED(id, status, paused, in_call)                                                        \
	EVENT("QueueMember", "1")                                                                  \
	"Location: " id "\r\nStatus: " status "\r\nPaused: " paused "\r\nInCall: " in_call         \
	"\r\n" END
#define MEMBER(name, at, id, more) EVENT(name, at) "Interface: " id "\r\n" more END
#define GAUGE(at, more)            "Gauge at=" at " queue=sales seen=" at " slot_ms=60000" more "\n"
#define NOBODY(at, more)           GAUGE(at, " longest_wait_ms=0" more)

struct board_case {
	const char *name;
	const char *stream;
	const char *want;
};

static const struct board_case streams[] = {
	{ "a_queue_in_which_nothing_is_is_told", PARAMS SYNCED("10") TIME("60"), NOBODY("60", "") },
	{ "nothing_is_told_before_the_list_is_whole", PARAMS TIME("60") TIME("120"), "" },
	{ "a_slot_is_told_when_it_has_begun",
	  PARAMS SYNCED("60") TIME("119.9") TIME("120") TIME("130") TIME("180.1"),
	  NOBODY("120", "") NOBODY("180", "") },
	{ "slots_of_which_nothing_was_heard_are_not_told",
	  PARAMS SYNCED("10") TIME("300") TIME("359") TIME("360"),
	  NOBODY("60", "") NOBODY("360", "") },
	{ "devices_not_in_use_and_unknown_ones_are_ready",
	  LISTED("a", "0", "0", "0") LISTED("b", "1", "0", "0") SYNCED("10") TIME("60"),
	  NOBODY("60", " agents_ready=2") },
	{ "devices_in_use_are_busy",
	  LISTED("a", "2", "0", "0") LISTED("b", "3", "0", "0") LISTED("c", "6", "0", "0")
	          LISTED("d", "7", "0", "0") LISTED("e", "8", "0", "0") SYNCED("10") TIME("60"),
	  NOBODY("60", " agents_busy=5") },
	{ "devices_that_are_not_there_are_nobody",
	  LISTED("a", "4", "0", "0") LISTED("b", "5", "0", "0") LISTED("c", "5", "1", "0")
	          SYNCED("10") TIME("60"),
	  NOBODY("60", "") },
	{ "a_member_in_a_call_is_busy_whatever_its_device",
	  LISTED("a", "1", "0", "1") SYNCED("10") TIME("60"), NOBODY("60", " agents_busy=1") },
	{ "a_paused_member_is_paused_even_in_a_call",
	  LISTED("a", "2", "1", "1") LISTED("b", "1", "1", "0") SYNCED("10") TIME("60"),
	  NOBODY("60", " agents_paused=2") },
	{ "a_number_that_is_none_changes_nothing",
	  LISTED("a", "2", "1", "0") SYNCED("10")
	          MEMBER("QueueMemberStatus", "20", "a", "Status: 9\r\nPaused: 2\r\nInCall: x\r\n")
	                  TIME("60"),
	  NOBODY("60", " agents_paused=1") },
	{ "an_event_changes_what_it_says_and_nothing_else",
	  LISTED("a", "2", "0", "0") SYNCED("10") MEMBER("QueueMemberPause", "20", "a",
	                                                 "Paused: 1\r\n") TIME("60")
	          MEMBER("QueueMemberPause", "70", "a", "Paused: 0\r\n") TIME("120") MEMBER(
			  "QueueMemberStatus", "130", "a", "Status: 1\r\nInCall: 1\r\n") TIME("180")
	                  MEMBER("QueueMemberStatus", "190", "a", "InCall: 0\r\n") TIME("240"),
	  NOBODY("60", " agents_paused=1") NOBODY("120", " agents_busy=1")
	          NOBODY("180", " agents_busy=1") NOBODY("240", " agents_ready=1") },
	{ "members_come_and_go",
	  PARAMS SYNCED("10") MEMBER("QueueMemberAdded", "20", "a", "Status: 1\r\n")
	          MEMBER("QueueMemberAdded", "20", "b", "Status: 1\r\n") TIME("60")
	                  MEMBER("QueueMemberRemoved", "70", "a", "")
	                          MEMBER("QueueMemberRemoved", "70", "z", "") TIME("120"),
	  NOBODY("60", " agents_ready=2") NOBODY("120", " agents_ready=1") },
	{ "the_longest_wait_is_that_of_the_oldest",
	  ENTRY("1.1", "5") ENTRY("1.2", "9") ENTRY("1.3", "7") SYNCED("10") JOIN("20", "1.4")
	          TIME("60"),
	  GAUGE("60", " waiting=4 longest_wait_ms=59000") },
	{ "who_leaves_waits_no_longer",
	  ENTRY("1.1", "5") SYNCED("10") JOIN("20", "1.2") TIME("60") LEAVE("70", "1.1") TIME("120")
	          LEAVE("130", "1.2") TIME("180"),
	  GAUGE("60", " waiting=2 longest_wait_ms=55000")
	          GAUGE("120", " waiting=1 longest_wait_ms=100000") NOBODY("180", "") },
	{ "who_comes_again_waits_anew", JOIN("5", "1.1") SYNCED("10") JOIN("40", "1.1") TIME("60"),
	  GAUGE("60", " waiting=1 longest_wait_ms=20000") },
	{ "a_queue_without_a_name_is_none",
	  "Event: QueueCallerJoin\r\nTimestamp: 5\r\nUniqueid: 1.1\r\n\r\n"
	  "Event: QueueMember\r\nTimestamp: 5\r\nLocation: a\r\n\r\n" SYNCED("10") TIME("60"),
	  "" },
	{ "what_was_lost_is_not_told_until_it_is_listed_anew",
	  JOIN("5", "1.1") LISTED("a", "1", "0", "0") SYNCED("10") LOST("20") TIME("60")
	          JOIN("70", "1.2") SYNCED("80") TIME("120"),
	  GAUGE("120", " waiting=1 longest_wait_ms=50000") },
};

static void take(struct ami_board *b, const struct ami_message *m, int64_t at_us)
{
	uint64_t wait_s = 0;

	ami_board_tick(b, at_us);
	ami_board_event(b, m, at_us);
	if (slice_eq(m->name, SLICE("QueueEntry"))) {
		assert_int_equal(slice_u64(ami_get(m, SLICE("Wait")), 60, &wait_s), 0);
		ami_board_entry(b, m, at_us - (int64_t)wait_s * 1000000);
	} else if (slice_eq(m->name, SLICE("QueueStatusComplete"))) {
		ami_board_synced(b, at_us);
	} else if (slice_eq(m->name, SLICE("Lost"))) {
		ami_board_forget(b);
	}
}

static void take_all(struct ami_board *b, const char *stream)
{
	static struct ami_message m;
	struct ami_reader r = { .scanned = 0 };
	struct slice in = slice_of(stream);

	while (ami_take(&r, &in, &m)) {
		ami_fields(&r, &m);
		take(b, &m, ami_time_us(&m, 0));
	}
}

static void stream_run(void **state)
{
	const struct board_case *c = *state;
	static char host[] = "pbx1";
	struct record_text text;
	struct ami_site site = { .host = host };
	struct ami_board *b;

	record_text_init(&text);
	site.pseudonym = text.pseudonym;
	site.emit = record_text_emit(&text);
	assert_int_equal(ami_board_new(&b, &site, 60000000), 0);
	take_all(b, c->stream);
	assert_string_equal(buf_text(&text.out), c->want);
	assert_int_equal(ami_board_counters(b)->gauges, text.n_records);
	ami_board_free(b);
	record_text_free(&text);
}

static void what_is_not_followed_is_counted(void **state)
{
	static char host[] = "pbx1";
	struct record_text text;
	struct ami_site site = { .host = host };
	struct ami_board *b;
	char event[128];

	(void)state;
	record_text_init(&text);
	site.emit = record_text_emit(&text);
	assert_int_equal(ami_board_new(&b, &site, 60000000), 0);
	take_all(b, LEAVE("5", "1.1"));
	assert_int_equal(ami_board_counters(b)->unknown, 1);
	for (int i = 0; i < AMI_BOARD_QUEUES_MAX + 2; i++) {
		(void)snprintf(event, sizeof(event),
		               "Event: QueueParams\r\nTimestamp: 6\r\nQueue: q%d\r\n\r\n", i);
		take_all(b, event);
	}
	assert_int_equal(ami_board_counters(b)->untracked, 2);
	take_all(b, SYNCED("10") TIME("60"));
	assert_int_equal(text.n_records, AMI_BOARD_QUEUES_MAX);
	ami_board_free(b);
	record_text_free(&text);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, streams, stream_run);
	cases_test(&c, what_is_not_followed_is_counted);
	return cases_run("track/ami_board", &c, NULL, NULL);
}
