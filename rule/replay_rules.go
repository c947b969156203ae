package rule

import (
	"encoding/json"
	"fmt"
	"strings"
)

// hyper are the options of a reference implementation, under its names.
type hyper map[string]any

// f returns a number, 0 if it is not there.
func (h hyper) f(name string) float64 {
	v, _ := h[name].(float64)
	return v
}

func (h hyper) n(name string) int  { return int(h.f(name)) }
func (h hyper) b(name string) bool { v, _ := h[name].(bool); return v }

// at returns number i of a list.
func (h hyper) at(name string, i int) float64 {
	if v, _ := h[name].([]any); i < len(v) {
		f, _ := v[i].(float64)
		return f
	}
	return 0
}

func (h hyper) list(name string) (out []float64) {
	v, _ := h[name].([]any)
	for i := range v {
		out = append(out, h.at(name, i))
	}
	return out
}

// none returns v, or -1 for 0: the options of which 0 is not the default.
func none(v float64) float64 {
	if v == 0 {
		return -1
	}
	return v
}

// decayed wraps a rule by the decay that the options ask for, in the sense of the references that have both.
func (h hyper) decayed(r Rule) Rule {
	w := h.f("weight_decay")
	if w == 0 {
		return r
	}
	return Decay{Rule: r, Weight: w, Coupled: !h.b("weight_decouple") && !h.b("decouple_weight_decay"), Fixed: h.b("fixed_decay")}
}

// coupled is decayed for references whose decay is always coupled.
func (h hyper) coupled(r Rule) Rule {
	if w := h.f("weight_decay"); w != 0 {
		return Decay{Rule: r, Weight: w, Coupled: true}
	}
	return r
}

// replayOf returns the replay of a trajectory: that of its optimizer's name, or of the name without
// its last words, as options tell the variants apart.
func replayOf(t *Trajectory) (*replay, error) {
	for name := t.Optimizer; ; {
		if f, ok := replays[name]; ok {
			h := hyper(t.Hyperparameters)
			s := f(h, t)
			if s.rate == 0 {
				s.rate = h.f("lr")
			}
			return &s, nil
		}
		i := strings.LastIndex(name, "_")
		if i < 0 {
			return nil, fmt.Errorf("trajectory: optimizer %q: %w", t.Optimizer, ErrUnknown)
		}
		name = name[:i]
	}
}

// plain is a replay of a rule without more.
func plain(f func(h hyper) Rule) func(hyper, *Trajectory) replay {
	return func(h hyper, _ *Trajectory) replay { return replay{rule: f(h)} }
}

// noted is plain with a difference from the paper.
func noted(differs string, f func(h hyper) Rule) func(hyper, *Trajectory) replay {
	return func(h hyper, _ *Trajectory) replay { return replay{rule: f(h), differs: differs} }
}

// rooted is what some references add inside of the root of an average of squares.
const rooted = 1e-15

