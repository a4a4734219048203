package main

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// methods are those that a user of the client can call, but for its printing.
func methods() []string {
	var names []string
	client := reflect.TypeFor[*novu.Client]()
	for i := range client.NumMethod() {
		if name := client.Method(i).Name; name != "Format" {
			names = append(names, "Client."+name)
		}
	}
	for i := range client.Elem().NumField() {
		if service := client.Elem().Field(i); service.IsExported() {
			for k := range service.Type.NumMethod() {
				names = append(names, service.Name+"."+service.Type.Method(k).Name)
			}
		}
	}
	return names
}

func TestTranscript(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			var first, second bytes.Buffer
			for _, out := range []*bytes.Buffer{&first, &second} {
				write(context.Background(), novutest.NewServer(t, novutest.WithVersion(version)).Client(), out)
			}
			assert.Equal(t, first.String(), second.String(), "nothing in it depends on the server")
			var seen []string
			for line := range strings.Lines(first.String()) {
				name, rest, _ := strings.Cut(strings.TrimSpace(line), "\t")
				seen = append(seen, name)
				assert.NotContains(t, rest, "ErrBadAnswer", name)
			}
			slices.Sort(seen)
			want := methods()
			slices.Sort(want)
			assert.Equal(t, want, seen, "every method once")
			if testing.Verbose() {
				t.Log("\n" + first.String())
			}
		})
	}
}
