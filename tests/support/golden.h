/* Texts that are compared with files in tests/golden. GOLDEN_UPDATE=1 in the environment rewrites
 * the files instead; the review reads the difference. */
#pragma once

/** Compare with tests/golden/NAME; a difference ends the test and shows the first line that
 * differs. */
void golden_check(const char *name, const char *text);
