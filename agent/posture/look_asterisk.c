/*
 * What Asterisk's configuration lets in: `ami_exposed` and `ami_secret` (manager.conf),
 * `http_exposed` (http.conf), `sip_guests` (sip.conf, pjsip.conf), `sip_verify` (whose certificates
 * it checks).
 *
 * Secrets are judged where they are read and go nowhere; accounts are named by the line they stand
 * in.
 */
#include "agent/posture/scan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent/posture/asterisk_file.h"
#include "agent/posture/host_file.h"
#include "agent/posture/secrets.h"
#include "agent/posture/sip_trust.h"

#define ACCOUNTS_MAX 64 /* told of; all are judged */

static void unreadable(struct posture_scan *scan, const char *check, const char *file, int error)
{
	char path[POSTURE_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%.900s/%s", scan->conf->asterisk, file);
	host_unreadable(scan, posture_report_add(scan->report, check, file), path, error);
}

/* @return whether it was read; what is not there needs no finding. */
static bool load(struct posture_scan *scan, const char *check, const char *file,
                 struct asterisk_config *c)
{
	int rc = asterisk_file_load(scan, file, c);

	if (rc != 0 && rc != -ENOENT) {
		unreadable(scan, check, file, rc);
	}
	return rc == 0;
}

/* ---- manager.conf ---- */

struct accounts {
	unsigned n;
	unsigned open;   /* without permit, deny or acl */
	unsigned flawed; /* with a secret that is none */
};

static bool is_account(const struct asterisk_section *s)
{
	return strcasecmp(s->name, "general") != 0 && asterisk_find(s, "secret") != NULL;
}

static bool is_restricted(const struct asterisk_section *s)
{
	return asterisk_find(s, "deny") != NULL || asterisk_find(s, "acl") != NULL;
}

/* Only what is wrong is told of each; a figure of all stands in ami_exposed. */
static void judge_account(struct posture_scan *scan, const struct asterisk_section *s,
                          struct accounts *all, bool wide)
{
	const struct asterisk_value *secret = asterisk_find(s, "secret");
	enum secret_flaw flaw = secret_judge(slice_of(secret->value), slice_of(s->name));
	char place[ASTERISK_PLACE_MAX];
	struct posture_finding *f;

	all->n++;
	all->open += !is_restricted(s);
	all->flawed += flaw != SECRET_FINE;
	if (flaw == SECRET_FINE || all->flawed > ACCOUNTS_MAX) {
		return;
	}
	f = posture_report_add(scan->report, "ami_secret",
	                       asterisk_place(secret->file, secret->line, place));
	posture_judge(f, false,
	              flaw == SECRET_SHORT        ? POSTURE_MEDIUM
	              : wide && !is_restricted(s) ? POSTURE_CRITICAL
	                                          : POSTURE_HIGH);
	posture_value(f, "the secret %s", secret_flaw_text(flaw));
}

static void tell_accounts(struct posture_scan *scan, const struct accounts *all, bool enabled,
                          bool wide)
{
	struct posture_finding *f = posture_report_add(scan->report, "ami_exposed", "manager.conf");

	posture_judge(f, !enabled || !wide || all->open == 0, POSTURE_HIGH);
	if (!enabled) {
		posture_value(f, "the manager interface is off");
	} else if (!wide) {
		posture_value(f, "bound to loopback");
	} else {
		posture_value(
			f,
			"bound to addresses that others reach; %u of %u accounts have neither "
			"deny nor acl",
			all->open, all->n);
	}
	if (enabled && all->flawed == 0 && all->n > 0) {
		f = posture_report_add(scan->report, "ami_secret", "manager.conf");
		posture_judge(f, true, POSTURE_INFORMATION);
		posture_value(f, "no secret of %u accounts is short or a known default", all->n);
	}
}

/* bindaddr: all addresses unless it is set (main/manager.c). */
static void look_at_manager(struct posture_scan *scan)
{
	const struct asterisk_section *s = NULL;
	struct accounts all = { 0 };
	struct asterisk_config c;

	if (load(scan, "ami_exposed", "manager.conf", &c)) {
		const struct asterisk_section *general = asterisk_section(&c, "general");
		bool enabled = asterisk_bool(general, "enabled", false);
		bool wide = asterisk_bound_wide(asterisk_text(general, "bindaddr", "::"));

		while ((s = asterisk_section_after(&c, s, NULL)) != NULL) {
			if (enabled && is_account(s)) {
				judge_account(scan, s, &all, wide);
			}
		}
		tell_accounts(scan, &all, enabled, wide);
	}
	asterisk_config_free(&c);
}

/* ---- http.conf ---- */

/* There is no default address: without bindaddr the server does not run (http.conf.sample). */
static void look_at_http(struct posture_scan *scan)
{
	struct asterisk_config c;

	if (load(scan, "http_exposed", "http.conf", &c)) {
		const struct asterisk_section *s = asterisk_section(&c, "general");
		const char *bind = asterisk_text(s, "bindaddr", "");
		bool on = asterisk_bool(s, "enabled", false) && bind[0] != '\0';
		bool wide = on && asterisk_bound_wide(bind);
		struct posture_finding *f =
			posture_report_add(scan->report, "http_exposed", "http.conf");

		posture_judge(f, !wide, POSTURE_MEDIUM);
		posture_value(f, "%s",
		              !on    ? "the web server is off"
		              : wide ? "unencrypted HTTP is bound to addresses that others reach: "
		                       "bindaddr=127.0.0.1, and tlsbindaddr for the others"
		                     : "bound to loopback");
	}
	asterisk_config_free(&c);
}

/* ---- guests ---- */

static void tell_guests(struct posture_scan *scan, const char *file, bool allowed, const char *how)
{
	struct posture_finding *f = posture_report_add(scan->report, "sip_guests", file);

	posture_judge(f, !allowed, POSTURE_HIGH);
	posture_value(f, "%s%s",
	              allowed ? "calls without an account are let in: " : "no guests: ", how);
}

static bool is_unloaded(const struct posture_scan *scan, const char *module)
{
	struct asterisk_config c;
	bool unloaded = false;

	if (asterisk_file_load(scan, "modules.conf", &c) == 0) {
		const struct asterisk_section *s = asterisk_section(&c, "modules");

		for (const struct asterisk_value *v = s != NULL ? s->first : NULL; v != NULL;
		     v = v->next) {
			unloaded = unloaded || (strcasecmp(v->name, "noload") == 0 &&
			                        strcasecmp(v->value, module) == 0);
		}
	}
	asterisk_config_free(&c);
	return unloaded;
}

/* chan_sip lets guests in unless allowguest is set to no (sip.conf.sample). */
static void look_at_chan_sip(struct posture_scan *scan)
{
	struct asterisk_config c;

	if (load(scan, "sip_guests", "sip.conf", &c) && !is_unloaded(scan, "chan_sip.so")) {
		bool allowed = asterisk_bool(asterisk_section(&c, "general"), "allowguest", true);

		tell_guests(scan, "sip.conf", allowed,
		            allowed ? "set allowguest=no" : "allowguest=no");
	}
	asterisk_config_free(&c);
}

/* res_pjsip lets them in as the endpoint "anonymous" or "anonymous@DOMAIN" (docs.asterisk.org,
 * res_pjsip). */
static void look_at_pjsip(struct posture_scan *scan)
{
	const struct asterisk_section *s = NULL;
	struct asterisk_config c;
	bool allowed = false;

	if (load(scan, "sip_guests", "pjsip.conf", &c)) {
		while ((s = asterisk_section_after(&c, s, NULL)) != NULL) {
			bool anonymous = strncasecmp(s->name, "anonymous", 9) == 0 &&
			                 (s->name[9] == '\0' || s->name[9] == '@');

			allowed = allowed || (anonymous && strcasecmp(asterisk_text(s, "type", ""),
			                                              "endpoint") == 0);
		}
		tell_guests(scan, "pjsip.conf", allowed,
		            allowed ? "there is an endpoint `anonymous`"
		                    : "no endpoint `anonymous`");
	}
	asterisk_config_free(&c);
}

static void look_at_trust(struct posture_scan *scan)
{
	enum sip_trust trust = sip_trust(scan);
	struct posture_finding *f;

	if (trust == SIP_TRUST_UNKNOWN) {
		return; /* no TLS, or unreadable, which has been told */
	}
	f = posture_report_add(scan->report, "sip_verify", "trunks");
	posture_judge(f, trust == SIP_TRUST_VERIFIED, POSTURE_MEDIUM);
	posture_value(f, "%s",
	              trust == SIP_TRUST_VERIFIED
	                      ? "certificates of those it calls over TLS are verified"
	                      : "certificates of those it calls over TLS are not verified: "
	                        "verify_server=yes (pjsip), tlsdontverifyserver=no (chan_sip)");
}

void posture_look_asterisk(struct posture_scan *scan)
{
	look_at_manager(scan);
	look_at_http(scan);
	look_at_chan_sip(scan);
	look_at_pjsip(scan);
	look_at_trust(scan);
}
