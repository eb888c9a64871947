/* Numbers that agree to the printed digits. */
#pragma once

#include <math.h>

#include "tests/support/cases.h"

/* Fails with both numbers, which a bare assert_true does not show. */
#define assert_near(got, want, tolerance)                                                          \
	near_assert((got), (want), (tolerance), __FILE__, __LINE__)

static inline void near_assert(double got, double want, double tolerance, const char *file,
                               int line)
{
	/* written so that NAN fails, unless NAN was wanted */
	if (!(fabs(got - want) <= tolerance) && got != want && !(isnan(got) && isnan(want))) {
		print_error("%.12g is not %.12g to within %g\n", got, want, tolerance);
		_fail(file, line);
	}
}
