/* Whether a secret is one that an attacker tries first. Pure; nothing of the secret comes out but
 * the judgement. */
#pragma once

#include "common/slice.h"

#define SECRET_MIN_BYTES                                                                           \
	12 /* BSI ORP.4.A22, NIST SP 800-63B ask for 8 and more; machines need not remember */

enum secret_flaw {
	SECRET_FINE,
	SECRET_EMPTY,
	SECRET_DEFAULT,   /* of the samples, or of a distribution */
	SECRET_LIKE_USER, /* equal to the account's name */
	SECRET_SHORT,
};

/** @param user  name of the account; empty: there is none. */
enum secret_flaw secret_judge(struct slice secret, struct slice user);

/** "is the one of the samples" */
const char *secret_flaw_text(enum secret_flaw flaw);
