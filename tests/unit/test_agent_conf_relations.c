/* What one source's entry means for another's. */
#include "agent/conf_relations.h"

#include <stdio.h>
#include <string.h>

#include "agent/sources/ami.h"
#include "agent/sources/capture.h"
#include "agent/sources/cdr.h"
#include "agent/sources/cel.h"
#include "agent/sources/hep.h"
#include "agent/sources/queue_log.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

#define TOP                                                                                        \
	"site: s\nagent: a\nsite_key: k\n"                                                         \
	"collector: {address: h, ca: c, certificate: c, key: k}\nsources:\n"
#define QUEUE_LOGS "  queue_log: [{file: /a}, {file: /b}]\n"

static const struct source_ops *const kinds[] = {
	&source_queue_log, &source_cel, &source_cdr, &source_ami, &source_capture, &source_hep, NULL
};

enum { QUEUE_LOG, CEL, CDR, AMI };

static void read_conf(struct agent_conf *conf, const char *text)
{
	struct fault fault = { 0 };
	struct temp temp;

	temp_open(&temp);
	assert_int_equal(agent_conf_read(conf, temp_text(&temp, "agent.yaml", text), kinds, &fault),
	                 0);
	temp_remove(&temp);
}

static bool leaves(const struct agent_conf *conf, size_t i)
{
	const struct queue_log_conf *entry = agent_conf_entry(conf, QUEUE_LOG, i);

	return entry->no_handoffs;
}

static void without_cel_queue_log_tells_its_handoffs(void **state)
{
	struct agent_conf conf;

	(void)state;
	read_conf(&conf, TOP QUEUE_LOGS);
	assert_false(leaves(&conf, 0));
	assert_false(leaves(&conf, 1));
	agent_conf_free(&conf);
}

static void beside_cel_every_queue_log_leaves_them(void **state)
{
	struct agent_conf conf;

	(void)state;
	read_conf(&conf, TOP QUEUE_LOGS "  cel: [{file: /c}]\n");
	assert_true(leaves(&conf, 0));
	assert_true(leaves(&conf, 1));
	agent_conf_free(&conf);
}

static void beside_logs_a_manager_interface_leaves_what_they_tell(void **state)
{
	struct agent_conf conf;
	const struct ami_conf *ami;

	(void)state;
	read_conf(&conf, TOP QUEUE_LOGS "  cel: [{file: /c}]\n  ami: [{calls: true}]\n");
	ami = agent_conf_entry(&conf, AMI, 0);
	assert_true(ami->no_contacts && ami->no_handoffs && ami->no_calls);
	agent_conf_free(&conf);
	read_conf(&conf, TOP "  ami: [{calls: true}]\n");
	ami = agent_conf_entry(&conf, AMI, 0);
	assert_false(ami->no_contacts || ami->no_handoffs || ami->no_calls);
	agent_conf_free(&conf);
}

static void channel_events_of_a_manager_interface_tell_the_handoffs(void **state)
{
	struct agent_conf conf;

	(void)state;
	read_conf(&conf, TOP QUEUE_LOGS "  ami: [{calls: true}]\n");
	assert_true(leaves(&conf, 0) && leaves(&conf, 1));
	agent_conf_free(&conf);
	read_conf(&conf, TOP QUEUE_LOGS "  ami: [{}]\n");
	assert_false(leaves(&conf, 0) || leaves(&conf, 1));
	agent_conf_free(&conf);
}

/* ---- queues on the wire ---- */

#define WIRE_QUEUES "queues: [sip:support@*], agents: [sip:2*@*]"

static const struct queues_case {
	const char *name;
	const char *sources;
	const char *want; /* in the problem; NULL: none */
} queues_rows[] = {
	{ "queues_of_the_wire_alone_are_fine", "  capture: [{interface: lo, " WIRE_QUEUES "}]\n",
	  NULL },
	{ "capture_without_queues_beside_queue_log_is_fine",
	  QUEUE_LOGS "  capture: [{interface: lo}]\n", NULL },
	{ "queues_of_the_wire_beside_queue_log_count_twice",
	  QUEUE_LOGS "  capture: [{interface: lo, " WIRE_QUEUES "}]\n",
	  "queues under queue_log and under capture" },
	{ "queues_of_a_mirror_beside_queue_log_count_twice",
	  QUEUE_LOGS "  hep: [{" WIRE_QUEUES "}]\n", "queues under queue_log and under hep" },
	{ "queues_of_the_wire_and_of_a_mirror_count_twice",
	  "  capture: [{interface: lo, " WIRE_QUEUES "}]\n  hep: [{" WIRE_QUEUES "}]\n",
	  "queues under capture and under hep" },
};

