/*
 * The codecs this program knows by name: what their packets mean for timing, and what they do to
 * speech.
 *
 * A closed list, because a codec's name travels in clear: whatever else a description calls its
 * formats is recorded as "other", so that no text from the network becomes a label.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "agent/track/emodel.h"
#include "common/slice.h"

enum codec_role {
	CODEC_AUDIO,
	CODEC_VIDEO,
	CODEC_EVENT, /* telephone-event (RFC 4733): several packets share a timestamp, so no jitter
	              */
	CODEC_NOISE, /* comfort noise (RFC 3389): sent when there is something to say, so no jitter
	              */
};

struct codec {
	const char *name; /* encoding name as in SDP */
	enum codec_role role;
	bool rated;                 /* has public Ie and Bpl */
	struct emodel_codec speech; /* of a rated one */
};

#define CODEC_OTHER   0         /* id of every name that is not in the list */
#define CODEC_UNKNOWN UINT8_MAX /* id of a payload type nobody gave a name to */

/** The id of an encoding name, case ignored; CODEC_OTHER when it is not known. */
uint8_t codec_id(struct slice encoding);

/** The codec of an id; "other" for CODEC_UNKNOWN and every id that is none. */
const struct codec *codec_of(uint8_t id);
