#include "cli/say.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SAY_ROW(key, english, german) { english, german },
static const char *const table[SAY_COUNT][MODEL_LANGUAGES] = { SAY_TABLE(SAY_ROW) };
#undef SAY_ROW

const char *say(enum say what, enum model_language language)
{
	return table[what][language];
}

static bool is_german(const char *locale)
{
	return strncmp(locale, "de", 2) == 0 &&
	       (locale[2] == '\0' || strchr("_.@-", locale[2]) != NULL);
}

int say_language(const char *wanted, enum model_language *out)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

	*out = MODEL_ENGLISH;
	if (wanted != NULL) {
		if (strcmp(wanted, "de") != 0 && strcmp(wanted, "en") != 0) {
			return -EINVAL;
		}
		*out = strcmp(wanted, "de") == 0 ? MODEL_GERMAN : MODEL_ENGLISH;
		return 0;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *locale = getenv(names[i]);

		if (locale != NULL && locale[0] != '\0') {
			*out = is_german(locale) ? MODEL_GERMAN : MODEL_ENGLISH;
			return 0;
		}
	}
	return 0;
}
