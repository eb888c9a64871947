/*
 * A scripted PBX (tests/support/fake_pbx.h) in a process of its own, for tests with real programs.
 * It ends with the test that started it.
 */
#pragma once

#include <sys/types.h>

struct event_base;
struct fake_pbx;

struct pbx_child {
	pid_t pid;
	int from; /* reads a byte for each pbx_child_tell */
	int port;
};

/** @param open  in the child: makes the PBX in this loop; `to` is for pbx_child_tell. */
void pbx_child_start(struct pbx_child *p,
                     struct fake_pbx *(*open)(void *arg, struct event_base *base, int to),
                     void *arg);
void pbx_child_stop(struct pbx_child *p);

/** In the child: something the test waits for has happened. */
void pbx_child_tell(int to);

/** In the test: wait for the next of these. */
void pbx_child_await(const struct pbx_child *p);
