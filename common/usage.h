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

/** What a program that is about to end has printed must have reached its reader. @return `code`, or
 * FAULT_EXIT_FAILURE for one of success when it has not, which is said. */
int usage_printed(const char *program, int code);

/** Print "PROGRAM: WHAT; see PROGRAM --help". @return FAULT_EXIT_USAGE. */
int usage_error(const char *program, const char *what, const char *which);
