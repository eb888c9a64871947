#include "tests/support/lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/slice.h"

#define OUTPUT_MAX_BYTES ((size_t)64 * 1024 * 1024)

void lab_sleep_ms(int ms)
{
	(void)poll(NULL, 0, ms);
}

const char *lab_path(const struct lab *lab, const char *name)
{
	static char paths[8][2 * LAB_PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", lab->dir, name);
	return path;
}

static void put_file(const struct lab *lab, const char *name, const char *text, const char *mode)
{
	FILE *file = fopen(lab_path(lab, name), mode);

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

void lab_write(const struct lab *lab, const char *name, const char *text)
{
	put_file(lab, name, text, "we");
}

void lab_append(const struct lab *lab, const char *name, const char *text)
{
	put_file(lab, name, text, "ae");
}

/* Our own programs by name, everything else by path. */
static const char *program_path(const char *program)
{
	static char path[LAB_PATH_MAX];
	const char *bin = getenv("CXM_BIN");

	if (strncmp(program, "cxmeter", 7) != 0) {
		return program;
	}
	(void)snprintf(path, sizeof(path), "%s/%s", bin != NULL ? bin : "build/release/bin",
	               program);
	return path;
}

static void child_runs(const char *program, char *const argv[], int out_fd, int err_fd)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is killed takes its programs along */
	if (dup2(out_fd, STDOUT_FILENO) < 0 || dup2(err_fd, STDERR_FILENO) < 0) {
		_exit(126);
	}
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)execv(program, argv);
	_exit(127);
}

static int exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool drain(int *fd, struct buf *to)
{
	uint8_t *room = buf_reserve(to, 65536);
	ssize_t n = room != NULL ? read(*fd, room, 65536) : 0;

	if (n > 0) {
		buf_commit(to, (size_t)n);
		return true;
	}
	if (n < 0 && errno == EINTR) {
		return true;
	}
	(void)close(*fd);
	*fd = -1;
	return false;
}

static void drain_both(int out_fd, int err_fd, struct lab_output *o)
{
	while (out_fd >= 0 || err_fd >= 0) {
		struct pollfd fds[2] = { { .fd = out_fd, .events = POLLIN },
			                 { .fd = err_fd, .events = POLLIN } };

		if (poll(fds, 2, -1) < 0 && errno != EINTR) {
			break;
		}
		if (fds[0].revents != 0) {
			(void)drain(&out_fd, &o->out);
		}
		if (fds[1].revents != 0) {
			(void)drain(&err_fd, &o->err);
		}
	}
}

