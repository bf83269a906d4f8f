# The school data of R survey (api: California's Academic Performance Index), and what R makes of them.
#
#   Rscript api_schools.R strat|clus1|clus2 > schools.csv      one sample, a row for each school
#   Rscript api_schools.R figures > figures.csv                figure, value, se
#
# The designs are those of ?api and ?rake; apiclus2 gets the weights that its two sizes imply.

suppressWarnings(suppressPackageStartupMessages(library(survey)))
options(digits = 17, survey.replicates.mse = TRUE)
data(api)
wanted <- commandArgs(trailingOnly = TRUE)[1]
dstrat <- svydesign(id = ~1, strata = ~stype, weights = ~pw, data = apistrat, fpc = ~fpc)
dclus1 <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1, fpc = ~fpc)
dclus2 <- svydesign(id = ~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)

schools <- function(design, data, fpc1, fpc2 = NA) {
  data.frame(cds = data$cds, stype = data$stype, sch.wide = data$sch.wide, dnum = data$dnum,
             api00 = data$api00, api99 = data$api99, fpc1 = fpc1, fpc2 = fpc2, weight = weights(design))
}
if (wanted == "strat") write.csv(schools(dstrat, apistrat, apistrat$fpc), row.names = FALSE)
if (wanted == "clus1") write.csv(schools(dclus1, apiclus1, apiclus1$fpc), row.names = FALSE)
if (wanted == "clus2") write.csv(schools(dclus2, apiclus2, apiclus2$fpc1, apiclus2$fpc2), row.names = FALSE)
if (wanted != "figures") quit()

tell <- function(names, by) cat(sprintf("%s,%.17g,%.17g\n", names, coef(by), SE(by)), sep = "")
cat("figure,value,se\n")
for (year in c("api00", "api99")) {
  of <- as.formula(paste0("~", year))
  tell(paste("strat", year), svymean(of, dstrat))
  tell(paste("clus1", year), svymean(of, dclus1))
  tell(paste("clus2", year), svymean(of, dclus2))
  for (name in c("clus1", "clus2")) {
    by <- svyby(of, ~stype + sch.wide, get(paste0("d", name)), svymean)
    tell(paste(name, year, rownames(by)), by)
  }
  tell(paste("clus1 jackknife", year), svymean(of, as.svrepdesign(dclus1)))
}
types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
tight <- list(maxit = 5000, epsilon = 1e-11)
tell("raked api00", svymean(~api00, rake(dclus1, list(~stype, ~sch.wide), list(types, wide), control = tight)))
tell("raked jackknife api00", svymean(~api00, rake(as.svrepdesign(dclus1), list(~stype, ~sch.wide),
                                                  list(types, wide), control = tight)))
tell("poststratified api00", svymean(~api00, postStratify(dclus1, ~stype, types)))
