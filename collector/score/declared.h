/* What the loader and the figure at the declared T share; private to the scoring engine. */
#pragma once

#include "cxmeter/score.h"

/** Parse an expression in which $T stands for so many milliseconds. @return 0, or as expr_parse;
 * explained. */
int declared_expr(const struct expr **out, const struct cxm_kind *kind, const char *text,
                  double t_ms, struct arena *arena, struct fault *why);
