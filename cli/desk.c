#include "cli/desk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/say.h"
#include "common/when.h"
#include "cxmeter/cache.h"
#include "proto/evidence.pb-c.h"

int desk_fail(const struct desk *d)
{
	(void)fflush(stdout);
	(void)fprintf(stderr, "cxmeter: %s\n", d->fault.text);
	return d->fault.code == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

int desk_usage(struct desk *d, const char *format, ...)
{
	va_list args;

	d->fault.code = -EINVAL;
	va_start(args, format);
	(void)vsnprintf(d->fault.text, sizeof(d->fault.text), format, args);
	va_end(args);
	return desk_fail(d);
}

int desk_open(struct desk *d, const struct options *o)
{
	*d = (struct desk){ .o = o };
	if (cxm_catalog_init(&d->catalog, &cxm__evidence__descriptor, &d->fault) != 0) {
		(void)desk_fail(d);
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* What is no reason to fail: one line, and the scores are what they are. */
static void desk_note(const char *text)
{
	(void)fprintf(stderr, "cxmeter: note: %s\n", text);
}

void desk_close(struct desk *d)
{
	const char *trouble = cache_trouble(d->cache);

	if (trouble != NULL) {
		desk_note(trouble);
	}
	cxm_cache_close(d->cache);
	cxm_store_close(d->store);
	model_free(d->model);
	cxm_catalog_free(&d->catalog);
}

int desk_open_store(struct desk *d, bool read_only)
{
	struct fault without;
	int rc;

	if (cxm_store_open(&d->store, d->o->store, read_only, &d->catalog, &d->fault) != 0) {
		return desk_fail(d);
	}
	if (!read_only || d->model == NULL) {
		return EXIT_DONE;
	}
	rc = cxm_cache_open(&d->cache, d->o->store, &without);
	if (rc != 0) {
		d->cache = NULL; /* slower, and nothing else */
	}
	if (rc != 0 && rc != -ENOTSUP) {
		desk_note(without.text);
	}
	return EXIT_DONE;
}

int desk_load_model(struct desk *d)
{
	int rc = d->o->model != NULL ? model_load(&d->model, d->o->model, &d->catalog, &d->fault)
	                             : model_builtin(&d->model, &d->catalog, &d->fault);

	if (rc != 0) {
		(void)desk_fail(d);
		return EXIT_USAGE; /* a model that is not there is a mistake on the command line too
		                    */
	}
	return EXIT_DONE;
}

static int day_of(struct desk *d, const char *option, const char *text, int32_t *day)
{
	if (when_parse_date(slice_of(text), day) != 0) {
		return desk_usage(d, "--%s: expected a day such as 2026-11-22, found \"%s\"",
		                  option, text);
	}
	return EXIT_DONE;
}

int desk_request(struct desk *d, struct score_request *out, int32_t days[2])
{
	int code = EXIT_DONE;

	*out = (struct score_request){ .site = d->o->site,
		                       .timezone = d->o->timezone,
		                       .provisional = d->o->provisional,
		                       .cache = d->cache };
	if (d->o->from != NULL) {
		code = day_of(d, "from", d->o->from, &days[0]);
		out->from_day = &days[0];
	}
	if (code == EXIT_DONE && d->o->to != NULL) {
		code = day_of(d, "to", d->o->to, &days[1]);
		out->to_day = &days[1];
	}
	if (code == EXIT_DONE && d->o->from != NULL && d->o->to != NULL && days[1] < days[0]) {
		code = desk_usage(d, "--to %s lies before --from %s", d->o->to, d->o->from);
	}
	return code;
}

int desk_language(struct desk *d, enum model_language *out)
{
	return say_language(d->o->lang, out) == 0
	               ? EXIT_DONE
	               : desk_usage(d, "--lang: expected de or en, found \"%s\"", d->o->lang);
}

int desk_print(struct desk *d, const struct buf *text)
{
	if (text->failed) {
		d->fault.code = -ENOMEM;
		(void)snprintf(d->fault.text, sizeof(d->fault.text), "out of memory");
		return desk_fail(d);
	}
	/* nothing to print has no address: fwrite does not take NULL, not even for 0 bytes */
	if ((text->len > 0 && fwrite(text->data, 1, text->len, stdout) != text->len) ||
	    fflush(stdout) != 0) {
		int rc = -errno;

		(void)fault_set(&d->fault, rc, "cannot write the result: %s", strerror(-rc));
		return desk_fail(d);
	}
	return EXIT_DONE;
}

void desk_note_model(const struct desk *d, const char *site)
{
	struct cache_model model = { 0 };
	struct timespec now;

	if (d->cache == NULL) {
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	model.since_us = (int64_t)now.tv_sec * WHEN_US_PER_S + now.tv_nsec / 1000;
	(void)snprintf(model.version, sizeof(model.version), "%s", d->model->version);
	(void)snprintf(model.sha256, sizeof(model.sha256), "%s", d->model->sha256);
	(void)cache_note_model(d->cache, site, &model); /* a change that nobody will see */
}
