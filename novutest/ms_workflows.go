package novutest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	workflowsPrefix = "/_workflows"
	runIDHeader     = "X-Ms-Workflow-Run-Id"
	webhookLimit    = 28 << 10
	newestCard      = 1.4
)

// isWorkflowsHost tells whether a webhook's host is one of Workflows for
// Microsoft Teams.
func isWorkflowsHost(host string) bool {
	host = strings.ToLower(host)
	for _, suffix := range []string{".logic.azure.com", ".logic.azure.us", ".logic.azure.cn", ".api.powerplatform.com", ".api.powerplatform.us", ".api.powerplatform.cn"} {
		if strings.HasSuffix(host, suffix) {
			return true
		}
	}
	return false
}

// postWebhook is a flow's trigger. It accepts what it is sent and the run that
// follows may fail without the sender knowing. The path is a flow's own behind
// /_workflows, with or without the flow's host before it.
func (s *Server) postWebhook(c *call) *reply {
	path := c.params["rest"]
	address := s.url + c.uri
	if host, rest, has := strings.Cut(path, "/"); has && isWorkflowsHost(strings.Split(host, ":")[0]) {
		path = rest
		address = "https://" + host + "/" + rest + "?" + rawQuery(c.uri)
	}
	if !strings.Contains("/"+path, "/workflows/") ||
		!strings.HasSuffix(strings.TrimSuffix(path, "/"), "/triggers/manual/paths/invoke") {
		return microsoftError(http.StatusNotFound, "WorkflowNotFound", "The workflow could not be found.")
	}
	switch {
	case c.query.Get("api-version") == "":
		return microsoftError(
			http.StatusBadRequest,
			"MissingApiVersionParameter",
			"The api-version query parameter (?api-version=) is required for all requests.",
		)
	case c.query.Get("sig") == "":
		return microsoftError(
			http.StatusUnauthorized,
			"DirectApiAuthorizationRequired",
			"The request must be authenticated with a shared access signature.",
		)
	case len(c.raw) > webhookLimit:
		return microsoftError(
			http.StatusRequestEntityTooLarge,
			"RequestEntityTooLarge",
			"The request entity is too large.",
		)
	}
	run := "0858" + randomID(20, "0123456789") + "CU" + randomID(2, "0123456789")
	card, wrong := cardOf(c.raw)
	if wrong != "" {
		s.failLocked(Failure{Reason: "workflow run failed: " + wrong, runID: run})
	} else {
		s.land(Message{ID: run, Type: TypeWebhook, WebhookURL: WebhookURL(address), Card: card, Text: cardText(card)})
	}
	return (&reply{status: http.StatusAccepted}).with(runIDHeader, run)
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

// cardText is what the text blocks of a card say, one a line.
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
			if text, isText := v["text"].(string); isText && (v["type"] == "TextBlock" || v["type"] == "TextRun") {
				lines = append(lines, text)
			}
			for _, name := range []string{"body", "items", "columns", "inlines", "cells", "rows"} {
				walk(v[name])
			}
		}
	}
	walk(value)
	return strings.Join(lines, "\n")
}

// WorkflowsURL is the address of an emulated flow, shaped like a real one and
// different for each name. A webhook client posts to it directly; as a webhook
// endpoint's url Novu's side posts to it too.
func (s *Server) WorkflowsURL(name string) WebhookURL {
	return WebhookURL(s.url + workflowsPrefix + "/workflows/" + url.PathEscape(name) +
		"/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=" + url.QueryEscape(s.signature([]byte(name))))
}
