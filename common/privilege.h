/*
 * Giving up rights for good: called once, after everything that needs them is open and before the
 * first thread and the first byte from outside.
 */
#pragma once

#include "common/fault.h"

/**
 * Become `user` with that user's groups, give up every capability and the chance to gain one again
 * (PR_SET_NO_NEW_PRIVS). Started by anyone but root, the user stays who it is and only the
 * capabilities go. Root without a user (NULL or "") keeps what it has, except for that chance.
 *
 * Rights belong to a thread: call it while there is one.
 *
 * @return 0; -ENOENT for a user the system does not know, -EPERM or another -errno when the system
 * does not let go; explained. Do not go on after a failure: part of it may have happened.
 */
int privilege_drop(const char *user, struct fault *fault);
