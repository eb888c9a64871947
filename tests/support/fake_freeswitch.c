#include "tests/support/fake_freeswitch.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/fs_said.h"

#define LINE_MAX_BYTES 512

static void reply(struct fake_freeswitch *f, const char *text)
{
	char message[LINE_MAX_BYTES];

	(void)snprintf(message, sizeof(message), "Content-Type: command/reply\nReply-Text: %s\n\n",
	               text);
	fake_pbx_say(f->pbx, message);
}

static void respond(struct fake_freeswitch *f, const char *text)
{
	char header[LINE_MAX_BYTES];

	(void)snprintf(header, sizeof(header),
	               "Content-Type: api/response\nContent-Length: %zu\n\n", strlen(text));
	fake_pbx_say(f->pbx, header);
	fake_pbx_say(f->pbx, text);
}

static void log_in(struct fake_freeswitch *f, const char *password)
{
	if (strcmp(password, f->password) == 0) {
		reply(f, "+OK accepted");
		return;
	}
	f->refused++;
	reply(f, "-ERR invalid");
	fake_pbx_say(f->pbx, "Content-Type: text/disconnect-notice\nContent-Length: 67\n\n"
	                     "Disconnected, goodbye.\nSee you at ClueCon! "
	                     "http://www.cluecon.com/\n");
	fake_pbx_hang_up(f->pbx);
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static const char * or (const char *text, const char *none)
{
	return text != NULL ? text : none;
}

static void answer(struct fake_freeswitch *f, const char *command)
{
	if (begins(command, "callcenter_config agent list")) {
		respond(f, or (f->agents, "+OK\n"));
	} else if (begins(command, "callcenter_config queue list members")) {
		respond(f, or (f->members, "+OK\n"));
	} else if (begins(command, "callcenter_config queue list agents")) {
		respond(f, or (f->queue_agents, "+OK\n"));
	} else if (begins(command, "callcenter_config queue list")) {
		respond(f, or (f->queues, "name|strategy\n+OK\n"));
	} else if (begins(command, "show channels")) {
		respond(f, or (f->channels, "\n0 total.\n"));
		f->looks++;
		if (f->looked != NULL) {
			f->looked(f->arg, f);
		}
	} else {
		respond(f, "-ERR Command not found!\n");
	}
}

static void take(struct fake_freeswitch *f, const char *line)
{
	if (begins(line, "auth ")) {
		log_in(f, line + strlen("auth "));
	} else if (begins(line, "event plain ")) {
		assert_non_null(strstr(line, " CUSTOM callcenter::info"));
		f->subscribed++;
		f->executes = strstr(line, " CHANNEL_EXECUTE ") != NULL;
		reply(f, "+OK event listener enabled plain");
	} else if (begins(line, "api ") && !f->silent) {
		answer(f, line + strlen("api "));
	}
}

static void on_heard(void *arg, struct fake_pbx *pbx)
{
	struct fake_freeswitch *f = arg;
	char line[LINE_MAX_BYTES];
	const char *end;

	while ((end = strstr(fake_pbx_heard(pbx), "\n\n")) != NULL) {
		size_t len = (size_t)(end - fake_pbx_heard(pbx));

		assert_true(len < sizeof(line));
		memcpy(line, fake_pbx_heard(pbx), len);
		line[len] = '\0';
		assert_true(fake_pbx_took(pbx, "\n\n"));
		take(f, line);
	}
}

static void on_connected(void *arg, struct fake_pbx *pbx)
{
	(void)arg;
	fake_pbx_say(pbx, "Content-Type: auth/request\n\n");
}

void fake_freeswitch_open(struct fake_freeswitch *f, struct event_base *base)
{
	const struct fake_pbx_calls calls = { f, on_connected, on_heard, NULL };

	*f = (struct fake_freeswitch){ .password = "ClueCon" };
	f->pbx = fake_pbx_new(base, &calls);
}

void fake_freeswitch_close(struct fake_freeswitch *f)
{
	fake_pbx_free(f->pbx);
	f->pbx = NULL;
}

void fake_freeswitch_event(struct fake_freeswitch *f, const char *text)
{
	struct buf message;

	buf_init(&message, 65536);
	fs_said_message(text, &message);
	fake_pbx_say_bytes(f->pbx, message.data, message.len);
	buf_free(&message);
}
