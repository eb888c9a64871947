#include "tests/support/json_schema.h"

#include <regex.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct checking {
	json_t *root;
	char *why;
	size_t size;
};

static int wrong(struct checking *c, const char *path, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int wrong(struct checking *c, const char *path, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)snprintf(c->why, c->size, "%s: %s", path, text);
	return -1;
}

static bool has_type(json_t *value, const char *type)
{
	return (strcmp(type, "object") == 0 && json_is_object(value)) ||
	       (strcmp(type, "array") == 0 && json_is_array(value)) ||
	       (strcmp(type, "string") == 0 && json_is_string(value)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(value)) ||
	       (strcmp(type, "null") == 0 && json_is_null(value)) ||
	       (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
	       (strcmp(type, "number") == 0 && json_is_number(value));
}

static int check_type(struct checking *c, json_t *types, json_t *value, const char *path)
{
	size_t i;
	json_t *type;

	if (json_is_string(types)) {
		return has_type(value, json_string_value(types))
		               ? 0
		               : wrong(c, path, "is no %s", json_string_value(types));
	}
	json_array_foreach(types, i, type)
	{
		if (has_type(value, json_string_value(type))) {
			return 0;
		}
	}
	return wrong(c, path, "is of another type");
}

static int check_enum(struct checking *c, json_t *names, json_t *value, const char *path)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name)
	{
		if (json_equal(name, value) == 1) {
			return 0;
		}
	}
	return wrong(c, path, "is none of the names");
}

static int check_pattern(struct checking *c, const char *pattern, const char *text,
                         const char *path)
{
	regex_t re;
	int rc;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
		return wrong(c, path, "pattern %s cannot be read", pattern);
	}
	rc = regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return rc == 0 ? 0 : wrong(c, path, "\"%s\" does not match %s", text, pattern);
}

static int check(struct checking *c, json_t *schema, json_t *value, const char *path);

static int check_required(struct checking *c, json_t *names, json_t *value, const char *path)
{
	size_t i;
	json_t *name;

	json_array_foreach(names, i, name)
	{
		if (json_object_get(value, json_string_value(name)) == NULL) {
			return wrong(c, path, "%s is missing", json_string_value(name));
		}
	}
	return 0;
}

static int check_members(struct checking *c, json_t *schema, json_t *value, const char *path)
{
	json_t *known = json_object_get(schema, "properties");
	json_t *others = json_object_get(schema, "additionalProperties");
	const char *key;
	json_t *member;

	json_object_foreach(value, key, member)
	{
		json_t *own = json_object_get(known, key);
		char deeper[512];

		(void)snprintf(deeper, sizeof(deeper), "%s.%s", path, key);
		if (own == NULL && json_is_false(others)) {
			return wrong(c, deeper, "is not in the schema");
		}
		own = own != NULL ? own : others;
		if (own != NULL && json_is_object(own) && check(c, own, member, deeper) != 0) {
			return -1;
		}
	}
	return 0;
}

static int check_items(struct checking *c, json_t *items, json_t *value, const char *path)
{
	size_t i;
	json_t *item;

	json_array_foreach(value, i, item)
	{
		char deeper[512];

		(void)snprintf(deeper, sizeof(deeper), "%s[%zu]", path, i);
		if (check(c, items, item, deeper) != 0) {
			return -1;
		}
	}
	return 0;
}

static int check_keyword(struct checking *c, const char *keyword, json_t *schema, json_t *value,
                         const char *path)
{
	json_t *k = json_object_get(schema, keyword);
	bool number = json_is_number(value);

	if (strcmp(keyword, "type") == 0) {
		return check_type(c, k, value, path);
	}
	if (strcmp(keyword, "enum") == 0) {
		return check_enum(c, k, value, path);
	}
	if (strcmp(keyword, "minimum") == 0) {
		return number && json_number_value(value) < json_number_value(k)
		               ? wrong(c, path, "is below the minimum")
		               : 0;
	}
	if (strcmp(keyword, "maximum") == 0) {
		return number && json_number_value(value) > json_number_value(k)
		               ? wrong(c, path, "is above the maximum")
		               : 0;
	}
	if (strcmp(keyword, "minLength") == 0) {
		return json_is_string(value) &&
		                       json_string_length(value) < (size_t)json_integer_value(k)
		               ? wrong(c, path, "is too short")
		               : 0;
	}
	if (strcmp(keyword, "pattern") == 0) {
		return json_is_string(value) ? check_pattern(c, json_string_value(k),
		                                             json_string_value(value), path)
		                             : 0;
	}
	if (strcmp(keyword, "required") == 0) {
		/* of objects only (JSON Schema validation, section 6.5.3) */
		return json_is_object(value) ? check_required(c, k, value, path) : 0;
	}
	if (strcmp(keyword, "items") == 0) {
		return check_items(c, k, value, path);
	}
	return strspn(keyword, "$") == 1 || strcmp(keyword, "description") == 0 ||
	                       strcmp(keyword, "title") == 0 ||
	                       strcmp(keyword, "properties") == 0 ||
	                       strcmp(keyword, "additionalProperties") == 0
	               ? 0
	               : wrong(c, path, "the schema uses %s, which is not checked here", keyword);
}

static json_t *resolve(const struct checking *c, json_t *schema)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));

	return ref != NULL ? json_object_get(json_object_get(c->root, "$defs"),
	                                     ref + strlen("#/$defs/"))
	                   : NULL;
}

/* As deep as the document and the schema, which are ours. */
static int check(struct checking *c, json_t *schema, json_t *value, const char *path)
{
	json_t *other = resolve(c, schema);
	const char *keyword;
	json_t *unused;

	if (json_object_get(schema, "$ref") != NULL && other == NULL) {
		return wrong(c, path, "$ref leads nowhere");
	}
	if (other != NULL && check(c, other, value, path) != 0) {
		return -1;
	}
	json_object_foreach(schema, keyword, unused)
	{
		if (check_keyword(c, keyword, schema, value, path) != 0) {
			return -1;
		}
	}
	return json_is_object(value) ? check_members(c, schema, value, path) : 0;
}

int json_schema_check(json_t *schema, json_t *value, char *why, size_t size)
{
	struct checking c = { schema, why, size };

	return check(&c, schema, value, "$");
}
