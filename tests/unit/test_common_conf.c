#include "common/conf.h"

#include <errno.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "tests/support/cases.h"
#include "tests/support/temp.h"

/* ---- a schema with every type ---- */

struct listener {
	const char *address;
	int64_t port;
	unsigned line;
};

struct limits {
	int64_t window;
	int64_t heartbeat_ms;
	unsigned line;
};

struct program {
	const char *name;
	const char *level;
	const char *key;
	int64_t threads;
	double share;
	bool compress;
	int64_t interval_ms;
	int64_t quota_bytes;
	struct conf_list allow;
	struct limits limits;
	struct conf_list listeners;
	unsigned line;
};

static const char *const levels[] = { "quiet", "info", "debug", NULL };

static const struct conf_item listener_items[] = {
	{ "address", CONF_TEXT, offsetof(struct listener, address), .required = true,
	  .help = "where" },
	{ "port", CONF_INT, offsetof(struct listener, port), .min = 0, .max = 65535, .def = "7443",
	  .help = "TCP port" },
};
static const struct conf_schema listener_schema = { listener_items, 2, sizeof(struct listener),
	                                            offsetof(struct listener, line) };

static const struct conf_item limits_items[] = {
	{ "window", CONF_INT, offsetof(struct limits, window), .min = 1, .max = 64, .def = "16",
	  .help = "batches in flight" },
	{ "heartbeat", CONF_DURATION, offsetof(struct limits, heartbeat_ms), .min = 1000,
	  .max = 60000, .def = "15s", .help = "silence" },
};
static const struct conf_schema limits_schema = { limits_items, 2, sizeof(struct limits),
	                                          offsetof(struct limits, line) };

static const struct conf_item program_items[] = {
	{ "name", CONF_TEXT, offsetof(struct program, name), .required = true,
	  .help = "of the site" },
	{ "level", CONF_TEXT, offsetof(struct program, level), .def = "info", .choices = levels,
	  .help = "what is logged" },
	{ "key", CONF_PATH, offsetof(struct program, key), .def = "site.key", .help = "key file" },
	{ "threads", CONF_INT, offsetof(struct program, threads), .help = "any number" },
	{ "share", CONF_REAL, offsetof(struct program, share), .min = 0, .max = 1,
	  .help = "a share" },
	{ "compress", CONF_BOOL, offsetof(struct program, compress), .help = "save bytes" },
	{ "interval", CONF_DURATION, offsetof(struct program, interval_ms), .help = "how often" },
	{ "quota", CONF_SIZE, offsetof(struct program, quota_bytes), .min = 4096, .max = 1 << 30,
	  .def = "64KiB", .help = "space" },
	{ "allow", CONF_TEXTS, offsetof(struct program, allow), .min = 1, .max = 3,
	  .help = "agents" },
	{ "limits", CONF_SECTION, offsetof(struct program, limits), .section = &limits_schema,
	  .help = "bounds" },
	{ "listeners", CONF_SECTIONS, offsetof(struct program, listeners), .max = 2,
	  .section = &listener_schema, .help = "sockets" },
};
static const struct conf_schema program_schema = { program_items, 11, sizeof(struct program),
	                                           offsetof(struct program, line) };

/* Parse and bind; @return the first thing that went wrong. */
static int read_program(struct conf_doc *doc, const char *text, struct program *out,
                        struct fault *fault)
{
	int rc = conf_parse(doc, "etc/site.yaml", text, strlen(text), fault);

	return rc == 0 ? conf_bind(doc, doc->root, &program_schema, out, fault) : rc;
}

/* ---- what is understood ---- */

