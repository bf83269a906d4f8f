# Units of a shared sample with lone PSUs: means and standard errors for domains, by R survey alone.
#
#   Rscript lonely.R FOLDER > FOLDER/expected.csv
#
# One sample, several rows a person: a row for each unit that the person rates. A unit is a domain,
# and R drops strata without rows of it. NA: R ends with an error, because a stratum of the domain
# has a single PSU. `raked` calibrates each unit's rows to its lines of population.csv; the standard
# error is that of residuals of a regression on the margins under the base weights, as R's
# calibrate() has them (rake() itself regresses margin by margin).

suppressWarnings(suppressPackageStartupMessages(library(survey)))
options(digits = 17)
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, name), colClasses = "character", na.strings = "")
d <- read("respondents.csv"); people <- read("population.csv")
d$w <- as.numeric(d$weight); d$M <- as.numeric(d$fpc1); people$count <- as.numeric(people$count)
d$x <- c(A = 1, B = 0.6, C = 0)[d$q1]
whole <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, fpc = ~M, data = d, nest = TRUE)
rules <- c(report = "fail", remove = "remove", adjust = "adjust", average = "average")

mean_and_se <- function(design, base) {
  w <- weights(design); x <- design$variables$x
  mean <- sum(w * x) / sum(w)
  z <- (x - mean) / sum(w)
  if (!identical(w, base)) z <- residuals(lm(z ~ sex + age, data = design$variables, weights = base))
  variance <- function() svyrecvar(as.matrix(w * z), design$cluster, design$strata, design$fpc,
                                   lonely.psu = getOption("survey.lonely.psu"))
  se <- tryCatch(sqrt(as.numeric(variance())), error = function(e) NA)
  if (identical(w, base) && !is.na(se)) stopifnot(all.equal(se, as.numeric(SE(svymean(~x, design)))))
  c(mean, se)
}

cat("unit,weights,rule,mean,se\n")
for (u in sort(unique(d$unit))) {
  of_unit <- subset(whole, unit == u)
  margin <- function(name) {
    known <- people[people$unit == u, ]
    setNames(aggregate(known["count"], known[name], sum), c(name, "Freq"))
  }
  raked <- rake(of_unit, list(~sex, ~age), list(margin("sex"), margin("age")),
                control = list(maxit = 5000, epsilon = 1e-12, verbose = FALSE))
  for (kind in c("base", "raked")) for (rule in names(rules)) {
    options(survey.lonely.psu = rules[[rule]])
    values <- mean_and_se(if (kind == "base") of_unit else raked, weights(of_unit))
    cat(u, kind, rule, values, sep = ",")
    cat("\n")
  }
}
