/* What one call detail record of FreeSWITCH says, and what is none. */
#include "agent/decode/fs_cdr.h"

#include <errno.h>

#include "tests/support/cases.h"

struct record_case {
	const char *name;
	const char *text;
	int rc;
	const char *caller; /* FS_CALLER */
};

static const struct record_case records[] = {
	{ "variables_name_the_channel", "{\"variables\":{\"uuid\":\"u\"}}", 0, "" },
	{ "the_caller_is_of_the_callflow",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":[{\"dialplan\":\"XML\","
	  "\"caller_profile\":{\"caller_id_number\":\"5550001\"}}]}",
	  0, "5550001" },
	{ "the_first_entry_of_the_callflow_is_the_latest",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":[{\"caller_profile\":"
	  "{\"caller_id_number\":\"1\"}},{\"caller_profile\":{\"caller_id_number\":\"2\"}}]}",
	  0, "1" },
	{ "numbers_of_the_callflow_are_not_encoded",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":[{\"caller_profile\":"
	  "{\"caller_id_number\":\"5%41\"}}]}",
	  0, "5%41" },
	{ "a_callflow_without_entries_names_nobody",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":[ ]}", 0, "" },
	{ "an_entry_without_a_profile_names_nobody",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":[{\"times\":{\"caller_id_number\":\"1\"}}]"
	  "}",
	  0, "" },
	{ "a_profile_that_is_no_object_names_nobody",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":[{\"caller_profile\":\"x\"}]}", 0, "" },
	{ "a_callflow_that_is_an_object_is_refused",
	  "{\"variables\":{\"uuid\":\"u\"},\"callflow\":{\"caller_profile\":{}}}", -EBADMSG, NULL },
	{ "a_list_of_variables_is_refused", "{\"variables\":[\"uuid\"]}", -EBADMSG, NULL },
	{ "variables_elsewhere_are_not_its_own",
	  "{\"app_log\":{\"uuid\":\"u\"},\"variables\":{\"direction\":\"inbound\"}}", -ENODATA,
	  NULL },
	{ "a_record_without_variables_names_no_channel", "{\"core-uuid\":\"c\"}", -ENODATA, NULL },
	{ "variables_that_are_a_text_name_no_channel", "{\"variables\":\"uuid\"}", -ENODATA, NULL },
	{ "a_record_cut_short_is_refused", "{\"variables\":{\"uuid\":\"u\"}", -EBADMSG, NULL },
	{ "what_is_no_object_is_refused", "[]", -EBADMSG, NULL },
};

static int read_record(const char *text, bool encoded, struct fs_facts *out)
{
	static char room[1024];
	struct json_room r = { room, sizeof(room), 0 };

	return fs_cdr_json(slice_of(text), encoded, &r, out);
}

static void record_says(void **state)
{
	const struct record_case *c = *state;
	static struct fs_facts f;

	assert_int_equal(read_record(c->text, true, &f), c->rc);
	assert_true(c->rc != 0 || slice_eq(f.text[FS_CALLER], slice_of(c->caller)));
}

static void variables_are_encoded_where_the_configuration_says_so(void **state)
{
	static const char text[] = "{\"variables\":{\"uuid\":\"u\",\"cc_queue\":\"a%40b\"}}";
	static struct fs_facts f;

	(void)state;
	assert_int_equal(read_record(text, true, &f), 0);
	assert_true(slice_eq(f.text[FS_V_QUEUE], SLICE("a@b")));
	assert_int_equal(read_record(text, false, &f), 0);
	assert_true(slice_eq(f.text[FS_V_QUEUE], SLICE("a%40b")));
}

static void a_record_says_nothing_of_the_one_before_it(void **state)
{
	static struct fs_facts f;

	(void)state;
	assert_int_equal(
		read_record("{\"variables\":{\"uuid\":\"u\",\"cc_queue\":\"a\"}}", true, &f), 0);
	assert_int_equal(read_record("{\"variables\":{\"uuid\":\"v\"}}", true, &f), 0);
	assert_false(fs_has(&f, FS_V_QUEUE));
	assert_int_equal(read_record("{\"variables\":{\"direction\":\"inbound\"}}", true, &f),
	                 -ENODATA);
}

/* Room that is enough for each member alone is enough for all. */
static void room_is_used_again_by_each_member(void **state)
{
	static const char text[] = "{\"a\":\"0123456789\",\"b\":\"0123456789\","
				   "\"callflow\":[{\"c\":\"0123456789\",\"d\":\"0123456789\"}],"
				   "\"variables\":{\"uuid\":\"u\"}}";
	static struct fs_facts f;
	char room[24];
	struct json_room r = { room, sizeof(room), 0 };

	(void)state;
	assert_int_equal(fs_cdr_json(SLICE(text), true, &r, &f), 0);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, records, record_says);
	cases_test(&c, variables_are_encoded_where_the_configuration_says_so);
	cases_test(&c, a_record_says_nothing_of_the_one_before_it);
	cases_test(&c, room_is_used_again_by_each_member);
	return cases_run("decode/fs_cdr facts", &c, NULL, NULL);
}
