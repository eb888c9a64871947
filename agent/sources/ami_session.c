#include "agent/sources/ami_session.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#define ACTION_MAX   512
#define MD5_BYTES    16
#define MD5_HEX      (2 * MD5_BYTES + 1)

#define ID_CHALLENGE AMI_ACTION_ID "challenge"
#define ID_LOGIN     AMI_ACTION_ID "login"
#define ID_CHANNELS  AMI_ACTION_ID "channels"
#define ID_QUEUES    AMI_ACTION_ID "queues"
#define ID_PING      AMI_ACTION_ID "ping"

bool ami_session_text_fits(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len; i++) {
		if (text[i] < ' ' || text[i] > '~') {
			return false;
		}
	}
	return len > 0 && len < AMI_TEXT_MAX;
}

static void drop(struct ami_session *s, const char *why, int64_t least_ms)
{
	s->step = AMI_ENDING;
	s->calls.drop(s->calls.arg, why, least_ms);
}

static void say(struct ami_session *s, const char *text, size_t len)
{
	(void)s->calls.send(s->calls.arg, text, len); /* one that is gone is told by `lost` */
}

/* ---- login ---- */

static bool md5_of(struct slice challenge, const char *secret, char out[MD5_HEX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1 &&
	            EVP_DigestUpdate(ctx, challenge.at, challenge.len) == 1 &&
	            EVP_DigestUpdate(ctx, secret, strlen(secret)) == 1 &&
	            EVP_DigestFinal_ex(ctx, digest, &len) == 1 && len == MD5_BYTES;

	for (size_t i = 0; good && i < MD5_BYTES; i++) {
		(void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
	}
	EVP_MD_CTX_free(ctx);
	return good;
}

/* What we listen to; the account's `read` bounds it. */
static const char *mask_of(const struct ami_session *s)
{
	return s->media ? "system,call,agent,dialplan,security,cdr,cel,reporting"
	                : "system,call,agent,dialplan,security,cdr,cel";
}

static void log_in(struct ami_session *s, const char *proof_is, const char *proof)
{
	char text[ACTION_MAX];
	int n = snprintf(text, sizeof(text),
	                 "Action: Login\r\nActionID: " ID_LOGIN "\r\n%sUsername: %s\r\n%s: "
	                 "%s\r\nEvents: %s\r\n\r\n",
	                 s->plain ? "" : "AuthType: MD5\r\n", s->user, proof_is, proof, mask_of(s));

	s->step = AMI_LOGGING_IN;
	say(s, text, (size_t)n);
	explicit_bzero(text, sizeof(text));
}

static void on_banner(struct ami_session *s)
{
	static const char challenge[] =
		"Action: Challenge\r\nActionID: " ID_CHALLENGE "\r\nAuthType: MD5\r\n\r\n";

	if (s->step != AMI_GREETED) {
		return; /* a second one is disorder, and counted as such */
	}
	if (s->plain) {
		log_in(s, "Secret", s->secret);
	} else {
		s->step = AMI_CHALLENGED;
		say(s, challenge, sizeof(challenge) - 1);
	}
}

static void on_challenge(struct ami_session *s, bool good)
{
	struct slice challenge = ami_get(&s->m, SLICE("Challenge"));
	char key[MD5_HEX];

	if (s->step != AMI_CHALLENGED) {
		return;
	}
	if (!good || challenge.len == 0) {
		drop(s, "it does not let us log in by challenge: set `login: plain`",
		     AMI_REFUSED_MS);
	} else if (!md5_of(challenge, s->secret, key)) {
		drop(s, "this host's OpenSSL refuses MD5: set `login: plain`", AMI_REFUSED_MS);
	} else {
		log_in(s, "Key", key);
		explicit_bzero(key, sizeof(key));
	}
}

static void ask_for_queues(struct ami_session *s)
{
	static const char queues[] = "Action: QueueStatus\r\nActionID: " ID_QUEUES "\r\n\r\n";

	s->ask_again = false;
	say(s, queues, sizeof(queues) - 1);
}

static void ask_for_channels(struct ami_session *s)
{
	static const char channels[] =
		"Action: CoreShowChannels\r\nActionID: " ID_CHANNELS "\r\n\r\n";

	s->step = AMI_COUNTING;
	say(s, channels, sizeof(channels) - 1);
}

static void on_login(struct ami_session *s, bool good)
{
	if (s->step != AMI_LOGGING_IN) {
		return;
	}
	if (!good) {
		s->counters.refusals++;
		drop(s,
		     "it refuses the login: do user and secret fit manager.conf, and does its "
		     "permit allow this host? Waiting 15 minutes, so that nobody locks us out",
		     AMI_REFUSED_MS);
		return;
	}
	s->counters.logins++;
	if (s->known) { /* before the first event of this connection */
		ami_feed_lost(s->feed);
		ask_for_channels(s);
	} else {
		s->step = AMI_LISTING;
		ask_for_queues(s);
	}
}

/* ---- the present state ---- */

static void settle(struct ami_session *s)
{
	s->step = AMI_LIVE;
	s->known = true;
	s->calls.settled(s->calls.arg);
}

static void end_channels(struct ami_session *s)
{
	ami_feed_channels(s->feed);
	s->step = AMI_LISTING;
	ask_for_queues(s);
}

static void on_channels(struct ami_session *s, bool good)
{
	if (s->step == AMI_COUNTING && !good) {
		s->counters.no_channels++;
		end_channels(s);
	}
}

static void on_queues(struct ami_session *s, bool good)
{
	if (!good) { /* no app_queue, or not yet: all else is heard all the same */
		s->counters.no_queues++;
		s->ask_again = true;
	}
	if (s->step == AMI_LISTING && !good) {
		ami_feed_unlisted(s->feed);
		settle(s);
	}
}

static void on_response(struct ami_session *s)
{
	static const struct {
		struct slice id;
		void (*take)(struct ami_session *s, bool good);
	} answers[] = {
		{ { ID_CHALLENGE, sizeof(ID_CHALLENGE) - 1 }, on_challenge },
		{ { ID_LOGIN, sizeof(ID_LOGIN) - 1 }, on_login },
		{ { ID_CHANNELS, sizeof(ID_CHANNELS) - 1 }, on_channels },
		{ { ID_QUEUES, sizeof(ID_QUEUES) - 1 }, on_queues },
	};
	struct slice id;

	ami_fields(&s->reader, &s->m);
	id = ami_get(&s->m, SLICE("ActionID"));
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (slice_eq(id, answers[i].id)) {
			answers[i].take(s, slice_eq(s->m.name, SLICE("Success")));
		}
	}
}

static void on_event(struct ami_session *s, int64_t now_us)
{
	uint64_t restarts = ami_feed_counters(s->feed)->restarts;

	if (s->step < AMI_LOGGING_IN) {
		return; /* nobody who has not logged in is told anything */
	}
	ami_feed_event(s->feed, &s->reader, &s->m, now_us);
	/* it may let us in, and list its queues, before it says that it has started anew; with that
	 * all was forgotten */
	s->ask_again = s->ask_again || ami_feed_counters(s->feed)->restarts != restarts;
	if (s->ask_again && s->step == AMI_LIVE && slice_eq(s->m.name, SLICE("FullyBooted"))) {
		ask_for_queues(s);
	}
	if (s->step == AMI_COUNTING && slice_eq(s->m.name, SLICE("CoreShowChannelsComplete"))) {
		end_channels(s);
	} else if (s->step == AMI_LISTING && slice_eq(s->m.name, SLICE("QueueStatusComplete"))) {
		settle(s);
		if (s->ask_again) {
			ask_for_queues(s);
		}
	}
}

/* ---- bytes ---- */

void ami_session_begin(struct ami_session *s)
{
	ami_begin(&s->reader);
	s->step = AMI_GREETED;
}

size_t ami_session_take(struct ami_session *s, struct slice in, int64_t now_us)
{
	struct slice rest = in;

	while (s->step != AMI_ENDING && s->step != AMI_CLOSED &&
	       ami_take(&s->reader, &rest, &s->m)) {
		if (s->m.kind == AMI_EVENT) {
			on_event(s, now_us);
		} else if (s->m.kind == AMI_RESPONSE) {
			on_response(s);
		} else if (s->m.kind == AMI_BANNER) {
			on_banner(s);
		}
	}
	return in.len - rest.len;
}

void ami_session_ping(struct ami_session *s)
{
	static const char ping[] = "Action: Ping\r\nActionID: " ID_PING "\r\n\r\n";

	say(s, ping, sizeof(ping) - 1);
	if (s->ask_again && s->step == AMI_LIVE) {
		ask_for_queues(s);
	}
}
