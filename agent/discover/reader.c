#include "agent/discover/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buf.h"

#define FILE_MAX_BYTES ((size_t)1024 * 1024)
#define PATH_SIZE      1024

/* ---- passwd(5), group(5) ---- */

static bool below(const struct reader *r, const char *path, char out[PATH_SIZE])
{
	int n = snprintf(out, PATH_SIZE, "%s%s", r->root, path);

	return n >= 0 && n < PATH_SIZE;
}

static void read_file(const struct reader *r, const char *path, struct buf *out)
{
	char full[PATH_SIZE];
	int fd = below(r, path, full) ? open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	uint8_t *to;
	ssize_t n = 1;

	buf_init(out, FILE_MAX_BYTES);
	while (fd >= 0 && n > 0 && (to = buf_reserve(out, 4096)) != NULL) {
		n = read(fd, to, 4096);
		buf_commit(out, n > 0 ? (size_t)n : 0);
	}
	if (fd >= 0) {
		(void)close(fd);
	}
}

static int id_of(struct slice text, uint32_t *out)
{
	uint64_t id;

	if (slice_u64(text, UINT32_MAX - 1, &id) != 0) {
		return -EINVAL;
	}
	*out = (uint32_t)id;
	return 0;
}

static void add_group(struct reader *r, gid_t gid)
{
	if (r->n_groups < READER_GROUPS_MAX) {
		r->groups[r->n_groups++] = gid;
	}
}

/* name:password:uid:gid:... */
static void take_user(struct reader *r, struct slice line)
{
	struct slice name = slice_cut(&line, ':');
	uid_t uid;
	gid_t gid;

	(void)slice_cut(&line, ':');
	if (!r->known && slice_eq(name, slice_of(r->name)) &&
	    id_of(slice_cut(&line, ':'), &uid) == 0 && id_of(slice_cut(&line, ':'), &gid) == 0) {
		r->known = true;
		r->uid = uid;
		add_group(r, gid);
	}
}

/* name:password:gid:user,user */
static void take_group(struct reader *r, struct slice line)
{
	gid_t gid;

	(void)slice_cut(&line, ':');
	(void)slice_cut(&line, ':');
	if (id_of(slice_cut(&line, ':'), &gid) != 0) {
		return;
	}
	line = slice_trim(line);
	while (line.len > 0) {
		if (slice_eq(slice_trim(slice_cut(&line, ',')), slice_of(r->name))) {
			add_group(r, gid);
		}
	}
}

void reader_init(struct reader *r, const char *root, const char *name)
{
	struct slice rest;
	struct buf text;
	size_t len = strlen(root);

	while (len > 0 && root[len - 1] == '/') {
		len--;
	}
	*r = (struct reader){ .known = false };
	(void)snprintf(r->root, sizeof(r->root), "%.*s", (int)len, root);
	(void)snprintf(r->name, sizeof(r->name), "%s", name);
	read_file(r, "/etc/passwd", &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	while (rest.len > 0) {
		take_user(r, slice_cut(&rest, '\n'));
	}
	buf_free(&text);
	read_file(r, "/etc/group", &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	while (rest.len > 0 && r->known) {
		take_group(r, slice_cut(&rest, '\n'));
	}
	buf_free(&text);
}

static void group_name(const struct reader *r, gid_t gid, char out[READER_NAME_MAX])
{
	struct slice rest;
	struct buf text;

	(void)snprintf(out, READER_NAME_MAX, "%u", (unsigned)gid);
	read_file(r, "/etc/group", &text);
	rest = (struct slice){ (const char *)text.data, text.len };
	while (rest.len > 0) {
		struct slice line = slice_cut(&rest, '\n');
		struct slice name = slice_cut(&line, ':');
		gid_t id;

		(void)slice_cut(&line, ':');
		if (id_of(slice_cut(&line, ':'), &id) == 0 && id == gid && name.len > 0 &&
		    name.len < READER_NAME_MAX) {
			memcpy(out, name.at, name.len);
			out[name.len] = '\0';
			break;
		}
	}
	buf_free(&text);
}

/* ---- modes ---- */

static bool is_member(const struct reader *r, gid_t gid)
{
	for (size_t i = 0; i < r->n_groups; i++) {
		if (r->groups[i] == gid) {
			return true;
		}
	}
	return false;
}

/* The one class of the three that counts (path_resolution(7)). @param want  bits as for others. */
static bool may(const struct reader *r, const struct stat *st, mode_t want)
{
	if (r->known && r->uid == 0) {
		return true;
	}
	if (r->known && st->st_uid == r->uid) {
		return (st->st_mode & want << 6) == want << 6;
	}
	if (is_member(r, st->st_gid)) {
		return (st->st_mode & want << 3) == want << 3;
	}
	return (st->st_mode & want) == want;
}

static void explain(const struct reader *r, const char *path, const struct stat *st, mode_t want,
                    char why[READER_WHY_MAX])
{
	char group[READER_NAME_MAX];

	if (r->known && st->st_uid == r->uid) {
		(void)snprintf(why, READER_WHY_MAX,
		               "%.120s: it is its own, and closed to itself: chmod u+r", path);
		return;
	}
	group_name(r, st->st_gid, group);
	if ((st->st_mode & want << 3) == want << 3) {
		(void)snprintf(why, READER_WHY_MAX, "%.120s: usermod -aG %.40s %.40s", path, group,
		               r->name);
	} else {
		(void)snprintf(why, READER_WHY_MAX,
		               "%.120s: its group may not either: setfacl -m u:%.40s:%s", path,
		               r->name,
		               (want & S_IROTH) == 0   ? "x"
		               : (want & S_IXOTH) != 0 ? "rx"
		                                       : "r");
	}
}

/* Every folder above must let it through. The root itself is not asked: it is the host's "/". */
static enum reader_answer may_pass(const struct reader *r, char *full, char why[READER_WHY_MAX])
{
	for (char *slash = strchr(full + strlen(r->root) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		struct stat st;

		*slash = '\0';
		if (stat(full, &st) != 0) {
			*slash = '/';
			return READER_ABSENT;
		}
		if (!may(r, &st, S_IXOTH)) {
			explain(r, full + strlen(r->root), &st, S_IXOTH, why);
			*slash = '/';
			return READER_NO;
		}
		*slash = '/';
	}
	return READER_YES;
}

enum reader_answer reader_may(const struct reader *r, const char *path, char why[READER_WHY_MAX])
{
	char full[PATH_SIZE];
	struct stat st;
	enum reader_answer answer;
	mode_t want;

	why[0] = '\0';
	if (!below(r, path, full) || stat(full, &st) != 0) {
		return READER_ABSENT;
	}
	want = S_ISDIR(st.st_mode) ? S_IROTH | S_IXOTH : S_IROTH;
	answer = may_pass(r, full, why);
	if (answer == READER_YES && !may(r, &st, want)) {
		explain(r, path, &st, want, why);
		answer = READER_NO;
	}
	return answer;
}
