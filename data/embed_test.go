package data

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/godescent/descent/linalg"
)

func denseData(s *Set) []float64 { return s.X.(*linalg.Dense).Data }

// sum is the start of the SHA-256 of X and Y, bit for bit.
func sum(s *Set) string {
	var b []byte
	put := func(x []float64) {
		for _, v := range x {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
	}
	switch a := s.X.(type) {
	case *linalg.Dense:
		put(a.Data)
	case *linalg.CSR:
		for _, j := range a.Idx {
			b = binary.LittleEndian.AppendUint32(b, uint32(j))
		}
		for _, p := range a.Ptr {
			b = binary.LittleEndian.AppendUint32(b, uint32(p))
		}
		put(a.Val)
	}
	put(s.Y)
	return fmt.Sprintf("%x", sha256.Sum256(b))[:16]
}

// TestEmbedded pins shape, classes, the file's checksum as given in NOTICE.md
// and every value of the embedded sets.
func TestEmbedded(t *testing.T) {
	golden := map[string]struct {
		counts string // of the classes
		sum    string
	}{
		"breast-cancer":   {"map[0:212 1:357]", "cdd5f37c36cbdfc2"},
		"covtype15k":      {"map[-1:12960 1:2160]", "d60153c9c87f30d9"},
		"diabetes":        {"", "7fef6f4d9e0be427"},
		"digits":          {"map[0:178 1:182 2:177 3:183 4:181 5:182 6:181 7:179 8:174 9:180]", "f19a7d92591ca0a1"},
		"heart-scale":     {"map[-1:150 1:120]", "70834cb2c8c8e31c"},
		"iris":            {"map[0:50 1:50 2:50]", "18565d0da72dafd5"},
		"wine":            {"map[0:59 1:71 2:48]", "c7e84e8e03b2b5a3"},
		"winequality-red": {"", "ab3b807dc4b7b8ef"},
	}
	notice, err := os.ReadFile("embedded/NOTICE.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(List()) != len(golden) {
		t.Fatalf("%d sets listed, want %d", len(List()), len(golden))
	}
	for _, info := range List() {
		s, err := Load(info.Name, Options{})
		if err != nil {
			t.Error(err)
			continue
		}
		if err := consistent(s); err != nil {
			t.Errorf("%s: %v", info.Name, err)
		}
		if r, c := s.X.Dims(); r != info.Rows || c != info.Cols || s.Name != info.Name {
			t.Errorf("%s is %d x %d, listed as %s %d x %d", s.Name, r, c, info.Name, info.Rows, info.Cols)
		}
		counts := map[float64]int{}
		for _, y := range s.Y {
			counts[y]++
		}
		want := golden[info.Name]
		if got := fmt.Sprint(counts); want.counts != "" && got != want.counts {
			t.Errorf("%s: classes %s, want %s", info.Name, got, want.counts)
		}
		if (want.counts == "") != (info.Task == "regression") {
			t.Errorf("%s: task %q", info.Name, info.Task)
		}
		if got := sum(s); got != want.sum {
			t.Errorf("%s: values %s, want %s", info.Name, got, want.sum)
		}
		if !strings.Contains(string(notice), s.SHA256) {
			t.Errorf("%s: checksum %s is not in NOTICE.md", info.Name, s.SHA256)
		}
	}
}

func TestLoadNames(t *testing.T) {
	s, err := Load("breast_cancer", Options{})
	if err != nil || s.Features[0] != "mean_radius" || s.Feature(1) != "mean_texture" || s.Target != "target" {
		t.Errorf("breast_cancer: %v, %+v", err, s)
	}
	s, err = Load("heart-scale", Options{})
	if err != nil || s.Feature(12) != "x13" {
		t.Errorf("heart-scale: %v", err)
	}
	_, err = Load("brest-cancer.csv", Options{})
	if want := "brest-cancer.csv: no such file; embedded sets with a close name: breast-cancer, "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err = Load(t.TempDir(), Options{}); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
}