static void every_type_is_filled(void **state)
{
	static const char text[] = "name: nord\n"
				   "level: debug\n"
				   "key: keys/site.key\n"
				   "threads: -3\n"
				   "share: 0.25\n"
				   "compress: yes\n"
				   "interval: 1500ms\n"
				   "quota: 2MiB\n"
				   "allow: [nord/pbx1, \"nord/pbx2\"]\n"
				   "limits:\n"
				   "  heartbeat: 20s\n"
				   "listeners:\n"
				   "  - address: 0.0.0.0\n"
				   "  - address: '::1'\n"
				   "    port: 0\n";
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;
	const char *const *allow;
	const struct listener *listeners;

	(void)state;
	assert_int_equal(read_program(&doc, text, &p, &fault), 0);
	assert_string_equal(p.name, "nord");
	assert_string_equal(p.level, "debug");
	assert_string_equal(p.key, "etc/keys/site.key");
	assert_int_equal(p.threads, -3);
	assert_true(p.share == 0.25);
	assert_true(p.compress);
	assert_int_equal(p.interval_ms, 1500);
	assert_int_equal(p.quota_bytes, 2 << 20);
	assert_int_equal(p.allow.count, 2);
	allow = p.allow.items;
	assert_string_equal(allow[0], "nord/pbx1");
	assert_string_equal(allow[1], "nord/pbx2");
	assert_int_equal(p.limits.heartbeat_ms, 20000);
	assert_int_equal(p.limits.window, 16);
	assert_int_equal(p.limits.line, 10);
	assert_int_equal(p.listeners.count, 2);
	listeners = p.listeners.items;
	assert_string_equal(listeners[0].address, "0.0.0.0");
	assert_int_equal(listeners[0].port, 7443);
	assert_int_equal(listeners[0].line, 13);
	assert_string_equal(listeners[1].address, "::1");
	assert_int_equal(listeners[1].port, 0);
	assert_int_equal(listeners[1].line, 14);
	conf_free(&doc);
}

static void what_is_absent_has_its_default(void **state)
{
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;

	(void)state;
	memset(&p, 0xee, sizeof(p));
	assert_int_equal(read_program(&doc, "name: nord\n", &p, &fault), 0);
	assert_string_equal(p.level, "info");
	assert_string_equal(p.key, "etc/site.key");
	assert_int_equal(p.threads, 0);
	assert_true(p.share == 0);
	assert_false(p.compress);
	assert_int_equal(p.quota_bytes, 65536);
	assert_int_equal(p.allow.count, 0);
	assert_int_equal(p.limits.window, 16);
	assert_int_equal(p.limits.heartbeat_ms, 15000);
	assert_int_equal(p.listeners.count, 0);
	conf_free(&doc);
}

static const struct null_case {
	const char *name;
	const char *text;
} nulls[] = {
	{ "nothing_behind_the_key_is_absent", "name: nord\nlevel:\nlimits:\nallow:\nlisteners:\n" },
	{ "tilde_is_absent", "name: nord\nlevel: ~\nlimits: ~\nallow: ~\nlisteners: ~\n" },
	{ "null_is_absent",
	  "name: nord\nlevel: null\nlimits: null\nallow: null\nlisteners: null\n" },
};

static void key_without_value_counts_as_absent(void **state)
{
	const struct null_case *c = *state;
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;

	assert_int_equal(read_program(&doc, c->text, &p, &fault), 0);
	assert_string_equal(p.level, "info");
	assert_int_equal(p.limits.window, 16);
	assert_int_equal(p.allow.count, 0);
	conf_free(&doc);
}

static void quoted_null_is_text(void **state)
{
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;

	(void)state;
	assert_int_equal(read_program(&doc, "name: \"null\"\n", &p, &fault), 0);
	assert_string_equal(p.name, "null");
	conf_free(&doc);
	assert_int_equal(read_program(&doc, "name: ''\n", &p, &fault), 0);
	assert_string_equal(p.name, "");
	conf_free(&doc);
}

static void absolute_path_stays_as_it_is(void **state)
{
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;

	(void)state;
	assert_int_equal(read_program(&doc, "name: x\nkey: /etc/k\n", &p, &fault), 0);
	assert_string_equal(p.key, "/etc/k");
	conf_free(&doc);
}

static void path_beside_a_file_without_folder_stays_as_it_is(void **state)
{
	static const char text[] = "name: x\nkey: k\n";
	struct conf_doc doc;
	struct program p = { 0 };

	(void)state;
	assert_int_equal(conf_parse(&doc, "site.yaml", text, strlen(text), NULL), 0);
	assert_int_equal(conf_bind(&doc, doc.root, &program_schema, &p, NULL), 0);
	assert_string_equal(p.key, "k");
	conf_free(&doc);
}

static void no_map_at_all_is_one_without_keys(void **state)
{
	struct conf_doc doc;
	struct limits l;

	(void)state;
	assert_int_equal(conf_parse(&doc, "x.yaml", "a: 1\n", 5, NULL), 0);
	assert_int_equal(conf_bind(&doc, conf_get(doc.root, "limits"), &limits_schema, &l, NULL),
	                 0);
	assert_int_equal(l.window, 16);
	conf_free(&doc);
}

/* ---- what is refused, and how it is said ---- */

