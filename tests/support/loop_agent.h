/*
 * What a source with its own events or threads is given by the agent: a loop that runs, and a
 * memory of what it emitted (witness.h). No commits and no death: those are fake_agent.h's.
 */
#pragma once

#include <event2/event.h>

#include "cxmeter/source.h"
#include "tests/support/witness.h"

struct loop_agent {
	struct witness w;      /* records, unpacked */
	struct source_env env; /* conf and checkpoint are the test's to set */
	size_t stop_at; /* leave the loop when there are so many records; 0: only when done */
	int done_rc;
	int done_calls;
};

void loop_agent_open(struct loop_agent *a);
void loop_agent_close(struct loop_agent *a);

/** Run the loop until done or stop_at; fails the test after 20 s. */
void loop_agent_run(struct loop_agent *a);
