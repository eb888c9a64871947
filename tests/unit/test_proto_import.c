#include "proto/import.h"

#include <errno.h>
#include <unistd.h>

#include <zlib.h>

#include "common/when.h"
#include "proto/csv.h"
#include "tests/support/cases.h"
#include "tests/support/catalog.h"
#include "tests/support/random_record.h"
#include "tests/support/temp.h"

static int learn(void **state)
{
	struct fault fault;

	(void)state;
	return when_use_zone("Europe/Berlin", &fault);
}

static const struct cxm_kind *kind_of(const char *name)
{
	return cxm_kind_named(product_catalog(), slice_of(name));
}

/* ---- names of files ---- */

static const struct name_case {
	const char *name;
	const char *path;
	const char *kind; /* NULL: refused */
	enum import_format format;
} names[] = {
	{ "name_of_a_kind", "Survey.csv", "Survey", IMPORT_CSV },
	{ "name_of_a_table", "survey_offer.csv", "SurveyOffer", IMPORT_CSV },
	{ "name_in_capitals", "SURVEY.CSV", "Survey", IMPORT_CSV },
	{ "name_with_a_date", "survey-2026-11.jsonl.gz", "Survey", IMPORT_JSONL },
	{ "name_with_a_site", "QueueContact_nord.csv.zst", "QueueContact", IMPORT_CSV },
	{ "name_with_a_blank", "Survey 11.csv", "Survey", IMPORT_CSV },
	{ "name_with_a_dot", "Survey.nord.csv", "Survey", IMPORT_CSV },
	{ "longest_kind_wins", "survey_offer-2026.csv", "SurveyOffer", IMPORT_CSV },
	{ "name_in_a_folder", "/var/drop/Survey/Case.csv", "Case", IMPORT_CSV },
	{ "name_of_no_kind", "Surveys.csv", NULL, IMPORT_CSV },
	{ "name_of_nothing", ".csv", NULL, IMPORT_CSV },
	{ "name_of_another_format", "Survey.xlsx", NULL, IMPORT_CSV },
	{ "name_without_format", "Survey", NULL, IMPORT_CSV },
	{ "name_of_a_part", "Survey.csv.part", NULL, IMPORT_CSV },
	{ "name_of_a_folder", "Survey.csv/", NULL, IMPORT_CSV },
};

static void file_name_says_kind_and_format(void **state)
{
	const struct name_case *c = *state;
	const struct cxm_kind *kind = NULL;
	enum import_format format = IMPORT_CSV;

	assert_int_equal(import_name(product_catalog(), c->path, &kind, &format),
	                 c->kind != NULL ? 0 : -EINVAL);
	assert_string_equal(kind != NULL ? kind->name : "", c->kind != NULL ? c->kind : "");
	assert_int_equal(format, c->format);
}

/* ---- files ---- */

/* "Anna" is 4, "0301" is 4: enough to see that a raw identity went through here */
static int hash_length(void *arg, const struct cxm_field *f, struct slice raw, uint64_t *out)
{
	(void)arg;
	(void)f;
	*out = raw.len;
	return 0;
}

static const struct import_column mapped_columns[] = {
	{ .from = "Start", .to = "at_us" },
	{ .from = "Wartezeit (s)", .to = "wait_ms", .shape = { .factor = 1000 } },
	{ .from = "Anrufer", .to = "customer" },
};
static const struct import_constant constants[] = {
	{ "source", "dropbox" },
	{ "host", "pbx1" },
	{ "seen_us", "1795323506000000" },
	{ "no_such_field", "x" }, /* a default for kinds that have it */
};
static const struct import_rules base_rules = {
	.columns = mapped_columns, /* for QueueContact; n_columns says whether they count */
	.constants = constants,
	.n_constants = 4,
	.text = { .identity = hash_length },
};

/* The columns at the end that a row leaves empty: the schema may grow. */
static void drop_empty_end(struct buf *out)
{
	size_t len = out->len;

	while (len > 1 && out->data[len - 1] == '\n' && out->data[len - 2] == ',') {
		out->data[len - 2] = '\n';
		len--;
	}
	out->len = len;
}

