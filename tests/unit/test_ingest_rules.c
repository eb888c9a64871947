/*
 * Who may connect, over real TLS on loopback: certificates good and bad, lists, revocations, and
 * what a reload changes while agents are connected.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/cases.h"
#include "tests/support/collector_world.h"

#define EPOCH UINT64_C(0xabcdef)

#define DAY_S INT64_C(86400)

struct stranger_case {
	const char *name;
	struct pki_leaf leaf; /* name NULL: no certificate at all */
	bool other_ca;
	bool refused_by_word; /* the handshake succeeds, then NOT_ALLOWED; else it fails */
	enum counter counter;
};

#define URI_PBX9 "URI:urn:cxmeter:nord:pbx9"

static const struct stranger_case strangers[] = {
	{ "no_certificate_fails", { .name = NULL }, false, false, COUNTER_HANDSHAKE_FAILED },
	{ "certificate_of_another_ca_fails",
	  { .name = "pbx9", .san = URI_PBX9, .client = true },
	  true,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "certificate_for_servers_only_fails",
	  { .name = "pbx9", .san = URI_PBX9, .server = true },
	  false,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "expired_certificate_fails",
	  { .name = "pbx9", .san = URI_PBX9, .client = true, .from_s = -2 * DAY_S, .until_s = -1 },
	  false,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "certificate_of_tomorrow_fails",
	  { .name = "pbx9",
	    .san = URI_PBX9,
	    .client = true,
	    .from_s = DAY_S,
	    .until_s = 2 * DAY_S },
	  false,
	  false,
	  COUNTER_HANDSHAKE_FAILED },
	{ "certificate_without_a_name_is_refused",
	  { .name = "pbx9", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "certificate_with_another_uri_is_refused",
	  { .name = "pbx9", .san = "URI:https://example.org/", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "certificate_with_two_names_is_refused",
	  { .name = "pbx9", .san = URI_PBX9 ",URI:urn:cxmeter:nord:pbx8", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "name_with_a_newline_is_refused",
	  { .name = "pbx9", .san = "URI:urn:cxmeter:nord:pbx%0A9", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
	{ "name_with_a_path_is_refused",
	  { .name = "pbx9", .san = "URI:urn:cxmeter:../nord:pbx9", .client = true },
	  false,
	  true,
	  COUNTER_IDENTITY_BAD },
};

/* C01, C02, C03: nothing of a stranger is ever read as a frame. */
static void stranger_is_kept_out(void **state)
{
	const struct stranger_case *c = *state;
	void *world = NULL;
	struct world *w;
	struct pki *other;
	struct wire_agent *a;
	const Cxm__Frame *frame;
	SSL_CTX *ctx;

	assert_int_equal(0, world_set_up_started(&world));
	w = world;
	other = pki_beside(w->pki, "other");
	if (c->leaf.name != NULL) {
		pki_issue(c->other_ca ? other : w->pki, &c->leaf);
	}
	ctx = wire_context(w->pki, c->leaf.name);
	a = wire_connect(ctx, w->port);
	frame = world_try(a);
	assert_int_equal(c->refused_by_word, frame != NULL);
	assert_true(frame == NULL || frame->body_case == CXM__FRAME__BODY_REFUSE);
	assert_true(frame == NULL || frame->refuse->code == CXM__REFUSE__CODE__NOT_ALLOWED);
	assert_true(world_count(w, c->counter, 1));
	assert_int_equal(0, counter_get(collector_counters(w->collector), COUNTER_SESSIONS));
	wire_close(a);
	SSL_CTX_free(ctx);
	pki_free(other);
	assert_int_equal(0, world_tear_down(&world));
}

static void older_tls_fails(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");

	assert_int_equal(1, SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION));
	assert_null(wire_connect(ctx, w->port));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	SSL_CTX_free(ctx);
}

static void client_that_names_another_protocol_fails(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");

	assert_int_equal(0, SSL_CTX_set_alpn_protos(ctx, (const unsigned char *)"\x02h2", 3));
	assert_null(wire_connect(ctx, w->port));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	SSL_CTX_free(ctx);
}

static void client_that_names_no_protocol_is_closed(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct wire_agent *a;

	assert_int_equal(0, SSL_CTX_set_alpn_protos(ctx, NULL, 0));
	a = wire_connect(ctx, w->port);
	assert_null(world_try(a));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	wire_close(a);
	SSL_CTX_free(ctx);
}

static void something_that_is_not_tls_fails(void **state)
{
	struct world *w = *state;
	static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
	int fd = wire_connect_raw(w->port);
	char answer[64];

	assert_int_equal(sizeof(request) - 1, send(fd, request, sizeof(request) - 1, 0));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	while (recv(fd, answer, sizeof(answer), 0) > 0) { /* a TLS alert may come */
	}
	(void)close(fd);
}

static void reconnect_resumes_and_sends_no_early_data(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct wire_agent *a = wire_connect(ctx, w->port);
	SSL_SESSION *session;
	SSL *ssl;
	int fd;

	assert_non_null(world_try(a)); /* the ticket comes before the Welcome */
	/* a copy: the session itself is spoilt by an end without farewell */
	session = SSL_SESSION_dup(SSL_get0_session(wire_ssl(a)));
	wire_close(a);
	assert_non_null(session);
	assert_int_equal(0, SSL_SESSION_get_max_early_data(session));
	fd = wire_connect_raw(w->port);
	ssl = SSL_new(ctx);
	assert_int_equal(1, SSL_set_fd(ssl, fd));
	assert_int_equal(1, SSL_set_session(ssl, session));
	assert_int_equal(1, SSL_connect(ssl));
	assert_int_equal(1, SSL_session_reused(ssl));
	SSL_free(ssl);
	(void)close(fd);
	SSL_SESSION_free(session);
	SSL_CTX_free(ctx);
}

static void agent_that_is_not_listed_is_refused(void **state)
{
	struct world *w = *state;
	struct wire_agent *a;

	world_start(w, "allow:\n  - nord/pbx1\n");
	a = world_connect(w, "pbx2");
	assert_true(world_refused(world_try(a), CXM__REFUSE__CODE__NOT_ALLOWED));
	assert_true(world_count(w, COUNTER_NOT_ALLOWED, 1));
	wire_close(a);
	wire_close(world_agent(w, "pbx1", EPOCH, 1));
}

static void reload_ends_who_may_not_be_here_any_more(void **state)
{
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *b = world_agent(w, "pbx2", EPOCH, 1);
	struct fault fault = { 0 };

	assert_int_equal(0, world_reload(w, "deny:\n  - nord/pbx1\n", &fault));
	assert_true(world_refused(wire_receive(a), CXM__REFUSE__CODE__NOT_ALLOWED));
	wire_batch(b, 1, 10);
	assert_true(wire_wait_ack(b, 10));
	wire_close(a);
	wire_close(b);
}

/* C04. */
static void revoked_agent_is_ended_and_kept_out(void **state)
{
	static const char *const revoked[] = { "pbx1", NULL };
	struct world *w = *state;
	struct wire_agent *a = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *b = world_agent(w, "pbx2", EPOCH, 1);
	SSL_CTX *ctx = wire_context(w->pki, "pbx1");
	struct fault fault = { 0 };

	pki_revoke(w->pki, "crl.pem", revoked);
	assert_int_equal(0, world_reload(w, "crl: crl.pem\n", &fault));
	assert_true(world_refused(wire_receive(a), CXM__REFUSE__CODE__NOT_ALLOWED));
	wire_close(a);
	a = wire_connect(ctx, w->port);
	assert_null(world_try(a));
	assert_true(world_count(w, COUNTER_HANDSHAKE_FAILED, 1));
	wire_batch(b, 1, 10);
	assert_true(wire_wait_ack(b, 10));
	wire_close(a);
	wire_close(b);
	SSL_CTX_free(ctx);
}

/* C09: old and new CA side by side, then the new one only. */
static void ca_is_rotated_under_load(void **state)
{
	static const char *const both[] = { "ca.pem", "next.pem", NULL };
	struct world *w = *state;
	struct wire_agent *old_agent = world_agent(w, "pbx1", EPOCH, 1);
	struct wire_agent *new_agent;
	struct pki *next = pki_beside(w->pki, "next");
	struct fault fault = { 0 };

	pki_issue(next, &(struct pki_leaf){ .name = "pbx2",
	                                    .san = "URI:urn:cxmeter:nord:pbx2",
	                                    .client = true });
	pki_join(w->pki, "both.pem", both);
	assert_int_equal(0, world_reload(w, "ca: both.pem\n", &fault));
	new_agent = world_agent(w, "pbx2", EPOCH, 1);
	wire_batch(old_agent, 1, 10);
	assert_true(wire_wait_ack(old_agent, 10));
	wire_batch(new_agent, 1, 0);
	assert_true(wire_wait_ack(new_agent, 0));
	assert_int_equal(0, world_reload(w, "ca: next.pem\n", &fault));
	assert_true(world_refused(wire_receive(old_agent), CXM__REFUSE__CODE__NOT_ALLOWED));
	wire_batch(new_agent, 1, 0);
	assert_true(wire_wait_ack(new_agent, 0));
	wire_close(old_agent);
	wire_close(new_agent);
	pki_free(next);
}

struct broken_case {
	const char *name;
	const char *file; /* overwritten with `text` */
	const char *text;
	mode_t mode;
	const char *want; /* stands in the message */
};

static const struct broken_case brokens[] = {
	{ "half_written_certificate_changes_nothing", "server.pem",
	  "-----BEGIN CERTIFICATE-----\nMIIB\n", 0644, "server.pem" },
	{ "half_written_key_changes_nothing", "server.key", "-----BEGIN PRIVATE KEY-----\nMIG\n",
	  0600, "server.key" },
	{ "key_open_to_others_changes_nothing", "server.key", "x", 0644, "chmod 600" },
	{ "empty_ca_changes_nothing", "ca.pem", "", 0644, "ca.pem" },
	{ "broken_revocation_list_changes_nothing", "crl.pem", "no list", 0644, "crl.pem" },
};

static void broken_file_changes_nothing(void **state)
{
	const struct broken_case *c = *state;
	void *world = NULL;
	struct world *w;
	struct fault fault = { 0 };
	struct wire_agent *a;
	SSL_CTX *ctx;
	FILE *out;

	assert_int_equal(0, world_set_up_started(&world));
	w = world;
	ctx = wire_context(w->pki, "pbx1"); /* reads the CA before it is broken */
	out = fopen(pki_path(w->pki, c->file), "we");
	assert_non_null(out);
	assert_true(fputs(c->text, out) >= 0);
	assert_int_equal(0, fchmod(fileno(out), c->mode));
	assert_int_equal(0, fclose(out));
	assert_true(world_reload(w, "crl: crl.pem\n", &fault) < 0);
	assert_non_null(strstr(fault.text, c->want));
	a = wire_connect(ctx, w->port);
	assert_int_equal(CXM__FRAME__BODY_WELCOME, world_try(a)->body_case);
	wire_close(a);
	SSL_CTX_free(ctx);
	assert_int_equal(0, world_tear_down(&world));
}

int main(void)
{
	static struct cases tests;

	cases_test_with(&tests, older_tls_fails, world_set_up_started, world_tear_down);
	cases_test_with(&tests, client_that_names_another_protocol_fails, world_set_up_started,
	                world_tear_down);
	cases_test_with(&tests, client_that_names_no_protocol_is_closed, world_set_up_started,
	                world_tear_down);
	cases_test_with(&tests, something_that_is_not_tls_fails, world_set_up_started,
	                world_tear_down);
	cases_test_with(&tests, reconnect_resumes_and_sends_no_early_data, world_set_up_started,
	                world_tear_down);
	cases_test_with(&tests, agent_that_is_not_listed_is_refused, world_set_up, world_tear_down);
	cases_test_with(&tests, reload_ends_who_may_not_be_here_any_more, world_set_up_started,
	                world_tear_down);
	cases_test_with(&tests, revoked_agent_is_ended_and_kept_out, world_set_up_started,
	                world_tear_down);
	cases_test_with(&tests, ca_is_rotated_under_load, world_set_up_started, world_tear_down);
	cases_table(&tests, strangers, stranger_is_kept_out);
	cases_table(&tests, brokens, broken_file_changes_nothing);
	return cases_run("rules", &tests, NULL, NULL);
}
