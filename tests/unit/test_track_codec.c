/* The closed list of codec names. */
#include "agent/track/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_name_is_found_whatever_its_case(void **state)
{
	(void)state;
	assert_string_equal(codec_of(codec_id(SLICE("pcmu")))->name, "PCMU");
	assert_string_equal(codec_of(codec_id(SLICE("OPUS")))->name, "opus");
	assert_string_equal(codec_of(codec_id(SLICE("Telephone-Event")))->name, "telephone-event");
}

static void a_name_from_the_network_never_becomes_a_label(void **state)
{
	(void)state;
	assert_string_equal(codec_of(codec_id(SLICE("+493012345678")))->name, "other");
	assert_string_equal(codec_of(codec_id(SLICE("")))->name, "other");
	assert_string_equal(codec_of(codec_id(SLICE("PCM")))->name, "other");
	assert_string_equal(codec_of(codec_id(SLICE("PCMUX")))->name, "other");
}

static void an_id_outside_the_list_is_other(void **state)
{
	(void)state;
	assert_string_equal(codec_of(255)->name, "other");
}

static void events_and_comfort_noise_are_no_content(void **state)
{
	(void)state;
	assert_int_equal(codec_of(codec_id(SLICE("telephone-event")))->role, CODEC_EVENT);
	assert_int_equal(codec_of(codec_id(SLICE("CN")))->role, CODEC_NOISE);
	assert_int_equal(codec_of(codec_id(SLICE("PCMA")))->role, CODEC_AUDIO);
	assert_int_equal(codec_of(codec_id(SLICE("H264")))->role, CODEC_VIDEO);
}

static void only_codecs_in_g113_have_a_rating(void **state)
{
	const struct codec *g729 = codec_of(codec_id(SLICE("G729")));

	(void)state;
	assert_true(g729->rated);
	assert_true(g729->speech.ie == 11 && g729->speech.bpl == 19.0);
	assert_false(codec_of(codec_id(SLICE("opus")))->rated);
	assert_false(codec_of(codec_id(SLICE("G722")))->rated);
	assert_false(codec_of(CODEC_OTHER)->rated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_found_whatever_its_case),
		cmocka_unit_test(a_name_from_the_network_never_becomes_a_label),
		cmocka_unit_test(an_id_outside_the_list_is_other),
		cmocka_unit_test(events_and_comfort_noise_are_no_content),
		cmocka_unit_test(only_codecs_in_g113_have_a_rating),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
