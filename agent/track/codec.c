/*
 * The list of codecs. Ie and Bpl: ITU-T G.113 Appendix I, table I.4; a codec that is not in it has
 * no rating, whatever others have measured. G.711 counts with packet loss concealment (G.711
 * Appendix I), which every phone of the last twenty years has.
 */
#include "agent/track/codec.h"

#include <stddef.h>

/* the frequent ones first: the list is searched from the front */
static const struct codec codecs[] = {
	[CODEC_OTHER] = { .name = "other", .role = CODEC_AUDIO },
	{ .name = "PCMU", .role = CODEC_AUDIO, .rated = true, .speech = { 0, 25.1 } },
	{ .name = "PCMA", .role = CODEC_AUDIO, .rated = true, .speech = { 0, 25.1 } },
	{ .name = "telephone-event", .role = CODEC_EVENT },
	{ .name = "CN", .role = CODEC_NOISE },
	{ .name = "opus", .role = CODEC_AUDIO },
	{ .name = "G722", .role = CODEC_AUDIO },
	{ .name = "G729", .role = CODEC_AUDIO, .rated = true, .speech = { 11, 19.0 } },
	{ .name = "G723", .role = CODEC_AUDIO, .rated = true, .speech = { 15, 16.1 } },
	{ .name = "GSM", .role = CODEC_AUDIO },
	{ .name = "GSM-EFR", .role = CODEC_AUDIO, .rated = true, .speech = { 5, 10.0 } },
	{ .name = "GSM-HR-08", .role = CODEC_AUDIO },
	{ .name = "iLBC", .role = CODEC_AUDIO },
	{ .name = "speex", .role = CODEC_AUDIO },
	{ .name = "AMR", .role = CODEC_AUDIO },
	{ .name = "AMR-WB", .role = CODEC_AUDIO },
	{ .name = "EVS", .role = CODEC_AUDIO },
	{ .name = "SILK", .role = CODEC_AUDIO },
	{ .name = "G7221", .role = CODEC_AUDIO },
	{ .name = "G719", .role = CODEC_AUDIO },
	{ .name = "G728", .role = CODEC_AUDIO },
	{ .name = "G726-16", .role = CODEC_AUDIO },
	{ .name = "G726-24", .role = CODEC_AUDIO },
	{ .name = "G726-32", .role = CODEC_AUDIO },
	{ .name = "G726-40", .role = CODEC_AUDIO },
	{ .name = "AAL2-G726-32", .role = CODEC_AUDIO },
	{ .name = "L16", .role = CODEC_AUDIO },
	{ .name = "L8", .role = CODEC_AUDIO },
	{ .name = "DVI4", .role = CODEC_AUDIO },
	{ .name = "LPC", .role = CODEC_AUDIO },
	{ .name = "QCELP", .role = CODEC_AUDIO },
	{ .name = "MPA", .role = CODEC_AUDIO },
	{ .name = "red", .role = CODEC_AUDIO },
	{ .name = "CLEARMODE", .role = CODEC_AUDIO },
	{ .name = "H264", .role = CODEC_VIDEO },
	{ .name = "H265", .role = CODEC_VIDEO },
	{ .name = "H263", .role = CODEC_VIDEO },
	{ .name = "H263-1998", .role = CODEC_VIDEO },
	{ .name = "H261", .role = CODEC_VIDEO },
	{ .name = "VP8", .role = CODEC_VIDEO },
	{ .name = "VP9", .role = CODEC_VIDEO },
	{ .name = "AV1", .role = CODEC_VIDEO },
	{ .name = "MPV", .role = CODEC_VIDEO },
	{ .name = "MP2T", .role = CODEC_VIDEO },
	{ .name = "JPEG", .role = CODEC_VIDEO },
};

#define CODECS (sizeof(codecs) / sizeof(codecs[0]))

uint8_t codec_id(struct slice encoding)
{
	for (size_t i = CODEC_OTHER + 1; i < CODECS; i++) {
		if (slice_ieq(encoding, slice_of(codecs[i].name))) {
			return (uint8_t)i;
		}
	}
	return CODEC_OTHER;
}

const struct codec *codec_of(uint8_t id)
{
	return &codecs[id < CODECS ? id : CODEC_OTHER];
}
