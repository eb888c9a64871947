/* What every command works with: record kinds, options, store, model, and how it ends. */
#pragma once

#include "cli/options.h"
#include "cxmeter/score.h"

enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* the evidence, the store, the machine */
	EXIT_USAGE = 2,  /* the command line, the model */
};

struct desk {
	const struct options *o;
	struct cxm_catalog catalog;
	struct store *store; /* NULL until desk_open_store */
	struct cache *cache; /* beside it, where one can be had */
	struct model *model; /* NULL until desk_load_model */
	struct fault fault;
};

/** Learn the record kinds. @return an exit code; EXIT_DONE to go on. */
int desk_open(struct desk *d, const struct options *o);
void desk_close(struct desk *d);

/* Each says on standard error what is wrong and returns an exit code, EXIT_DONE to go on. */
int desk_open_store(struct desk *d, bool read_only);
int desk_load_model(struct desk *d);

/** A request from --site, --timezone, --from, --to and --provisional; days point into `days`. */
int desk_request(struct desk *d, struct score_request *out, int32_t days[2]);

/** Note in the cache with which model the site is scored now, for the change log. */
void desk_note_model(const struct desk *d, const char *site);

/** The language for people, from --lang and the environment. */
int desk_language(struct desk *d, enum model_language *out);

/** Colour: not on request, not where NO_COLOR is set; on a terminal, or where it is forced. */
bool desk_wants_color(const struct options *o);

/** --format is text, json or csv, or not given. */
int desk_check_format(struct desk *d);

/** Say d->fault on standard error. @return EXIT_USAGE for -EINVAL, else EXIT_FAILED. */
int desk_fail(const struct desk *d);

/** The same for a mistake on the command line. */
int desk_usage(struct desk *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Write all of it to standard output. @return an exit code. */
int desk_print(struct desk *d, const struct buf *text);

int command_score(const struct options *o);
int command_explain(const struct options *o);
int command_changes(const struct options *o);
int command_export(const struct options *o);
int command_import(const struct options *o);
int command_model(const struct options *o);
int command_simulate(const struct options *o);
int command_reconcile(const struct options *o);
int command_trend(const struct options *o);
