package catalog

import (
	"github.com/godescent/descent"
	"github.com/godescent/descent/method/newton"
	"github.com/godescent/descent/method/proximal"
	"github.com/godescent/descent/method/quasinewton"
	"github.com/godescent/descent/method/stochastic"
)

// What methods need and take, as the entries below write it.
var (
	gradients   = []string{"Smooth"}
	products    = []string{"Smooth", "HessianVector"}
	hessians    = []string{"Smooth", "HessianMatrix"}
	sums        = []string{"FiniteSum"}
	terms       = []string{"Smooth", "FiniteSum"}
	alone       = []Class{Smooth}
	inBounds    = []Class{Smooth, Bounds}
	regularized = []Class{Smooth, Bounds, Composite}
)

// methods is the table, by family.
var methods = []Entry{
	{
		ID: "lbfgs", Title: "Limited-memory BFGS", Family: "quasinewton", Classes: alone, Needs: gradients,
		New: func() descent.Method { return &quasinewton.LBFGS{} },
		Paper: Paper{
			Key: "liu1989", Kind: "article", Authors: []string{"Dong C. Liu", "Jorge Nocedal"}, Year: 1989,
			Title: "On the limited memory BFGS method for large scale optimization", Venue: "Mathematical Programming", Volume: "45", Pages: "503–528", DOI: "10.1007/BF01589116",
		},
	},
	{
		ID: "lbfgsb", Title: "Limited-memory BFGS with bounds", Family: "quasinewton", Classes: inBounds, Needs: gradients,
		New: func() descent.Method { return &quasinewton.LBFGSB{} },
		Paper: Paper{
			Key: "byrd1995", Kind: "article", Authors: []string{"Richard H. Byrd", "Peihuang Lu", "Jorge Nocedal", "Ciyou Zhu"}, Year: 1995,
			Title: "A limited memory algorithm for bound constrained optimization", Venue: "SIAM Journal on Scientific Computing", Volume: "16(5)", Pages: "1190–1208", DOI: "10.1137/0916069",
		},
	},
	{
		ID: "newton", Title: "Newton's method with a line search", Family: "newton", Classes: alone, Needs: hessians,
		New: func() descent.Method { return &newton.Newton{} },
		Paper: Paper{
			Key: "nocedal2006", Kind: "book", Authors: []string{"Jorge Nocedal", "Stephen J. Wright"}, Year: 2006,
			Title: "Numerical Optimization, second edition", Venue: "Springer", DOI: "10.1007/978-0-387-40065-5",
		},
	},
	{
		ID: "tr-newton-cg", Title: "Trust-region Newton with conjugate gradients", Family: "newton", Classes: alone, Needs: products,
		New: func() descent.Method { return &newton.TRNewtonCG{} },
		Paper: Paper{
			Key: "steihaug1983", Kind: "article", Authors: []string{"Trond Steihaug"}, Year: 1983,
			Title: "The conjugate gradient method and trust regions in large scale optimization", Venue: "SIAM Journal on Numerical Analysis", Volume: "20(3)", Pages: "626–637", DOI: "10.1137/0720042",
		},
	},
	{
		ID: "prox-grad", Title: "Proximal gradient method", Family: "proximal", Classes: regularized, Needs: gradients,
		New: func() descent.Method { return &proximal.ProxGrad{} },
		Paper: Paper{
			Key: "beck2009", Kind: "article", Authors: []string{"Amir Beck", "Marc Teboulle"}, Year: 2009,
			Title: "A fast iterative shrinkage-thresholding algorithm for linear inverse problems", Venue: "SIAM Journal on Imaging Sciences", Volume: "2(1)", Pages: "183–202", DOI: "10.1137/080716542",
		},
	},
	{
		ID: "fista", Title: "Accelerated proximal gradient method with restart", Family: "proximal", Classes: regularized, Needs: gradients,
		New: func() descent.Method { return &proximal.FISTA{} },
		Paper: Paper{
			Key: "beck2009", Kind: "article", Authors: []string{"Amir Beck", "Marc Teboulle"}, Year: 2009,
			Title: "A fast iterative shrinkage-thresholding algorithm for linear inverse problems", Venue: "SIAM Journal on Imaging Sciences", Volume: "2(1)", Pages: "183–202", DOI: "10.1137/080716542",
		},
	},
	{
		ID: "sgd", Title: "Stochastic gradient descent with averaging", Family: "stochastic", Classes: regularized, Needs: sums,
		New: func() descent.Method { return &stochastic.SGD{} },
		Paper: Paper{
			Key: "robbins1951", Kind: "article", Authors: []string{"Herbert Robbins", "Sutton Monro"}, Year: 1951,
			Title: "A stochastic approximation method", Venue: "The Annals of Mathematical Statistics", Volume: "22(3)", Pages: "400–407", DOI: "10.1214/aoms/1177729586",
		},
	},
	{
		ID: "svrg", Title: "Stochastic variance reduced gradient", Family: "stochastic", Classes: regularized, Needs: terms,
		New: func() descent.Method { return &stochastic.SVRG{} },
		Paper: Paper{
			Key: "xiao2014", Kind: "article", Authors: []string{"Lin Xiao", "Tong Zhang"}, Year: 2014,
			Title: "A proximal stochastic gradient method with progressive variance reduction", Venue: "SIAM Journal on Optimization", Volume: "24(4)", Pages: "2057–2075", DOI: "10.1137/140961791", ArXiv: "1403.4699",
		},
	},
	{
		ID: "saga", Title: "SAGA", Family: "stochastic", Classes: regularized, Needs: sums,
		New: func() descent.Method { return &stochastic.SAGA{} },
		Paper: Paper{
			Key: "defazio2014", Kind: "inproceedings", Authors: []string{"Aaron Defazio", "Francis Bach", "Simon Lacoste-Julien"}, Year: 2014,
			Title: "SAGA: a fast incremental gradient method with support for non-strongly convex composite objectives", Venue: "Advances in Neural Information Processing Systems 27", ArXiv: "1407.0202",
		},
	},
}
