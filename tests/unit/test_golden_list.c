/*
 * The cases of tests/golden/LIST: a file, how it is read, and in one line what must be found in it.
 *
 * Files under $EXTRA are captures and messages of other projects: they are read when CXMETER_DATA
 * names their folder, and then every capture and message in it must have its line. What stands on
 * the line of a message of RFC 4475 was written from the RFC; of a capture, from what tshark finds
 * where it finds something, and the digest covers every field of every record.
 * GOLDEN_UPDATE=1 rewrites what was found behind the inputs; the review reads the difference.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "agent/decode/sip.h"
#include "agent/sources/capture_input.h"
#include "common/buf.h"
#include "common/siphash.h"
#include "tests/support/catalog.h"
#include "tests/support/exact.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/replayed.h"

#define LIST            "tests/golden/LIST"
#define LIST_MAX_BYTES  ((size_t)256 * 1024)
#define INPUT_MAX_BYTES ((size_t)1024 * 1024)
#define FOUND_MAX_BYTES ((size_t)4096)
#define PATH_MAX_BYTES  512
#define EXTRA           "$EXTRA/"

struct golden {
	const char *name; /* the input as listed */
	const char *reader;
	const char *wanted;
	struct buf found; /* filled by the run */
};

static char list_text[LIST_MAX_BYTES];
static struct golden list[CASES_MAX];
static size_t n_list;
static const struct siphash_key digest_key = { 0x676f6c64, 0x656e };

/* ---- the list: comments, blank lines, READER INPUT WANTED... ---- */

static char *cut_word(char **rest)
{
	char *word = *rest + strspn(*rest, " ");

	*rest = word + strcspn(word, " ");
	if (**rest == ' ') {
		*(*rest)++ = '\0';
		*rest += strspn(*rest, " ");
	}
	return word;
}

static void load_list(void)
{
	FILE *file = fopen(LIST, "rb");
	size_t n;

	if (file == NULL || (n = fread(list_text, 1, sizeof(list_text) - 1, file)) == 0) {
		print_error(LIST ": cannot be read; tests run from the repository's root\n");
		abort();
	}
	(void)fclose(file);
	list_text[n] = '\0';
	for (char *at = list_text; *at != '\0';) {
		char *end = at + strcspn(at, "\n");
		char *next = *end == '\0' ? end : end + 1;

		*end = '\0';
		if (*at != '\0' && *at != '#' && n_list < CASES_MAX) {
			struct golden *g = &list[n_list++];

			g->reader = cut_word(&at);
			g->name = cut_word(&at);
			g->wanted = at;
		}
		at = next;
	}
}

static bool is_extra(const struct golden *g)
{
	return strncmp(g->name, EXTRA, strlen(EXTRA)) == 0;
}

/* ---- readers ---- */

/* Text of a message that may hold anything. */
static void add_quoted(struct buf *out, const char *name, struct slice s)
{
	buf_printf(out, " %s=", name);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c > ' ' && c < 0x7f && c != '\\') {
			buf_add_char(out, (char)c);
		} else {
			buf_printf(out, "\\x%02x", c);
		}
	}
}

static struct slice load(const char *path)
{
	static char text[INPUT_MAX_BYTES];
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(text, 1, sizeof(text), file);
	(void)fclose(file);
	assert_true(n < sizeof(text));
	return exact(text, n);
}

static void read_sip(const char *path, struct buf *out)
{
	struct slice text = load(path);
	struct sip_msg m;
	enum sip_result rc = sip_parse(text, &m);

	buf_printf(out, "%s", sip_result_name(rc));
	if (rc == SIP_OK) {
		add_quoted(out, "method", m.method_name);
		buf_printf(out, " status=%u cseq=%u body=%zu", m.status, m.cseq, m.body.len);
		add_quoted(out, "call_id", m.call_id);
		add_quoted(out, "from_tag", m.from_tag);
		add_quoted(out, "to_tag", m.to_tag);
	}
	exact_free(text);
}

