package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"

	"github.com/novu-go/novu/doctor"
	"github.com/novu-go/novu/msteams/manifest"
)

// agentFlags are those of a question about an agent.
type agentFlags struct {
	endpoint string
	told     bool // -messaging-endpoint was given, perhaps empty
	manifest *manifest.Manifest
}

func (f *agentFlags) define(set *flag.FlagSet, q *question) {
	set.StringVar(&q.AgentIdentifier, "agent", "", "the `identifier` of an agent that does not answer; with -subscriber, for the one who writes to it")
	set.Func("messaging-endpoint", "with -agent and -integration: the `URL` that Azure shows as the bot's messaging endpoint, which nothing else tells", func(text string) error {
		f.endpoint, f.told = text, true
		return nil
	})
	set.Func("package", "with -agent and -integration: the `file` of the Teams app package, or its manifest.json, which says whether people may write to the bot", func(name string) (err error) {
		f.manifest, err = readManifest(name)
		return err
	})
}

// readManifest reads an app package or a manifest.json.
func readManifest(name string) (*manifest.Manifest, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("it can't be read: %w", err)
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		return manifest.Parse(data)
	}
	return manifest.ReadPackage(bytes.NewReader(data), int64(len(data)))
}

func (f agentFlags) check(q *question) error {
	switch {
	case (f.told || f.manifest != nil) && (q.AgentIdentifier == "" || q.IntegrationIdentifier == ""):
		return misuse("-messaging-endpoint and -package go with -agent and -integration, which say whose they are")
	case q.AgentIdentifier != "" && (q.TransactionID != "" || q.WorkflowID != "" || q.Context != nil || q.Payload != nil || q.SendTest):
		return misuse("-agent asks about an agent, so it goes with no flag that names a notification but -subscriber and -integration")
	}
	return nil
}

func (f agentFlags) options(integration string) []doctor.Option {
	var opts []doctor.Option
	if f.told {
		opts = append(opts, doctor.WithMessagingEndpoint(integration, f.endpoint))
	}
	if f.manifest != nil {
		opts = append(opts, doctor.WithManifest(integration, f.manifest))
	}
	return opts
}
