/*
 * Who tried to log in: security events of the manager interface, counted an hour and a service, as
 * Posture of the check `auth_failures`: `part` attempts failed of `whole`, at the first of them, so
 * that what a later run of the agent counts in the same hour does not take its place. It is told
 * again while it grows: a kill costs minutes, not the hour.
 *
 * No verdict is in it: a SIP port that the world can reach is tried all day. Addresses, accounts
 * and digests in the events are not looked at. Events: Asterisk documentation, "Asterisk Security
 * Event Logger". Pure: time is the events'.
 */
#pragma once

#include "agent/track/ami_site.h"

#define AMI_GUARD_SERVICES_MAX 16
#define AMI_GUARD_SLOT_US      INT64_C(3600000000)
#define AMI_GUARD_TELL_US      INT64_C(300000000)

struct ami_guard {
	const struct ami_site *site; /* borrowed */
	int64_t slot_us;             /* beginning of the hour; 0: nothing was counted */
	int64_t told_us;             /* when this hour was told last, or its first attempt */
	struct {
		char name[32];
		int64_t at_us; /* of the first attempt */
		int64_t seen_us;
		bool grown; /* since it was told */
		uint64_t failed;
		uint64_t all;
	} services[AMI_GUARD_SERVICES_MAX];
	size_t n_services;
	uint64_t untracked; /* events of services beyond */
};

void ami_guard_init(struct ami_guard *g, const struct ami_site *site);
void ami_guard_event(struct ami_guard *g, const struct ami_message *m, int64_t at_us);

/** It is this time now: an hour that is over is told, and from time to time how far it has come. */
void ami_guard_tick(struct ami_guard *g, int64_t now_us);

/** Tell what there is. */
void ami_guard_finish(struct ami_guard *g);
