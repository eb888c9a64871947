/*
 * A TCP reassembler on a stage: segments go in by number and text, without headers (frames.h has
 * those), messages come out as text with their time.
 */
#pragma once

#include "agent/decode/tcp.h"
#include "tests/support/cases.h"

#define TCP_STAGE_MESSAGES_MAX 256

struct tcp_stage {
	struct tcp *tcp;
	struct packet next; /* addresses and ports of the next segment; at_ns */
	bool sip_port;
	char *texts[TCP_STAGE_MESSAGES_MAX]; /* owned; terminated */
	size_t lens[TCP_STAGE_MESSAGES_MAX];
	struct packet packets[TCP_STAGE_MESSAGES_MAX];
	size_t n;
};

/** cmocka fixture: *state becomes a struct tcp_stage. */
int tcp_stage_set_up(void **state);
int tcp_stage_tear_down(void **state);

/** A segment of `len` bytes that begin at `sequence`; copied to its exact size for the call. */
void tcp_stage_bytes(struct tcp_stage *s, uint32_t sequence, const char *bytes, size_t len);

/** The same for text, and with flags: a SYN takes the number before `sequence`. */
void tcp_stage_text(struct tcp_stage *s, uint32_t sequence, const char *text);
void tcp_stage_flags(struct tcp_stage *s, uint32_t sequence, uint8_t flags);

/** Forget the messages so far. */
void tcp_stage_forget(struct tcp_stage *s);
