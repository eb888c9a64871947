/*
 * Contacts in queues, agents' stretches and callers who were refused, from the events of the
 * manager interface.
 *
 * Events are told as lines of a queue_log to the trackers that know what those mean
 * (queue_call.h, agent_state.h); what queue_log does not have is added: times to the microsecond,
 * hold (Hold, Unhold), and callers that never got in (QUEUESTATUS FULL, JOINEMPTY, JOINUNAVAIL).
 * docs/sources/ami.md has the rules.
 *
 * Pure: time is the events'. Raw ids of calls that are under way are in memory and nowhere else.
 */
#pragma once

#include "agent/track/ami_site.h"
#include "agent/track/queue_call.h"

struct ami_contact;

struct ami_contact_options {
	const struct ami_site *site; /* borrowed */
	uint32_t max_open;           /* contacts at one time, as of queue_call.h */
	int64_t max_age_us;
	bool added;       /* a queue_log tells contacts: only what it cannot know is emitted */
	bool no_handoffs; /* another source tells them */
};

struct ami_contact_counters {
	uint64_t refused;       /* callers that were not let in */
	uint64_t holds;         /* that ended */
	uint64_t without_queue; /* refusals of which the queue was not seen */
	uint64_t undecided;     /* ends of waits that were concluded from what came next */
	uint64_t evicted;       /* channels there was no room for */
};

/** @return 0, -ENOMEM or -EINVAL as queue_call_new. */
int ami_contact_new(struct ami_contact **out, const struct ami_contact_options *options);
void ami_contact_free(struct ami_contact *c);

/** Take one event; those of no meaning here are ignored. */
void ami_contact_event(struct ami_contact *c, const struct ami_message *m, int64_t at_us);

/** A QueueEntry of the answer to QueueStatus: somebody waits. @return since when [us]: exactly,
 * where it was heard; else to half a second, for Asterisk tells whole seconds. */
int64_t ami_contact_entry(struct ami_contact *c, const struct ami_message *m, int64_t at_us);

/** Live, between events. */
void ami_contact_tick(struct ami_contact *c, int64_t now_us);

/** Events were missed: what is open may have ended. Who waits on says QueueEntry, who talks on
 * CoreShowChannel.
 * @param restarted_us  the PBX started anew then, and nobody goes on; 0: it did not. */
void ami_contact_lost(struct ami_contact *c, int64_t restarted_us);

/** After ami_contact_lost: a CoreShowChannel, of a channel that is up. */
void ami_contact_channel(struct ami_contact *c, const struct ami_message *m);

/** All channels were told, or none are to be had: whose were not are over. */
void ami_contact_channels(struct ami_contact *c);

/** All who wait have been named: the others have no end. */
void ami_contact_named(struct ami_contact *c);

/** Nothing is heard any more, for now: tell agents' stretches; who is in a queue is for
 * ami_contact_save, and for ami_contact_lost after the load, which is as of queue_call_load. */
void ami_contact_leave(struct ami_contact *c);
void ami_contact_save(const struct ami_contact *c, struct buf *out);
int ami_contact_load(struct ami_contact *c, struct cursor *in);

/** No more will come: emit all that is open. */
void ami_contact_finish(struct ami_contact *c);

const struct ami_contact_counters *ami_contact_counters(const struct ami_contact *c);
const struct queue_call_counters *ami_contact_calls(const struct ami_contact *c);
