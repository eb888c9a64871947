/*
 * The collector's program as an operator meets it: its command line, exit codes and signals, a port
 * in use, and being killed while agents send. The programs lie in CXM_BIN.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/env.h"
#include "common/slice.h"
#include "cxmeter/store.h"
#include "proto/evidence.pb-c.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/lab.h"
#include "tests/support/pki.h"
#include "tests/support/wire_agent.h"

#define EPOCH       UINT64_C(77)
#define SAID_BYTES  ((size_t)16384)
#define ARGS_MAX    8
#define READY_WORD  "READY=1"
#define BATCH_COUNT UINT32_C(500)

struct world {
	struct pki *pki;
	int manager; /* socket on which the program says that it is ready */
	pid_t pid;   /* of the program that serves; 0: none */
	uint16_t port;
	char said[SAID_BYTES]; /* output of the last program that ended */
};

static void open_manager(struct world *w)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = WIRE_PATIENCE_S };

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", pki_path(w->pki, "notify"));
	w->manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(w->manager >= 0);
	assert_int_equal(0, bind(w->manager, (const struct sockaddr *)&at, sizeof(at)));
	(void)setsockopt(w->manager, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(0, setenv("NOTIFY_SOCKET", at.sun_path, 1));
}

static void write_conf(const struct world *w, const char *file, const char *text)
{
	FILE *out = fopen(pki_path(w->pki, file), "we");

	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(0, fclose(out));
}

#define CONF                                                                                       \
	"ca: ca.pem\ncertificate: server.pem\nkey: server.key\nlisten: 127.0.0.1:0\n"              \
	"store: sqlite:evidence.db\nport_file: port\n"

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->pki = pki_new("ca");
	pki_issue(w->pki, &(struct pki_leaf){ .name = "server", .san = PKI_LOCAL, .server = true });
	pki_issue(w->pki, &(struct pki_leaf){ .name = "pbx1",
	                                      .san = "URI:urn:cxmeter:nord:pbx1",
	                                      .client = true });
	open_manager(w);
	write_conf(w, "collector.yaml", CONF);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	if (w->pid != 0) {
		(void)kill(w->pid, SIGKILL);
		(void)waitpid(w->pid, NULL, 0);
	}
	(void)close(w->manager);
	pki_free(w->pki);
	free(w);
	return 0;
}

/* Start the program with these arguments; what it prints goes to the file "said". */
static pid_t launch(const struct world *w, const char *const *args)
{
	const char *argv[ARGS_MAX + 2] = { "cxmeter-collector" };

	for (size_t i = 0; i < ARGS_MAX && args[i] != NULL; i++) {
		argv[i + 1] = args[i];
	}
	(void)unlink(pki_path(w->pki, "said"));
	return lab_spawn_argv(pki_path(w->pki, "said"), argv);
}

/* Wait for its end and read what it said. @return the exit code, or 128 and its signal. */
static int end_of(struct world *w, pid_t pid)
{
	int code = lab_wait(pid);
	FILE *in = fopen(pki_path(w->pki, "said"), "re");

	assert_non_null(in);
	w->said[fread(w->said, 1, SAID_BYTES - 1, in)] = '\0';
	(void)fclose(in);
	return code;
}

static void wait_for(struct world *w, const char *word)
{
	char got[64] = "";

	while (strcmp(got, word) != 0) {
		ssize_t n = recv(w->manager, got, sizeof(got) - 1, 0);

		assert_true(n > 0);
		got[n] = '\0';
	}
}

/* Run the collector and wait until it serves. */
static void serve(struct world *w)
{
	const char *const args[] = { "run", "-c", pki_path(w->pki, "collector.yaml"), NULL };
	char text[16] = "";
	uint64_t port = 0;
	FILE *in;

	w->pid = launch(w, args);
	wait_for(w, READY_WORD);
	in = fopen(pki_path(w->pki, "port"), "re");
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	assert_int_equal(0, slice_u64(slice_trim(slice_of(text)), UINT16_MAX, &port));
	(void)fclose(in);
	w->port = (uint16_t)port;
}

/* End the collector by a signal. @return as end_of. */
static int end_by(struct world *w, int signal)
{
	pid_t pid = w->pid;

	w->pid = 0;
	assert_int_equal(0, kill(pid, signal));
	return end_of(w, pid);
}

static struct wire_agent *connect_agent(struct world *w, uint64_t *acked)
{
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct wire_agent *a = wire_connect(ctx, w->port);
	const Cxm__Frame *frame;

	SSL_CTX_free(ctx);
	assert_non_null(a);
	frame = wire_greet(
		a, &(struct wire_hello){ .epoch = EPOCH, .instance = 1, .next = 1000000000 });
	assert_non_null(frame);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, frame->body_case);
	*acked = frame->welcome->acked_sequence;
	return a;
}

/* ---- command line ---- */

struct command_case {
	const char *name;
	const char *args[4];
	int code;
	const char *want; /* is said */
};

