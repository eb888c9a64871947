/* Executions to visits; see fs_visit.h. Owns the table and what is held. */
#include "agent/track/fs_visit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/track/fs_call.h"
#include "agent/track/ivr.h"
#include "agent/track/labels.h"
#include "agent/track/rows.h"
#include "agent/track/state_fields.h"
#include "common/siphash.h"

#define STATE_VERSION 1
#define PLACE_BYTES   128
#define WORD_BYTES    64
#define COUNT(array)  (sizeof(array) / sizeof((array)[0]))

enum step_kind { STEP_APP, STEP_USER, STEP_QUEUE, STEP_AWAY, STEP_END };

/* What a channel did, until its turn comes. In memory only: a text may be an identity. */
struct step {
	int64_t heard_us;
	int64_t at_us;
	uint64_t sequence;
	uint64_t channel; /* keyed hash */
	uint64_t contact;
	uint64_t customer;
	int64_t answer_us; /* of the channel; 0: not yet */
	uint8_t kind;      /* enum step_kind */
	uint8_t hangup;    /* enum ivr_hangup */
	char place[PLACE_BYTES];
	char user[WORD_BYTES];
	char text[WORD_BYTES];
};

struct visit {
	uint64_t key; /* keyed hash of the channel; 0: free */
	uint64_t contact;
	uint64_t customer;
	bool away; /* put through to somebody that no rule names */
	struct ivr_visit v;
	/* not saved */
	bool listed;
	int64_t touched_us;
};

struct fs_visit {
	struct fs_visit_options options;
	char *host; /* owned */
	struct siphash_key key;
	struct emit emit;
	struct rows rows;
	struct step *held; /* owned; in the order of their times */
	size_t n_held;
	int64_t listing_us;
	struct fs_visit_counters counters;
};

/* ---- records ---- */

static bool said(const char *words)
{
	return words[0] != '\0';
}

/* What the dialplan has no word for is not known, and neither is what is reckoned from it: without
 * a word for a task that is done, tasks that began would look as if nobody ever finished one. */
static void leave_unknown(const struct call_rules *r, Cxm__SelfServiceVisit *m)
{
	m->has_task_started = said(r->done_events);
	m->has_task_completed = said(r->done_events);
	m->has_zero_out = said(r->operators) || said(r->operator_events);
	m->has_first_menu_only = m->has_zero_out;
	m->has_invalid_inputs = said(r->invalid_events);
	m->has_timeout_inputs = said(r->timeout_events);
	m->has_identified = said(r->identified_events);
	m->has_context_collected = m->context_collected || m->has_identified;
}

static Cxm__SelfServiceVisit__Outcome outcome_of(const struct fs_visit *t, const struct visit *c,
                                                 enum ivr_hangup who)
{
	Cxm__SelfServiceVisit__Outcome outcome = ivr_outcome(&c->v, who);
	bool gave_up = outcome == CXM__SELF_SERVICE_VISIT__OUTCOME__ABANDONED ||
	               outcome == CXM__SELF_SERVICE_VISIT__OUTCOME__DISCONNECTED;
	bool may_be_done = c->v.task_started && !said(t->options.rules->done_events);

	return gave_up && (c->away || may_be_done) ? CXM__SELF_SERVICE_VISIT__OUTCOME__UNKNOWN_END
	                                           : outcome;
}

/* And forget it. */
static void tell(struct fs_visit *t, struct visit *c, Cxm__SelfServiceVisit__Outcome outcome,
                 int64_t end_us)
{
	Cxm__SelfServiceVisit m = CXM__SELF_SERVICE_VISIT__INIT;

	ivr_fill(&c->v, outcome, end_us, &m);
	leave_unknown(t->options.rules, &m);
	m.source = t->options.source;
	m.host = t->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = end_us > m.at_us ? end_us : m.at_us;
	m.has_customer = c->customer != 0;
	m.customer = c->customer;
	t->counters.visits++;
	emit_record(&t->emit, &m.base);
	rows_remove(&t->rows, c);
}

static void tell_unended(struct fs_visit *t, struct visit *c)
{
	t->counters.unended++;
	tell(t, c, CXM__SELF_SERVICE_VISIT__OUTCOME__UNKNOWN_END, c->v.at_us);
}

/* ---- the table ---- */

static void make_room(struct fs_visit *t)
{
	struct visit *oldest = rows_at(&t->rows, 0);

	for (uint32_t i = 1; i < t->rows.table.capacity; i++) {
		struct visit *c = rows_at(&t->rows, i);

		oldest = c->touched_us < oldest->touched_us ? c : oldest;
	}
	t->counters.evicted++;
	tell_unended(t, oldest);
}

