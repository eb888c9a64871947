/* Who took over; see cc_handoff.h. Owns nothing. */
#include "agent/track/cc_handoff.h"

#include <stdio.h>
#include <string.h>

#include "agent/track/call_rules.h"
#include "agent/track/handoff.h"
#include "common/unconst.h"

#define STAFF_BYTES    256
#define TRANSFER_MAX_S UINT64_C(4102444800) /* 2100: later is damage */

/* ---- what channels say ---- */

static unsigned transfer_of(struct slice text)
{
	if (slice_eq(text, SLICE("bl_xfer"))) {
		return CXM__QUEUE_CONTACT__TRANSFER__BLIND;
	}
	return slice_eq(text, SLICE("att_xfer")) ? CXM__QUEUE_CONTACT__TRANSFER__ATTENDED : 0;
}

/* "1461931135:uuid:bl_xfer:1002/default/XML", of several "ARRAY::one|:two" (switch_ivr.c): the last
 * by time that is a transfer; uuid_br is what mod_callcenter itself does. */
void cc_handoff_history(struct cc_stay *s, struct slice history)
{
	int64_t last_us = 0;
	unsigned last = 0;

	while (history.len > 0) {
		struct slice entry = slice_cut(&history, '|');
		struct slice time = slice_cut(&entry, ':');
		unsigned kind;
		uint64_t at_s;

		while (entry.len > 0 && (time.len == 0 || slice_eq(time, SLICE("ARRAY")))) {
			time = slice_cut(&entry, ':');
		}
		(void)slice_cut(&entry, ':');
		kind = transfer_of(slice_cut(&entry, ':'));
		if (kind != 0 && slice_u64(time, TRANSFER_MAX_S, &at_s) == 0 &&
		    (int64_t)at_s * 1000000 >= last_us) {
			last_us = (int64_t)at_s * 1000000;
			last = kind;
		}
	}
	s->moved_us = last_us > s->moved_us ? last_us : s->moved_us;
	s->moved = last > s->moved ? (uint8_t)last : s->moved;
}

/* dialed_user, dialed_domain: of the endpoint user/ (mod_dptools.c), the name that agents of
 * mod_callcenter mostly have */
static uint64_t staff_of(const struct fs_facts *f, const struct pseudonym *pseudonym)
{
	char name[STAFF_BYTES];
	struct slice user = f->text[FS_DIALED_USER];
	struct slice domain = f->text[FS_DIALED_DOMAIN];
	int len;

	if (user.len == 0) {
		return 0;
	}
	len = snprintf(name, sizeof(name), "%.*s%s%.*s", (int)user.len, user.at,
	               domain.len > 0 ? "@" : "", (int)domain.len, domain.len > 0 ? domain.at : "");
	return len > 0 && (size_t)len < sizeof(name)
	               ? pseudonym_of(pseudonym, CXM_STAFF, (struct slice){ name, (size_t)len })
	               : 0;
}

struct cc_party cc_handoff_party_of(const struct fs_facts *f, const struct pseudonym *pseudonym,
                                    const char *trunks)
{
	struct cc_party p = { .created_us = fs_us(f, FS_CREATED_US),
		              .answered_us = fs_us(f, FS_ANSWERED_US) };

	p.created_us = p.created_us != 0 ? p.created_us : fs_s_as_us(f, FS_CREATED_S);
	p.answered_us = p.answered_us != 0 ? p.answered_us : fs_s_as_us(f, FS_ANSWERED_S);
	p.external = trunks != NULL && call_rules_match(trunks, f->text[FS_CHANNEL]);
	p.agent = p.external ? 0 : staff_of(f, pseudonym);
	return p;
}

void cc_handoff_party(struct cc_stay *s, const struct cc_party *party)
{
	if (s->n_parties < CC_PARTIES_MAX) {
		s->parties[s->n_parties++] = *party;
	}
}

bool cc_handoff_leads_to(const struct cc_stay *s, const struct cc_stay *other)
{
	return s != other && s->session == other->session && cc_stay_was_transferred(s) &&
	       cc_stay_at_us(other) >= cc_stay_transfer_us(s) - CC_STAY_CLOSE_US;
}

/* ---- what follows ---- */

