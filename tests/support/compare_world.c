#include "tests/support/compare_world.h"

#include <string.h>

#include "tests/support/cases.h"

struct rival *compare_enter(struct compare_world *w, const char *site)
{
	w->rivals[w->n] = rival_new(site);
	return w->rivals[w->n++];
}

void compare_run(struct compare_world *w, bool by_vendor)
{
	for (size_t i = 0; i < w->n; i++) {
		w->sites[i] = rival_site(w->rivals[i]);
	}
	assert_int_equal(compare_make(&w->report, w->sites, w->n, by_vendor, &w->fault), 0);
}

void compare_leave(struct compare_world *w)
{
	compare_free(&w->report);
	for (size_t i = 0; i < w->n; i++) {
		rival_free(w->rivals[i]);
	}
}

size_t compare_subject_of(const struct compare_report *r, const char *id)
{
	for (size_t s = 0; s < r->n_subjects; s++) {
		const struct compare_subject *is = &r->subjects[s];

		if (strcmp(is->indicator != NULL ? is->indicator->id : is->area->id, id) == 0) {
			return s;
		}
	}
	fail_msg("no subject %s", id);
	return 0;
}

const struct compare_result *compare_result_of(const struct compare_report *r, const char *id)
{
	size_t s = compare_subject_of(r, id);

	for (size_t i = 0; i < r->n_results; i++) {
		if (r->results[i].subject == s) {
			return &r->results[i];
		}
	}
	fail_msg("no result %s", id);
	return NULL;
}