static struct visit *add(struct fs_visit *t, const struct step *s)
{
	struct visit *c;

	if (table_full(&t->rows.table)) {
		make_room(t);
	}
	c = rows_add(&t->rows, s->channel);
	c->contact = s->contact;
	c->customer = s->customer;
	return c;
}

/* ---- steps ---- */

static void go_on(struct fs_visit *t, struct visit *c, const struct step *s,
                  const struct cel_event *e)
{
	switch ((enum step_kind)s->kind) {
	case STEP_END:
		tell(t, c, outcome_of(t, c, (enum ivr_hangup)s->hangup), s->at_us);
		break;
	case STEP_QUEUE:
		ivr_queued(&c->v, e);
		tell(t, c, CXM__SELF_SERVICE_VISIT__OUTCOME__QUEUED, s->at_us);
		break;
	case STEP_AWAY:
		c->away = true;
		c->v.left_us = c->v.left_us == 0 ? s->at_us : c->v.left_us;
		break;
	case STEP_APP:
	case STEP_USER:
	default:
		ivr_event(&c->v, t->options.rules, e);
		break;
	}
}

static void apply(struct fs_visit *t, const struct step *s)
{
	const struct cel_event e = { .at_us = s->at_us,
		                     .type = s->kind == STEP_USER ? CEL_USER : CEL_APP_START,
		                     .context = slice_of(s->place),
		                     .user = slice_of(s->user),
		                     .extra = slice_of(s->text) };
	bool places = s->kind == STEP_APP || s->kind == STEP_USER;
	struct visit *c = rows_find(&t->rows, s->channel);

	if (c == NULL && places && ivr_begins(t->options.rules, &e)) {
		c = add(t, s);
		ivr_begin(&c->v, s->channel, s->answer_us, &e);
	}
	if (c != NULL) {
		c->touched_us = s->heard_us;
		go_on(t, c, s, &e);
	}
}

static bool is_before(const struct step *a, const struct step *b)
{
	return a->at_us != b->at_us ? a->at_us < b->at_us : a->sequence < b->sequence;
}

static void take_off(struct fs_visit *t, size_t n)
{
	memmove(t->held, t->held + n, (t->n_held - n) * sizeof(*t->held));
	t->n_held -= n;
}

static void hold(struct fs_visit *t, const struct step *s)
{
	size_t at;

	if (t->options.source != CXM__SOURCE__ESL) {
		apply(t, s);
		return;
	}
	if (t->n_held == FS_VISIT_HELD_MAX) {
		t->counters.early++;
		apply(t, &t->held[0]);
		take_off(t, 1);
	}
	at = t->n_held;
	while (at > 0 && is_before(s, &t->held[at - 1])) {
		t->held[at] = t->held[at - 1];
		at--;
	}
	t->held[at] = *s;
	t->n_held++;
}

/* A later one that was heard long enough ago has to wait for those before it. */
static void apply_held(struct fs_visit *t, int64_t heard_before_us)
{
	size_t n = 0;

	while (n < t->n_held && t->held[n].heard_us <= heard_before_us) {
		apply(t, &t->held[n++]);
	}
	take_off(t, n);
}

/* ---- from facts to steps ---- */

static bool names(const struct call_rules *r, struct slice place)
{
	return call_rules_match(r->menus, place) || call_rules_match(r->tasks, place) ||
	       call_rules_match(r->operators, place);
}

/* "" for a place that no rule names, so that nothing is kept of it. */
static void take_place(const struct call_rules *r, const struct fs_facts *f, struct step *s)
{
	char both[PLACE_BYTES];
	size_t n = label_clean(f->text[FS_CALLED], both, sizeof(both) - 1);

	(void)label_clean(f->text[FS_CONTEXT], s->place, sizeof(s->place));
	if (names(r, slice_of(s->place))) {
		return;
	}
	both[n++] = '/';
	(void)label_clean(f->text[FS_CONTEXT], both + n, sizeof(both) - n);
	memcpy(s->place, both, sizeof(both));
	if (!names(r, slice_of(s->place))) {
		s->place[0] = '\0';
	}
}

static void take_word(struct slice raw, char out[WORD_BYTES])
{
	(void)label_clean(slice_trim(raw), out, WORD_BYTES);
}

/* "Event-Subclass=NAME,Event-Name=CUSTOM,Text=word", with another separator after ^^
 * (event_function of mod_dptools.c, switch_separate_string of switch_utils.c). */
