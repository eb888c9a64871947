/*
 * Quoted strings, parameters and addresses in the values of SIP header fields (RFC 3261 25.1).
 *
 * Owns nothing, allocates nothing. Every search goes forward only, so time grows with the length of
 * the value and nothing else.
 */
#include "agent/decode/sip_text.h"

struct sip_walk sip_text_walk(struct slice s)
{
	return (struct sip_walk){ s, 0, sip_text_find(s, 0, '"') };
}

/* One past the string that opens at `at`; 0 when it does not close. */
static size_t behind_quoted(struct slice s, size_t at)
{
	for (size_t i = at + 1; i < s.len; i++) {
		if (s.at[i] == '\\') {
			i++;
		} else if (s.at[i] == '"') {
			return i + 1;
		}
	}
	return 0;
}

size_t sip_text_walk_to(struct sip_walk *w, char c)
{
	for (;;) {
		size_t behind;

		w->at = sip_text_find(sip_text_head(w->s, w->quote), w->at, c);
		if (w->at < w->quote || w->quote == w->s.len) {
			return w->at;
		}
		behind = behind_quoted(w->s, w->quote);
		w->at = behind > 0 ? behind : w->quote;
		w->quote = behind > 0 ? sip_text_find(w->s, behind, '"') : w->s.len;
	}
}

bool sip_text_has_bare_nul(struct slice field)
{
	struct sip_walk w = sip_text_walk(field);

	for (size_t i = 1; i < field.len; i++) {
		if (field.at[i] == '\0' && field.at[i - 1] != '\\') {
			return true;
		}
	}
	return sip_text_walk_to(&w, '\0') < field.len;
}

/* Is this the parameter `name`? Then what is behind its "=". */
static bool is_param(struct slice param, struct slice name, struct slice *value)
{
	struct slice s = sip_text_skip_space(param);

	if (!slice_istarts(s, name)) {
		return false;
	}
	s = sip_text_skip_space(sip_text_from(s, name.len));
	if (s.len > 0 && s.at[0] != '=') {
		return false;
	}
	*value = slice_trim(sip_text_from(s, s.len > 0 ? 1 : 0));
	return true;
}

struct slice sip_text_param(struct sip_walk w, struct slice name)
{
	while (sip_text_walk_to(&w, ';') < w.s.len) {
		size_t from = ++w.at;
		size_t end = sip_text_walk_to(&w, ';');
		struct slice value;

		if (is_param((struct slice){ w.s.at + from, end - from }, name, &value)) {
			return value;
		}
	}
	return (struct slice){ w.s.at, 0 };
}

struct sip_address sip_text_address(struct slice value)
{
	struct sip_walk start = sip_text_walk(value);
	struct sip_walk w = start;
	size_t uri = sip_text_walk_to(&w, '<') + 1;

	if (uri > value.len) {
		w = start;
		uri = 0;
		(void)sip_text_walk_to(&w, ';');
	} else {
		w.at = sip_text_find(value, uri, '>');
		w.quote = w.quote < w.at ? sip_text_find(value, w.at, '"') : w.quote;
	}
	return (struct sip_address){ slice_trim((struct slice){ value.at + uri, w.at - uri }), w };
}

struct slice sip_text_user(struct slice uri)
{
	struct slice rest = uri;
	struct slice scheme = slice_cut(&rest, ':');
	const char *at;

	if (slice_ieq(scheme, SLICE("tel"))) {
		return slice_cut(&rest, ';');
	}
	if (!slice_ieq(scheme, SLICE("sip")) && !slice_ieq(scheme, SLICE("sips"))) {
		return (struct slice){ uri.at, 0 };
	}
	at = slice_find(rest, '@');
	rest.len = at != NULL ? (size_t)(at - rest.at) : 0;
	return slice_cut(&rest, ':'); /* without the password */
}
