/*
 * A queue_log of any size: gen_queue_log FILE CALLS
 * Per call ENTERQUEUE, up to two RINGNOANSWER, then CONNECT and COMPLETE*, or ABANDON, or
 * EXITWITHTIMEOUT; now and then a member line. 40 queues, 500 agents, 20 calls a second. The same
 * file every time.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/slice.h"
#include "tests/support/dice.h"

#define QUEUES  40
#define AGENTS  500
#define FIRST_S UINT64_C(1760000000)

struct call {
	uint64_t at_s;
	char id[48];
	unsigned queue;
	unsigned agent;
	unsigned wait_s;
	unsigned talk_s;
};

static void line(FILE *out, const struct call *c, uint64_t after_s, const char *agent,
                 const char *rest)
{
	(void)fprintf(out, "%" PRIu64 "|%s|support-%02u|%s|%s\n", c->at_s + after_s, c->id,
	              c->queue, agent, rest);
}

static void ring_no_answers(FILE *out, const struct call *c, unsigned n)
{
	for (unsigned i = 1; i <= n; i++) {
		char agent[32];

		(void)snprintf(agent, sizeof(agent), "SIP/agent-%04u", (c->agent + i) % AGENTS);
		line(out, c, UINT64_C(15) * i, agent, "RINGNOANSWER|15000");
	}
}

static void answered(FILE *out, const struct call *c, bool by_agent, unsigned ring_s)
{
	char agent[32];
	char rest[96];

	(void)snprintf(agent, sizeof(agent), "SIP/agent-%04u", c->agent);
	(void)snprintf(rest, sizeof(rest), "CONNECT|%u|%s|%u", c->wait_s, c->id, ring_s);
	line(out, c, c->wait_s, agent, rest);
	(void)snprintf(rest, sizeof(rest), "COMPLETE%s|%u|%u|1", by_agent ? "AGENT" : "CALLER",
	               c->wait_s, c->talk_s);
	line(out, c, c->wait_s + c->talk_s, agent, rest);
}

static void one_call(FILE *out, uint64_t number, struct dice *dice)
{
	struct call c = { .at_s = FIRST_S + number / 20 };
	unsigned fate = (unsigned)(dice_next(dice) % 10);
	unsigned rings = (unsigned)(dice_next(dice) % 4);
	char rest[96];

	c.queue = (unsigned)(dice_next(dice) % QUEUES);
	c.agent = (unsigned)(dice_next(dice) % AGENTS);
	c.wait_s = (unsigned)(dice_next(dice) % 90);
	c.talk_s = 10 + (unsigned)(dice_next(dice) % 600);
	(void)snprintf(c.id, sizeof(c.id), "%" PRIu64 ".%" PRIu64, c.at_s, number + 100);
	(void)snprintf(rest, sizeof(rest), "ENTERQUEUE||+3161%07" PRIu64 "|1", number % 10000000);
	line(out, &c, 0, "NONE", rest);
	ring_no_answers(out, &c, rings < 2 ? rings + 1 : 0);
	if (fate < 8) {
		answered(out, &c, fate % 2 == 0, (unsigned)(dice_next(dice) % 12));
	} else {
		(void)snprintf(rest, sizeof(rest), "%s|1|2|%u",
		               fate == 8 ? "ABANDON" : "EXITWITHTIMEOUT", c.wait_s);
		line(out, &c, c.wait_s, "NONE", rest);
	}
	if (dice_next(dice) % 20 == 0) {
		static const char *const verbs[] = { "ADDMEMBER|", "PAUSE|lunch", "UNPAUSE|",
			                             "REMOVEMEMBER|" };

		(void)fprintf(out, "%" PRIu64 "|MANAGER|support-%02u|SIP/agent-%04u|%s\n", c.at_s,
		              c.queue, c.agent, verbs[dice_next(dice) % 4]);
	}
}

int main(int argc, char **argv)
{
	uint64_t calls = 0;
	bool given = argc == 3 && slice_u64(slice_of(argv[2]), UINT64_MAX, &calls) == 0;
	FILE *out = given ? fopen(argv[1], "we") : NULL;
	struct dice dice = { 1 };

	if (out == NULL) {
		(void)fprintf(stderr, "usage: gen_queue_log FILE CALLS\n");
		return 2;
	}
	for (uint64_t i = 0; i < calls; i++) {
		one_call(out, i, &dice);
	}
	return fclose(out) == 0 ? 0 : 1;
}