static void take_user_event(struct slice data, struct step *s)
{
	char separator = ',';

	if (data.len > 3 && slice_starts(data, SLICE("^^"))) {
		separator = data.at[2];
		data = (struct slice){ data.at + 3, data.len - 3 };
	}
	s->kind = STEP_USER;
	while (data.len > 0) {
		struct slice value = slice_cut(&data, separator);
		struct slice name = slice_trim(slice_cut(&value, '='));

		if (slice_ieq(name, SLICE("Event-Subclass"))) {
			take_word(value, s->user);
		} else if (slice_ieq(name, SLICE("Text"))) {
			take_word(value, s->text);
		}
	}
}

/* fifo <name> [in [...]|out [...]] (mod_fifo.c) */
static bool enters_fifo(struct slice data)
{
	(void)slice_cut(&data, ' ');
	return slice_ieq(slice_cut(&data, ' '), SLICE("in"));
}

static void take_app(const struct fs_facts *f, struct step *s)
{
	struct slice app = f->text[FS_APP];
	struct slice data = f->text[FS_APP_DATA];

	s->kind = STEP_APP;
	if (slice_ieq(app, SLICE("ivr"))) {
		s->kind = STEP_USER;
		take_word(SLICE(FS_VISIT_MENU), s->user);
		take_word(data, s->text);
	} else if (slice_ieq(app, SLICE("event"))) {
		take_user_event(data, s);
	} else if (slice_ieq(app, SLICE("callcenter")) ||
	           (slice_ieq(app, SLICE("fifo")) && enters_fifo(data))) {
		s->kind = STEP_QUEUE;
	} else if (slice_ieq(app, SLICE("bridge")) && s->place[0] == '\0') {
		s->kind = STEP_AWAY;
	}
}

/* @return false for a channel or a moment that is not named. */
static bool begin_step(const struct fs_visit *t, const struct fs_facts *f, int64_t at_us,
                       int64_t now_us, struct step *s)
{
	struct slice id = f->text[FS_ID];
	uint64_t sequence = 0;

	*s = (struct step){ .heard_us = now_us, .at_us = at_us };
	s->channel = siphash13(&t->key, id.at, id.len);
	(void)slice_u64(f->text[FS_SEQUENCE], UINT64_MAX, &sequence);
	s->sequence = sequence;
	return id.len > 0 && s->channel != 0 && at_us != 0;
}

bool fs_visit_execute(struct fs_visit *t, const struct fs_facts *f, int64_t now_us)
{
	struct step s;

	if (!begin_step(t, f, fs_us(f, FS_AT_US), now_us, &s)) {
		return false;
	}
	take_place(t->options.rules, f, &s);
	take_app(f, &s);
	if (s.kind == STEP_APP && s.place[0] == '\0') {
		return false;
	}
	s.contact = pseudonym_of(t->options.pseudonym, CXM_CONTACT, fs_call_id(f));
	s.customer = fs_call_customer(t->options.pseudonym, t->options.trunks, f);
	s.answer_us = fs_us(f, FS_ANSWERED_US);
	hold(t, &s);
	return true;
}

/* sip_hangup_disposition: recv_ is the far end's good-bye, send_ ours (sofia.c, mod_sofia.c) */
static enum ivr_hangup hangup_of(const struct fs_facts *f)
{
	if (slice_starts(f->text[FS_DISPOSITION], SLICE("recv_"))) {
		return IVR_HANGUP_CALLER;
	}
	return slice_starts(f->text[FS_DISPOSITION], SLICE("send_")) ? IVR_HANGUP_US
	                                                             : IVR_HANGUP_UNKNOWN;
}

void fs_visit_leg(struct fs_visit *t, const struct fs_facts *f, int64_t now_us)
{
	int64_t end_us = fs_us(f, FS_HANGUP_US);
	struct step s;

	end_us = end_us != 0 ? end_us : fs_s_as_us(f, FS_HANGUP_S);
	end_us = end_us != 0 ? end_us : now_us;
	if (begin_step(t, f, end_us, now_us, &s)) {
		s.kind = STEP_END;
		s.hangup = (uint8_t)hangup_of(f);
		hold(t, &s);
	}
}

/* ---- what the PBX lists ---- */

void fs_visit_channels_begin(struct fs_visit *t, int64_t now_us)
{
	t->listing_us = now_us;
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		((struct visit *)rows_at(&t->rows, i))->listed = false;
	}
}

void fs_visit_channel(struct fs_visit *t, struct slice uuid)
{
	struct visit *c = rows_find(&t->rows, siphash13(&t->key, uuid.at, uuid.len));

	if (c != NULL) {
		c->listed = true;
	}
}

void fs_visit_channels_end(struct fs_visit *t)
{
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct visit *c = rows_at(&t->rows, i);

		if (c->key != 0 && !c->listed &&
		    c->touched_us < t->listing_us - 2 * FS_VISIT_HOLD_US) {
			tell_unended(t, c);
		}
	}
}

