// Package nn has layers, losses, models and loaders of neural networks on tapes of package
// grad. Everything is generic over float32 and float64.
//
// # One flat vector
//
// The parameters of a model are named blocks ("conv1.weight", "layers.0.attn.q.bias") of one
// flat vector x, and its gradient is one flat vector alike, so any method of the library acts
// on a network as on any x. A model's constructor hands names, shapes and initializers to a
// [Builder] and keeps [Slot]s; the result is a [Layout]. What is not trained but learned from
// the data on the way (the running statistics of batch normalization) lies in a second flat
// vector with names of its own.
//
// Weights are stored as PyTorch stores them, so that files of weights are exchangeable: a
// linear layer has [out, in], a convolution [out, in/groups, height, width].
//
// # Evaluation
//
// A [Pass] puts the parameters on a tape; layers read them by slot:
//
//	p := nn.NewPass[float64](model.Layout())
//	p.Begin(x, g, state, nn.Plain, rng.Stream{})
//	out := model.Forward(p, batch)
//	losses := nn.MSE[float64]{}.Losses(p, out, batch)
//	err := p.Tape.Backward(grad.Mean(losses)) // adds to g
//
// Package problem/neural does this for methods of the library. Shapes that do not fit are
// failures of the tape, which Tape.Err reports; nothing panics on them. In the steady state a
// step allocates nothing.
//
// # Documents and files
//
// A [Spec] describes a model in TOML or JSON, and [NewModel] makes it for given data. [Save] and
// [Load] keep weights in safetensors files; [WriteONNX] writes a network for other programs.
package nn
