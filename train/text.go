package train

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/godescent/descent/nn"
	"github.com/godescent/descent/rng"
)

// mostRunes is the largest alphabet of a model of characters.
const mostRunes = 1 << 14

// LearnText returns the encoding of a text as a sequence of its characters, for windows of
// context of them.
func LearnText(text []byte, context int) (*Encoding, error) {
	if i := badUTF8(text); i >= 0 {
		return nil, fmt.Errorf("text: byte %d is no UTF-8", i)
	}
	if context < 1 {
		return nil, fmt.Errorf("context %d: want at least 1 character", context)
	}
	seen := map[rune]bool{}
	for _, r := range string(text) {
		seen[r] = true
	}
	var alphabet []rune
	for r := range seen {
		alphabet = append(alphabet, r)
	}
	slices.Sort(alphabet)
	if len(alphabet) < 2 || len(alphabet) > mostRunes {
		return nil, fmt.Errorf("text of %d different characters: want 2 to %d", len(alphabet), mostRunes)
	}
	return &Encoding{Alphabet: string(alphabet), Context: context}, nil
}

// badUTF8 returns the place of the first byte that is no text, -1 if there is none.
func badUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// Tokens returns the characters of a text as numbers.
func (e *Encoding) Tokens(text string) ([]int, error) {
	code := map[rune]int{}
	for k, r := range []rune(e.Alphabet) {
		code[r] = k
	}
	var out []int
	for i, r := range text {
		k, ok := code[r]
		if !ok {
			return nil, fmt.Errorf("byte %d of the text is %q: the model has not seen it", i, r)
		}
		out = append(out, k)
	}
	return out, nil
}

// Windows encodes a text as windows one after the other, each to be continued at every character.
func (e *Encoding) Windows(text string) (*nn.Samples[float32], error) {
	tokens, err := e.Tokens(text)
	if err != nil {
		return nil, err
	}
	return nn.Text[float32](tokens, e.Context, e.Context)
}

// Generate continues a prompt by n characters. Each is drawn with probabilities that are those of the
// network, with its logits divided by the temperature; 0 takes the most likely one.
func (n *Network) Generate(prompt string, length int, temperature float64, seed uint64) (string, error) {
	e := &n.Encoding
	tokens, err := e.Tokens(prompt)
	if err != nil {
		return "", err
	}
	if len(tokens) == 0 {
		return "", fmt.Errorf("no text to go on from: want at least 1 character")
	}
	alphabet, stream := []rune(e.Alphabet), rng.New(seed, "train.Generate")
	var out []rune
	for range length {
		tokens = tokens[max(0, len(tokens)-e.Context):]
		s, err := nn.NewSamples(1, nn.Samples[float32]{Context: len(tokens), Tokens: tokens, Labels: make([]int, len(tokens))})
		if err != nil {
			return "", err
		}
		y, err := n.Predict(s)
		if err != nil {
			return "", err
		}
		k := draw(y[len(y)-len(alphabet):], temperature, &stream)
		tokens, out = append(tokens, k), append(out, alphabet[k])
	}
	return string(out), nil
}

// draw returns an index by its logit.
func draw(logits []float32, temperature float64, s *rng.Stream) int {
	top := 0
	for i, v := range logits {
		if v > logits[top] {
			top = i
		}
	}
	u := s.Float64()
	if temperature == 0 {
		return top
	}
	p, sum := make([]float64, len(logits)), 0.0
	for i, v := range logits {
		p[i] = math.Exp(float64(v-logits[top]) / temperature)
		sum += p[i]
	}
	for i := range p {
		if u -= p[i] / sum; u < 0 {
			return i
		}
	}
	return top
}