#define LONG_16 "xxxxxxxxxxxxxxxx"
#define LONG_256                                                                                   \
	LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16 LONG_16    \
		LONG_16 LONG_16 LONG_16 LONG_16 LONG_16

#define LOOK ": look at indentation, colons and quotes there"

static const struct refusal {
	const char *name;
	const char *text;
	int rc;
	const char *want; /* the whole message */
} refusals[] = {
	{ "missing_key", "level: info\n", -EINVAL,
	  "etc/site.yaml:1: \"name\" is missing: of the site" },
	{ "missing_key_in_a_list", "name: x\nlisteners:\n  - port: 1\n", -EINVAL,
	  "etc/site.yaml:3: \"address\" is missing: where" },
	{ "unknown_key", "name: x\nlimits:\n  windw: 3\n", -EINVAL,
	  "etc/site.yaml:3: windw: unknown key; known here: window, heartbeat" },
	{ "duplicate_key", "name: x\nlevel: info\nname: y\n", -EBADMSG,
	  "etc/site.yaml:3: name: this key stands here a second time (first in line 1)" },
	{ "duplicate_key_with_a_map", "name: x\nlimits: {}\nlimits: {}\n", -EBADMSG,
	  "etc/site.yaml:3: limits: this key stands here a second time (first in line 2)" },
	{ "no_choice", "name: x\nlevel: loud\n", -EINVAL,
	  "etc/site.yaml:2: level: \"loud\" is none of: quiet, info, debug" },
	{ "no_whole_number", "name: x\nthreads: 60s\n", -EINVAL,
	  "etc/site.yaml:2: threads: expected a whole number, found \"60s\"" },
	{ "number_beyond_int64", "name: x\nthreads: 9223372036854775808\n", -EINVAL,
	  "etc/site.yaml:2: threads: expected a whole number, found \"9223372036854775808\"" },
	{ "no_number", "name: x\nshare: 0.5x\n", -EINVAL,
	  "etc/site.yaml:2: share: expected a number, found \"0.5x\"" },
	{ "nan_is_no_number", "name: x\nshare: nan\n", -EINVAL,
	  "etc/site.yaml:2: share: expected a number, found \"nan\"" },
	{ "real_out_of_range", "name: x\nshare: 1.01\n", -EINVAL,
	  "etc/site.yaml:2: share: 1.01 is out of range (0 to 1)" },
	{ "no_truth", "name: x\ncompress: on\n", -EINVAL,
	  "etc/site.yaml:2: compress: expected true or false, found \"on\"" },
	{ "duration_without_unit", "name: x\ninterval: 60\n", -EINVAL,
	  "etc/site.yaml:2: interval: expected a duration such as 500ms, 30s, 5m, 12h or 7d, found "
	  "\"60\"" },
	{ "negative_duration", "name: x\ninterval: -1s\n", -EINVAL,
	  "etc/site.yaml:2: interval: expected a duration such as 500ms, 30s, 5m, 12h or 7d, found "
	  "\"-1s\"" },
	{ "duration_beyond_int64", "name: x\ninterval: 999999999999999d\n", -EINVAL,
	  "etc/site.yaml:2: interval: expected a duration such as 500ms, 30s, 5m, 12h or 7d, found "
	  "\"999999999999999d\"" },
	{ "duration_out_of_range", "name: x\nlimits: {heartbeat: 2m}\n", -EINVAL,
	  "etc/site.yaml:2: heartbeat: 2m is out of range (1000 to 60000 ms)" },
	{ "no_size", "name: x\nquota: 64kb\n", -EINVAL,
	  "etc/site.yaml:2: quota: expected a size such as 65536, 64KiB, 512MiB or 1GiB, found "
	  "\"64kb\"" },
	{ "size_out_of_range", "name: x\nquota: 2GiB\n", -EINVAL,
	  "etc/site.yaml:2: quota: 2GiB is out of range (4096 to 1073741824 bytes)" },
	{ "number_out_of_range", "name: x\nlimits: {window: 65}\n", -EINVAL,
	  "etc/site.yaml:2: window: 65 is out of range (1 to 64)" },
	{ "path_of_nothing", "name: x\nkey: ''\n", -EINVAL,
	  "etc/site.yaml:2: key: expected a path" },
	{ "list_for_a_value", "name: [x]\n", -EINVAL,
	  "etc/site.yaml:1: name: expected a single value" },
	{ "value_for_a_list", "name: x\nallow: y\n", -EINVAL,
	  "etc/site.yaml:2: allow: expected a list (lines that begin with \"- \")" },
	{ "list_too_long", "name: x\nallow: [a, b, c, d]\n", -EINVAL,
	  "etc/site.yaml:2: allow: 4 entries, at most 3" },
	{ "list_too_short", "name: x\nallow: []\n", -EINVAL,
	  "etc/site.yaml:2: allow: 0 entries, at least 1" },
	{ "list_of_lists_for_words", "name: x\nallow: [[a]]\n", -EINVAL,
	  "etc/site.yaml:2: expected a word" },
	{ "list_with_nothing_in_it", "name: x\nallow:\n  - a\n  -\n", -EINVAL,
	  "etc/site.yaml:4: expected a word" },
	{ "value_for_a_section", "name: x\nlimits: 5\n", -EINVAL,
	  "etc/site.yaml:2: limits: expected keys with values (\"key: value\")" },
	{ "words_for_sections", "name: x\nlisteners: [a]\n", -EINVAL,
	  "etc/site.yaml:2: expected keys with values (\"key: value\")" },
	{ "document_is_a_list", "- a\n", -EINVAL,
	  "etc/site.yaml:1: expected keys with values (\"key: value\")" },
	{ "document_is_a_word", "a\n", -EINVAL,
	  "etc/site.yaml:1: expected keys with values (\"key: value\")" },
	{ "empty_file", "", -EBADMSG, "etc/site.yaml: the file is empty" },
	{ "file_of_comments", "# nothing yet\n", -EBADMSG, "etc/site.yaml: the file is empty" },
	{ "two_documents", "name: x\n---\nname: y\n", -EBADMSG,
	  "etc/site.yaml:2: one document a file" },
	{ "alias", "name: &a x\n", -EBADMSG,
	  "etc/site.yaml:1: anchors, tags and NUL bytes are not understood here" },
	{ "anchor_on_a_map", "limits: &l {window: 3}\n", -EBADMSG,
	  "etc/site.yaml:1: anchors and tags are not understood here" },
	{ "anchor_on_a_list", "allow: &l [x]\n", -EBADMSG,
	  "etc/site.yaml:1: anchors and tags are not understood here" },
	{ "alias_of_nothing", "name: x\nlevel: *n\n", -EBADMSG,
	  "etc/site.yaml:2: aliases are not understood here: write the value out" },
	{ "tag", "threads: !!int 3\n", -EBADMSG,
	  "etc/site.yaml:1: anchors, tags and NUL bytes are not understood here" },
	{ "tag_on_a_list", "allow: !!set [x]\n", -EBADMSG,
	  "etc/site.yaml:1: anchors and tags are not understood here" },
	{ "nul_in_quotes", "name: \"a\\0b\"\n", -EBADMSG,
	  "etc/site.yaml:1: anchors, tags and NUL bytes are not understood here" },
	{ "key_that_is_a_list", "[a]: b\n", -EBADMSG, "etc/site.yaml:1: a key must be a word" },
	{ "quote_never_closed", "name: x\nlevel: \"info\n", -EBADMSG,
	  "etc/site.yaml:3: found unexpected end of stream" LOOK },
	{ "tab_for_blanks", "limits:\n\twindow: 3\n", -EBADMSG,
	  "etc/site.yaml:2: found character that cannot start any token" LOOK },
	{ "wrong_indentation", "name: x\n  level: y\n", -EBADMSG,
	  "etc/site.yaml:2: mapping values are not allowed in this context" LOOK },
	/* before: reported in line 1 */
	{ "latin1_umlaut", "name: x\n# ok\nlevel: gr\xfc\xdf\n", -EBADMSG,
	  "etc/site.yaml:3: invalid leading UTF-8 octet" },
	{ "control_character", "name: x\nlevel: \x01\n", -EBADMSG,
	  "etc/site.yaml:2: control characters are not allowed" },
	{ "nested_too_deep", "a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", -EBADMSG,
	  "etc/site.yaml:1: nested too deep" },
};

