# The jackknife covariance between units' scores, by R survey alone.
#
#   Rscript jackknife.R FOLDER [base|poststratified|raked] > matrix.csv
#
# For each independent sample (column `sample`; else unit x group) survey's JKn replicate weights,
# calibrated anew in each replicate where population.csv has the sample's unit x group; the matrices
# of the samples add up. Strict: every group has answers. First-stage fpc only, as survey has it.

suppressWarnings(suppressPackageStartupMessages(library(survey)))
options(digits = 17)
arguments <- commandArgs(trailingOnly = TRUE)
read <- function(name) read.csv(file.path(arguments[1], name), colClasses = "character",
                                na.strings = character(0))
d <- read("respondents.csv"); opt <- read("options.csv"); crit <- read("criteria.csv")
kind <- arguments[2]
d$w <- as.numeric(d$weight); d$M <- as.numeric(d$fpc1)
d$s <- if ("sample" %in% names(d)) ifelse(d$sample == "", paste(d$unit, d$group), d$sample) else paste(d$unit, d$group)
units <- sort(unique(d$unit))
total <- matrix(0, length(units), length(units), dimnames = list(units, units))
share <- as.numeric(crit$max_points) * as.numeric(crit$group_weight) /
  ave(as.numeric(crit$group_weight), crit$criterion, FUN = sum)
coefs <- function(q, code) as.numeric(opt$coef[opt$question == q])[match(code, opt$option[opt$question == q])]

for (one in unique(d$s)) {
  own <- d[d$s == one, ]
  points <- function(w, data) sapply(units, function(u) sum(sapply(seq_len(nrow(crit)), function(i) {
    here <- data$unit == u & data$group == crit$group[i]
    if (!any(here)) return(0)
    x <- coefs(crit$question[i], data[[crit$question[i]]])
    k <- here & !is.na(x)
    share[i] * sum(w[k] * x[k]) / sum(w[k])
  })))
  plain <- svydesign(ids = ~psu, strata = ~stratum, weights = ~w, fpc = ~M, data = own, nest = TRUE)
  again <- suppressWarnings(as.svrepdesign(plain, type = "JKn", mse = TRUE))
  if (kind != "base") {
    cells <- subset(read("population.csv"), unit == own$unit[1] & group == own$group[1])
    if (nrow(cells)) {
      cells$Freq <- as.numeric(cells$count)
      margin <- function(name) { a <- aggregate(cells["Freq"], cells[name], sum); a }
      again <- if (kind == "poststratified") postStratify(again, ~sex + age, cells[c("sex", "age", "Freq")])
      else rake(again, list(~sex, ~age), list(margin("sex"), margin("age")),
                control = list(maxit = 5000, epsilon = 1e-11))
    }
  }
  total <- total + as.matrix(vcov(withReplicates(again, points)))
}
write.csv(total, row.names = FALSE)
