/*
 * The table of dialogs and what each kind of message does to one; see the header.
 *
 * Each phase has its list, ordered by the last message, so that ending what time has ended and
 * finding what may give way take constant time.
 */
#include "agent/track/dialog.h"

#include <assert.h>
#include <stdlib.h>

#include "agent/track/dialog_state.h"
#include "agent/track/sampling.h"
#include "common/table.h"

#define CACHE_LINE    64
#define LIST_GRAIN_NS INT64_C(1000000000)

TAILQ_HEAD(dialog_list, dialog);

struct dialogs {
	struct dialogs_options options;
	struct table table;
	struct dialog *items; /* owned; by slot */
	struct dialog_list
		waiting;         /* for an answer that comes within a transaction's life or never */
	struct dialog_list open; /* for people */
	struct dialog_list over;
	struct dialogs_counters counters;
};

/* One message and the dialog it belongs to. */
struct step {
	struct dialogs *d;
	const struct packet *p;
	const struct sip_msg *msg;
	const struct sdp *sdp;
	struct dialog *g;      /* NULL: not known */
	enum dialog_side side; /* who sent the request */
	uint64_t call;         /* as in dialog_names, and the next */
	uint64_t branch;
};

/* ---- table and lists ---- */

static uint64_t hash(const struct dialogs *d, struct slice s)
{
	return siphash13(&d->options.observer->key, s.at, s.len);
}

/* The tag under a key made from the Call-ID, so that no two pairs can be written alike. */
static uint64_t key_of(const struct dialogs *d, uint64_t call, struct slice tag)
{
	struct siphash_key of_call = { call, d->options.observer->key.k1 };
	uint64_t key = siphash13(&of_call, tag.at, tag.len);

	return key != 0 ? key : 1; /* 0 says "none" in dialog_ref */
}

struct dialog_names dialogs_names(const struct dialogs *d, const struct sip_msg *msg)
{
	struct dialog_names names = { .call = hash(d, msg->call_id) };

	names.key = key_of(d, names.call, msg->from_tag);
	names.branch = hash(d, msg->branch);
	return names;
}

void dialogs_prefetch_place(const struct dialogs *d, const struct dialog_names *names)
{
	__builtin_prefetch(&d->table.cells[names->key & d->table.mask]);
}

void dialogs_prefetch_dialog(const struct dialogs *d, const struct dialog_names *names)
{
	uint32_t slot = table_find(&d->table, names->key);

	for (size_t at = 0; slot != TABLE_NONE && at < sizeof(struct dialog); at += CACHE_LINE) {
		__builtin_prefetch((const uint8_t *)&d->items[slot] + at, 1);
	}
}

static struct dialog *find(struct dialogs *d, uint64_t key)
{
	uint32_t slot = table_find(&d->table, key);

	return slot != TABLE_NONE ? &d->items[slot] : NULL;
}

static struct dialog_list *list_of(struct dialogs *d, enum dialog_phase phase)
{
	switch (phase) {
	case DIALOG_CALLING:
	case DIALOG_CHALLENGED:
	case DIALOG_CANCELLING:
	case DIALOG_ENDING:
		return &d->waiting;
	case DIALOG_EARLY:
	case DIALOG_ANSWERED:
		return &d->open;
	case DIALOG_OVER:
		break;
	}
	return &d->over;
}

static void move(struct dialogs *d, struct dialog *g, enum dialog_phase phase, int64_t at_ns)
{
	TAILQ_REMOVE(list_of(d, g->phase), g, link);
	g->phase = phase;
	g->touched_ns = at_ns;
	TAILQ_INSERT_TAIL(list_of(d, phase), g, link);
}

static void forget(struct dialogs *d, struct dialog *g)
{
	TAILQ_REMOVE(list_of(d, g->phase), g, link);
	(void)table_remove(&d->table, g->key);
}

static void report(struct dialogs *d, struct dialog *g, Cxm__Dialog__End end)
{
	if (g->left_out) {
		return;
	}
	g->end = (uint8_t)end;
	dialog_record(g, d->options.observer);
	d->counters.records++;
}

static void finish(struct dialogs *d, struct dialog *g, Cxm__Dialog__End end, int64_t at_ns)
{
	report(d, g, end);
	move(d, g, DIALOG_OVER, at_ns);
}

