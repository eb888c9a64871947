/* Two sources beside one another: what they tell alike, what differently, and what one of them
 * tells alone. Rows by hand over a real store. */
#include "cxmeter/reconcile.h"

#include <stdio.h>
#include <string.h>

#include "collector/store/priority.h"
#include "proto/text.h"
#include "tests/support/block_world.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"

#define ROWS_MAX 8

/* Rows "Kind day time fields"; what is wanted, pair by pair: sources, told/told, both, agree, then
 * what one tells alone and fields that differ, with reasons. */
struct held_case {
	const char *name;
	const char *rows[ROWS_MAX];
	const char *want;
};

#define C7     "contact=0000000000000007 "
#define LOGGED "QueueContact 1 10:00:00 source=queue_log queue=q entry=0 " C7
#define EVENT  "QueueContact 1 10:00:01 source=ami queue=q entry=0 " C7
#define CALL   "Call 1 09:59:50 source=cel queue=q " C7
/* So that both sources are there over the day. */
#define EARLY_CALL "Call 1 08:00:00 source=cel contact=0000000000000001 queue=q agent_answered=true"
#define EARLY                                                                                      \
	"QueueContact 1 08:00:00 source=queue_log contact=0000000000000001 queue=q entry=0 "       \
	"outcome=answered"
#define LATE_CALL "Call 1 20:00:00 source=cel contact=0000000000000002 queue=q agent_answered=true"
#define LATE                                                                                       \
	"QueueContact 1 20:00:00 source=queue_log contact=0000000000000002 queue=q entry=0 "       \
	"outcome=answered"