/* A phone that began to ring with the transfer or after it, or one that was asked before and stayed
 * in the end. */
static bool could_take_over(const struct cc_party *p, int64_t transfer_us)
{
	int64_t from_us = transfer_us - CC_STAY_CLOSE_US;

	return p->ended_us >= from_us && (p->created_us >= from_us || p->talked);
}

static bool is_better(const struct cc_party *p, const struct cc_party *than)
{
	if (than == NULL) {
		return true;
	}
	if ((p->answered_us != 0) != (than->answered_us != 0)) {
		return p->answered_us != 0;
	}
	if (p->answered_us != than->answered_us) {
		return p->answered_us < than->answered_us;
	}
	return p->created_us < than->created_us;
}

/* The first that answered, else the first that rang; NULL when nothing is known of one. */
static const struct cc_party *taker(const struct cc_stay *s)
{
	const struct cc_party *best = NULL;

	for (unsigned i = 0; i < s->n_parties; i++) {
		if (could_take_over(&s->parties[i], cc_stay_transfer_us(s)) &&
		    is_better(&s->parties[i], best)) {
			best = &s->parties[i];
		}
	}
	return best;
}

static void take_queue(struct handoff *h, const struct cc_stay *next)
{
	h->role = HANDOFF_QUEUE;
	memcpy(h->to_queue, next->queue, sizeof(h->to_queue));
	h->answered_us = cc_stay_answered_us(next);
	h->to_agent = h->answered_us != 0 ? next->agent : 0;
}

static void take_party(struct handoff *h, const struct cc_party *p)
{
	h->role = p->external ? HANDOFF_EXTERNAL : HANDOFF_PERSON;
	h->ring_us = p->created_us;
	h->answered_us = p->answered_us;
	h->to_agent = p->agent;
	h->has_consult =
		h->kind == HANDOFF_ATTENDED && p->answered_us != 0 && p->answered_us <= h->at_us;
	h->consult_ms = h->has_consult ? emit_ms(p->answered_us, h->at_us) : 0;
}

/* Nobody answered is known only of somebody who was asked, and when that is over. */
static void fill_outcome(const struct handoff *h, bool over, Cxm__Handoff *out)
{
	int lost = handoff_lost(h);

	out->has_answered = h->answered_us != 0 || over;
	out->answered = h->answered_us != 0;
	out->has_lost = lost >= 0;
	out->lost = lost > 0;
	out->has_to_agent = h->to_agent != 0;
	out->to_agent = h->to_agent;
	out->to_role = unconst(handoff_role_name(h));
}

void cc_handoff_fill(const struct cc_stay *s, const struct cc_stay *next, Cxm__Handoff *out)
{
	bool attended = cc_stay_transfer(s) == CXM__QUEUE_CONTACT__TRANSFER__ATTENDED;
	const struct cc_party *party = next == NULL ? taker(s) : NULL;
	struct handoff h = { .kind = attended ? HANDOFF_ATTENDED : HANDOFF_BLIND,
		             .at_us = cc_stay_transfer_us(s),
		             .ended_us = s->hangup_us };
	int64_t until_us;

	out->at_us = h.at_us;
	out->kind = attended ? CXM__HANDOFF__KIND__ATTENDED : CXM__HANDOFF__KIND__BLIND;
	out->contact = s->contact;
	out->from_queue = unconst(s->queue);
	out->has_from_agent = s->agent != 0;
	out->from_agent = s->agent;
	out->has_talk_ms = cc_stay_answered_us(s) != 0;
	out->talk_ms = emit_ms(cc_stay_answered_us(s), h.at_us);
	if (next != NULL) {
		take_queue(&h, next);
		/* the channel names the queue it was in last */
		h.ended_us = h.ended_us != 0 ? h.ended_us : next->hangup_us;
		fill_outcome(&h, cc_stay_is_over(next), out);
		out->to_queue = unconst(next->queue);
	} else if (party != NULL) {
		take_party(&h, party);
		fill_outcome(&h, true, out);
		until_us = h.answered_us != 0 ? h.answered_us : party->ended_us;
		out->has_ring_ms = 1;
		out->ring_ms = emit_ms(h.ring_us, until_us);
		out->has_consult_ms = h.has_consult;
		out->consult_ms = h.consult_ms;
	}
}
