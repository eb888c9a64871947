#include "common/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <yaml.h>

#include "common/env.h"
#include "common/slice.h"

/* Text and bookkeeping of a file this size; also what stops a file of nothing but brackets. */
#define CONF_ARENA_MAX_BYTES (CONF_FILE_MAX_BYTES * 16)

struct reader {
	yaml_parser_t yaml;
	struct slice input;
	struct conf_doc *doc;
	struct fault *fault;
	struct conf_node *stack[CONF_DEPTH_MAX]; /* open maps and lists */
	struct conf_node **tail[CONF_DEPTH_MAX]; /* where the next child of each goes */
	size_t depth;
	const char *key; /* read, its value not yet */
	unsigned key_line;
};

int conf_fail(const struct conf_doc *doc, const struct conf_node *at, struct fault *fault,
              const char *format, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (at->key != NULL) {
		return fault_set(fault, -EINVAL, "%s:%u: %s: %s", doc->path, at->line, at->key,
		                 text);
	}
	return fault_set(fault, -EINVAL, "%s:%u: %s", doc->path, at->line, text);
}

static int refuse(struct reader *r, const yaml_event_t *event, const char *why)
{
	return fault_set(r->fault, -EBADMSG, "%s:%zu: %s", r->doc->path, event->start_mark.line + 1,
	                 why);
}

static struct conf_node *new_node(struct reader *r, const yaml_event_t *event, enum conf_kind kind)
{
	struct conf_node *node = arena_alloc(&r->doc->arena, sizeof(*node));

	if (node != NULL) {
		node->kind = kind;
		/* people look where the key is; a map or list begins a line below it */
		node->line = r->key != NULL ? r->key_line : (unsigned)event->start_mark.line + 1;
		node->key = r->key;
		r->key = NULL;
	}
	return node;
}

/* Hang a node under the innermost open map or list, or make it the root. */
static int attach(struct reader *r, const yaml_event_t *event, struct conf_node *node)
{
	if (node == NULL) {
		return refuse(r, event, "the file holds more than can be read");
	}
	if (r->depth == 0) {
		r->doc->root = node;
		return 0;
	}
	struct conf_node *parent = r->stack[r->depth - 1];

	if (parent->kind == CONF_MAP && parent->count == CONF_KEYS_MAX) {
		return refuse(r, event, "too many keys in one place");
	}
	if (parent->kind == CONF_MAP && conf_get(parent, node->key) != NULL) {
		return fault_set(r->fault, -EBADMSG,
		                 "%s:%u: %s: this key stands here a second time (first in line %u)",
		                 r->doc->path, node->line, node->key,
		                 conf_get(parent, node->key)->line);
	}
	*r->tail[r->depth - 1] = node;
	r->tail[r->depth - 1] = &node->next;
	parent->count++;
	return 0;
}

static int on_scalar(struct reader *r, const yaml_event_t *event)
{
	const char *value = (const char *)event->data.scalar.value;
	bool is_key = r->depth > 0 && r->stack[r->depth - 1]->kind == CONF_MAP && r->key == NULL;
	char *text = arena_text(&r->doc->arena, value, event->data.scalar.length);
	struct conf_node *node;

	if (text == NULL) {
		return refuse(r, event, "the file holds more than can be read");
	}
	if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL ||
	    memchr(value, '\0', event->data.scalar.length) != NULL) {
		return refuse(r, event, "anchors, tags and NUL bytes are not understood here");
	}
	if (is_key) {
		r->key = text;
		r->key_line = (unsigned)event->start_mark.line + 1;
		return 0;
	}
	node = new_node(r, event, CONF_SCALAR);
	if (node != NULL) {
		node->text = text;
		node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	}
	return attach(r, event, node);
}

static bool plain(const yaml_event_t *event, enum conf_kind kind)
{
	return kind == CONF_MAP ? event->data.mapping_start.anchor == NULL &&
	                                  event->data.mapping_start.tag == NULL
	                        : event->data.sequence_start.anchor == NULL &&
	                                  event->data.sequence_start.tag == NULL;
}

static int on_open(struct reader *r, const yaml_event_t *event, enum conf_kind kind)
{
	struct conf_node *node;
	int rc;

	if (!plain(event, kind)) {
		return refuse(r, event, "anchors and tags are not understood here");
	}
	if (r->depth > 0 && r->stack[r->depth - 1]->kind == CONF_MAP && r->key == NULL) {
		return refuse(r, event, "a key must be a word");
	}
	if (r->depth == CONF_DEPTH_MAX) {
		return refuse(r, event, "nested too deep");
	}
	node = new_node(r, event, kind);
	rc = attach(r, event, node);
	if (rc == 0) {
		r->stack[r->depth] = node;
		r->tail[r->depth] = &node->first;
		r->depth++;
	}
	return rc;
}

