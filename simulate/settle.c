/* What waits for something later: a repeat within seven days, coaching within fourteen. The model
 * leaves the newest days of such figures out (settle_days, docs/model-format.md), counted from the
 * newest record of the kinds that the figure is counted from; coaching is the only one that comes
 * after the last day. So do the books. Days are booked apart until the run is over. */
#include <stdlib.h>

#include "common/when.h"
#include "simulate/site.h"

static const struct {
	enum sim_figure figure;
	int32_t settle_days;
} waits[SIM_LATE] = {
	{ SIM_COACHING, 14 },  { SIM_CLOSED_LOOP, 2 },      { SIM_CONTAINMENT, 1 },
	{ SIM_FCR_REPEAT, 7 }, { SIM_RESPONSE_ANSWERS, 7 }, { SIM_CRM_LINK, 1 },
};

void sim_book_late(struct sim_site *s, enum sim_figure f, unsigned day, double good, double of)
{
	for (size_t i = 0; i < SIM_LATE; i++) {
		if (waits[i].figure == f) {
			s->late[i].good[day] += good;
			s->late[i].of[day] += of;
		}
	}
}

void sim_dated(struct sim_site *s, enum sim_figure f, int64_t at_us)
{
	for (size_t i = 0; i < SIM_LATE; i++) {
		if (waits[i].figure == f && at_us > s->late[i].newest_us) {
			s->late[i].newest_us = at_us;
		}
	}
}

void sim_settle(struct sim_site *s)
{
	int32_t last = s->plan.first_day + (int32_t)s->plan.days - 1;

	for (size_t i = 0; i < SIM_LATE; i++) {
		int64_t newest_us = s->late[i].newest_us;
		int32_t beyond = newest_us > 0 ? when_day_of(newest_us) - last : 0;
		int32_t left_out = waits[i].settle_days - (beyond > 0 ? beyond : 0);

		for (int32_t day = 0; day < (int32_t)s->plan.days; day++) {
			if (left_out <= 0 || day + left_out < (int32_t)s->plan.days) {
				sim_book(s->books, waits[i].figure, s->late[i].good[day],
				         s->late[i].of[day]);
			}
		}
	}
}
