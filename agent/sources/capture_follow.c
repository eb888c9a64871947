/* Rebinding a packet socket; see the header. */
#include "agent/sources/capture_follow.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_ether.h>

#define EVERYTHING 262144 /* bytes of a packet: as much as libpcap ever takes */

static struct ifreq named(const char *interface)
{
	struct ifreq r = { 0 };

	(void)snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", interface);
	return r;
}

int capture_follow_type(int fd, const char *interface)
{
	struct ifreq r = named(interface);

	return ioctl(fd, SIOCGIFHWADDR, &r) == 0 ? r.ifr_hwaddr.sa_family : -1;
}

/* A program of one instruction: take so many bytes of every packet; 0: none. */
static int take_all(pcap_t *pcap, uint32_t bytes)
{
	struct bpf_insn take = { .code = BPF_RET | BPF_K, .k = bytes };
	struct bpf_program program = { .bf_len = 1, .bf_insns = &take };

	return pcap_setfilter(pcap, &program) == 0 ? 0 : -EIO;
}

/* Where that fails, what comes meanwhile fills the buffer, and is dropped. */
void capture_follow_deafen(const struct capture_input *in)
{
	(void)take_all(in->pcap, 0);
}

void capture_follow_clear(const struct capture_input *in)
{
	socklen_t bytes = sizeof(int);
	int error;

	(void)getsockopt(pcap_get_selectable_fd(in->pcap), SOL_SOCKET, SO_ERROR, &error, &bytes);
}

static void see_all(int fd, int index)
{
	const struct packet_mreq all = { .mr_ifindex = index, .mr_type = PACKET_MR_PROMISC };

	(void)setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
}

static int hear(const struct capture_input *in, const char *filter)
{
	struct fault fault;

	return filter != NULL ? capture_input_set_filter(in->pcap, filter, &fault)
	                      : take_all(in->pcap, EVERYTHING);
}

int capture_follow(const struct capture_input *in, const struct capture_conf *conf)
{
	int fd = pcap_get_selectable_fd(in->pcap);
	struct ifreq r = named(conf->interface);
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };

	if (ioctl(fd, SIOCGIFINDEX, &r) != 0) {
		return -ENODEV;
	}
	at.sll_ifindex = r.ifr_ifindex;
	if (ioctl(fd, SIOCGIFFLAGS, &r) != 0 || (r.ifr_flags & IFF_UP) == 0) {
		return -ENETDOWN;
	}
	if (in->device_type >= 0 && capture_follow_type(fd, conf->interface) != in->device_type) {
		return -EMEDIUMTYPE;
	}
	capture_follow_clear(in);
	if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) != 0) {
		return -errno;
	}
	if (conf->promiscuous) {
		see_all(fd, at.sll_ifindex);
	}
	return hear(in, conf->filter);
}
