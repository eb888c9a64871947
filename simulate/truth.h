/*
 * What a made-up site's figures truly are: the parameter of the process, or, where there is none,
 * the long run over further sites of the same kind (Monte Carlo) with its standard error.
 */
#pragma once

#include "simulate/site.h"

#define SIM_TRUTH_SITES 24 /* further sites, for a figure that emerges */

struct sim_truths {
	double value[SIM_BOOKS];
	double error[SIM_BOOKS]; /* standard error; 0 for a parameter or a state */
	bool known[SIM_BOOKS];
};

/** @return 0, or what sim_run returned. */
int sim_truths_of(const struct sim_plan *plan, unsigned n_sites, struct sim_truths *out,
                  struct fault *fault);

/** Write FOLDER/truth.json. @return 0 or -errno, explained. */
int sim_truth_write(const char *folder, const struct sim_plan *plan,
                    const struct sim_truths *truths, struct sim_books *realised,
                    struct fault *fault);
