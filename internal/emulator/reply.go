package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
)

// Reply is one answer. It is made while a side's state is locked and written
// after the lock was released.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// With sets a header of the reply.
func (r *Reply) With(key, value string) *Reply {
	if r.Header == nil {
		r.Header = make(http.Header)
	}
	r.Header[http.CanonicalHeaderKey(key)] = []string{value}
	return r
}

// JSONType is the content type of JSON answers.
const JSONType = "application/json; charset=utf-8"

// JSON is an answer in JSON.
func JSON(status int, v any) *Reply {
	return (&Reply{Status: status, Body: Encode(v)}).With("Content-Type", JSONType)
}

// HTML is a page.
func HTML(status int, page string) *Reply {
	return (&Reply{Status: status, Body: []byte(page)}).With("Content-Type", "text/html; charset=utf-8")
}

// Redirect sends the client on to location.
func Redirect(location string) *Reply {
	return HTML(http.StatusFound, "Found. Redirecting to "+location).With("Location", location)
}

// NoContent is an answer without a body.
func NoContent() *Reply { return &Reply{Status: http.StatusNoContent} }

// Encode marshals v as JavaScript does: <, > and & stay as they are. It panics
// where v can't be marshaled: every value that is encoded here was decoded from
// JSON or is a struct of the emulator.
func Encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("emulator: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Decode reads one JSON value. Numbers are kept as json.Number.
func Decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if d.More() {
		return errors.New("text after the JSON value")
	}
	return nil
}