/* How an attempt ends on which nothing more will be heard. */
static Cxm__Dialog__End end_by(enum dialog_phase phase, Cxm__Dialog__End otherwise)
{
	switch (phase) {
	case DIALOG_CHALLENGED:
		return CXM__DIALOG__END__REJECTED;
	case DIALOG_CANCELLING:
		return CXM__DIALOG__END__CANCELLED; /* RFC 3261 9.1: no final response within 64*T1
		                                     */
	case DIALOG_ENDING:
		return CXM__DIALOG__END__BYE;
	case DIALOG_CALLING:
	case DIALOG_EARLY:
	case DIALOG_ANSWERED:
	case DIALOG_OVER:
		break;
	}
	return otherwise;
}

/* Make room: what is over first, then the one silent the longest. */
static void evict(struct dialogs *d)
{
	struct dialog *g = TAILQ_FIRST(&d->over);
	struct dialog *waiting = TAILQ_FIRST(&d->waiting);
	struct dialog *open = TAILQ_FIRST(&d->open);

	if (g == NULL) {
		g = open == NULL || (waiting != NULL && waiting->touched_ns < open->touched_ns)
		            ? waiting
		            : open;
		assert(g != NULL); /* a full table has something in its lists */
		report(d, g, end_by(g->phase, CXM__DIALOG__END__CUT));
		d->counters.evicted += !g->left_out;
	}
	forget(d, g);
}

/* ---- an attempt begins ---- */

static bool is_local(const struct dialogs *d, struct net_addr addr)
{
	return net_addr_among(d->options.local, d->options.n_local, addr);
}

static uint8_t direction_of(const struct dialogs *d, const struct packet *p)
{
	if (is_local(d, p->dst)) {
		return CXM__DIALOG__DIRECTION__INBOUND;
	}
	return is_local(d, p->src) ? CXM__DIALOG__DIRECTION__OUTBOUND : 0;
}

static uint8_t transport_of(const struct packet *p)
{
	static const uint8_t names[] = {
		[PACKET_UDP] = CXM__DIALOG__TRANSPORT__UDP,
		[PACKET_TCP] = CXM__DIALOG__TRANSPORT__TCP,
		[PACKET_TLS] = CXM__DIALOG__TRANSPORT__TLS,
		[PACKET_WS] = CXM__DIALOG__TRANSPORT__WS,
		[PACKET_WSS] = CXM__DIALOG__TRANSPORT__WSS,
	};

	return names[p->transport];
}

/* The INVITE of a try, the first or a later one. */
static void begin_try(const struct step *s, struct dialog *g)
{
	g->invite_ns = s->p->at_ns;
	g->invite_cseq = s->msg->cseq;
	g->invite_branch = s->branch;
	g->last[DIALOG_CALLER].cseq = s->msg->cseq;
	g->last[DIALOG_CALLER].branch = s->branch;
	g->last[DIALOG_CALLER].any = true;
	g->last[DIALOG_CALLER].on_hold = s->sdp != NULL && s->sdp->on_hold;
	g->status = 0;
	g->has_request_delay = false;
	g->cancelled = false;
	g->seen_ns = s->p->at_ns;
	g->siprec = g->siprec || s->msg->siprec;
}

/* Who calls whom: a keyed hash each, which costs more than all the rest, and only for those that
 * are followed. */
static void name(const struct step *s, struct dialog *g)
{
	struct observer *o = s->d->options.observer;
	const struct sip_msg *msg = s->msg;

	if (!g->left_out || s->d->options.name_all) {
		g->contact = pseudonym_of(o->pseudonym, CXM_CONTACT, msg->call_id);
	}
	if (g->left_out) {
		return;
	}
	g->from_tag_id = pseudonym_of(o->pseudonym, CXM_REFERENCE, msg->from_tag);
	g->customer = pseudonym_of(o->pseudonym, CXM_CUSTOMER, sip_user(msg->from));
	g->src_addr = observer_address(o, s->p->src);
	g->dst_addr = observer_address(o, s->p->dst);
}

static struct dialog *begin(const struct step *s, uint64_t key)
{
	struct dialogs *d = s->d;
	const struct sampling *sampling = d->options.observer->sampling;
	struct dialog *g;
	uint32_t slot;

	if (table_full(&d->table)) {
		evict(d);
	}
	slot = table_insert(&d->table, key);
	assert(d->items != NULL && slot != TABLE_NONE); /* there is room, and the key is new */
	g = &d->items[slot];
	*g = (struct dialog){
		.key = key,
		.touched_ns = s->p->at_ns,
		.phase = DIALOG_CALLING,
		.first_ns = s->p->at_ns,
		.transport = transport_of(s->p),
		.direction = direction_of(d, s->p),
		.left_out = !sampling_takes(sampling, s->call),
		.sampled_ppm = sampling_share(sampling),
	};
	name(s, g);
	TAILQ_INSERT_TAIL(&d->waiting, g, link);
	d->counters.dialogs++;
	d->counters.left_out += g->left_out;
	begin_try(s, g);
	return g;
}

