/* Lines of /proc/self/mountinfo. */
#include "agent/decode/mountinfo.h"

#include <errno.h>
#include <stdio.h>

#include "tests/support/cases.h"

struct mount_case {
	const char *name;
	const char *line;
	const char *point; /* NULL: refused */
	const char *type;
	const char *from;
	unsigned major;
	unsigned minor;
};

static const struct mount_case cases[] = {
	{ "the_line_of_the_manual",
	  "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", "/mnt2",
	  "ext3", "/dev/root", 98, 0 },
	{ "no_further_field", "21 1 254:3 / / rw - xfs /dev/mapper/vg-root rw", "/", "xfs",
	  "/dev/mapper/vg-root", 254, 3 },
	{ "several_further_fields",
	  "50 21 0:45 / /srv rw,nosuid shared:3 master:1 unbindable - fuse.gocryptfs /srv/.sealed "
	  "rw",
	  "/srv", "fuse.gocryptfs", "/srv/.sealed", 0, 45 },
	{ "a_blank_in_a_path", "50 21 0:45 / /my\\040calls rw - ext4 /dev/sda1 rw", "/my calls",
	  "ext4", "/dev/sda1", 0, 45 },
	{ "no_hyphen", "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 ext3 /dev/root rw", NULL, NULL,
	  NULL, 98, 0 },
	{ "no_device", "36 35 x /mnt1 /mnt2 rw - ext3 /dev/root rw", NULL, NULL, NULL, 0, 0 },
	{ "a_zero_byte", "36 35 98:0 / /a\\000b rw - ext3 /dev/root rw", NULL, NULL, NULL, 98, 0 },
	{ "nothing", "", NULL, NULL, NULL, 0, 0 },
};

static void lines_are_read(void **state)
{
	const struct mount_case *c = *state;
	struct mount_line got = { 0 };
	bool good = mountinfo_line(slice_of(c->line), &got) == 0;

	assert_int_equal(good, c->point != NULL);
	assert_int_equal(got.major, c->major);
	assert_int_equal(got.minor, c->minor);
	assert_string_equal(good ? got.point : "", good ? c->point : "");
	assert_string_equal(good ? got.type : "", good ? c->type : "");
	assert_string_equal(good ? got.from : "", good ? c->from : "");
}

static void a_path_that_is_too_long_is_refused(void **state)
{
	char line[2 * MOUNT_TEXT_MAX];
	struct mount_line got;
	int n = snprintf(line, sizeof(line), "36 35 98:0 / /%0*d rw - ext3 /dev/root rw",
	                 MOUNT_TEXT_MAX, 0);

	(void)state;
	assert_int_equal(mountinfo_line((struct slice){ line, (size_t)n }, &got), -EBADMSG);
}

int main(void)
{
	static struct cases c;

	cases_table(&c, cases, lines_are_read);
	cases_test(&c, a_path_that_is_too_long_is_refused);
	return cases_run("decode_mountinfo", &c, NULL, NULL);
}
