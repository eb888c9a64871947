/*
 * The capture thread: reads frames, lets the trackers make records, pushes them into the ring.
 *
 * Reading a file waits while the ring is full or the agent has paused. Packets of an interface
 * cannot wait: there a record that finds no room for CAPTURE_WAIT_MS is dropped, and so are the
 * next ones until there is room; a Gap says how many.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/capture_follow.h"
#include "agent/sources/capture_impl.h"
#include "common/log.h"

#define POLL_MS     250 /* time goes on without packets */
#define RETRY_MS    2000
#define SHARE_NS    INT64_C(1000000000)
#define SUMMARY_MAX 2048

void capture_signal(int fd)
{
	uint64_t one = 1;
	ssize_t n;

	do {
		n = write(fd, &one, sizeof(one));
	} while (n < 0 && errno == EINTR);
}

void capture_clear(int fd)
{
	uint64_t count;
	ssize_t n;

	do {
		n = read(fd, &count, sizeof(count));
	} while (n < 0 && errno == EINTR);
}

const char *capture_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* ---- towards the main thread ---- */

static void wake_main(struct source *s)
{
	if (!atomic_exchange(&s->told, true)) {
		capture_signal(s->wake_main);
	}
}

/* Wait for room, resume or stop, or until the time is over. */
static void wait_for_main(struct source *s, int timeout_ms)
{
	struct pollfd fd = { .fd = s->wake_thread, .events = POLLIN };

	if (poll(&fd, 1, timeout_ms) > 0) {
		capture_clear(s->wake_thread);
	}
}

/* False: there is no room, and an interface does not wait any longer. The first time it only says
 * that it waits and looks again, because main may have made room in between. */
static bool push(struct source *s)
{
	bool live = s->plan.interface != NULL;
	int tries = 0;

	while (!ring_push(&s->ring, s->packed.data, (uint32_t)s->packed.len)) {
		if (live && (s->stuck || tries == 2)) {
			return false;
		}
		if (tries > 0) {
			wait_for_main(s, CAPTURE_WAIT_MS);
		}
		atomic_store(&s->waiting, true);
		wake_main(s);
		tries++;
	}
	return true;
}

static void on_record(void *arg, const ProtobufCMessage *m)
{
	struct source *s = arg;
	const struct cxm_kind *kind = cxm_kind_of(s->env.catalog, m->descriptor);

	buf_reset(&s->packed);
	s->stuck = cxm_record_append(kind, m, &s->packed) != 0 || !push(s);
	s->drops.records += s->stuck;
	wake_main(s);
}

/* ---- load ---- */

static uint32_t grown(uint32_t *last, uint32_t now)
{
	uint32_t by = now - *last;

	*last = now;
	return by;
}

static void read_drops(struct source *s)
{
	struct pcap_stat stats;

	if (s->input.pcap != NULL && pcap_stats(s->input.pcap, &stats) == 0) {
		s->drops.packets += grown(&s->drops.kernel, stats.ps_drop);
		s->drops.packets += grown(&s->drops.device, stats.ps_ifdrop);
	}
}

static const char *part_of(const struct source *s)
{
	return s->plan.interface != NULL ? s->plan.interface : "files";
}

/* How much this thread does, and whether it follows fewer calls from now on. */
static void watch_load(struct source *s, int64_t now_ns, bool at_end)
{
	struct sampling_load load = { .wall_ns = now_ns, .mono_us = env_mono_us(s->env.env) };
	uint32_t before_ppm = s->sampling.share_ppm;
	struct calls_counters n;

	if (!at_end && load.mono_us - s->sampling.looked.mono_us < SAMPLING_INTERVAL_US) {
		return;
	}
	read_drops(s);
	calls_counters(s->calls, &n);
	load.cpu_us = env_cpu_us(s->env.env);
	load.packets = n.frames;
	load.dropped = s->drops.packets + s->drops.records;
	load.begun = n.dialogs.dialogs;
	load.left_out = n.dialogs.left_out;
	sampling_watch(&s->sampling, &s->observer, part_of(s), &load, at_end);
	if (s->sampling.share_ppm != before_ppm) {
		log_info(CAPTURE_PART, "%s: follows %.4g %% of the calls from now on: %s",
		         part_of(s), s->sampling.share_ppm / SAMPLING_PPM_OF_PERCENT,
		         sampling_why(&s->sampling));
	}
}

