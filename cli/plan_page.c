#include "cli/plan_page.h"

#include <math.h>

#include "cli/column.h"
#include "cli/say.h"
#include "common/when.h"

void plan_page_init(struct plan_page *p, const struct look *l, struct buf *out)
{
	*p = (struct plan_page){ .l = l, .out = out };
	buf_init(&p->cell, LOOK_TEXT_MAX_BYTES);
}

void plan_mark(struct plan_page *p, bool simulated)
{
	p->simulated = simulated;
	look_mark(p->l, simulated, p->out);
}

void plan_page_end(struct plan_page *p)
{
	look_mark(p->l, p->simulated, p->out);
	p->out->failed |= p->cell.failed;
	buf_free(&p->cell);
}

const char *plan_word(const struct plan_page *p, enum plan_word what)
{
	return plan_say(what, p->l->language);
}

static struct slice cell_of(const struct plan_page *p)
{
	return (struct slice){ (const char *)p->cell.data, p->cell.len };
}

void plan_put(struct plan_page *p, size_t width, bool right)
{
	if (right) {
		column_pad_left(cell_of(p), width, p->out);
	} else {
		column_pad(cell_of(p), width, p->out);
	}
	buf_reset(&p->cell);
}

void plan_put_text(struct plan_page *p, const char *text, size_t width)
{
	column_pad(slice_of(text), width, p->out);
}

void plan_wrap(struct plan_page *p, size_t at)
{
	column_wrap(cell_of(p), at, p->out);
	buf_reset(&p->cell);
}

void plan_line(struct plan_page *p)
{
	while (p->out->len > 0 && p->out->data[p->out->len - 1] == ' ') {
		p->out->len--;
	}
	buf_add_char(p->out, '\n');
}

void plan_head(struct plan_page *p, const char *title, const struct scorecard *card)
{
	const struct score_window *w = &card->window;
	enum model_language language = p->l->language;
	char from[WHEN_DATE_SIZE];
	char to[WHEN_DATE_SIZE];
	int days = w->to_day - w->from_day + 1;

	plan_mark(p, card->simulated);
	look_bold(p->l, p->out);
	buf_printf(p->out, "%s: ", title);
	(void)column_cut(slice_of(card->site), STORE_NAME_MAX, p->out);
	look_plain(p->l, p->out);
	buf_printf(p->out, "\n%s %s %s (%d %s, %s)\n", when_date(w->from_day, from),
	           say(SAY_TO, language), when_date(w->to_day, to), days,
	           say(days == 1 ? SAY_DAY : SAY_DAYS, language), w->timezone);
	buf_printf(p->out, "%s ", say(SAY_MODEL, language));
	(void)column_cut(slice_of(card->model->id), 48, p->out);
	buf_add_char(p->out, ' ');
	(void)column_cut(slice_of(card->model->version), 24, p->out);
	buf_printf(p->out, " (sha256 %.8s)\n", card->model->sha256);
	if (card->provisional) {
		look_bold(p->l, p->out);
		buf_add_text(p->out, say(SAY_PROVISIONAL_WHY, language));
		look_plain(p->l, p->out);
		buf_add_char(p->out, '\n');
	}
}

void plan_score(struct plan_page *p, const struct model_rules *rules, double score,
                const struct interval *sure)
{
	if (isnan(score)) {
		buf_add_text(&p->cell, plan_word(p, PLAN_NOT_ASSESSED));
		return;
	}
	look_score(p->l, rules, score, &p->cell);
	buf_add_text(&p->cell, " [");
	look_score(p->l, rules, sure->low, &p->cell);
	buf_printf(&p->cell, " %s ", say(SAY_TO, p->l->language));
	look_score(p->l, rules, sure->high, &p->cell);
	buf_add_char(&p->cell, ']');
}

void plan_json_head(struct put *j, const struct scorecard *card)
{
	char date[WHEN_DATE_SIZE];

	put_text(j, "site", card->site);
	put_line(j, 2);
	put_open(j, "window", '{');
	put_text(j, "from", when_date(card->window.from_day, date));
	put_text(j, "to", when_date(card->window.to_day, date));
	put_text(j, "timezone", card->window.timezone);
	put_close(j, '}');
	put_line(j, 2);
	put_open(j, "model", '{');
	put_text(j, "id", card->model->id);
	put_text(j, "version", card->model->version);
	put_text(j, "sha256", card->model->sha256);
	put_close(j, '}');
	put_bool(j, "provisional", card->provisional);
	if (card->simulated) {
		put_bool(j, "simulated", true);
	}
}
