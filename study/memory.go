package study

import "sync"

// A Memory keeps finished cells by [Cell.Key], so that a study goes on where it stopped and
// no cell runs twice. Several goroutines call it at a time. A record given to Add or got from
// Find is shared: nobody changes it.
type Memory interface {
	// Find returns the record that was last added under the key; false if there is none.
	Find(key string) (*Record, bool, error)
	// Add keeps the record under the key of its cell. It replaces an earlier one.
	Add(*Record) error
}

// Volatile is a Memory that ends with the program. Its zero value is empty.
type Volatile struct {
	mu      sync.Mutex
	records map[string]*Record
}

var _ Memory = (*Volatile)(nil)

// Find implements [Memory].
func (m *Volatile) Find(key string) (*Record, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.records[key]
	return r, ok, nil
}

// Add implements [Memory].
func (m *Volatile) Add(r *Record) error {
	key := r.Key()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = map[string]*Record{}
	}
	m.records[key] = r
	return nil
}
