/*
 * What really happened at a made-up site, counted while it happens: the realised value of every
 * figure, and, pooled over many sites, its long run.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulate/profile.h"

/* Values with weights, of which a quantile is the figure. */
struct sim_samples {
	double *value;
	double *weight;
	size_t n;
	size_t room;
};

struct sim_book {
	double good; /* or a sum */
	double of;   /* of how many; 0: nothing happened */
	struct sim_samples samples;
};

struct sim_books {
	struct sim_book at[SIM_BOOKS];
	bool failed; /* no memory for samples */
};

void sim_books_init(struct sim_books *b);
void sim_books_free(struct sim_books *b);

/** Add `good` of `of` to a ratio, a mean or a state. */
void sim_book(struct sim_books *b, enum sim_figure f, double good, double of);

/* Of qa_sample_representativeness values are numbers of cells: of all contacts below this one, of
 * the sample from it on; weights are how many. */
#define SIM_SAMPLED_CELL 32

/** Add one value of which the figure is a quantile. */
void sim_book_sample(struct sim_books *b, enum sim_figure f, double value, double weight);

/** Add all of one site to another's. */
void sim_books_add(struct sim_books *to, const struct sim_books *from);

/** The figure as the books tell it. @return false when nothing was booked. */
bool sim_books_value(struct sim_books *b, enum sim_figure f, double *out);
