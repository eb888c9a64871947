/*
 * What the sources of FreeSWITCH have in common in their configuration: items of their schemas, and
 * the words of the dialplan under `visits`.
 */
#pragma once

#include "agent/track/call_rules.h"
#include "agent/track/cc_contact.h"
#include "agent/track/fs_call.h"
#include "common/conf.h"

/** The keys of `visits`, named as those of the cel source; fills the members of a struct call_rules
 * that fs_visit.h asks for. A word that is "" is one the dialplan does not say. */
extern const struct conf_schema fs_visits_schema;

/* clang-format off */
#define FS_ITEM_TRUNKS(at, what_else)                                                              \
	{ .name = "trunks",                                                                        \
	  .type = CONF_TEXT,                                                                       \
	  .offset = (at),                                                                          \
	  .def = "sofia/external/* sofia/gateway/*",                                               \
	  .help = "Channels that lead to customers; `*` stands for any characters. " what_else }

#define FS_ITEM_MAX_CONTACTS(at, what)                                                             \
	{ .name = "max_contacts",                                                                  \
	  .type = CONF_INT,                                                                        \
	  .offset = (at),                                                                          \
	  .min = CC_CONTACT_OPEN_MIN,                                                              \
	  .max = CC_CONTACT_OPEN_MAX,                                                              \
	  .def = "2048",                                                                           \
	  .help = (what) }

#define FS_ITEM_MAX_CALLS(at, what)                                                                \
	{ .name = "max_calls",                                                                     \
	  .type = CONF_INT,                                                                        \
	  .offset = (at),                                                                          \
	  .min = FS_CALL_OPEN_MIN,                                                                 \
	  .max = FS_CALL_OPEN_MAX,                                                                 \
	  .def = "4096",                                                                           \
	  .help = (what) }

#define FS_ITEM_VISITS(at)                                                                         \
	{ .name = "visits",                                                                        \
	  .type = CONF_SECTION,                                                                    \
	  .offset = (at),                                                                          \
	  .section = &fs_visits_schema,                                                            \
	  .help = "What contexts, extensions and events of the dialplan mean, for visits to the "  \
	          "self-service." }
/* clang-format on */

#define FS_HELP_OTHERS "Of calls of others the direction is not known."
#define FS_HELP_CONTACTS                                                                           \
	"Contacts in queues remembered until the records of all their channels are read."
#define FS_HELP_CALLS "Calls remembered until the records of all their channels are read."
