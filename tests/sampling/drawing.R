# What R's package `sampling` says of chances proportional to size and of systematic sampling, and
# `survey` of stratified weights. Prints CSV: question, number, value.
suppressPackageStartupMessages(library(survey))
has_sampling <- requireNamespace("sampling", quietly = TRUE)
say <- function(question, values) {
  for (i in seq_along(values)) cat(sprintf("%s,%d,%.15g\n", question, i - 1L, values[i]))
}
sizes <- c(400, 35, 120, 60, 12, 95, 40, 8, 77, 150, 5, 31)
for (n in c(1, 3, 5, 8, 11)) if (has_sampling) {
  pik <- sampling::inclusionprobabilities(sizes, n)
  say(paste0("chances-", n), pik)
  for (seed in 1:20) {
    set.seed(seed); say(paste0("start-", n, "-", seed), runif(1))
    set.seed(seed); say(paste0("chosen-", n, "-", seed), sampling::UPsystematic(pik))
  }
  inner <- pik[pik < 1]
  if (length(inner) && n < 11) say(paste0("joint-", n), c(sampling::UPsystematicpi2(inner)))
}
drawn <- read.csv(commandArgs(trailingOnly = TRUE)[1])
design <- svydesign(~1, strata = ~stratum, fpc = ~fpc1, data = drawn)
say("weights", weights(design))
say("population", svytotal(~one, update(design, one = 1)))
