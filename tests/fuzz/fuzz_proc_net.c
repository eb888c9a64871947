/* Lines of any bytes as sockets and interfaces of the kernel. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "agent/decode/proc_net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size };

	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');
		struct proc_net_socket s;
		struct proc_net_device d;

		(void)proc_net_socket(line, &s);
		if (proc_net_device(line, &d) == 0) {
			assert(d.name[0] != '\0' && strlen(d.name) < sizeof(d.name));
		}
	}
	return 0;
}
