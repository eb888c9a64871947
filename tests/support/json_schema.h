/* As much of JSON Schema (2020-12) as docs/scorecard.schema.json uses; any other keyword ends the
 * test, so that the schema cannot promise what nobody checks. */
#pragma once

#include <stddef.h>

#include <jansson.h>

/** Check a value; what is wrong goes into `why` with its path. @return 0 or -1. */
int json_schema_check(json_t *schema, json_t *value, char *why, size_t size);
