package microsoft

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

const (
	// RunIDHeader carries the id of the run that a post to a flow started.
	RunIDHeader  = "X-Ms-Workflow-Run-Id"
	webhookLimit = 28 << 10
	newestCard   = 1.4
)

// isWorkflowsHost tells whether a webhook's host is one of Workflows for
// Microsoft Teams.
func isWorkflowsHost(host string) bool {
	host = strings.ToLower(host)
	for _, suffix := range []string{
		".logic.azure.com", ".logic.azure.us", ".logic.azure.cn", ".api.powerplatform.com", ".api.gov.powerplatform.microsoft.us",
		".api.high.powerplatform.microsoft.us", ".api.appsplatform.us", ".api.powerplatform.partner.microsoftonline.cn",
	} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// Workflows is where on the listener a webhook of a Workflows host is answered.
// The address of any other webhook is answered with ok false.
func (s *Server) Workflows(webhook *url.URL) (address string, ok bool) {
	if !isWorkflowsHost(webhook.Hostname()) {
		return "", false
	}
	return s.host.URL + workflowsRoot + "/" + webhook.Host + webhook.EscapedPath() + "?" + webhook.RawQuery, true
}

// postWebhook is a flow's trigger. It accepts what it is sent and the run that
// follows may fail without the sender knowing. The path is a flow's own behind
// /_workflows, with or without the flow's host before it.
func (s *Server) postWebhook(c *call) *reply {
	path := c.Params["rest"]
	address := s.host.URL + c.URI
	if host, rest, has := strings.Cut(path, "/"); has && isWorkflowsHost(strings.Split(host, ":")[0]) {
		path = rest
		address = "https://" + host + "/" + rest + "?" + c.RawQuery()
	}
	if !strings.Contains("/"+path, "/workflows/") ||
		!strings.HasSuffix(strings.TrimSuffix(path, "/"), "/triggers/manual/paths/invoke") {
		return failure(http.StatusNotFound, "WorkflowNotFound", "The workflow could not be found.")
	}
	switch {
	case c.Query.Get("api-version") == "":
		return failure(
			http.StatusBadRequest,
			"MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.",
		)
	case c.Query.Get("sig") == "":
		return failure(
			http.StatusUnauthorized,
			"DirectApiAuthorizationRequired",
			"The request must be authenticated with a shared access signature.",
		)
	case len(c.Raw) > webhookLimit:
		return failure(
			http.StatusRequestEntityTooLarge,
			"RequestEntityTooLarge",
			"The request entity is too large.",
		)
	}
	run := "0858" + emulator.RandomID(20, emulator.Digits) + "CU" + emulator.RandomID(2, emulator.Digits)
	card, wrong := cardOf(c.Raw)
	if wrong != "" {
		s.host.Inbox.Fail(emulator.Failure{Reason: "workflow run failed: " + wrong, RunID: run})
	} else {
		s.host.Inbox.Land(emulator.Message{ID: run, Type: emulator.TypeWebhook, WebhookURL: address, Card: card, Text: cardText(card)})
	}
	return (&reply{Status: http.StatusAccepted}).With(RunIDHeader, run)
}

// cardOf is the card of a body, or why the flow's run fails on it.
func cardOf(raw []byte) (card json.RawMessage, wrong string) {
	var body struct {
		Attachments []struct {
			ContentType string          `json:"contentType"`
			Content     json.RawMessage `json:"content"`
		} `json:"attachments"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, "the body is no JSON object"
	}
	if len(body.Attachments) == 0 {
		return nil, "the body has no attachments, so the loop over them has nothing to post"
	}
	first := body.Attachments[0]
	var content struct {
		Type    string `json:"type"`
		Version string `json:"version"`
	}
	switch err := json.Unmarshal(first.Content, &content); {
	case first.ContentType != adaptiveCard:
		return nil, fmt.Sprintf("the attachment's contentType is %q", first.ContentType)
	case err != nil || content.Type != "AdaptiveCard":
		return nil, "the attachment's content is no AdaptiveCard"
	}
	if version, err := strconv.ParseFloat(content.Version, 64); err != nil || version > newestCard {
		return nil, fmt.Sprintf("card version %q is not supported here", content.Version)
	}
	return first.Content, ""
}

// cardText is what the text blocks of a card say, one a line. The runs of a RichTextBlock make one line.
func cardText(card json.RawMessage) string {
	var value any
	if json.Unmarshal(card, &value) != nil {
		return ""
	}
	var lines []string
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			if text, isText := v["text"].(string); isText && v["type"] == "TextBlock" {
				lines = append(lines, text)
			}
			if inlines, isRich := v["inlines"].([]any); isRich && v["type"] == "RichTextBlock" {
				lines = append(lines, richText(inlines))
			}
			for _, name := range []string{"body", "items", "columns", "cells", "rows"} {
				walk(v[name])
			}
		}
	}
	walk(value)
	return strings.Join(lines, "\n")
}

// richText joins the inlines of a RichTextBlock, which are strings or TextRuns.
func richText(inlines []any) string {
	var line strings.Builder
	for _, inline := range inlines {
		switch inline := inline.(type) {
		case string:
			line.WriteString(inline)
		case map[string]any:
			text, _ := inline["text"].(string)
			line.WriteString(text)
		}
	}
	return line.String()
}
