#include "tests/support/fake_manager.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "tests/support/cases.h"

#define CHALLENGE "161803398"
#define SAY_MAX   4096

/* What the login must say: MD5 of challenge and secret, in hex. */
static void proof_of(const char *secret, char out[2 * EVP_MAX_MD_SIZE + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	char text[256];
	unsigned len = 0;
	int n = snprintf(text, sizeof(text), CHALLENGE "%s", secret);

	assert_int_equal(EVP_Digest(text, (size_t)n, digest, &len, EVP_md5(), NULL), 1);
	for (unsigned i = 0; i < len; i++) {
		(void)snprintf(out + (size_t)2 * i, 3, "%02x", digest[i]);
	}
}

static void log_in(struct fake_manager *f)
{
	char proof[2 * EVP_MAX_MD_SIZE + 1];
	char line[2 * EVP_MAX_MD_SIZE + 16];

	proof_of(f->secret, proof);
	(void)snprintf(line, sizeof(line), "Key: %s\r\n", proof);
	if (strstr(fake_pbx_heard(f->pbx), line) != NULL) {
		f->logins++;
		fake_pbx_say(f->pbx,
		             "Response: Success\r\nActionID: cxm-login\r\n"
		             "Message: Authentication accepted\r\n\r\n"
		             "Event: FullyBooted\r\nStatus: Fully Booted\r\nUptime: 86400\r\n\r\n");
		return;
	}
	f->refused++;
	fake_pbx_say(f->pbx, "Response: Error\r\nActionID: cxm-login\r\n"
	                     "Message: Authentication failed\r\n\r\n");
	fake_pbx_hang_up(f->pbx);
}

static void look(struct fake_manager *f)
{
	char text[SAY_MAX];
	int n = snprintf(text, sizeof(text),
	                 "Response: Success\r\nActionID: cxm-queues\r\nEventList: start\r\n\r\n"
	                 "%sEvent: QueueStatusComplete\r\nActionID: cxm-queues\r\n\r\n",
	                 f->queues != NULL ? f->queues : "");

	assert_in_range(n, 1, sizeof(text) - 1);
	fake_pbx_say(f->pbx, text);
	f->looks++;
	if (f->looked != NULL) {
		f->looked(f->arg, f);
	}
}

static void on_heard(void *arg, struct fake_pbx *pbx)
{
	struct fake_manager *f = arg;

	if (fake_pbx_took(pbx, "Action: Challenge\r\nActionID: cxm-challenge\r\n"
	                       "AuthType: MD5\r\n\r\n")) {
		fake_pbx_say(pbx, "Response: Success\r\nActionID: cxm-challenge\r\n"
		                  "Challenge: " CHALLENGE "\r\n\r\n");
	}
	if (strstr(fake_pbx_heard(pbx), "Action: Login\r\n") != NULL &&
	    strstr(fake_pbx_heard(pbx), "\r\n\r\n") != NULL) {
		log_in(f);
		assert_true(fake_pbx_took(pbx, "\r\n\r\n"));
	}
	if (fake_pbx_took(pbx, "Action: CoreShowChannels\r\nActionID: cxm-channels\r\n\r\n")) {
		fake_pbx_say(pbx, "Response: Error\r\nActionID: cxm-channels\r\n"
		                  "Message: Permission denied\r\n\r\n");
	}
	if (fake_pbx_took(pbx, "Action: QueueStatus\r\nActionID: cxm-queues\r\n\r\n")) {
		look(f);
	}
}

static void on_connected(void *arg, struct fake_pbx *pbx)
{
	(void)arg;
	fake_pbx_say(pbx, "Asterisk Call Manager/11.0.0\r\n");
}

void fake_manager_open(struct fake_manager *f, struct event_base *base)
{
	const struct fake_pbx_calls calls = { f, on_connected, on_heard, NULL };

	*f = (struct fake_manager){ .secret = "top" };
	f->pbx = fake_pbx_new(base, &calls);
}

void fake_manager_close(struct fake_manager *f)
{
	fake_pbx_free(f->pbx);
	f->pbx = NULL;
}
