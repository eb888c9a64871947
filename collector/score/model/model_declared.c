/* The key `declared` of an indicator: read, and its expression tried out with some T. */
#include <errno.h>
#include <string.h>

#include "collector/score/declared.h"
#include "collector/score/model/model_load.h"

static const struct conf_item declared_items[] = {
	LOAD_ITEM(model_declared, "metric", CONF_TEXT, metric, false, 0, 0,
	          "what targets call it (metric of Target records)"),
	LOAD_ITEM(model_declared, "good", CONF_TEXT, good, false, 0, 0,
	          "numerator, with $T for the declared milliseconds"),
};
const struct conf_schema declared_schema = LOAD_SCHEMA(declared_items, model_declared);

int loader_declared(struct loader *l, const struct conf_node *indicator,
                    const struct indicator_yaml *in, struct model_indicator *out)
{
	const struct conf_node *at = conf_get(indicator, "declared");
	const struct expr *e;
	struct fault why;

	if (conf_is_null(at)) {
		return 0;
	}
	if (out->evidence == NULL) {
		return conf_fail(LOADER_DOC(l), at, l->fault, "needs an evidence block beside it");
	}
	if (in->declared.metric == NULL || in->declared.good == NULL) {
		return conf_fail(LOADER_DOC(l), at, l->fault, "needs metric and good");
	}
	if (strstr(in->declared.good, "$T") == NULL) {
		return conf_fail(LOADER_DOC(l), conf_get(at, "good"), l->fault,
		                 "expected $T somewhere, for the declared milliseconds");
	}
	if (declared_expr(&e, out->evidence->from, in->declared.good, 20000, &l->to->arena, &why) !=
	    0) {
		return conf_fail(LOADER_DOC(l), conf_get(at, "good"), l->fault, "%s", why.text);
	}
	out->declared = in->declared;
	return 0;
}
