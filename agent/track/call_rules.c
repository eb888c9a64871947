/* Patterns of contexts and user events; see call_rules.h. */
#include "agent/track/call_rules.h"

/* The last star is the only one that has to be tried again: what an earlier one took too little
 * of, a later one makes up for. */
static bool glob(struct slice p, struct slice t)
{
	struct slice p_star = { NULL, 0 };
	struct slice t_star = { NULL, 0 };

	while (t.len > 0) {
		if (p.len > 0 && p.at[0] == '*') {
			p = (struct slice){ p.at + 1, p.len - 1 };
			p_star = p;
			t_star = t;
		} else if (p.len > 0 && p.at[0] == t.at[0]) {
			p = (struct slice){ p.at + 1, p.len - 1 };
			t = (struct slice){ t.at + 1, t.len - 1 };
		} else if (p_star.at != NULL) {
			t_star = (struct slice){ t_star.at + 1, t_star.len - 1 };
			p = p_star;
			t = t_star;
		} else {
			return false;
		}
	}
	while (p.len > 0 && p.at[0] == '*') {
		p = (struct slice){ p.at + 1, p.len - 1 };
	}
	return p.len == 0;
}

static struct slice first_match(const char *patterns, struct slice text)
{
	struct slice rest = slice_of(patterns);

	while (rest.len > 0 && text.len > 0) {
		struct slice one = slice_cut(&rest, ' ');

		if (one.len > 0 && glob(one, text)) {
			return one;
		}
	}
	return (struct slice){ NULL, 0 };
}

bool call_rules_match(const char *patterns, struct slice text)
{
	return first_match(patterns, text).len > 0;
}

bool call_rules_event(const char *patterns, struct slice name, struct slice value)
{
	struct slice rest = slice_of(patterns);

	while (rest.len > 0 && name.len > 0) {
		struct slice want = slice_cut(&rest, ' ');
		bool any = slice_find(want, '=') == NULL;
		struct slice want_name = slice_cut(&want, '=');

		if (want_name.len > 0 && glob(want_name, name) && (any || glob(want, value))) {
			return true;
		}
	}
	return false;
}

struct slice call_rules_rest(const char *patterns, struct slice text)
{
	struct slice one = first_match(patterns, text);
	size_t fixed = one.len > 0 ? one.len - 1 : 0;

	if (one.len > 0 && one.at[fixed] == '*' && memchr(one.at, '*', fixed) == NULL &&
	    text.len > fixed) {
		return (struct slice){ text.at + fixed, text.len - fixed };
	}
	return text;
}
