/* Opening captures and reading them; see the header. */
#include "agent/sources/capture_input.h"

#include <errno.h>
#include <string.h>

#include "agent/decode/packet.h"
#include "agent/sources/capture_follow.h"
#include "agent/sources/pcap_lazy.h"
#include "common/buf.h"

#define DEVICES_MAX_BYTES 1024 /* of names listed when one is wrong */
#define NS_PER_S          INT64_C(1000000000)

static void clear(struct capture_input *in)
{
	in->pcap = NULL;
	in->in = NULL;
	in->file = NULL;
	in->filter = NULL;
	in->program = (struct bpf_program){ 0 };
	in->program_link = -1;
	in->device_type = -1;
	in->ready = 0;
}

bool capture_input_is_open(const struct capture_input *in)
{
	return in->pcap != NULL || in->file != NULL;
}

static int check_link(int link, const char *name, struct fault *fault)
{
	if (packet_link_known(link)) {
		return 0;
	}
	return fault_set(fault, -EINVAL,
	                 "%s: frames of link type %s are not understood: capture on Ethernet, "
	                 "`any`, loopback or raw IP",
	                 name, pcap_datalink_val_to_description_or_dlt(link));
}

/* Leaves an empty program behind on failure. */
static int compile(pcap_t *pcap, const char *filter, struct bpf_program *out, struct fault *fault)
{
	if (pcap_compile(pcap, out, filter, 1, PCAP_NETMASK_UNKNOWN) == 0) {
		return 0;
	}
	*out = (struct bpf_program){ 0 };
	return fault_set(fault, -EINVAL, "filter \"%s\": %s (see pcap-filter(7))", filter,
	                 pcap_geterr(pcap));
}

/* Why pcap_open_dead gave none. */
static int no_handle(struct fault *fault)
{
	const char *missing = pcap_lazy_load();

	return missing != NULL ? fault_set(fault, -ENOENT, "%s", missing)
	                       : fault_set(fault, -ENOMEM, "out of memory");
}

/* ---- files ---- */

static ssize_t read_instream(void *arg, void *out, size_t len_bytes)
{
	return instream_read(arg, out, len_bytes);
}

static int compile_for(struct capture_input *in, int link, struct fault *fault)
{
	/* files write raw IP as 101 what libpcap calls DLT_RAW */
	pcap_t *dead = pcap_open_dead(link == 101 ? DLT_RAW : link, PCAPFILE_FRAME_MAX_BYTES);
	int rc;

	if (dead == NULL) {
		return no_handle(fault);
	}
	pcap_freecode(&in->program);
	rc = compile(dead, in->filter, &in->program, fault);
	in->program_link = rc == 0 ? link : -1;
	pcap_close(dead);
	return rc;
}

/* Keep the frames the filter lets through. @return how many, or negative. */
static int sift(struct capture_input *in, int n, struct fault *fault)
{
	int kept = 0;

	for (int i = 0; i < n && in->filter != NULL; i++) {
		const struct frame *f = &in->frames[i];
		struct pcap_pkthdr h = { .caplen = f->len_bytes, .len = f->wire_bytes };

		if (f->link != in->program_link && packet_link_known(f->link)) {
			int rc = compile_for(in, f->link, fault);

			if (rc != 0) {
				return rc;
			}
		}
		if (f->link != in->program_link ||
		    pcap_offline_filter(&in->program, &h, f->at) != 0) {
			in->frames[kept++] = *f;
		}
	}
	return in->filter != NULL ? kept : n;
}

static int read_batch(struct capture_input *in, struct fault *fault)
{
	int kept;

	do {
		int n = pcapfile_next(in->file, in->frames, CAPTURE_BATCH, fault);

		if (n <= 0) {
			return n;
		}
		kept = sift(in, n, fault);
	} while (kept == 0);
	return kept;
}

int capture_input_next(struct capture_input *in, const struct frame **frames, struct fault *fault)
{
	int n = in->ready;

	if (n == 0) {
		n = read_batch(in, fault);
	}
	in->ready = 0;
	*frames = in->frames;
	return n;
}

int capture_input_file(struct capture_input *out, const char *path, const char *filter,
                       struct fault *fault)
{
	int rc;

	clear(out);
	out->filter = filter;
	rc = instream_open(&out->in, path, fault);
	if (rc != 0) {
		out->in = NULL;
		return rc;
	}
	rc = pcapfile_open(&out->file, read_instream, out->in, fault);
	if (rc == 0) {
		rc = read_batch(out, fault);
	}
	if (rc < 0) {
		fault_prefix(fault, "%s", path);
	} else {
		out->ready = rc;
		rc = rc > 0 ? check_link(out->frames[0].link, path, fault) : 0;
	}
	if (rc != 0) {
		capture_input_close(out);
	}
	return rc;
}

/* ---- interfaces ---- */

static void list_devices(struct buf *out)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL;

	buf_init(out, DEVICES_MAX_BYTES);
	if (pcap_findalldevs(&all, why) != 0) {
		return;
	}
	for (const pcap_if_t *d = all; d != NULL; d = d->next) {
		if ((d->flags & PCAP_IF_UP) != 0) {
			buf_printf(out, "%s%s", out->len > 0 ? ", " : "", d->name);
		}
	}
	pcap_freealldevs(all);
}

