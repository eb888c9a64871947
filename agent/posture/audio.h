/* What the first bytes of a recording say it is. Pure. */
#pragma once

#include "common/cursor.h"
#include "common/slice.h"

#define AUDIO_HEAD_BYTES 64 /* enough of a file */

enum audio {
	AUDIO_PLAIN,  /* anybody who can read it can hear it */
	AUDIO_SEALED, /* a container of OpenPGP, age, OpenSSL's enc, CMS or 7z: encrypted as a file
	               */
	AUDIO_EMPTY,
	AUDIO_OTHER, /* no form that is known here */
};

/** @param name  of the file: telephony's raw forms (.ulaw, .gsm, .sln) have no first bytes of their
 * own. */
enum audio audio_sniff(struct slice name, struct cursor head);
