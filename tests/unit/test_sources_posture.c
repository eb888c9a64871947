/* The source: a scan on its thread becomes records on the loop's. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/posture/scan.h"
#include "tests/support/cases.h"
#include "tests/support/loop_agent.h"
#include "tests/support/posture_world.h"
#include "tests/support/tally.h"
#include "tests/support/tls_listener.h"

#define OPS (&source_posture)

struct stage {
	struct loop_agent agent;
	struct posture_world w;
	struct source *source;
};

static void stage_open(struct stage *s, const char *yaml)
{
	struct fault fault = { 0 };

	loop_agent_open(&s->agent);
	posture_world_open(&s->w, yaml);
	posture_world_file(&s->w, "/proc/net/tcp", "");
	posture_world_file(&s->w, "/etc/asterisk/pjsip.conf", "[anonymous]\ntype=endpoint\n");
	s->agent.env.conf = s->w.conf;
	assert_int_equal(OPS->open(&s->source, &s->agent.env, &fault), 0);
}

static void stage_close(struct stage *s)
{
	OPS->close(s->source);
	posture_world_close(&s->w);
	loop_agent_close(&s->agent);
}

static const Cxm__Posture *record(const struct stage *s, const char *check)
{
	for (size_t i = 0; i < s->agent.w.n; i++) {
		const Cxm__Posture *p = (const Cxm__Posture *)s->agent.w.records[i];

		assert_ptr_equal(p->base.descriptor, &cxm__posture__descriptor);
		if (strcmp(p->check, check) == 0) {
			return p;
		}
	}
	fail_msg("no record of %s", check);
	return NULL;
}

static void a_scan_at_start_becomes_records(void **state)
{
	const Cxm__Posture *p;
	struct stage s;

	(void)state;
	stage_open(&s, "");
	s.agent.stop_at = 2;
	assert_int_equal(OPS->start(s.source), 0);
	loop_agent_run(&s.agent);
	p = record(&s, "sip_guests");
	assert_int_equal(p->source, CXM__SOURCE__POSTURE);
	assert_string_equal(p->host, s.agent.env.host);
	assert_string_equal(p->subject, "pjsip.conf");
	assert_int_equal(p->result, CXM__POSTURE__RESULT__FAIL);
	assert_true(p->has_severity);
	assert_int_equal(p->severity, POSTURE_HIGH);
	assert_int_equal(p->seen_us, p->at_us);
	assert_false(p->has_figure);
	p = record(&s, "patch_age");
	assert_int_equal(p->result, CXM__POSTURE__RESULT__UNKNOWN);
	assert_false(p->has_severity);
	stage_close(&s);
}

static void rows_of_advisories_that_say_nothing_are_counted(void **state)
{
	struct source_progress progress;
	struct tally t;
	struct stage s;

	(void)state;
	stage_open(&s, "advisories: /srv/advisories");
	posture_world_file(&s.w, "/var/lib/dpkg/status",
	                   "Package: a\nStatus: install ok installed\nVersion: 1\n\n");
	posture_world_file(&s.w, "/srv/advisories",
	                   "package,fixed_version,severity,published\n"
	                   "a,2,critical,2025-10-01\na,2,awful,2025-10-01\na,2\n");
	s.agent.stop_at = 2;
	assert_int_equal(OPS->start(s.source), 0);
	loop_agent_run(&s.agent);
	assert_int_equal(record(&s, "patch_age")->result, CXM__POSTURE__RESULT__FAIL);
	OPS->progress(s.source, &progress);
	assert_int_equal(progress.rejected, 2);
	tally_of(&t, OPS, s.source);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "advisory_row"), 2);
	stage_close(&s);
}

static void one_shot_ends_when_it_has_looked(void **state)
{
	struct source_progress progress;
	struct stage s;

	(void)state;
	stage_open(&s, "");
	stage_close(&s);
	loop_agent_open(&s.agent);
	s.agent.env.one_shot = true;
	posture_world_open(&s.w, "");
	s.agent.env.conf = s.w.conf;
	assert_int_equal(OPS->open(&s.source, &s.agent.env, NULL), 0);
	assert_int_equal(OPS->start(s.source), 0);
	loop_agent_run(&s.agent);
	assert_int_equal(s.agent.done_calls, 1);
	assert_int_equal(s.agent.done_rc, 0);
	OPS->progress(s.source, &progress);
	assert_int_equal(progress.done, 1);
	assert_int_equal(progress.records, s.agent.w.n);
	stage_close(&s);
}

static void nothing_is_emitted_while_it_is_paused(void **state)
{
	struct source_progress progress;
	struct stage s;

	(void)state;
	stage_open(&s, "");
	assert_int_equal(OPS->start(s.source), 0);
	OPS->pause(s.source);
	assert_int_equal(event_base_loop(s.agent.env.base, EVLOOP_ONCE), 0); /* the scan begins */
	assert_int_equal(event_base_loop(s.agent.env.base, EVLOOP_ONCE), 0); /* and is over */
	assert_int_equal(s.agent.w.n, 0);
	OPS->resume(s.source);
	assert_true(s.agent.w.n >= 2);
	OPS->progress(s.source, &progress);
	assert_int_equal(progress.records, s.agent.w.n);
	stage_close(&s);
}

