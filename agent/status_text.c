/*
 * How the status looks. The file it comes from was written by the agent's user, so nothing in it is
 * believed: a field that is missing or of another type is a dash, and what a terminal would obey is
 * a question mark.
 */
#include "agent/status_text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "agent/status.h"
#include "common/unconst.h"

#define SIZE_TEXT   32
#define NUMBER_TEXT 24

static const json_t *at(const json_t *o, const char *key)
{
	return json_object_get(o, key);
}

static int64_t integer(const json_t *o, const char *key)
{
	return json_integer_value(at(o, key));
}

static bool has_text(const json_t *o, const char *key)
{
	return json_is_string(at(o, key));
}

static bool has(const json_t *o, const char *key)
{
	return json_is_integer(at(o, key));
}

/* ---- pieces ---- */

static void put(const char *text, FILE *out)
{
	for (const char *c = text != NULL ? text : "-"; *c != '\0'; c++) {
		(void)fputc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, out);
	}
}

static void put_text(const json_t *o, const char *key, FILE *out)
{
	put(json_string_value(at(o, key)), out);
}

const char *status_age(int64_t age_us, char out[STATUS_AGE_SIZE])
{
	int64_t s = age_us > 0 ? age_us / 1000000 : 0;

	if (s < 120) {
		(void)snprintf(out, STATUS_AGE_SIZE, "%" PRId64 " s", s);
	} else if (s < 7200) {
		(void)snprintf(out, STATUS_AGE_SIZE, "%" PRId64 " min", s / 60);
	} else if (s < 172800) {
		(void)snprintf(out, STATUS_AGE_SIZE, "%" PRId64 " h %" PRId64 " min", s / 3600,
		               s / 60 % 60);
	} else {
		(void)snprintf(out, STATUS_AGE_SIZE, "%" PRId64 " d %" PRId64 " h", s / 86400,
		               s / 3600 % 24);
	}
	return out;
}

static void put_age(const json_t *o, const char *key, int64_t now_us, FILE *out)
{
	char age[STATUS_AGE_SIZE];

	(void)fputs(has(o, key) ? status_age(now_us - integer(o, key), age) : "-", out);
}

static const char *number(const json_t *o, const char *key, char text[NUMBER_TEXT])
{
	(void)snprintf(text, NUMBER_TEXT, "%" PRId64, integer(o, key));
	return has(o, key) ? text : "-";
}

static const char *size(const json_t *o, const char *key, char text[SIZE_TEXT])
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	int64_t bytes = integer(o, key);
	double v = (double)bytes / 1024;
	size_t unit = 0;

	if (!has(o, key)) {
		return "-";
	}
	if (bytes < 1024) {
		(void)snprintf(text, SIZE_TEXT, "%" PRId64 " bytes", bytes);
		return text;
	}
	while (v >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1024;
		unit++;
	}
	(void)snprintf(text, SIZE_TEXT, "%.1f %s", v, units[unit]);
	return text;
}

static void put_since(const json_t *doc, FILE *out)
{
	time_t at_s = (time_t)(integer(doc, "started_us") / 1000000);
	char text[64];
	struct tm tm;

	if (has(doc, "started_us") && gmtime_r(&at_s, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) > 0) {
		(void)fputs(text, out);
	} else {
		(void)fputc('-', out);
	}
}

/* ---- the parts ---- */

static void print_head(const json_t *doc, int64_t now_us, FILE *out)
{
	(void)fputs("agent       ", out);
	put_text(doc, "agent", out);
	(void)fputs(" of site ", out);
	put_text(doc, "site", out);
	(void)fputs(" on ", out);
	put_text(doc, "host", out);
	(void)fputs(", version ", out);
	put_text(doc, "version", out);
	(void)fputs("\n            ", out);
	if (json_is_true(at(doc, "running"))) {
		char pid[NUMBER_TEXT];

		(void)fprintf(out, "running as process %s for ", number(doc, "pid", pid));
		put_age(doc, "started_us", now_us, out);
		(void)fputs(", since ", out);
		put_since(doc, out);
	} else {
		(void)fputs("NOT RUNNING; what follows was written ", out);
		put_age(doc, "written_us", now_us, out);
		(void)fputs(" ago", out);
	}
	(void)fputc('\n', out);
}

static void print_collector(const json_t *c, int64_t now_us, FILE *out)
{
	char port[NUMBER_TEXT];

	(void)fputs("collector   ", out);
	put_text(c, "host", out);
	(void)fprintf(out, ":%s, ", number(c, "port", port));
	put_text(c, "state", out);
	if (has(c, "since_us")) {
		(void)fputs(" for ", out);
		put_age(c, "since_us", now_us, out);
	}
	(void)fputs("\n            last acknowledgement ", out);
	if (has(c, "last_ack_us")) {
		put_age(c, "last_ack_us", now_us, out);
		(void)fputs(" ago", out);
	} else {
		(void)fputs("not yet", out);
	}
	if (has(c, "certificate_days")) {
		int64_t days = integer(c, "certificate_days");

		(void)fprintf(out, "; certificate: %" PRId64 " days left%s", days,
		              days < STATUS_DAYS_WARN ? ", renew it" : "");
	} else {
		(void)fputs("; certificate: cannot be read", out);
	}
	(void)fputc('\n', out);
}

