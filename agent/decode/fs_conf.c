/* Parameters out of XML; see fs_conf.h. Owns nothing. */
#include "agent/decode/fs_conf.h"

#include <stddef.h>
#include <string.h>

static struct slice skip(struct slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct slice){ s.at + n, s.len - n };
}

/* Where `what` stands in the text; its length where it does not. */
static size_t find(struct slice text, struct slice what)
{
	for (size_t i = 0; i + what.len <= text.len; i++) {
		if (memcmp(text.at + i, what.at, what.len) == 0) {
			return i;
		}
	}
	return text.len;
}

/* The next tag without its < and >; comments are stepped over. */
static bool next_tag(struct slice *rest, struct slice *tag)
{
	for (;;) {
		const char *open = slice_find(*rest, '<');
		size_t end;

		if (open == NULL) {
			return false;
		}
		*rest = skip(*rest, (size_t)(open - rest->at));
		if (slice_starts(*rest, SLICE("<!--"))) {
			end = find(*rest, SLICE("-->"));
			*rest = skip(*rest, end + 3);
			continue;
		}
		end = find(*rest, SLICE(">"));
		*tag = (struct slice){ rest->at + 1, end - 1 };
		*rest = skip(*rest, end + 1);
		return true;
	}
}

/* The value of an attribute; empty when it is not there. */
static struct slice attribute(struct slice tag, struct slice name)
{
	size_t at = find(tag, name);
	struct slice rest = slice_trim(skip(tag, at + name.len));
	const char *end;

	if (at == tag.len || rest.len < 2 || rest.at[0] != '=') {
		return (struct slice){ NULL, 0 };
	}
	rest = slice_trim(skip(rest, 1));
	if (rest.len < 2 || (rest.at[0] != '"' && rest.at[0] != '\'')) {
		return (struct slice){ NULL, 0 };
	}
	end = slice_find(skip(rest, 1), rest.at[0]);
	return end != NULL ? (struct slice){ rest.at + 1, (size_t)(end - rest.at) - 1 }
	                   : (struct slice){ NULL, 0 };
}

/* What does not fit, or comes from a variable, is not known. */
static void keep(struct slice raw, char out[FS_CONF_VALUE_BYTES])
{
	static const struct {
		struct slice text;
		char c;
	} entities[] = { { { "&amp;", 5 }, '&' },
		         { { "&lt;", 4 }, '<' },
		         { { "&gt;", 4 }, '>' },
		         { { "&quot;", 6 }, '"' },
		         { { "&apos;", 6 }, '\'' } };
	size_t len = 0;

	out[0] = '\0';
	if (raw.len >= FS_CONF_VALUE_BYTES || find(raw, SLICE("$${")) < raw.len) {
		return;
	}
	while (raw.len > 0) {
		size_t n = 1;
		char c = raw.at[0];

		for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
			if (slice_starts(raw, entities[i].text)) {
				c = entities[i].c;
				n = entities[i].text.len;
			}
		}
		out[len++] = c;
		raw = skip(raw, n);
	}
	out[len] = '\0';
}

void fs_conf_read(struct slice text, struct fs_conf *out)
{
	struct slice tag;
	uint64_t port;

	memset(out, 0, sizeof(*out));
	while (next_tag(&text, &tag)) {
		struct slice name = attribute(tag, SLICE("name"));
		struct slice value = attribute(tag, SLICE("value"));

		if (!slice_starts(tag, SLICE("param"))) {
			continue;
		}
		if (slice_eq(name, SLICE("listen-ip"))) {
			keep(value, out->listen_ip);
		} else if (slice_eq(name, SLICE("listen-port")) &&
		           slice_u64(value, UINT16_MAX, &port) == 0) {
			out->port = (uint16_t)port;
		} else if (slice_eq(name, SLICE("password"))) {
			keep(value, out->password);
		} else if (slice_eq(name, SLICE("apply-inbound-acl"))) {
			keep(value, out->acl);
		}
	}
	/* 0.0.0.0, :: and any address of an interface can be reached from elsewhere */
	out->listens_wide = out->listen_ip[0] != '\0' && strncmp(out->listen_ip, "127.", 4) != 0 &&
	                    strcmp(out->listen_ip, "::1") != 0 &&
	                    strcmp(out->listen_ip, "localhost") != 0;
}
