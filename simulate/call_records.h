/*
 * One simulated call as the records the agent would make of its log lines: QueueContact from
 * queue_log, SelfServiceVisit, Handoff and Call from the channel log. For runs that do not take the
 * way through files.
 */
#pragma once

#include "simulate/site.h"

typedef int (*sim_record_fn)(void *arg, const ProtobufCMessage *m);

/** What queue_log tells: one QueueContact an entry. @return 0 or what `each` returned. */
int sim_queue_records(const struct sim_call *c, sim_record_fn each, void *arg);

/** What the channel log tells; nothing of a call it lost. @return 0 or what `each` returned. */
int sim_channel_records(const struct sim_call *c, sim_record_fn each, void *arg);

/** The stretch in which an agent was logged in. */
int sim_piece_record(const struct sim_piece *p, sim_record_fn each, void *arg);
