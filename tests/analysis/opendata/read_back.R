# Reads a .sav and a .dta with haven, and the .sav with foreign, and writes what stands in them.
#   Rscript read_back.R SAV DTA OUT
arguments <- commandArgs(trailingOnly = TRUE)
text <- function(x) ifelse(is.na(x), "", formatC(as.numeric(x), digits = 17, format = "g", width = 1))
said <- function(data, name) write.csv(as.data.frame(lapply(data, text), optional = TRUE),
                                       file.path(arguments[3], name), row.names = FALSE, quote = FALSE)
labels <- function(data, name) {
  rows <- do.call(rbind, lapply(names(data), function(column) {
    words <- attr(data[[column]], "labels")
    value <- if (is.null(words)) "" else {
      tag <- haven::na_tag(words)
      ifelse(is.na(tag), text(words), paste0(".", tag))
    }
    data.frame(variable = column, label = attr(data[[column]], "label"), value = value,
               words = if (is.null(words)) "" else names(words))
  }))
  write.csv(rows, file.path(arguments[3], name), row.names = FALSE, fileEncoding = "UTF-8")
}
sav <- haven::read_sav(arguments[1], user_na = TRUE)
dta <- haven::read_dta(arguments[2])
said(lapply(sav, unclass), "sav.csv")
labels(sav, "sav-labels.csv")
labels(dta, "dta-labels.csv")
tagged <- lapply(dta, function(column) {
  tag <- if (is.double(column)) haven::na_tag(column) else NA
  ifelse(is.na(tag), text(unclass(column)), paste0(".", tag))
})
write.csv(as.data.frame(tagged, optional = TRUE), file.path(arguments[3], "dta.csv"),
          row.names = FALSE, quote = FALSE)
old <- suppressWarnings(foreign::read.spss(arguments[1], use.value.labels = FALSE, use.missings = FALSE,
                                           to.data.frame = TRUE, reencode = "UTF-8"))
said(old, "foreign.csv")
ranges <- sapply(sav, function(column) paste(attr(column, "na_range"), collapse = " "))
write.csv(data.frame(variable = names(sav), range = ranges), file.path(arguments[3], "missing.csv"),
          row.names = FALSE)
