/* The keys of a drop folder's configuration; the table is also its reference page. */
#include "agent/sources/dropbox_rules.h"

#include "proto/encoding.h"

const char *const dropbox_units[] = { "us",      "ms",       "s",     "min",   "h",
	                              "percent", "hh:mm:ss", "hh:mm", "until", NULL };
static const char *const thousands[] = { "none", "point", "comma", "blank", "apostrophe", NULL };

static const struct conf_item word_items[] = {
	{ .name = "from",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_word_conf, from),
	  .required = true,
	  .help = "What stands in the file, upper or lower case; * is whatever no other line "
	          "names." },
	{ .name = "to",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_word_conf, to),
	  .def = "",
	  .help = "What it means; nothing: as if the column were empty." },
};

static const struct conf_schema word_schema = { word_items,
	                                        sizeof(word_items) / sizeof(word_items[0]),
	                                        sizeof(struct dropbox_word_conf),
	                                        offsetof(struct dropbox_word_conf, line) };

static const struct conf_item column_items[] = {
	{ .name = "from",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, from),
	  .required = true,
	  .help = "Name of the column in the file." },
	{ .name = "and",
	  .type = CONF_TEXTS,
	  .offset = offsetof(struct dropbox_column_conf, also),
	  .max = SHAPE_PARTS_MAX - 1,
	  .help = "Further columns, whose text goes behind it: date and time, or the two halves of "
	          "an identity." },
	{ .name = "glue",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, glue),
	  .def = " ",
	  .help = "What goes between them." },
	{ .name = "to",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, to),
	  .required = true,
	  .help = "Field of the record." },
	{ .name = "unit",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, unit),
	  .choices = dropbox_units,
	  .help = "us, ms, s, min, h; hh:mm:ss (also mm:ss) and hh:mm for durations written as a "
	          "clock; until: when it ends, counted from at_us; percent. Without it, the "
	          "field's own." },
	{ .name = "format",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, format),
	  .help = "Form of times, such as %d.%m.%Y %H:%M; without it, ISO 8601, 22.11.2026 14:03 "
	          "and seconds since 1970 are recognised." },
	{ .name = "scale",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_column_conf, scale),
	  .help = "1..5 to 0..100 converts and refuses what is outside; 1..5 only checks; 6..1 to "
	          "0..100 turns school marks round." },
	{ .name = "words",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_column_conf, words),
	  .max = DROPBOX_WORDS_MAX,
	  .section = &word_schema,
	  .help = "What words and codes of the file mean." },
	{ .name = "skip_empty",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct dropbox_column_conf, skip_empty),
	  .def = "false",
	  .help = "A row in which it is empty is no record of this kind and is passed over." },
};

static const struct conf_schema column_schema = { column_items,
	                                          sizeof(column_items) / sizeof(column_items[0]),
	                                          sizeof(struct dropbox_column_conf),
	                                          offsetof(struct dropbox_column_conf, line) };

static const struct conf_item constant_items[] = {
	{ .name = "to",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_constant_conf, to),
	  .required = true,
	  .help = "Field of the record." },
	{ .name = "text",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_constant_conf, text),
	  .required = true,
	  .help = "Its value in every record whose file has no column for it." },
};

static const struct conf_schema constant_schema = {
	constant_items, sizeof(constant_items) / sizeof(constant_items[0]),
	sizeof(struct dropbox_constant_conf), offsetof(struct dropbox_constant_conf, line)
};

static const struct conf_item kind_items[] = {
	{ .name = "kind",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_kind_conf, kind),
	  .required = true,
	  .help = "Kind of record, such as Survey." },
	{ .name = "files",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_kind_conf, files),
	  .help = "Pattern of file names (* and ?), such as export_*.csv; without it, names that "
	          "begin with the kind. A file that fits several entries is read once for each." },
	{ .name = "columns",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_kind_conf, columns),
	  .max = DROPBOX_COLUMNS_MAX,
	  .section = &column_schema,
	  .help = "Columns that are not named like the field they fill." },
	{ .name = "constants",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_kind_conf, constants),
	  .max = DROPBOX_CONSTANTS_MAX,
	  .section = &constant_schema,
	  .help = "Fields that no column fills." },
	{ .name = "decimal_comma",
	  .type = CONF_BOOL,
	  .offset = offsetof(struct dropbox_kind_conf, decimal_comma),
	  .def = "false",
	  .help = "Numbers are written 3,5 (files separated by semicolons are read so anyway)." },
	{ .name = "thousands",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_kind_conf, thousands),
	  .def = "none",
	  .choices = thousands,
	  .help = "What stands between thousands in numbers: none, point, comma, blank, "
	          "apostrophe." },
	{ .name = "encoding",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_kind_conf, encoding),
	  .def = "utf-8",
	  .choices = encoding_names,
	  .help = "utf-8, latin-1, windows-1252, utf-16le, utf-16be; a byte order mark wins." },
	{ .name = "timezone",
	  .type = CONF_TEXT,
	  .offset = offsetof(struct dropbox_kind_conf, timezone),
	  .help = "Zone of times that do not say theirs, such as America/New_York; without it, the "
	          "agent's." },
};

static const struct conf_schema kind_schema = { kind_items,
	                                        sizeof(kind_items) / sizeof(kind_items[0]),
	                                        sizeof(struct dropbox_kind_conf),
	                                        offsetof(struct dropbox_kind_conf, line) };

static const struct conf_item dropbox_items[] = {
	{ .name = "directory",
	  .type = CONF_PATH,
	  .offset = offsetof(struct dropbox_conf, directory),
	  .required = true,
	  .help = "Folder other tools leave files in; done/ and rejected/ are made in it." },
	{ .name = "poll",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct dropbox_conf, poll_ms),
	  .min = 100,
	  .max = 3600000,
	  .def = "2s",
	  .help = "How often the folder is looked at." },
	{ .name = "settle",
	  .type = CONF_DURATION,
	  .offset = offsetof(struct dropbox_conf, settle_ms),
	  .max = 3600000,
	  .def = "2s",
	  .help = "A file is taken when it has not changed for this long." },
	{ .name = "kinds",
	  .type = CONF_SECTIONS,
	  .offset = offsetof(struct dropbox_conf, kinds),
	  .max = DROPBOX_KINDS_MAX,
	  .section = &kind_schema,
	  .help = "How files of a kind are written, where columns are not named like fields." },
	{ .name = "attestation_keys",
	  .type = CONF_PATH,
	  .offset = offsetof(struct dropbox_conf, attestation_keys),
	  .help = "Folder of *.pem: Ed25519 public keys named after the signer, certificates of "
	          "CAs, revocation lists; without it no attestation counts." },
};

const struct conf_schema dropbox_schema = { dropbox_items,
	                                    sizeof(dropbox_items) / sizeof(dropbox_items[0]),
	                                    sizeof(struct dropbox_conf), CONF_NO_LINE };
