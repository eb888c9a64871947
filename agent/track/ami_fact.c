#include "agent/track/ami_fact.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/track/ami_slots.h"
#include "agent/track/labels.h"
#include "proto/evidence.pb-c.h"

#define TEXT_BYTES 64

enum field {
	CUSTOMER,
	AGENT,
	CASE_ID,
	LABELS,
	LANGUAGE_WANTED = LABELS,
	LANGUAGE_GIVEN,
	SKILL_WANTED,
	SKILL_GIVEN,
	DISPOSITION,
	REASON,
	FIELDS,
	DIALOG = FIELDS, /* not one, but each that is told */
	WORDS,
};

static const struct slice names[WORDS] = {
	[CUSTOMER] = { "customer", 8 },
	[AGENT] = { "agent", 5 },
	[CASE_ID] = { "case_id", 7 },
	[LANGUAGE_WANTED] = { "language_wanted", 15 },
	[LANGUAGE_GIVEN] = { "language_given", 14 },
	[SKILL_WANTED] = { "skill_wanted", 12 },
	[SKILL_GIVEN] = { "skill_given", 11 },
	[DISPOSITION] = { "disposition", 11 },
	[REASON] = { "reason", 6 },
	[DIALOG] = { "dialog", 6 },
};

struct call {
	uint64_t key;     /* of the linked id */
	uint64_t contact; /* pseudonyms */
	uint64_t ids[LABELS];
	int64_t at_us;
	int64_t seen_us;
	bool answered;     /* by an agent */
	bool known_before; /* the customer was known by then */
	bool said;         /* something of the contact, not only of its packets */
	bool doubted;      /* events were missed, and it may be over */
	char labels[FIELDS - LABELS][TEXT_BYTES];
	char queue[TEXT_BYTES];
	uint64_t dialogs[AMI_FACT_DIALOGS_MAX]; /* pseudonyms of Call-IDs; 0: none */
	int64_t dialogs_us[AMI_FACT_DIALOGS_MAX];
};

struct mute {
	uint64_t key; /* of the channel's unique id */
	uint64_t contact;
	int64_t at_us;
};

struct variable {
	struct slice name; /* borrowed */
	enum field field;
};

struct ami_fact {
	const struct ami_site *site;
	struct variable variables[AMI_FACT_VARIABLES_MAX];
	size_t n_variables;
	bool payments;
	struct ami_slots calls;
	struct ami_slots mutes;
	struct cel_call *payers; /* borrowed; tells the payments it knows of; NULL: nobody does */
	struct ami_fact_counters counters;
};

/* ---- the configuration ---- */

static bool field_of(struct slice text, enum field *out)
{
	for (size_t i = 0; i < WORDS; i++) {
		if (slice_eq(text, names[i])) {
			*out = (enum field)i;
			return true;
		}
	}
	return false;
}

/* The next NAME=field. @return false at the end; out->name is empty for a word that is none. */
static bool next_variable(struct slice *rest, struct variable *out)
{
	struct slice word;

	*rest = slice_trim(*rest);
	if (rest->len == 0) {
		return false;
	}
	word = slice_cut(rest, ' ');
	out->name = slice_cut(&word, '=');
	if (!field_of(word, &out->field)) {
		out->name.len = 0;
	}
	return true;
}

const char *ami_fact_problem(const char *variables)
{
	struct slice rest = slice_of(variables);
	struct variable v;
	size_t n = 0;

	for (const char *at = variables; next_variable(&rest, &v); at = rest.at) {
		if (v.name.len == 0 || n++ == AMI_FACT_VARIABLES_MAX) {
			return at;
		}
	}
	return NULL;
}

/* ---- telling ---- */

static char *label(struct call *c, enum field field)
{
	char *text = c->labels[field - LABELS];

	return text[0] != '\0' ? text : NULL;
}

static void emit_fact(struct ami_fact *t, struct call *c)
{
	Cxm__ContactFact m = CXM__CONTACT_FACT__INIT;

	m.at_us = c->at_us;
	m.source = CXM__SOURCE__AMI;
	m.host = t->site->host;
	m.contact = c->contact;
	m.has_seen_us = 1;
	m.seen_us = c->seen_us;
	m.has_channel = 1;
	m.channel = CXM__CHANNEL__VOICE;
	m.has_customer = c->ids[CUSTOMER] != 0;
	m.customer = c->ids[CUSTOMER];
	m.has_agent = c->ids[AGENT] != 0;
	m.agent = c->ids[AGENT];
	m.has_case_id = c->ids[CASE_ID] != 0;
	m.case_id = c->ids[CASE_ID];
	m.has_recognised = c->known_before || (m.has_customer && !c->answered);
	m.recognised = m.has_recognised;
	m.language_wanted = label(c, LANGUAGE_WANTED);
	m.language_given = label(c, LANGUAGE_GIVEN);
	m.skill_wanted = label(c, SKILL_WANTED);
	m.skill_given = label(c, SKILL_GIVEN);
	m.disposition = label(c, DISPOSITION);
	m.reason = label(c, REASON);
	t->counters.facts++;
	emit_record(&t->site->emit, &m.base);
}

