package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"
)

// A collection is downloaded at once: sets with files in common.
type collection struct {
	name    string
	mirrors []string // folders in the web, tried in order
	files   []remoteFile
	sets    []Info // the file of each has the examples, its labels the labels
	labels  []string
}

// A remoteFile is known by what it holds; mirrors compress it differently.
type remoteFile struct {
	name   string
	size   int64  // decompressed
	sha256 string // of the decompressed bytes
}

var collections = []collection{{
	name:    "mnist",
	mirrors: []string{"https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist"},
	files: []remoteFile{
		{"train-images-idx3-ubyte.gz", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
		{"train-labels-idx1-ubyte.gz", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
		{"t10k-images-idx3-ubyte.gz", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
		{"t10k-labels-idx1-ubyte.gz", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
	},
	sets: []Info{
		{"mnist", 60000, 784, "10 classes", "handwritten digits as 28 x 28 grey images, values 0..255", "Y. LeCun, C. Cortes, C. Burges 1998", "CC BY-SA 3.0", "train-images-idx3-ubyte.gz"},
		{"mnist-test", 10000, 784, "10 classes", "the test set of mnist", "Y. LeCun, C. Cortes, C. Burges 1998", "CC BY-SA 3.0", "t10k-images-idx3-ubyte.gz"},
	},
	labels: []string{"train-labels-idx1-ubyte.gz", "t10k-labels-idx1-ubyte.gz"},
}}

// Downloads describes the sets that [Get] downloads.
func Downloads() []Info {
	var out []Info
	for _, c := range collections {
		out = append(out, c.sets...)
	}
	return out
}

// TestOf returns the name of the set on which models of a set are tested, "" if it has none.
func TestOf(name string) string {
	if c, i := lookupDownload(name); c != nil && i == 0 && len(c.sets) > 1 {
		return c.sets[1].Name
	}
	return ""
}

// lookupDownload returns the collection of a set and its number there.
func lookupDownload(name string) (*collection, int) {
	name = strings.ReplaceAll(name, "_", "-")
	for k := range collections {
		for i, s := range collections[k].sets {
			if s.Name == name {
				return &collections[k], i
			}
		}
	}
	return nil, 0
}

// folder returns where a collection is kept: below the user's cache.
func (c *collection) folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for downloads: %w", err)
	}
	return filepath.Join(cache, "descent", "data", c.name), nil
}

// load reads set i of a collection that has been downloaded.
func (c *collection) load(i int, opt Options) (*Set, error) {
	dir, err := c.folder()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, c.sets[i].file)
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil, fmt.Errorf("%s is not on this machine: `descent data get %s` downloads it", c.sets[i].Name, c.name)
	}
	if opt.Labels == "" && opt.Target == "" {
		opt.Labels = filepath.Join(dir, c.labels[i])
	}
	s, err := Load(path, opt)
	if err == nil {
		s.Name, s.Target = c.sets[i].Name, "label"
	}
	return s, err
}

// Get downloads a collection of sets ("mnist") into the user's cache and returns the folder. What
// is there already is checked and kept. from is another folder that has the files, by path or by
// http(s) address, or "" for the known ones. Every file is checked against its SHA-256 before it
// appears. progress, which may be nil, is told the fraction of each file.
func Get(ctx context.Context, name, from string, progress func(file string, fraction float64)) (string, error) {
	c, _ := lookupDownload(name)
	if c == nil {
		var names []string
		for _, c := range collections {
			names = append(names, c.name)
		}
		return "", fmt.Errorf("no set %q to download: want one of %s", name, strings.Join(names, ", "))
	}
	dir, err := c.folder()
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	sources := c.mirrors
	if from != "" {
		sources = []string{strings.TrimRight(from, "/")}
	}
	for _, f := range c.files {
		if b, err := os.ReadFile(filepath.Join(dir, f.name)); err == nil && f.check(bytes.NewReader(b)) == nil {
			continue
		}
		if err := f.get(ctx, dir, sources, progress); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// check reads a compressed file and compares it with what it should hold.
func (f *remoteFile) check(r io.Reader) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(h, io.LimitReader(z, f.size+1))
	if err != nil {
		return err
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != f.size || sum != f.sha256 {
		return fmt.Errorf("%d bytes with sha256 %s: want %d with %s", n, sum, f.size, f.sha256)
	}
	return nil
}

// get tries the sources in order and stores the file of the first that has it.
func (f *remoteFile) get(ctx context.Context, dir string, sources []string, progress func(string, float64)) error {
	var all error
	for _, s := range sources {
		b, err := f.read(ctx, s, progress)
		if err == nil {
			if err = f.check(bytes.NewReader(b)); err == nil {
				return replace(filepath.Join(dir, f.name), b)
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		all = errors.Join(all, fmt.Errorf("%s/%s: %w", s, f.name, err))
	}
	return all
}

// replace writes a file that is there as a whole or not at all.
func replace(path string, b []byte) error {
	t, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	_, err = t.Write(b)
	if err = errors.Join(err, t.Close()); err == nil {
		err = os.Rename(t.Name(), path)
	}
	if err != nil {
		os.Remove(t.Name())
	}
	return err
}

// read returns the bytes of a file in a folder or at an address, no more than twice what it holds.
func (f *remoteFile) read(ctx context.Context, source string, progress func(string, float64)) ([]byte, error) {
	var r io.Reader
	size := int64(0)
	if strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://") {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, source+"/"+f.name, nil)
		if err != nil {
			return nil, err
		}
		client := http.Client{Timeout: 10 * time.Minute}
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("the server says %s", resp.Status)
		}
		r, size = resp.Body, resp.ContentLength
	} else {
		file, err := os.Open(filepath.Join(source, f.name))
		if err != nil {
			return nil, err
		}
		defer file.Close()
		r = file
	}
	var b bytes.Buffer
	buf := make([]byte, 1<<16)
	for int64(b.Len()) <= 2*f.size {
		n, err := r.Read(buf)
		b.Write(buf[:n])
		if progress != nil && size > 0 {
			progress(f.name, float64(b.Len())/float64(size))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}
