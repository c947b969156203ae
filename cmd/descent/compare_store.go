package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/godescent/descent/store"
	"github.com/godescent/descent/study"
)

// storeMemory is the store as the memory of a study. A commit for each cell would bound the cells a
// second by those of the disk, so cells are committed together, at most commitEvery after they came: what is lost with the
// program is what ended since.
type storeMemory struct {
	store *store.Store

	mu      sync.Mutex
	pending map[string]*study.Record // by key
	order   []*study.Record
	written time.Time
	timer   *time.Timer // of the next commit, if cells wait for it
	late    error       // of commits by the timer
}

const commitEvery = 250 * time.Millisecond

var _ study.Memory = (*storeMemory)(nil)

func newStoreMemory(s *store.Store) *storeMemory {
	return &storeMemory{store: s, pending: map[string]*study.Record{}, written: time.Now()}
}

// Find implements [study.Memory].
func (m *storeMemory) Find(key string) (*study.Record, bool, error) {
	m.mu.Lock()
	r, ok := m.pending[key]
	m.mu.Unlock()
	if ok {
		return r, true, nil
	}
	return m.store.Find(key)
}

// Add implements [study.Memory].
func (m *storeMemory) Add(r *study.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.pending[r.Key()] = r
	m.order = append(m.order, r)
	if wait := commitEvery - time.Since(m.written); wait > 0 {
		if m.timer == nil {
			m.timer = time.AfterFunc(wait, m.tick)
		}
		return m.late
	}
	return m.flush()
}

// tick commits when no cell came in time to do it.
func (m *storeMemory) tick() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.late = errors.Join(m.late, m.flush())
}

func (m *storeMemory) flush() error {
	if m.timer != nil {
		m.timer.Stop()
		m.timer = nil
	}
	if len(m.order) == 0 {
		return nil
	}
	_, err := m.store.Put(context.Background(), m.order...)
	m.order, m.written = nil, time.Now()
	clear(m.pending)
	return err
}

// close commits what is left and closes the store.
func (m *storeMemory) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := errors.Join(m.late, m.flush())
	if e := m.store.Close(); err == nil {
		err = e
	}
	return err
}
