/* Files of Asterisk's configuration; see config.h. Inheritance and inclusion follow main/config.c
 * of Asterisk 22: a template's values stand before a section's own, files are included where they
 * stand, a relative name is one of the configuration's directory, and behind an include a file goes
 * on with the section it was in. */
#include "agent/asterisk/config.h"

#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/decode/ini.h"
#include "common/conf.h"

#define BRACES_MAX 4

struct reading {
	struct asterisk_config *c;
	const struct asterisk_tell *tell;
	const char *directory;
	struct asterisk_section *at;      /* where values of the file go; NULL: nowhere */
	struct asterisk_section *current; /* where those of a file begin that is included now */
	int rc;
};

/* A file being read: they are nested as their includes are. */
struct level {
	struct ini_reader ini;
	char *text; /* owned */
	size_t len_bytes;
	const char *path;            /* the arena's */
	struct asterisk_section *at; /* kept while a file that it includes is read */
	glob_t files;                /* that an include names, and how many have been read */
	size_t next_file;
	bool globbed;
};

__attribute__((format(printf, 4, 5))) static void problem(struct reading *r, const char *path,
                                                          unsigned line, const char *format, ...)
{
	char text[ASTERISK_PROBLEM_MAX_BYTES];
	int n = snprintf(text, sizeof(text), "%s:%u: ", path, line);
	va_list args;

	r->c->problems++;
	if (r->tell == NULL || n < 0 || (size_t)n >= sizeof(text)) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text + n, sizeof(text) - (size_t)n, format, args);
	va_end(args);
	r->tell->problem(r->tell->arg, text);
}

/* ---- sections and values ---- */

static void add_value(struct reading *r, struct asterisk_section *s,
                      const struct asterisk_value *like, struct slice value)
{
	struct asterisk_value *v = arena_alloc(&r->c->arena, sizeof(*v));

	if (v != NULL) {
		*v = *like;
		v->next = NULL;
		v->value = arena_text(&r->c->arena, value.at, value.len);
	}
	if (v == NULL || v->value == NULL || v->name == NULL) {
		r->rc = -ENOMEM;
		return;
	}
	*(s->last != NULL ? &s->last->next : &s->first) = v;
	s->last = v;
}

static struct asterisk_section *named(const struct asterisk_config *c, struct slice name)
{
	for (struct asterisk_section *s = c->first; s != NULL; s = s->next) {
		if (slice_ieq(slice_of(s->name), name)) {
			return s;
		}
	}
	return NULL;
}

static void inherit(struct reading *r, struct asterisk_section *to,
                    const struct asterisk_section *from)
{
	for (const struct asterisk_value *v = from->first; v != NULL && r->rc == 0; v = v->next) {
		add_value(r, to, v, slice_of(v->value));
	}
}

/* [name](!,+,a,b): what stands in the parentheses. */
static void take_options(struct reading *r, const char *path, const struct ini_line *line)
{
	struct slice options = line->value;

	while (options.len > 0 && r->rc == 0) {
		struct slice word = slice_trim(slice_cut(&options, ','));
		const struct asterisk_section *base = named(r->c, word);

		if (slice_eq(word, SLICE("!"))) {
			r->at->is_template = true;
		} else if (word.len > 0 && word.at[0] != '+' && base == NULL) {
			problem(r, path, line->line,
			        "no section %.*s to inherit from: Asterisk "
			        "refuses the file",
			        (int)word.len, word.at);
			r->c->refused = true;
		} else if (word.len > 0 && word.at[0] != '+' && base != r->at) {
			inherit(r, r->at, base);
		}
	}
}

static bool goes_on(struct slice options)
{
	while (options.len > 0) {
		struct slice word = slice_trim(slice_cut(&options, ','));

		if (word.len > 0 && word.at[0] == '+') {
			return true;
		}
	}
	return false;
}

static struct asterisk_section *add_section(struct reading *r, const char *path,
                                            const struct ini_line *line)
{
	struct asterisk_section *s = arena_alloc(&r->c->arena, sizeof(*s));
	size_t len = line->name.len < ASTERISK_SECTION_NAME_MAX ? line->name.len
	                                                        : ASTERISK_SECTION_NAME_MAX - 1;

	if (s != NULL) {
		s->name = arena_text(&r->c->arena, line->name.at, len);
		s->file = path;
		s->line = line->line;
	}
	if (s == NULL || s->name == NULL) {
		r->rc = -ENOMEM;
		return NULL;
	}
	*(r->c->last != NULL ? &r->c->last->next : &r->c->first) = s;
	r->c->last = s;
	return s;
}

