/*
 * From a scorecard to what to do next: drivers rated by urgency, gates first, in waves along the
 * model's dependencies, each with its exit criterion and its effect on the area (docs/roadmap.md).
 *
 * Pure functions of a scorecard and target stages; ties are broken by id, so the same scorecard
 * gives the same roadmap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cxmeter/score.h"

#define ROADMAP_WISHES_MAX 1024 /* in a file of targets */

/* Who named a target; a later one wins. */
enum roadmap_from {
	ROADMAP_NEXT_STAGE, /* nobody: the stage above the area's */
	ROADMAP_FILE,       /* a file, for every site */
	ROADMAP_FILE_SITE,  /* a file, for this site */
	ROADMAP_OPTION,     /* the command line */
};

struct roadmap_wish {
	const struct model_area *area;
	int stage; /* 1 to 4 */
	enum roadmap_from from;
};

struct roadmap_wishes {
	struct roadmap_wish at[MODEL_AREAS_MAX]; /* one an area at most */
	size_t n;
};

/** Take "area=stage,area=stage". @return 0, or -EINVAL, explained. */
int roadmap_wishes_text(struct roadmap_wishes *out, const char *text, const struct model *m,
                        struct fault *fault);

/** Take the targets of a YAML file that are for this site. @return 0, -errno, -EBADMSG, -EINVAL;
 * explained with file and line. */
int roadmap_wishes_file(struct roadmap_wishes *out, const char *path, const char *site,
                        const struct model *m, struct fault *fault);

/** The same from memory. */
int roadmap_wishes_parse(struct roadmap_wishes *out, const char *path, struct slice text,
                         const char *site, const struct model *m, struct fault *fault);

struct roadmap_target {
	const struct scored_area *area;
	int stage;    /* 0: none, the area is at the top, or not assessed and nobody named one */
	double score; /* at which that stage begins */
	enum roadmap_from from;
	double reached; /* score of the area when all its steps are done; NAN: not assessed */
	struct interval sure;
	int reached_stage;
	size_t n_steps;
};

enum roadmap_when { ROADMAP_NOW, ROADMAP_NEXT, ROADMAP_LATER };

struct roadmap_step {
	const struct scored *driver;
	const struct scored_area *area;
	bool gate_binds;
	bool no_failure;   /* exit criterion: not one failure in the window */
	double exit_value; /* exit criterion: the whole interval at this value or better */
	bool out_of_reach; /* attested evidence cannot get there */
	double chance;     /* that the driver is below its target, 0 to 1 */
	size_t dependents; /* that are below their targets */
	double urgency;
	double share; /* of the sum of urgencies */
	enum roadmap_when when;
	bool before_gate; /* a binding gate waits for it */
	unsigned wave;    /* from 1 */
	/* the area if this driver alone reached its target; NAN: the area is not assessed */
	double area_after;
	struct interval area_sure;
	int area_stage;
};

/* An indicator without evidence, and what its evidence would add. */
struct roadmap_missing {
	const struct scored *is;
	const struct scored_area *area;
	double weight; /* share of its area, times the area's weight */
};

struct roadmap {
	const struct scorecard *card;
	struct roadmap_target targets[MODEL_AREAS_MAX]; /* in the order of the model */
	size_t n_targets;
	struct roadmap_step *steps; /* in the order to take them */
	size_t n_steps;
	struct roadmap_missing *missing; /* by descending weight, then id */
	size_t n_missing;
	unsigned waves;
};

/** @return 0 or -ENOMEM. The card must outlive the roadmap. */
int roadmap_make(struct roadmap *out, const struct scorecard *card,
                 const struct roadmap_wishes *wishes);
void roadmap_free(struct roadmap *r);

/** Does the first of two steps have to be done before the second? */
bool roadmap_precedes(const struct roadmap *r, const struct roadmap_step *first,
                      const struct roadmap_step *then);

/** "now", "next", "later"; "sofort", "nächste", "später". */
const char *roadmap_when_name(enum roadmap_when when, enum model_language language);
