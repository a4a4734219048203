package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/novu-go/novu/novutest"
)

func TestEveryAttemptIsASpanAndCounts(t *testing.T) {
	for _, version := range []novutest.Version{novutest.Version315, novutest.Version319} {
		t.Run(string(version), func(t *testing.T) { everyAttempt(t, version) })
	}
}

func everyAttempt(t *testing.T, version novutest.Version) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, novutest.WithVersion(version)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `span "ping" took`); n != 3 { // two of the key, one of the feature
		t.Errorf("%d spans of attempts in %s", n, out.String())
	}
	for _, line := range []string{
		`metric novu.attempt.duration: 1 of "ping" ended as "server error"`, `metric novu.attempt.duration: 2 of "ping" ended as "succeeded"`,
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line %s in %s", line, out.String())
		}
	}
	if strings.Contains(out.String(), "ApiKey") {
		t.Error("the key is in a span")
	}
}
