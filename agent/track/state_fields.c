/* Fields to bytes and back; see state_fields.h. */
#include "agent/track/state_fields.h"

#include <string.h>

#include "agent/track/labels.h"

static void save_one(const struct state_field *f, const char *at, struct buf *out)
{
	uint64_t u64 = 0;
	int64_t i64 = 0;
	uint32_t u32 = 0;

	switch (f->type) {
	case STATE_HASH:
		memcpy(&u64, at, sizeof(u64));
		buf_add_u64le(out, u64);
		break;
	case STATE_TIME:
		memcpy(&i64, at, sizeof(i64));
		buf_add_varint(out, (uint64_t)i64);
		break;
	case STATE_U32:
		memcpy(&u32, at, sizeof(u32));
		buf_add_varint(out, u32);
		break;
	case STATE_U8:
	case STATE_BOOL:
		buf_add_char(out, *at);
		break;
	case STATE_TEXT:
		buf_add_varint(out, strlen(at));
		buf_add_text(out, at);
		break;
	}
}

void state_save(const struct state_field *fields, size_t n, const void *from, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		save_one(&fields[i], (const char *)from + fields[i].offset, out);
	}
}

static uint64_t take_up_to(struct cursor *in, uint64_t max)
{
	uint64_t v = cursor_varint(in);

	if (v > max) {
		in->bad = true;
	}
	return in->bad ? 0 : v;
}

/* Only what label_clean would leave as it is can have been written. */
static void load_text(const struct state_field *f, char *at, struct cursor *in)
{
	size_t len = (size_t)take_up_to(in, f->max - 1);
	const uint8_t *bytes = cursor_take(in, len);

	at[0] = '\0';
	if (bytes == NULL) {
		return;
	}
	(void)label_clean((struct slice){ (const char *)bytes, len }, at, f->max);
	if (strlen(at) != len || memcmp(at, bytes, len) != 0) {
		at[0] = '\0';
		in->bad = true;
	}
}

static void load_one(const struct state_field *f, char *at, struct cursor *in)
{
	uint64_t u64;
	int64_t i64;
	uint32_t u32;
	uint8_t u8;

	switch (f->type) {
	case STATE_HASH:
		u64 = cursor_u64le(in);
		memcpy(at, &u64, sizeof(u64));
		break;
	case STATE_TIME:
		i64 = (int64_t)take_up_to(in, (uint64_t)STATE_TIME_MAX_US);
		memcpy(at, &i64, sizeof(i64));
		break;
	case STATE_U32:
		u32 = (uint32_t)take_up_to(in, UINT32_MAX);
		memcpy(at, &u32, sizeof(u32));
		break;
	case STATE_U8:
	case STATE_BOOL:
		u8 = cursor_u8(in);
		in->bad = in->bad || u8 > (f->type == STATE_BOOL ? 1 : f->max);
		*at = (char)(in->bad ? 0 : u8);
		break;
	case STATE_TEXT:
		load_text(f, at, in);
		break;
	}
}

void state_load(const struct state_field *fields, size_t n, void *to, struct cursor *in)
{
	for (size_t i = 0; i < n && !in->bad; i++) {
		load_one(&fields[i], (char *)to + fields[i].offset, in);
	}
}
