/*
 * Times of any bytes, in the zone the first byte chooses. What is understood must be written as ISO
 * and read back as the same instant, and fall into its day.
 */
#include <assert.h>
#include <string.h>

#include "common/when.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_instant(int64_t at_us)
{
	char text[WHEN_DATE_SIZE];
	int64_t again = 0;
	int32_t day = when_day_of(at_us);

	(void)when_iso(at_us, text);
	/* four digits of a year are read, more are only written */
	if (text[0] != '-' && strlen(text) == strlen("2026-11-22T04:58:26.000000Z")) {
		int rc = when_parse(slice_of(text), &again);

		assert(rc == 0 && again == at_us);
	}
	assert(when_day_start_us(day) <= at_us || at_us < 0);
}

static void check_day(int32_t day)
{
	char text[WHEN_DATE_SIZE];
	int32_t again = 0;
	int rc = when_parse_date(slice_of(when_date(day, text)), &again);

	assert(rc == 0 && again == day);
	assert(when_day_start_us(day) <= when_day_start_us(day + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const zones[] = {
		"UTC",          "Europe/Berlin",       "America/Sao_Paulo",
		"Asia/Beirut",  "Australia/Lord_Howe", "Pacific/Apia",
		"America/Nuuk", "Asia/Kathmandu"
	};
	struct slice text;
	int64_t at_us = 0;
	int32_t day = 0;

	if (size == 0 || when_use_zone(zones[data[0] % 8], NULL) != 0) {
		return 0;
	}
	text = (struct slice){ (const char *)data + 1, size - 1 };
	if (when_parse(text, &at_us) == 0) {
		check_instant(at_us);
	}
	if (when_parse_date(text, &day) == 0) {
		check_day(day);
	}
	return 0;
}
