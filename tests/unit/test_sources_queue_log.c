/*
 * The queue_log source as the agent sees it: what it accepts, refuses and emits, live and replayed;
 * and that dying at any moment, over a log that is rotated and cut meanwhile, neither loses nor
 * adds a record.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/sources/queue_log.h"
#include "tests/support/cases.h"
#include "tests/support/dice.h"
#include "tests/support/fake_agent.h"
#include "tests/support/feed_fixture.h"
#include "tests/support/log_folder.h"
#include "tests/support/tally.h"

#define RUN1_QUEUE "tests/data/run1/queue_log"

static const char *const names[] = { "u1", "u2", "Ana", "5550001", "5550002", NULL };

struct fixture {
	struct log_folder *folder;
	struct queue_log_conf conf;
	struct fake_agent *agent;
	struct fault fault;
	char path[LOG_FOLDER_PATH_MAX];
	const char *files[4];
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->folder = log_folder_new();
	(void)snprintf(f->path, sizeof(f->path), "%s", log_folder_file(f->folder, "queue_log"));
	f->conf = (struct queue_log_conf){ .file = f->path,
		                           .poll_ms = 500,
		                           .max_open = 8192,
		                           .max_age_ms = 86400000,
		                           .from_start = true };
	f->agent = fake_agent_new(&source_queue_log, &f->folder->env, &f->conf);
	f->agent->r.names = names;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	fake_agent_free(f->agent);
	log_folder_free(f->folder);
	free(f);
	return 0;
}

static void open_source(struct fixture *f)
{
	assert_int_equal(fake_agent_open(f->agent, &f->fault), 0);
}

static void read_all(struct fixture *f)
{
	while (queue_log_turn(f->agent->source)) {
	}
}

/* As the follower needs it to move on to a new file. */
static void pass_time(struct fixture *f)
{
	read_all(f);
	f->folder->mono_us += INT64_C(5000000);
	read_all(f);
}

static const char *got(struct fixture *f)
{
	return buf_text(&f->agent->r.out);
}

static void expect_fault(struct fixture *f, const char *part)
{
	assert_non_null(strstr(f->fault.text, part));
}

/* ---- configuration ---- */

static void defaults_are_what_the_help_says(void **state)
{
	static const char yaml[] = "file: /var/log/asterisk/queue_log\n";
	struct fixture *f = *state;
	struct queue_log_conf conf;
	struct conf_doc doc;

	assert_int_equal(conf_parse(&doc, "agent.yaml", yaml, sizeof(yaml) - 1, &f->fault), 0);
	assert_int_equal(conf_bind(&doc, doc.root, source_queue_log.schema, &conf, &f->fault), 0);
	assert_string_equal(conf.file, "/var/log/asterisk/queue_log");
	assert_int_equal(conf.poll_ms, 500);
	assert_int_equal(conf.max_open, 8192);
	assert_int_equal(conf.max_age_ms, 86400000);
	assert_true(conf.from_start);
	assert_int_equal(conf.files.count, 0);
	conf_free(&doc);
}

static int check(struct fixture *f)
{
	return source_queue_log.check(&f->conf, &f->fault);
}

static void check_passes_a_log_and_a_log_that_is_not_there_yet(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(check(f), 1); /* a warning */
	assert_non_null(strstr(f->fault.text, "queue_log: is not there (yet)"));
	log_folder_write(f->folder, "queue_log", "");
	assert_int_equal(check(f), 0);
	log_folder_write(f->folder, "queue_log", "1795322591|NONE|NONE|NONE|QUEUESTART|\n");
	assert_int_equal(check(f), 0);
}

static void check_wants_to_know_which_log(void **state)
{
	struct fixture *f = *state;

	f->conf.file = NULL;
	assert_int_equal(check(f), -EINVAL);
	expect_fault(f, "file");
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -EINVAL);
}

static void f07_check_refuses_utf16_with_a_hint(void **state)
{
	struct fixture *f = *state;
	char text[64];

	(void)snprintf(text, sizeof(text),
	               "\xff\xfe"
	               "1795322591|");
	log_folder_write(f->folder, "queue_log", text);
	assert_int_equal(check(f), -EINVAL);
	expect_fault(f, "iconv -f UTF-16 -t UTF-8");
}

