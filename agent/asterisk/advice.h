/*
 * What Asterisk's own configuration is missing for what an agent wants of it: each finding names
 * the file, says what does not work for it, and the exact lines to add.
 *
 * Reads files and changes nothing; tells no secret.
 */
#pragma once

#include <stdint.h>

#include "agent/asterisk/config.h"

/* What is wanted of the manager interface. */
struct asterisk_wish {
	const char *user;
	uint16_t port;
	bool tls;
	bool contacts;  /* queues and agents */
	bool variables; /* VarSet */
	bool media;     /* RTCP reports */
	bool calls;     /* channel events */
};

/** manager.conf, queues.conf, cel.conf as far as the wish needs them. @return findings told. */
unsigned asterisk_advise_manager(const char *directory, const struct asterisk_wish *wish,
                                 const struct asterisk_tell *tell);

/**
 * Is the channel event log written at all? "Enabled but silent" has many causes: no events or
 * applications, no backend, a backend that is not loaded or declines its own sample.
 * @param log  the file that is to be followed.
 */
unsigned asterisk_advise_cel(const char *directory, const char *log,
                             const struct asterisk_tell *tell);

/** Does a log lie where Asterisk of this host writes it? Then its configuration is this host's too.
 */
bool asterisk_owns(const char *log);

/** Is a queue_log written into a file? */
unsigned asterisk_advise_queue_log(const char *directory, const struct asterisk_tell *tell);