/* Credentials after a challenge, another target after a redirection: the same attempt goes on. */
static void try_again(const struct step *s)
{
	struct dialog *g = s->g;

	g->challenges += g->phase == DIALOG_CHALLENGED;
	begin_try(s, g);
	move(s->d, g, DIALOG_CALLING, s->p->at_ns);
}

static void count_copy(const struct step *s, uint64_t branch)
{
	if (s->branch != branch) {
		s->d->counters.other_hop++;
		return;
	}
	s->d->counters.repeated++;
	s->g->retransmissions++;
}

/* An INVITE without To tag. */
static void on_invite(struct step *s, uint64_t key)
{
	struct dialog *g = s->g;

	if (g == NULL) {
		s->g = begin(s, key);
		return;
	}
	if (s->msg->cseq == g->invite_cseq) {
		count_copy(s, g->invite_branch);
		return;
	}
	if (s->msg->cseq < g->invite_cseq || g->phase == DIALOG_ENDING ||
	    g->phase == DIALOG_ANSWERED) {
		return;
	}
	if (g->phase == DIALOG_OVER && g->answered) { /* the same names for another call */
		forget(s->d, g);
		s->g = begin(s, key);
		return;
	}
	try_again(s);
}

/* ---- responses to the INVITE ---- */

static void note_to_tag(const struct step *s)
{
	struct dialog *g = s->g;
	uint32_t tag = (uint32_t)hash(s->d, s->msg->to_tag);

	if (s->msg->to_tag.len == 0 || g->n_to_tags == DIALOG_FORKS) {
		return;
	}
	for (uint8_t i = 0; i < g->n_to_tags; i++) {
		if (g->to_tags[i] == tag) {
			return;
		}
	}
	g->to_tags[g->n_to_tags++] = tag;
}

static void on_answer(const struct step *s)
{
	struct dialog *g = s->g;

	if (g->answered || g->phase == DIALOG_ENDING) {
		count_copy(s, g->invite_branch);
		return;
	}
	g->answered = true;
	g->answered_ns = s->p->at_ns;
	g->setup_ms = observer_ms(g->invite_ns, s->p->at_ns);
	g->status = (uint16_t)s->msg->status;
	move(s->d, g, DIALOG_ANSWERED, s->p->at_ns);
}

static void on_failure(const struct step *s)
{
	struct dialog *g = s->g;
	unsigned status = s->msg->status;

	if (g->phase == DIALOG_OVER || g->phase == DIALOG_CHALLENGED) {
		count_copy(s, g->invite_branch);
		return;
	}
	if (g->answered || g->phase == DIALOG_ENDING) {
		return;
	}
	g->status = (uint16_t)status;
	if (status == 401 || status == 407) {
		move(s->d, g, DIALOG_CHALLENGED, s->p->at_ns);
		return;
	}
	finish(s->d, g,
	       g->cancelled && status == 487 ? CXM__DIALOG__END__CANCELLED
	                                     : CXM__DIALOG__END__REJECTED,
	       s->p->at_ns);
}

static void on_invite_response(const struct step *s)
{
	struct dialog *g = s->g;
	unsigned status = s->msg->status;

	if (s->side != DIALOG_CALLER || s->msg->cseq != g->invite_cseq) {
		return; /* to a re-INVITE */
	}
	if (s->branch != g->invite_branch) {
		s->d->counters.other_hop++;
		return;
	}
	if (g->phase != DIALOG_OVER) {
		g->seen_ns = s->p->at_ns;
	}
	if (status > 100 && !g->has_request_delay) {
		g->has_request_delay = true;
		g->request_delay_ms = observer_ms(g->invite_ns, s->p->at_ns);
	}
	if (status > 100 && status < 300) {
		note_to_tag(s);
	}
	if (status >= 300) {
		on_failure(s);
	} else if (status >= 200) {
		g->seen_ns = s->p->at_ns;
		on_answer(s);
	} else if (g->phase == DIALOG_CALLING) {
		move(s->d, g, DIALOG_EARLY, s->p->at_ns);
	}
}

/* ---- inside the dialog ---- */

/* Is this request of a side new? Its numbers only go up (RFC 3261 12.2.1.1). */
static bool is_new(const struct step *s)
{
	struct dialog *g = s->g;

	if (g->last[s->side].any && s->msg->cseq <= g->last[s->side].cseq) {
		if (s->msg->cseq == g->last[s->side].cseq) {
			count_copy(s, g->last[s->side].branch);
		}
		return false;
	}
	g->last[s->side].any = true;
	g->last[s->side].cseq = s->msg->cseq;
	g->last[s->side].branch = s->branch;
	return true;
}