static int on_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return on_scalar(r, event);
	case YAML_MAPPING_START_EVENT:
		return on_open(r, event, CONF_MAP);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(r, event, CONF_LIST);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		r->depth--;
		return 0;
	case YAML_ALIAS_EVENT:
		return refuse(r, event, "aliases are not understood here: write the value out");
	case YAML_DOCUMENT_START_EVENT:
		return r->doc->root == NULL ? 0 : refuse(r, event, "one document a file");
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

/* Where libyaml gave up. A byte that is no text has only an offset. */
static size_t problem_line(const struct reader *r)
{
	size_t line = 1;

	if (r->yaml.error != YAML_READER_ERROR) {
		return r->yaml.problem_mark.line + 1;
	}
	for (size_t i = 0; i < r->yaml.problem_offset && i < r->input.len; i++) {
		line += r->input.at[i] == '\n';
	}
	return line;
}

/* The parser's words are those of the YAML standard; most often it is one of three things. */
static int syntax_error(struct reader *r)
{
	bool text = r->yaml.error == YAML_SCANNER_ERROR || r->yaml.error == YAML_PARSER_ERROR;

	return fault_set(r->fault, -EBADMSG, "%s:%zu: %s%s", r->doc->path, problem_line(r),
	                 r->yaml.problem != NULL ? r->yaml.problem : "not YAML",
	                 text ? ": look at indentation, colons and quotes there" : "");
}

static int read_events(struct reader *r)
{
	bool done = false;

	while (!done) {
		yaml_event_t event;
		int rc;

		if (yaml_parser_parse(&r->yaml, &event) == 0) {
			return syntax_error(r);
		}
		done = event.type == YAML_STREAM_END_EVENT;
		rc = on_event(r, &event);
		yaml_event_delete(&event);
		if (rc != 0) {
			return rc;
		}
	}
	return 0;
}

int conf_parse(struct conf_doc *doc, const char *path, const void *data, size_t len_bytes,
               struct fault *fault)
{
	struct reader r = { .input = { data, len_bytes }, .doc = doc, .fault = fault };
	int rc;

	*doc = (struct conf_doc){ 0 };
	arena_init(&doc->arena, CONF_ARENA_MAX_BYTES);
	doc->path = arena_text(&doc->arena, path, strlen(path));
	if (doc->path == NULL || yaml_parser_initialize(&r.yaml) == 0) {
		arena_free(&doc->arena);
		return fault_set(fault, -ENOMEM, "%s: out of memory", path);
	}
	yaml_parser_set_input_string(&r.yaml, data, len_bytes);
	rc = read_events(&r);
	yaml_parser_delete(&r.yaml);
	if (rc == 0 && doc->root == NULL) {
		rc = fault_set(fault, -EBADMSG, "%s: the file is empty", path);
	}
	if (rc != 0) {
		conf_free(doc);
	}
	return rc;
}

int conf_read_file(const char *path, const char *what, char **text, size_t *len_bytes,
                   struct fault *fault)
{
	const struct env *e = &env_system;
	struct stat st;
	ssize_t n;
	char *data;
	int rc;
	/* a configuration may be a symbolic link (/etc/alternatives, /etc/ssl), so O_NOFOLLOW would
	 * be too strict; O_NONBLOCK: a FIFO is refused, not waited for */
	int fd = e->open(e->arg, path, O_RDONLY | O_NONBLOCK, 0);

	if (fd < 0) {
		return fault_set(fault, fd, "%s: cannot open%s: %s", path, what, strerror(-fd));
	}
	rc = e->fstat(e->arg, fd, &st);
	if (rc == 0 && (!S_ISREG(st.st_mode) || st.st_size > (off_t)CONF_FILE_MAX_BYTES)) {
		rc = -EFBIG;
	}
	if (rc != 0) {
		(void)e->close(e->arg, fd);
		return fault_set(fault, rc, "%s: not a file of at most %zu bytes", path,
		                 CONF_FILE_MAX_BYTES);
	}
	data = malloc((size_t)st.st_size + 1);
	n = data != NULL ? env_pread_all(e, fd, data, (size_t)st.st_size, 0) : -ENOMEM;
	(void)e->close(e->arg, fd);
	if (n < 0) {
		free(data);
		return fault_set(fault, (int)n, "%s: cannot read: %s", path, strerror((int)-n));
	}
	*text = data;
	*len_bytes = (size_t)n;
	return 0;
}

