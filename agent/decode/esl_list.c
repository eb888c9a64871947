/* Tables in answers; see esl_list.h. Owns nothing. */
#include "agent/decode/esl_list.h"

static bool ends(struct slice line)
{
	return line.len == 0 || slice_starts(line, SLICE("+OK")) ||
	       slice_starts(line, SLICE("-ERR")) || slice_starts(line, SLICE("-USAGE"));
}

bool esl_list_begin(struct esl_list *l, struct slice text, char separator)
{
	*l = (struct esl_list){ .separator = separator };
	l->header = slice_trim(slice_cut(&text, '\n'));
	l->rest = text;
	return !ends(l->header) && slice_find(l->header, separator) != NULL;
}

bool esl_list_row(struct esl_list *l, struct slice *row)
{
	if (l->rest.len == 0) {
		return false;
	}
	*row = slice_trim(slice_cut(&l->rest, '\n'));
	if (ends(*row)) {
		l->rest.len = 0;
		return false;
	}
	return true;
}

struct slice esl_list_field(const struct esl_list *l, struct slice row, struct slice column)
{
	struct slice names = l->header;

	while (names.len > 0) {
		struct slice name = slice_cut(&names, l->separator);
		struct slice value = slice_cut(&row, l->separator);

		if (slice_eq(name, column)) {
			return value;
		}
	}
	return (struct slice){ NULL, 0 };
}
