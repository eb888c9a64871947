/*
 * Fixes that are published and not installed: `patch_age`, figure the days since the oldest
 * critical or high one (0: none), part the packages with such a one among those with advisories;
 * and `package_open`, one a package, the worst first found.
 *
 * Packages are those of dpkg; what was built by hand is in no list.
 */
#include "agent/posture/scan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/decode/deb_version.h"
#include "agent/decode/dpkg_status.h"
#include "agent/posture/advisory.h"
#include "agent/posture/host_file.h"

#define STATUS_MAX_BYTES   ((size_t)64 * 1024 * 1024)
#define ADVISORY_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define PACKAGES_MAX       65536
#define TOLD_MAX           32 /* package_open */
#define DAY_US             (INT64_C(86400) * 1000000)

/* A package under one of its two names. */
struct package {
	struct slice name; /* in the text of the list */
	struct slice version;
	struct slice shown; /* the binary package */
	int64_t open_us;    /* publication of its oldest open critical or high advisory; 0: none */
	char fixed[ADVISORY_TEXT_MAX];
	bool asked; /* there is an advisory for it */
	bool critical;
};

struct packages {
	struct package *at; /* owned, by name */
	size_t n;
	bool cut;
	int64_t now_us;
	int64_t oldest_us; /* INT64_MAX: none is open */
	uint64_t future;   /* advisories that are published later than now */
};

static void add(struct packages *all, struct slice name, struct slice version, struct slice shown)
{
	if (all->n == PACKAGES_MAX) {
		all->cut = true;
		return;
	}
	all->at[all->n++] = (struct package){ .name = name, .version = version, .shown = shown };
}

static int by_name(const void *a, const void *b)
{
	const struct package *x = a;
	const struct package *y = b;
	size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
	int order = memcmp(x->name.at, y->name.at, len);

	return order != 0 ? order : (x->name.len > y->name.len) - (x->name.len < y->name.len);
}

static void list_packages(struct packages *all, struct slice text)
{
	struct dpkg_package p;

	while (dpkg_status_next(&text, &p) == 1) {
		if (!p.installed) {
			continue;
		}
		add(all, p.name, p.version, p.name);
		if (!slice_eq(p.source, p.name)) {
			add(all, p.source, p.source_version, p.name);
		}
	}
	qsort(all->at, all->n, sizeof(*all->at), by_name);
}

