/* What one source's entry in the configuration means for another's. */
#pragma once

#include "agent/conf.h"

/** Nothing counts twice: where there is a cel source it tells hand-offs and calls, and where there
 * is a queue_log source it tells contacts; queue_log and ami sources leave them to it. */
void agent_conf_relate(struct agent_conf *conf);

/** The same for one entry that was bound elsewhere. @param teller  kind of source that is there
 * too. */
void agent_conf_leave_to(const struct source_ops *kind, void *entry, const char *teller);

/** What contexts, events and columns mean does not depend on where the files lie: an entry for
 * files on the command line takes everything but its files from the first entry of its kind in the
 * configuration. Sources of channel events, call records and manager streams only. */
void agent_conf_inherit(const struct agent_conf *conf, const struct source_ops *kind, void *entry);