/* A listener that never answers, with a deadline beyond any test's patience. */
static void a_scan_in_the_middle_is_stopped_at_once(void **state)
{
	struct stage s;
	char text[64];
	uint16_t port;
	int fd = silent_listener(&port);

	(void)state;
	(void)snprintf(text, sizeof(text), "deadline: 30s\ntls: [ \"%u\" ]", port);
	stage_open(&s, text);
	assert_int_equal(OPS->start(s.source), 0);
	assert_int_equal(event_base_loop(s.agent.env.base, EVLOOP_ONCE), 0);
	OPS->stop(s.source);
	assert_int_equal(s.agent.w.n, 0); /* half a look is none */
	stage_close(&s);
	(void)close(fd);
}

static void there_is_no_position(void **state)
{
	struct buf out;
	struct stage s;

	(void)state;
	stage_open(&s, "");
	buf_init(&out, 64);
	assert_int_equal(OPS->checkpoint(s.source, &out), 0);
	assert_int_equal(out.len, 0);
	buf_free(&out);
	stage_close(&s);
}

/* ---- configuration ---- */

struct conf_case {
	const char *name;
	const char *yaml;
	int rc;
	const char *says;
};

static const struct conf_case confs[] = {
	{ "nothing_but_defaults_is_fine", "", 0, "" },
	{ "own_listeners_are_fine", "tls: [ 5061, \"127.0.0.1:8089\", \"[::1]:8089\" ]", 0, "" },
	{ "a_listener_of_another_host_is_refused", "tls: [ \"192.0.2.1:5061\" ]", -EADDRNOTAVAIL,
	  "no address of this host" },
	{ "every_address_is_none", "tls: [ \"0.0.0.0:5061\" ]", -EADDRNOTAVAIL, "no address" },
	{ "a_name_is_no_listener", "tls: [ \"localhost:5061\" ]", -EINVAL, "is no listener" },
	{ "port_0_is_no_listener", "tls: [ 0 ]", -EINVAL, "is no listener" },
	{ "version_6_needs_brackets", "tls: [ \"::1:5061\" ]", -EINVAL, "is no listener" },
	{ "a_relative_folder_is_refused", "recordings: [ monitor ]", -EINVAL,
	  "begin with a slash" },
	{ "a_relative_file_is_refused", "advisories: feed.csv", -EINVAL, "begin with a slash" },
};

static void configurations_are_checked(void **state)
{
	const struct conf_case *c = *state;
	struct fault fault = { .text = "" };
	struct posture_world w;

	posture_world_open(&w, c->yaml);
	assert_int_equal(OPS->check(w.conf, &fault), c->rc);
	assert_non_null(strstr(fault.text, c->says));
	posture_world_close(&w);
}

static void tell(void *arg, const char *text)
{
	char *all = arg;

	(void)snprintf(all + strlen(all), 4096 - strlen(all), "%s\n", text);
}

static void check_names_what_would_stay_unknown(void **state)
{
	char told[4096] = "";
	const struct source_examine e = { tell, told };
	struct posture_world w;

	(void)state;
	posture_world_open(&w, "recordings: [ /srv/calls ]");
	OPS->examine(w.conf, &e);
	assert_non_null(strstr(told, "posture: patch_age stays unknown: no file of advisories"));
	assert_non_null(strstr(told, "recording_storage stays unknown: /srv/calls"));
	posture_world_close(&w);
}

/* ---- reports ---- */

static void findings_beyond_the_limit_are_counted(void **state)
{
	struct posture_report r;

	(void)state;
	assert_int_equal(posture_report_init(&r), 0);
	for (unsigned i = 0; i < POSTURE_FINDINGS_MAX + 3; i++) {
		posture_value(posture_report_add(&r, "x", "y"), "%u", i);
	}
	assert_int_equal(r.n, POSTURE_FINDINGS_MAX);
	assert_int_equal(r.beyond, 3);
	assert_string_equal(r.items[POSTURE_FINDINGS_MAX - 1].value, "511");
	posture_report_free(&r);
}

static void texts_become_labels(void **state)
{
	struct posture_report r;
	struct posture_finding *f;

	(void)state;
	assert_int_equal(posture_report_init(&r), 0);
	f = posture_report_add(&r, "x", "/a\nb\xff");
	assert_string_equal(f->subject, "/a?b?");
	f = posture_report_add(&r, "x",
	                       "/stra\xc3\x9f"
	                       "e");
	assert_string_equal(f->subject, "/stra\xc3\x9f"
	                                "e");
	posture_value(f, "%0*d", 2 * POSTURE_VALUE_MAX, 0);
	assert_int_equal(strlen(f->value), POSTURE_VALUE_MAX - 1);
	posture_report_free(&r);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, a_scan_at_start_becomes_records);
	cases_test(&c, rows_of_advisories_that_say_nothing_are_counted);
	cases_test(&c, one_shot_ends_when_it_has_looked);
	cases_test(&c, nothing_is_emitted_while_it_is_paused);
	cases_test(&c, a_scan_in_the_middle_is_stopped_at_once);
	cases_test(&c, there_is_no_position);
	cases_table(&c, confs, configurations_are_checked);
	cases_test(&c, check_names_what_would_stay_unknown);
	cases_test(&c, findings_beyond_the_limit_are_counted);
	cases_test(&c, texts_become_labels);
	return cases_run("sources_posture", &c, NULL, NULL);
}