static void print_spool(const json_t *spool, const json_t *records, int64_t now_us, FILE *out)
{
	char used[SIZE_TEXT];
	char quota[SIZE_TEXT];
	char n[4][NUMBER_TEXT];

	(void)fprintf(out, "spool       %s of %s in ", size(spool, "bytes", used),
	              size(spool, "quota_bytes", quota));
	put_text(spool, "directory", out);
	(void)fprintf(out, "; %s records wait", number(spool, "unacknowledged", n[0]));
	if (has(spool, "oldest_us")) {
		(void)fputs("; the oldest kept is ", out);
		put_age(spool, "oldest_us", now_us, out);
		(void)fputs(" old", out);
	}
	if (integer(spool, "damaged_places") > 0) {
		(void)fprintf(out, "; %" PRId64 " damaged places, %" PRId64 " records lost",
		              integer(spool, "damaged_places"), integer(spool, "lost_records"));
	}
	(void)fprintf(out,
	              "\nrecords     %s accepted, %s pending; %s refused (too big), %s dropped "
	              "(spool full)\n",
	              number(records, "accepted", n[0]), number(records, "pending", n[1]),
	              number(records, "refused_too_big", n[2]),
	              number(records, "dropped_spool_full", n[3]));
}

/* Those that are not 0, or the word for none. */
static void print_counts(const char *label, const json_t *counts, FILE *out)
{
	const char *sep = "";
	const char *name;
	json_t *n;

	(void)fprintf(out, "  %-10s", label);
	json_object_foreach(unconst(counts), name, n)
	{
		if (json_integer_value(n) != 0) {
			(void)fputs(sep, out);
			put(name, out);
			(void)fprintf(out, " %" PRId64, (int64_t)json_integer_value(n));
			sep = ", ";
		}
	}
	(void)fputs(sep[0] == '\0' ? "none\n" : "\n", out);
}

/* "  followed  12.5 % of the calls; configured are 100 %; reduced 3 times, last 40 s ago: ..." */
static void print_sampling(const json_t *s, int64_t now_us, FILE *out)
{
	int64_t configured = integer(s, "configured_ppm");
	int64_t followed = integer(s, "followed_ppm");

	(void)fprintf(out, "  followed  %.4g %% of the calls",
	              (double)followed / SAMPLING_PPM_OF_PERCENT);
	if (followed != configured) {
		(void)fprintf(out, "; configured are %.4g %%",
		              (double)configured / SAMPLING_PPM_OF_PERCENT);
	}
	if (has(s, "reduced_us")) {
		(void)fprintf(out, "; reduced %" PRId64 " times, last ", integer(s, "reductions"));
		put_age(s, "reduced_us", now_us, out);
		(void)fputs(" ago: ", out);
		put_text(s, "reduced_by", out);
	}
	(void)fputc('\n', out);
}

static void print_source(const json_t *s, int64_t now_us, FILE *out)
{
	char records[NUMBER_TEXT];

	(void)fputc('\n', out);
	put_text(s, "kind", out);
	if (has_text(s, "instance")) {
		(void)fputc(' ', out);
		put_text(s, "instance", out);
	}
	(void)fprintf(out, "\n  records   %s; last event ", number(s, "records", records));
	if (has(s, "last_event_us")) {
		put_age(s, "last_event_us", now_us, out);
		(void)fputs(" ago", out);
	} else {
		(void)fputs("not known", out);
	}
	if (has(s, "size")) {
		(void)fprintf(out, "; read %" PRId64 " of %" PRId64 " bytes", integer(s, "read"),
		              integer(s, "size"));
	}
	(void)fputc('\n', out);
	print_counts("taken", at(s, "taken"), out);
	print_counts("malformed", at(s, "malformed"), out);
	print_counts("lost", at(s, "lost"), out);
	if (json_is_object(at(s, "sampling"))) {
		print_sampling(at(s, "sampling"), now_us, out);
	}
	if (has_text(s, "advice")) {
		(void)fputs("  advice    ", out);
		put_text(s, "advice", out);
		(void)fputc('\n', out);
	}
}

void status_print(const json_t *doc, int64_t now_us, FILE *out)
{
	const json_t *problems = at(doc, "problems");
	const json_t *sources = at(doc, "sources");

	if (at(doc, "state") != NULL) {
		print_head(doc, now_us, out);
		print_collector(at(doc, "collector"), now_us, out);
		print_spool(at(doc, "spool"), at(doc, "records"), now_us, out);
		for (size_t i = 0; i < json_array_size(sources); i++) {
			print_source(json_array_get(sources, i), now_us, out);
		}
		(void)fputc('\n', out);
	}
	for (size_t i = 0; i < json_array_size(problems); i++) {
		(void)fputs("problem: ", out);
		put(json_string_value(json_array_get(problems, i)), out);
		(void)fputc('\n', out);
	}
	if (json_array_size(problems) == 0) {
		(void)fputs("all is well\n", out);
	}
}
