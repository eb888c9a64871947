#include "agent/posture/listeners.h"

#include "agent/decode/proc_net.h"
#include "agent/posture/host_file.h"

static bool has(const struct listeners *all, const struct listener *l)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->at[i].port == l->port && net_addr_eq(all->at[i].address, l->address)) {
			return true;
		}
	}
	return false;
}

static void add(struct listeners *all, const struct listener *l)
{
	if (has(all, l)) {
		return; /* SO_REUSEPORT: a socket a thread */
	}
	if (all->n == LISTENERS_MAX) {
		all->beyond++;
		return;
	}
	all->at[all->n++] = *l;
}

static int read_table(const struct posture_scan *scan, const char *path, struct listeners *out)
{
	struct buf text;
	struct slice rest;
	int rc;

	buf_init(&text, LISTENERS_MAX_BYTES);
	rc = host_read(scan, path, false, &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	while (rc >= 0 && rest.len > 0) {
		struct proc_net_socket s;

		if (proc_net_socket(slice_cut(&rest, '\n'), &s) == 0 &&
		    s.state == PROC_NET_TCP_LISTEN) {
			add(out, &(struct listener){ s.address, s.port });
		}
	}
	buf_free(&text);
	return rc < 0 ? rc : 0;
}

void listeners_read(const struct posture_scan *scan, struct listeners *out)
{
	*out = (struct listeners){ 0 };
	out->error = read_table(scan, "/proc/net/tcp", out);
	(void)read_table(scan, "/proc/net/tcp6", out); /* a host without version 6 has none */
}
