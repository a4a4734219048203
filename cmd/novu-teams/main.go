// Command novu-teams is what people use from a terminal to notify customers in Microsoft Teams
// through Novu:
//
//	novu-teams demo
//	novu-teams connect -customer acme
//	novu-teams send -customer acme -workflow alert -text "Build 4711 failed"
//	novu-teams doctor -customer acme -workflow alert
//
// "novu-teams help" lists the commands, and "novu-teams help connect" explains one. The exit status
// is 0 if all is well, 1 if something is broken, and 2 if that could not be found out or the command
// was used wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// Exit statuses besides 0.
const (
	exitBroken  = 1
	exitUnknown = 2 // it could not be found out, or the command was used wrongly
)

// command is one of the things that the program does. Each has a file of its name.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, c console) error
}

// console is where a command reads and writes.
type console struct {
	in  io.Reader
	out io.Writer // what was asked for
	err io.Writer // questions, progress and complaints
}

// commands are in the order in which help lists them.
func commands() []command {
	return []command{
		{name: "agent", summary: "talk to an agent from the terminal, as somebody in Teams does", run: runAgent},
		{name: "doctor", summary: "find out why a notification does not arrive", run: runDoctor},
		{name: "emulator", summary: "run Novu and Microsoft Teams on this machine", run: runEmulator},
		{name: "package", summary: "write the Teams app package of a bot", run: runPackage},
		{name: "setup", summary: "make Microsoft and Novu ready for a Teams bot", run: runSetup},
		{name: "version", summary: "print the version of this program", run: runVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	status := run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(status)
}

// run carries out a command line and returns the exit status.
func run(ctx context.Context, args []string, c console) int {
	if len(args) == 0 {
		printCommands(c.err)
		return exitUnknown
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(args) == 0 {
			printCommands(c.out)
			return 0
		}
		name, args = args[0], []string{"-h"}
	}
	for _, command := range commands() {
		if command.name == name {
			return exitStatus(command, command.run(ctx, args, c), c.err)
		}
	}
	fmt.Fprintf(c.err, "novu-teams: there is no command %q\n\n", name)
	printCommands(c.err)
	return exitUnknown
}

func printCommands(w io.Writer) {
	fmt.Fprint(w, "novu-teams notifies customers in Microsoft Teams through Novu.\n\nUsage: novu-teams COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\n\"novu-teams help COMMAND\" explains a command and its flags.\n")
}

// statusError ends the program with a status. Without an error, the command has said what there is
// to say.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit status %d", e.status)
	}
	return e.err.Error()
}

func (e *statusError) Unwrap() error { return e.err }

// unknown is the error of a command that could not find out what it was asked.
func unknown(err error) error { return &statusError{status: exitUnknown, err: err} }

// exitStatus prints the error of a command and turns it into the exit status.
func exitStatus(c command, err error, stderr io.Writer) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	var wrong *usageError
	if errors.As(err, &wrong) {
		fmt.Fprintf(stderr, "novu-teams %s: %v\nSee \"novu-teams help %s\".\n", c.name, wrong.err, c.name)
		return exitUnknown
	}
	ended := &statusError{status: exitBroken, err: err}
	errors.As(err, &ended)
	if ended.err != nil {
		fmt.Fprintf(stderr, "novu-teams %s: %v\n", c.name, err)
	}
	return ended.status
}
