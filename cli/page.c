#include "cli/page.h"

#include "cli/column.h"

struct slice page_cell(struct page *p)
{
	return (struct slice){ (const char *)p->cell.data, p->cell.len };
}

const char *card_word(const struct page *p, enum say what)
{
	return say(what, p->l->language);
}

void page_put(struct page *p, size_t width, bool right)
{
	if (right) {
		column_pad_left(page_cell(p), width, p->out);
	} else {
		column_pad(page_cell(p), width, p->out);
	}
	buf_reset(&p->cell);
}

void page_put_text(struct page *p, const char *text, size_t width)
{
	column_pad(slice_of(text), width, p->out);
}

void page_end_line(struct page *p)
{
	/* a column may have been filled with blanks that nothing follows */
	while (p->out->len > 0 && p->out->data[p->out->len - 1] == ' ') {
		p->out->len--;
	}
	buf_add_char(p->out, '\n');
}

void page_wrap(struct page *p, size_t at)
{
	column_wrap(page_cell(p), at, p->out);
	buf_reset(&p->cell);
}

void page_titled(struct page *p, enum say title)
{
	const char *text = card_word(p, title);

	look_bold(p->l, p->out);
	buf_printf(p->out, "%s:", text);
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	page_wrap(p, column_width(slice_of(text)) + 2);
}

void page_row(struct page *p, const struct page_row *row)
{
	const struct model_rules *rules = &p->card->model->rules;
	struct buf verdict = p->cell;

	buf_init(&p->cell, LOOK_TEXT_MAX_BYTES);
	page_put_text(p, row->name, PAGE_NAME_WIDTH);
	buf_add_char(p->out, ' ');
	look_paint(p->l, row->stage, p->out);
	look_bar(rules, &row->sure, PAGE_BAR_WIDTH, p->out);
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	look_score(p->l, rules, row->score, &p->cell);
	look_bold(p->l, p->out);
	page_put(p, PAGE_SCORE_WIDTH, true);
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	look_score(p->l, rules, row->sure.low, &p->cell);
	buf_add_char(&p->cell, '-');
	look_score(p->l, rules, row->sure.high, &p->cell);
	page_put(p, PAGE_INTERVAL_WIDTH, false);
	buf_add_char(p->out, ' ');
	look_paint(p->l, row->stage, p->out);
	page_put_text(p, rules->stages[row->stage - 1].in[p->l->language], PAGE_STAGE_WIDTH);
	look_plain(p->l, p->out);
	buf_add_char(p->out, ' ');
	p->out->failed |= p->cell.failed;
	buf_free(&p->cell);
	p->cell = verdict;
	page_put(p, PAGE_VERDICT_WIDTH, false);
	buf_add_char(p->out, ' ');
	look_percent(p->l, row->coverage, &p->cell);
	page_put(p, PAGE_COVERAGE_WIDTH, true);
	page_end_line(p);
}
