# Loads this archive and computes the units' survey scores again, with R alone (no package).
#
#   Rscript reproduce.R [FOLDER] [--out FILE]
#
# Prints a table (unit, score, published) and stops where a score that can be computed again differs
# from the published one by more than 1e-9. `data` is then a data frame with factors and labels.

arguments <- commandArgs(trailingOnly = TRUE)
own <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
folder <- if (length(own)) dirname(own[1]) else "."
out <- ""
while (length(arguments)) {
  if (arguments[1] == "--out") { out <- arguments[2]; arguments <- arguments[-(1:2)] }
  else { folder <- arguments[1]; arguments <- arguments[-1] }
}
# Codes are texts, also where they look like numbers (1.1 is not 1.10) or like NA or TRUE.
table_of <- function(..., numbers = character()) {
  table <- read.csv(file.path(folder, ...), encoding = "UTF-8", colClasses = "character",
                    na.strings = "", check.names = FALSE)
  table[numbers] <- lapply(table[numbers], as.numeric)
  table
}

# --- the data, with labels ----------------------------------------------------------------------
ratings <- read.csv(file.path(folder, "data", "ratings.csv"), check.names = FALSE)
codebook <- table_of("codebook", "codebook.csv", numbers = c("value", "coefficient"))
data <- ratings
for (name in names(data)) {
  lines <- codebook[codebook$variable == name, ]
  attr(data[[name]], "label") <- lines$label_vi[1]
  if (lines$kind[1] != "number" && !all(is.na(lines$value))) {
    valid <- lines[lines$missing != "True", ]
    if (nrow(valid)) {
      data[[name]] <- factor(data[[name]], valid$value,
                             make.unique(as.character(valid$value_label_vi)))
      attr(data[[name]], "label") <- lines$label_vi[1]
    }
  }
}
# For standard errors where `coarsened` is 0 or 1 (each row is its own PSU where psu is blank):
#   library(survey)
#   svydesign(ids = ~ifelse(is.na(psu), seq_along(psu), psu), strata = ~interaction(unit, group, stratum),
#             fpc = ~fpc1, weights = ~weight, nest = TRUE, data = ratings)

# --- the scores ---------------------------------------------------------------------------------
criteria <- table_of("definition", "criteria.csv",
                     numbers = c("max_points", "group_number", "group_weight"))
settings <- table_of("definition", "settings.csv")
setting <- setNames(settings$value, settings$name)
headline <- table_of("results", "headline.csv", numbers = "score")
units <- table_of("definition", "units.csv", numbers = "number")
min_group <- as.integer(setting[["min_group"]])
is_strict <- setting[["missing"]] == "strict"
worth <- codebook[!is.na(codebook$coefficient), c("variable", "value", "coefficient")]

ratio_of <- function(unit, group, variable) {
  rows <- ratings[ratings$unit == unit & ratings$group == group, c("weight", variable)]
  options <- worth[worth$variable == variable, ]
  x <- options$coefficient[match(rows[[variable]], options$value)]
  w <- rows$weight[!is.na(x)]
  x <- x[!is.na(x)]
  list(n = length(x), total = sum(w), mean = sum(w * x) / sum(w))
}
score_of <- function(unit) {
  score <- 0; counted <- FALSE
  for (name in unique(criteria$criterion)) {
    links <- criteria[criteria$criterion == name, ]
    parts <- Map(function(g, v) ratio_of(unit, g, v), links$group_number, links$variable)
    n <- sapply(parts, `[[`, "n")
    used <- n > 0 & n >= min_group
    if (is_strict && any(n == 0)) return(NA_real_)
    if (!any(used)) { if (is_strict) return(NA_real_); next }
    counted <- TRUE
    share <- if (links$average[1] == "pooled") sapply(parts, `[[`, "total") else links$group_weight
    means <- sapply(parts, `[[`, "mean")
    score <- score + links$max_points[1] * sum((share * means)[used]) / sum(share[used])
  }
  if (counted) score else NA_real_
}

result <- headline[headline$reproducible == "True", c("unit", "score")]
names(result)[2] <- "published"
result$score <- vapply(match(result$unit, units$unit), score_of, numeric(1))
text <- function(x) formatC(x, digits = 17, format = "g", width = 1)
written <- data.frame(unit = result$unit, score = text(result$score), published = text(result$published))
write.csv(written, if (nzchar(out)) out else stdout(), row.names = FALSE)
apart <- abs(result$score - result$published)
if (nrow(result) && !all(apart <= 1e-9)) stop("scores differ from the published ones")
message(nrow(result), " of ", nrow(headline), " scores computed again; the largest difference is ",
        format(max(apart, 0)))