static const struct command_case commands[] = {
	{ "help_is_printed", { "--help" }, 0, "usage: cxmeter-collector run" },
	{ "version_is_printed", { "--version" }, 0, "cxmeter-collector " CXM_VERSION },
	{ "no_command_is_wrong_usage", { NULL }, 2, "--help" },
	{ "unknown_command_is_wrong_usage", { "serve" }, 2, "unknown command \"serve\"" },
	{ "second_command_is_wrong_usage", { "run", "check" }, 2, "check" },
	{ "unknown_option_is_wrong_usage", { "run", "--fast" }, 2, "--help" },
	{ "option_without_its_file_is_wrong_usage", { "run", "-c" }, 2, "--help" },
	{ "missing_configuration_is_named", { "run", "-c", "/nonexistent" }, 2, "/nonexistent" },
	{ "check_of_a_missing_configuration_fails",
	  { "check", "-c", "/nonexistent" },
	  2,
	  "problem: /nonexistent" },
};

static void command_ends_with_code(void **state)
{
	const struct command_case *c = *state;
	void *made = NULL;
	struct world *w;

	assert_int_equal(0, setup(&made));
	w = made;
	assert_int_equal(c->code, end_of(w, launch(w, c->args)));
	assert_non_null(strstr(w->said, c->want));
	assert_int_equal(0, teardown(&made));
}

static int run_to_end(struct world *w, const char *conf)
{
	const char *const args[] = { "run", "-c", pki_path(w->pki, "other.yaml"), NULL };

	write_conf(w, "other.yaml", conf);
	return end_of(w, launch(w, args));
}

static void check_of_a_good_configuration_is_fine(void **state)
{
	struct world *w = *state;
	const char *const args[] = { "check", "-c", pki_path(w->pki, "collector.yaml"), NULL };

	assert_int_equal(0, end_of(w, launch(w, args)));
	assert_non_null(strstr(w->said, "configuration is fine\n"));
}

static void mistake_in_the_configuration_is_code_2_with_its_line(void **state)
{
	struct world *w = *state;

	assert_int_equal(2, run_to_end(w, CONF "window: many\n"));
	assert_non_null(strstr(w->said, "other.yaml:7: window"));
}

static void port_in_use_is_code_1_and_one_clear_line(void **state)
{
	struct world *w = *state;
	char conf[512];
	const char *line_end;

	serve(w);
	(void)snprintf(conf, sizeof(conf),
	               "ca: ca.pem\ncertificate: server.pem\nkey: server.key\nlisten: "
	               "127.0.0.1:%u\nstore: sqlite:other.db\n",
	               w->port);
	assert_int_equal(1, run_to_end(w, conf));
	assert_non_null(strstr(w->said, "another program listens there"));
	line_end = strchr(w->said, '\n');
	assert_non_null(line_end);
	assert_string_equal("\n", line_end);
}

static void a_missing_key_is_code_2(void **state)
{
	struct world *w = *state;

	assert_int_equal(0, unlink(pki_path(w->pki, "server.key")));
	assert_int_equal(2, run_to_end(w, CONF));
	assert_non_null(strstr(w->said, "server.key: cannot open the private key"));
}

static void a_store_that_cannot_be_made_is_code_2(void **state)
{
	struct world *w = *state;

	assert_int_equal(2, run_to_end(w, "ca: ca.pem\ncertificate: server.pem\nkey: server.key\n"
	                                  "listen: 127.0.0.1:0\nstore: "
	                                  "sqlite:/nonexistent/e.db\n"));
	assert_non_null(strstr(w->said, "/nonexistent"));
}

/* ---- serving ---- */

struct tally {
	uint64_t rows;
	uint64_t last; /* contact, which is the sequence */
	bool in_order;
};

static int count_row(void *arg, const ProtobufCMessage *m)
{
	const Cxm__QueueContact *contact = (const Cxm__QueueContact *)m;
	struct tally *t = arg;

	t->in_order &= contact->contact == t->last + 1;
	t->last = contact->contact;
	t->rows++;
	return 0;
}

/* Rows in the store; every sequence from 1 on has exactly one. */
static uint64_t count_rows(struct world *w)
{
	struct store_range all = { .site = "nord", .to_us = INT64_MAX };
	struct tally t = { .in_order = true };
	struct store *st = NULL;
	struct fault fault = { 0 };
	char url[256];

	all.kind = product_kind("QueueContact");
	(void)snprintf(url, sizeof(url), "sqlite:%s", pki_path(w->pki, "evidence.db"));
	assert_int_equal(0, cxm_store_open(&st, url, true, product_catalog(), &fault));
	assert_int_equal(0, st->ops->rows(st, &all, count_row, &t, &fault));
	assert_true(t.in_order);
	cxm_store_close(st);
	return t.rows;
}

static void what_is_acknowledged_is_in_the_database(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;
	uint64_t acked;

	serve(w);
	a = connect_agent(w, &acked);
	wire_batch(a, 1, BATCH_COUNT);
	assert_true(wire_wait_ack(a, BATCH_COUNT));
	wire_close(a);
	assert_int_equal(0, end_by(w, SIGTERM));
	assert_int_equal(BATCH_COUNT, count_rows(w));
}

