/*
 * How good a made-up contact centre is: one value per figure of the model and profile, and the few
 * knobs of the queue process from which waiting, abandonment and occupancy come by themselves.
 *
 * The values lie inside the band of the profile's stage (docs/model.md). Pure data.
 */
#pragma once

#include <stddef.h>

/* Every indicator and context figure of the model, in its order. */
enum sim_figure {
	SIM_SERVICE_TARGET_DECLARED,
	SIM_SERVICE_TARGET_ATTAINMENT,
	SIM_WORST_INTERVAL,
	SIM_CALLBACK_KEPT,
	SIM_TARGET_MIX,
	SIM_CHARTER,
	SIM_SERVICE_LEVEL,
	SIM_ABANDONMENT,
	SIM_ASA,
	SIM_TRANSFER,
	SIM_RING_NO_ANSWER,
	SIM_SKILL_MATCH,
	SIM_SEER,
	SIM_WAPE,
	SIM_ADHERENCE,
	SIM_OCCUPANCY_OVER_85,
	SIM_STAFFING_FIT,
	SIM_LEAD_TIME,
	SIM_ATTRITION,
	SIM_RECOGNITION,
	SIM_CONTEXT_DELIVERY,
	SIM_REIDENTIFICATION,
	SIM_LANGUAGE,
	SIM_AFFINITY,
	SIM_FCR,
	SIM_CRM_LINK,
	SIM_DISPOSITION,
	SIM_CONTINUITY,
	SIM_RESOLUTION,
	SIM_RECORDS,
	SIM_KB_LINK,
	SIM_KB_REUSE,
	SIM_KB_SEARCH,
	SIM_KB_FRESH,
	SIM_KB_LATENCY,
	SIM_HOLD,
	SIM_QA_COVERAGE,
	SIM_CUSTOMER_ACCURACY,
	SIM_COMPLIANCE_ACCURACY,
	SIM_KAPPA,
	SIM_COACHING,
	SIM_VOICE,
	SIM_QA_SAMPLE,
	SIM_SURVEY_OFFER,
	SIM_SURVEY_RESPONSE,
	SIM_CSAT,
	SIM_NPS,
	SIM_CES,
	SIM_CLOSED_LOOP,
	SIM_FEEDBACK_ACTION,
	SIM_TELEMETRY,
	SIM_REPORT_LATENCY,
	SIM_REPRODUCIBILITY,
	SIM_RECONCILIATION,
	SIM_LADDER,
	SIM_ALERT_ACK,
	SIM_SIP_TLS,
	SIM_SRTP,
	SIM_TLS_FLOOR,
	SIM_PAYMENT_PAUSE,
	SIM_STORAGE,
	SIM_PATCH_AGE,
	SIM_RETENTION,
	SIM_CONTAINMENT,
	SIM_IVR_ABANDON,
	SIM_ZERO_OUT,
	SIM_ESCALATION,
	SIM_FIRST_VALUE,
	SIM_MISROUTE,
	SIM_WARM,
	SIM_HANDOFF_LOSS,
	SIM_CONSULT,
	SIM_EXPERT_REACH,
	SIM_OLA,
	SIM_JOINT_REVIEW,
	SIM_CHURN,
	SIM_COST,
	SIM_AHT,
	SIM_WAIT_P90,
	SIM_CONTACT_RATE,
	SIM_SURVEY_BIAS,
	SIM_BLOCKED,
	SIM_SHORT_TALK,
	SIM_REPEAT_30MIN,
	SIM_DELAY_P95,
	SIM_FIGURES,
	/* the same by another method than the first of the model, booked beside it */
	SIM_FCR_REPEAT = SIM_FIGURES,
	SIM_RESPONSE_ANSWERS,
	SIM_BOOKS,
};

#define SIM_INDICATORS 75 /* the rest are figures of context */

/* Where the true value of a figure comes from. */
enum sim_truth {
	SIM_PARAMETER, /* it is a parameter of the process */
	SIM_EMERGES,   /* no closed form: the long run, by Monte Carlo over further sites */
	SIM_STATE,     /* a state of the site, the same whenever one looks */
};

struct sim_knobs {
	double staffing; /* agents above the load, in square roots of it (Halfin and Whitt 1981) */
	double wobble;   /* coefficient of variation of the plan around that, per half hour */
	double intraday; /* 0 to 1: how far the staff follows what comes, half hour by half hour */
	unsigned shortest_half_hours; /* of a stretch of work */
	double patience_s;            /* mean, exponential */
	double timeout_s;             /* after which the queue gives up */
	double talk_s;                /* mean */
	unsigned target_s;            /* T of the service level that the site declares */
	double target_ratio;
};

struct sim_profile {
	const char *name;
	struct sim_knobs knobs;
	double value[SIM_FIGURES]; /* of a parameter or state; 0 where the figure emerges */
};

/** "beginning", "developing", "maturing" or "optimizing"; NULL for another name. */
const struct sim_profile *sim_profile_named(const char *name);

/** All of them, from the lowest; NULL past the end. */
const struct sim_profile *sim_profile_at(size_t i);

/** The book of a figure that was measured by this method of the model; the figure itself where the
 * method makes no difference. */
enum sim_figure sim_figure_by(enum sim_figure f, const char *method);

/** The figure's id in the model; of a further book its method. */
const char *sim_figure_id(enum sim_figure f);
enum sim_truth sim_figure_truth(enum sim_figure f);