static void take_section(struct reading *r, const char *path, const struct ini_line *line)
{
	bool on = goes_on(line->value);

	r->at = on ? named(r->c, line->name) : add_section(r, path, line);
	if (r->at == NULL && on) {
		problem(r, path, line->line,
		        "[%.*s](+): there is no such section to go on with: "
		        "Asterisk refuses the file",
		        (int)line->name.len, line->name.at);
		r->c->refused = true;
	} else if (r->at != NULL) {
		r->current = r->at;
		take_options(r, path, line);
	}
}

static void append(struct reading *r, const struct asterisk_value *like, struct slice more)
{
	struct asterisk_value *last = NULL;
	char *joined;
	size_t len;

	for (struct asterisk_value *v = r->at->first; v != NULL; v = v->next) {
		last = strcmp(v->name, like->name) == 0 ? v : last;
	}
	if (last == NULL) {
		add_value(r, r->at, like, more);
		return;
	}
	len = strlen(last->value);
	joined = arena_alloc(&r->c->arena, len + more.len + 1);
	if (joined == NULL) {
		r->rc = -ENOMEM;
		return;
	}
	memcpy(joined, last->value, len);
	memcpy(joined + len, more.at, more.len);
	explicit_bzero(last->value, len);
	last->value = joined;
}

static void take_value(struct reading *r, const char *path, const struct ini_line *line)
{
	struct asterisk_value like = { .file = path, .line = line->line };

	if (r->at == NULL) {
		return; /* its section was refused, and that was told */
	}
	like.name = arena_text(&r->c->arena, line->name.at, line->name.len);
	if (like.name == NULL) {
		r->rc = -ENOMEM;
	} else if (line->kind == INI_APPEND) {
		append(r, &like, line->value);
	} else {
		add_value(r, r->at, &like, line->value);
	}
}

/* ---- files ---- */

static int open_level(struct reading *r, struct level *l, const char *path, bool within)
{
	int rc = conf_read_file(path, "", &l->text, &l->len_bytes, NULL);

	if (rc != 0) {
		return rc;
	}
	l->path = arena_text(&r->c->arena, path, strlen(path));
	l->globbed = false;
	ini_begin(&l->ini, (struct slice){ l->text, l->len_bytes }, within);
	r->c->files++;
	return l->path != NULL ? 0 : -ENOMEM;
}

static void close_level(struct level *l)
{
	if (l->text != NULL) {
		explicit_bzero(l->text, l->len_bytes);
	}
	free(l->text);
	l->text = NULL;
	if (l->globbed) {
		globfree(&l->files);
	}
	l->globbed = false;
}

/* As Asterisk asks, but a pattern with many braces means more files than a disk has. */
static int glob_flags(const char *pattern)
{
	unsigned braces = 0;

	for (const char *at = pattern; *at != '\0'; at++) {
		braces += *at == '{';
	}
	return braces <= BRACES_MAX ? GLOB_BRACE : 0;
}

static void begin_include(struct reading *r, struct level *l, const struct ini_line *line)
{
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s%s%.*s",
	                 line->value.at[0] == '/' ? "" : r->directory,
	                 line->value.at[0] == '/' ? "" : "/", (int)line->value.len, line->value.at);
	int rc = n > 0 && (size_t)n < sizeof(path) ? glob(path, glob_flags(path), NULL, &l->files)
	                                           : GLOB_NOMATCH;

	if (rc == 0) {
		l->globbed = true;
		l->next_file = 0;
	} else if (line->kind == INI_INCLUDE) {
		problem(r, l->path, line->line,
		        "%.*s: no such file to include: Asterisk refuses "
		        "the file",
		        (int)line->value.len, line->value.at);
		r->c->refused = true;
	}
}

static void take_line(struct reading *r, struct level *l, const struct ini_line *line)
{
	switch (line->kind) {
	case INI_SECTION:
		take_section(r, l->path, line);
		break;
	case INI_VALUE:
	case INI_APPEND:
		take_value(r, l->path, line);
		break;
	case INI_INCLUDE:
	case INI_TRYINCLUDE:
		begin_include(r, l, line);
		break;
	case INI_EXEC:
		problem(r, l->path, line->line, "#exec: what it would include is not known here");
		break;
	case INI_BAD:
	default:
		problem(r, l->path, line->line, "%s%s", ini_fault_text(line->fault),
		        ini_fault_is_fatal(line->fault) ? ": Asterisk refuses the file" : "");
		r->c->refused = r->c->refused || ini_fault_is_fatal(line->fault);
		break;
	}
}

