/* What one source's entry in the configuration means for another's. */
#pragma once

#include "agent/conf.h"

/** Where there is a cel source, it tells the hand-offs, and queue_log sources leave them to it:
 * nothing counts twice. */
void agent_conf_leave_handoffs(struct agent_conf *conf);

/** The same for one entry of a kind that was bound elsewhere. */
void agent_conf_leave_handoffs_of(const struct source_ops *kind, void *entry);

/** What contexts, events and columns mean does not depend on where the files lie: an entry for
 * files on the command line takes everything but its files from the first entry of its kind in the
 * configuration. Sources of channel events and call records only. */
void agent_conf_inherit(const struct agent_conf *conf, const struct source_ops *kind, void *entry);
