/* Lines to trackers; see queue_feed.h. Owns both trackers of one log. */
#include "agent/track/queue_feed.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>

int queue_feed_init(struct queue_feed *f, const struct queue_call_options *options,
                    const struct emit *emit)
{
	int rc;

	*f = (struct queue_feed){ 0 };
	rc = queue_call_new(&f->calls, options, emit);
	if (rc == 0) {
		rc = agent_state_new(&f->agents, options->pseudonym, options->host, emit);
	}
	if (rc != 0) {
		queue_feed_deinit(f);
	}
	return rc;
}

void queue_feed_deinit(struct queue_feed *f)
{
	queue_call_free(f->calls);
	agent_state_free(f->agents);
	f->calls = NULL;
	f->agents = NULL;
}

/* A verb is shown to the operator, so it must be a word: a damaged line may have a number of a
 * caller in its place. */
static bool is_word(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && c != '_' && c != '-') {
			return false;
		}
	}
	return s.len < QUEUE_FEED_VERB_BYTES;
}

static void count_verb(struct queue_feed_counters *c, struct slice verb)
{
	for (size_t i = 0; i < c->n_verbs; i++) {
		if (slice_eq(verb, slice_of(c->verbs[i].name))) {
			c->verbs[i].lines++;
			return;
		}
	}
	if (c->n_verbs == QUEUE_FEED_VERBS_MAX || !is_word(verb)) {
		c->other_verbs++;
		return;
	}
	c->verbs[c->n_verbs].lines = 1;
	memcpy(c->verbs[c->n_verbs].name, verb.at, verb.len);
	c->n_verbs++;
}

static void take_line(struct queue_feed *f, struct slice text)
{
	struct queue_line line;
	enum queue_line_result result;

	if (text.len > QUEUE_FEED_LINE_MAX_BYTES) {
		f->counters.too_long++;
		text.len = QUEUE_FEED_LINE_MAX_BYTES;
	}
	result = queue_line_decode(text, &line);
	f->counters.lines[result]++;
	if (result != QUEUE_LINE_OK) {
		return;
	}
	queue_call_line(f->calls, &line);
	agent_state_line(f->agents, &line);
	if (line.verb == QUEUE_VERB_OTHER) {
		count_verb(&f->counters, line.verb_text);
	}
}

void queue_feed_lines(struct queue_feed *f, struct slice block)
{
	while (block.len > 0) {
		take_line(f, slice_cut(&block, '\n'));
	}
}

void queue_feed_finish(struct queue_feed *f)
{
	queue_call_finish(f->calls);
	agent_state_finish(f->agents);
}

void queue_feed_save(const struct queue_feed *f, struct buf *out)
{
	queue_call_save(f->calls, out);
	agent_state_save(f->agents, out);
}

int queue_feed_load(struct queue_feed *f, struct cursor *in)
{
	int rc = queue_call_load(f->calls, in);
	struct cursor nothing = cursor_of(NULL, 0);

	if (rc == 0) {
		rc = agent_state_load(f->agents, in);
	}
	if (rc != 0) { /* loading nothing leaves a tracker as new */
		(void)queue_call_load(f->calls, &nothing);
		(void)agent_state_load(f->agents, &nothing);
	}
	return rc;
}

uint64_t queue_feed_malformed(const struct queue_feed *f)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < QUEUE_LINE_RESULTS; i++) {
		sum += i != QUEUE_LINE_OK && i != QUEUE_LINE_EMPTY ? f->counters.lines[i] : 0;
	}
	return sum;
}

int64_t queue_feed_first_us(struct slice block, unsigned look)
{
	struct queue_line line;

	for (unsigned i = 0; i < look && block.len > 0; i++) {
		if (queue_line_decode(slice_cut(&block, '\n'), &line) == QUEUE_LINE_OK) {
			return line.at_us;
		}
	}
	return -1;
}

void queue_feed_describe(const struct queue_feed *f, struct buf *out)
{
	const struct queue_call_counters *calls = queue_call_counters(f->calls);

	buf_printf(out, "lines=%" PRIu64 " malformed=%" PRIu64 " orphans=%" PRIu64 " late=%" PRIu64,
	           f->counters.lines[QUEUE_LINE_OK], queue_feed_malformed(f), calls->orphans,
	           calls->late);
	for (size_t i = 0; i < f->counters.n_verbs; i++) {
		buf_printf(out, "%s%s=%" PRIu64, i == 0 ? "; verbs ignored: " : " ",
		           f->counters.verbs[i].name, f->counters.verbs[i].lines);
	}
	if (f->counters.other_verbs > 0) {
		buf_printf(out, "%sother=%" PRIu64,
		           f->counters.n_verbs == 0 ? "; verbs ignored: " : " ",
		           f->counters.other_verbs);
	}
}
