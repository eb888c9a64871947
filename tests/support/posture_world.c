#include "tests/support/posture_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "cxmeter/source.h"

void posture_world_open(struct posture_world *w, const char *yaml)
{
	char text[2048];
	struct fault fault = { 0 };
	void *conf = NULL;

	*w = (struct posture_world){ .conf = NULL };
	temp_open(&w->temp);
	(void)snprintf(text, sizeof(text), "root: %s\n%s\n", w->temp.dir, yaml);
	assert_int_equal(conf_parse(&w->doc, "test", text, strlen(text), &fault), 0);
	conf = arena_alloc(&w->doc.arena, posture_schema.struct_size);
	assert_non_null(conf);
	assert_int_equal(conf_bind(&w->doc, w->doc.root, &posture_schema, conf, &fault), 0);
	w->conf = conf;
	assert_int_equal(posture_report_init(&w->report), 0);
	w->scan = (struct posture_scan){
		.conf = w->conf, .now_us = POSTURE_NOW_US, .cancel_fd = -1, .report = &w->report
	};
}

void posture_world_close(struct posture_world *w)
{
	posture_report_free(&w->report);
	conf_free(&w->doc);
	temp_remove(&w->temp);
}

const char *posture_world_path(struct posture_world *w, const char *path)
{
	return temp_path(&w->temp, path[0] == '/' ? path + 1 : path);
}

void posture_world_file(struct posture_world *w, const char *path, const char *text)
{
	char folder[256];
	const char *full = posture_world_path(w, path);
	FILE *out;

	(void)snprintf(folder, sizeof(folder), "%s", full);
	for (char *slash = strchr(folder + strlen(w->temp.dir) + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdir(folder, 0755);
		*slash = '/';
	}
	out = fopen(full, "we");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

const struct posture_finding *posture_world_found(const struct posture_world *w, const char *check,
                                                  const char *subject)
{
	for (size_t i = 0; i < w->report.n; i++) {
		const struct posture_finding *f = &w->report.items[i];

		if (strcmp(f->check, check) == 0 &&
		    (subject == NULL || strcmp(f->subject, subject) == 0)) {
			return f;
		}
	}
	fail_msg("no finding %s of %s", check, subject != NULL ? subject : "anything");
	return NULL;
}

size_t posture_world_count(const struct posture_world *w, const char *check)
{
	size_t n = 0;

	for (size_t i = 0; i < w->report.n; i++) {
		n += strcmp(w->report.items[i].check, check) == 0;
	}
	return n;
}
