#include "agent/self.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/slice.h"
#include "common/unconst.h"

/* Second number of /proc/self/statm (proc(5)): resident pages. 0 when it cannot be had. */
static uint64_t read_rss(void)
{
	char text[128];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : 0;
	struct slice s = { text, n > 0 ? (size_t)n : 0 };
	uint64_t pages = 0;

	if (fd >= 0) {
		(void)close(fd);
	}
	(void)slice_cut(&s, ' ');
	(void)slice_u64(slice_cut(&s, ' '), UINT64_MAX, &pages);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static int64_t time_us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

void self_sample(const struct env *env, struct self_sample *out)
{
	struct rusage usage;

	memset(&usage, 0, sizeof(usage));
	(void)getrusage(RUSAGE_SELF, &usage); /* cannot fail for the own process */
	*out = (struct self_sample){
		.wall_us = env_wall_us(env),
		.mono_us = env_mono_us(env),
		.cpu_us = time_us(usage.ru_utime) + time_us(usage.ru_stime),
		.rss_bytes = read_rss(),
	};
}

static int32_t clamp_ms(int64_t us)
{
	int64_t ms = us / 1000;

	return ms > INT32_MAX ? INT32_MAX : ms < INT32_MIN ? INT32_MIN : (int32_t)ms;
}

void self_gauge(const struct self_sample *from, const struct self_sample *to, const char *host,
                const int64_t *offset_us, Cxm__Gauge *out)
{
	int64_t slot_us = to->mono_us - from->mono_us;

	cxm__gauge__init(out);
	out->at_us = from->wall_us;
	out->source = CXM__SOURCE__SELF;
	out->host = unconst(host);
	out->queue = unconst(""); /* the agent itself */
	out->has_seen_us = 1;
	out->seen_us = to->wall_us;
	out->has_slot_ms = 1;
	out->slot_ms = (uint32_t)clamp_ms(slot_us);
	out->has_cpu_ratio = slot_us > 0;
	out->cpu_ratio = slot_us > 0 ? (float)(to->cpu_us - from->cpu_us) / (float)slot_us : 0;
	out->has_rss_bytes = to->rss_bytes > 0;
	out->rss_bytes = to->rss_bytes;
	out->has_clock_offset_ms = offset_us != NULL;
	out->clock_offset_ms = offset_us != NULL ? clamp_ms(*offset_us) : 0;
}