/* Go into the next file that the include of `l` names. @return false: there is none left. */
static bool descend(struct reading *r, struct level *l, struct level *below, bool room)
{
	const char *path;
	int rc;

	if (!l->globbed || l->next_file >= l->files.gl_pathc) {
		return false;
	}
	path = l->files.gl_pathv[l->next_file++];
	rc = !room || r->c->files >= ASTERISK_FILES_MAX
	             ? -ELOOP
	             : open_level(r, below, path, r->current != NULL);
	if (rc == 0) {
		l->at = r->at;
		r->at = r->current;
	} else if (rc == -ENOMEM) {
		r->rc = rc;
	} else {
		problem(r, l->path, l->ini.line, "%s: cannot be included: %s", path, strerror(-rc));
	}
	return rc == 0;
}

static void read_levels(struct reading *r, struct level *levels)
{
	size_t depth = 1;

	while (depth > 0 && r->rc == 0) {
		struct level *l = &levels[depth - 1];
		struct ini_line line;

		if (l->globbed && l->next_file < l->files.gl_pathc) {
			bool room = depth < ASTERISK_INCLUDE_DEPTH;

			depth += descend(r, l, room ? &levels[depth] : NULL, room) ? 1 : 0;
			continue;
		}
		if (l->globbed) {
			globfree(&l->files);
			l->globbed = false;
		}
		if (ini_next(&l->ini, &line)) {
			take_line(r, l, &line);
		} else {
			close_level(l);
			depth--;
			r->at = depth > 0 ? levels[depth - 1].at : NULL;
		}
	}
}

int asterisk_config_load(struct asterisk_config *c, const char *directory, const char *file,
                         const struct asterisk_tell *tell)
{
	struct reading r = { .c = c, .tell = tell, .directory = directory };
	struct level *levels = calloc(ASTERISK_INCLUDE_DEPTH, sizeof(*levels));
	char path[4096];

	*c = (struct asterisk_config){ .files = 0 };
	arena_init(&c->arena, ASTERISK_CONFIG_MAX_BYTES);
	if (levels == NULL) {
		return -ENOMEM;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", directory, file);
	r.rc = open_level(&r, &levels[0], path, false);
	if (r.rc == 0) {
		read_levels(&r, levels);
	}
	for (size_t i = 0; i < ASTERISK_INCLUDE_DEPTH; i++) {
		close_level(&levels[i]);
	}
	free(levels);
	return r.rc;
}

void asterisk_config_free(struct asterisk_config *c)
{
	for (struct asterisk_section *s = c->first; s != NULL; s = s->next) {
		for (struct asterisk_value *v = s->first; v != NULL; v = v->next) {
			explicit_bzero(v->value, strlen(v->value));
		}
	}
	arena_free(&c->arena);
	*c = (struct asterisk_config){ .files = 0 };
}

/* ---- questions ---- */

const struct asterisk_section *asterisk_section_after(const struct asterisk_config *c,
                                                      const struct asterisk_section *after,
                                                      const char *name)
{
	const struct asterisk_section *s = after != NULL ? after->next : c->first;

	while (s != NULL && (s->is_template || (name != NULL && strcasecmp(s->name, name) != 0))) {
		s = s->next;
	}
	return s;
}

const struct asterisk_value *asterisk_find(const struct asterisk_section *s, const char *name)
{
	const struct asterisk_value *found = NULL;

	for (const struct asterisk_value *v = s != NULL ? s->first : NULL; v != NULL; v = v->next) {
		found = strcasecmp(v->name, name) == 0 ? v : found;
	}
	return found;
}

const char *asterisk_text(const struct asterisk_section *s, const char *name, const char *otherwise)
{
	const struct asterisk_value *v = asterisk_find(s, name);

	return v != NULL ? v->value : otherwise;
}

bool asterisk_true(const char *text)
{
	static const char *const yes[] = { "yes", "true", "y", "t", "1", "on" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (strcasecmp(text, yes[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool asterisk_bool(const struct asterisk_section *s, const char *name, bool otherwise)
{
	const struct asterisk_value *v = asterisk_find(s, name);

	return v != NULL ? asterisk_true(v->value) : otherwise;
}

bool asterisk_list_has(const char *list, const char *word)
{
	struct slice rest = slice_of(list);

	while (rest.len > 0) {
		if (slice_ieq(slice_trim(slice_cut(&rest, ',')), slice_of(word))) {
			return true;
		}
	}
	return false;
}