static void note_hold(const struct step *s)
{
	if (s->sdp != NULL) {
		s->g->holds += s->sdp->on_hold && !s->g->last[s->side].on_hold;
		s->g->last[s->side].on_hold = s->sdp->on_hold;
	}
}

/* The answer's say counts, then the offer's: until ACK each description overrides the one before.
 */
static void note_security(const struct step *s)
{
	static const uint8_t names[] = {
		[SDP_PLAIN] = CXM__DIALOG__MEDIA_SECURITY__PLAIN,
		[SDP_SDES] = CXM__DIALOG__MEDIA_SECURITY__SDES,
		[SDP_DTLS] = CXM__DIALOG__MEDIA_SECURITY__DTLS,
	};

	for (uint8_t i = 0; s->sdp != NULL && !s->g->confirmed && i < s->sdp->n_media; i++) {
		if (s->sdp->media[i].audio && s->sdp->media[i].port != 0) {
			s->g->security = names[s->sdp->media[i].security];
			return;
		}
	}
}

static void on_bye(const struct step *s)
{
	struct dialog *g = s->g;

	if (!is_new(s)) {
		return;
	}
	if (g->phase == DIALOG_ENDING && g->bye_side != s->side) {
		return; /* both hung up: the first one counts */
	}
	if (!g->hung_up) {
		g->hung_up = true;
		g->hangup_ns = s->p->at_ns;
	}
	g->bye_ns = s->p->at_ns;
	g->bye_side = (uint8_t)s->side;
	g->bye_cseq = s->msg->cseq;
	g->bye_branch = s->branch;
	move(s->d, g, DIALOG_ENDING, s->p->at_ns);
}

static void on_bye_response(const struct step *s)
{
	struct dialog *g = s->g;
	unsigned status = s->msg->status;

	if (g->phase != DIALOG_ENDING || s->side != g->bye_side || s->msg->cseq != g->bye_cseq ||
	    s->branch != g->bye_branch || status < 200) {
		return;
	}
	g->seen_ns = s->p->at_ns;
	if (status == 401 || status == 407) {
		return; /* it will come again with credentials */
	}
	g->has_disconnect_delay = true;
	g->disconnect_delay_ms = observer_ms(g->bye_ns, s->p->at_ns);
	finish(s->d, g, CXM__DIALOG__END__BYE, s->p->at_ns);
}

static void on_cancel(const struct step *s)
{
	struct dialog *g = s->g;

	if (s->side != DIALOG_CALLER || s->msg->cseq != g->invite_cseq) {
		return;
	}
	g->cancelled = true;
	if (g->phase == DIALOG_CALLING || g->phase == DIALOG_EARLY) {
		move(s->d, g, DIALOG_CANCELLING, s->p->at_ns);
	}
}

static void on_inner_request(const struct step *s)
{
	struct dialog *g = s->g;

	switch (s->msg->method) {
	case SIP_INVITE:
	case SIP_UPDATE:
		if (is_new(s)) {
			g->reinvites += s->msg->method == SIP_INVITE;
			note_hold(s);
		}
		break;
	case SIP_REFER:
		g->refers += is_new(s);
		break;
	case SIP_PRACK:
		(void)is_new(s);
		break;
	case SIP_ACK:
		note_security(s);
		g->confirmed = g->answered;
		break;
	case SIP_BYE:
		on_bye(s);
		break;
	case SIP_CANCEL:
		on_cancel(s);
		break;
	case SIP_OTHER:
	case SIP_REGISTER:
	case SIP_OPTIONS:
	case SIP_SUBSCRIBE:
	case SIP_NOTIFY:
	case SIP_PUBLISH:
	case SIP_INFO:
	case SIP_MESSAGE:
		break;
	}
}

/* ---- any message ---- */

static bool is_followed(enum sip_method method)
{
	return method == SIP_INVITE || method == SIP_ACK || method == SIP_BYE ||
	       method == SIP_CANCEL || method == SIP_PRACK || method == SIP_UPDATE ||
	       method == SIP_REFER;
}

/* Later messages keep a dialog from being taken for dead; what is over stays so. Lists are in order
 * to the second, so that a burst of messages moves a dialog once: its neighbours there are far away
 * in memory. */
static void touch(const struct step *s)
{
	struct dialog *g = s->g;

	if (g->phase == DIALOG_OVER) {
		return;
	}
	g->seen_ns = s->p->at_ns;
	g->uui = g->uui || s->msg->has_uui;
	if (s->p->at_ns - g->touched_ns >= LIST_GRAIN_NS) {
		move(s->d, g, g->phase, s->p->at_ns);
	}
}

