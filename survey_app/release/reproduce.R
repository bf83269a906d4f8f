# The scores of this release and their standard errors, by R alone.
#
#   Rscript reproduce.R [FOLDER] [--missing renormalise|strict] [--min-group N] [--out FILE]
#
# Reads respondents.csv, options.csv, criteria.csv and frame.csv of FOLDER (default: where this
# script lies) and writes a table (unit, score, se) as CSV, to FILE or to the screen. It needs R and
# the package survey, and nothing of the program that made the release.
#
# Group ratio: weighted mean of the coefficients over answers that carry one. Criterion: weighted
# mean of its groups' ratios ("equal") or one ratio over all their answers ("pooled"). Score: the sum
# of maximum x ratio. A group without answers, or with fewer than the minimum, is left out and the
# weights of the others are divided by their sum ("strict": a group without answers voids the score).
# Standard error: Taylor linearisation. One number for each rating holds its influence on its unit's
# score; survey::svytotal gives the variance of their sum under strata, two stages and finite
# populations. A stratum with one PSU of several gives none, and neither does a lone answer.
#
# The minimum is read from manifest.json where it is not given.

suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "remove", digits = 17)

# --- what was asked for -------------------------------------------------------------------------
arguments <- commandArgs(trailingOnly = TRUE)
own <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
folder <- if (length(own)) dirname(own[1]) else "."
missing_rule <- "renormalise"; min_group <- NA; out <- ""
while (length(arguments)) {
  word <- arguments[1]
  if (word == "--missing") missing_rule <- match.arg(arguments[2], c("renormalise", "strict"))
  else if (word == "--min-group") min_group <- as.integer(arguments[2])
  else if (word == "--out") out <- arguments[2]
  else { folder <- word; arguments <- c("", arguments) }
  arguments <- arguments[-(1:2)]
}
manifest <- file.path(folder, "manifest.json")
if (is.na(min_group)) {
  said <- if (file.exists(manifest)) paste(readLines(manifest, warn = FALSE), collapse = " ") else ""
  found <- regmatches(said, regexpr("\"min_group\": *[0-9]+", said))
  min_group <- if (length(found)) as.integer(sub(".*: *", "", found)) else 1L
}

# --- the files: every cell as the text that stands in it ------------------------------------------
table_of <- function(name) {
  read.csv(file.path(folder, name), colClasses = "character", na.strings = character(0),
           check.names = FALSE, strip.white = FALSE, quote = "\"", comment.char = "",
           fileEncoding = "UTF-8-BOM", encoding = "UTF-8")
}
number <- function(text) suppressWarnings(as.numeric(text))   # blank: NA
column <- function(table, name) if (name %in% names(table)) table[[name]] else rep("", nrow(table))
key <- function(...) paste(..., sep = "\x1f")

people <- table_of("respondents.csv")
options_ <- table_of("options.csv")
criteria <- table_of("criteria.csv")
has_frame <- file.exists(file.path(folder, "frame.csv"))
frame <- if (has_frame) table_of("frame.csv") else people
units <- unique(frame$unit)
weight <- number(people$weight)
criteria$points <- number(criteria$max_points)
criteria$share <- number(criteria$group_weight)
criteria <- criteria[criteria$share > 0, ]
criteria$average <- column(criteria, "average")

questions <- unique(options_$question)
worth <- setNames(number(options_$coef), key(options_$question, options_$option))
worth_of <- function(q) unname(worth[key(q, people[[q]])[seq_len(nrow(people))]])
value <- matrix(vapply(questions, worth_of, numeric(nrow(people))), nrow = nrow(people),
                ncol = length(questions), dimnames = list(NULL, questions))   # NA: blank, or no opinion

# --- the design: a sample is a unit x group, unless `sample` names one that serves several units ---
cell <- key(people$unit, people$group)
shared <- column(people, "sample")
sample_ <- ifelse(shared == "", key("cell", cell), key("sample", shared))
stratum <- key(sample_, people$stratum)
psu <- key(stratum, people$psu)
person <- key(psu, people$resp_id)
psus_there <- number(column(people, "fpc1"))
persons_there <- number(column(people, "fpc2"))
distinct <- function(what, within) tapply(what, within, function(each) length(unique(each)))
psus_drawn <- as.vector(distinct(psu, stratum)[stratum])
persons_drawn <- as.vector(distinct(person, psu)[psu])
unbounded <- is.na(psus_there)
lonely <- psus_drawn == 1 & (unbounded | psus_there > 1)
lonely_sample <- sample_ %in% sample_[lonely]
whole_sample <- !sample_ %in% sample_[unbounded | psus_drawn < psus_there |
                                        (!is.na(persons_there) & persons_drawn < persons_there)]
