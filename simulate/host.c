/* What the hosts themselves show: dialogs, streams, posture, presence of departments, the agent's
 * own heartbeat; see site.h. */
#include "common/unconst.h"
#include "proto/evidence.pb-c.h"
#include "simulate/draw.h"
#include "simulate/site.h"

#include <math.h>
#include <stdio.h>

#define US          INT64_C(1000000)
#define PROBE       0.3 /* of the calls pass the captured trunk */
#define DELAY_SIGMA 0.5 /* of the logarithm */
#define Q95         1.6448536269514722
#define SLOT_S      300
#define DEPARTMENTS 20
#define ADDRESS     UINT64_C(0x0a000000)

/* ---- signalling and media ---- */

static void tell_dialog(struct sim_site *s, const struct sim_call *c, unsigned status, uint64_t id,
                        bool tls)
{
	struct stats_random *r = &s->random;
	Cxm__Dialog d = CXM__DIALOG__INIT;

	d.source = CXM__SOURCE__CAPTURE;
	d.at_us = c->start_s * US + (int64_t)stats_random_below(r, 900000);
	d.contact = id;
	d.from_tag_id = sim_reference(s);
	SIM_SET(d, final_status, status);
	SIM_SET(d, transport, tls ? CXM__DIALOG__TRANSPORT__TLS : CXM__DIALOG__TRANSPORT__UDP);
	SIM_SET(d, direction, CXM__DIALOG__DIRECTION__INBOUND);
	SIM_SET(d, src_addr, ADDRESS + 1 + stats_random_below(r, 200));
	SIM_SET(d, dst_addr, ADDRESS + 256);
	SIM_SET(d, loopback, false);
	SIM_SET(d, request_delay_ms, 20 + stats_random_below(r, 200));
	if (status == 200) {
		SIM_SET(d, setup_ms, 200 + stats_random_below(r, 2000));
		SIM_SET(d, session_ms, (uint64_t)(c->end_s - c->start_s) * 1000);
	}
	SIM_SET(d, end, status == 200 ? CXM__DIALOG__END__BYE : CXM__DIALOG__END__REJECTED);
	sim_book(s->books, SIM_SIP_TLS, tls, 1);
	sim_book(s->books, SIM_SEER, status == 200 || status == 486, 1);
	sim_book(s->books, SIM_BLOCKED, status == 486, 1);
	sim_tell(s, SIM_RECORD(d));
}

static void tell_stream(struct sim_site *s, const struct sim_call *c, uint64_t dialog,
                        bool encrypted, bool inbound)
{
	struct stats_random *r = &s->random;
	Cxm__MediaStream m = CXM__MEDIA_STREAM__INIT;
	double length_s = (double)(c->end_s - c->start_s);
	double drawn_ms = sim_value(s, SIM_DELAY_P95) * exp(DELAY_SIGMA * (draw_normal(r) - Q95));
	double delay_ms = floor(drawn_ms * 1000) / 1000; /* the record has microseconds */
	bool good = draw_chance(r, sim_share(s, SIM_VOICE));
	double factor = good ? draw_between(r, 80.2, 92.5) : draw_between(r, 45, 79.5);

	m.source = CXM__SOURCE__CAPTURE;
	m.at_us = (c->start_s + 1) * US;
	m.ssrc = (uint32_t)stats_random_next(r);
	m.src_addr = inbound ? ADDRESS + 1 + stats_random_below(r, 200) : ADDRESS + 256;
	m.dst_addr = inbound ? ADDRESS + 256 : ADDRESS + 1 + stats_random_below(r, 200);
	m.src_port = 10000 + 2 * stats_random_below(r, 5000);
	m.dst_port = 10000 + 2 * stats_random_below(r, 5000);
	m.codec = unconst("PCMA");
	SIM_SET(m, contact, dialog);
	SIM_SET(m, payload_type, 8);
	SIM_SET(m, duration_ms, (uint32_t)(length_s * 1000));
	SIM_SET(m, packets, (uint32_t)(length_s * 50));
	SIM_SET(m, missing, (uint32_t)(length_s * (good ? 0.05 : 2)));
	SIM_SET(m, delay_us, (uint32_t)llround(delay_ms * 1000));
	SIM_SET(m, rtt_us, (uint32_t)(2 * delay_ms * 1000));
	SIM_SET(m, r, (float)factor);
	SIM_SET(m, measured_by, CXM__MEDIA_STREAM__MEASURED_BY__NETWORK);
	SIM_SET(m, signalled, true);
	SIM_SET(m, encrypted, encrypted);
	sim_book(s->books, SIM_SRTP, encrypted, 1);
	if (length_s >= 10) {
		sim_book(s->books, SIM_VOICE, good, 1);
	}
	sim_book_sample(s->books, SIM_DELAY_P95, delay_ms, 1);
	sim_tell(s, SIM_RECORD(m));
}