/* `down` is NULL where nothing has changed about the interface. */
static void share_counters(struct source *s, const char *down)
{
	struct capture_share *to = s->share;

	(void)pthread_mutex_lock(&to->lock);
	calls_counters(s->calls, &to->calls);
	to->dropped_packets = s->drops.packets;
	to->dropped_records = s->drops.records;
	to->damaged_files = s->damaged;
	sampling_state(&s->sampling, &to->sampling);
	to->last_us = s->at_ns / 1000;
	if (down != NULL) {
		(void)snprintf(to->down, sizeof(to->down), "%s", down);
	}
	(void)pthread_mutex_unlock(&to->lock);
}

/* ---- files ---- */

static void share_progress(struct source *s)
{
	struct calls_counters n;
	uint64_t rejected = 0;

	calls_counters(s->calls, &n);
	for (int i = PACKET_OTHER + 1; i < PACKET_RESULTS; i++) {
		rejected += n.decoded[i];
	}
	for (int i = SIP_NOT_SIP + 1; i < SIP_RESULTS; i++) {
		rejected += n.sip[i];
	}
	atomic_store(&s->rejected, rejected + n.bad_time);
	if (s->input.in != NULL) {
		atomic_store(&s->read_bytes, s->done_bytes + instream_done_bytes(s->input.in));
	}
}

static void report_broken_file(struct source *s, const char *path, const char *why)
{
	struct gap gap = {
		.reason = CXM__GAP__REASON__MALFORMED,
		.part = capture_base_name(path),
		.from_ns = s->at_ns,
		.to_ns = s->at_ns,
		.detail = "capture file ends in damage",
	};

	s->failed = true;
	s->damaged++;
	log_err(CAPTURE_PART, "%s: %s; what came before it counts", path, why);
	if (s->at_ns > 0) {
		gap_emit(&s->observer, &gap);
	}
}

static void read_file(struct source *s, const char *path)
{
	const struct frame *frames;
	struct fault fault;
	int n;

	while (!atomic_load(&s->stopping) &&
	       (n = capture_input_next(&s->input, &frames, &fault)) != 0) {
		if (n < 0) {
			report_broken_file(s, path, fault.text);
			break;
		}
		s->at_ns = frames[n - 1].at_ns;
		watch_load(s, s->at_ns, false);
		calls_frames(s->calls, frames, (size_t)n);
		share_progress(s);
		while (atomic_load(&s->paused) && !atomic_load(&s->stopping)) {
			wait_for_main(s, -1);
		}
	}
	s->done_bytes += instream_size_bytes(s->input.in);
	capture_input_close(&s->input);
}

static void read_files(struct source *s)
{
	for (size_t i = 0; i < s->plan.n_files && !atomic_load(&s->stopping); i++) {
		const char *path = s->plan.files[i];
		struct fault fault;

		atomic_store(&s->file, i);
		if (!capture_input_is_open(&s->input) &&
		    capture_input_file(&s->input, path, s->conf->filter, &fault) != 0) {
			s->failed = true;
			s->damaged++;
			log_err(CAPTURE_PART, "%s", fault.text);
			continue;
		}
		read_file(s, path);
	}
}

/* ---- interfaces ---- */

static int64_t wall_ns(const struct source *s)
{
	return env_wall_us(s->env.env) * 1000;
}

/* Once a minute, and at the end: what was lost before it could be measured. */
static void watch_drops(struct source *s, int64_t now_ns, bool at_end)
{
	struct gap gap = { .reason = CXM__GAP__REASON__CAPTURE_DROPPED, .to_ns = now_ns };
	struct calls_counters n;

	if (!at_end && now_ns < s->drops.next_ns) {
		return;
	}
	s->drops.next_ns = now_ns + GAP_INTERVAL_NS;
	read_drops(s);
	calls_counters(s->calls, &n);
	gap.part = s->plan.interface;
	gap.seen = n.frames;
	gap_watch(&s->drops.packets_watch, &s->observer, &gap, s->drops.packets, at_end);
	gap.part = "ring";
	gap.seen = 0;
	gap_watch(&s->drops.records_watch, &s->observer, &gap, s->drops.records, at_end);
}

/* Once an hour at most: somebody should know why calls are missing. */
static void tell_encrypted(struct source *s, int64_t now_ns)
{
	struct calls_counters n;

	if (now_ns < s->tls_next_ns) {
		return;
	}
	calls_counters(s->calls, &n);
	if (n.tls_records == s->tls_told) {
		return;
	}
	s->tls_told = n.tls_records;
	s->tls_next_ns = now_ns + SIP_TLS_INTERVAL_NS;
	log_warn(CAPTURE_PART,
	         "interface %s: SIP inside TLS is passing (records=%" PRIu64 "): its calls cannot "
	         "be seen here; let the PBX mirror them to the source hep, or use ami or cel",
	         s->plan.interface, n.tls_records);
}

