package novu

import (
	"slices"
	"time"
)

// meta is what every stored record has: its internal id, which is also its
// cursor, the key by which the API finds it, and its times.
type meta struct {
	ID        string
	Key       string
	CreatedAt time.Time
	UpdatedAt time.Time
}

func (m *meta) header() *meta { return m }

type record interface{ header() *meta }

// table keeps records in the order of their creation.
type table[R record] struct {
	rows  []R
	byKey map[string]R
}

func (t *table[R]) get(key string) (R, bool) {
	r, ok := t.byKey[key]
	return r, ok
}

func (t *table[R]) add(r R) {
	if t.byKey == nil {
		t.byKey = make(map[string]R)
	}
	t.rows = append(t.rows, r)
	t.byKey[r.header().Key] = r
}

func (t *table[R]) remove(key string) bool {
	r, ok := t.byKey[key]
	if !ok {
		return false
	}
	delete(t.byKey, key)
	t.rows = slices.DeleteFunc(t.rows, func(x R) bool { return x.header() == r.header() })
	return true
}

func (t *table[R]) find(match func(R) bool) (R, bool) {
	if i := slices.IndexFunc(t.rows, match); i >= 0 {
		return t.rows[i], true
	}
	var none R
	return none, false
}
