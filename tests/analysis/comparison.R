# What R survey says of changes between two years, and the data that it says it of.
#
#   Rscript comparison.R FOLDER > FOLDER/expected.csv     one pair of years, FOLDER/last and FOLDER/this
#   Rscript comparison.R make FOLDER                      writes all pairs (invented, seeded) and expected.csv
#
# By unit and target (`score`, or a criterion): points of both years with the standard errors of
# each year alone; the change; its standard error when the samples are independent (se_independent:
# two designs, variances added); and when they overlap (se_panel). Where all PSUs are in both years
# (two_stage, clusters) se_panel is R's own: both years' rows in one svydesign, totals by year and
# unit with svyby(covmat = TRUE), the change with svycontrast. Where they rotate (rotating), R has no
# design for it: each year keeps R's variance, and the covariance is Tam's (1984), written out below.

suppressWarnings(suppressPackageStartupMessages(library(survey)))
CRITERIA <- data.frame(
  criterion = c("C1", "C1", "C2", "C3", "C3"), max_points = c(1.5, 1.5, 2, 0.8, 0.8),
  group = c("leaders", "citizens", "council", "council", "leaders"),
  question = c("q1", "q1", "q2", "q3", "q3"), group_weight = c(0.4, 0.6, 1, 1, 1))
COEFS <- c(A = 1, B = 2 / 3, C = 0.25, D = 0, KB = NA)
QUESTIONS <- c("q1", "q2", "q3")
YEARS <- c("last", "this")

# ------------------------------------------------------------------------------------- reading
read <- function(folder, year) {
  d <- read.csv(file.path(folder, year, "respondents.csv"), colClasses = "character", na.strings = character(0))
  for (v in c("weight", "fpc1", "fpc2")) d[[v]] <- suppressWarnings(as.numeric(d[[v]]))
  d$s <- ifelse(d$sample == "", paste(d$unit, d$group), d$sample)
  d$year <- year
  for (q in QUESTIONS) {
    x <- unname(COEFS[match(d[[q]], names(COEFS))])
    d[[paste0("r", q)]] <- as.numeric(!is.na(x))
    d[[paste0("y", q)]] <- ifelse(is.na(x), 0, x)
  }
  d
}
design <- function(d) {
  f <- if (all(!is.na(d$fpc2)))
    svydesign(ids = ~psu + resp_id, strata = ~stratum, fpc = ~fpc1 + fpc2, weights = ~weight, data = d, nest = TRUE)
  else svydesign(ids = ~psu, strata = ~stratum, fpc = ~fpc1, weights = ~weight, data = d, nest = TRUE)
  f
}
totals <- as.formula(paste("~", paste(c(paste0("y", QUESTIONS), paste0("r", QUESTIONS)), collapse = "+")))

# The points that a sample's groups earn a unit in a year, as an expression of svyby's totals.
shares <- function(target) {
  c1 <- CRITERIA[target == "score" | CRITERIA$criterion == target, ]
  c1$share <- c1$max_points * c1$group_weight / ave(c1$group_weight, c1$criterion, FUN = sum)
  c1
}
# C3 asks council and leaders alike, so a sample of one group earns its own part of it.
earned <- function(target, groups, unit, year) {
  own <- shares(target); own <- own[own$group %in% groups, ]
  if (!nrow(own)) return(NULL)
  at <- paste0(year, ".", unit, ":")
  paste(sprintf("%.17g * `%sy%s` / `%sr%s`", own$share, at, own$question, at, own$question), collapse = " + ")
}
contrast <- function(d, text) {
  by <- svyby(totals, ~year + unit, design(d), svytotal, covmat = TRUE)
  svycontrast(by, list(x = str2lang(text)))
}
add <- function(sum, one) list(value = sum$value + as.numeric(coef(one)), v = sum$v + as.numeric(vcov(one)))
zero <- list(value = 0, v = 0)