/* Ten seconds are promised; a test under a sanitizer may take a part of that. */
static void stop_with_an_agent_that_stays_takes_less_than_ten_seconds(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;
	uint64_t acked;
	int64_t began_us;

	serve(w);
	a = connect_agent(w, &acked);
	began_us = env_mono_us(&env_system);
	assert_int_equal(0, end_by(w, SIGTERM));
	assert_true(env_mono_us(&env_system) - began_us < INT64_C(10000000));
	wire_close(a);
}

static void stop_removes_the_port_file(void **state)
{
	struct world *w = *state;

	serve(w);
	assert_int_equal(0, end_by(w, SIGINT));
	assert_int_equal(-1, access(pki_path(w->pki, "port"), F_OK));
}

static void counters_are_logged_when_asked_for(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;
	uint64_t acked;

	serve(w);
	a = connect_agent(w, &acked);
	wire_batch(a, 1, 10);
	assert_true(wire_wait_ack(a, 10));
	assert_int_equal(0, kill(w->pid, SIGUSR1));
	assert_int_equal(0, end_by(w, SIGTERM));
	assert_non_null(strstr(w->said, "agents=1 "));
	assert_non_null(strstr(w->said, "stored=10"));
	wire_close(a);
}

static void reload_takes_up_a_new_certificate(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;
	uint64_t acked;

	serve(w);
	pki_issue(w->pki, &(struct pki_leaf){ .name = "server", .san = PKI_LOCAL, .server = true });
	assert_int_equal(0, kill(w->pid, SIGHUP));
	wait_for(w, "RELOADING=1");
	wait_for(w, READY_WORD);
	a = connect_agent(w, &acked);
	wire_close(a);
	assert_int_equal(0, end_by(w, SIGTERM));
	assert_non_null(strstr(w->said, "taken up"));
}

static void reload_of_a_broken_configuration_keeps_the_old_one(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;
	uint64_t acked;

	serve(w);
	write_conf(w, "collector.yaml", CONF "window: many\n");
	assert_int_equal(0, kill(w->pid, SIGHUP));
	wait_for(w, READY_WORD);
	a = connect_agent(w, &acked);
	wire_close(a);
	assert_int_equal(0, end_by(w, SIGTERM));
	assert_non_null(strstr(w->said, "collector.yaml:7: window"));
	assert_non_null(strstr(w->said, "stays as it was"));
}

/* G02: killed again and again while an agent sends; the agent goes on where it is told to. */
static void killed_collector_loses_nothing_and_stores_nothing_twice(void **state)
{
	struct world *w = *state;
	uint64_t promised = 0;

	for (unsigned round = 1; round <= 12; round++) {
		struct wire_agent *a;
		uint64_t acked = 0;
		uint64_t n;

		serve(w);
		a = connect_agent(w, &acked);
		assert_true(acked >= promised);
		for (n = acked + 1; n <= acked + UINT64_C(8) * BATCH_COUNT; n += BATCH_COUNT) {
			wire_batch(a, n, BATCH_COUNT);
		}
		/* another number of acknowledgements each round, so another point in its work */
		promised = acked + (uint64_t)(round % 4) * BATCH_COUNT;
		assert_true(promised == acked || wire_wait_ack(a, promised));
		assert_int_equal(128 + SIGKILL, end_by(w, SIGKILL));
		wire_close(a);
	}
	serve(w);
	wire_close(connect_agent(w, &promised));
	assert_int_equal(0, end_by(w, SIGTERM));
	assert_true(promised > 0);
	assert_int_equal(promised, count_rows(w));
}

int main(void)
{
	static struct cases tests;

	cases_test_with(&tests, check_of_a_good_configuration_is_fine, setup, teardown);
	cases_test_with(&tests, mistake_in_the_configuration_is_code_2_with_its_line, setup,
	                teardown);
	cases_test_with(&tests, port_in_use_is_code_1_and_one_clear_line, setup, teardown);
	cases_test_with(&tests, a_missing_key_is_code_2, setup, teardown);
	cases_test_with(&tests, a_store_that_cannot_be_made_is_code_2, setup, teardown);
	cases_test_with(&tests, what_is_acknowledged_is_in_the_database, setup, teardown);
	cases_test_with(&tests, stop_with_an_agent_that_stays_takes_less_than_ten_seconds, setup,
	                teardown);
	cases_test_with(&tests, stop_removes_the_port_file, setup, teardown);
	cases_test_with(&tests, counters_are_logged_when_asked_for, setup, teardown);
	cases_test_with(&tests, reload_takes_up_a_new_certificate, setup, teardown);
	cases_test_with(&tests, reload_of_a_broken_configuration_keeps_the_old_one, setup,
	                teardown);
	cases_test_with(&tests, killed_collector_loses_nothing_and_stores_nothing_twice, setup,
	                teardown);
	cases_table(&tests, commands, command_ends_with_code);
	return cases_run("collector", &tests, NULL, NULL);
}