static void mistake_is_refused_with_file_line_and_reason(void **state)
{
	const struct refusal *c = *state;
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault = { 0 };

	assert_int_equal(read_program(&doc, c->text, &p, &fault), c->rc);
	assert_string_equal(fault.text, c->want);
	assert_int_equal(fault.code, c->rc);
	conf_free(&doc);
}

static void long_text_in_a_message_is_cut(void **state)
{
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;

	(void)state;
	assert_int_equal(
		read_program(&doc, "name: x\nlevel: " LONG_256 LONG_256 LONG_256 "\n", &p, &fault),
		-EINVAL);
	assert_int_equal(strlen(fault.text), FAULT_TEXT_MAX - 1);
	assert_memory_equal(fault.text, "etc/site.yaml:2: level: \"xxx", 28);
	conf_free(&doc);
}

static void nesting_up_to_the_limit_is_read(void **state)
{
	static const char text[] = "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]";
	struct conf_doc doc;
	struct fault fault;

	(void)state;
	assert_int_equal(strlen(text), 2 * CONF_DEPTH_MAX);
	assert_int_equal(conf_parse(&doc, "x", text, strlen(text), &fault), 0);
	conf_free(&doc);
}

/* Before: each key was compared with all before it, without end: 4 MiB of keys took minutes. */
static void map_of_too_many_keys_is_refused(void **state)
{
	struct buf b;
	struct conf_doc doc;
	struct fault fault;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < CONF_KEYS_MAX; i++) {
		buf_printf(&b, "k%d: 1\n", i);
	}
	assert_int_equal(conf_parse(&doc, "x", b.data, b.len, &fault), 0);
	assert_int_equal(doc.root->count, CONF_KEYS_MAX);
	conf_free(&doc);
	buf_add_text(&b, "more: 1\n");
	assert_int_equal(conf_parse(&doc, "x", b.data, b.len, &fault), -EBADMSG);
	assert_string_equal(fault.text, "x:1025: too many keys in one place");
	buf_free(&b);
}

