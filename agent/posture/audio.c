#include "agent/posture/audio.h"

#include <stddef.h>

struct mark {
	size_t at;
	struct slice bytes;
	enum audio what;
};

#define MARK(at, literal, what)                                                                    \
	{                                                                                          \
		at, { literal, sizeof(literal) - 1 }, what                                         \
	}

static const struct mark marks[] = {
	MARK(0, "RIFF", AUDIO_PLAIN),                    /* WAV */
	MARK(0, "RF64", AUDIO_PLAIN),                    /* EBU Tech 3306 */
	MARK(0, "OggS", AUDIO_PLAIN),                    /* RFC 3533 */
	MARK(0, "fLaC", AUDIO_PLAIN),                    /* RFC 9639 */
	MARK(0, "ID3", AUDIO_PLAIN),                     /* MP3 with tags */
	MARK(0, "#!AMR", AUDIO_PLAIN),                   /* RFC 4867 5 */
	MARK(0, ".snd", AUDIO_PLAIN),                    /* Au */
	MARK(4, "ftyp", AUDIO_PLAIN),                    /* MP4, M4A */
	MARK(0, "\x1a\x45\xdf\xa3", AUDIO_PLAIN),        /* Matroska, WebM */
	MARK(0, "-----BEGIN PGP MESSAGE", AUDIO_SEALED), /* RFC 9580 6.2 */
	MARK(0, "age-encryption.org/v1", AUDIO_SEALED),  /* age */
	MARK(0, "Salted__", AUDIO_SEALED),               /* openssl enc */
	MARK(0, "-----BEGIN CMS-----", AUDIO_SEALED),    /* RFC 7468 9 */
	MARK(0, "-----BEGIN PKCS7-----", AUDIO_SEALED),  /* RFC 7468 8 */
};

/* MPEG audio: eleven bits set, and a layer that exists. */
static bool is_mpeg(const struct cursor *head)
{
	return cursor_left(head) >= 2 && head->at[0] == 0xff && (head->at[1] & 0xe0) == 0xe0 &&
	       (head->at[1] & 0x06) != 0;
}

/* An OpenPGP message that is encrypted begins with a session key for somebody (tag 1), or for a
 * passphrase (tag 3); in the old form of packets or in the new one (RFC 9580 4.2, 5.1, 5.3). Only
 * where the name says so too: audio without a header may begin with any byte. */
static bool is_openpgp(struct slice name, const struct cursor *head)
{
	unsigned first = cursor_left(head) > 0 ? head->at[0] : 0;
	unsigned tag = (first & 0x40) != 0 ? first & 0x3f : first >> 2 & 0x0f;

	return (slice_ends(name, SLICE(".gpg")) || slice_ends(name, SLICE(".pgp"))) &&
	       (first & 0x80) != 0 && (tag == 1 || tag == 3);
}

/* The forms that Asterisk's format modules write without a header. */
static bool is_raw_audio(struct slice name)
{
	static const char *const endings[] = {
		".ulaw",    ".ul",     ".pcm",   ".mu",      ".alaw", ".al",    ".alw",
		".gsm",     ".wav49",  ".WAV",   ".sln",     ".raw",  ".sln16", ".g722",
		".g723",    ".g723sf", ".g729",  ".g726-32", ".g719", ".ilbc",  ".siren7",
		".siren14", ".sln8",   ".sln48", ".vox",
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (slice_ends(name, slice_of(endings[i]))) {
			return true;
		}
	}
	return false;
}

enum audio audio_sniff(struct slice name, struct cursor head)
{
	struct slice bytes = { (const char *)head.at, cursor_left(&head) };

	if (bytes.len == 0) {
		return AUDIO_EMPTY;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const struct mark *m = &marks[i];

		if (bytes.len > m->at &&
		    slice_starts((struct slice){ bytes.at + m->at, bytes.len - m->at }, m->bytes)) {
			return m->what;
		}
	}
	if (is_openpgp(name, &head)) {
		return AUDIO_SEALED;
	}
	return is_mpeg(&head) || is_raw_audio(name) ? AUDIO_PLAIN : AUDIO_OTHER;
}