int conf_load(struct conf_doc *doc, const char *path, struct fault *fault)
{
	char *text = NULL;
	size_t len_bytes = 0;
	int rc;

	*doc = (struct conf_doc){ 0 };
	rc = conf_read_file(path, "", &text, &len_bytes, fault);
	if (rc == 0) {
		rc = conf_parse(doc, path, text, len_bytes, fault);
		free(text);
	}
	return rc;
}

void conf_free(struct conf_doc *doc)
{
	arena_free(&doc->arena);
	doc->root = NULL;
	doc->path = NULL;
}

const struct conf_node *conf_get(const struct conf_node *map, const char *key)
{
	if (map == NULL || map->kind != CONF_MAP) {
		return NULL;
	}
	for (const struct conf_node *n = map->first; n != NULL; n = n->next) {
		if (strcmp(n->key, key) == 0) {
			return n;
		}
	}
	return NULL;
}

bool conf_is_null(const struct conf_node *node)
{
	return node == NULL || (node->kind == CONF_SCALAR && !node->quoted &&
	                        (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
	                         strcmp(node->text, "null") == 0));
}

struct unit {
	const char *name;
	int64_t factor;
};

static int with_unit(const char *text, const struct unit *units, size_t n_units, int64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	int64_t number;

	if (slice_i64((struct slice){ text, digits }, 0, INT64_MAX, &number) != 0) {
		return -EINVAL;
	}
	for (size_t i = 0; i < n_units; i++) {
		if (strcmp(text + digits, units[i].name) == 0) {
			return __builtin_mul_overflow(number, units[i].factor, out) ? -ERANGE : 0;
		}
	}
	return -EINVAL;
}

int conf_duration_ms(const char *text, int64_t *out_ms)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 },
	};

	return with_unit(text, units, sizeof(units) / sizeof(units[0]), out_ms);
}

int conf_size_bytes(const char *text, int64_t *out_bytes)
{
	static const struct unit units[] = {
		{ "", 1 },
		{ "KiB", 1 << 10 },
		{ "MiB", 1 << 20 },
		{ "GiB", 1 << 30 },
	};

	return with_unit(text, units, sizeof(units) / sizeof(units[0]), out_bytes);
}

struct binder {
	struct conf_doc *doc;
	struct fault *fault;
};

static int bind_map(struct binder *b, const struct conf_node *map, const struct conf_schema *schema,
                    void *out);

static int bind_path(struct binder *b, const struct conf_node *node, const char **out)
{
	const char *slash = strrchr(b->doc->path, '/');
	size_t dir = node->text[0] != '/' && slash != NULL ? (size_t)(slash + 1 - b->doc->path) : 0;
	size_t len = strlen(node->text);
	char *path;

	if (len == 0) {
		return conf_fail(b->doc, node, b->fault, "expected a path");
	}
	path = arena_alloc(&b->doc->arena, dir + len + 1);
	if (path == NULL) {
		return conf_fail(b->doc, node, b->fault, "out of memory");
	}
	memcpy(path, b->doc->path, dir);
	memcpy(path + dir, node->text, len);
	*out = path;
	return 0;
}

static int bind_text(struct binder *b, const struct conf_node *node, const struct conf_item *item,
                     const char **out)
{
	char list[FAULT_TEXT_MAX / 2] = "";
	size_t used = 0;

	if (item->choices == NULL) {
		*out = node->text;
		return 0;
	}
	for (const char *const *choice = item->choices; *choice != NULL; choice++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s", used > 0 ? ", " : "",
		                 *choice);

		if (strcmp(node->text, *choice) == 0) {
			*out = node->text;
			return 0;
		}
		used += n > 0 && (size_t)n < sizeof(list) - used ? (size_t)n : 0;
	}
	return conf_fail(b->doc, node, b->fault, "\"%s\" is none of: %s", node->text, list);
}

