package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// newFlags returns the flags of a command. The help text says what the command does and shows an
// example; the flags follow it.
func newFlags(name, help string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), help, "\nFlags:\n\n")
		flags.PrintDefaults()
	}
	return flags
}

// parseFlags reads the arguments of a command. With -h it prints the usage and returns
// flag.ErrHelp. Anything that can't be right is a *usageError.
func parseFlags(flags *flag.FlagSet, args []string, c console) error {
	usage := flags.Usage
	flags.Usage = func() {} // printed below, once it is known where to
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	flags.Usage = usage
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(c.out)
		flags.Usage()
		return err
	case err != nil:
		return misuse("%w", err)
	case strings.Contains(flags.Arg(0), "://"): // an address may be a credential
		return misuse("an address belongs to no flag")
	case flags.NArg() > 0:
		return misuse("%q belongs to no flag; put a value with spaces in quotes", flags.Arg(0))
	}
	return nil
}

// usageError is a mistake in the command line. The user is shown where the command is explained.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// misuse makes a *usageError.
func misuse(format string, args ...any) error { return &usageError{err: fmt.Errorf(format, args...)} }
