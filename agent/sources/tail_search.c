/* Siblings of a log; see tail_search.h. Reads directories and beginnings of files, keeps nothing.
 */
#include "agent/sources/tail_search.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/crc32c.h"
#include "common/log.h"

struct scan {
	const struct tail_search *s;
	const struct tail_place *place;
	const char *base; /* name of the log in its directory */
	size_t dir_len;   /* of s->path up to and with the last slash; 0: none */
	struct tail_found *best;
	bool found;
	unsigned looked;
	/* of tail_find_next */
	const struct tail_probe *at_path; /* NULL: nothing can be read there */
	/* of tail_find_place */
	bool best_is_same_inode;
	bool cut;
};

bool tail_same_inode(const struct tail_place *place, const struct tail_probe *probe)
{
	return place->dev == probe->dev && place->ino == probe->ino;
}

static bool same_head(const struct tail_place *place, const struct tail_probe *probe)
{
	return place->head_len > 0 && probe->head_len >= place->head_len &&
	       crc32c(0, probe->head, place->head_len) == place->head_crc;
}

bool tail_place_in(const struct tail_place *place, const struct tail_probe *probe)
{
	if (probe->size > 0 && probe->size < place->offset) {
		return false;
	}
	return place->head_len > 0 ? same_head(place, probe) : tail_same_inode(place, probe);
}

/* Two files one of which may be an older, shorter copy of the other. */
static bool begin_alike(const struct tail_probe *a, const struct tail_probe *b)
{
	size_t n = a->head_len < b->head_len ? a->head_len : b->head_len;

	return n > 0 && memcmp(a->head, b->head, n) == 0;
}

static bool is_sibling(const struct scan *scan, const char *name)
{
	size_t n = strlen(scan->base);

	return strncmp(name, scan->base, n) == 0 && (name[n] == '.' || name[n] == '-') &&
	       name[n + 1] != '\0';
}

/* A sibling with this name is there: look at it. 0: go on with the next name. */
static int look(struct scan *scan, const char *name, struct tail_found *f)
{
	int n;
	int rc;

	if (!is_sibling(scan, name)) {
		return -ENOENT;
	}
	if (++scan->looked > TAIL_SIBLINGS_MAX) {
		return -E2BIG;
	}
	n = snprintf(f->path, sizeof(f->path), "%.*s%s", (int)scan->dir_len, scan->s->path, name);
	if (n < 0 || (size_t)n >= sizeof(f->path)) {
		return -ENAMETOOLONG;
	}
	rc = tail_file_probe(scan->s->env, f->path, scan->s->handler, &f->probe);
	if (rc == -EACCES) {
		log_warn(scan->s->source, "%s: cannot read: %s; it is passed over", f->path,
		         strerror(-rc));
	}
	return rc;
}

static int consider_place(void *arg, const char *name)
{
	struct scan *scan = arg;
	struct tail_found f;
	bool same_inode;

	if (look(scan, name, &f) != 0) {
		return 0;
	}
	same_inode = tail_same_inode(scan->place, &f.probe);
	if (!tail_place_in(scan->place, &f.probe)) {
		scan->cut |= same_inode;
		return 0;
	}
	/* the order of names in a directory must not decide */
	if (!scan->found || same_inode > scan->best_is_same_inode ||
	    (same_inode == scan->best_is_same_inode && strcmp(f.path, scan->best->path) < 0)) {
		*scan->best = f;
		scan->found = true;
		scan->best_is_same_inode = same_inode;
	}
	return 0;
}

static bool begins_before(int64_t a_first_us, int64_t a_mtime_us, int64_t b_first_us,
                          int64_t b_mtime_us)
{
	return a_first_us != b_first_us ? a_first_us < b_first_us : a_mtime_us < b_mtime_us;
}

static int consider_next(void *arg, const char *name)
{
	struct scan *scan = arg;
	const struct tail_place *place = scan->place;
	struct tail_found f;

	if (look(scan, name, &f) != 0 || f.probe.first_us < 0) {
		return 0;
	}
	if (place->known &&
	    !begins_before(place->first_us, place->mtime_us, f.probe.first_us, f.probe.mtime_us)) {
		return 0;
	}
	if (place->head_len > 0 &&
	    (tail_same_inode(place, &f.probe) || same_head(place, &f.probe))) {
		return 0;
	}
	if (scan->at_path != NULL && begin_alike(scan->at_path, &f.probe)) {
		return 0;
	}
	if (!scan->found || begins_before(f.probe.first_us, f.probe.mtime_us,
	                                  scan->best->probe.first_us, scan->best->probe.mtime_us)) {
		*scan->best = f;
		scan->found = true;
	}
	return 0;
}

static bool run(struct scan *scan, env_name_fn consider)
{
	const struct tail_search *s = scan->s;
	const char *slash = strrchr(s->path, '/');
	char dir[TAIL_PATH_MAX] = ".";

	scan->base = slash != NULL ? slash + 1 : s->path;
	scan->dir_len = (size_t)(scan->base - s->path);
	if (scan->dir_len >= sizeof(dir)) {
		return false;
	}
	if (scan->dir_len > 0) {
		memcpy(dir, s->path, scan->dir_len);
		dir[scan->dir_len] = '\0';
	}
	(void)s->env->list_dir(s->env->arg, dir, consider, scan); /* unreadable: no siblings */
	if (scan->looked > TAIL_SIBLINGS_MAX) {
		log_warn(s->source,
		         "%s: more than %d rotated files beside it; some were not looked at",
		         s->path, TAIL_SIBLINGS_MAX);
	}
	return scan->found;
}

bool tail_find_place(const struct tail_search *s, const struct tail_place *place,
                     struct tail_found *out)
{
	struct scan scan = { .s = s, .place = place, .best = out };
	bool found = run(&scan, consider_place);

	out->cut = scan.cut;
	return found;
}

bool tail_find_next(const struct tail_search *s, const struct tail_place *place,
                    struct tail_found *out)
{
	struct scan scan = { .s = s, .place = place, .best = out };
	struct tail_probe at_path;

	if (tail_file_probe(s->env, s->path, s->handler, &at_path) == 0) {
		scan.at_path = &at_path;
	}
	return run(&scan, consider_next);
}