static void emit_legs(struct ami_fact *t, struct call *c)
{
	for (unsigned i = 0; i < AMI_FACT_DIALOGS_MAX && c->dialogs[i] != 0; i++) {
		Cxm__CallLeg m = CXM__CALL_LEG__INIT;

		m.at_us = c->dialogs_us[i];
		m.source = CXM__SOURCE__AMI;
		m.host = t->site->host;
		m.contact = c->contact;
		m.dialog = c->dialogs[i];
		m.has_seen_us = 1;
		m.seen_us = c->seen_us;
		m.queue = c->queue[0] != '\0' ? c->queue : NULL;
		t->counters.dialogs++;
		emit_record(&t->site->emit, &m.base);
	}
}

static void end_call(struct ami_fact *t, struct call *c)
{
	if (c->said) {
		emit_fact(t, c);
	}
	emit_legs(t, c);
	ami_slots_remove(&t->calls, c);
}

/* ---- variables ---- */

static struct call *call_of(struct ami_fact *t, struct slice linkedid, int64_t at_us)
{
	uint64_t key = ami_hash(t->site, linkedid);
	struct call *c = ami_slots_find(&t->calls, key);

	if (c != NULL || linkedid.len == 0) {
		return c;
	}
	c = ami_slots_add(&t->calls, key);
	if (c == NULL) {
		t->counters.evicted++;
		end_call(t, ami_slots_victim(&t->calls));
		c = ami_slots_add(&t->calls, key);
	}
	c->contact = pseudonym_of(t->site->pseudonym, CXM_CONTACT, linkedid);
	c->at_us = at_us;
	return c;
}

static void add_dialog(struct ami_fact *t, struct call *c, struct slice value, int64_t at_us)
{
	uint64_t dialog = pseudonym_of(t->site->pseudonym, CXM_CONTACT, value);

	for (unsigned i = 0; i < AMI_FACT_DIALOGS_MAX && dialog != 0; i++) {
		if (c->dialogs[i] == dialog) {
			return;
		}
		if (c->dialogs[i] == 0) {
			c->dialogs[i] = dialog;
			c->dialogs_us[i] = at_us;
			return;
		}
	}
	t->counters.untold_dialogs += dialog != 0 ? 1 : 0;
}

static void set(struct ami_fact *t, struct call *c, enum field field, struct slice value)
{
	static const enum cxm_domain domains[LABELS] = {
		[CUSTOMER] = CXM_CUSTOMER, [AGENT] = CXM_STAFF, [CASE_ID] = CXM_REFERENCE
	};

	c->said = true;
	if (field < LABELS) {
		c->ids[field] = pseudonym_of(t->site->pseudonym, domains[field], value);
		c->known_before = c->known_before ||
		                  (field == CUSTOMER && c->ids[field] != 0 && !c->answered);
	} else {
		(void)label_clean(value, c->labels[field - LABELS], TEXT_BYTES);
	}
}

static void take(struct ami_fact *t, const struct ami_message *m, enum field field, int64_t at_us)
{
	struct slice value = ami_get(m, SLICE("Value"));
	struct call *c = call_of(t, ami_get(m, SLICE("Linkedid")), at_us);

	if (c == NULL) {
		return;
	}
	c->seen_us = at_us > c->seen_us ? at_us : c->seen_us;
	if (field == DIALOG) {
		add_dialog(t, c, value, at_us);
	} else {
		set(t, c, field, value);
	}
}

static void on_variable(struct ami_fact *t, const struct ami_message *m, int64_t at_us)
{
	struct slice name = ami_get(m, SLICE("Variable"));
	bool any = ami_get(m, SLICE("Value")).len > 0;

	/* variables that a channel hands to those it makes begin with underscores there */
	while (name.len > 0 && name.at[0] == '_') {
		name.at++;
		name.len--;
	}
	for (size_t i = 0; i < t->n_variables && any; i++) {
		if (slice_eq(name, t->variables[i].name)) {
			take(t, m, t->variables[i].field, at_us);
		}
	}
}

static void on_connect(struct ami_fact *t, const struct ami_message *m)
{
	struct call *c =
		ami_slots_find(&t->calls, ami_hash(t->site, ami_get(m, SLICE("Linkedid"))));

	if (c != NULL) {
		c->answered = true;
		(void)label_clean(ami_get(m, SLICE("Queue")), c->queue, sizeof(c->queue));
	}
}

/* ---- recordings ---- */

static void emit_payment(struct ami_fact *t, const struct mute *p, int64_t at_us)
{
	Cxm__Payment m = CXM__PAYMENT__INIT;

	m.at_us = p->at_us;
	m.source = CXM__SOURCE__AMI;
	m.host = t->site->host;
	m.contact = p->contact;
	m.has_seen_us = 1;
	m.seen_us = at_us > p->at_us ? at_us : p->at_us;
	m.has_duration_ms = 1;
	m.duration_ms = emit_ms(p->at_us, at_us);
	m.has_recorded = 1;
	m.recorded = true;
	m.has_covered = 1;
	m.covered = true;
	t->counters.payments++;
	emit_record(&t->site->emit, &m.base);
}