static void check_refuses_a_log_of_another_kind(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log",
	                 "[2026-11-22 04:53:25] NOTICE[123]: pbx.c: hello\n");
	assert_int_equal(check(f), -EINVAL);
	expect_fault(f, "is no queue_log");
}

static void f08_check_refuses_links_and_devices(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink("/etc/passwd", f->path), 0);
	assert_int_equal(check(f), -ELOOP);
	log_folder_remove(f->folder, "queue_log");
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(check(f), -EINVAL);
}

static void check_looks_into_compressed_files_to_replay(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "old", "no log at all\n");
	log_folder_gzip(f->folder, "old");
	f->files[0] = log_folder_file(f->folder, "old.gz");
	f->conf.file = NULL;
	f->conf.files = (struct conf_list){ f->files, 1 };
	assert_int_equal(check(f), -EINVAL);
	expect_fault(f, "is no queue_log");
}

/* ---- following ---- */

static void record_goes_out_when_its_last_line_is_read(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1004|u1|sales|NONE|EXITEMPTY|1|1|4\n");
	open_source(f);
	read_all(f);
	assert_string_equal(got(f),
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1004 "
	                    "customer=<5550001> wait_ms=4000 outcome=exit_empty "
	                    "ended_by=system position=1\n");
}

static void quiet_minute_lets_abandons_go(void **state)
{
	struct fixture *f = *state;

	f->folder->wall_us = INT64_C(1003) * S_US;
	log_folder_write(f->folder, "queue_log",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1003|u1|sales|NONE|ABANDON|1|1|3\n");
	open_source(f);
	read_all(f);
	fake_agent_commit(f->agent);
	assert_string_equal(got(f), "");
	f->folder->wall_us += QUEUE_CALL_RESTART_US + QUEUE_CALL_LATE_US + 1;
	read_all(f);
	assert_string_equal(got(f),
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1003 "
	                    "customer=<5550001> wait_ms=3000 outcome=abandoned "
	                    "ended_by=caller position=1\n");
}

static void checkpoint_is_there_only_when_something_moved(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	buf_init(&out, 1 << 20);
	log_folder_write(f->folder, "queue_log", "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n");
	open_source(f);
	assert_int_equal(source_queue_log.checkpoint(f->agent->source, &out), 0);
	read_all(f);
	assert_int_equal(source_queue_log.checkpoint(f->agent->source, &out), 1);
	assert_int_equal(source_queue_log.checkpoint(f->agent->source, &out), 0);
	read_all(f);
	assert_int_equal(source_queue_log.checkpoint(f->agent->source, &out), 0);
	buf_free(&out);
}

static void lines_without_records_move_the_checkpoint(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log", "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n");
	open_source(f);
	read_all(f);
	assert_true(f->agent->touched > 0);
	assert_int_equal(f->agent->r.n_records, 0);
}

static void paused_source_reads_nothing(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1004|u1|sales|NONE|EXITEMPTY|1|1|4\n");
	open_source(f);
	source_queue_log.pause(f->agent->source);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 0);
	source_queue_log.resume(f->agent->source);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 1);
}

static void one_turn_reads_at_most_its_step(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;
	struct buf log;

	buf_init(&log, 1 << 21);
	for (unsigned i = 0; i < 20000; i++) {
		buf_printf(&log, "1000|u%05u|sales|NONE|ENTERQUEUE||5550001|1\n", i);
	}
	log_folder_write(f->folder, "queue_log", buf_text(&log));
	open_source(f);
	assert_true(queue_log_turn(f->agent->source));
	source_queue_log.progress(f->agent->source, &progress);
	assert_true(progress.done > 0 && progress.done <= UINT64_C(256) * 1024);
	assert_int_equal(progress.all, log.len);
	assert_string_equal(progress.what, "queue_log");
	buf_free(&log);
}

static void restart_of_the_agent_changes_no_record(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1002|u1|sales|Ana|CONNECT|2|m1|1\n");
	open_source(f);
	read_all(f);
	fake_agent_stop(f->agent);
	open_source(f);
	log_folder_append(f->folder, "queue_log", "1012|u1|sales|Ana|COMPLETEAGENT|2|10|1\n");
	read_all(f);
	assert_string_equal(got(f),
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1012 "
	                    "customer=<5550001> wait_ms=2000 outcome=answered agent=<Ana> "
	                    "connects=1 ring_ms=1000 talk_ms=10000 ended_by=agent position=1\n");
}

