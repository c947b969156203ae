package rule

import "slices"

// An Entry is a rule in the table of all.
type Entry struct {
	Name  string      // in kebab case
	Wraps bool        // wraps a rule, Adam in a new one
	New   func() Rule // a pointer to options at their defaults
}

// All returns the rules by name, those that wrap a rule at the end.
func All() []Entry { return slices.Clone(all) }

// Lookup returns the rule of a name.
func Lookup(name string) (Entry, bool) {
	for _, e := range all {
		if e.Name == name {
			return e, true
		}
	}
	return Entry{}, false
}

var all = []Entry{
	{"a2grad", false, func() Rule { return &A2Grad{} }},
	{"accsgd", false, func() Rule { return &AccSGD{} }},
	{"adabelief", false, func() Rule { return &AdaBelief{} }},
	{"adabound", false, func() Rule { return &AdaBound{} }},
	{"adadelta", false, func() Rule { return &Adadelta{} }},
	{"adafactor", false, func() Rule { return &Adafactor{} }},
	{"adagrad", false, func() Rule { return &Adagrad{} }},
	{"adagrad-norm", false, func() Rule { return &AdagradNorm{} }},
	{"adai", false, func() Rule { return &Adai{} }},
	{"adam", false, func() Rule { return &Adam{} }},
	{"adamax", false, func() Rule { return &Adamax{} }},
	{"adamg", false, func() Rule { return &AdamG{} }},
	{"adamod", false, func() Rule { return &AdaMod{} }},
	{"adamp", false, func() Rule { return &AdamP{} }},
	{"adamw", false, func() Rule { return &AdamW{} }},
	{"adan", false, func() Rule { return &Adan{} }},
	{"adanorm", false, func() Rule { return &AdaNorm{} }},
	{"adapnm", false, func() Rule { return &AdaPNM{} }},
	{"adasmooth", false, func() Rule { return &AdaSmooth{} }},
	{"adatam", false, func() Rule { return &AdaTAM{} }},
	{"ademamix", false, func() Rule { return &AdEMAMix{} }},
	{"adopt", false, func() Rule { return &ADOPT{} }},
	{"aggmo", false, func() Rule { return &AggMo{} }},
	{"aida", false, func() Rule { return &Aida{} }},
	{"apollo-dqn", false, func() Rule { return &ApolloDQN{} }},
	{"asgd", false, func() Rule { return &ASGD{} }},
	{"avagrad", false, func() Rule { return &AvaGrad{} }},
	{"came", false, func() Rule { return &CAME{} }},
	{"cocob", false, func() Rule { return &COCOB{} }},
	{"dadapt-adagrad", false, func() Rule { return &DAdaptAdagrad{} }},
	{"dadapt-adam", false, func() Rule { return &DAdaptAdam{} }},
	{"dadapt-lion", false, func() Rule { return &DAdaptLion{} }},
	{"dadapt-sgd", false, func() Rule { return &DAdaptSGD{} }},
	{"dct-adamw", false, func() Rule { return &DCTAdamW{} }},
	{"diffgrad", false, func() Rule { return &DiffGrad{} }},
	{"dog", false, func() Rule { return &DoG{} }},
	{"dowg", false, func() Rule { return &DoWG{} }},
	{"exadam", false, func() Rule { return &EXAdam{} }},
	{"fromage", false, func() Rule { return &Fromage{} }},
	{"frugal", false, func() Rule { return &FRUGAL{} }},
	{"ftrl", false, func() Rule { return &FTRL{} }},
	{"galore", false, func() Rule { return &GaLore{} }},
	{"grams", false, func() Rule { return &Grams{} }},
	{"kate", false, func() Rule { return &Kate{} }},
	{"lamb", false, func() Rule { return &LAMB{} }},
	{"laprop", false, func() Rule { return &LaProp{} }},
	{"lars", false, func() Rule { return &LARS{} }},
	{"lbfgs", false, func() Rule { return &LBFGS{} }},
	{"lion", false, func() Rule { return &Lion{} }},
	{"lion-k", false, func() Rule { return &LionK{} }},
	{"madgrad", false, func() Rule { return &MADGRAD{} }},
	{"mars", false, func() Rule { return &MARS{} }},
	{"mezo", false, func() Rule { return &MeZO{} }},
	{"mfac", false, func() Rule { return &MFAC{} }},
	{"mirror-madgrad", false, func() Rule { return &MirrorMADGRAD{} }},
	{"momo", false, func() Rule { return &MoMo{} }},
	{"momo-adam", false, func() Rule { return &MoMoAdam{} }},
	{"msvag", false, func() Rule { return &MSVAG{} }},
	{"muon", false, func() Rule { return &Muon{} }},
	{"nadam", false, func() Rule { return &NAdam{} }},
	{"nadamw", false, func() Rule { return &NAdamW{} }},
	{"nero", false, func() Rule { return &Nero{} }},
	{"novograd", false, func() Rule { return &NovoGrad{} }},
	{"optimistic-md", false, func() Rule { return &OptimisticMD{} }},
	{"padam", false, func() Rule { return &Padam{} }},
	{"pid", false, func() Rule { return &PID{} }},
	{"pnm", false, func() Rule { return &PNM{} }},
	{"prodigy", false, func() Rule { return &Prodigy{} }},
	{"qhadam", false, func() Rule { return &QHAdam{} }},
	{"qhm", false, func() Rule { return &QHM{} }},
	{"racs", false, func() Rule { return &RACS{} }},
	{"radam", false, func() Rule { return &RAdam{} }},
	{"rmsprop", false, func() Rule { return &RMSProp{} }},
	{"rprop", false, func() Rule { return &Rprop{} }},
	{"schedulefree-adamw", false, func() Rule { return &ScheduleFreeAdamW{} }},
	{"schedulefree-radam", false, func() Rule { return &ScheduleFreeRAdam{} }},
	{"schedulefree-sgd", false, func() Rule { return &ScheduleFreeSGD{} }},
	{"sgd", false, func() Rule { return &SGD{} }},
	{"sgdp", false, func() Rule { return &SGDP{} }},
	{"shampoo", false, func() Rule { return &Shampoo{} }},
	{"signsgd", false, func() Rule { return &SignSGD{} }},
	{"simplified-ademamix", false, func() Rule { return &SimplifiedAdEMAMix{} }},
	{"sls", false, func() Rule { return &SLS{} }},
	{"sm3", false, func() Rule { return &SM3{} }},
	{"soap", false, func() Rule { return &SOAP{} }},
	{"sophia", false, func() Rule { return &Sophia{} }},
	{"srmm", false, func() Rule { return &SRMM{} }},
	{"stableadamw", false, func() Rule { return &StableAdamW{} }},
	{"swats", false, func() Rule { return &SWATS{} }},
	{"tam", false, func() Rule { return &TAM{} }},
	{"tiger", false, func() Rule { return &Tiger{} }},
	{"yogi", false, func() Rule { return &Yogi{} }},
	{"accumulate", true, func() Rule { return &Accumulate{Rule: &Adam{}} }},
	{"adaptive-clip", true, func() Rule { return &AdaptiveClip{Rule: &Adam{}} }},
	{"average", true, func() Rule { return &Average{Rule: &Adam{}} }},
	{"centralize", true, func() Rule { return &Centralize{Rule: &Adam{}} }},
	{"clip", true, func() Rule { return &Clip{Rule: &Adam{}} }},
	{"coordinate-clip", true, func() Rule { return &CoordinateClip{Rule: &Adam{}} }},
	{"decay", true, func() Rule { return &Decay{Rule: &Adam{}} }},
	{"groups", true, func() Rule { return &Groups{Rest: &Adam{}} }},
	{"lookahead", true, func() Rule { return &Lookahead{Rule: &Adam{}} }},
	{"mechanic", true, func() Rule { return &Mechanic{Rule: &Adam{}} }},
	{"noise", true, func() Rule { return &Noise{Rule: &Adam{}} }},
	{"sam", true, func() Rule { return &SAM{Rule: &Adam{}} }},
}
