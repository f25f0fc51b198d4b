# Least squares by base R alone, as an independent check of the fits. Run: Rscript make.R > expected.json
q <- function(p, v) { # normal: a line through the quantiles
  f <- lm(v ~ qnorm(p)); unname(coef(f))
}
tilt <- function(p, v) { # centre + scale (exp(g z) - 1) / g
  z <- qnorm(p); s <- diff(range(v))
  ssq <- function(g) { x <- expm1(g * z) / g; sum(residuals(lm(v ~ x))^2) / s^2 }
  g <- optimize(ssq, c(-1.5, 1.5), tol = 1e-12)$minimum
  x <- expm1(g * z) / g
  c(unname(coef(lm(v ~ x))), g)
}
chips <- function(edges, shares) { # normal: least squares of probability
  f <- function(t) sum((pnorm(edges, t[1], exp(t[2])) - shares)^2)
  o <- optim(c(mean(edges), log(sd(edges))), f, method = "BFGS", control = list(reltol = 1e-15, maxit = 1000))
  o <- optim(o$par, f, method = "Nelder-Mead", control = list(reltol = 1e-15, maxit = 5000))
  c(o$par[1], exp(o$par[2]))
}
show <- function(name, x, last = FALSE)
  cat(sprintf('  "%s": [%s]%s\n', name, paste(sprintf("%.10g", x), collapse = ", "), if (last) "" else ","))
cat("{\n")
show("normal_a", q(c(.25, .5, .75), c(25, 30, 35)))
show("normal_b", q(c(.25, .5, .75), c(30, 35, 50)))
show("normal_five", q(c(.05, .25, .5, .75, .95), c(-2, 0.5, 2, 3.2, 6)))
show("skew_b", tilt(c(.25, .5, .75), c(30, 35, 50)))
show("skew_five", tilt(c(.05, .25, .5, .75, .95), c(-1, 0.5, 2, 5, 12)))
show("chips", chips(c(0, 2, 4, 6), c(3, 13, 18, 19) / 20))
show("chips_two", chips(c(0, 2), c(.25, .75)), last = TRUE)
cat("}\n")
