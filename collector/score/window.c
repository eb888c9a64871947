/* Which days are scored: those named, else the last days up to the newest evidence, on the site's
 * own calendar. Knows no clock, so the same store gives the same window tomorrow. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/when.h"
#include "cxmeter/score.h"
#include "proto/evidence.pb-c.h"

#define SITES_SHOWN_BYTES 300

/* A row may be dated so long after the newest receipt at the site: a host whose zone is wrong is up
 * to 14 h off, one whose clock is off a day is still corrected by hand. */
#define AHEAD_US (INT64_C(24) * 3600 * 1000000)

struct found {
	struct store *store;
	const char *site;
	int64_t before_us; /* what is dated later ends no window */
	bool any;
	int64_t last_us;
	bool any_traffic;
	int64_t last_traffic_us;
	const struct cxm_kind *asked[SCORE_KINDS_MAX]; /* one more is asked again */
	size_t n_asked;
	bool beside; /* kinds that are only read beside: they end no window */
	struct score_window *out;
};

static bool is_one_of(const struct cxm_kind *kind, const ProtobufCMessageDescriptor *const *kinds,
                      size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(kind->name, kinds[i]->short_name) == 0) {
			return true;
		}
	}
	return false;
}

/* What shows the centre at work. The window ends with it: an article written or an agent coached
 * weeks later belongs to these contacts and is no evidence of the weeks between. */
static bool is_traffic(const struct cxm_kind *kind)
{
	static const ProtobufCMessageDescriptor *const kinds[] = {
		&cxm__queue_contact__descriptor, &cxm__self_service_visit__descriptor,
		&cxm__call__descriptor,          &cxm__dialog__descriptor,
		&cxm__media_stream__descriptor,
	};

	return is_one_of(kind, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

/* Plans and statements are dated ahead: a schedule of next week is no evidence of next week. */
static bool planned(const struct cxm_kind *kind)
{
	static const ProtobufCMessageDescriptor *const kinds[] = {
		&cxm__forecast__descriptor,
		&cxm__shift__descriptor,
		&cxm__target__descriptor,
		&cxm__attestation__descriptor,
	};

	return is_one_of(kind, kinds, sizeof(kinds) / sizeof(kinds[0]));
}

static bool was_asked(struct found *found, const struct cxm_kind *kind)
{
	for (size_t i = 0; i < found->n_asked; i++) {
		if (found->asked[i] == kind) {
			return true;
		}
	}
	if (found->n_asked < SCORE_KINDS_MAX) {
		found->asked[found->n_asked++] = kind;
	}
	return false;
}

static void take(struct found *found, const struct cxm_kind *kind, int64_t last_us)
{
	struct score_window *out = found->out;

	if (out->n_newest < SCORE_KINDS_MAX) {
		out->newest[out->n_newest++] = (struct score_newest){ kind, when_day_of(last_us) };
	}
	if (found->beside) {
		return;
	}
	if (!found->any || last_us > found->last_us) {
		found->any = true;
		found->last_us = last_us;
	}
	if (is_traffic(kind) && (!found->any_traffic || last_us > found->last_traffic_us)) {
		found->any_traffic = true;
		found->last_traffic_us = last_us;
	}
}

static int on_ahead(void *arg, const struct store_tally_row *row)
{
	((struct score_window *)arg)->dated_ahead += row->n;
	return 0;
}

/* Only where there is one, so a site whose clocks are right pays nothing for it. */
static int count_ahead(struct found *found, const struct cxm_kind *kind, struct fault *fault)
{
	struct store_tally q = { .range = { kind, found->site, found->before_us, INT64_MAX } };

	return found->store->ops->tally(found->store, &q, on_ahead, found->out, fault);
}

static int newest_of(struct found *found, const struct cxm_kind *kind, struct fault *fault)
{
	struct store *st = found->store;
	struct store_span q = { kind, found->site, INT64_MAX };
	int64_t first_us;
	int64_t last_us;
	int rc;

	if (was_asked(found, kind) || planned(kind)) {
		return 0;
	}
	rc = st->ops->span(st, &q, &first_us, &last_us, fault);
	if (rc == 1 && last_us >= found->before_us) {
		q.before_us = found->before_us;
		rc = count_ahead(found, kind, fault);
		rc = rc != 0 ? rc : st->ops->span(st, &q, &first_us, &last_us, fault);
	}
	if (rc == 1) {
		take(found, kind, last_us);
	}
	return rc < 0 ? rc : 0;
}

static int newest_read(struct found *found, const struct model_indicator *is, struct fault *fault)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < is->n_methods; i++) {
		const struct model_evidence *e = &is->evidence[i];

		if (!found->beside && e->from != NULL) {
			rc = newest_of(found, e->from, fault);
		}
		for (size_t k = 0; found->beside && rc == 0 && k < e->n_reads; k++) {
			rc = newest_of(found, e->reads[k].kind, fault);
		}
	}
	return rc;
}

static int newest_of_all(struct found *found, const struct model *m, struct fault *fault)
{
	int rc = 0;

	for (size_t a = 0; rc == 0 && a < m->n_areas; a++) {
		for (size_t i = 0; rc == 0 && i < m->areas[a].n_indicators; i++) {
			rc = newest_read(found, &m->areas[a].indicators[i], fault);
		}
	}
	for (size_t i = 0; rc == 0 && i < m->n_context; i++) {
		rc = newest_read(found, &m->context[i], fault);
	}
	return rc;
}

