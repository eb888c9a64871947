/*
 * Callers as they stand in logs and SIP headers, under the plan the first byte chooses. A number is
 * digits, no more of them than E.164 allows, and the same with blanks around it; so is its
 * pseudonym.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/site_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define E164_MAX_DIGITS 15 /* ITU-T E.164, section 6.2.1 */
#define TEXT_MAX_BYTES  ((size_t)4096)

static const struct pseudonym_plan plans[] = {
	{ "49", "00", "0" }, { "45", "00", "" }, { "1", "011", "1" }, { NULL, "00", "0" }
};
#define N_PLANS (sizeof(plans) / sizeof(plans[0]))

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_number(const struct pseudonym_plan *plan, struct slice raw, struct slice padded)
{
	char out[32];
	char again[32];
	struct slice digits = pseudonym_e164(plan, raw, out);

	require(digits.len <= E164_MAX_DIGITS);
	for (size_t i = 0; i < digits.len; i++) {
		require(digits.at[i] >= '0' && digits.at[i] <= '9');
	}
	require(slice_eq(digits, pseudonym_e164(plan, padded, again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pseudonym *by_plan[N_PLANS];
	static char text[TEXT_MAX_BYTES + 2];
	struct slice raw;
	struct slice padded;
	size_t plan;

	if (size == 0 || size > TEXT_MAX_BYTES) {
		return 0;
	}
	plan = data[0] % N_PLANS;
	if (by_plan[plan] == NULL) {
		by_plan[plan] = site_key_open(&plans[plan]);
	}
	raw = (struct slice){ (const char *)data + 1, size - 1 };
	text[0] = ' ';
	memcpy(text + 1, data + 1, size - 1);
	text[size] = '\t';
	padded = (struct slice){ text, size + 1 };
	check_number(&plans[plan], raw, padded);
	for (int domain = CXM_CONTACT; domain <= CXM_REFERENCE; domain++) {
		require(pseudonym_of(by_plan[plan], (enum cxm_domain)domain, raw) ==
		        pseudonym_of(by_plan[plan], (enum cxm_domain)domain, padded));
	}
	return 0;
}
