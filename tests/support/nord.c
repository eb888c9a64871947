#include "tests/support/nord.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/catalog.h"

#define N_OF(list) (sizeof(list) / sizeof((list)[0]))

struct row {
	const char *id;
	struct estimate got;
};

/* ratio: interval from phi; mean: given */
#define SHARE(name, good, n, days, phi)                                                            \
	{                                                                                          \
		name,                                                                              \
		{                                                                                  \
			(good) / (double)(n), n, good, n, { NAN, NAN }, days, phi, WHY_NOTHING,    \
				NULL, { 0, 0 },                                                    \
			{                                                                          \
				0, 0, 0                                                            \
			}                                                                          \
		}                                                                                  \
	}
#define MEAN(name, value, n, low, high, days)                                                      \
	{                                                                                          \
		name,                                                                              \
		{                                                                                  \
			value, n, (value) * (n), n, { low, high }, days, NAN, WHY_NOTHING, NULL,   \
				{ 0, 0 },                                                          \
			{                                                                          \
				0, 0, 0                                                            \
			}                                                                          \
		}                                                                                  \
	}
#define STATE(name, value)                                                                         \
	{                                                                                          \
		name,                                                                              \
		{                                                                                  \
			value, 1, NAN, NAN, { value, value }, 28, NAN, WHY_NOTHING, NULL,          \
				{ 0, 0 },                                                          \
			{                                                                          \
				0, 0, 0                                                            \
			}                                                                          \
		}                                                                                  \
	}

static const struct row month[] = {
	SHARE("service_level", 6150, 8000, 28, 4.2),
	SHARE("abandonment_rate", 520, 8000, 28, 3.1),
	MEAN("speed_of_answer_mean", 34, 7100, 29, 40, 28),
	SHARE("transfer_rate", 1010, 7100, 28, 1.5),
	SHARE("ring_no_answer_rate", 610, 8100, 28, 2.0),
	SHARE("session_effectiveness", 11820, 11940, 28, 1.8),
	SHARE("voice_quality_share_r80", 1189, 1240, 28, 2.4),
	SHARE("signalling_tls_share", 9100, 10000, 28, 1),
	SHARE("media_srtp_share", 8200, 10000, 28, 1),
	STATE("tls_floor_level", 3),
	SHARE("payment_recording_pause", 188, 200, 28, 1),
	STATE("recording_storage_protection", 0.95),
	STATE("patch_age_critical", 21),
	SHARE("retention_overrun", 30, 5000, 28, 1),
	MEAN("aht", 251.3, 7100, 240.2, 262.9, 28),
	MEAN("wait_p90", 61, 8000, 55, 68, 28),
	SHARE("blocked_attempts", 55, 11940, 28, 1.1),
	SHARE("short_talk_share", 71, 7100, 28, 1.0),
};

static const struct row day[] = {
	SHARE("service_level", 202, 285, 1, 2),
	SHARE("abandonment_rate", 25, 285, 1, 2),
	MEAN("speed_of_answer_mean", 9.148305085, 236, 7.08156, 11.215049, 1),
	SHARE("transfer_rate", 25, 236, 1, 2),
	SHARE("ring_no_answer_rate", 64, 300, 1, 2),
	SHARE("short_talk_share", 228, 236, 1, 2),
};

static const struct estimate nothing = {
	.value = NAN,
	.n = NAN,
	.numerator = NAN,
	.denominator = NAN,
	.interval = { NAN, NAN },
	.phi = NAN,
};

/* Some value of each indicator that the rows above do not name, between the first anchors. */
static struct estimate made_up(const struct model_indicator *is)
{
	double part = (double)(stats_fnv1a(is->id) % 1000) / 1000 * 2.4;
	size_t i = (size_t)part;
	double value = is->anchors[i] + (is->anchors[i + 1] - is->anchors[i]) * (part - (double)i);
	double half = fabs(is->anchors[i + 1] - is->anchors[i]) / 6;
	struct estimate got = nothing;

	got.value = is->ordinal ? 1 + (double)i : value;
	got.interval = is->ordinal ? (struct interval){ got.value, got.value }
	                           : (struct interval){ value - half, value + half };
	got.n = fmax(is->min_n, 1000);
	got.days = 28;
	if (strcmp(is->id, "schedule_adherence") == 0) {
		got.agents = (struct score_agents){ 40, 3 };
	}
	return got;
}