static void keep_queues(void *arg, const char *text)
{
	struct buf *out = arg;

	if (strstr(text, "count each contact twice") != NULL) {
		buf_add_text(out, text);
	}
}

static void queues_run(void **state)
{
	const struct queues_case *row = *state;
	struct agent_conf conf;
	char text[1024];
	struct buf told;

	buf_init(&told, 4096);
	(void)snprintf(text, sizeof(text), TOP "%s", row->sources);
	read_conf(&conf, text);
	(void)agent_conf_problems(&conf, keep_queues, &told);
	assert_int_equal(told.len > 0, row->want != NULL);
	assert_non_null(strstr(buf_text(&told), row->want != NULL ? row->want : ""));
	agent_conf_free(&conf);
	buf_free(&told);
}

static void bind_files(const struct source_ops *kind, struct conf_doc *doc, void **entry)
{
	struct fault fault = { 0 };

	assert_int_equal(agent_conf_bind_text(kind, "{files: [/x]}", doc, entry, &fault), 0);
}

static void files_of_the_command_line_take_the_words_of_the_configuration(void **state)
{
	const struct cel_conf *cel;
	struct agent_conf conf;
	struct conf_doc doc;
	void *entry;

	(void)state;
	read_conf(&conf, TOP "  cel: [{file: /c, menus: m1, survey_max: 10, max_age: 2h}]\n");
	bind_files(&source_cel, &doc, &entry);
	agent_conf_inherit(&conf, &source_cel, entry);
	cel = entry;
	assert_string_equal(cel->rules.menus, "m1");
	assert_int_equal(cel->rules.survey_max, 10);
	assert_int_equal(cel->max_age_ms, 7200000);
	assert_null(cel->log.file);
	assert_int_equal(cel->log.files.count, 1);
	conf_free(&doc);
	agent_conf_free(&conf);
}

static void without_an_entry_defaults_stay(void **state)
{
	const struct cdr_conf *cdr;
	struct agent_conf conf;
	struct conf_doc doc;
	void *entry;

	(void)state;
	read_conf(&conf, TOP "  cel: [{file: /c}]\n");
	bind_files(&source_cdr, &doc, &entry);
	agent_conf_inherit(&conf, &source_cdr, entry);
	cdr = entry;
	assert_int_equal(cdr->max_calls, 4096);
	assert_false(cdr->gmt);
	conf_free(&doc);
	agent_conf_free(&conf);
}

static void queue_logs_of_the_command_line_take_nothing(void **state)
{
	const struct queue_log_conf *log;
	struct agent_conf conf;
	struct conf_doc doc;
	void *entry;

	(void)state;
	read_conf(&conf, TOP "  queue_log: [{file: /a, max_open: 16}]\n");
	bind_files(&source_queue_log, &doc, &entry);
	agent_conf_inherit(&conf, &source_queue_log, entry);
	log = entry;
	assert_int_equal(log->max_open, 8192);
	conf_free(&doc);
	agent_conf_free(&conf);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, without_cel_queue_log_tells_its_handoffs);
	cases_test(&c, beside_cel_every_queue_log_leaves_them);
	cases_test(&c, beside_logs_a_manager_interface_leaves_what_they_tell);
	cases_test(&c, channel_events_of_a_manager_interface_tell_the_handoffs);
	cases_table(&c, queues_rows, queues_run);
	cases_test(&c, files_of_the_command_line_take_the_words_of_the_configuration);
	cases_test(&c, without_an_entry_defaults_stay);
	cases_test(&c, queue_logs_of_the_command_line_take_nothing);
	return cases_run("agent/conf_relations", &c, NULL, NULL);
}