static int bind_integer(struct binder *b, const struct conf_node *node,
                        const struct conf_item *item, int64_t *out)
{
	static const char *const expected[] = {
		[CONF_INT] = "a whole number",
		[CONF_DURATION] = "a duration such as 500ms, 30s, 5m, 12h or 7d",
		[CONF_SIZE] = "a size such as 65536, 64KiB, 512MiB or 1GiB",
	};
	int64_t value = 0;
	int rc;

	if (item->type == CONF_DURATION) {
		rc = conf_duration_ms(node->text, &value);
	} else if (item->type == CONF_SIZE) {
		rc = conf_size_bytes(node->text, &value);
	} else {
		rc = slice_i64(slice_of(node->text), INT64_MIN, INT64_MAX, &value);
	}
	if (rc != 0) {
		return conf_fail(b->doc, node, b->fault, "expected %s, found \"%s\"",
		                 expected[item->type], node->text);
	}
	if ((item->min != 0 || item->max != 0) && (value < item->min || value > item->max)) {
		return conf_fail(b->doc, node, b->fault, "%s is out of range (%lld to %lld%s)",
		                 node->text, (long long)item->min, (long long)item->max,
		                 item->type == CONF_DURATION ? " ms"
		                 : item->type == CONF_SIZE   ? " bytes"
		                                             : "");
	}
	*out = value;
	return 0;
}

static int bind_real(struct binder *b, const struct conf_node *node, const struct conf_item *item,
                     double *out)
{
	if (slice_double(slice_of(node->text), false, out) != 0) {
		return conf_fail(b->doc, node, b->fault, "expected a number, found \"%s\"",
		                 node->text);
	}
	if ((item->min != 0 || item->max != 0) &&
	    (*out < (double)item->min || *out > (double)item->max)) {
		return conf_fail(b->doc, node, b->fault, "%s is out of range (%lld to %lld)",
		                 node->text, (long long)item->min, (long long)item->max);
	}
	return 0;
}

static int bind_bool(struct binder *b, const struct conf_node *node, bool *out)
{
	bool yes = strcmp(node->text, "true") == 0 || strcmp(node->text, "yes") == 0;

	if (!yes && strcmp(node->text, "false") != 0 && strcmp(node->text, "no") != 0) {
		return conf_fail(b->doc, node, b->fault, "expected true or false, found \"%s\"",
		                 node->text);
	}
	*out = yes;
	return 0;
}

static int bind_list(struct binder *b, const struct conf_node *node, const struct conf_item *item,
                     struct conf_list *out)
{
	size_t size = item->type == CONF_TEXTS ? sizeof(const char *) : item->section->struct_size;
	char *items;
	size_t i = 0;

	if (node->kind != CONF_LIST) {
		return conf_fail(b->doc, node, b->fault,
		                 "expected a list (lines that begin with \"- \")");
	}
	if (item->max > 0 && node->count > (size_t)item->max) {
		return conf_fail(b->doc, node, b->fault, "%zu entries, at most %lld", node->count,
		                 (long long)item->max);
	}
	if (item->min > 0 && node->count < (size_t)item->min) {
		return conf_fail(b->doc, node, b->fault, "%zu entries, at least %lld", node->count,
		                 (long long)item->min);
	}
	items = arena_alloc(&b->doc->arena, size * (node->count > 0 ? node->count : 1));
	if (items == NULL) {
		return conf_fail(b->doc, node, b->fault, "out of memory");
	}
	for (const struct conf_node *n = node->first; n != NULL; n = n->next, i++) {
		int rc = 0;

		if (item->type == CONF_SECTIONS) {
			rc = bind_map(b, n, item->section, items + i * size);
		} else if (n->kind != CONF_SCALAR || conf_is_null(n)) {
			rc = conf_fail(b->doc, n, b->fault, "expected a word");
		} else {
			memcpy(items + i * size, &n->text, size);
		}
		if (rc != 0) {
			return rc;
		}
	}
	*out = (struct conf_list){ items, node->count };
	return 0;
}

static int bind_item(struct binder *b, const struct conf_node *node, const struct conf_item *item,
                     void *to)
{
	bool scalar = item->type != CONF_SECTION && item->type != CONF_SECTIONS &&
	              item->type != CONF_TEXTS;

	if (scalar && node->kind != CONF_SCALAR) {
		return conf_fail(b->doc, node, b->fault, "expected a single value");
	}
	switch (item->type) {
	case CONF_TEXT:
		return bind_text(b, node, item, to);
	case CONF_PATH:
		return bind_path(b, node, to);
	case CONF_REAL:
		return bind_real(b, node, item, to);
	case CONF_BOOL:
		return bind_bool(b, node, to);
	case CONF_INT:
	case CONF_DURATION:
	case CONF_SIZE:
		return bind_integer(b, node, item, to);
	case CONF_TEXTS:
	case CONF_SECTIONS:
		return bind_list(b, node, item, to);
	case CONF_SECTION:
		return bind_map(b, node, item->section, to);
	}
	return -EINVAL;
}