static struct estimate estimate_of(const struct nord *n, const struct row *rows, size_t n_rows,
                                   const struct model_indicator *is)
{
	struct estimate got = nothing;

	for (size_t i = 0; i < n_rows; i++) {
		if (strcmp(rows[i].id, is->id) == 0) {
			got = rows[i].got;
			if (isnan(got.interval.low)) {
				got.interval = stats_quasi_wilson(got.numerator, got.denominator,
				                                  got.phi, n->model->rules.z);
			}
			return got;
		}
	}
	if (n->whole && is->area != NULL) {
		return made_up(is);
	}
	got.why = WHY_NOT_MEASURED;
	if (is->evidence != NULL) {
		got.n = 0;
		got.why = strcmp(is->evidence->from->name, "QueueContact") == 0 ? WHY_NONE_FITS
		                                                                : WHY_NO_EVIDENCE;
	}
	return got;
}

static void sign_away(struct scored *s, const char *role)
{
	s->status = SCORE_NOT_APPLICABLE;
	s->score = NAN;
	s->got = nothing;
	s->got.n = 0;
	s->stage = 0;
	s->attested = (struct score_reason){ .why = WHY_ATTESTED_AWAY, .is = s->is, .day = 20700 };
	(void)snprintf(s->attested.role, sizeof(s->attested.role), "%s", role);
	s->reason = s->attested;
}

/* What only a whole profile shows: a conflict, and something signed not to be there. */
static void add_verdicts(struct nord *n)
{
	struct scored *transfers = &n->indicators[1][3];
	const struct model_indicator *holds = &n->model->areas[5].indicators[5];

	transfers->before = 0.171;
	transfers->flags[transfers->n_flags++] = (struct score_flag){ holds, 0.062, 0.091 };
	sign_away(&n->indicators[9][3], "Head of Finance");
	score_area(&n->model->rules, &n->areas[9]);
}

static void add_changes(struct nord *n)
{
	static const struct score_change changes[] = {
		{ .day = 20755,
		  .kind = CHANGE_TARGET_CHANGED,
		  .queue = "sales",
		  .metric = "service_level",
		  .before = { 0.8, 20000 },
		  .now = { 0.8, 30000 },
		  .told_day = 20770 },
		{ .day = 20760,
		  .kind = CHANGE_QUEUE_APPEARED,
		  .queue = "Rückfragen",
		  .before = { NAN, NAN },
		  .now = { NAN, NAN } },
		{ .day = 20761,
		  .kind = CHANGE_TARGET_DECLARED,
		  .queue = "*",
		  .metric = "csat",
		  .before = { NAN, NAN },
		  .now = { 4.25, NAN } },
		{ .day = 20770,
		  .kind = CHANGE_TARGET_ENDED,
		  .queue = "sales",
		  .metric = "aht",
		  .before = { 240, NAN },
		  .now = { NAN, NAN } },
		{ .day = 20772,
		  .kind = CHANGE_QUEUE_VANISHED,
		  .queue = "fax",
		  .before = { NAN, NAN },
		  .now = { NAN, NAN } },
		{ .day = 20773,
		  .kind = CHANGE_MODEL,
		  .before = { NAN, NAN },
		  .now = { NAN, NAN },
		  .was = { "0.2.0", "1f2e3d4c", 0 },
		  .is = { "0.3.0", "eb11a613", 0 } },
	};

	memcpy(n->change, changes, sizeof(changes));
	n->changes = (struct score_changes){
		.site = "nord", .window = n->card.window, .at = n->change, .n = N_OF(changes)
	};
	n->card.changes = &n->changes;
	n->declared = (struct score_declared){
		.is = &n->model->areas[1].indicators[0],
		.got = { .value = 0.81,
		         .n = 6200,
		         .numerator = 5022,
		         .denominator = 6200,
		         .interval = { 0.792, 0.827 },
		         .days = 28,
		         .phi = 3.1,
		         .why = WHY_NOTHING },
		.low_ms = 20000,
		.high_ms = 30000,
		.queues = 3,
	};
	n->card.declared = &n->declared;
}