static void position_that_cannot_be_used_means_reading_anew(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1004|u1|sales|NONE|EXITEMPTY|1|1|4\n");
	buf_add_text(&f->agent->checkpoint, "from another version");
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->r.n_records, 1);
}

static void f02_cut_log_becomes_a_gap_between_its_neighbours(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log", "1000|NONE|NONE|Ana|PENALTY|1\n");
	open_source(f);
	read_all(f);
	log_folder_cut(f->folder, "queue_log");
	read_all(f);
	fake_agent_stop(
		f->agent); /* the gap waits for the first line behind it, across a restart */
	open_source(f);
	log_folder_append(f->folder, "queue_log", "1100|NONE|NONE|Ana|PENALTY|1\n");
	read_all(f);
	assert_string_equal(got(f), "Gap at=1000 reason=file_truncated part=queue_log seen=1100 "
	                            "to=1100\n");
}

static void lost_log_becomes_a_gap(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log", "1000|NONE|NONE|Ana|PENALTY|1\n");
	open_source(f);
	read_all(f);
	fake_agent_stop(f->agent);
	log_folder_remove(f->folder, "queue_log");
	log_folder_write(f->folder, "other", "");
	log_folder_write(f->folder, "queue_log", "1200|NONE|NONE|Ana|PENALTY|1\n");
	open_source(f);
	read_all(f);
	assert_non_null(strstr(got(f), "Gap at=1000 reason=file_"));
	assert_non_null(strstr(got(f), " to=1200\n"));
}

static void malformed_lines_and_unfinished_ones_are_counted(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;

	log_folder_write(f->folder, "queue_log",
	                 "rubbish\n1000|u1|sales|NONE|SURVEY|3\n2026-11-22|a|b|c|d\n1000|u1|sa");
	open_source(f);
	read_all(f);
	log_folder_rename(f->folder, "queue_log", "queue_log.1");
	log_folder_write(f->folder, "queue_log", "1001|u1|sales|NONE|SURVEY|3\n");
	pass_time(f);
	source_queue_log.progress(f->agent->source, &progress);
	assert_int_equal(progress.rejected, 3);
	assert_int_equal(progress.records, 0);
}

static void each_kind_of_malformed_line_has_its_counter(void **state)
{
	struct fixture *f = *state;
	struct tally t;

	log_folder_write(
		f->folder, "queue_log",
		"rubbish\n1000|u1|sales|NONE|SURVEY|3\n2026-11-22|a|b|c|d\n1000|a|b|c||\n");
	open_source(f);
	read_all(f);
	tally_of(&t, &source_queue_log, f->agent->source);
	assert_int_equal(tally_count(&t, SOURCE_TAKEN, "lines"), 1);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "too_few_fields"), 1);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "bad_time"), 1);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "no_verb"), 1);
	assert_int_equal(tally_count(&t, SOURCE_MALFORMED, "line_too_long"), 0);
	assert_int_equal(tally_count(&t, SOURCE_LOST, "verbs_ignored"), 1);
}

/* ---- dying ---- */

/* A log that is written, rotated, copied and cut, and compressed; every line also goes to a tracker
 * that never dies. */
struct history {
	struct fixture *f;
	struct feed_fixture *truth;
	struct buf lines;
	size_t at; /* of the next line to write */
	struct dice dice;
	unsigned parts; /* rotated so far */
	unsigned cuts;
};

static void write_some(struct history *h)
{
	struct slice rest = { (const char *)h->lines.data + h->at, h->lines.len - h->at };
	struct slice begin = rest;
	char text[2048] = "";
	size_t n;

	for (uint64_t i = dice_below(&h->dice, 12); i > 0 && rest.len > 0; i--) {
		(void)slice_cut(&rest, '\n');
	}
	n = begin.len - rest.len;
	assert_true(n < sizeof(text));
	memcpy(text, begin.at, n);
	h->at += n;
	log_folder_append(h->f->folder, "queue_log", text);
	feed_fixture_take(h->truth, text);
}

