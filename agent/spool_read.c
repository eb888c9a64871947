/*
 * Runs of records for the uplink, in order of their numbers, across entries and segments.
 *
 * Entries are checked again as they are read; what has gone bad since the start is stepped over,
 * counted, and shows as `lost` in the next run.
 */
#include "agent/spool_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cxmeter/record.h"

void spool_reader_init(struct spool *s)
{
	s->reader.fd = -1;
	segment_scan_init(&s->reader.scan, s->env);
	buf_init(&s->reader.run, SPOOL_ENTRY_MAX_BYTES);
}

void spool_reader_forget(struct spool *s)
{
	if (s->reader.fd >= 0) {
		(void)s->env->close(s->env->arg, s->reader.fd);
	}
	s->reader.fd = -1;
	s->reader.left = 0;
}

void spool_reader_free(struct spool *s)
{
	spool_reader_forget(s);
	segment_scan_free(&s->reader.scan);
	buf_free(&s->reader.run);
}

/* The segment that holds `sequence`, or the first one behind it. */
static struct spool_segment *segment_for(struct spool *s, uint64_t sequence)
{
	for (size_t i = 0; i < s->n_segments; i++) {
		if (s->segments[i].next > sequence && s->segments[i].next > s->segments[i].first) {
			return &s->segments[i];
		}
	}
	return NULL;
}

static struct spool_segment *open_segment(const struct spool *s)
{
	for (size_t i = 0; s->reader.fd >= 0 && i < s->n_segments; i++) {
		if (s->segments[i].first == s->reader.segment) {
			return &s->segments[i];
		}
	}
	return NULL;
}

static int begin_reading(struct spool *s, const struct spool_segment *segment)
{
	const struct env *e = s->env;
	struct spool_reader *r = &s->reader;
	char name[SEGMENT_NAME_BYTES];
	char path[SPOOL_PATH_MAX];
	int rc;

	spool_reader_forget(s);
	segment_name(segment->first, name);
	rc = spool_path(s, name, "", path);
	r->fd = rc == 0 ? e->open(e->arg, path, O_RDONLY | O_NOFOLLOW, 0) : rc;
	if (r->fd < 0) {
		rc = r->fd;
		r->fd = -1;
		return rc;
	}
	r->segment = segment->first;
	r->skips = 0;
	segment_scan_begin(&r->scan, r->fd, segment->salt, segment->end_bytes);
	return 0;
}

static void note_skip(struct spool *s, struct spool_segment *segment, uint64_t lost,
                      int64_t until_us)
{
	s->reader.skips++;
	if (s->reader.skips > segment->damaged) {
		segment->damaged++;
		spool_note_damage(s, lost, segment->oldest_us, until_us);
	}
}

/* The next entry of the open segment with records from `sequence` on. @return 1, 0 when it has no
 * more, -errno. */
static int next_in_segment(struct spool *s, struct spool_segment *segment, uint64_t sequence)
{
	struct spool_reader *r = &s->reader;
	struct segment_entry entry;
	int64_t skipped;
	int rc;

	r->scan.end_bytes = segment->end_bytes; /* it may have grown */
	while ((rc = segment_scan_next(&r->scan, &entry, &skipped)) == 1) {
		if (skipped > 0) {
			note_skip(s, segment,
			          entry.first_sequence > sequence ? entry.first_sequence - sequence
			                                          : 0,
			          entry.written_us);
		}
		if (entry.first_sequence >= segment->next) {
			return 0; /* never accepted */
		}
		if (entry.count > 0 && entry.first_sequence + entry.count > sequence) {
			r->next = entry.first_sequence;
			r->left = entry.count;
			r->records = entry.records;
			return 1;
		}
	}
	return rc;
}

/* Take the record at the front; false when the loaded entry has no more. */
static bool take_record(struct spool_reader *r, struct cursor *out)
{
	const uint8_t *from = r->records.at;
	struct cxm_packed packed;

	if (r->left == 0) {
		return false;
	}
	(void)cxm_record_next(&r->records, &packed); /* the scan has been through all of them */
	*out = cursor_of(from, (size_t)(r->records.at - from));
	r->left--;
	r->next++;
	return true;
}

/* Go on in the open segment until `sequence`, or the first number behind it, is at the front. */
static int advance(struct spool *s, struct spool_segment *segment, uint64_t sequence)
{
	struct spool_reader *r = &s->reader;
	struct cursor record;

	while (r->left == 0 || r->next < sequence) {
		if (r->left > 0) {
			(void)take_record(r, &record);
		} else {
			int rc = next_in_segment(s, segment, sequence);

			if (rc != 1) {
				return rc;
			}
		}
	}
	return 1;
}

/* Trouble that will not pass: the segment counts as lost, and the next one goes on. */
static bool is_gone(int rc)
{
	return rc == -ENOENT || rc == -EIO || rc == -ELOOP;
}

/* Make `sequence`, or the first number behind it that there is, the front of the reader. @return 1,
 * 0 at the end, -errno. */
static int seek(struct spool *s, uint64_t sequence)
{
	struct spool_segment *segment = open_segment(s);

	if (segment != NULL && (sequence < s->reader.next || sequence >= segment->next)) {
		segment = NULL;
	}
	for (;;) {
		int rc = 0;

		if (segment == NULL) {
			segment = segment_for(s, sequence);
			if (segment == NULL) {
				return 0;
			}
			rc = begin_reading(s, segment);
		}
		rc = rc == 0 ? advance(s, segment, sequence) : rc;
		if (rc == 1 || (rc < 0 && !is_gone(rc))) {
			return rc;
		}
		if (segment->next > sequence) { /* it held more when it was opened */
			note_skip(s, segment, segment->next - sequence, env_wall_us(s->env));
			sequence = segment->next;
		}
		segment = NULL;
	}
}

int spool_read(struct spool *s, uint64_t sequence, size_t max_bytes, struct spool_run *out)
{
	struct spool_reader *r = &s->reader;
	int rc = seek(s, sequence);

	if (rc != 1) {
		return rc;
	}
	buf_reset(&r->run);
	*out = (struct spool_run){ 0 };
	while (rc == 1 && (out->count == 0 || r->next == out->first_sequence + out->count)) {
		struct cursor before = r->records;
		struct cursor record;

		if (out->count == 0) {
			out->first_sequence = r->next;
			out->lost = r->next - sequence;
		}
		if (!take_record(r, &record)) {
			rc = seek(s, r->next);
			continue;
		}
		if (out->count > 0 && r->run.len + cursor_left(&record) > max_bytes) {
			r->records = before;
			r->left++;
			r->next--;
			break;
		}
		buf_add(&r->run, record.at, cursor_left(&record));
		if (r->run.failed) {
			return -ENOMEM;
		}
		out->count++;
	}
	out->records = cursor_of(r->run.data, r->run.len);
	return out->count > 0 ? 1 : rc;
}