/* The newest record of any kind that the model computes with, then of what it reads beside. */
static int newest(struct found *found, const struct model *m, struct fault *fault)
{
	int rc;

	*found = (struct found){ .store = found->store,
		                 .site = found->site,
		                 .before_us = found->before_us,
		                 .out = found->out };
	found->out->n_newest = 0;
	rc = newest_of_all(found, m, fault);
	found->beside = true;
	return rc != 0 ? rc : newest_of_all(found, m, fault);
}

/*
 * What is dated after the newest receipt cannot have happened: a clock was wrong. It is no evidence
 * of the days up to it. Made-up evidence happens whenever its maker says; and where everything is
 * dated ahead the store's own clock is the one in doubt, so then nothing is held back.
 */
static int find_newest(struct found *found, const struct model *m, struct fault *fault)
{
	struct store *st = found->store;
	int rc = st->ops->simulated(st, found->site, fault);
	int64_t received_us = 0;

	found->before_us = INT64_MAX;
	if (rc == 0 && st->ops->received != NULL) {
		rc = st->ops->received(st, found->site, &received_us, fault);
		found->before_us = rc == 1 ? received_us + AHEAD_US : INT64_MAX;
	}
	rc = rc < 0 ? rc : newest(found, m, fault);
	if (rc == 0 && !found->any && found->out->dated_ahead > 0) {
		found->before_us = INT64_MAX;
		rc = newest(found, m, fault);
	}
	return rc;
}

struct naming {
	const char *wanted;
	bool known;
	char list[SITES_SHOWN_BYTES];
	size_t used;
};

static int on_site(void *arg, const char *site)
{
	struct naming *n = arg;
	int k;

	n->known |= strcmp(site, n->wanted) == 0;
	k = snprintf(n->list + n->used, sizeof(n->list) - n->used, "%s%s", n->used > 0 ? ", " : "",
	             site);
	if (k > 0 && (size_t)k < sizeof(n->list) - n->used) {
		n->used += (size_t)k;
	} else {
		n->list[n->used] = '\0'; /* as many as fit, whole */
	}
	return 0;
}

int score_check_site(struct store *st, const char *site, struct fault *fault)
{
	struct naming n = { .wanted = site };
	int rc = st->ops->sites(st, on_site, &n, fault);

	if (rc != 0 || n.known) {
		return rc;
	}
	if (n.used == 0) {
		return fault_set(fault, -ENOENT,
		                 "no site \"%s\": the store holds no evidence of any site yet; is "
		                 "the collector running with this store?",
		                 site);
	}
	return fault_set(fault, -ENOENT, "no site \"%s\"; there is: %s", site, n.list);
}

int score_use_zone(char out[SCORE_ZONE_MAX], struct store *st, const char *site,
                   const char *timezone, struct fault *fault)
{
	int n;

	if (timezone == NULL) {
		int rc = st->ops->zone(st, site, out, SCORE_ZONE_MAX, fault);

		if (rc != 0) {
			return rc;
		}
	} else {
		n = snprintf(out, SCORE_ZONE_MAX, "%s", timezone);
		if (n < 0 || n >= SCORE_ZONE_MAX) {
			return fault_set(fault, -EINVAL, "time zone \"%s\" is too long", timezone);
		}
	}
	if (out[0] == '\0') {
		(void)snprintf(out, SCORE_ZONE_MAX, "UTC");
	}
	return when_use_zone(out, fault);
}

static int check_days(const struct score_window *w, struct fault *fault)
{
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];

	if (w->from_day > w->to_day) {
		return fault_set(fault, -EINVAL, "the window ends (%s) before it begins (%s)",
		                 when_date(w->to_day, to), when_date(w->from_day, from));
	}
	if (w->to_day - w->from_day >= STATS_DAYS_MAX) {
		return fault_set(fault, -EINVAL, "a window of %d days is too long: at most %d",
		                 w->to_day - w->from_day + 1, STATS_DAYS_MAX);
	}
	return 0;
}

int score_window_of(struct score_window *out, const struct model *m, struct store *st,
                    const struct score_request *request, struct fault *fault)
{
	struct found found = { .store = st, .site = request->site, .out = out };
	int rc;

	if (request->window != NULL) {
		*out = *request->window;
		return when_use_zone(out->timezone, fault);
	}
	rc = score_check_site(st, request->site, fault);
	*out = (struct score_window){ 0 };
	rc = rc != 0 ? rc
	             : score_use_zone(out->timezone, st, request->site, request->timezone, fault);
	rc = rc != 0 ? rc : find_newest(&found, m, fault);
	if (rc != 0) {
		return rc;
	}
	if (request->to_day != NULL) {
		out->to_day = *request->to_day;
	} else {
		if (!found.any) {
			return fault_set(fault, -ENOENT,
			                 "site \"%s\" has no evidence yet that this model reads; "
			                 "name a window (--from, --to) to see what is missing",
			                 request->site);
		}
		out->to_day =
			when_day_of(found.any_traffic ? found.last_traffic_us : found.last_us);
	}
	out->from_day = request->from_day != NULL ? *request->from_day
	                                          : out->to_day - (int32_t)m->rules.window_days + 1;
	return check_days(out, fault);
}

int score_mark(bool *simulated, struct store *st, const char *site, struct fault *fault)
{
	int rc = st->ops->simulated(st, site, fault);

	*simulated = rc == 1;
	return rc < 0 ? rc : 0;
}