static void rotate(struct history *h)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "queue_log.%u", 900 - ++h->parts);
	log_folder_rename(h->f->folder, "queue_log", name);
	/* rotations are never as close together as here, within one tick of the file system's clock
	 */
	log_folder_touch(h->f->folder, name, 1000 + h->parts);
	if (dice_below(&h->dice, 3) == 0) {
		log_folder_gzip(h->f->folder, name);
	}
	log_folder_write(h->f->folder, "queue_log", "");
}

static void copy_and_cut(struct history *h)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "queue_log-%u", ++h->parts);
	log_folder_copy(h->f->folder, "queue_log", name);
	log_folder_touch(h->f->folder, name, 1000 + h->parts);
	if (dice_below(&h->dice, 3) == 0) {
		log_folder_zstd(h->f->folder, name);
	}
	log_folder_cut(h->f->folder, "queue_log");
	h->cuts++;
}

static void one_event(struct history *h)
{
	struct fixture *f = h->f;

	switch (dice_below(&h->dice, 16)) {
	case 0:
		rotate(h);
		break;
	case 1:
		copy_and_cut(h);
		break;
	case 2:
	case 3:
		fake_agent_kill(f->agent);
		open_source(f);
		break;
	case 4:
	case 5:
	case 6:
		fake_agent_commit(f->agent);
		break;
	case 7:
		f->folder->mono_us += INT64_C(5000000);
		break;
	case 8:
	case 9:
	case 10:
		(void)queue_log_turn(f->agent->source);
		break;
	default:
		write_some(h);
		break;
	}
}

static void settle(struct fixture *f)
{
	for (unsigned i = 0; i < 100; i++) {
		pass_time(f);
	}
	fake_agent_commit(f->agent);
}

static void rows_of_truth(struct feed_fixture *truth, struct fixture *f, struct buf *out)
{
	struct fake_agent *a = fake_agent_new(&source_queue_log, &f->folder->env, &f->conf);
	struct cursor c = cursor_of(truth->r.packed.data, truth->r.packed.len);
	struct cxm_packed packed;

	while (cxm_record_next(&c, &packed) == 1) {
		const struct cxm_kind *kind = cxm_kind_numbered(a->r.catalog, packed.number);

		fake_agent_keep(a, cxm_record_unpack(kind, packed.body, &a->arena));
	}
	fake_agent_rows(a, NULL, out);
	fake_agent_free(a);
}

static void dying_at_any_moment_changes_no_row(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++) {
		void *s = NULL;
		struct history h = { .dice = { seed } };
		struct buf want;
		struct buf have;

		assert_int_equal(setup(&s), 0);
		h.f = s;
		h.truth = feed_fixture_new(8192);
		buf_init(&h.lines, 1 << 20);
		buf_init(&want, 1 << 24);
		buf_init(&have, 1 << 24);
		h.f->folder->wall_us = 0; /* no quiet minute ever passes */
		h.f->agent->r.names = NULL;
		h.truth->r.names = NULL;
		feed_fixture_generate(seed, 600, &h.lines);
		log_folder_write(h.f->folder, "queue_log", "");
		open_source(h.f);
		while (h.at < h.lines.len) {
			one_event(&h);
		}
		settle(h.f);
		rows_of_truth(h.truth, h.f, &want);
		fake_agent_rows(h.f->agent, "reason=file_truncated", &have);
		assert_string_equal(buf_text(&have), buf_text(&want));
		assert_true(h.parts > 3 && h.cuts > 0);
		buf_free(&h.lines);
		buf_free(&want);
		buf_free(&have);
		feed_fixture_free(h.truth);
		assert_int_equal(teardown(&s), 0);
	}
}

/* ---- replay ---- */

static void name_files(struct fixture *f, size_t n)
{
	f->conf.file = NULL;
	f->conf.files = (struct conf_list){ f->files, n };
	f->agent->env.one_shot = true;
}

static void replay_reads_to_the_end_and_says_so_once(void **state)
{
	struct fixture *f = *state;
	struct source_progress progress;

	f->files[0] = RUN1_QUEUE;
	name_files(f, 1);
	open_source(f);
	read_all(f);
	read_all(f);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, 0);
	source_queue_log.progress(f->agent->source, &progress);
	assert_int_equal(progress.done, progress.all);
	assert_int_equal(progress.records, f->agent->r.n_records);
	assert_true(progress.records > 309);
}

