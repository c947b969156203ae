package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func zipped(t *testing.T, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

func idx(dims []int, values ...byte) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, values...)
}

// tiny replaces the collections by one of a single 2 x 2 image, in a cache of its own.
func tiny(t *testing.T) (images, labels []byte, dir string) {
	t.Helper()
	images, labels = idx([]int{1, 2, 2}, 1, 2, 3, 4), idx([]int{1}, 7)
	old := collections
	t.Cleanup(func() { collections = old })
	collections = []collection{{
		name: "mnist", mirrors: []string{"http://127.0.0.1:1"},
		files:  []remoteFile{{"x.gz", int64(len(images)), hexSum(images)}, {"y.gz", int64(len(labels)), hexSum(labels)}},
		sets:   []Info{{Name: "mnist", file: "x.gz"}},
		labels: []string{"y.gz"},
	}}
	cache := t.TempDir()
	for _, v := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(v, cache)
	}
	dir, err := collections[0].folder()
	if err != nil {
		t.Fatal(err)
	}
	return images, labels, dir
}

func TestGet(t *testing.T) {
	images, labels, dir := tiny(t)
	if _, err := Load("mnist", Options{}); err == nil || !strings.Contains(err.Error(), "descent data get mnist") {
		t.Fatalf("before the download: %v", err)
	}
	files := map[string][]byte{"/x.gz": zipped(t, images), "/y.gz": zipped(t, labels)}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if b, ok := files[r.URL.Path]; ok {
			w.Write(b)
			return
		}
		http.NotFound(w, r)
	}))
	defer server.Close()
	seen := map[string]float64{}
	got, err := Get(context.Background(), "mnist", server.URL+"/", func(file string, fraction float64) { seen[file] = fraction })
	if err != nil || got != dir || seen["x.gz"] != 1 || asked != 2 {
		t.Fatalf("%q, %v, progress %v, %d requests", got, err, seen, asked)
	}
	s, err := Load("mnist", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, d := s.X.Dims(); n != 1 || d != 4 || !slices.Equal(s.Shape, []int{2, 2}) || s.Name != "mnist" || s.Y[0] != 7 {
		t.Errorf("%+v", s)
	}

	// What is there and whole is not asked for again; what is damaged is.
	if err := os.WriteFile(filepath.Join(dir, "x.gz"), []byte("rubbish"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Get(context.Background(), "mnist", server.URL, nil); err != nil || asked != 3 {
		t.Errorf("a damaged file: %v, %d requests: want 3", err, asked)
	}
}

func TestGetRefuses(t *testing.T) {
	images, labels, dir := tiny(t)
	from := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(from, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("y.gz", zipped(t, labels))
	for what, c := range map[string]struct {
		file []byte
		want string
	}{
		"other bytes": {zipped(t, append(images[:len(images)-1:len(images)-1], 9)), "sha256"},
		"too long":    {zipped(t, append(images, 9)), "want 20"},
		"plain":       {images, "gzip"},
		"huge":        {make([]byte, 1<<20), "gzip"},
	} {
		write("x.gz", c.file)
		if _, err := Get(context.Background(), "mnist", from, nil); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "x.gz") {
			t.Errorf("%s: %v: want an error with %q", what, err, c.want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
			t.Errorf("%s: %v is in the cache, %v", what, left, err)
		}
	}
	write("x.gz", zipped(t, images))
	if _, err := Get(context.Background(), "mnist", from, nil); err != nil {
		t.Error(err)
	}
	if _, err := Get(context.Background(), "minst", "", nil); err == nil || !strings.Contains(err.Error(), "want one of mnist") {
		t.Errorf("an unknown name: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, "x.gz")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := Get(context.Background(), "mnist", server.URL, nil); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("no such file: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Get(ctx, "mnist", server.URL, nil); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("cancelled: %v", err)
	}
}
