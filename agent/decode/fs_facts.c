/* Names to facts; see fs_facts.h. Owns nothing. */
#include "agent/decode/fs_facts.h"

#include <errno.h>
#include <stddef.h>

#define SLICE_INIT(text)                                                                           \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

struct name {
	struct slice text;
	enum fs_fact fact;
};

/* In the order of their bytes, for find(). */
static const struct name headers[] = {
	{ SLICE_INIT("Answer-State"), FS_ANSWER_STATE },
	{ SLICE_INIT("Application"), FS_APP },
	{ SLICE_INIT("Application-Data"), FS_APP_DATA },
	{ SLICE_INIT("CC-Action"), FS_CC_ACTION },
	{ SLICE_INIT("CC-Agent"), FS_CC_AGENT },
	{ SLICE_INIT("CC-Agent-Answered-Time"), FS_CC_ANSWERED_S },
	{ SLICE_INIT("CC-Agent-State"), FS_CC_STATE },
	{ SLICE_INIT("CC-Agent-Status"), FS_CC_STATUS },
	{ SLICE_INIT("CC-Cancel-Reason"), FS_CC_REASON },
	{ SLICE_INIT("CC-Cause"), FS_CC_CAUSE },
	{ SLICE_INIT("CC-Hangup-Cause"), FS_CC_HANGUP_CAUSE },
	{ SLICE_INIT("CC-Member-CID-Number"), FS_CC_NUMBER },
	{ SLICE_INIT("CC-Member-Joined-Time"), FS_CC_JOINED_S },
	{ SLICE_INIT("CC-Member-Session-UUID"), FS_CC_SESSION },
	{ SLICE_INIT("CC-Member-UUID"), FS_CC_MEMBER },
	{ SLICE_INIT("CC-Queue"), FS_CC_QUEUE },
	{ SLICE_INIT("Call-Direction"), FS_DIRECTION },
	{ SLICE_INIT("Caller-Caller-ID-Number"), FS_CALLER },
	{ SLICE_INIT("Caller-Channel-Answered-Time"), FS_ANSWERED_US },
	{ SLICE_INIT("Caller-Channel-Created-Time"), FS_CREATED_US },
	{ SLICE_INIT("Caller-Channel-Hangup-Time"), FS_HANGUP_US },
	{ SLICE_INIT("Caller-Context"), FS_CONTEXT },
	{ SLICE_INIT("Caller-Destination-Number"), FS_CALLED },
	{ SLICE_INIT("Channel-Call-UUID"), FS_CALL_ID },
	{ SLICE_INIT("Channel-Name"), FS_CHANNEL },
	{ SLICE_INIT("Core-UUID"), FS_CORE },
	{ SLICE_INIT("Event-Date-Timestamp"), FS_AT_US },
	{ SLICE_INIT("Event-Name"), FS_EVENT },
	{ SLICE_INIT("Event-Sequence"), FS_SEQUENCE },
	{ SLICE_INIT("Event-Subclass"), FS_SUBCLASS },
	{ SLICE_INIT("Hangup-Cause"), FS_HANGUP_CAUSE },
	{ SLICE_INIT("Unique-ID"), FS_ID },
};

