/*
 * A disk for SQLite that fails when told to and that remembers what a power cut would leave.
 *
 * Sits in front of the system's VFS (sqlite.org/vfs.html). Every write, truncation and sync counts
 * as one operation; an armed failure strikes the n-th from then on and all that follow, until it is
 * disarmed. A copy of each file is taken whenever it is synced.
 */
#pragma once

#include <stdbool.h>

/** Make it the default VFS, and the system's again. */
void test_vfs_install(void);
void test_vfs_remove(void);

/** Let the n-th operation from now (1: the next) and all after it fail with an SQLite code. */
void test_vfs_arm(unsigned nth, int code);
void test_vfs_disarm(void);

/** Write what was synced of a file and its write-ahead log to another place. @return 0 or -1. */
int test_vfs_power_cut(const char *database, const char *to);