static const struct held_case held_cases[] = {
	{ "one_source_is_held_against_nobody", { LOGGED "outcome=answered" }, "" },
	{ "f12_a_second_apart_is_alike",
	  { LOGGED "outcome=answered wait_ms=5000", EVENT "outcome=answered wait_ms=6000" },
	  "QueueContact queue_log ami 1/1 both 1 agree 1\n" },
	{ "f12_more_than_a_second_is_not",
	  { LOGGED "outcome=answered wait_ms=5000", EVENT "outcome=answered wait_ms=6001" },
	  "QueueContact queue_log ami 1/1 both 1 agree 0 wait_ms:unexplained=1\n" },
	{ "f12_an_end_that_one_never_saw_explains_the_outcome",
	  { LOGGED "outcome=unknown_end", EVENT "outcome=answered" },
	  "QueueContact queue_log ami 1/1 both 1 agree 0 outcome:end_not_seen=1\n" },
	{ "f12_the_log_misses_the_answer_that_channels_show",
	  { LOGGED "outcome=abandoned", CALL "agent_answered=true" },
	  "Contact queue_log cel 1/1 both 1 agree 0 answered:unexplained=1\n" },
	{ "f12_the_log_misses_an_event_and_never_saw_the_end",
	  { LOGGED "outcome=unknown_end", CALL "agent_answered=true" },
	  "Contact queue_log cel 1/1 both 1 agree 0 answered:end_not_seen=1\n" },
	{ "f12_a_contact_that_only_the_log_tells",
	  { EARLY, EARLY_CALL, LOGGED "outcome=answered", LATE, LATE_CALL },
	  "Contact queue_log cel 3/2 both 2 agree 2 only:unexplained=1\n" },
	{ "f12_a_contact_that_only_channels_tell",
	  { EARLY, EARLY_CALL, CALL "agent_answered=true", LATE, LATE_CALL },
	  "Contact queue_log cel 2/3 both 2 agree 2 other_only:unexplained=1\n" },
	{ "who_was_not_answered_may_have_been_refused",
	  { EARLY, EARLY_CALL, CALL "agent_answered=false", LATE, LATE_CALL },
	  "Contact queue_log cel 2/3 both 2 agree 2 other_only:refused=1\n" },
	{ "a_gap_of_the_other_explains_what_it_lacks",
	  { EARLY, EARLY_CALL, LOGGED "outcome=answered", LATE, LATE_CALL,
	    "Gap 1 09:00:00 source=cel reason=file_lost part=x to_us=2026-10-26T11:00:00Z" },
	  "Contact queue_log cel 3/2 both 2 agree 2 only:gap=1\n" },
	{ "a_gap_that_began_the_day_before_explains_as_well",
	  { EARLY, EARLY_CALL, LOGGED "outcome=answered", LATE, LATE_CALL,
	    "Gap 0 22:00:00 source=cel reason=file_lost part=x to_us=2026-10-26T11:00:00Z" },
	  "Contact queue_log cel 3/2 both 2 agree 2 only:gap=1\n" },
	{ "a_gap_that_was_over_before_does_not",
	  { EARLY, EARLY_CALL, LOGGED "outcome=answered", LATE, LATE_CALL,
	    "Gap 1 08:30:00 source=cel reason=file_lost part=x to_us=2026-10-26T09:30:00Z" },
	  "Contact queue_log cel 3/2 both 2 agree 2 only:unexplained=1\n" },
	{ "a_gap_of_somebody_else_does_not",
	  { EARLY, EARLY_CALL, LOGGED "outcome=answered", LATE, LATE_CALL,
	    "Gap 1 09:00:00 source=ami reason=file_lost part=x to_us=2026-10-26T11:00:00Z" },
	  "Contact queue_log cel 3/2 both 2 agree 2 only:unexplained=1\n" },
	{ "before_its_first_row_the_other_was_not_there",
	  { LOGGED "outcome=answered", LATE, LATE_CALL },
	  "Contact queue_log cel 2/1 both 1 agree 1 only:not_there=1\n" },
	{ "a_call_in_no_queue_is_missed_by_nobody",
	  { EARLY, EARLY_CALL, "Call 1 10:00:00 source=cel agent_answered=false " C7, LATE,
	    LATE_CALL },
	  "Contact queue_log cel 2/2 both 2 agree 2\n" },
	{ "a_contact_in_two_queues_is_one_call",
	  { LOGGED "outcome=timed_out",
	    "QueueContact 1 10:01:00 source=queue_log queue=r entry=0 outcome=answered " C7,
	    "Call 1 09:59:50 source=cel queue=r agent_answered=true " C7 },
	  "Contact queue_log cel 1/1 both 1 agree 1\n" },
	{ "another_queue_is_a_difference",
	  { LOGGED "outcome=answered",
	    "Call 1 09:59:50 source=cel queue=r agent_answered=true " C7 },
	  "Contact queue_log cel 1/1 both 1 agree 0 queue:unexplained=1\n" },
	{ "a_call_around_midnight_is_one",
	  { "QueueContact 2 00:00:03 source=queue_log queue=q entry=0 outcome=answered " C7,
	    "Call 1 23:59:58 source=cel queue=q agent_answered=true " C7 },
	  "Contact queue_log cel 1/1 both 1 agree 1\n" },
	{ "what_one_does_not_know_is_no_difference",
	  { LOGGED "outcome=answered talk_ms=9000", EVENT "outcome=answered" },
	  "QueueContact queue_log ami 1/1 both 1 agree 1\n" },
	{ "of_two_entries_each_has_its_own",
	  { LOGGED "outcome=timed_out", EVENT "outcome=timed_out",
	    "QueueContact 1 10:05:00 source=queue_log queue=q entry=0 outcome=answered " C7,
	    "QueueContact 1 10:05:00 source=ami queue=q entry=0 outcome=abandoned " C7 },
	  "QueueContact queue_log ami 2/2 both 2 agree 1 outcome:unexplained=1\n" },
	{ "entries_farther_apart_are_two",
	  { LOGGED "outcome=answered",
	    "QueueContact 1 10:00:02 source=ami queue=q entry=0 outcome=answered " C7 },
	  "QueueContact queue_log ami 1/1 both 0 agree 0 only:not_there=1 "
	  "other_only:not_there=1\n" },
	{ "three_sources_are_three_pairs",
	  { LOGGED "wait_ms=1", EVENT "wait_ms=1",
	    "QueueContact 1 10:00:00 source=dropbox queue=q entry=0 wait_ms=5000 " C7 },
	  "QueueContact queue_log ami 1/1 both 1 agree 1\n"
	  "QueueContact queue_log dropbox 1/1 both 1 agree 0 wait_ms:unexplained=1\n"
	  "QueueContact ami dropbox 1/1 both 1 agree 0 wait_ms:unexplained=1\n" },
	{ "a_pause_that_two_tell_differently",
	  { "AgentSpan 1 10:00:00 source=queue_log agent=0000000000000003 queue=q state=paused "
	    "reason=lunch",
	    "AgentSpan 1 10:00:00 source=ami agent=0000000000000003 queue=q state=paused "
	    "reason=meeting" },
	  "AgentSpan queue_log ami 1/1 both 1 agree 0 reason:unexplained=1\n" },
	{ "a_payment_muted_minutes_after_it_began",
	  { "Payment 1 10:00:00 source=cel covered=false duration_ms=300000 " C7,
	    "Payment 1 10:03:00 source=ami covered=true duration_ms=60000 " C7 },
	  "Payment ami cel 1/1 both 1 agree 0 covered:unexplained=1 duration_ms:unexplained=1\n" },
	{ "a_short_stretch_between_leaves_the_long_one_its_twin",
	  { "Payment 1 10:00:00 source=cel duration_ms=1000 " C7,
	    "Payment 1 10:00:10 source=cel duration_ms=300000 " C7,
	    "Payment 1 10:03:00 source=ami duration_ms=60000 " C7 },
	  "Payment ami cel 1/2 both 1 agree 0 other_only:not_there=1 duration_ms:unexplained=1\n" },
	{ "a_dialog_seen_at_two_interfaces_of_one_host",
	  { "Dialog 1 10:00:00 source=capture from_tag_id=0000000000000001 " C7
	    " setup_ms=3000 seen_us=2026-10-26T10:00:09Z",
	    "Dialog 1 10:00:01 source=capture from_tag_id=0000000000000001 " C7
	    " setup_ms=1500 seen_us=2026-10-26T10:00:08Z" },
	  "Dialog capture capture 1/1 both 1 agree 0 setup_ms:unexplained=1\n" },
	{ "two_attempts_under_one_name_were_not_seen_twice",
	  { "Dialog 1 10:00:00 source=capture from_tag_id=0000000000000001 " C7
	    " seen_us=2026-10-26T10:00:00Z",
	    "Dialog 1 10:00:01 source=capture from_tag_id=0000000000000001 " C7 "" },
	  "" },
	{ "a_promise_that_two_tell_differently",
	  { "Callback 1 10:00:00 source=cel callback_id=0000000000000001 reached=true " C7,
	    "Callback 1 10:00:40 source=dropbox callback_id=0000000000000002 reached=false " C7 },
	  "Callback dropbox cel 1/1 both 1 agree 0 reached:unexplained=1\n" },
	{ "answers_of_another_value",
	  { "Survey 1 10:00:00 source=cel survey_id=0000000000000001 kind=csat value=4 " C7,
	    "Survey 1 10:00:09 source=dropbox survey_id=0000000000000002 kind=csat value=5 " C7 },
	  "Survey dropbox cel 1/1 both 1 agree 0 value:unexplained=1\n" },
	{ "a_mirrored_dialog_with_another_end",
	  { "Dialog 1 10:00:00 source=capture from_tag_id=0000000000000001 final_status=200 " C7,
	    "Dialog 1 10:00:04 source=hep from_tag_id=0000000000000001 final_status=486 " C7 },
	  "Dialog capture hep 1/1 both 1 agree 0 final_status:unexplained=1\n" },
};