static void replayed_parts_are_one_log_in_the_order_of_time(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log.1", "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n");
	log_folder_zstd(f->folder, "queue_log.1");
	log_folder_write(f->folder, "queue_log.2", "1012|u1|sales|Ana|COMPLETEAGENT|2|10|1\n");
	log_folder_write(f->folder, "queue_log", "1002|u1|sales|Ana|CONNECT|2|m1|1\n");
	log_folder_gzip(f->folder, "queue_log");
	f->files[0] = log_folder_file(f->folder, "queue_log.2");
	f->files[1] = log_folder_file(f->folder, "queue_log.gz");
	f->files[2] = log_folder_file(f->folder, "queue_log.1.zst");
	name_files(f, 3);
	open_source(f);
	read_all(f);
	assert_string_equal(got(f),
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1012 "
	                    "customer=<5550001> wait_ms=2000 outcome=answered agent=<Ana> "
	                    "connects=1 ring_ms=1000 talk_ms=10000 ended_by=agent position=1\n");
}

static void a_replayed_part_without_a_time_stays_behind_the_one_it_was_named_after(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "late", "1012|u1|sales|Ana|COMPLETEAGENT|2|10|1\n");
	log_folder_write(f->folder, "none", "nothing a queue_log holds\n");
	log_folder_write(f->folder, "early",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1002|u1|sales|Ana|CONNECT|2|m1|1\n");
	f->files[0] = log_folder_file(f->folder, "late");
	f->files[1] = log_folder_file(f->folder, "none");
	f->files[2] = log_folder_file(f->folder, "early");
	name_files(f, 3);
	open_source(f);
	read_all(f);
	assert_string_equal(got(f),
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1012 "
	                    "customer=<5550001> wait_ms=2000 outcome=answered agent=<Ana> "
	                    "connects=1 ring_ms=1000 talk_ms=10000 ended_by=agent position=1\n");
}

static void replay_emits_what_is_open_at_the_end(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log",
	                 "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n"
	                 "1001|u2|sales|NONE|ENTERQUEUE||5550002|2\n"
	                 "1002|u2|sales|NONE|ABANDON|2|2|1\n"
	                 "1003|u1|sales|NONE|unfinished");
	f->files[0] = f->path;
	name_files(f, 1);
	open_source(f);
	read_all(f);
	assert_string_equal(got(f),
	                    "QueueContact at=1001 contact=<u2> queue=sales entry=0 seen=1002 "
	                    "customer=<5550002> wait_ms=1000 outcome=abandoned ended_by=caller "
	                    "position=2\n"
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1000 "
	                    "customer=<5550001> outcome=unknown_end position=1\n");
}

static void replay_needs_nothing_but_files(void **state)
{
	struct fixture *f = *state;

	f->conf = (struct queue_log_conf){ .file = NULL };
	f->files[0] = RUN1_QUEUE;
	name_files(f, 1);
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->done_rc, 0);
	assert_true(f->agent->r.n_records > 309);
}

static void replay_makes_no_checkpoint(void **state)
{
	struct fixture *f = *state;
	struct buf out;

	buf_init(&out, 1 << 20);
	f->files[0] = RUN1_QUEUE;
	name_files(f, 1);
	open_source(f);
	read_all(f);
	assert_int_equal(source_queue_log.checkpoint(f->agent->source, &out), 0);
	buf_free(&out);
}

static void damaged_file_is_used_as_far_as_it_goes(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "a", "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n");
	log_folder_gzip(f->folder, "a");
	log_folder_damage(f->folder, "a.gz", 8);
	log_folder_write(f->folder, "b", "1004|u1|sales|NONE|EXITEMPTY|1|1|4\n");
	f->files[0] = log_folder_file(f->folder, "a.gz");
	f->files[1] = log_folder_file(f->folder, "b");
	name_files(f, 2);
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, -EBADMSG);
	assert_string_equal(got(f),
	                    "Gap at=1000 reason=malformed part=a.gz seen=1004 to=1004\n"
	                    "QueueContact at=1000 contact=<u1> queue=sales entry=0 seen=1004 "
	                    "customer=<5550001> wait_ms=4000 outcome=exit_empty "
	                    "ended_by=system position=1\n");
}