void lab_run_argv(struct lab_output *o, char *const argv[])
{
	const char *program = program_path(argv[0]);
	int out_pipe[2];
	int err_pipe[2];
	int status = 0;
	pid_t pid;

	*o = (struct lab_output){ 0 };
	buf_init(&o->out, OUTPUT_MAX_BYTES);
	buf_init(&o->err, OUTPUT_MAX_BYTES);
	assert_int_equal(pipe2(out_pipe, O_CLOEXEC), 0);
	assert_int_equal(pipe2(err_pipe, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		child_runs(program, argv, out_pipe[1], err_pipe[1]);
	}
	(void)close(out_pipe[1]);
	(void)close(err_pipe[1]);
	drain_both(out_pipe[0], err_pipe[0], o);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	o->code = exit_code(status);
}

/* va_list to argv; the texts are only handed to exec, which does not change them */
static void collect(char **argv, size_t n, va_list args)
{
	const char *text;

	while ((text = va_arg(args, const char *)) != NULL) {
		assert_true(n + 1 < LAB_ARGS_MAX);
		memcpy(&argv[n++], &text, sizeof(text));
	}
	argv[n] = NULL;
}

void lab_run(struct lab_output *o, const char *program, ...)
{
	char *argv[LAB_ARGS_MAX];
	va_list args;

	memcpy(&argv[0], &program, sizeof(program));
	va_start(args, program);
	collect(argv, 1, args);
	va_end(args);
	lab_run_argv(o, argv);
}

void lab_output_free(struct lab_output *o)
{
	buf_free(&o->out);
	buf_free(&o->err);
}

void lab_expect_ok(const struct lab_output *o, const char *what)
{
	if (o->code != 0) {
		struct lab_output shown = *o;

		fail_msg("%s ended with code %d: %s", what, o->code, buf_text(&shown.err));
	}
}

static void run_ok(const char *a, const char *b, const char *c, const char *d, const char *e)
{
	struct lab_output o;

	lab_run(&o, a, b, c, d, e, NULL);
	lab_expect_ok(&o, a);
	lab_output_free(&o);
}

void lab_open(struct lab *lab, const char *site)
{
	const char *tmp = getenv("TMPDIR");
	const char *pki;

	*lab = (struct lab){ .port = 0 };
	(void)snprintf(lab->dir, sizeof(lab->dir), "%s/cxmeter-test.XXXXXX",
	               tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(lab->dir));
	(void)snprintf(lab->site, sizeof(lab->site), "%s", site);
	pki = lab_path(lab, "pki");
	run_ok("tools/pki.sh", "ca", pki, NULL, NULL);
	run_ok("tools/pki.sh", "collector", pki, "127.0.0.1", NULL);
	run_ok("tools/pki.sh", "agent", pki, site, "pbx1");
	run_ok("cxmeter-agent", "keygen", lab_path(lab, "site.key"), NULL, NULL);
}

void lab_share_key(const struct lab *lab, const struct lab *from)
{
	struct lab_output o;

	lab_run(&o, "/bin/cp", lab_path(from, "site.key"), lab_path(lab, "site.key"), NULL);
	lab_expect_ok(&o, "cp");
	lab_output_free(&o);
}

void lab_close(struct lab *lab)
{
	struct lab_output o;

	if (lab->agent > 0) {
		(void)lab_stop(&lab->agent, SIGKILL);
	}
	if (lab->collector > 0) {
		(void)lab_stop(&lab->collector, SIGKILL);
	}
	if (getenv("CXM_KEEP_LAB") == NULL) {
		lab_run(&o, "/bin/rm", "-rf", lab->dir, NULL);
		lab_output_free(&o);
	}
}

pid_t lab_spawn(const struct lab *lab, const char *log_name, const char *program, ...)
{
	char *argv[LAB_ARGS_MAX];
	const char *path = program_path(program);
	va_list args;
	pid_t pid;
	int fd;

	memcpy(&argv[0], &program, sizeof(program));
	va_start(args, program);
	collect(argv, 1, args);
	va_end(args);
	fd = open(lab_path(lab, log_name), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		child_runs(path, argv, fd, fd);
	}
	(void)close(fd);
	return pid;
}

int lab_stop(pid_t *pid, int signal)
{
	int status = 0;
	int waited_ms = 0;

	(void)kill(*pid, signal);
	while (waitpid(*pid, &status, WNOHANG) == 0) {
		if (waited_ms > LAB_PATIENCE_MS) {
			(void)kill(*pid, SIGKILL);
			(void)waitpid(*pid, &status, 0);
			*pid = 0;
			fail_msg("a program did not end within %d ms of signal %d", LAB_PATIENCE_MS,
			         signal);
		}
		lab_sleep_ms(5);
		waited_ms += 5;
	}
	*pid = 0;
	return exit_code(status);
}

static int read_port(const struct lab *lab)
{
	FILE *file = fopen(lab_path(lab, "port"), "re");
	char text[16] = "";
	uint64_t port = 0;

	if (file == NULL) {
		return 0;
	}
	if (fgets(text, sizeof(text), file) == NULL) {
		text[0] = '\0'; /* not written yet */
	}
	(void)fclose(file);
	return slice_u64(slice_trim(slice_of(text)), UINT16_MAX, &port) == 0 ? (int)port : 0;
}

void lab_start_collector(struct lab *lab)
{
	char text[4 * LAB_PATH_MAX];

	(void)unlink(lab_path(lab, "port"));
	/* a restarted collector comes back on the port the agent knows */
	(void)snprintf(text, sizeof(text),
	               "listen: 127.0.0.1:%d\nport_file: port\nca: pki/ca.pem\ncertificate: "
	               "pki/collector.pem\n"
	               "key: pki/collector.key\nstore: sqlite:%s/evidence.db\nlog_level: warning\n",
	               lab->port, lab->dir);
	lab_write(lab, "collector.yaml", text);
	lab->collector = lab_spawn(lab, "collector.err", "cxmeter-collector", "run", "-c",
	                           lab_path(lab, "collector.yaml"), NULL);
	for (int waited_ms = 0; (lab->port = read_port(lab)) == 0; waited_ms += 5) {
		if (waited_ms > LAB_PATIENCE_MS || waitpid(lab->collector, NULL, WNOHANG) != 0) {
			fail_msg("the collector did not start; see %s/collector.err", lab->dir);
		}
		lab_sleep_ms(5);
	}
}

void lab_write_agent(const struct lab *lab, const char *sources)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_printf(&b,
	           "site: %s\nagent: pbx1\nhost: pbx1\ntimezone: UTC\nsite_key: "
	           "site.key\nlog_level: warning\n"
	           "collector:\n  address: 127.0.0.1:%d\n  ca: pki/ca.pem\n  certificate: "
	           "pki/pbx1.pem\n  key: pki/pbx1.key\n"
	           "spool:\n  directory: spool\n",
	           lab->site, lab->port);
	if (sources[0] != '\0') {
		buf_printf(&b, "sources:\n%s", sources);
	}
	lab_write(lab, "agent.yaml", buf_text(&b));
	buf_free(&b);
}

void lab_start_agent(struct lab *lab)
{
	lab->agent = lab_spawn(lab, "agent.err", "cxmeter-agent", "run", "-c",
	                       lab_path(lab, "agent.yaml"), NULL);
}