static void tell_trunk(struct sim_site *s, const struct sim_call *c)
{
	static const unsigned failures[] = { 408, 500, 504 };
	struct stats_random *r = &s->random;
	double fails = 1 - sim_share(s, SIM_SEER);
	double blocked = sim_share(s, SIM_BLOCKED);
	uint64_t id = sim_reference(s);
	bool encrypted;

	while (draw_chance(r, fails + blocked)) {
		bool failed = draw_chance(r, fails / (fails + blocked));

		tell_dialog(s, c, failed ? failures[stats_random_below(r, 3)] : 486,
		            sim_reference(s), draw_chance(r, sim_share(s, SIM_SIP_TLS)));
	}
	tell_dialog(s, c, 200, id, draw_chance(r, sim_share(s, SIM_SIP_TLS)));
	encrypted = draw_chance(r, sim_share(s, SIM_SRTP));
	tell_stream(s, c, id, encrypted, true);
	tell_stream(s, c, id, encrypted, false);
}

/* ---- state of the host ---- */

static void tell_posture(struct sim_site *s, const char *check, const char *subject, double figure,
                         double whole)
{
	Cxm__Posture p = CXM__POSTURE__INIT;

	p.source = CXM__SOURCE__POSTURE;
	p.at_us = sim_clock_s(s->day.day, 3) * US;
	p.check = unconst(check);
	p.subject = unconst(subject);
	if (whole > 0) {
		SIM_SET(p, part, (uint64_t)llround(figure * whole));
		SIM_SET(p, whole, (uint64_t)whole);
	} else {
		SIM_SET(p, figure, figure);
	}
	SIM_SET(p, result, CXM__POSTURE__RESULT__PASS);
	sim_tell(s, SIM_RECORD(p));
}

static void tell_state(struct sim_site *s)
{
	tell_posture(s, "tls_floor", "sip:5061", sim_value(s, SIM_TLS_FLOOR), 0);
	tell_posture(s, "recording_storage", "/var/spool/asterisk/monitor",
	             sim_value(s, SIM_STORAGE), 5e11);
	tell_posture(s, "patch_age", "packages", sim_value(s, SIM_PATCH_AGE), 0);
	tell_posture(s, "recording_retention", "/var/spool/asterisk/monitor",
	             sim_value(s, SIM_RETENTION), 20000);
	sim_book(s->books, SIM_TLS_FLOOR, sim_value(s, SIM_TLS_FLOOR), 1);
	sim_book(s->books, SIM_STORAGE, sim_value(s, SIM_STORAGE), 1);
	sim_book(s->books, SIM_PATCH_AGE, sim_value(s, SIM_PATCH_AGE), 1);
	sim_book(s->books, SIM_RETENTION, sim_value(s, SIM_RETENTION), 1);
}

static void tell_presence(struct sim_site *s)
{
	for (unsigned i = 0; i < DEPARTMENTS; i++) {
		Cxm__Presence p = CXM__PRESENCE__INIT;
		bool reached = i < sim_value(s, SIM_EXPERT_REACH) * DEPARTMENTS;
		char name[24];

		(void)snprintf(name, sizeof(name), "department %02u", i + 1);
		p.at_us = sim_clock_s(s->day.day, SIM_OPEN_HOUR) * US;
		p.department = name;
		SIM_SET(p, endpoints, reached || i % 3 == 0 ? 4 : 0);
		SIM_SET(p, open_ms, 12U * 3600 * 1000);
		SIM_SET(p, available_ms,
		        (uint32_t)((reached ? draw_between(&s->random, 0.6, 0.95)
		                            : draw_between(&s->random, 0, 0.35)) *
		                   p.open_ms));
		sim_book(s->books, SIM_EXPERT_REACH, reached, 1);
		sim_tell(s, SIM_RECORD(p));
	}
}

static void tell_gauges(struct sim_site *s)
{
	int64_t from_s = sim_clock_s(s->day.day, 0);

	for (unsigned i = 0; i < 86400 / SLOT_S; i++) {
		Cxm__Gauge g = CXM__GAUGE__INIT;
		/* nobody could tell that the first or the last of all is missing: they are not */
		bool first = i == 0 && s->day.index == 0;
		bool last = i + 1 == 86400 / SLOT_S && s->day.index + 1 == s->plan.days;
		bool there = last || draw_chance(&s->random, sim_share(s, SIM_TELEMETRY)) || first;

		sim_book(s->books, SIM_TELEMETRY, there, 1);
		if (!there) {
			continue;
		}
		g.source = CXM__SOURCE__SELF;
		g.at_us = (from_s + (int64_t)i * SLOT_S) * US;
		g.queue = unconst("");
		SIM_SET(g, slot_ms, SLOT_S * 1000);
		SIM_SET(g, cpu_ratio, 0.02F);
		SIM_SET(g, rss_bytes, 12000000);
		SIM_SET(g, clock_offset_ms, (int32_t)stats_random_below(&s->random, 20) - 10);
		sim_tell(s, SIM_RECORD(g));
	}
}

void sim_host_day(struct sim_site *s)
{
	for (size_t i = 0; s->rc == 0 && i < s->day.n_calls; i++) {
		if (draw_chance(&s->random, PROBE)) {
			tell_trunk(s, &s->day.calls[i]);
		}
	}
	tell_state(s);
	tell_presence(s);
	tell_gauges(s);
}