static const struct name variables[] = {
	{ SLICE_INIT("answer_epoch"), FS_ANSWERED_S },
	{ SLICE_INIT("answer_uepoch"), FS_ANSWERED_US },
	{ SLICE_INIT("call_uuid"), FS_CALL_ID },
	{ SLICE_INIT("caller_id_number"), FS_CALLER },
	{ SLICE_INIT("cc_agent"), FS_V_AGENT },
	{ SLICE_INIT("cc_cancel_reason"), FS_V_REASON },
	{ SLICE_INIT("cc_cause"), FS_V_CAUSE },
	{ SLICE_INIT("cc_member_session_uuid"), FS_V_SESSION },
	{ SLICE_INIT("cc_member_uuid"), FS_V_MEMBER },
	{ SLICE_INIT("cc_queue"), FS_V_QUEUE },
	{ SLICE_INIT("cc_queue_answered_epoch"), FS_V_ANSWERED_S },
	{ SLICE_INIT("cc_queue_canceled_epoch"), FS_V_CANCELED_S },
	{ SLICE_INIT("cc_queue_joined_epoch"), FS_V_JOINED_S },
	{ SLICE_INIT("cc_queue_terminated_epoch"), FS_V_TERMINATED_S },
	{ SLICE_INIT("cc_record_filename"), FS_V_RECORD },
	{ SLICE_INIT("cc_side"), FS_V_SIDE },
	{ SLICE_INIT("channel_name"), FS_CHANNEL },
	{ SLICE_INIT("destination_number"), FS_CALLED },
	{ SLICE_INIT("dialed_domain"), FS_DIALED_DOMAIN },
	{ SLICE_INIT("dialed_user"), FS_DIALED_USER },
	{ SLICE_INIT("direction"), FS_DIRECTION },
	{ SLICE_INIT("end_epoch"), FS_HANGUP_S },
	{ SLICE_INIT("end_uepoch"), FS_HANGUP_US },
	{ SLICE_INIT("hangup_cause"), FS_HANGUP_CAUSE },
	{ SLICE_INIT("hold_accum_ms"), FS_HOLD_MS },
	{ SLICE_INIT("last_bridge_to"), FS_LAST_BRIDGE },
	{ SLICE_INIT("local_media_ip"), FS_LOCAL_IP },
	{ SLICE_INIT("local_media_port"), FS_LOCAL_PORT },
	{ SLICE_INIT("originating_leg_uuid"), FS_ORIGIN },
	{ SLICE_INIT("remote_media_ip"), FS_REMOTE_IP },
	{ SLICE_INIT("remote_media_port"), FS_REMOTE_PORT },
	{ SLICE_INIT("rtp_audio_in_media_packet_count"), FS_RTP_PACKETS },
	{ SLICE_INIT("rtp_audio_in_mos"), FS_RTP_MOS },
	{ SLICE_INIT("rtp_audio_in_packet_count"), FS_RTP_ALL_PACKETS },
	{ SLICE_INIT("rtp_audio_in_raw_bytes"), FS_RTP_BYTES },
	{ SLICE_INIT("rtp_secure_media_confirmed"), FS_RTP_SECURE },
	{ SLICE_INIT("rtp_use_codec_name"), FS_RTP_CODEC },
	{ SLICE_INIT("sip_call_id"), FS_SIP_CALL_ID },
	{ SLICE_INIT("sip_from_user"), FS_FROM_USER },
	{ SLICE_INIT("sip_hangup_disposition"), FS_DISPOSITION },
	{ SLICE_INIT("start_epoch"), FS_CREATED_S },
	{ SLICE_INIT("start_uepoch"), FS_CREATED_US },
	{ SLICE_INIT("transfer_history"), FS_TRANSFERS },
	{ SLICE_INIT("uuid"), FS_ID },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int compare(struct slice a, struct slice b)
{
	int d = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return d != 0 ? d : (a.len > b.len) - (a.len < b.len);
}

/* @return FS_FACTS for a name that means nothing here. */
static enum fs_fact find(const struct name *names, size_t n, struct slice text)
{
	size_t low = 0;

	while (text.len > 0 && low < n) {
		size_t mid = low + (n - low) / 2;
		int d = compare(text, names[mid].text);

		if (d == 0) {
			return names[mid].fact;
		}
		if (d < 0) {
			n = mid;
		} else {
			low = mid + 1;
		}
	}
	return FS_FACTS;
}

void fs_facts_reset(struct fs_facts *f)
{
	memset(f->text, 0, sizeof(f->text));
	f->used = 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int fs_decode(struct slice raw, char *out)
{
	int len = 0;

	for (size_t i = 0; i < raw.len; i++) {
		char c = raw.at[i];

		if (c == '%') {
			int high = i + 2 < raw.len ? digit(raw.at[i + 1]) : -1;
			int low = high >= 0 ? digit(raw.at[i + 2]) : -1;

			if (low < 0) {
				return -EBADMSG;
			}
			c = (char)(high << 4 | low);
			i += 2;
		}
		out[len++] = c;
	}
	return len;
}

/* What is said twice counts as it was said first. */
static void keep(struct fs_facts *f, enum fs_fact fact, struct slice raw, bool encoded)
{
	char *at = f->room + f->used;
	int len = (int)raw.len;

	if (raw.len == 0 || f->text[fact].len > 0) {
		return;
	}
	if (raw.len > sizeof(f->room) - f->used) {
		f->unfit++;
		return;
	}
	if (encoded) {
		len = fs_decode(raw, at);
	} else {
		memcpy(at, raw.at, raw.len);
	}
	if (len < 0) {
		f->unfit++;
		return;
	}
	f->text[fact] = (struct slice){ at, (size_t)len };
	f->used += (size_t)len;
}

void fs_facts_header(struct fs_facts *f, struct slice name, struct slice raw)
{
	const struct slice prefix = SLICE("variable_");
	enum fs_fact fact;

	if (slice_starts(name, prefix)) {
		name.at += prefix.len;
		name.len -= prefix.len;
		fs_facts_variable(f, name, raw, true);
		return;
	}
	fact = find(headers, COUNT(headers), name);
	if (fact != FS_FACTS) {
		keep(f, fact, raw, true);
	}
}

void fs_facts_variable(struct fs_facts *f, struct slice name, struct slice raw, bool encoded)
{
	enum fs_fact fact = find(variables, COUNT(variables), name);

	if (fact != FS_FACTS) {
		keep(f, fact, raw, encoded);
	}
}

static int64_t scaled(const struct fs_facts *f, enum fs_fact fact, uint64_t per_s)
{
	uint64_t value;

	if (slice_u64(f->text[fact], FS_TIME_MAX_US / 1000000 * per_s, &value) != 0) {
		return 0;
	}
	return (int64_t)(value * (1000000 / per_s));
}

int64_t fs_us(const struct fs_facts *f, enum fs_fact fact)
{
	return scaled(f, fact, 1000000);
}

int64_t fs_s_as_us(const struct fs_facts *f, enum fs_fact fact)
{
	return scaled(f, fact, 1);
}

bool fs_u32(const struct fs_facts *f, enum fs_fact fact, uint32_t *out)
{
	uint64_t value;

	if (slice_u64(f->text[fact], UINT32_MAX, &value) != 0) {
		return false;
	}
	*out = (uint32_t)value;
	return true;
}