static void fill(struct nord *n, const struct row *rows, size_t n_rows)
{
	const struct model *m = n->model;

	for (size_t a = 0; a < m->n_areas; a++) {
		struct scored_area *area = &n->areas[a];

		*area = (struct scored_area){ .is = &m->areas[a],
			                      .indicators = n->indicators[a],
			                      .n_indicators = m->areas[a].n_indicators };
		for (size_t i = 0; i < area->n_indicators; i++) {
			const struct model_indicator *is = &m->areas[a].indicators[i];
			struct estimate got = estimate_of(n, rows, n_rows, is);

			area->indicators[i] =
				score_indicator(is, &m->rules, &got, n->card.provisional);
		}
		score_area(&m->rules, area);
	}
	for (size_t i = 0; i < m->n_context; i++) {
		struct estimate got = estimate_of(n, rows, n_rows, &m->context[i]);

		n->context[i] =
			score_indicator(&m->context[i], &m->rules, &got, n->card.provisional);
	}
}

struct nord *nord_new(enum nord_evidence evidence, bool provisional)
{
	static const struct score_gap gaps[] = {
		{ "pbx_stopped", 4 },     { "unknown_end", 17 },   { "spool_full", 0 },
		{ "capture_dropped", 2 }, { "file_truncated", 0 }, { "pbx_restart", 1 },
	};
	struct nord *n = calloc(1, sizeof(*n));
	struct fault fault;

	if (n == NULL || model_builtin(&n->model, product_catalog(), &fault) != 0) {
		abort();
	}
	memset(n->model->sha256, '5', MODEL_SHA256_SIZE - 1);
	n->card = (struct scorecard){
		.model = n->model,
		.site = "nord",
		.window = { .from_day = 20752, .to_day = 20779, .timezone = "Europe/Berlin" },
		.provisional = provisional,
		.areas = n->areas,
		.n_areas = n->model->n_areas,
		.context = n->context,
		.n_context = n->model->n_context
	};
	memcpy(n->card.gaps, gaps, sizeof(gaps));
	n->card.n_gaps = N_OF(gaps);
	n->whole = evidence == NORD_WHOLE;
	if (evidence != NORD_DAY) {
		fill(n, month, N_OF(month));
	} else {
		for (size_t i = 0; i < n->card.n_gaps; i++) {
			n->card.gaps[i].count = 0;
		}
		fill(n, day, N_OF(day));
	}
	if (n->whole) {
		add_verdicts(n);
		add_changes(n);
	}
	score_overall(&n->card, "nord|overall|2026-10-26/2026-11-22");
	return n;
}

void nord_free(struct nord *n)
{
	model_free(n->model);
	free(n);
}

static struct score_line line_of(int32_t at, const char *label, double good, double all)
{
	struct score_line l = { .day = at };

	(void)snprintf(l.label, sizeof(l.label), "%s", label);
	l.got = nothing;
	l.got.n = all;
	l.got.numerator = good;
	l.got.denominator = all;
	l.got.value = good / all;
	return l;
}

void nord_detail(const struct nord *n, struct score_detail *out)
{
	*out = (struct score_detail){ .model = n->model,
		                      .site = "nord",
		                      .window = n->card.window,
		                      .provisional = n->card.provisional,
		                      .scored = n->indicators[1][0],
		                      .groups_left_out = 2 };
	out->days = calloc(4, sizeof(*out->days));
	out->groups = calloc(4, sizeof(*out->groups));
	out->sources = calloc(2, sizeof(*out->sources));
	if (out->days == NULL || out->groups == NULL || out->sources == NULL) {
		abort();
	}
	out->days[out->n_days++] = line_of(20776, "", 250, 310);
	out->days[out->n_days++] = line_of(20777, "", 3, 4);
	out->days[out->n_days++] = line_of(20778, "", 0, 0);
	out->days[out->n_days++] = line_of(20779, "", 218, 305);
	out->groups[out->n_groups++] = line_of(0, "support", 300, 400);
	out->groups[out->n_groups++] = line_of(0, "Rückfragen \x1b[31m", 170, 218);
	out->groups[out->n_groups++] = line_of(0, "", 1, 1);
	out->sources[out->n_sources++] = line_of(0, "queue_log", 470, 617);
	out->sources[out->n_sources++] = line_of(0, "dropbox", 1, 2);
}
