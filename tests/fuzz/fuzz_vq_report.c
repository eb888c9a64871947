/* The body of a session report (RFC 6035). */
#include "agent/decode/vq_report.h"
#include "agent/track/quality.h"
#include "tests/fuzz/observe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct quality *q = quality_new(observe(), 4);
	struct vq_report r;

	if (vq_report_parse((struct slice){ (const char *)data, size }, &r) == 0) {
		if (r.mos_cq > 500 || r.mos_lq > 500 || r.loss_percent > 10000) {
			abort();
		}
		quality_session(q, &r, INT64_C(1795323487000000000));
	}
	quality_free(q);
	return 0;
}