static void file_of_brackets_ends_at_the_arena(void **state)
{
	struct buf b;
	struct conf_doc doc;
	struct fault fault;

	(void)state;
	buf_init(&b, CONF_FILE_MAX_BYTES);
	buf_add_char(&b, '[');
	while (b.len + 3 <= b.max) {
		buf_add_text(&b, "{},");
	}
	assert_int_equal(conf_parse(&doc, "x", b.data, b.len, &fault), -EBADMSG);
	assert_string_equal(fault.text, "x:1: the file holds more than can be read");
	buf_free(&b);
}

/* ---- files ---- */

static void file_is_read(void **state)
{
	struct temp t;
	struct conf_doc doc;
	struct program p = { 0 };
	struct fault fault;
	char want[sizeof(t.path) + 16];

	(void)state;
	temp_open(&t);
	assert_int_equal(conf_load(&doc, temp_text(&t, "c.yaml", "name: nord\nkey: k\n"), &fault),
	                 0);
	assert_int_equal(conf_bind(&doc, doc.root, &program_schema, &p, &fault), 0);
	(void)snprintf(want, sizeof(want), "%s/k", t.dir);
	assert_string_equal(p.key, want);
	conf_free(&doc);
	temp_remove(&t);
}

static void not_loaded(const char *path, int rc, const char *why)
{
	struct conf_doc doc;
	struct fault fault;

	assert_int_equal(conf_load(&doc, path, &fault), rc);
	assert_memory_equal(fault.text, path, strlen(path));
	assert_string_equal(fault.text + strlen(path), why);
	conf_free(&doc);
}

static void file_that_cannot_be_read_says_why(void **state)
{
	struct temp t;

	(void)state;
	temp_open(&t);
	not_loaded(temp_path(&t, "missing"), -ENOENT, ": cannot open: No such file or directory");
	not_loaded(t.dir, -EFBIG, ": not a file of at most 4194304 bytes");
	not_loaded(temp_text(&t, "empty", ""), -EBADMSG, ": the file is empty");
	assert_int_equal(mkfifo(temp_path(&t, "fifo"), 0600), 0);
	not_loaded(t.path, -EFBIG,
	           ": not a file of at most 4194304 bytes"); /* before: waited for ever */
	temp_remove(&t);
}

static void file_above_the_limit_is_refused(void **state)
{
	static char text[CONF_FILE_MAX_BYTES + 1];
	struct temp t;

	(void)state;
	memset(text, '#', sizeof(text));
	temp_open(&t);
	not_loaded(temp_file(&t, "big", text, sizeof(text)), -EFBIG,
	           ": not a file of at most 4194304 bytes");
	not_loaded(temp_file(&t, "fits", text, sizeof(text) - 1), -EBADMSG, ": the file is empty");
	temp_remove(&t);
}

