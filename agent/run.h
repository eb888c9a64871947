/* The agent as a service: until SIGTERM. */
#pragma once

#include "cxmeter/source.h"

/** @return the exit code. */
int agent_run(const char *conf_path, const struct source_ops *const *kinds);
