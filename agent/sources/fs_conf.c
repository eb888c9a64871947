/* The words of a FreeSWITCH dialplan; see fs_conf.h. */
#include "agent/sources/fs_conf.h"

#define AT(member) offsetof(struct call_rules, member)

static const struct conf_item items[] = {
	{ .name = "menus",
	  .type = CONF_TEXT,
	  .offset = AT(menus),
	  .def = "ivr-main* ivr-menu* ivr-start*",
	  .help = "Contexts, or `extension/context`, that are menus of the self-service; `*` "
	          "stands "
	          "for any characters." },
	{ .name = "tasks",
	  .type = CONF_TEXT,
	  .offset = AT(tasks),
	  .def = "ivr-*",
	  .help = "Those in which a caller does something without a person; those under `menus` "
	          "are not among them." },
	{ .name = "operators",
	  .type = CONF_TEXT,
	  .offset = AT(operators),
	  .def = "operator* ivr-operator*",
	  .help = "Those into which a caller goes who asks for a person." },
	{ .name = "visit_events",
	  .type = CONF_TEXT,
	  .offset = AT(visit_events),
	  .def = "IVR_START IVR_MENU",
	  .help = "User events (the application `event`, by their Event-Subclass) at a menu; their "
	          "header Text names it. NAME=TEXT is an event with that text. The application "
	          "`ivr` counts as IVR_MENU with the name of its menu." },
	{ .name = "task_events",
	  .type = CONF_TEXT,
	  .offset = AT(task_events),
	  .def = "IVR_TASK",
	  .help = "A task begins; the text names it." },
	{ .name = "done_events",
	  .type = CONF_TEXT,
	  .offset = AT(done_events),
	  .def = "",
	  .help = "A task was completed; the text names it. None: the dialplan does not say, and "
	          "neither begun nor completed tasks are told." },
	{ .name = "identified_events",
	  .type = CONF_TEXT,
	  .offset = AT(identified_events),
	  .def = "",
	  .help = "The caller has proved who he is. None: not known." },
	{ .name = "recognised_events",
	  .type = CONF_TEXT,
	  .offset = AT(recognised_events),
	  .def = "",
	  .help = "The customer was looked up. The text is not kept." },
	{ .name = "invalid_events",
	  .type = CONF_TEXT,
	  .offset = AT(invalid_events),
	  .def = "",
	  .help = "An input no menu knows. None: not known, for menus of FreeSWITCH do not say." },
	{ .name = "timeout_events",
	  .type = CONF_TEXT,
	  .offset = AT(timeout_events),
	  .def = "",
	  .help = "No input came. None: not known." },
	{ .name = "operator_events",
	  .type = CONF_TEXT,
	  .offset = AT(operator_events),
	  .def = "IVR_OPERATOR",
	  .help = "The caller asks for a person (the key 0, a word)." },
	{ .name = "callback_events",
	  .type = CONF_TEXT,
	  .offset = AT(callback_events),
	  .def = "CALLBACK_REQUEST",
	  .help = "A callback was promised; the text is not kept." },
};

const struct conf_schema fs_visits_schema = { items, sizeof(items) / sizeof(items[0]),
	                                      sizeof(struct call_rules), CONF_NO_LINE };