/* ---- single values ---- */

static const struct quantity_case {
	const char *name;
	int (*read)(const char *text, int64_t *out);
	const char *text;
	int rc;
	int64_t want;
} quantities[] = {
	{ "duration_ms", conf_duration_ms, "500ms", 0, 500 },
	{ "duration_s", conf_duration_ms, "30s", 0, 30000 },
	{ "duration_m", conf_duration_ms, "5m", 0, 300000 },
	{ "duration_h", conf_duration_ms, "12h", 0, 43200000 },
	{ "duration_d", conf_duration_ms, "7d", 0, 604800000 },
	{ "duration_0", conf_duration_ms, "0s", 0, 0 },
	{ "duration_fraction", conf_duration_ms, "1.5s", -EINVAL, 0 },
	{ "duration_two_units", conf_duration_ms, "1h30m", -EINVAL, 0 },
	{ "duration_blank_before_unit", conf_duration_ms, "1 s", -EINVAL, 0 },
	{ "duration_unit_alone", conf_duration_ms, "s", -EINVAL, 0 },
	{ "duration_empty", conf_duration_ms, "", -EINVAL, 0 },
	{ "duration_overflow", conf_duration_ms, "9223372036854775807d", -ERANGE, 0 },
	{ "size_bytes", conf_size_bytes, "4096", 0, 4096 },
	{ "size_kib", conf_size_bytes, "64KiB", 0, 65536 },
	{ "size_mib", conf_size_bytes, "512MiB", 0, 536870912 },
	{ "size_gib", conf_size_bytes, "3GiB", 0, INT64_C(3221225472) },
	{ "size_in_decimal_units", conf_size_bytes, "1MB", -EINVAL, 0 },
	{ "size_overflow", conf_size_bytes, "9223372036854775807KiB", -ERANGE, 0 },
};

static void quantity_is_read_or_refused(void **state)
{
	const struct quantity_case *c = *state;
	int64_t v = 0;

	assert_int_equal(c->read(c->text, &v), c->rc);
	assert_int_equal(c->rc == 0 ? v : 0, c->want);
}

static void reference_lists_every_key_with_type_default_and_help(void **state)
{
	static const char want[] = "| `c.name` | text | required | of the site |\n"
				   "| `c.level` | text | info | what is logged |\n"
				   "| `c.key` | path | site.key | key file |\n"
				   "| `c.threads` | number |  | any number |\n"
				   "| `c.share` | number |  | a share |\n"
				   "| `c.compress` | true or false |  | save bytes |\n"
				   "| `c.interval` | duration |  | how often |\n"
				   "| `c.quota` | size | 64KiB | space |\n"
				   "| `c.allow` | list |  | agents |\n"
				   "| `c.limits` | section |  | bounds |\n"
				   "| `c.limits.window` | number | 16 | batches in flight |\n"
				   "| `c.limits.heartbeat` | duration | 15s | silence |\n"
				   "| `c.listeners[]` | list of sections |  | sockets |\n"
				   "| `c.listeners[].address` | text | required | where |\n"
				   "| `c.listeners[].port` | number | 7443 | TCP port |\n";
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	conf_describe(&program_schema, "c.", out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, want);
	free(text);
}

int main(void)
{
	static struct cases c;

	cases_test(&c, every_type_is_filled);
	cases_test(&c, what_is_absent_has_its_default);
	cases_table(&c, nulls, key_without_value_counts_as_absent);
	cases_test(&c, quoted_null_is_text);
	cases_test(&c, absolute_path_stays_as_it_is);
	cases_test(&c, path_beside_a_file_without_folder_stays_as_it_is);
	cases_test(&c, no_map_at_all_is_one_without_keys);
	cases_table(&c, refusals, mistake_is_refused_with_file_line_and_reason);
	cases_test(&c, long_text_in_a_message_is_cut);
	cases_test(&c, nesting_up_to_the_limit_is_read);
	cases_test(&c, map_of_too_many_keys_is_refused);
	cases_test(&c, file_of_brackets_ends_at_the_arena);
	cases_test(&c, file_is_read);
	cases_test(&c, file_that_cannot_be_read_says_why);
	cases_test(&c, file_above_the_limit_is_refused);
	cases_table(&c, quantities, quantity_is_read_or_refused);
	cases_test(&c, reference_lists_every_key_with_type_default_and_help);
	return cases_run("conf", &c, NULL, NULL);
}
