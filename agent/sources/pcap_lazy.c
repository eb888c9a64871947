/* Hands calls on to libpcap; see the header. Any thread may call. */
#include "agent/sources/pcap_lazy.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <pcap/pcap.h>

/* Debian's name of it, and that of all others. */
static const char *const names[] = { "libpcap.so.0.8", "libpcap.so.1" };

#define FUNCTIONS(X)                                                                               \
	X(activate)                                                                                \
	X(close)                                                                                   \
	X(compile)                                                                                 \
	X(create)                                                                                  \
	X(datalink)                                                                                \
	X(datalink_val_to_description_or_dlt)                                                      \
	X(dispatch)                                                                                \
	X(findalldevs)                                                                             \
	X(freealldevs)                                                                             \
	X(freecode)                                                                                \
	X(get_selectable_fd)                                                                       \
	X(get_tstamp_precision)                                                                    \
	X(geterr)                                                                                  \
	X(offline_filter)                                                                          \
	X(open_dead)                                                                               \
	X(set_buffer_size)                                                                         \
	X(set_promisc)                                                                             \
	X(set_snaplen)                                                                             \
	X(set_timeout)                                                                             \
	X(set_tstamp_precision)                                                                    \
	X(setfilter)                                                                               \
	X(setnonblock)                                                                             \
	X(stats)                                                                                   \
	X(statustostr)

#define POINTER(name) __typeof__(pcap_##name) *(name);

/* Written once, under `once`; `loaded` says so to whoever must not load it. */
static struct {
	FUNCTIONS(POINTER)
} real;
static atomic_bool loaded;
static char problem[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static bool find(void *library, const char *name, void *to)
{
	*(void **)to = dlsym(library, name);
	return *(void **)to != NULL;
}

#define FIND(name) &&find(library, "pcap_" #name, &real.name)

static void load(void)
{
	void *library = NULL;

	for (size_t i = 0; library == NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	}
	if (library != NULL FUNCTIONS(FIND)) {
		atomic_store(&loaded, true);
		return;
	}
	(void)snprintf(problem, sizeof(problem),
	               "libpcap cannot be loaded (%.120s): install the package libpcap0.8",
	               library == NULL ? "there is none" : "it lacks a function");
}

const char *pcap_lazy_load(void)
{
	(void)pthread_once(&once, load);
	return atomic_load(&loaded) ? NULL : problem;
}

/* ---- what needs no handle ---- */

pcap_t *pcap_create(const char *device, char *why)
{
	const char *missing = pcap_lazy_load();

	if (missing != NULL) {
		(void)snprintf(why, PCAP_ERRBUF_SIZE, "%.200s", missing);
		return NULL;
	}
	return real.create(device, why);
}

pcap_t *pcap_open_dead(int link, int snaplen)
{
	return pcap_lazy_load() == NULL ? real.open_dead(link, snaplen) : NULL;
}

int pcap_findalldevs(pcap_if_t **all, char *why)
{
	return pcap_lazy_load() == NULL ? real.findalldevs(all, why) : PCAP_ERROR;
}

const char *pcap_datalink_val_to_description_or_dlt(int link)
{
	return pcap_lazy_load() == NULL ? real.datalink_val_to_description_or_dlt(link) : "unknown";
}

const char *pcap_statustostr(int status)
{
	return pcap_lazy_load() == NULL ? real.statustostr(status) : problem;
}

/* An empty program is freed where there was never a handle, and needs no library. */
void pcap_freecode(struct bpf_program *program)
{
	if (atomic_load(&loaded)) {
		real.freecode(program);
	}
}

/* ---- what has a handle, or what came of one ----
 *
 * It is loaded, unless the handle came of a function of libpcap's own that is not here, as tests
 * and measurements take theirs (pcap_open_offline): then this finds the same libpcap.
 */

#define HAND_ON(type, name, params, args)                                                          \
	type pcap_##name params                                                                    \
	{                                                                                          \
		(void)pcap_lazy_load();                                                            \
		return real.name args;                                                             \
	}

HAND_ON(int, activate, (pcap_t * p), (p))
HAND_ON(void, close, (pcap_t * p), (p))
HAND_ON(int, compile,
        (pcap_t * p, struct bpf_program *out, const char *text, int optimize, bpf_u_int32 netmask),
        (p, out, text, optimize, netmask))
HAND_ON(int, datalink, (pcap_t * p), (p))
HAND_ON(int, dispatch, (pcap_t * p, int n, pcap_handler call, u_char *arg), (p, n, call, arg))
HAND_ON(void, freealldevs, (pcap_if_t * all), (all))
HAND_ON(int, get_selectable_fd, (pcap_t * p), (p))
HAND_ON(int, get_tstamp_precision, (pcap_t * p), (p))
HAND_ON(char *, geterr, (pcap_t * p), (p))
HAND_ON(int, offline_filter,
        (const struct bpf_program *program, const struct pcap_pkthdr *h, const u_char *bytes),
        (program, h, bytes))
HAND_ON(int, set_buffer_size, (pcap_t * p, int bytes), (p, bytes))
HAND_ON(int, set_promisc, (pcap_t * p, int on), (p, on))
HAND_ON(int, set_snaplen, (pcap_t * p, int bytes), (p, bytes))
HAND_ON(int, set_timeout, (pcap_t * p, int ms), (p, ms))
HAND_ON(int, set_tstamp_precision, (pcap_t * p, int precision), (p, precision))
HAND_ON(int, setfilter, (pcap_t * p, struct bpf_program *program), (p, program))
HAND_ON(int, setnonblock, (pcap_t * p, int on, char *why), (p, on, why))
HAND_ON(int, stats, (pcap_t * p, struct pcap_stat *out), (p, out))
