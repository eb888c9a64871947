/*
 * Where frames come from: an interface through libpcap, or a file through agent/sources/pcapfile.h
 * over common/instream.h.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <pcap/pcap.h>

#include "agent/sources/capture.h"
#include "agent/sources/pcapfile.h"
#include "agent/track/frame.h"
#include "common/fault.h"
#include "common/instream.h"

#define CAPTURE_BATCH     256 /* frames at once */
#define CAPTURE_RETIRE_MS 100 /* the kernel hands over a block that is not full after so long */

struct capture_input {
	pcap_t *pcap;        /* of an interface; owned */
	struct instream *in; /* of a file; owned, as the next */
	struct pcapfile *file;
	int link;                   /* of the interface */
	int device_type;            /* the kind of link it had (ARPHRD_*); -1: any will do */
	uint32_t fraction_ns;       /* unit of the fraction in its packets' time stamps */
	const char *filter;         /* of a file; NULL: everything */
	struct bpf_program program; /* the filter, compiled for frames of program_link */
	int program_link;           /* -1: not compiled */
	int ready;                  /* frames read and not handed out yet */
	struct frame frames[CAPTURE_BATCH];
};

/** Nothing open: what capture_input_close leaves behind. */
bool capture_input_is_open(const struct capture_input *in);

/**
 * Open a capture file.
 * @param filter  kept; must outlive the input.
 * @return 0; -EINVAL for something else than a capture file, an unknown link type or a filter that
 * does not compile; -EBADMSG for damage before the first packet; -errno; explained.
 */
int capture_input_file(struct capture_input *out, const char *path, const char *filter,
                       struct fault *fault);

/**
 * The next frames of a file, valid until the next call.
 * @return how many (0 at the end), or a negative number, explained without the file's name.
 */
int capture_input_next(struct capture_input *in, const struct frame **frames, struct fault *fault);

/**
 * Open an interface for reading without waiting.
 * @return 0; -ENODEV when it does not exist (now), -ENETDOWN when it is down, -EPERM, -EINVAL for a
 * filter that does not compile, -EIO; explained.
 */
int capture_input_live(struct capture_input *out, const struct capture_conf *conf,
                       struct fault *fault);

/**
 * The same for one that is not there yet: open, and deaf until capture_follow (capture_follow.h).
 * @return 0, -EPERM, -EINVAL, -EIO; explained.
 */
int capture_input_absent(struct capture_input *out, const struct capture_conf *conf,
                         struct fault *fault);

/** Let only these packets through; NULL: everything. @return 0 or -EINVAL, explained. */
int capture_input_set_filter(pcap_t *pcap, const char *filter, struct fault *fault);

/** A packet of the interface as libpcap hands it out. */
struct frame capture_input_frame(const struct capture_input *in, const struct pcap_pkthdr *h,
                                 const uint8_t *bytes);

void capture_input_close(struct capture_input *in);

/** Does a filter compile? Needs no rights. @return 0 or -EINVAL, explained. */
int capture_input_filter(const char *filter, struct fault *fault);
