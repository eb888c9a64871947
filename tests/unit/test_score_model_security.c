/* The security area of the built-in model over records written by hand. */
#include "tests/support/score_rows.h"

#include <math.h>

#include "tests/support/cases.h"

static const struct score_rows_case cases[] = {
	{ "tls_and_wss_are_encrypted_signalling",
	  "signalling_tls_share",
	  2.0 / 5,
	  5,
	  WHY_NOTHING,
	  { "Dialog contact=#1 transport=tls", "Dialog contact=#2 transport=wss",
	    "Dialog contact=#3 transport=udp", "Dialog contact=#4 transport=tcp",
	    "Dialog contact=#5 transport=ws" } },
	{ "a_leg_inside_the_host_is_no_leg",
	  "signalling_tls_share",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { "Dialog contact=#1 transport=tls loopback=false",
	    "Dialog contact=#2 transport=tls loopback=true", "Dialog contact=#3 transport=udp",
	    "Dialog contact=#4" } },
	{ "a_stream_that_sdp_announced_plain_is_not_encrypted",
	  "media_srtp_share",
	  1.0 / 2,
	  2,
	  WHY_NOTHING,
	  { "MediaStream ssrc=1 signalled=true encrypted=true",
	    "MediaStream ssrc=2 signalled=true encrypted=false" } },
	{ "a_stream_found_by_its_packets_says_nothing_of_encryption",
	  "media_srtp_share",
	  NAN,
	  0,
	  WHY_NONE_FITS,
	  { "MediaStream ssrc=1 signalled=false" } },
	{ "a_payment_outside_of_any_recording_is_safe",
	  "payment_recording_pause",
	  2.0 / 3,
	  3,
	  WHY_NOTHING,
	  { "Payment contact=#1 recorded=true covered=true", "Payment contact=#2 recorded=false",
	    "Payment contact=#3 recorded=true covered=false" } },
	{ "a_payment_of_which_nobody_says_anything_is_no_known_failure",
	  "payment_recording_pause",
	  1,
	  1,
	  WHY_NOTHING,
	  { "Payment contact=#1 covered=true", "Payment contact=#2",
	    "Payment contact=#3 recorded=true" } },
};

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, score_rows_check);
	return cases_run("score model: security", &c, NULL, NULL);
}
