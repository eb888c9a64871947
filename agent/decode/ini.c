/* Lines of Asterisk's configuration; see ini.h. Follows process_text_line and config_text_file_load
 * of main/config.c (Asterisk 22); where that goes wrong on odd input (a `--;` too many, comments
 * nested too deep), a line is read as a person would. */
#include "agent/decode/ini.h"

#include <assert.h>

void ini_begin(struct ini_reader *r, struct slice text, bool in_section)
{
	r->rest = text;
	r->line = 0;
	r->depth = 0;
	r->comment_line = 0;
	r->in_section = in_section;
	r->trouble = INI_OK;
}

static bool dashes_at(struct slice line, size_t at)
{
	return at + 2 <= line.len && line.at[at] == '-' && line.at[at + 1] == '-';
}

static void open_comment(struct ini_reader *r)
{
	if (r->depth == 0) {
		r->comment_line = r->line;
	}
	if (r->depth < INI_NESTED_MAX) {
		r->depth++;
	} else {
		r->trouble = INI_NESTED_TOO_DEEP;
	}
}

/* What a semicolon at `i` does. @param from  behind the last semicolon that did something.
 * @return where to go on, or line.len. */
static size_t semicolon(struct ini_reader *r, struct slice line, size_t i, size_t from, size_t *n)
{
	if (i > from && line.at[i - 1] == '\\') {
		if (r->depth == 0) {
			r->text[*n - 1] = ';';
		}
		return i + 1;
	}
	if (dashes_at(line, i + 1) && (i + 3 >= line.len || line.at[i + 3] != '-')) {
		open_comment(r);
		return i + 3;
	}
	if (r->depth == 0) {
		return line.len;
	}
	if (i >= from + 2 && dashes_at(line, i - 2)) {
		r->depth--;
	}
	return i + 1;
}

/* The line without its comments. */
static struct slice strip(struct ini_reader *r, struct slice line)
{
	size_t from = 0;
	size_t n = 0;
	size_t i = 0;

	assert(line.at != NULL || line.len == 0);
	r->trouble = INI_OK;
	while (i < line.len) {
		if (line.at[i] == ';') {
			from = semicolon(r, line, i, from, &n);
			i = from;
			continue;
		}
		if (r->depth == 0) {
			r->text[n++] = line.at[i];
		}
		i++;
	}
	return slice_trim((struct slice){ r->text, n });
}

static enum ini_fault take_section(struct slice text, struct ini_line *out)
{
	struct slice head = text;
	const char *close;

	out->kind = INI_SECTION;
	if (slice_find(text, ']') == NULL) {
		return INI_NO_BRACKET;
	}
	head.at++;
	head.len--;
	out->name = slice_cut(&head, ']');
	if (head.len == 0 || head.at[0] != '(') {
		return INI_OK;
	}
	close = slice_find(head, ')');
	if (close == NULL) {
		return INI_NO_PARENTHESIS;
	}
	out->value = (struct slice){ head.at + 1, (size_t)(close - head.at) - 1 };
	return INI_OK;
}

static struct slice unquote(struct slice path)
{
	char first = '\0';
	char last = '\0';

	if (path.len >= 2) {
		first = path.at[0];
		last = path.at[path.len - 1];
	}
	if ((last == '"' && first == '"') || (last == '>' && first == '<')) {
		return (struct slice){ path.at + 1, path.len - 2 };
	}
	return path;
}

static enum ini_fault take_directive(struct slice text, struct ini_line *out)
{
	static const struct {
		struct slice word;
		enum ini_kind kind;
	} all[] = { { { "include", 7 }, INI_INCLUDE },
		    { { "tryinclude", 10 }, INI_TRYINCLUDE },
		    { { "exec", 4 }, INI_EXEC } };
	size_t n = 1;

