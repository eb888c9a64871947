/* Looking at a drop folder without taking anything out of it; see dropbox_check.h. What it tells
 * repeats nothing of what stands in the files. */
#include "agent/sources/dropbox_check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/dropbox_list.h"
#include "agent/sources/dropbox_reader.h"
#include "common/keyring.h"
#include "proto/evidence.pb-c.h"

#define TOLD_MAX (FAULT_TEXT_MAX + DROPBOX_NAME_MAX + 32)

int dropbox_check_folder(const char *path, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		int rc = -errno;

		return fault_set(fault, rc,
		                 "%s: cannot read the folder: %s: create it, or name the one the "
		                 "other tools write to",
		                 path, strerror(-rc));
	}
	(void)close(fd);
	return 0;
}

static int check_keys(const char *directory, struct fault *fault)
{
	struct keyring *ring = NULL;
	int rc = keyring_open(&ring, directory, fault);

	if (rc == 0 && keyring_count(ring) == 0) {
		rc = fault_set(fault, 1,
		               "%s: no public key and no CA's certificate in it, so every "
		               "attestation counts as absent",
		               directory);
	}
	keyring_free(ring);
	return rc;
}

static int check_rules(const struct dropbox_conf *c, struct fault *fault)
{
	struct cxm_catalog catalog;
	struct dropbox_rules rules;
	int rc = cxm_catalog_init(&catalog, &cxm__evidence__descriptor, fault);

	if (rc != 0) {
		return rc;
	}
	rc = dropbox_rules_init(&rules, c, &catalog, NULL, "", fault);
	if (rc == 0) {
		dropbox_rules_free(&rules);
	}
	cxm_catalog_free(&catalog);
	return rc;
}

int dropbox_check(const void *conf, struct fault *fault)
{
	const struct dropbox_conf *c = conf;
	int rc = dropbox_check_folder(c->directory, fault);

	if (rc == 0 && access(c->directory, W_OK | X_OK) != 0) {
		rc = fault_set(fault, -errno,
		               "%s: the agent's user may not write there, so files could not be "
		               "moved away when they are read",
		               c->directory);
	}
	if (rc == 0) {
		rc = check_rules(c, fault);
	}
	if (rc == 0 && c->attestation_keys != NULL) {
		rc = check_keys(c->attestation_keys, fault);
	}
	return rc;
}

/* ---- what lies there ---- */

struct looking {
	const struct source_examine *e;
	const char *directory;
};

static void on_said(void *arg, const char *name, unsigned line, const char *why)
{
	const struct looking *l = arg;
	char text[TOLD_MAX];

	if (line > 0) {
		(void)snprintf(text, sizeof(text), "%s/%s:%u: %s", l->directory, name, line, why);
	} else {
		(void)snprintf(text, sizeof(text), "%s/%s: %s", l->directory, name, why);
	}
	l->e->tell(l->e->arg, text);
}

static void sum_up(struct looking *l, const struct dropbox_reader *r)
{
	char text[128];

	if (r->bad > 0) {
		(void)snprintf(text, sizeof(text),
		               "%" PRIu64 " rows would be used, %" PRIu64 " refused", r->good,
		               r->bad);
		on_said(l, r->name, 0, text);
	}
}

static void examine_file(struct looking *l, const struct dropbox_list *list,
                         const struct dropbox_file *f, struct dropbox_rules *rules)
{
	struct dropbox_reader r;
	ProtobufCMessage *m;
	struct stat st;
	int fd = dropbox_list_open(list, f, &st);
	int signature_fd = dropbox_list_open_signature(list, f);
	int rc;

	if (fd < 0) {
		on_said(l, f->name, 0, strerror(-fd));
		if (signature_fd >= 0) {
			(void)close(signature_fd);
		}
		return;
	}
	rc = dropbox_reader_open(
		&r,
		&(struct dropbox_input){ .source = "check",
	                                 .name = f->name,
	                                 .fd = fd,
	                                 .signature_fd = signature_fd < 0 ? -1 : signature_fd,
	                                 .say = on_said,
	                                 .arg = l },
		rules);
	while (rc == 0 || rc == 1 || rc == -EAGAIN) {
		unsigned look = 1000;

		rc = dropbox_reader_next(&r, &look, &m);
		if (rc == 0) {
			break;
		}
	}
	if (r.good == 0 && r.bad == 0) {
		dropbox_reader_note(&r, DROPBOX_BAD_EMPTY, 0, "there is no row in it");
	}
	dropbox_reader_finish(&r);
	sum_up(l, &r);
	dropbox_reader_close(&r);
}

static void examine_files(struct looking *l, struct dropbox_rules *rules)
{
	struct dropbox_list list;

	dropbox_list_init(&list, &env_system, "check", l->directory);
	if (dropbox_list_scan(&list) == 0) {
		for (size_t i = 0; i < list.count; i++) {
			if (list.files[i].size >= 0) {
				examine_file(l, &list, &list.files[i], rules);
			}
		}
	}
	dropbox_list_free(&list);
}

void dropbox_examine(const void *conf, const struct source_examine *e)
{
	const struct dropbox_conf *c = conf;
	struct looking l = { e, c->directory };
	struct cxm_catalog catalog;
	struct dropbox_rules rules;
	struct fault fault;

	if (cxm_catalog_init(&catalog, &cxm__evidence__descriptor, &fault) != 0) {
		e->tell(e->arg, fault.text);
		return;
	}
	/* what is wrong with the rules has been found by dropbox_check */
	if (dropbox_rules_init(&rules, c, &catalog, NULL, "", &fault) == 0) {
		examine_files(&l, &rules);
		dropbox_rules_free(&rules);
	}
	cxm_catalog_free(&catalog);
}
