/*
 * Which TLS the listeners of this host accept: `tls_floor` (the weakest of them), `tls_listener`
 * (each) and `tls_certificate`. Which listeners: tls_ports.h; handshakes go to this host only
 * (tls_probe.h).
 */
#include "agent/posture/scan.h"

#include <stdio.h>
#include <string.h>

#include "agent/posture/host_file.h"
#include "agent/posture/sip_trust.h"
#include "agent/posture/tls_grade.h"
#include "agent/posture/tls_ports.h"
#include "agent/posture/tls_probe.h"

struct tls_floor {
	unsigned level; /* of the weakest; 0: none yet */
	char weakest[POSTURE_SUBJECT_MAX];
	unsigned known;
	unsigned unknown;
};

/* ---- asking ---- */

/* The first certificate shown is kept in `shown`, the caller's to free. */
static enum tls_reply offer(struct posture_scan *scan, const struct tls_port *p,
                            const struct tls_offer *what, X509 **shown)
{
	const struct tls_target target = { p->address, p->port, scan->conf->deadline_ms,
		                           scan->cancel_fd };
	struct tls_outcome got;

	if (posture_stopped(scan) || tls_probe(&target, what, &got) != 0) {
		return TLS_REPLY_UNTRIED;
	}
	if (*shown == NULL) {
		*shown = got.certificate;
	} else {
		X509_free(got.certificate);
	}
	return got.reply;
}

/* The newest first: it says soonest whether anybody speaks TLS there at all. */
static void ask(struct posture_scan *scan, const struct tls_port *p, struct tls_facts *facts,
                X509 **shown)
{
	*facts = (struct tls_facts){ .trunk = p->sip };
	for (size_t i = TLS_VERSIONS; i > 0; i--) {
		const struct tls_offer what = { tls_wire_version[i - 1], false };

		facts->version[i - 1] = offer(scan, p, &what, shown);
		if (facts->version[i - 1] != TLS_REPLY_ACCEPTED &&
		    facts->version[i - 1] != TLS_REPLY_REFUSED &&
		    facts->version[i - 1] != TLS_REPLY_UNTRIED) {
			return; /* it would be the same again, a deadline later */
		}
	}
	facts->weak = facts->version[TLS_1_2] == TLS_REPLY_ACCEPTED
	                      ? offer(scan, p,
	                              &(struct tls_offer){ tls_wire_version[TLS_1_2], true }, shown)
	                      : TLS_REPLY_REFUSED;
	facts->verified = p->sip && sip_trust(scan) == SIP_TRUST_VERIFIED;
}

static const char *why_unknown(const struct tls_facts *f)
{
	static const char *const why[] = {
		[TLS_REPLY_NONE] = "no answer within the deadline",
		[TLS_REPLY_NOBODY] = "nobody answers there",
		[TLS_REPLY_NO_TLS] = "no TLS is spoken there",
		[TLS_REPLY_REFUSED] = "every version of TLS is refused",
		[TLS_REPLY_UNTRIED] = "it could not be asked for every version",
		[TLS_REPLY_ACCEPTED] = "it could not be asked for every version",
	};
	enum tls_reply worst = f->version[TLS_1_3];

	for (size_t i = 0; i < TLS_VERSIONS; i++) {
		bool said = f->version[i] == TLS_REPLY_NONE || f->version[i] == TLS_REPLY_NOBODY ||
		            f->version[i] == TLS_REPLY_NO_TLS;

		worst = said ? f->version[i] : worst;
	}
	return why[worst];
}

static void tell_listener(struct posture_scan *scan, const struct tls_port *p,
                          const struct tls_facts *facts, unsigned level)
{
	struct posture_finding *f = posture_report_add(scan->report, "tls_listener", p->subject);
	char accepted[64];

	if (level == 0) {
		posture_value(f, "%s", why_unknown(facts));
		return;
	}
	tls_accepted(facts, accepted, sizeof(accepted));
	f->has_figure = true;
	f->figure = level;
	posture_judge(f, level >= 3, level == 1 ? POSTURE_HIGH : POSTURE_MEDIUM);
	posture_value(
		f, "%s%s%s%s", accepted,
		facts->weak == TLS_REPLY_ACCEPTED ? ", suites without AEAD or forward secrecy" : "",
		facts->trunk && !facts->verified ? ", trunks are not known to be verified" : "",
		p->local ? "; reached from this host only" : "");
}

static void tell_certificate(struct posture_scan *scan, const struct tls_port *p, X509 *shown)
{
	if (shown != NULL) {
		tls_judge_certificate(
			shown, scan->now_us,
			posture_report_add(scan->report, "tls_certificate", p->subject));
	}
}

static void count_in(struct tls_floor *floor, const struct tls_port *p, unsigned level)
{
	if (p->local) {
		return;
	}
	if (level == 0) {
		floor->unknown++;
		return;
	}
	floor->known++;
	if (floor->level == 0 || level < floor->level) {
		floor->level = level;
		(void)snprintf(floor->weakest, sizeof(floor->weakest), "%s", p->subject);
	}
}

/* One figure for the host: a listener that is closed is gone from the next one. */
static void tell_floor(struct posture_scan *scan, const struct tls_floor *floor, bool others,
                       int error)
{
	struct posture_finding *f;

	if (floor->known + floor->unknown == 0 && error == 0) {
		return; /* no TLS listener is no weak one; SIP in clear is told by the wire */
	}
	f = posture_report_add(scan->report, "tls_floor", "listeners");
	if (floor->known + floor->unknown == 0) {
		host_unreadable(scan, f, "/proc/net/tcp", error);
		return;
	}
	if (floor->level == 0) {
		posture_value(f, "none of %u listeners could be judged", floor->unknown);
		return;
	}
	f->has_figure = true;
	f->figure = floor->level;
	posture_judge(f, floor->level >= 3, floor->level == 1 ? POSTURE_HIGH : POSTURE_MEDIUM);
	posture_value(f, "%.120s is the weakest of %u%s", floor->weakest, floor->known,
	              floor->unknown > 0 || others || error != 0 ? "; others could not be judged"
	                                                         : "");
}

void posture_look_tls(struct posture_scan *scan)
{
	struct tls_ports ports;
	struct tls_floor floor = { .level = 0 };
	int error;

	if (!scan->conf->handshakes) {
		return;
	}
	error = tls_ports_find(scan, &ports);
	for (size_t i = 0; i < ports.n && !posture_stopped(scan); i++) {
		struct tls_facts facts;
		X509 *shown = NULL;
		unsigned level;

		ask(scan, &ports.at[i], &facts, &shown);
		level = tls_level(&facts);
		tell_listener(scan, &ports.at[i], &facts, level);
		tell_certificate(scan, &ports.at[i], shown);
		count_in(&floor, &ports.at[i], level);
		X509_free(shown);
	}
	if (!posture_stopped(scan)) {
		tell_floor(scan, &floor, ports.beyond > 0, error);
	}
}
