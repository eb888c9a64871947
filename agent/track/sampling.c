/* The share of calls that is followed, and telling of it; see the header. */
#include "agent/track/sampling.h"

#include <errno.h>
#include <math.h>

#include "agent/track/gap.h"

#define BY_CPU   "the capture took more of its core than cpu_budget"
#define BY_DROPS "packets were dropped"

static const char *const details[] = {
	[SAMPLING_WANTED] = "as configured",
	[SAMPLING_CPU] = "reduced: " BY_CPU,
	[SAMPLING_DROPS] = "reduced: " BY_DROPS,
};

static const char *const reasons[] = {
	[SAMPLING_CPU] = BY_CPU,
	[SAMPLING_DROPS] = BY_DROPS,
};

int sampling_check(const char *source, unsigned line, double rate, double cpu_budget,
                   struct fault *fault)
{
	if (!(rate * SAMPLING_ALL >= 1 && rate <= 1)) {
		return fault_set(fault, -EINVAL,
		                 "%s (line %u): sample_rate: %g is no share of calls: expected "
		                 "0.000001 to 1",
		                 source, line, rate);
	}
	if (!(cpu_budget >= 0 && cpu_budget <= 1)) {
		return fault_set(fault, -EINVAL,
		                 "%s (line %u): cpu_budget: %g is no share of a core: expected 0 "
		                 "(no limit) to 1",
		                 source, line, cpu_budget);
	}
	return 0;
}

void sampling_init(struct sampling *s, double rate, double cpu_budget)
{
	uint32_t wanted_ppm = (uint32_t)lround(rate * SAMPLING_ALL);

	*s = (struct sampling){
		.share_ppm = wanted_ppm,
		.wanted_ppm = wanted_ppm,
		.cpu_budget = cpu_budget,
	};
}

const char *sampling_why(const struct sampling *s)
{
	return details[s->why];
}

void sampling_state(const struct sampling *s, struct sampling_state *out)
{
	*out = (struct sampling_state){
		.wanted_ppm = s->wanted_ppm,
		.share_ppm = s->share_ppm,
		.reductions = s->reductions,
		.reduced_us = s->reduced_ns / 1000,
		.reduced = s->reduced_ns != 0 ? reasons[s->reduced_why] : NULL,
	};
}

/* One end of a flow as three words, the smaller end first. */
static bool before(struct net_addr a, uint16_t a_port, struct net_addr b, uint16_t b_port)
{
	if (a.high != b.high) {
		return a.high < b.high;
	}
	return a.low != b.low ? a.low < b.low : a_port < b_port;
}

uint64_t sampling_flow(const struct siphash_key *key, const struct packet *p)
{
	bool forth = before(p->src, p->src_port, p->dst, p->dst_port);
	struct net_addr a = forth ? p->src : p->dst;
	struct net_addr b = forth ? p->dst : p->src;
	uint64_t ports = forth ? (uint64_t)p->src_port << 16 | p->dst_port
	                       : (uint64_t)p->dst_port << 16 | p->src_port;
	uint64_t words[5] = { a.high, a.low, b.high, b.low, ports };

	return siphash13_words(key, words, 5);
}

/* ---- telling ---- */

/* Where Gaps go. */
struct told {
	const struct observer *o;
	const char *part;
};

static void tell(const struct sampling *s, const struct told *to, const struct sampling_load *now)
{
	struct gap gap = {
		.reason = CXM__GAP__REASON__SAMPLED,
		.part = to->part,
		.from_ns = s->since_ns,
		.to_ns = now->wall_ns,
		.lost = now->left_out - s->since_left_out,
		.seen = now->begun - s->since_begun - (now->left_out - s->since_left_out),
		.sampled_ppm = s->share_ppm,
		.detail = sampling_why(s),
	};

	if (s->share_ppm < SAMPLING_ALL) {
		gap_emit(to->o, &gap);
	}
}

/* A stretch of one share ends and the next begins; only what leaves calls out is told. The new one
 * is told at once as well: it is the announcement, and the same row when it ends. */
static void change(struct sampling *s, const struct told *to, const struct sampling_load *now,
                   uint32_t share_ppm, enum sampling_why why)
{
	if (s->since_ns != 0) {
		tell(s, to, now);
	}
	s->share_ppm = share_ppm;
	s->why = why;
	s->since_ns = now->wall_ns;
	s->since_begun = now->begun;
	s->since_left_out = now->left_out;
	tell(s, to, now);
}

/* ---- load ---- */

static uint32_t share_of(const struct sampling *s)
{
	uint32_t share_ppm = s->wanted_ppm >> s->step;

	return share_ppm > 0 ? share_ppm : 1;
}

/* Why there is too much to do; SAMPLING_WANTED: there is not. */
static enum sampling_why overload(const struct sampling *s, double cpu, uint64_t dropped,
                                  uint64_t came)
{
	if (dropped > 0 && dropped * SAMPLING_DROPS_ONE_OF >= came) {
		return SAMPLING_DROPS;
	}
	return s->cpu_budget > 0 && cpu > s->cpu_budget ? SAMPLING_CPU : SAMPLING_WANTED;
}

/* The step to be on after this look, and why. */
static unsigned judge(struct sampling *s, const struct sampling_load *now, enum sampling_why *why)
{
	double cpu = (double)(now->cpu_us - s->looked.cpu_us) /
	             (double)(now->mono_us - s->looked.mono_us);
	uint64_t dropped = now->dropped - s->looked.dropped;
	uint64_t came = now->packets - s->looked.packets + dropped;

	enum sampling_why found = overload(s, cpu, dropped, came);

	*why = s->why;
	if (found != SAMPLING_WANTED) {
		*why = found;
		s->calm = 0;
		return s->step < SAMPLING_STEPS_MAX ? s->step + 1 : s->step;
	}
	if (s->step == 0) {
		return 0;
	}
	if (dropped > 0 || (s->cpu_budget > 0 && cpu > s->cpu_budget * SAMPLING_CALM_SHARE)) {
		s->calm = 0;
		return s->step;
	}
	s->calm++;
	return s->calm < SAMPLING_CALM_LOOKS ? s->step : s->step - 1;
}

static void look(struct sampling *s, const struct told *to, const struct sampling_load *now)
{
	enum sampling_why why;
	unsigned step = judge(s, now, &why);

	s->looked = *now;
	if (step == s->step) {
		return;
	}
	if (step > s->step) {
		s->reductions++;
		s->reduced_ns = now->wall_ns;
		s->reduced_why = why;
	}
	s->step = step;
	s->calm = 0;
	change(s, to, now, share_of(s), step > 0 ? why : SAMPLING_WANTED);
}

void sampling_watch(struct sampling *s, const struct observer *o, const char *part,
                    const struct sampling_load *now, bool at_end)
{
	const struct told to = { o, part };

	if (s->since_ns == 0) {
		s->looked = *now;
		change(s, &to, now, s->share_ppm, s->why);
	} else if (now->mono_us - s->looked.mono_us >= SAMPLING_INTERVAL_US) {
		look(s, &to, now);
	}
	if (at_end) {
		tell(s, &to, now);
	} else if (now->wall_ns - s->since_ns >= SAMPLING_STRETCH_NS ||
	           now->wall_ns < s->since_ns) { /* the clock went back */
		change(s, &to, now, s->share_ppm, s->why);
	}
}
