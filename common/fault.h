/*
 * What went wrong, for a person: one line that says what happened, where, and what to do.
 * Functions that can fail for a reason worth explaining take a `struct fault *` and fill it on
 * failure.
 */
#pragma once

#define FAULT_TEXT_MAX 512

struct fault {
	int code; /* the negative number the function returned */
	char text[FAULT_TEXT_MAX];
};

/** Fill `fault` (which may be NULL) and return `code`, so that `return fault_set(...)` reads well.
 */
int fault_set(struct fault *fault, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** Put "what: " in front of the text that is there. */
void fault_prefix(struct fault *fault, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Exit codes: what may pass, or when somebody makes room; and what will not, before the command
 * line, the configuration or what it names is mended. */
#define FAULT_EXIT_FAILURE 1
#define FAULT_EXIT_USAGE   2

/** The exit code of a program that could not start because of a fault with this (negative) code. */
int fault_exit_code(int code);