/* The first of those with this name. */
static size_t find(const struct packages *all, struct slice name)
{
	const struct package key = { .name = name };
	size_t low = 0;
	size_t high = all->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_name(&all->at[middle], &key) < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void apply(struct packages *all, struct package *p, const struct advisory *a)
{
	bool open = a->fixed_version[0] == '\0' ||
	            deb_version_compare(p->version, slice_of(a->fixed_version)) < 0;

	p->asked = true;
	if (!open || a->severity < ADVISORY_HIGH || a->fixed_version[0] == '\0') {
		return; /* what has no fix cannot be installed */
	}
	p->critical = p->critical || a->severity == ADVISORY_CRITICAL;
	if (p->open_us == 0 || a->published_us < p->open_us) {
		p->open_us = a->published_us;
		(void)snprintf(p->fixed, sizeof(p->fixed), "%s", a->fixed_version);
	}
	all->oldest_us = a->published_us < all->oldest_us ? a->published_us : all->oldest_us;
}

static void on_advisory(void *arg, const struct advisory *a)
{
	struct packages *all = arg;
	struct slice name = slice_of(a->package);

	if (a->published_us > all->now_us) {
		all->future++;
		return;
	}
	for (size_t i = find(all, name); i < all->n && slice_eq(all->at[i].name, name); i++) {
		apply(all, &all->at[i], a);
	}
}

/* ---- telling ---- */

static double days_since(const struct packages *all, int64_t at_us)
{
	int64_t days = (all->now_us - at_us) / DAY_US;

	return (double)days;
}

static void tell_open(struct posture_scan *scan, const struct packages *all)
{
	size_t told = 0;

	for (size_t i = 0; i < all->n && told < TOLD_MAX; i++) {
		const struct package *p = &all->at[i];
		struct posture_finding *f;
		char name[ADVISORY_TEXT_MAX];

		if (p->open_us == 0) {
			continue;
		}
		(void)snprintf(name, sizeof(name), "%.*s", (int)p->shown.len, p->shown.at);
		f = posture_report_add(scan->report, "package_open", name);
		f->has_figure = true;
		f->figure = days_since(all, p->open_us);
		posture_judge(f, false, p->critical ? POSTURE_CRITICAL : POSTURE_HIGH);
		posture_value(f, "%.*s is installed, %.100s is fixed", (int)p->version.len,
		              p->version.at, p->fixed);
		told++;
	}
}

static void tell_age(struct posture_finding *f, const struct packages *all,
                     const struct advisory_counts *counts)
{
	uint64_t asked = 0;
	uint64_t open = 0;

	for (size_t i = 0; i < all->n; i++) {
		asked += all->at[i].asked;
		open += all->at[i].open_us != 0;
	}
	if (asked == 0) {
		posture_value(f,
		              "no advisory names a package that is installed here (%" PRIu64
		              " rows, %" PRIu64 " malformed)",
		              counts->rows, counts->malformed);
		return;
	}
	f->has_figure = true;
	f->figure = open > 0 ? days_since(all, all->oldest_us) : 0;
	f->has_part = true;
	f->part = open;
	f->whole = asked;
	posture_judge(f, open == 0, POSTURE_HIGH);
	posture_value(f,
	              "%" PRIu64 " of %" PRIu64
	              " packages with advisories lack a critical or high fix; %" PRIu64
	              " rows, %" PRIu64 " malformed%s",
	              open, asked, counts->rows, counts->malformed,
	              all->cut ? "; more packages than are looked at" : "");
}

static void compare(struct posture_scan *scan, struct posture_finding *f, struct slice status,
                    struct slice advisories)
{
	struct packages all = { .now_us = scan->now_us, .oldest_us = INT64_MAX };
	struct advisory_counts counts;

	all.at = calloc(PACKAGES_MAX, sizeof(*all.at));
	if (all.at == NULL) {
		posture_value(f, "out of memory");
		return;
	}
	list_packages(&all, status);
	if (all.n == 0) {
		posture_value(f, "%.120s: no package is listed there", scan->conf->packages);
	} else if (advisory_read(advisories, on_advisory, &all, &counts) != 0) {
		posture_value(f,
		              "%.120s: expected a heading with package, fixed_version, severity "
		              "and published, or JSON lines",
		              scan->conf->advisories);
	} else {
		scan->report->advisories_malformed = counts.malformed;
		tell_age(f, &all, &counts);
		tell_open(scan, &all);
	}
	free(all.at);
}

void posture_look_packages(struct posture_scan *scan)
{
	const char *paths[2] = { scan->conf->packages, scan->conf->advisories };
	struct posture_finding *f = posture_report_add(scan->report, "patch_age", "packages");
	struct buf texts[2];
	int rc = 0;

	if (paths[1] == NULL) {
		posture_value(f, "no file of advisories: set `advisories`");
		return;
	}
	buf_init(&texts[0], STATUS_MAX_BYTES);
	buf_init(&texts[1], ADVISORY_MAX_BYTES);
	for (size_t i = 0; i < 2 && rc == 0; i++) {
		rc = host_read(scan, paths[i], false, &texts[i]);
		if (rc != 0) {
			host_unreadable(scan, f, paths[i], rc == 1 ? -EFBIG : rc);
		}
	}
	if (rc == 0) {
		compare(scan, f, (struct slice){ (const char *)texts[0].data, texts[0].len },
		        (struct slice){ (const char *)texts[1].data, texts[1].len });
	}
	buf_free(&texts[0]);
	buf_free(&texts[1]);
}
