/*
 * A made-up site as files: what its PBX and its other tools would have left behind.
 *
 *   simulated.json   that it is simulated, and how it was made (the mark of a folder made here)
 *   queue_log        app_queue's log
 *   cel.csv          the channel event log, as cel_custom writes it
 *   drop/Kind.csv    files of other tools
 *   truth.json       the true and the realised value of every figure
 */
#pragma once

#include "simulate/site.h"

struct sim_folder;

/**
 * Make the folder. One that exists and is not empty is taken only when it was made here before;
 * what was made in it is replaced.
 * @return 0; -EEXIST for a folder of somebody else, -errno; explained.
 */
int sim_folder_open(struct sim_folder **out, const char *path, const struct sim_plan *plan,
                    const char *timezone, struct fault *fault);

/** Where to tell it. */
struct sim_sink *sim_folder_sink(struct sim_folder *f);

/** Write what is left and close; also after a failure. @return 0 or -errno, explained. */
int sim_folder_close(struct sim_folder *f, struct fault *fault);