/* Everything an import says, a line each: "LINE record", "LINE ! why", and how it ended. */
static void transcribe(const char *path, const struct import_rules *rules, struct buf *out)
{
	struct fault fault = { 0 };
	struct instream *in = NULL;
	struct import *im = NULL;
	ProtobufCMessage *m;
	unsigned line = 0;
	int rc;

	assert_int_equal(instream_open(&in, path, &fault), 0);
	rc = import_open(&im, in, rules, &fault);
	while (rc == 0 && (rc = import_next(im, &m, &line, &fault)) != 0) {
		if (rc == 1) {
			buf_printf(out, "%u ", line);
			text_csv_row(rules->kind, m, out);
			drop_empty_end(out);
		} else {
			buf_printf(out, "%u ! %s\n", line, fault.text);
		}
		rc = rc == 1 || rc == -EINVAL ? 0 : rc;
	}
	if (rc != 0) {
		const char *slash = strrchr(fault.text, '/');

		buf_printf(out, "stopped %d %s\n", rc, slash != NULL ? slash + 1 : fault.text);
	} else if (import_ignored(im)[0] != '\0') {
		buf_printf(out, "ignored %s\n", import_ignored(im));
	}
	import_close(im);
	instream_close(in);
}

static void transcribe_text(const char *text, size_t len, const struct import_rules *rules,
                            struct buf *out)
{
	struct temp t;

	temp_open(&t);
	transcribe(temp_file(&t, "in", text, len), rules, out);
	temp_remove(&t);
}

#define HEAD "at_us,survey_id,kind,value\n"

