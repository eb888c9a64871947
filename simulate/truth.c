/* True values; see truth.h. */
#include "simulate/truth.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct spread {
	double sum;
	double squares;
	unsigned n;
};

static int one_more(const struct sim_plan *plan, unsigned i, struct sim_books *pooled,
                    struct spread *spreads, struct fault *fault)
{
	struct sim_plan other = *plan;
	struct sim_books books;
	int rc;

	/* another seed than any a person would give */
	other.seed = plan->seed ^ UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
	sim_books_init(&books);
	rc = sim_run(&other, NULL, &books, fault);
	for (enum sim_figure f = 0; rc == 0 && f < SIM_BOOKS; f++) {
		double value;

		if (sim_figure_truth(f) == SIM_EMERGES && sim_books_value(&books, f, &value)) {
			spreads[f].sum += value;
			spreads[f].squares += value * value;
			spreads[f].n++;
		}
	}
	if (rc == 0) {
		sim_books_add(pooled, &books);
	}
	sim_books_free(&books);
	return rc;
}

int sim_truths_of(const struct sim_plan *plan, unsigned n_sites, struct sim_truths *out,
                  struct fault *fault)
{
	struct spread spreads[SIM_BOOKS] = { 0 };
	struct sim_books pooled;
	int rc = 0;

	*out = (struct sim_truths){ 0 };
	sim_books_init(&pooled);
	for (unsigned i = 0; rc == 0 && i < n_sites; i++) {
		rc = one_more(plan, i, &pooled, spreads, fault);
	}
	for (enum sim_figure f = 0; rc == 0 && f < SIM_BOOKS; f++) {
		const struct spread *s = &spreads[f];

		if (sim_figure_truth(f) != SIM_EMERGES) {
			out->value[f] = plan->profile->value[f];
			out->known[f] = true;
		} else if (s->n >= 2 && sim_books_value(&pooled, f, &out->value[f])) {
			double variance = (s->squares - s->sum * s->sum / s->n) / (s->n - 1);

			out->known[f] = true;
			out->error[f] = sqrt(fmax(variance, 0) / s->n);
		}
	}
	sim_books_free(&pooled);
	return rc;
}

static void write_value(FILE *out, enum sim_figure f, const struct sim_truths *t,
                        struct sim_books *realised)
{
	static const char *const bases[] = {
		[SIM_PARAMETER] = "parameter", [SIM_EMERGES] = "monte carlo", [SIM_STATE] = "state"
	};
	double value;

	(void)fprintf(out, "\"%s\": {\"true\": ", sim_figure_id(f));
	if (t->known[f]) {
		(void)fprintf(out, "%.8g, \"basis\": \"%s\", \"standard_error\": %.3g", t->value[f],
		              bases[sim_figure_truth(f)], t->error[f]);
	} else {
		(void)fprintf(out, "null");
	}
	if (sim_books_value(realised, f, &value)) {
		(void)fprintf(out, ", \"realised\": %.8g, \"n\": %.10g", value, realised->at[f].of);
	}
}

static void write_figure(FILE *out, enum sim_figure f, const struct sim_truths *t,
                         struct sim_books *realised)
{
	(void)fprintf(out, "    ");
	write_value(out, f, t, realised);
	for (enum sim_figure by = SIM_FIGURES; by < SIM_BOOKS; by++) {
		if (sim_figure_by(f, sim_figure_id(by)) == by) {
			(void)fprintf(out, ", \"by_method\": {");
			write_value(out, by, t, realised);
			(void)fprintf(out, "}}");
		}
	}
	(void)fprintf(out, "}");
}

int sim_truth_write(const char *folder, const struct sim_plan *plan,
                    const struct sim_truths *truths, struct sim_books *realised,
                    struct fault *fault)
{
	char path[PATH_MAX];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/truth.json", folder);
	out = fopen(path, "we");
	if (out == NULL) {
		return fault_set(fault, -errno, "%s: cannot create: %s", path, strerror(errno));
	}
	(void)fprintf(out,
	              "{\n  \"simulated\": true,\n  \"profile\": \"%s\",\n  \"seed\": %" PRIu64
	              ",\n",
	              plan->profile->name, plan->seed);
	for (enum sim_figure f = 0; f < SIM_FIGURES; f++) {
		(void)fprintf(out, "%s",
		              f == 0                ? "  \"indicators\": {\n"
		              : f == SIM_INDICATORS ? "\n  },\n  \"context\": {\n"
		                                    : ",\n");
		write_figure(out, f, truths, realised);
	}
	(void)fprintf(out, "\n  }\n}\n");
	return fclose(out) == 0
	               ? 0
	               : fault_set(fault, -errno, "%s: cannot write: %s", path, strerror(errno));
}
