/* What is said of Asterisk's configuration: that something is missing, where, and what to add. */
#include <stdio.h>
#include <sys/stat.h>
#include <utime.h>

#include "agent/asterisk/advice.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

#define GOOD_GENERAL "[general]\nenabled = yes\ntimestampevents = yes\n"
#define GOOD_USER    "[cxmeter]\nsecret = hidden\nread = all\nwrite = reporting\n"

struct world {
	struct temp temp;
	char told[8192];
};

static void on_told(void *arg, const char *text)
{
	struct world *w = arg;
	size_t n = strlen(w->told);

	(void)snprintf(w->told + n, sizeof(w->told) - n, "%s\n", text);
}

struct advice_case {
	const char *name;
	const char *file;
	const char *text;
	struct asterisk_wish wish;
	unsigned n;
	const char *told; /* part of it */
};

static const struct advice_case manager[] = {
	{ "a_good_configuration_is_told_nothing_of",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER,
	  { .user = "cxmeter", .port = 5038, .media = true, .variables = true },
	  0,
	  "" },
	{ "a_disabled_interface_is_told",
	  "manager.conf",
	  "[general]\ntimestampevents=yes\n" GOOD_USER,
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "add to [general]: enabled = yes" },
	{ "missing_times_are_told",
	  "manager.conf",
	  "[general]\nenabled=yes\n" GOOD_USER,
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "timestampevents = yes" },
	{ "another_port_is_told",
	  "manager.conf",
	  GOOD_GENERAL "port=5555\n" GOOD_USER,
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "it listens on port 5555, not on 5038" },
	{ "no_tls_listener_is_told",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER,
	  { .user = "cxmeter", .port = 5039, .tls = true },
	  1,
	  "tlsenable = yes" },
	{ "a_missing_user_is_told_with_its_lines",
	  "manager.conf",
	  GOOD_GENERAL,
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "add: [cxmeter] | secret =" },
	{ "a_user_of_a_template_is_found",
	  "manager.conf",
	  GOOD_GENERAL "[base](!)\nsecret=x\nread=all\nwrite=all\n[cxmeter](base)\n",
	  { .user = "cxmeter", .port = 5038 },
	  0,
	  "" },
	{ "a_user_without_a_secret_is_told",
	  "manager.conf",
	  GOOD_GENERAL "[cxmeter]\nread = all\nwrite = reporting\n",
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "[cxmeter] has no secret, so nobody can log in as it" },
	{ "a_missing_class_is_told",
	  "manager.conf",
	  GOOD_GENERAL
	  "[cxmeter]\nsecret=hidden\nread=system,call,agent,security\nwrite=reporting\n",
	  { .user = "cxmeter", .port = 5038, .variables = true },
	  1,
	  "[cxmeter] may not read dialplan" },
	{ "a_class_nobody_needs_is_not",
	  "manager.conf",
	  GOOD_GENERAL
	  "[cxmeter]\nsecret=hidden\nread=system,call,agent,security\nwrite=reporting\n",
	  { .user = "cxmeter", .port = 5038 },
	  0,
	  "" },
	{ "what_may_not_be_asked_of_channels_is_told_as_an_option",
	  "manager.conf",
	  GOOD_GENERAL "[cxmeter]\nsecret=hidden\nread=all\nwrite=\n",
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "optional: [cxmeter] may not ask which calls are up; without it, calls in progress when "
	  "the connection is lost end as lost; add to that section: write = reporting" },
	{ "an_account_of_a_wider_class_may_ask",
	  "manager.conf",
	  GOOD_GENERAL "[cxmeter]\nsecret=hidden\nread=all\nwrite=call,system\n",
	  { .user = "cxmeter", .port = 5038 },
	  0,
	  "" },
	{ "a_denied_host_is_told",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER "deny=0.0.0.0/0.0.0.0\npermit=10.0.0.0/255.0.0.0\n",
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "permit = 127.0.0.1/255.255.255.255" },
	{ "a_permit_behind_the_deny_lets_in",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER "deny=0.0.0.0/0.0.0.0\npermit=127.0.0.1/255.255.255.255\n",
	  { .user = "cxmeter", .port = 5038 },
	  0,
	  "" },
	{ "a_filter_is_told",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER "eventfilter=!Event: VarSet\n",
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "filters events" },
	{ "a_missing_file_is_told",
	  "other.conf",
	  "",
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "manager.conf: is not there" },
	{ "a_broken_line_is_told_with_its_place",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER "oops\n",
	  { .user = "cxmeter", .port = 5038 },
	  1,
	  "manager.conf:8: no = in the line" },
	{ "channel_events_need_cel",
	  "manager.conf",
	  GOOD_GENERAL GOOD_USER,
	  { .user = "cxmeter", .port = 5038, .calls = true },
	  1,
	  "cel.conf: is not there" },
};

