/*
 * libpcap, loaded when it is needed first: an agent without a capture source does without it and
 * what Debian's brings along (D-Bus, systemd, gcrypt, lzma, lz4: a megabyte of resident memory).
 *
 * pcap_lazy.c defines the functions of <pcap/pcap.h> that this program calls, under their own
 * names, and hands each call on. One that is called here and not defined there does not link.
 */
#pragma once

/** Load it. @return NULL when it is there, else why not, with what to do; static. */
const char *pcap_lazy_load(void);