static void missing_file_is_refused_by_name(void **state)
{
	struct fixture *f = *state;

	f->files[0] = "/nowhere/queue_log";
	name_files(f, 1);
	assert_int_equal(fake_agent_open(f->agent, &f->fault), -ENOENT);
	expect_fault(f, "/nowhere/queue_log");
}

static void file_without_one_good_line_is_a_failure(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log", "this\nis\nno log\n");
	f->files[0] = f->path;
	name_files(f, 1);
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->done_rc, -EBADMSG);
}

static void empty_file_is_no_failure(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log", "");
	f->files[0] = f->path;
	name_files(f, 1);
	open_source(f);
	read_all(f);
	assert_int_equal(f->agent->done, 1);
	assert_int_equal(f->agent->done_rc, 0);
}

/* ---- the loop ---- */

static void loop_runs_a_replay_to_its_end(void **state)
{
	struct fixture *f = *state;

	f->files[0] = RUN1_QUEUE;
	name_files(f, 1);
	f->agent->env.base = event_base_new();
	open_source(f);
	/* with nothing left to wait for, the loop ends by itself */
	assert_int_equal(event_base_dispatch(f->agent->env.base), 1);
	assert_int_equal(f->agent->done, 1);
	fake_agent_kill(f->agent);
	event_base_free(f->agent->env.base);
}

static void paused_and_stopped_sources_leave_the_loop(void **state)
{
	struct fixture *f = *state;

	log_folder_write(f->folder, "queue_log", "1000|u1|sales|NONE|ENTERQUEUE||5550001|1\n");
	f->agent->env.base = event_base_new();
	open_source(f);
	source_queue_log.pause(f->agent->source);
	assert_int_equal(event_base_dispatch(f->agent->env.base), 1);
	source_queue_log.resume(f->agent->source);
	assert_int_equal(event_base_loop(f->agent->env.base, EVLOOP_NONBLOCK), 0);
	source_queue_log.stop(f->agent->source);
	assert_int_equal(event_base_dispatch(f->agent->env.base), 1);
	assert_true(f->agent->touched > 0);
	fake_agent_kill(f->agent);
	event_base_free(f->agent->env.base);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(defaults_are_what_the_help_says),
		TEST(check_passes_a_log_and_a_log_that_is_not_there_yet),
		TEST(check_wants_to_know_which_log),
		TEST(f07_check_refuses_utf16_with_a_hint),
		TEST(check_refuses_a_log_of_another_kind),
		TEST(f08_check_refuses_links_and_devices),
		TEST(check_looks_into_compressed_files_to_replay),
		TEST(record_goes_out_when_its_last_line_is_read),
		TEST(quiet_minute_lets_abandons_go),
		TEST(checkpoint_is_there_only_when_something_moved),
		TEST(lines_without_records_move_the_checkpoint),
		TEST(paused_source_reads_nothing),
		TEST(one_turn_reads_at_most_its_step),
		TEST(restart_of_the_agent_changes_no_record),
		TEST(position_that_cannot_be_used_means_reading_anew),
		TEST(f02_cut_log_becomes_a_gap_between_its_neighbours),
		TEST(lost_log_becomes_a_gap),
		TEST(malformed_lines_and_unfinished_ones_are_counted),
		TEST(each_kind_of_malformed_line_has_its_counter),
		cmocka_unit_test(dying_at_any_moment_changes_no_row),
		TEST(replay_reads_to_the_end_and_says_so_once),
		TEST(replayed_parts_are_one_log_in_the_order_of_time),
		TEST(a_replayed_part_without_a_time_stays_behind_the_one_it_was_named_after),
		TEST(replay_emits_what_is_open_at_the_end),
		TEST(replay_needs_nothing_but_files),
		TEST(replay_makes_no_checkpoint),
		TEST(damaged_file_is_used_as_far_as_it_goes),
		TEST(missing_file_is_refused_by_name),
		TEST(file_without_one_good_line_is_a_failure),
		TEST(empty_file_is_no_failure),
		TEST(loop_runs_a_replay_to_its_end),
		TEST(paused_and_stopped_sources_leave_the_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
