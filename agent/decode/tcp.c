/*
 * TCP segments back into a byte stream (RFC 9293 3.4), and the stream cut into SIP messages.
 *
 * A flow is one direction of one connection. It owns a buffer that begins with the first byte not
 * yet handed over and holds what came, in ranges; the buffer is made when it is first needed and
 * grows up to TCP_FLOW_MAX_BYTES. Most segments hold whole messages: those are never copied. Time
 * is that of the packets. Checksums are not verified (see packet.c).
 */
#include "agent/decode/tcp.h"

#include <errno.h>
#include <stdlib.h>

#include "agent/decode/sip.h"
#include "agent/decode/sip_line.h"
#include "agent/decode/tcp_buffer.h"
#include "common/table.h"

_Static_assert(TCP_FLOW_MAX_BYTES == TCP_BUFFER_MAX_BYTES, "a flow is as big as its buffer");

#define HOLE_NS            INT64_C(1000000000) /* as its header says */
#define HOLE_BYTES         4096
#define CLOSED_NS          INT64_C(10000000000) /* retransmissions after FIN or RST have come by then */
#define IDLE_NS            INT64_C(1800000000000) /* keep-alives come every 2 minutes (RFC 5626 4.4.1) */
#define NOBODY             UINT32_MAX
#define LINE_ASK_MIN_BYTES 512 /* below it, looking at all of a start line costs nothing */

struct flow {
	uint64_t key;
	struct net_addr src;
	struct net_addr dst;
	uint16_t src_port;
	uint16_t dst_port;
	uint32_t older; /* neighbours by time of the last segment */
	uint32_t newer;
	int64_t last_ns;
	uint32_t start;           /* sequence number of the first byte after SYN */
	uint32_t base;            /* sequence number of the first byte not yet handed over */
	bool closed;              /* FIN or RST was seen */
	bool searching;           /* bytes are being skipped */
	bool mid_line;            /* the next byte continues a line that was skipped */
	bool unsure;              /* whether the next byte begins a line is not known */
	bool no_length;           /* the last message had no Content-Length */
	uint32_t wanted;          /* bytes the message at the front has at least */
	uint32_t no_end_in;       /* its headers do not end in that many bytes */
	uint32_t no_line_in;      /* its start line does not end in that many bytes */
	uint32_t ask_again_at;    /* then: with so many bytes all of it is looked at again */
	struct tcp_buffer buffer; /* from `base` on */
};

struct tcp {
	struct siphash_key key;
	tcp_message_fn message;
	void *arg;
	struct tcp_counters counters;
	struct table table;
	uint32_t oldest;
	uint32_t newest;
	struct flow flows[TCP_FLOWS];
};

struct tcp *tcp_new(const struct siphash_key *key, tcp_message_fn message, void *arg)
{
	struct tcp *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		return NULL;
	}
	if (table_init(&t->table, TCP_FLOWS) != 0) {
		free(t);
		return NULL;
	}
	t->key = *key;
	t->message = message;
	t->arg = arg;
	t->oldest = NOBODY;
	t->newest = NOBODY;
	return t;
}

void tcp_free(struct tcp *t)
{
	if (t == NULL) {
		return;
	}
	for (uint32_t i = t->oldest; i != NOBODY; i = t->flows[i].newer) {
		tcp_buffer_free(&t->flows[i].buffer);
	}
	table_free(&t->table);
	free(t);
}

const struct tcp_counters *tcp_counters(const struct tcp *t)
{
	return &t->counters;
}

/* ---- the table of flows ---- */

static void unlink_flow(struct tcp *t, const struct flow *f)
{
	*(f->older != NOBODY ? &t->flows[f->older].newer : &t->oldest) = f->newer;
	*(f->newer != NOBODY ? &t->flows[f->newer].older : &t->newest) = f->older;
}

static void link_newest(struct tcp *t, struct flow *f)
{
	uint32_t slot = (uint32_t)(f - t->flows);

	f->older = t->newest;
	f->newer = NOBODY;
	*(t->newest != NOBODY ? &t->flows[t->newest].newer : &t->oldest) = slot;
	t->newest = slot;
}

static void remove_flow(struct tcp *t, struct flow *f)
{
	unlink_flow(t, f);
	tcp_buffer_free(&f->buffer);
	(void)table_remove(&t->table, f->key);
}

static uint64_t key_of(const struct tcp *t, const struct packet *p)
{
	uint64_t words[] = { p->src.high, p->src.low, p->dst.high, p->dst.low,
		             (uint64_t)p->src_port << 16 | p->dst_port };

	return siphash13_words(&t->key, words, sizeof(words) / sizeof(words[0]));
}