static void manager_run(void **state)
{
	const struct advice_case *c = *state;
	struct world w = { .told = "" };
	struct asterisk_tell tell = { on_told, &w };

	temp_open(&w.temp);
	(void)temp_text(&w.temp, c->file, c->text);
	assert_int_equal(asterisk_advise_manager(w.temp.dir, &c->wish, &tell), c->n);
	assert_non_null(strstr(w.told, c->told));
	assert_null(strstr(w.told, "hidden"));
	temp_remove(&w.temp);
}

/* What a second file beside a good manager.conf comes to. */
static const struct advice_case others[] = {
	{ "queues_that_hide_nothing_are_told_nothing_of",
	  "queues.conf",
	  "[general]\n[sales]\neventwhencalled=yes\neventmemberstatus=yes\n[support]\n"
	  "eventwhencalled=vars\nstrategy=ringall\n",
	  { .user = "cxmeter", .port = 5038, .contacts = true },
	  0,
	  "" },
	{ "variables_are_only_told_with_calls",
	  "queues.conf",
	  "[sales]\neventmemberstatus=vars\n",
	  { .user = "cxmeter", .port = 5038, .contacts = true },
	  1,
	  "[sales] line 2: eventmemberstatus = vars hides events" },
	{ "a_queue_that_hides_events_is_told_with_its_line",
	  "queues.conf",
	  "[general]\n[sales]\neventwhencalled=yes\n[support]\neventwhencalled=no\n",
	  { .user = "cxmeter", .port = 5038, .contacts = true },
	  1,
	  "[support] line 5: eventwhencalled = no hides events before Asterisk 12" },
	{ "a_queue_with_both_options_off_is_told_twice",
	  "queues.conf",
	  "[sales]\neventwhencalled=no\neventmemberstatus=no\n",
	  { .user = "cxmeter", .port = 5038, .contacts = true },
	  2,
	  "[sales] line 3: eventmemberstatus = no" },
	{ "queues_are_no_matter_where_a_log_tells_contacts",
	  "queues.conf",
	  "[sales]\neventwhencalled=no\n",
	  { .user = "cxmeter", .port = 5038 },
	  0,
	  "" },
	{ "queues_in_a_database_are_told_nothing_of",
	  "other.conf",
	  "",
	  { .user = "cxmeter", .port = 5038, .contacts = true },
	  0,
	  "" },
	{ "channel_events_that_go_to_the_manager_are_told_nothing_of",
	  "cel.conf",
	  "[general]\nenable=yes\n[manager]\nenabled=yes\n",
	  { .user = "cxmeter", .port = 5038, .calls = true },
	  0,
	  "" },
	{ "channel_events_that_do_not_are_told",
	  "cel.conf",
	  "[general]\nenable=yes\n",
	  { .user = "cxmeter", .port = 5038, .calls = true },
	  1,
	  "add: [manager] | enabled = yes" },
	{ "channel_events_that_are_off_are_told",
	  "cel.conf",
	  "[general]\n[manager]\nenabled=yes\n",
	  { .user = "cxmeter", .port = 5038, .calls = true },
	  1,
	  "add to [general]: enable = yes" },
};

static void other_run(void **state)
{
	const struct advice_case *c = *state;
	struct world w = { .told = "" };
	struct asterisk_tell tell = { on_told, &w };

	temp_open(&w.temp);
	(void)temp_text(&w.temp, "manager.conf", GOOD_GENERAL GOOD_USER);
	(void)temp_text(&w.temp, c->file, c->text);
	assert_int_equal(asterisk_advise_manager(w.temp.dir, &c->wish, &tell), c->n);
	assert_non_null(strstr(w.told, c->told));
	temp_remove(&w.temp);
}

struct cel_case {
	const char *name;
	const char *cel;
	const char *custom;
	const char *modules;
	unsigned n;
	const char *told;
};

#define CEL     "[general]\nenable=yes\napps=all\nevents=ALL\n"
#define ALL     "[modules]\nautoload=yes\n"
#define MAPPING "[mappings]\nMaster.csv => ${CSV_QUOTE(${eventtype})}\n"

static const struct cel_case cels[] = {
	{ "a_log_that_is_written_is_told_nothing_of", CEL, MAPPING, "[modules]\nautoload=yes\n", 0,
	  "" },
	{ "events_that_are_off_are_told", "[general]\napps=all\nevents=ALL\n", MAPPING, ALL, 1,
	  "enable = yes" },
	{ "enabled_without_events_is_silent", "[general]\nenable=yes\napps=all\n", MAPPING, ALL, 1,
	  "events = ALL" },
	{ "enabled_without_applications_is_told", "[general]\nenable=yes\nevents=ALL\n", MAPPING,
	  ALL, 1, "apps = all" },
	{ "a_backend_without_mapping_is_silent", CEL, "[mappings]\n;Master.csv => x\n", ALL, 1,
	  "enabled but silent" },
	{ "a_field_that_makes_it_decline_is_told", CEL,
	  "[Master.csv]\nformat=dsv\nfields => EventType,CIDName,UniqueID\n", ALL, 1,
	  "there is no field CIDName" },
	{ "a_module_that_is_not_loaded_is_told", CEL, MAPPING,
	  "[modules]\nautoload=yes\nnoload = cel_custom.so\n", 1, "load = cel_custom.so" },
	{ "a_module_that_is_loaded_by_name_is_not", CEL, MAPPING,
	  "[modules]\nautoload=no\nload = cel_custom.so\n", 0, "" },
};