/* The digest of records does not depend on their order: trackers may tell them in another. */
static void add_records(struct buf *out, const struct witness *w)
{
	const struct cxm_catalog *catalog = product_catalog();
	uint64_t digest = 0;
	struct buf packed;

	buf_init(&packed, INPUT_MAX_BYTES);
	for (size_t i = 0; i < catalog->n_kinds; i++) {
		size_t n = witness_count(w, catalog->kinds[i].pb);

		if (n > 0) {
			buf_printf(out, " %s=%zu", catalog->kinds[i].name, n);
		}
	}
	for (size_t i = 0; i < w->n; i++) {
		const ProtobufCMessage *m = w->records[i];

		buf_reset(&packed);
		assert_int_equal(cxm_record_append(cxm_kind_of(catalog, m->descriptor), m, &packed),
		                 0);
		digest += siphash24(&digest_key, packed.data, packed.len);
	}
	buf_free(&packed);
	buf_printf(out, " digest=%016llx", (unsigned long long)digest);
}

static void add_count(struct buf *out, const char *name, uint64_t n)
{
	if (n > 0) {
		buf_printf(out, " %s=%llu", name, (unsigned long long)n);
	}
}

static void add_counters(struct buf *out, const struct calls_counters *c)
{
	add_count(out, "frames", c->frames);
	add_count(out, "bad_time", c->bad_time);
	for (int i = PACKET_OK; i < PACKET_RESULTS; i++) {
		add_count(out, packet_result_name((enum packet_result)i), c->decoded[i]);
	}
	for (int i = SIP_OK; i < SIP_RESULTS; i++) {
		if (c->sip[i] > 0) {
			buf_printf(out, " sip:%s=%llu", sip_result_name((enum sip_result)i),
			           (unsigned long long)c->sip[i]);
		}
	}
	add_count(out, "sdp_bad", c->sdp_bad);
	add_count(out, "rtp", c->rtp);
	add_count(out, "rtcp", c->rtcp);
	add_count(out, "udp_other", c->udp_other);
	add_count(out, "tcp_segments", c->tcp_segments);
}

static const char *read_code(int rc)
{
	return rc == 0          ? "whole"
	       : rc == -EINVAL  ? "refused"
	       : rc == -EBADMSG ? "damaged"
	                        : "failed";
}

static void read_capture(const char *path, struct buf *out)
{
	struct capture_input *in = calloc(1, sizeof(*in));
	struct fault fault;
	struct replayed r;
	int rc;

	assert_non_null(in);
	rc = capture_input_file(in, path, NULL, &fault);
	capture_input_close(in);
	free(in);
	if (rc != 0) {
		buf_printf(out, "%s", read_code(rc));
		return;
	}
	replayed_open(&r, &path, 1);
	buf_printf(out, "%s", read_code(r.rc));
	add_counters(out, &r.counters);
	add_records(out, &r.w);
	replayed_close(&r);
}

static void read_queue_log(const char *path, struct buf *out)
{
	struct feed_fixture *f = feed_fixture_new(1024);
	struct slice text = load(path);

	queue_feed_lines(&f->feed, text);
	queue_feed_finish(&f->feed);
	buf_printf(out, "records=%u malformed=%llu digest=%016llx", f->r.n_records,
	           (unsigned long long)queue_feed_malformed(&f->feed),
	           (unsigned long long)siphash24(&digest_key, f->r.packed.data, f->r.packed.len));
	exact_free(text);
	feed_fixture_free(f);
}

static const struct reader {
	const char *name;
	void (*read)(const char *path, struct buf *out);
} readers[] = {
	{ "sip", read_sip },
	{ "capture", read_capture },
	{ "queue_log", read_queue_log },
};

/* ---- the tests ---- */

static void find(struct golden *g, const char *extra)
{
	char path[PATH_MAX_BYTES];
	size_t i = 0;

	(void)snprintf(path, sizeof(path), "%s%s%s", is_extra(g) ? extra : "",
	               is_extra(g) ? "/" : "", g->name + (is_extra(g) ? strlen(EXTRA) : 0));
	while (i < COUNT(readers) && strcmp(readers[i].name, g->reader) != 0) {
		i++;
	}
	if (i == COUNT(readers)) {
		print_error(LIST ": %s: no reader is called \"%s\"\n", g->name, g->reader);
		fail();
	}
	buf_init(&g->found, FOUND_MAX_BYTES);
	readers[i].read(path, &g->found);
}

