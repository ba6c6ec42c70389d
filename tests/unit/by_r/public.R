# The figures of tests/unit/test_survey_public_data.py, by R 4.2.2 with survey 4.1, psych 2.2.9, multilevel 2.8.
#
# The four tables beside this file are parts of public data sets that ship with these packages:
#   api.csv   survey::apisrs, California's Academic Performance Index: a simple random sample of 200 of 6,194 schools
#   api_weighted.csv   survey::apistrat, another 200 of them with the weights of their strata
#   bfi.csv   psych::bfi, SAPA project: agreeableness and education of the first 400 persons who answered all of it
#   lead.csv  multilevel::lq2002, leadership climate of the soldiers of six companies
# `Rscript public.R` in this folder writes them again and prints the figures.

suppressMessages({library(survey); library(psych); library(multilevel)})
show <- function(name, ...) cat(name, format(c(...), digits = 12), "\n")

data(api)
api <- apisrs[, c("stype", "sch.wide", "api00", "comp.imp", "awards")]
write.csv(api, "api.csv", row.names = FALSE, quote = FALSE)
plain <- svydesign(~1, fpc = ~fpc, data = apisrs)
types <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
raked <- rake(plain, list(~stype, ~sch.wide), list(types, wide), control = list(epsilon = 1e-12, maxit = 100))
stratified <- postStratify(plain, ~stype, types)
for (each in c("plain", "raked", "stratified")) {
  d <- get(each)
  found <- svymean(~api00, d);                        show(paste(each, "api00"), coef(found), SE(found))
  found <- svymean(~as.numeric(comp.imp == "Yes"), d); show(paste(each, "comp_imp"), coef(found), SE(found))
  both <- update(d, both = ((comp.imp == "Yes") + (awards == "Yes")) / 2)
  found <- svymean(~both, both);                      show(paste(each, "both"), coef(found), SE(found))
  show(paste(each, "kish"), mean(weights(d)^2) / mean(weights(d))^2)
}
for (one in c("logit", "asin", "beta", "mean", "xlogit"))
  show(paste("svyciprop", one), attr(svyciprop(~I(comp.imp == "Yes"), plain, method = one), "ci"))
show("prop.test", prop.test(sum(apisrs$comp.imp == "Yes"), 200, correct = FALSE)$conf.int) # Wilson, no finite population
few <- data.frame(w = c(1, 1, 1, 9))
show("trimWeights", weights(trimWeights(svydesign(~1, weights = ~w, data = few), upper = 5)))

data(bfi)
whole <- bfi[complete.cases(bfi[, c("A1", "A2", "A3", "A4", "A5", "education")]), ][1:400, ]
write.csv(whole[, c("A1", "A2", "A3", "A4", "A5", "education")], "bfi.csv", row.names = FALSE, quote = FALSE)
x <- whole[, c("A1", "A2", "A3", "A4", "A5")]
x$A1 <- 7 - x$A1
a <- psych::alpha(x)
show("alpha, standardised", a$total$raw_alpha, a$total$std.alpha)
show("item-rest", a$item.stats$r.drop)
show("alpha without", a$alpha.drop$raw_alpha)
f <- fa(x, 1, fm = "minres")
# psych's search stops early; the same criterion to the end
goal <- function(l) { r <- cor(x) - l %o% l; diag(r) <- 0; sum(r^2) }
l <- optim(f$loadings[, 1], goal, method = "BFGS", control = list(reltol = 1e-16, maxit = 5000))$par
show("loadings by psych", f$loadings[, 1]); show("loadings", l)
show("omega of loadings", sum(l)^2 / (sum(l)^2 + sum(1 - l^2)))
show("psych omega.tot", suppressMessages(suppressWarnings(omega(x, 1, plot = FALSE)))$omega.tot)
show("variance extracted", mean(l^2))
between <- aov(rowMeans(x) ~ as.factor(education), whole)
show("ICC1, ICC2 of education", ICC1(between), ICC2(between))

data(lq2002)
lead <- lq2002[lq2002$COMPID %in% c(2, 3, 4, 5, 10, 13), c("COMPID", paste0("LEAD", sprintf("%02d", 1:11)))]
write.csv(lead, "lead.csv", row.names = FALSE, quote = FALSE)
show("rwg.j", rwg.j(lead[, 2:12], lead$COMPID, ranvar = 2)$rwg.j)
between <- aov(rowMeans(lead[, 2:12]) ~ as.factor(COMPID), lead)
show("ICC1, ICC2 of companies", ICC1(between), ICC2(between))
a <- psych::alpha(lead[, 2:12]); show("alpha of leadership", a$total$raw_alpha, a$total$std.alpha)

# a weighted sample whose weights came with it
data(api)
weighted <- apistrat[, c("stype", "sch.wide", "api00", "comp.imp", "awards", "pw")]
write.csv(weighted, "api_weighted.csv", row.names = FALSE, quote = FALSE)
sent <- svydesign(~1, weights = ~pw, data = apistrat)
both <- update(sent, both = ((comp.imp == "Yes") + (awards == "Yes")) / 2)
found <- svymean(~api00, sent);                         show("sent api00", coef(found), SE(found))
found <- svymean(~as.numeric(comp.imp == "Yes"), sent); show("sent comp_imp", coef(found), SE(found))
found <- svymean(~both, both);                          show("sent both", coef(found), SE(found))
show("sent kish", mean(apistrat$pw^2) / mean(apistrat$pw)^2)
