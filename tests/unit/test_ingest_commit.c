#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ingest/commit.h"
#include "common/log.h"
#include "common/unconst.h"
#include "tests/support/catalog.h"
#include "tests/support/fake_store.h"
#include "tests/support/wire_agent.h"

#define EPOCH UINT64_C(42)

struct fixture {
	const struct cxm_catalog *catalog;
	struct fake_store *fs;
	struct store *store;
	struct store_counts counts;
	struct fault fault;
	struct job *jobs[COMMIT_BATCHES_MAX];
	size_t n;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	log_open("test", LOG_LEVEL_ERR);
	f->catalog = product_catalog();
	f->fs = fake_store_new(f->catalog, 10000);
	f->store = fake_store_as_store(f->fs);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < f->n; i++) {
		free(f->jobs[i]);
	}
	fake_store_free(f->fs);
	free(f);
	return 0;
}

/* One more job with a batch of an agent; its owner is the agent's name. Records of one site with
 * one number are one row, so agents get ranges of their own. */
static struct job *add(struct fixture *f, const char *agent, uint64_t first, uint32_t count)
{
	struct tls_identity who = { "nord", "" };
	struct buf records;
	struct job *job;

	(void)snprintf(who.agent, sizeof(who.agent), "%s", agent);
	buf_init(&records, FRAME_MAX_BYTES);
	wire_add_records(&records, first, count);
	job = job_new(JOB_BATCH, &who, cursor_of(records.data, records.len));
	assert_non_null(job);
	buf_free(&records);
	job->owner = unconst(agent);
	job->epoch = EPOCH;
	job->first_sequence = first;
	job->count = count;
	f->jobs[f->n++] = job;
	return job;
}

static struct job *add_hello(struct fixture *f, uint64_t first, const char *zone)
{
	const struct tls_identity who = { "nord", "pbx1" };
	struct job *job = job_new(JOB_HELLO, &who, cursor_of(NULL, 0));

	assert_non_null(job);
	job->epoch = EPOCH;
	job->first_sequence = first;
	(void)snprintf(job->timezone, sizeof(job->timezone), "%s", zone);
	f->jobs[f->n++] = job;
	return job;
}

static int commit(struct fixture *f)
{
	return commit_batches(f->store, f->jobs, f->n, &f->counts, &f->fault);
}

static void many_batches_are_one_transaction(void **state)
{
	struct fixture *f = *state;
	struct job *a = add(f, "pbx1", 1, 10);
	struct job *b = add(f, "pbx1", 11, 10);
	struct job *c = add(f, "pbx2", 101, 5);

	assert_int_equal(0, commit(f));
	assert_int_equal(1, fake_store_puts(f->fs));
	assert_int_equal(25, fake_store_rows(f->fs));
	assert_int_equal(25, f->counts.stored);
	assert_int_equal(JOB_DONE, a->outcome);
	assert_int_equal(10, a->acked);
	assert_int_equal(20, b->acked);
	assert_int_equal(105, c->acked);
}

static void batch_that_came_before_is_done_and_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct job *again;

	(void)add(f, "pbx1", 1, 10);
	assert_int_equal(0, commit(f));
	again = add(f, "pbx1", 1, 10);
	assert_int_equal(0, commit(f));
	assert_int_equal(JOB_DONE, again->outcome);
	assert_int_equal(10, fake_store_rows(f->fs));
	assert_int_equal(10, fake_store_acked(f->fs, "nord", "pbx1", EPOCH));
}

static void nothing_open_means_no_transaction(void **state)
{
	struct fixture *f = *state;

	(void)add_hello(f, 1, "");
	assert_int_equal(0, commit(f));
	assert_int_equal(0, fake_store_puts(f->fs));
}

static void hole_is_found_and_costs_only_its_sender(void **state)
{
	struct fixture *f = *state;
	struct job *first = add(f, "pbx1", 1, 10);
	struct job *other = add(f, "pbx2", 101, 10);
	struct job *hole = add(f, "pbx1", 12, 10);

	assert_int_equal(0, commit(f));
	assert_int_equal(JOB_DONE, first->outcome);
	assert_int_equal(JOB_DONE, other->outcome);
	assert_int_equal(JOB_HOLE, hole->outcome);
	assert_int_equal(10, fake_store_acked(f->fs, "nord", "pbx1", EPOCH));
	assert_int_equal(110, fake_store_acked(f->fs, "nord", "pbx2", EPOCH));
}

static void what_follows_a_hole_is_not_even_tried(void **state)
{
	struct fixture *f = *state;
	struct job *behind;

	(void)add(f, "pbx1", 1, 10);
	assert_int_equal(0, commit(f));
	(void)add(f, "pbx1", 12, 10);
	behind = add(f, "pbx1", 11, 11); /* would fit, but its session is refused */
	assert_int_equal(0, commit(f));
	assert_int_equal(JOB_HOLE, behind->outcome);
	assert_int_equal(10, fake_store_acked(f->fs, "nord", "pbx1", EPOCH));
}

static void batch_the_store_cannot_take_costs_only_its_sender(void **state)
{
	struct fixture *f = *state;
	struct job *bad = add(f, "pbx1", 1, 10);
	struct job *good = add(f, "pbx2", 101, 10);

	fake_store_fail(f->fs, -EBADMSG, 0, 2); /* the group, then the first alone */
	assert_int_equal(0, commit(f));
	assert_int_equal(JOB_BROKEN, bad->outcome);
	assert_int_equal(JOB_DONE, good->outcome);
}

