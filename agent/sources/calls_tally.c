#include "agent/sources/calls_tally.h"

#include <stdio.h>

#define NAME_SIZE 64

static void tell_taken(const struct calls_counters *n, const struct source_tally *to)
{
	source_tell(to, SOURCE_TAKEN, "packets", n->frames);
	source_tell(to, SOURCE_TAKEN, "sip_messages", n->sip[SIP_OK]);
	source_tell(to, SOURCE_TAKEN, "rtp_packets", n->rtp);
	source_tell(to, SOURCE_TAKEN, "rtcp_packets", n->media.rtcp);
	source_tell(to, SOURCE_TAKEN, "dialogs", n->dialogs.dialogs);
	source_tell(to, SOURCE_TAKEN, "streams", n->media.reported);
	source_tell(to, SOURCE_TAKEN, "queue_contacts", n->queue.contacts);
}

/* A datagram on a SIP port that is no SIP is a keep-alive far more often than damage. */
static void tell_malformed(const struct calls_counters *n, const struct source_tally *to)
{
	for (int i = PACKET_OTHER + 1; i < PACKET_RESULTS; i++) {
		source_tell(to, SOURCE_MALFORMED, packet_result_name((enum packet_result)i),
		            n->decoded[i]);
	}
	for (int i = SIP_NOT_SIP + 1; i < SIP_RESULTS; i++) {
		char name[NAME_SIZE];

		(void)snprintf(name, sizeof(name), "sip_%s", sip_result_name((enum sip_result)i));
		source_tell(to, SOURCE_MALFORMED, name, n->sip[i]);
	}
	source_tell(to, SOURCE_MALFORMED, "bad_time", n->bad_time);
	source_tell(to, SOURCE_MALFORMED, "sdp_bad", n->sdp_bad);
	source_tell(to, SOURCE_MALFORMED, "rtcp_bad", n->media.rtcp_bad);
	source_tell(to, SOURCE_MALFORMED, "quality_report_bad", n->vq_bad);
	source_tell(to, SOURCE_MALFORMED, "fragments_overlapping", n->reasm.overlapping);
	source_tell(to, SOURCE_MALFORMED, "fragments_too_long", n->reasm.too_long);
	source_tell(to, SOURCE_MALFORMED, "tcp_too_long", n->tcp.overflows);
	source_tell(to, SOURCE_MALFORMED, "tcp_no_length", n->tcp.no_length);
	source_tell(to, SOURCE_MALFORMED, "tcp_resyncs", n->tcp.resyncs);
}

static void tell_lost(const struct calls_counters *n, const struct source_tally *to)
{
	source_tell(to, SOURCE_LOST, "not_sip_on_sip_port", n->sip[SIP_NOT_SIP]);
	source_tell(to, SOURCE_LOST, "fragments_incomplete", n->reasm.timed_out + n->reasm.cut);
	source_tell(to, SOURCE_LOST, "fragments_evicted", n->reasm.evicted);
	source_tell(to, SOURCE_LOST, "tcp_holes", n->tcp.holes);
	source_tell(to, SOURCE_LOST, "tcp_flows_evicted", n->tcp.evicted);
	source_tell(to, SOURCE_LOST, "dialogs_unknown", n->dialogs.unknown);
	source_tell(to, SOURCE_LOST, "dialogs_evicted", n->dialogs.evicted);
	source_tell(to, SOURCE_LOST, "streams_evicted", n->media.evicted);
	source_tell(to, SOURCE_LOST, "streams_refused", n->media.refused);
	source_tell(to, SOURCE_LOST, "quality_reports_evicted", n->media.quality_evicted);
	source_tell(to, SOURCE_LOST, "endpoints_evicted", n->media.endpoints_evicted);
	source_tell(to, SOURCE_LOST, "sender_reports_evicted", n->media.senders_evicted);
	source_tell(to, SOURCE_LOST, "queue_contacts_evicted", n->queue.evicted);
	source_tell(to, SOURCE_LOST, "encrypted_sip_records", n->tls_records);
	source_tell(to, SOURCE_LOST, "encrypted_sip_connections", n->tls_connections);
	source_tell(to, SOURCE_LOST, "formats_left_out", n->media.formats_left_out);
}

void calls_tally(const struct calls_counters *n, const struct source_tally *to)
{
	tell_taken(n, to);
	tell_malformed(n, to);
	tell_lost(n, to);
}