static void on_request(struct step *s, uint64_t key)
{
	if (s->msg->method == SIP_INVITE && s->msg->to_tag.len == 0) {
		on_invite(s, key);
	} else if (s->g != NULL && s->g->phase != DIALOG_OVER) {
		on_inner_request(s);
	}
}

static void on_response(const struct step *s)
{
	if (s->msg->method == SIP_INVITE) {
		on_invite_response(s);
	} else if (s->msg->method == SIP_BYE) {
		on_bye_response(s);
	}
}

struct dialog_ref dialogs_message(struct dialogs *d, const struct packet *p,
                                  const struct sip_msg *msg, const struct dialog_names *names,
                                  const struct sdp *sdp)
{
	struct step s = { .d = d,
		          .p = p,
		          .msg = msg,
		          .sdp = sdp,
		          .side = DIALOG_CALLER,
		          .call = names->call,
		          .branch = names->branch };

	if (!is_followed(msg->method)) {
		return (struct dialog_ref){ 0 };
	}
	s.g = find(d, names->key);
	if (s.g == NULL && msg->to_tag.len > 0) {
		s.g = find(d, key_of(d, names->call, msg->to_tag));
		s.side = DIALOG_CALLEE;
	}
	if (msg->request) {
		on_request(&s, names->key);
	} else if (s.g != NULL) {
		on_response(&s);
	}
	if (s.g == NULL) {
		d->counters.unknown++;
		return (struct dialog_ref){ 0 };
	}
	note_security(&s);
	touch(&s);
	return (struct dialog_ref){
		.dialog = s.g->key,
		.contact = s.g->contact,
		.describes = sdp != NULL,
		.recording = s.g->siprec,
		.left_out = s.g->left_out,
		.sampled_ppm = s.g->sampled_ppm,
		.by_caller = s.side == DIALOG_CALLER,
		.first_hop = s.branch == s.g->invite_branch,
	};
}

/* ---- time ---- */

static void end_waiting(struct dialogs *d, struct dialog_list *list, int64_t limit_ns,
                        int64_t now_ns)
{
	struct dialog *g;

	while ((g = TAILQ_FIRST(list)) != NULL && now_ns - g->touched_ns >= limit_ns) {
		finish(d, g, end_by(g->phase, CXM__DIALOG__END__TIMED_OUT), now_ns);
	}
}

void dialogs_tick(struct dialogs *d, int64_t now_ns)
{
	struct dialog *g;

	while ((g = TAILQ_FIRST(&d->over)) != NULL &&
	       now_ns - g->touched_ns >= DIALOG_TRANSACTION_NS) {
		forget(d, g);
	}
	end_waiting(d, &d->waiting, DIALOG_TRANSACTION_NS, now_ns);
	end_waiting(d, &d->open, d->options.idle_ns, now_ns);
}

static void cut_all(struct dialogs *d, struct dialog_list *list)
{
	struct dialog *g;

	while ((g = TAILQ_FIRST(list)) != NULL) {
		report(d, g, end_by(g->phase, CXM__DIALOG__END__CUT));
		forget(d, g);
	}
}

void dialogs_finish(struct dialogs *d)
{
	struct dialog *g;

	cut_all(d, &d->waiting);
	cut_all(d, &d->open);
	while ((g = TAILQ_FIRST(&d->over)) != NULL) {
		forget(d, g);
	}
}

bool dialogs_active(const struct dialogs *d, uint64_t dialog)
{
	uint32_t slot = table_find(&d->table, dialog);

	return slot != TABLE_NONE && d->items[slot].phase != DIALOG_OVER;
}

uint32_t dialogs_open(const struct dialogs *d)
{
	return d->table.count;
}

const struct dialogs_counters *dialogs_counters(const struct dialogs *d)
{
	return &d->counters;
}

struct dialogs *dialogs_new(const struct dialogs_options *options)
{
	struct dialogs *d = calloc(1, sizeof(*d));

	if (d == NULL || table_init(&d->table, options->max_dialogs) != 0) {
		dialogs_free(d);
		return NULL;
	}
	d->options = *options;
	TAILQ_INIT(&d->waiting);
	TAILQ_INIT(&d->open);
	TAILQ_INIT(&d->over);
	d->items = malloc(options->max_dialogs * sizeof(*d->items));
	if (d->items == NULL) {
		dialogs_free(d);
		return NULL;
	}
	return d;
}

void dialogs_free(struct dialogs *d)
{
	if (d == NULL) {
		return;
	}
	table_free(&d->table);
	free(d->items);
	free(d);
}
