/* The published numbers of the method, for tests that need no model file. */
#pragma once

#include "cxmeter/model.h"

extern const struct model_rules published_rules;