static void cel_run(void **state)
{
	const struct cel_case *c = *state;
	struct world w = { .told = "" };
	struct asterisk_tell tell = { on_told, &w };

	temp_open(&w.temp);
	(void)temp_text(&w.temp, "cel.conf", c->cel);
	(void)temp_text(&w.temp, "cel_custom.conf", c->custom);
	(void)temp_text(&w.temp, "modules.conf", c->modules);
	assert_int_equal(asterisk_advise_cel(w.temp.dir, "/x/Master.csv", &tell), c->n);
	assert_non_null(strstr(w.told, c->told));
	temp_remove(&w.temp);
}

static void a_log_that_stands_still_beside_one_that_grows_is_told(void **state)
{
	struct world w = { .told = "" };
	struct asterisk_tell tell = { on_told, &w };
	const struct utimbuf old = { 1795323000, 1795323000 };
	const struct utimbuf new = { 1795323000 + 7200, 1795323000 + 7200 };
	char log[512];

	(void)state;
	temp_open(&w.temp);
	(void)temp_text(&w.temp, "cel.conf", CEL);
	(void)temp_text(&w.temp, "cel_custom.conf", MAPPING);
	(void)mkdir(temp_path(&w.temp, "cel-custom"), 0700);
	(void)snprintf(log, sizeof(log), "%s", temp_text(&w.temp, "cel-custom/Master.csv", ""));
	(void)utime(log, &old);
	(void)utime(temp_text(&w.temp, "queue_log", ""), &new);
	assert_int_equal(asterisk_advise_cel(w.temp.dir, log, &tell), 1);
	assert_non_null(strstr(w.told, "has not grown for 120 minutes while queue_log has"));
	(void)utime(log, &new);
	assert_int_equal(asterisk_advise_cel(w.temp.dir, log, &tell), 0);
	temp_remove(&w.temp);
}

static void a_queue_log_in_a_database_is_told(void **state)
{
	struct world w = { .told = "" };
	struct asterisk_tell tell = { on_told, &w };

	(void)state;
	temp_open(&w.temp);
	(void)temp_text(&w.temp, "extconfig.conf", "[settings]\nqueue_log => odbc,asterisk\n");
	assert_int_equal(asterisk_advise_queue_log(w.temp.dir, &tell), 1);
	(void)temp_text(&w.temp, "logger.conf", "[general]\nqueue_log_to_file = yes\n");
	assert_int_equal(asterisk_advise_queue_log(w.temp.dir, &tell), 0);
	(void)temp_text(&w.temp, "logger.conf", "[general]\nqueue_log=no\nqueue_log_to_file=yes\n");
	assert_int_equal(asterisk_advise_queue_log(w.temp.dir, &tell), 1);
	assert_non_null(strstr(w.told, "queue_log = yes"));
	(void)temp_text(&w.temp, "logger.conf", "[general]\n");
	(void)temp_text(&w.temp, "extconfig.conf", "[settings]\nqueues => odbc,asterisk\n");
	assert_int_equal(asterisk_advise_queue_log(w.temp.dir, &tell), 0);
	temp_remove(&w.temp);
}

static void an_asterisk_that_runs_elsewhere_is_told_nothing_of(void **state)
{
	struct world w = { .told = "" };
	struct asterisk_tell tell = { on_told, &w };
	struct asterisk_wish wish = { .user = "cxmeter" };

	(void)state;
	assert_int_equal(asterisk_advise_manager("/nonexistent", &wish, &tell), 0);
	assert_int_equal(asterisk_advise_cel("/nonexistent", "/x/Master.csv", &tell), 0);
	assert_int_equal(asterisk_advise_queue_log("/nonexistent", &tell), 0);
	assert_true(asterisk_owns("/var/log/asterisk/queue_log"));
	assert_false(asterisk_owns("/srv/logs/queue_log"));
}

int main(void)
{
	static struct cases c;

	cases_table(&c, manager, manager_run);
	cases_table(&c, others, other_run);
	cases_table(&c, cels, cel_run);
	cases_test(&c, a_log_that_stands_still_beside_one_that_grows_is_told);
	cases_test(&c, a_queue_log_in_a_database_is_told);
	cases_test(&c, an_asterisk_that_runs_elsewhere_is_told_nothing_of);
	return cases_run("asterisk/advice", &c, NULL, NULL);
}
