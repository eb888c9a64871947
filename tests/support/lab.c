#include "tests/support/lab.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/slice.h"
#include "tests/support/temp.h"

const char *lab_path(const struct lab *lab, const char *name)
{
	static char paths[8][2 * LAB_PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 8];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", lab->temp.dir, name);
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

static void run_ok(const char *a, const char *b, const char *c, const char *d, const char *e)
{
	struct lab_output o;

	lab_run(&o, a, b, c, d, e, NULL);
	lab_expect_ok(&o, a);
	lab_output_free(&o);
}

void lab_open(struct lab *lab, const char *site)
{
	const char *pki;

	*lab = (struct lab){ .port = 0 };
	temp_open(&lab->temp);
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
	if (lab->agent > 0) {
		(void)lab_stop(&lab->agent, SIGKILL);
	}
	if (lab->collector > 0) {
		(void)lab_stop(&lab->collector, SIGKILL);
	}
	if (getenv("CXM_KEEP_LAB") == NULL) {
		temp_remove(&lab->temp);
	}
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
	               lab->port, lab->temp.dir);
	lab_write(lab, "collector.yaml", text);
	lab->collector = lab_spawn(lab, "collector.err", "cxmeter-collector", "run", "-c",
	                           lab_path(lab, "collector.yaml"), NULL);
	for (int waited_ms = 0; (lab->port = read_port(lab)) == 0; waited_ms += 5) {
		if (waited_ms > LAB_PATIENCE_MS || waitpid(lab->collector, NULL, WNOHANG) != 0) {
			fail_msg("the collector did not start; see %s/collector.err",
			         lab->temp.dir);
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
	const char *argv[LAB_ARGS_MAX];
	struct lab_output o;
	va_list args;

	memcpy(argv, head, sizeof(head));
	va_start(args, lab);
	lab_collect(argv, 4, args);
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

	(void)snprintf(url, sizeof(url), "sqlite:%s/evidence.db", lab->temp.dir);
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
