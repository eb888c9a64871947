/* cxmeter model: check a model file and say which one it is. */
#include <stdio.h>

#include "cli/desk.h"
#include "cli/model_page.h"

static size_t computed(const struct model_indicator *list, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		count += list[i].evidence != NULL;
	}
	return count;
}

static int document(struct desk *d)
{
	enum model_language language;
	struct buf page;
	int code = desk_language(d, &language);

	if (code != EXIT_DONE) {
		return code;
	}
	buf_init(&page, MODEL_PAGE_MAX_BYTES);
	model_page(d->model, language, &page);
	code = desk_print(d, &page);
	buf_free(&page);
	return code;
}

int command_model(const struct options *o)
{
	struct desk d;
	size_t indicators = 0;
	size_t measured = 0;
	int code = desk_open(&d, o);

	if (code == EXIT_DONE && o->describe) {
		model_describe(stdout);
		desk_close(&d);
		return EXIT_DONE;
	}
	code = code != EXIT_DONE ? code : desk_load_model(&d);
	if (code == EXIT_DONE && o->document) {
		code = document(&d);
		desk_close(&d);
		return code;
	}
	if (code == EXIT_DONE) {
		for (size_t a = 0; a < d.model->n_areas; a++) {
			indicators += d.model->areas[a].n_indicators;
			measured += computed(d.model->areas[a].indicators,
			                     d.model->areas[a].n_indicators);
		}
		(void)printf("%s %s\nsha256 %s\n", d.model->id, d.model->version, d.model->sha256);
		(void)printf("%zu areas, %zu indicators (%zu computed), %zu figures of context "
		             "(%zu computed), %zu sources\n",
		             d.model->n_areas, indicators, measured, d.model->n_context,
		             computed(d.model->context, d.model->n_context), d.model->n_sources);
	}
	desk_close(&d);
	return code;
}
