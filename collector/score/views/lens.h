/*
 * Lenses: other maturity models as views of a scorecard (docs/lenses.md).
 *
 * A lens is data (model/lenses/, the file says which indicators, areas and figures of context make
 * up which part, and what a stage needs). Looking through it is a pure function of a scorecard;
 * nothing of it ever goes back into one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "cxmeter/score.h"

#define LENS_PARTS_MAX    16
#define LENS_MEMBERS_MAX  32
#define LENS_STAGES_MAX   8
#define LENS_NEEDS_MAX    16
#define LENS_PRESENCE_MAX 8

struct lens_member {
	const struct model_indicator *indicator; /* also a figure of context */
	const struct model_area *area;           /* or this */
	double weight;                           /* 0: a figure of context, never scored */
	bool presence;                           /* counts by being assessed, not by its score */
};

struct lens_part {
	const char *id;
	struct model_text name;
	bool figures; /* its members are shown one by one; there is no score of the whole */
	double presence[LENS_PRESENCE_MAX]; /* score of 1, 2, ... members that are there */
	size_t n_presence;
	const struct lens_member *members;
	size_t n_members;
};

enum lens_ask {
	LENS_ASK_INDICATOR, /* its score */
	LENS_ASK_AREA,
	LENS_ASK_PART,
	LENS_ASK_PRESENT, /* how many presence members of the part are assessed */
};

/* One condition of a stage. */
struct lens_need {
	enum lens_ask ask;
	const struct model_indicator *indicator;
	const struct model_area *area;
	const struct lens_part *part;
	double at_least; /* NAN: it must only be assessed */
};

struct lens_stage {
	const char *name; /* the wording of the other model, in its own language */
	const struct lens_need *needs;
	size_t n_needs;
};

struct lens {
	const char *id;
	struct model_text name;
	struct model_text note;
	const char *source; /* key of the model's sources */
	double min_coverage;
	bool drivers; /* the drivers are rated besides (roadmap.h) */
	const struct lens_part *parts;
	size_t n_parts;
	const struct lens_stage *stages; /* each needs those before it as well */
	size_t n_stages;
};

/* ---- loading ---- */

/**
 * Load a lens from memory; what it names must be in the model, which must outlive it.
 * @return 0; -EBADMSG for what is no YAML, -EINVAL for everything else that is wrong with it,
 * explained with file, line and key; -ENOMEM.
 */
int lens_parse(struct lens **out, const char *path, const void *data, size_t len_bytes,
               const struct model *m, struct fault *fault);

/** The same from a file; also -errno. */
int lens_load(struct lens **out, const char *path, const struct model *m, struct fault *fault);

/** One of those compiled in: delighted, valantic, nextiva, connected. @return also -ENOENT,
 * explained with the names there are. */
int lens_builtin(struct lens **out, const char *id, const struct model *m, struct fault *fault);
void lens_free(struct lens *lens);

/** The id of the i-th lens that is compiled in; NULL past the last. */
const char *lens_builtin_id(size_t i);

/* ---- looking ---- */

/* A member as the scorecard has it. */
struct lens_line {
	const struct lens_member *is;
	const struct scored *indicator; /* or */
	const struct scored_area *area;
	enum score_status status;
	double score; /* NAN: not assessed, or a figure of context */
	struct interval sure;
};

struct lens_view_part {
	const struct lens_part *is;
	enum score_status status;
	double score;
	struct interval sure; /* MOVER, as an area's */
	double coverage;      /* weight assessed of weight applicable */
	size_t present;       /* presence members that are assessed */
	struct lens_line lines[LENS_MEMBERS_MAX];
	size_t n_lines;
};

enum lens_state { LENS_MET, LENS_UNMET, LENS_UNKNOWN };

struct lens_answer {
	const struct lens_need *is;
	enum lens_state state;
	bool sure;   /* the whole interval says the same */
	double have; /* NAN when it is not known */
};

struct lens_view {
	const struct lens *is;
	const struct scorecard *card;
	double coverage; /* of all parts that are scored */
	bool assessed;   /* coverage is enough for a stage */
	int stage;       /* the highest that is reached; 0: not even the first, or not assessed */
	bool open;       /* nothing known speaks against the next stage, but not all is known */
	struct lens_view_part parts[LENS_PARTS_MAX];
	struct lens_answer answers[LENS_STAGES_MAX][LENS_NEEDS_MAX];
};

/** Look at a scorecard, which must be of the model the lens was loaded for and outlive the view. */
void lens_look(struct lens_view *out, const struct lens *lens, const struct scorecard *card);