/* A flow whose first byte has this sequence number. */
static void start_flow(struct flow *f, uint32_t sequence)
{
	f->start = sequence;
	f->base = sequence;
	f->closed = false;
	f->searching = false;
	f->mid_line = false;
	f->unsure = false;
	f->no_length = false;
	f->wanted = 0;
	f->no_end_in = 0;
	f->no_line_in = 0;
	f->buffer.n_ranges = 0;
}

static struct flow *add_flow(struct tcp *t, const struct packet *p, uint64_t key)
{
	struct flow *f;

	if (table_full(&t->table)) {
		remove_flow(t, &t->flows[t->oldest]);
		t->counters.evicted++;
	}
	f = &t->flows[table_insert(&t->table, key)];
	*f = (struct flow){ .key = key,
		            .src = p->src,
		            .dst = p->dst,
		            .src_port = p->src_port,
		            .dst_port = p->dst_port };
	start_flow(f, p->tcp_sequence);
	f->unsure = (p->tcp_flags & PACKET_TCP_SYN) == 0;
	link_newest(t, f);
	t->counters.flows++;
	return f;
}

static struct slice payload_of(const struct packet *p)
{
	return (struct slice){ (const char *)p->payload.at, cursor_left(&p->payload) };
}

/* The flow of a segment, made when it is worth keeping one; else NULL. */
static struct flow *flow_of(struct tcp *t, const struct packet *p, bool sip_port)
{
	uint64_t key = key_of(t, p);
	uint32_t slot = table_find(&t->table, key);
	bool syn = (p->tcp_flags & PACKET_TCP_SYN) != 0;
	struct flow *f;

	if (slot == TABLE_NONE) {
		bool worth = sip_port ? syn || p->payload_bytes > 0 : sip_looks_like(payload_of(p));

		return worth ? add_flow(t, p, key) : NULL;
	}
	f = &t->flows[slot];
	if (syn && p->tcp_sequence != f->start) {
		t->counters.holes += f->buffer.n_ranges > 0;
		start_flow(f, p->tcp_sequence); /* the port is used again */
	}
	unlink_flow(t, f);
	link_newest(t, f);
	return f;
}

/* ---- stream to messages ---- */

/* Line ends that keep the way open (RFC 5626 3.5.1), and the rest of a line that was skipped. */
static size_t skip_between(struct flow *f, struct slice s)
{
	const char *feed = f->mid_line && s.len > 0 ? memchr(s.at, '\n', s.len) : NULL;
	size_t n = 0;

	if (f->mid_line && feed == NULL) {
		return s.len;
	}
	if (feed != NULL) {
		n = (size_t)(feed - s.at) + 1;
		f->mid_line = false;
	}
	while (n < s.len && (s.at[n] == '\r' || s.at[n] == '\n')) {
		n++;
	}
	return n;
}

/* What is at the front is no message, or one too long: look for a start line behind it. */
static void search_on(struct tcp *t, struct flow *f, struct slice skipped, int reason)
{
	t->counters.overflows += reason == -EMSGSIZE;
	t->counters.no_length += f->no_length;
	t->counters.resyncs += !f->searching;
	f->no_length = false;
	f->searching = true;
	f->mid_line = skipped.at[skipped.len - 1] != '\n';
}

static bool has_line(struct slice s)
{
	return s.len > 0 && memchr(s.at, '\n', s.len) != NULL;
}

/* A start line whose end has not come: what is new is searched, and the whole is looked at again
 * when it has doubled, because what is no start line can show late. */
static bool must_wait_for_line(struct flow *f, struct slice s)
{
	struct slice new = { s.at + f->no_line_in, s.len - f->no_line_in };

	f->no_line_in = (uint32_t)s.len;
	return s.len < f->ask_again_at && !has_line(new);
}

/* Is it too early to ask again? So that a message in many small segments is not searched through
 * for each of them. */
static bool must_wait(struct flow *f, struct slice s)
{
	if (s.len < f->wanted || (f->no_line_in != 0 && must_wait_for_line(f, s))) {
		return true;
	}
	if (f->no_end_in == 0 || s.len > SIP_MESSAGE_MAX_BYTES ||
	    sip_head_end(s, f->no_end_in) != 0) {
		return false;
	}
	f->no_end_in = (uint32_t)s.len;
	return true;
}

/* A stream that is joined, or goes on behind a hole, may do so within a start line ("FO sip:a
 * SIP/2.0") or with the last bytes of a body before one: there only methods that are known are
 * believed. */
