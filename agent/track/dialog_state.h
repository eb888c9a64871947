/*
 * One attempt to call as agent/track/dialog.c keeps it. Internal to agent/track/dialog*.c.
 */
#pragma once

#include <sys/queue.h>

#include "agent/track/observer.h"

#define DIALOG_FORKS 8 /* To tags told apart */

enum dialog_phase {
	DIALOG_CALLING,    /* INVITE, no response yet */
	DIALOG_EARLY,      /* provisional responses */
	DIALOG_CHALLENGED, /* 401 or 407, not tried again yet */
	DIALOG_CANCELLING, /* CANCEL, no final response yet */
	DIALOG_ANSWERED,   /* 2xx */
	DIALOG_ENDING,     /* BYE, no final response yet */
	DIALOG_OVER,       /* reported; kept to recognise copies and late answers */
};

enum dialog_side { DIALOG_CALLER, DIALOG_CALLEE };

struct dialog {
	uint64_t key;
	TAILQ_ENTRY(dialog) link; /* in the list of its phase, the one silent longest first */
	int64_t touched_ns;       /* when it came there */
	enum dialog_phase phase;
	uint64_t contact;
	uint64_t from_tag_id;
	uint64_t customer; /* 0: none */
	uint64_t src_addr;
	uint64_t dst_addr;
	int64_t first_ns;
	int64_t seen_ns;
	int64_t invite_ns; /* the INVITE of the last try */
	int64_t answered_ns;
	int64_t hangup_ns; /* first BYE */
	int64_t bye_ns;    /* last try of it */
	uint64_t invite_branch;
	uint64_t bye_branch;
	uint32_t invite_cseq;
	uint32_t bye_cseq;
	struct {
		uint64_t branch;
		uint32_t cseq;
		bool any;
		bool on_hold;
	} last[2]; /* request inside the dialog, by side */
	uint32_t request_delay_ms;
	uint32_t setup_ms;
	uint32_t disconnect_delay_ms;
	uint32_t holds;
	uint32_t reinvites;
	uint32_t retransmissions;
	uint32_t challenges;
	uint32_t refers;
	uint32_t to_tags[DIALOG_FORKS]; /* hashes */
	uint16_t status;                /* of the last try; 0: none seen */
	uint8_t n_to_tags;
	uint8_t bye_side;
	uint8_t transport; /* Cxm__Dialog__Transport */
	uint8_t direction; /* 0: not known */
	uint8_t security;  /* 0: not known */
	uint8_t end;
	bool has_request_delay;
	bool has_disconnect_delay;
	bool answered;
	bool hung_up;
	bool cancelled;
	bool confirmed; /* ACK seen: later descriptions belong to re-INVITEs */
	bool uui;
	bool siprec;
	bool left_out;        /* not followed: known, and never told */
	uint32_t sampled_ppm; /* share of calls followed when it began; 0: all */
};

/** Make the record of a dialog and hand it over. */
void dialog_record(const struct dialog *g, const struct observer *o);
