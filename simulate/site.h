/*
 * A made-up contact centre: what it is made of, and one day of it.
 *
 * A site is run day by day: shifts are planned (staffing.c), callers meet agents (queueing.c),
 * every call leaves its traces (contact.c), the office does its paper work (office.c, quality.c).
 * All of it goes to one sink, and every fact that a figure counts is booked beside it (books.h), so
 * the realised value does not pass through the code under test.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>

#include "common/fault.h"
#include "cxmeter/stats.h"
#include "simulate/books.h"
#include "simulate/profile.h"

#define SIM_QUEUES         4
#define SIM_OPEN_HOUR      8
#define SIM_HALF_HOURS     24    /* from 8 to 20 on the local wall clock */
#define SIM_BOOKED_HALVES  32    /* until midnight: who called before 20 may queue later */
#define SIM_NEEDED_MAX     1024  /* contacts of one half hour whose need is kept */
#define SIM_WORKERS_MAX    512   /* agents of one site */
#define SIM_PIECES_MAX     1024  /* stretches of work on one day */
#define SIM_CALLS_MAX      20000 /* on one day */
#define SIM_DAYS_MAX       366
#define SIM_CONTACTS_MIN   50
#define SIM_CONTACTS_MAX   5000
#define SIM_CONTACTS_A_DAY 1200.0

struct sim_plan {
	const char *name; /* of the site */
	const struct sim_profile *profile;
	int32_t first_day; /* as common/when.h counts them; the zone is the one in use */
	unsigned days;
	uint64_t seed;
	double contacts_per_day; /* on an average weekday */
};

enum sim_ending { SIM_ANSWERED, SIM_ABANDONED, SIM_GAVE_UP };

/* One caller in one queue, in whole seconds as queue_log counts. */
struct sim_entry {
	unsigned queue;
	int64_t enter_s; /* since 1970 */
	unsigned position;
	enum sim_ending ending;
	unsigned wait_s;
	unsigned agent;  /* staff id, 0 when nobody answered */
	unsigned misses; /* phones that rang 12 s for nothing */
	unsigned ring_s;
	unsigned talk_s;
	unsigned hold_s; /* of the talk */
	bool by_agent;   /* who hung up */
	bool end_lost;   /* only the beginning is in the log */
	bool recorded;
};

enum sim_visit_end { SIM_VISIT_CONTAINED, SIM_VISIT_QUEUED, SIM_VISIT_OPERATOR, SIM_VISIT_LEFT };

struct sim_visit {
	bool made;
	uint32_t length_ms;
	uint32_t first_value_ms;
	enum sim_visit_end end;
	bool task_started;
	bool task_completed;
	bool context;
};

/* A hand-over after the talk of the first entry, or of the second. */
struct sim_move {
	bool made;
	bool warm;
	bool to_queue;   /* else to an expert */
	unsigned after;  /* entry after whose talk it happened */
	unsigned expert; /* staff id */
	uint32_t ring_ms;
	bool lost; /* the caller hangs up on the way */
};

/* An expert is asked, and the caller stays with the agent. */
struct sim_consult {
	bool made;
	unsigned expert;
	uint32_t ring_ms;
	bool answered;
};

struct sim_call {
	int64_t start_s;
	int64_t end_s;
	uint64_t contact;  /* start_s << 20 | serial */
	uint64_t customer; /* digits of the telephone number */
	struct sim_visit visit;
	struct sim_entry entry[2];
	unsigned n_entries;
	struct sim_move move;
	struct sim_consult consult; /* in the talk of the first entry */
	bool unlogged;              /* the channel log lost it */
	bool evaluated;             /* quality assurance listened to it */
	bool asked_before;          /* its customer, for an opinion, in the call that led here */
};

/* A stretch in which one agent was planned and really there. */
struct sim_piece {
	unsigned agent;
	unsigned queue;
	int64_t plan_from_s;
	int64_t plan_to_s;
	int64_t from_s;
	int64_t to_s;
};

/* Where it all goes. Not 0 from any of them ends the run. */
struct sim_sink {
	int (*record)(struct sim_sink *s, const ProtobufCMessage *m, struct fault *fault);
	int (*call)(struct sim_sink *s, const struct sim_call *c, struct fault *fault);
	int (*piece)(struct sim_sink *s, const struct sim_piece *p, struct fault *fault);
	/* everything before this instant has been told; may be NULL */
	int (*day_over)(struct sim_sink *s, int64_t before_s, struct fault *fault);
};

/* What one queue did on one day, by what its log shows. */
struct sim_queue_day {
	double offered;
	double good; /* within T */
	double abandoned;
	double answered;
	double wait_s; /* of the answered */
	double talk_s;
};

/* One day: its calls and stretches of work, and the daily shares of what scatters between days. */
struct sim_day {
	int32_t day;
	unsigned index;
	unsigned weekday; /* 0 is Monday */
	double load;      /* volume against an average day of this weekday */
	double share[SIM_FIGURES];
	struct sim_call *calls; /* in order of start */
	size_t n_calls;
	double coming[SIM_QUEUES][SIM_BOOKED_HALVES]; /* contacts of each half hour */
	struct sim_piece pieces[SIM_PIECES_MAX];
	size_t n_pieces;
	struct sim_queue_day queue[SIM_QUEUES];
};

/* Customers whose story goes on. */
struct sim_story {
	uint64_t customer;
	unsigned agent;
	unsigned day; /* index of the day of the first call */
	bool asked;   /* then, for an opinion */
	int64_t ready_s;
	int64_t until_s;
};