static bool payer_muted(struct ami_fact *t, const struct ami_message *m, bool muted, int64_t at_us)
{
	return t->payers != NULL &&
	       cel_call_muted(t->payers, ami_get(m, SLICE("Linkedid")), muted, at_us);
}

static void begin_mute(struct ami_fact *t, uint64_t key, const struct ami_message *m, int64_t at_us)
{
	struct mute *p = ami_slots_add(&t->mutes, key);

	if (p == NULL) {
		t->counters.evicted++;
		return;
	}
	p->contact = pseudonym_of(t->site->pseudonym, CXM_CONTACT, ami_get(m, SLICE("Linkedid")));
	p->at_us = at_us;
	(void)payer_muted(t, m, true, at_us);
}

static void end_mute(struct ami_fact *t, struct mute *p, const struct ami_message *m, int64_t at_us)
{
	if (!payer_muted(t, m, false, at_us) && t->payments) {
		emit_payment(t, p, at_us);
	}
	ami_slots_remove(&t->mutes, p);
}

static void on_mute(struct ami_fact *t, const struct ami_message *m, int64_t at_us)
{
	bool muted = slice_eq(ami_get(m, SLICE("State")), SLICE("1"));
	uint64_t key = ami_hash(t->site, ami_get(m, SLICE("Uniqueid")));
	struct mute *p = ami_slots_find(&t->mutes, key);

	if (!muted && p != NULL) {
		end_mute(t, p, m, at_us);
	} else if (muted && p == NULL) {
		begin_mute(t, key, m, at_us);
	}
}

static void on_hangup(struct ami_fact *t, const struct ami_message *m, int64_t at_us)
{
	uint64_t key = ami_hash(t->site, ami_get(m, SLICE("Uniqueid")));
	struct mute *p = ami_slots_find(&t->mutes, key);
	struct call *c = ami_slots_find(&t->calls, key); /* the caller's channel names the call */

	if (p != NULL) {
		end_mute(t, p, m, at_us);
	}
	if (c != NULL) {
		end_call(t, c);
	}
}

void ami_fact_event(struct ami_fact *t, const struct ami_message *m, int64_t at_us)
{
	if (slice_eq(m->name, SLICE("VarSet"))) {
		on_variable(t, m, at_us);
	} else if (slice_eq(m->name, SLICE("AgentConnect"))) {
		on_connect(t, m);
	} else if (slice_eq(m->name, SLICE("Hangup"))) {
		on_hangup(t, m, at_us);
	} else if (slice_eq(m->name, SLICE("MixMonitorMute"))) {
		on_mute(t, m, at_us);
	}
}

/* ---- events that were missed ---- */

void ami_fact_lost(struct ami_fact *t)
{
	for (struct call *c = ami_slots_next(&t->calls, NULL); c != NULL;
	     c = ami_slots_next(&t->calls, c)) {
		c->doubted = true;
		c->answered = true; /* it may have been: what comes now may have come too late */
	}
	ami_slots_clear(&t->mutes);
}

void ami_fact_channel(struct ami_fact *t, const struct ami_message *m)
{
	struct call *c =
		ami_slots_find(&t->calls, ami_hash(t->site, ami_get(m, SLICE("Uniqueid"))));

	if (c != NULL) {
		c->doubted = false;
	}
}

void ami_fact_channels(struct ami_fact *t)
{
	for (struct call *c = ami_slots_next(&t->calls, NULL); c != NULL;
	     c = ami_slots_next(&t->calls, c)) {
		if (c->doubted) {
			end_call(t, c);
		}
	}
}

void ami_fact_finish(struct ami_fact *t)
{
	for (struct call *c = ami_slots_next(&t->calls, NULL); c != NULL;
	     c = ami_slots_next(&t->calls, c)) {
		end_call(t, c);
	}
	ami_slots_clear(&t->mutes);
}

/* ---- life ---- */

int ami_fact_new(struct ami_fact **out, const struct ami_site *site, const char *variables,
                 bool payments, struct cel_call *payers)
{
	struct ami_fact *t = calloc(1, sizeof(*t));
	struct slice rest = slice_of(variables);

	if (t == NULL) {
		return -ENOMEM;
	}
	t->site = site;
	t->payments = payments;
	t->payers = payers;
	while (t->n_variables < AMI_FACT_VARIABLES_MAX &&
	       next_variable(&rest, &t->variables[t->n_variables])) {
		t->n_variables++;
	}
	if (ami_slots_init(&t->calls, AMI_FACT_CALLS_MAX, sizeof(struct call)) != 0 ||
	    ami_slots_init(&t->mutes, AMI_FACT_CALLS_MAX, sizeof(struct mute)) != 0) {
		ami_fact_free(t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

void ami_fact_free(struct ami_fact *t)
{
	if (t != NULL) {
		ami_slots_free(&t->calls);
		ami_slots_free(&t->mutes);
		free(t);
	}
}

const struct ami_fact_counters *ami_fact_counters(const struct ami_fact *t)
{
	return &t->counters;
}
