# glmnet for sparse.py: reads tab-separated commands from standard input, data and
# answers go through binary files of one folder, and only glmnet() is on the clock.
#
#   load  DIR n d nnz dense   reads DIR/{x,y} and, if not dense, DIR/{i,p} (columns)
#   fit   family algorithm thresh k   fits the k weights of DIR/lambda, writes
#         DIR/out.{i,p,x} (columns, one per weight), prints seconds and entries
suppressMessages(library(glmnet))
glmnet.control(fdev = 0, devmax = 1) # no early end of a path
cat(as.character(packageVersion("glmnet")), "\n")
flush(stdout())
input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  a <- strsplit(line, "\t")[[1]]
  if (a[1] == "load") {
    dir <- a[2]
    n <- as.integer(a[3]); d <- as.integer(a[4]); nnz <- as.integer(a[5])
    path <- function(name) file.path(dir, name)
    y <- readBin(path("y"), "double", n)
    if (a[6] == "1") {
      x <- matrix(readBin(path("x"), "double", n * d), n, d)
    } else {
      x <- new("dgCMatrix", i = readBin(path("i"), "integer", nnz), p = readBin(path("p"), "integer", d + 1L),
               x = readBin(path("x"), "double", nnz), Dim = c(n, d))
    }
    cat("ok\n")
  } else {
    lambda <- readBin(path("lambda"), "double", as.integer(a[5]))
    thresh <- as.double(a[4])
    gc()
    if (a[2] == "gaussian") {
      start <- Sys.time()
      m <- glmnet(x, y, lambda = lambda, standardize = FALSE, intercept = FALSE, thresh = thresh,
                  maxit = 1e6, type.gaussian = a[3])
    } else {
      f <- factor(y)
      start <- Sys.time()
      m <- glmnet(x, f, family = "binomial", lambda = lambda, standardize = FALSE, intercept = FALSE,
                  thresh = thresh, maxit = 1e6, type.logistic = a[3])
    }
    seconds <- as.double(difftime(Sys.time(), start, units = "secs"))
    b <- as(m$beta, "CsparseMatrix")
    writeBin(b@i, path("out.i")); writeBin(b@p, path("out.p")); writeBin(b@x, path("out.x"))
    cat(seconds, length(b@x), ncol(b), "\n")
  }
  flush(stdout())
}