	while (n < text.len && (unsigned char)text.at[n] > ' ') {
		n++;
	}
	out->name = (struct slice){ text.at + 1, n - 1 };
	out->value = unquote(slice_trim((struct slice){ text.at + n, text.len - n }));
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (slice_ieq(out->name, all[i].word)) {
			out->kind = all[i].kind;
			return out->value.len > 0 ? INI_OK : INI_BAD_DIRECTIVE;
		}
	}
	return INI_BAD_DIRECTIVE;
}

static enum ini_fault take_value(struct slice text, struct ini_line *out)
{
	const char *equals = slice_find(text, '=');
	struct slice rest = text;

	if (equals == NULL) {
		return INI_NO_EQUALS;
	}
	out->kind = equals > text.at && equals[-1] == '+' ? INI_APPEND : INI_VALUE;
	out->name = slice_cut(&rest, '=');
	if (out->kind == INI_APPEND) {
		out->name.len--;
	} else if (rest.len > 0 && rest.at[0] == '>') {
		rest.at++;
		rest.len--;
	}
	out->name = slice_trim(out->name);
	out->value = slice_trim(rest);
	return out->name.len > 0 ? INI_OK : INI_NO_NAME;
}

static enum ini_fault take(struct ini_reader *r, struct slice text, struct ini_line *out)
{
	enum ini_fault fault;

	if (text.at[0] == '[') {
		fault = take_section(text, out);
		r->in_section = r->in_section || fault == INI_OK;
		return fault;
	}
	if (text.at[0] == '#') {
		return take_directive(text, out);
	}
	if (text.at[0] == '\\') { /* a name may begin with what would be a bracket or a hash */
		text.at++;
		text.len--;
	}
	return r->in_section ? take_value(text, out) : INI_NO_SECTION;
}

/* One line of the file. @return true when it says something. */
static bool next_line(struct ini_reader *r, struct ini_line *out)
{
	struct slice line = slice_cut(&r->rest, '\n');
	const char *nul = slice_find(line, '\0');
	struct slice text;

	r->line++;
	*out = (struct ini_line){ .line = r->line };
	if (line.len > INI_LINE_MAX_BYTES) {
		out->fault = INI_TOO_LONG;
	} else {
		line.len = nul != NULL ? (size_t)(nul - line.at) : line.len;
		text = strip(r, line);
		out->fault = r->trouble;
		if (out->fault == INI_OK && text.len > 0) {
			out->fault = take(r, text, out);
		} else if (out->fault == INI_OK) {
			return false;
		}
	}
	out->kind = out->fault != INI_OK ? INI_BAD : out->kind;
	return true;
}

bool ini_next(struct ini_reader *r, struct ini_line *out)
{
	while (r->rest.len > 0) {
		if (next_line(r, out)) {
			return true;
		}
	}
	if (r->depth == 0) {
		return false;
	}
	r->depth = 0;
	*out = (struct ini_line){ .kind = INI_BAD,
		                  .fault = INI_OPEN_COMMENT,
		                  .line = r->comment_line };
	return true;
}

const char *ini_fault_text(enum ini_fault fault)
{
	static const char *const all[INI_FAULTS] = {
		[INI_OK] = "",
		[INI_TOO_LONG] = "the line is longer than 8191 bytes, Asterisk skips it",
		[INI_NO_BRACKET] = "no closing ]",
		[INI_NO_PARENTHESIS] = "no closing )",
		[INI_NO_SECTION] = "a value before the first [section]",
		[INI_NO_EQUALS] = "no = in the line, Asterisk skips it",
		[INI_NO_NAME] = "no name before the =, Asterisk skips the line",
		[INI_BAD_DIRECTIVE] = "no directive Asterisk knows, or one without a file",
		[INI_NESTED_TOO_DEEP] = "comments are nested too deep",
		[INI_OPEN_COMMENT] = "a comment begins here (;--) and does not end",
	};

	return all[fault];
}

bool ini_fault_is_fatal(enum ini_fault fault)
{
	return fault == INI_NO_BRACKET || fault == INI_NO_PARENTHESIS || fault == INI_NO_SECTION;
}