static void on_packet(u_char *arg, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct source *s = (void *)arg;
	struct frame f = capture_input_frame(&s->input, h, bytes);

	s->at_ns = f.at_ns;
	calls_frames(s->calls, &f, 1);
}

/* What it heard last lies in a block that is not full, and comes when that is retired. */
static void take_the_rest(struct source *s)
{
	struct pollfd fd = { .fd = pcap_get_selectable_fd(s->input.pcap), .events = POLLIN };

	capture_follow_clear(&s->input);
	(void)poll(&fd, 1, 2 * CAPTURE_RETIRE_MS);
	if ((fd.revents & POLLIN) != 0) {
		(void)pcap_dispatch(s->input.pcap, -1, on_packet, (u_char *)s);
	}
	capture_follow_deafen(&s->input);
}

void capture_interface_down(struct source *s, const char *why)
{
	char told[FAULT_TEXT_MAX]; /* it may be the handle's own text */

	(void)snprintf(told, sizeof(told), "%s", why);
	s->down = true;
	s->down_ns = wall_ns(s);
	log_warn(CAPTURE_PART, "interface %s: %s; looking again every %d s", s->plan.interface, why,
	         RETRY_MS / 1000);
	take_the_rest(s);
	watch_drops(s, wall_ns(s), true);
	share_counters(s, told);
}

static void report_down(struct source *s)
{
	struct gap gap = {
		.reason = CXM__GAP__REASON__SOURCE_DOWN,
		.part = s->plan.interface,
		.from_ns = s->down_ns,
		.to_ns = wall_ns(s),
	};

	gap_emit(&s->observer, &gap);
}

static void try_again(struct source *s)
{
	int rc;

	wait_for_main(s, RETRY_MS);
	if (atomic_load(&s->stopping)) {
		return;
	}
	rc = capture_follow(&s->input, s->conf);
	if (rc == 0) {
		log_info(CAPTURE_PART, "interface %s: back", s->plan.interface);
		s->down = false;
		report_down(s);
		share_counters(s, "");
	} else if (rc == -EMEDIUMTYPE) {
		share_counters(s, "another kind of link has its name now: restart the agent");
	}
}

static void share_now_and_then(struct source *s, int64_t now_ns)
{
	if (now_ns - s->shared_ns >= SHARE_NS || now_ns < s->shared_ns) {
		s->shared_ns = now_ns;
		read_drops(s);
		share_counters(s, NULL);
	}
}

static void listen_once(struct source *s)
{
	struct pollfd fds[] = {
		{ .fd = pcap_get_selectable_fd(s->input.pcap), .events = POLLIN },
		{ .fd = s->wake_thread, .events = POLLIN },
	};

	(void)poll(fds, 2, POLL_MS);
	if ((fds[1].revents & POLLIN) != 0) {
		capture_clear(s->wake_thread);
	}
	/* without frames it would look for errors itself, and keep silent of an interface that went
	 * down (libpcap 1.10): that is seen here alone */
	if ((fds[0].revents & POLLIN) != 0 &&
	    pcap_dispatch(s->input.pcap, -1, on_packet, (u_char *)s) == PCAP_ERROR) {
		capture_interface_down(s, pcap_geterr(s->input.pcap));
	} else if ((fds[0].revents & (POLLERR | POLLHUP)) != 0) {
		capture_interface_down(s, "it went down or away");
	}
}

static void listen_on(struct source *s)
{
	while (!atomic_load(&s->stopping)) {
		if (s->down) {
			try_again(s);
		} else {
			listen_once(s);
		}
		calls_tick(s->calls, wall_ns(s));
		watch_drops(s, wall_ns(s), false);
		watch_load(s, wall_ns(s), false);
		tell_encrypted(s, wall_ns(s));
		share_progress(s);
		share_now_and_then(s, wall_ns(s));
	}
	if (s->down) {
		report_down(s);
	}
	watch_drops(s, wall_ns(s), true);
}

/* ---- the thread ---- */

static void log_summary(struct source *s)
{
	struct buf text;

	buf_init(&text, SUMMARY_MAX);
	calls_summary(s->calls, &text);
	log_info(CAPTURE_PART, "%s: %s", s->plan.interface != NULL ? s->plan.interface : "files",
	         buf_text(&text));
	buf_free(&text);
}

void *capture_thread(void *source)
{
	struct source *s = source;

	s->observer.emit = (struct emit){ on_record, s };
	if (s->plan.interface != NULL) {
		listen_on(s);
	} else {
		read_files(s);
	}
	watch_load(s, s->plan.interface != NULL ? wall_ns(s) : s->at_ns, true);
	calls_finish(s->calls);
	share_counters(s, NULL);
	log_summary(s);
	atomic_store(&s->finished, true);
	wake_main(s);
	return NULL;
}
