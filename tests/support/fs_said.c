#include "tests/support/fs_said.h"

#include "agent/decode/esl.h"
#include "tests/support/cases.h"

#define BODY_MAX ((size_t)16384)

const struct call_rules fs_said_rules = { .menus = "ivr-main* 5000/default",
	                                  .tasks = "ivr-*",
	                                  .operators = "operator/*",
	                                  .visit_events = "IVR_MENU",
	                                  .task_events = "IVR_TASK",
	                                  .done_events = "IVR_DONE",
	                                  .identified_events = "IVR_AUTH=ok",
	                                  .recognised_events = "CRM_LOOKUP",
	                                  .invalid_events = "IVR_INVALID",
	                                  .timeout_events = "IVR_TIMEOUT",
	                                  .operator_events = "IVR_OPERATOR",
	                                  .callback_events = "CALLBACK_REQUEST" };

static void add_body(struct buf *out, const char *text)
{
	struct slice rest = slice_of(text);

	while (rest.len > 0) {
		buf_add_slice(out, slice_trim(slice_cut(&rest, ';')));
		buf_add_char(out, '\n');
	}
	buf_add_char(out, '\n');
}

void fs_said(const char *text, struct fs_facts *out)
{
	struct buf body;

	buf_init(&body, BODY_MAX);
	add_body(&body, text);
	assert_false(body.failed);
	esl_event((struct slice){ (const char *)body.data, body.len }, out);
	buf_free(&body);
}

void fs_said_message(const char *text, struct buf *out)
{
	struct buf body;

	buf_init(&body, BODY_MAX);
	add_body(&body, text);
	assert_false(body.failed);
	buf_printf(out, "Content-Length: %zu\nContent-Type: text/event-plain\n\n", body.len);
	buf_add(out, body.data, body.len);
	buf_free(&body);
}

bool fs_said_permute(unsigned *order, unsigned n)
{
	unsigned i = n - 1;
	unsigned j = i;
	unsigned held;

	while (i > 0 && order[i - 1] >= order[i]) {
		i--;
	}
	if (i == 0) {
		return false;
	}
	while (order[j] <= order[i - 1]) {
		j--;
	}
	held = order[i - 1];
	order[i - 1] = order[j];
	order[j] = held;
	for (unsigned k = n - 1; i < k; i++, k--) {
		held = order[i];
		order[i] = order[k];
		order[k] = held;
	}
	return true;
}
