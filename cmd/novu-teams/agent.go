package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/novu-go/novu/novutest"
)

const agentHelp = `Talks to an agent from the terminal, as somebody in Teams does.

  novu-teams agent -bridge http://127.0.0.1:8080/api/novu

It runs Novu and Microsoft Teams on this machine, prints the variables that the
bridge needs to answer, and waits for it. Each line is then a message:

  Where is my order?
  /click Cancel              press a button of the latest card
  /choose Assign to = Bob    pick an option of a choice
  /react 👍                  react to the bot's latest message; /unreact takes it away
  /mention hello             write in a channel, and mention the bot
  /quit

The bot's messages are printed on standard output. The exit status is 1 if
something that was written did not arrive.
`

type talkFlags struct {
	bridge              bridgeFlags
	addr, secretKey, as string
	in                  string
}

func parseTalkFlags(args []string, c console) (talkFlags, error) {
	var f talkFlags
	set := newFlags("agent", agentHelp)
	set.StringVar(&f.bridge.url, "bridge", "", "the bridge's `address` on this machine; required")
	set.StringVar(&f.bridge.agents, "agent", "", "the agent's `identifier`; without it the bridge is asked")
	set.StringVar(&f.addr, "addr", "127.0.0.1:4000", "the `address` to listen on; port 0 picks a free one")
	set.StringVar(&f.secretKey, "secret-key", "emulator", "the API `key` that the bridge uses")
	set.StringVar(&f.as, "as", "Ada Lovelace", "the `name` of the person who writes")
	set.StringVar(&f.in, "in", "personal", "where: personal, channel or group")
	if err := parseFlags(set, args, c); err != nil {
		return f, err
	}
	if f.bridge.url == "" {
		return f, misuse("-bridge is required")
	}
	if err := checkBridge(f.bridge.url); err != nil {
		return f, misuse("%w", err)
	}
	if err := checkAddr(f.addr, false); err != nil {
		return f, misuse("%w", err)
	}
	if f.secretKey == "" || f.as == "" {
		return f, misuse("-secret-key and -as must not be empty")
	}
	if f.in != "personal" && f.in != "channel" && f.in != "group" {
		return f, misuse("-in is %q; it must be personal, channel or group", f.in)
	}
	return f, nil
}

func runAgent(ctx context.Context, args []string, c console) error {
	f, err := parseTalkFlags(args, c)
	if err != nil {
		return err
	}
	page, err := withPage()
	if err != nil {
		return err
	}
	server, err := novutest.Start(append([]novutest.Option{
		novutest.WithAddr(f.addr), novutest.WithSecretKey(f.secretKey), novutest.WithTenant(demoTenant),
	}, page...)...)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Fprintf(c.err, "The bridge needs:\n\nexport NOVU_BASE_URL=%s\nexport NOVU_SECRET_KEY=%s\n\n", shellQuote(server.URL()), shellQuote(server.SecretKey()))
	names, err := f.bridge.serve(ctx, server, c.err)
	if ctx.Err() != nil {
		return nil // interrupted before the bridge was there
	}
	if err != nil {
		return err
	}
	if len(names) > 1 {
		return misuse("the bridge answers for %s; choose one with -agent", strings.Join(names, ", "))
	}
	opts := []novutest.ChatOption{novutest.WithAgent(names[0])}
	switch f.in {
	case "channel":
		opts = append(opts, novutest.InChannel("", ""))
	case "group":
		opts = append(opts, novutest.InGroupChat(""))
	}
	fmt.Fprintf(c.err, "You are %s and write to %s. /help lists what you can do. See it at %s/chat too.\n", f.as, names[0], server.URL())
	return (&talk{chat: server.Chat(novutest.User{Name: f.as}, opts...), console: c}).run(ctx)
}

// talk is a person at a terminal.
type talk struct {
	console
	chat *novutest.Chat
	lost bool // something did not arrive
}

// run reads lines until they end, and prints what the bot posts, also unasked.
func (t *talk) run(ctx context.Context) error {
	lines := t.lines(ctx)
	for {
		line, more := t.next(ctx, lines)
		switch {
		case !more, line == "/quit":
			if t.lost {
				return &statusError{status: exitBroken}
			}
			return nil
		case line == "":
		case line == "/help":
			fmt.Fprint(t.err, agentHelp)
		default:
			t.do(ctx, line)
		}
	}
}

func (t *talk) lines(ctx context.Context) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(t.in); scanner.Scan(); {
			select {
			case lines <- strings.TrimSpace(scanner.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// next is the next line. Meanwhile it prints what comes.
func (t *talk) next(ctx context.Context, lines <-chan string) (line string, more bool) {
	fmt.Fprint(t.err, "> ")
	waiting, stop := context.WithCancel(ctx)
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		for {
			messages, err := t.chat.Wait(waiting)
			if err != nil {
				return
			}
			fmt.Fprintln(t.err)
			t.print(messages)
			fmt.Fprint(t.err, "> ")
		}
	}()
	defer func() { stop(); <-printed }()
	select {
	case line, more = <-lines:
		return line, more
	case <-ctx.Done():
		return "", false
	}
}

// do carries out one line.
func (t *talk) do(ctx context.Context, line string) {
	verb, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	var messages []novutest.ChatMessage
	var err error
	switch verb {
	case "/click":
		messages, err = t.chat.Click(ctx, rest)
	case "/choose":
		input, option, _ := strings.Cut(rest, "=")
		messages, err = t.chat.Choose(ctx, strings.TrimSpace(input), strings.TrimSpace(option))
	case "/react":
		messages, err = t.chat.React(ctx, rest)
	case "/unreact":
		messages, err = t.chat.Unreact(ctx, rest)
	case "/mention":
		messages, err = t.chat.Mention(ctx, rest)
	default:
		if strings.HasPrefix(verb, "/") {
			err = errors.New("there is no " + verb + "; /help lists what there is")
			break
		}
		messages, err = t.chat.Say(ctx, line)
	}
	t.print(messages)
	if err != nil {
		t.lost = true
		fmt.Fprintln(t.err, "!", oneLine(strings.TrimPrefix(err.Error(), "novutest: ")))
	}
}

func (t *talk) print(messages []novutest.ChatMessage) {
	for _, m := range messages {
		printChatMessage(t.out, m)
	}
}

// printChatMessage prints a message as text, with the buttons and choices of a card. What the bridge
// wrote can't steer the terminal.
func printChatMessage(w io.Writer, m novutest.ChatMessage) {
	from := oneLine(m.From)
	switch {
	case m.Deleted:
		fmt.Fprintf(w, "%s has deleted: %s\n", from, oneLine(firstLine(m.Text)))
		return
	case m.Edited:
		from += " (edited)"
	}
	fmt.Fprintf(w, "%s: %s\n", from, strings.Join(oneLineEach(strings.Split(m.Text, "\n")), "\n  "))
	for _, file := range m.Files {
		fmt.Fprintf(w, "  file: %s (%s)\n", oneLine(file.Name), oneLine(file.ContentType))
	}
	for _, choice := range m.Choices {
		fmt.Fprintf(w, "  %s = %s\n", oneLine(choice.Label), strings.Join(oneLineEach(choice.Options), " | "))
	}
	if len(m.Buttons) > 0 {
		fmt.Fprintf(w, "  [%s]\n", strings.Join(oneLineEach(m.Buttons), "] ["))
	}
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}
