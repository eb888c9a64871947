/*
 * Telling the service manager how far we are: the datagram protocol of sd_notify(3), without
 * libsystemd. Without a manager that asks for it (NOTIFY_SOCKET) every call does nothing.
 */
#pragma once

/** Start-up, or a reload, is finished. @return 0, also when nobody asks; -errno. */
int notify_ready(void);

/** The configuration is being read again; notify_ready ends it. @return as above. */
int notify_reloading(void);

/** Shutting down. @return as above. */
int notify_stopping(void);
