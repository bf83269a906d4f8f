# Standard errors of two means and of their sum by R survey's two phases: who was invited, who came.
#
#   Rscript twophase.R INVITED.csv
#
# A row for each person invited: stratum, there (people of the stratum), class, came, x1 and x2
# (coefficients; blank: not answered, or did not come). Prints three standard errors, a line each.

suppressWarnings(suppressPackageStartupMessages(library(survey)))
options(digits = 17)
d <- read.csv(commandArgs(trailingOnly = TRUE)[1])
d$came <- d$came == 1
for (q in c("x1", "x2")) {
  d[[paste0("r", q)]] <- as.numeric(!is.na(d[[q]]))
  d[[q]][is.na(d[[q]])] <- 0
}
two <- twophase(id = list(~1, ~1), strata = list(~stratum, ~class), fpc = list(~there, NULL),
                data = d, subset = ~came, method = "full")
cat(as.numeric(SE(svyratio(~x1, ~rx1, two))), as.numeric(SE(svyratio(~x2, ~rx2, two))), "", sep = "\n")
w <- weights(two); here <- d[d$came, ]
z <- function(x, r) r * (x - sum(w * x) / sum(w * r)) / sum(w * r)
d$z <- 0
d$z[d$came] <- 1.5 * z(here$x1, here$rx1) + 2.5 * z(here$x2, here$rx2)
two <- twophase(id = list(~1, ~1), strata = list(~stratum, ~class), fpc = list(~there, NULL),
                data = d, subset = ~came, method = "full")
cat(as.numeric(SE(svytotal(~z, two))), "\n")