static const struct conf_item *item_named(const struct conf_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n_items; i++) {
		if (strcmp(schema->items[i].name, name) == 0) {
			return &schema->items[i];
		}
	}
	return NULL;
}

static int refuse_unknown(struct binder *b, const struct conf_node *map,
                          const struct conf_schema *schema)
{
	for (const struct conf_node *n = map->first; n != NULL; n = n->next) {
		char known[FAULT_TEXT_MAX / 2] = "";
		size_t used = 0;

		if (item_named(schema, n->key) != NULL) {
			continue;
		}
		for (size_t i = 0; i < schema->n_items; i++) {
			int k = snprintf(known + used, sizeof(known) - used, "%s%s",
			                 i > 0 ? ", " : "", schema->items[i].name);

			used += k > 0 && (size_t)k < sizeof(known) - used ? (size_t)k : 0;
		}
		return conf_fail(b->doc, n, b->fault, "unknown key; known here: %s", known);
	}
	return 0;
}

/* The value of a key that is not there, or of `key:` with nothing behind it. */
static int bind_absent(struct binder *b, const struct conf_node *map, const struct conf_item *item,
                       void *to)
{
	struct conf_node nothing = { .kind = CONF_MAP, .line = map->line, .key = item->name };
	struct conf_node written = {
		.kind = CONF_SCALAR, .line = map->line, .key = item->name, .text = item->def
	};

	if (item->required) {
		return conf_fail(b->doc, map, b->fault, "\"%s\" is missing: %s", item->name,
		                 item->help);
	}
	if (item->type == CONF_SECTION) {
		return bind_map(b, &nothing, item->section, to);
	}
	return item->def != NULL ? bind_item(b, &written, item, to) : 0;
}

static int bind_map(struct binder *b, const struct conf_node *map, const struct conf_schema *schema,
                    void *out)
{
	int rc;

	if (map->kind != CONF_MAP) {
		return conf_fail(b->doc, map, b->fault,
		                 "expected keys with values (\"key: value\")");
	}
	rc = refuse_unknown(b, map, schema);
	if (schema->line_offset != CONF_NO_LINE) {
		memcpy((char *)out + schema->line_offset, &map->line, sizeof(map->line));
	}
	for (size_t i = 0; rc == 0 && i < schema->n_items; i++) {
		const struct conf_item *item = &schema->items[i];
		const struct conf_node *node = conf_get(map, item->name);
		void *to = (char *)out + item->offset;

		rc = conf_is_null(node) ? bind_absent(b, map, item, to)
		                        : bind_item(b, node, item, to);
	}
	return rc;
}

int conf_bind(struct conf_doc *doc, const struct conf_node *map, const struct conf_schema *schema,
              void *out, struct fault *fault)
{
	struct conf_node nothing = { .kind = CONF_MAP, .line = map != NULL ? map->line : 1 };
	struct binder b = { doc, fault };

	memset(out, 0, schema->struct_size);
	return bind_map(&b, conf_is_null(map) ? &nothing : map, schema, out);
}

void conf_describe(const struct conf_schema *schema, const char *prefix, FILE *out)
{
	static const char *const type_name[] = {
		[CONF_TEXT] = "text",          [CONF_PATH] = "path",
		[CONF_INT] = "number",         [CONF_REAL] = "number",
		[CONF_BOOL] = "true or false", [CONF_DURATION] = "duration",
		[CONF_SIZE] = "size",          [CONF_TEXTS] = "list",
		[CONF_SECTION] = "section",    [CONF_SECTIONS] = "list of sections",
	};

	for (size_t i = 0; i < schema->n_items; i++) {
		const struct conf_item *item = &schema->items[i];
		char name[256];

		(void)snprintf(name, sizeof(name), "%s%s%s", prefix, item->name,
		               item->type == CONF_SECTIONS ? "[]" : "");
		(void)fprintf(out, "| `%s` | %s | %s | %s |\n", name, type_name[item->type],
		              item->required ? "required" : (item->def != NULL ? item->def : ""),
		              item->help);
		if (item->section != NULL) {
			char deeper[260];

			(void)snprintf(deeper, sizeof(deeper), "%s.", name);
			conf_describe(item->section, deeper,
			              out); /* as deep as the schema, which is ours */
		}
	}
}