/* ---- time ---- */

void fs_visit_tick(struct fs_visit *t, int64_t now_us)
{
	apply_held(t, now_us - FS_VISIT_HOLD_US);
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct visit *c = rows_at(&t->rows, i);

		if (c->key == 0) {
			continue;
		}
		c->touched_us = c->touched_us != 0 ? c->touched_us : now_us; /* loaded */
		if (now_us - c->touched_us > t->options.max_age_us) {
			tell_unended(t, c);
		}
	}
}

void fs_visit_settle(struct fs_visit *t)
{
	apply_held(t, INT64_MAX);
}

void fs_visit_finish(struct fs_visit *t)
{
	fs_visit_settle(t);
	for (uint32_t i = 0; i < t->rows.table.capacity; i++) {
		struct visit *c = rows_at(&t->rows, i);

		if (c->key != 0) {
			tell_unended(t, c);
		}
	}
}

/* ---- state: u8 version, varint visits, each: its fields. What is held is a matter of seconds ----
 */

#define AT(member) offsetof(struct visit, member)

static const struct state_field fields[] = {
	{ STATE_HASH, AT(key), 0 },
	{ STATE_HASH, AT(contact), 0 },
	{ STATE_HASH, AT(customer), 0 },
	{ STATE_BOOL, AT(away), 0 },
	{ STATE_TIME, AT(v.at_us), 0 },
	{ STATE_TIME, AT(v.answer_us), 0 },
	{ STATE_TIME, AT(v.value_us), 0 },
	{ STATE_TIME, AT(v.left_us), 0 },
	{ STATE_U32, AT(v.steps), 0 },
	{ STATE_U32, AT(v.invalid_inputs), 0 },
	{ STATE_U32, AT(v.timeout_inputs), 0 },
	{ STATE_BOOL, AT(v.task_started), 0 },
	{ STATE_BOOL, AT(v.task_completed), 0 },
	{ STATE_BOOL, AT(v.zero_out), 0 },
	{ STATE_BOOL, AT(v.first_menu_only), 0 },
	{ STATE_BOOL, AT(v.identified), 0 },
	{ STATE_BOOL, AT(v.recognised), 0 },
	{ STATE_BOOL, AT(v.callback), 0 },
	{ STATE_HASH, AT(v.named_in), 0 },
	{ STATE_TEXT, AT(v.named), IVR_STEP_BYTES },
	{ STATE_TEXT, AT(v.flow), IVR_STEP_BYTES },
	{ STATE_TEXT, AT(v.last_step), IVR_STEP_BYTES },
	{ STATE_TEXT, AT(v.path), IVR_PATH_BYTES },
};

static void save_visit(const void *visit, struct buf *out)
{
	state_save(fields, COUNT(fields), visit, out);
}

static void load_visit(void *visit, unsigned version, struct cursor *in)
{
	struct visit *c = visit;

	(void)version;
	state_load(fields, COUNT(fields), c, in);
	c->v.live = true;
	c->v.leg = c->key;
}

void fs_visit_save(const struct fs_visit *t, struct buf *out)
{
	rows_save(&t->rows, STATE_VERSION, save_visit, out);
}

int fs_visit_load(struct fs_visit *t, struct cursor *in)
{
	t->n_held = 0;
	return rows_load(&t->rows, STATE_VERSION, load_visit, in);
}

/* ---- life ---- */

bool fs_visit_wanted(const struct call_rules *rules)
{
	return said(rules->menus) || said(rules->tasks) || said(rules->visit_events);
}

int fs_visit_new(struct fs_visit **out, const struct fs_visit_options *options,
                 const struct emit *emit)
{
	struct fs_visit *t;

	if (options->max_open < FS_VISIT_OPEN_MIN || options->max_open > FS_VISIT_OPEN_MAX) {
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (t == NULL) {
		return -ENOMEM;
	}
	t->options = *options;
	t->key = pseudonym_table_key(options->pseudonym);
	t->emit = *emit;
	t->host = strdup(options->host);
	t->held = calloc(FS_VISIT_HELD_MAX, sizeof(*t->held));
	if (t->host == NULL || t->held == NULL ||
	    rows_init(&t->rows, options->max_open, sizeof(struct visit)) != 0) {
		fs_visit_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void fs_visit_free(struct fs_visit *t)
{
	if (t == NULL) {
		return;
	}
	rows_free(&t->rows);
	free(t->held);
	free(t->host);
	free(t);
}

const struct fs_visit_counters *fs_visit_counters(const struct fs_visit *t)
{
	return &t->counters;
}
