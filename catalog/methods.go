package catalog

import (
	"github.com/godescent/descent"
	"github.com/godescent/descent/method/coordinate"
	"github.com/godescent/descent/method/gradient"
	"github.com/godescent/descent/method/krylov"
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
	quadratics  = []string{"Smooth", "HessianVector", "Quadratic"}
	separations = []string{"Separation"}
	targets     = []string{"TargetSum"}
	constants   = []string{"CoordinateLipschitz"}
	blocks      = []string{"Smooth", "HessianBlock", "Piecewise"}
	groups      = []string{"Smooth", "HessianBlock", "Grouped"}
	duals       = []string{"DualTerms"}
	kinks       = []string{"Augmentable", "Piecewise"}
	bounded     = []string{"Smooth", "Lipschitz"}
	convex      = []string{"Smooth", "Lipschitz", "StrongConvexity"}
	alone       = []Class{Smooth}
	inBounds    = []Class{Smooth, Bounds}
	composite   = []Class{Composite}
	regularized = []Class{Smooth, Bounds, Composite}
)

// methods is the table, by family.
var methods = []Entry{
	{
		ID: "gd", Title: "Gradient descent", Family: "gradient", Classes: alone, Needs: gradients,
		New: func() descent.Method { return &gradient.GD{} },
		Paper: Paper{
			Key: "cauchy1847", Kind: "article", Authors: []string{"Augustin-Louis Cauchy"}, Year: 1847,
			Title: "Méthode générale pour la résolution des systèmes d'équations simultanées", Venue: "Comptes rendus hebdomadaires des séances de l'Académie des sciences", Volume: "25", Pages: "536–538",
		},
	},
	{
		ID: "bb", Title: "Barzilai-Borwein gradient method", Family: "gradient", Classes: alone, Needs: gradients,
		New: func() descent.Method { return &gradient.BB{} },
		Paper: Paper{
			Key: "barzilai1988", Kind: "article", Authors: []string{"Jonathan Barzilai", "Jonathan M. Borwein"}, Year: 1988,
			Title: "Two-point step size gradient methods", Venue: "IMA Journal of Numerical Analysis", Volume: "8(1)", Pages: "141–148", DOI: "10.1093/imanum/8.1.141",
		},
	},
	{
		ID: "heavy-ball", Title: "Heavy-ball momentum", Family: "gradient", Classes: alone, Needs: convex,
		New: func() descent.Method { return &gradient.HeavyBall{} },
		Paper: Paper{
			Key: "polyak1964", Kind: "article", Authors: []string{"Boris T. Polyak"}, Year: 1964,
			Title: "Some methods of speeding up the convergence of iteration methods", Venue: "USSR Computational Mathematics and Mathematical Physics", Volume: "4(5)", Pages: "1–17", DOI: "10.1016/0041-5553(64)90137-5",
		},
	},
	{
		ID: "nesterov", Title: "Nesterov's accelerated gradient method", Family: "gradient", Classes: alone, Needs: gradients,
		New: func() descent.Method { return &gradient.Nesterov{} },
		Paper: Paper{
			Key: "nesterov1983", Kind: "article", Authors: []string{"Yurii Nesterov"}, Year: 1983,
			Title: "A method for solving the convex programming problem with convergence rate O(1/k^2)", Venue: "Doklady Akademii Nauk SSSR", Volume: "269(3)", Pages: "543–547",
		},
	},
	{
		ID: "nesterov-sc", Title: "Nesterov's method with constant momentum", Family: "gradient", Classes: alone, Needs: convex,
		New: func() descent.Method { return &gradient.NesterovSC{} },
		Paper: Paper{
			Key: "nesterov2004", Kind: "book", Authors: []string{"Yurii Nesterov"}, Year: 2004,
			Title: "Introductory Lectures on Convex Optimization", Venue: "Springer", DOI: "10.1007/978-1-4419-8853-9",
		},
	},
	{
		ID: "triple-momentum", Title: "Triple momentum method", Family: "gradient", Classes: alone, Needs: convex,
		New: func() descent.Method { return &gradient.TripleMomentum{} },
		Paper: Paper{
			Key: "vanscoy2018", Kind: "article", Authors: []string{"Bryan Van Scoy", "Randy A. Freeman", "Kevin M. Lynch"}, Year: 2018,
			Title: "The fastest known globally convergent first-order method for minimizing strongly convex functions", Venue: "IEEE Control Systems Letters", Volume: "2(1)", Pages: "49–54", DOI: "10.1109/LCSYS.2017.2722406",
		},
	},
	{
		ID: "cg", Title: "Nonlinear conjugate gradients", Family: "gradient", Classes: alone, Needs: gradients,
		New: func() descent.Method { return &gradient.CG{} },
		Paper: Paper{
			Key: "hager2006", Kind: "article", Authors: []string{"William W. Hager", "Hongchao Zhang"}, Year: 2006,
			Title: "A survey of nonlinear conjugate gradient methods", Venue: "Pacific Journal of Optimization", Volume: "2(1)", Pages: "35–58",
		},
	},
	{
		ID: "pi-flow", Title: "Passivity-and-immersion flow", Family: "gradient", Classes: alone, Needs: bounded,
		New: func() descent.Method { return &gradient.PIFlow{} },
		Paper: Paper{
			Key: "parimi2025", Kind: "article", Authors: []string{"Parimi", "Mehra", "Wagh", "Yerudkar", "Singh"}, Year: 2025,
			Title: "On the Dynamics of Acceleration in First order Gradient Methods", Venue: "arXiv preprint", ArXiv: "2509.18346",
		},
	},
	{
		ID: "normalized-gd", Title: "Normalized gradient descent for separating hyperplanes", Family: "gradient", Classes: alone, Needs: separations,
		New: func() descent.Method { return &gradient.NormalizedGD{} },
		Paper: Paper{
			Key: "tyurin2025", Kind: "inproceedings", Authors: []string{"Alexander Tyurin"}, Year: 2025,
			Title: "From Logistic Regression to the Perceptron Algorithm: Exploring Gradient Descent with Large Step Sizes", Venue: "AAAI", ArXiv: "2412.08424",
		},
	},
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
		ID: "gns-newton", Title: "Newton's method regularized by the norm of the gradient", Family: "newton", Classes: alone, Needs: hessians,
		New: func() descent.Method { return &newton.GNS{} },
		Paper: Paper{
			Key: "semenov2026", Kind: "inproceedings", Authors: []string{"Andrei Semenov", "Martin Jaggi", "Nikita Doikov"}, Year: 2026,
			Title: "Gradient-Normalized Smoothness for Optimization with Approximate Hessians", Venue: "ICLR", ArXiv: "2506.13710",
		},
	},
	{
		ID: "linear-cg", Title: "Conjugate gradients for quadratics", Family: "krylov", Classes: alone, Needs: quadratics,
		New: func() descent.Method { return &krylov.CG{} },
		Paper: Paper{
			Key: "hestenes1952", Kind: "article", Authors: []string{"Magnus R. Hestenes", "Eduard Stiefel"}, Year: 1952,
			Title: "Methods of conjugate gradients for solving linear systems", Venue: "Journal of Research of the National Bureau of Standards", Volume: "49(6)", Pages: "409–436",
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
		ID: "prox-newton", Title: "Proximal Newton method on working sets", Family: "coordinate", Classes: regularized, Needs: blocks,
		New: func() descent.Method { return &coordinate.ProxNewton{} },
		Paper: Paper{
			Key: "yuan2012", Kind: "article", Authors: []string{"Guo-Xun Yuan", "Chia-Hua Ho", "Chih-Jen Lin"}, Year: 2012,
			Title: "An improved GLMNET for L1-regularized logistic regression", Venue: "Journal of Machine Learning Research", Volume: "13", Pages: "1999–2030",
		},
	},
	{
		ID: "group-newton", Title: "Proximal Newton method on working sets of groups", Family: "coordinate", Classes: composite, Needs: groups,
		New: func() descent.Method { return &coordinate.GroupNewton{} },
		Paper: Paper{
			Key: "meier2008", Kind: "article", Authors: []string{"Lukas Meier", "Sara van de Geer", "Peter Bühlmann"}, Year: 2008,
			Title: "The group lasso for logistic regression", Venue: "Journal of the Royal Statistical Society: Series B", Volume: "70(1)", Pages: "53–71", DOI: "10.1111/j.1467-9868.2007.00627.x",
		},
	},
	{
		ID: "dual-cd", Title: "Stochastic dual coordinate ascent", Family: "coordinate", Classes: alone, Needs: duals,
		New: func() descent.Method { return &coordinate.DualCD{} },
		Paper: Paper{
			Key: "hsieh2008", Kind: "inproceedings", Authors: []string{"Cho-Jui Hsieh", "Kai-Wei Chang", "Chih-Jen Lin", "S. Sathiya Keerthi", "S. Sundararajan"}, Year: 2008,
			Title: "A dual coordinate descent method for large-scale linear SVM", Venue: "Proceedings of the 25th International Conference on Machine Learning", DOI: "10.1145/1390156.1390208",
		},
	},
	{
		ID: "al-newton", Title: "Augmented Lagrangian method with semismooth Newton steps", Family: "coordinate", Classes: regularized, Needs: kinks,
		New: func() descent.Method { return &coordinate.ALNewton{} },
		Paper: Paper{
			Key: "li2018", Kind: "article", Authors: []string{"Xudong Li", "Defeng Sun", "Kim-Chuan Toh"}, Year: 2018,
			Title: "A highly efficient semismooth Newton augmented Lagrangian method for solving Lasso problems", Venue: "SIAM Journal on Optimization", Volume: "28(1)", Pages: "433–458", DOI: "10.1137/16M1097572", ArXiv: "1607.05428",
		},
	},
	{
		ID: "bcd", Title: "Block coordinate descent", Family: "coordinate", Classes: regularized, Needs: gradients, Beside: constants,
		New: func() descent.Method { return &coordinate.BCD{} },
		Paper: Paper{
			Key: "nutini2022", Kind: "article", Authors: []string{"Julie Nutini", "Issam Laradji", "Mark Schmidt"}, Year: 2022,
			Title: "Let's Make Block Coordinate Descent Converge Faster: Faster Greedy Rules, Message-Passing, Active-Set Complexity, and Superlinear Convergence", Venue: "Journal of Machine Learning Research", Volume: "23(131)", ArXiv: "1712.08859",
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
	{
		ID: "sso", Title: "Surrogates in the targets of a model", Family: "stochastic", Classes: alone, Needs: targets,
		New: func() descent.Method { return &stochastic.SSO{} },
		Paper: Paper{
			Key: "lavington2023", Kind: "inproceedings", Authors: []string{"Jonathan Wilder Lavington", "Sharan Vaswani", "Reza Babanezhad", "Mark Schmidt", "Nicolas Le Roux"}, Year: 2023,
			Title: "Target-based Surrogates for Stochastic Optimization", Venue: "Proceedings of the 40th International Conference on Machine Learning", ArXiv: "2302.02607",
		},
	},
}
