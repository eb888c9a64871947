#include "cli/plan_say.h"

#define PLAN_ROW(key, english, german) { english, german },
static const char *const table[PLAN_COUNT][MODEL_LANGUAGES] = { PLAN_TABLE(PLAN_ROW) };
#undef PLAN_ROW

const char *plan_say(enum plan_word what, enum model_language language)
{
	return table[what][language];
}