year_alone <- function(d, target, unit, year) {
  sum <- zero
  for (s in unique(d$s[d$unit == unit & d$year == year])) {
    own <- d[d$s == s & d$year == year, ]
    text <- earned(target, unique(own$group), unit, year)
    if (!is.null(text)) sum <- add(sum, contrast(own, text))
  }
  sum
}
stacked <- function(d, target, unit) {
  sum <- zero
  for (s in unique(d$s[d$unit == unit])) {
    own <- d[d$s == s, ]
    this <- earned(target, unique(own$group), unit, "this")
    if (is.null(this)) next
    last <- earned(target, unique(own$group), unit, "last")
    sum <- add(sum, contrast(own, paste0("(", this, ") - (", last, ")")))
  }
  sum
}

# Tam (1984): samples of m and m' PSUs without replacement from M, m'' of them in both:
#   Cov = M^2 (m''/(m m') - 1/M) S,  in totals t = M/m y:  (1 - m m'/(M m'')) sum over both of deviations,
# each from its year's own mean, times sqrt of m/(m-1) and m'/(m'-1). Persons are new each year, so
# nothing is added within PSUs.
tam <- function(d, target, unit) {
  covariance <- 0
  for (s in unique(d$s[d$unit == unit])) {
    t <- list(); own <- shares(target)
    for (year in YEARS) {
      one <- d[d$s == s & d$year == year, ]; one$z <- 0
      for (i in seq_len(nrow(own))) {
        y <- one[[paste0("y", own$question[i])]]; r <- one[[paste0("r", own$question[i])]]
        k <- one$unit == unit & one$group == own$group[i]
        if (!any(k)) next
        w <- one$weight * r * k
        one$z <- one$z + own$share[i] * w * (y - sum(w * y) / sum(w)) / sum(w)
      }
      t[[year]] <- aggregate(one["z"], one[c("stratum", "psu", "fpc1")], sum)
    }
    for (h in intersect(t$last$stratum, t$this$stratum)) {
      a <- t$last[t$last$stratum == h, ]; b <- t$this[t$this$stratum == h, ]
      m <- nrow(a); n <- nrow(b); M <- min(a$fpc1[1], b$fpc1[1])
      both <- merge(data.frame(psu = a$psu, a = (a$z - mean(a$z)) * sqrt(m / (m - 1))),
                    data.frame(psu = b$psu, b = (b$z - mean(b$z)) * sqrt(n / (n - 1))))
      if (nrow(both)) covariance <- covariance + (1 - m * n / (M * nrow(both))) * sum(both$a * both$b)
    }
  }
  covariance
}

expected <- function(folder) {
  d <- rbind(read(folder, "last"), read(folder, "this"))
  rows <- list()
  for (unit in sort(unique(d$unit))) for (target in c("score", unique(CRITERIA$criterion))) {
    last <- year_alone(d, target, unit, "last"); this <- year_alone(d, target, unit, "this")
    panel <- if (basename(folder) == "rotating")
      list(value = this$value - last$value, v = this$v + last$v - 2 * tam(d, target, unit))
    else stacked(d, target, unit)
    stopifnot(abs(panel$value - (this$value - last$value)) < 1e-12)
    rows[[length(rows) + 1]] <- data.frame(
      unit = unit, target = target, last = last$value, this = this$value, se_last = sqrt(last$v),
      se_this = sqrt(this$v), change = this$value - last$value,
      se_independent = sqrt(last$v + this$v), se_panel = sqrt(panel$v))
  }
  do.call(rbind, rows)
}

