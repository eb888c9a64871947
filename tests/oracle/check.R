# Reckons again the Kaplan-Meier quantiles that oracle.c printed, with the survival package; TAP.
#   oracle ROUNDS SEED | Rscript check.R
suppressPackageStartupMessages(library(survival))
input <- file("stdin")
lines <- grep("^km ", readLines(input), value = TRUE)
close(input)
bad <- character(0)
for (line in lines) {
	halves <- strsplit(line, " =", fixed = TRUE)[[1]]
	input <- as.numeric(strsplit(halves[1], " ")[[1]][-1])
	ours <- as.numeric(strsplit(trimws(halves[2]), " ")[[1]][1])
	pairs <- matrix(input[-1], nrow = 2)
	fit <- survfit(Surv(pairs[1, ], pairs[2, ]) ~ 1)
	# the first time at which survival is 1 - q or less; quantile() of a survfit takes the middle where it is exactly that
	reached <- fit$time[fit$n.event > 0 & fit$surv <= 1 - input[1] + 1e-12]
	theirs <- if (length(reached) > 0) reached[1] else NaN
	if (!identical(is.nan(ours), is.nan(theirs)) || (!is.nan(ours) && ours != theirs)) {
		bad <- c(bad, sprintf("# %s; theirs: %g", line, theirs))
	}
}
cat(sprintf("%s 1 - km_quantiles_agree_with_R_survival_on_%d_inputs\n",
	    if (length(bad) == 0 && length(lines) > 0) "ok" else "not ok", length(lines)))
if (length(bad) > 0) cat(head(bad, 5), sep = "\n")
cat("1..1\n")
quit(status = length(bad) > 0)
