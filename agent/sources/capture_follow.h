/*
 * An interface that goes, comes, or comes later than the agent: followed by the handle that was
 * opened with rights, after they were given up. Binding a packet socket to another interface needs
 * none (packet(7)); making one does.
 *
 * A handle is open for as long as its source lives. While there is no interface it hears nothing.
 */
#pragma once

#include "agent/sources/capture_input.h"

/** The kind of link that an interface has now (ARPHRD_*), or -1. @param fd  any socket. */
int capture_follow_type(int fd, const char *interface);

/** What the handle heard so far is in its buffer, and no more comes. */
void capture_follow_deafen(const struct capture_input *in);

/** Wait no longer for an error of the device that has been seen. */
void capture_follow_clear(const struct capture_input *in);

/**
 * Hear the configured interface, if it is there now.
 * @return 0; -ENODEV or -ENETDOWN while it is not, -EMEDIUMTYPE when it is there with another kind
 * of link, which this handle cannot read; another -errno.
 */
int capture_follow(const struct capture_input *in, const struct capture_conf *conf);
