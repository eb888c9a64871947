/* How identities of a made-up site are spelt in files, the same in every file. */
#pragma once

#include "common/buf.h"
#include "cxmeter/record.h"

#define SIM_NAME_MAX 40

/** "1795323505.17", "+49...", "Agent 017", "10.0.0.7", "1234". */
const char *sim_identity(enum cxm_domain domain, uint64_t id, char out[SIM_NAME_MAX]);