# ------------------------------------------------------------------------------------ inventing
answers <- function(mood, skip) {
  code <- c("D", "C", "B", "A")[1 + rowSums(outer(mood, c(-0.7, 0, 0.8), ">"))]
  u <- runif(length(code)); code[u < skip] <- ""; code[u > 0.97] <- "KB"
  code
}
# Persons of both years, with a mood that lasts: `lasting` of its variance.
people <- function(n, lasting) {
  base <- rnorm(n); lapply(YEARS, function(y) sqrt(lasting) * base + sqrt(1 - lasting) * rnorm(n))
}
rows <- function(who, unit, group, sample, stratum, psu, weight, fpc1, fpc2, mood, skip) {
  n <- length(who)
  d <- data.frame(resp_id = who, unit = unit, group = group, sample = sample, stratum = stratum, psu = psu,
                  weight = round(weight, 6), fpc1 = fpc1, fpc2 = fpc2)
  for (q in QUESTIONS) d[[q]] <- answers(mood + 0.6 * rnorm(n), skip)
  d
}
council <- function(skip) {                       # 24 of 65 delegates in two strata rate all units, both years
  size <- c(north = 40, south = 25); n <- c(north = 14, south = 10); out <- list(NULL, NULL)
  for (h in names(n)) {
    who <- sprintf("d-%s-%02d", h, seq_len(n[h])); lasting <- people(n[h], 0.6)
    for (unit in UNITS) for (y in 1:2)
      out[[y]] <- rbind(out[[y]], rows(who, unit, "council", "council", h, who, size[[h]] / n[[h]], size[[h]], "",
                                       lasting[[y]] + 0.3 * (y == 2), skip))
  }
  out
}
leaders <- function(unit, there, last, this, skip) {   # persons `last` and `this` of `there`
  mood <- people(there, 0.7); picked <- list(last, this)
  lapply(1:2, function(y) {
    k <- picked[[y]]; who <- sprintf("l-%s-%02d", unit, k)
    rows(who, unit, "leaders", "", "all", who, there / length(k), there, "", mood[[y]][k] + 0.4, skip)
  })
}
# Villages of two strata; `fresh`: other people in them each year; `villages` by year.
citizens <- function(unit, villages, fresh, two_stage, skip) {
  there <- c(hill = 14, town = 11); out <- list(NULL, NULL)
  for (h in names(there)) {
    size <- sample(30:80, there[[h]]); effect <- people(there[[h]], 0.9)
    for (v in seq_len(there[[h]])) {
      persons <- people(7, 0.6)
      for (y in 1:2) if (v %in% villages[[y]]) {
        n <- 5 + (v + if (fresh) y else 0) %% 3
        who <- sprintf("c-%s-%s-%02d-%d%s", unit, h, v, seq_len(n), if (fresh) YEARS[y] else "")
        out[[y]] <- rbind(out[[y]], rows(
          who, unit, "citizens", "", h, sprintf("v%02d", v), there[[h]] / length(villages[[y]]) * size[v] / n,
          there[[h]], if (two_stage) size[v] else "", 0.8 * effect[[y]][v] + persons[[y]][seq_len(n)], skip))
      }
    }
  }
  out
}
UNITS <- c("U1", "U2", "U3")
invent <- function(name) {
  out <- council(0.06)
  for (unit in UNITS) {
    lead <- switch(name, two_stage = list(1:9, 1:9), clusters = list(1:12, 1:12), rotating = list(1:9, 4:11))
    home <- switch(name, two_stage = list(1:6, 1:6), clusters = list(3:8, 3:8), rotating = list(1:6, 3:9))
    parts <- list(leaders(unit, 14, lead[[1]], lead[[2]], 0.05),
                  citizens(unit, home, name != "two_stage", name != "clusters", 0.08))
    for (p in parts) for (y in 1:2) out[[y]] <- rbind(out[[y]], p[[y]])
  }
  out
}
put <- function(d, folder, name) write.csv(d, file.path(folder, name), row.names = FALSE, quote = FALSE, na = "")
make <- function(top) {
  for (name in c("two_stage", "clusters", "rotating")) {
    set.seed(match(name, c("two_stage", "clusters", "rotating")) + 20)
    both <- invent(name)
    for (y in 1:2) {
      folder <- file.path(top, name, YEARS[y]); dir.create(folder, recursive = TRUE, showWarnings = FALSE)
      put(both[[y]], folder, "respondents.csv")
      put(data.frame(question = rep(QUESTIONS, each = length(COEFS)), option = names(COEFS),
                     coef = ifelse(is.na(COEFS), "", format(COEFS, digits = 15)), row.names = NULL), folder, "options.csv")
      put(CRITERIA, folder, "criteria.csv")
    }
    put(expected(file.path(top, name)), file.path(top, name), "expected.csv")
  }
}

arguments <- commandArgs(trailingOnly = TRUE)
if (arguments[1] == "make") make(arguments[2]) else write.csv(expected(arguments[1]), row.names = FALSE, quote = FALSE)
