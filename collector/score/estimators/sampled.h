/*
 * A sample of contacts against all of them: what representativeness and survey bias share. Gathers
 * answered contacts and the contacts that were sampled; finds the one among the other; terciles.
 */
#pragma once

#include "collector/score/gather.h"

/* An answered contact, all of its figures in milliseconds. */
struct sampled_contact {
	uint64_t contact;
	uint64_t queue; /* FNV-1a of its label */
	uint32_t day;
	double wait;
	double talk;
	bool transferred;
	bool sampled;
};

struct sampled {
	struct sampled_contact *contacts; /* by contact, then queue, day, talk */
	size_t n;
	double n_sampled;
};

/**
 * Gather answered contacts of known talk time (and wait), and the contacts of `sample`.
 * @param of  which rows of `sample` count; they have a field `contact`.
 */
int sampled_gather(struct gather *g, const struct cxm_kind *sample, const char *of);

/** Lay out what was gathered. A sampled contact that is not among the answered is left out.
 * @return 0, or -ENOMEM. The caller frees `out`, also on failure. */
int sampled_lay(struct sampled *out, const struct tallies *t);
void sampled_free(struct sampled *s);

/** The two values that cut n values into thirds; sorts them. */
struct interval sampled_terciles(double *values, size_t n);

/** 0, 1 or 2. Values equal to a cut lie below it. */
static inline unsigned sampled_tercile(struct interval cuts, double value)
{
	return (value > cuts.low) + (unsigned)(value > cuts.high);
}