static void add_row(struct score_world *w, const char *row)
{
	struct slice rest = slice_of(row);
	struct slice kind = slice_cut(&rest, ' ');
	int day = slice_cut(&rest, ' ').at[0] - '0';
	char name[32];
	char time[9];

	(void)snprintf(name, sizeof(name), "%.*s", (int)kind.len, kind.at);
	(void)snprintf(time, sizeof(time), "%.8s", slice_cut(&rest, ' ').at);
	score_world_add(w, name, "at_us=%lld host=h %.*s", (long long)block_world_us(day, time),
	                (int)rest.len, rest.at);
}

static struct reconciliation *reconciled(struct score_world *w)
{
	struct score_request request = score_world_request();
	int32_t from = score_world_day("2026-10-26");
	int32_t to = score_world_day("2026-10-28");
	struct reconciliation *r;

	request.from_day = &from;
	request.to_day = &to;
	score_world_put(w);
	assert_int_equal(reconcile_site(&r, w->model, w->store, &request, w->catalog, &w->fault),
	                 0);
	return r;
}

static void add_reasons(struct buf *out, const char *what, const uint64_t counts[RECONCILE_REASONS])
{
	for (size_t i = 0; i < RECONCILE_REASONS; i++) {
		if (counts[i] > 0) {
			buf_printf(out, " %s:%s=%llu", what,
			           reconcile_reason_name((enum reconcile_reason)i),
			           (unsigned long long)counts[i]);
		}
	}
}