#define SIM_STORIES_MAX 4096

struct sim_stories { /* first in, first out; full: the newest is not taken */
	struct sim_story at[SIM_STORIES_MAX];
	size_t head;
	size_t n;
};

struct sim_team {
	unsigned first; /* staff id */
	unsigned n;
	unsigned next; /* in the rota */
};

#define SIM_TALK_BINS 256

/* Answered contacts by queue, part of the week and length of the talk: all, and those listened to.
 */
struct sim_talks {
	double all[SIM_QUEUES][2][SIM_TALK_BINS];
	double evaluated[SIM_QUEUES][2][SIM_TALK_BINS];
};

#define SIM_LATE 6 /* figures that wait for what comes later */

struct sim_late { /* by index of the day */
	double good[SIM_DAYS_MAX];
	double of[SIM_DAYS_MAX];
	int64_t newest_us; /* time of the newest record that the figure rests on; 0: not later than
	                      the last day */
};

struct sim_site {
	struct sim_plan plan;
	const struct sim_profile *profile;
	struct stats_random random;
	struct sim_sink *sink; /* NULL: nothing is told, only booked */
	struct sim_books *books;
	struct sim_fit *fit;
	struct fault *fault;
	int rc; /* first failure; nothing is told after it */
	struct sim_day day;
	struct sim_team team[SIM_QUEUES];
	uint32_t needed[SIM_QUEUES][SIM_NEEDED_MAX]; /* agents, by contacts; 0: not reckoned */
	bool evaluated[SIM_WORKERS_MAX];             /* agents whom quality assurance looks at */
	struct sim_talks talks;
	unsigned answered_by[SIM_WORKERS_MAX];
	unsigned evaluations_of[SIM_WORKERS_MAX];
	struct sim_stories affinity;  /* open cases, to call again within 7 days */
	struct sim_stories redial;    /* hung up, and try again at once */
	struct sim_stories returning; /* left the self-service content, and call after all */
	struct sim_late late[SIM_LATE];
	uint64_t next_customer;
	uint64_t next_reference;
	uint64_t next_serial;
};

extern const char *const sim_queue_names[SIM_QUEUES];
extern const char *const sim_languages[2];

/**
 * Run one site from its first day to its last. `books` is added to.
 * @return 0, -ENOMEM, -EINVAL for an impossible plan, or what the sink returned.
 */
int sim_run(const struct sim_plan *plan, struct sim_sink *sink, struct sim_books *books,
            struct fault *fault);

/* ---- between the files of this folder ---- */

/** The local wall clock of a day, in seconds since 1970. */
int64_t sim_clock_s(int32_t day, double hours);

/** Tell the sink, unless something failed before. */
void sim_tell(struct sim_site *s, const ProtobufCMessage *m);

/** A reference that was never given before. */
uint64_t sim_reference(struct sim_site *s);

/** The value of a figure in the profile, and its share on this day. */
double sim_value(const struct sim_site *s, enum sim_figure f);
double sim_share(const struct sim_site *s, enum sim_figure f);

/** Draw at the share of this day and book it as one more case of the figure. */
bool sim_booked(struct sim_site *s, enum sim_figure f);

/** The same for a fact of a call that counts at each of `times` contacts of the queues. */
bool sim_booked_times(struct sim_site *s, enum sim_figure f, unsigned times);

/** Book what is not settled before later days; `day` is its index. At the end those days are added
 * to the books that the newest evidence has settled. */
void sim_book_late(struct sim_site *s, enum sim_figure f, unsigned day, double good, double of);
/** A record that the figure rests on was told of a time that may lie after the last day. */
void sim_dated(struct sim_site *s, enum sim_figure f, int64_t at_us);
void sim_settle(struct sim_site *s);

/** On how many days, from the first, a queue has a declared target; and has it one today? */
int32_t sim_declared_days(const struct sim_site *s, unsigned queue);
bool sim_declared(const struct sim_site *s, unsigned queue);

/** Does the queue log show a contact that counts: whole, and not one that left within 5 s? */
bool sim_offered(const struct sim_entry *e);

/** Did the caller never speak to the one he was handed to? */
bool sim_move_lost(const struct sim_call *c);

/** Size the teams, for a site that begins. */
void sim_staffing_init(struct sim_site *s);

/** Fill day.pieces; day.coming is what intraday management will see come. */
void sim_staffing_day(struct sim_site *s);

/** Mean arrivals at a queue in one half hour of an average day of this weekday, and the agents that
 * are planned for it. */
double sim_arrivals(const struct sim_site *s, unsigned queue, unsigned weekday, unsigned half_hour);
unsigned sim_agents(const struct sim_site *s, unsigned queue, unsigned weekday, unsigned half_hour);

/** Make the day's callers and let them meet the agents. @return 0 or -ENOMEM. */
int sim_queueing_day(struct sim_site *s);

/** Give the day's calls their customers, and tell everything that hangs on one call. */
void sim_contacts_day(struct sim_site *s);

/** What the office writes on one day, and before the first. */
void sim_office_begin(struct sim_site *s);
void sim_office_day(struct sim_site *s);
void sim_quality_day(struct sim_site *s);
void sim_quality_end(struct sim_site *s);
void sim_host_day(struct sim_site *s);

/* Set an optional field of a record. */
#define SIM_SET(m, field, value) ((m).has_##field = true, (m).field = (value))
#define SIM_RECORD(m)            ((const ProtobufCMessage *)(const void *)&(m))
