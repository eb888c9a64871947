/*
 * Configuration files of any bytes: parsed, bound to a schema with every type, and freed. What is
 * refused must say why.
 */
#include <assert.h>
#include <string.h>

#include "common/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct part {
	const char *text;
	int64_t number;
	unsigned line;
};

struct whole {
	const char *text;
	const char *choice;
	const char *path;
	int64_t number;
	double real;
	bool truth;
	int64_t duration_ms;
	int64_t size_bytes;
	struct conf_list texts;
	struct part section;
	struct conf_list sections;
};

static const char *const choices[] = { "a", "b", NULL };
static const struct conf_item part_items[] = {
	{ .name = "text", .type = CONF_TEXT, .offset = offsetof(struct part, text), .help = "h" },
	{ .name = "number",
	  .type = CONF_INT,
	  .offset = offsetof(struct part, number),
	  .help = "h" },
};
static const struct conf_schema part_schema = { part_items, 2, sizeof(struct part),
	                                        offsetof(struct part, line) };

#define ITEM(field, kind)                                                                          \
	.name = #field, .type = (kind), .offset = offsetof(struct whole, field), .help = "h"
static const struct conf_item whole_items[] = {
	{ ITEM(text, CONF_TEXT) },
	{ ITEM(choice, CONF_TEXT), .choices = choices },
	{ ITEM(path, CONF_PATH) },
	{ ITEM(number, CONF_INT), .min = -5, .max = 5 },
	{ ITEM(real, CONF_REAL) },
	{ ITEM(truth, CONF_BOOL) },
	{ ITEM(duration_ms, CONF_DURATION) },
	{ ITEM(size_bytes, CONF_SIZE) },
	{ ITEM(texts, CONF_TEXTS), .max = 9 },
	{ ITEM(section, CONF_SECTION), .section = &part_schema },
	{ ITEM(sections, CONF_SECTIONS), .section = &part_schema },
};
static const struct conf_schema whole_schema = { whole_items,
	                                         sizeof(whole_items) / sizeof(whole_items[0]),
	                                         sizeof(struct whole), CONF_NO_LINE };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fault fault = { 0 };
	struct conf_doc doc;
	struct whole out;
	int rc;

	if (size > CONF_FILE_MAX_BYTES) {
		return 0;
	}
	rc = conf_parse(&doc, "fuzz.yaml", data, size, &fault);
	if (rc == 0) {
		rc = conf_bind(&doc, doc.root, &whole_schema, &out, &fault);
		assert(rc != 0 || out.number <= 5);
	}
	assert(rc <= 0);
	assert(rc == 0 || (fault.code == rc && memcmp(fault.text, "fuzz.yaml:", 10) == 0));
	conf_free(&doc);
	return 0;
}
