/* What a program that was run said, held against what it should say; the whole output is shown when
 * it did not. */
#pragma once

#include "tests/support/lab.h"

void said_part(const char *text, const char *part);

/** One line and nothing behind it. */
void said_one_line(const char *text);

/** It ended with this code. */
void said_code(const struct lab_output *o, int code);
