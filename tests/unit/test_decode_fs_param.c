/* Parameters of FreeSWITCH's configuration files. */
#include "agent/decode/fs_param.h"

#include "tests/support/cases.h"

struct param_case {
	const char *name;
	const char *text;
	const char *want[4]; /* name, value, name, value */
};

static const struct param_case cases[] = {
	{ "a_param_has_a_name_and_a_value",
	  "<param name=\"listen-port\" value=\"8021\"/>",
	  { "listen-port", "8021" } },
	{ "order_quotes_and_case_are_free",
	  "<PARAM  VALUE = 'ClueCon'\n name='password' />",
	  { "password", "ClueCon" } },
	{ "comments_are_left_out",
	  "<!-- <param name=\"a\" value=\"1\"/> --><param name=\"b\" value=\"2\"/>",
	  { "b", "2" } },
	{ "entities_are_undone", "<param name=\"p\" value=\"a&amp;b&quot;\"/>", { "p", "a&b\"" } },
	{ "an_unknown_entity_stays", "<param name=\"p\" value=\"&x;\"/>", { "p", "&x;" } },
	{ "a_greater_sign_in_quotes_does_not_end_a_tag",
	  "<param name=\"p\" value=\"a>b\"/>",
	  { "p", "a>b" } },
	{ "other_tags_are_left_out",
	  "<parameter name=\"x\"/><params><param name=\"y\" value=\"\"/>",
	  { "y", "" } },
	{ "two_come_in_order",
	  "<param name=\"a\" value=\"1\"/>\n<param name=\"b\" value=\"2\"/>",
	  { "a", "1", "b", "2" } },
	{ "a_tag_without_an_end_is_nothing", "<param name=\"a\" value=\"1\"", { NULL } },
	{ "a_comment_without_an_end_hides_the_rest",
	  "<!-- <param name=\"a\" value=\"1\"/>",
	  { NULL } },
	{ "a_param_without_a_name_is_nothing", "<param value=\"1\"/>", { NULL } },
};

static void params_are_read(void **state)
{
	const struct param_case *c = *state;
	struct slice rest = slice_of(c->text);
	struct fs_param param;

	for (size_t i = 0; i < 4 && c->want[i] != NULL; i += 2) {
		assert_int_equal(fs_param_next(&rest, &param), 1);
		assert_string_equal(param.name, c->want[i]);
		assert_string_equal(param.value, c->want[i + 1]);
	}
	assert_int_equal(fs_param_next(&rest, &param), 0);
	assert_int_equal(rest.len, 0);
}

static void a_long_value_is_cut(void **state)
{
	char text[2 * FS_PARAM_MAX_BYTES];
	struct fs_param param;
	struct slice rest = { text, sizeof(text) };

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "<param name='a' value='", 23);
	memcpy(text + sizeof(text) - 3, "'/>", 3);
	assert_int_equal(fs_param_next(&rest, &param), 1);
	assert_int_equal(strlen(param.value), FS_PARAM_MAX_BYTES - 1);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, params_are_read);
	cases_test(&c, a_long_value_is_cut);
	return cases_run("decode_fs_param", &c, NULL, NULL);
}