static bool may_be_other_text(struct slice message)
{
	struct slice method = slice_cut(&message, ' ');

	return !slice_ieq(method, SLICE("SIP/2.0")) && sip_line_method(method) == SIP_OTHER;
}

/* The front is not a whole message; `bytes`, when one more than there are: no length is known. */
static void note_what_is_missing(struct flow *f, struct slice front, size_t bytes)
{
	if (bytes == front.len + 1 && has_line(front)) {
		f->no_end_in = (uint32_t)front.len;
	} else if (bytes == front.len + 1 && front.len >= LINE_ASK_MIN_BYTES) {
		f->no_line_in = (uint32_t)front.len;
		f->ask_again_at = 2 * (uint32_t)front.len;
		if (f->ask_again_at > SIP_MESSAGE_MAX_BYTES) {
			f->ask_again_at = SIP_MESSAGE_MAX_BYTES + 1; /* too long for a message */
		}
	}
}

/* Hand over the messages at the front of a stream; returns how many bytes are done with. */
static size_t take_messages(struct tcp *t, struct flow *f, const struct packet *p, struct slice s)
{
	size_t done = 0;

	while (done < s.len) {
		struct slice rest = { s.at + done, s.len - done };
		size_t bytes = skip_between(f, rest);
		bool no_length;
		int rc;

		if (bytes > 0) {
			done += bytes;
			continue;
		}
		if (must_wait(f, rest)) {
			break;
		}
		rc = sip_frame(rest, &bytes, &no_length);
		f->wanted = rc == 0 ? (uint32_t)bytes : 0;
		f->no_end_in = 0;
		f->no_line_in = 0;
		if (rc == 0) {
			note_what_is_missing(f, rest, bytes);
			break;
		}
		if (rc == 1 && (f->unsure || f->searching) && may_be_other_text(rest)) {
			rc = -EBADMSG;
			bytes = 1; /* and with it the rest of the line */
		}
		f->unsure = false;
		rest.len = bytes;
		done += bytes;
		if (rc < 0) {
			search_on(t, f, rest, rc);
		} else {
			f->searching = false;
			f->no_length = no_length;
			t->message(t->arg, p, rest);
		}
	}
	return done;
}

/* ---- segments to stream ---- */

/* Everything before `sequence` is lost, and with it the message that was under way. */
static void start_over(struct flow *f, uint32_t sequence)
{
	tcp_buffer_drop_front(&f->buffer, sequence - f->base);
	f->base = sequence;
	f->wanted = 0;
	f->no_end_in = 0;
	f->no_line_in = 0;
	f->mid_line = false;
	f->unsure = true;
	f->no_length = false;
}

static void take_contiguous(struct tcp *t, struct flow *f, const struct packet *p)
{
	uint32_t n = tcp_buffer_contiguous(&f->buffer);

	if (n > 0) {
		struct slice s = { (const char *)f->buffer.data, n };
		uint32_t done = (uint32_t)take_messages(t, f, p, s);

		tcp_buffer_drop_front(&f->buffer, done);
		f->base += done;
	}
}

/* Give up the hole at the front: go on with the first byte behind it, or where the caller knows of
 * one when nothing behind it is kept. */
static void give_up_hole(struct tcp *t, struct flow *f, uint32_t sequence)
{
	struct packet p = { .src = f->src,
		            .dst = f->dst,
		            .src_port = f->src_port,
		            .dst_port = f->dst_port,
		            .transport = PACKET_TCP };
	const struct tcp_range *behind =
		&f->buffer.ranges[tcp_buffer_contiguous(&f->buffer) > 0 ? 1 : 0];

	t->counters.holes++;
	if (tcp_buffer_has_hole(&f->buffer)) {
		p.at_ns = behind->last_ns;
		sequence = f->base + behind->from;
	}
	start_over(f, sequence);
	take_contiguous(t, f, &p);
}

static bool hole_is_lost(const struct tcp_buffer *b, int64_t now_ns)
{
	uint32_t behind_bytes = 0;
	int64_t since_ns = INT64_MAX;

	for (uint32_t i = tcp_buffer_contiguous(b) > 0 ? 1 : 0; i < b->n_ranges; i++) {
		const struct tcp_range *r = &b->ranges[i];

		behind_bytes += r->end - r->from;
		since_ns = r->first_ns < since_ns ? r->first_ns : since_ns;
	}
	return behind_bytes > HOLE_BYTES || now_ns - since_ns > HOLE_NS ||
	       b->n_ranges > TCP_BUFFER_RANGES_MAX;
}