static void add_pair(struct buf *out, const struct reconcile_pair *p)
{
	const struct cxm_field *source = cxm_field_named(product_kind("Call"), SLICE("source"));
	char name[2][32];

	buf_printf(out, "%s %s %s %llu/%llu both %llu agree %llu", p->record,
	           cxm_state_name(source, (int64_t)p->source, name[0], sizeof(name[0])),
	           cxm_state_name(source, (int64_t)p->other, name[1], sizeof(name[1])),
	           (unsigned long long)p->told, (unsigned long long)p->other_told,
	           (unsigned long long)p->both, (unsigned long long)p->agree);
	add_reasons(out, "only", p->only);
	add_reasons(out, "other_only", p->other_only);
	for (size_t i = 0; i < p->n_fields; i++) {
		add_reasons(out, p->fields[i].name, p->fields[i].differ);
	}
	buf_add_char(out, '\n');
}

static void add_conflicts(struct buf *out, const struct reconciliation *r)
{
	for (size_t i = 0; i < r->n_conflicts; i++) {
		text_json_row(product_kind("Reconciliation"), &r->conflicts[i].base, out);
	}
}

static void held_run(void **state)
{
	const struct held_case *c = *state;
	struct score_world *w;
	void *world;
	struct reconciliation *r;
	struct buf out;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	buf_init(&out, 65536);
	for (size_t i = 0; i < ROWS_MAX && c->rows[i] != NULL; i++) {
		add_row(w, c->rows[i]);
	}
	r = reconciled(w);
	for (size_t i = 0; i < r->n_pairs; i++) {
		add_pair(&out, &r->pairs[i]);
	}
	buf_add_char(&out, '\0');
	assert_string_equal((const char *)out.data, c->want);
	reconciliation_free(r);
	buf_free(&out);
	assert_int_equal(score_world_tear_down(&world), 0);
}

static const char *const many[] = {
	EARLY,
	EARLY_CALL,
	LOGGED "outcome=answered wait_ms=5000",
	EVENT "outcome=abandoned wait_ms=9000",
	CALL "agent_answered=false",
	LATE,
	LATE_CALL,
	"QueueContact 1 12:00:00 source=queue_log queue=q entry=0 contact=0000000000000009",
};

/* The conflicts of `many`, in this order or reversed, as lines. */
static void conflicts_of(bool reversed, struct buf *out)
{
	struct score_world *w;
	void *world;
	struct reconciliation *r;

	assert_int_equal(score_world_set_up(&world), 0);
	w = world;
	for (size_t i = 0; i < ROWS_MAX; i++) {
		add_row(w, many[reversed ? ROWS_MAX - 1 - i : i]);
	}
	r = reconciled(w);
	add_conflicts(out, r);
	reconciliation_free(r);
	assert_int_equal(score_world_tear_down(&world), 0);
}

