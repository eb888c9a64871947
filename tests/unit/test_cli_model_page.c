/* The model's page for readers: what stands in docs is what the model says, in every language, and
 * nothing is left out. */
#include "cli/model_page.h"

#include <stdio.h>
#include <string.h>

#include "tests/support/cases.h"
#include "tests/support/catalog.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)

static struct model *model;

static int load_model(void **state)
{
	struct fault fault;

	(void)state;
	return model_builtin(&model, product_catalog(), &fault);
}

static int free_model(void **state)
{
	(void)state;
	model_free(model);
	return 0;
}

static const char *page_of(const struct model *m, enum model_language language, struct buf *out)
{
	buf_init(out, MODEL_PAGE_MAX_BYTES);
	model_page(m, language, out);
	buf_add_char(out, '\0');
	assert_false(out->failed);
	return (const char *)out->data;
}

static void assert_written(const char *path, enum model_language language)
{
	char *have = calloc(1, FILE_MAX_BYTES);
	FILE *file = fopen(path, "rb");
	struct buf want;

	assert_non_null(have);
	assert_non_null(file);
	assert_true(fread(have, 1, FILE_MAX_BYTES - 1, file) > 0);
	(void)fclose(file);
	/* `make docs` writes it */
	assert_string_equal(have, page_of(model, language, &want));
	buf_free(&want);
	free(have);
}

static void the_english_page_is_what_the_model_says(void **state)
{
	(void)state;
	assert_written("docs/model.md", MODEL_ENGLISH);
}

static void the_german_page_is_what_the_model_says(void **state)
{
	(void)state;
	assert_written("docs/model.de.md", MODEL_GERMAN);
}

static void every_indicator_and_figure_has_its_place(void **state)
{
	char mark[96];
	struct buf out;
	const char *page = page_of(model, MODEL_GERMAN, &out);

	(void)state;
	for (size_t a = 0; a < model->n_areas; a++) {
		for (size_t i = 0; i < model->areas[a].n_indicators; i++) {
			(void)snprintf(mark, sizeof(mark), "<a id=\"%s\"></a>\n### ",
			               model->areas[a].indicators[i].id);
			assert_non_null(strstr(page, mark));
		}
	}
	for (size_t i = 0; i < model->n_context; i++) {
		(void)snprintf(mark, sizeof(mark), "<a id=\"%s\"></a>\n### ", model->context[i].id);
		assert_non_null(strstr(page, mark));
	}
	buf_free(&out);
}

static void a_threshold_names_its_source_or_says_that_there_is_none(void **state)
{
	struct buf out;
	const char *page = page_of(model, MODEL_ENGLISH, &out);
	const char *at = strstr(page, "<a id=\"service_level\">");

	(void)state;
	assert_non_null(at);
	at = strstr(at, "| below 60.0 % | from 60.0 % | from 80.0 % | from 90.0 % |");
	assert_non_null(at);
	assert_non_null(strstr(at, "| | *proposed: no public source* | [LiveAgent academy"));
	assert_non_null(strstr(page, "53 of 225 thresholds have a public source."));
	buf_free(&out);
}

static void marks_of_markdown_in_a_text_stay_text(void **state)
{
	struct model_indicator *is = &model->areas[0].indicators[0];
	const char *was = is->meaning.in[MODEL_ENGLISH];
	struct buf out;

	(void)state;
	is->meaning.in[MODEL_ENGLISH] = "2*3 <b> a|b";
	assert_non_null(strstr(page_of(model, MODEL_ENGLISH, &out), "2\\*3 \\<b\\> a\\|b"));
	is->meaning.in[MODEL_ENGLISH] = was;
	buf_free(&out);
}

static void every_word_is_there_in_every_language(void **state)
{
	(void)state;
	for (enum model_language l = 0; l < MODEL_LANGUAGES; l++) {
		for (enum doc_word w = 0; w < PAGE_WORDS; w++) {
			assert_true(strlen(doc_word(w, l)) > 0);
		}
		for (enum model_interval i = MODEL_NO_INTERVAL; i <= MODEL_NPS_MULTINOMIAL; i++) {
			assert_true(strlen(page_interval(i, l)) > 0);
		}
	}
	assert_string_equal(page_estimator("no_such", MODEL_GERMAN), "no_such");
	assert_string_equal(page_estimator("mean", MODEL_GERMAN), "Mittel");
}

int main(void)
{
	static struct cases c;

	cases_test(&c, the_english_page_is_what_the_model_says);
	cases_test(&c, the_german_page_is_what_the_model_says);
	cases_test(&c, every_indicator_and_figure_has_its_place);
	cases_test(&c, a_threshold_names_its_source_or_says_that_there_is_none);
	cases_test(&c, marks_of_markdown_in_a_text_stay_text);
	cases_test(&c, every_word_is_there_in_every_language);
	return cases_run("cli model page", &c, load_model, free_model);
}