design_data <- data.frame(
  stratum = stratum, psu = psu, person = person, one = rep(1, nrow(people)),
  first = ifelse(unbounded, 1e15, psus_there),
  second = ifelse(is.na(persons_there), persons_drawn, persons_there))
nobody <- c("a", "b")   # lone PSUs add nothing: survey refuses a design of one, or of censuses of one
design_data <- rbind(design_data, data.frame(stratum = nobody, psu = nobody, person = nobody,
                                             one = 1, first = 2, second = 1))
design <- svydesign(ids = ~psu + person, strata = ~stratum, fpc = ~first + second,
                    weights = ~one, data = design_data)

# --- group ratios ------------------------------------------------------------------------------------
rows_of <- split(seq_len(nrow(people)), cell)
could_answer <- function(rows) {    # persons of a cell's samples who answer for its group at all
  group_rows <- which(people$group == people$group[rows[1]])
  length(unique(person[group_rows[sample_[group_rows] %in% sample_[rows]]]))
}
could <- sapply(rows_of, could_answer)
is_lonely <- sapply(rows_of, function(rows) any(lonely_sample[rows]))
is_census <- sapply(rows_of, function(rows) all(whole_sample[rows]))
ratio_of <- function(unit, group, question) {
  at <- key(unit, group)
  rows <- rows_of[[at]]
  x <- if (question %in% colnames(value)) value[rows, question] else rep(NA_real_, length(rows))
  rows <- rows[!is.na(x)]; x <- x[!is.na(x)]
  total <- sum(weight[rows])
  mean <- if (length(rows)) sum(weight[rows] * x) / total else NA_real_
  no_error <- length(rows) > 0 &&
    (is_lonely[[at]] || (length(rows) == 1 && !(is_census[[at]] && could[[at]] == 1)))
  list(rows = rows, x = x, n = length(rows), total = total, mean = mean, no_error = no_error)
}

# --- scores, and each rating's influence on its unit's ---------------------------------------------
score_of <- function(unit) {
  z <- numeric(nrow(people)); score <- 0; void <- FALSE; counted <- FALSE; no_error <- FALSE
  for (name in unique(criteria$criterion)) {
    links <- criteria[criteria$criterion == name, ]
    parts <- Map(function(g, q) ratio_of(unit, g, q), links$group, links$question)
    n <- sapply(parts, `[[`, "n")
    used <- n > 0 & n >= min_group
    if (missing_rule == "strict" && any(n == 0)) used[] <- FALSE
    if (!any(used)) { void <- void || missing_rule == "strict"; next }
    counted <- TRUE
    pooled <- links$average[1] == "pooled"
    share <- if (pooled) sapply(parts, `[[`, "total") else links$share
    share <- ifelse(used, share, 0) / sum(share[used])
    means <- sapply(parts, `[[`, "mean")
    ratio <- sum((share * means)[used])
    score <- score + links$points[1] * ratio
    for (k in which(used)) {
      part <- parts[[k]]
      centre <- if (pooled) ratio else part$mean
      z[part$rows] <- z[part$rows] +
        links$points[1] * share[k] * weight[part$rows] * (part$x - centre) / part$total
      no_error <- no_error || part$no_error
    }
  }
  if (void || !counted) return(list(score = NA_real_, z = z, no_error = TRUE))
  list(score = score, z = z, no_error = no_error)
}

scored <- lapply(units, score_of)
variance <- numeric(0)
at_once <- max(20, 4e7 %/% nrow(people))   # units, so that their influences stay below 320 MB
for (block in split(seq_along(units), (seq_along(units) - 1) %/% at_once)) {
  influence <- rbind(do.call(cbind, lapply(scored[block], `[[`, "z")), 0, 0)
  variance <- c(variance, diag(as.matrix(vcov(svytotal(influence, design)))))
}
se <- sqrt(pmax(variance, 0))
se[se < 1e-12] <- 0
se[sapply(scored, `[[`, "no_error")] <- NA
score <- sapply(scored, `[[`, "score")

text <- function(x) ifelse(is.na(x), "", formatC(x, digits = 17, format = "g", width = 1))
result <- data.frame(unit = units, score = text(score), se = text(se))
write.csv(result, if (nzchar(out)) out else stdout(), row.names = FALSE, quote = 1,
          fileEncoding = "UTF-8")