static void any_order_of_rows_gives_the_same_records(void **state)
{
	struct buf forward;
	struct buf backward;

	(void)state;
	buf_init(&forward, 65536);
	buf_init(&backward, 65536);
	conflicts_of(false, &forward);
	conflicts_of(true, &backward);
	assert_string_equal(buf_text(&forward), buf_text(&backward));
	assert_non_null(strstr(buf_text(&forward), "\"field\":\"outcome\""));
	assert_non_null(strstr(buf_text(&forward), "\"field\":\"told\""));
	buf_free(&forward);
	buf_free(&backward);
}

static void a_conflict_is_a_record_of_the_source_that_counts(void **state)
{
	struct score_world *w = *state;
	struct reconciliation *r;
	const Cxm__Reconciliation *m;

	add_row(w, LOGGED "outcome=answered wait_ms=5000");
	add_row(w, EVENT "outcome=answered wait_ms=9000");
	r = reconciled(w);
	assert_int_equal(r->n_conflicts, 1);
	m = &r->conflicts[0];
	assert_int_equal(m->at_us, block_world_us(1, "10:00:00"));
	assert_int_equal(m->source, CXM__SOURCE__QUEUE_LOG);
	assert_int_equal(m->other_source, CXM__SOURCE__AMI);
	assert_string_equal(m->host, "h");
	assert_int_equal(m->contact, 7);
	assert_int_equal(m->agent, 0);
	assert_string_equal(m->queue, "q");
	assert_string_equal(m->record, "QueueContact");
	assert_string_equal(m->field, "wait_ms");
	assert_string_equal(m->value, "5000");
	assert_string_equal(m->other_value, "9000");
	assert_string_equal(m->reason, "unexplained");
	reconciliation_free(r);
}

/* What names a conflict, the last first; three sources tell three values of each. */
static const struct ordered {
	const char *kind;
	const char *time;
	const char *fields;
	const char *value;
} ordered[] = {
	{ "QueueContact", "10:00:00", "host=h queue=q entry=0 contact=0000000000000009",
	  "wait_ms" },
	{ "QueueContact", "10:00:00", "host=h queue=r entry=0 contact=0000000000000007",
	  "wait_ms" },
	{ "QueueContact", "10:00:00", "host=h queue=q entry=0 contact=0000000000000007",
	  "wait_ms" },
	{ "AgentSpan", "10:00:00", "host=h queue=q state=paused agent=0000000000000003",
	  "duration_ms" },
	{ "AgentSpan", "10:00:00", "host=h queue=q state=paused agent=0000000000000002",
	  "duration_ms" },
	{ "QueueContact", "10:00:00", "host=g queue=q entry=0 contact=000000000000000b",
	  "wait_ms" },
	{ "QueueContact", "09:00:00", "host=h queue=q entry=0 contact=0000000000000008",
	  "wait_ms" },
};

static void add_ordered(struct score_world *w, const struct ordered *o, const char *source,
                        int value)
{
	score_world_add(w, o->kind, "at_us=%lld source=%s %s %s=%d",
	                (long long)block_world_us(1, o->time), source, o->fields, o->value, value);
}

