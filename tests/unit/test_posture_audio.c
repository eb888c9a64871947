/* What the first bytes of a recording say. */
#include "agent/posture/audio.h"

#include "tests/support/cases.h"

struct audio_case {
	const char *name;
	const char *file;
	const char *head;
	size_t len;
	enum audio want;
};

#define HEAD(text) text, sizeof(text) - 1

static const struct audio_case cases[] = {
	{ "wav_is_plain", "a.wav", HEAD("RIFF\x24\x08\0\0WAVEfmt "), AUDIO_PLAIN },
	{ "ogg_is_plain", "a.ogg", HEAD("OggS\0\2"), AUDIO_PLAIN },
	{ "mp3_with_tags_is_plain", "a.mp3", HEAD("ID3\3\0"), AUDIO_PLAIN },
	{ "mp3_without_is_plain", "a.mp3", HEAD("\xff\xfb\x90\x64"), AUDIO_PLAIN },
	{ "mpeg_without_a_layer_is_not_known", "a.bin", HEAD("\xff\xf9\x90\x64"), AUDIO_OTHER },
	{ "ten_bits_of_mpeg_are_not_known", "a.bin", HEAD("\xff\xdb\x90\x64"), AUDIO_OTHER },
	{ "nine_bits_of_mpeg_are_not_known", "a.bin", HEAD("\xfe\xfb\x90\x64"), AUDIO_OTHER },
	{ "one_byte_of_mpeg_is_not_known", "a.bin", HEAD("\xff"), AUDIO_OTHER },
	{ "two_bytes_of_mpeg_are_plain", "a.bin", HEAD("\xff\xfb"), AUDIO_PLAIN },
	{ "m4a_is_plain", "a.m4a",
	  HEAD("\0\0\0\x20"
	       "ftypM4A "),
	  AUDIO_PLAIN },
	{ "raw_audio_is_plain_by_its_name", "a.ulaw", HEAD("\x7f\x7f\xff"), AUDIO_PLAIN },
	{ "a_plain_head_beats_a_sealed_name", "a.wav.gpg", HEAD("RIFF\x24\x08\0\0WAVE"),
	  AUDIO_PLAIN },
	{ "armoured_pgp_is_sealed", "a.asc", HEAD("-----BEGIN PGP MESSAGE-----\n"), AUDIO_SEALED },
	{ "age_is_sealed", "a.wav.age", HEAD("age-encryption.org/v1\n-> X25519"), AUDIO_SEALED },
	{ "openssl_enc_is_sealed", "a.enc", HEAD("Salted__\x01\x02\x03"), AUDIO_SEALED },
	{ "binary_pgp_for_a_key_is_sealed", "a.wav.gpg", HEAD("\x85\x01\x0c\x03"), AUDIO_SEALED },
	{ "binary_pgp_for_a_passphrase_is_sealed", "a.gpg", HEAD("\x8c\x0d\x04\x09"),
	  AUDIO_SEALED },
	{ "binary_pgp_in_the_new_form_is_sealed", "a.pgp", HEAD("\xc1\xc0\x4c\x03"), AUDIO_SEALED },
	{ "the_same_bytes_under_another_name_are_not", "a.bin", HEAD("\x85\x01\x0c\x03"),
	  AUDIO_OTHER },
	{ "a_signature_is_no_encryption", "a.gpg", HEAD("\x88\x75\x04\x00"), AUDIO_OTHER },
	{ "an_empty_file_is_empty", "a.wav", "", 0, AUDIO_EMPTY },
	{ "a_cut_mark_is_no_mark", "a.bin", HEAD("RIF"), AUDIO_OTHER },
	{ "anything_else_is_not_known", "a.bin", HEAD("\x00\x01\x02\x03"), AUDIO_OTHER },
};

static void heads_are_recognised(void **state)
{
	const struct audio_case *c = *state;

	assert_int_equal(audio_sniff(slice_of(c->file), cursor_of(c->head, c->len)), c->want);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, heads_are_recognised);
	return cases_run("posture_audio", &c, NULL, NULL);
}
