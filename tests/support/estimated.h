/* What one estimator says of a store's records, without a model file around it. */
#pragma once

#include "collector/score/estimators/estimator.h"
#include "tests/support/score_world.h"

/* An indicator that knows no more than an estimator needs. */
struct estimated {
	const struct estimator *estimator;
	enum model_interval interval;
	double min_n;
	const char *from; /* days, both inclusive: "2026-11-22" */
	const char *to;
};

/** In UTC, with the built-in model's rules; the store must answer. */
struct estimate estimated(struct score_world *w, const struct estimated *how);
