/*
 * A sample of contacts against all of them: what representativeness and survey bias share.
 *
 * Times are kept in bins of 5 %, so that a day is as many slots as it has different contacts and
 * not as it has contacts. A tercile's edge moves by less than a bin, for the sample and for all
 * alike.
 */
#pragma once

#include "collector/score/evidence/gather.h"

#define SAMPLED_BINS     256 /* the last begins after 51 hours */
#define SAMPLED_DAYS     31  /* how long after its contact a sample may come */
#define SAMPLED_TERCILES 3

/* One answered contact, or `n` that are alike. */
struct sampled_contact {
	uint64_t contact; /* of a sampled one */
	uint64_t queue;   /* FNV-1a of its label; 0 where queues are not told apart */
	int32_t day;      /* civil */
	uint32_t wait;    /* bins */
	uint32_t talk;
	bool transferred;
	double n;
};

struct sampled_question {
	const struct cxm_kind *sample; /* has a field `contact` */
	const char *of;                /* which rows of it count */
	bool by_queue; /* population: by queue and talk, else by wait, transfer, talk */
};

/** Gather answered contacts of known talk time and wait, and the contacts of the sample. */
int sampled_gather(struct gather *g, const struct sampled_question *q);

/** The group of contacts that a slot stands for. */
struct sampled_contact sampled_group(const struct tallies *t, const struct tally_slot *s,
                                     bool by_queue);

/** Call `each` for every contact of the sample that lies in the window, each contact and queue
 * once.
 * @return how many. */
double sampled_each(const struct tallies *t,
                    void (*each)(void *arg, const struct sampled_contact *c), void *arg);

/* The last bins of the first and of the second third. */
struct sampled_cuts {
	uint32_t first;
	uint32_t second;
};

/** @param counts  contacts by bin. */
struct sampled_cuts sampled_terciles(const double counts[SAMPLED_BINS]);

/** 0, 1 or 2. */
static inline unsigned sampled_tercile(struct sampled_cuts cuts, uint32_t bin)
{
	return (bin > cuts.first) + (unsigned)(bin > cuts.second);
}
