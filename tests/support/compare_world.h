/* Some sites to compare, and what comparing them says. */
#pragma once

#include "tests/support/rival.h"

struct compare_world {
	struct rival *rivals[COMPARE_SITES_MAX];
	size_t n;
	struct compare_site sites[COMPARE_SITES_MAX];
	struct compare_report report;
	struct fault fault;
};

/** One more site; it is freed with the world. */
struct rival *compare_enter(struct compare_world *w, const char *site);

/** Compare them; it must be done. */
void compare_run(struct compare_world *w, bool by_vendor);
void compare_leave(struct compare_world *w);

/** The subject of this id, which there must be, and its first pair. */
size_t compare_subject_of(const struct compare_report *r, const char *id);
const struct compare_result *compare_result_of(const struct compare_report *r, const char *id);
