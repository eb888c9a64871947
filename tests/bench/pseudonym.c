/* What a pseudonym costs: nanoseconds of CPU a call, for a Call-ID and for a number that is
 * brought to E.164 first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "agent/pseudonym.h"

#define CALLS 2000000

static double cpu_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void measure(const struct pseudonym *p, enum cxm_domain domain, const char *what,
                    const char *format)
{
	uint64_t sum = 0;
	char text[64];
	double from;

	from = cpu_s();
	int n = snprintf(text, sizeof(text), "%s", format);

	for (uint32_t i = 0; i < CALLS; i++) {
		text[3] = (char)('0' + i % 10);
		sum ^= pseudonym_of(p, domain, (struct slice){ text, (size_t)n });
	}
	printf("pseudonym %-24s %6.1f ns/call  (%zu bytes, check %016" PRIx64 ")\n", what,
	       (cpu_s() - from) / CALLS * 1e9, (size_t)n, sum);
}

int main(void)
{
	const struct pseudonym_plan plan = { "49", "00", "0" };
	char path[] = "/tmp/bench_pseudonym.XXXXXX";
	struct pseudonym *p;
	struct fault fault;

	if (mkdtemp(path) == NULL || chdir(path) != 0 || pseudonym_write_key("key", &fault) != 0 ||
	    pseudonym_open(&p, "key", &plan, &fault) != 0) {
		return 1;
	}
	measure(p, CXM_CONTACT, "contact", "1795322591.123456-pbx1-abcdefg");
	measure(p, CXM_CUSTOMER, "customer, national", "0301234567");
	measure(p, CXM_CUSTOMER, "customer, SIP URI", "sip:+4930123456@10.0.0.1;x=y");
	pseudonym_free(p);
	(void)unlink("key");
	return rmdir(path) != 0;
}
