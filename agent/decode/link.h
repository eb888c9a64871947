/* From a captured frame to what its link header carries. Used by packet.c only. */
#pragma once

#include "agent/decode/packet.h"

#define LINK_DLT_ETHERNET   1
#define LINK_ETHERNET_BYTES 14

/* Types of content, as Ethernet numbers them. */
#define LINK_NONE     0 /* neither known nor needed */
#define LINK_IPV4     0x0800
#define LINK_IPV6     0x86dd
#define LINK_ETHERNET 0x6558 /* a frame within a tunnel: transparent Ethernet bridging */

/** Take the link header off, with VLAN tags and PPPoE. @return PACKET_OK with the type of what is
 * next, or what is wrong. */
enum packet_result link_enter(int dlt, struct cursor *c, uint16_t *type);

/** The same for a frame that is known to be Ethernet. */
enum packet_result link_enter_ethernet(struct cursor *c, uint16_t *type);
