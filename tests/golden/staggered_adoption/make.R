# Prints the expected values: Rscript make.R (needs the CRAN packages did and fixest).
library(did)
library(fixest)
d <- read.csv("mpdta.csv")

show_all <- function(label, xformla, est_method, control_group) {
  out <- att_gt(yname = "lemp", tname = "year", idname = "countyreal", gname = "first_treat",
                xformla = xformla, data = d, est_method = est_method,
                control_group = control_group, bstrap = FALSE, cband = FALSE)
  cat("\n==", label, "W", out$W, "p", out$Wpval, "\n")
  print(data.frame(group = out$group, time = out$t, att = out$att, se = out$se))
  for (type in c("simple", "dynamic", "group", "calendar")) {
    a <- aggte(out, type = type, bstrap = FALSE, cband = FALSE)
    cat(type, a$overall.att, a$overall.se, "\n")
    if (type != "simple") print(data.frame(level = a$egt, att = a$att.egt, se = a$se.egt))
  }
}

show_all("never, no covariate", ~1, "dr", "nevertreated")
for (method in c("dr", "ipw", "reg")) show_all(paste("never, lpop,", method), ~lpop, method, "nevertreated")
show_all("not yet, no covariate", ~1, "dr", "notyettreated")
show_all("not yet, lpop, dr", ~lpop, "dr", "notyettreated")

d$on <- as.integer(d$first_treat > 0 & d$year >= d$first_treat)
print(feols(lemp ~ on | countyreal + year, d, cluster = ~countyreal, ssc = ssc(fixef.K = "full")))