static const struct file_case {
	const char *name;
	const char *kind;
	enum import_format format;
	const char *text;
	const char *want;
} files[] = {
	/* ---- CSV ---- */
	{ "csv_columns_by_name", "survey", IMPORT_CSV,
	  HEAD "1795323506,0000000000000007,csat,4.5\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000010,csat,1795323506000000,4.5\n" },
	{ "csv_columns_in_any_order_and_case", "survey", IMPORT_CSV,
	  "VALUE,Kind,survey_id,AT_US\n4.5,CSAT,x,1795323506\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,4.5\n" },
	{ "csv_columns_by_mapping", "queue_contact", IMPORT_CSV,
	  "Start,contact,queue,entry,Wartezeit (s),Anrufer\n2026-11-22 "
	  "05:58:26,c,support,0,17.5,0301\n",
	  "2 "
	  "1795323506000000,dropbox,pbx1,0000000000000001,support,0,1795323506000000,,"
	  "0000000000000004,"
	  "17500\n" },
	{ "csv_constant_gives_way_to_a_column", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,host\n1795323506,x,nps,pbx2\n",
	  "2 1795323506000000,dropbox,pbx2,0000000000000001,nps,1795323506000000\n" },
	{ "csv_semicolon_means_decimal_comma", "survey", IMPORT_CSV,
	  "at_us;survey_id;kind;value\n22.11.2026 05:58:26;x;csat;4,5\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,4.5\n" },
	{ "csv_comma_means_decimal_point", "survey", IMPORT_CSV, HEAD "1795323506,x,csat,\"4,5\"\n",
	  "2 ! value: expected a number, found something like \"9,9\"\n" },
	{ "csv_byte_order_mark", "survey", IMPORT_CSV, "\xef\xbb\xbf" HEAD "1795323506,x,fcr,1\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,fcr,1795323506000000,1\n" },
	/* before: the mark was taken off in front of every row */
	{ "csv_byte_order_mark_in_a_field", "survey", IMPORT_CSV,
	  "queue,at_us,survey_id,kind\n\xef\xbb\xbfq,1795323506,x,fcr\n",
	  "2 "
	  "1795323506000000,dropbox,pbx1,0000000000000001,fcr,1795323506000000,,,,\xef\xbb\xbfq"
	  "\n" },
	{ "csv_ignored_columns_are_named_once", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,Comment,comment2,Comment\n1795323506,x,ces,a,b,c\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,ces,1795323506000000\n"
	  "ignored Comment, comment2\n" },
	{ "csv_guard_is_taken_off_labels", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,queue\n1795323506,x,ces,'=q\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,ces,1795323506000000,,,,'=q\n" },
	{ "csv_bad_rows_do_not_stop_the_rest", "survey", IMPORT_CSV,
	  HEAD "1795323506,x,csat,5\n"
	       "1795323506,x,liked,5\n"
	       "1795323506,x,csat\n"
	       "1795323506,x,csat,5,6\n"
	       ",x,csat,5\n"
	       "\"1795323506\"x,x,csat,5\n"
	       "1795323507,y,csat,4\n",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,5\n"
	  "3 ! kind: expected one of csat, nps, ces, fcr, found something like \"aaaaa\"\n"
	  "4 ! 3 fields, the header has 4\n"
	  "5 ! 5 fields, the header has 4\n"
	  "6 ! at_us is empty; it is part of the record's key\n"
	  "7 ! a quote is out of place\n"
	  "8 1795323507000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,4\n" },
	{ "csv_lines_are_counted_through_quotes_and_blank_lines", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,\"a\nnote\"\r\n\r\n1795323506,x,csat,"
	  "\"two\nlines\"\r\n\n1795323507,y,bad,\n1795323508,z,nps,\n",
	  "4 1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000\n"
	  "7 ! kind: expected one of csat, nps, ces, fcr, found something like \"aaa\"\n"
	  "8 1795323508000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n"
	  "ignored a\nnote\n" },
	{ "csv_quote_never_closed_costs_one_line", "survey", IMPORT_CSV,
	  HEAD "1795323506,\"x,csat,5\n1795323507,y,csat,4\n",
	  "2 ! a quote is out of place\n"
	  "3 1795323507000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,4\n" },
	{ "csv_last_line_without_line_end", "survey", IMPORT_CSV, HEAD "1795323506,x,csat,5",
	  "2 1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,5\n" },
	{ "csv_header_alone", "survey", IMPORT_CSV, HEAD, "" },
	{ "csv_header_without_line_end", "survey", IMPORT_CSV, "at_us,survey_id,kind", "" },
	{ "csv_of_nothing", "survey", IMPORT_CSV, "", "stopped -74 in: the file is empty\n" },
	{ "csv_of_a_byte_order_mark", "survey", IMPORT_CSV, "\xef\xbb\xbf",
	  "stopped -74 in: the file is empty\n" },
	{ "csv_without_a_column_of_the_key", "survey", IMPORT_CSV, "at_us,kind\n",
	  "stopped -22 in:1: no column for survey_id, which every Survey needs; name the column "
	  "so, or map it "
	  "in the configuration\n" },
	{ "csv_with_two_columns_for_a_field", "queue_contact", IMPORT_CSV,
	  "at_us,Start,contact,queue,entry\n",
	  "stopped -22 in:1: two columns fill at_us; rename or remove one\n" },
	{ "csv_header_with_a_stray_quote", "survey", IMPORT_CSV, "\"at_us\"x,kind\n",
	  "stopped -74 in:1: the header line cannot be read as CSV\n" },
	/* more of UTF-16 and of other encodings in test_proto_encoding.c */
	{ "csv_utf16_of_nothing", "survey", IMPORT_CSV,
	  "\xff\xfe"
	  "a",
	  "stopped -74 in: the file is empty\n" },
	{ "csv_in_latin1", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,queue\n1795323506,x,ces,K\xfcndigung\n",
	  "2 ! queue: expected UTF-8 text of at most 512 bytes: the text is not UTF-8; name the "
	  "file's `encoding`, or save it as UTF-8\n" },
	{ "csv_identity_in_latin1", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,agent\n1795323506,x,ces,M\xfcller\n",
	  "2 ! agent: expected an identity, or its pseudonym (16 hexadecimal digits): the text is "
	  "not UTF-8; name the file's `encoding`, or save it as UTF-8\n" },
	{ "f16_csv_two_columns_of_one_name", "survey", IMPORT_CSV,
	  "at_us,survey_id,kind,queue,Queue\n1795323506,x,ces,a,b\n",
	  "stopped -22 in:1: two columns fill queue; rename or remove one\n" },
	/* ---- JSONL ---- */
	{ "json_object_a_line", "survey", IMPORT_JSONL,
	  "{\"at_us\": 1795323506, \"survey_id\": \"x\", \"kind\": \"csat\", \"value\": 4.5}\n",
	  "1 1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,4.5\n" },
	{ "json_types_of_every_kind", "queue_contact", IMPORT_JSONL,
	  "{\"at_us\": \"2026-11-22T05:58:26\", \"contact\": \"c\", \"queue\": \"q\\u00e4\", "
	  "\"entry\": 0, "
	  "\"recorded\": true, \"outcome\": null, \"Wartezeit (s)\": 1.5, \"customer\": 301}\n",
	  "1 "
	  "1795323506000000,dropbox,pbx1,0000000000000001,q\xc3\xa4,0,1795323506000000,,"
	  "0000000000000003,1500,"
	  ",,,,,,,,,,,,,,,,true\n" },
	{ "json_blank_lines_and_last_line_without_end", "survey", IMPORT_JSONL,
	  "\n  \r\n{\"at_us\":1795323506,\"survey_id\":\"x\",\"kind\":\"nps\"}",
	  "3 1795323506000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n" },
	{ "json_byte_order_mark", "survey", IMPORT_JSONL,
	  "\xef\xbb\xbf{\"at_us\":1795323506,\"survey_id\":\"x\",\"kind\":\"nps\"}\n",
	  "1 1795323506000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n" },
	{ "json_bad_lines_do_not_stop_the_rest", "survey", IMPORT_JSONL,
	  "{\"at_us\":1795323506,\"survey_id\":\"x\"}\n"
	  "{\"at_us\":null,\"survey_id\":\"x\",\"kind\":\"nps\"}\n"
	  "[1]\n"
	  "\"word\"\n"
	  "{\"at_us\":1795323506\n"
	  "{\"at_us\":1795323506,\"survey_id\":{},\"kind\":\"nps\"}\n"
	  "{\"at_us\":1795323506,\"survey_id\":[1],\"kind\":\"nps\"}\n"
	  "{\"at_us\":true,\"survey_id\":\"x\",\"kind\":\"nps\"}\n"
	  "{\"at_us\":1,\"at_us\":2,\"survey_id\":\"x\",\"kind\":\"nps\"}\n"
	  "{\"at_us\":1795323507,\"survey_id\":\"x\",\"kind\":\"nps\"}\n",
	  "1 ! kind is missing; it is part of the record's key\n"
	  "2 ! at_us is missing; it is part of the record's key\n"
	  "3 ! not a JSON object but another value\n"
	  "4 ! not a JSON object: '[' or '{' expected in column 6\n"
	  "5 ! not a JSON object: '}' expected in column 19\n"
	  "6 ! survey_id: objects and lists have no place in a record\n"
	  "7 ! survey_id: objects and lists have no place in a record\n"
	  "8 ! at_us: expected a time such as 2026-11-22T05:58:26+01:00, 22.11.2026 05:58 or "
	  "seconds since 1970, "
	  "found something like \"aaaa\"\n"
	  "9 ! not a JSON object: duplicate object key in column 18\n"
	  "10 1795323507000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n" },
	/* before: never told, so a misspelt name went unseen */
	{ "json_names_that_match_nothing_are_named_once", "survey", IMPORT_JSONL,
	  "{\"at_us\":1795323506,\"survey_id\":\"x\",\"kind\":\"nps\",\"quene\":\"a\"}\n"
	  "{\"at_us\":1795323507,\"survey_id\":\"x\",\"kind\":\"nps\",\"quene\":\"a\",\"que\":1}\n",
	  "1 1795323506000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n"
	  "2 1795323507000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n"
	  "ignored quene, que\n" },
	/* before: whichever came last */
	{ "json_with_two_names_for_a_field", "queue_contact", IMPORT_JSONL,
	  "{\"at_us\":1,\"Start\":2,\"contact\":\"c\",\"queue\":\"q\",\"entry\":0}\n",
	  "1 ! two names fill at_us; rename or remove one\n" },
	{ "json_label_keeps_its_apostrophe", "survey", IMPORT_JSONL,
	  "{\"at_us\":1795323506,\"survey_id\":\"x\",\"kind\":\"nps\",\"queue\":\"'=q\"}\n",
	  "1 1795323506000000,dropbox,pbx1,0000000000000001,nps,1795323506000000,,,,''=q\n" },
	{ "json_of_nothing", "survey", IMPORT_JSONL, "", "" },
	/* before: the parser's message repeated what stood there, such as a caller's number */
	{ "json_error_does_not_repeat_a_number", "queue_contact", IMPORT_JSONL,
	  "{\"customer\" \"+4930123456\"}\n{\"customer\": +4930123456}\n{\"customer\": \"Anna\" "
	  "Schneider}\n",
	  "1 ! not a JSON object: ':' expected in column 25\n"
	  "2 ! not a JSON object: invalid token in column 14\n"
	  "3 ! not a JSON object: '}' expected in column 29\n" },
};

static void file_is_imported_row_by_row(void **state)
{
	const struct file_case *c = *state;
	struct import_rules rules = base_rules;
	struct buf out;

	rules.kind = kind_of(c->kind);
	rules.format = c->format;
	rules.n_columns = rules.kind == kind_of("queue_contact") ? 3 : 0;
	buf_init(&out, 1 << 16);
	transcribe_text(c->text, strlen(c->text), &rules, &out);
	assert_string_equal(buf_text(&out), c->want);
	buf_free(&out);
}

static void mapping_to_an_unknown_field_is_refused(void **state)
{
	static const struct import_column columns[] = { { .from = "x", .to = "no_such_field" } };
	struct import_rules rules = { .kind = kind_of("survey"),
		                      .columns = columns,
		                      .n_columns = 1 };
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	transcribe_text(HEAD, strlen(HEAD), &rules, &out);
	assert_string_equal(buf_text(&out),
	                    "stopped -22 column mapping: Survey has no field no_such_field\n");
	buf_free(&out);
}

static void names_of_many_ignored_columns_are_cut_not_lost(void **state)
{
	struct import_rules rules = base_rules;
	struct buf text;
	struct buf out;

	(void)state;
	rules.kind = kind_of("survey");
	buf_init(&text, 1 << 16);
	buf_init(&out, 1 << 16);
	buf_add_text(&text, "at_us,survey_id,kind");
	for (int i = 0; i < 200; i++) {
		buf_printf(&text, ",column_%03d", i);
	}
	buf_add_char(&text, '\n');
	transcribe_text((const char *)text.data, text.len, &rules, &out);
	assert_memory_equal(buf_text(&out), "ignored column_000, column_001",
	                    30); /* before: nothing */
	assert_true(out.len < 1200);
	buf_free(&text);
	buf_free(&out);
}

/* ---- long lines ---- */

static const struct long_case {
	const char *name;
	enum import_format format;
	const char *head;
	const char *tail; /* what the long line ends with: a good row, if it were one */
	const char *want;
} long_lines[] = {
	{ "csv_line_too_long_is_one_bad_row", IMPORT_CSV, HEAD,
	  "1795323506,x,csat,5\n1795323507,y,csat,4\n",
	  "2 ! the row is too long or has too many fields\n"
	  "3 1795323507000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,4\n" },
	{ "csv_line_too_long_at_the_end", IMPORT_CSV, HEAD, "1795323506,x,csat,5",
	  "2 ! the row is too long or has too many fields\n" },
	{ "json_line_too_long_is_one_bad_row", IMPORT_JSONL, "",
	  "{\"at_us\":1795323506,\"survey_id\":\"x\",\"kind\":\"nps\"}\n"
	  "{\"at_us\":1795323507,\"survey_id\":\"x\",\"kind\":\"nps\"}\n",
	  "1 ! the row is too long or has too many fields\n"
	  "2 1795323507000000,dropbox,pbx1,0000000000000001,nps,1795323506000000\n" },
};

/* Before: the end of such a line was read as a row of its own. */
static void line_too_long_is_skipped_to_its_end(void **state)
{
	static const size_t lengths[] = { 65536, 131072 - 20, 131072, 131073, 196608, 1000000 };
	const struct long_case *c = *state;
	struct import_rules rules = base_rules;
	struct buf text;
	struct buf out;

	rules.kind = kind_of("survey");
	rules.format = c->format;
	buf_init(&text, 2000000);
	buf_init(&out, 1 << 16);
	for (size_t i = 0; i < 6; i++) {
		buf_reset(&text);
		buf_reset(&out);
		buf_add_text(&text, c->head);
		memset(buf_reserve(&text, lengths[i]), ' ', lengths[i]);
		buf_commit(&text, lengths[i]);
		buf_add_text(&text, c->tail);
		transcribe_text((const char *)text.data, text.len, &rules, &out);
		assert_string_equal(buf_text(&out), c->want);
	}
	buf_free(&text);
	buf_free(&out);
}

/* ---- packed and damaged files ---- */

static void damaged_compression_stops_after_the_rows_before_it(void **state)
{
	struct import_rules rules = base_rules;
	struct temp t;
	struct buf out;
	gzFile gz;

	(void)state;
	temp_open(&t);
	gz = gzopen(temp_path(&t, "in.csv.gz"), "wb");
	assert_non_null(gz);
	assert_int_equal(gzputs(gz, HEAD "1795323506,x,csat,5\n"),
	                 (int)strlen(HEAD "1795323506,x,csat,5\n"));
	assert_int_equal(gzclose(gz), Z_OK);
	rules.kind = kind_of("survey");
	buf_init(&out, 4096);
	transcribe(t.path, &rules, &out);
	assert_string_equal(
		buf_text(&out),
		"2 "
		"1795323506000000,dropbox,pbx1,0000000000000001,csat,1795323506000000,5\n");
	buf_reset(&out);
	assert_int_equal(truncate(t.path, 50), 0);
	transcribe(t.path, &rules, &out);
	assert_non_null(
		strstr(buf_text(&out),
	               "stopped -74 in.csv.gz: cannot read further: damaged compression\n"));
	buf_free(&out);
	temp_remove(&t);
}

/* ---- what was exported can be imported ---- */

static const struct format_case {
	const char *name;
	enum import_format format;
} formats[] = {
	{ "csv_export_of_every_kind_is_imported_as_it_was", IMPORT_CSV },
	{ "json_export_of_every_kind_is_imported_as_it_was", IMPORT_JSONL },
};

/* Labels that trimming does not change and times that are read as microseconds. */
static ProtobufCMessage *exportable(const struct cxm_kind *kind, struct dice *dice,
                                    struct arena *arena)
{
	ProtobufCMessage *m = random_record(kind, 60, dice, arena);

	for (size_t k = 0; k < kind->n_fields; k++) {
		const struct cxm_field *f = &kind->fields[k];
		struct cxm_value v = cxm_field_get(m, f);
		struct slice text = slice_trim(v.text);
		bool nothing = v.present && !f->key && text.len == 0;

		if (f->type == CXM_LABEL) {
			v.text.at =
				v.present && !nothing ? arena_text(arena, text.at, text.len) : NULL;
		}
		if (f->type == CXM_BYTES && nothing) {
			v.text = SLICE("x");
		}
		if (f->unit == CXM_TIME) {
			v.i = (int64_t)(UINT64_C(946684800000000) +
			                dice_below(dice, UINT64_C(1) << 50));
		}
		if (v.present) {
			assert_int_equal(cxm_field_set(m, f, &v), 0);
		}
	}
	return m;
}

static void export_is_imported_as_it_was(void **state)
{
	enum { ROWS = 40 };
	const struct format_case *c = *state;
	struct dice dice = { 70 };
	struct arena arena;
	struct buf text;
	struct temp t;

	arena_init(&arena, 8 << 20);
	buf_init(&text, 8 << 20);
	temp_open(&t);
	const struct cxm_catalog *catalog = product_catalog();

	for (size_t i = 0; i < catalog->n_kinds; i++) {
		const struct cxm_kind *kind = &catalog->kinds[i];
		struct import_rules rules = { .kind = kind, .format = c->format };
		ProtobufCMessage *want[ROWS];
		ProtobufCMessage *m;
		struct instream *in;
		struct import *im;
		struct fault fault;
		unsigned line;

		buf_reset(&text);
		text_csv_header(kind, &text);
		text.len = c->format == IMPORT_CSV ? text.len : 0;
		for (size_t k = 0; k < ROWS; k++) {
			want[k] = exportable(kind, &dice, &arena);
			(c->format == IMPORT_CSV ? text_csv_row : text_json_row)(kind, want[k],
			                                                         &text);
		}
		assert_int_equal(
			instream_open(&in, temp_file(&t, "x", text.data, text.len), &fault), 0);
		assert_int_equal(import_open(&im, in, &rules, &fault), 0);
		for (size_t k = 0; k < ROWS; k++) {
			assert_int_equal(import_next(im, &m, &line, &fault), 1);
			assert_int_equal(cxm_record_rank(kind, m, want[k]), 0);
		}
		assert_int_equal(import_next(im, &m, &line, &fault), 0);
		assert_string_equal(import_ignored(im), "");
		import_close(im);
		instream_close(in);
		arena_reset(&arena);
	}
	temp_remove(&t);
	buf_free(&text);
	arena_free(&arena);
}

static void closing_nothing_is_allowed(void **state)
{
	(void)state;
	import_close(NULL);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, names, file_name_says_kind_and_format);
	cases_table(&c, files, file_is_imported_row_by_row);
	cases_test(&c, mapping_to_an_unknown_field_is_refused);
	cases_test(&c, names_of_many_ignored_columns_are_cut_not_lost);
	cases_table(&c, long_lines, line_too_long_is_skipped_to_its_end);
	cases_test(&c, damaged_compression_stops_after_the_rows_before_it);
	cases_table(&c, formats, export_is_imported_as_it_was);
	cases_test(&c, closing_nothing_is_allowed);
	return cases_run("import", &c, learn, NULL);
}
