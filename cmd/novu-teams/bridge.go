package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

// checkBridge refuses an address that the emulator's Novu would not deliver to.
func checkBridge(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("-bridge must be an address such as http://127.0.0.1:8080/api/novu")
	}
	if u.Hostname() == "localhost" {
		return errors.New("-bridge: Novu does not deliver to the name localhost; write 127.0.0.1")
	}
	if ip := net.ParseIP(u.Hostname()); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("-bridge: %s is not on this machine, and nothing leaves it", u.Host)
	}
	return nil
}

// errBridgeRefuses is a bridge whose key is another.
var errBridgeRefuses = errors.New("the bridge refuses the signature: give it the NOVU_SECRET_KEY above")

// bridgeAgents asks a bridge which agents it answers for, as "novu sync" does.
func bridgeAgents(ctx context.Context, client *novu.Client, bridge string) ([]string, error) {
	u, err := url.Parse(bridge)
	if err != nil {
		return nil, err
	}
	query := u.Query()
	query.Set("action", "discover")
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	client.SignRequest(req.Header, []byte("{}"))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return nil, errBridgeRefuses
	case resp.StatusCode == http.StatusNotFound:
		return nil, errors.New("nothing answers at its path")
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("the bridge answered %d", resp.StatusCode)
	}
	var answer struct {
		Agents []struct {
			AgentID string `json:"agentId"`
		} `json:"agents"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the bridge's answer can't be read: %w", err)
	}
	var names []string
	for _, a := range answer.Agents {
		names = append(names, oneLine(a.AgentID))
	}
	if len(names) == 0 {
		return nil, errors.New("the bridge answers for no agent")
	}
	return names, nil
}

// bridgeFlags say which bridge answers, and for whom.
type bridgeFlags struct{ url, agents string }

// serve makes the agents of the bridge. Without names it asks the bridge, as soon as that runs.
func (f bridgeFlags) serve(ctx context.Context, server *novutest.Server, say io.Writer) ([]string, error) {
	names := strings.FieldsFunc(f.agents, func(r rune) bool { return r == ',' || r == ' ' })
	if len(names) == 0 {
		found, err := f.wait(ctx, server, say)
		if err != nil {
			return nil, err
		}
		names = found
	}
	for _, name := range names {
		if err := serveAgent(server, name, f.url); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// wait asks the bridge for its agents until it answers.
func (f bridgeFlags) wait(ctx context.Context, server *novutest.Server, say io.Writer) ([]string, error) {
	client := server.Client()
	said := ""
	for tick := time.NewTicker(500 * time.Millisecond); ; {
		names, err := bridgeAgents(ctx, client, f.url)
		if err == nil {
			tick.Stop()
			return names, nil
		}
		problem := err.Error()
		if failed := new(url.Error); errors.As(err, &failed) {
			problem = "it does not answer yet"
		}
		if problem != said && ctx.Err() == nil {
			said = problem
			fmt.Fprintf(say, "Waiting for the bridge at %s: %s.\n", f.url, problem)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return nil, ctx.Err()
		}
	}
}

// serveAgent makes an agent; what can't be right is an error here.
func serveAgent(server *novutest.Server, name, bridge string) (err error) {
	defer func() {
		if problem := recover(); problem != nil {
			err = fmt.Errorf("%v", problem)
		}
	}()
	server.ServeAgent(name, novutest.BridgeURL(bridge))
	return nil
}
