#include "tests/support/rules.h"

const struct model_rules published_rules = {
	.anchor_scores = { 1.0, 1.75, 2.5, 3.25, 4.0 },
	.stages = { { { "Beginning", "Beginn" } },
	            { { "Developing", "Entwicklung" } },
	            { { "Maturing", "Reifung" } },
	            { { "Optimizing", "Optimierung" } } },
	.window_days = 28,
	.min_days = 10,
	.interval_minutes = 30,
	.confidence = 0.95,
	.z = 1.959963984540054,
	.few_days_phi = 2,
	.class_factor = { 1.0, 0.8, 0.5 },
	.attested_max_score = 3.24,
	.min_coverage = 0.6,
	.min_measured_or_derived = 2,
	.soft_gate_headroom = 0.75,
	.hard_gate_below = 1.75,
	.hard_gate_cap = 1.74,
	.largely = 0.5,
	.fully = 0.85,
};
