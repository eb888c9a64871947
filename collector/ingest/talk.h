/*
 * What a connection's session asks for, done: who it is (rules, registry), what it sends (writer),
 * and what is said about it in log and counters. The half of a connection that knows no socket and
 * no TLS beyond the peer's name.
 */
#pragma once

#include <stdbool.h>

struct conn;
struct job;

/** The handshake is done: who is it, and may it be here? When not, the session ends with a Refuse;
 * @return false when there is nobody who would understand one: close at once. */
bool talk_admit(struct conn *c);

/** Step the session and do what it asks for. @return true: it wants more bytes; false: it waits,
 * has ended, or the connection has paused. */
bool talk_on(struct conn *c);

/** An answer from the writer. */
void talk_answer(struct conn *c, const struct job *job);

/** The rules have changed. @return false: this session has ended. */
bool talk_recheck(struct conn *c);

/** False: another session has taken this one's place. */
bool talk_holds_place(struct conn *c);

/** End the session for want of memory. */
void talk_no_memory(struct conn *c);

/** The session has ended: count and log why. */
void talk_ended(struct conn *c);

/** The line is gone before the session has ended: count and log why. */
void talk_lost(struct conn *c, const char *why);
