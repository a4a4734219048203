package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/novu-go/novu"
)

// confirm asks whether to go on. Only the answer "yes" says so.
func confirm(ctx context.Context, c console, question string) (bool, error) {
	fmt.Fprintf(c.err, "%s Type yes: ", question)
	answer := make(chan string, 1)
	go func() { // a read can't be interrupted
		line, _ := bufio.NewReader(c.in).ReadString('\n')
		answer <- line
	}()
	select {
	case line := <-answer:
		return strings.TrimSpace(line) == "yes", nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// readSecret reads a file, or a line of standard input where the name is -.
func readSecret(name string, c console, prompt string) (novu.Secret, error) {
	var text []byte
	var err error
	if name == "-" {
		if isTerminal(c.err) {
			fmt.Fprint(c.err, prompt)
		}
		text, err = io.ReadAll(io.LimitReader(c.in, 64<<10))
	} else {
		text, err = os.ReadFile(name)
	}
	return novu.Secret(strings.TrimSpace(string(text))), err
}