static int explain_activate(pcap_t *pcap, const char *name, int rc, struct fault *fault)
{
	struct buf devices;

	switch (rc) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return fault_set(fault, -EPERM,
		                 "interface %s: no permission to capture: start the agent by its "
		                 "systemd unit or as root, or run `setcap cap_net_raw+ep` on it",
		                 name);
	case PCAP_ERROR_NO_SUCH_DEVICE:
		list_devices(&devices);
		rc = fault_set(fault, -ENODEV, "interface %s: there is none; there are: %s", name,
		               buf_text(&devices));
		buf_free(&devices);
		return rc;
	case PCAP_ERROR_IFACE_NOT_UP:
		return fault_set(fault, -ENETDOWN, "interface %s: it is down", name);
	default:
		break;
	}
	return fault_set(fault, -EIO, "interface %s: cannot capture: %s: %s", name,
	                 pcap_statustostr(rc), pcap_geterr(pcap));
}

int capture_input_set_filter(pcap_t *pcap, const char *filter, struct fault *fault)
{
	struct bpf_program program;
	int rc = 0;

	if (filter == NULL) {
		return 0;
	}
	rc = compile(pcap, filter, &program, fault);
	if (rc == 0 && pcap_setfilter(pcap, &program) != 0) {
		rc = fault_set(fault, -EINVAL, "filter \"%s\": %s", filter, pcap_geterr(pcap));
	}
	pcap_freecode(&program);
	return rc;
}

static int set_up(pcap_t *pcap, const struct capture_conf *conf, struct fault *fault)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int rc;

	/* these fail on a handle that is active already, and nothing else */
	(void)pcap_set_snaplen(pcap, (int)conf->snaplen_bytes);
	(void)pcap_set_promisc(pcap, conf->promiscuous);
	(void)pcap_set_timeout(pcap, CAPTURE_RETIRE_MS);
	(void)pcap_set_buffer_size(pcap, (int)conf->buffer_bytes);
	/* where the device cannot, it gives microseconds: see learn_link */
	(void)pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);
	rc = pcap_activate(pcap);
	if (rc < 0) {
		return explain_activate(pcap, conf->interface, rc, fault);
	}
	if (pcap_setnonblock(pcap, 1, why) != 0) {
		return fault_set(fault, -EIO, "interface %s: %s", conf->interface, why);
	}
	return capture_input_set_filter(pcap, conf->filter, fault);
}

static int learn_link(struct capture_input *in, const char *name, struct fault *fault)
{
	in->link = pcap_datalink(in->pcap);
	in->fraction_ns =
		pcap_get_tstamp_precision(in->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	return check_link(in->link, name, fault);
}

static int open_device(struct capture_input *out, const char *device,
                       const struct capture_conf *conf, struct fault *fault)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int rc;

	clear(out);
	out->pcap = pcap_create(device, why);
	if (out->pcap == NULL) {
		return fault_set(fault, -EIO, "interface %s: %s", conf->interface, why);
	}
	rc = set_up(out->pcap, conf, fault);
	if (rc == 0) {
		rc = learn_link(out, conf->interface, fault);
	}
	if (rc != 0) {
		capture_input_close(out);
	}
	return rc;
}

int capture_input_live(struct capture_input *out, const struct capture_conf *conf,
                       struct fault *fault)
{
	int rc = open_device(out, conf->interface, conf, fault);

	if (rc == 0) {
		out->device_type =
			capture_follow_type(pcap_get_selectable_fd(out->pcap), conf->interface);
	}
	return rc;
}

/* `any` is always there, and cooked: it reads what any kind of link carries. */
int capture_input_absent(struct capture_input *out, const struct capture_conf *conf,
                         struct fault *fault)
{
	int rc = open_device(out, "any", conf, fault);

	if (rc == 0) {
		capture_follow_deafen(out);
	}
	return rc;
}

void capture_input_close(struct capture_input *in)
{
	if (in->pcap != NULL) {
		pcap_close(in->pcap);
	}
	pcapfile_close(in->file);
	instream_close(in->in);
	pcap_freecode(&in->program);
	clear(in);
}

struct frame capture_input_frame(const struct capture_input *in, const struct pcap_pkthdr *h,
                                 const uint8_t *bytes)
{
	bool sound = h->ts.tv_sec >= 0 && h->ts.tv_sec <= UINT32_MAX;

	return (struct frame){
		.at = bytes,
		.len_bytes = h->caplen,
		.wire_bytes = h->len,
		.link = in->link,
		.at_ns = sound ? (int64_t)h->ts.tv_sec * NS_PER_S +
		                         (int64_t)h->ts.tv_usec * in->fraction_ns
		               : -1,
	};
}

int capture_input_filter(const char *filter, struct fault *fault)
{
	struct bpf_program program;
	pcap_t *dead;
	int rc;

	if (filter == NULL) {
		return 0;
	}
	dead = pcap_open_dead(DLT_EN10MB, PCAPFILE_FRAME_MAX_BYTES);
	if (dead == NULL) {
		return no_handle(fault);
	}
	rc = compile(dead, filter, &program, fault);
	pcap_freecode(&program);
	pcap_close(dead);
	return rc;
}
