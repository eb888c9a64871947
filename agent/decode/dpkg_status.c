#include "agent/decode/dpkg_status.h"

/* "install ok installed": the third word says whether the files are there. */
static bool is_installed(struct slice status)
{
	static const char *const there[] = { "installed", "unpacked", "half-configured",
		                             "triggers-awaited", "triggers-pending" };
	struct slice state;

	(void)slice_cut(&status, ' ');
	(void)slice_cut(&status, ' ');
	state = slice_trim(status);
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++) {
		if (slice_eq(state, slice_of(there[i]))) {
			return true;
		}
	}
	return false;
}

/* "asterisk" or "asterisk (1:20.6.0~dfsg-1)" */
static void take_source(struct slice value, struct dpkg_package *out)
{
	struct slice rest = value;

	out->source = slice_trim(slice_cut(&rest, '('));
	out->source_version = slice_trim(slice_cut(&rest, ')'));
}

static void take_field(struct slice line, struct dpkg_package *out)
{
	struct slice value = line;
	struct slice name = slice_cut(&value, ':');

	value = slice_trim(value);
	if (slice_ieq(name, SLICE("Package"))) {
		out->name = value;
	} else if (slice_ieq(name, SLICE("Version"))) {
		out->version = value;
	} else if (slice_ieq(name, SLICE("Status"))) {
		out->installed = is_installed(value);
	} else if (slice_ieq(name, SLICE("Source"))) {
		take_source(value, out);
	}
}

int dpkg_status_next(struct slice *rest, struct dpkg_package *out)
{
	*out = (struct dpkg_package){ 0 };
	while (rest->len > 0) {
		struct slice line = slice_cut(rest, '\n');
		bool blank = slice_trim(line).len == 0;

		if (!blank && line.at[0] != ' ' && line.at[0] != '\t') {
			take_field(line, out);
		}
		if (!blank && rest->len > 0) {
			continue;
		}
		if (out->name.len > 0 && out->version.len > 0) {
			out->source = out->source.len > 0 ? out->source : out->name;
			out->source_version =
				out->source_version.len > 0 ? out->source_version : out->version;
			return 1;
		}
		*out = (struct dpkg_package){ 0 };
	}
	return 0;
}
