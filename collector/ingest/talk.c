#include "collector/ingest/talk.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "collector/ingest/conn.h"

#define NO_MEMORY_RETRY_MS 5000
#define CLOCK_WRONG_US     INT64_C(60000000) /* an offset worth a warning */

static enum counter counter_of_refuse(Cxm__Refuse__Code code)
{
	switch (code) {
	case CXM__REFUSE__CODE__PROTOCOL:
		return COUNTER_PROTOCOL;
	case CXM__REFUSE__CODE__DUPLICATE_IDENTITY:
		return COUNTER_DUPLICATE;
	case CXM__REFUSE__CODE__SEQUENCE:
		return COUNTER_SEQUENCE;
	case CXM__REFUSE__CODE__EPOCH_STALE:
		return COUNTER_EPOCH_STALE;
	case CXM__REFUSE__CODE__OVERLOADED:
		return COUNTER_OVERLOADED;
	case CXM__REFUSE__CODE__NOT_ALLOWED:
		return COUNTER_NOT_ALLOWED;
	case CXM__REFUSE__CODE__INVALID:
	case _CXM__REFUSE__CODE_IS_INT_SIZE:
		break;
	}
	return COUNTER_INVALID;
}

static enum counter counter_of_end(const struct session *s)
{
	switch (s->end) {
	case SESSION_REFUSED:
		return counter_of_refuse(s->refused);
	case SESSION_NO_HELLO:
		return COUNTER_NO_HELLO;
	case SESSION_SLOW:
		return COUNTER_SLOW;
	case SESSION_SILENT:
		return COUNTER_SILENT;
	case SESSION_DEAF:
	case SESSION_NOT_ENDED:
		break;
	}
	return COUNTER_DEAF;
}

bool talk_admit(struct conn *c)
{
	struct fault fault = { 0 };
	int rc = rules_admit(c->home->rules, c->ssl, &c->identity, &fault);

	if (rc == 0) {
		return true;
	}
	if (rc == -EPROTO) {
		counter_one(c->home->counters, COUNTER_HANDSHAKE_FAILED);
		log_limited(&c->home->refused_limit, LOG_LEVEL_WARN, "ingest", "%s: %s", c->address,
		            fault.text);
		return false;
	}
	if (rc == -EBADMSG) {
		counter_one(c->home->counters, COUNTER_IDENTITY_BAD);
		c->identity = (struct tls_identity){ "?", "?" };
	}
	session_refuse(&c->session, CXM__REFUSE__CODE__NOT_ALLOWED, 0, "%s", fault.text);
	return true;
}

bool talk_recheck(struct conn *c)
{
	struct fault fault = { 0 };
	int rc = rules_admit(c->home->rules, c->ssl, &c->identity, &fault);

	if (rc != 0) {
		session_refuse(&c->session, CXM__REFUSE__CODE__NOT_ALLOWED, 0, "%s", fault.text);
	}
	return rc == 0;
}

static void say_came(struct conn *c, const char *holder)
{
	const struct session_hello *h = &c->session.hello;
	int64_t offset_us = h->has_clock ? h->sent_us - env_wall_us(c->home->env) : 0;

	log_limited(&c->home->came_limit, LOG_LEVEL_INFO, "ingest",
	            "%s/%s connected from %s%s%s: agent %s, its spool holds records %" PRIu64
	            " to %" PRIu64,
	            c->identity.site, c->identity.agent, c->address,
	            holder[0] != '\0' ? ", in place of " : "", holder,
	            h->version[0] != '\0' ? h->version : "of unknown version", h->first_sequence,
	            h->next_sequence - 1);
	if (offset_us > CLOCK_WRONG_US || offset_us < -CLOCK_WRONG_US) {
		log_limited(&c->home->came_limit, LOG_LEVEL_WARN, "ingest",
		            "%s/%s: its clock is %" PRId64 " s %s: times of its records are off by "
		            "as much",
		            c->identity.site, c->identity.agent,
		            (offset_us > 0 ? offset_us : -offset_us) / 1000000,
		            offset_us > 0 ? "ahead" : "behind");
	}
}

static void submit(struct conn *c, struct job *job)
{
	if (job == NULL) {
		talk_no_memory(c);
		return;
	}
	job->home = c->home->mailbox;
	job->owner = c;
	job->epoch = c->session.hello.epoch;
	c->jobs++;
	writer_submit(c->home->writer, job);
}

static void ask_store(struct conn *c)
{
	const struct session_hello *h = &c->session.hello;
	struct job *job = job_new(JOB_HELLO, &c->identity, cursor_of(NULL, 0));

	if (job != NULL) {
		job->first_sequence = h->first_sequence;
		memcpy(job->timezone, h->timezone, sizeof(job->timezone));
		job->simulated = h->simulated;
	}
	submit(c, job);
}

