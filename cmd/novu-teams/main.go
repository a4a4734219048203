// Command novu-teams is what people use from a terminal to notify customers in Microsoft Teams
// through Novu:
//
//	novu-teams demo
//	novu-teams connect -customer acme
//	novu-teams send -customer acme -workflow alert -text "Build 4711 failed"
//	novu-teams doctor -customer acme -workflow alert
//
// To look around, and to try it all on this machine:
//
//	demo          starts two customers, and prints what to try
//	emulator      runs Novu and Microsoft Teams for clients in any language
//	version       prints the version
//
// For a customer:
//
//	connect       connects its Microsoft 365 tenant
//	teams         lists its teams
//	channels      lists the channels of a team
//	people        finds a person
//	add           adds a channel, a person or a webhook
//	destinations  lists where its notifications land
//	remove        removes a destination
//	send          notifies it, and tells what became of it
//	status        tells how it stands
//	disconnect    removes all that Novu has of it
//
// For whoever runs the bot:
//
//	doctor        finds out why a notification does not arrive
//	agent         talks to an agent as somebody in Teams does
//	setup         makes Microsoft and Novu ready for the bot
//	package       writes its Teams app package
//
// "novu-teams help connect" explains a command and its flags. Commands that a program may read take
// -json. The exit status is 0 if all is well, 1 if something is broken, and 2 if that could not be
// found out or the command was used wrongly.
package main

import (
	"bufio"
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
		{name: "demo", summary: "try all this on this machine, with two customers", run: runDemo},

		{name: "connect", summary: "connect a customer's Microsoft 365 tenant", run: runConnect},
		{name: "teams", summary: "list the teams of a customer", run: runTeams},
		{name: "channels", summary: "list the channels of a team", run: runChannels},
		{name: "people", summary: "find a person of a customer", run: runPeople},
		{name: "add", summary: "add a channel, a person or a webhook to a customer", run: runAdd},
		{name: "destinations", summary: "list where a customer's notifications land", run: runDestinations},
		{name: "remove", summary: "remove a destination of a customer", run: runRemove},
		{name: "send", summary: "notify a customer and tell what became of it", run: runSend},
		{name: "status", summary: "tell how a customer stands", run: runStatus},
		{name: "disconnect", summary: "remove all that Novu has of a customer", run: runDisconnect},

		{name: "doctor", summary: "find out why a notification does not arrive", run: runDoctor},
		{name: "agent", summary: "talk to an agent from the terminal, as somebody in Teams does", run: runAgent},
		{name: "setup", summary: "make Microsoft and Novu ready for a Teams bot", run: runSetup},
		{name: "package", summary: "write the Teams app package of a bot", run: runPackage},
		{name: "emulator", summary: "run Novu and Microsoft Teams on this machine", run: runEmulator},
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
	c.in = bufio.NewReader(c.in) // one buffer, so that questions don't take each other's answers
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
	fmt.Fprint(w, "novu-teams notifies customers in Microsoft Teams through Novu. To begin, run\n\"novu-teams demo\".\n\nUsage: novu-teams COMMAND [flags]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-13s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\n\"novu-teams help COMMAND\" explains a command and its flags. The exit status is 0 if all\n"+
		"is well, 1 if something is broken, and 2 if that could not be found out or the command\nwas used wrongly.\n")
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
