/*
 * What the dialplan knows of a call and recordings that pause: ContactFact from variables that are
 * set (VarSet), Payment from recordings that are muted (MixMonitorMute).
 *
 * Which variable means what is the configuration's: NAME=field, blanks between; a field is one of
 * customer, language_wanted, language_given, skill_wanted, skill_given, disposition, reason,
 * case_id, agent, or dialog: a Call-ID, of which a call may have several (CallLeg). Values of
 * variables that are not named are not looked at. Pure: time is the events'.
 */
#pragma once

#include "agent/track/ami_site.h"
#include "agent/track/cel_call.h"

#define AMI_FACT_CALLS_MAX     4096
#define AMI_FACT_VARIABLES_MAX 32
#define AMI_FACT_DIALOGS_MAX   4 /* SIP dialogs of one call */

struct ami_fact;

struct ami_fact_counters {
	uint64_t facts;          /* ContactFact records emitted */
	uint64_t payments;       /* Payment records emitted */
	uint64_t dialogs;        /* CallLeg records emitted */
	uint64_t untold_dialogs; /* beyond AMI_FACT_DIALOGS_MAX of a call */
	uint64_t evicted;        /* calls told early, for want of room */
};

/** Do the words name variables and fields? @return NULL, or the first that does not. */
const char *ami_fact_problem(const char *variables);

/**
 * @param site       borrowed.
 * @param variables  as above; borrowed.
 * @param payments   a muted recording is a payment.
 * @param payers     borrowed; hears of each muting, and tells the payments it knows of; NULL:
 *                   nobody does.
 * @return 0 or -ENOMEM.
 */
int ami_fact_new(struct ami_fact **out, const struct ami_site *site, const char *variables,
                 bool payments, struct cel_call *payers);
void ami_fact_free(struct ami_fact *t);

/** Take a VarSet, AgentConnect, MixMonitorMute or Hangup. */
void ami_fact_event(struct ami_fact *t, const struct ami_message *m, int64_t at_us);

/** Events were missed: which calls go on say the channels that are up. A pause whose end may have
 * been missed is forgotten, and who was not known before the loss was not recognised. */
void ami_fact_lost(struct ami_fact *t);

/** After ami_fact_lost: a CoreShowChannel; and that there are no more of these: tell the others. */
void ami_fact_channel(struct ami_fact *t, const struct ami_message *m);
void ami_fact_channels(struct ami_fact *t);

/** No more will come: tell what is known. A pause without an end is not. */
void ami_fact_finish(struct ami_fact *t);
const struct ami_fact_counters *ami_fact_counters(const struct ami_fact *t);
