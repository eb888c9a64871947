/*
 * An Asterisk as its manager interface shows it, scripted: a banner, the login by challenge, the
 * answer to QueueStatus, and the events a test tells it to say. Messages are
 * those of Asterisk 22 as it was recorded (tests/data/run1/ami.zst).
 */
#pragma once

#include "tests/support/fake_pbx.h"

struct fake_manager {
	struct fake_pbx *pbx;
	const char *secret;
	const char *queues; /* between the answer to QueueStatus and its end; NULL: nothing */
	unsigned logins;
	unsigned refused;
	unsigned looks; /* answered to the end */
	/* told after each look; may be NULL */
	void (*looked)(void *arg, struct fake_manager *f);
	void *arg;
};

void fake_manager_open(struct fake_manager *f, struct event_base *base);
void fake_manager_close(struct fake_manager *f);
