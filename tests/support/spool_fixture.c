#include "tests/support/spool_fixture.h"

#include <string.h>

#include "tests/support/packed.h"

int spool_fixture_open_again(struct spool_fixture *f)
{
	spool_close(f->spool);
	f->spool = NULL;
	return spool_open(&f->spool, fake_env_of(f->fake), &f->options, &f->fault);
}

int spool_fixture_setup(void **state)
{
	static struct spool_fixture f;
	static uint64_t seed; /* each test rolls its own dice */

	f = (struct spool_fixture){ .fake = fake_env_new(++seed), .next_id = 1 };
	f.options = (struct spool_options){ SPOOL_FIXTURE_DIR, 1 << 20, 4096 };
	buf_init(&f.records, 1 << 22);
	assert_int_equal(spool_fixture_open_again(&f), 0);
	*state = &f;
	return 0;
}

int spool_fixture_teardown(void **state)
{
	struct spool_fixture *f = *state;

	spool_close(f->spool);
	buf_free(&f->records);
	fake_env_free(f->fake);
	return 0;
}

void spool_fixture_crash(struct spool_fixture *f)
{
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_crash(f->fake);
	assert_int_equal(spool_fixture_open_again(f), 0);
}

void spool_fixture_power_cut(struct spool_fixture *f)
{
	spool_close(f->spool);
	f->spool = NULL;
	fake_env_power_cut(f->fake);
	assert_int_equal(spool_fixture_open_again(f), 0);
}

int spool_fixture_append_sized(struct spool_fixture *f, uint32_t count, size_t pad,
                               const char *source, const char *text)
{
	struct spool_checkpoint checkpoint = { source, cursor_of(text, strlen(text)) };
	struct spool_entry entry = { .count = count,
		                     .checkpoints = &checkpoint,
		                     .n_checkpoints = source[0] != '\0' };
	int rc;

	buf_reset(&f->records);
	for (uint32_t i = 0; i < count; i++) {
		packed_add(&f->records, f->next_id + i, pad);
	}
	entry.records = cursor_of(f->records.data, f->records.len);
	rc = spool_append(f->spool, &entry);
	f->next_id += rc == 0 ? count : 0;
	return rc;
}

void spool_fixture_append(struct spool_fixture *f, uint32_t count)
{
	assert_int_equal(spool_fixture_append_sized(f, count, 20, "", ""), 0);
}

struct spool_status spool_fixture_status(const struct spool_fixture *f)
{
	struct spool_status status;

	spool_status(f->spool, &status);
	return status;
}

uint64_t spool_fixture_read_all(struct spool_fixture *f, uint64_t sequence, uint64_t *lost)
{
	uint64_t read = 0;
	struct spool_run run;

	*lost = 0;
	while (spool_read(f->spool, sequence, 1000, &run) == 1) {
		assert_int_equal(run.first_sequence, sequence + run.lost);
		assert_true(run.count > 0);
		for (uint32_t i = 0; i < run.count; i++) {
			assert_int_equal(packed_next(&run.records), run.first_sequence + i);
		}
		assert_int_equal(cursor_left(&run.records), 0);
		*lost += run.lost;
		read += run.count;
		sequence = run.first_sequence + run.count;
	}
	return read;
}

void spool_fixture_expect_checkpoint(struct spool_fixture *f, const char *source, const char *want)
{
	struct cursor c = spool_checkpoint(f->spool, source);

	assert_int_equal(cursor_left(&c), strlen(want));
	assert_memory_equal(c.at, want, strlen(want));
}

unsigned spool_fixture_count_files(const struct spool_fixture *f, const char *suffix)
{
	unsigned n = 0;
	const char *path;

	for (size_t i = 0; (path = fake_env_path(f->fake, i)) != NULL; i++) {
		size_t len = strlen(path);

		n += len > strlen(suffix) && strcmp(path + len - strlen(suffix), suffix) == 0;
	}
	return n;
}
