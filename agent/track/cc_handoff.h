/*
 * What became of a caller whom an agent of mod_callcenter passed on: the rules of handoff.h, from
 * what channels and stays of the same caller have said. Helper of cc_contact.c; pure.
 */
#pragma once

#include "agent/track/cc_stay.h"
#include "proto/evidence.pb-c.h"

/** Take what the member's channel says of its transfers: transfer_history. */
void cc_handoff_history(struct cc_stay *s, struct slice history);

/** A channel as one that the caller could have been passed on to; when it ended is left to say.
 * @param trunks  patterns of channels that lead out of the house; NULL: none. */
struct cc_party cc_handoff_party_of(const struct fs_facts *f, const struct pseudonym *pseudonym,
                                    const char *trunks);

/** Take a channel that is over and was the new party, if anybody was; of the caller's channel
 * or last in talk with it. What it was before is not judged here. */
void cc_handoff_party(struct cc_stay *s, const struct cc_party *party);

/**
 * Fill in the hand-over of a stay that cc_stay_was_transferred; texts are borrowed.
 * @param next  the caller's next stay in a queue, begun with the transfer or after it; NULL: none.
 */
void cc_handoff_fill(const struct cc_stay *s, const struct cc_stay *next, Cxm__Handoff *out);

/** Did this stay begin with the other one's transfer or after it? */
bool cc_handoff_leads_to(const struct cc_stay *s, const struct cc_stay *other);
