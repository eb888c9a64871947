#include "collector/ingest/trouble.h"

#define US_PER_MS INT64_C(1000)

static int64_t doubled(int64_t ms, int64_t min_ms, int64_t max_ms)
{
	if (ms == 0) {
		return min_ms;
	}
	return ms * 2 < max_ms ? ms * 2 : max_ms;
}

int64_t trouble_failed(struct trouble *t, int64_t now_us)
{
	if (t->since_us == 0) {
		t->since_us = now_us;
	}
	t->try_ms = doubled(t->try_ms, TROUBLE_TRY_MIN_MS, TROUBLE_TRY_MAX_MS);
	if (now_us - t->since_us + t->try_ms * US_PER_MS <= TROUBLE_PATIENCE_US) {
		return t->try_ms;
	}
	t->refuse_ms = doubled(t->refuse_ms, TROUBLE_REFUSE_MIN_MS, TROUBLE_REFUSE_MAX_MS);
	t->refuse_until_us = now_us + t->refuse_ms * US_PER_MS;
	return -1;
}

int64_t trouble_refusing(const struct trouble *t, int64_t now_us)
{
	return t->refuse_until_us > now_us
	               ? (t->refuse_until_us - now_us + US_PER_MS - 1) / US_PER_MS
	               : 0;
}

bool trouble_worth_saying(struct trouble *t, int64_t now_us)
{
	if (t->said_us != 0 && now_us - t->said_us < TROUBLE_SAY_US) {
		return false;
	}
	t->said_us = now_us;
	return true;
}

int64_t trouble_over(struct trouble *t, int64_t now_us)
{
	int64_t lasted_ms;

	if (t->since_us == 0) {
		return 0;
	}
	lasted_ms = (now_us - t->since_us) / US_PER_MS + 1;
	*t = (struct trouble){ 0 };
	return lasted_ms;
}