static void full_disk_leaves_all_open(void **state)
{
	struct fixture *f = *state;
	struct job *a = add(f, "pbx1", 1, 10);
	struct job *b = add(f, "pbx2", 101, 10);

	fake_store_fail(f->fs, -ENOSPC, 0, 1);
	assert_int_equal(-ENOSPC, commit(f));
	assert_int_equal(JOB_OPEN, a->outcome);
	assert_int_equal(JOB_OPEN, b->outcome);
	assert_int_equal(0, fake_store_rows(f->fs));
	assert_int_equal(0, f->counts.stored);
	assert_int_equal(0, commit(f));
	assert_int_equal(JOB_DONE, a->outcome);
	assert_int_equal(20, fake_store_rows(f->fs));
}

static void full_disk_while_looking_for_a_hole_loses_nothing(void **state)
{
	struct fixture *f = *state;
	struct job *first;
	struct job *hole;
	struct job *last;

	(void)add(f, "pbx1", 1, 10);
	assert_int_equal(0, commit(f));
	first = add(f, "pbx2", 101, 10);
	hole = add(f, "pbx1", 12, 10);
	last = add(f, "pbx3", 201, 10);
	fake_store_fail(f->fs, -ENOSPC, 2, 1); /* the group fails by itself, the first fits */
	assert_int_equal(-ENOSPC, commit(f));
	assert_int_equal(JOB_DONE, first->outcome);
	assert_int_equal(JOB_OPEN, hole->outcome);
	assert_int_equal(JOB_OPEN, last->outcome);
	assert_int_equal(0, commit(f));
	assert_int_equal(JOB_DONE, first->outcome);
	assert_int_equal(JOB_HOLE, hole->outcome);
	assert_int_equal(JOB_DONE, last->outcome);
	assert_int_equal(30, fake_store_rows(f->fs));
}

static void hello_is_answered_with_the_watermark(void **state)
{
	struct fixture *f = *state;
	struct job *hello;

	(void)add(f, "pbx1", 1, 10);
	assert_int_equal(0, commit(f));
	hello = add_hello(f, 5, "");
	assert_int_equal(0, commit_hello(f->store, hello, &f->fault));
	assert_int_equal(JOB_DONE, hello->outcome);
	assert_int_equal(10, hello->acked);
}

static void hello_of_the_other_kind_of_evidence_is_turned_away(void **state)
{
	struct fixture *f = *state;
	struct job *hello = add_hello(f, 1, "Europe/Berlin");

	hello->simulated = true;
	assert_int_equal(0, commit_hello(f->store, hello, &f->fault));
	assert_int_equal(JOB_DONE, hello->outcome);
	hello = add_hello(f, 1, "Europe/Paris");
	assert_int_equal(0, commit_hello(f->store, hello, &f->fault));
	assert_int_equal(JOB_OTHER_KIND, hello->outcome);
	assert_int_equal(1, fake_store_zone_writes(f->fs));
}

static void hello_of_a_new_epoch_begins_at_its_first(void **state)
{
	struct fixture *f = *state;
	struct job *hello = add_hello(f, 5, "");

	assert_int_equal(0, commit_hello(f->store, hello, &f->fault));
	assert_int_equal(4, hello->acked);
}

static void hello_the_store_cannot_answer_stays_open(void **state)
{
	struct fixture *f = *state;
	struct job *hello = add_hello(f, 5, "");

	fake_store_fail_watermark(f->fs, -EIO, 1);
	assert_int_equal(-EIO, commit_hello(f->store, hello, &f->fault));
	assert_int_equal(JOB_OPEN, hello->outcome);
}

static void zone_is_written_once(void **state)
{
	struct fixture *f = *state;
	char zone[64] = "";

	for (unsigned i = 0; i < 3; i++) {
		struct job *hello = add_hello(f, 1, "Europe/Berlin");

		assert_int_equal(0, commit_hello(f->store, hello, &f->fault));
	}
	assert_int_equal(1, fake_store_zone_writes(f->fs));
	assert_int_equal(0, f->store->ops->zone(f->store, "nord", zone, sizeof(zone), NULL));
	assert_string_equal("Europe/Berlin", zone);
}

static void changed_zone_is_written(void **state)
{
	struct fixture *f = *state;
	char zone[64] = "";

	assert_int_equal(0, commit_hello(f->store, add_hello(f, 1, "Europe/Berlin"), &f->fault));
	assert_int_equal(0, commit_hello(f->store, add_hello(f, 1, "UTC"), &f->fault));
	assert_int_equal(0, f->store->ops->zone(f->store, "nord", zone, sizeof(zone), NULL));
	assert_string_equal("UTC", zone);
}

static void unknown_zone_is_not_kept(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(0, commit_hello(f->store, add_hello(f, 1, "Middle/Earth"), &f->fault));
	assert_int_equal(0, commit_hello(f->store, add_hello(f, 1, "../../etc/passwd"), &f->fault));
	assert_int_equal(0, fake_store_zone_writes(f->fs));
}

#define claim(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		claim(many_batches_are_one_transaction),
		claim(batch_that_came_before_is_done_and_changes_nothing),
		claim(nothing_open_means_no_transaction),
		claim(hole_is_found_and_costs_only_its_sender),
		claim(what_follows_a_hole_is_not_even_tried),
		claim(batch_the_store_cannot_take_costs_only_its_sender),
		claim(full_disk_leaves_all_open),
		claim(full_disk_while_looking_for_a_hole_loses_nothing),
		claim(hello_is_answered_with_the_watermark),
		claim(hello_of_the_other_kind_of_evidence_is_turned_away),
		claim(hello_of_a_new_epoch_begins_at_its_first),
		claim(hello_the_store_cannot_answer_stays_open),
		claim(zone_is_written_once),
		claim(changed_zone_is_written),
		claim(unknown_zone_is_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
