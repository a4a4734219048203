package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"text/tabwriter"
	"unicode"
)

// printJSON prints a value for people and programs.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// printJSONLine prints one of several values, each on a line of its own.
func printJSONLine(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// list says how a list is printed.
type list[T any] struct {
	none   string
	header []string
	row    func(T) []string
}

// printList prints a list whole. Where it breaks off, what came until then is printed.
func printList[T any](ctx context.Context, c console, asJSON bool, items iter.Seq2[T, error], l list[T]) error {
	all := []T{}
	var failure error
	for item, err := range items {
		if failure = err; err != nil {
			break
		}
		all = append(all, item)
	}
	if failure == nil || len(all) > 0 {
		if err := printItems(c, asJSON, all, l); err != nil {
			return err
		}
	}
	return failed(ctx, failure, "The list is not complete.")
}

func printItems[T any](c console, asJSON bool, all []T, l list[T]) error {
	if asJSON {
		return printJSON(c.out, all)
	}
	rows := make([][]string, len(all))
	for i, item := range all {
		rows[i] = l.row(item)
	}
	return printTable(c.out, l.none, l.header, rows)
}

// printTable prints rows in columns, or what there is to say where there are none.
func printTable(w io.Writer, none string, header []string, rows [][]string) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, none)
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(table, strings.TrimRight(strings.Join(oneLineEach(row), "\t"), "\t"))
	}
	return table.Flush()
}

// oneLine keeps what servers say from breaking a line or steering the terminal.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
}

func oneLineEach(texts []string) []string {
	clean := make([]string, len(texts))
	for i, text := range texts {
		clean[i] = oneLine(text)
	}
	return clean
}

// progress prints a line on a terminal, and nothing where a program reads along.
func progress(w io.Writer, format string, args ...any) {
	if isTerminal(w) {
		fmt.Fprintf(w, format+"\n", args...)
	}
}

func isTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// count is a number with its noun: 1 destination, 2 destinations.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
