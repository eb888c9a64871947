#include "tests/support/cel_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/cases.h"
#include "tests/support/dice.h"

#define COLUMNS    11
#define LINE_BYTES 1024
#define DAY_US     INT64_C(86400000000)

static const char *const names[] = { "c1",      "c2",      "c3",      "c4", "Ana",     "Rui", "Eva",
	                             "5550001", "5550002", "5550003", "Bo", "5550004", NULL };

static void open_feed(struct cel_fixture *f)
{
	struct cel_call_options options = { f->r.pseudonym, "pbx1", &f->conf.rules,
		                            f->max_open,    DAY_US, CXM__SOURCE__CEL };
	struct emit emit = record_text_emit(&f->r);
	struct cel_layout layout;

	assert_int_equal(cel_layout_of(&layout,
	                               "eventtime eventtype uniqueid linkedid channame context "
	                               "appname appdata name num eventextra",
	                               " "),
	                 0);
	assert_int_equal(cel_feed_init(&f->feed, &layout, &options, &emit), 0);
}

struct cel_fixture *cel_fixture_new(uint32_t max_open)
{
	static const char yaml[] = "file: /log\n";
	struct cel_fixture *f = calloc(1, sizeof(*f));
	struct fault fault;

	assert_non_null(f);
	record_text_init(&f->r);
	f->r.names = names;
	f->max_open = max_open;
	assert_int_equal(conf_parse(&f->doc, "agent.yaml", yaml, sizeof(yaml) - 1, &fault), 0);
	assert_int_equal(conf_bind(&f->doc, f->doc.root, source_cel.schema, &f->conf, &fault), 0);
	open_feed(f);
	return f;
}

void cel_fixture_free(struct cel_fixture *f)
{
	cel_feed_deinit(&f->feed);
	conf_free(&f->doc);
	record_text_free(&f->r);
	free(f);
}

void cel_fixture_reopen(struct cel_fixture *f)
{
	cel_feed_deinit(&f->feed);
	open_feed(f);
}

static unsigned columns_of(struct slice line)
{
	unsigned n = 1;
	bool quoted = false;

	for (size_t i = 0; i < line.len; i++) {
		quoted ^= line.at[i] == '"';
		n += line.at[i] == ' ' && !quoted ? 1 : 0;
	}
	return n;
}

void cel_fixture_take(struct cel_fixture *f, const char *lines)
{
	struct slice rest = slice_of(lines);

	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');
		unsigned n = columns_of(line);
		struct buf padded;

		buf_init(&padded, LINE_BYTES);
		buf_add_slice(&padded, line);
		for (; n < COLUMNS; n++) {
			buf_add_text(&padded, " \"\"");
		}
		cel_feed_lines(&f->feed, (struct slice){ (const char *)padded.data, padded.len });
		buf_free(&padded);
	}
}

void cel_fixture_finish(struct cel_fixture *f)
{
	cel_call_finish(f->feed.calls);
}

const char *cel_fixture_text(struct cel_fixture *f)
{
	return buf_text(&f->r.out);
}

/* ---- many lines ---- */

static const char *const kinds[] = {
	"CHAN_START u%u c%u %s from-trunk \"\" \"\" \"\" 5550001",
	"CHAN_START c%u c%u %s from-trunk \"\" \"\" \"\" 5550002",
	"CHAN_START u%u c%u %s internal",
	"ANSWER u%u c%u %s internal AppDial \"(Outgoing Line)\" Ana",
	"ANSWER c%u c%u %s from-trunk Answer",
	"IVR_START c%u c%u %s ivr-main CELGenUserEvent IVR_START \"\" \"\" main",
	"APP_START c%u c%u %s ivr-balance Read",
	"IVR_SELFSERVICE c%u c%u %s ivr-balance X \"\" \"\" \"\" balance",
	"IVR_OPERATOR c%u c%u %s ivr-main X",
	"APP_START c%u c%u %s to-queue Queue sales,tc",
	"APP_END c%u c%u %s to-queue Queue sales,tc",
	("BRIDGE_ENTER c%u c%u %s to-queue Queue sales,tc \"\" \"\" "
	 "\"{\"\"bridge_id\"\":\"\"b\"\"}\""),
	"BRIDGE_ENTER u%u c%u %s internal AppQueue X Ana 101 \"{\"\"bridge_id\"\":\"\"b\"\"}\"",
	"BRIDGE_EXIT u%u c%u %s internal",
	"BLINDTRANSFER u%u c%u %s internal AppQueue X Ana",
	("ATTENDEDTRANSFER u%u c%u %s internal AppQueue X Rui 102 "
	 "\"{\"\"channel2_uniqueid\"\":\"\"u3\"\"}\""),
	"CALLBACK_REQUEST c%u c%u %s queue-keys X \"\" \"\" \"\" 5550001",
	"SURVEY c%u c%u %s to-queue X \"\" \"\" \"\" 4",
	"CRM_LOOKUP c%u c%u %s from-trunk X \"\" \"\" \"\" C1",
	"PAYMENT_START c%u c%u %s to-queue X",
	"HANGUP c%u c%u %s to-queue X \"\" \"\" \"\" \"{\"\"hangupsource\"\":\"\"\"\"}\"",
	"HANGUP u%u c%u %s internal X",
	"CHAN_END u%u c%u %s internal",
	"CHAN_END c%u c%u %s internal",
	"LINKEDID_END c%u c%u %s internal",
	"DTMF c%u c%u %s ivr-balance",
};

void cel_fixture_generate(uint64_t seed, unsigned lines, struct buf *out)
{
	static const unsigned steps_ms[] = { 0, 0, 1, 20, 400, 1000, 3000, 9000 };
	static const char *const channels[] = { "PJSIP/carrier-1", "PJSIP/101-2", "Local/1@a-3;1",
		                                "PJSIP/102-4" };
	struct dice dice = { seed };
	uint64_t at_ms = 1000000000;
	char line[LINE_BYTES];

	for (unsigned i = 0; i < lines; i++) {
		uint64_t r = dice_next(&dice);
		unsigned call = (unsigned)(r >> 8 & 3) + 1;
		const char *kind = kinds[(r >> 32) % COUNT(kinds)];
		unsigned leg = strstr(kind, " u%u") != NULL ? (unsigned)(r >> 16 & 7) : call;

		at_ms += steps_ms[r % COUNT(steps_ms)];
		/* the table above holds every format */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(line, sizeof(line), kind, leg, call, channels[r >> 24 & 3]);
#pragma GCC diagnostic pop
		buf_printf(out, "%llu.%03llu %s\n", (unsigned long long)(at_ms / 1000),
		           (unsigned long long)(at_ms % 1000), line);
	}
}