/* Hello: there can be one session an identity. */
static void ask(struct conn *c)
{
	const struct session_limits *limits = &c->session.limits;
	struct peers_claim claim = {
		.identity = &c->identity,
		.instance = c->session.hello.instance,
		.address = c->address,
		.now_us = env_mono_us(c->home->env),
		.silent_us = SESSION_SILENCE * limits->heartbeat_ms * 1000,
	};
	char holder[PEERS_ADDRESS_SIZE];
	enum peers_verdict verdict = peers_enter(c->home->peers, &claim, &c->place, holder);

	switch (verdict) {
	case PEERS_REPLACED:
		counter_one(c->home->counters, COUNTER_REPLACED);
		break;
	case PEERS_NEW:
		break;
	case PEERS_DUPLICATE:
		log_limited(&c->home->refused_limit, LOG_LEVEL_WARN, "ingest",
		            "%s/%s is connected from %s and asked for again from %s: is its "
		            "certificate on two hosts? Issue one each",
		            c->identity.site, c->identity.agent, holder, c->address);
		session_refuse(&c->session, CXM__REFUSE__CODE__DUPLICATE_IDENTITY,
		               (uint32_t)limits->heartbeat_ms,
		               "another process with this certificate is connected: every agent "
		               "needs one of its own");
		return;
	case PEERS_FULL:
		talk_no_memory(c);
		return;
	}
	say_came(c, holder);
	ask_store(c);
}

static void store(struct conn *c, const struct session_batch *batch)
{
	struct job *job = job_new(JOB_BATCH, &c->identity, batch->records);

	if (job != NULL) {
		job->first_sequence = batch->first_sequence;
		job->lost = batch->lost;
		job->count = batch->count;
		counter_one(c->home->counters, COUNTER_BATCHES);
		counter_add(c->home->counters, COUNTER_RECEIVED, batch->count);
	}
	submit(c, job);
}

/* True when the next batch would find the writer's queue full. */
static bool pauses(struct conn *c)
{
	if (c->paused) {
		return true;
	}
	if (c->session.state == SESSION_RUNNING && writer_full(c->home->writer)) {
		c->paused = true;
		counter_one(c->home->counters, COUNTER_PAUSED);
	}
	return c->paused;
}

bool talk_on(struct conn *c)
{
	struct session_work work;

	while (!pauses(c)) {
		switch (session_step(&c->session, &c->home->tools, env_mono_us(c->home->env),
		                     &work)) {
		case SESSION_READ:
			return true;
		case SESSION_ASK:
			ask(c);
			break;
		case SESSION_STORE:
			store(c, &work.batch);
			break;
		case SESSION_ANSWER:
		case SESSION_CLOSE:
			return false;
		}
	}
	return false;
}

void talk_answer(struct conn *c, const struct job *job)
{
	struct session *s = &c->session;

	switch (job->outcome) {
	case JOB_DONE:
		if (job->kind == JOB_HELLO) {
			session_welcome(s, job->acked, env_wall_us(c->home->env));
			counter_add(c->home->counters, COUNTER_SESSIONS,
			            s->state == SESSION_RUNNING);
		} else {
			session_stored(s, job->acked);
		}
		break;
	case JOB_HOLE:
		session_refuse(s, CXM__REFUSE__CODE__SEQUENCE, 0,
		               "record %" PRIu64 " does not follow what is stored",
		               job->first_sequence);
		break;
	case JOB_OTHER_KIND:
		session_refuse(
			s, CXM__REFUSE__CODE__NOT_ALLOWED, 0,
			"the evidence of site %s is %s here and what this agent sends is %s: "
			"give one of them another site name, or another collector",
			c->identity.site, job->simulated ? "real" : "simulated",
			job->simulated ? "simulated" : "real");
		break;
	case JOB_OVERLOADED:
		session_refuse(s, CXM__REFUSE__CODE__OVERLOADED, job->retry_after_ms,
		               "the store cannot take more now");
		break;
	case JOB_BROKEN:
	case JOB_OPEN:
		session_refuse(s, CXM__REFUSE__CODE__INVALID, 0,
		               "the store cannot make sense of the batch at record %" PRIu64,
		               job->first_sequence);
		break;
	}
}

bool talk_holds_place(struct conn *c)
{
	return c->place.ticket == 0 || peers_keep(c->home->peers, &c->place, c->session.heard_us);
}

void talk_no_memory(struct conn *c)
{
	session_refuse(&c->session, CXM__REFUSE__CODE__OVERLOADED, NO_MEMORY_RETRY_MS,
	               "the collector is out of memory");
}

void talk_ended(struct conn *c)
{
	const struct session *s = &c->session;

	counter_one(c->home->counters, counter_of_end(s));
	log_limited(&c->home->went_limit,
	            s->end == SESSION_REFUSED ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, "ingest",
	            "%s/%s at %s sent away: %s", c->identity.site, c->identity.agent, c->address,
	            s->why);
}

void talk_lost(struct conn *c, const char *why)
{
	if (c->state != CONN_OPEN) {
		return; /* it had been told to go */
	}
	counter_one(c->home->counters, COUNTER_LOST_LINE);
	log_limited(&c->home->went_limit, LOG_LEVEL_INFO, "ingest", "%s/%s at %s is gone: %s",
	            c->identity.site, c->identity.agent, c->address, why);
}
