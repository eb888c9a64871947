/* Where a model comes from: a file, or the one that is compiled in, so that the program needs none.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/conf.h"
#include "common/env.h"
#include "cxmeter/model.h"

/* The bytes of model/talkdesk.yaml; the assembler reads the file (the Makefile knows that this
 * object depends on it). */
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        "model_builtin_begin:\n"
        ".incbin \"model/talkdesk.yaml\"\n"
        "model_builtin_end:\n"
        ".balign 8\n"
        "model_builtin_size:\n"
        ".8byte model_builtin_end - model_builtin_begin\n"
        ".popsection\n");
extern const char model_builtin_begin[];
extern const uint64_t model_builtin_size;

int model_builtin(struct model **out, const struct cxm_catalog *catalog, struct fault *fault)
{
	return model_parse(out, "model/talkdesk.yaml (built in)", model_builtin_begin,
	                   (size_t)model_builtin_size, catalog, fault);
}

int model_load(struct model **out, const char *path, const struct cxm_catalog *catalog,
               struct fault *fault)
{
	const struct env *e = &env_system;
	struct stat st;
	char *data;
	ssize_t n;
	int fd = e->open(e->arg, path, 0, 0);
	int rc;

	if (fd < 0) {
		return fault_set(fault, fd, "%s: cannot open the model: %s", path, strerror(-fd));
	}
	rc = e->fstat(e->arg, fd, &st);
	if (rc == 0 && (!S_ISREG(st.st_mode) || st.st_size > (off_t)CONF_FILE_MAX_BYTES)) {
		rc = -EFBIG;
	}
	if (rc != 0) {
		(void)e->close(e->arg, fd);
		return fault_set(fault, rc, "%s: not a file of at most %zu bytes", path,
		                 CONF_FILE_MAX_BYTES);
	}
	data = malloc((size_t)st.st_size + 1);
	n = data != NULL ? env_pread_all(e, fd, data, (size_t)st.st_size, 0) : -ENOMEM;
	(void)e->close(e->arg, fd);
	rc = n >= 0 ? model_parse(out, path, data, (size_t)n, catalog, fault)
	            : fault_set(fault, (int)n, "%s: cannot read: %s", path, strerror((int)-n));
	free(data);
	return rc;
}