static void give_up_lost(struct tcp *t, struct flow *f, int64_t now_ns)
{
	while (tcp_buffer_has_hole(&f->buffer) && hole_is_lost(&f->buffer, now_ns)) {
		give_up_hole(t, f, f->base);
	}
}

/* Bytes of a segment that are still to be dealt with. */
struct piece {
	const uint8_t *at;
	uint32_t len_bytes;
	uint32_t sequence; /* of the first */
};

static void advance(struct piece *piece, uint32_t n)
{
	piece->at += n;
	piece->len_bytes -= n;
	piece->sequence += n;
}

/* Leave out what was handed over before; a piece too far away is of another stream, whose beginning
 * was not seen. Returns where in the buffer the piece belongs. */
static uint32_t align(struct tcp *t, struct flow *f, struct piece *piece)
{
	int32_t ahead = (int32_t)(piece->sequence - f->base);

	if (ahead > TCP_FLOW_MAX_BYTES || ahead < -TCP_FLOW_MAX_BYTES) {
		t->counters.holes++;
		start_over(f, piece->sequence);
		return 0;
	}
	if (ahead < 0) {
		uint32_t again = (uint32_t)-ahead;

		advance(piece, again < piece->len_bytes ? again : piece->len_bytes);
		return 0;
	}
	return (uint32_t)ahead;
}

/* Put what fits of a piece into the buffer; false without memory for it. */
static bool keep(struct flow *f, struct piece *piece, uint32_t at, int64_t at_ns)
{
	uint32_t room = TCP_FLOW_MAX_BYTES - at;
	uint32_t n = piece->len_bytes < room ? piece->len_bytes : room;

	if (!tcp_buffer_put(&f->buffer, at, piece->at, n, at_ns)) {
		return false;
	}
	advance(piece, n);
	return true;
}

/* Nothing waits and the piece is the next: hand over from where it lies. */
static void take_direct(struct tcp *t, struct flow *f, const struct packet *p, struct piece *piece)
{
	struct slice s = { (const char *)piece->at, piece->len_bytes };
	uint32_t done = (uint32_t)take_messages(t, f, p, s);

	f->base += done;
	advance(piece, done);
}

/* Without memory the stream goes on behind the piece. */
static void lose(struct tcp *t, struct flow *f, const struct piece *piece)
{
	t->counters.overflows++;
	f->buffer.n_ranges = 0;
	start_over(f, piece->sequence + piece->len_bytes);
}

static void add_piece(struct tcp *t, struct flow *f, const struct packet *p, struct piece piece)
{
	for (;;) {
		uint32_t at = align(t, f, &piece);

		if (piece.len_bytes == 0) {
			return;
		}
		if (at == 0 && f->buffer.n_ranges == 0) {
			take_direct(t, f, p, &piece);
			if (piece.len_bytes > 0 && !keep(f, &piece, 0, p->at_ns)) {
				lose(t, f, &piece);
			}
			return;
		}
		if (at > tcp_buffer_contiguous(&f->buffer) &&
		    piece.len_bytes > TCP_FLOW_MAX_BYTES - at) {
			give_up_hole(t, f, piece.sequence);
			continue;
		}
		if (!keep(f, &piece, at, p->at_ns)) {
			lose(t, f, &piece);
			return;
		}
		take_contiguous(t, f, p);
		give_up_lost(t, f, p->at_ns);
	}
}

void tcp_segment(struct tcp *t, const struct packet *p, bool sip_port)
{
	struct flow *f = p->transport == PACKET_TCP ? flow_of(t, p, sip_port) : NULL;

	if (f == NULL) {
		return;
	}
	f->last_ns = p->at_ns;
	f->closed |= (p->tcp_flags & (PACKET_TCP_FIN | PACKET_TCP_RST)) != 0;
	add_piece(t, f, p,
	          (struct piece){ p->payload.at, (uint32_t)cursor_left(&p->payload),
	                          p->tcp_sequence });
	give_up_lost(t, f, p->at_ns);
}

void tcp_tick(struct tcp *t, int64_t now_ns)
{
	uint32_t next;

	for (uint32_t i = t->oldest; i != NOBODY; i = next) {
		struct flow *f = &t->flows[i];

		next = f->newer;
		give_up_lost(t, f, now_ns);
		if (now_ns - f->last_ns > (f->closed ? CLOSED_NS : IDLE_NS)) {
			t->counters.holes += f->buffer.n_ranges > 0; /* it ends within a message */
			remove_flow(t, f);
		}
	}
}
