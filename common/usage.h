/*
 * What a wrong command line is told, in one line, the same in all programs.
 */
#pragma once

#include <stdio.h>

#define USAGE_OPTION_MAX 160

/**
 * Name the option getopt_long(3) stopped at. It must have been called with opterr = 0 and short
 * options that begin with a colon.
 *
 * @param returned  what it returned: ':' for a value that is missing, '?' for anything else.
 * @return `out`: "option \"-c\" needs a value", "unknown option \"--fog\"".
 */
const char *usage_wrong_option(int argc, char *const argv[], int returned,
                               char out[USAGE_OPTION_MAX]);

/** Print "PROGRAM: WHAT; see PROGRAM --help". @return FAULT_EXIT_USAGE. */
int usage_error(const char *program, const char *what, const char *which);