static void found_is_wanted(void **state)
{
	struct golden *g = *state;

	find(g, getenv("CXMETER_DATA"));
	if (getenv("GOLDEN_UPDATE") == NULL) {
		assert_string_equal(buf_text(&g->found), g->wanted);
	}
}

static bool is_listed(const char *folder, const char *name)
{
	char input[PATH_MAX_BYTES];

	(void)snprintf(input, sizeof(input), EXTRA "%s/%s", folder, name);
	for (size_t i = 0; i < n_list; i++) {
		if (strcmp(list[i].name, input) == 0) {
			return true;
		}
	}
	print_error(LIST ": has no line for %s\n", input);
	return false;
}

static bool is_input(const char *name)
{
	static const char *const ends[] = { ".pcap", ".pcapng", ".rtp", ".dat" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < COUNT(ends); i++) {
		if (strcmp(dot, ends[i]) == 0) {
			return true;
		}
	}
	return false;
}

static unsigned missing_in(const char *extra, const char *folder)
{
	char path[PATH_MAX_BYTES];
	unsigned missing = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/%s", extra, folder);
	dir = opendir(path);
	for (struct dirent *e = dir != NULL ? readdir(dir) : NULL; e != NULL; e = readdir(dir)) {
		missing += is_input(e->d_name) && !is_listed(folder, e->d_name);
	}
	if (dir != NULL) {
		(void)closedir(dir);
	}
	return missing;
}

/* Sections 3.1.1 to 3.4 of the RFC, and the one file beside them that is no message of it. */
static void e01_each_message_of_rfc4475_has_its_line(void **state)
{
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < n_list; i++) {
		n += strncmp(list[i].name, EXTRA "rfc4475-", strlen(EXTRA "rfc4475-")) == 0 &&
		     list[i].wanted[0] != '\0';
	}
	assert_int_equal(n, 49 + 1);
}

static void every_capture_and_message_of_others_is_listed(void **state)
{
	const char *extra = getenv("CXMETER_DATA");
	unsigned missing = 0;
	DIR *dir;

	(void)state;
	if (extra == NULL) {
		print_message("# skip: CXMETER_DATA is not set: captures and messages of other "
		              "projects are not read\n");
		skip();
	}
	dir = opendir(extra);
	assert_non_null(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		missing += e->d_name[0] != '.' ? missing_in(extra, e->d_name) : 0;
	}
	(void)closedir(dir);
	assert_int_equal(missing, 0);
}

/* ---- rewriting ---- */

static void write_line(FILE *to, const char *line)
{
	for (size_t i = 0; i < n_list; i++) {
		size_t reader = strlen(list[i].reader);
		const char *input = line + reader + strspn(line + reader, " ");
		size_t len = strlen(list[i].name);

		if (list[i].found.len > 0 && strncmp(line, list[i].reader, reader) == 0 &&
		    strncmp(input, list[i].name, len) == 0 &&
		    (input[len] == ' ' || input[len] == '\n')) {
			(void)fprintf(to, "%s %s %s\n", list[i].reader, list[i].name,
			              buf_text(&list[i].found));
			return;
		}
	}
	(void)fputs(line, to);
}

static void rewrite_list(void)
{
	char line[4096];
	FILE *from = fopen(LIST, "rb");
	FILE *to = fopen(LIST ".new", "wb");

	if (from == NULL || to == NULL) {
		abort();
	}
	while (fgets(line, sizeof(line), from) != NULL) {
		write_line(to, line);
	}
	(void)fclose(from);
	if (fclose(to) != 0 || rename(LIST ".new", LIST) != 0) {
		abort();
	}
}

int main(void)
{
	static struct cases c;
	int rc;

	load_list();
	for (size_t i = 0; i < n_list; i++) {
		if (!is_extra(&list[i]) || getenv("CXMETER_DATA") != NULL) {
			cases_one(&c, list[i].name, found_is_wanted, &list[i]);
		}
	}
	cases_test(&c, e01_each_message_of_rfc4475_has_its_line);
	cases_test(&c, every_capture_and_message_of_others_is_listed);
	rc = cases_run("golden/list", &c, NULL, NULL);
	if (getenv("GOLDEN_UPDATE") != NULL) {
		rewrite_list();
	}
	for (size_t i = 0; i < n_list; i++) {
		buf_free(&list[i].found);
	}
	return rc;
}
