/*
 * `cxmeter-agent discover`: look at a host and write a commented configuration for it. Sends
 * nothing, starts nothing, changes nothing but the file it was told to write, which must not exist.
 */
#pragma once

#include <stdio.h>

#include "common/fault.h"

struct discover_options {
	const char *root;   /* in front of all paths; NULL or "/": this host */
	const char *output; /* file to write; NULL: standard output */
};

/**
 * @param out   where the configuration goes without a file.
 * @param said  what was found and what cannot be read, a line each.
 * @return 0, or -errno: the file exists already or cannot be written, explained.
 */
int discover(const struct discover_options *options, FILE *out, FILE *said, struct fault *fault);