static void conflicts_are_in_the_order_of_what_names_them(void **state)
{
	struct score_world *w = *state;
	struct reconciliation *r;
	struct buf out;

	buf_init(&out, 4096);
	for (size_t i = 0; i < COUNT(ordered); i++) {
		add_ordered(w, &ordered[i], "dropbox", 90000);
		add_ordered(w, &ordered[i], "queue_log", 50000);
		add_ordered(w, &ordered[i], "ami", 70000);
	}
	r = reconciled(w);
	for (size_t i = 0; i < r->n_conflicts; i++) {
		const Cxm__Reconciliation *m = &r->conflicts[i];

		buf_printf(&out, "%d %s %llu %llu %s %s %d\n", (int)(m->at_us / 3600000000 % 24),
		           m->host, (unsigned long long)m->contact, (unsigned long long)m->agent,
		           m->queue, m->field, (int)m->other_source);
	}
	assert_string_equal(buf_text(&out), "9 h 8 0 q wait_ms 3\n"
	                                    "9 h 8 0 q wait_ms 7\n"
	                                    "9 h 8 0 q wait_ms 7\n"
	                                    "10 g 11 0 q wait_ms 3\n"
	                                    "10 g 11 0 q wait_ms 7\n"
	                                    "10 h 0 2 q duration_ms 3\n"
	                                    "10 h 0 2 q duration_ms 7\n"
	                                    "10 h 0 3 q duration_ms 3\n"
	                                    "10 h 0 3 q duration_ms 7\n"
	                                    "10 h 7 0 q wait_ms 3\n"
	                                    "10 h 7 0 q wait_ms 7\n"
	                                    "10 h 7 0 r wait_ms 3\n"
	                                    "10 h 7 0 r wait_ms 7\n"
	                                    "10 h 9 0 q wait_ms 3\n"
	                                    "10 h 9 0 q wait_ms 7\n"
	                                    "10 g 11 0 q wait_ms 7\n"
	                                    "10 h 0 2 q duration_ms 7\n"
	                                    "10 h 0 3 q duration_ms 7\n"
	                                    "10 h 7 0 q wait_ms 7\n"
	                                    "10 h 7 0 r wait_ms 7\n"
	                                    "10 h 9 0 q wait_ms 7\n");
	buf_free(&out);
	reconciliation_free(r);
}

static void a_card_says_how_many_were_told_differently(void **state)
{
	struct score_world *w = *state;
	struct score_request request = score_world_request();
	struct scorecard *card;
	uint64_t different = 0;

	add_row(w, LOGGED "outcome=answered wait_ms=5000");
	add_row(w, EVENT "outcome=answered wait_ms=9000");
	add_row(w, "QueueContact 2 10:00:00 source=queue_log queue=q entry=0 wait_ms=1 " C7);
	add_row(w, "QueueContact 2 10:00:00 source=ami queue=q entry=0 wait_ms=1 " C7);
	score_world_put(w);
	card = score_world_card(w, &request);
	for (size_t i = 0; i < card->n_gaps; i++) {
		different += strcmp(card->gaps[i].name, "queue_contact_told_differently") == 0
		                     ? card->gaps[i].count
		                     : 0;
	}
	assert_int_equal(different, 1);
	scorecard_free(card);
}

/* Names in the table of priorities are those of the schema. */
static void every_field_of_the_table_is_one_of_its_kind(void **state)
{
	const struct score_world *w = *state;
	size_t n = 0;

	for (size_t i = 0; i < w->catalog->n_kinds; i++) {
		const struct cxm_kind *kind = &w->catalog->kinds[i];
		const struct priority *p = priority_of(kind);

		for (size_t k = 0; p != NULL && k < PRIORITY_SAME_MAX && p->same[k] != NULL; k++) {
			assert_non_null(cxm_field_named(kind, slice_of(p->same[k])));
			n++;
		}
		for (size_t k = 0; p != NULL && k < PRIORITY_COMPARED_MAX && p->compared[k] != NULL;
		     k++) {
			assert_non_null(cxm_field_named(kind, slice_of(p->compared[k])));
			n++;
		}
	}
	assert_true(n > 0);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, held_cases, held_run);
	cases_test(&c, any_order_of_rows_gives_the_same_records);
	cases_test_with(&c, a_conflict_is_a_record_of_the_source_that_counts, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, conflicts_are_in_the_order_of_what_names_them, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, a_card_says_how_many_were_told_differently, score_world_set_up,
	                score_world_tear_down);
	cases_test_with(&c, every_field_of_the_table_is_one_of_its_kind, score_world_set_up,
	                score_world_tear_down);
	return cases_run("score/reconcile", &c, NULL, NULL);
}
