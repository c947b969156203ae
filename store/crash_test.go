package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/godescent/descent/rng"
	"github.com/godescent/descent/study"
)

// writerVariable makes the test binary a process that writes runs to the place it holds.
const writerVariable = "DESCENT_TEST_WRITER"

func TestMain(m *testing.M) {
	if place := os.Getenv(writerVariable); place != "" {
		writeForever(place)
	}
	os.Exit(m.Run())
}

// writeForever records runs, alone and in batches, and says each ID on standard output once it is
// committed.
func writeForever(place string) {
	s, err := OpenOrCreate(context.Background(), place)
	for k := 0; err == nil; k++ {
		var ids []string
		batch := []*study.Record{}
		for i := range 1 + 2*(k%3) {
			r := sample(k)
			r.Machine = fmt.Sprintf("process %d, run %d", os.Getpid(), i)
			batch = append(batch, r)
		}
		if ids, err = s.Put(context.Background(), batch...); err == nil {
			for _, id := range ids {
				fmt.Println(id)
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKill kills 100 processes with SIGKILL while they write: every run that was committed is there
// and whole, none is there in half, and the file is sound.
func TestKill(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		program, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		stream := rng.New(1, "kill")
		var committed []string
		for range 100 {
			cmd := exec.Command(program)
			cmd.Env = append(os.Environ(), writerVariable+"="+place)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for range stream.Intn(6) { // from the very beginning on, when the schema is made
				if !lines.Scan() {
					break
				}
				committed = append(committed, lines.Text())
			}
			time.Sleep(time.Duration(stream.Intn(3000)) * time.Microsecond)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			for lines.Scan() { // what it said before it died
				committed = append(committed, lines.Text())
			}
			cmd.Wait()
		}
		if len(committed) < 250 {
			t.Fatalf("only %d runs were committed", len(committed))
		}
		checkSound(t, place, committed)
	})
}

// checkSound wants all of the given runs, every run in the store whole, and a sound file.
func checkSound(t *testing.T, place string, committed []string) {
	t.Helper()
	s := mustOpen(t, place)
	list, err := s.List(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, r := range list {
		have = append(have, r.ID)
		if _, err := s.Get(t.Context(), r.ID); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(have)
	for _, id := range committed {
		if _, ok := slices.BinarySearch(have, id); !ok {
			t.Errorf("run %s was committed and is lost", id)
		}
	}
	var bodies int
	if err := s.db.QueryRow("SELECT count(*) FROM bodies").Scan(&bodies); err != nil || bodies != len(have) {
		t.Errorf("%d bodies for %d runs, %v", bodies, len(have), err)
	}
	if isPostgres(place) {
		return
	}
	var verdict string
	if err := s.db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity check: %s, %v", verdict, err)
	}
}

// Writers of one process and of several, which all make the store at the same time, and readers
// beside them.
func TestConcurrentWriters(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		const stores, writers, each = 4, 3, 5
		var wg sync.WaitGroup
		ids := make(chan string, stores*writers*each)
		for a := range stores {
			wg.Go(func() {
				s, err := OpenOrCreate(t.Context(), place)
				if err != nil {
					t.Error(err)
					return
				}
				defer s.Close()
				var inner sync.WaitGroup
				defer inner.Wait()
				for b := range writers {
					inner.Go(func() {
						for k := range each {
							r := sample(k)
							r.Machine = fmt.Sprint(a, b)
							id, err := s.Put(t.Context(), r)
							if err == nil {
								err = s.Tag(t.Context(), id[0], fmt.Sprintf("writer-%d", a))
							}
							if err == nil {
								_, err = s.List(t.Context(), Filter{Tag: "paper", Limit: 3})
							}
							if err == nil {
								_, err = s.Get(t.Context(), id[0])
							}
							if err != nil {
								t.Error(err)
								return
							}
							ids <- id[0]
						}
					})
				}
			})
		}
		wg.Wait()
		close(ids)
		var committed []string
		for id := range ids {
			committed = append(committed, id)
		}
		if len(committed) != stores*writers*each {
			t.Errorf("%d runs were committed", len(committed))
		}
		checkSound(t, place, committed)
	})
}

// Merges of one store at the same time add each run once, and say so.
func TestMergeTogether(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		other := mustOpen(t, filepath.Join(t.TempDir(), "other.db"))
		var records []*study.Record
		for k := range 300 {
			records = append(records, sample(k))
		}
		if _, err := other.Put(t.Context(), records...); err != nil {
			t.Fatal(err)
		}
		var added [4]int
		var group sync.WaitGroup
		for k := range added {
			s := mustOpen(t, place)
			group.Go(func() {
				var err error
				if added[k], err = s.Merge(t.Context(), other, nil); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if sum := added[0] + added[1] + added[2] + added[3]; sum != 300 {
			t.Errorf("added %v of 300", added)
		}
	})
}

// A reader sees a store whole while a writer is at work, and does not wait for it.
func TestReadWhileWriting(t *testing.T) {
	on(t, func(t *testing.T, place string) {
		s, reader := mustOpen(t, place), mustOpen(t, place)
		if err := s.Add(sample(0)); err != nil {
			t.Fatal(err)
		}
		tx, err := s.db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec("DELETE FROM runs"); err != nil {
			t.Fatal(err)
		}
		if n, err := reader.Count(t.Context(), Filter{}); n != 1 || err != nil {
			t.Errorf("%d runs, %v", n, err)
		}
		again, err := Open(t.Context(), place)
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
	})
}

// Names of files beside the store are those that SQLite itself looks for.
func TestFilesOfAStore(t *testing.T) {
	place := filepath.Join(t.TempDir(), "runs.db")
	s := mustOpen(t, place)
	if err := s.Add(sample(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(place + "-wal"); err != nil {
		t.Errorf("no write-ahead log: %v", err)
	}
	s.Close()
	entries, err := os.ReadDir(filepath.Dir(place))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v are left beside the store, %v", entries, err)
	}
}
