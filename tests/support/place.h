/* An empty directory of a test's own. */
#pragma once

#include <stddef.h>

/** Make a directory and write the path of a file in it that is not there yet. @return 0 or -1. */
int place_make(char *path, size_t size, const char *file);

/** Remove the directory of such a path with all files in it. */
void place_remove(const char *path);
