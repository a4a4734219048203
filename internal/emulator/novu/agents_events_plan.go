package novu

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/novu-go/novu/internal/emulator"
)

// agentPlan is the message that shows which tools a run uses.
type agentPlan struct {
	messageID string
	tools     []*planTool
}

type planTool struct {
	id, title string
	details   string
	stored    bool // in the history
}

// What the message says above the tools, and how it marks them, as a run goes on and at its end.
const (
	planThinking = "🧠 **Thinking…**"
	planFinished = "✅ **Finished thinking**"
	planFailed   = "❌ **Something went wrong**"

	toolInUse = "🔄"
	toolDone  = "✅"
)

func (p *agentPlan) text(title, mark string) string {
	lines := make([]string, 0, len(p.tools))
	for _, t := range p.tools {
		lines = append(lines, mark+" `"+strings.NewReplacer(`\`, `\\`, "`", "\\`").Replace(t.title)+"`")
	}
	return title + "\n\n" + strings.Join(lines, "\n")
}

// showTool shows that a tool is in use: a new message, or another text of the one that is there.
func (r *eventRun) showTool(e answeringEvent, details string) {
	r.s.mu.Lock()
	if r.c.plan == nil {
		r.c.plan = &agentPlan{}
	}
	plan := r.c.plan
	var tool *planTool
	for _, t := range plan.tools {
		if t.id == e.ToolUseID {
			tool = t
		}
	}
	if tool == nil {
		tool = &planTool{id: e.ToolUseID, title: e.ToolName}
		if e.Source.ServerName != "" {
			tool.title = e.Source.ServerName + ": " + e.ToolName
		}
		plan.tools = append(plan.tools, tool)
	}
	tool.details = details
	text := plan.text(planThinking, toolInUse)
	r.s.mu.Unlock()
	r.postPlan(plan, text)
	r.storeTool(plan, tool, e.ToolName)
}

// endPlan writes a run's end over its message. The next run gets a message of its own.
func (r *eventRun) endPlan(title string) {
	r.s.mu.Lock()
	plan := r.c.plan
	r.c.plan = nil
	r.s.mu.Unlock()
	if plan != nil && plan.messageID != "" {
		r.postPlan(plan, plan.text(title, toolDone))
	}
}

// postPlan posts or edits the message. A failure is of no importance to Novu.
func (r *eventRun) postPlan(plan *agentPlan, text string) {
	speaking := &replying{s: r.s, call: r.call, body: &replyBody{ConversationID: r.c.ID, IntegrationIdentifier: r.c.integration}}
	if speaking.find() != nil || speaking.refused != nil {
		return
	}
	ctx, content := r.s.host.Context(), markdownText(teamsMarkdown(text))
	if plan.messageID != "" {
		_ = speaking.bot.edit(ctx, plan.messageID, content)
		return
	}
	if id, failed := speaking.bot.post(ctx, "message", content); failed == nil {
		plan.messageID = id
	}
}

// storeTool keeps one entry of each tool in the history.
func (r *eventRun) storeTool(plan *agentPlan, tool *planTool, name string) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	payload := members{
		{name: "planMessageId", value: emulator.Encode(plan.messageID)}, {name: "toolUseId", value: emulator.Encode(tool.id)},
		{name: "toolName", value: emulator.Encode(name)}, {name: "status", value: emulator.Encode("in_progress")},
	}
	if tool.details != "" {
		payload = append(payload, member{name: "details", value: emulator.Encode(tool.details)})
	}
	stored := entry{
		Role: roleSystem, Type: entrySignal, Content: "Tool: " + name + " (in_progress)", CreatedAt: stamp(r.s.host.Clock.Now()),
		Signal: &signalData{Type: "tool-use", Payload: emulator.Encode(payload)},
	}
	if !tool.stored {
		tool.stored = true
		r.c.write(r.s, stored)
		return
	}
	for i, raw := range r.c.history {
		if strings.Contains(string(raw), `"toolUseId":`+string(emulator.Encode(tool.id))) && strings.Contains(string(raw), `"tool-use"`) {
			r.c.history[i] = emulator.Encode(stored)
		}
	}
}

// inputSummary is what is shown of a tool's input: its most telling value, or its first three.
func inputSummary(raw json.RawMessage) string {
	input, isObject := parseMembers(raw)
	if !isObject || len(input) == 0 {
		return ""
	}
	const longest = 200
	cut := func(text string) string {
		if letters := []rune(text); len(letters) > longest {
			return string(letters[:longest-1]) + "…"
		}
		return text
	}
	if len(input) == 1 {
		return cut(shownValue(input[0].value))
	}
	for _, p := range input {
		switch p.name {
		case "query", "command", "path", "action":
			return cut(shownValue(p.value))
		}
	}
	pairs := []string{}
	for _, p := range input[:min(3, len(input))] {
		pairs = append(pairs, fmt.Sprintf("%s: %s", p.name, shownValue(p.value)))
	}
	return cut(strings.Join(pairs, ", "))
}

// shownValue is a text as it is, and anything else as JSON.
func shownValue(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(compact(raw))
}
