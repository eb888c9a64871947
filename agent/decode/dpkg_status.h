/* The list of packages that dpkg keeps (/var/lib/dpkg/status; deb-control(5) is its syntax), one
 * paragraph after the other. Pure; what it hands out lies in the text. */
#pragma once

#include <stdbool.h>

#include "common/slice.h"

struct dpkg_package {
	struct slice name;
	struct slice version;
	struct slice source;         /* the name, where no other is given */
	struct slice source_version; /* the version, where no other is given */
	bool installed;              /* unpacked at least: its files are there */
};

/** Take the next paragraph that names a package and a version from the front of `rest`, which is
 * the whole file at the first call. @return 1, or 0 at the end. */
int dpkg_status_next(struct slice *rest, struct dpkg_package *out);