// replays maps the names of trajectories to rules.
var replays = map[string]func(hyper, *Trajectory) replay{
	"sgd": plain(func(h hyper) Rule {
		return SGD{Momentum: h.f("momentum"), Dampening: h.f("dampening"), Nesterov: h.b("nesterov"), Decay: h.f("weight_decay")}
	}),
	"sgdw": func(h hyper, t *Trajectory) replay {
		r := h.decayed(SGD{Momentum: h.f("momentum"), Dampening: h.f("dampening"), Nesterov: h.b("nesterov")})
		return replay{rule: r, differs: "momentum starts at x_0, not at the first gradient", begin: func(x []float64, s *State[float64]) {
			for _, v := range s.Vectors {
				copy(v, x)
			}
		}}
	},
	"adam":    plain(adamOf),
	"amsgrad": plain(adamOf),
	"adamw": plain(func(h hyper) Rule {
		return AdamW{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Decay: none(h.f("weight_decay")), AMSGrad: h.b("amsgrad")}
	}),
	"rmsprop": plain(func(h hyper) Rule {
		return RMSProp{Alpha: h.f("alpha"), Eps: h.f("eps"), Momentum: h.f("momentum"), Centered: h.b("centered"), Decay: h.f("weight_decay")}
	}),
	"lion": plain(func(h hyper) Rule {
		return Lion{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Decay: h.f("weight_decay")}
	}),
	"adadelta": plain(func(h hyper) Rule { return h.coupled(Adadelta{Rho: h.f("rho"), Eps: h.f("eps")}) }),
	"adagrad": plain(func(h hyper) Rule {
		return h.coupled(Adagrad{RateDecay: h.f("lr_decay"), Initial: h.f("initial_accumulator_value"), Eps: h.f("eps")})
	}),
	"adamax": plain(func(h hyper) Rule {
		return h.coupled(Adamax{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps")})
	}),
	"nadam": noted("the product in the correction of m has mu_k twice, as PyTorch 1.13 has it", func(h hyper) Rule {
		return h.coupled(NAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Warm: h.f("momentum_decay"), reference: true})
	}),
	"radam": plain(func(h hyper) Rule {
		return h.coupled(RAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps")})
	}),
	"adabelief": plain(func(h hyper) Rule {
		r := AdaBelief{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), AMSGrad: h.b("amsgrad"), Rectify: h.b("rectify")}
		if _, said := h["weight_decouple"]; !said {
			h["weight_decouple"] = true // its default
		}
		return h.decayed(r)
	}),
	"adabound": plain(adaBoundOf),
	"amsbound": plain(adaBoundOf),
	"padam": plain(func(h hyper) Rule {
		return h.coupled(Padam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Power: h.f("partial"), NoMax: !h.b("amsgrad")})
	}),
	"yogi": plain(func(h hyper) Rule {
		return h.decayed(Yogi{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Initial: none(h.f("initial_accumulator"))})
	}),
	"qhm": plain(func(h hyper) Rule {
		h["weight_decouple"] = h["weight_decay_type"] == "direct"
		return h.decayed(QHM{Beta: h.f("momentum"), Nu: none(h.f("nu"))})
	}),
	"qhadam": plain(func(h hyper) Rule {
		return h.decayed(QHAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Nu1: none(h.at("nus", 0)), Nu2: none(h.at("nus", 1)), Eps: h.f("eps")})
	}),
	"aggmo": plain(func(h hyper) Rule { return h.coupled(AggMo{Betas: h.list("betas")}) }),
	"rprop": plain(func(h hyper) Rule {
		return Rprop{Shrink: h.at("etas", 0), Grow: h.at("etas", 1), Min: h.at("step_sizes", 0), Max: h.at("step_sizes", 1)}
	}),
	"asgd": func(h hyper, _ *Trajectory) replay {
		return replay{rule: h.coupled(ASGD{Lambda: h.f("lambd"), Alpha: h.f("alpha"), Start: h.n("t0")}), answer: "ax"}
	},
	"diffgrad_v1_buggy": func(h hyper, _ *Trajectory) replay {
		r := h.coupled(DiffGrad{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EarlyEps: true, reference: true})
		return replay{rule: r, differs: "the last gradient is an alias of the new one, so that xi is 1/2 from step 2 on"}
	},
	"diffgrad": plain(func(h hyper) Rule {
		return h.coupled(DiffGrad{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EarlyEps: true})
	}),
	"sophiag": func(h hyper, _ *Trajectory) replay {
		r := Sophia{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Gamma: h.f("rho"), Eps: 1e-15, Decay: none(h.f("weight_decay")), reference: true}
		return replay{rule: r, differs: "no curvature before step 1, and Gamma h + Eps in place of the larger of them", oracle: func(o *Oracle[float64], k int) {
			if k == 1 {
				o.Curvature = func(h, _ []float64) { clear(h) }
			}
		}}
	},
	"signsgd":    noted("momentum is forgotten before each step", func(h hyper) Rule { return SignSGD{Momentum: -1} }),
	"tiger":      plain(func(h hyper) Rule { return Tiger{Beta: h.f("beta"), Decay: none(h.f("weight_decay"))} }),
	"accsgd":     plain(func(h hyper) Rule { return h.coupled(AccSGD{Kappa: h.f("kappa"), Xi: h.f("xi"), C: h.f("constant")}) }),
	"a2grad_exp": plain(func(h hyper) Rule { return A2Grad{Lips: h.f("lips"), Beta: h.f("beta"), Rho: h.f("rho")} }),
	"a2grad_uni": plain(func(h hyper) Rule { return A2Grad{Lips: h.f("lips"), Beta: h.f("beta"), Noise: "uni"} }),
	"a2grad_inc": plain(func(h hyper) Rule { return A2Grad{Lips: h.f("lips"), Beta: h.f("beta"), Noise: "inc"} }),
	"adan": plain(func(h hyper) Rule {
		return Adan{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta3: h.at("betas", 2), Eps: h.f("eps"), Decay: none(h.f("weight_decay")), Before: h.b("no_prox")}
	}),
	"adamod": plain(func(h hyper) Rule {
		return h.decayed(AdaMod{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta3: h.at("betas", 2), Eps: h.f("eps")})
	}),
	"adamg": plain(func(h hyper) Rule {
		return h.decayed(AdamG{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta3: h.at("betas", 2), Eps: h.f("eps")})
	}),
	"adanorm": noted("the average of norms is not stored, so that gradients are not raised", func(h hyper) Rule {
		return h.decayed(AdaNorm{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EpsRoot: rooted, R: -1})
	}),
	"pnm": plain(func(h hyper) Rule { return h.decayed(PNM{Beta1: h.at("betas", 0), Beta0: h.at("betas", 1)}) }),
	"adapnm": plain(func(h hyper) Rule {
		return h.decayed(AdaPNM{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta0: h.at("betas", 2), Eps: h.f("eps"), EpsRoot: rooted, AMSGrad: h.b("ams_bound")})
	}),
	"adasmooth": noted("the last x is stored after the step, so that the ratio is that of x_0, one for each block", func(h hyper) Rule {
		return h.decayed(AdaSmooth{Rho1: h.at("betas", 0), Rho2: h.at("betas", 1), Eps: h.f("eps"), reference: true})
	}),
	"tam": plain(func(h hyper) Rule {
		return h.decayed(TAM{Momentum: h.f("momentum"), Gamma: h.f("decay_rate"), Eps: h.f("eps")})
	}),
	"adatam": plain(func(h hyper) Rule {
		return h.decayed(AdaTAM{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Gamma: h.f("decay_rate"), Eps: h.f("eps")})
	}),
	"ademamix": noted("the slow average is divided by 1 - Beta1^k too", func(h hyper) Rule {
		return h.decayed(AdEMAMix{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta3: h.at("betas", 2), Alpha: h.f("alpha"), Warm: h.n("t_alpha_beta3"), Eps: h.f("eps"), reference: true})
	}),
	"simplified_ademamix": noted("momentum is an average, and steps are divided by 1 - Beta2^k once more", func(h hyper) Rule {
		return h.decayed(SimplifiedAdEMAMix{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Alpha: h.f("alpha"), Warm: h.n("beta1_warmup"), Eps: h.f("eps"), reference: true})
	}),
	"adopt": noted("the bounds of clipping are those of the next step", func(h hyper) Rule {
		return h.decayed(ADOPT{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), reference: true})
	}),
	"aida": plain(func(h hyper) Rule {
		return h.decayed(Aida{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EpsRoot: rooted})
	}),
	"exadam": plain(func(h hyper) Rule {
		return h.decayed(EXAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps")})
	}),
	"ftrl": plain(func(h hyper) Rule {
		return FTRL{L1: h.f("lambda_1"), L2: h.f("lambda_2"), Beta: none(h.f("beta")), Power: -h.f("lr_power")}
	}),
	"grams": noted("Beta1 weighs the new gradient, and v is divided by sqrt(1 - Beta2^k)", func(h hyper) Rule {
		return h.decayed(Grams{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), reference: true})
	}),
	"kate": plain(func(h hyper) Rule { return h.decayed(Kate{Eta: h.f("delta"), Eps: h.f("eps")}) }),
	"laprop": plain(func(h hyper) Rule {
		return h.decayed(LaProp{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EpsRoot: rooted})
	}),
	"madgrad": plain(func(h hyper) Rule { return h.coupled(MADGRAD{Momentum: none(h.f("momentum")), Eps: h.f("eps")}) }),
	"mirror_madgrad": plain(func(h hyper) Rule {
		return h.coupled(MirrorMADGRAD{Momentum: none(h.f("momentum")), Eps: h.f("eps")})
	}),
	"msvag": noted("averages are divided by Beta^k, and rho has other powers", func(h hyper) Rule { return MSVAG{Beta: h.f("beta"), reference: true} }),
	"pid": noted("the gradient before the second step is taken for 0", func(h hyper) Rule {
		return h.decayed(PID{Momentum: h.f("momentum"), Dampening: h.f("dampening"), Integral: none(h.f("integral")), Derivative: none(h.f("derivative")), reference: true})
	}),
	"srmm":  noted("weights are those of the next step", func(h hyper) Rule { return SRMM{Beta: h.f("beta"), Window: h.n("memory_length"), reference: true} }),
	"cocob": plain(func(h hyper) Rule { return h.coupled(COCOB{}) }),
	"schedulefree_sgd": func(h hyper, _ *Trajectory) replay {
		return replay{rule: ScheduleFreeSGD{Momentum: h.f("momentum"), Warm: h.n("warmup_steps"), Power: h.f("r"), Decay: h.f("weight_decay")}, answer: "x_eval_final"}
	},
	"schedulefree_adamw": func(h hyper, _ *Trajectory) replay {
		return replay{rule: ScheduleFreeAdamW{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Warm: h.n("warmup_steps"), Power: h.f("r"), Decay: h.f("weight_decay")}, answer: "x_eval_final"}
	},
	"schedulefree_radam": func(h hyper, _ *Trajectory) replay {
		return replay{rule: ScheduleFreeRAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Power: h.f("r"), Decay: h.f("weight_decay"), Loud: !h.b("silent_sgd_phase")}, answer: "x_eval_final"}
	},
	"adai": plain(func(h hyper) Rule {
		return h.decayed(Adai{Beta0: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps")})
	}),
	"avagrad": noted("the norm of steps is that of the averages one step before", func(h hyper) Rule {
		return h.decayed(AvaGrad{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), reference: true})
	}),
	"swats": noted("the switch asks for agreement within 1e-8 + Eps gamma", func(h hyper) Rule {
		return h.decayed(SWATS{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EpsRoot: rooted, Nesterov: h.b("nesterov"), reference: true})
	}),
	"dog":  plain(func(h hyper) Rule { return h.coupled(DoG{First: h.f("reps_rel"), Eps: h.f("eps")}) }),
	"ldog": plain(func(h hyper) Rule { return h.coupled(DoG{First: h.f("reps_rel"), Eps: h.f("eps"), Layers: true}) }),
	"dadapt_sgd": plain(func(h hyper) Rule {
		return h.coupled(DAdaptSGD{Momentum: h.f("momentum"), D0: h.f("d0"), Growth: h.f("growth_rate")})
	}),
	"dadapt_adagrad": plain(func(h hyper) Rule {
		return h.coupled(DAdaptAdagrad{Momentum: h.f("momentum"), Eps: h.f("eps"), D0: h.f("d0"), Growth: h.f("growth_rate")})
	}),
	"dadapt_adam": plain(func(h hyper) Rule {
		r := DAdaptAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), D0: h.f("d0"), Growth: h.f("growth_rate"), Correct: h.b("use_bias_correction")}
		if !h.b("decouple") {
			return h.coupled(r)
		}
		r.Decay = h.f("weight_decay")
		return r
	}),
	"dadapt_lion": plain(func(h hyper) Rule {
		return DAdaptLion{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), D0: h.f("d0"), Decay: h.f("weight_decay")}
	}),
	"prodigy": plain(func(h hyper) Rule {
		r := Prodigy{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta3: h.f("beta3"), Eps: h.f("eps"), D0: h.f("d0"), Growth: h.f("growth_rate"),
			C: h.f("d_coef"), Correct: h.b("use_bias_correction"), Safe: h.b("safeguard_warmup")}
		if !h.b("decouple") {
			return h.coupled(r)
		}
		r.Decay = h.f("weight_decay")
		return r
	}),
	"mfac": plain(func(h hyper) Rule {
		return h.coupled(MFAC{Window: h.n("ngrads"), Damp: h.f("damp"), Momentum: h.f("momentum")})
	}),
	"mezo": func(h hyper, t *Trajectory) replay {
		var z [][]float64
		err := json.Unmarshal(t.Extra["z"], &z)
		return replay{rule: MeZO{Eps: h.f("zo_eps")}, oracle: func(o *Oracle[float64], k int) {
			if err == nil && k <= len(z) {
				o.Direction = func(dst []float64, k int) { copy(dst, z[k-1]) }
			}
		}}
	},
	"sls": func(h hyper, _ *Trajectory) replay {
		r := SLS{Goldstein: h["line_search_fn"] == "goldstein", C: h.f("c"), B: h.f("beta_b"), F: h.f("beta_f"), Max: h.f("eta_max"), Growth: h.f("gamma"), Steps: h.n("n_batches_per_epoch")}
		return replay{rule: r, rate: h.f("init_step_size")}
	},
	"adafactor": noted("m has 8 bits, and updates with RMS < 1 are raised to it", func(h hyper) Rule {
		r := Adafactor{Beta1: h.at("betas", 0), Eps1: h.f("eps1"), Eps2: h.f("eps2"), Plain: !h.b("scale_parameter"), reference: true}
		if h.b("weight_decouple") && !h.b("fixed_decay") {
			r.Decay = h.f("weight_decay")
			return r
		}
		return h.decayed(r)
	}),
	"came": noted("m of blocks of one axis is multiplied by the learning rate in each step", func(h hyper) Rule {
		return h.decayed(CAME{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Beta3: h.at("betas", 2), Eps1: h.f("eps1"), Eps2: h.f("eps2"), reference: true})
	}),
	"adamp": plain(func(h hyper) Rule {
		return AdamP{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Delta: h.f("delta"), Ratio: none(h.f("wd_ratio")), Decay: h.f("weight_decay"), Nesterov: h.b("nesterov")}
	}),
	"sgdp": plain(func(h hyper) Rule {
		return SGDP{Momentum: none(h.f("momentum")), Dampening: h.f("dampening"), Nesterov: h.b("nesterov"), Eps: h.f("eps"), Delta: h.f("delta"), Ratio: none(h.f("wd_ratio")), Decay: h.f("weight_decay")}
	}),
	"fromage": plain(func(h hyper) Rule { return Fromage{} }),
	"lamb": noted("m alone is corrected, after the norm, and decay is decoupled", func(h hyper) Rule {
		return h.decayed(LAMB{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), reference: true})
	}),
	"lars": noted("momentum starts at the gradient, and the trust ratio is without decay", func(h hyper) Rule {
		return LARS{Trust: h.f("trust_coefficient"), Momentum: none(h.f("momentum")), Dampening: h.f("dampening"), Nesterov: h.b("nesterov"), Decay: h.f("weight_decay"), reference: true}
	}),
	"novograd": noted("the first gradient counts twice, and steps are corrected as those of Adam", func(h hyper) Rule {
		return NovoGrad{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Decay: h.f("weight_decay"), Average: h.b("grad_averaging"), reference: true}
	}),
	"stableadamw": plain(func(h hyper) Rule {
		return StableAdamW{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Decay: none(h.f("weight_decay"))}
	}),
	"nero": plain(func(h hyper) Rule { return Nero{Beta: h.f("beta"), Eps: h.f("eps"), Free: !h.b("constraints")} }),
	"racs": plain(func(h hyper) Rule {
		return h.decayed(RACS{Beta: h.f("beta"), Alpha: h.f("alpha"), Gamma: h.f("gamma"), Eps: h.f("eps")})
	}),
	"sm3": plain(func(h hyper) Rule { return SM3{Momentum: none(h.f("momentum")), Beta: h.f("beta"), Eps: h.f("eps")} }),
	"apollo_dqn": noted("Eps is divided by 0.01 once more from block to block", func(h hyper) Rule {
		return h.coupled(ApolloDQN{Beta: h.f("beta"), Eps: h.f("eps"), First: h.f("init_lr"), Warm: int(none(h.f("warmup_steps"))), reference: true})
	}),
	"mars": plain(func(h hyper) Rule {
		return h.decayed(MARS{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), EpsRoot: rooted, Gamma: none(h.f("gamma")), All: h.b("optimize_1d"),
			Beta1Axis: h.at("betas_1d", 0), Beta2Axis: h.at("betas_1d", 1), Ratio: h.f("lr_1d_factor")})
	}),
	"muon": plain(func(h hyper) Rule {
		return Muon{Momentum: h.f("momentum"), Decay: h.f("weight_decay"), Ratio: 0.5, Beta1: h.at("aux_betas", 0), Beta2: h.at("aux_betas", 1), Eps: h.f("aux_eps")}
	}),
	"shampoo": noted("R gathers gradients that are already preconditioned by L", func(h hyper) Rule {
		return h.coupled(Shampoo{Eps: h.f("epsilon"), Power: 1, Every: h.n("update_freq"), reference: true})
	}),
	"soap": plain(func(h hyper) Rule {
		r := SOAP{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Decay: none(h.f("weight_decay")), Every: h.n("precondition_frequency")}
		r.Beta = max(h.f("shampoo_beta"), 0)
		return r
	}),
	"lbfgs": plain(func(h hyper) Rule {
		return LBFGS{History: h.n("history_size"), Wolfe: h["line_search_fn"] == "strong_wolfe"}
	}),
	"ranger": plain(func(h hyper) Rule {
		in := Rule(RAdam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps")})
		if w := h.f("weight_decay"); w != 0 {
			in = Decay{Rule: in, Weight: w}
		}
		return Lookahead{Rule: Centralize{in}, Alpha: h.f("alpha"), Every: h.n("k")}
	}),
	"sam": plain(func(h hyper) Rule {
		var in Rule = SGD{Momentum: h.f("momentum"), Dampening: h.f("dampening"), Nesterov: h.b("nesterov"), Decay: h.f("weight_decay")}
		if _, adam := h["betas"]; adam {
			in = adamOf(h)
		}
		return SAM{Rule: in, Rho: h.f("rho"), Adaptive: h.b("adaptive")}
	}),
	"asam": func(h hyper, t *Trajectory) replay {
		r := SAM{Rule: SGD{Momentum: h.f("momentum")}, Rho: h.f("rho"), Adaptive: true, Eta: h.f("eta"), Eps: 1e-16}
		if len(t.Shapes) > 1 {
			r.Pattern = "*.weight"
		}
		return replay{rule: r}
	},
}

func adamOf(h hyper) Rule {
	return Adam{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Decay: h.f("weight_decay"), AMSGrad: h.b("amsgrad")}
}

func adaBoundOf(h hyper) Rule {
	r := AdaBound{Beta1: h.at("betas", 0), Beta2: h.at("betas", 1), Eps: h.f("eps"), Final: h.f("final_lr") / h.f("lr"), Gamma: h.f("gamma"), AMSBound: h.b("amsbound")}
	return h.coupled(r)
}
