/*
 * A FreeSWITCH as its event socket shows it, scripted: asks for the password, takes subscriptions,
 * answers the commands a client of ours sends, and says the events a test tells it to. Messages and
 * headers are those of mod_event_socket.c and mod_callcenter.c of FreeSWITCH 1.10
 * (https://github.com/signalwire/freeswitch); no real one can be installed on Debian 12.
 */
#pragma once

#include "tests/support/fake_pbx.h"

struct fake_freeswitch {
	struct fake_pbx *pbx;
	const char *password;
	/* answers to commands; NULL: as of a host where nothing happens */
	const char *agents;
	const char *queues;
	const char *members;
	const char *queue_agents;
	const char *channels;
	bool silent; /* answers no command any more */
	unsigned refused;
	unsigned subscribed;
	bool executes;  /* to what channels execute, too */
	unsigned looks; /* answered to the end */
	/* told after each look; may be NULL */
	void (*looked)(void *arg, struct fake_freeswitch *f);
	void *arg;
};

void fake_freeswitch_open(struct fake_freeswitch *f, struct event_base *base);
void fake_freeswitch_close(struct fake_freeswitch *f);

/** Say one event (tests/support/fs_said.h). */
void fake_freeswitch_event(struct fake_freeswitch *f, const char *text);
