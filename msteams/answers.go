package msteams

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// decode reads an answer into out. It refuses one that lacks its content, as missing says: an
// answer without content must not pass for a tenant without teams. A field of another type than
// expected is left out.
func decode[T any](out *T, missing func(*T) string) func([]byte) error {
	return func(body []byte) error {
		if err := checkJSON(body); err != nil {
			return err
		}
		*out = *new(T) // an answer before this one may have been read in part
		if err := lenient(json.Unmarshal(body, out)); err != nil {
			return err
		}
		if lack := missing(out); lack != "" {
			if s := readErrorBody(body); s.isJSON && (s.code != "" || s.message != "") {
				return fmt.Errorf("it is an error with the status of a success: %s", strings.Trim(s.code+": "+s.message, ": "))
			}
			return errors.New(lack)
		}
		return nil
	}
}

// checkJSON says in words what is not JSON.
func checkJSON(body []byte) error {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return errors.New("it is empty")
	case trimmed[0] == '<':
		return errors.New("it is an HTML page")
	}
	return nil
}

// lenient drops the complaint about a field of another type: encoding/json has read all the others.
func lenient(err error) error {
	if errors.As(err, new(*json.UnmarshalTypeError)) {
		return nil
	}
	return err
}

// items is a list in an answer: nil if there is none. A null in it is left out.
type items[T any] []T

// UnmarshalJSON reads each item by itself, so that an odd one does not spoil the others.
func (l *items[T]) UnmarshalJSON(data []byte) error {
	var raw []json.RawMessage
	if err := lenient(json.Unmarshal(data, &raw)); err != nil || raw == nil {
		return err
	}
	*l = make(items[T], 0, len(raw))
	for _, one := range raw {
		var item T
		if string(one) == "null" {
			continue
		}
		if err := lenient(json.Unmarshal(one, &item)); err != nil {
			return err
		}
		*l = append(*l, item)
	}
	return nil
}

// identified is what has an id, without which it is of no use.
type identified interface{ key() string }

func (t Team) key() string         { return t.ID }
func (c Channel) key() string      { return c.ID }
func (u User) key() string         { return u.ID }
func (a CatalogApp) key() string   { return a.ID }
func (a InstalledApp) key() string { return a.ID }
func (d TeamDetails) key() string  { return d.ID }

// key is the bot's id of a member, or the object id where the bot has none.
func (m Member) key() string {
	if m.ID == "" {
		return m.ObjectID
	}
	return m.ID
}

// missingID is for the answer that is one thing.
func missingID[T identified](one *T) string {
	if (*one).key() == "" {
		return "it holds no id"
	}
	return ""
}

// missingItems is for a page of a list.
func missingItems[T identified](page *graphPage[T]) string {
	if page.Value == nil {
		return "it holds no list (value)"
	}
	for _, item := range page.Value {
		if item.key() == "" {
			return "an item of its list has no id"
		}
	}
	return ""
}
