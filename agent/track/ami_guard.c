#include "agent/track/ami_guard.h"

#include "agent/track/labels.h"
#include "proto/evidence.pb-c.h"

/* In main/security_events.c of Asterisk 22; those about sessions, limits and load are no attempts.
 */
static const struct {
	struct slice name;
	bool failed;
} events[] = {
	{ { "SuccessfulAuth", 14 }, false },
	{ { "InvalidPassword", 15 }, true },
	{ { "ChallengeResponseFailed", 23 }, true },
	{ { "InvalidAccountID", 16 }, true },
	{ { "FailedACL", 9 }, true },
	{ { "InvalidTransport", 16 }, true },
	{ { "AuthMethodNotAllowed", 20 }, true },
	{ { "UnexpectedAddress", 17 }, true },
	{ { "RequestNotAllowed", 17 }, true },
};

void ami_guard_init(struct ami_guard *g, const struct ami_site *site)
{
	*g = (struct ami_guard){ .site = site };
}

static void emit(struct ami_guard *g, size_t i)
{
	static char check[] = "auth_failures";
	Cxm__Posture m = CXM__POSTURE__INIT;

	m.at_us = g->services[i].at_us;
	m.source = CXM__SOURCE__AMI;
	m.host = g->site->host;
	m.check = check;
	m.subject = g->services[i].name;
	m.has_seen_us = 1;
	m.seen_us = g->services[i].seen_us;
	m.has_part = 1;
	m.part = g->services[i].failed;
	m.has_whole = 1;
	m.whole = g->services[i].all;
	emit_record(&g->site->emit, &m.base);
}

static void tell(struct ami_guard *g)
{
	for (size_t i = 0; i < g->n_services; i++) {
		if (g->services[i].grown) {
			g->services[i].grown = false;
			emit(g, i);
		}
	}
}

void ami_guard_finish(struct ami_guard *g)
{
	tell(g);
	g->n_services = 0;
	g->slot_us = 0;
}

void ami_guard_tick(struct ami_guard *g, int64_t now_us)
{
	if (g->slot_us != 0 && now_us >= g->slot_us + AMI_GUARD_SLOT_US) {
		ami_guard_finish(g);
	} else if (g->slot_us != 0 && now_us >= g->told_us + AMI_GUARD_TELL_US) {
		g->told_us = now_us;
		tell(g);
	}
}

static void count(struct ami_guard *g, struct slice service, int64_t at_us, bool failed)
{
	char name[sizeof(g->services[0].name)];
	size_t i = 0;

	(void)label_clean(service, name, sizeof(name));
	while (i < g->n_services && !slice_eq(slice_of(name), slice_of(g->services[i].name))) {
		i++;
	}
	if (i == AMI_GUARD_SERVICES_MAX) {
		g->untracked++;
		return;
	}
	if (i == g->n_services) {
		memcpy(g->services[i].name, name, sizeof(name));
		g->services[i].at_us = at_us;
		g->services[i].seen_us = at_us;
		g->services[i].failed = 0;
		g->services[i].all = 0;
		g->n_services++;
	}
	g->services[i].failed += failed ? 1 : 0;
	g->services[i].all++;
	g->services[i].grown = true;
	if (at_us > g->services[i].seen_us) {
		g->services[i].seen_us = at_us;
	}
}

void ami_guard_event(struct ami_guard *g, const struct ami_message *m, int64_t at_us)
{
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (slice_eq(m->name, events[i].name)) {
			if (g->slot_us == 0) {
				g->slot_us = at_us - at_us % AMI_GUARD_SLOT_US;
				g->told_us = at_us;
			}
			count(g, ami_get(m, SLICE("Service")), at_us, events[i].failed);
			return;
		}
	}
}