void lab_replay(struct lab *lab, ...)
{
	const char *head[] = { "cxmeter-agent", "replay", "-c", lab_path(lab, "agent.yaml") };
	char *argv[LAB_ARGS_MAX];
	struct lab_output o;
	va_list args;

	memcpy(argv, head, sizeof(head));
	va_start(args, lab);
	collect(argv, 4, args);
	va_end(args);
	lab_run_argv(&o, argv);
	lab_expect_ok(&o, "replay");
	lab_output_free(&o);
}

static char *take_stdout(struct lab_output *o)
{
	char *text = strdup(buf_text(&o->out));

	assert_non_null(text);
	lab_output_free(o);
	return text;
}

static const char *store_url(const struct lab *lab)
{
	static char url[2 * LAB_PATH_MAX];

	(void)snprintf(url, sizeof(url), "sqlite:%s/evidence.db", lab->dir);
	return url;
}

char *lab_export(const struct lab *lab, const char *kind)
{
	struct lab_output o;

	lab_run(&o, "cxmeter", "export", "--store", store_url(lab), "--site", lab->site, "--record",
	        kind, "--format", "csv", NULL);
	lab_expect_ok(&o, "export");
	return take_stdout(&o);
}

char *lab_scorecard(const struct lab *lab)
{
	struct lab_output o;

	lab_run(&o, "cxmeter", "score", "--store", store_url(lab), "--site", lab->site,
	        "--provisional", "--format", "json", NULL);
	lab_expect_ok(&o, "score");
	return take_stdout(&o);
}

size_t lab_count_rows(const struct lab *lab, const char *kind)
{
	struct lab_output o;
	size_t lines = 0;

	lab_run(&o, "cxmeter", "export", "--store", store_url(lab), "--site", lab->site, "--record",
	        kind, "--format", "csv", NULL);
	for (size_t i = 0; o.code == 0 && i < o.out.len; i++) {
		lines += o.out.data[i] == '\n';
	}
	lab_output_free(&o);
	return lines > 0 ? lines - 1 : 0; /* the header is no row; an unknown site has none */
}

bool lab_wait_rows(const struct lab *lab, const char *kind, size_t rows)
{
	for (int waited_ms = 0; waited_ms < LAB_PATIENCE_MS; waited_ms += 50) {
		if (lab_count_rows(lab, kind) >= rows) {
			return true;
		}
		lab_sleep_ms(50);
	}
	return false;
}

json_t *lab_json(const char *path)
{
	json_error_t why;
	json_t *root = json_load_file(path, 0, &why);

	if (root == NULL) {
		fail_msg("%s:%d: %s", path, why.line, why.text);
	}
	return root;
}

void lab_csv_parse(struct lab_csv *csv, char *text)
{
	size_t lines = 0;
	size_t cells = 0;

	*csv = (struct lab_csv){ .text = text, .n_columns = 1 };
	for (const char *p = text; *p != '\0'; p++) {
		lines += *p == '\n';
		csv->n_columns += lines == 0 && *p == ',';
	}
	assert_true(lines > 0);
	csv->n_rows = lines - 1;
	csv->cells = calloc(lines * csv->n_columns, sizeof(*csv->cells));
	assert_non_null(csv->cells);
	csv->cells[cells++] = text;
	/* exports of these tests hold no quoted field: labels are queue and codec names */
	for (char *p = text; *p != '\0'; p++) {
		if (*p == ',' || *p == '\n') {
			*p = '\0';
			if (cells < lines * csv->n_columns) {
				csv->cells[cells++] = p + 1;
			}
		}
	}
	assert_int_equal(cells, lines * csv->n_columns);
}

const char *lab_csv_cell(const struct lab_csv *csv, size_t row, const char *column)
{
	for (size_t i = 0; i < csv->n_columns; i++) {
		if (strcmp(csv->cells[i], column) == 0) {
			return csv->cells[(row + 1) * csv->n_columns + i];
		}
	}
	fail_msg("the export has no column %s", column);
	return NULL;
}

int64_t lab_csv_int(const struct lab_csv *csv, size_t row, const char *column)
{
	const char *text = lab_csv_cell(csv, row, column);
	int64_t value = 0;

	if (slice_i64(slice_of(text), INT64_MIN, INT64_MAX, &value) != 0) {
		fail_msg("row %zu of the export: %s is \"%s\", no whole number", row, column, text);
	}
	return value;
}

double lab_csv_double(const struct lab_csv *csv, size_t row, const char *column)
{
	const char *text = lab_csv_cell(csv, row, column);
	double value = 0;

	if (slice_double(slice_of(text), false, &value) != 0) {
		fail_msg("row %zu of the export: %s is \"%s\", no number", row, column, text);
	}
	return value;
}

void lab_csv_free(struct lab_csv *csv)
{
	free(csv->text);
	free(csv->cells);
	*csv = (struct lab_csv){ 0 };
}
