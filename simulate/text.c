/* Spelling of identities; see text.h. */
#include "simulate/text.h"

#include <inttypes.h>
#include <stdio.h>

#define SERIAL_BITS 20
#define FIRST_STAFF 900 /* lower ids are agents */

const char *sim_identity(enum cxm_domain domain, uint64_t id, char out[SIM_NAME_MAX])
{
	switch (domain) {
	case CXM_CONTACT:
		if (id >> SERIAL_BITS != 0) {
			(void)snprintf(out, SIM_NAME_MAX, "%" PRIu64 ".%" PRIu64, id >> SERIAL_BITS,
			               id & ((UINT64_C(1) << SERIAL_BITS) - 1));
		} else {
			(void)snprintf(out, SIM_NAME_MAX, "c%" PRIu64, id);
		}
		break;
	case CXM_STAFF:
		(void)snprintf(out, SIM_NAME_MAX, "%s %03" PRIu64,
		               id < FIRST_STAFF ? "Agent" : "Staff", id);
		break;
	case CXM_ADDRESS:
		(void)snprintf(out, SIM_NAME_MAX, "%u.%u.%u.%u", (unsigned)(id >> 24 & 255),
		               (unsigned)(id >> 16 & 255), (unsigned)(id >> 8 & 255),
		               (unsigned)(id & 255));
		break;
	case CXM_CUSTOMER:
	case CXM_REFERENCE:
	default:
		(void)snprintf(out, SIM_NAME_MAX, "%" PRIu64, id);
		break;
	}
	return out;
}
